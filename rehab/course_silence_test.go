package rehab

import (
	"slices"
	"testing"
	"time"
)

func TestFourteenSilentDaysAfterANeedling(t *testing.T) {
	w := monday(t, 8000, nothing)
	w.until("2026-03-16 23:59")
	w.sees("2026-03-02",
		"03-02 14:30 welcome",
		"03-02 19:30 movement",
		"03-02 20:30 gentle_stretch",
		"03-03 14:30 structured_stretch",
		"03-04 10:00 daily_stretch",
		"03-05 10:00 daily_stretch",
		// Three silent days after the one on which the patient agreed: the clinician
		// hears of it, and twice a week from here on.
		"03-09 10:00 daily_stretch",
		"03-12 10:00 daily_stretch",
		"03-16 10:00 daily_stretch",
	)
	w.alerted("L1 NUDGE")
	if at := w.wall(w.c.Alerts[0].RaisedAt); at != "2026-03-06 00:00" {
		t.Errorf("reported at %s", at)
	}
	// Any answer brings the daily rhythm back.
	w.typed(3)
	w.until("2026-03-18 23:59")
	w.sees("2026-03-17", "03-17 10:00 daily_stretch", "03-18 10:00 daily_stretch")
}

// Until the safety check is answered there is one stretch a day, on the days of
// the check too.
func TestStretchEveryDayUntilTheSafetyCheck(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptSafetyCheck, nothing))
	w.until("2026-03-06 12:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 16:30 before_reminder",
		"03-05 09:00 safety_check", "03-05 10:00 daily_stretch", "03-05 10:00 feel", "03-05 11:00 before_reminder",
		"03-06 09:00 safety_check", "03-06 10:00 daily_stretch", "03-06 10:00 feel", "03-06 11:00 before_reminder",
	)
	w.must(w.c.ClearSafety(w.now))
	w.until("2026-03-07 12:00")
	w.sees("2026-03-07", "03-07 08:00 next", "03-07 10:00 daily_stretch", "03-07 10:00 feel")
}

func TestFourteenSilentDaysInTheMiddle(t *testing.T) {
	silent := false
	w := monday(t, 8000, func(w *world, p Prompt) {
		if !silent {
			calm(w, p)
		}
	})
	w.at(berlin(t, "2026-03-15 12:00"), func() { silent = true })
	w.until("2026-03-30 12:00")
	w.sees("2026-03-15",
		"03-15 08:00 next",
		"03-16 14:30 before", "03-16 16:30 before_reminder",
		"03-17 09:00 before", "03-17 11:00 before_reminder",
		"03-18 09:00 before", "03-18 11:00 before_reminder",
		// The third in a row: twice a week.
		"03-22 09:00 before",
		"03-25 09:00 before",
		"03-29 09:00 before",
	)
	w.alerted("L1 LOAD_LOW", "L1 NUDGE", "L1 NUDGE D21", "L1 NUDGE D21", "L1 NUDGE D21", "L1 NUDGE D21")
	if target := w.c.Targets[0]; target.Phase != P4 || target.LoadG != 4000 || target.Greens != 2 {
		t.Errorf("silence changes %s at %d g, greens %d", target.Phase, target.LoadG, target.Greens)
	}
}

func TestAnyAnswerEndsTheSilence(t *testing.T) {
	for name, answer := range map[string]func(*world){
		"a number":     func(w *world) { w.typed(3) },
		"the list":     func(w *world) { w.must(second(w.c.ChooseSafety(w.c.OpenSafety(w.now).N, ChoiceNone, w.now))) },
		"stop, resume": func(w *world) { w.c.StopMessages(w.now); w.c.ResumeMessages(w.now) },
	} {
		t.Run(name, func(t *testing.T) {
			w := monday(t, 8000, only(calm, PromptGentle, PromptSafetyCheck))
			w.until("2026-03-06 20:00") // three workouts without an answer
			if w.c.Silent != 3 || !w.c.Silence() {
				t.Fatalf("silent %d", w.c.Silent)
			}
			answer(w)
			if w.c.Silent != 0 || w.c.Silence() {
				t.Errorf("silent %d", w.c.Silent)
			}
			w.until("2026-03-07 23:00")
			if got := w.lines("2026-03-07"); len(got) == 0 || got[0] != "03-07 09:00 before" {
				t.Errorf("the next day: %v", got)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestSilenceOnTheGradedTrack(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, nothing)
	w.until("2026-03-12 23:59")
	w.sees("2026-03-02",
		"03-02 14:30 welcome", "03-02 19:30 movement", "03-02 20:30 gentle_stretch",
		"03-03 14:30 structured_stretch", "03-04 10:00 daily_stretch",
		"03-05 10:00 daily_stretch", "03-09 10:00 daily_stretch", "03-12 10:00 daily_stretch")
}

func TestStoppedMeansStopped(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, nothing))
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.c.StopMessages(w.now) })
	w.until("2026-04-20 10:00")
	w.sees("2026-03-04", "03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card")
	w.errorIs(w.c.Finish(1, 0, "", w.now), ErrStale)
	w.c.ResumeMessages(w.now)
	w.until("2026-04-20 11:00")
	w.sees("2026-04-01", "04-20 10:00 before", "04-20 10:00 card")
}

