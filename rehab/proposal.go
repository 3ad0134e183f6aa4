package rehab

import (
	"strings"
	"time"
)

// ProposalKind names the next step that a course suggests to its clinician.
type ProposalKind string

const (
	ProposeEnded     ProposalKind = "ended"     // nothing is left to do
	ProposeDischarge ProposalKind = "discharge" // week 12
	ProposeAgreement ProposalKind = "agreement" // the patient has not agreed yet
	ProposeStopped   ProposalKind = "stopped"   // only the patient can go on
	ProposeRelease   ProposalKind = "release"   // a hold waits for a clinician
	ProposeNeedling  ProposalKind = "needling"  // none was recorded
	ProposeConsent   ProposalKind = "consent"   // K5 waits for a clinician
	ProposeContact   ProposalKind = "contact"   // the patient is silent
	ProposeReview    ProposalKind = "review"    // setbacks: needle again, or another plan?
	ProposeNoBetter  ProposalKind = "no_better" // pain stays where it was: needle again?
	ProposeLoad      ProposalKind = "load"      // the usual load would allow more
	ProposeContinue  ProposalKind = "continue"
)

// Proposal is the next step that a course suggests, for one target where it is
// about one.
type Proposal struct {
	Kind   ProposalKind
	Target int
	// Alert is the open alert that asks for it, with ProposeLoad.
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

// Propose looks for the one next step that matters most: what blocks the course
// first, then what only a clinician may do, then what goes badly, then what could
// be bolder.
func (c *Course) Propose(now time.Time) Proposal {
	switch c.Standing() {
	case StandingDischarged:
		return Proposal{Kind: ProposeEnded}
	case StandingFinished:
		return Proposal{Kind: ProposeDischarge}
	case StandingInvited:
		return Proposal{Kind: ProposeAgreement}
	case StandingStopped:
		return Proposal{Kind: ProposeStopped}
	}
	switch {
	case c.awaitsRelease() != nil:
		return Proposal{Kind: ProposeRelease}
	case len(c.Needlings) == 0:
		return Proposal{Kind: ProposeNeedling}
	}
	for _, t := range c.Targets {
		if t.NextConsent {
			return Proposal{Kind: ProposeConsent, Target: t.N}
		}
	}
	pain, needled := c.painChange(now), c.LastNeedling().At
	switch {
	case c.Silence():
		return Proposal{Kind: ProposeContact}
	case !now.Before(c.endsAt().Add(-dischargeBefore)):
		return Proposal{Kind: ProposeDischarge}
	case pain.Worse() && now.Sub(needled) >= painWindow || c.recentCuts(needled) >= reviewCuts:
		return Proposal{Kind: ProposeReview}
	case pain.HasLast && !pain.Better() && pain.Last >= reviewPain && now.Sub(needled) >= betterBy:
		return Proposal{Kind: ProposeNoBetter}
	}
	if p, ok := c.proposeLoad(); ok {
		return p
	}
	return Proposal{Kind: ProposeContinue}
}

// proposeLoad offers the load that the usual one gives, where a phase began far
// under it and nobody has decided about that yet.
func (c *Course) proposeLoad() (Proposal, bool) {
	for i := range c.Alerts {
		a := &c.Alerts[i]
		t := c.Target(a.Target)
		if t == nil || !a.AckedAt.IsZero() || a.Intent != IntentLowEntry || !strings.HasSuffix(a.Key, "/"+string(t.Phase)) {
			continue
		}
		if c.ExpectedLoad(t) > t.LoadG {
			return Proposal{ProposeLoad, t.N, a.N}, true
		}
	}
	return Proposal{}, false
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
