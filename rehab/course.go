package rehab

import (
	"fmt"
	"time"
)

// Course is everything about one patient's rehabilitation from the first
// needling to discharge. Its methods are what may happen to it; each takes the
// moment at which it happens and changes nothing but the course. What has to be
// said afterwards is asked with [Course.Prompts].
type Course struct {
	ID         int64
	PatientID  int64
	Zone       *time.Location // the patient's
	ClinicZone *time.Location
	Protocol   *Protocol
	Track      Track

	ConsentedAt  time.Time // zero: nothing may be sent
	StoppedAt    time.Time // the patient said stop
	DischargedAt time.Time
	EndedAt      time.Time // the twelve weeks are over
	HeardAt      time.Time // the last answer of any kind

	// Sequence numbers needlings, targets, workouts, practices, holds and
	// alerts within the course.
	Sequence int
	Silent   int // workouts in a row without any answer
	// FearSkips counts workouts in a row that were skipped for fear.
	FearSkips int
	// NotBefore is the earliest moment of the next workout when something other
	// than the clocks put it off.
	NotBefore time.Time
	// Open is the question that a typed number answers: the latest one asked.
	Open Question
	// PromptDay and PromptCount count the timed messages of the current day.
	PromptDay   Day
	PromptCount int
	Milestone   int       // the last milestone that was mentioned, 0 to 4
	ReminderAt  time.Time // when the "not for emergencies" line was last said
	// SilenceAlertAt is the HeardAt for which three silent days were reported.
	SilenceAlertAt time.Time
	UsualAsked     bool // the usual load was asked for

	Needlings    []Needling
	Targets      []Target
	Practices    []Practice
	Workouts     []Workout
	Holds        []Hold
	Observations []Observation
	Alerts       []Alert
	Changes      []Change // the audit trail

	// Mode is the course's own; ClinicMode, the clinic's default, comes with
	// loading.
	Mode       Mode
	ClinicMode Mode
	// Acting is the clinician in whose name the course is being changed, 0 for
	// the patient and the program. It is not kept.
	Acting int64
	// PlanAgain is when the plan has to be made anew, because something that it
	// wants has been given up before its window closed; zero for never. It is not
	// kept: whoever carries the plan out finds it each time.
	PlanAgain time.Time

	// Cause says in a few words what happened last; messages that vanish from
	// the plan because of it carry it as their reason.
	Cause string
}

// Needling is one dry-needling session as a clinician recorded it.
type Needling struct {
	N          int
	At         time.Time
	RecordedAt time.Time
	By         int64 // the clinician
	Targets    []int // numbers of the targets
	// Extensive needling adds 24 hours to every floor (H9).
	Extensive bool
	// ClearedAt is when the patient answered the safety check with "none".
	ClearedAt time.Time
	WelcomeAt time.Time // when the first message after it was sent
}

// Target is one muscle and side, with its own clocks, phase, load and counters.
type Target struct {
	N           int
	Muscle      string
	Side        Side
	FirstNeedle time.Time // starts the programme clock
	LastNeedle  time.Time // starts the acute clock (I-25)
	Extensive   bool      // the last needling was extensive
	Phase       Phase
	// RM is the repetition maximum that the current dose aims at, 0 where none.
	RM int
	// Unit is how the patient's weights are shown.
	Unit Unit
	// UsualG is what the patient usually lifts in this exercise, about ten
	// repetitions, in grams; 0 is unknown.
	UsualG int
	// Weighed is set when LoadG is in grams, and not in repetitions.
	Weighed bool
	// LoadG is the load of the next workout: grams, or thousandths of a
	// repetition where nothing is weighed. EntryG is its value on entering the
	// phase. 0 is unknown or none.
	LoadG  int
	EntryG int
	// LoadSetAt is when a clinician last set the load: the seven-day minimum
	// starts anew there.
	LoadSetAt time.Time
	Shown     Prescription // as the patient last saw it
	Greens    int
	Reds      int
	Reds20    int
	// AdvancedAt is the last advance into P4 to P7, K4 or K5.
	AdvancedAt time.Time
	// NoStretch is set where a stretch is not given (I-15); load waits for none.
	NoStretch bool
	// StretchedAt is the first acknowledged stretch (S-14); zero asks for one.
	StretchedAt time.Time
	// Reentry counts the steps back to the full load after another needling: 1
	// for 60 %, 2 for 80 %, 3 for 100 %, 0 for none. ReentryG is the full load.
	Reentry  int
	ReentryG int
	// NextConsent is set while K5 waits for the clinician's consent.
	NextConsent bool
	// Keep8 is set when the clinician keeps P6 at eight repetitions (I-08).
	Keep8 bool
	// Proposal waits for the clinician; nil for none. It is replaced as a whole.
	Proposal *Proposal
}

