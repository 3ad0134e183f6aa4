package store

import (
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

type shareRow struct {
	PatientID   int64 `gorm:"primaryKey;autoIncrement:false"`
	ClinicianID int64 `gorm:"primaryKey;autoIncrement:false"`
}

func (shareRow) TableName() string { return "shares" }

// staff is who looks after whom.
type staff struct {
	owners []rehab.Clinician
	byID   map[int64]rehab.Clinician
	shares map[int64][]int64 // the clinicians with whom a patient is shared
}

// staff reads the clinicians, and the shares of some patients.
func (t *Tx) staff(patients []int64) (staff, error) {
	s := staff{byID: make(map[int64]rehab.Clinician), shares: make(map[int64][]int64)}
	all, err := t.Clinicians()
	if err != nil {
		return s, err
	}
	for _, c := range all {
		s.byID[c.ID] = c
		if c.Role == rehab.RoleOwner {
			s.owners = append(s.owners, c)
		}
	}
	var rows []shareRow
	err = t.db.Where("patient_id IN ?", patients).Order("clinician_id").Find(&rows).Error
	for _, r := range rows {
		s.shares[r.PatientID] = append(s.shares[r.PatientID], r.ClinicianID)
	}
	return s, err
}

// of are the clinicians of one patient: their own, for whom the owners stand in
// when they have left, and those with whom the patient is shared.
func (s staff) of(patient, own int64) []rehab.Clinician {
	list := s.owners
	if c, ok := s.byID[own]; ok {
		list = []rehab.Clinician{c}
	}
	for _, id := range s.shares[patient] {
		if c, ok := s.byID[id]; ok {
			list = append(slices.Clip(list), c)
		}
	}
	return list
}

// CliniciansOf returns everybody who looks after a patient: their own clinician
// first, then those with whom the patient is shared. The owners stand in for a
// clinician who has left.
func (t *Tx) CliniciansOf(patient int64) ([]rehab.Clinician, error) {
	p, err := t.Patient(patient)
	if err != nil {
		return nil, err
	}
	s, err := t.staff([]int64{patient})
	return s.of(patient, p.ClinicianID), err
}

// PatientCounts returns how many patients of their own clinicians have, by the
// clinician's id.
func (t *Tx) PatientCounts() (map[int64]int, error) {
	var rows []struct {
		ClinicianID int64
		N           int
	}
	err := t.db.Model(&patientRow{}).Select("clinician_id, COUNT(*) AS n").Group("clinician_id").Find(&rows).Error
	counts := make(map[int64]int, len(rows))
	for _, r := range rows {
		counts[r.ClinicianID] = r.N
	}
	return counts, err
}

// given finds a patient of whom the clinician decides who may see them, and
// another clinician who is still here.
func (t *Tx) given(by rehab.Clinician, patient, to int64) (rehab.Patient, error) {
	p, err := t.PatientFor(by, patient)
	if err != nil {
		return rehab.Patient{}, err
	}
	if p.ClinicianID != by.ID && by.Role != rehab.RoleOwner {
		return rehab.Patient{}, ErrNotOwn
	}
	c, err := t.Clinician(to)
	if err == nil && !c.RemovedAt.IsZero() {
		err = ErrNotFound
	}
	return p, err
}

// Share lets another clinician look after a patient too: see, act, and get the
// alerts. Only the patient's own clinician and owners may; ErrNotOwn otherwise.
func (t *Tx) Share(by rehab.Clinician, patient, with int64) error {
	if _, err := t.given(by, patient, with); err != nil {
		return err
	}
	row := shareRow{PatientID: patient, ClinicianID: with}
	if err := t.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return err
	}
	return t.follow(patient)
}

// EndShare ends what Share began. Those who may share may end it, and the one
// with whom the patient is shared. ErrNotFound is returned when there is none.
func (t *Tx) EndShare(by rehab.Clinician, patient, with int64) error {
	if _, err := t.given(by, patient, with); err != nil && (!errors.Is(err, ErrNotOwn) || with != by.ID) {
		return err
	}
	ended := t.db.Where("patient_id = ? AND clinician_id = ?", patient, with).Delete(&shareRow{})
	if ended.Error == nil && ended.RowsAffected == 0 {
		return ErrNotFound
	}
	return firstError(ended.Error, t.follow(patient))
}

// HandOver makes another clinician the patient's own and returns the patient as
// they are then: with the next free name, when the old one is taken there.
func (t *Tx) HandOver(by rehab.Clinician, patient, to int64) (rehab.Patient, error) {
	p, err := t.given(by, patient, to)
	if err != nil {
		return rehab.Patient{}, err
	}
	if err := t.moveTo(p, to); err != nil {
		return rehab.Patient{}, err
	}
	if err := t.follow(patient); err != nil {
		return rehab.Patient{}, err
	}
	return t.Patient(patient)
}

// moveTo gives a patient to a clinician, under a name that is free there.
func (t *Tx) moveTo(p rehab.Patient, to int64) error {
	if p.ClinicianID == to {
		return nil
	}
	name, err := t.FreeName(to, p.Name)
	if err != nil {
		return err
	}
	return firstError(
		t.give(p.ID, to, name),
		t.db.Where("patient_id = ? AND clinician_id = ?", p.ID, to).Delete(&shareRow{}).Error,
	)
}

func (t *Tx) give(patient, to int64, name string) error {
	return t.db.Model(&patientRow{}).Where("id = ?", patient).
		Updates(map[string]any{"clinician_id": to, "name": name, "folded": fold(name)}).Error
}

