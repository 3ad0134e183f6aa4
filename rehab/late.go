package rehab

import "time"

// Somebody trains by a card, and the program hears of it when the workout is closed
// already, or called off: its questions are over and no load follows from it, but the
// next workout keeps its distance.

// lateUntil is how long after the morning on which a card runs out its workout can
// still be reported; default of ours.
const lateUntil = 24 * time.Hour

// ReportLate notes that workout n, or with n 0 the one whose card was the latest then,
// was trained, whole (Done) or in part (PartialOther), by what was said at a moment. It
// returns nil when it is open, was answered for, or is too long ago.
func (c *Course) ReportLate(n int, status Status, said, now time.Time) *Workout {
	var w *Workout
	for i := range c.Workouts {
		if x := &c.Workouts[i]; (n == 0 || x.N == n) && !x.CardAt.IsZero() && !said.Before(x.CardAt) {
			w = x
		}
	}
	if w == nil || c.Over() || !c.reportable(w, said) {
		return nil
	}
	c.answered(now)
	w.Status, w.Postponed, w.DoneAt = status, false, earlier(said, c.cardMorning(w))
	c.FearSkips = 0
	c.correct(w)
	if next := c.Current(); next != nil && next.Status == "" {
		next.drop(now)
	}
	return w
}

// reportable reports whether w is closed, nobody has said what became of it, and its
// card was good at a moment or not long before.
func (c *Course) reportable(w *Workout, said time.Time) bool {
	switch {
	case w.ClosedAt.IsZero(), !w.DoneAt.IsZero(), w.Status != "" && w.Status != NoReply:
		return false
	case w.Reasked && !said.Before(w.CardAt.Add(cardGood)):
		return false // it had run out
	}
	return said.Before(c.cardMorning(w).Add(lateUntil))
}

// cardMorning is when the card of w runs out for good: the morning after it.
func (c *Course) cardMorning(w *Workout) time.Time {
	return c.Protocol.Hours.QuietUntil.On(DayOf(w.AskedAt, c.Zone).Plus(1), c.Zone)
}

// FinishLate is Finish, or StopEarly for PartialOther, as of the moment at which it
// was said: the card has run out since, but was good then. It returns nil when that is
// not so.
func (c *Course) FinishLate(status Status, load int, unit Unit, said, now time.Time) *Workout {
	w := c.Current()
	if w == nil || !w.Reasked || w.Status != "" || said.Before(w.CardAt) || !said.Before(w.CardAt.Add(cardGood)) {
		return nil
	}
	w.Reasked = false
	if status == Done {
		_ = c.Finish(w.N, load, unit, said) // it is open, and its card is good
	} else {
		_ = c.StopEarly(w.N, said)
	}
	c.heard(now)
	return w
}
