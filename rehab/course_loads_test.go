package rehab

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// words is a prescription as a patient would read it: "4 kg 12+12+12".
func (p Prescription) words(unit Unit) string {
	reps := strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Reps), " ", "+"), "[]")
	if p.ShownG == 0 {
		return reps
	}
	return FormatLoad(p.ShownG, unit) + " " + reps
}

// table is what a target was asked to do: one line for the day, counted from the
// needling, on which it changed.
func (w *world) table(target int) []string {
	var lines []string
	before := ""
	for i := range w.c.Workouts {
		x := &w.c.Workouts[i]
		for _, e := range x.Exercises {
			t := w.c.Target(e.Target)
			if e.Target != target || x.DoneAt.IsZero() {
				continue
			}
			asked := fmt.Sprintf("%s %s", e.Phase, e.Shown.words(t.Unit))
			if asked != before {
				lines = append(lines, fmt.Sprintf("%d: %s", w.day(x.DoneAt), asked))
			}
			before = asked
		}
	}
	return lines
}

// day is the number of calendar days since the first needling.
func (w *world) day(at time.Time) int {
	return DayOf(w.c.Needlings[0].At, w.c.Zone).until(DayOf(at, w.c.Zone))
}

func (w *world) tables(target int, want ...string) {
	w.t.Helper()
	got := w.table(target)
	w.t.Logf("\n%s", strings.Join(got, "\n"))
	if diff := gocmp.Diff(want, got); diff != "" {
		w.t.Errorf("the plan (-want +got):\n%s", diff)
	}
}

func needle(muscle string, usualG int, unit Unit) NewNeedling {
	return NewNeedling{Targets: []NeedledTarget{{muscle, Left}}, UsualG: usualG, Unit: unit}
}

// twelveWeeks lives with a patient who always feels well.
func twelveWeeks(t *testing.T, n NewNeedling, answer func(*world, Prompt)) *world {
	t.Helper()
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), n)
	w.answer = answer
	w.until("2026-06-01 12:00")
	if w.c.EndedAt.IsZero() || w.day(w.c.EndedAt) != 84 {
		t.Errorf("ended at %s", w.c.EndedAt)
	}
	return w
}