// moveAll gives all patients of a clinician to another one, and returns those who
// needed another name. However many there are, it takes few statements.
func (t *Tx) moveAll(from, to int64) (renamed []rehab.Renamed, err error) {
	var rows []patientRow
	if err := t.db.Where("clinician_id = ?", from).Order("folded, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	theirs, err := t.TakenNames(to)
	if err != nil {
		return nil, err
	}
	given := make(map[string]bool)
	taken := func(name string) bool { return theirs(name) || given[fold(name)] }
	err = t.db.Where("clinician_id = ? AND patient_id IN (SELECT id FROM patients WHERE clinician_id = ?)", to, from).
		Delete(&shareRow{}).Error
	for _, r := range rows {
		name := freeName(r.Name, taken)
		given[fold(name)] = true
		if name != r.Name {
			renamed = append(renamed, rehab.Renamed{PatientID: r.ID, Was: r.Name, Is: name})
			err = firstError(err, t.give(r.ID, to, name))
		}
	}
	return renamed, firstError(err, t.db.Model(&patientRow{}).Where("clinician_id = ?", from).Update("clinician_id", to).Error)
}

// FreeName returns the name, or the name with the first number that no patient
// of the clinician has.
func (t *Tx) FreeName(clinician int64, name string) (string, error) {
	taken, err := t.TakenNames(clinician)
	return freeName(name, taken), err
}

func freeName(name string, taken func(string) bool) string {
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s %d", name, n)
	}
	return free
}

// follow loads the course of a patient whose clinicians change, so that what
// waits for them is planned anew.
func (t *Tx) follow(patient int64) error {
	_, err := t.Course(patient)
	return firstError(err, t.passNotes(patient))
}

// passNotes gives what a patient wrote, and what still waits for somebody who no
// longer looks after them, to their own clinician, once.
func (t *Tx) passNotes(patient int64) error {
	team, err := t.CliniciansOf(patient)
	if err != nil || len(team) == 0 {
		return err
	}
	var rows []queuedRow
	err = queued(t.db).Where("messages.patient_id = ? AND messages.kind = ?", patient, rehab.KindNote).
		Where("messages.state = ? AND inflight.msg_id IS NULL", rehab.DeliveryWaiting).Order("messages.id").Find(&rows).Error
	if err != nil {
		return err
	}
	has := make(map[string]bool)
	for _, r := range rows {
		if r.Message.ChatID == team[0].ChatID {
			has[string(r.Message.Body)] = true
		}
	}
	for _, r := range rows {
		m := r.Message
		switch {
		case slices.ContainsFunc(team, func(c rehab.Clinician) bool { return c.ChatID == m.ChatID }):
		case has[string(m.Body)]:
			err = firstError(err, t.end(m, rehab.DeliveryDropped, reasonRecipient, r.Tries))
		default:
			has[string(m.Body)] = true
			err = firstError(err,
				t.db.Model(&messageRow{}).Where("id = ?", m.ID).Update("chat_id", team[0].ChatID).Error,
				t.db.Model(&dueRow{}).Where("msg_id = ?", m.ID).Update("chat_id", team[0].ChatID).Error)
		}
	}
	return err
}

// RemoveClinician takes a clinician out of the clinic. All patients go to the
// owner to; those who needed another name there are returned. What waits for the
// clinician is planned anew for the owner or dropped, and broadcasts are
// cancelled: the audience of another would be another one.
func (t *Tx) RemoveClinician(id int64, to rehab.Clinician) ([]rehab.Renamed, error) {
	gone, err := t.Clinician(id)
	if err != nil || !gone.RemovedAt.IsZero() {
		return nil, firstError(err, ErrNotFound)
	}
	renamed, err := t.moveAll(id, to.ID)
	if err != nil {
		return nil, err
	}
	return renamed, firstError(
		t.db.Model(&clinicianRow{}).Where("id = ?", id).Update("removed_at", at(t.now)).Error,
		t.db.Where("clinician_id = ?", id).Delete(&shareRow{}).Error,
		t.passNotesOf(gone.ChatID),
		t.db.Where("chat_id = ?", gone.ChatID).Delete(&formRow{}).Error,
		t.db.Model(&broadcastRow{}).Where("by_id = ? AND state IN ?", id, unfinishedBroadcasts).
			Updates(map[string]any{"state": rehab.BroadcastCancelled, "wake_at": at(t.now)}).Error,
		t.silence(gone.ChatID),
	)
}

// passNotesOf passes on the notes that wait for a chat.
func (t *Tx) passNotesOf(chat int64) error {
	var patients []int64
	err := t.db.Model(&messageRow{}).Distinct("patient_id").
		Where("chat_id = ? AND kind = ? AND state = ?", chat, rehab.KindNote, rehab.DeliveryWaiting).Pluck("patient_id", &patients).Error
	for _, id := range patients {
		err = firstError(err, t.passNotes(id))
	}
	return err
}

// silence takes out of the queue what waits for the chat of a clinician who
// leaves. What courses have planned finds its new recipient when they are
// planned anew; the rest is dropped.
func (t *Tx) silence(chat int64) error {
	var rows []queuedRow
	err := queued(t.db).Where("messages.chat_id = ? AND messages.state = ?", chat, rehab.DeliveryWaiting).Find(&rows).Error
	if err != nil {
		return err
	}
	var courses, others []int64
	for _, r := range rows {
		switch {
		case planned(r.Message.Kind):
			courses = append(courses, int64(r.Message.CourseID))
		case !r.Claimed:
			others = append(others, r.Message.ID)
		}
	}
	return firstError(t.load(courses), t.dropAll(others, reasonRecipient))
}
