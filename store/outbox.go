package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// Say puts a delivery that no course plans into the outbox and returns its id. A
// zero DueAt is now, a zero ExpiresAt never, and an empty Key is filled in. A
// delivery whose key is known is not added again. One that names a patient to
// somebody else must carry the PatientID, so that it can be erased.
func (t *Tx) Say(d rehab.Delivery) (int64, error) {
	if d.ChatID == 0 {
		return 0, errors.New("a delivery has no chat")
	}
	if planned(d.Kind) {
		return 0, fmt.Errorf("deliveries of kind %q are planned by a course", d.Kind)
	}
	m := messageRow{
		Key: d.Key, Kind: d.Kind, N: d.N, Lane: d.Lane, PatientID: ref(d.PatientID), CourseID: ref(d.CourseID),
		BroadcastID: ref(d.Broadcast), ChatID: d.ChatID, DueAt: at(d.DueAt), ExpiresAt: at(d.ExpiresAt),
		Body: d.Body, Secret: d.Secret, State: rehab.DeliveryWaiting, PlannedAt: at(t.now),
	}
	if m.DueAt == 0 {
		m.DueAt = at(t.now)
	}
	if m.Key == "" {
		m.Key = "say/" + rand.Text()
	} else {
		var known messageRow
		err := one(t.db.Select("id").Where("key = ?", m.Key), &known)
		if !errors.Is(err, ErrNotFound) {
			return known.ID, err
		}
	}
	rows := []messageRow{m}
	due, err := t.insert(rows)
	t.due = append(t.due, due...)
	return rows[0].ID, err
}

// Delivery returns a delivery by id.
func (t *Tx) Delivery(id int64) (rehab.Delivery, error) {
	var row queuedRow
	err := one(queued(t.db).Where("messages.id = ?", id), &row)
	return row.delivery(), err
}

// DropDelivery takes a delivery that waits out of the queue, for the reason that
// the timeline will show. One that is in flight or has ended is left alone.
func (t *Tx) DropDelivery(id int64, reason string) error {
	var row queuedRow
	if err := one(queued(t.db).Where("messages.id = ?", id), &row); err != nil {
		return err
	}
	if row.Message.State != rehab.DeliveryWaiting || row.Claimed {
		return nil
	}
	return t.end(row.Message, rehab.DeliveryDropped, reason, row.Tries)
}

// Timeline returns what was, is and will be said about a patient, newest plan
// first, limit at the most.
func (t *Tx) Timeline(patient int64, limit int) ([]rehab.Delivery, error) {
	var rows []queuedRow
	err := queued(t.db).Where("messages.patient_id = ?", patient).Order("messages.id DESC").Limit(limit).Find(&rows).Error
	list := make([]rehab.Delivery, len(rows))
	for i, r := range rows {
		list[i] = r.delivery()
	}
	return list, err
}

// dropAll drops waiting messages.
func (t *Tx) dropAll(ids []int64, reason string) error {
	for batch := range slices.Chunk(ids, rowBatch) {
		err := firstError(
			t.db.Model(&messageRow{}).Where("id IN ?", batch).Updates(map[string]any{
				"state": rehab.DeliveryDropped, "reason": reason, "ended_at": at(t.now),
				"attempts": gorm.Expr("COALESCE((SELECT attempts FROM due WHERE msg_id = messages.id), 0)"),
			}).Error,
			t.db.Model(&messageRow{}).Where("id IN ? AND secret", batch).Update("body", nil).Error,
			t.db.Where("msg_id IN ?", batch).Delete(&dueRow{}).Error,
		)
		if err != nil {
			return err
		}
	}
	t.ended += len(ids)
	return nil
}
