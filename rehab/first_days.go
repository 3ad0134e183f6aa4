package rehab

import (
	"fmt"
	"iter"
	"slices"
	"time"
)

// The unloaded work: easy movement and the stretches of the first two days, and
// the daily stretch after them.

// mergeWithin is how far apart the stretch messages of two needlings may be due
// and still be one; default of ours.
const mergeWithin = 3 * time.Hour

// firstStep is one message after a needling and its window in hours since then
// (S-59 to S-61).
type firstStep struct {
	kind PromptKind
	name string
	at   HourWindow
}

func (h Hours) firstSteps() [3]firstStep {
	return [...]firstStep{
		{PromptMovement, "movement", h.Movement},
		{PromptGentle, "gentle", h.GentleStretch},
		{PromptStructured, "structured", h.StructuredStretch},
	}
}

func (s firstStep) window(needled time.Time) Window {
	return Window{needled.Add(s.at.From), needled.Add(s.at.Prefer), needled.Add(s.at.Until)}
}

// practiceNumber numbers the i-th first step of a needling.
func practiceNumber(needling, i int) int { return needling*10 + 1 + i }

// needling is the number of the needling whose first step p is.
func (p *Practice) needling() int { return p.N / 10 }

// firstDays are the movement message and the two stretches after every needling
// whose acute clock runs. What would be said twice within a few hours is said
// once, for all that was needled.
func (p *planner) firstDays() {
	needlings := p.acuteNeedlings()
	for i, s := range p.hours.firstSteps() {
		var said []time.Time // when a message of this kind is due
		for j, n := range needlings {
			w := s.window(n.At)
			if s.kind != PromptMovement && !p.stretches(n) || p.covered(s, n, w) || slices.ContainsFunc(said, w.Contains) {
				continue
			}
			if s.kind != PromptMovement {
				w.Due = s.together(w, needlings[j+1:])
			}
			floor := w.Earliest
			if s.kind == PromptMovement {
				// Movement may be early, because it is allowed from hour 0; a
				// stretch may only be late.
				floor = n.At
			}
			before := len(p.prompts)
			p.practice(s.kind, practiceNumber(n.N, i), fmt.Sprintf("needling/%d/%s", n.N, s.name), n.RecordedAt, w, floor, w.Latest)
			if len(p.prompts) > before {
				said = append(said, p.prompts[before].Due)
			}
		}
	}
}

// acuteNeedlings are those after which at least one target was not needled
// again, the earliest first.
func (c *Course) acuteNeedlings() []*Needling {
	var list []*Needling
	for i := range c.Needlings {
		n := &c.Needlings[i]
		if slices.ContainsFunc(n.Targets, func(t int) bool { return c.Target(t).LastNeedle.Equal(n.At) }) {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b *Needling) int { return a.At.Compare(b.At) })
	return list
}

// stretches reports whether anything is stretched after a needling.
func (c *Course) stretches(n *Needling) bool {
	return slices.ContainsFunc(n.Targets, func(number int) bool {
		t := c.Target(number)
		return !t.NoStretch && t.LastNeedle.Equal(n.At)
	})
}

// covered reports whether the message for another needling was sent inside the
// window of this one, and spoke for it too.
func (p *planner) covered(s firstStep, n *Needling, w Window) bool {
	return slices.ContainsFunc(p.Practices, func(x Practice) bool {
		return x.Kind == practiceOf[s.kind] && w.Contains(x.AskedAt) &&
			(x.Kind == Movement || slices.ContainsFunc(n.Targets, func(t int) bool { return slices.Contains(x.Targets, t) }))
	})
}

// together is when a step is due that can wait a little for that of a later
// needling.
func (s firstStep) together(w Window, later []*Needling) time.Time {
	due := w.Due
	for _, n := range later {
		if next := s.window(n.At).Due; next.Sub(w.Due) <= mergeWithin && next.Before(w.Latest) {
			due = next
		}
	}
	return due
}

// practice plans a movement or stretch message unless it was sent already. It
// does not come before what it is about was recorded or agreed to, nor before
// the word that a hold is over.
func (p *planner) practice(kind PromptKind, number int, key string, recorded time.Time, w Window, floor, ceiling time.Time) {
	if p.Practice(number) == nil {
		w.Due = later(w.Due, later(recorded, p.ConsentedAt))
		if h := p.lastReleased(); h != nil {
			w.Due = later(w.Due, h.ReleasedAt)
		}
		p.window(kind, number, key, w, floor, ceiling)
	}
}

