package rehab

import (
	"slices"
	"time"
)

// practiceGood is how long a movement or stretch message may be answered once
// another one has followed; default of ours.
const practiceGood = 24 * time.Hour

const (
	practiceDone     = "done"
	practiceNotToday = "not_today"
)

// PracticeDone records that a movement or stretch was done. A stretch opens the
// way to load (S-14) and asks how strong it felt.
func (c *Course) PracticeDone(n int, now time.Time) error {
	p := c.Practice(n)
	if p == nil || p.Answer != "" || c.overtaken(p, now) || c.Held() != nil && p.Kind != Movement {
		return ErrStale
	}
	c.answered(now)
	p.Answer, p.AnsweredAt = practiceDone, now
	if p.Kind == Movement {
		return nil
	}
	for _, n := range p.Targets {
		if t := c.Target(n); t.StretchedAt.IsZero() && !p.AskedAt.Before(t.LastNeedle) {
			t.StretchedAt = now
		}
	}
	return nil
}

// StretchTargets are the numbers of the targets that a stretch message of a kind
// takes in at now: after a needling those in whose window it falls, and day by
// day those that are not yet stretched on the workout card.
func (c *Course) StretchTargets(kind PracticeKind, now time.Time) []int {
	var list []int
	for i := range c.Targets {
		if t := &c.Targets[i]; !t.NoStretch && c.stretchedIn(t, kind, now) {
			list = append(list, t.N)
		}
	}
	return list
}

func (c *Course) stretchedIn(t *Target, kind PracticeKind, now time.Time) bool {
	since := now.Sub(t.LastNeedle)
	switch kind {
	case GentleStretch:
		return c.Protocol.Hours.GentleStretch.contains(since)
	case StructuredStretch:
		return c.Protocol.Hours.StructuredStretch.contains(since)
	}
	switch t.Phase {
	case P3, K1, K2, K3:
		return true
	}
	// After another needling there is no workout card until the safety check.
	return t.awaitsStretch() || !c.cleared() && t.LastNeedle.Equal(c.LastNeedling().At)
}

func (w HourWindow) contains(since time.Duration) bool { return since >= w.From && since < w.Until }

// overtaken reports whether a practice is old and not the latest one.
func (c *Course) overtaken(p *Practice, now time.Time) bool {
	return now.Sub(p.AskedAt) > practiceGood &&
		slices.ContainsFunc(c.Practices, func(other Practice) bool { return other.AskedAt.After(p.AskedAt) })
}

// PracticeNotToday records that a movement or stretch is left out.
func (c *Course) PracticeNotToday(n int, now time.Time) error {
	p := c.Practice(n)
	if p == nil || p.Answer != "" {
		return ErrStale
	}
	c.answered(now)
	p.Answer, p.AnsweredAt = practiceNotToday, now
	return nil
}

// window is the stretch window whose target strength applies to a practice.
func (p *Practice) window() Phase {
	if p.Kind == GentleStretch {
		return P1
	}
	return P2
}

func (c *Course) answerFeel(n int, score PainScore, now time.Time) (Effect, error) {
	p := c.Practice(n)
	if p == nil || p.Answer != practiceDone || p.Kind == Movement {
		return Effect{}, ErrStale
	}
	e := Effect{Corrected: p.Feel.Known()}
	p.Feel, p.FeelAt = score, now
	advice := JudgeStretch(StretchInput{Feel: score, Window: p.window()})
	e.Stretch = &advice
	c.raise(now, c.key("practice/%d/%d", p.N, advice.Alert), Alert{Level: advice.Alert, Intent: advice.Intent})
	if advice.Target == "none" && c.Held() == nil {
		e.Hold = c.startHold(Hold{
			Kind: HoldByRule, Intent: advice.Intent, Told: true, Until: now.Add(dayHold * time.Hour),
		}, now)
	}
	return e, nil
}

// StretchTarget is how strong the next stretch may feel, such as "4-5".
func (c *Course) StretchTarget(kind PracticeKind) string {
	this := Practice{Kind: kind}
	best := JudgeStretch(StretchInput{Feel: 0, Window: this.window()}).Target
	for i := len(c.Practices) - 1; i >= 0; i-- {
		p := &c.Practices[i]
		if p.Kind == Movement || !p.Feel.Known() {
			continue
		}
		advice := JudgeStretch(StretchInput{Feel: p.Feel, Window: p.window()})
		switch {
		case advice.Action == "EASE":
			return advice.Target
		case advice.Target == "none": // after the pause that it brought
			return stretchGentle
		}
		return best
	}
	return best
}

// StretchSeconds is the length of one hold for some targets: 30 seconds, and ten
// more after each day that went well for all of them, up to 60 (S-11; the steps
// are a default of ours). The gentle stretch stays at 30.
func (c *Course) StretchSeconds(kind PracticeKind, targets []int) int {
	const first, step, most = 30, 10, 60
	if kind == GentleStretch || len(targets) == 0 {
		return first
	}
	seconds := most
	for _, n := range targets {
		seconds = min(seconds, first+step*c.goodStretchDays(n))
	}
	return seconds
}

// goodStretchDays counts the days on which a target was stretched and the
// stretch did not feel too strong. The gentle one does not count.
func (c *Course) goodStretchDays(target int) int {
	days := 0
	var last Day
	for i := range c.Practices {
		p := &c.Practices[i]
		if p.Kind == GentleStretch || !p.Feel.Known() || p.Feel > releaseAt || !slices.Contains(p.Targets, target) {
			continue
		}
		if day := DayOf(p.FeelAt, c.Zone); day != last {
			last = day
			days++
		}
	}
	return days
}

// silentDays counts the days with stretch messages after the day on which the
// patient was last heard.
func (c *Course) silentDays() int {
	n := 0
	var last Day
	for i := range c.Practices {
		p := &c.Practices[i]
		if day := DayOf(p.AskedAt, c.Zone); p.AskedAt.After(c.HeardAt) && day != last && day != DayOf(c.HeardAt, c.Zone) {
			last = day
			n++
		}
	}
	return n
}

// silentAfter is the number of unanswered days, or workouts, from which messages
// come only twice a week; default of ours.
const silentAfter = 3
