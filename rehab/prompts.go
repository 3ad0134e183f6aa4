package rehab

import (
	"fmt"
	"time"
)

// Who is told what, and when: this file lists every message that a course plans.
// The windows of the first two days are worked out in first_days.go, what a
// clinician has granted in proposal.go; outgoing.go plans the alerts and judges
// whether something may still go out.

// dailyLimit is the number of timed messages that one patient gets on one day
// at the most; reminders leave the last place to the pain after two hours.
// Default of ours.
const (
	dailyLimit    = 4
	remindersUpTo = 3
)

// counted kinds are the timed ones that count against the daily limit.
func (k PromptKind) counted() bool {
	switch k {
	case PromptMovement, PromptGentle, PromptStructured, PromptDaily, PromptSafetyCheck, PromptBefore,
		PromptBeforeAgain, PromptCardAgain, PromptTwoHour, PromptNext, PromptHoldAsk, PromptClosing:
		return true
	}
	return false
}

// reminds reports whether a kind only repeats a question: in the rhythm of twice a
// week there are none.
func (k PromptKind) reminds() bool { return k == PromptBeforeAgain || k == PromptCardAgain }

// planner collects the prompts of one course as seen from now.
type planner struct {
	*Course
	now     time.Time
	hours   Hours
	prompts []Prompt
	// crowded are the keys of messages for which their day has no room.
	crowded []string
}

// Prompts returns everything that the course wants said as things stand, now or
// later. It changes nothing. A prompt that was sent may appear again: its key
// tells.
func (c *Course) Prompts(now time.Time) []Prompt { return c.plan(now).prompts }

func (c *Course) plan(now time.Time) *planner {
	p := &planner{Course: c, now: now}
	p.patient()
	p.alerts() // after it: who is in danger reads what to do first
	return p
}

// patient plans what the patient is told.
func (p *planner) patient() {
	c := p.Course
	if c.Protocol == nil || c.ConsentedAt.IsZero() {
		return
	}
	p.hours = c.Protocol.Hours
	if over := c.overSince(); !over.IsZero() {
		p.over(over)
		return
	}
	if len(c.Needlings) == 0 {
		return
	}
	p.welcome()
	p.holds()
	p.safety()
	p.practiceReplies()
	p.workoutQuestions()
	if c.Held() == nil {
		p.newLoads()
		p.firstDays()
		p.dailyStretch()
		p.workout()
	}
}

// timed plans a message for the waking moment nearest to due inside
// [due, latest).
func (p *planner) timed(kind PromptKind, n int, key string, due, latest time.Time) {
	p.window(kind, n, key, Window{due, due, latest}, due, latest)
}

// window plans a message for the waking moment nearest to w.Due inside w, or
// else outside of it between floor and ceiling.
func (p *planner) window(kind PromptKind, n int, key string, w Window, floor, ceiling time.Time) {
	fitted, ok := p.hours.fit(w, floor, ceiling, p.now, p.Zone)
	if !ok || kind.reminds() && p.Silent >= silentAfter {
		return
	}
	if kind.counted() && p.full(kind, n, fitted.Due) {
		p.crowded = append(p.crowded, p.key("%s", key))
		return
	}
	p.prompts = append(p.prompts, Prompt{Key: p.key("%s", key), Kind: kind, N: n, Window: fitted, Lane: LaneTimed})
}

// full reports whether the day of a message has had enough of them.
func (p *planner) full(kind PromptKind, n int, due time.Time) bool {
	limit := dailyLimit
	if kind.reminds() || kind == PromptBefore && p.Workout(n) != nil {
		limit = remindersUpTo
	}
	return DayOf(due, p.Zone) == p.PromptDay && p.PromptCount >= limit
}

// reply plans an answer to something that the patient has just done: the person
// is awake, so that it goes at once, at any hour, until latest.
func (p *planner) reply(kind PromptKind, n int, key string, since time.Time, good time.Duration) {
	w := Window{since, since, since.Add(good)}
	if p.now.Before(w.Latest) { // clocks differ a little, so that now may be before since
		p.prompts = append(p.prompts, Prompt{Key: p.key("%s", key), Kind: kind, N: n, Window: w, Lane: LaneReply})
	}
}

// replyGood is how long an answer to a person is worth sending; default of ours.
const replyGood = 12 * time.Hour

// welcome is said at once after a needling; when the patient agreed only after
// it was recorded, right after that.
func (p *planner) welcome() {
	n := p.LastNeedling()
	if !n.WelcomeAt.IsZero() || p.openSafety() != nil {
		return
	}
	key := fmt.Sprintf("needling/%d/welcome", n.N)
	if p.ConsentedAt.After(n.RecordedAt) {
		p.reply(PromptWelcome, n.N, key, p.ConsentedAt, replyGood)
		return
	}
	p.timed(PromptWelcome, n.N, key, n.RecordedAt, n.RecordedAt.Add(24*time.Hour))
}

