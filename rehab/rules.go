package rehab

// Thresholds of the workout table.
const (
	// painHigh and above stops exercise for a day and tells the clinic (H2; D06,
	// D12, D16).
	painHigh PainScore = 8
	// painAboveZone and above is outside the zone up to 5 that counts as
	// acceptable (src 12, src 30; D07, D11, D25).
	painAboveZone PainScore = 6
	// sharpLimit and above, sharp pain rests the exercise (H7; D04).
	sharpLimit PainScore = 4

	smallRise = 1 // +1 is the smallest change that people call worse (I-18; D08)
	clearRise = 2 // +2 is clinically important (I-18; D09)
	largeRise = 3 // +3 is clearly too much (I-18; D10, D14)
	// baselineRise above the lowest of the last pains before is a rising
	// baseline; default of ours (D24).
	baselineRise PainScore = 2

	silentLimit   = 2 // with this workout the third without an answer; default of ours (D21)
	fearSkipLimit = 1 // with this workout the second; default of ours (D19)
	redLimit      = 2 // with this cut the third in a row (I-19; D22)
	red20Limit    = 1 // with this cut the second by 20 % (I-19; D22)
	// entryHalfPercent of the load at entry: no lower without a human; default
	// of ours (D23).
	entryHalfPercent = 50
)

// Holds in hours: 24 to 72 (S-70).
const (
	dayHold   = 24 // H1, H2
	sharpHold = 48 // H7
	longHold  = 72 // H8 and every hold that a clinician must release
)

// effect is what a rule asks for.
type effect struct {
	pct       int // share of the load for the next workout
	action    Action
	holdH     int
	alert     AlertLevel
	clearance bool
	intent    Intent
}

// rule is one row of the workout table.
type rule struct {
	id    string
	fires func(*WorkoutInput) bool
	effect
	hold       func(*WorkoutInput) int // computes the hold where it is not fixed
	whenClosed bool                    // left out while answers may still come
}

