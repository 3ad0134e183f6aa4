package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

// Refusals. They are problems of the domain so that every room can tell them
// apart by their text.
const (
	// ErrNotFound is returned for what does not exist, and for another
	// clinician's patient.
	ErrNotFound rehab.Problem = "not_found"
	// ErrNotOwn is returned to a clinician who may see a patient but does not
	// decide who else may: that is up to the patient's own and to owners.
	ErrNotOwn rehab.Problem = "not_own"
	// ErrZone is returned for a name that is no time zone.
	ErrZone rehab.Problem = "unknown_zone"
	// ErrTooLate is returned for an undo whose time is over.
	ErrTooLate rehab.Problem = "too_late"
	// ErrChanged is returned for an undo of what something else rests on by now.
	ErrChanged rehab.Problem = "changed"
	// ErrNameTaken is returned for a second patient with the same name.
	ErrNameTaken rehab.Problem = "name_taken"
	// ErrChatTaken is returned for a chat that belongs to another patient.
	ErrChatTaken rehab.Problem = "chat_taken"
	// ErrInviteUsed is returned for an invitation that somebody has used.
	ErrInviteUsed rehab.Problem = "invite_used"
	// ErrInviteExpired is returned for an invitation that is too old.
	ErrInviteExpired rehab.Problem = "invite_expired"
)

// inboxLife is how long a handled update is recognised. Telegram repeats an
// update for a day at most, and may begin its ids anew after a week without any.
const inboxLife = 7 * 24 * time.Hour

// Result says what a transaction led to.
type Result struct {
	// Seen is set when the update had been handled before: nothing was done.
	Seen bool
	// Due are the deliveries planned in this transaction that are due already,
	// in the order in which they were planned.
	Due []int64
}

// Tx is one use case on the database: all of it happens, or nothing. It must
// not be used after the function that it was given to has returned.
type Tx struct {
	store *Store
	db    *gorm.DB
	now   time.Time

	// before is what the loaded courses look like in the database.
	before  rowSet
	courses []*rehab.Course
	byID    map[int64]*rehab.Course
	latest  map[int64]*rehab.Course // by patient

	due    []int64
	ended  int // deliveries that were dropped or have expired
	putOff int // deliveries that turned out to be due later
	forgot bool

	isolating bool  // courses that were set aside are left out
	working   int64 // the course that is being changed or planned
}

// Do runs fn in one transaction at now. When update is not 0 it is written down
// with it; an update that is written down already is not handled again. An error
// of fn undoes everything, the update included. fn must not call the Store, which
// waits for it.
func (s *Store) Do(ctx context.Context, now time.Time, update int64, fn func(*Tx) error) (Result, error) {
	var result Result
	forgot := false
	err := s.transact(ctx, now, func(t *Tx) error {
		if update != 0 {
			seen, err := t.seen(update)
			if err != nil || seen {
				result.Seen = seen
				return err
			}
		}
		if err := fn(t); err != nil {
			return err
		}
		if err := firstError(t.finish(), t.planDigests()); err != nil {
			return err
		}
		result.Due, forgot = t.due, t.forgot
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	if forgot {
		if err := s.wipeLog(ctx); err != nil {
			s.log.Warn("somebody is erased, but not yet from the write-ahead log", "err", err)
		}
	}
	return result, nil
}

// transact runs fn in a transaction, without finishing it.
func (s *Store) transact(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	return s.write(ctx, func(db *gorm.DB) error {
		return fn(&Tx{
			store: s, db: db, now: now.UTC().Truncate(time.Millisecond),
			byID: make(map[int64]*rehab.Course), latest: make(map[int64]*rehab.Course),
		})
	})
}

// Now is the moment of the transaction, in UTC and whole milliseconds.
func (t *Tx) Now() time.Time { return t.now }

// seen writes an update down, or reports that it is there already.
func (t *Tx) seen(update int64) (bool, error) {
	// The old ones go first, so that an id that Telegram uses again is new.
	if err := t.db.Where("at < ?", at(t.now.Add(-inboxLife))).Delete(&inboxRow{}).Error; err != nil {
		return false, err
	}
	written := t.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&inboxRow{UpdateID: update, At: at(t.now)})
	return written.RowsAffected == 0, written.Error
}

// Course returns the patient's latest course as of the moment of the transaction:
// what time alone has changed by then is applied, whether or not the course was woken
// for it. It is loaded once; what is changed in it is saved at the end of the
// transaction, and the outbox follows.
func (t *Tx) Course(patient int64) (*rehab.Course, error) {
	if c, ok := t.latest[patient]; ok {
		return c, nil
	}
	var ids []int64
	err := t.db.Model(&courseRow{}).Where("patient_id = ?", patient).Order("id DESC").Limit(1).Pluck("id", &ids).Error
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, ErrNotFound
	}
	if err := t.load(ids); err != nil {
		return nil, err
	}
	c, ok := t.latest[patient]
	if !ok {
		return nil, ErrNotFound
	}
	t.advance(c)
	return c, nil
}

// advance lets time pass for a course. A course that cannot bear it is known by its
// number.
func (t *Tx) advance(c *rehab.Course) {
	t.working = c.ID
	c.Advance(t.now)
	t.working = 0
}

