package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"afterneedle/scheduler"
	"afterneedle/store"
)

// deaf is an intake at which no updates arrive.
type deaf struct{}

// Run takes nothing.
func (deaf) Run(context.Context) {}

// Ready reports so.
func (deaf) Ready() bool { return false }

// Idle has nothing to wait for.
func (deaf) Idle(context.Context) error { return nil }

// TestWhoeverDoesNotPollHearsWhileItTicks asks a process whether updates arrive, whose
// own intake is at rest, since its last tick.
func TestWhoeverDoesNotPollHearsWhileItTicks(t *testing.T) {
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for name, x := range map[string]struct {
		shared, polls bool
		since         time.Duration
		want          bool
	}{
		"another one polls":           {true, true, tickLate, true},
		"nobody knows whether it can": {true, true, tickLate + time.Millisecond, false},
		"it polls itself":             {false, true, 0, false},
		"telegram posts":              {true, false, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "clinic.db"), store.Options{Now: start})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			clock := NewVirtualClock(start)
			// It joins the others with Recover, and is not the first of them before.
			e := scheduler.New(s, nil, clock, scheduler.Options{Rate: 1, Workers: 1, Shared: x.shared, Log: slog.New(slog.DiscardHandler)})
			if _, err := e.RunUntil(t.Context(), clock, start); err != nil {
				t.Fatal(err)
			}
			clock.Set(start.Add(x.since))
			p := &Parts{Engine: e, Intake: deaf{}, Clock: clock, polls: x.polls}
			if got := p.hears(); got != x.want {
				t.Errorf("updates arrive: %v, want %v", got, x.want)
			}
		})
	}
}
