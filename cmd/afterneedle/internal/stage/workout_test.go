package stage_test

import (
	"strings"
	"testing"
	"time"
)

func TestAWholeWorkout(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Buttons("[0] [1] [2] [3] [4] [5]", "[6] [7] [8] [9] [10]")
	ana.Taps("2").Sees("Pain before: 2 out of 10.").Buttons("[Change]").
		SeesExactly("Your workout today. Press Done when all of it is done.\n"+
			"Warm up and cool down: your stretch, 3 holds of 40 seconds, at 4 to 5 out of 10.\n\n"+
			"upper trapezius, left\n"+
			"Hold a weight in your left hand. Shrug both shoulders up. Ease off with the right shoulder. Now lower the left one alone, slowly.\n"+
			"3 sets of 12, 4 kg.\n"+
			"Lower for 3 seconds; the slow way down is the work.\n"+
			"Rest 60 seconds between sets.").
		Buttons("[Done] [Stopped]", "[Not today]", "[Something feels wrong]").SeesNothing()
	w.Wait(20 * time.Minute)
	ana.Taps("Done").Sees("Done, 14:50.", "I ask about your pain once more at 16:50.").Buttons().
		Sees("Right after the workout, how much pain is there now").
		Taps("4").Sees("Pain right after: 4 out of 10.").Buttons("[Change]").
		Sees("What kind of pain is it?").Buttons("[Dull or achy] [Sharp or stabbing] [Shooting, tingling, numb]").
		Taps("Dull or achy").Sees("Noted: Dull or achy.").Buttons("[Change]").SeesNothing()
	w.To("2026-03-04 16:49")
	ana.SeesNothing()
	w.To("2026-03-04 16:50")
	ana.Sees("It has been about 2 hours.").Taps("2").Sees("Pain after 2 hours: 2 out of 10.").Buttons("[Change]").SeesNothing()
	w.To("2026-03-05 07:59")
	ana.SeesNothing()
	w.To("2026-03-05 08:00")
	ana.Sees("Good morning.", "If you feel too sore to exercise, press that first.").
		Buttons("[0] [1] [2] [3] [4] [5]", "[6] [7] [8] [9] [10]", "[Too sore to exercise]").
		Taps("2").SeesExactly("Pain this morning: 2 out of 10.\n" +
		"Well done. Your pain was back where it started. Next time is the same: 4 kg, 3 sets of 12.\n" +
		"Next workout: Fri 6 Mar, 14:50.").SeesNothing()
	// The workout is closed: what was told stays.
	ana.Taps("Change").SeesExactly("That workout is closed. What you told me stays as it was.").SeesNothing()
	ana.Says("/why").Sees("Well done. Your pain was back where it started.", "Next workout: Fri 6 Mar, 14:50").SeesNothing()
}

// nextLoad trains once at 40 kg with four answers and reads the text of the
// decision. An empty answer is none.
func nextLoad(t *testing.T, answers [4]string) *someone {
	t.Helper()
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left")
	w.owner().Skips().Says("/load Ana, 40 kg").Sees("Next workout of Ana: 40 kg, exactly.")
	give := func(answer, recorded string) {
		t.Helper()
		if answer != "" {
			ana.Taps(answer).Sees(recorded)
		}
	}
	give(answers[0], "Pain before")
	ana.Sees("3 sets of 12, 40 kg.").Taps("Done").Sees("Done, 14:30").Sees("Right after")
	give(answers[1], "Pain right after")
	ana.Skips()
	w.Wait(2 * time.Hour)
	ana.Sees("about 2 hours")
	give(answers[2], "Pain after 2 hours")
	ana.WaitsFor("Good morning")
	give(answers[3], "Pain this morning")
	return ana
}

func TestNextLoad(t *testing.T) {
	const twoHours = "That was a bit too much, too soon."
	for _, test := range []struct {
		name    string
		answers [4]string
		want    []string
	}{
		{"15 percent less", [4]string{"2", "5", "4", "2"}, []string{"Your pain was 2 before and 4 about 2 hours later.", twoHours, "Next time use 34 kg, 3 sets of 12."}},
		{"10 percent less", [4]string{"2", "4", "3", "2"}, []string{"Your pain was 2 before and 3 about 2 hours later.", twoHours, "Next time use 36 kg, 3 sets of 12."}},
		{"20 percent less", [4]string{"2", "5", "5", "3"}, []string{"Your pain was 2 before and 5 about 2 hours later.", twoHours, "Next time use 32 kg, 3 sets of 12."}},
		{"no less", [4]string{"2", "5", "2", "2"}, []string{"Well done. Your pain was back where it started.", "Next time is the same: 40 kg, 3 sets of 12."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ana := nextLoad(t, test.answers)
			for _, want := range test.want {
				if !strings.Contains(words(ana.last), want) {
					t.Errorf("no %q in\n%s", want, words(ana.last))
				}
			}
			ana.SeesNothing()
		})
	}
}

func TestNextLoadWithoutAnswers(t *testing.T) {
	ana := nextLoad(t, [4]string{"2", "", "", ""})
	ana.WaitsUntil("I did not get all of the numbers, and that is fine. Your plan stays as it is. Next time is the same: 40 kg, 3 sets of 12.\nBefore you start").
		Without("Next workout").Taps("2").Sees("Pain before").Sees("3 sets of 12, 40 kg.").SeesNothing()
}

