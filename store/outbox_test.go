package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

const (
	welcome  = "course/1/needling/1/welcome"
	movement = "course/1/needling/1/movement"
	gentle   = "course/1/needling/1/gentle"
)

func TestPlanInserts(t *testing.T) {
	c := newClinic(t)
	result := c.needle(t, start)
	list := c.timeline(t)
	if d := list[welcome]; len(result.Due) != 1 || result.Due[0] != d.ID || !d.DueAt.Equal(start) {
		t.Errorf("due at once %v, want the welcome %+v", result.Due, d)
	}
	d := list[movement]
	want := rehab.Delivery{
		ID: d.ID, Key: movement, Kind: rehab.PromptMovement, N: d.N, Lane: rehab.LaneTimed,
		PatientID: c.patient, CourseID: 1, ChatID: patientChat, State: rehab.DeliveryWaiting,
		DueAt: start.Add(5 * time.Hour), ExpiresAt: start.Add(6 * time.Hour), PlannedAt: start,
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("movement (-want +got):\n%s", diff)
	}
	if again := c.change(t, start.Add(time.Minute), func(*rehab.Course) {}); len(again.Due) != 0 {
		t.Errorf("planning again found %v due", again.Due)
	}
	if diff := cmp.Diff(list, c.timeline(t)); diff != "" {
		t.Errorf("planning again changed:\n%s", diff)
	}
}

func TestPlanDropsAndTakesBack(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	before := c.timeline(t)[movement]
	c.change(t, start, func(course *rehab.Course) { course.HoldExercise(c.ada, "a cold", 0, start) })
	d := c.timeline(t)[movement]
	if d.State != rehab.DeliveryDropped || d.Reason != "on hold" {
		t.Errorf("during a hold movement is %s (%s)", d.State, d.Reason)
	}
	c.change(t, start, func(course *rehab.Course) { must(t, course.Release(c.ada, start)) })
	d = c.timeline(t)[movement]
	if diff := cmp.Diff(before, d); diff != "" {
		t.Errorf("movement after the release (-before +after):\n%s", diff)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM due WHERE msg_id = ?", d.ID); n != 1 {
		t.Errorf("movement has %d places in the queue", n)
	}
}

// A key that has ended is planned no more, whatever the course says.
func TestPlanNeverRepeats(t *testing.T) {
	for kind, state := range map[rehab.OutcomeKind]rehab.DeliveryState{
		rehab.OutcomeRejected: rehab.DeliveryRejected,
		rehab.OutcomeSent:     rehab.DeliverySent,
	} {
		c := newClinic(t)
		c.needle(t, start)
		c.settle(t, start, rehab.Outcome{Kind: kind}, time.Time{}, c.claim(t, start, 1)...)
		// The course forgets that it was said, and wants it again.
		c.change(t, start, func(course *rehab.Course) { course.Needlings[0].WelcomeAt = time.Time{} })
		if d := c.timeline(t)[welcome]; d.State != state {
			t.Errorf("%s: the welcome is %s, want %s", kind, d.State, state)
		}
		if claimed := c.claim(t, start, 10); len(claimed) != 0 {
			t.Errorf("%s: claimed again: %v", kind, keysOf(claimed))
		}
	}
}

func TestPlanRetimes(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	waiting := c.timeline(t)[gentle]
	claimed := c.claim(t, start, 1) // the welcome
	do(t, c.Store, start, func(tx *Tx) error { return tx.SetZone(c.patient, "America/New_York") })
	list := c.timeline(t)
	moved := list[gentle]
	if moved.ID != waiting.ID || moved.DueAt.Equal(waiting.DueAt) || moved.State != rehab.DeliveryWaiting || moved.Reason == "" {
		t.Errorf("gentle stretch is %+v, was %+v", moved, waiting)
	}
	if d := list[welcome]; !d.DueAt.Equal(start) || d.State != rehab.DeliveryInFlight {
		t.Errorf("the claimed welcome was re-timed: %+v", d)
	}
	// It is the middle of the night there now: let go, it waits for the morning.
	must(t, c.Release(context.Background(), owner, []int64{claimed[0].Delivery.ID}))
	if again := c.claim(t, start, 1); len(again) != 0 {
		t.Errorf("claimed at night: %v", keysOf(again))
	}
	if d := c.timeline(t)[welcome]; !d.DueAt.After(start) || d.State != rehab.DeliveryWaiting {
		t.Errorf("the welcome is %s, due at %s", d.State, d.DueAt)
	}
}

