package store

import (
	"time"

	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

type noteRow struct {
	ID        int64
	PatientID int64
	ByID      ref
	Text      string
	At        instant
	Offer     ref
}

func (noteRow) TableName() string { return "notes" }

// AddNote keeps a text between a patient and the clinic. added is false when its
// offer was taken before: then nothing is kept.
func (t *Tx) AddNote(n rehab.Note) (added bool, err error) {
	row := noteRow{PatientID: n.PatientID, ByID: ref(n.By), Text: n.Text, At: at(n.At), Offer: ref(n.Offer)}
	written := t.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	return written.RowsAffected == 1, written.Error
}

// NotesSince counts what the patient wrote to the clinic after a moment.
func (t *Tx) NotesSince(patient int64, since time.Time) (int, error) {
	var n int64
	err := t.db.Model(&noteRow{}).
		Where("patient_id = ? AND by_id IS NULL AND at > ?", patient, at(since)).Count(&n).Error
	return int(n), err
}

// Waiting returns the deliveries of a kind about a patient that wait for a chat
// and that nobody has claimed, the oldest first.
func (t *Tx) Waiting(patient, chat int64, kind rehab.PromptKind) ([]rehab.Delivery, error) {
	var rows []queuedRow
	err := queued(t.db).Where("messages.patient_id = ? AND messages.chat_id = ? AND messages.kind = ?", patient, chat, kind).
		Where("messages.state = ? AND inflight.msg_id IS NULL", rehab.DeliveryWaiting).Order("messages.id").Find(&rows).Error
	list := make([]rehab.Delivery, len(rows))
	for i, r := range rows {
		list[i] = r.delivery()
	}
	return list, err
}

// SetBody replaces what a delivery says that waits and that nobody has claimed;
// ErrNotFound for any other.
func (t *Tx) SetBody(delivery int64, body []byte) error {
	set := t.db.Model(&messageRow{}).
		Where("id = ? AND state = ? AND id NOT IN (SELECT msg_id FROM inflight)", delivery, rehab.DeliveryWaiting).
		Update("body", body)
	if set.Error == nil && set.RowsAffected == 0 {
		return ErrNotFound
	}
	return set.Error
}

// DeliveryAt returns the delivery that put a message into a chat, whatever edits
// came later.
func (t *Tx) DeliveryAt(chat int64, message int) (rehab.Delivery, error) {
	var row queuedRow
	err := one(queued(t.db).Where("messages.chat_id = ? AND messages.message_id = ? AND messages.kind <> ?",
		chat, message, rehab.KindEdit).Order("messages.id").Limit(1), &row)
	return row.delivery(), err
}