// workout plans the questions up to the exercise card.
func (p *planner) workout() {
	w := p.Current()
	if w == nil {
		p.plannedWorkout()
		return
	}
	if w.Status != "" {
		return
	}
	day := DayOf(w.AskedAt, p.Zone)
	evening := p.hours.LastAnswer.On(day, p.Zone)
	switch {
	case !w.CardAt.IsZero():
		p.card(w, evening)
	case w.AskUsual:
		p.reply(PromptUsual, w.N, fmt.Sprintf("workout/%d/usual", w.N), w.BeforeAt, replyGood)
	case !w.Before.Known():
		asked := w.AskedAt
		if at := p.clearedAt(); w.Safety && p.cleared() {
			p.reply(PromptBefore, w.N, fmt.Sprintf("workout/%d/before/%s", w.N, day), at, replyGood)
			asked = later(asked, at)
		}
		if remind := asked.Add(remindAfter); !w.Reminded && remind.Before(evening) {
			p.timed(PromptBeforeAgain, w.N, fmt.Sprintf("workout/%d/before/%s/again", w.N, day), remind, evening)
		}
	}
}

// plannedWorkout plans the first question of the next workout: after a needling
// the safety check, otherwise the pain before.
func (p *planner) plannedWorkout() {
	at, ok := p.nextWorkout(p.now)
	if !ok || !at.Before(p.endsAt()) {
		return
	}
	n, day := len(p.Workouts)+1, DayOf(at, p.Zone)
	kind, name := PromptBefore, "before"
	if !p.cleared() {
		kind, name = PromptSafetyCheck, "safety"
	}
	p.timed(kind, n, fmt.Sprintf("workout/%d/%s/%s", n, name, day), at, p.lastStart(day))
}

