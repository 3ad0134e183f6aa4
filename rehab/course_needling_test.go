package rehab

import (
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// twoMuscles are the left trapezius with 8 kg and the left QL with 20 kg, needled
// together on Monday, 2 March at 14:30.
func twoMuscles(t *testing.T, answer func(*world, Prompt)) *world {
	t.Helper()
	w := monday(t, 8000, answer)
	w.needle("quadratus_lumborum", 20_000)
	return w
}

// needle records a needling right now.
func (w *world) needle(muscle string, usualG int) {
	n := needle(muscle, usualG, Kilogram)
	n.At, n.By = w.now, clinician
	w.c.Needle(n, w.now)
}

func TestEveryTargetCanHaveItsOwnUsualWeight(t *testing.T) {
	w := monday(t, 8000, nil)
	ql, piriformis := NeedledTarget{"quadratus_lumborum", Left}, NeedledTarget{"piriformis", Left}
	w.c.Needle(NewNeedling{
		At: w.now, Targets: []NeedledTarget{ql, piriformis}, UsualG: 10_000, Unit: Kilogram,
		Usual: map[NeedledTarget]Weight{ql: {20_000, Pound}},
	}, w.now)
	got := map[string]Weight{}
	for _, target := range w.c.Targets {
		got[target.Muscle] = Weight{target.UsualG, target.Unit}
	}
	want := map[string]Weight{
		"upper_trapezius": {8000, Kilogram}, "quadratus_lumborum": {20_000, Pound}, "piriformis": {10_000, Kilogram},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("usual weights (-want +got):\n%s", diff)
	}
}

func TestOneSittingForBothTargets(t *testing.T) {
	w := twoMuscles(t, patient(everyTime(2, 5, 4, 2), false))
	w.until("2026-03-05 12:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 14:30 after", "03-04 14:30 extras",
		"03-04 16:30 two_hour", "03-05 08:00 next", "03-05 10:00 daily_stretch", "03-05 10:00 feel")
	got := map[string]int{}
	for _, target := range w.c.Targets {
		got[target.Muscle] = target.LoadG
	}
	if diff := gocmp.Diff(map[string]int{"upper_trapezius": 3400, "quadratus_lumborum": 8500}, got); diff != "" {
		t.Errorf("next loads (-want +got):\n%s", diff)
	}
}

func TestBothSidesAreTwoTargets(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), NewNeedling{
		Targets: []NeedledTarget{{"upper_trapezius", Left}, {"upper_trapezius", Right}}, UsualG: 8000, Unit: Kilogram,
	})
	w.answer = calm
	w.until("2026-03-04 15:00")
	if got := len(w.c.Targets); got != 2 {
		t.Fatalf("%d targets", got)
	}
	if got := len(w.c.Workouts[0].Exercises); got != 2 {
		t.Errorf("%d exercises in the first workout", got)
	}
}

func TestNeedledAgainInTheThirdWeek(t *testing.T) {
	w := twoMuscles(t, calm)
	w.at(berlin(t, "2026-03-19 10:00"), func() { w.needle("upper_trapezius", 0) })
	w.until("2026-04-01 15:30")
	w.sees("2026-03-18",
		"03-18 14:30 before", "03-18 14:30 card", "03-18 14:30 after", "03-18 14:30 extras", "03-18 16:30 two_hour",
		"03-19 08:00 next",
		"03-19 10:00 welcome", "03-19 15:00 movement", "03-19 16:00 gentle_stretch", "03-19 16:00 feel",
		"03-20 10:00 structured_stretch", "03-20 10:00 feel",
		// The QL was not needled: 24 hours for the whole body, and the safety check.
		"03-20 14:30 safety_check", "03-20 14:30 before", "03-20 14:30 card", "03-20 14:30 after", "03-20 14:30 extras",
		"03-20 16:30 two_hour", "03-21 08:00 next",
		"03-22 14:30 before", "03-22 14:30 card", "03-22 14:30 after", "03-22 14:30 extras", "03-22 16:30 two_hour",
		"03-23 08:00 next",
		"03-24 14:30 before", "03-24 14:30 card", "03-24 14:30 after", "03-24 14:30 extras", "03-24 16:30 two_hour",
		"03-25 08:00 next",
		"03-26 14:30 before", "03-26 14:30 card", "03-26 14:30 after", "03-26 14:30 extras", "03-26 16:30 two_hour",
		"03-27 08:00 next",
		"03-28 14:30 before", "03-28 14:30 card", "03-28 14:30 after", "03-28 14:30 extras", "03-28 16:30 two_hour",
		"03-29 08:00 next",
		"03-30 15:30 before", "03-30 15:30 card", "03-30 15:30 after", "03-30 15:30 extras", "03-30 17:30 two_hour",
		"03-31 08:00 next",
		"04-01 15:30 before", "04-01 15:30 card", "04-01 15:30 after", "04-01 15:30 extras",
	)
	// 60, 80 and 100 % of 4 kg; the programme clock goes on.
	w.tables(w.c.Targets[0].N,
		"2: P3 4 kg 12+12+12", "10: P4 4 kg 15+15+15",
		"20: P5 2 kg 12+12+12", "22: P5 3 kg 12+12+12", "24: P5 4 kg 12+12+12",
		"30: P6 4 kg 8+8+8+8")
	w.tables(w.c.Targets[1].N,
		"2: P3 10 kg 12+12+12", "10: P4 10 kg 15+15+15", "18: P5 10.5 kg 12+12+12", "30: P6 11.5 kg 8+8+8+8")
}

