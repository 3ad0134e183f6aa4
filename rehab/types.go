package rehab

import (
	"fmt"
	"strconv"
)

// PainScore is a whole number from 0 (no pain) to 10 (the worst imaginable),
// the numeric rating scale, or PainUnknown when nobody answered.
type PainScore int8

// PainUnknown stands for an answer that is missing.
const PainUnknown PainScore = -1

// Known reports whether p was answered.
func (p PainScore) Known() bool { return p >= 0 }

// High reports whether a score calls for help, whatever it answers (H2).
func (p PainScore) High() bool { return p >= painHigh }

// or returns p, or the given score when p is unknown.
func (p PainScore) or(score PainScore) PainScore {
	if p.Known() {
		return p
	}
	return score
}

// String is the number in digits, or "unknown".
func (p PainScore) String() string {
	if !p.Known() {
		return "unknown"
	}
	return strconv.Itoa(int(p))
}

// Track is the way a patient takes through the phases.
type Track string

const (
	Standard Track = "standard" // P0 to P7
	Graded   Track = "graded"   // graded exposure, K1 to K5, for people who are afraid to move
)

// Phase names the work that a target is ready for: P0 to P7 on the standard
// track, K1 to K5 on the graded one.
type Phase string

const (
	P0 Phase = "P0" // free active movement
	P1 Phase = "P1" // gentle stretch
	P2 Phase = "P2" // structured stretch
	P3 Phase = "P3" // light eccentric work
	P4 Phase = "P4" // heavy slow resistance, 15 repetitions
	P5 Phase = "P5" // heavy slow resistance, 12 repetitions
	P6 Phase = "P6" // heavy slow resistance, 8 then 6 repetitions
	P7 Phase = "P7" // maintenance
	K1 Phase = "K1" // submaximal isometric holds
	K2 Phase = "K2" // light concentric work
	K3 Phase = "K3" // controlled eccentric work
	K4 Phase = "K4" // progressive heavy slow resistance
	K5 Phase = "K5" // own everyday activity
)

// Status says how far a workout got.
type Status string

const (
	Done         Status = "done"
	PartialPain  Status = "partial_pain"  // stopped early because of pain
	PartialOther Status = "partial_other" // stopped early for another reason
	SkipPain     Status = "skip_pain"     // not started because of pain
	SkipFear     Status = "skip_fear"     // not started because of fear
	SkipOther    Status = "skip_other"    // not started for another reason
	NoReply      Status = "no_reply"      // nothing was heard
)

// trained reports whether some of the work was done.
func (s Status) trained() bool { return s == Done || s == PartialPain || s == PartialOther }

// Quality is the kind of pain that a patient felt.
type Quality string

const (
	Dull      Quality = "dull"
	Sharp     Quality = "sharp"
	Radiating Quality = "radiating" // shooting, tingling or numb
)

// Flag is a warning sign that stands above every score.
type Flag string

const (
	FlagNone      Flag = "none"
	FlagUrgent    Flag = "urgent"    // the clinic must look at it the same day
	FlagEmergency Flag = "emergency" // the emergency number, now
)

// Action is what a decision does with the plan, from the boldest to the most
// cautious. Two actions join to the more cautious one.
type Action int

const (
	Advance Action = iota
	Progress
	Repeat
	Reduce
	Regress
	HoldExercise
	Stop
)

var actionNames = [...]string{"ADVANCE", "PROGRESS", "REPEAT", "REDUCE", "REGRESS", "HOLD", "STOP"}

// String is the action's name in capitals, as decide prints it.
func (a Action) String() string { return actionNames[a] }

// MarshalText writes the action's name.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads an action's name.
func (a *Action) UnmarshalText(text []byte) error {
	for i, name := range actionNames {
		if name == string(text) {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not an action", text)
}

// AlertLevel says how soon a clinician must see something.
type AlertLevel int

const (
	AlertNone    AlertLevel = iota
	AlertDigest             // level 1: the next digest
	AlertSameDay            // level 2: the same working day
	AlertNow                // level 3: at once, repeated until acknowledged
)

// Intent names the one thing that a message has to say.
type Intent string

const (
	IntentEmergency     Intent = "EMERGENCY"
	IntentUrgent        Intent = "URGENT_SAME_DAY"
	IntentHoldRest      Intent = "HOLD_REST"
	IntentHoldClinician Intent = "HOLD_WAIT_CLINICIAN"
	IntentSharp         Intent = "SHARP_PAIN"
	IntentNerve         Intent = "NERVE_CHECK"
	IntentPainHigh      Intent = "PAIN_HIGH"
	IntentEaseBack      Intent = "EASE_BACK"
	IntentTwoHour       Intent = "TWO_HOUR_RULE"
	IntentOverload      Intent = "OVERLOAD_NEXTDAY"
	IntentSore          Intent = "SORE_OK_REPEAT"
	IntentFear          Intent = "FEAR_SUPPORT"
	IntentRepeat        Intent = "REPEAT_AS_IS"
	IntentNudge         Intent = "NUDGE"
	IntentStepBack      Intent = "STEP_BACK"
	IntentRising        Intent = "BASELINE_RISING"
	IntentBaseline      Intent = "BASELINE_HIGH"
	IntentTrend         Intent = "PAIN_TREND_UP"
	IntentTooEarly      Intent = "TOO_EARLY"
	IntentNextStep      Intent = "WELL_DONE_NEXT_STEP"
	IntentStepUp        Intent = "WELL_DONE_SMALL_STEP_UP"
	IntentKeep          Intent = "WELL_DONE_KEEP"
	IntentAskBefore     Intent = "ASK_PRE"
	IntentNotToday      Intent = "NOT_TODAY"
	IntentWindow        Intent = "DO_WINDOW"
	IntentRestDay       Intent = "REST_DAY"
	IntentOneMoreDay    Intent = "WAIT_ONE_MORE_DAY"
	IntentGo            Intent = "GO"
	IntentStretchStrong Intent = "STRETCH_TOO_STRONG"
	IntentStretchOK     Intent = "STRETCH_OK"
)
