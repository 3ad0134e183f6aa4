package rehab

import (
	"slices"
	"time"
)

// Workout hours. The article gives the two-hour rule (S-77); the reading window
// around it and the rest are defaults of ours.
const (
	twoHours        = 2 * time.Hour
	twoHourFrom     = 90 * time.Minute // an earlier answer counts only as "back already"
	twoHourUntil    = 4 * time.Hour    // a later one only as "not back"
	twoHourSoonest  = 30 * time.Minute // before, an unasked number is about something else
	nextNotBefore   = 12 * time.Hour
	nextUntil       = 36 * time.Hour
	cardGood        = 3 * time.Hour
	remindAfter     = 2 * time.Hour
	postponedFor    = 24 * time.Hour
	finishYesterday = 20 * 60 // 20:00, when "yesterday evening" was
)

// gate joins the gates of every target that is due: what holds for all of them
// first, else the loads of those that may train.
func (c *Course) gate(w *Workout, now time.Time) GateResult {
	in := GateInput{Before: w.Before, Flag: FlagNone, LastBefore: PainUnknown, SinceLoadedH: NoAdvanceH}
	if h := c.Held(); h != nil {
		in.HoldH, in.NeedsClearance, in.Flag = h.restH(now), h.Clearance, h.flag()
	}
	if last := c.LastTrained(); last != nil {
		in.LastBefore = last.Before
		in.SinceLoadedH = hours(now.Sub(last.DoneAt))
	}
	var result GateResult
	for i, t := range c.due(now) {
		in.Phase, in.AcuteH = t.Phase, c.acuteH(t, now)
		if g := Gate(in); i == 0 || g.Offer == OfferLoad || g.Offer == OfferLoadSame {
			result = g
		}
	}
	if result.Offer == "" {
		in.Phase, in.AcuteH = P0, 0
		result = Gate(in)
	}
	return result
}

// acuteH is the acute clock in whole hours; extensive needling sets it back by
// a day (H9).
func (c *Course) acuteH(t *Target, now time.Time) int {
	h := hours(now.Sub(t.LastNeedle))
	if t.Extensive {
		h -= 24
	}
	return max(h, 0)
}

func hours(d time.Duration) int { return max(int(d/time.Hour), 0) }

// offer shows the exercise, after the question for the usual load where it is
// still unknown.
func (c *Course) offer(w *Workout, offer Offer, now time.Time) {
	w.Exercises = c.exercises(offer, now)
	c.tellLayoff(w, now)
	if !c.UsualAsked && c.usualUnknown(w) {
		w.AskUsual, c.UsualAsked = true, true
		return
	}
	if !w.AskUsual {
		w.show(now)
	}
}

// show offers the exercise on a new card.
func (w *Workout) show(now time.Time) { w.CardAt, w.Cards = now, w.Cards+1 }

// IntentLayoff tells the clinician that a workout comes after a long break.
const IntentLayoff Intent = "LAYOFF"

// tellLayoff lets the clinician know that a workout comes after a long break.
func (c *Course) tellLayoff(w *Workout, now time.Time) {
	for _, e := range w.Exercises {
		t := c.Target(e.Target)
		if off := c.layoff(t, now); off.Alert == AlertDigest {
			c.raise(now, c.key("target/%d/layoff/%d", t.N, c.lastDone(t).Unix()),
				Alert{Level: off.Alert, Intent: IntentLayoff, Workout: w.N, Target: t.N})
		}
	}
}

func (c *Course) usualUnknown(w *Workout) bool {
	return slices.ContainsFunc(w.Exercises, func(e Exercise) bool { return c.takesWeight(&e) && !c.Target(e.Target).Weighed })
}

// takesWeight reports whether e is done with a weight, and its target still is.
func (c *Course) takesWeight(e *Exercise) bool {
	t := c.Target(e.Target)
	return c.weighable(t, e.Phase) && c.weighable(t, t.Phase)
}

// Unweighed reports whether the exercise of a target is done with a weight that
// nobody has named yet.
func (c *Course) Unweighed(target int) bool {
	t := c.Target(target)
	return c.weighable(t, t.Phase) && !t.Weighed
}

// weighable reports whether the work of t in a phase is done with a weight.
func (c *Course) weighable(t *Target, phase Phase) bool {
	switch phase {
	case K1, K2, K5:
		return false
	}
	return c.muscle(t).Load == LoadWeight
}

