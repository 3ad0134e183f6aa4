package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"afterneedle/rehab"
)

const (
	// broadcastBatch is how many patients one transaction of a broadcast deals
	// with: nobody else can write meanwhile.
	broadcastBatch = 200
	// boardEvery is the shortest time between two looks at the progress. Edits
	// count against Telegram's limits like messages.
	boardEvery = 4 * time.Second
	boardLife  = time.Minute
)

// WakeBroadcasts lets one broadcast that is due go on by one batch, and returns
// how many there were. A broadcast is worked off in many short transactions; one
// that was cut off goes on where the last of them ended.
func (s *Store) WakeBroadcasts(ctx context.Context, now time.Time) (int, error) {
	var waiting int64
	err := s.ro.WithContext(ctx).Model(&broadcastRow{}).Where("wake_at > 0 AND wake_at <= ?", at(now)).Count(&waiting).Error
	if err != nil || waiting == 0 {
		return 0, err
	}
	woken := 0
	err = s.transact(ctx, now, func(t *Tx) error {
		var b broadcastRow
		err := one(t.db.Where("wake_at > 0 AND wake_at <= ?", at(t.now)).Order("wake_at, id"), &b)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		woken = 1
		if err := t.goOn(&b); err != nil {
			return fmt.Errorf("broadcast %d: %w", b.ID, err)
		}
		return t.db.Save(&b).Error
	})
	return woken, err
}

// goOn does one batch of what a broadcast has to do, or else tells its author how
// far it has got.
func (t *Tx) goOn(b *broadcastRow) error {
	author, err := t.Clinician(b.ByID)
	if err != nil {
		return err
	}
	switch {
	case !author.RemovedAt.IsZero():
		b.State = rehab.BroadcastCancelled
	case b.State == rehab.BroadcastPlanned:
		b.State, b.ExpiresAt = rehab.BroadcastRunning, at(t.now.Add(rehab.BroadcastLife))
	}
	more, err := t.work(b, author)
	if err != nil {
		return err
	}
	if more {
		b.WakeAt = at(t.now)
		return nil
	}
	var waiting int64
	if err := deliveriesOf(t.db, b.ID).Where("state = ?", rehab.DeliveryWaiting).Limit(1).Count(&waiting).Error; err != nil {
		return err
	}
	switch {
	case !author.RemovedAt.IsZero():
		b.WakeAt = 0
		return nil
	case waiting == 0 && b.State != rehab.BroadcastPaused:
		return t.reportEnd(b)
	}
	return t.showProgress(b)
}

// work does one batch and reports whether there may be more.
func (t *Tx) work(b *broadcastRow, author rehab.Clinician) (more bool, err error) {
	switch {
	case b.State == rehab.BroadcastPaused:
		return t.park(b)
	case !b.Expanded:
		return true, t.expand(b, author)
	case b.State == rehab.BroadcastCancelled:
		return t.callBack(b)
	case b.Parked:
		b.Parked, err = t.unpark(b)
		return b.Parked, err
	}
	return false, nil
}

// recipientOf is what is written down of a patient when a broadcast is expanded:
// id, chat, when it is due, and why it is not.
type recipientOf [4]any

// expand makes the deliveries of the next batch of recipients whom the author may
// still see. The key of each is that of the broadcast and the patient: there is
// never a second one.
func (t *Tx) expand(b *broadcastRow, author rehab.Clinician) error {
	var ids []int64
	next := t.db.Table("recipients").Where("broadcast_id = ?", b.ID)
	if err := next.Order("patient_id").Limit(broadcastBatch).Pluck("patient_id", &ids).Error; err != nil {
		return err
	}
	b.Expanded = len(ids) < broadcastBatch
	if len(ids) == 0 {
		return nil
	}
	people := visible(t.db.Table("patients").Select("*"), author).Where("id IN ?", ids)
	var batch []candidate
	if err := candidates(t.db, people).Find(&batch).Error; err != nil {
		return err
	}
	list := make([]recipientOf, 0, len(batch))
	for _, c := range batch {
		due, reason := t.recipient(b, c)
		list = append(list, recipientOf{c.ID, int64(c.ChatID), due, reason})
	}
	return firstError(
		t.addRecipients(b, list),
		t.db.Exec("DELETE FROM recipients WHERE broadcast_id = ? AND patient_id <= ?", b.ID, ids[len(ids)-1]).Error,
	)
}

