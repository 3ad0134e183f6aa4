package scheduler

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// watcher keeps what it is told.
type watcher struct {
	mu   sync.Mutex
	told []string
}

func (w *watcher) tell(format string, values ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprintf(format, values...))
}

func (w *watcher) Tried(d rehab.Delivery, outcome rehab.OutcomeKind, late time.Duration) {
	w.tell("%d %s %s late", d.ID, outcome, late)
}
func (w *watcher) Dropped(n int) { w.tell("%d dropped", n) }
func (w *watcher) Fenced()       { w.tell("fenced") }

func TestWatchHearsWhatBecomesOfDeliveries(t *testing.T) {
	w := &watcher{}
	b := newBench(25, timed(1, 1, monday.Add(-3*time.Second)), timed(2, 2, monday), timed(3, 3, monday), timed(4, 4, monday))
	b.opt.Watch = w
	b.queue.rows[3].unwanted = "on hold"
	b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
		if n := b.InFlight(); n == 0 {
			t.Error("nothing is in flight while a message is sent")
		}
		switch d.ID {
		case 2:
			return rehab.Outcome{Kind: rehab.OutcomeRejected}
		case 4:
			b.queue.change(func() { b.queue.rows[4].owner = "another process" })
		}
		return rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}
	}
	b.until(t, monday)
	slices.Sort(w.told)
	want := []string{"1 dropped", "1 sent 3s late", "2 rejected 0s late", "4 sent 0s late", "fenced"}
	if diff := cmp.Diff(want, slices.DeleteFunc(w.told, func(s string) bool { return s == "0 dropped" })); diff != "" {
		t.Error(diff)
	}
	if n := b.InFlight(); n != 0 {
		t.Errorf("%d in flight at rest", n)
	}
}
