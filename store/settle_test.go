package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"afterneedle/rehab"
)

func TestSettleOutcomes(t *testing.T) {
	soon, ends := start.Add(time.Minute), start.Add(time.Hour)
	for _, x := range []struct {
		name     string
		outcome  rehab.Outcome
		retry    time.Time
		state    rehab.DeliveryState
		attempts int
		due      time.Time
	}{
		{"sent", rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 42}, time.Time{}, rehab.DeliverySent, 1, start},
		{"throttled", rehab.Outcome{Kind: rehab.OutcomeThrottled}, soon, rehab.DeliveryWaiting, 0, soon},
		{"throttled too long", rehab.Outcome{Kind: rehab.OutcomeThrottled}, ends, rehab.DeliveryExpired, 1, start},
		{"temporary", rehab.Outcome{Kind: rehab.OutcomeTemporary}, soon, rehab.DeliveryWaiting, 1, soon},
		{"temporary too long", rehab.Outcome{Kind: rehab.OutcomeTemporary}, ends, rehab.DeliveryExpired, 1, start},
		{"unknown", rehab.Outcome{Kind: rehab.OutcomeUnknown}, soon, rehab.DeliveryWaiting, 1, soon},
		{"unreachable", rehab.Outcome{Kind: rehab.OutcomeUnreachable, Reason: "blocked"}, time.Time{}, rehab.DeliveryUnreachable, 1, start},
		{"rejected", rehab.Outcome{Kind: rehab.OutcomeRejected, Reason: "too long"}, time.Time{}, rehab.DeliveryRejected, 1, start},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newClinic(t)
			id := c.say(t, "k", rehab.LaneTimed, 1, start, ends)
			if fenced := c.settle(t, start, x.outcome, x.retry, c.claim(t, start, 1)...); fenced != 0 {
				t.Errorf("%d fenced", fenced)
			}
			d := c.delivery(t, id)
			if d.State != x.state || d.Attempts != x.attempts || !d.DueAt.Equal(x.due) || d.MessageID != x.outcome.MessageID {
				t.Errorf("delivery is %s after %d attempts, due %s, message %d", d.State, d.Attempts, d.DueAt, d.MessageID)
			}
			if x.outcome.Reason != "" && d.Reason != x.outcome.Reason {
				t.Errorf("reason %q", d.Reason)
			}
			if (d.State == rehab.DeliverySent) != d.SentAt.Equal(start) {
				t.Errorf("%s, sent at %s", d.State, d.SentAt)
			}
			queued := c.count(t, "SELECT COUNT(*) FROM due WHERE chat_id = 1")
			if flying := c.count(t, "SELECT COUNT(*) FROM inflight"); flying != 0 || (queued == 1) != (d.State == rehab.DeliveryWaiting) {
				t.Errorf("%d in flight, %d queued", flying, queued)
			}
		})
	}
}

func TestSettleUnknownOutcome(t *testing.T) {
	c := newClinic(t)
	c.say(t, "k", rehab.LaneTimed, 1, start, time.Time{})
	d := c.claim(t, start, 1)[0].Delivery
	_, err := c.Settle(t.Context(), start, owner, []rehab.Settled{{ID: d.ID, Attempt: d.Attempts, Outcome: rehab.Outcome{Kind: "lost"}}})
	if err == nil {
		t.Error("an outcome outside of the list was taken")
	}
	if d := c.delivery(t, d.ID); d.State != rehab.DeliveryInFlight {
		t.Errorf("the delivery is %s", d.State)
	}
}

func TestFencing(t *testing.T) {
	c := newClinic(t)
	c.say(t, "k", rehab.LaneTimed, 1, start, time.Time{})
	first := c.claim(t, start, 1)[0]
	sent := rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}
	settle := func(who string, attempt int) int {
		t.Helper()
		fenced, err := c.Settle(t.Context(), start, who, []rehab.Settled{{ID: first.Delivery.ID, Attempt: attempt, Outcome: sent}})
		must(t, err)
		return len(fenced)
	}
	if n, err := c.Recover(t.Context(), start, "engine-2"); n != 1 || err != nil {
		t.Fatalf("recovered %d: %v", n, err)
	}
	again, _, err := c.Claim(t.Context(), start, 1, "engine-2")
	must(t, err)
	if len(again) != 1 || again[0].Delivery.Attempts != 2 {
		t.Fatalf("claimed again %+v", again)
	}
	for _, x := range []struct {
		who     string
		attempt int
		fenced  int
	}{{owner, 1, 1}, {owner, 2, 1}, {"engine-2", 1, 1}, {"engine-2", 2, 0}, {"engine-2", 2, 1}} {
		if n := settle(x.who, x.attempt); n != x.fenced {
			t.Errorf("%s at attempt %d: %d fenced, want %d", x.who, x.attempt, n, x.fenced)
		}
	}
	if err := c.Start(t.Context(), start, owner, []int64{first.Delivery.ID}); err == nil {
		t.Error("started what somebody else holds")
	}
}

