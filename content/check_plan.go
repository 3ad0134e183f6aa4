package content

import (
	"slices"
	"time"

	"afterneedle/rehab"
)

// Bounds on what a clinic may set. A plan may be more cautious than these,
// never less.
const (
	latestQuietFrom    rehab.TimeOfDay = 21 * 60 // default of ours
	earliestQuietUntil rehab.TimeOfDay = 8 * 60  // default of ours
	earliestQuietFrom  rehab.TimeOfDay = 19 * 60 // the last answer must still be awake; default of ours
	latestQuietUntil   rehab.TimeOfDay = 12 * 60 // default of ours
	latestWorkout      rehab.TimeOfDay = 17 * 60 // the two-hour question must fall before the night: I-34
	latestAnswer       rehab.TimeOfDay = 19 * 60 // I-34

	earliestMovement  = 4 * time.Hour  // S-73, I-01: the message comes 4 to 6 h after
	latestMovement    = 6 * time.Hour  // S-73, I-01
	earliestGentle    = 4 * time.Hour  // I-01: a clinic may go down to 4 h
	latestGentle      = 24 * time.Hour // S-60: from then on the stretch is structured
	earliestStructure = 24 * time.Hour // S-61
	latestStructure   = 48 * time.Hour // S-61

	shortestHold, longestHold   = 30, 60 // seconds of a stretch: S-11
	fewestHolds, mostHolds      = 3, 4   // of a stretch: S-12
	lowestFirst, highestFirst   = 50, 60 // percent of the usual load: S-92
	slowestPhase                = 3      // seconds, each way, of heavy slow work: S-19
	loadedApart                 = 48     // hours between loaded workouts: I-26
	gradedApart                 = 20     // hours between workouts of K1 and K2: daily
	maintainApart               = 84     // hours in P7, at most twice a week: I-28
	restLoaded, restHeavy       = 60, 120
	highestPlate, highestPounds = 5000, 10 // a coarser step could not show a cut: default of ours
)

// plannedReps is the repetition target of each phase; fewer repetitions would
// mean a heavier weight.
var plannedReps = map[rehab.Phase]int{
	rehab.P3: 10,                            // S-36: the levator's, the least of the four muscles
	rehab.P4: 15, rehab.P5: 12, rehab.P6: 6, // S-63, S-64, S-65
	rehab.P7: 6, // I-28: the last dose
}

func (s *source) checkProtocol(c *Content, r *report) {
	d, p := s.docs["protocol.yaml"], &c.protocol
	s.checkHours(&p.Hours, r)
	checkWindow(r, d, "movement", p.Hours.Movement, earliestMovement, latestMovement)
	checkWindow(r, d, "gentle_stretch", p.Hours.GentleStretch, earliestGentle, latestGentle)
	checkWindow(r, d, "structured_stretch", p.Hours.StructuredStretch, earliestStructure, latestStructure)
	between(r, d, []any{"first_load", "percent"}, p.FirstLoadPercent, lowestFirst, highestFirst)
	between(r, d, []any{"plates", "grams"}, p.PlateGrams, 1, highestPlate)
	between(r, d, []any{"plates", "pounds"}, p.PlatePounds, 1, highestPounds)
	for _, phase := range dosedPhases {
		if dose, ok := s.protocol.Doses[string(phase)]; ok {
			checkPhaseDose(r, d, phase, dose)
		}
	}
	for _, id := range milestoneIDs {
		m, ok := s.protocol.Milestones[id]
		if !ok {
			continue
		}
		between(r, d, []any{"milestones", id, "from_day"}, m.FromDay, 2, 84)
		between(r, d, []any{"milestones", id, "until_day"}, m.UntilDay, m.FromDay, 84)
	}
}

func (s *source) checkHours(h *rehab.Hours, r *report) {
	d := s.docs["protocol.yaml"]
	clocks := []struct {
		name, key, part string
		value           rehab.TimeOfDay
		earliest, last  rehab.TimeOfDay
	}{
		{"quiet from", "quiet", "from", h.QuietFrom, earliestQuietFrom, latestQuietFrom},
		{"quiet until", "quiet", "until", h.QuietUntil, earliestQuietUntil, latestQuietUntil},
		{"workout", "workout", "at", h.Workout, h.QuietUntil, h.LastWorkout},
		{"last_workout", "last_workout", "at", h.LastWorkout, h.QuietUntil, latestWorkout},
		{"last_answer", "last_answer", "at", h.LastAnswer, h.LastWorkout, min(latestAnswer, h.QuietFrom)},
		{"stretch", "stretch", "at", h.Stretch, h.QuietUntil, h.QuietFrom - 1},
	}
	for _, c := range clocks {
		if c.value < c.earliest || c.value > c.last {
			r.atUnread(d, []any{"hours", c.key, c.part}, "%s must be between %s and %s, not %s", c.name, c.earliest, c.last, c.value)
		}
	}
}

