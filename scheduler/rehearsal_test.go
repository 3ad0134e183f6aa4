package scheduler

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

func TestRunUntilStopsAtEveryDueInstant(t *testing.T) {
	b := newBench(25,
		timed(1, 1, monday.Add(time.Hour)), timed(2, 2, monday.Add(30*time.Minute)),
		timed(3, 1, monday.Add(48*time.Hour)), timed(4, 4, monday.Add(49*time.Hour)))
	b.queue.wakes = []time.Time{monday.Add(10 * time.Hour)}
	moved := b.until(t, monday.Add(48*time.Hour))
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 3}}, moved); diff != "" {
		t.Error(diff)
	}
	want := []post{
		{2, 2, monday.Add(30 * time.Minute)}, {1, 1, monday.Add(time.Hour)}, {3, 1, monday.Add(48 * time.Hour)},
	}
	if diff := cmp.Diff(want, b.phone.got(), cmp.AllowUnexported(post{})); diff != "" {
		t.Error(diff)
	}
	if b.queue.wokeTimes != 1 {
		t.Errorf("courses woke %d times, expected once", b.queue.wokeTimes)
	}
	if moved := b.until(t, monday.Add(48*time.Hour)); moved != (Moved{}) {
		t.Errorf("settling again did %+v", moved)
	}
}

func TestRateAtAFrozenInstant(t *testing.T) {
	b := newBench(25, crowd(60, monday)...)
	moved := b.until(t, monday)
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 25}, Waiting: 35}, moved); diff != "" {
		t.Error(diff)
	}
	moved = b.until(t, monday.Add(3*time.Second))
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 35}}, moved); diff != "" {
		t.Error(diff)
	}
	posts := b.phone.got()
	for i := range posts[25:] {
		if gap := posts[i+25].at.Sub(posts[i].at); gap <= time.Second {
			t.Errorf("26 messages within %s", gap)
		}
	}
}

func TestChatGap(t *testing.T) {
	b := newBench(25, timed(1, 7, monday), timed(2, 7, monday), timed(3, 7, monday))
	moved := b.until(t, monday)
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 1}, Waiting: 2}, moved); diff != "" {
		t.Error(diff)
	}
	b.until(t, monday.Add(time.Minute))
	posts := b.phone.got()
	for i := range posts[1:] {
		if gap := posts[i+1].at.Sub(posts[i].at); gap != chatGap {
			t.Errorf("the gap is %s, expected %s", gap, chatGap)
		}
	}
	if r := b.queue.at(3); r.Attempts != 1 {
		t.Errorf("waiting cost %d attempts", r.Attempts-1)
	}
}

func TestRepliesDoNotWait(t *testing.T) {
	b := newBench(1, timed(1, 7, monday), reply(2, 7, monday), reply(3, 7, monday), reply(4, 7, monday), timed(5, 8, monday))
	b.until(t, monday) // spends the one message of this second
	if err := b.SendNow(context.Background(), []int64{2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	b.Rest()
	for id := range int64(3) {
		if r := b.queue.at(id + 2); r.State != rehab.DeliverySent || !r.SentAt.Equal(monday) {
			t.Errorf("reply %d is %s at %s", r.ID, r.State, r.SentAt)
		}
	}
	if r := b.queue.at(5); r.State != rehab.DeliveryWaiting {
		t.Errorf("the rate was not kept: %s", r.State)
	}
	if moved := b.until(t, monday); moved.Sent != 0 {
		t.Errorf("answers were counted: %+v", moved)
	}
}

func TestThrottledChatStopsAlone(t *testing.T) {
	b := newBench(25, timed(1, 7, monday), timed(2, 8, monday), timed(3, 7, monday.Add(10*time.Second)))
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		if d.ID == 1 && b.clock.Now().Before(monday.Add(35*time.Second)) {
			return rehab.Outcome{Kind: rehab.OutcomeThrottled, RetryAfter: 35 * time.Second}
		}
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	moved := b.until(t, monday.Add(20*time.Second))
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 1}, Waiting: 2}, moved); diff != "" {
		t.Error(diff)
	}
	moved = b.until(t, monday.Add(time.Minute))
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 2}}, moved); diff != "" {
		t.Error(diff)
	}
	want := []post{{1, 7, monday.Add(35 * time.Second)}, {3, 7, monday.Add(35*time.Second + chatGap)}}
	if diff := cmp.Diff(want, b.phone.got()[2:], cmp.AllowUnexported(post{})); diff != "" {
		t.Error(diff)
	}
	if r := b.queue.at(1); r.Attempts != 1 {
		t.Errorf("the named wait cost %d attempts", r.Attempts-1)
	}
}

