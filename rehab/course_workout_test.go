package rehab

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// at40 is a course whose first workout, on Wednesday at 14:30, is one with 40 kg.
func at40(t *testing.T, answer func(*world, Prompt)) *world {
	t.Helper()
	w := monday(t, 80_000, answer)
	w.must(w.c.SetLoad(w.c.Targets[0].N, 40_000, Kilogram, w.now))
	return w
}

// only leaves everything unanswered but some kinds of messages.
func only(answer func(*world, Prompt), kinds ...PromptKind) func(*world, Prompt) {
	return func(w *world, p Prompt) {
		for _, kind := range kinds {
			if p.Kind == kind {
				answer(w, p)
			}
		}
	}
}

// typed lets the patient type a number.
func (w *world) typed(score PainScore) Effect {
	w.t.Helper()
	q := w.c.TypedQuestion(w.now)
	if q == (Question{}) {
		return w.c.Observe(score, w.now)
	}
	return w.pain(q.Kind, q.N, score)
}

// finishing taps Done on every card at a wall-clock time of the card's own day.
func finishing(usual func(*world, Prompt), clock TimeOfDay) func(*world, Prompt) {
	return except(usual, PromptCard, func(w *world, p Prompt) {
		w.at(clock.On(DayOf(w.now, w.c.Zone), w.c.Zone), func() { w.must(w.c.Finish(p.N, 0, "", w.now)) })
	})
}

