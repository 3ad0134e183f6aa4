package store

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

// rowSet is some courses as rows.
type rowSet struct {
	courses      []courseRow
	needlings    []needlingRow
	targets      []targetRow
	practices    []practiceRow
	workouts     []workoutRow
	exercises    []exerciseRow
	holds        []holdRow
	observations []observationRow
	alerts       []alertRow
	changes      []changeRow
}

// loadRows reads the courses with the given ids: one query for each table,
// however many courses there are.
func loadRows(db *gorm.DB, ids []int64) (rowSet, error) {
	var s rowSet
	for _, q := range []struct {
		rows  any
		where string
		order string
	}{
		{&s.courses, "id IN ?", "id"},
		{&s.needlings, "course_id IN ?", "course_id, n"},
		{&s.targets, "course_id IN ?", "course_id, n"},
		// The numbers of practices are not in the order in which they were asked.
		{&s.practices, "course_id IN ?", "course_id, asked_at, n"},
		{&s.workouts, "course_id IN ?", "course_id, n"},
		{&s.exercises, "course_id IN ?", "course_id, workout, n"},
		{&s.holds, "course_id IN ?", "course_id, n"},
		{&s.observations, "course_id IN ?", "course_id, n"},
		{&s.alerts, "course_id IN ?", "course_id, n"},
		{&s.changes, "course_id IN ?", "course_id, n"},
	} {
		if err := db.Where(q.where, ids).Order(q.order).Find(q.rows).Error; err != nil {
			return s, err
		}
	}
	return s, nil
}

// rowsOf is what a course looks like in rows.
func rowsOf(c *rehab.Course) rowSet {
	s := rowSet{courses: []courseRow{courseRowOf(c)}}
	for _, n := range c.Needlings {
		s.needlings = append(s.needlings, needlingRowOf(c.ID, n))
	}
	for _, t := range c.Targets {
		s.targets = append(s.targets, targetRowOf(c.ID, t))
	}
	for _, p := range c.Practices {
		s.practices = append(s.practices, practiceRowOf(c.ID, p))
	}
	for _, w := range c.Workouts {
		s.workouts = append(s.workouts, workoutRowOf(c.ID, w))
		for i, e := range w.Exercises {
			s.exercises = append(s.exercises, exerciseRowOf(c.ID, w.N, i+1, e))
		}
	}
	for _, h := range c.Holds {
		s.holds = append(s.holds, holdRowOf(c.ID, h))
	}
	for i, o := range c.Observations {
		s.observations = append(s.observations, observationRow{CourseID: c.ID, N: i + 1, At: at(o.At), Score: o.Score})
	}
	for _, a := range c.Alerts {
		s.alerts = append(s.alerts, alertRowOf(c.ID, a))
	}
	for _, x := range c.Changes {
		s.changes = append(s.changes, changeRowOf(c.ID, x))
	}
	return s
}

func (s *rowSet) add(o rowSet) {
	s.courses = append(s.courses, o.courses...)
	s.needlings = append(s.needlings, o.needlings...)
	s.targets = append(s.targets, o.targets...)
	s.practices = append(s.practices, o.practices...)
	s.workouts = append(s.workouts, o.workouts...)
	s.exercises = append(s.exercises, o.exercises...)
	s.holds = append(s.holds, o.holds...)
	s.observations = append(s.observations, o.observations...)
	s.alerts = append(s.alerts, o.alerts...)
	s.changes = append(s.changes, o.changes...)
}

// build puts courses together from their rows, without zones and protocol.
func (s rowSet) build() ([]*rehab.Course, error) {
	var courses []*rehab.Course
	byID := make(map[int64]*rehab.Course, len(s.courses))
	for _, r := range s.courses {
		c, err := r.course()
		if err != nil {
			return nil, &courseFault{course: r.ID, cause: err}
		}
		courses, byID[r.ID] = append(courses, c), c
	}
	err := firstError(
		attach(s.needlings, needlingRow.needling, func(r needlingRow) *[]rehab.Needling { return &byID[r.CourseID].Needlings }),
		attach(s.targets, targetRow.target, func(r targetRow) *[]rehab.Target { return &byID[r.CourseID].Targets }),
		attach(s.practices, practiceRow.practice, func(r practiceRow) *[]rehab.Practice { return &byID[r.CourseID].Practices }),
		attach(s.workouts, workoutRow.workout, func(r workoutRow) *[]rehab.Workout { return &byID[r.CourseID].Workouts }),
		attach(s.holds, holdRow.hold, func(r holdRow) *[]rehab.Hold { return &byID[r.CourseID].Holds }),
		attach(s.observations, observationRow.observation, func(r observationRow) *[]rehab.Observation { return &byID[r.CourseID].Observations }),
		attach(s.alerts, alertRow.alert, func(r alertRow) *[]rehab.Alert { return &byID[r.CourseID].Alerts }),
		attach(s.changes, changeRow.change, func(r changeRow) *[]rehab.Change { return &byID[r.CourseID].Changes }),
	)
	if err != nil {
		return nil, err
	}
	// Workouts stand where they stay from here on: exercises can be hung in.
	return courses, attach(s.exercises, exerciseRow.exercise, func(r exerciseRow) *[]rehab.Exercise {
		return &byID[r.CourseID].Workout(r.Workout).Exercises
	})
}

