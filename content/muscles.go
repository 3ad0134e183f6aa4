package content

import (
	"slices"
	"strings"

	"afterneedle/rehab"
)

// Muscle is one muscle that the clinic treats: what the plan needs and how
// people name it. Its exercise texts are rendered with [Content.MuscleText].
type Muscle struct {
	ID      string
	Name    string
	Aliases []string // other names that clinicians type
	rehab.Muscle
	Stretch Stretch
	// Progression is the dose that the exercise grows into, nil where there is
	// none (S-41).
	Progression *rehab.Dose
	// Later is a further exercise for P6, P7 and K5, nil where there is none.
	Later  *LaterExercise
	Source string
}

// Stretch is the dose of a muscle's own stretch.
type Stretch struct {
	HoldSeconds [2]int // from and to
	Reps        int
	EachSide    bool // done on both sides, whichever was needled
	// BlockedByHipPain is set where the stretch is not given to people with
	// pain at the side of the hip (I-15).
	BlockedByHipPain bool
}

// LaterExercise is a further exercise that is off until a clinician enables
// it (I-14).
type LaterExercise struct {
	Enabled bool
	Dose    rehab.Dose // as suggested
}

// MusclePart is one of the exercise texts of a muscle.
type MusclePart string

const (
	PartStretch     MusclePart = "stretch"
	PartAlternative MusclePart = "alternative" // a second stretch; piriformis only
	PartExercise    MusclePart = "exercise"    // the eccentric exercise
	PartIsometric   MusclePart = "isometric"   // K1
	PartConcentric  MusclePart = "concentric"  // K2
	PartLater       MusclePart = "later"
)

var muscleFields = []string{"other_side", "side"}

// Muscles is every muscle in the order of the file.
func (c *Content) Muscles() []Muscle { return slices.Clone(c.muscles) }

// Muscle is the muscle with the given id.
func (c *Content) Muscle(id string) (Muscle, bool) {
	return find(c.muscles, func(m Muscle) bool { return m.ID == id })
}

// MuscleText is an exercise text of a muscle for its treated side, as HTML. A
// muscle without that text is an error.
func (c *Content) MuscleText(id string, part MusclePart, side rehab.Side) (string, error) {
	other := rehab.Left
	if side == rehab.Left {
		other = rehab.Right
	}
	return c.Text("muscle."+id+"."+string(part), map[string]any{
		"side": c.fixed("side." + string(side)), "other_side": c.fixed("side." + string(other)),
	})
}

// FindMuscle lists the muscles that a typed name may mean: those with exactly
// that name, or else those with a name in which every typed word begins a word.
func (c *Content) FindMuscle(typed string) []Muscle {
	words := wordsOf(typed)
	if len(words) == 0 {
		return nil
	}
	var exact, near []Muscle
	for _, m := range c.muscles {
		names := m.names()
		switch {
		case slices.Contains(names, strings.Join(words, " ")):
			exact = append(exact, m)
		case slices.ContainsFunc(names, func(name string) bool { return beginsWords(words, strings.Fields(name)) }):
			near = append(near, m)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return near
}

// names is every name of the muscle, in plain words.
func (m Muscle) names() []string {
	names := []string{joinWords(m.ID), joinWords(m.Name)}
	for _, alias := range m.Aliases {
		names = append(names, joinWords(alias))
	}
	return names
}

func joinWords(s string) string { return strings.Join(wordsOf(s), " ") }

// beginsWords reports whether each typed word begins a word of the name.
func beginsWords(typed, name []string) bool {
	for _, word := range typed {
		if !slices.ContainsFunc(name, func(n string) bool { return strings.HasPrefix(n, word) }) {
			return false
		}
	}
	return true
}

func (s *source) buildMuscles(c *Content, r *report) {
	d, texts := s.docs["muscles.yaml"], s.text("muscles.yaml")
	if len(s.muscles.Muscles) == 0 {
		r.atUnread(d, []any{"muscles"}, "expected at least one muscle")
	}
	for _, id := range d.keys("muscles") {
		f, ok := s.muscles.Muscles[id]
		if !ok {
			continue
		}
		words := s.muscleTexts.Muscles[id]
		m := f.muscle(id, words)
		c.muscles = append(c.muscles, m)
		c.protocol.Muscles[id] = m.Muscle
		s.checkMuscle(id, f, r)
		if _, ok := s.muscleTexts.Muscles[id]; ok {
			addMuscleTexts(c, r, texts, id, f, words)
		} else if d.own {
			r.at(d, []any{"muscles", id}, "%s has no texts in %s", id, texts.file)
		} else {
			r.atUnread(texts, []any{"muscles"}, "%s is missing", id)
		}
	}
	s.checkMuscleNames(c, r)
}

func (f muscleFile) muscle(id string, words muscleTextFile) Muscle {
	m := Muscle{
		ID: id, Name: words.Name, Aliases: words.Aliases, Source: f.Source,
		Muscle: rehab.Muscle{Load: rehab.LoadKind(f.Load), Dose: f.Exercise.dose(), LungField: f.LungField},
		Stretch: Stretch{
			HoldSeconds: span(f.Stretch.Hold), Reps: f.Stretch.Reps,
			EachSide: f.Stretch.EachSide, BlockedByHipPain: f.Stretch.BlockedByHipPain,
		},
	}
	for _, side := range f.Sides {
		m.Sides = append(m.Sides, rehab.Side(side))
	}
	if p := f.Progression; p != nil {
		next := m.Dose
		next.Sets, next.Reps = p.Sets, p.Reps
		m.Progression = &next
	}
	if l := f.Later; l != nil {
		m.Later = &LaterExercise{Enabled: l.Enabled, Dose: rehab.Dose{
			Sets: l.Sets, Reps: l.Reps, HoldSeconds: span(l.Hold), Tempo: [2]int{0, l.Lower},
			RestSeconds: m.Dose.RestSeconds, Every: m.Dose.Every,
		}}
	}
	return m
}

// addMuscleTexts registers the texts of one muscle. All are needed, apart from
// the alternative stretch and the text of a later exercise that there is not.
func addMuscleTexts(c *Content, r *report, d *document, id string, f muscleFile, words muscleTextFile) {
	parts := []struct {
		part   MusclePart
		source string
		needed bool
	}{
		{PartStretch, words.Stretch, true},
		{PartAlternative, words.Alternative, false},
		{PartExercise, words.Exercise, true},
		{PartIsometric, words.Isometric, true},
		{PartConcentric, words.Concentric, true},
		{PartLater, words.Later, f.Later != nil},
	}
	for _, p := range parts {
		if p.needed || p.source != "" {
			c.texts.add(r, d, []any{"muscles", id, string(p.part)}, "muscle."+id+"."+string(p.part), KindCare, p.source)
		}
	}
}