// card shows the exercise at once; after two hours it reminds, and after three
// the pain before is asked again.
func (p *planner) card(w *Workout, evening time.Time) {
	day := DayOf(w.AskedAt, p.Zone)
	key := fmt.Sprintf("workout/%d/card/%d", w.N, w.CardAt.Unix())
	if w.Cards > 1 { // an answer can be changed within a second
		key += fmt.Sprintf("/%d", w.Cards)
	}
	p.reply(PromptCard, w.N, key, w.CardAt, cardGood)
	if remind := w.CardAt.Add(remindAfter); !w.CardNudged && remind.Before(evening) {
		p.timed(PromptCardAgain, w.N, fmt.Sprintf("workout/%d/card/again", w.N), remind, earlier(evening, w.CardAt.Add(cardGood)))
	}
	if again := w.CardAt.Add(cardGood); !again.After(p.hours.LastWorkout.On(day, p.Zone)) {
		p.timed(PromptBefore, w.N, fmt.Sprintf("workout/%d/before/%s/%d", w.N, day, w.CardAt.Unix()), again, evening)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// workoutQuestions are what follows a workout: they go on during a hold, for
// the exercise behind them is over, but not once a safety list is open.
func (p *planner) workoutQuestions() {
	w := p.Current()
	if w == nil || p.openSafety() != nil {
		return
	}
	if w.WhyAsked {
		p.reply(PromptWhy, w.N, fmt.Sprintf("workout/%d/why", w.N), p.HeardAt, replyGood)
	}
	if w.AskFinish {
		p.reply(PromptFinish, w.N, fmt.Sprintf("workout/%d/finish", w.N), p.HeardAt, replyGood)
	}
	if w.DoneAt.IsZero() {
		return
	}
	if w.AskWeight {
		p.reply(PromptWeight, w.N, fmt.Sprintf("workout/%d/weight", w.N), later(w.DoneAt, p.HeardAt), replyGood)
	}
	if !w.After.Known() {
		p.reply(PromptAfter, w.N, fmt.Sprintf("workout/%d/after", w.N), w.DoneAt, replyGood)
	}
	if ask := p.Extras(w); w.After.Known() && (ask.Quality || ask.Reserve || ask.Feared) {
		p.reply(PromptExtras, w.N, fmt.Sprintf("workout/%d/extras", w.N), w.AfterAt, replyGood)
	}
	if at, ok := p.TwoHourAt(w); ok && !w.TwoHour.Known() {
		p.timed(PromptTwoHour, w.N, fmt.Sprintf("workout/%d/two_hour", w.N), at,
			earlier(w.DoneAt.Add(twoHourUntil), p.hours.QuietFrom.On(DayOf(at, p.Zone), p.Zone)))
	}
	if !w.Next.Known() {
		closes, _ := p.closesAt(w)
		p.timed(PromptNext, w.N, fmt.Sprintf("workout/%d/next", w.N), p.nextAt(w), closes)
	}
}

// Extras says which optional questions follow the pain right after a workout,
// two at the most.
func (c *Course) Extras(w *Workout) (ask struct{ Quality, Reserve, Feared bool }) {
	ask.Quality = w.After >= sharpLimit || w.After > w.Before
	for _, e := range w.Exercises {
		switch e.Phase {
		case P4, P5, P6, P7:
			ask.Reserve = true
		case K4:
			ask.Reserve, ask.Feared = true, !ask.Quality
		case K1, K2, K3, K5:
			ask.Feared = true
		}
	}
	ask.Feared = ask.Feared && !(ask.Quality && ask.Reserve)
	return ask
}

// TwoHourAt is when the pain two hours after a workout is asked. When that is
// asleep but half an hour earlier is not, then; when both are asleep ok is
// false, and a number that the patient sends unasked is the answer.
func (c *Course) TwoHourAt(w *Workout) (at time.Time, ok bool) {
	h := c.Protocol.Hours
	for _, wait := range []time.Duration{twoHours, twoHourFrom} {
		if at = w.DoneAt.Add(wait); h.awake(at, c.Zone) {
			return at, true
		}
	}
	return time.Time{}, false
}

// TwoHourByText is when a number that is sent unasked counts as the answer two
// hours after a workout.
func (c *Course) TwoHourByText(w *Workout) (from, until time.Time) {
	return w.DoneAt.Add(twoHours), w.DoneAt.Add(twoHourUntil)
}

// nextAt is the patient's next morning after a workout, and not sooner than 12
// hours after it.
func (c *Course) nextAt(w *Workout) time.Time {
	h := c.Protocol.Hours
	morning := h.QuietUntil.On(DayOf(w.DoneAt, c.Zone).Plus(1), c.Zone)
	return h.nextAwake(later(morning, w.DoneAt.Add(nextNotBefore)), c.Zone)
}

// holds tells of a hold, asks about its end, and tells of its release.
func (p *planner) holds() {
	for i := range p.Holds {
		if h := &p.Holds[i]; h.Active() && !h.Told {
			p.timed(PromptHoldStarted, h.N, fmt.Sprintf("hold/%d/started", h.N), h.From, h.From.Add(24*time.Hour))
		}
	}
	h := p.Held()
	if last := p.lastReleased(); h == nil && last != nil && last.ReleasedBy != 0 {
		at := last.ReleasedAt
		p.timed(PromptHoldReleased, last.N, fmt.Sprintf("hold/released/%d", at.Unix()), at, at.Add(24*time.Hour))
	}
	if h == nil || h.Clearance || h.Until.IsZero() || h.Asked >= holdAsksMost {
		return
	}
	at := p.hours.nextAwake(h.Until, p.Zone)
	if h.Asked > 0 {
		at = p.hours.QuietUntil.On(DayOf(h.AskedAt, p.Zone).Plus(1), p.Zone)
	}
	for !p.now.Before(p.hours.QuietFrom.On(DayOf(at, p.Zone), p.Zone)) {
		at = p.hours.QuietUntil.On(DayOf(at, p.Zone).Plus(1), p.Zone)
	}
	day := DayOf(at, p.Zone)
	p.timed(PromptHoldAsk, h.N, fmt.Sprintf("hold/%d/ask/%d/%s", h.N, h.Until.Unix(), day), at, p.hours.QuietFrom.On(day, p.Zone))
}

// lastReleased is the hold that was lifted last, or nil; of several that were
// lifted together, one.
func (c *Course) lastReleased() *Hold {
	var last *Hold
	for i := range c.Holds {
		if h := &c.Holds[i]; !h.Active() && (last == nil || h.ReleasedAt.After(last.ReleasedAt)) {
			last = h
		}
	}
	return last
}

// safety shows the list of symptoms at once, and what to do after a choice.
func (p *planner) safety() {
	h := p.openSafety()
	switch {
	case h == nil:
	case h.Choice == ChoiceOpen:
		p.reply(PromptSafetyList, h.N, fmt.Sprintf("hold/%d/list", h.N), h.From, replyGood)
	case !h.ChosenAt.IsZero():
		p.reply(PromptSafetyText, h.N, fmt.Sprintf("hold/%d/text/%s", h.N, h.Choice), h.ChosenAt, replyGood)
	}
}

// overSince is when exercise ended for the first reason that there was; zero while
// the course goes on.
func (c *Course) overSince() (at time.Time) {
	for _, t := range []time.Time{c.StoppedAt, c.DischargedAt, c.EndedAt} {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}

// over ends the course with a last message, unless somebody wanted none. Whoever
// named a sign of danger just before still reads what to do.
func (p *planner) over(since time.Time) {
	if h := p.openSafety(); h != nil && later(h.From, h.ChosenAt).Before(since) {
		p.safety()
	}
	if p.StoppedAt.IsZero() && p.DischargedAt.IsZero() {
		p.timed(PromptClosing, 0, "closing", p.EndedAt, p.EndedAt.Add(48*time.Hour))
	}
}
