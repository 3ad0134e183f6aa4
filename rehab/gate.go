package rehab

import "fmt"

// Limits of the gate on the pain before a workout.
const (
	gateSamePain PainScore = 4 // 4 and 5: acceptable, but nothing new is added (src 12, src 30)
	// gateWaitH: while the last workout is this close, pain above its own
	// "before" means one more day; soreness lasts up to three days (src 5).
	gateWaitH = 72
)

// GateInput is what is known right before a workout. Unknown pains are
// PainUnknown; SinceLoadedH is hours since the last loaded workout, NoAdvanceH
// when there was none.
type GateInput struct {
	Before         PainScore
	Flag           Flag
	HoldH          int // positive until its last question is answered or a clinician released it
	NeedsClearance bool
	Phase          Phase
	AcuteH         int // hours since the last needling
	SinceLoadedH   int
	LastBefore     PainScore // the pain before the last workout
}

// Offer is what may be offered now.
type Offer string

const (
	OfferLoad     Offer = "LOAD"
	OfferLoadSame Offer = "LOAD_SAME" // the smaller of the planned load and the one done last
	OfferStretch  Offer = "STRETCH"
	OfferWindow   Offer = "WINDOW" // what the window after the needling allows
	OfferMoveOnly Offer = "MOVE_ONLY"
	OfferNone     Offer = "NONE"
	OfferAsk      Offer = "ASK" // the pain before is needed first
)

// GateResult is what the gate answers.
type GateResult struct {
	Offer  Offer      `json:"offer"`
	Alert  AlertLevel `json:"alert"`
	Intent Intent     `json:"intent"`
	Reason string     `json:"reason"` // one plain sentence
}

// gateRow is one row of the gate; the first that holds wins.
type gateRow struct {
	holds  func(*GateInput) bool
	offer  Offer
	alert  AlertLevel
	intent Intent
	reason func(*GateInput) string
}

var gateRows = []gateRow{
	{
		func(in *GateInput) bool { return in.Flag == FlagEmergency },
		OfferNone, AlertNow, IntentEmergency, gateSays("A warning sign calls for the emergency number now."),
	},
	{
		func(in *GateInput) bool { return in.Flag == FlagUrgent },
		OfferNone, AlertNow, IntentUrgent, gateSays("A warning sign needs the clinic the same day."),
	},
	{func(in *GateInput) bool { return in.NeedsClearance || in.HoldH > 0 }, // S-70: a hold never ends into load
		OfferNone, AlertNone, IntentHoldRest, holdReason},
	{
		func(in *GateInput) bool { return !in.Before.Known() },
		OfferAsk, AlertNone, IntentAskBefore, gateSays("The pain before the workout is not known yet."),
	},
	{func(in *GateInput) bool { return in.Before >= painHigh }, // H2
		OfferMoveOnly, AlertSameDay, IntentPainHigh, func(in *GateInput) string {
			return fmt.Sprintf("Pain before (%v) is 8 or more: only easy movement today.", in.Before)
		}},
	{func(in *GateInput) bool { return in.Before >= painAboveZone }, // H1, I-20
		OfferMoveOnly, AlertDigest, IntentNotToday, func(in *GateInput) string {
			return fmt.Sprintf("Pain before (%v) is above 5: only easy movement, and the question comes again in %d hours.", in.Before, dayHold)
		}},
	{
		func(in *GateInput) bool { return !in.Phase.Loaded() },
		OfferWindow, AlertNone, IntentWindow, func(in *GateInput) string {
			return fmt.Sprintf("%s has no load: the window after the needling applies.", in.Phase)
		},
	},
	{func(in *GateInput) bool { return in.AcuteH < in.Phase.AcuteFloorH() }, // S-90, I-22
		OfferWindow, AlertNone, IntentTooEarly, func(in *GateInput) string {
			return fmt.Sprintf("It is %d hours after the needling, and %s waits for %d.", in.AcuteH, in.Phase, in.Phase.AcuteFloorH())
		}},
	{func(in *GateInput) bool { return in.SinceLoadedH < in.Phase.RestH() }, // I-26
		OfferStretch, AlertNone, IntentRestDay, func(in *GateInput) string {
			return fmt.Sprintf("The last workout was %d hours ago, and the muscle rests for %d.", in.SinceLoadedH, in.Phase.RestH())
		}},
	{
		func(in *GateInput) bool {
			return in.LastBefore.Known() && in.Before > in.LastBefore && in.SinceLoadedH < gateWaitH
		},
		OfferStretch, AlertNone, IntentOneMoreDay, func(in *GateInput) string {
			return fmt.Sprintf("Pain before (%v) is above the %v before the last workout, %d hours ago: one more day of rest.",
				in.Before, in.LastBefore, in.SinceLoadedH)
		},
	},
	{
		func(in *GateInput) bool { return in.Before >= gateSamePain },
		OfferLoadSame, AlertNone, IntentGo, func(in *GateInput) string {
			return fmt.Sprintf("Pain before (%v) is acceptable, without going above the last load.", in.Before)
		},
	},
	{
		func(*GateInput) bool { return true },
		OfferLoad, AlertNone, IntentGo, func(in *GateInput) string {
			return fmt.Sprintf("Pain before (%v) is low and nothing stands against the planned load.", in.Before)
		},
	},
}

// Gate says what may be offered right before a workout. The first row that
// holds wins, so more pain never brings a bolder offer.
func Gate(in GateInput) GateResult {
	i := 0
	for !gateRows[i].holds(&in) {
		i++
	}
	row := gateRows[i]
	return GateResult{Offer: row.offer, Alert: row.alert, Intent: row.intent, Reason: row.reason(&in)}
}

func gateSays(reason string) func(*GateInput) string {
	return func(*GateInput) string { return reason }
}

func holdReason(in *GateInput) string {
	if in.NeedsClearance {
		return "A hold waits for a clinician to release it."
	}
	return fmt.Sprintf("A hold has %d hours left or waits for its last answer.", in.HoldH)
}
