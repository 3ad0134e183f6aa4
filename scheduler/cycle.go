package scheduler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"afterneedle/rehab"
)

// round is what one cycle came to.
type round struct {
	moved bool // another cycle may find more at the same time
	full  bool // it took all that the pace lets through
	due   bool // something was due
}

const (
	// early is how long before the pace lets a delivery through it may be claimed, so
	// that what has to be done before its first byte is done by then.
	early = 50 * time.Millisecond
	// lookLead is how long a last look takes about, and startLead the note that comes
	// before it for what must not be sent twice: they begin so long before.
	lookLead  = 5 * time.Millisecond
	startLead = 15 * time.Millisecond
	// gather is the time between two claims at the full pace: one that takes many
	// costs little more than one that takes one.
	gather = 25 * time.Millisecond
)

// cycle does one round at the present time, for what the pace lets through within
// early. It does not wait for the sends that it begins.
func (e *Engine) cycle(ctx context.Context, early time.Duration) (round, error) {
	e.turn.Lock()
	defer e.turn.Unlock()
	now := e.clock.Now()
	e.writeOpen(ctx)
	limited, end := context.WithTimeout(ctx, storeLimit)
	defer end()
	at, ok, err := e.store.NextDue(limited)
	if err != nil {
		return round{}, fmt.Errorf("next due: %w", err)
	}
	if !ok || at.After(now) {
		e.ticked(now)
		return round{}, nil
	}
	woken, wakeErr := e.store.WakeCourses(limited, now, wakeBatch)
	if wakeErr != nil {
		wakeErr = fmt.Errorf("wake courses: %w", wakeErr)
	}
	begun, bulkErr := e.store.WakeBroadcasts(limited, now)
	if bulkErr != nil {
		bulkErr = fmt.Errorf("wake broadcasts: %w", bulkErr)
	}
	// What cannot go on does not stop the messages of the others.
	taken, full, err := e.claim(ctx, now, early)
	if err = errors.Join(wakeErr, bulkErr, err); err != nil {
		return round{}, err
	}
	e.ticked(now)
	return round{moved: woken+begun+taken > 0, full: full, due: true}, nil
}

// claim takes as much as may be sent within early and begins to send it. It returns
// how many deliveries it took, ended or put off, and whether the pace lets no more
// through.
func (e *Engine) claim(ctx context.Context, now time.Time, early time.Duration) (taken int, full bool, err error) {
	if e.unsure() {
		return 0, false, errUnsure
	}
	stopped := e.pace.stopped(now)
	free := e.pace.free(now.Add(early))
	limit := min(free, e.room())
	if stopped {
		limit = min(limit, 1) // to see whether it is an answer
	}
	if limit <= 0 {
		return 0, free == 0, nil
	}
	claimed, passed, err := e.store.Claim(ctx, now, limit, e.opt.Owner)
	if err != nil {
		// It may have been written all the same, with nobody told.
		e.release(ctx, claimed)
		return 0, false, fmt.Errorf("claim: %w", err)
	}
	e.dropped(passed.Ended)
	gone := passed.Ended + passed.PutOff
	for i, s := range claimed {
		if ctx.Err() != nil || stopped && s.Delivery.Lane != rehab.LaneReply {
			e.release(ctx, claimed[i:])
			return gone + i, false, ctx.Err()
		}
		leave, wait := e.pace.take(s.Delivery, false, now)
		if leave == nil {
			e.putOff(ctx, s.Delivery, wait)
			continue
		}
		if s.Delivery.Lane == rehab.LaneBulk && early > 0 { // else nobody sleeps until then
			e.pace.spread(leave)
		}
		e.fly(s.Delivery.ID)
		go func() {
			defer e.alight(s.Delivery.ID)
			e.inTurn(ctx, s, leave)
		}()
	}
	return gone + len(claimed), len(claimed) == free, nil
}

func (e *Engine) dropped(n int) {
	e.opt.Watch.Dropped(n)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts.Dropped += n
}

// patience is how long SendNow waits for its sends.
const patience = 2 * time.Second

// SendNow claims the named deliveries and sends them in order, without waiting
// for the metronome or the pace: they are answers to a person. It returns when
// they are sent, also those that a cycle took first, or after two seconds: a chat
// that hangs must not keep the others from being heard. What cannot go out now stays
// in the outbox.
func (e *Engine) SendNow(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := e.beginReply(ctx); err != nil {
		return err
	}
	claimed, err := e.claimNamed(ctx, ids)
	if err != nil {
		e.land(&e.replying)
		e.Poke()
		return err
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		defer e.Poke()
		defer e.land(&e.replying)
		e.reply(ctx, claimed)
		e.replyToRest(ctx, ids, claimed)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-sent:
	case <-timer.C:
	}
	return nil
}

// claimNamed claims the named deliveries for a reply, none while an outcome is not
// written: they go out with the next cycle, by a worker that waits for its note.
func (e *Engine) claimNamed(ctx context.Context, ids []int64) ([]rehab.Sending, error) {
	if e.owing() {
		return nil, nil
	}
	if e.unsure() {
		return nil, fmt.Errorf("claim: %w", errUnsure)
	}
	claimed, err := e.store.ClaimIDs(ctx, e.clock.Now(), ids, e.opt.Owner)
	if err != nil {
		e.release(ctx, claimed)
		return nil, fmt.Errorf("claim: %w", err)
	}
	return claimed, nil
}

// replyToRest waits for those of ids that a cycle took first, and sends what had to
// wait behind them.
func (e *Engine) replyToRest(ctx context.Context, ids []int64, claimed []rehab.Sending) {
	for {
		for _, s := range claimed {
			ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return id == s.Delivery.ID })
		}
		if len(ids) == 0 || !e.awaitFlying(ids) {
			return
		}
		var err error
		if claimed, err = e.claimNamed(ctx, ids); err != nil {
			e.opt.Log.Error("replies not sent at once", "err", err)
			return
		}
		e.reply(ctx, claimed)
	}
}

// beginReply waits for one of the workers that answer.
func (e *Engine) beginReply(ctx context.Context) error {
	for {
		landed := e.nextLanding()
		e.mu.Lock()
		free := e.replying < e.opt.Workers
		if free {
			e.replying++
		}
		e.mu.Unlock()
		if free {
			return nil
		}
		select {
		case <-landed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reply sends claimed answers one after the other, and then what follows from them.
func (e *Engine) reply(ctx context.Context, claimed []rehab.Sending) {
	slices.SortStableFunc(claimed, func(a, b rehab.Sending) int { return cmp.Compare(a.Delivery.Lane, b.Delivery.Lane) })
	// Behind a message that waits, those to the same chat wait too.
	behind := map[int64]time.Time{}
	for i, s := range claimed {
		if ctx.Err() != nil || e.owing() {
			e.release(ctx, claimed[i:])
			return
		}
		if at := behind[s.Delivery.ChatID]; !at.IsZero() {
			e.putOff(ctx, s.Delivery, at)
			continue
		}
		leave, wait := e.pace.take(s.Delivery, true, e.clock.Now())
		if leave == nil {
			e.putOff(ctx, s.Delivery, wait)
			continue
		}
		behind[s.Delivery.ChatID] = e.deliver(ctx, s, leave, nil)
	}
}
