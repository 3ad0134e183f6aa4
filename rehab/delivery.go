package rehab

import "time"

// Lane orders what waits to be sent: a lower lane goes first.
type Lane int

const (
	LaneReply Lane = iota // answers to a person and alerts
	LaneTimed             // messages inside their window
	LaneBulk              // broadcasts
)

// Audience says who receives a prompt.
type Audience int

const (
	ToPatient Audience = iota
	ToClinicians
	ToOwners
)

// PromptKind says what a prompt or delivery says.
type PromptKind string

const (
	PromptWelcome      PromptKind = "welcome"
	PromptMovement     PromptKind = "movement"
	PromptGentle       PromptKind = "gentle_stretch"
	PromptStructured   PromptKind = "structured_stretch"
	PromptDaily        PromptKind = "daily_stretch"
	PromptFeel         PromptKind = "feel"
	PromptSafetyCheck  PromptKind = "safety_check"
	PromptBefore       PromptKind = "before"
	PromptBeforeAgain  PromptKind = "before_reminder"
	PromptUsual        PromptKind = "usual"
	PromptCard         PromptKind = "card"
	PromptCardAgain    PromptKind = "card_reminder"
	PromptFinish       PromptKind = "finish" // when did you finish
	PromptWeight       PromptKind = "weight" // which weight was it
	PromptWhy          PromptKind = "why"    // why stopped or not today
	PromptAfter        PromptKind = "after"
	PromptExtras       PromptKind = "extras" // kind of pain, reserve, feared event
	PromptTwoHour      PromptKind = "two_hour"
	PromptNext         PromptKind = "next"
	PromptHoldStarted  PromptKind = "hold_started"
	PromptHoldAsk      PromptKind = "hold_ask"
	PromptHoldReleased PromptKind = "hold_released"
	PromptSafetyList   PromptKind = "safety_list"
	PromptSafetyText   PromptKind = "safety_text"
	PromptNewLoad      PromptKind = "new_load" // the clinician has confirmed it
	PromptClosing      PromptKind = "closing"
	PromptAlert        PromptKind = "alert"

	// KindReply and the kinds below are not planned by a course: their body is
	// stored.
	KindReply     PromptKind = "reply"
	KindEdit      PromptKind = "edit"
	KindBroadcast PromptKind = "broadcast"
	// KindMessage is a text from a clinician to one patient, KindNote one from a
	// patient to a clinician.
	KindMessage PromptKind = "message"
	KindNote    PromptKind = "note"
	// KindAside tells a clinician that the plan of a patient has stopped,
	// because it cannot be worked out.
	KindAside PromptKind = "set_aside"
	// KindDigest lists a clinician's open alerts of level 1, once a day. N is the
	// clinician; what it says is read when it is sent.
	KindDigest PromptKind = "digest"
)

// Prompt is something that should be said: what, to whom and when. Its key is
// unique for ever, so that planning it again changes nothing.
type Prompt struct {
	Key  string
	Kind PromptKind
	N    int // the number of the workout, practice, hold, needling, alert or change
	Window
	Lane Lane
	To   Audience
}

// DeliveryState says where a delivery stands.
type DeliveryState string

const (
	DeliveryWaiting     DeliveryState = "waiting"
	DeliveryInFlight    DeliveryState = "in_flight"
	DeliverySent        DeliveryState = "sent"
	DeliveryDropped     DeliveryState = "dropped" // no longer wanted, with a reason
	DeliveryExpired     DeliveryState = "expired" // its window closed first
	DeliveryUnreachable DeliveryState = "unreachable"
	DeliveryRejected    DeliveryState = "rejected" // Telegram refused it for good
	DeliveryUnknown     DeliveryState = "unknown"  // it may have arrived
)

// Delivery is one prompt, reply or broadcast for one chat.
type Delivery struct {
	ID        int64
	Key       string
	Kind      PromptKind
	N         int
	Lane      Lane
	PatientID int64 // the patient that it is about, 0 for none
	CourseID  int64
	ChatID    int64
	Broadcast int64
	DueAt     time.Time
	ExpiresAt time.Time
	// Body is what is said when the course does not say it: for replies, edits
	// and broadcasts. Its form belongs to the sender.
	Body []byte
	// Secret bodies are erased once the delivery has ended.
	Secret    bool
	State     DeliveryState
	Reason    string
	Attempts  int
	MessageID int // Telegram's, once sent
	SentAt    time.Time
	PlannedAt time.Time
}

// Sending is a delivery with what is needed to put it into words. Course is nil
// where the delivery is about none; Digest is filled for a digest alone.
type Sending struct {
	Delivery Delivery
	Course   *Course
	Version  int64 // of the course; another one means that something has changed
	Patient  Patient
	Digest   Digest
	// Broadcast and Tally are set on what tells its author about a broadcast.
	Broadcast *Broadcast
	Tally     BroadcastTally
}

// OutcomeKind is the closed list of what a send can end in.
type OutcomeKind string

const (
	OutcomeSent        OutcomeKind = "sent"
	OutcomeThrottled   OutcomeKind = "throttled"   // Telegram named a wait
	OutcomeTemporary   OutcomeKind = "temporary"   // nothing arrived; a retry is safe
	OutcomeUnknown     OutcomeKind = "unknown"     // it may have arrived
	OutcomeUnreachable OutcomeKind = "unreachable" // the chat is closed to us
	OutcomeRejected    OutcomeKind = "rejected"    // this message will never be accepted
)

// Outcome is what became of one send.
type Outcome struct {
	Kind       OutcomeKind
	MessageID  int
	RetryAfter time.Duration
	// Reason is Telegram's own description, without any token or text.
	Reason string
}

// Settled is the outcome of one claimed delivery, as it is written down. A
// delivery that was taken over in the meantime has another Attempt, and is left
// alone.
type Settled struct {
	ID      int64
	Attempt int
	Outcome Outcome
	RetryAt time.Time // when a throttled or temporary one is due again
	Quiet   time.Time // until when its chat gets nothing else; zero when nothing was sent
}

// Part is what falls to one process among those that share the work.
type Part struct {
	Share    int  // messages a second that it may send
	First    bool // it is the one that fetches updates
	Replicas int  // how many share the work
	Orphans  int  // deliveries that were claimed by processes that are gone
}

// Checked is a claimed delivery as it is right before it is sent. Reason is not empty
// when it must not go out any more.
type Checked struct {
	Sending

	Reason string
}

// Passed counts the deliveries that were due and not taken: some have ended, some
// were put off to a later moment.
type Passed struct{ Ended, PutOff int }