func TestSentPromptTellsTheCourse(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	claimed := c.claim(t, start, 1)
	sentAt := start.Add(time.Second)
	c.settle(t, sentAt, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 9}, time.Time{}, claimed...)
	c.change(t, sentAt, func(course *rehab.Course) {
		if !course.Needlings[0].WelcomeAt.Equal(sentAt) {
			t.Errorf("welcome said at %s, want %s", course.Needlings[0].WelcomeAt, sentAt)
		}
	})
	if d := c.timeline(t)[welcome]; d.State != rehab.DeliverySent || d.MessageID != 9 {
		t.Errorf("welcome is %s, message %d", d.State, d.MessageID)
	}
}

// A retry moves only the place in the queue: planning anew does not undo it.
func TestRetrySurvivesPlanning(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	retry := start.Add(time.Minute)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeTemporary}, retry, c.claim(t, start, 1)...)
	c.change(t, start, func(course *rehab.Course) { course.Observe(3, start) })
	if claimed := c.claim(t, retry.Add(-time.Millisecond), 1); len(claimed) != 0 {
		t.Errorf("claimed %v before its retry", keysOf(claimed))
	}
	claimed := c.claim(t, retry, 1)
	if len(claimed) != 1 || claimed[0].Delivery.Attempts != 2 {
		t.Errorf("claimed %+v", claimed)
	}
}

func TestUncertainIsRepeatedOnce(t *testing.T) {
	unknown := rehab.Outcome{Kind: rehab.OutcomeUnknown, Reason: "no answer"}
	t.Run("prompt", func(t *testing.T) {
		c := newClinic(t)
		c.needle(t, start)
		c.settle(t, start, unknown, start, c.claim(t, start, 1)...)
		if d := c.timeline(t)[welcome]; d.State != rehab.DeliveryWaiting {
			t.Fatalf("after the first time it is %s", d.State)
		}
		c.settle(t, start, unknown, start, c.claim(t, start, 1)...)
		if d := c.timeline(t)[welcome]; d.State != rehab.DeliveryUnknown || d.Attempts != 2 {
			t.Errorf("after the second time it is %s, %d attempts", d.State, d.Attempts)
		}
		c.change(t, start, func(course *rehab.Course) {
			if course.Needlings[0].WelcomeAt.IsZero() {
				t.Error("the course does not take it as said")
			}
		})
	})
	t.Run("broadcast", func(t *testing.T) {
		c := newClinic(t)
		c.broadcast(t, 1)
		now := start.Add(time.Minute)
		claimed := c.claim(t, now, 1)
		c.settle(t, now, unknown, now, claimed...)
		if d := c.delivery(t, claimed[0].Delivery.ID); d.State != rehab.DeliveryUnknown || d.Reason != "no answer" {
			t.Errorf("it is %s (%s)", d.State, d.Reason)
		}
	})
}