// workoutRules is the workout table. Rows that share an id exclude one another.
// Pains are compared with "at least", so more pain can only bring a stricter
// row. A cut is 10 % for a rise of 1, 15 % for 2, and 20 % for 3, for a rise
// that ends above 5, or for a day without exercise (S-77 to S-79, I-18). The 10 %
// of sharp pain below 4 (D04) and of a stop for pain (D17), and that other reasons
// repeat the load (D20), are defaults of ours inside that range.
//
// An effect reads: share of the load, action, hold, alert, clearance, intent.
var workoutRules = []rule{
	{id: "D01", fires: emergencyFlag, effect: effect{80, Stop, longHold, AlertNow, true, IntentEmergency}},
	{id: "D02", fires: urgentFlag, effect: effect{80, HoldExercise, longHold, AlertNow, true, IntentUrgent}},
	{id: "D03", fires: holdRuns, effect: effect{100, HoldExercise, 0, AlertNone, false, IntentHoldRest}, hold: restOfHold},
	{id: "D03", fires: holdWaits, effect: effect{100, HoldExercise, 0, AlertSameDay, true, IntentHoldClinician}, hold: restOrDay},
	{id: "D04", fires: sharpAtLeast4, effect: effect{80, HoldExercise, sharpHold, AlertSameDay, false, IntentSharp}},
	{id: "D04", fires: sharpBelow4, effect: effect{90, Reduce, 0, AlertDigest, false, IntentSharp}},
	{id: "D05", fires: radiating, effect: effect{80, HoldExercise, longHold, AlertSameDay, true, IntentNerve}},
	{id: "D06", fires: afterAtLeast8, effect: effect{80, HoldExercise, dayHold, AlertSameDay, false, IntentPainHigh}},
	{id: "D07", fires: after6or7, effect: effect{90, Reduce, 0, AlertDigest, false, IntentEaseBack}},
	{id: "D08", fires: twoHourUp1, effect: effect{90, Reduce, 0, AlertNone, false, IntentTwoHour}},
	{id: "D09", fires: twoHourUp2, effect: effect{85, Reduce, 0, AlertNone, false, IntentTwoHour}},
	{id: "D10", fires: twoHourUp3, effect: effect{80, Reduce, 0, AlertDigest, false, IntentTwoHour}},
	{id: "D11", fires: twoHourUpAbove5, effect: effect{80, Reduce, 0, AlertDigest, false, IntentTwoHour}},
	{id: "D12", fires: twoHourAtLeast8, effect: effect{80, HoldExercise, dayHold, AlertSameDay, false, IntentPainHigh}},
	{id: "D13", fires: nextPrevents, effect: effect{80, Reduce, 0, AlertDigest, false, IntentOverload}},
	{id: "D14", fires: nextUp3, effect: effect{90, Reduce, 0, AlertNone, false, IntentEaseBack}},
	{id: "D15", fires: nextUp1or2, effect: effect{100, Repeat, 0, AlertNone, false, IntentSore}},
	{id: "D16", fires: nextAtLeast8, effect: effect{80, HoldExercise, dayHold, AlertSameDay, false, IntentPainHigh}},
	{id: "D17", fires: stoppedForPain, effect: effect{90, Reduce, 0, AlertNone, false, IntentEaseBack}},
	{id: "D18", fires: skippedForPain, effect: effect{80, Reduce, 0, AlertDigest, false, IntentOverload}},
	{id: "D19", fires: firstFearSkip, effect: effect{100, Repeat, 0, AlertNone, false, IntentFear}},
	{id: "D19", fires: furtherFearSkip, effect: effect{100, Repeat, 0, AlertDigest, false, IntentFear}},
	{id: "D20", fires: otherReason, effect: effect{100, Repeat, 0, AlertNone, false, IntentRepeat}},
	{id: "D21", fires: incomplete, effect: effect{100, Repeat, 0, AlertNone, false, IntentNudge}, whenClosed: true},
	{id: "D21", fires: incompleteAgain, effect: effect{100, Repeat, 0, AlertDigest, false, IntentNudge}, whenClosed: true},
	{id: "D24", fires: baselineRising, effect: effect{100, Repeat, 0, AlertDigest, false, IntentRising}},
	{id: "D25", fires: baselineAbove5, effect: effect{100, Repeat, 0, AlertDigest, false, IntentBaseline}},
	{id: "D26", fires: tooEarly, effect: effect{100, HoldExercise, 0, AlertDigest, false, IntentTooEarly}, hold: restOfFloor},
	{id: "D30", fires: fearedHappened, effect: effect{100, Repeat, 0, AlertDigest, false, IntentFear}},
}

// cutRule is a row that looks at the joined share of the load.
type cutRule struct {
	id    string
	fires func(in *WorkoutInput, pct int) bool
	effect
}

// cutRules are tested after the join, when the load goes down; they keep the
// joined share.
var cutRules = []cutRule{
	{id: "D22", fires: cutsInARow, effect: effect{100, Regress, 0, AlertSameDay, false, IntentStepBack}},
	{id: "D22a", fires: secondCut, effect: effect{100, Reduce, 0, AlertDigest, false, IntentEaseBack}},
	{id: "D23", fires: underHalfEntry, effect: effect{100, HoldExercise, longHold, AlertSameDay, true, IntentHoldClinician}},
}

// Asked always: flags, holds, and what was reported apart from the four pains.

func emergencyFlag(in *WorkoutInput) bool  { return in.Flag == FlagEmergency }           // RF1-RF6, RF9, RF11
func urgentFlag(in *WorkoutInput) bool     { return in.Flag == FlagUrgent }              // RF4, RF5, RF7, RF8, RF10
func holdRuns(in *WorkoutInput) bool       { return in.HoldH > 0 && !in.NeedsClearance } // S-70
func holdWaits(in *WorkoutInput) bool      { return in.NeedsClearance }                  // S-70
func radiating(in *WorkoutInput) bool      { return in.Quality == Radiating }            // H8
func nextPrevents(in *WorkoutInput) bool   { return in.NextPrevents }                    // S-79
func stoppedForPain(in *WorkoutInput) bool { return in.Status == PartialPain }
func skippedForPain(in *WorkoutInput) bool { return in.Status == SkipPain } // I-21
func firstFearSkip(in *WorkoutInput) bool {
	return in.Status == SkipFear && in.FearSkips < fearSkipLimit
}

func furtherFearSkip(in *WorkoutInput) bool {
	return in.Status == SkipFear && in.FearSkips >= fearSkipLimit
}

