package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// reasonAside is why the messages of a course that was set aside wait no longer.
const reasonAside = "the plan failed"

// courseFault is a course that cannot be read or planned.
type courseFault struct {
	course int64
	cause  error
	stack  []byte
}

func (f *courseFault) Error() string { return fmt.Sprintf("course %d: %v", f.course, f.cause) }

func (f *courseFault) Unwrap() error { return f.cause }

// isolated runs fn like transact, for work on many courses at a time. One with
// which it fails is set aside, and fn runs anew without it: the others must not
// wait for a fault that repeats itself for ever.
func (s *Store) isolated(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	for {
		err := s.transact(ctx, now, func(t *Tx) (err error) {
			t.isolating = true
			defer func() {
				if r := recover(); r != nil {
					if t.working == 0 {
						panic(r)
					}
					err = &courseFault{t.working, fmt.Errorf("panic: %v", r), debug.Stack()}
				}
			}()
			return fn(t)
		})
		fault, ok := errors.AsType[*courseFault](err)
		if !ok {
			return err
		}
		s.log.Error("course set aside", "course", fault.course, "err", fault.cause, "stack", string(fault.stack))
		if err := s.setAside(ctx, now, fault.course); err != nil {
			return err
		}
	}
}

// setAside stops everything that a course had planned until a person does
// something with it or the program starts anew, and tells the clinicians.
func (s *Store) setAside(ctx context.Context, now time.Time, course int64) error {
	return s.transact(ctx, now, func(t *Tx) error {
		var row courseRow
		if err := one(t.db.Where("id = ?", course), &row); err != nil {
			return err
		}
		err := t.db.Model(&courseRow{}).Where("id = ?", course).
			Updates(map[string]any{"wake_at": 0, "set_aside_at": at(t.now)}).Error
		if err != nil {
			return err
		}
		var waiting []int64
		err = t.db.Table("due").Joins("JOIN messages ON messages.id = due.msg_id").
			Where("messages.course_id = ?", course).Pluck("due.msg_id", &waiting).Error
		if err != nil {
			return err
		}
		return firstError(t.dropAll(waiting, reasonAside), t.sayAside(row))
	})
}

// sayAside tells the patient's clinicians that the plan has stopped.
func (t *Tx) sayAside(c courseRow) error {
	clinicians, err := t.CliniciansOf(c.PatientID)
	if err != nil {
		return err
	}
	for _, clinician := range clinicians {
		_, err := t.Say(rehab.Delivery{
			Key:  fmt.Sprintf("course/%d/aside/%d", c.ID, at(t.now)) + recipient + strconv.FormatInt(clinician.ID, 10),
			Kind: rehab.KindAside, Lane: rehab.LaneReply, PatientID: c.PatientID, ChatID: clinician.ChatID,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sound leaves out the courses that were set aside.
func sound(db *gorm.DB, ids []int64) ([]int64, error) {
	var kept []int64
	err := db.Model(&courseRow{}).Where("id IN ? AND set_aside_at = 0", ids).Order("id").Pluck("id", &kept).Error
	return kept, err
}

// RetryAside lets courses that were set aside try again: a new start may be a
// new program.
func (s *Store) RetryAside(ctx context.Context, now time.Time) error {
	return s.write(ctx, func(db *gorm.DB) error {
		return db.Model(&courseRow{}).Where("set_aside_at > 0").
			Updates(map[string]any{"wake_at": at(now), "set_aside_at": 0}).Error
	})
}
