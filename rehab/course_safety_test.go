package rehab

import (
	"slices"
	"testing"
	"time"
)

// alertTimes are when the alert with number n goes to whom.
func (w *world) alertSends(n int) []string {
	var list []string
	for _, p := range w.c.Prompts(w.now) {
		if p.Kind == PromptAlert && p.N == n {
			to := map[Audience]string{ToClinicians: "clinicians", ToOwners: "owners"}[p.To]
			list = append(list, w.wall(p.Due)[11:]+" "+to)
		}
	}
	return list
}

func TestTheSafetyListLeftOpen(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, nothing))
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.c.OpenSafety(w.now) })
	w.until("2026-03-04 15:14")
	w.alerted()
	w.until("2026-03-04 15:15")
	w.alerted("L2 HOLD_WAIT_CLINICIAN")
	w.until("2026-03-20 12:00")
	w.alerted("L2 HOLD_WAIT_CLINICIAN")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card",
		"03-04 15:00 safety_list")
	// The patient may still say that there was nothing.
	if _, err := w.c.ChooseSafety(w.c.Holds[0].N, ChoiceNone, w.now); err != nil || w.c.Held() != nil {
		t.Errorf("none: %v, held %v", err, w.c.Held())
	}
}

func TestNoneOfTheseLetsEverythingGoOn(t *testing.T) {
	w := monday(t, 8000, finishing(calm, 16*60))
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.c.OpenSafety(w.now) })
	w.at(berlin(t, "2026-03-04 15:05"), func() {
		_, err := w.c.ChooseSafety(w.c.Holds[0].N, ChoiceNone, w.now)
		w.must(err)
	})
	w.until("2026-03-05 09:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 15:00 safety_list",
		"03-04 16:00 after", "03-04 18:00 two_hour", "03-05 08:00 next")
	w.alerted()
}

func TestSafetyChoices(t *testing.T) {
	for _, tt := range []struct {
		choice    SafetyChoice
		alert     string
		clearance bool
		none      error
	}{
		{ChoiceOther, "L2 HOLD_WAIT_CLINICIAN", false, nil},
		{ChoiceUrgent, "L3 URGENT_SAME_DAY", true, ErrNoneRefused},
		{ChoiceEmergency, "L3 EMERGENCY", true, ErrNoneRefused},
	} {
		t.Run(string(tt.choice), func(t *testing.T) {
			w := monday(t, 8000, calm)
			w.at(berlin(t, "2026-03-05 12:00"), func() {
				h := w.c.OpenSafety(w.now)
				_, err := w.c.ChooseSafety(h.N, tt.choice, w.now)
				w.must(err)
			})
			w.until("2026-03-12 12:00")
			w.alerted(tt.alert)
			w.sees("2026-03-05", "03-05 08:00 next", "03-05 10:00 daily_stretch", "03-05 10:00 feel", "03-05 12:00 safety_text")
			h := w.c.Holds[0]
			if h.Clearance != tt.clearance || !h.Active() {
				t.Errorf("clearance %v, active %v", h.Clearance, h.Active())
			}
			_, err := w.c.ChooseSafety(h.N, ChoiceNone, w.now)
			w.errorIs(err, tt.none)
			if tt.none == nil {
				return
			}
			if w.c.Held() == nil {
				t.Fatal("none has lifted it")
			}
			w.must(w.c.Release(clinician, w.now))
			w.until("2026-03-12 13:00")
			if got := w.lines("2026-03-12"); !slices.Contains(got, "03-12 12:00 card") {
				t.Errorf("after the release: %v", got)
			}
		})
	}
}