// recipient is when a broadcast is due to a candidate, or why it never is.
func (t *Tx) recipient(b *broadcastRow, c candidate) (due instant, reason string) {
	due = max(b.SendAt, at(t.now))
	if b.State == rehab.BroadcastCancelled {
		return due, rehab.LeftCancelled
	}
	if reason = c.left(b.audience()); reason != "" || b.AtOnce {
		return due, reason
	}
	moment, err := t.store.goodMoment(t.db, c, due.time())
	if err != nil {
		return due, reasonAside // one faulty record does not stop the others
	}
	return at(moment), ""
}

// addRecipients writes a batch of deliveries with two statements; a row at a time
// would hold the lock for long.
func (t *Tx) addRecipients(b *broadcastRow, list []recipientOf) error {
	var last int64
	if err := t.db.Raw("SELECT COALESCE(MAX(id), 0) FROM messages").Scan(&last).Error; err != nil {
		return err
	}
	return firstError(
		t.db.Exec(strings.Replace(`INSERT INTO messages (key, kind, n, lane, audience, patient_id, broadcast_id, chat_id, earliest_at, due_at,
				expires_at, secret, state, reason, attempts, repeated, message_id, planned_at, sent_at, ended_at)
			SELECT CAST(? AS TEXT) || (j.value ->> 0), CAST(? AS TEXT), 0, CAST(? AS BIGINT), 0, CAST(j.value ->> 0 AS BIGINT), CAST(? AS BIGINT),
				CAST(j.value ->> 1 AS BIGINT), 0, CAST(j.value ->> 2 AS BIGINT), 0, FALSE,
				CASE WHEN j.value ->> 3 = '' THEN CAST(? AS TEXT) ELSE CAST(? AS TEXT) END, j.value ->> 3, 0, FALSE, 0, CAST(? AS BIGINT), 0,
				CASE WHEN j.value ->> 3 = '' THEN 0 ELSE CAST(? AS BIGINT) END
			FROM {list} WHERE TRUE ON CONFLICT (key) DO NOTHING`, "{list}", t.store.engine.list(), 1),
			fmt.Sprintf("broadcast/%d/patient/", b.ID), rehab.KindBroadcast, rehab.LaneBulk, b.ID,
			rehab.DeliveryWaiting, rehab.DeliveryDropped, at(t.now), at(t.now), toJSON(list)).Error,
		t.db.Exec(`INSERT INTO due (lane, due_at, msg_id, expires_at, chat_id, attempts)
			SELECT lane, due_at, id, expires_at, chat_id, 0 FROM messages
			WHERE id > ? AND broadcast_id = ? AND state = ?`, last, b.ID, rehab.DeliveryWaiting).Error,
	)
}

// park takes the next batch of a paused broadcast out of the queue.
func (t *Tx) park(b *broadcastRow) (more bool, err error) {
	var ids []int64
	err = t.db.Raw(`SELECT due.msg_id FROM due `+t.store.engine.leading()+` messages ON messages.id = due.msg_id
		WHERE due.lane = ? AND messages.broadcast_id = ? LIMIT ?`, rehab.LaneBulk, b.ID, broadcastBatch).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return false, err
	}
	return true, t.db.Where("msg_id IN ?", ids).Delete(&dueRow{}).Error
}

// unpark queues the next batch of what waits outside of the queue.
func (t *Tx) unpark(b *broadcastRow) (more bool, err error) {
	queued := t.db.Exec(`INSERT INTO due (lane, due_at, msg_id, expires_at, chat_id, attempts)
		SELECT lane, CASE WHEN due_at < ? THEN CAST(? AS BIGINT) ELSE due_at END, id, expires_at, chat_id, attempts FROM messages
		WHERE broadcast_id = ? AND kind = ? AND state = ?
			AND NOT EXISTS (SELECT 1 FROM due WHERE due.msg_id = messages.id)
			AND NOT EXISTS (SELECT 1 FROM inflight WHERE inflight.msg_id = messages.id)
		LIMIT ?`, at(t.now), at(t.now), b.ID, rehab.KindBroadcast, rehab.DeliveryWaiting, broadcastBatch)
	return queued.RowsAffected == broadcastBatch, queued.Error
}

