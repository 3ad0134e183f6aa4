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
	for i := range c.Targets {
		if t := &c.Targets[i]; t.StretchedAt.IsZero() && !p.AskedAt.Before(t.LastNeedle) {
			t.StretchedAt = now
		}
	}
	return nil
}

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
		if advice.Action == "EASE" {
			return advice.Target
		}
		return best
	}
	return best
}

// StretchSeconds is the length of one hold: 30 seconds, and ten more after each
// day that went well, up to 60 (S-11; the steps are a default of ours). The
// gentle stretch stays at 30.
func (c *Course) StretchSeconds(kind PracticeKind) int {
	seconds := 30
	if kind == GentleStretch {
		return seconds
	}
	var last Day
	for i := range c.Practices {
		p := &c.Practices[i]
		if p.Kind == Movement || p.Kind == GentleStretch || !p.Feel.Known() || p.Feel > releaseAt {
			continue
		}
		if day := DayOf(p.FeelAt, c.Zone); day != last {
			last = day
			seconds = min(seconds+10, 60)
		}
	}
	return seconds
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