// One chat that hangs keeps no other waiting.
func TestAHangingChatHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(25, reply(1, 7, monday), reply(2, 8, monday))
		release := make(chan struct{})
		b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
			if d.ID == 1 {
				<-release
			} else {
				close(release)
			}
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		for id := range int64(2) {
			if err := b.SendNow(context.Background(), []int64{id + 1}); err != nil {
				t.Fatal(err)
			}
		}
		b.Rest()
		if states := b.queue.states(); states[rehab.DeliverySent] != 2 {
			t.Error(states)
		}
	})
}

func TestRepliesWaitForAClosedChat(t *testing.T) {
	b := newBench(25, reply(1, 7, monday), reply(2, 7, monday), reply(3, 8, monday))
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		if d.ChatID == 7 && b.clock.Now().Before(monday.Add(5*time.Second)) {
			return rehab.Outcome{Kind: rehab.OutcomeThrottled, RetryAfter: 5 * time.Second}
		}
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	if err := b.SendNow(context.Background(), []int64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	b.Rest()
	if diff := cmp.Diff([]int64{1, 3}, b.phone.ids()); diff != "" {
		t.Errorf("a closed chat was written to, or another waited: %s", diff)
	}
	b.until(t, monday.Add(time.Minute))
	if diff := cmp.Diff([]int64{1, 3, 1, 2}, b.phone.ids()); diff != "" {
		t.Errorf("out of order: %s", diff)
	}
}

func TestSecondThrottledChatStopsTheBulk(t *testing.T) {
	b := newBench(25, crowd(30, monday)...)
	for i := range int64(3) {
		b.queue.add(reply(100+i, 50+i, monday.Add(10*time.Second)))
	}
	reopens := monday.Add(40 * time.Second)
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		if d.ID <= 2 && b.clock.Now().Before(reopens) {
			return rehab.Outcome{Kind: rehab.OutcomeThrottled, RetryAfter: reopens.Sub(b.clock.Now())}
		}
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	moved := b.until(t, monday.Add(30*time.Second))
	if moved.Sent > 23 || moved.Waiting != 30-moved.Sent {
		t.Errorf("the bulk went on: %+v", moved)
	}
	for i := range int64(3) {
		if r := b.queue.at(100 + i); r.State != rehab.DeliverySent {
			t.Errorf("answer %d waits behind the bulk: %s", r.ID, r.State)
		}
	}
	b.until(t, monday.Add(2*time.Minute))
	for _, p := range b.phone.got() {
		if p.id < 100 && p.at.After(monday) && p.at.Before(reopens) {
			t.Errorf("message %d was sent at %s, inside the named wait", p.id, p.at)
		}
	}
	if n := b.queue.states()[rehab.DeliverySent]; n != 33 {
		t.Errorf("%d were sent, expected all 33", n)
	}
}

func TestCounters(t *testing.T) {
	late := timed(4, 4, monday.Add(time.Minute))
	late.ExpiresAt = monday.Add(time.Minute)
	short := timed(6, 6, monday)
	short.ExpiresAt = monday.Add(10 * time.Second)
	alert := reply(7, 7, monday)
	alert.Kind = rehab.PromptAlert
	once := timed(10, 10, monday)
	once.Kind, once.Lane = rehab.KindBroadcast, rehab.LaneBulk
	b := newBench(25, timed(1, 1, monday), timed(2, 2, monday), timed(3, 3, monday), late,
		timed(5, 5, monday), short, alert, reply(8, 8, monday), timed(9, 9, monday), once)
	b.queue.rows[5].unwanted = "on hold"
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		kinds := map[int64]rehab.OutcomeKind{
			2: rehab.OutcomeUnreachable, 3: rehab.OutcomeRejected, 6: rehab.OutcomeThrottled, 9: rehab.OutcomeTemporary,
			10: rehab.OutcomeUnknown,
		}
		kind, ok := kinds[d.ID]
		if !ok {
			kind = rehab.OutcomeSent
		}
		return rehab.Outcome{Kind: kind, RetryAfter: time.Minute}
	}
	// Sent: 1 and the alert. Failed: 2, 3 and the broadcast that may have
	// arrived. Dropped: 5, and 6, whose window closes before the named wait is
	// over. 9 waits.
	moved := b.until(t, monday)
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 2, Failed: 3, Dropped: 2}, Waiting: 1}, moved); diff != "" {
		t.Error(diff)
	}
	if !b.queue.at(10).started {
		t.Error("the broadcast was sent without being marked as started")
	}
	if moved = b.until(t, monday.Add(time.Minute)); moved.Dropped != 1 || moved.Waiting != 1 {
		t.Errorf("a window that closes as it opens: %+v", moved)
	}
	// What is dropped while it waits does not wait any more.
	b.queue.change(func() { b.queue.rows[9].State = rehab.DeliveryDropped })
	if moved = b.until(t, monday.Add(time.Minute)); moved != (Moved{}) {
		t.Errorf("%+v, expected nothing", moved)
	}
}

