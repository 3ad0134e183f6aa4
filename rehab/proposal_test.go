package rehab

import (
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// suggesting is a patient in suggest mode who usually lifts 80 kg.
func suggesting(t *testing.T, answer func(*world, Prompt)) *world {
	t.Helper()
	w := monday(t, 80_000, answer)
	w.c.Mode = ModeSuggest
	return w
}

// suggestion is the number of the open suggestion's alert, and 0 for none.
func (w *world) suggestion() int {
	for i := range w.c.Alerts {
		if _, _, ok := w.c.Suggestion(&w.c.Alerts[i]); ok && w.c.Alerts[i].AckedAt.IsZero() {
			return w.c.Alerts[i].N
		}
	}
	return 0
}

// asks are the moments at which the open suggestions were to be said so far.
func asks(w *world) func() []string {
	var list []string
	seen := map[string]bool{}
	w.check = func(w *world) {
		for _, p := range w.wanted {
			a := w.c.Alert(p.N)
			if p.Kind == PromptAlert && a.Intent == IntentSuggestion && !seen[p.Key] {
				seen[p.Key] = true
				list = append(list, w.wall(p.Due))
			}
		}
	}
	return func() []string { return list }
}

var (
	wellDone  = everyTime(2, 2, 2, 2)
	twoHours4 = everyTime(2, 2, 4, 2) // a cut of 15 %
)

func TestWithoutATapTheLoadStays(t *testing.T) {
	for name, pains := range map[string]func(int) [4]PainScore{"good": wellDone, "cuts": twoHours4} {
		t.Run(name, func(t *testing.T) {
			w := suggesting(t, patient(pains, true))
			first := w.c.Targets[0].Standing()
			trained := 0
			for week := range 10 {
				w.runUntil(w.now.AddDate(0, 0, 7))
				if got := w.c.Targets[0].Standing(); got != first {
					t.Fatalf("week %d: %+v, want %+v", week, got, first)
				}
				for _, x := range w.c.Workouts {
					for _, e := range x.Exercises {
						if e.LoadG != 40_000 || e.Phase != P3 || e.Decision != nil && e.NextG != 40_000 {
							t.Fatalf("workout %d: %s with %d g, next %d", x.N, e.Phase, e.LoadG, e.NextG)
						}
					}
				}
				trained = len(w.c.Workouts)
			}
			if trained < 20 || w.suggestion() == 0 {
				t.Errorf("%d workouts, open suggestion %d", trained, w.suggestion())
			}
		})
	}
}

func TestTheDecisionIsThatOfAuto(t *testing.T) {
	auto, suggest := monday(t, 80_000, patient(twoHours4, true)), suggesting(t, patient(twoHours4, true))
	for _, w := range []*world{auto, suggest} {
		w.until("2026-03-05 12:00")
	}
	a, s := auto.c.Workouts[0].Exercises[0], suggest.c.Workouts[0].Exercises[0]
	if diff := gocmp.Diff(a.Input, s.Input) + gocmp.Diff(a.Decision, s.Decision); diff != "" {
		t.Error(diff)
	}
	if a.NextG != 34_000 || s.NextG != 40_000 || s.Suggested != SuggestionOpen || a.Suggested != SuggestionNone {
		t.Errorf("auto leads to %d, suggest to %d (%q)", a.NextG, s.NextG, s.Suggested)
	}
	if got := suggest.c.Targets[0]; got.Reds != 1 || got.Greens != 0 {
		t.Errorf("the counters stand still: %+v", got)
	}
}

// Confirmed at once, each suggestion leads to what auto does by itself.
func TestConfirmDoesWhatAutoDoes(t *testing.T) {
	for name, pains := range map[string]func(int) [4]PainScore{
		"good": wellDone, "cuts": twoHours4,
		"mixed": func(n int) [4]PainScore {
			if n%4 == 0 {
				return [4]PainScore{2, 3, 4, 2}
			}
			return [4]PainScore{2, 2, 2, 2}
		},
	} {
		t.Run(name, func(t *testing.T) {
			auto, suggest := monday(t, 80_000, patient(pains, true)), suggesting(t, patient(pains, true))
			usual := suggest.answer
			suggest.answer = func(w *world, p Prompt) {
				usual(w, p)
				if n := w.suggestion(); n != 0 {
					w.must(w.c.Confirm(n, clinician, w.now))
				}
			}
			for range 11 {
				auto.runUntil(auto.now.AddDate(0, 0, 7))
				suggest.runUntil(suggest.now.AddDate(0, 0, 7))
				if diff := gocmp.Diff(auto.c.Targets, suggest.c.Targets); diff != "" {
					t.Fatalf("%s: (-auto +suggest)\n%s", auto.clock(), diff)
				}
			}
			for i, x := range auto.c.Workouts {
				a, s := x.Exercises[0], suggest.c.Workouts[i].Exercises[0]
				s.Suggested = a.Suggested
				if diff := gocmp.Diff(a, s); diff != "" {
					t.Fatalf("workout %d: (-auto +suggest)\n%s", x.N, diff)
				}
			}
		})
	}
}

func TestASuggestionIsSaidEachMorning(t *testing.T) {
	w := suggesting(t, except(patient(twoHours4, true), PromptBefore, func(w *world, p Prompt) {
		if p.N == 1 {
			w.pain(AskBefore, 1, 2)
		}
	}))
	asked := asks(w)
	w.until("2026-03-09 12:00")
	want := []string{"2026-03-05 08:00", "2026-03-06 08:00", "2026-03-07 08:00", "2026-03-08 08:00", "2026-03-09 08:00"}
	if diff := gocmp.Diff(want, asked()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	w.errorIs(w.c.Acknowledge(w.suggestion(), clinician, w.now), ErrStale)
	w.must(w.c.Confirm(w.suggestion(), clinician, w.now))
	w.until("2026-03-12 12:00")
	if diff := gocmp.Diff(want, asked()); diff != "" {
		t.Errorf("asked after the answer (-want +got):\n%s", diff)
	}
}

func TestTheAnswerToASuggestion(t *testing.T) {
	w := suggesting(t, patient(twoHours4, true))
	w.until("2026-03-05 12:00")
	n, target := w.suggestion(), &w.c.Targets[0]
	w.errorIs(w.c.Confirm(n+1, clinician, w.now), ErrStale)
	w.must(w.c.Keep(n, clinician, w.now))
	w.errorIs(w.c.Keep(n, clinician, w.now), ErrStale)
	w.errorIs(w.c.Confirm(n, clinician, w.now), ErrStale)
	if target.LoadG != 40_000 || target.Proposal != nil || w.c.Workouts[0].Exercises[0].Suggested != SuggestionKept {
		t.Errorf("after Keep: %+v", target)
	}
	w.until("2026-03-07 12:00")
	w.must(w.c.Confirm(w.suggestion(), clinician, w.now))
	e := w.c.Workouts[1].Exercises[0]
	if target.LoadG != 34_000 || e.NextG != 34_000 || e.Suggested != SuggestionConfirmed || e.NextShown.ShownG != 34_000 {
		t.Errorf("after Confirm: %+v, %+v", target, e)
	}
	w.runUntil(w.now)
	w.sees("2026-03-07", "03-07 08:00 next", "03-07 10:00 daily_stretch", "03-07 10:00 feel", "03-07 12:00 new_load")
}

func TestThePatientReadsTheNewLoadOnce(t *testing.T) {
	w := suggesting(t, patient(twoHours4, true))
	w.until("2026-03-05 22:00") // asleep
	w.must(w.c.Confirm(w.suggestion(), clinician, w.now))
	w.until("2026-03-06 10:00")
	w.sees("2026-03-06", "03-06 08:00 new_load")
	w.until("2026-03-07 12:00")
	if n := len(slices.DeleteFunc(w.lines(""), func(s string) bool { return s[len("03-06 08:00 "):] != string(PromptNewLoad) })); n != 1 {
		t.Errorf("the new load was said %d times", n)
	}
}

func TestALaterDecisionReplacesASuggestion(t *testing.T) {
	w := suggesting(t, patient(func(n int) [4]PainScore {
		if n == 1 {
			return [4]PainScore{2, 2, 4, 2}
		}
		return [4]PainScore{2, 2, 2, 2}
	}, true))
	w.until("2026-03-05 12:00")
	first := w.suggestion()
	w.until("2026-03-06 23:00") // a good workout, which asks for nothing
	if w.suggestion() != first {
		t.Fatal("the suggestion did not wait for the next decision")
	}
	w.until("2026-03-07 12:00")
	if w.suggestion() != 0 || w.c.Workouts[0].Exercises[0].Suggested != SuggestionClosed {
		t.Errorf("still open: %d, %+v", w.suggestion(), w.c.Targets[0].Proposal)
	}
	w.errorIs(w.c.Confirm(first, clinician, w.now), ErrStale)
	if w.c.Alert(first).AckedAt.IsZero() || w.c.Alert(first).AckedBy != 0 {
		t.Errorf("alert %+v", w.c.Alert(first))
	}
}

func TestWhatSettlesASuggestion(t *testing.T) {
	for name, act := range map[string]func(w *world){
		"needled again": func(w *world) { w.needle("upper_trapezius", 0) },
		"load set":      func(w *world) { w.must(w.c.SetLoad(w.c.Targets[0].N, 30_000, Kilogram, w.now)) },
		"another track": func(w *world) { w.c.SetTrack(Graded, w.now) },
		"discharged":    func(w *world) { w.c.Discharge(w.now) },
	} {
		t.Run(name, func(t *testing.T) {
			w := suggesting(t, patient(twoHours4, true))
			w.until("2026-03-05 12:00")
			n := w.suggestion()
			act(w)
			i := slices.IndexFunc(w.c.Changes, func(x Change) bool { return x.What == ChangeClosed })
			if w.suggestion() != 0 || w.c.Targets[0].Proposal != nil || i < 0 || w.c.Changes[i].Why != name {
				t.Fatalf("open %d, changes %+v", w.suggestion(), w.c.Changes)
			}
			w.errorIs(w.c.Confirm(n, clinician, w.now), ErrStale)
			w.errorIs(w.c.Keep(n, clinician, w.now), ErrStale)
		})
	}
}

func TestNeedlingBetweenDecisionAndTap(t *testing.T) {
	w := suggesting(t, patient(wellDone, true))
	w.until("2026-03-12 23:00")
	open := w.suggestion() // P4, from the workout before the one of today
	w.needle("upper_trapezius", 0)
	if got := w.c.Targets[0]; got.Proposal != nil || got.Phase != P3 || got.Reentry != 1 || got.LoadG != 24_000 {
		t.Fatalf("%+v", got)
	}
	w.errorIs(w.c.Confirm(open, clinician, w.now), ErrStale)
	w.until("2026-03-20 12:00")
	if got := w.c.Targets[0]; got.Reentry != 1 || got.Proposal == nil || got.Proposal.Reentry != 2 {
		t.Errorf("the way back goes on by itself: %+v, %+v", got, got.Proposal)
	}
}

// A release does not turn down what would be less, but what would be more.
func TestReleaseAndSuggestion(t *testing.T) {
	for name, test := range map[string]struct {
		pains func(int) [4]PainScore
		open  bool
	}{"less": {twoHours4, true}, "more": {wellDone, false}} {
		t.Run(name, func(t *testing.T) {
			w := suggesting(t, patient(test.pains, true))
			w.until("2026-03-11 12:00")
			if w.suggestion() == 0 {
				t.Fatal("nothing is suggested")
			}
			w.c.HoldExercise(clinician, "fever", 0, w.now)
			w.must(w.c.Release(clinician, w.now))
			if open := w.suggestion() != 0; open != test.open {
				t.Errorf("open: %v", open)
			}
		})
	}
}

// A hold starts with its answer in both modes.
func TestHoldsWaitForNobody(t *testing.T) {
	w := suggesting(t, patient(everyTime(2, 9, 2, 2), true))
	w.until("2026-03-04 15:00")
	if w.c.Held() == nil {
		t.Error("no hold")
	}
	w.alerted("L2 PAIN_HIGH D06")
}

func TestConfirmedWhileAWorkoutIsOpen(t *testing.T) {
	pains := func(last PainScore) func(int) [4]PainScore {
		return func(n int) [4]PainScore {
			if n == 5 {
				return [4]PainScore{2, 2, last, 2}
			}
			return [4]PainScore{2, 2, 2, 2}
		}
	}
	for name, test := range map[string]struct {
		pains     func(int) [4]PainScore
		suggested int
	}{"good": {pains(2), 0}, "a cut": {pains(4), 34_000}} {
		t.Run(name, func(t *testing.T) {
			w := suggesting(t, patient(test.pains, true))
			w.until("2026-03-12 23:00") // the fifth workout is done, its morning still to come
			w.must(w.c.Confirm(w.suggestion(), clinician, w.now))
			if e := w.c.Current().Exercises[0]; !e.Outdated || e.Phase != P3 || w.c.Targets[0].Phase != P4 {
				t.Fatalf("%+v", e)
			}
			w.until("2026-03-13 12:00")
			got := w.c.Targets[0]
			if got.Phase != P4 || got.LoadG != 40_000 {
				t.Errorf("the tap was undone: %+v", got)
			}
			if p := got.Proposal; test.suggested == 0 && p != nil || test.suggested > 0 && (p == nil || p.LoadG != test.suggested || p.Phase != P4) {
				t.Errorf("suggested: %+v", p)
			}
		})
	}
}

// After a lay-off the load that stood would be too much: what was done stands.
func TestLayoffInSuggestMode(t *testing.T) {
	w := suggesting(t, patient(wellDone, true))
	w.until("2026-03-05 12:00")
	w.c.HoldExercise(clinician, "fever", 0, w.now)
	w.until("2026-03-16 12:00")
	w.must(w.c.Release(clinician, w.now))
	w.until("2026-03-18 12:00")
	last := w.c.LastTrained().Exercises[0]
	if got := w.c.Targets[0]; last.LoadG != 36_000 || got.LoadG != last.LoadG && got.LoadG*100 > last.LoadG*110 {
		t.Errorf("done with %d g, next %d g", last.LoadG, got.LoadG)
	}
}

// livesIn tries a law on random lives in a mode, with a clinician who answers
// some of the suggestions.
func livesIn(t *testing.T, mode Mode, lives int, law func(l *life)) {
	t.Helper()
	for seed := range uint64(lives) {
		l := newLife(t, seed)
		l.c.ClinicMode = mode
		hears := l.answer
		l.answer = func(w *world, p Prompt) {
			hears(w, p)
			if n := l.suggestion(); n != 0 && l.yes(0.15) {
				if l.yes(0.7) {
					l.must(l.c.Confirm(n, clinician, l.now))
				} else {
					l.must(l.c.Keep(n, clinician, l.now))
				}
			}
		}
		looks := l.check
		l.check = func(w *world) {
			looks(w)
			law(l)
		}
		l.runUntil(l.now.AddDate(0, 0, 100))
		if t.Failed() {
			t.Fatalf("in life %d", seed)
		}
	}
}

func TestInvariantsInSuggestMode(t *testing.T) {
	lives := 300
	if testing.Short() {
		lives = 80
	}
	livesIn(t, ModeSuggest, lives, func(l *life) {
		l.checkProposals()
		l.checkMoves()
	})
}

// The mode may change at any time, with suggestions open.
func TestInvariantsWhileTheModeChanges(t *testing.T) {
	livesIn(t, ModeSuggest, 60, func(l *life) {
		l.checkProposals()
		if l.yes(0.02) {
			l.c.SetMode(pick(l.random, ModeClinic, ModeAuto, ModeSuggest), l.now)
		}
	})
}

// checkProposals: each open suggestion has one open alert, and the other way round.
func (l *life) checkProposals() {
	open := 0
	for i := range l.c.Alerts {
		a := &l.c.Alerts[i]
		if a.Intent != IntentSuggestion || !a.AckedAt.IsZero() {
			continue
		}
		open++
		if _, _, ok := l.c.Suggestion(a); !ok {
			l.t.Errorf("%s: alert %d asks about nothing", l.clock(), a.N)
		}
	}
	for i := range l.c.Targets {
		if p := l.c.Targets[i].Proposal; p != nil {
			open--
			if e := l.c.decidedExercise(&l.c.Targets[i]); e == nil || e.Suggested != SuggestionOpen {
				l.t.Errorf("%s: a proposal without its exercise", l.clock())
			}
		}
	}
	if open != 0 {
		l.t.Errorf("%s: %d alerts more than suggestions", l.clock(), open)
	}
}

// checkMoves: the program by itself never asks for more than what stood.
func (l *life) checkMoves() {
	for _, x := range l.c.Changes {
		if x.By == 0 && x.Rules != nil && x.What.Moves() && x.To.SameDose(x.From) && x.To.LoadG > x.From.LoadG {
			l.t.Errorf("%s: moved by itself: %+v", l.clock(), x)
		}
	}
}

// The audit trail alone leads to where every target stands.
func TestChangesLeadToThePresent(t *testing.T) {
	for _, mode := range []Mode{ModeAuto, ModeSuggest} {
		livesIn(t, mode, 100, func(l *life) {
			stands := map[int]Standing{}
			for i, x := range l.c.Changes {
				if x.N != i+1 || x.At.IsZero() || i > 0 && x.At.Before(l.c.Changes[i-1].At) {
					t.Fatalf("change %d: %+v", i, x)
				}
				if !x.What.Moves() {
					continue
				}
				if stands[x.Target] != x.From {
					t.Fatalf("change %d is from %+v, but %+v stood", x.N, x.From, stands[x.Target])
				}
				stands[x.Target] = x.To
			}
			for _, target := range l.c.Targets {
				if stands[target.N] != target.Standing() {
					t.Fatalf("%s: target %d stands at %+v, the changes say %+v", l.clock(), target.N, target.Standing(), stands[target.N])
				}
			}
		})
	}
}

func TestSuggestModeIsPure(t *testing.T) {
	livesIn(t, ModeSuggest, 10, func(l *life) {
		before := copyOf(l.c)
		l.c.Prompts(l.now)
		l.c.Advance(l.now)
		if diff := gocmp.Diff(before.Targets, l.c.Targets) + gocmp.Diff(before.Alerts, l.c.Alerts); diff != "" || len(before.Changes) != len(l.c.Changes) {
			t.Fatalf("%s: looking has changed\n%s", l.clock(), diff)
		}
		if wake, ok := l.c.NextWake(l.now); ok {
			ahead := copyOf(l.c)
			ahead.Advance(wake.Add(-time.Nanosecond))
			if diff := gocmp.Diff(before.Alerts, ahead.Alerts); diff != "" {
				t.Fatalf("%s: something changes before %s\n%s", l.clock(), wake, diff)
			}
		}
	})
}

func TestModes(t *testing.T) {
	for _, test := range []struct{ own, clinic, want Mode }{
		{ModeClinic, ModeClinic, ModeAuto}, {ModeClinic, ModeSuggest, ModeSuggest}, {ModeAuto, ModeSuggest, ModeAuto},
		{ModeSuggest, ModeAuto, ModeSuggest}, {ModeClinic, ModeAuto, ModeAuto},
	} {
		c := Course{Mode: test.own, ClinicMode: test.clinic}
		if got := c.EffectiveMode(); got != test.want {
			t.Errorf("%q in a clinic with %q: %q", test.own, test.clinic, got)
		}
	}
	w := monday(t, 8000, nothing)
	w.c.Acting = clinician
	w.c.SetMode(ModeSuggest, w.now)
	w.c.SetMode(ModeSuggest, w.now)
	last := w.c.Changes[len(w.c.Changes)-1]
	want := Change{N: 2, At: w.now, By: clinician, What: ChangeMode, To: Standing{Mode: ModeSuggest}}
	if diff := gocmp.Diff(want, last); diff != "" {
		t.Error(diff)
	}
}
