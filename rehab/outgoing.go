package rehab

import (
	"slices"
	"time"
)

// Level 3 goes out at once and every quarter of an hour, four times, and then to
// the owners; level 2 at once in the clinic's working hours, else in the
// morning, and once more after four working hours. Level 1 waits for the digest.
// Defaults of ours.
const (
	sameDayAgain = 4 * time.Hour
	alertEvery   = 15 * time.Minute
	alertTimes   = 4
	alertGood    = 24 * time.Hour
	clinicOpens  = TimeOfDay(8 * 60)
	clinicEnds   = TimeOfDay(20 * 60)
)

// clinicHours are the clinic's working hours.
var clinicHours = Hours{QuietFrom: clinicEnds, QuietUntil: clinicOpens}

func (p *planner) alerts() {
	for i := range p.Alerts {
		a := &p.Alerts[i]
		if !a.AckedAt.IsZero() {
			continue
		}
		switch a.Level {
		case AlertNow:
			for k := range alertTimes + 1 {
				at := a.RaisedAt.Add(time.Duration(k) * alertEvery)
				to, good := ToClinicians, alertEvery
				if k == alertTimes {
					to, good = ToOwners, alertGood
				}
				p.alert(a, k, to, at, good)
			}
		case AlertSameDay:
			asked := p.NextClinicHour(a.RaisedAt)
			p.alert(a, 0, ToClinicians, asked, alertGood)
			// A suggestion asks every morning; a closed chat is told of once; whoever
			// has released the patient since has seen it.
			if a.Intent != IntentSuggestion && a.Intent != IntentUnreachable && !p.releasedSince(a.RaisedAt) {
				p.alert(a, 1, ToClinicians, p.NextClinicHour(asked.Add(sameDayAgain)), alertGood)
			}
			if day := DayOf(a.RemindedAt, p.ClinicZone); !a.RemindedAt.IsZero() {
				at := clinicOpens.On(day, p.ClinicZone)
				p.alert(a, DayOf(asked, p.ClinicZone).until(day), ToClinicians, at, clinicEnds.On(day, p.ClinicZone).Sub(at))
			}
		}
	}
}

// releasedSince reports whether a clinician has released the patient after t.
func (c *Course) releasedSince(t time.Time) bool {
	last := c.lastReleased()
	return last != nil && last.ReleasedBy != 0 && last.ReleasedAt.After(t)
}

// NextClinicHour is the first moment from t on in the clinic's working hours,
// 08:00 to 20:00 of its own time; default of ours.
func (c *Course) NextClinicHour(t time.Time) time.Time {
	return clinicHours.nextAwake(t, c.ClinicZone)
}

func (p *planner) alert(a *Alert, k int, to Audience, at time.Time, good time.Duration) {
	w := Window{at, at, at.Add(good)}
	if p.now.Before(w.Latest) {
		p.prompts = append(p.prompts, Prompt{
			Key: p.key("alert/%d/%d", a.N, k), Kind: PromptAlert, N: a.N, Window: w, Lane: LaneReply, To: to,
		})
	}
}

// Milestones are days after the first needling from which M1 to M4 may be
// mentioned.
type Milestones [4]int

// ArticleMilestones are the days of S-80 to S-83.
var ArticleMilestones = Milestones{2, 14, 42, 56}

// Riders says what may ride along on a message that is due anyway: a milestone
// that has been reached (1 to 4, else 0; none while the patient is silent), and the
// weekly line that this is not for emergencies.
func (c *Course) Riders(kind PromptKind, now time.Time) (milestone int, notForEmergencies bool) {
	if kind != PromptBefore && kind != PromptDaily || len(c.Targets) == 0 {
		return 0, false
	}
	day := hours(now.Sub(c.Needlings[0].At)) / 24
	days := c.Protocol.Milestones
	if days == (Milestones{}) {
		days = ArticleMilestones
	}
	for i, from := range days {
		if day >= from && c.Milestone <= i && !c.Silence() {
			milestone = i + 1
		}
	}
	return milestone, now.Sub(c.ReminderAt) >= 7*24*time.Hour
}

// rideAlong notes what a message that was sent carried besides its own.
func (c *Course) rideAlong(p Prompt, now time.Time) {
	milestone, reminder := c.Riders(p.Kind, now)
	if milestone > 0 {
		c.Milestone = milestone
	}
	if reminder || p.Kind == PromptWelcome {
		c.ReminderAt = now
	}
}

// Sendable finds the prompt that a delivery stands for and says whether it may
// go out now; otherwise the reason, in a few words for the timeline. A prompt
// whose moment has moved is returned with its new window and reason "later".
func (c *Course) Sendable(key string, now time.Time) (Prompt, string) {
	plan := c.plan(now)
	for _, p := range plan.prompts {
		if p.Key != key {
			continue
		}
		switch {
		case now.Before(p.Due):
			return p, "later"
		case !now.Before(p.Latest):
			return p, "window passed"
		}
		return p, ""
	}
	if slices.Contains(plan.crowded, key) {
		return Prompt{}, "enough messages that day"
	}
	return Prompt{}, c.unwanted()
}

func (c *Course) unwanted() string {
	switch {
	case !c.StoppedAt.IsZero():
		return "stopped"
	case !c.DischargedAt.IsZero():
		return "discharged"
	case c.Held() != nil:
		return "on hold"
	case c.Cause != "":
		return c.Cause
	}
	return "no longer planned"
}