func TestRefusedRightBeforeSending(t *testing.T) {
	b := newBench(25, timed(1, 1, monday), timed(2, 2, monday))
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	// Claimed, and then no longer wanted.
	claimed, _, _ := b.queue.Claim(context.Background(), monday, 1, "me")
	b.queue.change(func() { b.queue.rows[1].unwanted = "on hold" })
	b.deliver(context.Background(), claimed[0], &grant{}, nil)
	b.until(t, monday)
	if r := b.queue.at(1); r.State != rehab.DeliveryDropped || r.Reason != "on hold" || r.Attempts != 0 {
		t.Errorf("%s for %q after %d attempts", r.State, r.Reason, r.Attempts)
	}
	if diff := cmp.Diff([]int64{2}, b.phone.ids()); diff != "" {
		t.Error(diff)
	}
}

func TestStoreThatContradictsItself(t *testing.T) {
	b := newBench(25, timed(1, 1, monday))
	b.queue.rows[1].unwanted = "only Sendable says so"
	moved := b.until(t, monday.Add(10*time.Second))
	if r := b.queue.at(1); moved.Failed != 1 || r.State != rehab.DeliveryRejected {
		t.Errorf("%+v, %s: expected it to end", moved, r.State)
	}
}

func TestNoBusyLoopBehindALostClaim(t *testing.T) {
	b := newBench(25, timed(1, 1, monday), timed(2, 1, monday))
	b.queue.change(func() { b.queue.rows[1].State, b.queue.rows[1].owner = rehab.DeliveryInFlight, "somebody else" })
	_, err := b.RunUntil(context.Background(), b.clock, monday.Add(400*24*time.Hour))
	if !errors.Is(err, errStuck) {
		t.Errorf("%v, expected it to give up", err)
	}
	if b.queue.claims > 2*stuckMost+2 {
		t.Errorf("%d claims for nothing", b.queue.claims)
	}
}

