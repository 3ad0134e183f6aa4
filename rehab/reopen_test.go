package rehab

import "testing"

// TestReopen: what was said in time counts from then, though it is heard after the
// card is over; what was said too late, or is about something else by now, does not.
func TestReopen(t *testing.T) {
	// The first workout is on Wednesday the 4th at 14:30, and closes at 08:00.
	for _, tt := range []struct {
		name, said, heard string
		before            func(w *world)
		counts            bool
	}{
		{"in the evening", "2026-03-04 22:00", "2026-03-05 08:30", nil, true},
		{"in the night", "2026-03-05 07:59", "2026-03-05 08:30", nil, true},
		{"while the card is good", "2026-03-04 15:00", "2026-03-04 16:00", nil, true},
		{"when the card is over", "2026-03-05 08:00", "2026-03-05 08:30", nil, false},
		{"before the card came", "2026-03-04 14:00", "2026-03-04 16:00", nil, false},
		{"at the moment", "2026-03-04 16:00", "2026-03-04 16:00", nil, false},
		{"on hold by now", "2026-03-04 22:00", "2026-03-05 08:30", func(w *world) {
			w.c.HoldExercise(clinician, "cold", 0, w.now)
		}, false},
		{"needled again", "2026-03-04 22:00", "2026-03-05 08:30", func(w *world) {
			w.needleAt("quadratus_lumborum", w.now)
		}, false},
		{"discharged", "2026-03-04 22:00", "2026-03-05 08:30", func(w *world) { w.c.Discharge(w.now) }, false},
		{"done before", "2026-03-04 22:00", "2026-03-05 08:30", func(w *world) {
			w.c.Workouts[0].Status = Done
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := monday(t, 8000, only(calm, PromptStructured, PromptFeel, PromptSafetyCheck, PromptBefore))
			w.until(tt.heard)
			if tt.before != nil {
				tt.before(w)
			}
			said := berlin(t, tt.said)
			at := w.c.Reopen(said, w.now)
			if at.Equal(said) != tt.counts && !said.Equal(w.now) {
				t.Fatalf("counts from %v", at)
			}
			if !tt.counts {
				return
			}
			work := w.c.Current()
			if work == nil {
				t.Fatal("it is not open")
			}
			w.must(w.c.Finish(work.N, 0, "", at))
			if !work.DoneAt.Equal(said) && !work.AskFinish || w.c.Silent != 0 {
				t.Errorf("done at %v, silent %d", work.DoneAt, w.c.Silent)
			}
		})
	}
}

// TestReopenACardOfTheMorning: a card that has run out is asked about anew, unless
// it was done before.
func TestReopenACardOfTheMorning(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, nothing))
	w.until("2026-03-05 11:59")
	w.now = berlin(t, "2026-03-05 12:30")
	w.c.Advance(w.now)
	work := w.c.Current()
	if work == nil || !work.Reasked {
		t.Fatalf("the card has not run out: %+v", work)
	}
	if at := w.c.Reopen(berlin(t, "2026-03-05 12:10"), w.now); !at.Equal(w.now) {
		t.Errorf("after it ran out: %v", at)
	}
	w.errorIs(w.c.Finish(work.N, 0, "", w.now), ErrCardOver)
	said := berlin(t, "2026-03-05 11:00")
	if at := w.c.Reopen(said, w.now); !at.Equal(said) {
		t.Errorf("before it ran out: %v", at)
	}
	w.must(w.c.Finish(work.N, 0, "", said))
}
