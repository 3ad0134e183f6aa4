package rehab

import (
	"cmp"
	"slices"
	"time"
)

// Summary is what a clinician wants to know before the next visit.
type Summary struct {
	Since Count // since the last needling
	All   Count
	Pain  PainChange
	Loads []LoadPath
	// Flares are the setbacks so far, the latest first.
	Flares   []Flare
	NextStep NextStep
}

// Summary sums the course up as it stands at now.
func (c *Course) Summary(now time.Time) Summary {
	s := Summary{All: c.Count(time.Time{}), Pain: c.painChange(now), Flares: c.flares(), NextStep: c.NextStep(now)}
	if n := c.LastNeedling(); n != nil {
		s.Since = c.Count(n.At)
	}
	for i := range c.Targets {
		s.Loads = append(s.Loads, c.loadPath(&c.Targets[i]))
	}
	return s
}

// Count is how many workouts were done, of those that were offered.
type Count struct{ Done, Planned int }

// Count counts the workouts that were offered from a moment on. What was put off
// before it was offered does not count. All of it is what the patient says.
func (c *Course) Count(since time.Time) Count {
	var n Count
	for _, w := range c.Workouts {
		if w.Postponed || w.AskedAt.Before(since) {
			continue
		}
		n.Planned++
		if w.Status == Done {
			n.Done++
		}
	}
	return n
}

// A change of pain has a meaning for the patient from 2 points and 30 % on (src
// 44, src 45), both at once, between medians of 7 days.
const (
	painWindow        = 7 * 24 * time.Hour
	meaningfulPoints  = 2
	meaningfulPercent = 30
)

// PainChange compares the pain before workouts in the first 7 days of answers
// with that of the last 7 days.
type PainChange struct {
	// First and Last are medians on the scale from 0 to 10, halves included.
	First, Last float64
	// HasFirst and HasLast say which of them there are. The last days count only
	// once they do not overlap with the first.
	HasFirst, HasLast bool
	// TooEarly is set while the last days would overlap with the first.
	TooEarly bool
	// Meaningful is set for a change of 2 points or more that is also 30 % or
	// more of the first median.
	Meaningful bool
}

// Better reports whether pain came down by a meaningful change.
func (p PainChange) Better() bool { return p.Meaningful && p.Last < p.First }

// Worse reports whether pain went up by a meaningful change.
func (p PainChange) Worse() bool { return p.Meaningful && p.Last > p.First }

// painChange applies the rule of the smallest change that means something.
func (c *Course) painChange(now time.Time) PainChange {
	var begin time.Time
	for _, w := range c.Workouts {
		if w.Before.Known() && (begin.IsZero() || w.BeforeAt.Before(begin)) {
			begin = w.BeforeAt
		}
	}
	var p PainChange
	if begin.IsZero() {
		return p
	}
	firstEnd := begin.Add(painWindow)
	p.First, p.HasFirst = c.medianBefore(begin, firstEnd)
	from := now.Add(-painWindow)
	if p.TooEarly = from.Before(firstEnd); !p.TooEarly {
		p.Last, p.HasLast = c.medianBefore(from, now.Add(time.Nanosecond))
	}
	if p.HasFirst && p.HasLast {
		p.Meaningful = meaningful(p.First, p.Last)
	}
	return p
}

func meaningful(first, last float64) bool {
	change := max(first-last, last-first)
	return change >= meaningfulPoints && change*100 >= first*meaningfulPercent
}

// medianBefore is the median of the pain before workouts answered in [from,
// until); ok is false when there is none.
func (c *Course) medianBefore(from, until time.Time) (m float64, ok bool) {
	var scores []PainScore
	for _, w := range c.Workouts {
		if w.Before.Known() && !w.BeforeAt.Before(from) && w.BeforeAt.Before(until) {
			scores = append(scores, w.Before)
		}
	}
	return median(scores), len(scores) > 0
}

// median is the middle of scores, or the mean of the two in the middle; 0 of
// none.
func median(scores []PainScore) float64 {
	if len(scores) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(scores))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return float64(sorted[half])
	}
	return float64(sorted[half-1]+sorted[half]) / 2
}

// LoadPath is where the load of one target began and where it is now.
type LoadPath struct {
	Target    int
	FromPhase Phase
	Phase     Phase
	// FromG and ToG are grams in the target's unit when Weighed is set, and
	// repetitions of all sets of the present phase otherwise.
	FromG, ToG int
	Weighed    bool
	Trend      Trend
}

// loadPath follows the load of one target from the first workout in which it was
// trained in the present unit.
func (c *Course) loadPath(t *Target) LoadPath {
	now := c.exercise(t, t.LoadG)
	path := LoadPath{Target: t.N, FromPhase: t.Phase, Phase: t.Phase, FromG: t.LoadG, ToG: t.LoadG, Weighed: t.Weighed, Trend: c.targetTrend(t.N)}
	trained, compared := false, false
	for i := range c.Workouts {
		w := &c.Workouts[i]
		for j := range w.Exercises {
			e := &w.Exercises[j]
			if e.Target != t.N || !w.Status.trained() {
				continue
			}
			if !trained {
				path.FromPhase, trained = e.Phase, true
			}
			if !compared && e.comparable(&now) {
				path.FromG, compared = e.LoadG, true
			}
		}
	}
	if !t.Weighed {
		path.FromG, path.ToG = path.FromG/RepsLoad(1), path.ToG/RepsLoad(1)
	}
	return path
}

// Flare is one setback: a load that went down, or a hold.
type Flare struct {
	At time.Time
	// Percent is by how much the load went down; 0 for a hold.
	Percent int
	Intent  Intent
	Workout int // of a cut
	Hold    int // number of the hold; 0 for a cut
}

// flares lists cuts and holds, the latest first. A cut of several targets in one
// workout is one.
func (c *Course) flares() []Flare {
	var list []Flare
	for i := range c.Workouts {
		if f, ok := c.Workouts[i].cut(); ok {
			list = append(list, f)
		}
	}
	for i := range c.Holds {
		h := &c.Holds[i]
		if h.Kind == HoldBySafety && h.Choice == ChoiceNone {
			continue // nothing was wrong
		}
		list = append(list, Flare{At: h.From, Intent: h.Intent, Hold: h.N})
	}
	slices.SortStableFunc(list, func(a, b Flare) int { return b.At.Compare(a.At) })
	return list
}

// cut is the deepest cut that a workout led to.
func (w *Workout) cut() (f Flare, ok bool) {
	for _, e := range w.Exercises {
		if e.Decision == nil || 100-e.Decision.LoadPct <= f.Percent {
			continue
		}
		f = Flare{At: cmp.Or(w.DoneAt, w.ClosedAt), Percent: 100 - e.Decision.LoadPct, Intent: e.Decision.Intent, Workout: w.N}
	}
	return f, f.Percent > 0
}