func TestSafetyChoicesOnlyGetGraver(t *testing.T) {
	w := monday(t, 8000, calm)
	w.until("2026-03-05 12:00")
	h, err := w.c.SafetyWords(ChoiceOther, w.now)
	w.must(err)
	for _, choice := range []SafetyChoice{ChoiceUrgent, ChoiceEmergency, ChoiceUrgent, ChoiceOther} {
		if _, err := w.c.SafetyWords(choice, w.now); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.c.Hold(h.N); got.Choice != ChoiceEmergency || len(w.c.Holds) != 1 {
		t.Errorf("%s, %d holds", got.Choice, len(w.c.Holds))
	}
	w.alerted("L2 HOLD_WAIT_CLINICIAN", "L3 URGENT_SAME_DAY", "L3 EMERGENCY")
}

func TestLevelThreeRepeatsUntilAcknowledged(t *testing.T) {
	w := monday(t, 8000, calm)
	w.until("2026-03-05 22:00") // at night too
	_, err := w.c.SafetyWords(ChoiceEmergency, w.now)
	w.must(err)
	n := w.c.Alerts[0].N
	want := []string{"22:00 clinicians", "22:15 clinicians", "22:30 clinicians", "22:45 clinicians", "23:00 owners"}
	if got := w.alertSends(n); !slices.Equal(got, want) {
		t.Errorf("goes out at %v, want %v", got, want)
	}
	w.until("2026-03-05 22:20")
	if got := w.alertSends(n); !slices.Equal(got, want[1:]) {
		t.Errorf("20 minutes later %v, want %v", got, want[1:])
	}
	w.must(w.c.Acknowledge(n, clinician, w.now))
	w.errorIs(w.c.Acknowledge(n, clinician, w.now), ErrStale)
	if got := w.alertSends(n); len(got) != 0 {
		t.Errorf("acknowledged, but %v", got)
	}
	if w.c.Held() == nil {
		t.Error("to acknowledge is not to release")
	}
}

func TestLevelTwoWaitsForTheClinicsMorning(t *testing.T) {
	for at, want := range map[string][]string{ // and once more after four working hours
		"2026-03-05 07:59": {"08:00 clinicians", "12:00 clinicians"}, "2026-03-05 08:00": {"08:00 clinicians", "12:00 clinicians"},
		"2026-03-05 15:59": {"15:59 clinicians", "19:59 clinicians"}, "2026-03-05 16:00": {"16:00 clinicians", "08:00 clinicians"},
		"2026-03-05 19:59": {"19:59 clinicians", "08:00 clinicians"}, "2026-03-05 20:00": {"08:00 clinicians", "12:00 clinicians"},
		"2026-03-05 23:30": {"08:00 clinicians", "12:00 clinicians"},
	} {
		w := monday(t, 8000, nothing)
		w.until(at)
		w.c.Observe(8, w.now)
		if got := w.alertSends(w.c.Alerts[len(w.c.Alerts)-1].N); !slices.Equal(got, want) {
			t.Errorf("raised %s: goes out at %v, want %s", at, got, want)
		}
		w.must(w.c.Release(clinician, w.now.Add(time.Minute))) // has been seen, if not acknowledged
		if got := w.alertSends(w.c.Alerts[len(w.c.Alerts)-1].N); !slices.Equal(got, want[:1]) {
			t.Errorf("raised %s and released: goes out at %v, want %s", at, got, want[:1])
		}
	}
}

func TestEmergencyDuringAWorkout(t *testing.T) {
	w := monday(t, 8000, calm)
	w.at(berlin(t, "2026-03-04 15:00"), func() {
		_, err := w.c.SafetyWords(ChoiceEmergency, w.now)
		w.must(err)
	})
	w.until("2026-03-04 20:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 14:30 after",
		"03-04 15:00 safety_text") // no pain question meanwhile
	// The clinician finds nothing and releases: the decision does not hold again.
	w.must(w.c.Release(clinician, w.now))
	w.until("2026-03-06 12:00")
	if w.c.Held() != nil || len(w.c.Holds) != 1 {
		t.Errorf("held again: %+v", w.c.Holds)
	}
	if e := w.c.Workouts[0].Exercises[0]; e.Decision == nil || e.Decision.Rules[0] != "D01" || e.NextG != 3200 {
		t.Errorf("%+v", e.Decision)
	}
	w.alerted("L3 EMERGENCY")
}

func TestNoCardWhileTheListIsOpen(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptBefore, nothing))
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.c.OpenSafety(w.now) })
	w.at(berlin(t, "2026-03-04 15:01"), func() {
		if e := w.pain(AskBefore, 1, 2); e.Gate.Offer != OfferNone {
			w.t.Errorf("offers %s", e.Gate.Offer)
		}
	})
	w.until("2026-03-04 20:00")
	w.sees("2026-03-04", "03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 15:00 safety_list")
}

