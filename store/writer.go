package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// writer lets one transaction write at a time. Whoever comes while it is under
// way joins it, in the order of coming: under load, many writes share a commit,
// which costs more than most of them.
type writer struct {
	// turn is held by the one goroutine that writes. GORM's own pool of one
	// connection would serialise too, but a second transaction begun inside the
	// first would wait for itself.
	turn chan struct{}
	// begin comes first in every transaction; nil for nothing.
	begin func(*gorm.DB) error
	// base ends with every transaction, when there is no time left for any.
	base   context.Context
	giveUp context.CancelFunc
	// limit bounds how long a transaction may take, because a server can stop to
	// answer; 0 is no limit.
	limit time.Duration
	// failing says that the last transaction did not reach the disk, and trying that
	// somebody looks whether one does.
	failing, trying atomic.Bool

	mu      sync.Mutex
	waiting []*write
}

// write is one caller's part of a transaction.
type write struct {
	ctx  context.Context
	fn   func(*gorm.DB) error
	done chan struct{} // closed when err and panicked are final

	err      error
	panicked *panicked
}

// panicked is a panic of a write, which may have happened on the goroutine of
// another.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) String() string { return fmt.Sprint(p.value) }

// Stack is where it happened.
func (p *panicked) Stack() []byte { return p.stack }

// groupMost bounds how many writes share a commit, so that the first does not
// wait for long.
const groupMost = 64

func newWriter() *writer {
	w := &writer{turn: make(chan struct{}, 1)}
	w.base, w.giveUp = context.WithCancel(context.Background())
	return w
}

// hold waits until nobody writes, and keeps it so until the returned function is
// called.
func (w *writer) hold(ctx context.Context) (release func(), err error) {
	select {
	case w.turn <- struct{}{}:
		return func() { <-w.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// do runs fn in a transaction on db and returns when that is on disk. What fn
// panics with, do panics with.
func (w *writer) do(ctx context.Context, db *gorm.DB, fn func(*gorm.DB) error) error {
	x := &write{ctx: ctx, fn: fn, done: make(chan struct{})}
	w.mu.Lock()
	w.waiting = append(w.waiting, x)
	w.mu.Unlock()
	for !x.ended() {
		select {
		case w.turn <- struct{}{}:
			if !x.ended() {
				w.group(db)
			}
			<-w.turn
		case <-x.done:
		case <-ctx.Done():
			if w.leave(x) {
				return ctx.Err()
			}
			<-x.done // it is being written
		}
	}
	if x.panicked != nil {
		panic(x.panicked)
	}
	return x.err
}

func (x *write) ended() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// leave takes a write out of those that wait, and reports whether it was there.
func (w *writer) leave(x *write) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.waiting, x)
	if i >= 0 {
		w.waiting = slices.Delete(w.waiting, i, i+1)
	}
	return i >= 0
}

func (w *writer) next() *write {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return nil
	}
	x := w.waiting[0]
	w.waiting = slices.Delete(w.waiting, 0, 1)
	return x
}

// group writes for those that wait, and for those that come meanwhile, in one
// transaction. One that fails undoes only itself, unless it is the first: then
// the others wait for the next transaction.
func (w *writer) group(db *gorm.DB) {
	var joined []*write
	// One caller that leaves must not take the transaction from the others.
	ctx, end := w.bounded(w.base)
	defer end()
	err := db.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		if err := w.opened(db); err != nil {
			return err
		}
		for len(joined) < groupMost {
			x := w.next()
			if x == nil {
				return nil
			}
			joined = append(joined, x)
			var err error
			if len(joined) == 1 {
				if err = x.run(db, w); err != nil || x.panicked != nil {
					return errAlone
				}
				continue
			}
			if err = x.runSaved(db, w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && len(joined) == 0 {
		// It has not even begun. Everybody hears of it: where another process holds
		// the lock, each would wait for it anew, one behind the other.
		joined = w.all()
	}
	failing := len(joined) == 0 && errors.Is(marked(err), ErrUnavailable)
	for _, x := range joined {
		if err != nil && !errors.Is(err, errAlone) && x.err == nil && x.panicked == nil {
			x.err = err
		}
		x.err = marked(x.err)
		failing = failing || errors.Is(x.err, ErrUnavailable)
		close(x.done)
	}
	w.failing.Store(failing)
}

// bounded ends a context at the limit.
func (w *writer) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, w.limit)
}

// opened does what comes first in a transaction.
func (w *writer) opened(db *gorm.DB) error {
	if w.begin != nil {
		if err := w.begin(db); err != nil {
			return err
		}
	}
	if w.failing.Load() {
		return touch(db)
	}
	return nil
}

// all takes everybody who waits.
func (w *writer) all() []*write {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.waiting
	w.waiting = nil
	return all
}

// errAlone ends a transaction with the first write that it began with.
var errAlone = errors.New("the first write of a transaction has failed")

// run carries out a write; what came of it stands in the write.
func (x *write) run(db *gorm.DB, w *writer) error {
	defer func() {
		if r := recover(); r != nil {
			x.panicked = &panicked{r, debug.Stack()}
		}
	}()
	// Ending it in the middle would end the transaction of the others too.
	ctx, end := w.bounded(context.WithoutCancel(x.ctx))
	defer end()
	defer context.AfterFunc(w.base, end)()
	x.err = x.fn(db.WithContext(ctx))
	return x.err
}

// runSaved carries out a write that can be undone for itself. It returns an error
// when that is not possible: then the transaction is lost.
func (x *write) runSaved(db *gorm.DB, w *writer) error {
	if err := db.Exec("SAVEPOINT joined").Error; err != nil {
		return err
	}
	if err := x.run(db, w); err != nil || x.panicked != nil {
		if err := db.Exec("ROLLBACK TO SAVEPOINT joined").Error; err != nil {
			return err
		}
	}
	return db.Exec("RELEASE SAVEPOINT joined").Error
}
