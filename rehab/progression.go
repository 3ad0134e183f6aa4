package rehab

import (
	"slices"
	"time"
)

// apply changes the target as the decision says.
func (c *Course) apply(w *Workout, e *Exercise, d Decision, now time.Time) {
	t := c.Target(e.Target)
	switch {
	case t.confirmedSince(e):
		c.followOutdated(t, w, e, d)
	case t.movedSince(w, e):
		if e.weighed() && t.Weighed {
			t.LoadG = min(t.LoadG, d.NextLoadG)
		}
	case w.Status.trained() || d.LoadPct < 100:
		set, load := t.setSince(w, e), t.LoadG
		c.follow(t, w, e, d, now)
		if set && c.weighable(t, t.Phase) {
			t.Weighed, t.LoadG, t.EntryG, t.Shown = true, load, load, Prescription{}
		}
	}
	e.NextG, e.NextShown = t.LoadG, c.prescribe(t, t.Shown, t.LoadG)
}

// movedSince reports whether a clinician has put t on another track or into K5
// since e was offered in w: the decision cannot undo that.
func (t *Target) movedSince(w *Workout, e *Exercise) bool {
	return e.Phase.Track() != t.Phase.Track() ||
		e.Phase != t.Phase && !t.AdvancedAt.Before(later(w.AskedAt, w.CardAt))
}

// setSince reports whether a clinician has set the load since w was done: it is
// the load of the next workout exactly.
func (t *Target) setSince(w *Workout, e *Exercise) bool {
	return !w.DoneAt.IsZero() && (t.LoadSetAt.After(w.DoneAt) || t.LoadSetAt.Equal(w.DoneAt) && t.LoadG != e.LoadG)
}

// follow moves the load, the counters and the phase of a target.
func (c *Course) follow(t *Target, w *Workout, e *Exercise, d Decision, now time.Time) {
	asked, next := t.LoadG, e.LoadG
	switch {
	case !w.Status.trained() && c.layoff(t, now).LoadPct < 100:
		// The reduction after the lay-off still waits for the first workout.
		next = asked
	case e.Phase != t.Phase:
		// A lay-off took the workout one phase back.
		c.fallBack(t, e)
	case t.Weighed && next > asked:
		// The patient took more than was asked: no reason to ask for more than the cap.
		next = max(asked, c.lowest7(t, e, now)*weeklyCapPercent/100)
		next = min(next, e.LoadG)
	}
	switch {
	case d.LoadPct < 100:
		next = cut(t, next, d.LoadPct, c.Dose(t).Reps)
	case d.Action == Progress && e.Phase == P7:
		// P7 keeps the last load (I-28), whatever is in reserve.
	case d.Action == Progress && t.Weighed:
		next = d.NextLoadG
	case d.Action == Progress:
		next += RepsLoad(1)
	}
	t.count(e.Input, d)
	if t.Reentry > 0 {
		next = c.reenter(t, d, next)
	}
	t.LoadG = next
	switch {
	case d.Action == Advance:
		c.advance(t, e, d.NextPhase, now)
	case slices.Contains(d.Rules, "D22"):
		c.regress(t, d.NextPhase, next)
	case isGreen(d):
		c.substep(t, e, now)
	}
}

// fallBack puts t where a lay-off has taken e.
func (c *Course) fallBack(t *Target, e *Exercise) {
	c.enter(t, e.Phase)
	t.RM, t.Weighed = e.RM, e.weighed()
	t.LoadG, t.EntryG = e.LoadG, e.LoadG
}

func isGreen(d Decision) bool { return len(d.Rules) == 1 && d.Rules[0] == greenRule }

// count brings the counters of a target forward by one decision.
func (t *Target) count(in *WorkoutInput, d Decision) {
	fired := func(rule string) bool { return slices.Contains(d.Rules, rule) }
	switch {
	case isGreen(d):
		t.Greens++
		t.Reds, t.Reds20 = 0, 0
	case d.LoadPct < 100:
		t.Greens, t.NextConsent = 0, false
		t.Reds++
		t.Reds20++
		if d.LoadPct > deepestCutPercent {
			t.Reds20 = 0
		}
	case fired("D24") || fired("D25") || fired("D30") || fired("D15") && in.Next >= painAboveZone:
		t.Greens = 0
	}
}

// reenter moves a target along 60, 80 and 100 % after another needling (I-25):
// a good workout is a step on, a cut stays on the step at a smaller full load.
func (c *Course) reenter(t *Target, d Decision, next int) int {
	switch {
	case d.LoadPct < 100:
		t.ReentryG = cut(t, t.ReentryG, d.LoadPct, c.Dose(t).Reps)
	case isGreen(d) && t.Reentry == len(reentryPercent)-1:
		t.Reentry = 0
		return next
	case isGreen(d):
		t.Greens = 0
		t.Reentry++
	}
	return c.reentryLoad(t)
}

