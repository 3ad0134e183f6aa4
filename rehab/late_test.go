package rehab

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestReportLate: word of a workout that was written in time and is heard after it has
// closed keeps the next one at its distance, and changes nothing else.
func TestReportLate(t *testing.T) {
	// The first workout is on Wednesday the 4th at 14:30, and closes at 08:00.
	for _, tt := range []struct {
		name, said, heard string
		before            func(w *world)
		counts            bool
	}{
		{"in the evening", "2026-03-04 22:00", "2026-03-05 08:30", nil, true},
		{"in the night", "2026-03-05 07:59", "2026-03-05 08:30", nil, true},
		{"the next one is asked", "2026-03-04 22:00", "2026-03-05 09:30", nil, true},
		{"the next one is on its card", "2026-03-04 22:00", "2026-03-05 09:30", func(w *world) {
			w.pain(AskBefore, 2, 2)
		}, true},
		{"on hold by now", "2026-03-04 22:00", "2026-03-05 08:30", func(w *world) {
			w.c.HoldExercise(clinician, "cold", 0, w.now)
		}, true},
		{"when the card is over", "2026-03-05 08:10", "2026-03-05 08:30", nil, true},
		{"a day later", "2026-03-06 08:10", "2026-03-06 08:30", nil, false},
		{"before the card came", "2026-03-04 14:00", "2026-03-05 08:30", nil, false},
		{"while it is open", "2026-03-04 15:00", "2026-03-04 16:00", nil, false},
		{"discharged", "2026-03-04 22:00", "2026-03-05 08:30", func(w *world) { w.c.Discharge(w.now) }, false},
		{"skipped", "2026-03-04 22:00", "2026-03-05 08:30", func(w *world) { w.c.Workouts[0].Status = SkipOther }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := monday(t, 8000, except(calm, PromptCard, nothing))
			w.until(tt.heard)
			if n := len(w.c.Workouts); n > 1 { // nobody has answered yet
				w.c.Workouts[1].Before, w.c.Workouts[1].CardAt = PainUnknown, time.Time{}
			}
			if tt.before != nil {
				tt.before(w)
			}
			target := w.c.Targets[0]
			said := berlin(t, tt.said)
			late := w.c.ReportLate(0, Done, said, w.now)
			if (late != nil) != tt.counts {
				t.Fatalf("noted: %v", late)
			}
			if late == nil {
				return
			}
			if until := berlin(t, "2026-03-05 08:00"); !late.DoneAt.Equal(earlier(said, until)) || late.N != 1 || w.c.Silent != 0 || !gocmp.Equal(w.c.Targets[0], target) {
				t.Errorf("done at %v, silent %d, %+v", late.DoneAt, w.c.Silent, w.c.Targets[0])
			}
			if w.c.Current() != nil {
				t.Error("another workout is still open")
			}
			if w.c.ReportLate(0, Done, said, w.now) != nil {
				t.Error("noted twice")
			}
			if w.c.Held() != nil {
				return
			}
			if at, ok := w.c.NextWorkout(w.now); !ok || at.Before(said.Add(48*time.Hour)) {
				t.Errorf("the next workout is at %v", at)
			}
		})
	}
}

// TestReportLateOfACardThatRanOut: what was said when the card had run out is about
// nothing that was offered.
func TestReportLateOfACardThatRanOut(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, nothing))
	w.until("2026-03-05 11:59") // of the second workout, with a card of 09:00
	w.now = berlin(t, "2026-03-06 08:30")
	w.c.Advance(w.now)
	if w.c.ReportLate(0, Done, berlin(t, "2026-03-05 12:10"), w.now) != nil {
		t.Error("after it ran out")
	}
	if late := w.c.ReportLate(0, PartialOther, berlin(t, "2026-03-05 11:00"), w.now); late == nil || late.N != 2 || late.Status != PartialOther {
		t.Errorf("before it ran out: %+v", late)
	}
}

// TestNobodySaysWhenItEnded: whatever else the patient says, the question when a
// workout ended that was reported after midnight is over in the evening at the latest.
func TestNobodySaysWhenItEnded(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, nothing))
	w.until("2026-03-05 00:30")
	w.must(w.c.Finish(1, 0, "", w.now))
	for _, at := range []string{"2026-03-05 09:00", "2026-03-05 18:00"} {
		w.now = berlin(t, at)
		w.c.Advance(w.now)
		w.c.Observe(1, w.now)
	}
	if w.c.Current() == nil {
		t.Fatal("closed too early")
	}
	w.now = berlin(t, "2026-03-05 20:00")
	if w.c.Advance(w.now); w.c.Current() != nil {
		t.Error("the workout is still open")
	}
}