func TestFourAnswersMakeTheNextLoad(t *testing.T) {
	for _, tt := range []struct {
		pains [4]PainScore
		want  int
		kg    string
		rules []string
	}{
		{[4]PainScore{2, 5, 4, 2}, 34_000, "34 kg", []string{"D09"}},
		{[4]PainScore{2, 4, 3, 2}, 36_000, "36 kg", []string{"D08"}},
		{[4]PainScore{2, 5, 5, 3}, 32_000, "32 kg", []string{"D10", "D15"}},
		{[4]PainScore{2, 5, 2, 2}, 40_000, "40 kg", []string{"GREEN"}},
		{[4]PainScore{2, 2, 2, 4}, 40_000, "40 kg", []string{"D15"}},
		{[4]PainScore{2, 2, 2, 5}, 36_000, "36 kg", []string{"D14"}},
		{[4]PainScore{2, 7, 2, 2}, 36_000, "36 kg", []string{"D07"}},
		{[4]PainScore{5, 5, 6, 5}, 32_000, "32 kg", []string{"D08", "D11"}},
	} {
		t.Run(fmt.Sprint(tt.pains), func(t *testing.T) {
			w := at40(t, patient(func(int) [4]PainScore { return tt.pains }, false))
			w.until("2026-03-05 23:00")
			e := w.c.Workouts[0].Exercises[0]
			if e.LoadG != 40_000 || e.NextG != tt.want || w.c.Targets[0].LoadG != tt.want {
				t.Errorf("40 kg became %d g, then %d g; want %d", e.NextG, w.c.Targets[0].LoadG, tt.want)
			}
			if got := FormatLoad(e.NextShown.ShownG, Kilogram); got != tt.kg {
				t.Errorf("shown is %s, want %s", got, tt.kg)
			}
			if diff := gocmp.Diff(tt.rules, e.Decision.Rules); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoAnswersLeaveTheLoadAsItIs(t *testing.T) {
	for name, kinds := range map[string][]PromptKind{
		"nothing at all":        {},
		"only the pain before":  {PromptBefore},
		"only Done":             {PromptBefore, PromptCard},
		"Done and right after":  {PromptBefore, PromptCard, PromptAfter},
		"all but the next day":  {PromptBefore, PromptCard, PromptAfter, PromptTwoHour},
		"all but the two hours": {PromptBefore, PromptCard, PromptAfter, PromptNext},
	} {
		t.Run(name, func(t *testing.T) {
			w := at40(t, only(calm, append(kinds, PromptGentle, PromptSafetyCheck)...))
			w.until("2026-03-06 08:30")
			e := w.c.Workouts[0].Exercises[0]
			if e.Decision == nil || e.NextG != 40_000 || w.c.Targets[0].LoadG != 40_000 {
				t.Fatalf("40 kg became %d g (%v)", w.c.Targets[0].LoadG, e.Decision)
			}
			if got := e.Decision.Rules; len(got) != 1 || got[0] != "D21" {
				t.Errorf("rules %v, want D21", got)
			}
		})
	}
}

func TestGateBeforeTheFirstWorkout(t *testing.T) {
	for _, tt := range []struct {
		pain   PainScore
		offer  Offer
		alerts []string
		load   bool
	}{
		{0, OfferLoad, nil, true},
		{3, OfferLoad, nil, true},
		{4, OfferLoadSame, nil, true},
		{5, OfferLoadSame, nil, true},
		{6, OfferMoveOnly, []string{"L1 NOT_TODAY"}, false},
		{7, OfferMoveOnly, []string{"L1 NOT_TODAY"}, false},
		{8, OfferMoveOnly, []string{"L2 PAIN_HIGH"}, false},
		{10, OfferMoveOnly, []string{"L2 PAIN_HIGH"}, false},
	} {
		t.Run(tt.pain.String(), func(t *testing.T) {
			w := monday(t, 8000, except(calm, PromptBefore, func(w *world, p Prompt) {
				if e := w.pain(AskBefore, p.N, tt.pain); e.Gate.Offer != tt.offer {
					w.t.Errorf("offer %s, want %s", e.Gate.Offer, tt.offer)
				}
			}))
			w.until("2026-03-04 14:40")
			w.alerted(tt.alerts...)
			first := w.c.Workouts[0]
			if tt.load == first.CardAt.IsZero() || tt.load == first.Postponed {
				t.Errorf("card at %s, postponed %v", first.CardAt, first.Postponed)
			}
			if tt.load {
				return
			}
			// Asked again in 24 hours, and nothing was decided.
			w.until("2026-03-05 14:30")
			w.sees("2026-03-05", "03-05 14:30 before")
			w.until("2026-03-06 14:00")
			w.sees("2026-03-05", "03-05 14:30 before")
			if e := first.Exercises; len(e) != 0 {
				t.Errorf("a postponed workout has %v", e)
			}
			if reds := w.c.Targets[0].Reds; reds != 0 {
				t.Errorf("reds %d", reds)
			}
		})
	}
}

func TestGateLoadSameTakesTheSmallerLoad(t *testing.T) {
	// The second workout would have 5 kg by the clinician, the first had 4 kg.
	w := monday(t, 8000, patient(func(n int) [4]PainScore { return [4]PainScore{4, 4, 4, 4} }, false))
	w.at(berlin(t, "2026-03-05 12:00"), func() { w.must(w.c.SetLoad(w.c.Targets[0].N, 5000, Kilogram, w.now)) })
	w.until("2026-03-06 15:00")
	second := w.c.Workouts[1]
	if second.Offer != OfferLoadSame || second.Exercises[0].LoadG != 4000 {
		t.Errorf("%s with %d g, want LOAD_SAME with 4000", second.Offer, second.Exercises[0].LoadG)
	}
}

func TestMorePainThanLastTimeWaitsADay(t *testing.T) {
	w := monday(t, 8000, patient(func(n int) [4]PainScore {
		if n == 2 {
			return [4]PainScore{3, 3, 3, 3}
		}
		return [4]PainScore{2, 2, 2, 2}
	}, false))
	w.until("2026-03-07 15:00")
	w.sees("2026-03-06",
		"03-06 14:30 before", "03-06 14:30 daily_stretch", "03-06 14:30 feel",
		"03-07 14:30 before", "03-07 14:30 card", "03-07 14:30 after",
	)
	if second := w.c.Workouts[1]; second.Offer != OfferStretch || !second.Postponed {
		t.Errorf("offer %s, postponed %v; want STRETCH", second.Offer, second.Postponed)
	}
	w.alerted()
}

func TestTheDayOfAWorkout(t *testing.T) {
	// Later workouts come 48 hours after the last Done, and not before the
	// workout hour; past 17:00 the day after at the workout hour.
	for _, tt := range []struct {
		done TimeOfDay // of the first workout, on Wednesday 4 March
		want string
	}{
		{14*60 + 45, "03-06 14:45"}, {17 * 60, "03-06 17:00"}, {17*60 + 1, "03-07 09:00"}, {20 * 60, "03-07 09:00"},
	} {
		w := monday(t, 8000, finishing(calm, tt.done))
		w.until("2026-03-07 12:00")
		if got := w.wall(w.c.Workouts[1].AskedAt)[5:]; got != tt.want {
			t.Errorf("done at %s: the next is at %s, want %s", tt.done, got, tt.want)
		}
	}
}

func TestOpeningAQuestionClosesTheOneBefore(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptAfter, nothing))
	w.at(berlin(t, "2026-03-04 16:40"), func() {
		_, err := w.c.AnswerPain(Question{AskAfter, 1}, 5, w.now)
		w.errorIs(err, ErrStale)
	})
	w.until("2026-03-05 09:00")
	if first := w.c.Workouts[0]; first.After.Known() || !first.TwoHour.Known() || first.Exercises[0].Decision.Rules[0] != "D21" {
		t.Errorf("after %s, rules %v", first.After, first.Exercises[0].Decision.Rules)
	}
}

func TestDoneAfterMidnight(t *testing.T) {
	for choice, want := range map[FinishChoice]string{
		FinishedNow:       "2026-03-05 00:20",
		FinishedHourAgo:   "2026-03-04 22:50",
		FinishedEvening:   "2026-03-04 20:00",
		FinishedAfternoon: "2026-03-04 15:00",
		"":                "2026-03-05 00:20", // no answer: the latest moment
	} {
		w := monday(t, 8000, except(calm, PromptCard, nothing))
		w.at(berlin(t, "2026-03-05 00:20"), func() { w.must(w.c.Finish(1, 0, "", w.now)) })
		if choice != "" {
			w.at(berlin(t, "2026-03-05 00:20"), func() {
				w.must(w.c.FinishedAt(1, choice, w.now))
				w.errorIs(w.c.FinishedAt(1, choice, w.now), ErrStale)
			})
		}
		w.until("2026-03-06 17:00")
		first := w.c.Workouts[0]
		if got := w.wall(first.DoneAt); got != want || first.Status != Done {
			t.Errorf("%q: done at %s (%s), want %s", choice, got, first.Status, want)
		}
		if first.ClosedAt.IsZero() || len(w.c.Workouts) > 1 && w.c.Workouts[1].AskedAt.Sub(first.DoneAt) < 48*time.Hour {
			t.Errorf("%q: closed %s, next %v", choice, first.ClosedAt, w.lines("2026-03-05"))
		}
	}
}

func TestDoneLateInTheEveningCounts(t *testing.T) {
	w := monday(t, 8000, finishing(calm, 20*60+45))
	w.until("2026-03-07 08:00")
	if first := w.c.Workouts[0]; first.Status != Done || w.wall(first.DoneAt) != "2026-03-04 20:45" {
		t.Errorf("%s at %s", first.Status, first.DoneAt)
	}
	if w.c.Silent != 0 {
		t.Errorf("silent %d", w.c.Silent)
	}
}

func TestCardReminderAndFreshQuestion(t *testing.T) {
	w := monday(t, 8000, only(calm, PromptGentle, PromptSafetyCheck))
	// Wednesday unanswered; Thursday the pain before, but never Done.
	w.at(berlin(t, "2026-03-05 09:05"), func() { w.typed(2) })
	w.at(berlin(t, "2026-03-05 12:30"), func() {
		if q := w.c.TypedQuestion(w.now); q != (Question{AskBefore, 2}) {
			w.t.Errorf("a number typed after the card ran out answers %+v", q)
		}
		if e := w.typed(3); e.Corrected {
			w.t.Error("a fresh answer is no correction")
		}
	})
	w.until("2026-03-06 07:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 16:30 before_reminder",
		"03-05 09:00 before", "03-05 09:05 card",
		"03-05 11:05 card_reminder", // after two hours
		"03-05 12:05 before",        // after three it runs out
		"03-05 12:30 card",
	)
	if second := w.c.Workouts[1]; second.Before != 3 || !second.ClosedAt.IsZero() {
		t.Errorf("before %s, closed %s", second.Before, second.ClosedAt)
	}
	w.until("2026-03-06 08:00")
	if second := w.c.Workouts[1]; second.Status != NoReply {
		t.Errorf("in the morning the workout is %s, want no_reply", second.Status)
	}
}

func TestBeforeUnansweredClosesInTheEvening(t *testing.T) {
	w := monday(t, 8000, only(calm, PromptGentle, PromptSafetyCheck))
	w.until("2026-03-04 18:59")
	if w.c.Current() == nil {
		t.Fatal("closed too early")
	}
	w.until("2026-03-04 19:00")
	if first := w.c.Workouts[0]; first.Status != NoReply || w.wall(first.ClosedAt) != "2026-03-04 19:00" {
		t.Errorf("%s, closed at %s", first.Status, w.wall(first.ClosedAt))
	}
	// A tap after that is too late for a card, and a number is an observation.
	_, err := w.c.AnswerPain(Question{AskBefore, 1}, 2, w.now)
	w.errorIs(err, ErrStale)
	if q := w.c.TypedQuestion(w.now); q != (Question{}) {
		t.Errorf("a number typed at 19:00 answers %+v", q)
	}
	w.until("2026-03-05 09:00")
	w.sees("2026-03-05", "03-05 09:00 before")
}

func TestSkippingAsksWhy(t *testing.T) {
	for _, tt := range []struct {
		why    Why // "" is no answer
		status Status
		next   int
		rules  string
	}{
		{WhyPain, SkipPain, 3200, "D18"},
		{WhyFear, SkipFear, 4000, "D19"},
		{WhyOther, SkipOther, 4000, "D20"},
		{"", SkipOther, 4000, "D20"},
	} {
		w := monday(t, 8000, except(calm, PromptCard, func(w *world, p Prompt) {
			if p.N > 1 {
				return
			}
			w.must(w.c.NotToday(p.N, w.now))
			if tt.why != "" {
				_, err := w.c.AnswerWhy(p.N, tt.why, w.now)
				w.must(err)
			}
		}))
		w.until("2026-03-05 09:00")
		first := w.c.Workouts[0]
		if first.Status != tt.status || w.c.Targets[0].LoadG != tt.next || first.Exercises[0].Decision.Rules[0] != tt.rules {
			t.Errorf("%q: %s, %d g, %v", tt.why, first.Status, w.c.Targets[0].LoadG, first.Exercises[0].Decision.Rules)
		}
		if got := w.lines("2026-03-05"); len(got) != 2 || got[0] != "03-05 09:00 before" {
			t.Errorf("%q: offered next day: %v", tt.why, got)
		}
	}
}

func TestStoppedEarlyForPainCuts(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, func(w *world, p Prompt) {
		w.must(w.c.StopEarly(p.N, w.now))
		_, err := w.c.AnswerWhy(p.N, WhyPain, w.now)
		w.must(err)
	}))
	w.until("2026-03-05 09:00")
	e := w.c.Workouts[0].Exercises[0]
	if e.Decision.Rules[0] != "D17" || e.NextG != 3600 {
		t.Errorf("%v, %d g", e.Decision.Rules, e.NextG)
	}
}

