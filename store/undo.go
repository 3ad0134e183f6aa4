package store

import (
	"errors"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

type undoRow struct {
	PatientID int64 `gorm:"primaryKey;autoIncrement:false"`
	CourseID  int64
	Needling  int
	UntilAt   instant
	Before    string // empty when the course began with the needling
	After     string
}

func (undoRow) TableName() string { return "undo" }

// snapshot is one course as it is kept in a column, without its audit trail, which
// is never taken back.
type snapshot struct {
	Courses      []courseRow
	Needlings    []needlingRow
	Targets      []targetRow
	Practices    []practiceRow
	Workouts     []workoutRow
	Exercises    []exerciseRow
	Holds        []holdRow
	Observations []observationRow
	Alerts       []alertRow
}

func (s rowSet) snapshot() snapshot {
	return snapshot{
		s.courses, s.needlings, s.targets, s.practices, s.workouts, s.exercises, s.holds, s.observations, s.alerts,
	}
}

func (s snapshot) rows() rowSet {
	return rowSet{
		courses: s.Courses, needlings: s.Needlings, targets: s.Targets, practices: s.Practices, workouts: s.Workouts,
		exercises: s.Exercises, holds: s.Holds, observations: s.Observations, alerts: s.Alerts,
	}
}

// Snapshot is the course as it is now, for KeepUndo.
func (t *Tx) Snapshot(c *rehab.Course) []byte { return []byte(toJSON(rowsOf(c).snapshot())) }

// KeepUndo lets the latest needling of a course be taken back until a moment.
// before is what Snapshot said before it was recorded, nil when the course began
// with it. An earlier needling of the patient can be taken back no longer.
func (t *Tx) KeepUndo(c *rehab.Course, before []byte, until time.Time) error {
	return firstError(
		t.db.Where("until_at <= ?", at(t.now)).Delete(&undoRow{}).Error,
		t.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&undoRow{
			PatientID: c.PatientID, CourseID: c.ID, Needling: c.Needlings[len(c.Needlings)-1].N, UntilAt: at(until),
			Before: string(before), After: string(t.Snapshot(c)),
		}).Error,
	)
}

// Undo takes a needling of the patient back: the course is what it was before,
// and what was planned since is dropped. ErrTooLate is returned when that time is
// over, ErrChanged when the patient has answered or a clinician has changed
// something since.
func (t *Tx) Undo(patient int64, needling int) error {
	c, err := t.Course(patient)
	if err != nil {
		return err
	}
	var row undoRow
	err = one(t.db.Where("patient_id = ? AND course_id = ? AND needling = ?", patient, c.ID, needling), &row)
	if errors.Is(err, ErrNotFound) || err == nil && row.UntilAt.over(at(t.now)) {
		return ErrTooLate
	}
	if err != nil {
		return err
	}
	after, err := fromJSON[snapshot](row.After)
	if err != nil {
		return err
	}
	if !untouched(after, rowsOf(c).snapshot()) {
		return ErrChanged
	}
	if err := t.db.Delete(&row).Error; err != nil {
		return err
	}
	if row.Before == "" {
		return t.eraseCourse(c)
	}
	c.NoteUndone(c, t.now)
	return restore(c, row.Before, t.now)
}

// restore makes a course what it was.
func restore(c *rehab.Course, before string, now time.Time) error {
	s, err := fromJSON[snapshot](before)
	if err != nil {
		return err
	}
	courses, err := s.rows().build()
	if err != nil {
		return err
	}
	c.TakeBack(*courses[0], now)
	c.Cause = reasonTakenBack
	return nil
}

// untouched reports whether a course is what it was, but for what the sending of
// messages changes.
func untouched(was, is snapshot) bool {
	type standing struct {
		track                                        rehab.Track
		heard, consented, stopped, discharged, ended instant
	}
	standingOf := func(r courseRow) standing {
		return standing{r.Track, r.HeardAt, r.ConsentedAt, r.StoppedAt, r.DischargedAt, r.EndedAt}
	}
	needlings := func(rows []needlingRow) []needlingRow {
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].WelcomeAt = 0
		}
		return rows
	}
	holds := func(rows []holdRow) []holdRow {
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].Told, rows[i].Asked, rows[i].AskedAt = false, 0, 0
		}
		return rows
	}
	return standingOf(was.Courses[0]) == standingOf(is.Courses[0]) &&
		slices.Equal(needlings(was.Needlings), needlings(is.Needlings)) &&
		slices.Equal(holds(was.Holds), holds(is.Holds)) &&
		slices.Equal(was.Targets, is.Targets) &&
		slices.Equal(was.Observations, is.Observations) &&
		slices.Equal(was.Alerts, is.Alerts)
}

// eraseCourse takes a course away that began by mistake; the one before stands
// again. Its messages stay in the timeline, but for one that is being sent.
func (t *Tx) eraseCourse(c *rehab.Course) error {
	var waiting []int64
	err := t.db.Model(&messageRow{}).Where("course_id = ? AND state = ?", c.ID, rehab.DeliveryWaiting).
		Where("id NOT IN (SELECT msg_id FROM inflight)").Pluck("id", &waiting).Error
	if err != nil {
		return err
	}
	t.forgetCourses(c.PatientID)
	err = firstError(
		t.dropAll(waiting, reasonTakenBack),
		t.db.Model(&messageRow{}).Where("course_id = ? AND state <> ?", c.ID, rehab.DeliveryWaiting).Update("course_id", nil).Error,
		t.db.Delete(&courseRow{}, c.ID).Error,
	)
	if err != nil {
		return err
	}
	stands, err := t.Course(c.PatientID)
	if err != nil {
		return err
	}
	stands.NoteUndone(c, t.now)
	return nil
}
