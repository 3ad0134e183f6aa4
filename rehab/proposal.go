package rehab

import (
	"fmt"
	"slices"
	"time"
)

// IntentSuggestion asks the clinician about a change of load, phase or dose.
const IntentSuggestion Intent = "SUGGESTION"

// newLoadGood is how long the patient may still be told that a load was
// confirmed: the next card shows it anyhow. Default of ours.
const newLoadGood = 24 * time.Hour

// laterWorkout is why a suggestion is overtaken by the next decision.
const laterWorkout = "a later workout"

// Proposal is what a decision would make of a target, while that waits for the
// clinician. It holds the values that the target gets when it is confirmed.
type Proposal struct {
	Workout  int // whose decision it was
	Phase    Phase
	RM       int
	Weighed  bool
	LoadG    int
	EntryG   int
	Reentry  int
	ReentryG int
	Greens   int
	Reds     int
	Reds20   int
	// Stretch: load waits for a stretch first.
	Stretch bool
	// Afresh: the plates are chosen as for the first time.
	Afresh bool
}

// Standing is where the target would stand.
func (p *Proposal) Standing() Standing {
	return Standing{Phase: p.Phase, RM: p.RM, Weighed: p.Weighed, LoadG: p.LoadG}
}

// SuggestionState says what became of the change that a decision asked for.
type SuggestionState string

const (
	SuggestionNone      SuggestionState = "" // it took effect at once, or changed nothing
	SuggestionOpen      SuggestionState = "open"
	SuggestionConfirmed SuggestionState = "confirmed"
	SuggestionKept      SuggestionState = "kept"
	SuggestionClosed    SuggestionState = "closed" // something else came first
)

// takeEffect lets the decision of an exercise move its target: at once, or where
// changes are suggested, as far as that needs no clinician.
func (c *Course) takeEffect(w *Workout, e *Exercise, d Decision, now time.Time) {
	origin := Change{Workout: w.N, Why: d.Reason, Rules: d.Rules}
	t := c.Target(e.Target)
	if w.Status.trained() || d.LoadPct < 100 {
		c.settleProposal(t, laterWorkout, now)
	}
	if c.EffectiveMode() == ModeAuto {
		c.audited(origin, now, func() { c.apply(w, e, d, now) })
		return
	}
	stands, would := *t, c.rehearse(w, e, d, now)
	c.meanwhile(&stands, w, e, d)
	if stands.Standing() == would.Standing() && stands.StretchedAt.Equal(would.StretchedAt) {
		c.audited(origin, now, func() { c.apply(w, e, d, now) })
		return
	}
	c.audited(Change{Workout: w.N, Why: "what was done last"}, now, func() { *t = stands })
	if would.NextConsent {
		c.askConsent(t, now)
	}
	c.propose(t, w, e, proposalOf(w, t, &would), now)
	e.NextG, e.NextShown = t.LoadG, c.prescribe(t, t.Shown, t.LoadG)
}

// rehearse is what the target of e would be if its decision took effect at once.
func (c *Course) rehearse(w *Workout, e *Exercise, d Decision, now time.Time) Target {
	scratch, exercise := *c, *e
	scratch.Targets, scratch.Alerts = slices.Clone(c.Targets), slices.Clone(c.Alerts)
	scratch.apply(w, &exercise, d, now)
	return *scratch.Target(e.Target)
}

// meanwhile is how t goes on until the clinician has spoken: at the load that
// stood, with counters that have gone on. What was really done is where that
// begins: after a lay-off, or a lighter weight of the patient's own, the load
// that stood would be more than the weekly cap allows.
func (c *Course) meanwhile(t *Target, w *Workout, e *Exercise, d Decision) {
	outdated := t.confirmedSince(e)
	if !outdated && t.movedSince(w, e) || !w.Status.trained() && d.LoadPct >= 100 {
		return
	}
	if w.Status.trained() && !t.setSince(w, e) {
		if e.Phase != t.Phase && !outdated {
			c.fallBack(t, e)
		}
		t.capToDone(e)
	}
	if !outdated || e.Phase == t.Phase {
		t.count(e.Input, d)
	}
}

// capToDone takes t back to what was done in e where more than a tenth lies
// between them. The way back after a needling goes by steps of its own.
func (t *Target) capToDone(e *Exercise) {
	if t.Reentry == 0 && t.doesAs(e) && e.LoadG*weeklyCapPercent/100 < t.LoadG {
		t.LoadG = e.LoadG
	}
}

// doesAs reports whether the load of e is in the unit of t's present work.
func (t *Target) doesAs(e *Exercise) bool {
	return e.weighed() == t.Weighed && (t.Weighed || e.Phase == t.Phase && e.RM == t.RM)
}

