package store

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"afterneedle/rehab"
)

// say queues a delivery of a lane for a chat.
func (c clinic) say(t testing.TB, key string, lane rehab.Lane, chat int64, due, expires time.Time) int64 {
	t.Helper()
	var id int64
	do(t, c.Store, start, func(tx *Tx) (err error) {
		id, err = tx.Say(rehab.Delivery{
			Key: key, Kind: rehab.KindReply, Lane: lane, ChatID: chat, DueAt: due, ExpiresAt: expires, Body: []byte(key),
		})
		return err
	})
	return id
}

func TestClaimOrder(t *testing.T) {
	c := newClinic(t)
	never := time.Time{}
	c.say(t, "bulk", rehab.LaneBulk, 1, start.Add(-4*time.Hour), never)
	c.say(t, "timed late", rehab.LaneTimed, 2, start.Add(-time.Hour), never)
	c.say(t, "timed early", rehab.LaneTimed, 3, start.Add(-2*time.Hour), never)
	c.say(t, "timed same chat", rehab.LaneTimed, 3, start.Add(-time.Hour), never)
	c.say(t, "reply", rehab.LaneReply, 4, start, never)
	c.say(t, "reply same chat", rehab.LaneReply, 4, start, never)
	c.say(t, "reply to a busy chat", rehab.LaneReply, 3, start.Add(time.Second), never)
	c.say(t, "future", rehab.LaneReply, 5, start.Add(time.Hour), never)

	for i, step := range []struct {
		now   time.Time
		limit int
		want  []string
	}{
		{start.Add(-5 * time.Hour), 10, []string{}},
		{start, 2, []string{"reply", "timed early"}},
		{start, 10, []string{"timed late", "bulk"}}, // chats 3 and 4 are busy
		{start.Add(time.Second), 10, []string{"reply to a busy chat"}},
		{start.Add(time.Second), 10, []string{}},
	} {
		if got := keysOf(c.claim(t, step.now, step.limit)); !slices.Equal(got, step.want) {
			t.Errorf("claim %d took %q, want %q", i, got, step.want)
		}
	}
	if n, err := c.Overdue(t.Context(), start); n != 2 || err != nil {
		t.Errorf("%d are overdue (%v), want the two of busy chats", n, err)
	}
}

func TestClaimIDs(t *testing.T) {
	c := newClinic(t)
	a := c.say(t, "a", rehab.LaneReply, 4, start, time.Time{})
	b := c.say(t, "b", rehab.LaneReply, 4, start, time.Time{})
	later := c.say(t, "later", rehab.LaneReply, 4, start.Add(time.Hour), time.Time{})
	other := c.say(t, "other", rehab.LaneReply, 4, start, time.Time{})
	take := func(ids ...int64) []string {
		claimed, err := c.ClaimIDs(t.Context(), start, ids, owner)
		must(t, err)
		return keysOf(claimed)
	}
	if got := take(b); len(got) != 0 {
		t.Errorf("took %q before an earlier answer to the chat", got)
	}
	if got := take(b, a, later, 999); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("took %q, want the two that are due, in order", got)
	}
	if got := take(other); len(got) != 0 {
		t.Errorf("took %q while answers to the chat are in flight", got)
	}
	if got := take(a, b); len(got) != 0 {
		t.Errorf("took %q twice", got)
	}
}

func TestClaimExpires(t *testing.T) {
	c := newClinic(t)
	ends := start.Add(time.Minute)
	id := c.say(t, "short", rehab.LaneTimed, 1, start, ends)
	c.say(t, "in time", rehab.LaneTimed, 2, start, ends.Add(time.Millisecond))
	claimed, passed, err := c.Claim(t.Context(), ends, 1, owner)
	must(t, err)
	if passed.Ended != 1 || !slices.Equal(keysOf(claimed), []string{"in time"}) {
		t.Errorf("claimed %q, ended %d", keysOf(claimed), passed.Ended)
	}
	if d := c.delivery(t, id); d.State != rehab.DeliveryExpired || d.Reason == "" {
		t.Errorf("delivery is %s (%s)", d.State, d.Reason)
	}
}

// A program that was down past a window says nothing late, and says so.
func TestClaimExpiresPrompts(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, c.claim(t, start, 5)...)
	d := c.timeline(t)[movement]
	for _, step := range []struct {
		now  time.Time
		want int
	}{{d.DueAt.Add(-time.Millisecond), 0}, {d.ExpiresAt, 0}} {
		for _, s := range c.claim(t, step.now, 5) {
			if s.Delivery.Key == movement {
				t.Errorf("movement was claimed at %s", step.now)
			}
		}
	}
	if d = c.timeline(t)[movement]; d.State != rehab.DeliveryExpired || d.Reason != reasonExpired {
		t.Errorf("movement is %s (%s)", d.State, d.Reason)
	}
	c.change(t, start, func(course *rehab.Course) {
		if course.Cause != "window passed" {
			t.Errorf("the course was not told: cause %q", course.Cause)
		}
	})
}

