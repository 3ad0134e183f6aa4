package rehab

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Holds. The answers that lift and prolong one are H1, the 72 hours after which
// only a clinician decides S-70; two questions are a default of ours.
const (
	releaseAt    PainScore = 5 // and below lifts a hold
	extendAt     PainScore = 7 // and below prolongs it by a day
	holdExtends            = 24 * time.Hour
	holdLongest            = 72 * time.Hour
	holdAsksMost           = 2 // then the clinician hears of the silence
)

func (c *Course) startHold(h Hold, now time.Time, rules ...string) *Hold {
	h.N, h.From = c.number(), now
	c.note(Change{What: ChangeHold, By: h.By, Workout: h.Workout, Why: h.why(), Rules: rules}, now)
	if h.Kind != HoldBySafety {
		c.abandonPlanned(now)
	}
	c.Holds = append(c.Holds, h)
	return &c.Holds[len(c.Holds)-1]
}

// why says in a few words for what a hold began.
func (h *Hold) why() string {
	switch {
	case h.Reason != "":
		return h.Reason
	case h.Kind == HoldBySafety:
		return "the safety list was opened"
	case h.Workout == 0:
		return "a stretch hurt too much"
	case h.Clearance && h.Intent == IntentHoldClinician:
		return "a clinician has to agree first"
	}
	return "pain around a workout"
}

// HoldExercise stops exercise on a clinician's word, for d or, when d is zero,
// until it is released.
func (c *Course) HoldExercise(by int64, reason string, d time.Duration, now time.Time) *Hold {
	h := Hold{Kind: HoldByClinician, Intent: IntentHoldRest, Reason: reason, By: by}
	if d > 0 {
		h.Until = now.Add(d)
	}
	c.Cause = "on hold"
	return c.startHold(h, now)
}

// Release lifts every hold on a clinician's word and plans anew from now. It
// returns ErrStale when there is none, or no clinician.
func (c *Course) Release(by int64, now time.Time) error {
	if c.Held() == nil || by == 0 {
		return ErrStale
	}
	for i := range c.Holds {
		if h := &c.Holds[i]; h.Active() {
			h.ReleasedAt, h.ReleasedBy = now, by
		}
	}
	c.note(Change{What: ChangeRelease, By: by}, now)
	c.settleBolder("released from a hold", now)
	c.NotBefore = now
	c.Cause = "hold released"
	return nil
}

// restH is what is left of a hold in whole hours, at least 1: a hold whose time
// is over still counts until it is answered.
func (h *Hold) restH(now time.Time) int {
	if h.Until.IsZero() {
		return longHold
	}
	return max(hours(h.Until.Sub(now)+59*time.Minute), 1)
}

func (h *Hold) flag() Flag {
	switch h.Choice {
	case ChoiceEmergency:
		return FlagEmergency
	case ChoiceUrgent:
		return FlagUrgent
	}
	return FlagNone
}

// answerHold reads the pain score that the end of a hold asks for.
func (c *Course) answerHold(n int, score PainScore, now time.Time) (Effect, error) {
	h := c.Hold(n)
	if h == nil || !h.Active() || h.Clearance || h.Asked == 0 {
		return Effect{}, ErrStale
	}
	switch {
	case score <= releaseAt:
		for i := range c.Holds {
			if x := &c.Holds[i]; x.Active() && !x.Clearance && !x.Until.IsZero() && !x.Until.After(now) {
				x.ReleasedAt = now
			}
		}
		c.note(Change{What: ChangeRelease, Workout: h.Workout, Why: fmt.Sprintf("pain was %v when the pause was over", score)}, now)
		c.NotBefore = now
		return Effect{Released: c.Held() == nil, Hold: h}, nil
	case score <= extendAt && now.Before(h.From.Add(holdLongest)):
		h.Until, h.Asked = earlier(now.Add(holdExtends), h.From.Add(holdLongest)), 0
		return Effect{Extended: true, Hold: h}, nil
	}
	h.Clearance = true
	c.raise(now, c.key("hold/%d/clinician", h.N),
		Alert{Level: AlertSameDay, Intent: IntentHoldClinician, Workout: h.Workout})
	return Effect{Hold: h}, nil
}

// OpenSafety shows the list of symptoms and withholds exercise until it is
// answered. An open list is shown again.
func (c *Course) OpenSafety(now time.Time) *Hold {
	c.heard(now)
	c.Cause = "safety question"
	if h := c.openSafety(); h != nil {
		return h
	}
	return c.startHold(Hold{Kind: HoldBySafety, Intent: IntentHoldClinician, Told: true}, now)
}

