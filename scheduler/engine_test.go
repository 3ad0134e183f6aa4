package scheduler

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// onWall runs an engine on the clock of the bubble until test returns.
func onWall(t *testing.T, rate int, test func(b *bench, stop func())) {
	t.Helper()
	onWallWith(t, rate, func(s Store) Store { return s }, test)
}

// onWallWith does the same with a store around the queue.
func onWallWith(t *testing.T, rate int, around func(Store) Store, test func(b *bench, stop func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{queue: newQueue(), log: &bytes.Buffer{}}
		b.phone = &phone{clock: wall{}}
		b.Engine = New(around(b.queue), b.phone, wall{}, options(rate, b.log))
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			b.Run(ctx)
			close(done)
		}()
		stop := func() { cancel(); <-done }
		defer stop()
		test(b, stop)
	})
}

func TestTicksEverySecond(t *testing.T) {
	onWall(t, 25, func(b *bench, _ func()) {
		b.queue.add(timed(1, 1, time.Now().Add(90*time.Second)))
		time.Sleep(89 * time.Second)
		synctest.Wait()
		if len(b.phone.got()) > 0 {
			t.Error("sent too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(b.phone.got()) != 1 {
			t.Error("not sent within two ticks")
		}
		if age := time.Since(b.LastTick()); age > 2*time.Second {
			t.Errorf("the last tick is %s old", age)
		}
	})
}

func TestPokeDoesNotWaitForTheTick(t *testing.T) {
	onWall(t, 25, func(b *bench, _ func()) {
		time.Sleep(1500 * time.Millisecond) // between two ticks
		b.queue.add(timed(1, 1, time.Now()))
		b.Poke()
		synctest.Wait()
		if len(b.phone.got()) != 1 {
			t.Error("not sent at once")
		}
	})
}

// TestRateIsUsedAndKept sends with answers that take 300 ms, as a distant
// Telegram would.
func TestRateIsUsedAndKept(t *testing.T) {
	const rate, n = 25, 500
	onWall(t, rate, func(b *bench, _ func()) {
		b.phone.answer = func(rehab.Delivery) rehab.Outcome {
			time.Sleep(300 * time.Millisecond)
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		begun := time.Now()
		for _, d := range crowd(n, begun) {
			b.queue.add(d)
		}
		for b.queue.states()[rehab.DeliverySent] < n {
			time.Sleep(10 * time.Millisecond)
		}
		posts := b.phone.got()
		for i := range posts[rate:] {
			if gap := posts[i+rate].at.Sub(posts[i].at); gap <= time.Second {
				t.Fatalf("%d messages within %s", rate+1, gap)
			}
		}
		// How long a send takes is learned first.
		if took, ideal := posts[n-1].at.Sub(posts[4*n/5-1].at), n/5/rate*time.Second; took > ideal*102/100 {
			t.Errorf("the last fifth took %s, expected about %s", took, ideal)
		}
	})
}

func TestSlowSendsDoNotHoldOthersUp(t *testing.T) {
	onWall(t, 25, func(b *bench, _ func()) {
		b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
			if d.ID == 1 {
				time.Sleep(8 * time.Second)
			}
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		for _, d := range crowd(20, time.Now()) {
			b.queue.add(d)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := b.queue.states()[rehab.DeliverySent]; n != 19 {
			t.Errorf("%d of the other 19 were sent", n)
		}
	})
}

func TestWorkersAreTheMostAtOnce(t *testing.T) {
	onWall(t, 30, func(b *bench, _ func()) {
		hang := make(chan struct{})
		b.phone.answer = func(rehab.Delivery) rehab.Outcome {
			<-hang
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		for _, d := range crowd(30, time.Now()) {
			b.queue.add(d)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if n := len(b.phone.got()); n != 8 {
			t.Errorf("%d are being sent, expected the eight workers", n)
		}
		if n := b.queue.states()[rehab.DeliveryInFlight]; n != 30 {
			t.Errorf("%d are claimed, expected those that wait for a worker too", n)
		}
		close(hang)
	})
}

func TestAPanicDoesNotStopLaterTicks(t *testing.T) {
	around := func(s Store) Store { return &panicky{Store: s, left: 3} }
	onWallWith(t, 25, around, func(b *bench, _ func()) {
		b.queue.add(timed(1, 1, time.Now()))
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if len(b.phone.got()) != 1 {
			t.Error("no tick went on after a panic")
		}
		if !strings.Contains(b.log.String(), "panic") {
			t.Error("the panic is not in the log")
		}
	})
}

// panicky panics in its first claims.
type panicky struct {
	Store
	left int
}

func (p *panicky) Claim(ctx context.Context, now time.Time, limit int, owner string) ([]rehab.Sending, rehab.Passed, error) {
	if p.left > 0 {
		p.left--
		panic("a plan that cannot be made")
	}
	return p.Store.Claim(ctx, now, limit, owner)
}

func TestCoursesThatFailDoNotStopMessages(t *testing.T) {
	b := newBench(25, timed(1, 1, monday))
	b.store = &sleepless{b.queue}
	if _, err := b.cycle(context.Background(), 0); err == nil {
		t.Error("the failure is not reported")
	}
	b.Rest()
	if len(b.phone.got()) != 1 {
		t.Error("a course that fails stopped somebody else's message")
	}
}

// sleepless cannot wake any course.
type sleepless struct{ Store }

func (sleepless) WakeCourses(context.Context, time.Time, int) (int, error) {
	return 0, errors.New("a course that cannot go on")
}

func TestOverlappingTicksAreSkipped(t *testing.T) {
	slow := &slowClaims{}
	around := func(s Store) Store {
		slow.Store = s
		return slow
	}
	onWallWith(t, 25, around, func(b *bench, _ func()) {
		for i := range int64(5) {
			b.queue.add(timed(i+1, i+1, time.Now()))
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if slow.most != 1 {
			t.Errorf("%d ticks at the same time", slow.most)
		}
		if n := b.queue.states()[rehab.DeliverySent]; n != 5 {
			t.Errorf("%d of 5 were sent", n)
		}
	})
}

// slowClaims takes three seconds for a claim.
type slowClaims struct {
	Store
	now, most int
}

func (s *slowClaims) Claim(ctx context.Context, now time.Time, limit int, owner string) ([]rehab.Sending, rehab.Passed, error) {
	s.now++
	s.most = max(s.most, s.now)
	time.Sleep(3 * time.Second)
	s.now--
	return s.Store.Claim(ctx, now, limit, owner)
}

func TestStopFinishesWhatIsInFlight(t *testing.T) {
	onWall(t, 25, func(b *bench, stop func()) {
		b.phone.answer = func(rehab.Delivery) rehab.Outcome {
			time.Sleep(2 * time.Second)
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		for _, d := range crowd(100, time.Now()) {
			b.queue.add(d)
		}
		time.Sleep(time.Second + time.Millisecond)
		stop()
		states := b.queue.states()
		if states[rehab.DeliveryInFlight] != 0 || states[rehab.DeliverySent] != len(b.phone.got()) {
			t.Errorf("%v after %d messages: something is in doubt", states, len(b.phone.got()))
		}
		if states[rehab.DeliverySent] == 0 || states[rehab.DeliveryWaiting] == 0 {
			t.Errorf("%v: expected to stop in the middle", states)
		}
	})
}

func TestStopPutsBackWhatWasNotBegun(t *testing.T) {
	b := newBench(25, reply(1, 1, monday), reply(2, 1, monday), reply(3, 2, monday))
	ctx, stop := context.WithCancel(context.Background())
	b.phone.answer = func(rehab.Delivery) rehab.Outcome {
		stop()
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	if err := b.SendNow(ctx, []int64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	b.Rest()
	if diff := cmp.Diff(map[rehab.DeliveryState]int{rehab.DeliverySent: 1, rehab.DeliveryWaiting: 2}, b.queue.states()); diff != "" {
		t.Error(diff)
	}
	if r := b.queue.at(3); r.Attempts != 0 || b.queue.released != 2 {
		t.Errorf("%d attempts, %d put back", r.Attempts, b.queue.released)
	}
}

func TestSendNowKeepsTheOrder(t *testing.T) {
	b := newBench(25)
	for id := int64(9); id > 0; id-- {
		b.queue.add(reply(id, 1+id%2, monday))
	}
	if err := b.SendNow(context.Background(), []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}); err != nil {
		t.Fatal(err)
	}
	b.Rest()
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6, 7, 8, 9}, b.phone.ids()); diff != "" {
		t.Error(diff)
	}
}

// TestSendNowWaitsForWhatACycleTookFirst: whoever has an answer confirmed finds it
// sent, also when the metronome was quicker.
func TestSendNowWaitsForWhatACycleTookFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		b := newBench(25, reply(1, 1, now), reply(2, 1, now), reply(3, 2, now))
		b.clock.Set(now)
		slow := patience / 4
		b.phone.answer = func(rehab.Delivery) rehab.Outcome {
			time.Sleep(slow)
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		if _, err := b.cycle(t.Context(), 0); err != nil { // takes 1 and 3; 2 waits behind 1
			t.Fatal(err)
		}
		if err := b.SendNow(t.Context(), []int64{1, 2, 3}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(now); took != 2*slow {
			t.Errorf("it took %s, expected as long as the two to one chat take", took)
		}
		if sent := b.queue.states()[rehab.DeliverySent]; sent != 3 {
			t.Errorf("%d are sent when it returns, expected all three", sent)
		}
	})
}

func TestBehindAFailedAnswerTheOthersWait(t *testing.T) {
	b := newBench(25, reply(1, 1, monday), reply(2, 1, monday), reply(3, 2, monday))
	tries := 0
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		if d.ID == 1 {
			if tries++; tries == 1 {
				return rehab.Outcome{Kind: rehab.OutcomeTemporary}
			}
		}
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	if err := b.SendNow(context.Background(), []int64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	b.Rest()
	b.until(t, monday.Add(10*time.Second))
	if diff := cmp.Diff([]int64{1, 3, 1, 2}, b.phone.ids()); diff != "" {
		t.Errorf("the second answer overtook the first: %s", diff)
	}
}

func TestRecoverPutsBackWhatADeadProcessHeld(t *testing.T) {
	b := newBench(25, timed(1, 1, monday))
	if _, _, err := b.queue.Claim(context.Background(), monday, 1, "the dead"); err != nil {
		t.Fatal(err)
	}
	if err := b.Recover(context.Background()); err != nil {
		t.Fatal(err)
	}
	if moved := b.until(t, monday.Add(2*tickEvery)); moved.Sent != 1 {
		t.Errorf("within two ticks %+v", moved)
	}
}