func TestTwelveGoodWeeks(t *testing.T) {
	strong, well := patient(everyTime(2, 2, 2, 2), true), calm
	for _, tt := range []struct {
		name   string
		n      NewNeedling
		answer func(*world, Prompt)
		want   []string
	}{
		{"4 kg", needle("upper_trapezius", 4000, Kilogram), strong, []string{
			"2: P3 2 kg 12+12+12", "10: P4 2 kg 15+15+15", "14: P4 2 kg 16+16+16", "18: P5 2 kg 13+13+13",
			"30: P6 2.5 kg 8+8+8+8", "36: P6 2.5 kg 6+6+6+6", "40: P6 2.5 kg 7+7+7+7", "63: P7 2.5 kg 7+7+7+7",
		}},
		{"8 kg", needle("upper_trapezius", 8000, Kilogram), strong, []string{
			"2: P3 4 kg 12+12+12", "10: P4 4 kg 15+15+15", "14: P4 4 kg 16+16+16", "18: P5 4 kg 13+13+13",
			"22: P5 4.5 kg 12+12+12", "30: P6 5 kg 8+8+8+8", "36: P6 5 kg 6+6+6+6", "40: P6 5 kg 7+7+7+7",
			"48: P6 5.5 kg 6+6+6+6", "56: P6 5.5 kg 7+7+7+7", "63: P7 5.5 kg 7+7+7+7",
		}},
		{"8 kg without reserve", needle("upper_trapezius", 8000, Kilogram), well, []string{
			"2: P3 4 kg 12+12+12", "10: P4 4 kg 15+15+15", "18: P5 4 kg 13+13+13", "30: P6 4.5 kg 8+8+8+8",
			"36: P6 4.5 kg 6+6+6+6", "63: P7 4.5 kg 6+6+6+6",
		}},
		{"40 kg", needle("quadratus_lumborum", 40_000, Kilogram), strong, []string{
			"2: P3 20 kg 12+12+12", "10: P4 20 kg 15+15+15", "14: P4 21 kg 15+15+15", "18: P5 22 kg 12+12+12",
			"22: P5 23 kg 12+12+12", "30: P6 25 kg 8+8+8+8", "36: P6 25 kg 6+6+6+6", "40: P6 26.5 kg 6+6+6+6",
			"48: P6 28 kg 6+6+6+6", "56: P6 29 kg 6+6+6+6", "63: P7 29 kg 6+6+6+6",
		}},
		{"18 lb", needle("upper_trapezius", 8165, Pound), strong, []string{
			"2: P3 9 lb 12+12+12", "10: P4 9 lb 15+15+15", "14: P4 9 lb 16+16+16", "18: P5 9 lb 13+13+13",
			"22: P5 10 lb 12+12+12", "30: P6 11 lb 8+8+8+8", "36: P6 11 lb 6+6+6+6", "40: P6 12 lb 6+6+6+6",
			"48: P6 12 lb 7+7+7+7", "56: P6 13 lb 6+6+6+6", "63: P7 13 lb 6+6+6+6",
		}},
		{"band", needle("piriformis", 0, Kilogram), strong, []string{
			"2: P3 12+12+12", "10: P4 15+15+15", "14: P4 16+15+15", "18: P5 12+12+12",
			"22: P5 13+12+12", "26: P5 13+13+12", "30: P6 8+8+8+8", "34: P6 9+8+8+8",
			"36: P6 6+6+6+6", "40: P6 7+6+6+6", "44: P6 7+7+6+6", "48: P6 7+7+7+6",
			"52: P6 7+7+7+7", "56: P6 8+7+7+7", "63: P7 8+7+7+7",
		}},
		{"manual resistance", needle("levator_scapulae", 0, Kilogram), strong, []string{
			"2: P3 10+10+10", "10: P4 15+15+15", "14: P4 16+15+15", "18: P5 12+12+12",
			"22: P5 13+12+12", "26: P5 13+13+12", "30: P6 8+8+8+8", "34: P6 9+8+8+8",
			"36: P6 6+6+6+6", "40: P6 7+6+6+6", "44: P6 7+7+6+6", "48: P6 7+7+7+6",
			"52: P6 7+7+7+7", "56: P6 8+7+7+7", "63: P7 8+7+7+7",
		}},
		{"unknown and never weighed", needle("upper_trapezius", 0, Kilogram), strong, []string{
			"2: P3 12+12+12", "10: P4 15+15+15", "14: P4 16+15+15", "18: P5 12+12+12",
			"22: P5 13+12+12", "26: P5 13+13+12", "30: P6 8+8+8+8", "34: P6 9+8+8+8",
			"36: P6 6+6+6+6", "40: P6 7+6+6+6", "44: P6 7+7+6+6", "48: P6 7+7+7+6",
			"52: P6 7+7+7+7", "56: P6 8+7+7+7", "63: P7 8+7+7+7",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := twelveWeeks(t, tt.n, except(tt.answer, PromptUsual, func(w *world, p Prompt) {
				w.must(w.c.AnswerUsual(p.N, 0, "", w.now))
			}))
			w.tables(w.c.Targets[0].N, tt.want...)
		})
	}
}

func TestAUsualLoadThatThePatientNames(t *testing.T) {
	w := twelveWeeks(t, needle("upper_trapezius", 0, ""), except(calm, PromptUsual, func(w *world, p Prompt) {
		w.must(w.c.AnswerUsual(p.N, 8165, Pound, w.now))
	}))
	w.tables(w.c.Targets[0].N,
		"2: P3 9 lb 12+12+12", "10: P4 9 lb 15+15+15", "18: P5 9 lb 13+13+13",
		"30: P6 10 lb 8+8+8+8", "36: P6 10 lb 6+6+6+6", "63: P7 10 lb 6+6+6+6")
	if n := len(w.asked(PromptUsual)); n != 1 {
		t.Errorf("the usual load is asked %d times", n)
	}
}

