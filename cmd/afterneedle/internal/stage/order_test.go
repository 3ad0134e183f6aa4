package stage_test

import (
	"strings"
	"testing"
	"time"

	"afterneedle/rehab"
)

// Days on which people do things in an order that no plan has foreseen.

// reads reports whether a person has read a text since an event.
func (p *someone) reads(part string) bool {
	for _, e := range p.unread() {
		if strings.Contains(words(e), part) {
			return true
		}
	}
	return false
}

// tries taps a button if there is one.
func (p *someone) tries(label string) {
	p.w.t.Helper()
	if p.Person.Taps(label) == nil {
		p.w.settle()
	}
}

// TestSignOnAClosedList: a sign of danger counts on every list that was shown.
func TestSignOnAClosedList(t *testing.T) {
	for _, tt := range []struct {
		name string
		shut func(w *theater, ana, doctor *someone)
	}{
		{"released by the clinician after 15 minutes", func(w *theater, _, doctor *someone) {
			w.Wait(20 * time.Minute)
			doctor.Says("/release ana")
			w.Wait(time.Minute)
		}},
		{"none of these on the list shown again", func(_ *theater, ana, _ *someone) {
			ana.Says("/help").Taps("None of these")
		}},
		{"a new course", func(w *theater, _, doctor *someone) {
			doctor.Says("/discharge ana").Taps("End the course")
			w.Wait(time.Minute)
			doctor.Says("/session Ana, upper trapezius left, 8 kg")
			w.Wait(time.Minute)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := play(t)
			ana := w.needled("Ana", "upper trapezius left, 8 kg")
			w.Wait(2 * time.Hour)
			doctor := w.owner().Skips()
			ana.Taps("Something feels wrong")
			tt.shut(w, ana, doctor)
			ana.Skips()
			doctor.Skips()
			ana.Taps("Breathing or chest")
			w.Wait(time.Minute)
			if !ana.reads("Call 112 now") {
				t.Error("the patient does not read what to do")
			}
			if len(doctor.unread()) == 0 {
				t.Error("the clinician hears nothing")
			}
		})
	}
}

// TestTrainedAndCalledOff: the patient trains by a card while something calls the
// workout off. "Done" counts, so that the next load keeps its distance.
func TestTrainedAndCalledOff(t *testing.T) {
	for _, tt := range []struct {
		name string
		play func(w *theater, ana, doctor *someone) // up to the next pain before
	}{
		{"hold and release", func(w *theater, ana, doctor *someone) {
			doctor.Says("/hold ana, a cold")
			ana.Skips().Taps("Done")
			w.Wait(5 * time.Minute)
			doctor.Says("/release ana")
		}},
		{"another track", func(w *theater, ana, doctor *someone) {
			doctor.Says("/track ana, graded")
			ana.Skips().Taps("Done")
		}},
		{"stop and start", func(w *theater, ana, _ *someone) {
			ana.Says("/stop").Taps("Done").Says("/start").Taps("Start again")
		}},
		{"something else, and released", func(w *theater, ana, doctor *someone) {
			ana.Taps("Something feels wrong").Taps("Something else").Says("stopped")
			doctor.Says("/release ana")
		}},
		{"another muscle is needled", func(w *theater, ana, doctor *someone) {
			doctor.Says("/session ana, ql left, 8 kg")
			ana.Taps("Done")
			w.To("2026-03-06 10:05")
			ana.tries("None of these")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
			w.To("2026-03-05 09:00")
			ana.SkipsTo("Before you start").Taps("2").Sees("before").Sees("4 kg")
			doctor := w.owner().Skips()
			w.Wait(20 * time.Minute)
			tt.play(w, ana, doctor)
			w.Wait(time.Minute)
			ana.Skips()
			ana.tries("2")
			w.Wait(time.Minute)
			if ana.reads("Your workout today") {
				t.Errorf("another workout is offered on %s; Done was said on Thu 09:20", w.now().Format("Mon 15:04"))
			}
		})
	}
	t.Run("Done is tapped on the card in the morning", func(t *testing.T) {
		w := play(t)
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		ana.Taps("2").Sees("before").Sees("4 kg") // Wed 14:30
		w.To("2026-03-05 08:30")
		ana.Taps("Done")
		w.To("2026-03-05 09:00")
		ana.Skips().tries("2")
		w.Wait(time.Minute)
		if ana.reads("Your workout today") {
			t.Error("another workout half an hour after the patient said that one was done")
		}
	})
}

