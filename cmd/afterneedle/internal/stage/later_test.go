package stage_test

import (
	"testing"
	"time"
)

// trains goes through one workout whose pains stay where they began, up to the
// decision on the next morning.
func (p *someone) trains() *someone {
	p.w.t.Helper()
	p.WaitsUntil("Before you start").Taps("2").SkipsTo("Press Done when all of it is done").Taps("Done").SkipsTo("Right after").
		Taps("2").Skips().WaitsUntil("about 2 hours").Taps("2").Skips()
	return p.WaitsUntil("Good morning").Taps("2").Sees("Pain this morning: 2")
}

func TestTwoMuscles(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	w.owner().Says("/session Ana, upper trapezius left + QL right, 8 kg").Sees("upper trapezius left, quadratus lumborum right")
	ana.Sees("Needling was step 1").WaitsFor("move a little").
		WaitsFor("gentle stretch", "Tilt your head away from it", "Lie on your left side over a roller").
		WaitsFor("From now until tomorrow").Taps("Done").SkipsTo("How strong").Taps("4").Skips()
	ana.WaitsUntil("safety check").Taps("None").SkipsTo("think of the treated area that hurts most").Taps("2").Sees("Pain before").
		Sees("upper trapezius, left\n", "quadratus lumborum, right\n", "Stand with a weight in your left hand.", "3 sets of 12, 4 kg.").
		Taps("Done").SkipsTo("Right after").Taps("2").Skips().WaitsFor("about 2 hours").Taps("4").Sees("2 hours: 4").
		WaitsFor("Good morning").Taps("2").
		SeesExactly("Pain this morning: 2 out of 10.\n" +
			"Your pain was 2 before and 4 about 2 hours later. That was a bit too much, too soon. Next time keep 4 kg and do 3 sets of 10. This is how we find your level.\n" +
			"Next workout: Fri 6 Mar, 14:30.").SeesNothing()
}

func TestNeedledAgainInWeekThree(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left + piriformis right, 80 kg")
	ana.Taps("2").SkipsTo("upper trapezius").Taps("Done").SkipsTo("Right after").Taps("2").Skips().
		WaitsUntil("about 2 hours").Taps("2").Skips().WaitsUntil("Good morning").Taps("2").Sees("Next workout: Fri 6 Mar, 14:30.")
	for w.now().Before(w.moment("2026-03-17 00:00")) {
		ana.trains()
	}
	w.owner().Skips().Says("/patient ana").Sees("upper trapezius left: P4, 40 kg")
	w.To("2026-03-19 12:00")
	ana.Skips()
	w.owner().Skips().Says("/session Ana, upper trapezius left").Sees("easy movement: 16:00 to 18:00", "First workout: ")
	ana.SeesExactly("A new needling begins gently again. Your progress is not lost.\n" +
		"After 48 hours we go back to your weight in 3 steps.\n" +
		"Until Fri 20 Mar, 12:00, do no heavy or hard exercise with any part of your body.\n" +
		"Next: easy movement, 17:00.\n" +
		"If you get trouble breathing, chest pain, weakness, numbness or fever, press “Something feels wrong”. In an emergency call 112.").SeesNothing()
	ana.WaitsFor("Time to move a little").WaitsUntil("From now until tomorrow").Taps("Done").SkipsTo("How strong").Taps("4").Skips()
	ana.WaitsUntil("safety check").Taps("None").SkipsTo("Before you start").Taps("2").SkipsTo("Press Done when")
	w.Wait(time.Minute)
	ana.Skips()
	w.owner().Skips().Says("/patient ana").Sees("upper trapezius left: P4, 24 kg", "active") // 60 % of 40 kg
}

