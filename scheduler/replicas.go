package scheduler

import (
	"context"
	"time"

	"afterneedle/rehab"
)

// Recover puts back what a process that died has left, and joins those that share
// the store. Call it before the first tick.
func (e *Engine) Recover(ctx context.Context) error {
	if err := e.begun(ctx); err != nil {
		return err
	}
	if err := e.store.RetryAside(ctx, e.clock.Now()); err != nil {
		return err
	}
	return e.recover(ctx)
}

// begun sets the pace with which this process begins: with none, until the others
// have left room for it, or, where it is alone, where the one before it stopped.
func (e *Engine) begun(ctx context.Context) error {
	e.heard = e.clock.Now()
	if e.opt.Shared {
		e.pace.resize(0, e.heard)
		return e.join(ctx)
	}
	last, err := e.store.LastSend(ctx, e.heard, e.opt.Owner)
	if err == nil && !last.IsZero() {
		if last.After(e.heard) {
			last = e.heard // the clock has gone back since
		}
		e.pace.resume(last)
	}
	return err
}

func (e *Engine) recover(ctx context.Context) error {
	n, err := e.store.Recover(ctx, e.clock.Now(), e.opt.Owner)
	if err == nil && n > 0 {
		e.opt.Log.Info("deliveries of a dead process recovered", "count", n)
	}
	return err
}

// join says that this process lives and takes its part in the work.
func (e *Engine) join(ctx context.Context) error {
	part, err := e.store.Beat(ctx, e.opt.Owner, e.opt.Rate)
	if err != nil {
		return err
	}
	before := e.setPart(part)
	if before.Share != part.Share || before.Replicas != part.Replicas {
		e.opt.Log.Info("sharing the work", "replicas", part.Replicas, "share", part.Share)
	}
	e.pace.resize(part.Share, e.clock.Now())
	if part.Orphans == 0 {
		return nil
	}
	defer e.Poke()
	return e.recover(ctx)
}

// setPart notes what falls to this process, and returns what did before.
func (e *Engine) setPart(part rehab.Part) (before rehab.Part) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, e.part = e.part, part
	if before.First != part.First {
		close(e.parted)
		e.parted = make(chan struct{})
	}
	return before
}

const (
	// silentFor is how long this process stays the first without being heard: the
	// others have another first one by then.
	silentFor = 10 * time.Second
	// shareFor is how long it keeps its share: the others may have it by then.
	shareFor = 3 * time.Second
)

// beat joins again, as long as this process works.
func (e *Engine) beat(ctx context.Context) {
	limited, end := context.WithTimeout(ctx, storeLimit)
	defer end()
	now := e.clock.Now()
	silent := now.Sub(e.heard)
	if silent > shareFor {
		e.pace.resize(0, now)
	}
	// The store may take longer to fail than this process may be the first.
	defer time.AfterFunc(silentFor-silent, e.standBack).Stop()
	if err := e.join(limited); err != nil {
		e.opt.Log.Error("not heard by the other processes", "err", err)
		return
	}
	e.heard = now
}

// standBack stops being the first.
func (e *Engine) standBack() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.part.First {
		e.part.First = false
		close(e.parted)
		e.parted = make(chan struct{})
	}
}

// WhileFirst runs fn whenever this process is the first of those that share the
// store, and ends fn's context when it no longer is, until ctx ends.
func (e *Engine) WhileFirst(ctx context.Context, fn func(context.Context)) {
	for ctx.Err() == nil {
		first, changed := e.First()
		if !first {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		turn, end := context.WithCancel(ctx)
		go func() {
			defer end()
			select {
			case <-changed:
			case <-turn.Done():
			}
		}()
		fn(turn)
		end()
	}
}

// Part is what falls to this process among those that share the store.
func (e *Engine) Part() rehab.Part {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.part
}

// First reports whether this process is the first of those that share the store,
// which fetches updates; changed is closed when that may have changed.
func (e *Engine) First() (first bool, changed <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.part.First, e.parted
}