// TestDoneWhileAwayAndTheCardRanOut: "done" was typed while the card was good, and is
// handled when it has run out.
func TestDoneWhileAwayAndTheCardRanOut(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	w.To("2026-03-05 09:00")
	ana.SkipsTo("Before you start").Taps("2").Sees("before").Sees("4 kg")
	w.whileAway("2026-03-05 12:30", ana.types("2026-03-05 11:30", "done"))
	w.Wait(time.Minute)
	n := 0
	for _, e := range ana.unread() {
		if strings.Contains(words(e), "Let us check again before you start") {
			n++
		}
	}
	if n > 0 {
		t.Errorf("asked %d times to check before starting, an hour after it was done", n)
	}
	if at := w.course(1).Workouts[1].DoneAt; at.IsZero() {
		t.Error("it is not noted as done")
	}
}

// TestNumberInTheEvening: a number counts as the pain after two hours when that was
// promised, though the question right after the workout is still open.
func TestNumberInTheEvening(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.Taps("2").Sees("before").Sees("40 kg")
	w.To("2026-03-04 20:00")
	ana.Skips().Taps("Done").Sees("between 22:00 and 00:00, and it counts").Skips()
	w.To("2026-03-04 22:10")
	ana.Says("5")
	w.To("2026-03-05 08:10")
	ana.Taps("2")
	c := w.course(1)
	if got := c.Workouts[0].TwoHour; got != 5 {
		t.Errorf("after two hours %v, right after %v", got, c.Workouts[0].After)
	}
	if got := c.Targets[0].LoadG; got != 32000 {
		t.Errorf("the next load is %d g", got)
	}
}

// TestButtonsOfAnEndedCourse: they answer nothing of the new one.
func TestButtonsOfAnEndedCourse(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("2").Sees("before").Sees("4 kg")
	old := ana.last.MessageID
	doctor.Says("/discharge ana").Taps("End the course")
	w.Wait(time.Minute)
	doctor.Says("/session Ana, upper trapezius left, 8 kg")
	w.Wait(24 * time.Hour)
	ana.SkipsTo("From now until tomorrow").Taps("Done").Taps("4")
	w.Wait(24 * time.Hour)
	ana.Taps("None of these").Taps("2").Skips()
	ana.do(ana.TapsOn(old, "Done"))
	if c := w.course(1); !c.Workouts[0].DoneAt.IsZero() {
		t.Error("the card of the ended course has finished the workout of the new one")
	}
}

// TestAnswersAfterTheEnd: after /stop, or a discharge, an answer to an old question
// decides nothing.
func TestAnswersAfterTheEnd(t *testing.T) {
	morning := func(t *testing.T) (*theater, *someone) {
		w, ana := afterTheWorkout(t)
		ana.Taps("2")
		w.To("2026-03-04 16:31")
		ana.Taps("2")
		w.To("2026-03-05 08:01")
		return w, ana
	}
	t.Run("stopped", func(t *testing.T) {
		w, ana := morning(t)
		ana.Says("/stop")
		w.Wait(10 * 24 * time.Hour)
		ana.Skips().Taps("2")
		if c := w.course(1); c.Targets[0].Greens != 0 {
			t.Errorf("an answer after 11 days made a good workout: %v", c.Workouts[0].Exercises[0].Decision.Rules)
		}
	})
	t.Run("discharged", func(t *testing.T) {
		w, ana := morning(t)
		w.owner().Skips().Says("/discharge ana").Taps("End the course")
		w.Wait(time.Hour)
		ana.Skips().Taps("2")
		if ana.reads("Next time is the same: 40 kg") {
			t.Error("a next load after the end of the course")
		}
	})
}

