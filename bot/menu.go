package bot

import (
	"strings"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// menu are the buttons that lead to what a patient can look up.
func (t *turn) menu(value string) {
	kind, id, _ := strings.Cut(value, ":")
	switch kind {
	case "today":
		t.today()
	case "plan":
		t.plan()
	case "why":
		t.why()
	case "faq":
		if id == "" {
			t.faq("")
			return
		}
		t.faqAnswer(id)
	case "learn":
		t.learn(id)
	default:
		t.stale()
	}
}

func (t *turn) menuRows() [][]button {
	return [][]button{
		{t.label("plan", "menu", 0, "plan"), t.label("why", "menu", 0, "why"), t.label("faq", "menu", 0, "faq")},
		{t.wrongButton()},
	}
}

// today shows what waits for the patient once more, or says what is due next.
func (t *turn) today() {
	v := t.bot.voiceFor(t)
	words := body{Text: t.due(v), Rows: t.menuRows()}
	q := t.course.TypedQuestion(t.now)
	asked := q == t.course.Open || q == t.course.Interrupted(t.now)
	switch w := t.openCard(); {
	case w != nil && t.course.Held() == nil:
		words = v.card(w)
	case asked && questionText[q.Kind] != "":
		words = body{Text: t.text(questionText[q.Kind]), Rows: t.questionRows(q)}
	case t.course.AwaitsCheck():
		words = v.safetyCheck(t.course.Current().N)
	}
	t.say(words)
	t.fail(v.err)
}

// due says what comes next, or why nothing does.
func (t *turn) due(v *voice) string {
	next := v.next()
	switch held := t.course.Held(); {
	case !t.course.StoppedAt.IsZero():
		return t.text("stop.now")
	case held != nil && choiceIsWarning(held.Choice):
		return t.text("hold.no_exercise")
	case held != nil:
		return joined(t.text("hold.no_workout"), v.holdLine(held))
	case next == "":
		return t.text("today.empty")
	}
	return t.text("today", "what", next)
}

func choiceIsWarning(c rehab.SafetyChoice) bool {
	return c == rehab.ChoiceUrgent || c == rehab.ChoiceEmergency
}

// openCard is the workout whose card waits to be answered.
func (t *turn) openCard() *rehab.Workout {
	if w := t.course.Current(); w != nil && !w.CardAt.IsZero() && w.Status == "" && !w.Reasked {
		return w
	}
	return nil
}

// rowOf says which row of the timeline a phase belongs to; P7 lies behind the
// last one.
func rowOf(phase rehab.Phase) rehab.Phase {
	switch phase {
	case rehab.K1, rehab.K2, rehab.K3:
		return rehab.P3
	case rehab.K4:
		return rehab.P4
	case rehab.K5, rehab.P7:
		return rehab.P6
	}
	return phase
}

// behindRows reports whether a target has left the last row of the timeline
// behind: from day 56 on (S-83).
func behindRows(target *rehab.Target, now time.Time) bool {
	return (target.Phase == rehab.P7 || target.Phase == rehab.K5) && daysSince(target.FirstNeedle, now) >= 56
}

// currentRows marks the rows of the timeline at which the course stands: by the
// acute clock in the first two days, then by the phase of each target. behind says
// that some target has left the last row behind.
func currentRows(c *rehab.Course, hoursSince int, now time.Time) (current map[rehab.Phase]bool, behind bool) {
	current = map[rehab.Phase]bool{}
	switch {
	case len(c.Targets) == 0:
	case hoursSince < rehab.P1.FloorH():
		current[rehab.P0] = true
	case hoursSince < rehab.P2.FloorH():
		current[rehab.P1] = true
	case hoursSince < rehab.P3.FloorH():
		current[rehab.P2] = true
	default:
		for i := range c.Targets {
			if behindRows(&c.Targets[i], now) {
				behind = true
				continue
			}
			current[rowOf(c.Targets[i].Phase)] = true
		}
	}
	return current, behind
}

// plan shows the seven rows with the current one marked, the graded step, and
// what comes next.
func (t *turn) plan() {
	hours := 0
	if n := t.course.LastNeedling(); n != nil {
		hours = int(t.now.Sub(n.At).Hours())
	}
	current, behind := currentRows(t.course, hours, t.now)
	lines := []string{t.text("plan.head")}
	for _, r := range t.bot.content.Timeline() {
		key := "plan.row"
		if current[r.Phase] {
			key = "plan.row.current"
		}
		lines = append(lines, t.text(key, "row", content.HTML(r.Plain)))
	}
	if behind {
		lines = append(lines, t.text("plan.row.current", "row", content.HTML(t.text("plan.after"))))
	}
	if t.course.Track == rehab.Graded && len(t.course.Targets) > 0 {
		if step, ok := t.bot.content.GradedStep(t.course.Targets[0].Phase); ok {
			lines = append(lines, t.text("plan.row.current", "row", content.HTML(step.Title)))
		}
	}
	v := t.bot.voiceFor(t)
	lines = append(lines, t.due(v))
	t.fail(v.err)
	t.say(body{Text: strings.Join(lines, "\n"), Rows: t.menuRows()})
}

// why repeats the last decision in words.
func (t *turn) why() {
	for i := len(t.course.Workouts) - 1; i >= 0; i-- {
		w := &t.course.Workouts[i]
		if w.ClosedAt.IsZero() || len(w.Exercises) == 0 || w.Exercises[0].Decision == nil {
			continue
		}
		v := t.bot.voiceFor(t)
		t.say(body{Text: v.decision(w)})
		t.fail(v.err)
		return
	}
	t.line("why.none")
}

// faq answers words, or offers the questions.
func (t *turn) faq(words string) {
	found := t.bot.content.FindFAQ(words)
	switch {
	case words != "" && len(found) == 1:
		t.faqAnswer(found[0].ID)
		return
	case words == "" || len(found) == 0:
		found = t.bot.content.FAQ()
	}
	key := "faq.head"
	if words != "" && len(found) == len(t.bot.content.FAQ()) {
		key = "faq.none"
	}
	var rows [][]button
	for _, q := range found {
		rows = append(rows, []button{{Label: q.Button, Verb: "menu", Value: "faq:" + q.ID}})
	}
	t.say(body{Text: t.text(key), Rows: append(rows, row(t.label("learn", "menu", 0, "learn"))...)})
}

func (t *turn) faqAnswer(id string) {
	for _, q := range t.bot.content.FAQ() {
		if q.ID == id {
			text := "<b>" + q.Title + "</b>\n" + q.Text
			if id == "gym" {
				text = joined(text, t.gym())
			}
			t.say(body{Text: text, Rows: row(t.label("faq", "menu", 0, "faq"))})
			return
		}
	}
	t.stale()
}

// gym says what holds for this patient now: the first day, the second, and
// later, when the card names the weight (S-89).
func (t *turn) gym() string {
	n := t.course.LastNeedling()
	if n == nil || !t.course.Running() {
		return ""
	}
	wait := func(hours int) string {
		return clockTime(n.At.Add(time.Duration(hours)*time.Hour), t.now, t.course.Zone)
	}
	switch since := t.now.Sub(n.At); {
	case since < wholeBodyRest:
		return t.text("gym.first_day", "until", wait(rehab.P2.FloorH()))
	case since < time.Duration(rehab.P3.FloorH())*time.Hour:
		return t.text("gym.second_day", "muscle", content.HTML(t.targetNames(t.course, n)), "until", wait(rehab.P3.FloorH()))
	}
	return t.text("gym.later", "muscle", content.HTML(t.targetNames(t.course, n)))
}

func (t *turn) commandList(names []string) content.HTML {
	var lines []string
	for _, name := range names {
		lines = append(lines, "/"+name+" – "+t.text("command."+name))
	}
	return content.HTML(strings.Join(lines, "\n"))
}
