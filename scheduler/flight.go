package scheduler

import (
	"context"
	"slices"
	"time"

	"afterneedle/rehab"
)

// land ends a send and wakes everybody who waits for it.
func (e *Engine) land(count *int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	*count--
	close(e.landed)
	e.landed = make(chan struct{})
}

// fly counts one delivery more that a cycle has begun with.
func (e *Engine) fly(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sending++
	e.flying[id] = true
}

// alight ends it.
func (e *Engine) alight(id int64) {
	e.mu.Lock()
	delete(e.flying, id)
	e.mu.Unlock()
	e.land(&e.sending)
}

// awaitFlying waits until cycles have ended with those of ids that they have begun
// with. It reports false when there were none.
func (e *Engine) awaitFlying(ids []int64) bool {
	e.turn.Lock() // a cycle that has just claimed some begins with them
	landed, flying := e.stillFlying(ids)
	e.turn.Unlock()
	found := flying
	for flying {
		<-landed
		landed, flying = e.stillFlying(ids)
	}
	return found
}

func (e *Engine) stillFlying(ids []int64) (nextLanding <-chan struct{}, flying bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.landed, slices.ContainsFunc(ids, func(id int64) bool { return e.flying[id] })
}

// nextLanding is closed when the next send ends.
func (e *Engine) nextLanding() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.landed
}

// airborne reports whether anything is in flight.
func (e *Engine) airborne() bool {
	return e.InFlight() > 0
}

// ahead is how many deliveries are claimed for each worker: those that wait for one
// let it go on without a claim of its own, and a claim that takes many costs little
// more than one that takes one.
const ahead = 4

// room is how many deliveries may be claimed. It waits until many may.
func (e *Engine) room() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sending > ahead/2*e.opt.Workers {
		return 0
	}
	return ahead*e.opt.Workers - e.sending
}

// inTurn delivers what was claimed as soon as a worker is free. What still waits
// when ctx ends goes back.
func (e *Engine) inTurn(ctx context.Context, s rehab.Sending, leave *grant) {
	lead := lookLead
	if s.Delivery.Kind == rehab.KindBroadcast {
		lead += startLead
	}
	e.sleepUntil(leave.from.Add(-lead))
	if !e.takeSeat(ctx) {
		e.pace.giveBack(leave)
		e.release(ctx, []rehab.Sending{s})
		return
	}
	if at := e.pace.shut(s.Delivery); at.After(e.clock.Now()) { // since it was claimed
		e.leaveSeat()
		e.pace.giveBack(leave)
		e.putOff(ctx, s.Delivery, at)
		return
	}
	e.deliver(ctx, s, leave, e.leaveSeat)
}

// takeSeat waits for one of the workers that send; false when ctx ends first. A worker
// is taken until its outcome is on disk, also while the store is away: that bounds what
// comes twice when the program ends.
func (e *Engine) takeSeat(ctx context.Context) bool {
	for ctx.Err() == nil {
		select {
		case e.seats <- struct{}{}:
			if ctx.Err() == nil {
				return true
			}
			e.leaveSeat()
		case <-ctx.Done():
		case <-time.After(tickEvery):
			e.writeOpen(ctx)
		}
	}
	return false
}

func (e *Engine) leaveSeat() { <-e.seats }

// sleepUntil waits until a moment that is close.
func (e *Engine) sleepUntil(at time.Time) { time.Sleep(at.Sub(e.clock.Now())) }

// Finish waits until nothing is in flight, and writes down what could not be written
// before.
func (e *Engine) Finish(ctx context.Context) {
	e.Rest()
	e.writeOpen(ctx)
}

// Rest waits until nothing is in flight. Every send has a time limit.
func (e *Engine) Rest() {
	for {
		landed := e.nextLanding()
		if !e.airborne() {
			return
		}
		<-landed
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