func TestAWeightNamedAtDone(t *testing.T) {
	// "I do not know": the lightest one, and Done asks which it was.
	w := monday(t, 0, except(except(calm, PromptUsual, func(w *world, p Prompt) {
		w.must(w.c.AnswerUsual(p.N, 0, "", w.now))
	}), PromptWeight, func(w *world, p Prompt) { w.must(w.c.AnswerWeight(p.N, 3000, Kilogram, w.now)) }))
	w.until("2026-03-06 15:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 usual", "03-04 14:30 card",
		"03-04 14:30 weight", "03-04 14:30 after", "03-04 16:30 two_hour",
		"03-05 08:00 next", "03-05 10:00 daily_stretch", "03-05 10:00 feel",
		"03-06 14:30 before", "03-06 14:30 card", "03-06 14:30 after")
	w.tables(w.c.Targets[0].N, "2: P3 3 kg 12+12+12")
}

func TestANewWeightLeavesTheOthersAlone(t *testing.T) {
	n := needle("upper_trapezius", 8000, Kilogram)
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), n)
	w.c.Needle(NewNeedling{At: w.now, Targets: []NeedledTarget{{"quadratus_lumborum", Left}}, Unit: Kilogram}, w.now)
	w.answer = except(except(calm, PromptUsual, func(w *world, p Prompt) {
		w.must(w.c.AnswerUsual(p.N, 0, "", w.now))
	}), PromptWeight, func(w *world, p Prompt) { w.must(w.c.AnswerWeight(p.N, 12_000, Kilogram, w.now)) })
	w.until("2026-03-06 15:00")
	w.tables(w.c.Targets[0].N, "2: P3 4 kg 12+12+12")
	w.tables(w.c.Targets[1].N, "2: P3 12 kg 12+12+12")
}

// asked are the moments at which a kind of message was sent.
func (w *world) asked(kind PromptKind) []string {
	var list []string
	for _, s := range w.log {
		if s.p.Kind == kind {
			list = append(list, w.wall(s.at))
		}
	}
	return list
}

func TestGreenWorkoutsReachP7AtEveryRhythm(t *testing.T) {
	for every := 2; every <= 5; every++ {
		for _, reserve := range []bool{false, true} {
			for _, usual := range []int{0, 4000, 8000, 40_000} {
				well := patient(everyTime(2, 2, 2, 2), reserve)
				w := twelveWeeks(t, needle("upper_trapezius", usual, Kilogram), func(w *world, p Prompt) {
					last := w.c.LastTrained()
					switch {
					case p.Kind == PromptUsual:
						w.must(w.c.AnswerUsual(p.N, 0, "", w.now))
					case p.Kind == PromptCard && last != nil && w.day(w.now)-w.day(last.DoneAt) < every:
						w.must(w.c.NotToday(p.N, w.now))
						_, err := w.c.AnswerWhy(p.N, WhyOther, w.now)
						w.must(err)
					default:
						well(w, p)
					}
				})
				if got := w.c.Targets[0].Phase; got != P7 {
					t.Errorf("every %d days, reserve %v, usual %d g: ends in %s\n%v",
						every, reserve, usual, got, w.table(w.c.Targets[0].N))
				}
			}
		}
	}
}

// days are the days of the workouts that were done.
func (w *world) days() []int {
	var list []int
	for _, x := range w.c.Workouts {
		if !x.DoneAt.IsZero() {
			list = append(list, w.day(x.DoneAt))
		}
	}
	return list
}

func TestRhythm(t *testing.T) {
	w := twelveWeeks(t, needle("upper_trapezius", 8000, Kilogram), calm)
	want := []int{
		2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56,
		63, 70, 77, // P7 once a week
	}
	if diff := gocmp.Diff(want, w.days()); diff != "" {
		t.Errorf("days of workouts (-want +got):\n%s", diff)
	}
	w.sees("2026-05-19", "05-19 08:00 next", "05-25 09:00 closing")
}

func TestKeepingEightRepetitions(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), needle("upper_trapezius", 8000, Kilogram))
	w.c.Targets[0].Keep8 = true
	w.answer = calm
	w.until("2026-06-01 12:00")
	w.tables(w.c.Targets[0].N,
		"2: P3 4 kg 12+12+12", "10: P4 4 kg 15+15+15", "18: P5 4 kg 13+13+13", "30: P6 4.5 kg 8+8+8+8", "63: P7 4.5 kg 8+8+8+8")
}

