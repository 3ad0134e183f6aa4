package rehab

import "time"

// History is a course over time, to be drawn. Every moment is a number of days
// since the first needling.
type History struct {
	Days      float64 // up to the moment asked for
	Needlings []float64
	Holds     []Span
	Pains     []PainLine // before, right after, two hours, next morning
	Loads     []LoadLine // one for each target
	Skipped   []float64  // workouts that were offered and not done
}

// Span is from one moment to another, in days since the first needling.
type Span struct{ From, To float64 }

// PainLine is one of the four pains of each workout.
type PainLine struct {
	Kind   QuestionKind
	Points []PainPoint
}

// PainPoint is one score. An unknown one is a gap in the line.
type PainPoint struct {
	Day   float64
	Score PainScore
}

// LoadLine is the load of one target in each workout.
type LoadLine struct {
	Target  int
	Weighed bool // grams; thousandths of a repetition otherwise
	Points  []LoadPoint
}

// LoadPoint is the load of one workout. 0 is a gap in the line: the target was
// not trained, or in another unit.
type LoadPoint struct {
	Day   float64
	LoadG int
}

// History gathers what a picture of the course up to now shows.
func (c *Course) History(now time.Time) History {
	begin := c.Line().FirstNeedle
	day := func(t time.Time) float64 { return t.Sub(begin).Hours() / 24 }
	h := History{Days: day(now)}
	for _, n := range c.Needlings {
		h.Needlings = append(h.Needlings, day(n.At))
	}
	for _, hold := range c.Holds {
		if hold.Kind == HoldBySafety && hold.Choice == ChoiceNone {
			continue // nothing was wrong
		}
		until := hold.ReleasedAt
		if until.IsZero() {
			until = now
		}
		h.Holds = append(h.Holds, Span{day(hold.From), day(until)})
	}
	for _, kind := range []QuestionKind{AskBefore, AskAfter, AskTwoHour, AskNext} {
		line := PainLine{Kind: kind}
		for i := range c.Workouts {
			w := &c.Workouts[i]
			if score, at := w.pain(kind); score.Known() {
				line.Points = append(line.Points, PainPoint{day(at), score})
			} else if !w.ClosedAt.IsZero() && !w.Postponed {
				line.Points = append(line.Points, PainPoint{day(w.AskedAt), PainUnknown})
			}
		}
		h.Pains = append(h.Pains, line)
	}
	for i := range c.Workouts {
		if w := &c.Workouts[i]; !w.ClosedAt.IsZero() && !w.Postponed && !w.Status.trained() {
			h.Skipped = append(h.Skipped, day(w.AskedAt))
		}
	}
	for i := range c.Targets {
		h.Loads = append(h.Loads, c.loadLine(&c.Targets[i], day))
	}
	return h
}

// pain is one of the four answers of a workout, and when it came.
func (w *Workout) pain(kind QuestionKind) (PainScore, time.Time) {
	switch kind {
	case AskBefore:
		return w.Before, w.BeforeAt
	case AskAfter:
		return w.After, w.AfterAt
	case AskTwoHour:
		return w.TwoHour, w.TwoHourAt
	}
	return w.Next, w.NextAt
}

// loadLine shows weights where t ever had one: they say more than the repetitions
// before or after.
func (c *Course) loadLine(t *Target, day func(time.Time) float64) LoadLine {
	line := LoadLine{Target: t.N, Weighed: c.everWeighed(t)}
	for i := range c.Workouts {
		w := &c.Workouts[i]
		for j := range w.Exercises {
			e := &w.Exercises[j]
			switch {
			case e.Target != t.N || w.ClosedAt.IsZero() && w.DoneAt.IsZero() || w.Postponed:
			case w.DoneAt.IsZero() || e.weighed() != line.Weighed:
				line.Points = append(line.Points, LoadPoint{Day: day(w.AskedAt)})
			default:
				line.Points = append(line.Points, LoadPoint{day(w.DoneAt), e.LoadG})
			}
		}
	}
	return line
}

func (c *Course) everWeighed(t *Target) bool {
	for i := range c.Workouts {
		w := &c.Workouts[i]
		for j := range w.Exercises {
			if e := &w.Exercises[j]; e.Target == t.N && e.weighed() && !w.DoneAt.IsZero() {
				return true
			}
		}
	}
	return t.Weighed
}
