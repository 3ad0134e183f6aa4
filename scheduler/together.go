package scheduler

import "sync"

// together lets those that come while something is being done for others share the
// next time: with many workers, one commit or one look serves many of them.
type together[T any] struct {
	mu   sync.Mutex
	open *gathering[T] // takes whoever comes; nil while nobody waits
	busy chan struct{} // held by the one that acts
}

// gathering is those that share one time.
type gathering[T any] struct {
	all  []T
	done chan struct{}
}

func newTogether[T any]() *together[T] { return &together[T]{busy: make(chan struct{}, 1)} }

// do returns when act was called with x, and perhaps others. Whoever comes first to a
// gathering acts for all of it.
func (t *together[T]) do(x T, act func([]T)) {
	t.mu.Lock()
	g := t.open
	first := g == nil
	if first {
		g = &gathering[T]{done: make(chan struct{})}
		t.open = g
	}
	g.all = append(g.all, x)
	t.mu.Unlock()
	if !first {
		<-g.done
		return
	}
	defer close(g.done)
	t.busy <- struct{}{}
	defer func() { <-t.busy }()
	t.mu.Lock()
	t.open = nil
	t.mu.Unlock()
	act(g.all)
}
