package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// settling is an outcome together with the claim that it belongs to.
type settling struct {
	rehab.Settled
	flight  inflightRow
	message messageRow
}

// Settle writes down what became of deliveries that owner has claimed, all of
// them in one transaction. fenced are those that owner no longer holds; they are
// left alone.
//
// What was sent, refused for good or turned away by a closed chat has ended. A
// throttled delivery is due again without the attempt being counted, a temporary
// failure with it, unless the window closes first. One that may have arrived is
// repeated once; a broadcast is not repeated at all.
func (s *Store) Settle(ctx context.Context, now time.Time, owner string, settled []rehab.Settled) (fenced []int64, err error) {
	secret := false
	err = s.isolated(ctx, now, func(t *Tx) error {
		held, err := t.held(owner, settled)
		if err != nil {
			return err
		}
		fenced = lost(settled, held)
		secret = slices.ContainsFunc(held, func(x settling) bool { return x.message.Secret })
		return firstError(t.settle(held), t.pause(held))
	})
	if err != nil || !secret {
		return fenced, err
	}
	// Settled it is in any case: what is left in the log goes with a later wipe.
	if err := s.wipeLog(ctx); err != nil {
		s.log.Warn("a secret is not yet erased from the write-ahead log", "err", err)
	}
	return fenced, nil
}