// attach appends what each row says to the list where it belongs.
func attach[R interface{ key() rowKey }, V any](rows []R, value func(R) (V, error), list func(R) *[]V) error {
	for _, r := range rows {
		v, err := value(r)
		if err != nil {
			return &courseFault{course: r.key().course, cause: fmt.Errorf("a row of %T: %w", r, err)}
		}
		to := list(r)
		*to = append(*to, v)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// rowKey tells the rows of one table of one course apart.
type rowKey struct {
	course int64
	outer  int
	n      int
}

func (r courseRow) key() rowKey      { return rowKey{r.ID, 0, 0} }
func (r needlingRow) key() rowKey    { return rowKey{r.CourseID, 0, r.N} }
func (r targetRow) key() rowKey      { return rowKey{r.CourseID, 0, r.N} }
func (r practiceRow) key() rowKey    { return rowKey{r.CourseID, 0, r.N} }
func (r workoutRow) key() rowKey     { return rowKey{r.CourseID, 0, r.N} }
func (r exerciseRow) key() rowKey    { return rowKey{r.CourseID, r.Workout, r.N} }
func (r holdRow) key() rowKey        { return rowKey{r.CourseID, 0, r.N} }
func (r observationRow) key() rowKey { return rowKey{r.CourseID, 0, r.N} }
func (r alertRow) key() rowKey       { return rowKey{r.CourseID, 0, r.N} }
func (r changeRow) key() rowKey      { return rowKey{r.CourseID, 0, r.N} }

// save writes what is different in after, parents first, and counts up the version
// of each course of which something is.
func (s rowSet) save(db *gorm.DB, after rowSet) error {
	changed := make(map[int64]bool)
	err := firstError(
		saveRows(db, s.courses, after.courses, changed),
		saveRows(db, s.needlings, after.needlings, changed),
		saveRows(db, s.targets, after.targets, changed),
		saveRows(db, s.practices, after.practices, changed),
		saveRows(db, s.workouts, after.workouts, changed),
		saveRows(db, s.exercises, after.exercises, changed),
		saveRows(db, s.holds, after.holds, changed),
		saveRows(db, s.observations, after.observations, changed),
		saveRows(db, s.alerts, after.alerts, changed),
		saveRows(db, s.changes, after.changes, changed),
	)
	if err != nil || len(changed) == 0 {
		return err
	}
	ids := slices.Sorted(maps.Keys(changed))
	return db.Model(&courseRow{}).Where("id IN ?", ids).UpdateColumn("version", gorm.Expr("version + 1")).Error
}

// rowBatch keeps a statement below SQLite's limit of 32,766 parameters.
const rowBatch = 500

// saveRows makes a table that holds the rows of before hold those of after:
// what is new or different is written, what is gone is deleted, and nothing else
// is touched. The courses of those rows are added to changed.
func saveRows[R interface {
	comparable
	key() rowKey
}](db *gorm.DB, before, after []R, changed map[int64]bool) error {
	was := make(map[rowKey]R, len(before))
	for _, r := range before {
		was[r.key()] = r
	}
	var written []R
	for _, r := range after {
		if old, ok := was[r.key()]; !ok || old != r {
			written = append(written, r)
			changed[r.key().course] = true
		}
		delete(was, r.key())
	}
	for key, gone := range was {
		changed[key.course] = true
		if err := db.Delete(&gone).Error; err != nil {
			return err
		}
	}
	if len(written) == 0 {
		return nil
	}
	return db.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(&written, rowBatch).Error
}

// loadCourses reads courses whole. The rows are returned too, so that saving
// can tell what changed.
func (s *Store) loadCourses(db *gorm.DB, ids []int64) ([]*rehab.Course, rowSet, error) {
	rows, err := loadRows(db, ids)
	if err != nil {
		return nil, rows, err
	}
	courses, err := rows.build()
	if err != nil {
		return nil, rows, err
	}
	patients, err := patientsByID(db, patientIDs(courses))
	if err != nil {
		return nil, rows, err
	}
	mode, err := clinicMode(db)
	if err != nil {
		return nil, rows, err
	}
	for i, c := range courses {
		if c.Protocol, err = s.protocol(db, rows.courses[i].Protocol); err != nil {
			return nil, rows, &courseFault{course: c.ID, cause: fmt.Errorf("protocol %q: %w", rows.courses[i].Protocol, err)}
		}
		if c.Zone, err = s.zone(patients[c.PatientID].Zone); err != nil {
			return nil, rows, &courseFault{course: c.ID, cause: err}
		}
		c.ClinicZone, c.ClinicMode = s.clinicZone, mode
	}
	return courses, rows, nil
}

// zone reads a time zone once; the standard library reads its file each time.
func (s *Store) zone(name string) (*time.Location, error) {
	if known, ok := s.zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		s.zones.Store(name, loc)
	}
	return loc, err
}

func patientIDs(courses []*rehab.Course) []int64 {
	ids := make([]int64, len(courses))
	for i, c := range courses {
		ids[i] = c.PatientID
	}
	return ids
}

// patientsByID reads patients by their ids.
func patientsByID(db *gorm.DB, ids []int64) (map[int64]patientRow, error) {
	var rows []patientRow
	if err := db.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	byID := make(map[int64]patientRow, len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, nil
}