// advance puts a target into the next phase with its entry load. K5 waits for
// the clinician's consent; until then the work in K4 goes on.
func (c *Course) advance(t *Target, e *Exercise, next Phase, now time.Time) {
	if next == K5 {
		c.askConsent(t, now)
		c.substep(t, e, now)
		return
	}
	load, rm, weighed, full := t.LoadG, t.RM, t.Weighed, c.fullReps(t)
	lowest := c.lowest7(t, e, now)
	c.enter(t, next)
	if next.Strength() {
		t.AdvancedAt = now
	}
	switch {
	case next == P7:
		// The last dose and the last load (I-28).
		t.RM, t.LoadG = rm, load
	case next == K2 || next == K3:
		c.capToWeek(t, now)
	case weighed:
		t.LoadG = entryAtLeast(load, rm, t.RM, lowest)
	default:
		t.LoadG = c.shareOfReps(t, load, full)
	}
	t.EntryG = t.LoadG
	if next != P7 {
		c.offerJump(t, now)
	}
}

// askConsent asks the clinician whether t may go on to K5.
func (c *Course) askConsent(t *Target, now time.Time) {
	if t.NextConsent {
		return
	}
	t.NextConsent = true
	c.raise(now, c.key("target/%d/consent/%d", t.N, now.Unix()),
		Alert{Level: AlertDigest, Intent: IntentNextStep, Target: t.N})
}

// entryAtLeast is the entry load, but no less than the load that went well: the
// light workouts after another needling are exempt from the weekly cap.
func entryAtLeast(load, from, to, lowest int) int {
	return max(load, EntryLoad(load, from, to, lowest))
}

// fullReps is the load of t's whole dose where nothing is weighed.
func (c *Course) fullReps(t *Target) int {
	dose := c.Dose(t)
	return RepsLoad(dose.Sets * dose.Reps)
}

// shareOfReps carries repetitions over to the present dose of t: all of it, or
// after cuts the share that was left of the dose before.
func (c *Course) shareOfReps(t *Target, load, before int) int {
	full := c.fullReps(t) / RepsLoad(1)
	return RepsLoad(full * min(load, before) / before)
}

// offerJump tells the clinician when a phase begins far under what the usual
// load would give: only a clinician may jump.
func (c *Course) offerJump(t *Target, now time.Time) {
	if expected := c.ExpectedLoad(t); expected > 0 && t.LoadG*10 < expected*8 {
		c.raise(now, c.key("target/%d/low/%s", t.N, t.Phase),
			Alert{Level: AlertDigest, Intent: IntentLowEntry, Target: t.N})
	}
}

// ExpectedLoad is the load that the usual one, read as ten repetitions, gives at
// the repetition maximum of t's phase, in grams to the nearest tenth of a
// kilogram or pound; 0 when nothing is known, or while the way back after
// another needling leads to the full load anyhow.
func (c *Course) ExpectedLoad(t *Target) int {
	if !t.Weighed || t.UsualG == 0 || t.RM == 0 || t.Reentry > 0 {
		return 0
	}
	exact := carriedOver(t.UsualG, 10, t.RM)
	if t.Unit == Pound {
		tenths := (exact*10*gramTiny + poundTiny/2) / poundTiny
		return poundHundredthsToGrams(tenths * 10)
	}
	return (exact + 50) / 100 * 100
}

// IntentLowEntry tells the clinician that a phase begins under four fifths of
// what the usual load would give; default of ours.
const IntentLowEntry Intent = "LOAD_LOW"

// regress puts a target one phase back, with the lower of the cut load and the
// last one tolerated there.
func (c *Course) regress(t *Target, phase Phase, next int) {
	if !phase.Loaded() {
		// One acknowledged stretch, then the same loaded phase with the reduced load.
		t.StretchedAt = time.Time{}
		t.Greens, t.Reds, t.Reds20 = 0, 0, 0
		t.EntryG = next
		return
	}
	if tolerated := c.lastTolerated(t, phase); t.Weighed && tolerated > 0 {
		next = min(next, tolerated)
	}
	c.enterWith(t, phase, next)
}

// substep moves to fewer repetitions inside P6 (I-08) and K4 (S-51) after
// enough good workouts; the load follows the same table as between phases.
func (c *Course) substep(t *Target, e *Exercise, now time.Time) {
	day := hours(now.Sub(t.FirstNeedle)) / 24
	next := t.RM
	switch {
	case t.Phase == P6 && t.RM == 8 && t.Greens >= 3 && !t.Keep8:
		next = 6
	case t.Phase == K4 && t.RM == 12 && t.Greens >= 4 && day >= 28:
		next = 8
	case t.Phase == K4 && t.RM == 15 && t.Greens >= 2 && day >= 14:
		next = 12
	}
	if next == t.RM {
		return
	}
	from, full := t.RM, c.fullReps(t)
	t.RM = next
	if t.Weighed {
		load := min(e.LoadG, t.LoadG)
		t.LoadG = entryAtLeast(load, from, next, c.lowest7(t, e, now))
	} else {
		t.LoadG = c.shareOfReps(t, t.LoadG, full)
	}
}