// lost are the deliveries among settled whose claim is not held any more.
func lost(settled []rehab.Settled, held []settling) []int64 {
	mine := make(map[int64]bool, len(held))
	for _, x := range held {
		mine[x.ID] = true
	}
	var ids []int64
	for _, x := range settled {
		if !mine[x.ID] {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// held finds the claims behind outcomes: those of owner, at the same attempt.
func (t *Tx) held(owner string, settled []rehab.Settled) ([]settling, error) {
	ids := make([]int64, len(settled))
	for i, x := range settled {
		ids[i] = x.ID
	}
	var flights []inflightRow
	if err := t.db.Where("msg_id IN ? AND owner = ?", ids, owner).Find(&flights).Error; err != nil {
		return nil, err
	}
	mine := make(map[int64]inflightRow, len(flights))
	for _, f := range flights {
		mine[f.MsgID] = f
	}
	var held []settling
	for _, x := range settled {
		if f, ok := mine[x.ID]; ok && f.Attempt == x.Attempt {
			held = append(held, settling{Settled: x, flight: f})
			delete(mine, x.ID)
		}
	}
	return held, t.attachMessages(held)
}

func (t *Tx) attachMessages(held []settling) error {
	ids := make([]int64, len(held))
	for i, x := range held {
		ids[i] = x.flight.MsgID
	}
	var rows []messageRow
	if err := t.db.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return err
	}
	byID := make(map[int64]messageRow, len(rows))
	for _, m := range rows {
		byID[m.ID] = m
	}
	for i := range held {
		held[i].message = byID[held[i].flight.MsgID]
	}
	return nil
}

// settle ends claims or puts them back, and tells the courses.
func (t *Tx) settle(held []settling) error {
	if len(held) == 0 {
		return nil
	}
	var ids, courses []int64
	var sent []settling
	digest := false
	for _, x := range held {
		digest = digest || x.message.Kind == rehab.KindDigest
		ids = append(ids, x.flight.MsgID)
		if planned(x.message.Kind) {
			courses = append(courses, int64(x.message.CourseID))
		}
		if x.Outcome.Kind == rehab.OutcomeSent {
			sent = append(sent, x)
		}
	}
	if err := t.db.Where("msg_id IN ?", ids).Delete(&inflightRow{}).Error; err != nil {
		return err
	}
	slices.Sort(courses)
	if err := t.load(slices.Compact(courses)); err != nil {
		return err
	}
	if err := t.markSent(sent); err != nil {
		return err
	}
	for _, x := range held {
		if err := t.conclude(x); err != nil {
			return fmt.Errorf("settle delivery %d: %w", x.flight.MsgID, err)
		}
	}
	if digest {
		if err := t.planDigests(); err != nil {
			return err
		}
	}
	return t.finish()
}

// markSent ends what was sent, with one statement for all. The list is one
// parameter: for a list of VALUES, SQLite would go through the whole table.
func (t *Tx) markSent(sent []settling) error {
	if len(sent) == 0 {
		return nil
	}
	list := make([][3]int64, len(sent))
	for i, x := range sent {
		list[i] = [3]int64{x.flight.MsgID, int64(x.Outcome.MessageID), int64(x.flight.Attempt)}
	}
	return t.db.Exec(`UPDATE messages SET state = ?, sent_at = ?, ended_at = ?, reason = '',
		message_id = CAST(j.value ->> 1 AS BIGINT), attempts = CAST(j.value ->> 2 AS BIGINT), body = CASE WHEN secret THEN NULL ELSE body END
		FROM `+t.store.engine.list()+` WHERE messages.id = CAST(j.value ->> 0 AS BIGINT)`,
		rehab.DeliverySent, at(t.now), at(t.now), toJSON(list)).Error
}

// conclude does what one outcome asks for. Its claim is gone already.
func (t *Tx) conclude(x settling) error {
	reason := x.Outcome.Reason
	switch x.Outcome.Kind {
	case rehab.OutcomeSent:
		t.tell(x.message, (*rehab.Course).Sent)
		return nil
	case rehab.OutcomeThrottled:
		return t.putBack(x, x.flight.Attempt-1)
	case rehab.OutcomeTemporary:
		return t.putBack(x, x.flight.Attempt)
	case rehab.OutcomeUnknown:
		return t.uncertain(x)
	case rehab.OutcomeUnreachable:
		if err := t.end(x.message, rehab.DeliveryUnreachable, reason, x.flight.Attempt); err != nil {
			return err
		}
		return t.closeChat(x.message)
	case rehab.OutcomeRejected:
		t.tell(x.message, (*rehab.Course).Missed)
		return t.end(x.message, rehab.DeliveryRejected, reason, x.flight.Attempt)
	}
	return fmt.Errorf("%q is no outcome", x.Outcome.Kind)
}

// tell lets the course know what became of a prompt to its patient.
func (t *Tx) tell(m messageRow, what func(*rehab.Course, rehab.Prompt, time.Time)) {
	if c := t.byID[int64(m.CourseID)]; c != nil && planned(m.Kind) && m.Audience == rehab.ToPatient {
		t.working = c.ID
		what(c, m.prompt(), t.now)
		t.working = 0
	}
}

// putBack makes a delivery due again, if its window is still open then. It is never
// due before it was: the clock may have gone back meanwhile.
func (t *Tx) putBack(x settling, attempts int) error {
	again := at(x.RetryAt)
	if again == 0 {
		again = at(t.now)
	}
	again = max(again, x.flight.DueAt)
	if x.flight.ExpiresAt.over(again) {
		t.tell(x.message, (*rehab.Course).Missed)
		return t.end(x.message, rehab.DeliveryExpired, reasonExpired, x.flight.Attempt)
	}
	row := x.flight.requeued(again, attempts)
	return t.db.Create(&row).Error
}

// uncertain handles a delivery that may have arrived. The second time the course
// takes it as said: an answer to a question that did arrive must find it open.
func (t *Tx) uncertain(x settling) error {
	if x.message.Kind == rehab.KindBroadcast || x.message.Repeated {
		t.tell(x.message, (*rehab.Course).Sent)
		return t.end(x.message, rehab.DeliveryUnknown, x.Outcome.Reason, x.flight.Attempt)
	}
	if err := t.db.Model(&messageRow{}).Where("id = ?", x.message.ID).Update("repeated", true).Error; err != nil {
		return err
	}
	return t.putBack(x, x.flight.Attempt)
}

// closeChat stops everything for a patient whose chat takes nothing more, and
// tells the clinician once. What a broadcast finds is in its report, and is no
// message of its own for each patient.
func (t *Tx) closeChat(refused messageRow) error {
	chat := refused.ChatID
	p, err := t.PatientByChat(chat)
	if errors.Is(err, ErrNotFound) || err == nil && !p.UnreachableAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	var waiting []int64
	err = t.db.Table("due").Joins("JOIN messages ON messages.id = due.msg_id").
		Where("messages.chat_id = ?", chat).Pluck("due.msg_id", &waiting).Error
	if err != nil {
		return err
	}
	if err := t.dropAll(waiting, reasonUnreachable); err != nil {
		return err
	}
	if err := t.SetUnreachable(p.ID, t.now); err != nil {
		return err
	}
	c, err := t.Course(p.ID)
	if errors.Is(err, ErrNotFound) { // it was set aside
		return nil
	}
	if err != nil {
		return err
	}
	if refused.Kind == rehab.KindBroadcast {
		c.UnreachableByBroadcast(t.now)
	} else {
		c.Unreachable(t.now)
	}
	return nil
}

// Arrived notes that a delivery which waits to be repeated, or for the program that
// sent it, has come all the same: somebody has answered it. Any other is left alone.
func (t *Tx) Arrived(id int64, messageID int) error {
	var row queuedRow
	if err := one(queued(t.db).Where("messages.id = ?", id), &row); err != nil {
		return err
	}
	if row.Message.State != rehab.DeliveryWaiting || row.Claimed || row.Tries == 0 {
		return nil
	}
	x := settling{
		flight: inflightRow{MsgID: id, Attempt: row.Tries}, message: row.Message,
		Settled: rehab.Settled{ID: id, Outcome: rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: messageID}},
	}
	if err := t.unqueue(id); err != nil {
		return err
	}
	if planned(row.Message.Kind) {
		if err := t.load([]int64{int64(row.Message.CourseID)}); err != nil {
			return err
		}
	}
	return firstError(t.markSent([]settling{x}), t.conclude(x))
}

// LastSend is the last moment at which an owner that is gone may have sent something:
// now, when it has left something in flight; zero when it cannot have sent anything.
func (s *Store) LastSend(ctx context.Context, now time.Time, owner string) (time.Time, error) {
	var left int64
	if err := orphaned(s.ro.WithContext(ctx).Model(&inflightRow{}), owner).Count(&left).Error; err != nil {
		return time.Time{}, err
	}
	if left > 0 {
		return now, nil
	}
	var last pauseRow
	err := s.ro.WithContext(ctx).Where("chat_id = ?", allChats).Find(&last).Error
	return last.QuietUntil.time(), err
}

// Recover puts back what owners that are gone have left, and returns how much it
// was. What a dead owner had started may have arrived; anything else is sent again,
// once for each time that a process dies with it. It also gives every clinician
// the digest that is missing.
func (s *Store) Recover(ctx context.Context, now time.Time, owner string) (int, error) {
	recovered := 0
	err := s.isolated(ctx, now, func(t *Tx) error {
		var flights []inflightRow
		if err := orphaned(t.db, owner).Order("msg_id").Find(&flights).Error; err != nil {
			return err
		}
		held := make([]settling, len(flights))
		for i, f := range flights {
			kind := rehab.OutcomeTemporary
			if f.StartedAt != 0 {
				kind = rehab.OutcomeUnknown
			}
			held[i] = settling{flight: f, Settled: rehab.Settled{
				Outcome: rehab.Outcome{Kind: kind, Reason: "the program stopped while sending"}, RetryAt: t.now,
			}}
		}
		recovered = len(held)
		if err := t.attachMessages(held); err != nil {
			return err
		}
		if recovered > 0 && !t.store.shared() {
			// What is taken back told of these sends, and this process may end before it
			// sends anything itself.
			if err := t.sentUntilNow(); err != nil {
				return err
			}
		}
		return firstError(t.settle(held), t.planDigests())
	})
	return recovered, err
}

// Release puts deliveries that owner has claimed and not sent back, as if they had not
// been claimed.
func (s *Store) Release(ctx context.Context, owner string, ids []int64) error {
	return s.write(ctx, func(db *gorm.DB) error {
		var flights []inflightRow
		if err := db.Where("msg_id IN ? AND owner = ?", ids, owner).Find(&flights).Error; err != nil || len(flights) == 0 {
			return err
		}
		rows := make([]dueRow, len(flights))
		for i, f := range flights {
			rows[i] = f.requeued(f.DueAt, f.Attempt-1)
		}
		return firstError(db.Delete(&flights).Error, db.CreateInBatches(&rows, rowBatch).Error)
	})
}

// Start notes that owner is about to send deliveries which must not be sent twice:
// from then on they may have arrived. It fails when owner no longer holds all of
// them.
func (s *Store) Start(ctx context.Context, now time.Time, owner string, ids []int64) error {
	return s.write(ctx, func(db *gorm.DB) error {
		started := db.Model(&inflightRow{}).Where("msg_id IN ? AND owner = ?", ids, owner).Update("started_at", at(now))
		if started.Error == nil && int(started.RowsAffected) != len(ids) {
			return fmt.Errorf("%d of %d deliveries are held by somebody else", len(ids)-int(started.RowsAffected), len(ids))
		}
		return started.Error
	})
}
