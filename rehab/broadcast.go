package rehab

import "time"

// BroadcastState says where a broadcast stands.
type BroadcastState string

const (
	BroadcastDraft     BroadcastState = "draft"   // its author looks at it
	BroadcastPlanned   BroadcastState = "planned" // confirmed; it can be undone until SendAt
	BroadcastRunning   BroadcastState = "running"
	BroadcastPaused    BroadcastState = "paused"
	BroadcastCancelled BroadcastState = "cancelled" // stopped on its way
	BroadcastUndone    BroadcastState = "undone"    // called back before anything went out
	BroadcastFinished  BroadcastState = "finished"
)

// Broadcast is one text from a clinician to an audience.
type Broadcast struct {
	ID   int64
	By   int64 // the clinician
	Chat int64 // of the clinician
	// Text is what the clinician wrote. Message is the one of the clinician's
	// messages whose photo, video or document goes along, 0 for none.
	Text    string
	Message int
	// Body is what every patient gets. Its form belongs to the sender.
	Body  []byte
	To    BroadcastAudience
	State BroadcastState
	// AtOnce does not wait for the waking hours of each patient.
	AtOnce    bool
	CreatedAt time.Time
	SendAt    time.Time // nothing goes out before
	ExpiresAt time.Time // nothing goes out from then on
	Count     int       // patients that were promised to the author
	// Board is Telegram's message that shows the progress, 0 for one that is
	// still to be sent.
	Board int
}

// BroadcastLife is how long a broadcast that could not be delivered is still
// worth sending; default of ours.
const BroadcastLife = 24 * time.Hour

// BroadcastAudience narrows the patients of a clinician down to those who are
// meant. The zero value is everybody whom a broadcast may go to, without those
// on hold.
type BroadcastAudience struct {
	Muscle string // treated, on either side; empty for any
	Phase  Phase  // of one of the treated muscles; empty for any
	Silent bool   // only those who have not answered for a while
	Held   bool   // those on hold too
}

// Reasons why a patient of the audience gets no broadcast.
const (
	LeftNoConsent   = "no consent"
	LeftStopped     = "the patient stopped"
	LeftEnded       = "the course has ended"
	LeftUnreachable = "chat unreachable"
	LeftMuted       = "wants no broadcasts"
	LeftHeld        = "on hold"
	LeftCancelled   = "broadcast cancelled"
	LeftGone        = "no longer the author's patient"
)

// AudienceCount is how many patients an audience has at a moment.
type AudienceCount struct {
	Reached int
	Held    int            // those on hold among Reached
	Left    map[string]int // who is left out, by reason
}

// BroadcastSample is one patient of an audience, and when a broadcast would get
// there, in the patient's zone.
type BroadcastSample struct {
	Name string
	At   time.Time
}

// BroadcastTally is what has become of the deliveries of a broadcast.
type BroadcastTally struct {
	Waiting     int // in flight included
	Sent        int
	Unreachable int
	Unknown     int            // may have arrived
	Expired     int            // came too late
	Rejected    int            // Telegram will never take it
	Left        map[string]int // not sent, by reason
}

// Recipients is how many deliveries were to go out.
func (t BroadcastTally) Recipients() int { return t.Waiting + t.Ended() }

// Ended is how many of the deliveries that were to go out wait no more.
func (t BroadcastTally) Ended() int {
	return t.Sent + t.Unreachable + t.Unknown + t.Expired + t.Rejected + t.Left[LeftCancelled]
}