func otherReason(in *WorkoutInput) bool     { return in.Status == PartialOther || in.Status == SkipOther }
func incomplete(in *WorkoutInput) bool      { return in.incomplete() && in.Silent < silentLimit } // I-34
func incompleteAgain(in *WorkoutInput) bool { return in.incomplete() && in.Silent >= silentLimit }

// tooEarly is asked whatever became of the workout (S-90, I-22).
func tooEarly(in *WorkoutInput) bool { return in.Phase.Loaded() && in.AcuteH < in.Phase.AcuteFloorH() }

// The pain rules are asked when some work was done; there is no pain of a
// workout otherwise. An unknown pain fires none of them, but an unknown pain
// after counts as 0 where pain was sharp.

func sharpAtLeast4(in *WorkoutInput) bool { return in.sharp() && in.After >= sharpLimit } // H7
func sharpBelow4(in *WorkoutInput) bool   { return in.sharp() && in.After < sharpLimit }
func afterAtLeast8(in *WorkoutInput) bool { return in.trained() && in.After >= painHigh }
func after6or7(in *WorkoutInput) bool {
	return in.trained() && in.After >= painAboveZone && in.After < painHigh
}

func twoHourUp1(in *WorkoutInput) bool { return in.trained() && in.rise(in.TwoHour) == smallRise } // S-58
func twoHourUp2(in *WorkoutInput) bool { return in.trained() && in.rise(in.TwoHour) == clearRise }
func twoHourUp3(in *WorkoutInput) bool { return in.trained() && in.rise(in.TwoHour) >= largeRise }
func twoHourUpAbove5(in *WorkoutInput) bool {
	return in.trained() && in.rise(in.TwoHour) > 0 && in.TwoHour >= painAboveZone
}
func twoHourAtLeast8(in *WorkoutInput) bool { return in.trained() && in.TwoHour >= painHigh }

func nextUp3(in *WorkoutInput) bool { return in.trained() && in.rise(in.Next) >= largeRise }
func nextUp1or2(in *WorkoutInput) bool { // src 5: soreness of a day or two
	return in.trained() && in.rise(in.Next) >= smallRise && in.rise(in.Next) < largeRise
}
func nextAtLeast8(in *WorkoutInput) bool { return in.trained() && in.Next >= painHigh }

func baselineRising(in *WorkoutInput) bool {
	return in.trained() && in.Before.Known() && in.Before-in.ReferenceBefore.or(in.Before) >= baselineRise
}
func baselineAbove5(in *WorkoutInput) bool { return in.trained() && in.Before >= painAboveZone } // H1, I-20
func fearedHappened(in *WorkoutInput) bool { // S-47
	return in.trained() && in.Phase.Track() == Graded && in.FearedHappened
}

// Asked about a cut.

func cutsInARow(in *WorkoutInput, pct int) bool { // I-19
	return in.Reds >= redLimit || pct == deepestCutPercent && in.Reds20 >= red20Limit
}
func secondCut(in *WorkoutInput, _ int) bool { return in.Reds == redLimit-1 }
func underHalfEntry(in *WorkoutInput, pct int) bool {
	return in.LoadG*pct/100 < in.EntryLoadG*entryHalfPercent/100
}

func restOfHold(in *WorkoutInput) int  { return in.HoldH }
func restOrDay(in *WorkoutInput) int   { return max(in.HoldH, dayHold) }
func restOfFloor(in *WorkoutInput) int { return in.Phase.AcuteFloorH() - in.AcuteH }

func (in *WorkoutInput) trained() bool { return in.Status.trained() }
func (in *WorkoutInput) sharp() bool   { return in.trained() && in.Quality == Sharp }

// rise is how far p is above the pain before, which counts as 0 when unknown; an
// unknown p has not risen.
func (in *WorkoutInput) rise(p PainScore) int {
	if !p.Known() {
		return 0
	}
	return int(p - in.Before.or(0))
}

func (in *WorkoutInput) unknownPains() int {
	n := 0
	for _, p := range [...]PainScore{in.Before, in.After, in.TwoHour, in.Next} {
		if !p.Known() {
			n++
		}
	}
	return n
}

func (in *WorkoutInput) incomplete() bool {
	return in.Status == NoReply || in.trained() && in.unknownPains() > 0
}
