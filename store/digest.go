package store

import (
	"fmt"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// reasonNothing is why a digest waits for another day.
const reasonNothing = "nothing to say"

// A clinician has one digest that waits. When its hour comes and it has nothing
// to say it moves to the next day; when it has ended the next one is planned.

// planDigests gives a digest to every clinician who has none. The kind and the
// state stand in the statement, so that it uses the index.
func (t *Tx) planDigests() error {
	var without []clinicianRow
	err := t.db.Where(`removed_at = 0 AND NOT EXISTS (SELECT 1 FROM messages
		WHERE messages.chat_id = clinicians.chat_id AND messages.kind = 'digest' AND messages.state = 'waiting')`).
		Order("id").Find(&without).Error
	if err != nil || len(without) == 0 {
		return err
	}
	rows := make([]messageRow, len(without))
	for i, c := range without {
		if rows[i], err = t.nextDigest(c); err != nil {
			return err
		}
	}
	_, err = t.insert(rows)
	return err
}

// nextDigest is the digest of the next day that has had none, at the clinician's
// hour.
func (t *Tx) nextDigest(c clinicianRow) (messageRow, error) {
	zone := t.store.clinicZone
	due := c.DigestAt.Next(t.now, zone)
	for {
		key := fmt.Sprintf("digest/%d/%s", c.ID, rehab.DayOf(due, zone))
		var had int64
		err := t.db.Model(&messageRow{}).Where("key = ? AND state <> ?", key, rehab.DeliveryWaiting).Count(&had).Error
		if err != nil || had == 0 {
			return messageRow{
				Key: key, Kind: rehab.KindDigest, N: int(c.ID), Lane: rehab.LaneTimed, ChatID: c.ChatID,
				EarliestAt: at(due), DueAt: at(due), ExpiresAt: at(due.Add(rehab.DigestLife)),
				State: rehab.DeliveryWaiting, PlannedAt: at(t.now),
			}, err
		}
		due = c.DigestAt.Next(due, zone)
	}
}

// moveDigest lets a digest that waits wait for the next day instead.
func (t *Tx) moveDigest(r queuedRow, c clinicianRow) error {
	next, err := t.nextDigest(c)
	if err != nil {
		return err
	}
	return firstError(
		t.db.Model(&messageRow{}).Where("id = ?", r.Message.ID).Update("key", next.Key).Error,
		t.retime(r, next, ""),
	)
}

// SetDigest changes when a clinician's digest comes, from the next one on; a day
// that has had its digest gets no other.
func (t *Tx) SetDigest(clinician int64, hour rehab.TimeOfDay) error {
	set := t.db.Model(&clinicianRow{}).Where("id = ?", clinician).Update("digest_at", hour)
	if set.Error != nil {
		return set.Error
	}
	var c clinicianRow
	if err := one(t.db.Where("id = ?", clinician), &c); err != nil {
		return err
	}
	var waiting []queuedRow
	err := queued(t.db).Where("messages.chat_id = ? AND messages.kind = 'digest' AND messages.state = 'waiting'", c.ChatID).
		Find(&waiting).Error
	for _, r := range waiting {
		if !r.Claimed {
			err = firstError(err, t.moveDigest(r, c))
		}
	}
	return err
}

// reviewDigest moves a digest that is due and has nothing to say, or comes too
// late, to the next day, and ends that of a clinician who was removed. moved
// tells whether it did something.
func (t *Tx) reviewDigest(r queuedRow) (moved bool, err error) {
	var c clinicianRow
	if err := one(t.db.Where("id = ?", r.Message.N), &c); err != nil {
		return false, err
	}
	if c.RemovedAt != 0 {
		return true, t.end(r.Message, rehab.DeliveryDropped, reasonRecipient, r.Tries)
	}
	if !r.Message.ExpiresAt.over(at(t.now)) {
		n, err := countDigest(t.db, c.clinician())
		if err != nil || n > 0 {
			return false, err
		}
	}
	return true, t.moveDigest(r, c)
}

// openAlerts selects the alerts that nobody has acknowledged in the latest
// course of each patient whom the clinician may see. acked_at stands in the
// statement, so that it uses the index.
func openAlerts(db *gorm.DB, c rehab.Clinician) *gorm.DB {
	return visible(db.Table("alerts").
		Joins("JOIN courses ON courses.id = alerts.course_id").
		Joins("JOIN patients ON patients.id = courses.patient_id"), c).
		Where("alerts.acked_at = 0").
		Where("NOT EXISTS (SELECT 1 FROM courses AS newer WHERE newer.patient_id = courses.patient_id AND newer.id > courses.id)")
}

// openRow is an open alert with its patient.
type openRow struct {
	Alert     alertRow `gorm:"embedded"`
	PatientID int64
}

func (r openRow) open() (rehab.OpenAlert, error) {
	a, err := r.Alert.alert()
	return rehab.OpenAlert{PatientID: r.PatientID, CourseID: r.Alert.CourseID, Alert: a}, err
}

// OpenAlerts returns the open alerts of the patients whom the clinician may see,
// the most urgent first and of those the one that waits longest, limit at the
// most, and how many there are in all. after is the last one of the page before,
// or zero.
func (t *Tx) OpenAlerts(clinician rehab.Clinician, after rehab.OpenAlert, limit int) (list []rehab.OpenAlert, total int, err error) {
	var all int64
	if err := openAlerts(t.db, clinician).Count(&all).Error; err != nil {
		return nil, 0, err
	}
	page := openAlerts(t.db, clinician)
	if last := after.Alert; last.Level != rehab.AlertNone {
		page = page.Where("(alerts.level < ? OR alerts.level = ? AND (alerts.raised_at, alerts.course_id, alerts.n) > (?, ?, ?))",
			last.Level, last.Level, at(last.RaisedAt), after.CourseID, last.N)
	}
	var rows []openRow
	err = page.Select("alerts.*, courses.patient_id").
		Order("alerts.level DESC, alerts.raised_at, alerts.course_id, alerts.n").Limit(limit).Find(&rows).Error
	for _, r := range rows {
		open, readErr := r.open()
		err = firstError(err, readErr)
		list = append(list, open)
	}
	return list, int(all), err
}

// digestAlerts selects what a digest lists.
func digestAlerts(db *gorm.DB, c rehab.Clinician) *gorm.DB {
	return openAlerts(db, c).Where("alerts.level = ?", rehab.AlertDigest)
}

// countDigest is the number of patients in a clinician's digest.
func countDigest(db *gorm.DB, c rehab.Clinician) (int, error) {
	var n int64
	err := digestAlerts(db, c).Distinct("courses.patient_id").Count(&n).Error
	return int(n), err
}

// Digest returns a page of a clinician's digest; behind the last one, the last.
func (t *Tx) Digest(clinician rehab.Clinician, page int) (rehab.Digest, error) {
	return digestPage(t.db, clinician, page)
}

func digestPage(db *gorm.DB, c rehab.Clinician, page int) (d rehab.Digest, err error) {
	if d.Patients, err = countDigest(db, c); err != nil || d.Patients == 0 {
		return d, err
	}
	d.Page = max(0, min(page, (d.Patients-1)/rehab.DigestSize))
	var people []patientRow
	err = db.Where("id IN (?)", digestAlerts(db, c).Select("courses.patient_id")).Order("folded, id").
		Offset(d.Page * rehab.DigestSize).Limit(rehab.DigestSize).Find(&people).Error
	if err != nil {
		return d, err
	}
	ids := make([]int64, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	var rows []openRow
	err = digestAlerts(db, c).Select("alerts.*, courses.patient_id").Where("courses.patient_id IN ?", ids).
		Order("alerts.raised_at, alerts.n").Find(&rows).Error
	alerts := make(map[int64][]rehab.Alert, len(people))
	for _, r := range rows {
		open, readErr := r.open()
		err = firstError(err, readErr)
		alerts[r.PatientID] = append(alerts[r.PatientID], open.Alert)
	}
	for _, p := range people {
		entry := rehab.DigestEntry{Patient: p.patient(), Alerts: alerts[p.ID]}
		if p.ClinicianID != c.ID {
			err = firstError(err, db.Model(&clinicianRow{}).Where("id = ?", p.ClinicianID).Pluck("name", &entry.Of).Error)
		}
		d.Entries = append(d.Entries, entry)
	}
	return d, err
}

// digests reads what the digests among claimed rows say.
func digests(db *gorm.DB, rows []queuedRow) (map[int64]rehab.Digest, error) {
	says := make(map[int64]rehab.Digest)
	for _, r := range rows {
		if r.Message.Kind != rehab.KindDigest {
			continue
		}
		var c clinicianRow
		if err := one(db.Where("id = ?", r.Message.N), &c); err != nil {
			return nil, err
		}
		d, err := digestPage(db, c.clinician(), 0)
		if err != nil {
			return nil, err
		}
		says[r.Message.ID] = d
	}
	return says, nil
}