// What a course took back between the plan and the claim is not claimed, and
// what it takes back after the claim is stopped before it is written.
// TestSendableSeesEveryChange claims one delivery and changes something that its
// words may rest on: what Sendable gives then is what the database says.
func TestSendableSeesEveryChange(t *testing.T) {
	for name, change := range map[string]func(*testing.T, clinic){
		"nothing": func(*testing.T, clinic) {},
		"a target": func(t *testing.T, c clinic) {
			c.change(t, start, func(course *rehab.Course) { course.Targets[0].LoadG += 500 })
		},
		"a hold": func(t *testing.T, c clinic) {
			c.change(t, start, func(course *rehab.Course) { course.HoldExercise(c.owner, "a cold", 0, start) })
		},
		"the name": func(t *testing.T, c clinic) {
			must(t, c.rw.Exec("UPDATE patients SET name = 'Zed' WHERE id = ?", c.patient).Error)
		},
		"the zone": func(t *testing.T, c clinic) {
			do(t, c.Store, start, func(tx *Tx) error { return tx.SetZone(c.patient, "Asia/Tokyo") })
		},
		"the claim": func(t *testing.T, c clinic) {
			_, err := c.Recover(t.Context(), start, "engine-2")
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t)
			c.needle(t, start)
			claimed := c.claim(t, start, 1)
			if len(claimed) != 1 {
				t.Fatalf("claimed %v", keysOf(claimed))
			}
			change(t, c)
			got, reason, err := c.sendable(t, claimed[0], start)
			must(t, err)
			anew, err := c.sendableNow(t.Context(), []int64{claimed[0].Delivery.ID}, start)
			must(t, err)
			want := anew[claimed[0].Delivery.ID]
			if diff := cmp.Diff(want.Sending, got, sameZone, cmpopts.IgnoreFields(rehab.Course{}, "PlanAgain")); diff != "" || reason != want.Reason {
				t.Errorf("%q and %q:\n%s", reason, want.Reason, diff)
			}
			if same := got.Course == claimed[0].Course; same != (name == "nothing") {
				t.Errorf("the course of the claim is used: %v", same)
			}
		})
	}
}

