package rehab

import (
	"slices"
	"testing"
	"time"
)

const clinician = 7

// sharpAt5 feels a sharp pain of 5 right after the first workout, on Wednesday,
// 4 March at 14:30.
func sharpAt5(usual func(*world, Prompt)) func(*world, Prompt) {
	return func(w *world, p Prompt) {
		switch {
		case p.Kind == PromptAfter && p.N == 1:
			w.pain(AskAfter, 1, 5)
		case p.Kind == PromptExtras && p.N == 1:
			_, err := w.c.AnswerQuality(1, Sharp, w.now)
			w.must(err)
		default:
			usual(w, p)
		}
	}
}

func TestSharpPainHoldsFromTheAnswerOn(t *testing.T) {
	w := monday(t, 8000, sharpAt5(calm))
	w.until("2026-03-04 14:31")
	if len(w.c.Holds) != 1 || w.wall(w.c.Holds[0].Until) != "2026-03-06 14:30" || !w.c.Holds[0].Told {
		t.Fatalf("holds %+v", w.c.Holds)
	}
	w.alerted("L2 SHARP_PAIN D04")
	w.until("2026-03-05 20:00") // decided in the morning: no second hold, no second alert
	first := w.c.Workouts[0]
	if first.ClosedAt.IsZero() || first.Exercises[0].NextG != 3200 || len(w.c.Holds) != 1 {
		t.Errorf("closed %s, next %d g, holds %d", first.ClosedAt, first.Exercises[0].NextG, len(w.c.Holds))
	}
	if reds := w.c.Targets[0].Reds; reds != 1 {
		t.Errorf("reds %d, want 1", reds)
	}
	w.alerted("L2 SHARP_PAIN D04")
	w.until("2026-03-07 12:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 14:30 after", "03-04 14:30 extras",
		"03-04 16:30 two_hour", "03-05 08:00 next", // the past still counts
		"03-06 14:30 hold_ask", // 2: lifted, and planned anew from now
		"03-06 14:30 before", "03-06 14:30 card", "03-06 14:30 after",
		"03-06 16:30 two_hour", "03-07 08:00 next", "03-07 10:00 daily_stretch", "03-07 10:00 feel",
	)
}

func TestSharpPainBelow4IsNoHold(t *testing.T) {
	w := monday(t, 8000, except(patient(everyTime(2, 3, 2, 2), false), PromptExtras, func(w *world, p Prompt) {
		_, err := w.c.AnswerQuality(p.N, Sharp, w.now)
		w.must(err)
	}))
	w.until("2026-03-05 12:00")
	if len(w.c.Holds) != 0 || w.c.Targets[0].LoadG != 3600 {
		t.Errorf("holds %d, next %d g", len(w.c.Holds), w.c.Targets[0].LoadG)
	}
	w.alerted("L1 SHARP_PAIN D04")
}

func TestAHoldThatNobodyAnswers(t *testing.T) {
	w := monday(t, 8000, except(sharpAt5(calm), PromptHoldAsk, nothing))
	w.until("2026-03-30 12:00")
	w.sees("2026-03-05",
		"03-05 08:00 next",
		"03-06 14:30 hold_ask",
		"03-07 08:00 hold_ask", // again next morning, and then quiet
	)
	w.alerted("L2 SHARP_PAIN D04", "L1 HOLD_REST")
	if at := w.c.Alerts[1].RaisedAt; w.wall(at) != "2026-03-08 08:00" {
		t.Errorf("reported at %s", w.wall(at))
	}
	if w.c.Held() == nil {
		t.Error("the hold has ended by itself")
	}
	// An answer still lifts it.
	w.typed(3)
	if w.c.Held() != nil {
		t.Error("the answer does not lift the hold")
	}
}

func TestAHoldThatEndsAtNightAsksInTheMorning(t *testing.T) {
	w := monday(t, 8000, calm)
	w.at(berlin(t, "2026-03-05 12:00"), func() { w.c.HoldExercise(clinician, "fever", 34*time.Hour, w.now) })
	w.until("2026-03-07 08:00")
	w.sees("2026-03-05",
		"03-05 08:00 next", "03-05 10:00 daily_stretch", "03-05 10:00 feel",
		"03-05 12:00 hold_started",
		"03-07 08:00 hold_ask",
	)
}