// load makes the courses with the given ids part of the transaction.
func (t *Tx) load(ids []int64) error {
	var missing []int64
	for _, id := range ids {
		if t.byID[id] == nil {
			missing = append(missing, id)
		}
	}
	if t.isolating && len(missing) > 0 {
		var err error
		if missing, err = sound(t.db, missing); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	courses, rows, err := t.store.loadCourses(t.db, missing)
	if err != nil {
		return err
	}
	t.before.add(rows)
	for _, c := range courses {
		t.adopt(c)
	}
	return nil
}

func (t *Tx) adopt(c *rehab.Course) {
	t.courses = append(t.courses, c)
	t.byID[c.ID] = c
	if known := t.latest[c.PatientID]; known == nil || known.ID < c.ID {
		t.latest[c.PatientID] = c
	}
}

// NewCourse begins another course for a patient, gives it its id, and from then
// on stands in for Course.
func (t *Tx) NewCourse(patient int64, c *rehab.Course) error {
	return t.newCourses([]int64{patient}, []*rehab.Course{c})
}

// newCourses does it for many patients with few statements.
func (t *Tx) newCourses(patients []int64, courses []*rehab.Course) error {
	saved := make(map[string]bool)
	rows := make([]courseRow, len(courses))
	for i, c := range courses {
		if version := c.Protocol.Version; !saved[version] {
			if err := t.SaveProtocol(c.Protocol); err != nil {
				return err
			}
			saved[version] = true
		}
		c.PatientID = patients[i]
		rows[i] = courseRowOf(c)
		rows[i].SavedAt = at(t.now)
	}
	if err := t.db.CreateInBatches(&rows, rowBatch).Error; err != nil {
		return err
	}
	mode, err := clinicMode(t.db)
	if err != nil {
		return err
	}
	for i, c := range courses {
		c.ID, c.ClinicMode = rows[i].ID, mode
		t.before.courses = append(t.before.courses, rows[i])
		t.adopt(c)
	}
	return nil
}

// Protocol returns a stored protocol.
func (t *Tx) Protocol(version string) (*rehab.Protocol, error) {
	return t.store.protocol(t.db, version)
}

// ErrOtherRules is returned for a protocol whose version is stored with other rules.
var ErrOtherRules = errors.New("hours, doses or muscles are not those that are stored under this name")

// ErrMuscleInUse is returned for a protocol without a muscle that a course trains.
var ErrMuscleInUse = errors.New("still trained and no longer there")

// SaveProtocol keeps a protocol under its version. When Takes has something against it,
// that is the error, and the transaction has to be given up.
func (t *Tx) SaveProtocol(p *rehab.Protocol) error {
	return firstError(
		t.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&protocolRow{Version: p.Version, JSON: toJSON(p)}).Error,
		takes(t.db, p))
}

// Takes is the error with which SaveProtocol would refuse a protocol. A version never changes
// its meaning: other rules under the same name are ErrOtherRules. Courses keep their
// version, but need the texts of their muscles: ErrMuscleInUse. Nothing is written.
func (s *Store) Takes(ctx context.Context, p *rehab.Protocol) error {
	return s.read(ctx, func(db *gorm.DB) error { return takes(db, p) })
}

func takes(db *gorm.DB, p *rehab.Protocol) error {
	var kept []protocolRow
	if err := db.Find(&kept).Error; err != nil {
		return err
	}
	var gone []string
	for _, row := range kept {
		if row.Version == p.Version && row.JSON != toJSON(p) {
			return fmt.Errorf("protocol version %q: %w", p.Version, ErrOtherRules)
		}
		old, err := fromJSON[*rehab.Protocol](row.JSON)
		if err != nil {
			return fmt.Errorf("protocol version %q: %w", row.Version, err)
		}
		for muscle := range old.Muscles {
			if _, ok := p.Muscles[muscle]; !ok {
				gone = append(gone, muscle)
			}
		}
	}
	if len(gone) == 0 { // as nearly always; courses are not looked through for nothing
		return nil
	}
	var trained []string
	err := db.Table("targets").Joins("JOIN courses ON courses.id = targets.course_id").
		Where("courses.ended_at = 0 AND courses.discharged_at = 0 AND targets.muscle IN ?", gone).
		Order("targets.muscle").Limit(1).Pluck("targets.muscle", &trained).Error
	if err == nil && len(trained) > 0 {
		err = fmt.Errorf("muscle %q: %w", trained[0], ErrMuscleInUse)
	}
	return err
}

// finish brings the outbox in line with the loaded courses and saves them.
func (t *Tx) finish() error {
	if len(t.courses) == 0 {
		return nil
	}
	if err := t.plan(); err != nil {
		return fmt.Errorf("plan messages: %w", err)
	}
	known := make(map[int64]courseRow, len(t.before.courses))
	for _, r := range t.before.courses {
		known[r.ID] = r
	}
	var after rowSet
	for _, c := range t.courses {
		t.working = c.ID
		rows := rowsOf(c)
		rows.courses[0].WakeAt = t.wake(c)
		// The time of saving is no change by itself.
		rows.courses[0].SavedAt = known[c.ID].SavedAt
		if rows.courses[0] != known[c.ID] {
			rows.courses[0].SavedAt = at(t.now)
		}
		after.add(rows)
	}
	t.working = 0
	if err := t.before.save(t.db, after); err != nil {
		return fmt.Errorf("save courses: %w", err)
	}
	t.before = after
	return nil
}

// wake is when the course changes next by the mere passing of time.
func (t *Tx) wake(c *rehab.Course) instant {
	next, ok := c.NextWake(t.now)
	if !ok {
		return 0
	}
	return at(next)
}