// TestSendableTogether looks at several deliveries at once: each gets its own answer, in
// its own place.
func TestSendableTogether(t *testing.T) {
	c := newClinic(t)
	never := time.Time{}
	for i, key := range []string{"as it was", "dropped", "late", "also as it was"} {
		expires := never
		if key == "late" {
			expires = start.Add(time.Minute)
		}
		c.say(t, key, rehab.LaneTimed, 900+int64(i), start, expires)
	}
	c.needle(t, start)
	claimed := c.claim(t, start, 10)
	if len(claimed) != 5 {
		t.Fatalf("claimed %v", keysOf(claimed))
	}
	must(t, c.rw.Exec("DELETE FROM inflight WHERE msg_id = ?", claimed[1].Delivery.ID).Error)
	must(t, c.rw.Exec("UPDATE messages SET state = 'dropped' WHERE id = ?", claimed[1].Delivery.ID).Error)
	gone := rehab.Sending{Delivery: rehab.Delivery{ID: 4711}}
	checked, err := c.Sendable(t.Context(), append([]rehab.Sending{gone}, claimed...), start.Add(2*time.Minute))
	must(t, err)
	var got []string
	for _, x := range checked {
		got = append(got, x.Delivery.Key+": "+x.Reason)
	}
	want := []string{": erased"}
	for _, x := range claimed {
		reason := map[string]string{"dropped": "dropped", "late": reasonExpired}[x.Delivery.Key]
		want = append(want, x.Delivery.Key+": "+reason)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSendable(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, c.claim(t, start, 5)...)
	d := c.timeline(t)[movement]
	claimed := c.claim(t, d.DueAt, 5)
	if len(claimed) != 1 || claimed[0].Delivery.ID != d.ID || claimed[0].Course == nil || claimed[0].Patient.Name != patientName {
		t.Fatalf("claimed %+v", claimed)
	}
	sendable := func(now time.Time) string {
		t.Helper()
		_, reason, err := c.sendable(t, claimed[0], now)
		must(t, err)
		return reason
	}
	if reason := sendable(d.DueAt); reason != "" {
		t.Errorf("not sendable: %s", reason)
	}
	if reason := sendable(d.ExpiresAt); reason == "" {
		t.Error("sendable when its window has closed")
	}
	c.change(t, d.DueAt, func(course *rehab.Course) { course.StopMessages(d.DueAt) })
	if reason := sendable(d.DueAt); reason != "stopped" {
		t.Errorf("after a stop: %q", reason)
	}
	must(t, c.Release(t.Context(), owner, []int64{d.ID}))
	if again, passed, err := c.Claim(t.Context(), d.DueAt, 5, owner); len(again) != 0 || passed.Ended != 1 || err != nil {
		t.Errorf("claimed %v, ended %d, %v", keysOf(again), passed.Ended, err)
	}
	if d := c.timeline(t)[movement]; d.State != rehab.DeliveryDropped || d.Reason != "stopped" {
		t.Errorf("movement is %s (%s)", d.State, d.Reason)
	}
	if reason := sendable(d.DueAt); reason == "" {
		t.Error("sendable without a claim")
	}
	do(t, c.Store, start, func(tx *Tx) error { return tx.Forget(c.patient) })
	if reason := sendable(d.DueAt); reason == "" {
		t.Error("sendable after it was erased")
	}
}

func TestNextDue(t *testing.T) {
	c := newClinic(t)
	next := func() (time.Time, bool) {
		t.Helper()
		at, ok, err := c.NextDue(t.Context())
		must(t, err)
		return at, ok
	}
	if at, ok := next(); !ok || !at.Equal(digestDay) {
		t.Errorf("next %s %v in an idle clinic, want the digests", at, ok)
	}
	must(t, c.rw.Exec("DELETE FROM due").Error)
	c.say(t, "bulk", rehab.LaneBulk, 1, start.Add(-time.Hour), time.Time{})
	if at, ok := next(); !ok || !at.Equal(start.Add(-time.Hour)) {
		t.Errorf("next %s %v, want the delivery", at, ok)
	}
	c.needle(t, start)
	c.claim(t, start, 10)
	if at, ok := next(); !ok || !at.Equal(start.Add(5*time.Hour)) {
		t.Errorf("next %s %v, want the movement message", at, ok)
	}
	var wake time.Time
	c.change(t, start, func(course *rehab.Course) {
		course.HoldExercise(c.ada, "a cold", 0, start)
		wake, _ = course.NextWake(start)
	})
	must(t, c.rw.Exec("DELETE FROM due").Error)
	if at, ok := next(); !ok || !at.Equal(wake) {
		t.Errorf("next %s %v, want the course's own %s", at, ok, wake)
	}
	for _, want := range []int{1, 0} {
		if n, err := c.WakeCourses(t.Context(), wake, 10); n != want || err != nil {
			t.Errorf("woke %d courses (%v), want %d", n, err, want)
		}
	}
}

// Four days of two patients, driven as the scheduler does it: everything comes
// inside its window, in waking hours, once, and time never stands still.
func TestDaysGoBy(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	said := make(map[string]int)
	loc := zone(t, patientZone)
	now := start
	for range 1000 {
		next, ok, err := c.NextDue(t.Context())
		must(t, err)
		if !ok || next.After(start.AddDate(0, 0, 4)) {
			break
		}
		if next.After(now) {
			now = next
		}
		_, err = c.WakeCourses(t.Context(), now, 100)
		must(t, err)
		for _, s := range c.claim(t, now, 10) {
			d := s.Delivery
			if now.Before(d.DueAt) || !now.Before(d.ExpiresAt) {
				t.Errorf("%s is said at %s, outside of %s to %s", d.Key, now, d.DueAt, d.ExpiresAt)
			}
			if h := now.In(loc).Hour(); d.Lane == rehab.LaneTimed && (h < 8 || h >= 21) {
				t.Errorf("%s is said at %s", d.Key, now.In(loc))
			}
			said[d.Key]++
			c.settle(t, now, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: len(said)}, time.Time{}, s)
			if d.Kind == rehab.PromptMovement || d.Kind == rehab.PromptStructured {
				c.change(t, now, func(course *rehab.Course) { must(t, course.PracticeDone(d.N, now)) })
			}
		}
	}
	for key, n := range said {
		if n != 1 {
			t.Errorf("%s was said %d times", key, n)
		}
	}
	for _, key := range []string{welcome, movement, gentle} {
		if said[key] == 0 {
			t.Errorf("%s was not said; said were %v", key, said)
		}
	}
	var loaded, kept *rehab.Course
	c.change(t, now, func(course *rehab.Course) { loaded = course })
	c.change(t, now, func(course *rehab.Course) { kept = course })
	if diff := cmp.Diff(loaded, kept, sameZone); diff != "" {
		t.Errorf("the course changes by being loaded:\n%s", diff)
	}
	must(t, c.Check(t.Context()))
}

func TestClaimsAreApart(t *testing.T) {
	c := newClinic(t)
	for i := range 40 {
		c.say(t, strconv.Itoa(i), rehab.LaneBulk, int64(i+1), start, time.Time{})
	}
	taken := make(chan []rehab.Sending)
	for i := range 4 {
		go func() {
			claimed, _, err := c.Claim(t.Context(), start, 15, "engine-"+strconv.Itoa(i))
			if err != nil {
				t.Error(err)
			}
			taken <- claimed
		}()
	}
	seen := make(map[int64]bool)
	for range 4 {
		for _, s := range <-taken {
			if seen[s.Delivery.ID] {
				t.Errorf("delivery %d was claimed twice", s.Delivery.ID)
			}
			seen[s.Delivery.ID] = true
		}
	}
	if len(seen) != 40 {
		t.Errorf("%d were claimed, want 40", len(seen))
	}
}