func TestHoldAnswers(t *testing.T) {
	type answer struct {
		score     PainScore
		released  bool
		until     string // of the hold, when it goes on
		clearance bool
	}
	for name, tt := range map[string]struct {
		answers []answer
		after   time.Duration // from the question to the answer
	}{
		"5 lifts": {[]answer{{score: 5, released: true}}, 0},
		"6 adds a day, 72 hours in all": {[]answer{
			{score: 6, until: "2026-03-07 14:30"}, {score: 6, clearance: true},
		}, 0},
		"7 a little later adds no more than that": {[]answer{
			{score: 7, until: "2026-03-07 14:30"}, {score: 7, clearance: true},
		}, 10 * time.Minute},
		"6 and then 5":  {[]answer{{score: 6, until: "2026-03-07 14:30"}, {score: 5, released: true}}, 0},
		"8 calls":       {[]answer{{score: 8, clearance: true}}, 0},
		"6 and then 10": {[]answer{{score: 6, until: "2026-03-07 14:30"}, {score: 10, clearance: true}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			w := monday(t, 8000, except(sharpAt5(calm), PromptHoldAsk, func(w *world, p Prompt) {
				w.after(tt.after, func() {
					want := tt.answers[n]
					n++
					e := w.pain(AskHold, p.N, want.score)
					h := w.c.Hold(p.N)
					if e.Released != want.released || h.Active() == want.released {
						w.t.Errorf("%d released %v", want.score, e.Released)
					}
					if want.until != "" && (!e.Extended || w.wall(h.Until) != want.until) {
						w.t.Errorf("%d extended to %s, want %s", want.score, w.wall(h.Until), want.until)
					}
					if h.Clearance != want.clearance {
						w.t.Errorf("%d: clearance %v", want.score, h.Clearance)
					}
				})
			}))
			w.until("2026-03-12 12:00")
			if n != len(tt.answers) {
				t.Errorf("asked %d times, want %d:\n%v", n, len(tt.answers), w.lines("2026-03-04"))
			}
			if last := tt.answers[n-1]; last.clearance {
				w.alerted("L2 SHARP_PAIN D04", "L2 HOLD_WAIT_CLINICIAN")
				if got := w.lines("2026-03-08"); len(got) != 0 {
					t.Errorf("while the clinician is awaited: %v", got)
				}
			}
		})
	}
}

func TestADayHoldCanGrowToThreeDays(t *testing.T) {
	w := monday(t, 8000, except(patient(func(n int) [4]PainScore { return [4]PainScore{2, 8, 2, 2} }, false),
		PromptHoldAsk, func(w *world, p Prompt) { w.pain(AskHold, p.N, 6) }))
	w.until("2026-03-10 12:00")
	var asked []string
	for _, line := range w.lines("2026-03-05") {
		if line[12:] == "hold_ask" {
			asked = append(asked, line[:11])
		}
	}
	if want := []string{"03-05 14:30", "03-06 14:30", "03-07 14:30"}; !slices.Equal(asked, want) {
		t.Errorf("asked at %v, want %v", asked, want)
	}
	if h := w.c.Holds[0]; !h.Clearance {
		t.Error("after 72 hours the clinician decides")
	}
}

func TestClinicianHoldWithoutTime(t *testing.T) {
	w := monday(t, 8000, calm)
	w.at(berlin(t, "2026-03-05 12:00"), func() { w.c.HoldExercise(clinician, "shingles", 0, w.now) })
	w.until("2026-03-20 12:00")
	w.sees("2026-03-05",
		"03-05 08:00 next", "03-05 10:00 daily_stretch", "03-05 10:00 feel", "03-05 12:00 hold_started")
	w.errorIs(w.c.Release(0, w.now), ErrStale)
	w.must(w.c.Release(clinician, w.now))
	w.errorIs(w.c.Release(clinician, w.now), ErrStale)
	w.until("2026-03-20 15:00")
	w.sees("2026-03-06",
		"03-20 12:00 hold_released",
		"03-20 12:00 daily_stretch", "03-20 12:00 feel", // after two weeks, a stretch comes first again
		"03-20 12:00 before", "03-20 12:00 card", "03-20 12:00 after", "03-20 14:00 two_hour")
	// Sixteen days without a workout: 80 %.
	if e := w.c.Workouts[1].Exercises[0]; e.LoadG != 3200 {
		t.Errorf("after the break %d g", e.LoadG)
	}
}

func TestReleaseTellsOnceOfSeveralHolds(t *testing.T) {
	w := monday(t, 8000, sharpAt5(calm))
	w.at(berlin(t, "2026-03-05 12:00"), func() { w.c.HoldExercise(clinician, "fever", 0, w.now) })
	w.at(berlin(t, "2026-03-05 13:00"), func() { w.must(w.c.Release(clinician, w.now)) })
	w.until("2026-03-05 23:00")
	w.sees("2026-03-05",
		"03-05 08:00 next", "03-05 12:00 hold_started", "03-05 13:00 hold_released", "03-05 13:00 daily_stretch", "03-05 13:00 feel")
}

