package rehab

import "time"

const (
	// workoutGrace is how late the first question of a workout may still be
	// sent, when something kept it back; default of ours.
	workoutGrace = 30 * time.Minute
	// wholeBodyRest is the time after any needling without hard exercise for the
	// whole body (I-05, S-72).
	wholeBodyRest = 24 * time.Hour
	// extensiveRest is added to every floor after an extensive needling (H9).
	extensiveRest = 24 * time.Hour
)

// readyAt is when the clocks of a target allow its next workout; ok is false
// while it waits for an acknowledged stretch.
func (c *Course) readyAt(t *Target) (at time.Time, first, ok bool) {
	if t.awaitsStretch() {
		return time.Time{}, false, false
	}
	at = t.LastNeedle.Add(time.Duration(t.Phase.AcuteFloorH()) * time.Hour)
	if t.Extensive {
		at = at.Add(extensiveRest)
	}
	at = later(at, c.LastNeedling().wholeBodyUntil())
	at, first = later(at, t.StretchedAt), true
	if done := c.lastDone(t); !done.IsZero() {
		if rested := done.Add(c.Dose(t).Every); rested.After(at) {
			at, first = rested, false
		}
	}
	return at, first, true
}

// restedAt is when the rest after the last workout is over; zero without one.
func (c *Course) restedAt() time.Time {
	last := c.LastTrained()
	if last == nil {
		return time.Time{}
	}
	rest := time.Duration(1<<62 - 1)
	for _, e := range last.Exercises {
		rest = min(rest, time.Duration(e.Phase.RestH())*time.Hour)
	}
	return last.DoneAt.Add(rest)
}

// wholeBodyUntil is when hard exercise of any muscle may begin again.
func (n *Needling) wholeBodyUntil() time.Time {
	at := n.At.Add(wholeBodyRest)
	if n.Extensive {
		at = at.Add(extensiveRest)
	}
	return at
}

// awaitsStretch reports whether load waits for an acknowledged stretch (S-14).
func (t *Target) awaitsStretch() bool { return t.StretchedAt.IsZero() && !t.NoStretch }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// due lists the targets whose clocks allow a workout at now.
func (c *Course) due(now time.Time) []*Target {
	var list []*Target
	for i := range c.Targets {
		if at, _, ok := c.readyAt(&c.Targets[i]); ok && !at.After(now) {
			list = append(list, &c.Targets[i])
		}
	}
	return list
}

// earliestWorkout is when the clocks allow the next sitting, and whether it is
// the first one after a needling, which may begin before the workout hour.
// Every target that is ready by then takes part.
func (c *Course) earliestWorkout() (at time.Time, first, ok bool) {
	for i := range c.Targets {
		ready, isFirst, can := c.readyAt(&c.Targets[i])
		if can && (!ok || ready.Before(at)) {
			at, first, ok = ready, isFirst, true
		}
	}
	if !ok {
		return at, false, false
	}
	if rested := c.restedAt(); rested.After(at) {
		at, first = rested, false
	}
	if c.NotBefore.After(at) {
		at, first = c.NotBefore, false
	}
	return at, first, true
}

// nextWorkout is when the next sitting is offered, seen from now: the first one
// after a needling in the first waking moment whose two-hour check can still be
// asked, later ones at the workout hour or after it; past the last start, the
// next day.
func (c *Course) nextWorkout(now time.Time) (time.Time, bool) {
	at, first, ok := c.earliestWorkout()
	if !ok {
		return at, false
	}
	h := c.Protocol.Hours
	at = h.nextAwake(at, c.Zone)
	day := DayOf(at, c.Zone)
	if start := h.Workout.On(day, c.Zone); !first && at.Before(start) {
		at = start
	}
	if last := h.LastWorkout.On(day, c.Zone); at.After(last) || first && at.Equal(last) {
		day = day.Plus(1)
		at = h.Workout.On(day, c.Zone)
	}
	for !now.Before(c.lastStart(day)) {
		if today := DayOf(now, c.Zone); day.before(today) {
			day = today
		} else {
			day = day.Plus(1)
		}
		at = h.Workout.On(day, c.Zone)
	}
	return at, true
}

// lastStart is when it is too late on a day to begin a workout.
func (c *Course) lastStart(d Day) time.Time {
	return c.Protocol.Hours.LastWorkout.On(d, c.Zone).Add(workoutGrace)
}

// NextWorkout is when the next workout is planned, for the plan that a patient
// sees; ok is false while there is none to plan.
func (c *Course) NextWorkout(now time.Time) (time.Time, bool) {
	if !c.Running() || c.Held() != nil {
		return time.Time{}, false
	}
	at, ok := c.nextWorkout(now)
	return later(at, now), ok && at.Before(c.endsAt())
}

// Silence reports whether the patient has been quiet for so long that messages
// come only twice a week.
func (c *Course) Silence() bool { return c.Silent >= silentAfter || c.silentDays() >= silentAfter }

// NextAwake is the first moment from t on in the patient's waking hours.
func (c *Course) NextAwake(t time.Time) time.Time { return c.Protocol.Hours.nextAwake(t, c.Zone) }