// FirstStep is one step of the first two days as a clinician reads it.
type FirstStep struct {
	Kind PromptKind
	// From and Until are its window, Until excluded.
	From, Until time.Time
	// At is when its message comes, zero when none does.
	At time.Time
}

// FirstSteps are the movement and the stretches after the needling with number
// n, as they are planned at now.
func (c *Course) FirstSteps(n int, now time.Time) []FirstStep {
	needling := c.Needling(n)
	prompts := c.Prompts(now)
	var steps []FirstStep
	for i, s := range c.Protocol.Hours.firstSteps() {
		w := s.window(needling.At)
		step := FirstStep{Kind: s.kind, From: w.Earliest, Until: w.Latest}
		for _, p := range prompts {
			if p.Kind == s.kind && (p.N == practiceNumber(n, i) || step.At.IsZero() && w.Contains(p.Due)) {
				step.At = p.Due
			}
		}
		steps = append(steps, step)
	}
	return steps
}

// dailyStretch is one message a day until every target has reached P4 or K4,
// where stretching lives on the workout card. A day with a workout has none,
// unless that still waits for a stretch or for the safety check.
func (p *planner) dailyStretch() {
	wanted, waiting := false, false
	for i := range p.Targets {
		t := &p.Targets[i]
		waiting = waiting || t.awaitsStretch()
		switch t.Phase {
		case P3, K1, K2, K3:
			wanted = wanted || !t.NoStretch
		}
	}
	unchecked := !p.cleared() && p.stretches(p.LastNeedling())
	if !waiting && (!wanted && !unchecked || p.Silent >= silentAfter) {
		return
	}
	next, planned := p.nextWorkout(p.now)
	for day := range p.stretchDays() {
		due := p.hours.Stretch.On(day, p.Zone)
		until := p.hours.QuietFrom.On(day, p.Zone)
		if !waiting && (p.workoutOn(day) || planned && DayOf(next, p.Zone) == day) {
			if !unchecked {
				continue
			}
			until = due.Add(workoutGrace) // later it would get in the way of the check
		}
		if p.now.Before(until) {
			number := day.Year*10000 + int(day.Month)*100 + day.Date
			p.practice(PromptDaily, number, "stretch/"+day.String(), p.LastNeedling().RecordedAt, Window{due, due, until}, due, until)
			return
		}
	}
}

// stretchDays are the next three days on which a stretch may be asked for: from
// the second day after the needling on, and in the rhythm of the messages.
func (p *planner) stretchDays() iter.Seq[Day] {
	day := DayOf(p.LastNeedling().At.Add(p.hours.StructuredStretch.From), p.Zone).Plus(1)
	if last := p.lastStretchDay(); !last.before(day) {
		day = last.Plus(p.stretchEvery())
	}
	if today := DayOf(p.now, p.Zone); day.before(today) {
		day = today
	}
	return func(yield func(Day) bool) {
		for n := range 3 {
			if !yield(day.Plus(n)) {
				return
			}
		}
	}
}

func (p *planner) lastStretchDay() Day {
	for i := len(p.Practices) - 1; i >= 0; i-- {
		if x := &p.Practices[i]; x.Kind == DailyStretch || x.Kind == StructuredStretch {
			return DayOf(x.AskedAt, p.Zone)
		}
	}
	return Day{}
}

// stretchEvery is one day, and three or four in turn, twice a week, after
// silent days.
func (p *planner) stretchEvery() int {
	if p.Silence() {
		return 3 + p.silentDays()%2
	}
	return 1
}

// workoutOn reports whether a day belongs to a workout: one that was asked about,
// unless the gate has made a stretch of it, or was done.
func (p *planner) workoutOn(day Day) bool {
	for i := len(p.Workouts) - 1; i >= 0 && DayOf(p.Workouts[i].AskedAt, p.Zone) == day; i-- {
		if w := &p.Workouts[i]; w.Offer != OfferStretch && w.Offer != OfferWindow {
			return true
		}
	}
	last := p.LastTrained()
	return last != nil && DayOf(last.DoneAt, p.Zone) == day
}

// practiceReplies asks how strong a stretch felt, right after it was done.
func (p *planner) practiceReplies() {
	for i := range p.Practices {
		if x := &p.Practices[i]; x.Kind != Movement && x.Answer == practiceDone && !x.Feel.Known() {
			p.reply(PromptFeel, x.N, fmt.Sprintf("practice/%d/feel", x.N), x.AnsweredAt, replyGood)
		}
	}
}
