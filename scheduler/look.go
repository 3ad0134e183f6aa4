package scheduler

import (
	"context"

	"afterneedle/rehab"
)

// look is one claimed delivery that is about to be sent, and what the store says of it.
type look struct {
	claimed rehab.Sending
	checked rehab.Checked
	err     error
}

// check looks at a claimed delivery again.
func (e *Engine) check(ctx context.Context, claimed rehab.Sending) (rehab.Checked, error) {
	l := &look{claimed: claimed}
	e.looks.do(l, func(list []*look) { e.checkAll(ctx, list) })
	return l.checked, l.err
}

func (e *Engine) checkAll(ctx context.Context, list []*look) {
	limited, end := context.WithTimeout(ctx, storeLimit)
	defer end()
	allOrEach(list, func(some []*look) error { return e.tryCheck(limited, some) }, func(l *look, err error) { l.err = err })
}

// allOrEach tries all at once; where that fails, each for itself, which fails with an
// error of its own: one must not keep the others from being sent.
func allOrEach[T any](list []T, try func([]T) error, fail func(T, error)) {
	if len(list) > 1 && try(list) == nil {
		return
	}
	for _, x := range list {
		if err := try([]T{x}); err != nil {
			fail(x, err)
		}
	}
}

func (e *Engine) tryCheck(ctx context.Context, list []*look) (err error) {
	defer calm(&err)
	claimed := make([]rehab.Sending, len(list))
	for i, l := range list {
		claimed[i] = l.claimed
	}
	checked, err := e.store.Sendable(ctx, claimed, e.clock.Now())
	if err != nil {
		return err
	}
	for i, l := range list {
		l.checked = checked[i]
	}
	return nil
}

// start is one delivery that must not be sent twice and is about to be sent.
type start struct {
	id  int64
	err error
}

// start notes that a delivery may arrive from now on, and returns when that is on disk.
func (e *Engine) start(ctx context.Context, id int64) error {
	s := &start{id: id}
	e.starts.do(s, func(list []*start) { e.startAll(ctx, list) })
	return s.err
}

func (e *Engine) startAll(ctx context.Context, list []*start) {
	limited, end := context.WithTimeout(ctx, storeLimit)
	defer end()
	allOrEach(list, func(some []*start) error { return e.tryStart(limited, some) }, func(s *start, err error) { s.err = err })
}

func (e *Engine) tryStart(ctx context.Context, list []*start) (err error) {
	defer calm(&err)
	ids := make([]int64, len(list))
	for i, s := range list {
		ids[i] = s.id
	}
	return e.store.Start(ctx, e.clock.Now(), e.opt.Owner, ids)
}