// PracticeKind names the unloaded work of the first days.
type PracticeKind string

const (
	Movement          PracticeKind = "movement"
	GentleStretch     PracticeKind = "gentle"
	StructuredStretch PracticeKind = "structured"
	DailyStretch      PracticeKind = "daily"
)

// Practice is one movement or stretch message and what came back.
type Practice struct {
	N       int
	Key     string
	Kind    PracticeKind
	Targets []int // what is stretched, numbers of targets
	AskedAt time.Time
	// Answer is "", "done" or "not_today".
	Answer     string
	AnsweredAt time.Time
	Feel       PainScore // how strong the stretch felt
	FeelAt     time.Time
}

// Workout is one sitting of loaded exercise with its four pain answers.
type Workout struct {
	N          int
	AskedAt    time.Time // when the first question of it was sent
	Safety     bool      // the question asked first was the safety check
	Before     PainScore
	BeforeAt   time.Time
	Reminded   bool      // the reminder of the first question was sent
	AskUsual   bool      // the usual load is asked before the card
	CardAt     time.Time // when the exercise was offered; zero while it is not
	Cards      int       // how often the exercise was offered
	CardNudged bool      // the reminder of the card was sent
	Reasked    bool      // the first question is open again, because the card ran out
	Offer      Offer
	// Status is empty until the patient said what became of it.
	Status       Status
	WhyAsked     bool      // the reason of a stop or skip is open
	DoneAt       time.Time // when the exercise ended
	AskFinish    bool      // "when did you finish" is open
	AskWeight    bool      // "which weight was it" is open
	After        PainScore
	AfterAt      time.Time
	Quality      Quality // empty: not answered
	Reserve      string  // "", "yes", "no"
	Feared       string  // "", "yes", "no": did the feared thing happen
	TwoHour      PainScore
	TwoHourAt    time.Time
	Next         PainScore
	NextAt       time.Time
	NextPrevents bool
	Flag         Flag
	Corrected    bool
	ClosedAt     time.Time
	// Postponed workouts were closed without a decision.
	Postponed bool
	Exercises []Exercise
}

// Exercise is what one target did in a workout.
type Exercise struct {
	Target   int
	Phase    Phase
	RM       int
	LoadG    int
	Shown    Prescription
	Input    *WorkoutInput // what was decided on, kept so that it can be replayed
	Decision *Decision
	// NextG and NextShown are what the decision led to.
	NextG     int
	NextShown Prescription
	// Suggested says what became of a change that had to wait for the clinician.
	Suggested SuggestionState
	// Outdated: the clinician has confirmed another load since this was offered.
	Outdated bool
}

// HoldKind says who stopped the exercise.
type HoldKind string

const (
	HoldByRule      HoldKind = "rule"
	HoldByClinician HoldKind = "clinician"
	HoldBySafety    HoldKind = "safety" // the patient said that something feels off
)

// SafetyChoice is what a patient picked from the safety list.
type SafetyChoice string

const (
	ChoiceOpen      SafetyChoice = "" // nothing yet
	ChoiceNone      SafetyChoice = "none"
	ChoiceOther     SafetyChoice = "other"
	ChoiceUrgent    SafetyChoice = "urgent"
	ChoiceEmergency SafetyChoice = "emergency"
)

// Hold is a stop on exercise. Only an answer or a clinician lifts it: when its
// time is over it asks, and goes on until it is answered.
type Hold struct {
	N         int
	Kind      HoldKind
	Intent    Intent
	Reason    string // the clinician's words
	By        int64  // the clinician, 0 otherwise
	Workout   int    // the workout whose answer fired it, 0 otherwise
	From      time.Time
	Until     time.Time // zero: until released
	Clearance bool      // only a clinician may lift it
	// Choice is what the patient picked from the safety list.
	Choice     SafetyChoice
	ChosenAt   time.Time // zero where the course before told what to do
	Reported   bool      // that nothing was picked, or nobody answered, was reported
	Told       bool      // the patient has been told
	Asked      int       // how often its end was asked about
	AskedAt    time.Time
	Corrected  bool // the answer behind it was corrected afterwards
	ReleasedAt time.Time
	ReleasedBy int64 // the clinician, 0 for the patient's own answer
}

// Active reports whether the hold still stands.
func (h *Hold) Active() bool { return h.ReleasedAt.IsZero() }

// Observation is a pain score that answers no question.
type Observation struct {
	At    time.Time
	Score PainScore
}

// QuestionKind names a question that a number or a button answers.
type QuestionKind string

