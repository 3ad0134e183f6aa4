package scheduler

import (
	"context"
	"time"
)

// VirtualClock is a clock that stands still until it is set.
type VirtualClock interface {
	Clock
	Set(time.Time)
}

// Moved is what a move of the virtual clock led to.
type Moved struct {
	Counts
	// Waiting deliveries are put off by the pace or by Telegram to a moment that
	// has not come.
	Waiting int
}

// RunUntil moves a virtual clock forward to end, stopping at every instant at
// which something is due, in order. It returns when everything due by then has
// been sent, given up or put off.
func (e *Engine) RunUntil(ctx context.Context, clock VirtualClock, end time.Time) (Moved, error) {
	e.takeCounts()
	for ctx.Err() == nil {
		again, err := e.cycle(ctx)
		if err != nil {
			return Moved{}, err
		}
		if again {
			continue
		}
		at, ok, err := e.store.NextDue(ctx)
		if err != nil {
			return Moved{}, err
		}
		now := clock.Now()
		if ok && !at.After(now) {
			// Still due after a full round: the pace holds it back.
			at = e.pace.nextFree(now)
		}
		if !ok || at.After(end) {
			clock.Set(end)
			waiting, err := e.store.Overdue(ctx, end)
			return Moved{Counts: e.takeCounts(), Waiting: waiting + e.putOffUntilAfter(end)}, err
		}
		if !at.After(now) {
			at = now.Add(time.Millisecond)
		}
		clock.Set(at)
	}
	return Moved{}, ctx.Err()
}

// putOffUntilAfter counts the deliveries that wait for a moment after t.
func (e *Engine) putOffUntilAfter(t time.Time) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, at := range e.retries {
		if at.After(t) {
			n++
		}
	}
	return n
}
