package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"afterneedle/rehab"
)

// round is what one cycle came to.
type round struct {
	moved bool // another cycle may find more at the same time
	due   bool // something was due
}

// cycle does one round at the present time. It does not wait for the sends that
// it begins.
func (e *Engine) cycle(ctx context.Context) (round, error) {
	e.turn.Lock()
	defer e.turn.Unlock()
	now := e.clock.Now()
	e.writeOpen(ctx)
	at, ok, err := e.store.NextDue(ctx)
	if err != nil {
		return round{}, fmt.Errorf("next due: %w", err)
	}
	if !ok || at.After(now) {
		e.ticked(now)
		return round{}, nil
	}
	woken, wakeErr := e.store.WakeCourses(ctx, now, wakeBatch)
	if wakeErr != nil {
		wakeErr = fmt.Errorf("wake courses: %w", wakeErr)
	}
	begun, bulkErr := e.store.WakeBroadcasts(ctx, now)
	if bulkErr != nil {
		bulkErr = fmt.Errorf("wake broadcasts: %w", bulkErr)
	}
	// What cannot go on does not stop the messages of the others.
	taken, err := e.claim(ctx, now)
	if err = errors.Join(wakeErr, bulkErr, err); err != nil {
		return round{}, err
	}
	e.ticked(now)
	return round{moved: woken+begun+taken > 0, due: true}, nil
}

// claim takes as much as may be sent now and begins to send it. It returns how
// many deliveries it took, ended or put off.
func (e *Engine) claim(ctx context.Context, now time.Time) (int, error) {
	stopped := e.pace.stopped(now)
	limit := min(e.pace.free(now), e.freeWorkers())
	if stopped {
		limit = min(limit, 1) // to see whether it is an answer
	}
	if limit <= 0 {
		return 0, nil
	}
	claimed, passed, err := e.store.Claim(ctx, now, limit, e.opt.Owner, lease)
	if err != nil {
		return 0, fmt.Errorf("claim: %w", err)
	}
	e.dropped(passed.Ended)
	gone := passed.Ended + passed.PutOff
	for i, s := range claimed {
		if ctx.Err() != nil || stopped && s.Delivery.Lane != rehab.LaneReply {
			e.release(ctx, claimed[i:])
			return gone + i, ctx.Err()
		}
		leave, wait := e.pace.take(s.Delivery, now)
		if leave == nil {
			e.putOff(ctx, s.Delivery, wait)
			continue
		}
		e.begin(&e.sending)
		go func() {
			defer e.land(&e.sending)
			e.deliver(ctx, s.Delivery, leave)
		}()
	}
	return gone + len(claimed), nil
}

func (e *Engine) dropped(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts.Dropped += n
}

// SendNow sends the named deliveries at once and in order: answers to a person
// do not wait for the metronome or the pace. What cannot go out now stays in the
// outbox.
func (e *Engine) SendNow(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	e.begin(&e.replying)
	defer e.Poke()
	defer e.land(&e.replying)
	claimed, err := e.store.ClaimIDs(ctx, e.clock.Now(), ids, e.opt.Owner, lease)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	// Behind a message that waits, those to the same chat wait too.
	behind := map[int64]time.Time{}
	for i, s := range claimed {
		if ctx.Err() != nil {
			e.release(ctx, claimed[i:])
			return ctx.Err()
		}
		if at := behind[s.Delivery.ChatID]; !at.IsZero() {
			e.putOff(ctx, s.Delivery, at)
			continue
		}
		leave, wait := e.pace.take(s.Delivery, e.clock.Now())
		if leave == nil {
			e.putOff(ctx, s.Delivery, wait)
			continue
		}
		behind[s.Delivery.ChatID] = e.deliver(ctx, s.Delivery, leave)
	}
	return nil
}
