package content

import (
	"slices"

	"afterneedle/rehab"
)

func (s *source) checkMuscle(id string, f muscleFile, r *report) {
	d := s.docs["muscles.yaml"]
	path := func(keys ...any) []any { return append([]any{"muscles", id}, keys...) }
	loads := []rehab.LoadKind{rehab.LoadWeight, rehab.LoadBand, rehab.LoadManual}
	if !slices.Contains(loads, rehab.LoadKind(f.Load)) {
		r.atUnread(d, path("load"), "load must be kg, band or effort, not %q", f.Load)
	}
	if len(f.Sides) == 0 {
		r.atUnread(d, path("sides"), "sides must be [left, right]")
	}
	for i, side := range f.Sides {
		if side != string(rehab.Left) && side != string(rehab.Right) {
			r.atUnread(d, path("sides", i), "a side is left or right, not %q", side)
		}
	}
	if f.Source == "" {
		r.atUnread(d, path("source"), "muscle %s has no source", id)
	}
	checkStretchDose(r, d, path("stretch"), f.Stretch.Hold, f.Stretch.Reps)
	checkExercise(r, d, path("exercise"), f.Exercise)
	if f.Progression != nil {
		between(r, d, path("progression", "sets"), f.Progression.Sets, 1, 4)
		between(r, d, path("progression", "reps"), f.Progression.Reps, 6, 15)
	}
	if f.Later != nil {
		between(r, d, path("later", "sets"), f.Later.Sets, 1, 4)
	}
}

// checkExercise judges a muscle's own eccentric dose, which P3 takes.
func checkExercise(r *report, d *document, path []any, f doseFile) {
	path = slices.Clip(path)
	between(r, d, append(path, "sets"), f.Sets, 1, 4)
	between(r, d, append(path, "reps"), f.Reps, plannedReps[rehab.P3], 20)
	atLeast(r, d, append(path, "lower_seconds"), f.Lower, slowestPhase)
	atLeast(r, d, append(path, "rest_seconds"), span(f.Rest)[0], restLoaded)
	atLeast(r, d, append(path, "every_hours"), f.Every, loadedApart)
}

// checkMuscleNames reports texts of muscles that there are not, muscles without
// a name, and names that two share.
func (s *source) checkMuscleNames(c *Content, r *report) {
	d := s.text("muscles.yaml")
	for _, id := range d.keys("muscles") {
		if _, ok := s.muscles.Muscles[id]; !ok && d.own {
			r.at(d, []any{"muscles", id}, "unknown muscle %q", id)
		}
	}
	owner := map[string]string{}
	for _, m := range c.muscles {
		if _, ok := s.muscleTexts.Muscles[m.ID]; ok && m.Name == "" {
			r.atUnread(d, []any{"muscles", m.ID, "name"}, "muscle %s has no name", m.ID)
		}
		for i, alias := range append([]string{m.Name}, m.Aliases...) {
			path := []any{"muscles", m.ID, "aliases", i - 1}
			if i == 0 {
				path = []any{"muscles", m.ID, "name"}
			}
			plain := joinWords(alias)
			if other, ok := owner[plain]; ok && other != m.ID && plain != "" {
				r.atUnread(d, path, "%q already names %s", alias, other)
			}
			owner[plain] = m.ID
		}
	}
}