func TestPlanFollowsTheChat(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error { return tx.SetPatientChat(c.patient, 0) })
	c.needle(t, start)
	if list := c.timeline(t); len(list) != 0 {
		t.Errorf("planned without a chat: %v", list)
	}
	do(t, c.Store, start, func(tx *Tx) error { return tx.SetPatientChat(c.patient, 500) })
	if d := c.timeline(t)[movement]; d.ChatID != 500 {
		t.Errorf("movement goes to %d", d.ChatID)
	}
	do(t, c.Store, start, func(tx *Tx) error { return tx.SetUnreachable(c.patient, start) })
	if d := c.timeline(t)[movement]; d.State != rehab.DeliveryDropped || d.Reason != reasonUnreachable {
		t.Errorf("movement is %s (%s)", d.State, d.Reason)
	}
	do(t, c.Store, start, func(tx *Tx) error { return tx.SetUnreachable(c.patient, time.Time{}) })
	if d := c.timeline(t)[movement]; d.State != rehab.DeliveryWaiting {
		t.Errorf("movement is %s once the chat is open again", d.State)
	}
}

func TestAlertsFindSomebody(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	noon := start.Add(6 * time.Hour)
	recipients := func() map[int64]rehab.DeliveryState {
		to := make(map[int64]rehab.DeliveryState)
		for key, d := range c.timeline(t) {
			if d.Kind == rehab.PromptAlert {
				to[d.ChatID] = d.State
				if !strings.Contains(key, "/to/") {
					t.Errorf("key %s names nobody", key)
				}
			}
		}
		return to
	}
	c.change(t, noon, func(course *rehab.Course) { course.Unreachable(noon) })
	if diff := cmp.Diff(map[int64]rehab.DeliveryState{adaChat: rehab.DeliveryWaiting}, recipients()); diff != "" {
		t.Errorf("alert (-want +got):\n%s", diff)
	}
	do(t, c.Store, noon, func(tx *Tx) error {
		_, err := tx.AddClinician(rehab.Clinician{ChatID: adaChat, Name: "Ada", Role: rehab.RoleClinician, RemovedAt: noon})
		must(t, err)
		_, err = tx.Course(c.patient)
		return err
	})
	want := map[int64]rehab.DeliveryState{adaChat: rehab.DeliveryDropped, ownerChat: rehab.DeliveryWaiting}
	if diff := cmp.Diff(want, recipients()); diff != "" {
		t.Errorf("alert once the clinician left (-want +got):\n%s", diff)
	}
}

func TestSay(t *testing.T) {
	c := newClinic(t)
	var ids []int64
	result := do(t, c.Store, start, func(tx *Tx) error {
		for _, d := range []rehab.Delivery{
			{Kind: rehab.KindReply, ChatID: patientChat, Body: []byte("one")},
			{Kind: rehab.KindReply, ChatID: patientChat, Body: []byte("two")},
			{Kind: rehab.KindEdit, ChatID: patientChat, Key: "edit/1", DueAt: start.Add(time.Hour)},
			{Kind: rehab.KindEdit, ChatID: patientChat, Key: "edit/1"},
		} {
			id, err := tx.Say(d)
			must(t, err)
			ids = append(ids, id)
		}
		if _, err := tx.Say(rehab.Delivery{Kind: rehab.KindReply}); err == nil {
			t.Error("a delivery without a chat was taken")
		}
		if _, err := tx.Say(rehab.Delivery{Kind: rehab.PromptCard, ChatID: 1}); err == nil {
			t.Error("a planned kind was taken")
		}
		return nil
	})
	if diff := cmp.Diff(ids[:2], result.Due); diff != "" {
		t.Errorf("due at once (-want +got):\n%s", diff)
	}
	if ids[2] != ids[3] {
		t.Errorf("one key has the ids %d and %d", ids[2], ids[3])
	}
	if d := c.delivery(t, ids[1]); string(d.Body) != "two" || d.Key == "" || !d.DueAt.Equal(start) || !d.ExpiresAt.IsZero() {
		t.Errorf("delivery %+v", d)
	}
	do(t, c.Store, start, func(tx *Tx) error { return tx.DropDelivery(ids[1], "said already") })
	if d := c.delivery(t, ids[1]); d.State != rehab.DeliveryDropped || d.Reason != "said already" {
		t.Errorf("dropped delivery is %s (%s)", d.State, d.Reason)
	}
	if claimed := c.claim(t, start, 10); len(claimed) != 1 || claimed[0].Delivery.ID != ids[0] {
		t.Errorf("claimed %v, want what was not dropped", keysOf(claimed))
	}
}
