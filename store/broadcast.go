package store

import (
	"fmt"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

type broadcastRow struct {
	ID        int64
	ByID      int64
	ChatID    int64
	Text      string
	MessageID int
	Body      []byte
	Muscle    string
	Phase     rehab.Phase
	Silent    bool
	Held      bool
	State     rehab.BroadcastState
	AtOnce    bool
	CreatedAt instant `gorm:"autoCreateTime:false"`
	SendAt    instant
	ExpiresAt instant
	Count     int
	Board     int
	WakeAt    instant // when there is something to do; 0 for never
	Meant     int     // how many recipients it was confirmed for
	Expanded  bool    // all deliveries have been made
	Parked    bool    // some of them may wait outside of the queue
	ShownAt   instant // when its author was last shown how far it has got
	Shown     string  // and what that was
}

func (broadcastRow) TableName() string { return "broadcasts" }

// set takes over what a broadcast says; how far it has got stays.
func (r *broadcastRow) set(b rehab.Broadcast) {
	r.ByID, r.ChatID, r.Text, r.MessageID, r.Body = b.By, b.Chat, b.Text, b.Message, b.Body
	r.Muscle, r.Phase, r.Silent, r.Held = b.To.Muscle, b.To.Phase, b.To.Silent, b.To.Held
	r.State, r.AtOnce, r.Count, r.Board = b.State, b.AtOnce, b.Count, b.Board
	r.CreatedAt, r.SendAt, r.ExpiresAt = at(b.CreatedAt), at(b.SendAt), at(b.ExpiresAt)
}

func (r broadcastRow) audience() rehab.BroadcastAudience {
	return rehab.BroadcastAudience{Muscle: r.Muscle, Phase: r.Phase, Silent: r.Silent, Held: r.Held}
}

func (r broadcastRow) broadcast() rehab.Broadcast {
	return rehab.Broadcast{
		ID: r.ID, By: r.ByID, Chat: r.ChatID, Text: r.Text, Message: r.MessageID, Body: r.Body, To: r.audience(),
		State: r.State, AtOnce: r.AtOnce, Count: r.Count, Board: r.Board,
		CreatedAt: r.CreatedAt.time(), SendAt: r.SendAt.time(), ExpiresAt: r.ExpiresAt.time(),
	}
}

// AddBroadcast keeps a broadcast and returns its id.
func (t *Tx) AddBroadcast(b rehab.Broadcast) (int64, error) {
	if b.CreatedAt.IsZero() {
		b.CreatedAt = t.now
	}
	var row broadcastRow
	row.set(b)
	row.WakeAt = row.wake(at(t.now))
	if err := t.db.Create(&row).Error; err != nil || row.State != rehab.BroadcastPlanned {
		return row.ID, err
	}
	return row.ID, firstError(t.fixRecipients(&row), t.db.Save(&row).Error)
}

// fixRecipients writes down whom a broadcast is for, those who are left out with a
// reason too: the report names them. Nobody is added later.
func (t *Tx) fixRecipients(b *broadcastRow) error {
	author, err := t.Clinician(b.ByID)
	if err != nil {
		return err
	}
	fixed := t.db.Exec("INSERT INTO recipients (broadcast_id, patient_id) SELECT CAST(? AS BIGINT), id FROM (?) AS audience WHERE standing NOT IN ?",
		b.ID, t.audience(author, b.audience()), neverReached)
	b.Meant = int(fixed.RowsAffected)
	return fixed.Error
}

// UndoDrafts undoes the broadcasts of a clinician that are not confirmed yet.
func (t *Tx) UndoDrafts(clinician int64) error {
	return t.db.Model(&broadcastRow{}).Where("by_id = ? AND state = ?", clinician, rehab.BroadcastDraft).
		Update("state", rehab.BroadcastUndone).Error
}

// wake is when a broadcast that has just been changed has something to do.
func (r broadcastRow) wake(now instant) instant {
	switch r.State {
	case rehab.BroadcastPlanned:
		return max(r.SendAt, 1)
	case rehab.BroadcastRunning, rehab.BroadcastPaused, rehab.BroadcastCancelled:
		return now
	}
	return 0
}

// Broadcast returns a broadcast by id.
func (t *Tx) Broadcast(id int64) (rehab.Broadcast, error) {
	var row broadcastRow
	err := one(t.db.Where("id = ?", id), &row)
	return row.broadcast(), err
}

// unfinishedBroadcasts are the states of those that may still go out; drafts first.
var unfinishedBroadcasts = []rehab.BroadcastState{
	rehab.BroadcastDraft, rehab.BroadcastPlanned, rehab.BroadcastRunning, rehab.BroadcastPaused,
}

// BroadcastsOf returns the broadcasts of a clinician that are planned or under
// way, the one that goes out first in front.
func (t *Tx) BroadcastsOf(clinician int64) ([]rehab.Broadcast, error) {
	var rows []broadcastRow
	err := t.db.Where("by_id = ? AND state IN ?", clinician, unfinishedBroadcasts[1:]).Order("send_at, id").Find(&rows).Error
	list := make([]rehab.Broadcast, len(rows))
	for i, r := range rows {
		list[i] = r.broadcast()
	}
	return list, err
}

// SetBroadcast replaces what is known of a broadcast, and lets it go on from
// there.
func (t *Tx) SetBroadcast(b rehab.Broadcast) error {
	var row broadcastRow
	if err := one(t.db.Where("id = ?", b.ID), &row); err != nil {
		return err
	}
	draft := row.State == rehab.BroadcastDraft
	row.set(b)
	if draft && row.State == rehab.BroadcastPlanned {
		if err := t.fixRecipients(&row); err != nil {
			return err
		}
	}
	if row.State == rehab.BroadcastUndone {
		if err := t.db.Exec("DELETE FROM recipients WHERE broadcast_id = ?", row.ID).Error; err != nil {
			return err
		}
	}
	row.WakeAt = row.wake(at(t.now))
	row.Parked = row.Parked || row.State == rehab.BroadcastPaused
	return t.db.Save(&row).Error
}

// tally counts what has become of the deliveries of a broadcast.
func tally(db *gorm.DB, b broadcastRow) (rehab.BroadcastTally, error) {
	var groups []struct {
		State  rehab.DeliveryState
		Reason string
		N      int
	}
	err := deliveriesOf(db, b.ID).Select("state, reason, COUNT(*) AS n").Group("state, reason").Find(&groups).Error
	count := rehab.BroadcastTally{Left: make(map[string]int)}
	gone := b.Meant
	for _, g := range groups {
		gone -= g.N
		switch g.State {
		case rehab.DeliverySent:
			count.Sent += g.N
		case rehab.DeliveryUnreachable:
			count.Unreachable += g.N
		case rehab.DeliveryUnknown:
			count.Unknown += g.N
		case rehab.DeliveryExpired:
			count.Expired += g.N
		case rehab.DeliveryRejected:
			count.Rejected += g.N
		case rehab.DeliveryDropped:
			count.Left[g.Reason] += g.N
		default:
			count.Waiting += g.N
		}
	}
	if b.Expanded && gone > 0 {
		count.Left[rehab.LeftGone] = gone
	}
	return count, err
}

// deliveriesOf selects what goes to the patients of a broadcast.
func deliveriesOf(db *gorm.DB, id int64) *gorm.DB {
	return db.Model(&messageRow{}).Where("broadcast_id = ? AND kind = ?", id, rehab.KindBroadcast)
}

// RepeatUnknown lets the deliveries of a broadcast that may have arrived wait
// once more, and returns how many there are. It does not change the broadcast.
func (t *Tx) RepeatUnknown(id int64) (int, error) {
	again := deliveriesOf(t.db, id).Where("state = ?", rehab.DeliveryUnknown).
		Updates(map[string]any{"state": rehab.DeliveryWaiting, "reason": "", "attempts": 0, "ended_at": 0})
	if again.Error != nil || again.RowsAffected == 0 {
		return 0, again.Error
	}
	err := t.db.Model(&broadcastRow{}).Where("id = ?", id).Update("parked", true).Error
	return int(again.RowsAffected), err
}

// boardKey and reportKey are unique for each message that tells an author about
// a broadcast.
func (r broadcastRow) boardKey(now instant) string {
	return fmt.Sprintf("broadcast/%d/board/%d", r.ID, now)
}

func (r broadcastRow) reportKey(now instant) string {
	return fmt.Sprintf("broadcast/%d/report/%d", r.ID, now)
}