func TestHighPainOutOfTheBlueOpensTheList(t *testing.T) {
	w := monday(t, 8000, calm)
	w.until("2026-03-05 12:00")
	if e := w.c.Observe(7, w.now); e.Safety != nil || w.c.Held() != nil {
		t.Error("7 opens the safety list")
	}
	if e := w.c.Observe(8, w.now); e.Safety == nil || w.c.Held() == nil {
		t.Error("8 does not open the safety list")
	}
	w.alerted("L2 PAIN_HIGH")
	if load := w.c.Targets[0].LoadG; load != 4000 {
		t.Errorf("an observation has changed the load to %d g", load)
	}
}

func TestUnreachableIsReportedOnceADay(t *testing.T) {
	w := monday(t, 8000, nothing)
	w.until("2026-03-03 12:00")
	w.c.Unreachable(w.now)
	w.c.Unreachable(w.now.Add(time.Hour))
	w.alerted("L2 UNREACHABLE")
	w.c.Unreachable(w.now.Add(24 * time.Hour))
	w.alerted("L2 UNREACHABLE", "L2 UNREACHABLE")
}

func TestAWarningThatIsNamedAgain(t *testing.T) {
	w := monday(t, 8000, calm)
	w.until("2026-03-03 12:00")
	h, err := w.c.SafetyWords(ChoiceEmergency, w.now)
	w.must(err)
	count := func() (n int) {
		for _, a := range w.c.Alerts {
			if a.Level == AlertNow {
				n++
			}
		}
		return n
	}
	w.must(second(w.c.SafetyWords(ChoiceEmergency, w.now)))
	if count() != 1 {
		t.Errorf("%d alerts while the first one still repeats", count())
	}
	w.must(w.c.Acknowledge(w.c.Alerts[len(w.c.Alerts)-1].N, 7, w.now))
	for want := 2; want <= 3; want++ {
		w.must(second(w.c.SafetyWords(ChoiceEmergency, w.now)))
		if count() != want {
			t.Errorf("%d alerts, want %d: an acknowledged one does not speak for a new sign", count(), want)
		}
		w.must(w.c.Acknowledge(w.c.Alerts[len(w.c.Alerts)-1].N, 7, w.now))
	}
	if w.c.Held().N != h.N {
		t.Error("the hold is another one")
	}
}

func TestNoneOfTheseInTheEveningCounts(t *testing.T) {
	w := monday(t, 8000, func(w *world, p Prompt) {
		if p.Kind != PromptSafetyCheck && p.Kind != PromptBeforeAgain {
			calm(w, p)
		}
	})
	w.until("2026-03-04 22:30")
	w.must(w.c.ClearSafety(w.now))
	w.until("2026-03-05 09:30")
	w.sees("2026-03-05", "03-05 09:00 before", "03-05 09:00 card", "03-05 09:00 after")
}

func TestAHighNumberTooEarlyCallsForHelp(t *testing.T) {
	w := monday(t, 8000, func(w *world, p Prompt) {
		if p.Kind != PromptTwoHour {
			calm(w, p)
		}
	})
	w.until("2026-03-04 15:30")
	if q := w.c.TypedQuestion(w.now); q.Kind != AskTwoHour {
		t.Fatalf("a number answers %v", q)
	}
	e := w.pain(AskTwoHour, w.c.Current().N, 8)
	if !e.AskedAgain || e.Safety == nil {
		t.Errorf("%+v", e)
	}
	w.alerted("L2 PAIN_HIGH")
}

// TestDangerIsAnsweredAtTheEnd: what to do is still said when the course is over
// before anybody could send it.
func TestDangerIsAnsweredAtTheEnd(t *testing.T) {
	ends := map[string]func(w *world){
		"twelve weeks": func(w *world) { w.c.Advance(w.now) },
		"discharged":   func(w *world) { w.c.Discharge(w.now) },
		"stopped":      func(w *world) { w.c.StopMessages(w.now) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			w := monday(t, 8000, nothing)
			w.until("2026-05-25 08:59")
			w.now = w.c.endsAt().Add(-time.Millisecond)
			h, err := w.c.SafetyWords(ChoiceEmergency, w.now)
			w.must(err)
			w.now = w.now.Add(time.Millisecond)
			end(w)
			key := w.c.key("hold/%d/text/%s", h.N, ChoiceEmergency)
			if _, reason := w.c.Sendable(key, w.now); reason != "" {
				t.Errorf("what to do is not said: %s", reason)
			}
			if _, reason := w.c.Sendable(key, w.now.Add(replyGood)); reason == "" {
				t.Error("it is said for ever")
			}
		})
	}
}
