package stage_test

import (
	"testing"
	"time"
)

func TestTheFirstTwoDays(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	w.owner().Says("/session Ana, upper trapezius left, 8 kg").SeesExactly(
		"Ana, needling of upper trapezius left, 14:30\n" +
			"easy movement: 18:30 to 20:30, message 19:30\n" +
			"gentle stretch: 20:30 to Tue 3 Mar, 14:30, message 20:30\n" +
			"main stretch: Tue 3 Mar, 14:30 to Wed 4 Mar, 14:30, message Tue 3 Mar, 14:30\n" +
			"First workout: Wed 4 Mar, 14:30")
	ana.SeesExactly("Needling was step 1; movement is step 2. Move it, keep it easy, do not keep it still.\n" +
		"Until Tue 3 Mar, 14:30, do no heavy or hard exercise with any part of your body.\n" +
		"Next: easy movement, 19:30.\n" +
		"If you get trouble breathing, chest pain, weakness, numbness or fever, press “Something feels wrong”.\n" +
		"I am a program, not a doctor, and not for emergencies. In an emergency call 112. What your clinician says comes first.").
		Buttons("[Something feels wrong]")
	w.To("2026-03-02 19:29")
	ana.SeesNothing()
	w.To("2026-03-02 19:30")
	ana.Sees("Time to move a little").Buttons("[Done] [Not today]", "[Something feels wrong]").
		Taps("Done").Sees("Some soreness is common for up to 3 days").Buttons().SeesNothing()
	w.To("2026-03-02 20:30")
	ana.Sees("gentle stretch, twice today", "Tilt your head away from it, toward the right side", "Hold 30 seconds, 3 times. Aim for 3 to 4 out of 10.").
		Taps("Done").Sees("Good, noted.").
		Sees("How strong did the stretch feel").Buttons("[0] [1] [2] [3] [4] [5]", "[6] [7] [8] [9] [10]").
		Taps("3").SeesExactly("The stretch felt like 3 out of 10.\nGood. Next time aim for 3 to 4 out of 10.").Buttons("[Change]").SeesNothing()
	w.To("2026-03-03 14:30")
	ana.Sees("From now until tomorrow the muscle tends to gain length best", "Hold 30 seconds, 3 times. Aim for 4 to 5 out of 10, not more.").
		Says("done").Sees("Good, noted.").Sees("How strong").Says("5/10").Sees("The stretch felt like 5").
		Sees("The stretch felt like 5 out of 10.", "Next time aim for 4 to 5 out of 10.").SeesNothing()
	// Until the first workout there is one stretch a day.
	w.To("2026-03-04 10:00")
	ana.Sees("Today's stretch, twice.", "Hold 40 seconds").Taps("Not today").Sees("All right").SeesNothing()
	w.To("2026-03-04 14:29")
	ana.SeesNothing()
	w.To("2026-03-04 14:30")
	ana.Sees("A quick safety check before we go on").Buttons("[None of these]", "[Something feels wrong]").
		Taps("None of these").Sees("Good, none of these. On we go.").
		Sees("Before you start, how much pain is in the treated area right now").SeesNothing()
}

func TestStretchTooStrong(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.To("2026-03-03 14:30")
	ana.SkipsTo("From now until tomorrow").Taps("Done").Sees("noted").Sees("How strong").
		Taps("6").Sees("The stretch felt like 6", "That was too strong. Ease off next time, to 3 or 4 out of 10.").SeesNothing()
	ana.Taps("Change").Sees("How strong did the stretch feel").Taps("5").Sees("felt like 5", "aim for 4 to 5").SeesNothing()
	ana.Taps("Change").Sees("How strong").Taps("7").Sees("felt like 7", "too strong").SeesNothing()
	w.To("2026-03-05 12:00")
	ana.SkipsTo("safety check") // it is not a hold: the workout comes
}

func TestStretchOfEightIsAHold(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.To("2026-03-03 14:30")
	ana.SkipsTo("From now until tomorrow").Taps("Done").Sees("noted").Sees("How strong").Taps("8").
		Sees("The stretch felt like 8 out of 10.", "That is a lot of pain, so no load for now. I let Praxis Weber know.",
			"The pause lasts until Wed 4 Mar, 14:30. After that I ask you again.").SeesNothing()
	w.owner().Skips()
	w.To("2026-03-04 14:29")
	ana.SeesNothing().Says("/today").Sees("We are on a pause, so no workout is due.").SeesNothing()
	w.To("2026-03-04 14:30")
	ana.Sees("The pause has run its time. How much pain is in the treated area now").Taps("3").
		Sees("Pain now: 3 out of 10.", "Good news. The pause is over. Your next workout is planned for").
		Sees("safety check").SeesNothing()
}

