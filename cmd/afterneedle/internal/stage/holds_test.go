package stage_test

import (
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	for _, test := range []struct {
		pain string
		want []string
	}{
		{"4", []string{"Pain before: 4 out of 10."}},
		{"5", []string{"Pain before: 5 out of 10."}},
		{"6", []string{"Pain before: 6 out of 10.", "Pain is 6 now, so no load today. Move gently, as far as it feels easy. Tell us if it goes up.", "Next workout: Thu 5 Mar, 14:30."}},
		{"7", []string{"Pain is 7 now, so no load today.", "Next workout: Thu 5 Mar, 14:30."}},
		{"8", []string{"That is a lot of pain, so no load for now. I let Praxis Weber know.", "Next workout: Thu 5 Mar, 14:30."}},
		{"10", []string{"That is a lot of pain, so no load for now."}},
	} {
		t.Run(test.pain, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
			doctor := w.owner().Skips()
			ana.Taps(test.pain).Sees(test.want...)
			switch test.pain {
			case "4", "5":
				ana.Sees("Pain is 4 or 5 today, so the load does not go up.", "4 kg").SeesNothing()
				return
			case "8", "10":
				doctor.Sees("Same day · Ana", "Pain of 8 or more.", "upper trapezius left: P3, 4 kg, 48 h since needling", "Before "+test.pain).
					Buttons(heldAlert[:2]...).Taps("Acknowledge").Sees("Acknowledged by Maria")
			}
			ana.SeesNothing()
			doctor.SeesNothing()
			ana.WaitsUntil("Before you start")
			if got := w.now().Format("Mon 15:04"); got != "Thu 14:30" {
				t.Error(got)
			}
			ana.Taps("3").Sees("Pain before: 3").Sees("4 kg").SeesNothing()
		})
	}
}

// afterTheWorkout is a patient who has just done the first workout, with a pain
// of 2 before it; the next thing is the pain right after.
func afterTheWorkout(t *testing.T) (*theater, *someone) {
	t.Helper()
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	w.owner().Skips()
	return w, ana.Taps("2").Sees("Pain before").Sees("40 kg").Taps("Done").Sees("Done").Sees("Right after the workout")
}

func TestSharpPainHolds(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("5").Sees("right after: 5").Sees("What kind of pain is it?").Taps("Sharp").
		Sees("Noted: Sharp or stabbing.", "Sharp pain is a sign to slow down.", "The pause lasts until Fri 6 Mar, 14:30. Easy movement is fine. After that I ask you again.").
		Buttons("[Change]", "[Something feels wrong]").SeesNothing()
	w.owner().Sees("Same day · Ana", "Sharp pain in a workout.", "D04").Buttons(heldAlert...).SeesNothing()
	// Questions of the workout go on; exercise does not.
	ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours: 2").SeesNothing()
	ana.WaitsFor("Good morning").Taps("2").Sees("Pain this morning: 2", "Sharp pain is a sign to slow down", "Next time use 32 kg", "The pause lasts until").
		Without("Next workout").SeesNothing()
	ana.Says("/today").Sees("We are on a pause, so no workout is due.", "until Fri 6 Mar, 14:30").
		Says("/plan").Sees("We are on a pause").SeesNothing()
	ana.WaitsFor("The pause has run its time. How much pain").SeesNothing()
	if got := w.now().Format("Mon 15:04"); got != "Fri 14:30" {
		t.Error(got)
	}
	ana.Taps("6").Sees("Pain now: 6 out of 10.", "We give it until Sat 7 Mar, 14:30. Easy movement is fine. After that I ask you again.").SeesNothing()
	ana.WaitsFor("The pause has run its time. How much pain").Says("3").SkipsTo("Pain now: 3").SkipsTo("Good news. The pause is over. Your next workout is planned for 14:30.")
	ana.Sees("Before you start").Taps("2").Sees("before: 2").Sees("32 kg").SeesNothing()
}

func TestHoldThatEndsUnanswered(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("8").Sees("right after: 8", "That is a lot of pain, so no load for now.", "The pause lasts until Thu 5 Mar, 14:30.").
		Buttons("[Change]", "[Something feels wrong]").Skips()
	w.owner().Sees("Pain of 8 or more.").SeesNothing()
	ana.WaitsFor("about 2 hours").WaitsFor("Good morning").Taps("2").Sees("Pain this morning")
	ana.WaitsFor("The pause has run its time. How much pain").WaitsFor("I asked about your pain yesterday. How much is there now, 0 to 10? The pause stays until I know.")
	if got := w.now().Format("Mon 15:04"); got != "Fri 08:00" {
		t.Error(got)
	}
	w.Wait(10 * 24 * time.Hour)
	ana.SeesNothing()
	w.owner().Skips().Says("/patients").Sees("Ana · on hold · P3", "2 open alerts")
	ana.Says("2").SkipsTo("Good news. The pause is over.")
}

