package store

import (
	"strings"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// messageRow is a delivery. While it waits or is in flight its state is
// "waiting"; the due and inflight tables know the rest.
type messageRow struct {
	ID          int64
	Key         string
	Kind        rehab.PromptKind
	N           int
	Lane        rehab.Lane
	Audience    rehab.Audience
	PatientID   ref
	CourseID    ref
	BroadcastID ref
	ChatID      int64
	EarliestAt  instant
	DueAt       instant // as planned; a retry changes only the queue
	ExpiresAt   instant // 0: never
	Body        []byte
	Secret      bool
	State       rehab.DeliveryState
	Reason      string
	Attempts    int
	Repeated    bool // it may have arrived once, and was let go again
	MessageID   int
	PlannedAt   instant
	SentAt      instant
	EndedAt     instant
}

func (messageRow) TableName() string { return "messages" }

// dueRow is a place in the queue.
type dueRow struct {
	Lane      rehab.Lane
	DueAt     instant
	MsgID     int64 `gorm:"primaryKey;autoIncrement:false"`
	ExpiresAt instant
	ChatID    int64
	Attempts  int
}

func (dueRow) TableName() string { return "due" }

func (m messageRow) due() dueRow {
	return dueRow{Lane: m.Lane, DueAt: m.DueAt, MsgID: m.ID, ExpiresAt: m.ExpiresAt, ChatID: m.ChatID}
}

// inflightRow is a delivery that an owner has claimed.
type inflightRow struct {
	MsgID     int64 `gorm:"primaryKey;autoIncrement:false"`
	Owner     string
	Attempt   int
	Lane      rehab.Lane
	ChatID    int64
	DueAt     instant
	ExpiresAt instant
	StartedAt instant
}

func (inflightRow) TableName() string { return "inflight" }

// requeued is the place in the queue of a claimed delivery that is due again.
func (r inflightRow) requeued(due instant, attempts int) dueRow {
	return dueRow{
		Lane: r.Lane, DueAt: due, MsgID: r.MsgID, ExpiresAt: r.ExpiresAt, ChatID: r.ChatID, Attempts: attempts,
	}
}

// queuedRow is a message together with its place in the queue.
type queuedRow struct {
	Message messageRow `gorm:"embedded"`
	Claimed bool
	Tries   int
	NextAt  instant
	Version int64 // of the course that it is about
}

// queued selects queuedRows.
func queued(db *gorm.DB) *gorm.DB {
	return db.Table("messages").
		Select(`messages.*, inflight.msg_id IS NOT NULL AS claimed,
			COALESCE(inflight.attempt, due.attempts, messages.attempts) AS tries,
			COALESCE(inflight.due_at, due.due_at, messages.due_at) AS next_at,
			COALESCE(courses.version, 0) AS version`).
		Joins("LEFT JOIN due ON due.msg_id = messages.id").
		Joins("LEFT JOIN inflight ON inflight.msg_id = messages.id").
		Joins("LEFT JOIN courses ON courses.id = messages.course_id")
}

func (r queuedRow) delivery() rehab.Delivery {
	m := r.Message
	d := rehab.Delivery{
		ID: m.ID, Key: m.Key, Kind: m.Kind, N: m.N, Lane: m.Lane,
		PatientID: int64(m.PatientID), CourseID: int64(m.CourseID), ChatID: m.ChatID, Broadcast: int64(m.BroadcastID),
		DueAt: r.NextAt.time(), ExpiresAt: m.ExpiresAt.time(), Body: m.Body, Secret: m.Secret,
		State: m.State, Reason: m.Reason, Attempts: r.Tries, MessageID: m.MessageID,
		SentAt: m.SentAt.time(), PlannedAt: m.PlannedAt.time(),
	}
	if r.Claimed && d.State == rehab.DeliveryWaiting {
		d.State = rehab.DeliveryInFlight
	}
	return d
}

// isBoard reports whether a message shows an author the progress of a broadcast.
func (r queuedRow) isBoard() bool {
	return r.Message.Kind == rehab.KindEdit && r.Message.BroadcastID != 0
}

// recipient divides the key of a prompt from the one of several people who get
// it.
const recipient = "/to/"

// promptKey is the key of the prompt that the message stands for.
func (m messageRow) promptKey() string { return promptKey(m.Key) }

func promptKey(message string) string {
	key, _, _ := strings.Cut(message, recipient)
	return key
}

// prompt is the prompt that the message stands for.
func (m messageRow) prompt() rehab.Prompt {
	return rehab.Prompt{
		Key: m.promptKey(), Kind: m.Kind, N: m.N, Lane: m.Lane, To: m.Audience,
		Window: rehab.Window{Earliest: m.EarliestAt.time(), Due: m.DueAt.time(), Latest: m.ExpiresAt.time()},
	}
}

// planned reports whether a course decides over messages of this kind.
func planned(kind rehab.PromptKind) bool {
	switch kind {
	case rehab.KindReply, rehab.KindEdit, rehab.KindBroadcast, rehab.KindMessage, rehab.KindNote, rehab.KindAside,
		rehab.KindDigest:
		return false
	}
	return true
}

// over reports whether an expiry, 0 for none, has come.
func (i instant) over(now instant) bool { return i != 0 && i <= now }
