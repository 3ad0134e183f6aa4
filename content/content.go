package content

import (
	"maps"
	"slices"
	"strings"

	"afterneedle/rehab"
)

// Content is one clinic's content in one language. It does not change after
// [Load] and may be used by several goroutines.
type Content struct {
	protocol   rehab.Protocol
	timeline   []TimelineRow
	graded     []GradedStep
	muscles    []Muscle
	flags      []RedFlag
	symptoms   []Symptom
	holds      []HoldReason
	faq        []FAQ
	cards      map[string]Card
	milestones []Milestone

	texts   *texts
	matcher *matcher
	// exercise are the ways to speak of exercise.
	exercise []pattern
	globals  map[string]any // what every text may use
}

// DefaultClinic and DefaultEmergency stand in texts until WithClinic.
const (
	DefaultClinic    = "the clinic"
	DefaultEmergency = "112"
)

// WithClinic returns the same content with the clinic's name and emergency
// number, which every text may use as {{.clinic}} and {{.num}}.
func (c *Content) WithClinic(name, emergency string) *Content {
	named := *c
	named.globals = globals(name, emergency)
	return &named
}

// globals are what every text may use. Clinic is the name where a sentence
// begins: "the clinic" gets a capital, a name of its own stays as it is written.
func globals(clinic, emergency string) map[string]any {
	first := clinic
	if rest, ok := strings.CutPrefix(clinic, "the "); ok {
		first = "The " + rest
	}
	return map[string]any{"clinic": clinic, "Clinic": first, "num": emergency}
}

// TimelineRow is one row of the plan after a needling (S-59 to S-65).
type TimelineRow struct {
	Phase rehab.Phase
	// Period, Type, Intensity and Goal are the row in the clinicians' words.
	Period, Type, Intensity, Goal string
	// Plain is the row as a patient reads it; HTML.
	Plain  string
	Source string
}

// GradedStep is one step of graded exposure (S-48 to S-52).
type GradedStep struct {
	Phase         rehab.Phase
	Kind          string // isometric, concentric, eccentric, hsr, functional
	EffortPercent [2]int // share of the full effort, from and to; 0 where it does not apply
	HoldSeconds   int    // 0 where nothing is held
	Sets, Reps    int
	// RepsTo is where the repetition maximum goes over the weeks, 0 when it stays.
	RepsTo       [2]int
	LiftSeconds  int
	LowerSeconds [2]int // from and to
	Load         string
	Range        string
	Title        string
	Learn        string // one line of education
	Task         string // one task
	Source       string
}

// Milestone is what tends to change by a part of the course (S-80 to S-83).
type Milestone struct {
	ID                string // M1 to M4
	FromDay, UntilDay int    // days since the first needling, ends included
	Text              string // HTML
	Source            string
}

// FAQ is one question with its answer.
type FAQ struct {
	ID     string
	Title  string
	Button string // short label
	Text   string // HTML
	words  []string
}

// Card is one education card; Text is the whole of it as HTML.
type Card struct {
	ID    string
	Title string
	Steps []string
	Text  string
}

// Level says what a red flag or symptom asks of the patient.
type Level string

const (
	LevelEmergency Level = "emergency" // the emergency number, now
	LevelUrgent    Level = "urgent"    // the clinic, today
	LevelOther     Level = "other"     // the clinic is told; exercise waits
	LevelNone      Level = "none"
)

// rank orders levels from harmless to grave.
func (l Level) rank() int {
	return slices.Index([]Level{LevelNone, LevelOther, LevelUrgent, LevelEmergency}, l)
}

// RedFlag is one warning sign (RF1 to RF11).
type RedFlag struct {
	ID     string
	Level  Level
	Action rehab.Action // Stop or HoldExercise
	Text   string       // as the patient is asked; HTML
	Source string
}

// Symptom is one button of the safety list. A group takes the level of its
// gravest member.
type Symptom struct {
	ID     string
	Label  string
	Level  Level
	Source string
}

// HoldReason is one reason why exercise waits (H1 to H12).
type HoldReason struct {
	ID string
	// Hours is the first length and MaxHours the longest without a clinician;
	// both 0 when the reason sets no time.
	Hours, MaxHours int
	Release         string // patient, clinician or automatic
	Text            string // completes "because of …"; HTML
	Source          string
}

// Protocol is the clinic's plan: hours, windows, doses and muscles. The caller
// may change what it gets.
func (c *Content) Protocol() rehab.Protocol {
	p := c.protocol
	p.Doses = maps.Clone(p.Doses)
	p.Muscles = maps.Clone(p.Muscles)
	return p
}

// Timeline is the seven rows P0 to P6 in order.
func (c *Content) Timeline() []TimelineRow {
	rows := slices.Clone(c.timeline)
	for i := range rows {
		rows[i].Plain = c.fixed("timeline." + string(rows[i].Phase))
	}
	return rows
}

// GradedSteps is the five steps K1 to K5 in order.
func (c *Content) GradedSteps() []GradedStep {
	steps := slices.Clone(c.graded)
	for i := range steps {
		key := "graded." + string(steps[i].Phase)
		steps[i].Title, steps[i].Learn, steps[i].Task = c.fixed(key+".title"), c.fixed(key+".learn"), c.fixed(key+".task")
	}
	return steps
}

// GradedStep is the step of a graded phase.
func (c *Content) GradedStep(phase rehab.Phase) (GradedStep, bool) {
	return find(c.GradedSteps(), func(s GradedStep) bool { return s.Phase == phase })
}

// RedFlags is RF1 to RF11 in order.
func (c *Content) RedFlags() []RedFlag {
	flags := slices.Clone(c.flags)
	for i := range flags {
		flags[i].Text = c.fixed("redflag." + flags[i].ID)
	}
	return flags
}

// Symptoms is the buttons of the safety list in order, ending with "none".
func (c *Content) Symptoms() []Symptom {
	symptoms := slices.Clone(c.symptoms)
	for i := range symptoms {
		symptoms[i].Label = c.fixed("symptom." + symptoms[i].ID)
	}
	return symptoms
}

// Symptom is one button of the safety list.
func (c *Content) Symptom(id string) (Symptom, bool) {
	return find(c.Symptoms(), func(s Symptom) bool { return s.ID == id })
}

// HoldReasons is H1 to H12 in order.
func (c *Content) HoldReasons() []HoldReason {
	reasons := slices.Clone(c.holds)
	for i := range reasons {
		reasons[i].Text = c.fixed("holdreason." + reasons[i].ID)
	}
	return reasons
}

// HoldReason is the reason with the given id.
func (c *Content) HoldReason(id string) (HoldReason, bool) {
	return find(c.HoldReasons(), func(h HoldReason) bool { return h.ID == id })
}

// Card is the education card with the given id.
func (c *Content) Card(id string) (Card, bool) {
	card, ok := c.cards[id]
	if ok {
		card.Text = c.fixed("learn." + id)
	}
	return card, ok
}

// Milestones is M1 to M4 in order.
func (c *Content) Milestones() []Milestone {
	milestones := slices.Clone(c.milestones)
	for i := range milestones {
		milestones[i].Text = c.fixed("milestone." + milestones[i].ID)
	}
	return milestones
}

// Milestone is the milestone with the given id, M1 to M4.
func (c *Content) Milestone(id string) (Milestone, bool) {
	return find(c.Milestones(), func(m Milestone) bool { return m.ID == id })
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}

// CardIDs lists the education cards, sorted.
func (c *Content) CardIDs() []string { return slices.Sorted(maps.Keys(c.cards)) }