func TestFinishedInTheEvening(t *testing.T) {
	for _, test := range []struct {
		done, says string
		asked      bool
	}{
		{"19:20", "I ask about your pain once more at 20:50.", true},
		{"20:30", "Well done. I stay quiet tonight. If you like, send me your pain number between 22:30 and 00:30, and it counts.", false},
	} {
		t.Run(test.done, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
			ana.Taps("2").SkipsTo("40 kg")
			w.To("2026-03-04 " + test.done)
			ana.Skips().Taps("Done").Sees("Done, "+test.done, test.says).Sees("Right after").Taps("2").Sees("after: 2")
			if test.asked {
				ana.WaitsFor("about 2 hours").Taps("4").Sees("2 hours: 4")
			} else {
				w.To("2026-03-04 21:50")
				ana.Says("4").SkipsTo("It is still early to tell. Send me the number once more from 22:30 on.").SeesNothing()
				w.To("2026-03-04 23:15")
				ana.Says("4").Sees("Pain after 2 hours: 4 out of 10.").SeesNothing()
			}
			ana.WaitsFor("Good morning").Taps("2").Sees("2 before and 4 about 2 hours later", "Next time use 34 kg").SeesNothing()
		})
	}
}

func TestDoneAfterMidnight(t *testing.T) {
	for choice, want := range map[string]string{
		"Just now":             "Done, 00:40.",
		"An hour or two ago":   "Done, Wed 4 Mar, 23:10.",
		"Yesterday evening":    "Done, Wed 4 Mar, 20:00.",
		"Yesterday, earlier":   "Done, Wed 4 Mar, 15:00.",
		"yesterday, earlier\n": "Done, Wed 4 Mar, 15:00.",
	} {
		t.Run(choice, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
			ana.Taps("2").SkipsTo("40 kg")
			w.To("2026-03-05 00:40")
			ana.Skips().Taps("Done").Sees("Noted, you did it.").Sees("When did you finish?").
				Buttons("[Just now]", "[An hour or two ago]", "[Yesterday evening]", "[Yesterday, earlier]")
			if choice[len(choice)-1] == '\n' {
				ana.Says(choice)
			} else {
				ana.Taps(choice)
			}
			ana.Sees(want).Sees("Right after").Taps("2").Sees("after: 2").SeesNothing()
		})
	}
}

func TestGradedFromFirstToSecondStep(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	w.owner().Says("/session Ana, upper trapezius left, graded").Sees("First workout: Tue 3 Mar, 14:30")
	ana.Sees("Needling was step 1").WaitsFor("move a little").WaitsFor("gentle stretch").Taps("Done").SkipsTo("How strong").Taps("3").Skips()
	ana.WaitsUntil("safety check").Taps("None").SkipsTo("Before you start").Taps("3").Sees("Pain before").
		Sees("A muscle can work without moving at all.", "Lift your left shoulder a little and hold it still.", "5 holds of 10 seconds.", "Hold still and keep breathing. Pain should not go up.", "Rest 30 seconds between holds.").
		Taps("Done").SkipsTo("Right after").Taps("3").Sees("after: 3").
		Sees("Did the thing you were worried about happen?").Buttons("[It happened] [It did not happen]").Taps("It did not").
		Sees("Noted: It did not happen.", "You did it. It did not happen. Each time like this counts more than the number.").SeesNothing()
	ana.WaitsUntil("about 2 hours").Taps("3").Skips().WaitsUntil("Good morning").Taps("3").Sees("Well done.").Skips()
	ana.Says("/plan").Sees("→ Step 1: hold").Skips()
	ana.WaitsUntil("Before you start").Taps("3").SkipsTo("5 holds of 10 seconds").Taps("Done").SkipsTo("Right after").Taps("3").SkipsTo("Did the thing").
		Says("it did not happen").Sees("Noted: It did not happen.").WaitsUntil("about 2 hours").Taps("3").Skips()
	ana.WaitsUntil("Good morning").Taps("3").Sees("Well done. Your pain was back where it started each time. Here comes the next step. Next time: 3 sets of 15.")
	ana.WaitsUntil("Before you start").Taps("3").SkipsTo("Easy movement tells your body that this area can be used.").Taps("Done").SkipsTo("Right after").Taps("3").
		SkipsTo("Did the thing").Taps("It happened").Sees("Thank you for telling me. Your clinic will see it. We stay at this step for now.")
}