const (
	AskNothing QuestionKind = ""
	AskBefore  QuestionKind = "before"
	AskAfter   QuestionKind = "after"
	AskTwoHour QuestionKind = "two_hour"
	AskNext    QuestionKind = "next"
	AskFeel    QuestionKind = "feel"
	AskHold    QuestionKind = "hold"
	AskUsual   QuestionKind = "usual"  // the usual load
	AskWeight  QuestionKind = "weight" // the weight that was used
)

// Question is one question of a course: N is the number of the workout,
// practice or hold that it is about.
type Question struct {
	Kind QuestionKind
	N    int
}

// Problem is a request that the course refuses. Its text is a key of the
// content, never shown as it stands.
type Problem string

// Error returns the key.
func (p Problem) Error() string { return string(p) }

const (
	// ErrStale answers a button or number whose question is closed.
	ErrStale Problem = "stale"
	// ErrCardOver answers a card that has run out: the pain before is asked anew.
	ErrCardOver Problem = "card_over"
	// ErrNoneRefused answers "none of these" after an urgent choice.
	ErrNoneRefused Problem = "none_refused"
)

// NewCourse returns a course that waits for consent and for a needling.
func NewCourse(patient int64, protocol *Protocol, zone, clinicZone *time.Location) *Course {
	return &Course{
		PatientID: patient, Protocol: protocol, Zone: zone, ClinicZone: clinicZone, Track: Standard,
	}
}

func (c *Course) number() int {
	c.Sequence++
	return c.Sequence
}

// heard notes that the patient answered something.
func (c *Course) heard(now time.Time) {
	if c.Silent >= silentAfter {
		// The days between two messages were for the silence.
		c.NotBefore = time.Time{}
	}
	c.HeardAt = now
	c.Silent = 0
}

// answered notes that the patient answered what the plan had asked.
func (c *Course) answered(now time.Time) {
	c.heard(now)
	c.Cause = "answered"
}

// Running reports whether messages about exercise may be sent at all.
func (c *Course) Running() bool {
	return !c.ConsentedAt.IsZero() && c.StoppedAt.IsZero() && c.DischargedAt.IsZero() &&
		c.EndedAt.IsZero() && len(c.Needlings) > 0
}

// Over reports whether the course has ended: by a clinician's word or after the
// twelve weeks.
func (c *Course) Over() bool { return !c.DischargedAt.IsZero() || !c.EndedAt.IsZero() }

// Held returns the active hold that ends last, or nil.
func (c *Course) Held() *Hold {
	var held *Hold
	for i := range c.Holds {
		h := &c.Holds[i]
		if h.Active() && (held == nil || h.outlasts(held)) {
			held = h
		}
	}
	return held
}

func (h *Hold) outlasts(other *Hold) bool {
	switch {
	case h.Clearance != other.Clearance:
		return h.Clearance
	case h.Until.IsZero() != other.Until.IsZero():
		return h.Until.IsZero()
	}
	return h.Until.After(other.Until)
}

// find returns the first element of a list that is the one, or nil.
func find[T any](list []T, is func(*T) bool) *T {
	for i := range list {
		if is(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

// Target returns the target with number n, or nil.
func (c *Course) Target(n int) *Target {
	return find(c.Targets, func(t *Target) bool { return t.N == n })
}

// Workout returns the workout with number n, or nil.
func (c *Course) Workout(n int) *Workout {
	return find(c.Workouts, func(w *Workout) bool { return w.N == n })
}

// Practice returns the practice with number n, or nil.
func (c *Course) Practice(n int) *Practice {
	return find(c.Practices, func(p *Practice) bool { return p.N == n })
}

// Hold returns the hold with number n, or nil.
func (c *Course) Hold(n int) *Hold {
	return find(c.Holds, func(h *Hold) bool { return h.N == n })
}

// Needling returns the needling with number n, or nil.
func (c *Course) Needling(n int) *Needling {
	return find(c.Needlings, func(x *Needling) bool { return x.N == n })
}

// LastNeedling returns the latest needling by its time, or nil.
func (c *Course) LastNeedling() *Needling {
	var last *Needling
	for i := range c.Needlings {
		if last == nil || !c.Needlings[i].At.Before(last.At) {
			last = &c.Needlings[i]
		}
	}
	return last
}

// Current returns the workout that is not closed, or nil. There is at most one.
func (c *Course) Current() *Workout {
	if n := len(c.Workouts); n > 0 && c.Workouts[n-1].ClosedAt.IsZero() {
		return &c.Workouts[n-1]
	}
	return nil
}

// LastTrained returns the latest workout in which something was done, or nil.
func (c *Course) LastTrained() *Workout {
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		if !c.Workouts[i].DoneAt.IsZero() {
			return &c.Workouts[i]
		}
	}
	return nil
}

// key is the unique name of something that this course says.
func (c *Course) key(format string, args ...any) string {
	return fmt.Sprintf("course/%d/", c.ID) + fmt.Sprintf(format, args...)
}