func TestDischargedMeansDischarged(t *testing.T) {
	w := monday(t, 8000, calm)
	w.at(berlin(t, "2026-03-05 12:00"), func() { w.c.Discharge(w.now) })
	w.until("2026-06-20 10:00")
	w.sees("2026-03-05", "03-05 08:00 next", "03-05 10:00 daily_stretch", "03-05 10:00 feel")
	if w.c.Running() {
		t.Error("still running")
	}
}

func TestTheEndOfWeek12(t *testing.T) {
	w := monday(t, 8000, nothing)
	w.until("2026-06-20 10:00")
	got := w.lines("2026-05-20")
	if len(got) == 0 || got[len(got)-1] != "05-25 09:00 closing" {
		t.Errorf("the last message: %v", got)
	}
	if w.wall(w.c.EndedAt) != "2026-05-25 09:00" {
		t.Errorf("ended at %s", w.wall(w.c.EndedAt))
	}
	if last := w.alerts()[len(w.alerts())-1]; last != "L1 WELL_DONE_NEXT_STEP" {
		t.Errorf("the clinician is told %q", last)
	}
}

func TestSendableAndItsReasons(t *testing.T) {
	w := monday(t, 8000, calm)
	w.until("2026-03-05 12:00")
	i := slices.IndexFunc(w.c.Prompts(w.now), func(p Prompt) bool { return p.Kind == PromptBefore })
	before := w.c.Prompts(w.now)[i]
	sendable := func(at time.Time) string {
		_, reason := w.c.Sendable(before.Key, at)
		return reason
	}
	for at, want := range map[string]string{
		"2026-03-05 12:00": "later",
		"2026-03-06 14:29": "later",
		"2026-03-06 14:30": "",
		"2026-03-06 17:29": "",
	} {
		if got := sendable(berlin(t, at)); got != want {
			t.Errorf("at %s: %q, want %q", at, got, want)
		}
	}
	due := berlin(t, "2026-03-06 15:00")
	h := w.c.HoldExercise(clinician, "fever", 0, w.now)
	if got := sendable(due); got != "on hold" {
		t.Errorf("during a hold: %q", got)
	}
	w.c.Hold(h.N).ReleasedAt = w.now
	w.c.StopMessages(w.now)
	if got := sendable(due); got != "stopped" {
		t.Errorf("stopped: %q", got)
	}
	w.c.ResumeMessages(w.now)
	if got := sendable(due); got != "" {
		t.Errorf("resumed: %q", got)
	}
	w.c.Discharge(w.now)
	if got := sendable(due); got != "discharged" {
		t.Errorf("discharged: %q", got)
	}
}

func TestPlannedDay(t *testing.T) {
	w := monday(t, 8000, calm)
	if _, ok := w.c.NextWorkout(w.now); ok {
		t.Error("a workout is planned before any stretch")
	}
	w.until("2026-03-03 12:00")
	if at, ok := w.c.NextWorkout(w.now); !ok || w.wall(at) != "2026-03-04 14:30" {
		t.Errorf("the next workout is at %s (%v)", w.wall(at), ok)
	}
	w.c.HoldExercise(clinician, "fever", 0, w.now)
	if _, ok := w.c.NextWorkout(w.now); ok {
		t.Error("a workout is planned during a hold")
	}
}

func TestMilestonesAndTheWeeklyLineRideAlong(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), trapezius(8000))
	var milestones, weekly []string
	w.answer = calm
	w.check = func(w *world) {
		for _, p := range w.outbox {
			if p.Due.After(w.now) {
				continue
			}
			m, line := w.c.Riders(p.Kind, w.now)
			if day := w.now.Format("01-02"); m > 0 && (len(milestones) == 0 || milestones[len(milestones)-1][:5] != day) {
				milestones = append(milestones, day+" M"+string(rune('0'+m)))
			}
			if day := w.now.Format("01-02"); line && !slices.Contains(weekly, day) {
				weekly = append(weekly, day)
			}
		}
	}
	w.until("2026-06-01 12:00")
	if want := []string{"03-04 M1", "03-16 M2", "04-13 M3", "04-27 M4"}; !slices.Equal(milestones, want) {
		t.Errorf("milestones %v, want %v", milestones, want)
	}
	w.c.Protocol.Milestones = Milestones{2, 14, 42, 200}
	w.c.Milestone = 0
	if m, _ := w.c.Riders(PromptBefore, w.now); m != 3 {
		t.Errorf("a clinic that names M4 later still hears of M%d", m)
	}
	if len(weekly) < 10 || len(weekly) > 12 {
		t.Errorf("the weekly line rides on %v", weekly)
	}
}