func TestQuestionsOfAStrengthPhase(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	for range 4 {
		ana.Taps("2").SkipsTo("Press Done").Taps("Done").SkipsTo("Right after").Taps("2").Skips().
			WaitsUntil("about 2 hours").Taps("2").Skips().WaitsUntil("Good morning").Taps("2").Sees("Well done").WaitsUntil("Before you start")
	}
	ana.Taps("2").SkipsTo("3 sets of 15, 40 kg.").With("Lift for 3 seconds and lower for 3 seconds. Stop each set when you could do 2 or 3 more.", "Rest 2 to 3 minutes between sets.")
	ana.Taps("Done").SkipsTo("Right after").Taps("3").Sees("after: 3").
		Sees("What kind of pain is it?\nCould you have done 2 more in the last set?").
		Buttons("[Dull or achy] [Sharp or stabbing] [Shooting, tingling, numb]", "[Yes, 2 or more] [No, that was all]").
		Says("yes").Sees("What kind of pain is it?\nNoted: Yes, 2 or more.").
		Says("dull").Sees("Noted: Dull or achy.\nNoted: Yes, 2 or more.").SeesNothing()
}

func TestEndOfWeekTwelve(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Taps("2").SkipsTo("4 kg").Taps("Done").SkipsTo("Right after").Taps("2").Skips().WaitsUntil("about 2 hours").Taps("2").Skips().
		WaitsUntil("Good morning").Taps("2").Skips()
	for w.now().Before(w.moment("2026-05-17 00:00")) {
		ana.trains()
	}
	w.To("2026-05-25 08:59")
	ana.Skips()
	w.To("2026-05-25 09:01")
	ana.Sees("Twelve weeks are done. You did", "This plan ends here, and Praxis Weber is told.").SeesNothing()
	w.owner().Skips().Says("/patients").Sees("Ana · finished · P7 · day 83", "1 open alert")
	w.Wait(30 * 24 * time.Hour)
	ana.SeesNothing()
	everyCommand(ana, "Nothing is planned at the moment.")
	w.owner().Skips().Says("/session Ana, upper trapezius left").Sees("First workout")
	ana.Sees("Needling was step 1")
}

// everyCommand tries every command of a patient for whom nothing is open.
func everyCommand(p *someone, today string) {
	p.w.t.Helper()
	p.Skips()
	for _, test := range []struct{ command, want string }{
		{"/today", today}, {"/plan", "Your plan"}, {"/pain 3", "I keep 3 out of 10"}, {"/pain", "How much pain"},
		{"/done", "No workout is open right now."}, {"/done 8 kg", "No workout is open right now."}, {"/done 8", "Please send a weight"},
		{"/skip", "There is nothing to skip right now."}, {"/faq", "What would you like to know?"},
		{"/faq when can I go to the gym", "Can I keep going to the gym?"}, {"/faq xyzzy", "I have no answer to that. Pick a question, or ask Praxis Weber."},
		{"/privacy", "What is kept"}, {"/nonsense", "I do not know that command."}, {"/progress", "I do not know that command."},
		{"/TODAY@afterneedle_bot", today},
	} {
		p.Says(test.command).Sees(test.want).SeesNothing()
	}
	p.Says("/why").Skips().Says("/forget").Sees("Shall I delete everything?").Taps("Keep").Sees("Nothing was deleted.").SeesNothing()
}

func TestCommandsBeforeAnyNeedling(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	everyCommand(ana, "Nothing is planned at the moment.")
	ana.Says("/why").Sees("There is no finished workout yet.").SeesNothing()
	ana.Says("/help").Sees("/today").Sees("What do you notice?").Taps("None of these").Sees("Good. We go on.").SeesNothing()
	ana.Says("hello").Sees(notUnderstood).Says("4").Sees("I keep 4 out of 10").SeesNothing()
}

