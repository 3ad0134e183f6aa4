package scheduler

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"afterneedle/rehab"
)

// slowDisk takes its time for every commit, and refuses one delivery.
type slowDisk struct {
	*queue
	refuses int64
}

func (s slowDisk) Settle(ctx context.Context, now time.Time, owner string, settled []rehab.Settled) ([]int64, error) {
	time.Sleep(100 * time.Millisecond)
	if slices.ContainsFunc(settled, func(x rehab.Settled) bool { return x.ID == s.refuses }) {
		return nil, errors.New("constraint failed")
	}
	return s.queue.Settle(ctx, now, owner, settled)
}

// sendAtOnce lets n workers send what is due at the same moment.
func (b *bench) sendAtOnce(t *testing.T, n int) {
	t.Helper()
	b.employ(n)
	for _, d := range crowd(n, time.Now()) {
		b.queue.add(d)
	}
	time.Sleep(2 * time.Second)
	synctest.Wait()
	if sent := b.queue.states()[rehab.DeliverySent]; sent != n {
		t.Errorf("%d of %d are written down as sent", sent, n)
	}
}

// TestOutcomesShareACommit ends 40 sends at the same moment: those that come
// while the first is being written are written together.
func TestOutcomesShareACommit(t *testing.T) {
	var disk slowDisk
	onWallWith(t, 1000, func(s Store) Store {
		disk = slowDisk{queue: s.(*queue)}
		return disk
	}, func(b *bench, _ func()) {
		b.sendAtOnce(t, 40)
		// The first cycle may find only some of them.
		if b.queue.commits > 6 {
			t.Errorf("%d commits for 40 outcomes at the same moment", b.queue.commits)
		}
	})
}

// TestLooksAreShared sends 40 deliveries at the same moment while a look takes its
// time.
func TestLooksAreShared(t *testing.T) {
	onWallWith(t, 1000, func(s Store) Store { return slowLook{s.(*queue)} }, func(b *bench, _ func()) {
		b.sendAtOnce(t, 40)
		// The first cycle may find only some of them.
		if b.queue.looks > 6 {
			t.Errorf("%d looks at 40 deliveries at the same moment", b.queue.looks)
		}
	})
}

// slowLook is a store that takes its time to look.
type slowLook struct{ *queue }

func (s slowLook) Sendable(ctx context.Context, claimed []rehab.Sending, now time.Time) ([]rehab.Checked, error) {
	time.Sleep(100 * time.Millisecond)
	return s.queue.Sendable(ctx, claimed, now)
}

// TestOneOutcomeDoesNotBlockTheOthers has the store refuse one of many.
func TestOneOutcomeDoesNotBlockTheOthers(t *testing.T) {
	onWallWith(t, 1000, func(s Store) Store { return slowDisk{queue: s.(*queue), refuses: 7} }, func(b *bench, _ func()) {
		b.employ(10)
		for _, d := range crowd(10, time.Now()) {
			b.queue.add(d)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if n := b.queue.states()[rehab.DeliverySent]; n != 9 {
			t.Errorf("%d of the other 9 are written down as sent", n)
		}
		if state := b.queue.at(7).State; state != rehab.DeliveryInFlight {
			t.Errorf("the refused one is %s, want still claimed", state)
		}
		if n := len(b.phone.got()); n != 10 {
			t.Errorf("%d sends for 10 deliveries", n)
		}
	})
}

// deaf is a store whose connection breaks after something was written, so that
// nobody hears of it, or before.
type deaf struct {
	*queue
	claim, settle *atomic.Bool // break the next one
}

var errBroken = errors.New("the connection is broken")

func (s deaf) Claim(ctx context.Context, now time.Time, limit int, owner string) ([]rehab.Sending, rehab.Passed, error) {
	claimed, passed, err := s.queue.Claim(ctx, now, limit, owner)
	if len(claimed) > 0 && s.claim.CompareAndSwap(true, false) {
		err = errBroken
	}
	return claimed, passed, err
}

func (s deaf) Settle(ctx context.Context, now time.Time, owner string, settled []rehab.Settled) ([]int64, error) {
	if s.settle.CompareAndSwap(true, false) {
		return nil, errBroken
	}
	return s.queue.Settle(ctx, now, owner, settled)
}

// TestClaimThatNobodyHearsOf puts back what a claim took that seemed to fail.
func TestClaimThatNobodyHearsOf(t *testing.T) {
	var claim, settle atomic.Bool
	claim.Store(true)
	onWallWith(t, 25, func(s Store) Store { return deaf{s.(*queue), &claim, &settle} }, func(b *bench, _ func()) {
		for _, d := range crowd(5, time.Now()) {
			b.queue.add(d)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if n := b.queue.states()[rehab.DeliverySent]; n != 5 || len(b.phone.got()) != 5 {
			t.Errorf("%v, %d were sent", b.queue.states(), len(b.phone.got()))
		}
		if b.queue.released != 5 {
			t.Errorf("%d were put back", b.queue.released)
		}
	})
}

// TestLastOutcomeIsWrittenAgain stops the program while one outcome cannot be written
// at the first try.
func TestLastOutcomeIsWrittenAgain(t *testing.T) {
	var claim, settle atomic.Bool
	onWallWith(t, 25, func(s Store) Store { return deaf{s.(*queue), &claim, &settle} }, func(b *bench, stop func()) {
		b.phone.answer = func(rehab.Delivery) rehab.Outcome {
			time.Sleep(2 * time.Second)
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		b.queue.add(timed(1, 1, time.Now()))
		time.Sleep(time.Second + time.Millisecond)
		settle.Store(true)
		stop()
		if state := b.queue.at(1).State; state != rehab.DeliverySent {
			t.Errorf("it was sent and is %s", state)
		}
	})
}

// slowClaim is a store that takes its time for a claim.
type slowClaim struct{ *queue }

func (s slowClaim) Claim(ctx context.Context, now time.Time, limit int, owner string) ([]rehab.Sending, rehab.Passed, error) {
	time.Sleep(early / 2)
	return s.queue.Claim(ctx, now, limit, owner)
}

// TestFullPace sends for ten seconds at the full pace: no second gets more than it may,
// and a claim that takes its time does not make it last longer.
func TestFullPace(t *testing.T) {
	const rate, n = 25, 250
	onWallWith(t, rate, func(s Store) Store { return slowClaim{s.(*queue)} }, func(b *bench, _ func()) {
		b.employ(40)
		for _, d := range crowd(n, time.Now()) {
			b.queue.add(d)
		}
		time.Sleep(12 * time.Second)
		synctest.Wait()
		posts := b.phone.got()
		if len(posts) != n {
			t.Fatalf("%d of %d were sent", len(posts), n)
		}
		for i, last := range posts[rate:] {
			if gap := last.at.Sub(posts[i].at); gap < time.Second {
				t.Errorf("%d within %s", rate+1, gap)
			}
		}
		if took, most := posts[n-1].at.Sub(posts[0].at), (n/rate-1)*rateSpell+early; took > most {
			t.Errorf("it took %s, want %s", took, most)
		}
	})
}
