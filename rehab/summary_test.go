package rehab

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		scores []PainScore
		want   float64
	}{
		{nil, 0},
		{[]PainScore{4}, 4},
		{[]PainScore{7, 2}, 4.5},
		{[]PainScore{9, 1, 3}, 3},
		{[]PainScore{10, 0, 2, 3}, 2.5},
	} {
		before := append([]PainScore(nil), test.scores...)
		if got := median(test.scores); got != test.want {
			t.Errorf("median of %v is %v, want %v", test.scores, got, test.want)
		}
		if diff := gocmp.Diff(before, test.scores); diff != "" {
			t.Errorf("the scores were changed: %s", diff)
		}
	}
}

func TestMeaningfulChange(t *testing.T) {
	for _, test := range []struct {
		first, last float64
		want        bool
	}{
		{5, 5, false},
		{3, 1.5, false}, // 50 %, but less than 2 points
		{3, 1, true},
		{7, 5, false}, // 2 points, but 28.6 %
		{6.5, 4.5, true},
		{6.5, 4.6, false},
		{10, 7.5, false},
		{10, 7, true},
		{8, 6, false}, // 25 %
		{2, 4, true},  // for the worse
		{7, 9, false}, // 28.6 % for the worse
		{0, 2, true},
		{0, 1, false},
		{2, 0, true},
	} {
		if got := meaningful(test.first, test.last); got != test.want {
			t.Errorf("from %v to %v: %v, want %v", test.first, test.last, got, test.want)
		}
	}
}

// answeredOn is a course with one pain before a workout on each day.
func answeredOn(t *testing.T, scores map[int]PainScore) (*Course, time.Time) {
	t.Helper()
	begin := berlin(t, "2026-03-02 14:30")
	c := emptyWorld(t, "Europe/Berlin", begin).c
	for day, score := range scores {
		at := begin.AddDate(0, 0, day)
		c.Workouts = append(c.Workouts, Workout{N: day + 1, AskedAt: at, Before: score, BeforeAt: at, ClosedAt: at})
	}
	return c, begin
}

func TestPainChange(t *testing.T) {
	scores := map[int]PainScore{0: 6, 2: 4, 6: 5, 7: 1, 9: PainUnknown, 13: 2, 20: 3}
	for _, test := range []struct {
		days float64
		want PainChange
	}{
		{0, PainChange{First: 6, HasFirst: true, TooEarly: true}},
		{13.9, PainChange{First: 5, HasFirst: true, TooEarly: true}},
		{14, PainChange{First: 5, HasFirst: true, Last: 1.5, HasLast: true, Meaningful: true}},
		{20, PainChange{First: 5, HasFirst: true, Last: 2.5, HasLast: true, Meaningful: true}},
		{26, PainChange{First: 5, HasFirst: true, Last: 3, HasLast: true, Meaningful: true}},
		{28, PainChange{First: 5, HasFirst: true}}, // nothing was heard for a week
	} {
		all := map[int]PainScore{}
		for day, score := range scores {
			if float64(day) <= test.days {
				all[day] = score
			}
		}
		c, begin := answeredOn(t, all)
		got := c.painChange(begin.Add(time.Duration(test.days * 24 * float64(time.Hour))))
		if diff := gocmp.Diff(test.want, got); diff != "" {
			t.Errorf("day %v (-want +got):\n%s", test.days, diff)
		}
	}
	if got := (&Course{}).painChange(berlin(t, "2026-03-02 14:30")); got != (PainChange{}) {
		t.Errorf("without answers: %+v", got)
	}
}

// lifted is a decided workout of target 1.
func lifted(n int, phase Phase, load, pct, next int) Workout {
	at := time.Date(2026, 3, n, 9, 0, 0, 0, time.UTC)
	return Workout{
		N: n, AskedAt: at, DoneAt: at, ClosedAt: at, Status: Done, Before: 2, BeforeAt: at,
		After: PainUnknown, TwoHour: PainUnknown, Next: PainUnknown,
		Exercises: []Exercise{{
			Target: 1, Phase: phase, LoadG: load, Shown: Prescription{ShownG: load}, NextG: next, NextShown: Prescription{ShownG: next},
			Decision: &Decision{LoadPct: pct, NextPhase: phase, Intent: IntentTwoHour},
		}},
	}
}

