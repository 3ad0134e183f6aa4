package rehab

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// programmeDays is the length of a course: contact goes on to week 12 (S-83,
// I-28).
const programmeDays = 84

// missedAlert is the number of workouts in a row without an answer of which the
// clinician hears; default of ours. From the third on D21 speaks.
const missedAlert = 2

// early looks at an open workout with the answers so far. A hold or an alert of
// level 2 or 3 takes effect at once. It returns the hold that it started.
func (c *Course) early(w *Workout, now time.Time) *Hold {
	var started *Hold
	for i := range w.Exercises {
		in := c.input(w, &w.Exercises[i], now)
		fired := c.unreported(w, fireRules(&in, workoutRules, false), AlertSameDay)
		started = cmp.Or(c.holdFor(w, fired, now), started)
		c.alert(w, &w.Exercises[i], fired, now)
	}
	return started
}

// correct notes on a workout, and on the holds and alerts that it has raised so
// far, that an answer behind them was changed. They stay.
func (c *Course) correct(w *Workout) {
	w.Corrected = true
	for i := range c.Holds {
		if c.Holds[i].Workout == w.N {
			c.Holds[i].Corrected = true
		}
	}
	for i := range c.Alerts {
		if c.Alerts[i].Workout == w.N {
			c.Alerts[i].Corrected = true
		}
	}
}

// unreported are the rules that fired with an alert of at least that level and
// have not been reported for this workout yet: their hold and their alert start
// with the answer that fires them, and are not renewed by the next one.
func (c *Course) unreported(w *Workout, fired []verdict, least AlertLevel) []verdict {
	return slices.DeleteFunc(fired, func(v verdict) bool { return v.alert < least || c.reported(w, v.id) })
}

func (c *Course) reported(w *Workout, rule string) bool {
	// The safety list reports its own choice, and withholds exercise itself.
	if w.Flag != "" && (rule == "D01" || rule == "D02") {
		return true
	}
	return slices.ContainsFunc(c.Alerts, func(a Alert) bool {
		return a.Workout == w.N && slices.Contains(a.Rules, rule)
	})
}

// alert raises one alert for the rules that fired.
func (c *Course) alert(w *Workout, e *Exercise, fired []verdict, now time.Time) {
	a := Alert{Workout: w.N, Target: e.Target}
	for _, v := range fired {
		if v.alert > a.Level {
			a.Level, a.Intent = v.alert, v.intent
		}
		a.Rules = append(a.Rules, v.id)
	}
	slices.Sort(a.Rules)
	if a.Intent == IntentNudge {
		a.Target = 0 // silence is about no muscle
	}
	c.raise(now, c.key("workout/%d/%s", w.N, strings.Join(a.Rules, "+")), a)
}

// holdFor starts the hold that the rules ask for, if they do. A hold that stands
// anyhow (D03) starts none.
func (c *Course) holdFor(w *Workout, fired []verdict, now time.Time) *Hold {
	var holds []verdict
	for _, v := range fired {
		if v.action >= HoldExercise && v.id != "D03" {
			holds = append(holds, v)
		}
	}
	if len(holds) == 0 {
		return nil
	}
	slices.SortFunc(holds, byCaution)
	all := joinEffects(holds)
	ids := make([]string, len(holds))
	for i, v := range holds {
		ids[i] = v.id
	}
	slices.Sort(ids)
	return c.startHold(Hold{
		Kind: HoldByRule, Intent: holds[0].intent, Workout: w.N, Clearance: all.clearance, Told: true,
		Until: now.Add(time.Duration(all.holdH) * time.Hour),
	}, now, ids...)
}

// input gathers what the decision table looks at for one exercise.
func (c *Course) input(w *Workout, e *Exercise, now time.Time) WorkoutInput {
	t := c.Target(e.Target)
	at := w.DoneAt
	if at.IsZero() {
		at = now
	}
	in := WorkoutInput{
		Track: e.Phase.Track(), Phase: e.Phase,
		AcuteH: c.acuteH(t, at), ProgrammeH: hours(now.Sub(t.FirstNeedle)),
		LoadG: e.LoadG, EntryLoadG: t.EntryG, Min7LoadG: c.lowest7(t, e, now),
		Before: w.Before, After: w.After, TwoHour: w.TwoHour, Next: w.Next,
		NextPrevents: w.NextPrevents, Status: w.Status, Quality: cmp.Or(w.Quality, Dull),
		Flag: cmp.Or(w.Flag, FlagNone), FearSkips: c.FearSkips, Silent: c.Silent,
		Greens: t.Greens, Reds: t.Reds, Reds20: t.Reds20,
		ReferenceBefore: c.referenceBefore(w), FearedHappened: w.Feared == "yes",
		Reserve2: w.Reserve == "yes" && c.reserveBefore(w, e), SinceAdvanceH: NoAdvanceH,
	}
	if !t.AdvancedAt.IsZero() {
		in.SinceAdvanceH = hours(now.Sub(t.AdvancedAt))
	}
	if e.Phase != t.Phase || e.weighed() != t.Weighed || t.setSince(w, e) {
		in.EntryLoadG = e.LoadG
	}
	if e.Phase != t.Phase {
		in.Greens, in.Reds, in.Reds20 = 0, 0, 0
	}
	if t.Reentry == 1 || t.Reentry == 2 {
		// Good workouts count again from 100 % (I-25).
		in.Greens, in.Reserve2 = 0, false
	}
	for i := range c.Holds {
		if h := &c.Holds[i]; h.Active() && h.Workout != w.N {
			in.HoldH, in.NeedsClearance = max(in.HoldH, h.restH(now)), in.NeedsClearance || h.Clearance
		}
	}
	return in
}

