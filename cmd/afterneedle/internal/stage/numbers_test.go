package stage_test

import (
	"testing"
	"time"
)

func TestPainWithoutANumber(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 40 kg")
	ana.Says("/pain").Sees("How much pain is in the treated area right now?").Taps("2").Sees("Pain before: 2").Sees("20 kg")
	w.Wait(time.Minute)
	ana.Says("/pain").Sees("How much pain").Taps("3").Sees("I keep 3 out of 10").SeesNothing().
		Taps("4").Sees("older question").Says("/pain a lot").Sees("one whole number").SeesNothing()
}

// A score that the patient calls a pain score answers the open question alone; it
// never stands in for the one after two hours.
func TestPainBeforeItIsAsked(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.Taps("2").Sees("Pain before: 2").Sees("40 kg").Taps("Done").Sees("Done, 14:30").Sees("Right after").Taps("2").Sees("right after: 2")
	w.Wait(time.Minute)
	ana.Says("/pain 1").Sees("I keep 1 out of 10").SeesNothing()
	ana.Says("1").Sees("I keep 1 out of 10").SeesNothing() // too soon for a plain number, too
	w.Wait(95 * time.Minute)
	ana.Says("/pain 2").Sees("I keep 2 out of 10").SeesNothing()
	ana.WaitsFor("about 2 hours").Taps("5").Sees("after 2 hours: 5").SeesNothing()
	ana.WaitsFor("Good morning").Taps("2").Sees("32 kg")
}

// A number that comes before its question can be changed like any other.
func TestTwoHourNumberTypedEarly(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.Taps("2").Sees("Pain before: 2").Sees("40 kg").Taps("Done").Sees("Done, 14:30").Sees("Right after").Taps("2").Sees("right after: 2")
	w.Wait(95 * time.Minute)
	ana.Says("7").Sees("after 2 hours: 7").Buttons("[Change]").Taps("Change").Sees("2 hours").Taps("2").Sees("after 2 hours: 2").SeesNothing()
	ana.WaitsFor("Good morning").Taps("2").Sees("40 kg")
}

// A slip that puts the workout off can be mended while there is time for it.
func TestCorrectedAfterTheGate(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.Taps("10").Sees("Pain before: 10", "no load for now").Buttons("[Change]", "[Something feels wrong]").SeesNothing().
		Taps("Change").Sees("how much pain").Taps("1").Sees("Pain before: 1").Sees("40 kg").SeesNothing()
	w.owner().Skips().Says("/patient Ana").Sees("Pain of 8 or more.", "corrected")
	ana.Taps("Not today").SkipsTo("What keeps you")
	eva := w.readyToTrain("Eva", "upper trapezius left, 80 kg")
	eva.Taps("7").Sees("Pain before: 7").Buttons("[Change]").SeesNothing()
	w.To("2026-03-06 19:00")
	eva.Skips().Taps("Change").Sees("That workout is closed").SeesNothing()
}

// After three hours a card has run out: the pain before is asked again.
func TestCardThatRanOut(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 80 kg")
	w.To("2026-03-03 15:00")
	ana.SkipsTo("From now until tomorrow").Taps("Done").Sees("noted").Sees("How strong").Taps("4").Sees("felt like 4")
	w.To("2026-03-05 09:00")
	ana.SkipsTo("Today's stretch").WaitsUntil("safety check").Taps("None").SkipsTo("Before you start").Taps("2").SkipsTo("40 kg")
	w.To("2026-03-05 12:30")
	ana.SkipsTo("Let us check again before you start.").SeesNothing().
		Says("/today").Sees("how much pain").SeesNothing().
		Says("/done").Sees("Let us check again", "how much pain").SeesNothing().
		Taps("Done").Sees("Let us check again").
		Says("stopped").Sees("Let us check again").SeesNothing().
		Says("3").SkipsTo("40 kg").Taps("Done").Sees("Done, 12:30")
}