func TestLoadTrend(t *testing.T) {
	up, level, cut := lifted(1, P4, 4000, 105, 4200), lifted(2, P4, 4000, 100, 4000), lifted(3, P4, 4000, 80, 3200)
	reps := lifted(4, P5, 36000, 100, 36000)
	reps.Exercises[0].Shown.ShownG, reps.Exercises[0].NextShown.ShownG = 0, 0
	other := lifted(5, P4, 8000, 90, 7200)
	other.Exercises[0].Target = 2
	open := lifted(6, P4, 4000, 80, 3200)
	open.Exercises[0].Decision = nil
	for _, test := range []struct {
		name     string
		workouts []Workout
		want     Trend
	}{
		{"nothing", nil, TrendNone},
		{"not decided", []Workout{open}, TrendNone},
		{"one step up", []Workout{up}, TrendUp},
		{"as it was", []Workout{level, level}, TrendLevel},
		{"a cut", []Workout{cut}, TrendDown},
		{"back where it was", []Workout{cut, lifted(4, P4, 3200, 105, 4000)}, TrendLevel},
		{"a cut that lies back", []Workout{cut, up, up, up}, TrendUp},
		{"another unit now", []Workout{cut, reps}, TrendLevel},
		{"one of two goes down", []Workout{up, other}, TrendDown},
	} {
		c := &Course{Workouts: test.workouts, Targets: []Target{{N: 1, Weighed: true}, {N: 2, Weighed: true}}}
		if got := c.LoadTrend(); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSummaryOfTwelveGoodWeeks(t *testing.T) {
	w := monday(t, 80_000, patient(everyTime(2, 3, 2, 2), true))
	w.until("2026-04-06 12:00")
	s := w.c.Summary(w.now)
	if s.All != s.Since || s.All.Done < 12 || s.All.Planned != s.All.Done {
		t.Errorf("counts %+v, %+v", s.All, s.Since)
	}
	if len(s.Loads) != 1 || s.Loads[0].FromPhase != P3 || s.Loads[0].FromG != 40_000 || s.Loads[0].ToG <= s.Loads[0].FromG {
		t.Errorf("loads %+v", s.Loads)
	}
	if s.Pain.Meaningful || !s.Pain.HasLast || len(s.Flares) != 0 {
		t.Errorf("pain %+v, flares %+v", s.Pain, s.Flares)
	}
	w.at(w.now, func() { w.c.Needle(NewNeedling{At: w.now, Targets: trapezius(0).Targets}, w.now) })
	w.until("2026-04-07 12:00")
	if s := w.c.Summary(w.now); s.Since != (Count{}) || s.All.Done < 12 {
		t.Errorf("after another needling: %+v, %+v", s.Since, s.All)
	}
}

func TestFlares(t *testing.T) {
	w := monday(t, 8000, sharpAt5(calm))
	w.until("2026-03-07 12:00")
	s := w.c.Summary(w.now)
	if len(s.Flares) != 2 {
		t.Fatalf("flares %+v", s.Flares)
	}
	cut, hold := s.Flares[1], s.Flares[0]
	if hold.Hold == 0 {
		cut, hold = hold, cut
	}
	if cut.Percent != 20 || cut.Workout != 1 || cut.Intent != IntentSharp || w.wall(cut.At) != "2026-03-04 14:30" {
		t.Errorf("cut %+v", cut)
	}
	if hold.Percent != 0 || hold.Intent != IntentSharp || w.c.Hold(hold.Hold) == nil {
		t.Errorf("hold %+v", hold)
	}
}

func TestProposal(t *testing.T) {
	now := berlin(t, "2026-03-23 12:00") // day 21
	for _, test := range []struct {
		name string
		do   func(c *Course)
		want NextStep
	}{
		{"as planned", func(*Course) {}, NextStep{Kind: StepContinue}},
		{"discharged", func(c *Course) { c.Discharge(now) }, NextStep{Kind: StepEnded}},
		{"the end", func(c *Course) { c.EndedAt = now }, NextStep{Kind: StepEnded}},
		{"week 12", func(c *Course) { c.Targets[0].FirstNeedle = now.AddDate(0, 0, -77) }, NextStep{Kind: StepDischarge}},
		{"day 76", func(c *Course) { c.Targets[0].FirstNeedle = now.AddDate(0, 0, -76) }, NextStep{Kind: StepContinue}},
		{"no consent", func(c *Course) { c.ConsentedAt = time.Time{} }, NextStep{Kind: StepAgreement}},
		{"stopped", func(c *Course) { c.StopMessages(now) }, NextStep{Kind: StepStopped}},
		{"hold with an end", func(c *Course) { c.HoldExercise(1, "", time.Hour, now) }, NextStep{Kind: StepContinue}},
		{"hold without one", func(c *Course) { c.HoldExercise(1, "", 0, now) }, NextStep{Kind: StepRelease}},
		{"warning sign", func(c *Course) { _, _ = c.SafetyWords(ChoiceEmergency, now) }, NextStep{Kind: StepRelease}},
		{"no needling", func(c *Course) { c.Needlings = nil }, NextStep{Kind: StepNeedling}},
		{"consent", func(c *Course) { c.Targets[0].NextConsent = true }, NextStep{Kind: StepConsent, Target: 2}},
		{"silent", func(c *Course) { c.Silent = 3 }, NextStep{Kind: StepContact}},
		{"worse", func(c *Course) { befores(c, 3, 5) }, NextStep{Kind: StepReview}},
		{"better", func(c *Course) { befores(c, 5, 3) }, NextStep{Kind: StepContinue}},
		{"no better", func(c *Course) { befores(c, 4, 4) }, NextStep{Kind: StepNoBetter}},
		{"low anyway", func(c *Course) { befores(c, 3, 3) }, NextStep{Kind: StepContinue}},
		{"two cuts", func(c *Course) {
			c.Workouts = []Workout{lifted(10, P4, 4000, 90, 3600), lifted(12, P4, 3600, 100, 3600), lifted(14, P4, 3600, 90, 3240)}
		}, NextStep{Kind: StepReview}},
		{"two cuts, and needled since", func(c *Course) {
			c.Workouts = []Workout{lifted(10, P4, 4000, 90, 3600), lifted(14, P4, 3600, 90, 3240)}
			c.Needle(NewNeedling{At: now.AddDate(0, 0, -1), Targets: trapezius(0).Targets}, now)
		}, NextStep{Kind: StepContinue}},
		{"worse, and needled since", func(c *Course) {
			befores(c, 3, 6)
			c.Needle(NewNeedling{At: now.AddDate(0, 0, -1), Targets: trapezius(0).Targets}, now)
		}, NextStep{Kind: StepContinue}},
		{"one of the two lies back", func(c *Course) {
			good := lifted(12, P4, 3600, 100, 3600)
			c.Workouts = []Workout{lifted(10, P4, 4000, 90, 3600), good, good, lifted(14, P4, 3600, 90, 3240)}
		}, NextStep{Kind: StepContinue}},
		{"low load", lowEntry, NextStep{StepLoad, 2, 3}},
		{"low load, seen", func(c *Course) {
			lowEntry(c)
			c.Alerts[0].AckedAt = now
		}, NextStep{Kind: StepContinue}},
		{"low load, another phase by now", func(c *Course) {
			lowEntry(c)
			c.Targets[0].Phase = P6
		}, NextStep{Kind: StepContinue}},
	} {
		c := emptyWorld(t, "Europe/Berlin", now).c
		c.Consent(now.AddDate(0, 0, -22))
		n := trapezius(80_000)
		n.At = now.AddDate(0, 0, -21)
		c.Needle(n, n.At)
		test.do(c)
		if got := c.NextStep(now); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

// befores gives c a pain before workouts in the first and in the last week.
func befores(c *Course, first, last PainScore) {
	for i, score := range []PainScore{first, last} {
		at := time.Date(2026, 3, 5+14*i, 9, 0, 0, 0, time.UTC)
		c.Workouts = append(c.Workouts, Workout{N: i + 10, AskedAt: at, Before: score, BeforeAt: at, ClosedAt: at, Postponed: true})
	}
}

func lowEntry(c *Course) {
	t := &c.Targets[0]
	t.Phase, t.RM, t.LoadG = P5, 12, 44_000
	c.offerJump(t, c.ConsentedAt)
}