func TestTooSore(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 40 kg")
	ana.Taps("2").Sees("before").Sees("20 kg").Taps("Done").Sees("Done").Sees("Right after").Taps("2").Sees("after")
	ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours")
	ana.WaitsFor("Good morning").Taps("Too sore to exercise").Sees("Noted. And how much pain is there now").
		Taps("3").Sees("Pain this morning: 3", "Too sore for the next one tells us that it was a bit too much, too soon.", "Next time use 16 kg").
		SeesNothing()
	w.owner().Skips().Says("/patient ana").Sees("Before 2, after 2, 2 h 2, next day 3", "16 kg", "1 open alert")
}

func TestUsualLoadIsAsked(t *testing.T) {
	for _, test := range []struct{ answer, recorded, card string }{
		{"8 kg", "Noted: 8 kg.", "3 sets of 12, 4 kg."},
		{"7,5 kg", "Noted: 7.5 kg.", "3.5 kg"},
		{"18 lb", "Noted: 18 lb.", "3 sets of 12, 9 lb."},
		{"I don’t know", "Noted: I do not know.", "3 sets of 12, the lightest weight you have."},
	} {
		t.Run(test.answer, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left")
			ana.Taps("2").Sees("Pain before").Sees("What weight do you usually lift in this exercise").Buttons("[I do not know]").SeesNothing()
			for _, unclear := range []string{"8", "about 8", "eight kilos", "0 kg", "501 kg", "-3 kg"} {
				ana.Says(unclear).SeesExactly("Please send a weight such as 8 kg or 18 lb.").SeesNothing()
			}
			ana.Says(test.answer).Sees(test.recorded).Buttons().Sees(test.card).SeesNothing()
		})
	}
}

func TestUsualLoadUnknownByButton(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left")
	ana.Taps("2").Sees("Pain before").Sees("What weight").Taps("I do not know").Sees("Noted: I do not know.").
		Sees("the lightest weight you have", "I ask afterwards which weight it was.").
		Taps("Done").Sees("Done").Sees("Which weight did you use?").Sees("Right after").
		Taps("2").Sees("Pain right after").SeesNothing()
	ana.Says("2 kg").SeesExactly("Noted: 2 kg.").SeesNothing()
	ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours")
	ana.WaitsFor("Good morning").Taps("2").Sees("Next time is the same: 2 kg, 3 sets of 12.").SeesNothing()
}

func TestDoneWithAnotherLoad(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Taps("2").Sees("before").Sees("4 kg").Says("/done 5").Sees("Please send a weight such as 8 kg").
		Says("/done 5 kg").Sees("Done, 14:30").Sees("Right after").Says("2").Sees("right after: 2").Sees("right after: 2").SeesNothing()
	ana.WaitsFor("about 2 hours").Says("2/10").SkipsTo("2 hours: 2")
	ana.Skips().WaitsFor("Good morning").Says("pain 2").SkipsTo("Next time is the same: 5 kg")
}

func TestCorrections(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.Taps("3").Sees("Pain before: 3").Sees("40 kg")
	w.Wait(time.Minute)
	ana.Taps("Change").Sees("how much pain is in the treated area right now").Taps("2").Sees("Pain before: 2").Sees("40 kg").SeesNothing()
	ana.Taps("Done").Sees("Done").Sees("Right after").Taps("3").Sees("right after: 3").Skips()
	w.Wait(2 * time.Hour)
	ana.Sees("about 2 hours").Taps("5").Sees("2 hours: 5").SeesNothing()
	ana.Taps("Change").Sees("about 2 hours").Taps("4").Sees("2 hours: 4").SeesNothing()
	// The same number again changes nothing.
	ana.Taps("Change").Sees("about 2 hours").Taps("4").Sees("2 hours: 4").Buttons("[Change]").SeesNothing()
	ana.WaitsFor("Good morning").Taps("2").Sees("2 before and 4 about 2 hours later", "Next time use 34 kg").SeesNothing()
	ana.Taps("Change").Sees("That workout is closed.").SeesNothing()
}

func TestStoppedAndSkipped(t *testing.T) {
	for _, test := range []struct{ button, noted, question, why, want string }{
		{"Stopped", "Noted, you stopped.", "What made you stop?", "Other", ""},
		{"Stopped", "Noted, you stopped.", "What made you stop?", "Pain", ""},
		{"Not today", "Noted, not today.", "What keeps you from it today?", "Too sore", "Too sore for the next one tells us that it was a bit too much, too soon. Next time use 16 kg, 3 sets of 12."},
		{"Not today", "Noted, not today.", "What keeps you from it today?", "Afraid", "It is fine to feel unsure. The step stays as it is, and you set the pace. The smallest version counts too. Next time is the same: 20 kg, 3 sets of 12."},
		{"Not today", "Noted, not today.", "What keeps you from it today?", "Other", "That is fine. Next time is the same: 20 kg, 3 sets of 12."},
	} {
		t.Run(test.button+" "+test.why, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left, 40 kg")
			ana.Taps("2").Sees("before").Sees("20 kg").Taps(test.button).Sees(test.noted).Sees(test.question)
			if test.button == "Stopped" {
				ana.Sees("Right after").Taps(test.why).Sees().Taps("3").Sees("right after: 3").Skips()
				ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours: 2")
				ana.WaitsFor("Good morning").Taps("2").Sees("Pain this morning")
				return
			}
			ana.Taps(test.why).Sees("Noted: "+test.why, test.want, "Next workout: Thu 5 Mar, 09:00.").SeesNothing()
		})
	}
}

func TestSkippedBeforeTheCard(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 40 kg")
	ana.Says("/skip").Sees("What keeps you from it today?").Says("afraid").Sees("Noted: Afraid.", "It is fine to feel unsure.").SeesNothing()
	ana.Says("/skip").Sees("All right. I ask again tomorrow.").SeesNothing() // the stretch of the morning
	ana.Says("/skip").Sees("There is nothing to skip right now.").SeesNothing()
}
