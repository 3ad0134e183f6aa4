package rehab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// WorkoutInput is all that one decision looks at: one target, one workout.
// Counters are their values before this workout.
type WorkoutInput struct {
	Track Track
	Phase Phase
	// AcuteH is hours since the last needling of the target, ProgrammeH since
	// the first one (I-25).
	AcuteH, ProgrammeH int
	// LoadG is the load of this workout, EntryLoadG the one with which the phase
	// began, Min7LoadG the lowest of the last seven days, this workout included.
	// Whole grams, or thousandths of a repetition (see RepsLoad).
	LoadG, EntryLoadG, Min7LoadG int
	// Before, right After, TwoHour and Next day: the four pains.
	Before, After, TwoHour, Next PainScore
	// NextPrevents: the next day was too sore to exercise (I-21).
	NextPrevents   bool
	Status         Status
	Quality        Quality
	Flag           Flag
	HoldH          int // hours left of a hold that stands; 0 for none
	NeedsClearance bool
	// Greens are good workouts, Reds cuts in a row, Reds20 cuts of 20 % in a
	// row, Silent unanswered workouts and FearSkips skips for fear in a row.
	Greens, Reds, Reds20, Silent, FearSkips int
	// Reserve2: two repetitions or more were left in the last set of this and
	// of the previous workout, at the same load (src 42).
	Reserve2 bool
	// ReferenceBefore is the lowest Before of the last three workouts;
	// PainUnknown when there is no history.
	ReferenceBefore PainScore
	FearedHappened  bool // what the patient was worried about did happen (S-47)
	// SinceAdvanceH counts from the last advance into a strength phase;
	// NoAdvanceH when there was none.
	SinceAdvanceH int
}

// Decision is what follows from one workout for one target.
type Decision struct {
	LoadPct   int    `json:"load_pct"`    // of LoadG, for the next permitted workout: 80, 85, 90, 100 or 105
	NextLoadG int    `json:"next_load_g"` // LoadG at LoadPct; never the load of another phase
	Action    Action `json:"action"`
	// Permit says that no hold stands; whether load may be offered now is Gate's
	// question.
	Permit    bool       `json:"permit"`
	Clearance bool       `json:"clearance"` // a clinician must release the hold
	HoldH     int        `json:"hold_h"`    // hours
	Alert     AlertLevel `json:"alert"`
	NextPhase Phase      `json:"next_phase"`
	Intent    Intent     `json:"intent"`
	Rules     []string   `json:"rules"`  // ids of the rules that fired, sorted
	Reason    string     `json:"reason"` // one plain sentence
}

// Decide judges a closed workout: every rule of the table is tested, and the
// result is the most cautious of what fired. The order of the rules does not
// matter. Any input gives a decision; that Phase belongs to Track is for the
// caller to check.
func Decide(in WorkoutInput) Decision { return decide(&in, workoutRules) }

func decide(in *WorkoutInput, table []rule) Decision {
	if fired := fireRules(in, table, true); len(fired) > 0 {
		return decideJoined(in, fired)
	}
	return decideGreen(in)
}

// verdict is a rule that fired, with the effect that it asks for here.
type verdict struct {
	effect
	id string
	// ofCut marks a verdict about a cut: its share is the joined one.
	ofCut bool
}

// fireRules tests every rule. While a workout is open an unknown pain is not
// missing but not asked yet: D21 waits until it is closed. The cuts in a row do
// join early, with the counters as they were before: a later answer can only
// add to a cut.
func fireRules(in *WorkoutInput, table []rule, closed bool) []verdict {
	var fired []verdict
	for _, r := range table {
		if (closed || !r.whenClosed) && r.fires(in) {
			e := r.effect
			if r.hold != nil {
				e.holdH = r.hold(in)
			}
			fired = append(fired, verdict{effect: e, id: r.id})
		}
	}
	pct := joinEffects(fired).pct
	for _, r := range cutRules {
		if pct < 100 && r.fires(in, pct) {
			e := r.effect
			e.pct = pct
			fired = append(fired, verdict{effect: e, id: r.id, ofCut: true})
		}
	}
	return fired
}