func TestAHoldDropsTheOpenCard(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, nothing))
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.c.HoldExercise(clinician, "fever", 24*time.Hour, w.now) })
	w.until("2026-03-04 16:00")
	w.errorIs(w.c.Finish(1, 0, "", w.now), ErrStale)
	if first := w.c.Workouts[0]; !first.Postponed || len(first.Exercises) > 0 && first.Exercises[0].Decision != nil {
		t.Errorf("%+v", first)
	}
}

func TestCorrectionKeepsHoldAndAlert(t *testing.T) {
	w := monday(t, 8000, patient(everyTime(2, 8, 2, 2), false))
	w.at(berlin(t, "2026-03-04 14:40"), func() {
		if e := w.pain(AskAfter, 1, 3); !e.Corrected || e.Hold != nil {
			w.t.Errorf("%+v", e)
		}
	})
	w.until("2026-03-05 09:00")
	w.alerted("L2 PAIN_HIGH D06")
	if h, a := w.c.Holds[0], w.c.Alerts[0]; !h.Active() || !h.Corrected || !a.Corrected {
		t.Errorf("active %v, corrected %v and %v", h.Active(), h.Corrected, a.Corrected)
	}
	if e := w.c.Workouts[0].Exercises[0]; e.NextG != 4000 || e.Decision.Rules[0] != "GREEN" {
		t.Errorf("decided %v", e.Decision.Rules)
	}
}

func TestCorrectionThatRaisesIsNotMarked(t *testing.T) {
	w := monday(t, 8000, patient(everyTime(2, 3, 2, 2), false))
	w.at(berlin(t, "2026-03-04 14:40"), func() { w.pain(AskAfter, 1, 9) })
	w.until("2026-03-04 15:00")
	w.alerted("L2 PAIN_HIGH D06")
	if w.c.Alerts[0].Corrected || w.c.Holds[0].Corrected {
		t.Error("the alert that a correction raises is itself marked as corrected")
	}
}

func TestALaterAnswerHoldsAgainAfterARelease(t *testing.T) {
	// Pain 8 right after; released by the clinician; 9 the next morning.
	w := monday(t, 8000, patient(everyTime(2, 8, 2, 9), false))
	w.at(berlin(t, "2026-03-04 16:00"), func() { w.must(w.c.Release(clinician, w.now)) })
	w.until("2026-03-05 09:00")
	w.alerted("L2 PAIN_HIGH D06", "L2 PAIN_HIGH D16")
	if h := w.c.Held(); h == nil || w.wall(h.Until) != "2026-03-06 08:00" {
		t.Errorf("held %+v", h)
	}
}

func TestRadiatingPainNeedsTheClinician(t *testing.T) {
	w := monday(t, 8000, except(patient(everyTime(2, 4, 2, 2), false), PromptExtras, func(w *world, p Prompt) {
		_, err := w.c.AnswerQuality(p.N, Radiating, w.now)
		w.must(err)
	}))
	w.until("2026-03-20 12:00")
	w.alerted("L2 NERVE_CHECK D05")
	h := w.c.Held()
	if h == nil || !h.Clearance {
		t.Fatalf("held %+v", h)
	}
	w.sees("2026-03-05", "03-05 08:00 next")
	if _, err := w.c.AnswerPain(Question{AskHold, h.N}, 0, w.now); err != ErrStale {
		t.Errorf("a patient's answer to a hold that waits for the clinician: %v", err)
	}
}

func TestStretchOf8Holds(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptFeel, func(w *world, p Prompt) { w.pain(AskFeel, p.N, 8) }))
	w.until("2026-03-03 21:00")
	w.sees("2026-03-02", "03-02 14:30 welcome", "03-02 19:30 movement", "03-02 20:30 gentle_stretch", "03-02 20:30 feel",
		"03-03 20:30 hold_ask", "03-03 20:30 structured_stretch", "03-03 20:30 feel")
	w.alerted("L2 PAIN_HIGH", "L2 PAIN_HIGH")
}

func TestAHoldDecidedWithoutAnAnswerIsTold(t *testing.T) {
	// The load is just above half of the entry load; "too sore" without a number
	// cuts it by 20 % when the question closes.
	w := at40(t, except(calm, PromptNext, func(w *world, p Prompt) { w.must(w.c.TooSore(p.N, w.now)) }))
	w.c.Targets[0].EntryG = 70_000
	w.until("2026-03-06 09:00")
	if h := w.c.Held(); h == nil || !h.Clearance || h.Intent != IntentHoldClinician {
		t.Fatalf("held %+v", h)
	}
	if got := w.lines("2026-03-06"); len(got) == 0 || got[0] != "03-06 08:00 hold_started" {
		t.Errorf("told: %v", got)
	}
}
