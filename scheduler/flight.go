package scheduler

// begin counts one more send in flight.
func (e *Engine) begin(count *int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	*count++
}

// land ends a send and wakes everybody who waits for it.
func (e *Engine) land(count *int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	*count--
	close(e.landed)
	e.landed = make(chan struct{})
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

// freeWorkers is how many sends may begin.
func (e *Engine) freeWorkers() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opt.Workers - e.sending
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