// inP4 is a trapezius at 20 kg in P4, needled again on Thursday, 12 March at
// 10:00, with what the patient answers from then on.
func inP4(t *testing.T, answer func(*world, Prompt)) *world {
	t.Helper()
	w := monday(t, 40_000, calm)
	w.until("2026-03-12 10:00")
	if target := w.c.Targets[0]; target.Phase != P4 || target.LoadG != 20_000 {
		t.Fatalf("%s at %d g", target.Phase, target.LoadG)
	}
	w.needle("upper_trapezius", 0)
	w.answer = answer
	return w
}

func TestReentry(t *testing.T) {
	pain := func(later ...[4]PainScore) func(int) [4]PainScore {
		return func(n int) [4]PainScore { // the first workout after the needling is the fifth
			if n-5 < len(later) {
				return later[n-5]
			}
			return [4]PainScore{2, 2, 2, 2}
		}
	}
	green, cut := [4]PainScore{2, 2, 2, 2}, [4]PainScore{2, 2, 3, 2}
	for _, tt := range []struct {
		name  string
		pains func(int) [4]PainScore
		want  []string
	}{
		{"three good ones", pain(green, green, green), []string{
			"12: P4 12 kg 15+15+15", "14: P4 16 kg 15+15+15", "16: P4 20 kg 15+15+15", "22: P5 20 kg 12+12+12"}},
		{"a cut stays on the step", pain(green, cut, green), []string{
			"12: P4 12 kg 15+15+15", "14: P4 16 kg 15+15+15", "16: P4 14 kg 15+15+15", "18: P4 18 kg 15+15+15",
			"24: P5 18 kg 12+12+12"}},
		{"soreness stays on the step", pain([4]PainScore{2, 2, 2, 4}), []string{
			"12: P4 12 kg 15+15+15", "16: P4 16 kg 15+15+15", "18: P4 20 kg 15+15+15", "24: P5 20 kg 12+12+12"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := inP4(t, patient(tt.pains, true))
			w.until("2026-03-26 12:00")
			w.tables(w.c.Targets[0].N, append([]string{"2: P3 20 kg 12+12+12"}, tt.want...)...)
		})
	}
}

func TestNeedledAgainOnTheWayBack(t *testing.T) {
	// A second needling after the step of 80 % leads back to the same full load.
	w := inP4(t, calm)
	w.at(berlin(t, "2026-03-17 10:00"), func() { w.needle("upper_trapezius", 0) })
	w.until("2026-03-24 12:00")
	w.tables(w.c.Targets[0].N, "2: P3 20 kg 12+12+12",
		"12: P4 12 kg 15+15+15", "14: P4 16 kg 15+15+15",
		"17: P4 12 kg 15+15+15", "19: P4 16 kg 15+15+15", "21: P4 20 kg 15+15+15")
}