func proposalOf(w *Workout, t, would *Target) *Proposal {
	return &Proposal{
		Workout: w.N, Phase: would.Phase, RM: would.RM, Weighed: would.Weighed, LoadG: would.LoadG, EntryG: would.EntryG,
		Reentry: would.Reentry, ReentryG: would.ReentryG, Greens: would.Greens, Reds: would.Reds, Reds20: would.Reds20,
		Stretch: would.StretchedAt.IsZero() && !t.StretchedAt.IsZero(),
		Afresh:  would.Shown.Grams == 0 && len(would.Shown.Reps) == 0,
	}
}

// propose asks the clinician.
func (c *Course) propose(t *Target, w *Workout, e *Exercise, p *Proposal, now time.Time) {
	c.settleProposal(t, laterWorkout, now)
	t.Proposal, e.Suggested = p, SuggestionOpen
	c.note(Change{
		What: ChangeSuggested, Target: t.N, Workout: w.N, From: t.Standing(), To: p.Standing(),
		Why: e.Decision.Reason, Rules: e.Decision.Rules,
	}, now)
	c.raise(now, c.key("workout/%d/suggest/%d", w.N, t.N),
		Alert{Level: AlertSameDay, Intent: IntentSuggestion, Workout: w.N, Target: t.N})
}

// Suggestion returns the suggestion that an alert is about and its target; ok is
// false when it is about none, or about one that was answered or overtaken.
func (c *Course) Suggestion(a *Alert) (t *Target, p *Proposal, ok bool) {
	t = c.Target(a.Target)
	if a.Intent != IntentSuggestion || t == nil || t.Proposal == nil || t.Proposal.Workout != a.Workout {
		return nil, nil, false
	}
	return t, t.Proposal, true
}

// Confirm lets the suggestion behind an alert take effect, exactly as the
// decision would have. A workout that the patient has before them goes on as it
// was offered.
func (c *Course) Confirm(alert int, by int64, now time.Time) error {
	t, p, err := c.openSuggestion(alert)
	if err != nil {
		return err
	}
	e := c.decidedExercise(t)
	entered, advanced := p.Phase != t.Phase, e.Decision.Action == Advance
	from := t.Standing()
	c.endSuggestion(t, SuggestionConfirmed, by, now)
	if entered {
		t.NextConsent = false
		if advanced && p.Phase.Strength() {
			t.AdvancedAt = now
		}
	}
	t.Phase, t.RM, t.Weighed, t.LoadG, t.EntryG = p.Phase, p.RM, p.Weighed, p.LoadG, p.EntryG
	t.Reentry, t.ReentryG = p.Reentry, p.ReentryG
	t.Greens, t.Reds, t.Reds20 = p.Greens, p.Reds, p.Reds20
	if p.Stretch {
		t.StretchedAt = time.Time{}
	}
	if p.Afresh {
		t.Shown = Prescription{}
	}
	c.note(Change{
		What: ChangeConfirmed, By: by, Target: t.N, Workout: p.Workout, From: from, To: t.Standing(),
		Why: e.Decision.Reason, Rules: e.Decision.Rules,
	}, now)
	e.NextG, e.NextShown = t.LoadG, c.prescribe(t, t.Shown, t.LoadG)
	if entered && advanced && p.Phase != P7 {
		c.offerJump(t, now)
	}
	c.outdate(t)
	c.Cause = "suggestion confirmed"
	return nil
}

// outdate marks what the patient has before them as offered before the tap.
func (c *Course) outdate(t *Target) {
	w := c.Current()
	if w == nil {
		return
	}
	for i := range w.Exercises {
		if x := &w.Exercises[i]; x.Target == t.N {
			x.Outdated = true
		}
	}
}

// confirmedSince reports whether the clinician has confirmed another load since e
// was offered. A change of track since then outweighs that.
func (t *Target) confirmedSince(e *Exercise) bool {
	return e.Outdated && e.Phase.Track() == t.Phase.Track()
}

// followOutdated is the decision of an exercise that was offered before the
// clinician confirmed another load: it cannot undo that, but a cut still is one.
func (c *Course) followOutdated(t *Target, w *Workout, e *Exercise, d Decision) {
	if w.Status.trained() && !t.setSince(w, e) {
		t.capToDone(e)
	}
	if e.Phase == t.Phase {
		t.count(e.Input, d)
	}
	if d.LoadPct >= 100 {
		return
	}
	load := t.LoadG
	if t.doesAs(e) {
		load = e.LoadG
	}
	t.LoadG = min(t.LoadG, cut(t, load, d.LoadPct, c.Dose(t).Reps))
}