func TestNotTodayAndNoAnswer(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	ana.WaitsFor("Time to move a little").Taps("Not today").Sees("Move a little whenever it suits you today.").SeesNothing()
	ana.WaitsFor("gentle stretch").Says("not today").Sees("I ask again tomorrow.").SeesNothing()
	ana.WaitsFor("From now until tomorrow").SeesNothing()
	// Without a stretch there is no load: the stretch is asked for first.
	ana.WaitsFor("Today's stretch, twice.").SeesNothing()
	if got := w.now().Format("Mon 15:04"); got != "Wed 10:00" {
		t.Error(got)
	}
	ana.WaitsFor("Before the first workout comes one stretch.")
	if got := w.now().Format("Mon 15:04"); got != "Thu 10:00" {
		t.Error(got)
	}
	ana.Taps("Done").Sees("Good, noted.").Sees("How strong").Sees("safety check").Taps("None").Sees("none of these").
		Sees("how much pain").SeesNothing()
}

func TestNeedledInTheEvening(t *testing.T) {
	w := playFrom(t, "2026-03-02 19:59")
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.To("2026-03-02 20:58")
	ana.SeesNothing()
	w.To("2026-03-02 20:59")
	ana.Sees("Time to move a little").SeesNothing()
	w.To("2026-03-03 07:59")
	ana.SeesNothing()
	w.To("2026-03-03 08:00")
	ana.Sees("gentle stretch").Taps("Done").Sees("noted").Sees("How strong").Taps("3").Sees("felt like 3").SeesNothing()
	w.To("2026-03-03 20:00")
	ana.Sees("From now until tomorrow").Taps("Not today").Sees("All right").SeesNothing()
	ana.WaitsUntil("safety check")
	if got := w.now().Format("Mon 15:04"); got != "Thu 09:00" {
		t.Error(got)
	}
}

func TestRecordedTwentyHoursLate(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	w.owner().Says("/session Ana, upper trapezius left, 8 kg, 20h ago").SeesExactly(
		"Ana, needling of upper trapezius left, Sun 1 Mar, 18:30\n" +
			"gentle stretch: 00:30 to 18:30, message 14:30\n" +
			"main stretch: 18:30 to Tue 3 Mar, 18:30, message 18:30\n" +
			"First workout: Wed 4 Mar, 09:00\n" +
			"Already over: easy movement.")
	ana.Sees("Until 18:30, do no heavy", "Some of the first steps are behind us already. We go on from here: gentle stretch, 14:30.").
		Sees("Time for a gentle stretch").SeesNothing()
	ana.WaitsFor("From now until tomorrow")
	if got := w.now().Format("Mon 15:04"); got != "Mon 18:30" {
		t.Error(got)
	}
}

func TestSilentForFourteenDays(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.Wait(14 * 24 * time.Hour)
	want := []string{
		"Mon 2 Mar 19:30 Time to move a little.",
		"Mon 2 Mar 20:30 Time for a gentle stretch, twice today.",
		"Tue 3 Mar 14:30 From now until tomorrow the muscle tends to gain length best.",
		"Wed 4 Mar 10:00 Today's stretch, twice.",
		"Thu 5 Mar 10:00 Before the first workout comes one stretch.",
		"Mon 9 Mar 10:00 My questions have had no answer for a while, and that is fine. Your plan waits for you. Press a button or send a number when you are ready.\nBefore the first workout comes one stretch.",
		"Thu 12 Mar 10:00 My questions have had no answer",
		"Mon 16 Mar 10:00 My questions have had no answer",
	}
	ana.seesList(want)
	ana.Without("Day 2")
	w.owner().Skips().Says("/patients").SeesExactly("Patients\n❗ Ana · silent · P3 · day 14 · 1 open alert")
	// Any answer brings the plan back.
	ana.Taps("Done").Sees("Good, noted").Sees("How strong").Sees("safety check").Taps("4").Sees("felt like 4").SeesNothing()
}
