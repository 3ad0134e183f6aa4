package content

import (
	"maps"
	"slices"
	"time"

	"afterneedle/rehab"
)

// phases of protocol.yaml, graded.yaml and the timeline, in order.
var (
	dosedPhases    = []rehab.Phase{rehab.P1, rehab.P2, rehab.P3, rehab.P4, rehab.P5, rehab.P6, rehab.P7}
	gradedPhases   = []rehab.Phase{rehab.K1, rehab.K2, rehab.K3, rehab.K4, rehab.K5}
	timelinePhases = []rehab.Phase{rehab.P0, rehab.P1, rehab.P2, rehab.P3, rehab.P4, rehab.P5, rehab.P6}
	milestoneIDs   = []string{"M1", "M2", "M3", "M4"}
)

func (s *source) buildProtocol(c *Content, r *report) {
	f, d := &s.protocol, s.docs["protocol.yaml"]
	if f.Version == "" {
		r.atUnread(d, []any{"version"}, "version is missing")
	}
	p := rehab.Protocol{
		Version:          f.Version,
		Hours:            s.hours(r),
		Doses:            map[rehab.Phase]rehab.Dose{},
		Muscles:          map[string]rehab.Muscle{},
		PlateGrams:       f.Plates.Grams,
		PlatePounds:      f.Plates.Pounds,
		FirstLoadPercent: f.FirstLoad.Percent,
	}
	sameKeys(r, d, []any{"doses"}, f.Doses, dosedPhases)
	for phase, dose := range f.Doses {
		p.Doses[rehab.Phase(phase)] = dose.dose()
	}
	sameKeys(r, d, []any{"milestones"}, f.Milestones, milestoneIDs)
	var days rehab.Milestones
	for i, id := range milestoneIDs {
		m := f.Milestones[id]
		c.milestones = append(c.milestones, Milestone{ID: id, FromDay: m.FromDay, UntilDay: m.UntilDay, Source: m.Source})
		days[i] = m.FromDay
	}
	if days != rehab.ArticleMilestones {
		p.Milestones = days
	}
	c.protocol = p
	s.checkProtocol(c, r)
}

func (s *source) hours(r *report) rehab.Hours {
	f, d := &s.protocol.Hours, s.docs["protocol.yaml"]
	clock := func(value string, path ...any) rehab.TimeOfDay {
		t, err := rehab.ParseTimeOfDay(value)
		if err != nil {
			r.atUnread(d, path, "%v", err)
			d.broken[d.line(path...)] = true
		}
		return t
	}
	w := &s.protocol.Windows
	return rehab.Hours{
		QuietFrom:         clock(f.Quiet.From, "hours", "quiet", "from"),
		QuietUntil:        clock(f.Quiet.Until, "hours", "quiet", "until"),
		Workout:           clock(f.Workout.At, "hours", "workout", "at"),
		LastWorkout:       clock(f.LastWorkout.At, "hours", "last_workout", "at"),
		LastAnswer:        clock(f.LastAnswer.At, "hours", "last_answer", "at"),
		Stretch:           clock(f.Stretch.At, "hours", "stretch", "at"),
		Movement:          w.Movement.window(),
		GentleStretch:     w.GentleStretch.window(),
		StructuredStretch: w.StructuredStretch.window(),
	}
}

func (f windowFile) window() rehab.HourWindow {
	hours := func(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
	return rehab.HourWindow{From: hours(f.From), Prefer: hours(f.Prefer), Until: hours(f.Until)}
}

func (f doseFile) dose() rehab.Dose {
	return rehab.Dose{
		Sets: f.Sets, Reps: f.Reps,
		HoldSeconds: span(f.Hold), RestSeconds: span(f.Rest),
		Tempo: [2]int{f.Lift, f.Lower},
		Every: time.Duration(f.Every) * time.Hour,
	}
}

// span reads [from, to]; a missing list is zero, one value stands for both.
func span(list []int) [2]int {
	switch len(list) {
	case 0:
		return [2]int{}
	case 1:
		return [2]int{list[0], list[0]}
	}
	return [2]int{list[0], list[1]}
}

func (s *source) buildGraded(c *Content, r *report) {
	d, texts := s.docs["graded.yaml"], s.text("plan.yaml")
	sameKeys(r, d, []any{"steps"}, s.graded.Steps, gradedPhases)
	sameKeys(r, texts, []any{"graded"}, s.plan.Graded, gradedPhases)
	for _, phase := range gradedPhases {
		f, ok := s.graded.Steps[string(phase)]
		if !ok {
			continue
		}
		words := s.plan.Graded[string(phase)]
		lower := span(f.Lower)
		c.graded = append(c.graded, GradedStep{
			Phase: phase, Kind: f.Kind, EffortPercent: span(f.Effort), Sets: f.Sets, Reps: f.Reps,
			RepsTo: span(f.RepsTo), HoldSeconds: span(f.Hold)[0], LiftSeconds: f.Lift, LowerSeconds: lower,
			Load: f.Load, Range: f.Range, Source: f.Source,
		})
		c.protocol.Doses[phase] = rehab.Dose{
			Sets: f.Sets, Reps: f.Reps, HoldSeconds: span(f.Hold), RestSeconds: span(f.Rest),
			Tempo: [2]int{f.Lift, lower[0]}, Every: time.Duration(f.Every) * time.Hour,
		}
		key := "graded." + string(phase)
		c.texts.add(r, texts, []any{"graded", string(phase), "title"}, key+".title", KindCare, words.Title)
		c.texts.add(r, texts, []any{"graded", string(phase), "learn"}, key+".learn", KindCare, words.Learn)
		c.texts.add(r, texts, []any{"graded", string(phase), "task"}, key+".task", KindCare, words.Task)
	}
	s.checkGraded(r)
}

func (s *source) buildPlan(c *Content, r *report) {
	d := s.text("plan.yaml")
	sameKeys(r, d, []any{"timeline"}, s.plan.Timeline, timelinePhases)
	for _, phase := range timelinePhases {
		f, ok := s.plan.Timeline[string(phase)]
		if !ok {
			continue
		}
		path := []any{"timeline", string(phase)}
		for name, value := range map[string]string{"period": f.Period, "type": f.Type, "intensity": f.Intensity, "goal": f.Goal, "source": f.Source} {
			if value == "" {
				r.atUnread(d, append(slices.Clone(path), name), "%s of row %s is missing", name, phase)
			}
		}
		c.texts.add(r, d, append(slices.Clone(path), "plain"), "timeline."+string(phase), KindCare, f.Plain)
		c.timeline = append(c.timeline, TimelineRow{
			Phase: phase, Period: f.Period, Type: f.Type, Intensity: f.Intensity, Goal: f.Goal, Source: f.Source,
		})
	}
}

// sameKeys reports keys that are missing in a mapping and keys that it should
// not have.
func sameKeys[V any, K ~string](r *report, d *document, path []any, got map[string]V, want []K) {
	for _, key := range want {
		if _, ok := got[string(key)]; !ok {
			r.atUnread(d, path, "%s is missing", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if !slices.Contains(want, K(key)) {
			r.at(d, append(slices.Clone(path), key), "unknown key %q", key)
		}
	}
}
