package rehab

import "testing"

// TestHighPainAfterSilenceWaitsADay: a silent patient who answers 7 or more is asked
// again after a day, and not at once.
func TestHighPainAfterSilenceWaitsADay(t *testing.T) {
	for _, score := range []PainScore{7, 9} {
		w := monday(t, 40_000, calm)
		w.until("2026-03-11 18:00")
		answered := ""
		w.answer = except(nothing, PromptBefore, func(w *world, p Prompt) {
			switch {
			case answered != "":
				if w.now.Sub(w.c.Workouts[len(w.c.Workouts)-2].BeforeAt) < postponedFor {
					t.Errorf("pain %d was answered at %s, and it is asked again at %s", score, answered, w.clock())
				}
			case w.c.Silent >= 3:
				w.pain(AskBefore, p.N, score)
				answered = w.clock()
			}
		})
		w.until("2026-03-18 20:00")
	}
}

// TestNeedledAfterALoadWasSet: a load that a clinician has set is not raised by the next needling.
func TestNeedledAfterALoadWasSet(t *testing.T) {
	w := monday(t, 40_000, calm)
	w.until("2026-03-11 18:00")
	target := &w.c.Targets[0]
	w.must(w.c.SetLoad(target.N, 8000, Kilogram, w.now)) // from 20 kg
	w.until("2026-03-12 10:00")
	w.needle("upper_trapezius", 0)
	w.until("2026-03-16 15:00")
	for _, x := range w.c.Workouts[len(w.c.Workouts)-2:] {
		if got := x.Exercises[0].LoadG; got > 8000 {
			t.Errorf("%s: %d g; the clinician has set 8000 g", w.wall(x.AskedAt), got)
		}
	}
}

// TestTrackChangedOnTheWayBack: a change of track after a needling keeps the way back (60, 80, 100 %).
func TestTrackChangedOnTheWayBack(t *testing.T) {
	t.Run("graded and back", func(t *testing.T) {
		w := inP4(t, calm) // 20 kg, needled: 12 kg
		w.c.SetTrack(Graded, w.now)
		w.c.SetTrack(Standard, w.now)
		w.until("2026-03-14 15:00")
		if e := w.c.Workouts[len(w.c.Workouts)-1].Exercises[0]; e.LoadG > 12_000 {
			t.Errorf("the first workout after the needling is %s with %d g, want 12000 at most", e.Phase, e.LoadG)
		}
	})
	t.Run("from K5", func(t *testing.T) {
		w := gradedFrom(t, "upper_trapezius", 40_000, calm)
		w.until("2026-04-13 12:00")
		w.must(w.c.AllowNext(w.c.Targets[0].N, w.now))
		w.until("2026-04-20 12:00")
		w.needle("upper_trapezius", 0)
		w.c.SetTrack(Standard, w.now)
		w.until("2026-04-22 15:00")
		last := w.c.lastWeight(&w.c.Targets[0]).LoadG
		if e := w.c.Workouts[len(w.c.Workouts)-1].Exercises[0]; e.Phase == P6 && e.LoadG == last && last > 20_000 {
			t.Errorf("the first workout after the needling is %s with %d g, all of it", e.Phase, e.LoadG)
		}
	})
}

// TestLayoffOnTheWayBack: three weeks without exercise on the way back are a lay-off too.
func TestLayoffOnTheWayBack(t *testing.T) {
	w := inP4(t, calm)
	w.until("2026-03-18 08:30") // 12 kg and 16 kg done
	w.answer = nothing
	w.until("2026-04-08 08:30")
	w.answer = calm
	w.until("2026-04-10 12:00")
	last := w.c.Workouts[len(w.c.Workouts)-1]
	if e := last.Exercises[0]; e.LoadG > 16_000 || e.Phase != P3 {
		t.Errorf("%s, 23 days after the last workout (16 kg): %s %d g; want P3, 80 %%", w.wall(last.AskedAt), e.Phase, e.LoadG)
	}
}

// TestNeedlingRecordedLateHasItsCheck: a needling that is recorded after a later one has its safety check.
func TestNeedlingRecordedLateHasItsCheck(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), trapezius(8000))
	w.answer = calm
	w.until("2026-03-04 15:30") // checked at 14:30
	n := needle("quadratus_lumborum", 20_000, Kilogram)
	n.At = berlin(t, "2026-03-02 12:00")
	w.c.Needle(n, w.now)
	w.until("2026-03-06 15:00")
	if got := w.asked(PromptSafetyCheck); len(got) != 2 {
		t.Errorf("safety checks at %v; the quadratus is trained at 10 kg on %v", got, w.asked(PromptCard))
	}
}

// TestStretchAfterOneThatHurt: after 8 the next stretch is not stronger than after 6.
func TestStretchAfterOneThatHurt(t *testing.T) {
	for _, feel := range []PainScore{6, 8, 10} {
		w := monday(t, 8000, except(calm, PromptFeel, func(w *world, p Prompt) { w.pain(AskFeel, p.N, feel) }))
		w.until("2026-03-03 20:00")
		if got := w.c.StretchTarget(DailyStretch); got != "3-4" {
			t.Errorf("after a stretch of %d the next one aims for %s", feel, got)
		}
	}
}

// TestOldConsent: what the consent to K5 was asked for is gone after cuts, and after a needling.
func TestOldConsent(t *testing.T) {
	bad := false
	w := gradedFrom(t, "upper_trapezius", 40_000, patient(func(int) [4]PainScore {
		if bad {
			return [4]PainScore{2, 5, 6, 6}
		}
		return [4]PainScore{2, 2, 2, 2}
	}, true))
	w.until("2026-04-13 12:00")
	bad = true
	w.until("2026-04-17 12:00")
	target := w.c.Targets[0]
	if w.c.AllowNext(target.N, w.now) == nil {
		t.Errorf("%d cuts in a row, and the old button leads to K5", target.Reds)
	}
	v := gradedFrom(t, "upper_trapezius", 40_000, calm)
	v.until("2026-04-13 12:00")
	v.needle("upper_trapezius", 0)
	if v.c.AllowNext(v.c.Targets[0].N, v.now) == nil {
		t.Errorf("needled again, and the old button leads to K5 with all of the load (%d of %d)", v.c.Targets[0].LoadG, v.c.Targets[0].EntryG)
	}
}