func TestWaitsForAnAnswerInFlight(t *testing.T) {
	b := newBench(25, reply(1, 1, monday), timed(2, 1, monday))
	under, release := make(chan struct{}), make(chan struct{})
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		if d.ID == 1 {
			close(under)
			<-release
		}
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	answered := make(chan error)
	go func() { answered <- b.SendNow(context.Background(), []int64{1}) }()
	<-under
	moved := make(chan Moved)
	go func() { moved <- b.until(t, monday.Add(time.Minute)) }()
	close(release)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if m := <-moved; m.Sent != 1 {
		t.Errorf("%+v, expected the message behind the answer", m)
	}
	if p := b.phone.got()[1]; p.at.Sub(monday) > chatGap {
		t.Errorf("the clock ran on to %s while an answer was in flight", p.at)
	}
}

func TestStopInTheMiddleOfAMove(t *testing.T) {
	b := newBench(25, crowd(40, monday)...)
	ctx, stop := context.WithCancel(context.Background())
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		stop()
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	if _, err := b.RunUntil(ctx, b.clock, monday.Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, expected it to stop", err)
	}
	states := b.queue.states()
	if states[rehab.DeliveryInFlight] != 0 || states[rehab.DeliverySent] != len(b.phone.got()) {
		t.Errorf("%v after %d messages: something is in doubt", states, len(b.phone.got()))
	}
}

func TestOutcomesThatCannotBeWritten(t *testing.T) {
	b := newBench(25, timed(1, 1, monday), timed(2, 2, monday.Add(time.Hour)))
	disk := errors.New("disk full")
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		b.queue.change(func() {
			if d.ID == 1 {
				b.queue.broken = disk
			}
		})
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	if _, err := b.RunUntil(context.Background(), b.clock, monday); !errors.Is(err, errUnwritten) {
		t.Errorf("%v, expected to hear of it", err)
	}
	b.queue.change(func() { b.queue.broken = nil })
	b.until(t, monday.Add(time.Hour))
	if diff := cmp.Diff([]int64{1, 2}, b.phone.ids()); diff != "" {
		t.Errorf("sent twice or not at all: %s", diff)
	}
	if n := b.queue.states()[rehab.DeliverySent]; n != 2 {
		t.Errorf("%d are known as sent, expected 2", n)
	}
}

func TestPanicForOneDelivery(t *testing.T) {
	b := newBench(25, timed(1, 1, monday), timed(2, 2, monday), timed(3, 3, monday))
	b.queue.panics[2] = 2 // once with others, perhaps, and once alone
	moved := b.until(t, monday)
	if diff := cmp.Diff(Moved{Counts: Counts{Sent: 2, Failed: 1}}, moved); diff != "" {
		t.Error(diff)
	}
}

func TestRetryDelay(t *testing.T) {
	last := time.Duration(0)
	for attempts := 1; attempts < 30; attempts++ {
		delay := retryDelay(attempts)
		if delay < last || delay < time.Second || delay > time.Minute {
			t.Errorf("after attempt %d: %s", attempts, delay)
		}
		last = delay
	}
	if last != time.Minute {
		t.Errorf("it ends at %s, expected a minute", last)
	}
}

func TestTemporaryFailuresAreRepeatedInsideTheWindow(t *testing.T) {
	d := timed(1, 1, monday)
	d.ExpiresAt = monday.Add(time.Hour)
	b := newBench(25, d)
	b.phone.answer = func(rehab.Delivery) rehab.Outcome { return rehab.Outcome{Kind: rehab.OutcomeTemporary} }
	moved := b.until(t, monday.Add(2*time.Hour))
	if r := b.queue.at(1); r.State != rehab.DeliveryExpired || moved.Dropped != 1 {
		t.Errorf("%s, %+v", r.State, moved)
	}
	posts := b.phone.got()
	if last := posts[len(posts)-1].at; !last.Before(d.ExpiresAt) {
		t.Errorf("sent at %s, after its window", last)
	}
	if n := len(posts); n < 60 || n > 75 {
		t.Errorf("%d attempts in an hour, expected about one a minute", n)
	}
}