func TestTooSoreNextDayWithoutANumber(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptNext, func(w *world, p Prompt) { w.must(w.c.TooSore(p.N, w.now)) }))
	w.until("2026-03-06 08:00")
	e := w.c.Workouts[0].Exercises[0]
	if diff := gocmp.Diff([]string{"D13", "D21"}, e.Decision.Rules); diff != "" || e.NextG != 3200 {
		t.Errorf("%v, %d g", e.Decision.Rules, e.NextG)
	}
}

func TestNextDayIsOpenFor36Hours(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptNext, nothing))
	w.until("2026-03-06 02:29")
	if w.c.Current() == nil {
		t.Error("closed before 36 hours")
	}
	w.until("2026-03-06 02:30")
	if w.c.Current() != nil {
		t.Error("open after 36 hours")
	}
}

func TestCorrectionBeforeClosingChangesTheDecision(t *testing.T) {
	w := at40(t, patient(everyTime(2, 5, 4, 2), false))
	w.at(berlin(t, "2026-03-04 19:00"), func() {
		if e := w.pain(AskTwoHour, 1, 3); !e.Corrected {
			w.t.Error("not marked as a correction")
		}
	})
	w.until("2026-03-05 09:00")
	first := w.c.Workouts[0]
	if !first.Corrected || first.Exercises[0].NextG != 36_000 {
		t.Errorf("corrected %v, next %d", first.Corrected, first.Exercises[0].NextG)
	}
	_, err := w.c.AnswerPain(Question{AskTwoHour, 1}, 2, w.now)
	w.errorIs(err, ErrStale)
}