func TestClosedChat(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	reply := c.say(t, "reply", rehab.LaneReply, patientChat, start.Add(time.Hour), time.Time{})
	claimed := c.claim(t, start, 1)
	blocked := rehab.Outcome{Kind: rehab.OutcomeUnreachable, Reason: "bot was blocked by the user"}
	c.settle(t, start, blocked, time.Time{}, claimed...)
	list := c.timeline(t)
	if d := list[welcome]; d.State != rehab.DeliveryUnreachable {
		t.Errorf("the welcome is %s", d.State)
	}
	if d := list[movement]; d.State != rehab.DeliveryDropped || d.Reason != reasonUnreachable {
		t.Errorf("movement is %s (%s)", d.State, d.Reason)
	}
	if d := c.delivery(t, reply); d.State != rehab.DeliveryDropped {
		t.Errorf("the waiting reply is %s", d.State)
	}
	do(t, c.Store, start, func(tx *Tx) error {
		p, err := tx.Patient(c.patient)
		if !p.UnreachableAt.Equal(start) {
			t.Errorf("unreachable since %s", p.UnreachableAt)
		}
		return err
	})
	c.change(t, start, func(course *rehab.Course) {
		if len(course.Alerts) != 1 {
			t.Errorf("%d alerts, want one", len(course.Alerts))
		}
	})

	// The same of a clinician's chat is no news about the patient.
	id := c.say(t, "to ada", rehab.LaneReply, adaChat, start, time.Time{})
	claimed, err := c.ClaimIDs(t.Context(), start, []int64{id}, owner)
	must(t, err)
	c.settle(t, start, blocked, time.Time{}, claimed...)
	if d := c.delivery(t, id); d.State != rehab.DeliveryUnreachable {
		t.Errorf("the clinician's reply is %s", d.State)
	}
}

func TestSecretsAreErased(t *testing.T) {
	c := newClinic(t)
	var ids []int64
	do(t, c.Store, start, func(tx *Tx) error {
		for chat := range int64(4) {
			id, err := tx.Say(rehab.Delivery{
				Kind: rehab.KindReply, ChatID: chat + 1, Body: []byte("a link"), Secret: chat > 0, DueAt: start.Add(time.Duration(chat) * time.Second),
			})
			must(t, err)
			ids = append(ids, id)
		}
		return tx.DropDelivery(ids[3], "not needed")
	})
	claimed := c.claim(t, start.Add(2*time.Second), 3)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent}, time.Time{}, claimed[:2]...)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeRejected}, time.Time{}, claimed[2])
	var bodies []string
	for _, id := range ids {
		bodies = append(bodies, string(c.delivery(t, id).Body))
	}
	if !slices.Equal(bodies, []string{"a link", "", "", ""}) {
		t.Errorf("bodies %q", bodies)
	}
}

// The process dies with claims in its hands; the next one takes them over.
func TestRecover(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c := staffed(t, openAt(t, path))
	c.needle(t, start)
	c.broadcast(t, 3)
	now := start.Add(time.Minute)
	claimed := c.claim(t, now, 10)
	if len(claimed) != 4 {
		t.Fatalf("claimed %v", keysOf(claimed))
	}
	must(t, c.Start(t.Context(), now, owner, []int64{claimed[1].Delivery.ID}))
	must(t, c.Close())

	c.Store = openAt(t, path)
	later := now.Add(time.Hour)
	if last, err := c.LastSend(t.Context(), later, "engine-2"); !last.Equal(later) || err != nil {
		t.Errorf("the dead may have sent something at %s (%v), want %s: nobody knows", last, err, later)
	}
	if last, err := c.LastSend(t.Context(), later, owner); !last.IsZero() || err != nil {
		t.Errorf("nobody died and something was sent at %s (%v)", last, err)
	}
	if n, err := c.Recover(t.Context(), now, owner); n != 0 || err != nil {
		t.Errorf("an owner recovered %d of its own: %v", n, err)
	}
	n, err := c.Recover(t.Context(), now, "engine-2")
	must(t, err)
	if n != 4 {
		t.Errorf("recovered %d, want 4", n)
	}
	for i, want := range []rehab.DeliveryState{
		rehab.DeliveryWaiting, rehab.DeliveryUnknown, rehab.DeliveryWaiting, rehab.DeliveryWaiting,
	} {
		if d := c.delivery(t, claimed[i].Delivery.ID); d.State != want {
			t.Errorf("%s is %s, want %s", d.Key, d.State, want)
		}
	}
	if again := c.claim(t, now, 10); len(again) != 3 || again[0].Delivery.Attempts != 2 {
		t.Errorf("claimed again %v", keysOf(again))
	}
}