func TestNeedlingClosesWhatIsOpen(t *testing.T) {
	// Done at 14:30, needled again at 15:30: decided with what is known.
	w := at40(t, patient(everyTime(2, 7, 2, 2), false))
	w.at(berlin(t, "2026-03-04 15:30"), func() { w.needle("upper_trapezius", 0) })
	w.until("2026-03-04 16:45")
	first := w.c.Workouts[0]
	if first.ClosedAt.IsZero() || first.Exercises[0].NextG != 36_000 {
		t.Errorf("closed %s, next %d g", first.ClosedAt, first.Exercises[0].NextG)
	}
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 14:30 after", "03-04 14:30 extras",
		"03-04 15:30 welcome")
}

func TestNeedlingAnyTargetDropsACard(t *testing.T) {
	w := monday(t, 8000, except(calm, PromptCard, nothing))
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.needle("quadratus_lumborum", 20_000) })
	w.until("2026-03-05 16:00")
	w.errorIs(w.c.Finish(1, 0, "", berlin(t, "2026-03-05 10:00")), ErrStale)
	w.sees("2026-03-05",
		"03-05 08:00 gentle_stretch", "03-05 08:00 feel",
		"03-05 15:00 structured_stretch", "03-05 15:00 feel",
		"03-05 15:00 safety_check", "03-05 15:00 before", "03-05 15:00 card") // 24 hours for the trapezius
	if got := len(w.c.Current().Exercises); got != 1 {
		t.Errorf("%d exercises, want the trapezius alone", got)
	}
}

func TestANeedlingRecordedAfterALaterOne(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), trapezius(8000))
	w.answer = calm
	earlier := trapezius(8000)
	earlier.At = berlin(t, "2026-02-27 09:00")
	w.c.Needle(earlier, w.now)
	target := w.c.Targets[0]
	if w.wall(target.LastNeedle) != "2026-03-02 14:30" || w.wall(target.FirstNeedle) != "2026-02-27 09:00" {
		t.Errorf("clocks %s and %s", w.wall(target.LastNeedle), w.wall(target.FirstNeedle))
	}
	w.until("2026-03-04 15:00")
	if got := w.asked(PromptCard); len(got) != 1 || got[0] != "2026-03-04 14:30" {
		t.Errorf("cards at %v", got)
	}
}

func TestAMuscleAddedLaterHasItsOwnClocks(t *testing.T) {
	w := monday(t, 8000, calm)
	w.at(berlin(t, "2026-04-06 10:00"), func() { w.needle("quadratus_lumborum", 20_000) })
	w.until("2026-07-06 12:00")
	w.tables(w.c.Targets[1].N,
		"38: P3 10 kg 12+12+12", "44: P4 10 kg 15+15+15", "52: P5 10.5 kg 12+12+12",
		"66: P6 11.5 kg 8+8+8+8", "72: P6 11.5 kg 6+6+6+6", "99: P7 11.5 kg 6+6+6+6")
	if w.wall(w.c.EndedAt) != "2026-06-29 09:00" {
		t.Errorf("the course ends at %s", w.wall(w.c.EndedAt))
	}
}

// gradedFrom is a course on the graded track.
func gradedFrom(t *testing.T, muscle string, usualG int, answer func(*world, Prompt)) *world {
	t.Helper()
	n := needle(muscle, usualG, Kilogram)
	n.Graded = true
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), n)
	w.answer = answer
	return w
}

func TestGradedTrack(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, calm)
	w.until("2026-04-13 12:00")
	table := []string{
		"1: K1 5", "3: K2 15+15+15", "6: K3 4 kg 12+12+12",
		"12: K4 4 kg 15+15+15", "16: K4 4 kg 13+13+13", "30: K4 4.5 kg 8+8+8+8",
	}
	w.tables(w.c.Targets[0].N, table...)
	w.alerted("L1 LOAD_LOW", "L1 WELL_DONE_NEXT_STEP")
	// K5 waits for the clinician.
	target := w.c.Targets[0]
	if target.Phase != K4 || !target.NextConsent {
		t.Fatalf("%s, consent asked %v", target.Phase, target.NextConsent)
	}
	w.must(w.c.AllowNext(target.N, w.now))
	w.errorIs(w.c.AllowNext(target.N, w.now), ErrStale)
	if !slices.ContainsFunc(w.c.Prompts(w.now), func(p Prompt) bool { return p.Kind == PromptNewLoad }) {
		t.Error("the patient does not hear that the next step is open")
	}
	w.until("2026-06-01 12:00")
	w.tables(w.c.Targets[0].N, append(table, "45: K5 8+8+8")...)
	if got := w.c.Targets[0].Phase; got != K5 {
		t.Errorf("ends in %s", got)
	}
}