func TestLoadSetWhileAnswersAreOpenStands(t *testing.T) {
	// /load after Done: the decision still counts, the next load is the set one.
	for _, at := range []string{"2026-03-04 14:30", "2026-03-04 18:00"} {
		w := at40(t, patient(everyTime(2, 5, 4, 2), false))
		w.until("2026-03-04 14:30")
		w.at(berlin(t, at), func() { w.must(w.c.SetLoad(w.c.Targets[0].N, 25_000, Kilogram, w.now)) })
		w.until("2026-03-06 15:00")
		if e := w.c.Workouts[1].Exercises[0]; e.LoadG != 25_000 || w.c.Targets[0].EntryG != 25_000 {
			t.Errorf("set at %s: the next workout has %d g, entry %d", at, e.LoadG, w.c.Targets[0].EntryG)
		}
	}
}

func TestLoadSetOnAnOpenCard(t *testing.T) {
	w := at40(t, except(calm, PromptCard, nothing))
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.must(w.c.SetLoad(w.c.Targets[0].N, 30_000, Kilogram, w.now)) })
	w.at(berlin(t, "2026-03-04 16:00"), func() { w.must(w.c.Finish(1, 0, "", w.now)) })
	w.until("2026-03-05 09:00")
	if got := w.asked(PromptCard); len(got) != 2 {
		t.Errorf("cards at %v, want the one with the new load too", got)
	}
	if e := w.c.Workouts[0].Exercises[0]; e.LoadG != 30_000 || e.Shown.ShownG != 30_000 || e.NextG != 30_000 {
		t.Errorf("%+v", e)
	}
}

