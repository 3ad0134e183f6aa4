package rehab

import (
	"slices"
	"testing"
	"time"
)

// needleAt records a needling of another muscle at a moment of the past.
func (w *world) needleAt(muscle string, at time.Time) {
	n := needle(muscle, 8000, Kilogram)
	n.At, n.By = at, clinician
	w.c.Needle(n, w.now)
}

// Each muscle keeps the windows of its own needling.
func TestTwoMusclesNeedledHoursApart(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 09:30"), needle("piriformis", 0, Kilogram))
	w.at(berlin(t, "2026-03-02 11:59"), func() { w.needle("upper_trapezius", 8000) })
	w.until("2026-03-03 20:00")
	w.sees("2026-03-02",
		"03-02 09:30 welcome", "03-02 11:59 welcome",
		"03-02 14:30 movement", // 5 hours after the piriformis
		"03-02 16:59 movement", // 5 hours after the trapezius
		"03-02 17:59 gentle_stretch",
		"03-03 11:59 structured_stretch",
	)
	for _, p := range w.c.Practices[2:] {
		if len(p.Targets) != 2 {
			t.Errorf("%s takes in %v, want both muscles", p.Kind, p.Targets)
		}
	}
}

func TestTwoMusclesNeedledADayApart(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 09:30"), needle("piriformis", 0, Kilogram))
	piriformis := w.c.Targets[0].N
	w.at(berlin(t, "2026-03-03 09:00"), func() { w.needle("upper_trapezius", 8000) })
	w.until("2026-03-04 10:30")
	w.sees("2026-03-03",
		"03-03 09:00 welcome", "03-03 09:30 structured_stretch",
		"03-03 14:00 movement", "03-03 15:00 gentle_stretch",
		"03-04 09:00 structured_stretch",
	)
	for i, want := range [][]int{nil, {piriformis}, {piriformis}, nil, {w.c.Targets[1].N}, {w.c.Targets[1].N, piriformis}} {
		got := w.c.Practices[i].Targets
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s of %s takes in %v, want %v", w.c.Practices[i].Kind, w.wall(w.c.Practices[i].AskedAt), got, want)
		}
	}
}

// A needling of the evening before that is recorded after one of today still gets
// the stretch whose window is open.
func TestAnEarlierNeedlingRecordedLater(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 18:00"), needle("piriformis", 0, Kilogram))
	w.needleAt("upper_trapezius", berlin(t, "2026-03-01 19:00"))
	w.at(berlin(t, "2026-03-02 19:30"), func() { w.must(w.c.PracticeDone(w.c.Practices[1].N, w.now)) })
	w.until("2026-03-03 20:30")
	w.sees("2026-03-02",
		"03-02 18:00 welcome", "03-02 18:00 gentle_stretch", // the trapezius, for one more hour
		"03-02 19:00 structured_stretch", "03-02 19:30 feel", // the trapezius
		"03-02 20:59 movement",
		"03-03 08:00 gentle_stretch",
		"03-03 18:00 structured_stretch", // both: the trapezius until 19:00
	)
	steps := w.c.FirstSteps(w.c.Needlings[1].N, berlin(t, "2026-03-02 18:00"))
	if got := steps[2]; w.wall(got.From) != "2026-03-02 19:00" || w.wall(got.Until) != "2026-03-03 19:00" {
		t.Errorf("main stretch %s to %s", w.wall(got.From), w.wall(got.Until))
	}
	// A stretch for one muscle is not one for the other.
	for _, target := range w.c.Targets {
		if done := !target.StretchedAt.IsZero(); done != (target.Muscle == "upper_trapezius") {
			t.Errorf("%s stretched: %t", target.Muscle, done)
		}
	}
}
