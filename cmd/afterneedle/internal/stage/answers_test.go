package stage_test

import (
	"testing"
	"time"
)

// TestAStretchDoesNotTakeTheMorningsNumber answers a stretch between the morning
// question and the number for it.
func TestAStretchDoesNotTakeTheMorningsNumber(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.Taps("2").Sees("before").Sees("40 kg").Taps("Done").Sees("Done").Sees("Right after").Taps("2").Sees("after")
	ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours")
	ana.WaitsFor("Good morning")
	ana.WaitsFor("Today's stretch").Taps("Done").Sees("noted").Sees("How strong").Taps("4").Sees("The stretch felt like 4")
	ana.Says("/today").Sees("Good morning. How much pain")
	ana.Says("7").Sees("Pain this morning: 7").Sees("Next time use 36 kg")
}

// TestShortAnswersCanBeChanged corrects the kind of pain and the reason of a stop.
func TestShortAnswersCanBeChanged(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.Taps("2").Sees("before").Sees("40 kg").Taps("Stopped").Sees("Noted").Sees("What made you stop?").
		Sees("Right after").Taps("Other").Sees("Noted: Other.").Buttons("[Change]").
		Taps("Change").Sees("What made you stop?").Buttons("[Pain] [Afraid] [Other]").Taps("Other").Sees("Noted: Other.")
	ana.Taps("3").Sees("after").Sees("What kind of pain is it?").Taps("Sharp or stabbing").Sees("Noted: Sharp or stabbing.").
		Buttons("[Change]").Taps("Change").Sees("What kind of pain is it?").
		Buttons("[Dull or achy] [Sharp or stabbing] [Shooting, tingling, numb]").
		Taps("Dull or achy").Sees("Noted: Dull or achy.")
	w.Wait(time.Minute)
	ana.SeesNothing()
	ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours")
	ana.WaitsFor("Good morning").Taps("2").Sees("Pain this morning: 2", "Next time is the same: 40 kg")
}

// TestChangedAtOnce: whoever corrects the pain before within the same moment gets the
// card that belongs to it, each time.
func TestChangedAtOnce(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Taps("2").Sees("before: 2").Sees("4 kg")
	for _, score := range []string{"3", "2"} {
		ana.Taps("Change").Sees("Before you start").Taps(score).Sees("before: " + score).Sees("4 kg").SeesNothing()
	}
}