// lowest7 is the lowest load of a target in the seven days up to now, this
// workout included, and not before a clinician last set the load.
func (c *Course) lowest7(t *Target, e *Exercise, now time.Time) int {
	lowest := e.LoadG
	since := later(now.Add(-7*24*time.Hour), t.LoadSetAt)
	for i := range c.Workouts {
		past := &c.Workouts[i]
		if past.DoneAt.Before(since) {
			continue
		}
		for _, x := range past.Exercises {
			if x.Target == e.Target && x.comparable(e) {
				lowest = min(lowest, x.LoadG)
			}
		}
	}
	return lowest
}

// capToWeek keeps the weight with which t begins something within the weekly cap.
func (c *Course) capToWeek(t *Target, now time.Time) {
	if t.Weighed {
		begin := Exercise{Target: t.N, LoadG: t.LoadG, Shown: Prescription{ShownG: t.LoadG}}
		t.LoadG = min(t.LoadG, c.lowest7(t, &begin, now)*weeklyCapPercent/100)
		t.EntryG = t.LoadG
	}
}

// comparable reports whether two loads are in the same unit: repetitions only
// compare within one dose.
func (e *Exercise) comparable(other *Exercise) bool {
	return e.weighed() == other.weighed() && (e.weighed() || e.Phase == other.Phase && e.RM == other.RM)
}

// referenceBefore is the lowest pain before among the last three decided
// workouts, or this one's when there is none.
func (c *Course) referenceBefore(w *Workout) PainScore {
	reference, seen := PainUnknown, 0
	for i := len(c.Workouts) - 1; i >= 0 && seen < 3; i-- {
		past := &c.Workouts[i]
		if past.N == w.N || past.Postponed || !past.Before.Known() || !past.Status.trained() {
			continue
		}
		seen++
		if !reference.Known() || past.Before < reference {
			reference = past.Before
		}
	}
	return reference.or(w.Before)
}

// reserveBefore reports whether the workout of this target before w left two
// repetitions at the same load.
func (c *Course) reserveBefore(w *Workout, e *Exercise) bool {
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		past := &c.Workouts[i]
		if past.N == w.N || past.DoneAt.IsZero() {
			continue
		}
		for _, x := range past.Exercises {
			if x.Target == e.Target {
				return past.Reserve == "yes" && x.LoadG == e.LoadG && x.RM == e.RM
			}
		}
	}
	return false
}

// closeWorkout takes the decision of every exercise, once. It returns the hold
// that it started.
func (c *Course) closeWorkout(w *Workout, now time.Time) *Hold {
	if !w.ClosedAt.IsZero() {
		return nil
	}
	if w.AskFinish {
		// Nobody said when it ended: the latest moment keeps the rest before the next one.
		c.finishedAt(w, later(w.CardAt, c.HeardAt))
	}
	w.ClosedAt, w.AskFinish, w.AskWeight, w.WhyAsked, w.AskUsual = now, false, false, false, false
	if w.Status == "" {
		w.Status = NoReply
	}
	if len(w.Exercises) == 0 {
		w.Exercises = c.exercises(OfferLoad, now)
	}
	var started *Hold
	for i := range w.Exercises {
		e := &w.Exercises[i]
		in := c.input(w, e, now)
		d := Decide(in)
		e.Input, e.Decision = &in, &d
		fired := c.unreported(w, fireRules(&in, workoutRules, true), AlertDigest)
		started = cmp.Or(c.holdFor(w, fired, now), started)
		c.alert(w, e, fired, now)
		c.takeEffect(w, e, d, now)
	}
	switch w.Status {
	case NoReply:
		if c.Silent++; c.Silent == missedAlert {
			c.raise(now, c.key("workout/%d/missed", w.N), Alert{Level: AlertDigest, Intent: IntentNudge, Workout: w.N})
		}
	case SkipFear:
		c.FearSkips++
	default:
		c.FearSkips = 0
	}
	c.putOff(w)
	return started
}

// putOff sets when the next workout may be offered after one that was not done:
// the next day, and after three without an answer twice a week.
func (c *Course) putOff(w *Workout) {
	if !w.DoneAt.IsZero() {
		c.NotBefore = time.Time{}
		return
	}
	days := 1
	if c.Silent >= silentLimit+1 {
		days = 3 + c.Silent%2
	}
	day := DayOf(w.AskedAt, c.Zone).Plus(days)
	c.NotBefore = c.Protocol.Hours.QuietUntil.On(day, c.Zone)
}
