package store

import (
	"sync"
	"testing"
	"time"

	"afterneedle/rehab"
)

// TestPlanRacesTheClaim lets a patient stop the messages while one that is due is
// being claimed, again and again: once the stop is on disk, the message has either
// not been claimed, or is refused right before it is sent.
func TestPlanRacesTheClaim(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 100
	}
	c := newClinic(t)
	c.needle(t, start)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, c.claim(t, start, 1)...)
	now := start.Add(5 * time.Hour) // easy movement is due
	won := 0
	for range rounds {
		c.change(t, now, func(course *rehab.Course) { course.ResumeMessages(now) })
		var claimed []rehab.Sending
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := c.Do(t.Context(), now, 0, func(tx *Tx) error {
				course, err := tx.Course(c.patient)
				if err == nil {
					course.StopMessages(now)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			var err error
			if claimed, _, err = c.Claim(t.Context(), now, 1, owner); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		for _, s := range claimed {
			won++
			if _, reason, err := c.sendable(t, s, now); reason == "" || err != nil {
				t.Fatalf("%s may go out after the stop (%v)", s.Delivery.Key, err)
			}
			must(t, c.Release(t.Context(), owner, []int64{s.Delivery.ID}))
		}
		if again := c.claim(t, now, 1); len(again) > 0 {
			t.Fatalf("claimed after the stop: %v", keysOf(again))
		}
	}
	t.Logf("the claim came first in %d of %d rounds", won, rounds)
	if won == 0 || won == rounds {
		t.Errorf("there was no race: the claim came first in %d of %d rounds", won, rounds)
	}
}