// From P4 on the stretch stands on the workout card; after another needling there
// is none until the safety check.
func TestNeedledAgainInP4(t *testing.T) {
	for _, at := range []string{"09:00", "10:00", "12:30", "16:00", "19:00"} {
		w := monday(t, 80_000, calm)
		w.until("2026-03-21 " + at)
		if w.c.Targets[0].Phase != P5 {
			t.Fatalf("in %s", w.c.Targets[0].Phase)
		}
		w.needle("upper_trapezius", 0)
		w.until("2026-03-27 12:00")
	}
}

func TestConsentWhileAWorkoutIsOpenStands(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, calm)
	for !w.c.Targets[0].NextConsent {
		w.runUntil(w.now.Add(24 * time.Hour))
	}
	for w.c.Current() == nil || w.c.Current().DoneAt.IsZero() {
		w.runUntil(w.now.Add(time.Hour))
	}
	w.must(w.c.AllowNext(w.c.Targets[0].N, w.now))
	w.runUntil(w.now.Add(48 * time.Hour))
	if got := w.c.Targets[0].Phase; got != K5 {
		t.Errorf("back in %s", got)
	}
}

func TestFearedThingHappened(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, except(calm, PromptExtras, func(w *world, p Prompt) {
		if ask := w.c.Extras(w.c.Workout(p.N)); !ask.Feared || ask.Reserve || ask.Quality {
			w.t.Errorf("asks %+v", ask)
		}
		w.must(w.c.AnswerFeared(p.N, true, w.now))
	}))
	w.until("2026-03-04 09:00")
	w.alerted("L1 FEAR_SUPPORT D30")
	if greens := w.c.Targets[0].Greens; greens != 0 {
		t.Errorf("greens %d", greens)
	}
}

func TestSecondFearSkipAlerts(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, except(calm, PromptCard, func(w *world, p Prompt) {
		w.must(w.c.NotToday(p.N, w.now))
		_, err := w.c.AnswerWhy(p.N, WhyFear, w.now)
		w.must(err)
	}))
	w.until("2026-03-03 20:00")
	w.alerted()
	w.until("2026-03-04 20:00")
	w.alerted("L1 FEAR_SUPPORT D19")
	if target := w.c.Targets[0]; target.Phase != K1 || target.LoadG != RepsLoad(5) {
		t.Errorf("%s at %d", target.Phase, target.LoadG)
	}
}

func TestTrackChanges(t *testing.T) {
	for _, tt := range []struct {
		name  string
		start Track
		until string
		to    Track
		from  Phase
		phase Phase
		load  int
	}{
		{"P3 to K1", Standard, "2026-03-05 12:00", Graded, P3, K1, RepsLoad(5)},
		{"P6 to K1", Standard, "2026-04-10 12:00", Graded, P6, K1, RepsLoad(5)},
		{"K1 to P3", Graded, "2026-03-04 09:00", Standard, K1, P3, 4000},
		{"K2 to P3", Graded, "2026-03-06 09:00", Standard, K2, P3, 4000},
		{"K3 to P3", Graded, "2026-03-10 09:00", Standard, K3, P3, 4000},
		{"K4 to P4 with its load", Graded, "2026-03-22 12:00", Standard, K4, P4, 4333},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := trapezius(8000)
			n.Graded = tt.start == Graded
			w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), n)
			w.answer = calm
			w.until(tt.until)
			if got := w.c.Targets[0].Phase; got != tt.from {
				t.Fatalf("before the change %s, want %s", got, tt.from)
			}
			w.c.SetTrack(tt.to, w.now)
			target := w.c.Targets[0]
			if target.Phase != tt.phase || target.LoadG != tt.load || target.Greens != 0 {
				t.Errorf("%s at %d, greens %d; want %s at %d", target.Phase, target.LoadG, target.Greens, tt.phase, tt.load)
			}
			w.runUntil(w.now.Add(72 * time.Hour)) // an open workout does not undo it
			if got := w.c.Targets[0].Phase.Track(); got != tt.to {
				t.Errorf("three days later on %s", got)
			}
		})
	}
}

