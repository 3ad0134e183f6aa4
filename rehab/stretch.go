package rehab

import "fmt"

// gentleOver is the strength that is above the gentle target of 3 to 4 but not
// yet too strong (S-60, S-84).
const gentleOver PainScore = 5

// Stretch targets on the scale of 0 to 10; never above 5 (S-10, S-60, S-61, S-85).
const (
	stretchGentle     = "3-4"
	stretchStructured = "4-5"
	stretchNone       = "none"
)

// What StretchAdvice.Action may be.
const (
	StretchRepeat = "REPEAT"
	StretchEase   = "EASE"
	StretchHold24 = "HOLD24" // nothing for 24 hours
)

// StretchInput is the answer to "how strong did the stretch feel".
type StretchInput struct {
	Feel   PainScore
	Window Phase // P1 for the gentle stretch, P2 for the structured one and from then on
	Sharp  bool
}

// StretchAdvice is what the next stretch should be.
type StretchAdvice struct {
	Target string     `json:"target"` // "3-4", "4-5" or "none"
	Action string     `json:"action"` // StretchRepeat, StretchEase or StretchHold24
	Alert  AlertLevel `json:"alert"`
	Intent Intent     `json:"intent"`
	Reason string     `json:"reason"` // one plain sentence
}

// gentle reports whether the window asks for the gentle stretch.
func (in *StretchInput) gentle() bool { return in.Window == P0 || in.Window == P1 }

// stretchRow is one row of the stretch table; the first that holds wins.
type stretchRow struct {
	holds  func(*StretchInput) bool
	target string
	action string
	alert  AlertLevel
	intent Intent
	reason string // %v is the strength felt
}

var stretchRows = []stretchRow{
	{
		func(in *StretchInput) bool { return !in.Feel.Known() },
		stretchGentle, StretchRepeat, AlertNone, IntentNudge, "How strong the stretch felt is %v: the next one is gentle.",
	},
	{func(in *StretchInput) bool { return in.Sharp && in.Feel >= sharpLimit }, // H7
		stretchNone, StretchHold24, AlertSameDay, IntentSharp, "The stretch felt sharp, at %v: no stretch for 24 hours."},
	{func(in *StretchInput) bool { return in.Feel >= painHigh }, // H2
		stretchNone, StretchHold24, AlertSameDay, IntentPainHigh, "The stretch felt like %v, which is 8 or more: no stretch for 24 hours."},
	{
		func(in *StretchInput) bool { return in.Sharp },
		stretchGentle, StretchEase, AlertDigest, IntentStretchStrong, "The stretch felt sharp, at %v: ease off next time.",
	},
	{func(in *StretchInput) bool { return in.Feel >= painAboveZone }, // S-85
		stretchGentle, StretchEase, AlertNone, IntentStretchStrong, "The stretch felt like %v, which is above 5: ease off next time."},
	{
		func(in *StretchInput) bool { return in.gentle() && in.Feel >= gentleOver },
		stretchGentle, StretchEase, AlertNone, IntentStretchOK, "The stretch felt like %v, a little above 3 to 4: ease off slightly.",
	},
	{
		func(in *StretchInput) bool { return in.gentle() },
		stretchGentle, StretchRepeat, AlertNone, IntentStretchOK, "The stretch felt like %v, within the limit of 4: the same again.",
	},
	{
		func(*StretchInput) bool { return true },
		stretchStructured, StretchRepeat, AlertNone, IntentStretchOK, "The stretch felt like %v, within the limit of 5: the same again.",
	},
}

// JudgeStretch says how strong the next stretch should be.
func JudgeStretch(in StretchInput) StretchAdvice {
	i := 0
	for !stretchRows[i].holds(&in) {
		i++
	}
	row := stretchRows[i]
	return StretchAdvice{
		Target: row.target, Action: row.action, Alert: row.alert, Intent: row.intent,
		Reason: fmt.Sprintf(row.reason, in.Feel),
	}
}
