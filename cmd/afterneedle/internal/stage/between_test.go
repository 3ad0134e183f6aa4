package stage_test

import (
	"strings"
	"testing"
	"time"

	"afterneedle/store"
)

// What time changes is applied by the next tick, and each transaction has its moment.
// These tests let something else touch the course in between, which must lose nothing.

// TestLookBeforeTheTick: somebody looks at the patient when the safety list has been
// open for too long, a moment before the tick.
func TestLookBeforeTheTick(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("Something feels wrong").Sees("What do you notice?")
	w.Wait(14 * time.Minute)
	w.Time.Set(w.Time.Now().Add(time.Minute + 300*time.Millisecond))
	doctor.Says("/patient Ana").Sees("Ana")
	w.Wait(time.Hour)
	doctor.Sees("chose nothing within 15 minutes")
}

// TestLookWhenACardIsOver: the same with a workout that was not answered. The therapy
// goes on afterwards.
func TestLookWhenACardIsOver(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("2").Sees("before").Sees("4 kg")
	w.To("2026-03-05 07:59")
	ana.Skips()
	w.Time.Set(w.Time.Now().Add(time.Minute + 30*time.Millisecond))
	doctor.Says("/patient Ana").Skips()
	w.Wait(10 * 24 * time.Hour)
	if got := len(ana.unread()); got < 3 {
		t.Errorf("%d messages in ten days", got)
	}
}

// TestBacklogOfWakes: after a time without the program more courses have to be woken
// than one batch takes, and what waits to be sent is looked at before all are.
func TestBacklogOfWakes(t *testing.T) {
	w := play(t)
	w.To("2026-03-03 08:00")
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	bea := w.needled("Bea", "upper trapezius left, 8 kg")
	ana.Taps("Something feels wrong").Sees("What do you notice?")
	bea.Says("/pain 9").Skips()
	doctor := w.owner().Skips()
	now := w.Time.Now().Add(5 * time.Hour)
	w.Time.Set(now)
	if n, err := w.Store.WakeCourses(t.Context(), now, 1); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	claimed, _, err := w.Store.Claim(t.Context(), now, 32, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, len(claimed))
	for i, c := range claimed {
		ids[i] = c.Delivery.ID
	}
	if err := w.Store.Release(t.Context(), "somebody", ids); err != nil {
		t.Fatal(err)
	}
	w.Wait(time.Hour)
	told := 0
	for _, e := range doctor.unread() {
		told += strings.Count(words(e), "chose nothing within 15 minutes")
	}
	if told != 2 {
		t.Errorf("told of %d lists that nobody answered, want 2", told)
	}
}

// TestOlderMomentAfterwards: a transaction that took its moment earlier and its turn
// later does not take back what was planned meanwhile.
func TestOlderMomentAfterwards(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	now := w.Time.Now().Add(time.Second)
	w.Time.Set(now)
	tapped, err := w.Store.Do(t.Context(), now, 0, func(tx *store.Tx) error {
		c, err := tx.Course(1)
		if err == nil {
			c.OpenSafety(now)
		}
		return err
	})
	if err != nil || len(tapped.Due) != 1 {
		t.Fatal(tapped, err)
	}
	_, err = w.Store.Do(t.Context(), now.Add(-time.Millisecond), 0, func(tx *store.Tx) error {
		_, err := tx.Course(1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Engine.SendNow(t.Context(), tapped.Due); err != nil {
		t.Fatal(err)
	}
	ana.Sees("What do you notice?")
}
