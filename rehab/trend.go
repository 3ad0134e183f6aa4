package rehab

import (
	"slices"
	"time"
)

// The pain before workouts is rising when the median of seven days is at least 2
// points and 30 % above that of the seven days before (src 44). Two answers in
// each of them are the least that is called a median here; default of ours.
const (
	trendDays    = 7
	trendPoints  = 2
	trendPercent = 130
	trendAnswers = 2
)

// watchTrend tells the clinician that the pain before workouts is rising, once
// for each rise.
func (c *Course) watchTrend(w *Workout, now time.Time) {
	began := 0
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		past := &c.Workouts[i]
		if !past.Before.Known() {
			continue
		}
		if !c.painRising(past.BeforeAt) {
			break
		}
		began = past.N
	}
	if began > 0 {
		c.raise(now, c.key("trend/%d", began), Alert{Level: AlertDigest, Intent: IntentTrend, Workout: w.N})
	}
}

// painRising compares the week up to a moment with the week before, in the
// patient's calendar days.
func (c *Course) painRising(at time.Time) bool {
	var week, before []PainScore
	today := DayOf(at, c.Zone)
	for i := range c.Workouts {
		w := &c.Workouts[i]
		if !w.Before.Known() || w.BeforeAt.After(at) {
			continue
		}
		switch ago := DayOf(w.BeforeAt, c.Zone).until(today); {
		case ago < trendDays:
			week = append(week, w.Before)
		case ago < 2*trendDays:
			before = append(before, w.Before)
		}
	}
	if len(week) < trendAnswers || len(before) < trendAnswers {
		return false
	}
	is, was := twiceMedian(week), twiceMedian(before)
	return is-was >= 2*trendPoints && is*100 >= was*trendPercent
}

// twiceMedian is the median times two, which is a whole number.
func twiceMedian(scores []PainScore) int {
	slices.Sort(scores)
	n := len(scores)
	return int(scores[(n-1)/2]) + int(scores[n/2])
}