func checkWindow(r *report, d *document, name string, w rehab.HourWindow, earliest, latest time.Duration) {
	path := func(key string) []any { return []any{"windows", name, key} }
	if w.From < earliest {
		r.atUnread(d, path("from_hours"), "%s must not begin before %g h", name, earliest.Hours())
	}
	if w.Until > latest {
		r.atUnread(d, path("until_hours"), "%s must end by %g h", name, latest.Hours())
	}
	if w.Prefer < w.From || w.Prefer >= w.Until {
		r.atUnread(d, path("prefer_hours"), "%s: expected from ≤ prefer < until", name)
	}
}

// checkPhaseDose judges the dose of P1 to P7.
func checkPhaseDose(r *report, d *document, phase rehab.Phase, f doseFile) {
	path := func(key string) []any { return []any{"doses", string(phase), key} }
	if phase == rehab.P1 || phase == rehab.P2 {
		checkStretchDose(r, d, []any{"doses", string(phase)}, f.Hold, f.Reps)
		return
	}
	between(r, d, path("sets"), f.Sets, 1, 4)
	between(r, d, path("reps"), f.Reps, plannedReps[phase], 20)
	apart, rest := loadedApart, restHeavy
	switch phase {
	case rehab.P3:
		rest = restLoaded
	case rehab.P7:
		apart = maintainApart
	}
	atLeast(r, d, path("every_hours"), f.Every, apart)
	atLeast(r, d, path("rest_seconds"), span(f.Rest)[0], rest)
	atLeast(r, d, path("lower_seconds"), f.Lower, slowestPhase)
	if phase != rehab.P3 {
		atLeast(r, d, path("lift_seconds"), f.Lift, slowestPhase)
	}
}

func checkStretchDose(r *report, d *document, path []any, hold []int, reps int) {
	path = slices.Clip(path)
	checkSpan(r, d, append(path, "hold_seconds"), hold, shortestHold, longestHold)
	between(r, d, append(path, "reps"), reps, fewestHolds, mostHolds)
}

// checkSpan wants a list [from, to] inside the bounds.
func checkSpan(r *report, d *document, path []any, list []int, low, high int) {
	if len(list) != 2 || list[0] > list[1] || list[0] < low || list[1] > high {
		r.atUnread(d, path, "%s must be [from, to] inside %d to %d", path[len(path)-1], low, high)
	}
}

func between(r *report, d *document, path []any, value, low, high int) {
	if value < low || value > high {
		r.atUnread(d, path, "%s must be from %d to %d, not %d", path[len(path)-1], low, high, value)
	}
}

func atLeast(r *report, d *document, path []any, value, low int) {
	if value < low {
		r.atUnread(d, path, "%s must be at least %d, not %d", path[len(path)-1], low, value)
	}
}

// gradedKinds is the fixed order of the graded steps: S-53.
var gradedKinds = map[rehab.Phase]string{
	rehab.K1: "isometric", rehab.K2: "concentric", rehab.K3: "eccentric", rehab.K4: "hsr", rehab.K5: "functional",
}

func (s *source) checkGraded(r *report) {
	d := s.docs["graded.yaml"]
	for _, phase := range gradedPhases {
		f, ok := s.graded.Steps[string(phase)]
		if !ok {
			continue
		}
		path := func(key string) []any { return []any{"steps", string(phase), key} }
		if f.Kind != gradedKinds[phase] {
			r.atUnread(d, path("kind"), "%s must be %q, not %q", phase, gradedKinds[phase], f.Kind)
		}
		between(r, d, path("sets"), f.Sets, 1, 4)
		if phase == rehab.K1 || phase == rehab.K2 {
			atLeast(r, d, path("every_hours"), f.Every, gradedApart)
		} else {
			atLeast(r, d, path("every_hours"), f.Every, loadedApart)
		}
		s.checkGradedWork(phase, f, path, r)
	}
}

// checkGradedWork judges the work of one graded step against S-48 to S-52.
func (s *source) checkGradedWork(phase rehab.Phase, f gradedStepFile, path func(string) []any, r *report) {
	d := s.docs["graded.yaml"]
	switch phase {
	case rehab.K1:
		checkSpan(r, d, path("effort_percent"), f.Effort, 10, 50)
		checkSpan(r, d, path("hold_seconds"), f.Hold, 5, 10)
		between(r, d, path("reps"), f.Reps, 1, 5)
	case rehab.K2:
		between(r, d, path("reps"), f.Reps, 8, 15)
	case rehab.K3:
		between(r, d, path("reps"), f.Reps, 8, 12)
		checkSpan(r, d, path("lower_seconds"), f.Lower, slowestPhase, 10)
	case rehab.K4:
		between(r, d, path("reps"), f.Reps, 15, 20)
		checkSpan(r, d, path("reps_to"), f.RepsTo, 6, 15)
		atLeast(r, d, path("lift_seconds"), f.Lift, slowestPhase)
		checkSpan(r, d, path("lower_seconds"), f.Lower, slowestPhase, 10)
		atLeast(r, d, path("rest_seconds"), span(f.Rest)[0], restHeavy)
	case rehab.K5:
		between(r, d, path("reps"), f.Reps, 6, 12)
	}
}