// openSafety is the safety hold that stands, or nil.
func (c *Course) openSafety() *Hold {
	for i := range c.Holds {
		if h := &c.Holds[i]; h.Active() && h.Kind == HoldBySafety {
			return h
		}
	}
	return nil
}

var choiceRank = map[SafetyChoice]int{ChoiceOpen: 0, ChoiceNone: 0, ChoiceOther: 1, ChoiceUrgent: 2, ChoiceEmergency: 3}

// ChooseSafety records what the patient picked. A choice can become graver, but
// never milder: "none" is refused after an urgent or emergency one.
func (c *Course) ChooseSafety(n int, choice SafetyChoice, now time.Time) (*Hold, error) {
	h := c.Hold(n)
	if h == nil || h.Kind != HoldBySafety || !h.Active() {
		return nil, ErrStale
	}
	c.heard(now)
	c.Cause = "safety question"
	if choice == ChoiceNone {
		if choiceRank[h.Choice] >= choiceRank[ChoiceUrgent] {
			return nil, ErrNoneRefused
		}
		h.Choice, h.ChosenAt, h.ReleasedAt = ChoiceNone, now, now
		c.note(Change{What: ChangeRelease, Why: "none of the warning signs"}, now)
		return h, nil
	}
	if choiceRank[choice] <= choiceRank[h.Choice] {
		c.warnAgain(h, now)
		return h, nil
	}
	// The patient may still take back "something else", but nothing graver.
	h.Choice, h.ChosenAt, h.Clearance = choice, now, choice != ChoiceOther
	alert := Alert{Level: AlertNow, Intent: IntentEmergency}
	switch choice {
	case ChoiceUrgent:
		alert.Intent = IntentUrgent
	case ChoiceOther:
		alert = Alert{Level: AlertSameDay, Intent: IntentHoldClinician}
	}
	if w := c.Current(); w != nil {
		alert.Workout = w.N
		if f := h.flag(); f != FlagNone {
			w.Flag = f
		}
		c.abandonPlanned(now)
	}
	c.raise(now, c.key("hold/%d/%s", h.N, choice), alert)
	return h, nil
}

// warnAgain raises the alert of a safety hold anew when a sign is named once more
// after somebody has acknowledged it. One that still waits goes on repeating.
func (c *Course) warnAgain(h *Hold, now time.Time) {
	first := c.key("hold/%d/%s", h.N, h.Choice)
	var last *Alert
	times := 0
	for i := range c.Alerts {
		if a := &c.Alerts[i]; strings.HasPrefix(a.Key, first) {
			last = a
			times++
		}
	}
	if last == nil || last.AckedAt.IsZero() {
		return
	}
	again := Alert{Level: last.Level, Intent: last.Intent, Workout: last.Workout}
	c.raise(now, fmt.Sprintf("%s/%d", first, times+1), again)
}

// SafetyWords takes a text that named a warning sign as the choice of it.
func (c *Course) SafetyWords(choice SafetyChoice, now time.Time) (*Hold, error) {
	return c.ChooseSafety(c.OpenSafety(now).N, choice, now)
}

// askedSafety reports whether the safety check of the latest needling has been
// sent. An answer in the evening, when its workout is over, counts as well.
func (c *Course) askedSafety() bool {
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		if w := &c.Workouts[i]; w.Safety {
			return !slices.ContainsFunc(c.Needlings, func(n Needling) bool { return n.ClearedAt.IsZero() && w.AskedAt.Before(n.RecordedAt) })
		}
	}
	return false
}

// ClearSafety records "none of these" in the safety check before a workout.
func (c *Course) ClearSafety(now time.Time) error {
	if !c.Unchecked() || !c.askedSafety() {
		return ErrStale
	}
	for i := range c.Needlings {
		if n := &c.Needlings[i]; n.ClearedAt.IsZero() {
			n.ClearedAt = now
		}
	}
	c.answered(now)
	return nil
}

// Observe keeps a pain score that answers no question. From 8 on it opens the
// safety list and calls the clinician.
func (c *Course) Observe(score PainScore, now time.Time) Effect {
	c.answered(now)
	c.Observations = append(c.Observations, Observation{now, score})
	e := Effect{Score: score}
	if score.High() {
		e.Safety = c.OpenSafety(now)
		if !c.alerted(IntentPainHigh) {
			c.raise(now, c.key("pain/%d", len(c.Observations)), Alert{Level: AlertSameDay, Intent: IntentPainHigh})
		}
	}
	return e
}