// callBack drops the next batch of what still waits of a cancelled broadcast.
func (t *Tx) callBack(b *broadcastRow) (more bool, err error) {
	var ids []int64
	err = deliveriesOf(t.db, b.ID).Where("state = ?", rehab.DeliveryWaiting).
		Where("id NOT IN (SELECT msg_id FROM inflight)").Limit(broadcastBatch).Pluck("id", &ids).Error
	if err != nil {
		return false, err
	}
	return len(ids) == broadcastBatch, t.dropAll(ids, rehab.LeftCancelled)
}

// showProgress plans a look at the progress, if there is something new and the
// last one is long enough ago, and says when to come again.
func (t *Tx) showProgress(b *broadcastRow) error {
	var ended, flying int64
	err := firstError(
		deliveriesOf(t.db, b.ID).Where("state <> ?", rehab.DeliveryWaiting).Count(&ended).Error,
		deliveriesOf(t.db, b.ID).Where("id IN (SELECT msg_id FROM inflight)").Count(&flying).Error,
	)
	if err != nil {
		return err
	}
	now, soon := at(t.now), at(t.now.Add(boardEvery))
	free, err := t.boardFree(b)
	if err != nil {
		return err
	}
	switch shown := fmt.Sprintf("%s %d", b.State, ended); {
	case shown != b.Shown && free > now:
		b.WakeAt = free
		return nil
	case shown != b.Shown:
		b.Shown, b.ShownAt, b.WakeAt = shown, now, soon
		return t.tellAuthor(b, b.boardKey(now), rehab.KindEdit, boardLife)
	case flying > 0:
		b.WakeAt = soon
		return nil
	case b.State == rehab.BroadcastPaused:
		b.WakeAt = 0
		return nil
	}
	var next []instant
	err = t.db.Raw(`SELECT due.due_at FROM due `+t.store.engine.leading()+` messages ON messages.id = due.msg_id
		WHERE due.lane = ? AND messages.broadcast_id = ? ORDER BY due.due_at LIMIT 1`, rehab.LaneBulk, b.ID).Scan(&next).Error
	b.WakeAt = soon
	if len(next) > 0 {
		b.WakeAt = max(soon, next[0])
	}
	return err
}

// boardFree is when the progress may be shown again: not too soon after it was
// last, and not while that still waits to be sent.
func (t *Tx) boardFree(b *broadcastRow) (instant, error) {
	var looks struct {
		Waiting int
		Sent    instant
	}
	err := t.db.Model(&messageRow{}).Where("broadcast_id = ? AND kind = ?", b.ID, rehab.KindEdit).
		Select("COUNT(CASE state WHEN ? THEN 1 END) AS waiting, COALESCE(MAX(sent_at), 0) AS sent", rehab.DeliveryWaiting).
		Scan(&looks).Error
	switch last := max(looks.Sent, b.ShownAt); {
	case looks.Waiting > 0:
		return at(t.now.Add(time.Second)), err
	case last != 0:
		return at(last.time().Add(boardEvery)), err
	}
	return at(t.now), err
}

// reportEnd shows that a broadcast has ended, and reports what became of it.
func (t *Tx) reportEnd(b *broadcastRow) error {
	free, err := t.boardFree(b)
	if err != nil {
		return err
	}
	if free > at(t.now) {
		b.WakeAt = free
		return nil
	}
	if b.State == rehab.BroadcastRunning {
		b.State = rehab.BroadcastFinished
	}
	b.ShownAt, b.WakeAt = at(t.now), 0
	return firstError(
		t.tellAuthor(b, b.boardKey(b.ShownAt), rehab.KindEdit, rehab.BroadcastLife),
		t.tellAuthor(b, b.reportKey(b.ShownAt), rehab.KindReply, rehab.BroadcastLife),
	)
}

// tellAuthor plans a message about a broadcast. It is put into words when it is
// sent, and so never out of date.
func (t *Tx) tellAuthor(b *broadcastRow, key string, kind rehab.PromptKind, good time.Duration) error {
	_, err := t.Say(rehab.Delivery{
		Key: key, Kind: kind, Lane: rehab.LaneReply, Broadcast: b.ID, ChatID: b.ChatID, ExpiresAt: t.now.Add(good),
	})
	return err
}
