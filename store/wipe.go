package store

import (
	"context"
	"time"
)

// wipeWait is how long erasing waits for those who read the log: longer than a read
// of ours takes, and not so long that others wait to write.
const wipeWait = 100 * time.Millisecond

// wipeLog erases what was deleted from the database's log too. When it fails, the
// writes that follow try again.
func (s *Store) wipeLog(ctx context.Context) error {
	s.unwiped.Store(true)
	release, err := s.writer.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.wipe(ctx, wipeWait)
}

// wipeRest erases what could not be erased before, unless somebody writes or reads.
func (s *Store) wipeRest(ctx context.Context) {
	if !s.unwiped.Load() {
		return
	}
	select {
	case s.writer.turn <- struct{}{}:
		defer func() { <-s.writer.turn }()
		_ = s.wipe(ctx, 0)
	default: // whoever writes now does it afterwards
	}
}

func (s *Store) wipe(ctx context.Context, wait time.Duration) error {
	err := s.engine.wipe(ctx, s.rw, wait)
	if err == nil {
		s.unwiped.Store(false)
	}
	return err
}
