package bot

import (
	"strings"

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

// today says what is due, and shows what waits for the patient once more.
func (t *turn) today() {
	v := t.bot.voiceFor(t)
	text := t.text("today.empty")
	switch next := v.next(); {
	case t.course.Held() != nil:
		text = t.text("hold.no_workout")
	case t.openCard() != nil:
		words := v.card(t.openCard())
		t.say(words)
		t.fail(v.err)
		return
	case next != "":
		text = t.text("today", "what", next)
	}
	t.say(body{Text: text, Rows: t.menuRows()})
	t.fail(v.err)
}

// openCard is the workout whose card waits to be answered.
func (t *turn) openCard() *rehab.Workout {
	if w := t.course.Current(); w != nil && !w.CardAt.IsZero() && w.Status == "" {
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

// currentRows marks the rows of the timeline at which the course stands: by the
// acute clock in the first two days, then by the phase of each target.
func currentRows(c *rehab.Course, hoursSince int) map[rehab.Phase]bool {
	current := map[rehab.Phase]bool{}
	switch {
	case len(c.Targets) == 0:
	case hoursSince < rehab.P1.FloorH():
		current[rehab.P0] = true
	case hoursSince < rehab.P2.FloorH():
		current[rehab.P1] = true
	case hoursSince < rehab.P3.FloorH():
		current[rehab.P2] = true
	default:
		for _, target := range c.Targets {
			current[rowOf(target.Phase)] = true
		}
	}
	return current
}

// plan shows the seven rows with the current one marked, the graded step, and
// what comes next.
func (t *turn) plan() {
	hours := 0
	if n := t.course.LastNeedling(); n != nil {
		hours = int(t.now.Sub(n.At).Hours())
	}
	current := currentRows(t.course, hours)
	lines := []string{t.text("plan.head")}
	for _, r := range t.bot.content.Timeline() {
		key := "plan.row"
		if current[r.Phase] {
			key = "plan.row.current"
		}
		lines = append(lines, t.text(key, "row", content.HTML(r.Plain)))
	}
	if t.course.Track == rehab.Graded && len(t.course.Targets) > 0 {
		if step, ok := t.bot.content.GradedStep(t.course.Targets[0].Phase); ok {
			lines = append(lines, t.text("plan.row.current", "row", content.HTML(step.Title)))
		}
	}
	v := t.bot.voiceFor(t)
	if next := v.next(); next != "" && t.course.Held() == nil {
		lines = append(lines, t.text("today", "what", next))
	}
	t.fail(v.err)
	t.say(body{Text: strings.Join(lines, "\n"), Rows: t.menuRows()})
}

// why repeats the last decision in words.
func (t *turn) why() {
	for i := len(t.course.Workouts) - 1; i >= 0; i-- {
		w := &t.course.Workouts[i]
		if w.Postponed || w.ClosedAt.IsZero() || len(w.Exercises) == 0 {
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
	t.say(body{Text: t.text(key), Rows: rows})
}

func (t *turn) faqAnswer(id string) {
	for _, q := range t.bot.content.FAQ() {
		if q.ID == id {
			t.say(body{Text: "<b>" + q.Title + "</b>\n" + q.Text, Rows: row(t.label("faq", "menu", 0, "faq"))})
			return
		}
	}
	t.stale()
}

func (t *turn) commandList(names []string) content.HTML {
	var lines []string
	for _, name := range names {
		lines = append(lines, "/"+name+" – "+t.text("command."+name))
	}
	return content.HTML(strings.Join(lines, "\n"))
}
