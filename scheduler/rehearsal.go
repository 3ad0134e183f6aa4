package scheduler

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"afterneedle/rehab"
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

// Bounds of the work at one instant. Passing them means that the store and the
// engine disagree, and that time would never move on.
const (
	stuckMost = 100    // rounds that find something due and can do nothing about it
	roundMost = 100000 // rounds that do something
)

var (
	errStuck     = errors.New("something stays due and can neither be sent nor dropped")
	errUnwritten = errors.New("what became of a delivery could not be written down")
)

// RunUntil moves a virtual clock forward to end, stopping at every instant at
// which something is due, in order. It returns when everything due by then has
// been sent, given up or put off, and nothing is in flight.
func (e *Engine) RunUntil(ctx context.Context, clock VirtualClock, end time.Time) (Moved, error) {
	defer e.Rest()
	e.mu.Lock()
	e.counts = Counts{}
	e.mu.Unlock()
	stuck := 0
	for {
		if err := e.exhaust(ctx); err != nil {
			return Moved{}, err
		}
		now := clock.Now()
		next, ok, err := e.nextStop(ctx, now)
		switch {
		case err != nil:
			return Moved{}, err
		case !ok || next.After(end):
			end = later(end, now)
			clock.Set(end)
			return e.moved(ctx, end)
		case next.After(now):
			clock.Set(next)
			stuck = 0
		default:
			// It may have become due only now, by what a person did.
			if stuck++; stuck > stuckMost {
				return Moved{}, errStuck
			}
		}
	}
}

// exhaust does everything that can be done at the present instant, and waits for
// the sends in flight.
func (e *Engine) exhaust(ctx context.Context) error {
	for range roundMost {
		landed := e.nextLanding()
		r, err := e.cycle(ctx, 0)
		switch {
		case err != nil:
			return err
		case r.moved || closed(landed):
			continue
		case !e.airborne():
			return nil
		}
		select {
		case <-landed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errStuck
}

// nextStop is the next instant at which there is something to do. While Telegram
// has closed the bot, what is overdue hides what becomes due: time goes on tick
// by tick.
func (e *Engine) nextStop(ctx context.Context, now time.Time) (time.Time, bool, error) {
	at, ok, err := e.store.NextDue(ctx)
	if err == nil && ok && !at.After(now) {
		at = e.pace.nextFree(now)
		if next := now.Add(tickEvery); at.After(next) {
			at = next
		}
	}
	return at, ok, err
}

func (e *Engine) moved(ctx context.Context, now time.Time) (Moved, error) {
	waiting, err := e.store.Overdue(ctx, now)
	if err != nil {
		return Moved{}, err
	}
	for _, id := range e.putOffAfter(now) {
		state, err := e.state(ctx, id)
		if err != nil {
			return Moved{}, err
		}
		if state == rehab.DeliveryWaiting {
			waiting++
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.open) > 0 {
		return Moved{}, errUnwritten
	}
	return Moved{Counts: e.counts, Waiting: waiting}, nil
}

// putOffAfter are the deliveries that were put off to a moment after now. The
// others are overdue, if they still wait.
func (e *Engine) putOffAfter(now time.Time) []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.retries, func(_ int64, at time.Time) bool { return !at.After(now) })
	return slices.Collect(maps.Keys(e.retries))
}