func TestAPhaseThatBeginsFarTooLightIsOfferedToTheClinician(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), needle("quadratus_lumborum", 40_000, Kilogram))
	w.answer = calm
	w.until("2026-05-20 12:00")
	w.alerted("L1 LOAD_LOW", "L1 LOAD_LOW", "L1 LOAD_LOW")
	open := slices.DeleteFunc(slices.Clone(w.c.Alerts), func(a Alert) bool {
		return a.Intent != IntentLowEntry || !a.AckedAt.IsZero()
	})
	if len(open) != 1 || open[0].N != w.c.Alerts[2].N {
		t.Errorf("open offers %+v, want the last one alone", open)
	}
	w.must(w.c.SetLoad(w.c.Targets[0].N, 40_000, Kilogram, w.now))
	if w.c.Alerts[2].AckedAt.IsZero() {
		t.Error("the offer is open after the load was set")
	}
	// 40 kg for ten repetitions are 34.3 kg for fifteen.
	target := w.c.Targets[0]
	target.Phase, target.RM = P4, 15
	if got := w.c.ExpectedLoad(&target); got != 34_300 {
		t.Errorf("expected load %d g", got)
	}
}

func TestThreeCutsGoBackAPhase(t *testing.T) {
	// In P4 at 40 kg each workout is a little too much, again and again.
	hurts := func(n int) [4]PainScore {
		if n >= 5 {
			return [4]PainScore{2, 3, 3, 2}
		}
		return [4]PainScore{2, 2, 2, 2}
	}
	w := monday(t, 80_000, patient(hurts, false))
	w.until("2026-03-17 12:00")
	w.tables(w.c.Targets[0].N,
		"2: P3 40 kg 12+12+12", "10: P4 40 kg 15+15+15", "12: P4 36 kg 15+15+15", "14: P4 32 kg 15+15+15")
	if target := w.c.Targets[0]; target.Phase != P3 || target.LoadG != 29_160 || target.EntryG != 29_160 || target.Reds != 0 {
		t.Errorf("%s at %d g, entry %d, reds %d; want P3 at 29160", target.Phase, target.LoadG, target.EntryG, target.Reds)
	}
	w.alerted("L1 LOAD_LOW", "L1 EASE_BACK D22a", "L2 STEP_BACK D22")
}

func TestTwoCutsOfATwentiethGoBack(t *testing.T) {
	w := at40(t, patient(everyTime(2, 2, 5, 2), false))
	w.until("2026-03-07 12:00")
	// P3 goes back to one acknowledged stretch, and on with the reduced load.
	if target := w.c.Targets[0]; target.Phase != P3 || target.LoadG != 25_600 || target.EntryG != 25_600 {
		t.Errorf("%s at %d g, entry %d", target.Phase, target.LoadG, target.EntryG)
	}
	w.until("2026-03-08 20:00")
	w.sees("2026-03-07", "03-07 08:00 next",
		"03-07 10:00 daily_stretch", "03-07 10:00 feel",
		"03-08 14:30 before", "03-08 14:30 card", "03-08 14:30 after", "03-08 16:30 two_hour")
}

func TestNoLoadAfterARegressUntilAStretch(t *testing.T) {
	stretch := true
	usual := patient(everyTime(2, 2, 5, 2), false)
	w := at40(t, func(w *world, p Prompt) {
		if p.Kind != PromptDaily || stretch {
			usual(w, p)
		}
	})
	w.at(berlin(t, "2026-03-06 20:00"), func() { stretch = false })
	w.until("2026-03-09 20:00")
	w.sees("2026-03-07", "03-07 08:00 next", "03-07 10:00 daily_stretch", "03-08 10:00 daily_stretch", "03-09 10:00 daily_stretch")
	w.must(w.c.PracticeDone(20260309, w.now))
	w.until("2026-03-10 10:00")
	if got := w.c.LastTrained(); w.wall(got.DoneAt) != "2026-03-10 09:00" || got.Exercises[0].LoadG != 25_600 {
		t.Errorf("%s with %d g", w.wall(got.DoneAt), got.Exercises[0].LoadG)
	}
}