func TestBackFromK5(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, calm)
	w.until("2026-04-13 12:00")
	last := w.c.Targets[0].LoadG
	w.must(w.c.AllowNext(w.c.Targets[0].N, w.now))
	w.until("2026-04-20 12:00")
	w.c.SetTrack(Standard, w.now)
	if target := w.c.Targets[0]; target.Phase != P6 || target.RM != 8 || !target.Weighed || target.LoadG != last {
		t.Errorf("%s at %d RM with %d g, want P6 at 8 with %d", target.Phase, target.RM, target.LoadG, last)
	}
}

func TestATrackChangeWithdrawsTheRequestForK5(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, calm)
	w.until("2026-04-13 12:00")
	w.c.SetTrack(Standard, w.now)
	w.errorIs(w.c.AllowNext(w.c.Targets[0].N, w.now), ErrStale)
}

func TestLoadIsOnlySetWhereThereIsAWeight(t *testing.T) {
	for _, tt := range []struct {
		n    NewNeedling
		want error
	}{
		{needle("upper_trapezius", 0, ""), nil},
		{needle("piriformis", 0, ""), ErrNotWeighed},
		{needle("levator_scapulae", 0, ""), ErrNotWeighed},
		{NewNeedling{Targets: []NeedledTarget{{"upper_trapezius", Left}}, Graded: true}, ErrNotWeighed}, // K1
	} {
		w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), tt.n)
		w.errorIs(w.c.SetLoad(w.c.Targets[0].N, 8000, Kilogram, w.now), tt.want)
	}
}

func TestExtensiveNeedlingRestsTheOtherMusclesForTwoDays(t *testing.T) {
	w := monday(t, 8000, calm)
	w.at(berlin(t, "2026-03-11 10:00"), func() {
		n := needle("quadratus_lumborum", 20_000, Kilogram)
		n.At, n.Extensive = w.now, true
		w.c.Needle(n, w.now)
	})
	w.until("2026-03-14 12:00")
	// The trapezius would be due on Thursday at 14:30; the QL is from Saturday on.
	if got := w.asked(PromptCard)[4:]; len(got) != 1 || got[0] != "2026-03-13 10:00" {
		t.Errorf("cards at %v", got)
	}
	if got := len(w.c.LastTrained().Exercises); got != 1 {
		t.Errorf("%d exercises, want the trapezius alone", got)
	}
}

func TestConsentForK5EndsWithThePhase(t *testing.T) {
	hurts := false
	usual := func(n int) [4]PainScore {
		if hurts {
			return [4]PainScore{2, 2, 5, 2}
		}
		return [4]PainScore{2, 2, 2, 2}
	}
	w := gradedFrom(t, "upper_trapezius", 8000, patient(usual, false))
	w.until("2026-04-13 12:00")
	hurts = true
	w.until("2026-04-18 12:00") // two cuts of 20 %: back to K3
	target := w.c.Targets[0]
	if target.Phase != K3 || target.NextConsent {
		t.Fatalf("%s, consent asked %v", target.Phase, target.NextConsent)
	}
	w.errorIs(w.c.AllowNext(target.N, w.now), ErrStale)
	hurts = false
	w.until("2026-05-18 12:00")
	asked := 0
	for _, a := range w.c.Alerts {
		if a.Intent == IntentNextStep {
			asked++
		}
	}
	if !w.c.Targets[0].NextConsent || asked != 2 {
		t.Errorf("%s, consent asked %v, %d alerts", w.c.Targets[0].Phase, w.c.Targets[0].NextConsent, asked)
	}
}

func TestConsentInTheVeryMomentOfACard(t *testing.T) {
	w := gradedFrom(t, "upper_trapezius", 8000, calm)
	w.until("2026-04-13 12:00")
	w.answer = except(calm, PromptCard, func(w *world, p Prompt) {
		if target := w.c.Targets[0]; target.NextConsent {
			w.must(w.c.AllowNext(target.N, w.now))
		}
		calm(w, p)
	})
	w.until("2026-04-17 12:00")
	if target := w.c.Targets[0]; target.Phase != K5 || target.Weighed {
		t.Errorf("back in %s, weighed %v", target.Phase, target.Weighed)
	}
}