// TestStartAgainAfterAPauseNobodyAnswered: the end of a pause was asked about twice in
// vain; who starts again is asked again.
func TestStartAgainAfterAPauseNobodyAnswered(t *testing.T) {
	w, ana := afterTheWorkout(t)
	ana.Taps("8").Skips()
	w.Wait(10 * 24 * time.Hour)
	ana.Skips()
	ana.Says("/plan")
	if ana.reads("The pause lasts until Thu 5 Mar, 14:30. After that I ask you again.") {
		t.Errorf("said on %s", w.now().Format("Mon 2 Jan"))
	}
	ana.Says("/stop").Says("/start").Taps("Start again").SkipsTo("I plan from today")
	w.Wait(10 * 24 * time.Hour)
	if len(ana.unread()) == 0 {
		t.Error("ten days of silence")
	}
}

// TestRefusedTapChangesNothing: a needling ends what a workout that was put off has
// left open.
func TestRefusedTapChangesNothing(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("7").Skips()
	doctor.Says("/session Ana, upper trapezius left")
	w.Wait(time.Minute)
	ana.Skips()
	if ana.Taps("Change"); ana.reads("Before you start") {
		ana.Taps("3")
	}
	if c := w.course(1); c.Current() != nil {
		t.Error("the workout that was put off is open again")
	}
	w.Wait(6 * time.Hour)
	if c := w.course(1); c.Silent != 0 || c.Workouts[0].Status == rehab.NoReply {
		t.Errorf("silent %d, status %q", c.Silent, c.Workouts[0].Status)
	}
}

// TestWordsAboutAPause: with two pauses the words are about the longer one.
func TestWordsAboutAPause(t *testing.T) {
	t.Run("a number for a pause, while another one runs until Saturday", func(t *testing.T) {
		w, ana := afterTheWorkout(t)
		ana.Taps("8")
		w.To("2026-03-05 14:31")
		w.owner().Skips().Says("/hold ana, a cold, 48h")
		w.Wait(time.Minute)
		ana.Skips().Taps("2")
		if ana.reads("until Praxis Weber says go. They know.") {
			t.Error("nobody has to say go, and nobody was told")
		}
	})
	t.Run("a shorter pause beside one until release", func(t *testing.T) {
		w := play(t)
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		doctor := w.owner().Skips()
		doctor.Says("/hold ana, a cold")
		w.Wait(time.Minute)
		ana.Skips()
		doctor.Says("/hold ana, a journey, 24h")
		w.Wait(time.Minute)
		promised := ana.reads("until Thu 5 Mar, 14:31. Easy movement is fine. After that I ask you again")
		ana.Skips()
		w.Wait(4 * 24 * time.Hour)
		if promised && !ana.reads("The pause has run its time") {
			t.Error("promised to ask on Thursday, and never asked")
		}
	})
	t.Run("none of these, while a pause runs", func(t *testing.T) {
		w := play(t)
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		w.owner().Skips().Says("/hold ana, a cold, 48h")
		w.Wait(time.Minute)
		ana.Taps("Something feels wrong").Skips().Taps("None of these")
		if ana.reads("Good. We go on.") {
			t.Error("it does not go on")
		}
	})
}

// TestHighPainOnAnOvertakenQuestion: it calls for help all the same.
func TestHighPainOnAnOvertakenQuestion(t *testing.T) {
	w, ana := afterTheWorkout(t)
	after := ana.last.MessageID
	w.To("2026-03-04 16:31")
	ana.do(ana.TapsOn(after, "9"))
	if c := w.course(1); len(c.Alerts) == 0 {
		t.Error("nobody hears of a pain of 9")
	}
}

// TestLoadSetOnAnOpenCard: the patient reads the load that counts, at once.
func TestLoadSetOnAnOpenCard(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Taps("2").Sees("before").Sees("3 sets of 12, 4 kg")
	w.Wait(20 * time.Minute)
	w.owner().Skips().Says("/load ana, 2 kg").Sees("exactly")
	ana.Sees("3 sets of 12, 2 kg").SeesNothing().Taps("Done").Sees("Done").Sees("Right after").SeesNothing()
	if e := w.course(1).Workouts[0].Exercises[0]; e.LoadG != 2000 {
		t.Errorf("done with %d g", e.LoadG)
	}
}
