package rehab

import "time"

// The audit trail: who changed what, when and why. Every change of a load, phase
// or dose is in it, so that the present ones can be worked out from it alone.

// ChangeKind says what a change was about.
type ChangeKind string

const (
	ChangeLoad      ChangeKind = "load"
	ChangePhase     ChangeKind = "phase" // or the dose, with or without the load
	ChangeConsent   ChangeKind = "consent"
	ChangeConfirmed ChangeKind = "confirmed" // a suggestion took effect
	ChangeSuggested ChangeKind = "suggested" // nothing has changed yet
	ChangeKept      ChangeKind = "kept"      // a suggestion was turned down
	ChangeClosed    ChangeKind = "closed"    // a suggestion was overtaken
	ChangeTrack     ChangeKind = "track"
	ChangeMode      ChangeKind = "mode"
	ChangeHold      ChangeKind = "hold"
	ChangeRelease   ChangeKind = "release"
	ChangeDischarge ChangeKind = "discharge"
	ChangeUndone    ChangeKind = "undone" // a needling was taken back
)

// Moves reports whether a change of this kind has given a target another load,
// phase or dose. To of the others is only what could have been.
func (k ChangeKind) Moves() bool {
	switch k {
	case ChangeLoad, ChangePhase, ChangeConsent, ChangeConfirmed:
		return true
	}
	return false
}

// Change is one line of the audit trail. It is never altered.
type Change struct {
	N       int // from 1, in the order in which things happened
	At      time.Time
	By      int64 // the clinician; 0 for the program, and for the patient's own answer
	What    ChangeKind
	Target  int // 0: the whole course
	Workout int // the workout whose answers led to it, 0 for none
	From    Standing
	To      Standing
	Why     string   // in words
	Rules   []string // ids of the rules behind it
}

// Standing is where a target stands or, in Track and Mode, a course. Only that is
// set which a change is about.
type Standing struct {
	Phase   Phase `json:"phase,omitempty"`
	RM      int   `json:"rm,omitempty"`
	Weighed bool  `json:"weighed,omitempty"`
	// LoadG is in grams, or in thousandths of a repetition where nothing is
	// weighed.
	LoadG int   `json:"load_g,omitempty"`
	Track Track `json:"track,omitempty"`
	Mode  Mode  `json:"mode,omitempty"`
	// Needled is what an undone needling was of.
	Needled Needled `json:"needled,omitzero"`
}

// Needled is what was needled and when. After an undo the trail alone knows it.
type Needled struct {
	Muscle string    `json:"muscle"`
	Side   Side      `json:"side"`
	Unit   Unit      `json:"unit"`
	At     time.Time `json:"at"`
}

// Standing is where t stands now.
func (t *Target) Standing() Standing {
	return Standing{Phase: t.Phase, RM: t.RM, Weighed: t.Weighed, LoadG: t.LoadG}
}

// SameDose reports whether two standings differ at most in the load.
func (s Standing) SameDose(other Standing) bool {
	return s.Phase == other.Phase && s.RM == other.RM && s.Weighed == other.Weighed
}

// note writes a change down.
func (c *Course) note(x Change, now time.Time) {
	x.N, x.At = len(c.Changes)+1, now
	c.Changes = append(c.Changes, x)
}

// NoteUndone writes down that the latest needling of a course was taken back,
// which may be a course that is erased with it.
func (c *Course) NoteUndone(from *Course, now time.Time) {
	n := from.Needlings[len(from.Needlings)-1]
	for _, number := range n.Targets {
		t := from.Target(number)
		if from != c {
			number = 0 // in c the number means another target, if any
		}
		c.note(Change{
			What: ChangeUndone, By: from.Acting, Target: number,
			From: Standing{Needled: Needled{t.Muscle, t.Side, t.Unit, n.At}},
		}, now)
	}
}

// standings are those of all targets, in their order.
func (c *Course) standings() []Standing {
	list := make([]Standing, len(c.Targets))
	for i := range c.Targets {
		list[i] = c.Targets[i].Standing()
	}
	return list
}

// audited runs fn and notes how it moved the targets, for the reason that origin
// gives. Where origin does not say what it was, it was a load or a phase.
func (c *Course) audited(origin Change, now time.Time, fn func()) {
	before := c.standings()
	fn()
	for i := range c.Targets {
		t := &c.Targets[i]
		x := origin
		x.Target, x.To = t.N, t.Standing()
		if i < len(before) {
			x.From = before[i]
		}
		if x.From == x.To {
			continue
		}
		if x.What == "" {
			x.What = ChangePhase
			if x.From.SameDose(x.To) {
				x.What = ChangeLoad
			}
		}
		c.note(x, now)
	}
}
