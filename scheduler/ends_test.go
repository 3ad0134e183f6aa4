package scheduler

import (
	"context"
	"errors"
	"slices"
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

// TestOutcomesShareACommit ends 40 sends at the same moment: those that come
// while the first is being written are written together.
func TestOutcomesShareACommit(t *testing.T) {
	var disk slowDisk
	onWallWith(t, 1000, func(s Store) Store {
		disk = slowDisk{queue: s.(*queue)}
		return disk
	}, func(b *bench, _ func()) {
		b.employ(40)
		for _, d := range crowd(40, time.Now()) {
			b.queue.add(d)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := b.queue.states()[rehab.DeliverySent]; n != 40 {
			t.Errorf("%d of 40 are written down as sent", n)
		}
		if b.queue.commits > 3 {
			t.Errorf("%d commits for 40 outcomes at the same moment", b.queue.commits)
		}
	})
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