// joinEffects is the most cautious of all: the lowest share, the highest of the rest.
func joinEffects(fired []verdict) effect {
	all := effect{pct: 100, action: Repeat}
	for _, v := range fired {
		all.pct = min(all.pct, v.pct)
		all.action = max(all.action, v.action)
		all.holdH = max(all.holdH, v.holdH)
		all.alert = max(all.alert, v.alert)
		all.clearance = all.clearance || v.clearance
	}
	return all
}

// byCaution puts the verdict that speaks for a decision first: highest action,
// then highest alert, then lowest share, then smallest id.
func byCaution(a, b verdict) int {
	return cmp.Or(
		cmp.Compare(b.action, a.action),
		cmp.Compare(b.alert, a.alert),
		cmp.Compare(a.pct, b.pct),
		strings.Compare(a.id, b.id),
	)
}

func decideJoined(in *WorkoutInput, fired []verdict) Decision {
	slices.SortFunc(fired, byCaution)
	all := joinEffects(fired)
	ids := make([]string, len(fired))
	next := in.Phase
	for i, v := range fired {
		ids[i] = v.id
		if v.action == Regress {
			next = in.Phase.Previous()
		}
	}
	slices.Sort(ids)
	d := Decision{
		LoadPct: all.pct, NextLoadG: in.LoadG * all.pct / 100,
		Action: all.action, Permit: all.action < HoldExercise,
		Clearance: all.clearance, HoldH: all.holdH, Alert: all.alert,
		NextPhase: next, Intent: fired[0].intent, Rules: ids,
	}
	d.Reason = reason(in, fired, d)
	return d
}

// greenRule is what Rules holds when no rule fired.
const greenRule = "GREEN"

// decideGreen decides after a good workout: no rule fired and all four pains are known.
func decideGreen(in *WorkoutInput) Decision {
	greens := in.Greens + 1
	d := Decision{
		LoadPct: 100, NextLoadG: in.LoadG, Action: Repeat, Permit: true,
		NextPhase: in.Phase, Intent: IntentKeep, Rules: []string{greenRule},
	}
	follows := "the load stays the same"
	if next, ok := advanceTo(in, greens); ok {
		d.Action, d.Intent, d.NextPhase = Advance, IntentNextStep, next
		follows = fmt.Sprintf("%s is next", next)
	} else if mayProgress(in, greens) {
		d.Action, d.Intent, d.LoadPct = Progress, IntentStepUp, 100+stepUpPercent
		d.NextLoadG = in.LoadG * d.LoadPct / 100
		follows = fmt.Sprintf("the next load is %d %% higher", stepUpPercent)
	}
	d.Reason = fmt.Sprintf("Pain was %v before, %v after 2 hours and %v the next day, and the count of good workouts is %d: %s.",
		in.Before, in.TwoHour, in.Next, greens, follows)
	return d
}

// advanceTo is the phase that time and tolerance together allow (S-57).
func advanceTo(in *WorkoutInput, greens int) (Phase, bool) {
	next, ok := in.Phase.NextOn(in.Track)
	allowed := ok && greens >= in.Phase.GreensNeeded() &&
		next.FloorReached(in.AcuteH, in.ProgrammeH) &&
		(!next.Strength() || in.SinceAdvanceH >= advanceSpacingH)
	return next, allowed
}

// mayProgress is the 2-for-2 rule (src 42) inside the weekly cap. K1 and K2 have
// no load to raise.
func mayProgress(in *WorkoutInput, greens int) bool {
	return in.Phase.Loaded() && in.Phase != K1 && in.Phase != K2 &&
		in.LoadG > 0 && greens >= progressGreens && in.Reserve2 &&
		in.LoadG*(100+stepUpPercent) <= in.Min7LoadG*weeklyCapPercent
}