// Keep closes the suggestion behind an alert: the load stays as it is.
func (c *Course) Keep(alert int, by int64, now time.Time) error {
	t, p, err := c.openSuggestion(alert)
	if err != nil {
		return err
	}
	c.endSuggestion(t, SuggestionKept, by, now)
	c.note(Change{
		What: ChangeKept, By: by, Target: t.N, Workout: p.Workout, From: t.Standing(), To: p.Standing(),
	}, now)
	c.Cause = "suggestion answered"
	return nil
}

func (c *Course) openSuggestion(alert int) (*Target, *Proposal, error) {
	a := c.Alert(alert)
	if a == nil || !a.AckedAt.IsZero() {
		return nil, nil, ErrStale
	}
	t, p, ok := c.Suggestion(a)
	if !ok {
		return nil, nil, ErrStale
	}
	return t, p, nil
}

// decidedExercise is the exercise whose decision made t's proposal.
func (c *Course) decidedExercise(t *Target) *Exercise {
	return c.Workout(t.Proposal.Workout).Exercise(t.N)
}

// Exercise returns what a target did in w, or nil.
func (w *Workout) Exercise(target int) *Exercise {
	return find(w.Exercises, func(e *Exercise) bool { return e.Target == target })
}

// settleProposal closes what was suggested for t because something else came
// first: why names it.
func (c *Course) settleProposal(t *Target, why string, now time.Time) {
	if p := t.Proposal; p != nil {
		c.endSuggestion(t, SuggestionClosed, 0, now)
		c.note(Change{
			What: ChangeClosed, Target: t.N, Workout: p.Workout, From: t.Standing(), To: p.Standing(), Why: why,
		}, now)
	}
}

func (c *Course) settleProposals(why string, now time.Time) {
	for i := range c.Targets {
		c.settleProposal(&c.Targets[i], why, now)
	}
}

// settleBolder closes what was suggested before a hold and would ask for more.
// What would ask for less stays open: a release does not speak against it.
func (c *Course) settleBolder(why string, now time.Time) {
	for i := range c.Targets {
		t := &c.Targets[i]
		if t.Proposal != nil && c.decidedExercise(t).Decision.LoadPct >= 100 {
			c.settleProposal(t, why, now)
		}
	}
}

// endSuggestion takes the open suggestion of t away, with its alert.
func (c *Course) endSuggestion(t *Target, state SuggestionState, by int64, now time.Time) {
	workout := t.Proposal.Workout
	c.decidedExercise(t).Suggested = state
	t.Proposal = nil
	for i := range c.Alerts {
		a := &c.Alerts[i]
		if a.Intent == IntentSuggestion && a.Target == t.N && a.Workout == workout && a.AckedAt.IsZero() {
			a.AckedAt, a.AckedBy = now, by
		}
	}
}

// suggestionExpiries ask the clinician again each morning for as long as a
// suggestion is open.
func (c *Course) suggestionExpiries(add func(at time.Time, cause string, apply func(now time.Time))) {
	for i := range c.Alerts {
		a := &c.Alerts[i]
		if a.Intent != IntentSuggestion || !a.AckedAt.IsZero() {
			continue
		}
		last := later(c.NextClinicHour(a.RaisedAt), a.RemindedAt)
		add(clinicOpens.On(DayOf(last, c.ClinicZone).Plus(1), c.ClinicZone), "suggestion open", func(now time.Time) {
			a.RemindedAt = now
		})
	}
}

// Change returns the change with number n, or nil.
func (c *Course) Change(n int) *Change {
	if n < 1 || n > len(c.Changes) {
		return nil
	}
	return &c.Changes[n-1]
}

// newLoads tells the patient what the clinician has confirmed or allowed, unless a
// card has shown it already or it has changed again since.
func (p *planner) newLoads() {
	for i := range p.Targets {
		t := &p.Targets[i]
		x := p.lastGranted(t.N)
		if x == nil || x.To != t.Standing() {
			continue
		}
		if w := p.Current(); w != nil && w.CardAt.After(x.At) {
			continue
		}
		p.timed(PromptNewLoad, x.N, fmt.Sprintf("target/%d/confirmed/%d", t.N, x.N), x.At, x.At.Add(newLoadGood))
	}
}

// lastGranted is what a clinician last let take effect for a target, nil for
// nothing.
func (c *Course) lastGranted(target int) *Change {
	for i := len(c.Changes) - 1; i >= 0; i-- {
		if x := &c.Changes[i]; (x.What == ChangeConfirmed || x.What == ChangeConsent) && x.Target == target {
			return x
		}
	}
	return nil
}
