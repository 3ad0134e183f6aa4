package rehab

import "time"

// safetyWait is how long the safety list may stay unanswered before a clinician
// hears of it; default of ours.
const safetyWait = 15 * time.Minute

// Advance applies what the mere passing of time up to now has changed: answers
// that can no longer come, holds that nobody answered, silence, the end of the
// twelve weeks. Doing it twice changes nothing.
func (c *Course) Advance(now time.Time) {
	for {
		due, ok := earliest(c.expiries())
		if !ok || due.at.After(now) {
			return
		}
		c.Cause = due.cause
		due.apply(now)
	}
}

// earliest is the expiry that comes first; ok is false when there is none.
func earliest(list []expiry) (first expiry, ok bool) {
	for i, e := range list {
		if i == 0 || e.at.Before(first.at) {
			first = e
		}
	}
	return first, len(list) > 0
}

// NextWake returns the next instant at which Advance changes something, or the one
// after now at which the plan has to be made anew. What is over by now and was not
// applied yet is in the past: somebody changed the course before it was woken.
func (c *Course) NextWake(now time.Time) (time.Time, bool) {
	var next time.Time
	if first, ok := earliest(c.expiries()); ok {
		next = first.at
	}
	if t := c.PlanAgain; t.After(now) && (next.IsZero() || t.Before(next)) {
		next = t
	}
	return next, !next.IsZero()
}

type expiry struct {
	at    time.Time
	cause string
	apply func(now time.Time)
}

// expiries lists what time alone will change, in no order.
func (c *Course) expiries() []expiry {
	var list []expiry
	add := func(at time.Time, cause string, apply func(time.Time)) {
		list = append(list, expiry{at, cause, apply})
	}
	if h := c.openSafety(); h != nil && h.Choice == ChoiceOpen && !h.Reported {
		add(h.From.Add(safetyWait), "safety question unanswered", func(now time.Time) {
			h.Reported = true
			c.raise(now, c.key("hold/%d/unanswered", h.N), Alert{Level: AlertSameDay, Intent: IntentHoldClinician})
		})
	}
	if !c.Running() {
		return list // nobody waits for a plan, but somebody may need help
	}
	if w := c.Current(); w != nil {
		at, cause := c.closesAt(w)
		add(at, cause, func(now time.Time) {
			if h := c.closeWorkout(w, now); h != nil {
				h.Told = false // no answer of the patient's tells of it
			}
		})
	}
	if at, ok := c.cardOverAt(); ok {
		add(at, "the card ran out", func(time.Time) {
			w := c.Current()
			w.Reasked = true
			c.Open = Question{AskBefore, w.N}
		})
	}
	if h := c.Held(); h != nil && h.Asked >= holdAsksMost && !h.Reported && !h.Clearance {
		add(h.AskedAt.Add(24*time.Hour), "hold unanswered", func(now time.Time) {
			h.Reported = true
			c.raise(now, c.key("hold/%d/silent", h.N), Alert{Level: AlertDigest, Intent: IntentHoldRest})
		})
	}
	if n := len(c.Practices); n > 0 && c.silentDays() >= silentAfter && !c.SilenceAlertAt.Equal(c.HeardAt) {
		last := c.Practices[n-1].AskedAt
		add(TimeOfDay(0).On(DayOf(last, c.Zone).Plus(1), c.Zone), "silence", func(now time.Time) {
			c.SilenceAlertAt = c.HeardAt
			c.raise(now, c.key("silence/%d", c.HeardAt.Unix()), Alert{Level: AlertDigest, Intent: IntentNudge})
		})
	}
	for i := range c.Targets {
		t := &c.Targets[i]
		if at, ok := c.lengthLostAt(t); ok {
			add(at, "two weeks without exercise", func(time.Time) { t.StretchedAt = time.Time{} })
		}
	}
	if at, ok := c.layoffAt(); ok {
		add(at, "four weeks without exercise", func(now time.Time) {
			c.raise(now, c.key("layoff/%d", c.LastTrained().N), Alert{Level: AlertSameDay, Intent: IntentHoldClinician})
			c.startHold(Hold{Kind: HoldByRule, Intent: IntentHoldClinician, Workout: c.LastTrained().N, Clearance: true}, now)
		})
	}
	c.suggestionExpiries(add)
	add(c.endsAt(), "twelve weeks over", func(now time.Time) {
		c.abandonPlanned(now)
		if w := c.Current(); w != nil {
			c.closeWorkout(w, now)
		}
		c.settleProposals("twelve weeks over", now)
		c.EndedAt = now
		c.settleDigest(now)
		c.raise(now, c.key("end"), Alert{Level: AlertDigest, Intent: IntentNextStep})
	})
	return list
}