// exercises prescribes today's work of every target that is due.
func (c *Course) exercises(offer Offer, now time.Time) []Exercise {
	var list []Exercise
	for _, t := range c.due(now) {
		today, off := *t, c.layoff(t, now)
		load := cut(t, t.LoadG, off.LoadPct, c.Dose(t).Reps)
		if back := t.Phase.Previous(); off.RegressSteps > 0 && back != t.Phase && back.Loaded() {
			c.enterWith(&today, back, load)
		} else {
			today.LoadG = load
		}
		e := c.exercise(&today, today.LoadG)
		if last := c.lastExercise(t); offer == OfferLoadSame && last != nil && last.comparable(&e) && last.LoadG < e.LoadG {
			e = c.exercise(&today, last.LoadG)
		}
		list = append(list, e)
	}
	return list
}

func (c *Course) exercise(t *Target, load int) Exercise {
	return Exercise{Target: t.N, Phase: t.Phase, RM: t.RM, LoadG: load, Shown: c.prescribe(t, t.Shown, load)}
}

// weighed reports whether the load of e is a weight, and not repetitions.
func (e *Exercise) weighed() bool { return e.Shown.ShownG > 0 }

func (c *Course) lastExercise(t *Target) *Exercise {
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		w := &c.Workouts[i]
		for j := range w.Exercises {
			if w.Exercises[j].Target == t.N && !w.DoneAt.IsZero() {
				return &w.Exercises[j]
			}
		}
	}
	return nil
}

// cut takes pct percent of a load: of the grams, or of the repetitions where
// nothing is weighed, never below one set.
func cut(t *Target, load, pct, oneSet int) int {
	if pct == 100 || t.Weighed {
		return load * pct / 100
	}
	return RepsLoad(CutReps(load/RepsLoad(1), pct, oneSet))
}

// layoff is the advice after days without a completed workout of t. Once a week
// is the rhythm of P7, so that only two missed weeks count there. The way back
// after a needling, and a load that a clinician has set since, stand for
// themselves.
func (c *Course) layoff(t *Target, now time.Time) LayoffAdvice {
	last := c.lastDone(t)
	if last.IsZero() || t.LoadSetAt.After(last) {
		return Layoff(0)
	}
	if t.Reentry > 0 {
		last = later(last, t.LastNeedle) // the way back itself is no break
	}
	days := DayOf(last, c.Zone).until(DayOf(now, c.Zone))
	if t.Phase == P7 && days < 14 {
		days = 0
	}
	return Layoff(days)
}

func (c *Course) lastDone(t *Target) time.Time {
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		if w := &c.Workouts[i]; !w.DoneAt.IsZero() && w.uses(t.N) {
			return w.DoneAt
		}
	}
	return time.Time{}
}

// postpone puts a workout off by a day without a decision.
func (c *Course) postpone(w *Workout, now time.Time) {
	w.drop(now)
	c.NotBefore = now.Add(postponedFor)
}

// drop closes a workout that nothing came of, without a decision.
func (w *Workout) drop(now time.Time) {
	w.Postponed, w.ClosedAt = true, now
}

// abandonPlanned drops the current workout unless it was done already.
func (c *Course) abandonPlanned(now time.Time) {
	if w := c.Current(); w != nil && w.DoneAt.IsZero() {
		w.drop(now)
	}
}

// AnswerUsual records the usual load; 0 grams says that the patient does not
// know it.
func (c *Course) AnswerUsual(n int, grams int, unit Unit, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || !w.AskUsual || w.Status != "" {
		return ErrStale
	}
	c.answered(now)
	w.AskUsual = false
	if grams > 0 {
		for _, e := range w.Exercises {
			if t := c.Target(e.Target); c.takesWeight(&e) && !t.Weighed {
				t.UsualG, t.Unit = grams, unit
				c.weigh(t, grams*c.Protocol.FirstLoadPercent/100, now)
			}
		}
		w.Exercises = c.exercises(w.Offer, now)
	}
	w.show(now)
	return nil
}

// weigh gives t its first weight.
func (c *Course) weigh(t *Target, load int, now time.Time) {
	c.settleProposal(t, "a weight was named", now)
	c.audited(Change{Why: "the patient named a weight"}, now, func() {
		t.Weighed, t.LoadG, t.EntryG, t.Shown = true, load, load, Prescription{}
		c.capToWeek(t, now)
	})
}

// Finish records that the workout is done. After midnight it asks when that was.
// load is the weight that the patient used in grams, 0 for the one asked.
func (c *Course) Finish(n, load int, unit Unit, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || w.CardAt.IsZero() || w.Status != "" && !w.AskFinish {
		return ErrStale
	}
	if w.Reasked {
		return ErrCardOver
	}
	c.answered(now)
	w.Status = Done
	if load > 0 {
		c.usedLoad(w, load, unit, now)
	}
	if DayOf(now, c.Zone) != DayOf(w.CardAt, c.Zone) {
		w.AskFinish = true
		return nil
	}
	c.finishedAt(w, now)
	return nil
}