func TestHoldOfEightGoesToTheClinician(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("9").SkipsTo("The pause lasts until")
	ana.Skips()
	ana.WaitsUntil("The pause has run its time").Taps("8").Sees("Pain now: 8", "We stay on the pause until Praxis Weber says go. They know.").SeesNothing()
	doctor := w.owner().SkipsTo("Exercise waits for you to release it.")
	w.Wait(5 * 24 * time.Hour)
	ana.SeesNothing()
	doctor.Skips().Says("/release ana").Sees("Ana is released. Next: workout, 14:30.")
	ana.Sees("Good news. The pause is over. Your next workout is planned for 14:30.").Sees("Before you start").SeesNothing()
}

func TestRadiatingPainUntilReleased(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("4").Sees("right after: 4").Sees("What kind of pain").Taps("Shooting").
		Sees("Noted: Shooting, tingling, numb.", "Shooting or tingling pain needs a look first. I let Praxis Weber know. Load waits until they say so; easy movement is fine.",
			"press “Something feels wrong”").Buttons("[Change]", "[Something feels wrong]").SeesNothing()
	w.owner().Sees("Shooting pain, tingling or numbness in a workout.", "D05").Buttons(heldAlert...)
	ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours").WaitsFor("Good morning").Taps("2").Sees("needs a look first").SeesNothing()
	w.Wait(6 * 24 * time.Hour)
	ana.SeesNothing().Says("/today").Sees("We are on a pause").SeesNothing()
	w.owner().Skips().Taps("Release").Sees("Ana is released. Next: workout")
	ana.Sees("Good news. The pause is over.").WaitsUntil("Before you start")
}

func TestCorrectedAfterAHold(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("8").Sees("The pause lasts until").Skips()
	w.owner().Skips()
	ana.Taps("Change").Sees("Right after").Taps("3").Sees("right after: 3").Buttons("[Change]")
	ana.Says("/today").Sees("We are on a pause") // what was raised stays
	w.owner().SeesNothing()
}

func TestHoldByTheClinician(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("2").Sees("before").Sees("4 kg")
	doctor.Says("/hold ana, a cold & fever, 48h").SeesExactly("Ana is on hold until Fri 6 Mar, 14:30: a cold & fever. I tell the patient in waking hours.")
	ana.SeesExactly("We pause because of a cold & fever, until Fri 6 Mar, 14:30. Easy movement is fine. After that I ask you again, so there is nothing to do.").SeesNothing()
	ana.Taps("Done").SeesExactly("Noted. The questions about that workout are over, and your load stays as it was. If it has hurt more since then, " +
		"send me /pain and a number.\nWe are on a pause, so no workout is due. Easy movement is fine.\nThe pause lasts until Fri 6 Mar, 14:30. After that I ask you again.").
		SeesNothing()
	ana.Says("/done").Sees("We are on a pause, so no workout is due.").SeesNothing()
	ana.WaitsFor("The pause has run its time").Taps("2").Sees("Pain now: 2", "Good news").Sees("Before you start").SeesNothing()
	doctor.SeesNothing()

	doctor.Says("/hold ana").Sees("Why shall Ana pause? The patient reads the reason.").Says("48h").Sees("Why shall Ana pause?").
		Says("holiday, 9999h").Sees("I cannot use “9999h” as a duration. Give whole hours from 1h to 2160h").
		Says("holiday").Sees("How long shall Ana pause?").Taps("Until release").
		SeesExactly("Ana is on hold until /release: holiday. I tell the patient in waking hours.")
	ana.Sees("We pause because of holiday, until Praxis Weber says go.").SeesNothing()
	w.Wait(20 * 24 * time.Hour)
	ana.SeesNothing()
	doctor.SeesNothing().Says("/release ana").Sees("Ana is released. Next: ").Says("/release ana").Sees("Ana is not on hold.")
	ana.Sees("The pause is over. I write to you when the next step is due.")
}

func TestFourWeeksWithoutExercise(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("2").Sees("right after: 2").WaitsFor("about 2 hours").Taps("2").Skips().WaitsFor("Good morning").Taps("2").Skips()
	w.Wait(29 * 24 * time.Hour)
	ana.SkipsTo("I did not get all of the numbers, and that is fine. Your plan stays as it is.\nBefore you start").
		SkipsTo("My questions have had no answer for a while, and that is fine.").
		SkipsTo("Let us wait for Praxis Weber before the next load. They know. Easy movement is fine.").SeesNothing()
	w.owner().SkipsTo("Exercise waits for you to release it.")
}

func TestLighterAfterABreak(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("2").Sees("right after: 2").WaitsFor("about 2 hours").Taps("2").Skips().WaitsFor("Good morning").Taps("2").Skips()
	w.Wait(9 * 24 * time.Hour)
	ana.Skips().WaitsUntil("Before you start").Taps("2").Sees("Pain before").Sees("After the break we begin a bit lighter.", "3 sets of 12, 36 kg.").SeesNothing()
}