// cardOverAt is when the card that is open runs out and the pain before is asked
// again, unless it is too late on that day to begin anew.
func (c *Course) cardOverAt() (time.Time, bool) {
	w := c.Current()
	if w == nil || w.CardAt.IsZero() || w.Status != "" || w.Reasked {
		return time.Time{}, false
	}
	at := w.CardAt.Add(cardGood)
	return at, !at.After(c.Protocol.Hours.LastWorkout.On(DayOf(w.AskedAt, c.Zone), c.Zone))
}

// closesAt is when a workout can no longer get the answers it waits for.
func (c *Course) closesAt(w *Workout) (time.Time, string) {
	switch {
	case w.AskFinish:
		return earlier(c.HeardAt, c.cardMorning(w)).Add(replyGood), "not answered"
	case w.DoneAt.IsZero() && w.Status == "" && w.CardAt.IsZero():
		return c.Protocol.Hours.LastAnswer.On(DayOf(w.AskedAt, c.Zone), c.Zone), "not answered"
	case w.DoneAt.IsZero():
		// What was offered may still be reported as done until morning.
		return c.cardMorning(w), "not answered"
	}
	at := w.DoneAt.Add(nextUntil)
	if next, ok := c.nextWorkout(w.DoneAt); ok && c.Held() == nil && next.Before(at) {
		at = next
	}
	return at, "too late to answer"
}

// lengthLostAt is when a target that trains in P3 has rested for so long that it
// goes one phase back: to one acknowledged stretch before the next load.
func (c *Course) lengthLostAt(t *Target) (time.Time, bool) {
	last := c.lastDone(t)
	if t.Phase != P3 || last.IsZero() || t.awaitsStretch() || t.NoStretch {
		return time.Time{}, false
	}
	at := c.Protocol.Hours.QuietUntil.On(DayOf(last, c.Zone).Plus(phaseBackDays), c.Zone)
	return at, t.StretchedAt.Before(at) && c.layoff(t, at).RegressSteps > 0
}

// layoffAt is when four weeks without exercise need a clinician, once for each
// last workout.
func (c *Course) layoffAt() (time.Time, bool) {
	last := c.LastTrained()
	if last == nil || c.Current() != nil && !c.Current().DoneAt.IsZero() {
		return time.Time{}, false
	}
	for i := range c.Holds {
		if h := &c.Holds[i]; h.Workout == last.N && h.Intent == IntentHoldClinician && h.From.After(last.DoneAt.AddDate(0, 0, 27)) {
			return time.Time{}, false
		}
	}
	return c.Protocol.Hours.QuietUntil.On(DayOf(last.DoneAt, c.Zone).Plus(28), c.Zone), true
}

// endsAt is the end of week 12 of the target that was needled first last.
func (c *Course) endsAt() time.Time {
	var last time.Time
	for _, t := range c.Targets {
		if t.FirstNeedle.After(last) {
			last = t.FirstNeedle
		}
	}
	day := DayOf(last, c.Zone).Plus(programmeDays)
	return c.Protocol.Hours.Workout.On(day, c.Zone)
}