func TestRelease(t *testing.T) {
	c := newClinic(t)
	id := c.say(t, "k", rehab.LaneTimed, 1, start, time.Time{})
	c.claim(t, start, 1)
	must(t, c.Release(t.Context(), "engine-2", []int64{id}))
	if d := c.delivery(t, id); d.State != rehab.DeliveryInFlight {
		t.Errorf("somebody else released it: %s", d.State)
	}
	must(t, c.Release(t.Context(), owner, []int64{id}))
	if d := c.delivery(t, id); d.State != rehab.DeliveryWaiting || d.Attempts != 0 || !d.DueAt.Equal(start) {
		t.Errorf("released: %s, %d attempts, due %s", d.State, d.Attempts, d.DueAt)
	}
}

// TestArrived: an answer shows that a delivery in doubt has come. One that was never
// tried, or is being sent, is left alone.
func TestArrived(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	d := c.timeline(t)[movement]
	arrived := func(now time.Time) rehab.DeliveryState {
		t.Helper()
		do(t, c.Store, now, func(tx *Tx) error { return tx.Arrived(d.ID, 77) })
		return c.delivery(t, d.ID).State
	}
	if state := arrived(start); state != rehab.DeliveryWaiting {
		t.Errorf("never tried: %s", state)
	}
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, c.claim(t, start, 5)...)
	claimed := c.claim(t, d.DueAt, 5)
	if state := arrived(d.DueAt); state != rehab.DeliveryInFlight {
		t.Errorf("being sent: %s", state)
	}
	c.settle(t, d.DueAt, rehab.Outcome{Kind: rehab.OutcomeUnknown}, d.DueAt.Add(time.Minute), claimed...)
	if state := arrived(d.DueAt); state != rehab.DeliverySent {
		t.Errorf("in doubt: %s", state)
	}
	if got := c.delivery(t, d.ID); got.MessageID != 77 || got.Attempts != 1 {
		t.Errorf("kept as message %d after %d attempts", got.MessageID, got.Attempts)
	}
	if again := c.claim(t, d.DueAt.Add(time.Minute), 5); len(again) > 0 {
		t.Errorf("sent again: %v", keysOf(again))
	}
}

// TestNeverDueBeforeItWas recovers a delivery with a clock that has gone back.
func TestNeverDueBeforeItWas(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, c.claim(t, start, 5)...)
	d := c.timeline(t)[movement]
	if claimed := c.claim(t, d.DueAt, 5); len(claimed) != 1 {
		t.Fatalf("claimed %v", keysOf(claimed))
	}
	if latest, err := c.LatestTime(t.Context()); err != nil || latest.Before(d.DueAt) {
		t.Errorf("the latest time is %s: %v", latest, err)
	}
	before := d.DueAt.Add(-2 * time.Hour)
	if n, err := c.Recover(t.Context(), before, "engine-2"); n != 1 || err != nil {
		t.Fatalf("recovered %d: %v", n, err)
	}
	if again := c.claim(t, before, 5); len(again) > 0 {
		t.Errorf("claimed too early: %v", keysOf(again))
	}
	if again := c.claim(t, d.DueAt, 5); len(again) != 1 {
		t.Errorf("claimed when it is due: %v", keysOf(again))
	}
}

// Whoever starts next knows when the last message went out, also after an orderly end.
func TestLastSend(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	c.needle(t, start)
	claimed := c.claim(t, start, 1)
	now := start.Add(time.Second)
	settled := rehab.Settled{
		ID: claimed[0].Delivery.ID, Attempt: 1, Quiet: now.Add(time.Second),
		Outcome: rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1},
	}
	_, err := c.Settle(t.Context(), now, owner, []rehab.Settled{settled})
	must(t, err)
	if last, err := c.LastSend(t.Context(), start.Add(time.Hour), "engine-2"); !last.Equal(now) || err != nil {
		t.Errorf("the last was sent at %s (%v), want %s", last, err, now)
	}

	// One dies with something in flight, and the next one after it has taken that back.
	later := start.Add(24 * time.Hour)
	if len(c.claim(t, later, 1)) != 1 {
		t.Fatal("nothing is due")
	}
	back := later.Add(time.Minute)
	if n, err := c.Recover(t.Context(), back, "engine-2"); n != 1 || err != nil {
		t.Fatalf("recovered %d: %v", n, err)
	}
	if last, err := c.LastSend(t.Context(), later.Add(time.Hour), "engine-3"); !last.Equal(back) || err != nil {
		t.Errorf("something may have been sent until %s (%v), want %s", last, err, back)
	}
}