func TestUnderHalfOfTheEntryLoadWaitsForTheClinician(t *testing.T) {
	w := at40(t, patient(everyTime(2, 2, 3, 2), false))
	w.c.Targets[0].EntryG = 75_000
	w.until("2026-03-20 12:00")
	// 40 kg become 36 kg, less than half of 75.
	w.alerted("L2 HOLD_WAIT_CLINICIAN D23")
	h := w.c.Held()
	if h == nil || !h.Clearance {
		t.Fatalf("held %+v", h)
	}
	if got := len(w.days()); got != 1 {
		t.Errorf("%d workouts", got)
	}
	w.must(w.c.Release(clinician, w.now))
	w.until("2026-03-20 15:00")
	if got := len(w.days()); got != 2 {
		t.Errorf("%d workouts after the release", got)
	}
}

func TestLayOff(t *testing.T) {
	for _, tt := range []struct {
		name  string
		days  int // from the last workout, in P5 at 43.333 kg, to the next
		load  int
		phase Phase
		alert string // added by the break
		hold  bool
	}{
		{"6 days", 6, 43_333, P5, "", false},
		{"7 days", 7, 38_999, P5, "", false},
		{"13 days", 13, 38_999, P5, "", false},
		{"14 days", 14, 34_666, P4, "L1 LAYOFF", false},
		{"27 days", 27, 34_666, P4, "L1 LAYOFF", false},
		{"28 days", 28, 34_666, P4, "L1 LAYOFF, L2 HOLD_WAIT_CLINICIAN", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			last := berlin(t, "2026-03-22 14:30") // the third workout of P5
			back := last.AddDate(0, 0, tt.days).Add(-6 * time.Hour)
			w := monday(t, 80_000, func(w *world, p Prompt) {
				away := w.now.After(last.Add(time.Hour)) && w.now.Before(back)
				switch {
				case p.Kind == PromptCard && away:
					w.must(w.c.NotToday(p.N, w.now))
					_, err := w.c.AnswerWhy(p.N, WhyOther, w.now)
					w.must(err)
				default:
					calm(w, p)
				}
			})
			w.runUntil(last.Add(time.Hour))
			if got := w.c.Targets[0]; got.Phase != P5 || got.LoadG != 43_333 {
				t.Fatalf("before the break %s at %d g", got.Phase, got.LoadG)
			}
			before := len(w.c.Alerts)
			w.runUntil(back.Add(time.Minute))
			if tt.hold {
				h := w.c.Held()
				if h == nil || !h.Clearance {
					t.Fatalf("held %+v", h)
				}
				w.must(w.c.Release(clinician, w.now))
			}
			w.runUntil(back.Add(28 * time.Hour))
			e := w.c.LastTrained().Exercises[0]
			if e.LoadG != tt.load || e.Phase != tt.phase {
				t.Errorf("%s at %d g, want %s at %d", e.Phase, e.LoadG, tt.phase, tt.load)
			}
			got := slices.DeleteFunc(w.alerts()[before:], func(a string) bool { return a == "L1 LOAD_LOW" })
			if strings.Join(got, ", ") != tt.alert {
				t.Errorf("alerts %q, want %q", got, tt.alert)
			}
			target := w.c.Targets[0]
			if target.Reds != 0 {
				t.Errorf("a lay-off counts as %d cuts", target.Reds)
			}
			if tt.phase == P4 && (target.Phase != P4 || target.Greens != 1 || target.EntryG != tt.load) {
				t.Errorf("one phase back begins anew: %s, greens %d, entry %d", target.Phase, target.Greens, target.EntryG)
			}
		})
	}
}

func TestASkipForPainAfterALayOffCutsOnce(t *testing.T) {
	w := at40(t, calm)
	w.until("2026-03-05 12:00")
	w.c.HoldExercise(clinician, "holiday", 0, w.now)
	w.until("2026-03-12 12:00") // eight days after the first workout
	w.must(w.c.Release(clinician, w.now))
	skip := true
	w.answer = except(calm, PromptCard, func(w *world, p Prompt) {
		if !skip {
			calm(w, p)
			return
		}
		skip = false
		w.must(w.c.NotToday(p.N, w.now))
		_, err := w.c.AnswerWhy(p.N, WhyPain, w.now)
		w.must(err)
	})
	w.until("2026-03-13 12:00")
	// 40 kg less 20 % for the skip, of which 90 % after the break.
	if e := w.c.LastTrained().Exercises[0]; e.LoadG != 28_800 {
		t.Errorf("%d g", e.LoadG)
	}
}
