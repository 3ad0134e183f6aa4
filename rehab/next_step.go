package rehab

import (
	"strings"
	"time"
)

// StepKind names the next step that a course suggests to its clinician.
type StepKind string

const (
	StepEnded     StepKind = "ended"     // nothing is left to do
	StepDischarge StepKind = "discharge" // week 12
	StepAgreement StepKind = "agreement" // the patient has not agreed yet
	StepStopped   StepKind = "stopped"   // only the patient can go on
	StepRelease   StepKind = "release"   // a hold waits for a clinician
	StepNeedling  StepKind = "needling"  // none was recorded
	StepConsent   StepKind = "consent"   // K5 waits for a clinician
	StepContact   StepKind = "contact"   // the patient is silent
	StepReview    StepKind = "review"    // setbacks: needle again, or another plan?
	StepNoBetter  StepKind = "no_better" // pain stays where it was: needle again?
	StepLoad      StepKind = "load"      // the usual load would allow more
	StepContinue  StepKind = "continue"
)

// NextStep is the next step that a course suggests, for one target where it is
// about one.
type NextStep struct {
	Kind   StepKind
	Target int
	// Alert is the open alert that asks for it, with StepLoad.
	Alert int
}

// When something is proposed; defaults of ours, but for the length of a course.
const (
	dischargeBefore = 7 * 24 * time.Hour  // the end of week 12 (S-83)
	betterBy        = 14 * 24 * time.Hour // after a needling, pain should have moved
	reviewCuts      = 2                   // of the last decided workouts
	reviewWorkouts  = 3
	reviewPain      = 4 // and above; up to 3 is the green band (src 30)
)

// NextStep looks for the one next step that matters most: what blocks the course
// first, then what only a clinician may do, then what goes badly, then what could
// be bolder.
func (c *Course) NextStep(now time.Time) NextStep {
	switch c.State() {
	case StateDischarged, StateFinished:
		return NextStep{Kind: StepEnded}
	case StateInvited:
		return NextStep{Kind: StepAgreement}
	case StateStopped:
		return NextStep{Kind: StepStopped}
	}
	switch {
	case c.awaitsRelease() != nil:
		return NextStep{Kind: StepRelease}
	case len(c.Needlings) == 0:
		return NextStep{Kind: StepNeedling}
	}
	for _, t := range c.Targets {
		if t.NextConsent {
			return NextStep{Kind: StepConsent, Target: t.N}
		}
	}
	pain, needled := c.painChange(now), c.LastNeedling().At
	switch {
	case c.Silence():
		return NextStep{Kind: StepContact}
	case !now.Before(c.endsAt().Add(-dischargeBefore)):
		return NextStep{Kind: StepDischarge}
	case pain.Worse() && now.Sub(needled) >= painWindow || c.recentCuts(needled) >= reviewCuts:
		return NextStep{Kind: StepReview}
	case pain.HasLast && !pain.Better() && pain.Last >= reviewPain && now.Sub(needled) >= betterBy:
		return NextStep{Kind: StepNoBetter}
	}
	if p, ok := c.proposeLoad(); ok {
		return p
	}
	return NextStep{Kind: StepContinue}
}

// proposeLoad offers the load that the usual one gives, where a phase began far
// under it and nobody has decided about that yet.
func (c *Course) proposeLoad() (NextStep, bool) {
	for i := range c.Alerts {
		a := &c.Alerts[i]
		t := c.Target(a.Target)
		if t == nil || !a.AckedAt.IsZero() || a.Intent != IntentLowEntry || !strings.HasSuffix(a.Key, "/"+string(t.Phase)) {
			continue
		}
		if c.ExpectedLoad(t) > t.LoadG {
			return NextStep{StepLoad, t.N, a.N}, true
		}
	}
	return NextStep{}, false
}

// recentCuts counts the cuts among the last decided workouts since a moment.
func (c *Course) recentCuts(since time.Time) int {
	cuts, seen := 0, 0
	for i := len(c.Workouts) - 1; i >= 0 && seen < reviewWorkouts; i-- {
		w := &c.Workouts[i]
		if len(w.Exercises) == 0 || w.Exercises[0].Decision == nil || w.AskedAt.Before(since) {
			continue
		}
		seen++
		if _, cut := w.cut(); cut {
			cuts++
		}
	}
	return cuts
}
