package rehab

import (
	"slices"
	"time"
)

// CourseState is the one word that says how a course stands.
type CourseState string

const (
	StateInvited    CourseState = "invited" // no consent yet
	StateActive     CourseState = "active"
	StateHeld       CourseState = "on_hold"
	StateSilent     CourseState = "silent"
	StateStopped    CourseState = "stopped" // on the patient's word
	StateDischarged CourseState = "discharged"
	StateFinished   CourseState = "finished" // the twelve weeks are over
)

// Live reports whether the course is still going on.
func (s CourseState) Live() bool {
	return s == StateActive || s == StateHeld || s == StateSilent
}

// State says how the course stands.
func (c *Course) State() CourseState {
	switch {
	case !c.DischargedAt.IsZero():
		return StateDischarged
	case !c.EndedAt.IsZero():
		return StateFinished
	case c.ConsentedAt.IsZero():
		return StateInvited
	case !c.StoppedAt.IsZero():
		return StateStopped
	case c.Held() != nil:
		return StateHeld
	case c.Silence():
		return StateSilent
	}
	return StateActive
}

// Line is a course in one line, for a list of many. It depends on the course
// alone and not on the time, so that it can be kept beside it.
type Line struct {
	State       CourseState
	Phases      []Phase   // of the targets, each named once
	FirstNeedle time.Time // the first needling; zero before it
	LastPain    PainScore // the latest answer of any kind about pain
	Trend       Trend     // of the load
	OpenAlerts  int
	Gravest     AlertLevel // of the open alerts
	Silent      bool
	// NeedsRelease is set while a hold stands that only a clinician ends.
	NeedsRelease bool
}

// Line sums the course up in one line.
func (c *Course) Line() Line {
	d := Line{
		State: c.State(), LastPain: c.lastPain(), Trend: c.LoadTrend(),
		Silent: c.Silence(), NeedsRelease: c.awaitsRelease() != nil,
	}
	for _, t := range c.Targets {
		if !slices.Contains(d.Phases, t.Phase) {
			d.Phases = append(d.Phases, t.Phase)
		}
	}
	for _, n := range c.Needlings {
		if d.FirstNeedle.IsZero() || n.At.Before(d.FirstNeedle) {
			d.FirstNeedle = n.At
		}
	}
	for _, a := range c.Alerts {
		if a.AckedAt.IsZero() {
			d.OpenAlerts++
			d.Gravest = max(d.Gravest, a.Level)
		}
	}
	return d
}

// awaitsRelease is a hold that stands until a clinician ends it, or nil.
func (c *Course) awaitsRelease() *Hold {
	for i := range c.Holds {
		if h := &c.Holds[i]; h.Active() && (h.Clearance || h.Until.IsZero()) {
			return h
		}
	}
	return nil
}

// lastPain is the latest pain score of the course; PainUnknown when there is
// none.
func (c *Course) lastPain() PainScore {
	last, at := PainUnknown, time.Time{}
	consider := func(score PainScore, when time.Time) {
		if score.Known() && !when.Before(at) {
			last, at = score, when
		}
	}
	for _, w := range c.Workouts {
		consider(w.Before, w.BeforeAt)
		consider(w.After, w.AfterAt)
		consider(w.TwoHour, w.TwoHourAt)
		consider(w.Next, w.NextAt)
	}
	for _, o := range c.Observations {
		consider(o.Score, o.At)
	}
	return last
}

// Trend says where something goes.
type Trend string

const (
	TrendNone  Trend = "" // nothing to compare yet
	TrendUp    Trend = "up"
	TrendDown  Trend = "down"
	TrendLevel Trend = "level"
)

// trendWorkouts is over how many decided workouts the load trend looks; default
// of ours.
const trendWorkouts = 3

// LoadTrend compares the load that comes next with the one before the last three
// decided workouts. With several targets, one that goes down is what counts.
func (c *Course) LoadTrend() Trend {
	trend := TrendNone
	for _, t := range c.Targets {
		switch one := c.targetTrend(t.N); {
		case one == TrendDown:
			return TrendDown
		case one == TrendUp, trend == TrendNone:
			trend = one
		}
	}
	return trend
}

func (c *Course) targetTrend(target int) Trend {
	var first, last *Exercise
	seen := 0
	for i := len(c.Workouts) - 1; i >= 0 && seen < trendWorkouts; i-- {
		e := c.Workouts[i].decided(target)
		if e == nil {
			continue
		}
		if last == nil {
			last = e
		}
		if !e.comparable(last) {
			break // loads in another unit
		}
		first = e
		seen++
	}
	if last == nil {
		return TrendNone
	}
	next := last.LoadG * last.Decision.LoadPct / 100
	if last.weighed() && last.NextShown.ShownG > 0 {
		next = last.NextG
	}
	switch {
	case next > first.LoadG:
		return TrendUp
	case next < first.LoadG:
		return TrendDown
	}
	return TrendLevel
}

// decided is what a target did in w, once that was decided, or nil.
func (w *Workout) decided(target int) *Exercise {
	for i := range w.Exercises {
		if e := &w.Exercises[i]; e.Target == target && e.Decision != nil {
			return e
		}
	}
	return nil
}
