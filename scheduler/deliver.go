package scheduler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/cenkalti/backoff/v5"

	"afterneedle/rehab"
)

// deliver asks once more whether a claimed delivery may go out, sends it and
// waits until the outcome is on disk, or cannot be written now; noted is called when it
// is. It returns the moment until which the delivery was put off, or zero.
func (e *Engine) deliver(ctx context.Context, claimed rehab.Sending, leave *grant, noted func()) time.Time {
	d := claimed.Delivery
	defer e.pace.giveBack(leave)
	// What was begun is finished, also while the program stops.
	ctx = context.WithoutCancel(ctx)
	outcome, wanted := e.attempt(ctx, claimed, leave)
	if !wanted {
		e.write(ctx, unwritten{delivery: d, noted: noted})
		return time.Time{}
	}
	now := e.clock.Now()
	e.opt.Watch.Tried(d, outcome.Kind, now.Sub(d.DueAt))
	settled := rehab.Settled{ID: d.ID, Attempt: d.Attempts, Outcome: outcome, Quiet: now.Add(chatGap)}
	switch outcome.Kind {
	case rehab.OutcomeThrottled:
		settled.RetryAt = e.pace.throttledChat(d.ChatID, outcome.RetryAfter, now)
	case rehab.OutcomeTemporary, rehab.OutcomeUnknown:
		settled.RetryAt = now.Add(retryDelay(d.Attempts))
	}
	if outcome.Kind != rehab.OutcomeSent {
		e.opt.Log.Warn("delivery not sent", "delivery", d.ID, "kind", d.Kind, "outcome", outcome.Kind, "reason", outcome.Reason)
	}
	e.write(ctx, unwritten{d, &settled, noted})
	return settled.RetryAt
}

// attempt sends a delivery. wanted is false when it was not even tried, and
// goes back to the queue, where the next claim ends it with its reason.
func (e *Engine) attempt(ctx context.Context, claimed rehab.Sending, leave *grant) (outcome rehab.Outcome, wanted bool) {
	d := claimed.Delivery
	defer func() {
		if r := recover(); r != nil {
			e.opt.Log.Error("delivery failed", "delivery", d.ID, "kind", d.Kind, "panic", fmt.Sprint(r))
			outcome, wanted = rehab.Outcome{Kind: rehab.OutcomeRejected, Reason: "cannot be prepared"}, true
		}
	}()
	var err error
	if d.Kind == rehab.KindBroadcast {
		// On disk before the first byte: whoever finds it after a crash knows that
		// it may have arrived. Anything else is better said twice than never.
		err = e.start(ctx, d.ID)
	}
	var s rehab.Checked
	if err == nil {
		e.sleepUntil(leave.from.Add(-lookLead))
		s, err = e.lastLook(ctx, claimed)
	}
	reason := s.Reason
	if isPanic(err) {
		panic(err)
	}
	if err != nil {
		e.opt.Log.Error("delivery not begun", "delivery", d.ID, "err", err)
		return outcome, false
	}
	if s.Delivery.Attempts != d.Attempts && reason == "" {
		reason = "taken over"
	}
	if reason != "" {
		if e.refusedTwice(d.ID) {
			return rehab.Outcome{Kind: rehab.OutcomeRejected, Reason: reason}, true
		}
		return outcome, false
	}
	e.sleepUntil(leave.from)
	e.pace.begin(leave, d.ChatID, e.clock.Now())
	defer func() { e.pace.land(leave, e.clock.Now()) }()
	return e.sender.Send(s.Sending), true
}

// lookMost is how long a last look may take: what it says was true when it began.
const lookMost = time.Second

var errSlow = errors.New("the last look took too long")

// lastLook asks whether a claimed delivery may still be sent.
func (e *Engine) lastLook(ctx context.Context, claimed rehab.Sending) (rehab.Checked, error) {
	asked := e.clock.Now()
	s, err := e.check(ctx, claimed)
	if err == nil && e.clock.Now().Sub(asked) > lookMost {
		err = errSlow
	}
	return s, err
}

// refusedSpell is how long a refusal is remembered; longer than the gap after
// which a claim can find the delivery again.
const refusedSpell = 10 * time.Second

// refusedTwice notes that Sendable refused a delivery. It reports true when a
// claim has let the same one through again: they would disagree for ever.
func (e *Engine) refusedTwice(id int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := e.clock.Now(); now.Sub(e.refusedSince) >= refusedSpell {
		clear(e.refused)
		e.refusedSince = now
	}
	twice := e.refused[id]
	e.refused[id] = true
	return twice
}

// putOff lets a claimed delivery wait until at; the attempt does not count.
func (e *Engine) putOff(ctx context.Context, d rehab.Delivery, at time.Time) {
	e.write(ctx, unwritten{delivery: d, settled: &rehab.Settled{
		ID: d.ID, Attempt: d.Attempts, RetryAt: at,
		Outcome: rehab.Outcome{Kind: rehab.OutcomeThrottled, Reason: "waits for its turn"},
	}})
}

// release puts back what was claimed and not begun.
func (e *Engine) release(ctx context.Context, claimed []rehab.Sending) {
	if len(claimed) == 0 {
		return
	}
	list := make([]unwritten, len(claimed))
	for i, s := range claimed {
		list[i] = unwritten{delivery: s.Delivery}
	}
	e.writeAll(context.WithoutCancel(ctx), list)
}

// fate is what the store has made of a delivery that should be tried again: it
// ends it instead when its window closes first. Empty for any other outcome.
func (e *Engine) fate(ctx context.Context, settled rehab.Settled) rehab.DeliveryState {
	if settled.RetryAt.IsZero() {
		return ""
	}
	state, err := e.state(ctx, settled.ID)
	if err != nil {
		e.opt.Log.Error("delivery not counted", "delivery", settled.ID, "err", err)
	}
	return state
}

// state is what the store says of a delivery that may be claimed no longer.
func (e *Engine) state(ctx context.Context, id int64) (rehab.DeliveryState, error) {
	found, err := e.store.Sendable(ctx, []rehab.Sending{{Delivery: rehab.Delivery{ID: id}}}, e.clock.Now())
	if err != nil {
		return "", err
	}
	return found[0].Delivery.State, nil
}

// retriesKept is how many deliveries that wait are remembered before those whose
// moment has come are forgotten.
const retriesKept = 1000

// record counts what became of a delivery. Answers to taps and edits are not
// counted.
func (e *Engine) record(d rehab.Delivery, settled rehab.Settled, state rehab.DeliveryState) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.retries, d.ID)
	if len(e.retries) >= retriesKept {
		now := e.clock.Now()
		maps.DeleteFunc(e.retries, func(_ int64, at time.Time) bool { return !at.After(now) })
	}
	if d.Lane == rehab.LaneReply && d.Kind != rehab.PromptAlert {
		return
	}
	switch {
	case state == rehab.DeliveryWaiting:
		e.retries[d.ID] = settled.RetryAt
	case state == rehab.DeliveryExpired, state == rehab.DeliveryDropped:
		e.counts.Dropped++
	case settled.Outcome.Kind == rehab.OutcomeSent:
		e.counts.Sent++
	default:
		e.counts.Failed++
	}
}

// retryDelay grows from a second to a minute.
func retryDelay(attempts int) time.Duration {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.RandomizationFactor = time.Second, time.Minute, 0
	delay := b.InitialInterval
	for range min(attempts, 12) {
		delay = b.NextBackOff()
	}
	return delay
}