func TestAHeavierWeightThanAskedIsNotAskedForAgain(t *testing.T) {
	w := at40(t, except(calm, PromptCard, func(w *world, p Prompt) {
		load := 0
		if p.N == 2 {
			load = 60_000
		}
		w.must(w.c.Finish(p.N, load, Kilogram, w.now))
	}))
	w.until("2026-03-08 15:00")
	if e := w.c.Workouts[1].Exercises[0]; e.LoadG != 60_000 || e.NextG != 44_000 {
		t.Errorf("done with %d g, next %d g; want 110 %% of the week's lowest", e.LoadG, e.NextG)
	}
}

func TestStaleTaps(t *testing.T) {
	w := monday(t, 8000, calm)
	w.until("2026-03-05 12:00") // the first workout is closed
	c, now := w.c, w.now
	_, why := c.AnswerWhy(1, WhyPain, now)
	_, quality := c.AnswerQuality(1, Sharp, now)
	_, choice := c.ChooseSafety(1, ChoiceNone, now)
	for name, err := range map[string]error{
		"Finish": c.Finish(1, 0, "", now), "FinishedAt": c.FinishedAt(1, FinishedNow, now), "StopEarly": c.StopEarly(1, now),
		"NotToday": c.NotToday(1, now), "AnswerWhy": why, "AnswerUsual": c.AnswerUsual(1, 8000, Kilogram, now),
		"AnswerWeight": c.AnswerWeight(1, 8000, Kilogram, now), "TooSore": c.TooSore(1, now), "AnswerQuality": quality,
		"AnswerReserve": c.AnswerReserve(1, true, now), "AnswerFeared": c.AnswerFeared(1, true, now),
		"ClearSafety": c.ClearSafety(now), "ChooseSafety": choice, "PracticeDone": c.PracticeDone(c.Practices[0].N, now),
		"PracticeNotToday": c.PracticeNotToday(99, now), "AllowNext": c.AllowNext(2, now), "Release": c.Release(7, now),
		"Acknowledge": c.Acknowledge(99, 7, now),
	} {
		if err != ErrStale {
			t.Errorf("%s answers %v, want stale", name, err)
		}
	}
	for _, kind := range []QuestionKind{AskNothing, AskBefore, AskAfter, AskTwoHour, AskNext, AskFeel, AskHold, AskUsual, AskWeight} {
		if _, err := c.AnswerPain(Question{kind, 1}, 4, now); err != ErrStale {
			t.Errorf("AnswerPain of %q answers %v, want stale", kind, err)
		}
	}
	if got := c.Silent + len(c.Alerts) + len(c.Holds); got != 0 {
		t.Error("stale taps have left traces")
	}
}

