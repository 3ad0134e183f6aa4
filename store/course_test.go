package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"afterneedle/rehab"
)

var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })

func TestCourseComesBackWhole(t *testing.T) {
	c := newClinic(t)
	var want rehab.Course
	c.change(t, start, func(course *rehab.Course) {
		kept := *course
		(&filler{}).fill(reflect.ValueOf(course).Elem())
		course.ID, course.PatientID = kept.ID, kept.PatientID
		course.ClinicMode, course.Acting, course.PlanAgain = kept.ClinicMode, kept.Acting, kept.PlanAgain // not the course's own
		course.DischargedAt = start                                                                       // so that nothing is planned
		want = *course
	})
	c.change(t, start, func(course *rehab.Course) {
		if diff := cmp.Diff(want, *course, sameZone); diff != "" {
			t.Errorf("loaded course (-saved +loaded):\n%s", diff)
		}
	})

	// What is taken out or changed goes the same way.
	c.change(t, start, func(course *rehab.Course) {
		course.Observations = course.Observations[:1]
		course.Workouts[1].Exercises = course.Workouts[1].Exercises[:1]
		course.Workouts[0].Exercises[0].Decision = nil
		course.Alerts, course.Needlings[1].Targets = nil, nil
		course.Targets[1].LoadG = 1
		want = *course
	})
	c.change(t, start, func(course *rehab.Course) {
		if diff := cmp.Diff(want, *course, sameZone); diff != "" {
			t.Errorf("loaded course (-saved +loaded):\n%s", diff)
		}
	})
}

func TestUnchangedCourseWritesNothing(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	var before, after rowSet
	rows := func(into *rowSet) func(*Tx) error {
		return func(tx *Tx) (err error) {
			_, *into, err = c.loadCourses(tx.db, []int64{1})
			return err
		}
	}
	do(t, c.Store, start, rows(&before))
	aboutFiles(t) // nobody else counts
	changes := func() (n int) {
		do(t, c.Store, start, func(tx *Tx) error { return tx.db.Raw("SELECT total_changes()").Scan(&n).Error })
		return n
	}
	was := changes()
	c.change(t, start.Add(time.Second), func(*rehab.Course) {})
	if n := changes() - was; n != 0 {
		t.Errorf("looking at a course wrote %d rows", n)
	}
	do(t, c.Store, start, rows(&after))
	if diff := cmp.Diff(before, after, cmp.AllowUnexported(rowSet{})); diff != "" {
		t.Errorf("rows changed:\n%s", diff)
	}

	was = changes()
	c.change(t, start.Add(time.Second), func(course *rehab.Course) { course.Targets[0].Greens = 3 })
	if n := changes() - was; n != 2 {
		t.Errorf("one changed target wrote %d rows, want its own and the version of the course", n)
	}
}

func TestFailedUseCaseChangesNothing(t *testing.T) {
	c := newClinic(t)
	_, err := c.Do(t.Context(), start, 7, func(tx *Tx) error {
		course, err := tx.Course(c.patient)
		must(t, err)
		course.Consent(start)
		_, err = tx.Say(rehab.Delivery{Kind: rehab.KindReply, ChatID: patientChat})
		must(t, err)
		return rehab.ErrStale
	})
	if err != rehab.ErrStale {
		t.Fatalf("error %v, want that of the use case", err)
	}
	c.change(t, start, func(course *rehab.Course) {
		if !course.ConsentedAt.IsZero() {
			t.Error("the consent was kept")
		}
	})
	if list := c.timeline(t); len(list) != 0 {
		t.Errorf("deliveries %v", list)
	}
	result, err := c.Do(t.Context(), start, 7, func(*Tx) error { return nil })
	if err != nil || result.Seen {
		t.Errorf("the update counts as handled: %v %v", result, err)
	}
}

func TestUpdateIsHandledOnce(t *testing.T) {
	s := open(t)
	handle := func(now time.Time, update int64) (ran bool) {
		t.Helper()
		result, err := s.Do(t.Context(), now, update, func(*Tx) error { ran = true; return nil })
		must(t, err)
		if result.Seen == ran {
			t.Errorf("update %d: seen %v, handled %v", update, result.Seen, ran)
		}
		return ran
	}
	for i, step := range []struct {
		now    time.Time
		update int64
		ran    bool
	}{
		{start, 5, true},
		{start, 5, false},
		{start, 4, true}, // ids are recognised by equality, not by order
		{start.Add(24 * time.Hour), 5, false},
		{start.Add(inboxLife), 5, false},
		{start.Add(inboxLife + time.Millisecond), 5, true}, // Telegram began anew
	} {
		if ran := handle(step.now, step.update); ran != step.ran {
			t.Errorf("step %d: handled %v, want %v", i, ran, step.ran)
		}
	}
}

func TestSecondCourse(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	later := start.Add(time.Hour)
	do(t, c.Store, later, func(tx *Tx) error {
		first, err := tx.Course(c.patient)
		must(t, err)
		first.Discharge(later)
		second := rehab.NewCourse(c.patient, protocol(), first.Zone, first.ClinicZone)
		must(t, tx.NewCourse(c.patient, second))
		again, err := tx.Course(c.patient)
		if again != second {
			t.Error("Course is not the new one")
		}
		if second.ID == 0 || second.ID == first.ID {
			t.Errorf("ids %d and %d", first.ID, second.ID)
		}
		return err
	})
	c.change(t, later, func(course *rehab.Course) {
		if !course.ConsentedAt.IsZero() || !course.DischargedAt.IsZero() {
			t.Error("the old course was loaded")
		}
	})
	for key, d := range c.timeline(t) {
		if d.State == rehab.DeliveryWaiting {
			t.Errorf("%s still waits", key)
		}
	}
}

func TestProtocolKeepsItsMeaning(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error {
		p, err := tx.Protocol("1")
		must(t, err)
		if diff := cmp.Diff(protocol(), p, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("protocol (-saved +loaded):\n%s", diff)
		}
		if _, err := tx.Protocol("2"); err != ErrNotFound {
			t.Errorf("unknown version: %v", err)
		}
		other := protocol()
		other.PlateGrams = 1000
		if err := tx.SaveProtocol(other); !errors.Is(err, ErrOtherRules) {
			t.Errorf("other rules under the same version: %v", err)
		}
		return tx.SaveProtocol(protocol())
	})
	must(t, c.Takes(t.Context(), protocol()))
	other := protocol()
	other.Muscles["soleus"] = rehab.Muscle{Load: rehab.LoadWeight}
	if err := c.Takes(t.Context(), other); !errors.Is(err, ErrOtherRules) {
		t.Errorf("a muscle more under the same version: %v", err)
	}
	other.Version = "2"
	must(t, c.Takes(t.Context(), other))
}

func TestMuscleTakenAway(t *testing.T) {
	c := newClinic(t)
	less := protocol()
	less.Version, less.Muscles = "2", map[string]rehab.Muscle{"soleus": {Load: rehab.LoadWeight}}
	must(t, c.Takes(t.Context(), less)) // nobody trains it
	c.needle(t, start)
	if err := c.Takes(t.Context(), less); !errors.Is(err, ErrMuscleInUse) {
		t.Errorf("while it is trained: %v", err)
	}
	do(t, c.Store, start, func(tx *Tx) error {
		if err := tx.SaveProtocol(less); !errors.Is(err, ErrMuscleInUse) {
			t.Errorf("kept: %v", err)
		}
		return nil
	})
	c.change(t, start, func(course *rehab.Course) { course.Discharge(start) })
	must(t, c.Takes(t.Context(), less))
}
