package store

import (
	"testing"
	"time"

	"afterneedle/rehab"
)

// TestPlanGoesOnAfterAnEarlyEnd gives up a stretch before its window has closed,
// because the next try would come too late, or because Telegram refuses it: the
// stretch of the next day must be planned when it closes, though nothing waits.
func TestPlanGoesOnAfterAnEarlyEnd(t *testing.T) {
	for kind, want := range map[rehab.OutcomeKind]rehab.DeliveryState{
		rehab.OutcomeTemporary: rehab.DeliveryExpired,
		rehab.OutcomeRejected:  rehab.DeliveryRejected,
	} {
		t.Run(string(kind), func(t *testing.T) {
			c := newClinic(t)
			c.needle(t, start)
			given := c.untilDue(t, rehab.PromptDaily)
			now := given.Delivery.DueAt
			c.settle(t, now, rehab.Outcome{Kind: kind}, given.Delivery.ExpiresAt, given)
			if d := c.delivery(t, given.Delivery.ID); d.State != want {
				t.Fatalf("the stretch is %s, want %s", d.State, want)
			}
			// Whatever is done meanwhile must not let the course be forgotten.
			c.change(t, now.Add(time.Minute), func(course *rehab.Course) { course.Observe(2, now.Add(time.Minute)) })
			next := c.untilDue(t, rehab.PromptDaily)
			if gap := next.Delivery.DueAt.Sub(now); gap != 24*time.Hour {
				t.Errorf("the next stretch is due after %s, expected a day", gap)
			}
		})
	}
}

// untilDue lets time pass, and everything arrive, until something of a kind is due
// and claimed. What else would be said on the way arrives.
func (c clinic) untilDue(t *testing.T, kind rehab.PromptKind) rehab.Sending {
	t.Helper()
	for range 100 {
		now, ok, err := c.NextDue(t.Context())
		must(t, err)
		if !ok {
			break
		}
		_, err = c.WakeCourses(t.Context(), now, 10)
		must(t, err)
		for _, s := range c.claim(t, now, 1) {
			if s.Delivery.Kind == kind {
				return s
			}
			c.settle(t, now, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, s)
		}
	}
	t.Fatalf("no %s is ever due", kind)
	return rehab.Sending{}
}
