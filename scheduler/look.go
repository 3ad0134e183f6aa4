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

// checkAll looks at deliveries together; where that fails, at each for itself: one must
// not keep the others from being sent.
func (e *Engine) checkAll(ctx context.Context, list []*look) {
	limited, end := context.WithTimeout(ctx, storeLimit)
	defer end()
	if len(list) > 1 && e.tryCheck(limited, list) == nil {
		return
	}
	for _, l := range list {
		l.err = e.tryCheck(limited, []*look{l})
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

// startAll notes deliveries together; where one of them is somebody else's, each for
// itself.
func (e *Engine) startAll(ctx context.Context, list []*start) {
	limited, end := context.WithTimeout(ctx, storeLimit)
	defer end()
	if len(list) > 1 && e.tryStart(limited, list) == nil {
		return
	}
	for _, s := range list {
		s.err = e.tryStart(limited, []*start{s})
	}
}

func (e *Engine) tryStart(ctx context.Context, list []*start) (err error) {
	defer calm(&err)
	ids := make([]int64, len(list))
	for i, s := range list {
		ids[i] = s.id
	}
	return e.store.Start(ctx, e.clock.Now(), e.opt.Owner, ids)
}