func TestCommandsOnTheFirstDay(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	everyCommand(ana, "Next: easy movement, 19:30.")
	ana.Says("/plan").Sees("→ First 6 hours: move freely and lightly", "Next: easy movement, 19:30.").Taps("Questions").Sees("What would you like to know?").
		Taps("Gym").Sees("Can I keep going to the gym?", "It is still the first day after the needling. Nothing heavy or hard for your whole body until Tue 3 Mar, 14:30.").SeesNothing()
	w.To("2026-03-03 16:00")
	ana.SkipsTo("From now until tomorrow").Says("/faq gym").Sees("Leave out load on your upper trapezius left until Wed 4 Mar, 14:30.").SeesNothing()
	ana.Says("/done").Sees("Good, noted.").Sees("How strong").Says("/today").Sees("How strong did the stretch feel").Says("/pain 4").Sees("I keep 4").
		Taps("4").Sees("felt like 4").SeesNothing()
	w.To("2026-03-04 14:30")
	ana.SkipsTo("safety check").Says("none of these").Sees("how much pain").Says("/today").Sees("how much pain").Says("/pain 2").SkipsTo("4 kg").
		Says("/today").Sees("Your workout today.").Says("/done").Sees("Done, 14:30").Sees("Right after").SeesNothing()
	w.owner().Skips().Says("/patient Ana").Sees("Before 2, after –")
	ana.Says("/faq gym").Sees("For your upper trapezius left, use the weight from your card and no more.").SeesNothing()
}

func TestStopAndStartAgain(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Says("/stop").SeesExactly("You will get no more messages from me. Write /start if you want to go on. If something feels wrong, call Praxis Weber; in an emergency call 112.")
	doctor.Sees("Ana has stopped the messages.").Says("/patients").Sees("Ana · stopped")
	w.Wait(5 * 24 * time.Hour)
	ana.SeesNothing()
	everyCommand(ana, "You have stopped my messages. Write /start if you want to go on.")
	ana.Says("/stop").Sees("You had stopped. Shall we start again? I would plan from today.").Buttons("[Start again] [Stay stopped]").
		Taps("Stay stopped").Sees("You will get no more messages").Starts("").Sees("You had stopped.").Taps("Start again").
		Sees("Welcome back. I plan from today.")
	doctor.Sees("Ana has started again.")
	ana.WaitsUntil("Before the first workout comes one stretch.")
	ana.Starts("").Sees("Next: ")
}

func TestThingsToRead(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	ana.Says("/faq").Sees("What would you like to know?").Taps("Learn more").Sees("What would you like to read about?").
		Taps("Why needling").Sees("It is step 1. Movement is step 2.").SeesNothing()
	ana.Says("/faq stretch hurt").Sees("Should stretching hurt?")
	ana.Says("/faq load").Sees().Skips()
	w.owner().Skips().Says("/help").Sees("Commands").Taps("Background").Sees("Kinesiophobia").SeesNothing()
}

func TestTextInsteadOfEveryButton(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left")
	ana.WaitsFor("move a little").Says("Done.").Sees("Some soreness is common").SeesNothing()
	ana.WaitsFor("gentle stretch").Says("NOT TODAY").Sees("All right").SeesNothing()
	ana.WaitsFor("From now until tomorrow").Says("done!").Sees("noted").Sees("How strong").
		Says("four").Sees(wantsNumber).Says("4 out of 10").Sees("felt like 4").Sees("felt like 4").SeesNothing()
	ana.WaitsFor("Today's stretch").SeesNothing()
	ana.WaitsFor("safety check").Says("None of these").Sees("how much pain").Says("2").Sees("Pain before: 2").
		Sees("What weight").Says("i do not know").Sees("Noted: I do not know.").Sees("lightest").
		Says("Stopped").Sees("What made you stop?").Sees("Which weight").Sees("Right after").Says("pain").Sees("Noted: Pain.").
		Says("pain: 3").Sees("right after: 3").Sees("right after: 3").Sees("What kind of pain").Says("sharp or stabbing").
		Sees("Noted: Sharp or stabbing.").SeesNothing()
	ana.WaitsFor("about 2 hours").Says("2").SkipsTo("2 hours: 2").Skips()
	ana.WaitsFor("Good morning").Says("Too sore to exercise").Sees("Noted. And how much pain").Says("3").
		SkipsTo("Pain this morning: 3").Skips()
	ana.Says("something feels wrong").Sees("What do you notice?").Says("Something else").Sees("Noted: Something else.").Sees("Call them and say what you notice").
		Says("none of these").Sees("Good. We go on.").SeesNothing()
	ana.Says("is a fever normal?").Sees("Do you have this right now?").Says("Yes, I have this now").Sees("Noted").Sees("112").SeesNothing()
	ana.Says("none").Sees("You told me about a warning sign.").SeesNothing()
}