func TestRemindersLeaveRoomForTheTwoHourQuestion(t *testing.T) {
	// On the graded track each day begins with the pain of the day before; four
	// timed messages are the limit, and the reminder of the card gives way.
	late := except(calm, PromptBefore, nothing)
	late = except(late, PromptBeforeAgain, func(w *world, p Prompt) {
		w.after(time.Hour, func() { w.pain(AskBefore, p.N, 2) })
	})
	late = except(late, PromptCard, func(w *world, p Prompt) {
		w.after(150*time.Minute, func() { w.must(w.c.Finish(p.N, 0, "", w.now)) })
	})
	w := gradedFrom(t, "upper_trapezius", 8000, calm)
	w.at(berlin(t, "2026-03-04 09:00"), func() { w.answer = late })
	w.until("2026-03-04 23:00")
	w.sees("2026-03-04",
		"03-04 08:00 next", "03-04 10:30 before", "03-04 12:30 before_reminder", "03-04 13:30 card",
		"03-04 16:00 after", "03-04 16:00 extras", "03-04 18:00 two_hour")
}

func TestSameLoadDoesNotCompareOneDoseWithAnother(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), NewNeedling{
		Targets: []NeedledTarget{{"levator_scapulae", Left}}, Graded: true,
	})
	// Pain of 4 before each workout offers the load of the last one at the most.
	w.answer = patient(everyTime(4, 4, 4, 4), false)
	w.runUntil(berlin(t, "2026-03-08 00:00"))
	for _, x := range w.c.Workouts {
		for _, e := range x.Exercises {
			if e.Phase == K2 && e.Shown.Total() != 45 {
				t.Errorf("the first K2 asks for %v, not 3 sets of 15", e.Shown.Reps)
			}
		}
	}
}