// FinishChoice answers "when did you finish".
type FinishChoice string

const (
	FinishedNow       FinishChoice = "now"
	FinishedHourAgo   FinishChoice = "hour"    // an hour or two ago
	FinishedEvening   FinishChoice = "evening" // yesterday evening
	FinishedAfternoon FinishChoice = "earlier" // earlier yesterday
)

// FinishedAt records when a workout that was reported after midnight ended.
func (c *Course) FinishedAt(n int, choice FinishChoice, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || !w.AskFinish {
		return ErrStale
	}
	c.answered(now)
	day := DayOf(w.CardAt, c.Zone)
	at := now
	switch choice {
	case FinishedHourAgo:
		at = now.Add(-90 * time.Minute)
	case FinishedEvening:
		at = TimeOfDay(finishYesterday).On(day, c.Zone)
	case FinishedAfternoon:
		at = w.CardAt.Add(30 * time.Minute)
	}
	if at.Before(w.CardAt) {
		at = w.CardAt
	}
	w.AskFinish = false
	c.finishedAt(w, at)
	return nil
}

func (c *Course) finishedAt(w *Workout, at time.Time) {
	w.DoneAt = at
	c.FearSkips = 0
	w.AskWeight = c.usualUnknown(w)
	for _, e := range w.Exercises {
		c.Target(e.Target).Shown = e.Shown
	}
}

// usedLoad notes the weight that was used: of the exercises whose weight nobody
// had named yet, and where there is none, of every weighed one.
func (c *Course) usedLoad(w *Workout, load int, unit Unit, now time.Time) {
	unnamed := c.usualUnknown(w)
	for i := range w.Exercises {
		e := &w.Exercises[i]
		t := c.Target(e.Target)
		if !c.takesWeight(e) || unnamed && t.Weighed {
			continue
		}
		if !t.Weighed {
			t.Unit = unit
			c.weigh(t, load, now)
		}
		c.reload(e, load)
	}
}

// reload sets the weight of an exercise that is prescribed already.
func (c *Course) reload(e *Exercise, load int) {
	t := *c.Target(e.Target)
	t.Phase, t.RM = e.Phase, e.RM
	e.LoadG, e.Shown = load, c.prescribe(&t, Prescription{}, load)
}

// AnswerWeight records which weight was used where nobody had named one.
func (c *Course) AnswerWeight(n, grams int, unit Unit, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || !w.AskWeight {
		return ErrStale
	}
	c.answered(now)
	c.usedLoad(w, grams, unit, now)
	for _, e := range w.Exercises {
		c.Target(e.Target).Shown = e.Shown
	}
	w.AskWeight = false
	return nil
}

// StopEarly records that the patient broke the workout off; the reason is asked.
func (c *Course) StopEarly(n int, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || w.CardAt.IsZero() || w.Status != "" {
		return ErrStale
	}
	if w.Reasked {
		return ErrCardOver
	}
	c.answered(now)
	w.Status, w.WhyAsked = PartialOther, true
	c.finishedAt(w, now)
	return nil
}

// NotToday records that the workout is skipped; the reason is asked, and other
// when nobody says.
func (c *Course) NotToday(n int, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || w.Status != "" {
		return ErrStale
	}
	c.answered(now)
	if len(w.Exercises) == 0 {
		w.Exercises = c.exercises(OfferLoad, now)
	}
	w.Status, w.WhyAsked, w.AskUsual = SkipOther, true, false
	return nil
}

func (w *Workout) brokenOff() bool { return w.Status == PartialPain || w.Status == PartialOther }

// Why is the reason of a stop or skip.
type Why string

const (
	WhyPain  Why = "pain"
	WhyFear  Why = "fear"
	WhyOther Why = "other"
)

// AnswerWhy records the reason. A skipped workout is decided by it; that of one
// which was broken off can be corrected until it is closed.
func (c *Course) AnswerWhy(n int, why Why, now time.Time) (Effect, error) {
	w := c.Current()
	if w == nil || w.N != n || !w.WhyAsked && !w.brokenOff() {
		return Effect{}, ErrStale
	}
	c.answered(now)
	if w.brokenOff() {
		if !w.WhyAsked {
			c.correct(w)
		}
		w.WhyAsked, w.Status = false, PartialOther
		if why == WhyPain {
			w.Status = PartialPain
		}
		return Effect{Hold: c.early(w, now)}, nil
	}
	w.WhyAsked = false
	switch why {
	case WhyPain:
		w.Status = SkipPain
	case WhyFear:
		w.Status = SkipFear
	}
	e := Effect{Closed: w}
	e.Hold = c.closeWorkout(w, now)
	return e, nil
}
