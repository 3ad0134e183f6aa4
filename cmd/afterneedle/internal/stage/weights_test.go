package stage_test

import "testing"

// TestUsualOfAnotherMuscle adds a muscle to a course whose patient has told a weight
// already: that one is asked for by name.
func TestUsualOfAnotherMuscle(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left")
	doctor := w.owner().Skips()
	ana.Taps("2").SkipsTo("usually lift in this exercise").Says("8 kg").SkipsTo("4 kg").Taps("Done").Taps("2")
	w.To("2026-03-05 08:01")
	ana.Skips().Taps("2")
	doctor.Says("/session ana, ql right").Sees("needling of")
	w.To("2026-03-06 10:00")
	ana.SkipsTo("gain length").Taps("Done").SkipsTo("stretch feel").Taps("4")
	w.To("2026-03-07 10:00")
	ana.SkipsTo("quick safety check").Taps("None of these").SkipsTo("How much pain").Taps("2").
		SkipsTo("in the exercise for quadratus lumborum?").Says("12 kg").SkipsTo("6 kg")
	if c := w.course(1); c.Targets[0].UsualG != 8000 || c.Targets[1].UsualG != 12000 {
		t.Errorf("usual: %d and %d g", c.Targets[0].UsualG, c.Targets[1].UsualG)
	}
}

// TestUsualOfSeveralMuscles asks once about several: the lightest is safe for all.
func TestUsualOfSeveralMuscles(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left + ql right")
	ana.Taps("2").SkipsTo("in the exercise for upper trapezius, quadratus lumborum?")
}

// TestLoadNamesTheMuscles sets one load for all muscles of a patient, and says so.
func TestLoadNamesTheMuscles(t *testing.T) {
	w := play(t)
	w.needled("Ana", "upper trapezius left + ql right, 8 kg")
	w.owner().Skips().Says("/load ana, 6 kg").
		SeesExactly("Next workout of Ana: 6 kg, exactly. That is for upper trapezius left, quadratus lumborum right.").
		Says("/load ana, quadratus, 7 kg").SeesExactly("Next workout of Ana: 7 kg, exactly. That is for quadratus lumborum right.")
}