// Sent notes that a prompt has reached the patient.
func (c *Course) Sent(p Prompt, now time.Time) {
	if p.Kind.counted() && p.Lane == LaneTimed {
		if today := DayOf(now, c.Zone); today != c.PromptDay {
			c.PromptDay, c.PromptCount = today, 0
		}
		c.PromptCount++
	}
	c.Cause = "sent"
	switch p.Kind {
	case PromptWelcome:
		if n := c.Needling(p.N); n != nil {
			n.WelcomeAt = now
		}
	case PromptMovement, PromptGentle, PromptStructured, PromptDaily:
		c.sentPractice(p, now)
	case PromptSafetyCheck, PromptBefore, PromptBeforeAgain:
		c.sentBefore(p, now)
	case PromptCardAgain:
		if w := c.Workout(p.N); w != nil {
			w.CardNudged = true
		}
	case PromptHoldStarted:
		if h := c.Hold(p.N); h != nil {
			h.Told = true
		}
	case PromptHoldAsk:
		if h := c.Hold(p.N); h != nil {
			h.Asked++
			h.AskedAt = now
		}
	}
	c.open(p)
	c.rideAlong(p, now)
}

// questionOf says which question a prompt opens. Opening one closes the one
// before.
var questionOf = map[PromptKind]QuestionKind{
	PromptBefore: AskBefore, PromptBeforeAgain: AskBefore, PromptAfter: AskAfter, PromptTwoHour: AskTwoHour,
	PromptNext: AskNext, PromptFeel: AskFeel, PromptHoldAsk: AskHold, PromptUsual: AskUsual, PromptWeight: AskWeight,
}

func (c *Course) open(p Prompt) {
	kind, ok := questionOf[p.Kind]
	// The weight is optional: it must not take a typed pain score.
	if !ok || kind == AskWeight && c.answerable(c.Open) {
		return
	}
	c.Open = Question{kind, p.N}
}

var practiceOf = map[PromptKind]PracticeKind{
	PromptMovement: Movement, PromptGentle: GentleStretch,
	PromptStructured: StructuredStretch, PromptDaily: DailyStretch,
}

func (c *Course) sentPractice(p Prompt, now time.Time) {
	for i := range c.Practices {
		if c.Practices[i].Key == p.Key {
			return
		}
	}
	kind := practiceOf[p.Kind]
	var targets []int
	if kind != Movement {
		targets = c.StretchTargets(kind, now)
	}
	c.Practices = append(c.Practices, Practice{
		N: p.N, Key: p.Key, Kind: kind, AskedAt: now, Feel: PainUnknown, Targets: targets,
	})
}

func (c *Course) sentBefore(p Prompt, now time.Time) {
	w := c.Workout(p.N)
	if w == nil {
		c.Workouts = append(c.Workouts, Workout{
			N: p.N, AskedAt: now, Safety: p.Kind == PromptSafetyCheck,
			Before: PainUnknown, After: PainUnknown, TwoHour: PainUnknown, Next: PainUnknown,
		})
		return
	}
	if p.Kind == PromptBeforeAgain {
		w.Reminded = true
	}
}

// Missed notes that a prompt could not be said inside its window: the program was
// down, or Telegram could not be reached. The clinician hears of it with the next
// digest, once for a day.
func (c *Course) Missed(p Prompt, now time.Time) {
	c.Cause = "window passed"
	if p.Kind.counted() && p.Lane == LaneTimed {
		c.raise(now, c.key("undelivered/%s", DayOf(now, c.ClinicZone)), Alert{Level: AlertDigest, Intent: IntentUndelivered})
	}
}

// IntentUndelivered tells the clinician that something was not said in time.
const IntentUndelivered Intent = "UNDELIVERED"

// Unreachable tells the clinician, once a day at the most, that the patient's
// chat is closed.
func (c *Course) Unreachable(now time.Time) { c.unreachable(AlertSameDay, now) }

// UnreachableByBroadcast is Unreachable without a message of its own: the author
// of the broadcast has a report, and the patient a mark.
func (c *Course) UnreachableByBroadcast(now time.Time) { c.unreachable(AlertDigest, now) }

func (c *Course) unreachable(level AlertLevel, now time.Time) {
	c.Cause = "unreachable"
	c.raise(now, c.key("unreachable/%s", DayOf(now, c.ClinicZone)), Alert{Level: level, Intent: IntentUnreachable})
}

// IntentUnreachable tells the clinician that messages no longer arrive.
const IntentUnreachable Intent = "UNREACHABLE"
