package scheduler

import (
	"time"

	"afterneedle/rehab"
)

// Watch hears what becomes of deliveries. Several goroutines call it at the same
// time, and wait for it.
type Watch interface {
	// Tried is told what a send ended in, and how long after the moment at which
	// the delivery was due.
	Tried(d rehab.Delivery, outcome rehab.OutcomeKind, late time.Duration)
	// Dropped is told how many deliveries were dropped, or expired, before a send.
	Dropped(n int)
	// Fenced is told of an outcome that was not written down, because another
	// process has taken the delivery over.
	Fenced()
}

// unwatched is the Watch of an engine that nobody watches.
type unwatched struct{}

func (unwatched) Tried(rehab.Delivery, rehab.OutcomeKind, time.Duration) {}
func (unwatched) Dropped(int)                                            {}
func (unwatched) Fenced()                                                {}

// InFlight is how many deliveries are being sent, or wait for a worker.
func (e *Engine) InFlight() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sending + e.replying
}
