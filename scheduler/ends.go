package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"afterneedle/rehab"
)

// unwritten is the end of a claim that the store has not taken yet: an outcome,
// or, where there is none, that the delivery goes back as it was. noted, if there is
// one, is called when it is on disk.
type unwritten struct {
	delivery rehab.Delivery
	settled  *rehab.Settled
	noted    func()
}

func (u unwritten) end() {
	if u.noted != nil {
		u.noted()
	}
}

// write ends a claim, and returns when that is on disk. What the store cannot
// take now is kept for the next cycle.
func (e *Engine) write(ctx context.Context, u unwritten) {
	ctx = context.WithoutCancel(ctx)
	e.ends.do(u, func(list []unwritten) { e.writeAll(ctx, list) })
}

// writeAll ends claims. Where the store does not take them together, each is
// tried for itself: one must not keep the others from being written down.
func (e *Engine) writeAll(ctx context.Context, list []unwritten) {
	if len(list) > 1 && e.tryWrite(ctx, list) == nil {
		for _, u := range list {
			u.end()
		}
		return
	}
	for i, u := range list {
		err := e.tryWrite(ctx, []unwritten{u})
		switch {
		case err == nil:
			u.end()
		case isPanic(err):
			// It stays claimed until the next start: the others must go on.
			e.opt.Log.Error("outcome not written", "delivery", u.delivery.ID, "err", err)
			u.end()
		default:
			e.opt.Log.Error("outcome not written; trying again", "delivery", u.delivery.ID, "err", err)
			if e.keep(u) > 1 {
				// The store is away: trying each of the others would take its time.
				e.keep(list[i+1:]...)
				return
			}
		}
	}
}

// keep keeps ends of claims for the next cycle, before those that failed there
// already, and returns how many there are.
func (e *Engine) keep(list ...unwritten) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open = append(list, e.open...)
	return len(e.open)
}

// errUnsure stops claims while it is not known whether one before was written: what
// it took is to be put back first.
var errUnsure = errors.New("an earlier claim is not put back yet")

func (e *Engine) unsure() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.open, func(u unwritten) bool { return u.settled == nil })
}

// owing reports whether an outcome could not be written down.
func (e *Engine) owing() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.open, func(u unwritten) bool { return u.settled != nil })
}

// panicError is a panic of the store.
type panicError struct{ value any }

func (p panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// calm turns a panic into an error; it is to be deferred.
func calm(err *error) {
	if r := recover(); r != nil {
		*err = panicError{r}
	}
}

func isPanic(err error) bool {
	_, ok := errors.AsType[panicError](err)
	return ok
}

// tryWrite writes ends of claims with one transaction for what was settled and one
// for what goes back.
func (e *Engine) tryWrite(ctx context.Context, list []unwritten) (err error) {
	defer calm(&err)
	var back []int64
	var settled []rehab.Settled
	for _, u := range list {
		if u.settled == nil {
			back = append(back, u.delivery.ID)
		} else {
			settled = append(settled, *u.settled)
		}
	}
	if len(back) > 0 {
		// Once more changes nothing, should the other half fail.
		if err := e.store.Release(ctx, e.opt.Owner, back); err != nil {
			return err
		}
	}
	if len(settled) == 0 {
		return nil
	}
	fenced, err := e.store.Settle(ctx, e.clock.Now(), e.opt.Owner, settled)
	if err != nil {
		return err
	}
	for _, u := range list {
		switch {
		case u.settled == nil:
		case slices.Contains(fenced, u.delivery.ID):
			e.opt.Log.Warn("delivery was taken over", "delivery", u.delivery.ID)
			e.opt.Watch.Fenced()
		default:
			e.record(u.delivery, *u.settled, e.fate(ctx, *u.settled))
		}
	}
	return nil
}

// writeOpen tries again to write what could not be written before.
func (e *Engine) writeOpen(ctx context.Context) {
	e.mu.Lock()
	open := e.open
	e.open = nil
	e.mu.Unlock()
	if len(open) > 0 {
		e.writeAll(context.WithoutCancel(ctx), open)
	}
}
