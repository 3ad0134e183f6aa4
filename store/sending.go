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

// unbidden reports whether a delivery is a clinician's own text to a patient,
// which the patient's will can stop until the moment it goes out.
func unbidden(kind rehab.PromptKind) bool {
	return kind == rehab.KindBroadcast || kind == rehab.KindMessage
}

// refusals says which texts of clinicians must not be sent, and why.
func refusals(db *gorm.DB, rows map[int64]queuedRow) (map[int64]string, error) {
	var patients, broadcasts []int64
	for _, r := range rows {
		if unbidden(r.Message.Kind) {
			patients = append(patients, int64(r.Message.PatientID))
			broadcasts = append(broadcasts, int64(r.Message.BroadcastID))
		}
	}
	if len(patients) == 0 {
		return nil, nil
	}
	people, err := patientsByID(db, patients)
	if err != nil {
		return nil, err
	}
	var courses []courseRow
	err = db.Where("id IN (SELECT MAX(id) FROM courses WHERE patient_id IN ? GROUP BY patient_id)", patients).
		Find(&courses).Error
	if err != nil {
		return nil, err
	}
	var undone []int64
	slices.Sort(broadcasts)
	err = db.Model(&broadcastRow{}).Where("id IN ? AND state = ?", slices.Compact(broadcasts), broadcastUndone).
		Pluck("id", &undone).Error
	if err != nil {
		return nil, err
	}
	latest := make(map[int64]courseRow, len(courses))
	for _, c := range courses {
		latest[c.PatientID] = c
	}
	reasons := make(map[int64]string)
	for id, r := range rows {
		if !unbidden(r.Message.Kind) {
			continue
		}
		if c, ok := latest[int64(r.Message.PatientID)]; ok {
			reasons[id] = c.standing()
			if r.Message.Kind == rehab.KindMessage {
				reasons[id] = c.unasked()
			}
		}
		if people[int64(r.Message.PatientID)].UnreachableAt != 0 {
			reasons[id] = reasonUnreachable
		}
		if slices.Contains(undone, int64(r.Message.BroadcastID)) {
			reasons[id] = reasonUndone
		}
	}
	return reasons, nil
}

// sendings adds to claimed rows what is needed to put them into words. Courses
// that loaded does not know are read.
func (s *Store) sendings(db *gorm.DB, rows []queuedRow, loaded map[int64]*rehab.Course) ([]rehab.Sending, error) {
	var courseIDs, patientIDs, broadcastIDs []int64
	for _, r := range rows {
		if r.Message.CourseID != 0 && loaded[int64(r.Message.CourseID)] == nil {
			courseIDs = append(courseIDs, int64(r.Message.CourseID))
		}
		if r.Message.PatientID != 0 {
			patientIDs = append(patientIDs, int64(r.Message.PatientID))
		}
		if r.Message.BroadcastID != 0 {
			broadcastIDs = append(broadcastIDs, int64(r.Message.BroadcastID))
		}
	}
	courses := make(map[int64]*rehab.Course)
	if len(courseIDs) > 0 {
		list, _, err := s.loadCourses(db, courseIDs)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			courses[c.ID] = c
		}
	}
	people, err := patientsByID(db, patientIDs)
	if err != nil {
		return nil, err
	}
	texts, err := broadcastTexts(db, broadcastIDs)
	if err != nil {
		return nil, err
	}
	says, err := digests(db, rows)
	if err != nil {
		return nil, err
	}
	list := make([]rehab.Sending, len(rows))
	for i, r := range rows {
		list[i] = rehab.Sending{Delivery: r.delivery(), Course: courses[int64(r.Message.CourseID)], Digest: says[r.Message.ID]}
		if c := loaded[int64(r.Message.CourseID)]; c != nil {
			list[i].Course = c
		}
		if p, ok := people[int64(r.Message.PatientID)]; ok {
			list[i].Patient = p.patient()
		}
		if text, ok := texts[int64(r.Message.BroadcastID)]; ok && r.Message.Body == nil {
			list[i].Delivery.Body = []byte(text)
		}
	}
	return list, nil
}

// broadcastTexts reads the texts that many deliveries share.
func broadcastTexts(db *gorm.DB, ids []int64) (map[int64]string, error) {
	texts := make(map[int64]string)
	if len(ids) == 0 {
		return texts, nil
	}
	slices.Sort(ids)
	var rows []broadcastRow
	err := db.Where("id IN ?", slices.Compact(ids)).Find(&rows).Error
	for _, r := range rows {
		texts[r.ID] = r.Text
	}
	return texts, err
}

// Sendable reads a claimed delivery again right before it is sent. reason is not
// empty when it must not go out any more.
func (s *Store) Sendable(ctx context.Context, id int64, now time.Time) (sending rehab.Sending, reason string, err error) {
	err = s.read(ctx, func(db *gorm.DB) error {
		var row queuedRow
		err := one(queued(db).Where("messages.id = ?", id), &row)
		if errors.Is(err, ErrNotFound) {
			reason = "erased"
			return nil
		}
		if err != nil {
			return err
		}
		list, err := s.sendings(db, []queuedRow{row}, nil)
		if err != nil {
			return err
		}
		sending = list[0]
		reason, err = objection(db, row, sending, now)
		return err
	})
	if err != nil {
		return rehab.Sending{}, "", fmt.Errorf("delivery %d: %w", id, err)
	}
	return sending, reason, nil
}

// objection says what speaks against sending a claimed delivery now.
func objection(db *gorm.DB, row queuedRow, s rehab.Sending, now time.Time) (string, error) {
	switch {
	case s.Delivery.State != rehab.DeliveryInFlight:
		return string(s.Delivery.State), nil
	case planned(row.Message.Kind) && row.Message.Audience == rehab.ToPatient && !s.Patient.UnreachableAt.IsZero():
		return reasonUnreachable, nil
	case planned(row.Message.Kind):
		_, reason := s.Course.Sendable(row.Message.promptKey(), now)
		return reason, nil
	case row.Message.ExpiresAt.over(at(now)):
		return reasonExpired, nil
	case row.Message.Kind == rehab.KindDigest && s.Digest.Patients == 0:
		return reasonNothing, nil
	}
	reasons, err := refusals(db, map[int64]queuedRow{row.Message.ID: row})
	return reasons[row.Message.ID], err
}
