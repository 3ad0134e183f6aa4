package rehab

import (
	"fmt"
	"time"
)

// Protocol is what a clinic may set about the plan: hours, doses and muscles.
// Thresholds of the decision tables are not in it; they are constants beside
// the rules, each with its source. A course keeps the version that it was
// planned with.
type Protocol struct {
	Version string `json:"version"`
	Hours   Hours  `json:"hours"`
	// Doses holds the work of each phase. The sets, repetitions and tempo of P3
	// come from the muscle instead.
	Doses   map[Phase]Dose    `json:"doses"`
	Muscles map[string]Muscle `json:"muscles"`
	// PlateGrams and PlatePounds are the smallest weight steps that patients
	// have at home, in grams and in pounds.
	PlateGrams  int `json:"plate_grams"`
	PlatePounds int `json:"plate_pounds"`
	// FirstLoadPercent is the share of the usual load at which P3 and K3 begin,
	// 50 to 60 %.
	FirstLoadPercent int `json:"first_load_percent"`
	// Milestones are zero where the article's hold.
	Milestones Milestones `json:"milestones,omitzero"`
}

// Hours are the patient's local times of day and the windows after a needling.
type Hours struct {
	QuietFrom   TimeOfDay `json:"quiet_from"`   // nothing is sent from here
	QuietUntil  TimeOfDay `json:"quiet_until"`  // to here
	Workout     TimeOfDay `json:"workout"`      // when a workout is offered
	LastWorkout TimeOfDay `json:"last_workout"` // the latest moment to offer one
	LastAnswer  TimeOfDay `json:"last_answer"`  // an unanswered workout is put off to the next day
	Stretch     TimeOfDay `json:"stretch"`      // the daily stretch message
	// Movement, GentleStretch and StructuredStretch are the windows of the
	// first two days, in time since the needling.
	Movement          HourWindow `json:"movement"`
	GentleStretch     HourWindow `json:"gentle_stretch"`
	StructuredStretch HourWindow `json:"structured_stretch"`
}

// HourWindow is a half-open window [From, Until) in time since a needling, with
// the preferred moment inside it.
type HourWindow struct {
	From   time.Duration `json:"from"`
	Prefer time.Duration `json:"prefer"`
	Until  time.Duration `json:"until"`
}

// Dose is the work of one sitting.
type Dose struct {
	Sets int `json:"sets"`
	// Reps is the number of repetitions in a set; with holds, of holds.
	Reps int `json:"reps"`
	// HoldSeconds is the length of one hold, from and to; 0 where nothing is held.
	HoldSeconds [2]int `json:"hold_seconds"`
	// Tempo is the seconds of the lifting and of the lowering part; 0 is free.
	Tempo [2]int `json:"tempo"`
	// RestSeconds between sets, from and to.
	RestSeconds [2]int `json:"rest_seconds"`
	// Every is the shortest time from one workout to the next.
	Every time.Duration `json:"every"`
}

// LoadKind says what makes an exercise heavier.
type LoadKind string

const (
	LoadWeight LoadKind = "kg"     // a weight, in grams inside
	LoadBand   LoadKind = "band"   // an elastic band: changes act on repetitions
	LoadManual LoadKind = "effort" // one's own hand: changes act on repetitions
)

// Muscle is what the plan needs to know of a muscle; its texts are content.
type Muscle struct {
	Load LoadKind `json:"load"`
	Dose Dose     `json:"dose"` // the muscle's own eccentric dose, used in P3
	// Sides are the sides that it can be needled on.
	Sides []Side `json:"sides"`
	// LungField marks muscles over the lung, where a breath-related symptom
	// after a needling counts twice.
	LungField bool `json:"lung_field"`
}

// Side of the body.
type Side string

const (
	Left  Side = "left"
	Right Side = "right"
)

// TimeOfDay is a local wall-clock time in minutes after midnight, 0 to 1440.
type TimeOfDay int

// ParseTimeOfDay reads "HH:MM" from 00:00 to 24:00.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	var h, m int
	if len(s) != 5 || s[2] != ':' {
		return 0, fmt.Errorf("%q is not a time of day such as 08:00", s)
	}
	for i, c := range []byte(s) {
		if i != 2 && (c < '0' || c > '9') {
			return 0, fmt.Errorf("%q is not a time of day such as 08:00", s)
		}
	}
	h = int(s[0]-'0')*10 + int(s[1]-'0')
	m = int(s[3]-'0')*10 + int(s[4]-'0')
	t := TimeOfDay(h*60 + m)
	if m > 59 || t > 24*60 {
		return 0, fmt.Errorf("%q is not a time of day such as 08:00", s)
	}
	return t, nil
}

// String is the time as "08:00".
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// MarshalText writes the time as "08:00".
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a time such as "08:00".
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	v, err := ParseTimeOfDay(string(text))
	if err != nil {
		return err
	}
	*t = v
	return nil
}
