package bot

import (
	"slices"
	"strings"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// oldestNeedling is how long ago a needling may be that is recorded now: after
// twelve weeks the course is over.
const oldestNeedling = 84 * 24 * time.Hour

// sessionPatient records a needling of the patient at hand from the fields after
// the name, or asks for them one by one.
func (t *turn) sessionPatient(rest string) {
	if rest == "" {
		t.sessionStep(form{Command: "session", Patient: t.patient.ID}, "")
		return
	}
	n, ok := t.readSession(rest)
	if !ok || !t.acceptNeedling(n) {
		return
	}
	if !t.course.DischargedAt.IsZero() || !t.course.EndedAt.IsZero() {
		t.newCourse()
	}
	needling := t.course.Needle(n, t.now)
	t.confirmSession(needling)
}

// newCourse begins a new course after one that ended. The agreement stands.
func (t *turn) newCourse() {
	protocol := t.bot.content.Protocol()
	old := t.course
	t.course = rehab.NewCourse(t.patient.ID, &protocol, old.Zone, old.ClinicZone)
	t.course.ConsentedAt = old.ConsentedAt
	t.fail(t.tx.NewCourse(t.patient.ID, t.course))
}

// readSession reads the fields of a one-line /session. The optional ones are
// known by their shape and come in any order.
func (t *turn) readSession(rest string) (n rehab.NewNeedling, ok bool) {
	n = rehab.NewNeedling{At: t.now, By: t.clinician.ID}
	muscles := ""
	for _, f := range fields(rest) {
		grams, unit, loadErr := rehab.ParseLoad(f)
		at, isTime := readWhen(f, t.now, t.bot.set.ClinicZone)
		switch lower := strings.ToLower(f); {
		case lower == "graded" || lower == "standard":
			n.Graded = lower == "graded"
		case lower == "extensive":
			n.Extensive = true
		case isTime:
			n.At = at
		case loadErr == nil:
			n.UsualG, n.Unit = grams, unit
		case timeLike.MatchString(f):
			t.line("session.when", "field", f)
			return n, false
		case muscles == "":
			muscles = f
		default:
			t.line("session.field", "field", f)
			return n, false
		}
	}
	n.Targets, ok = t.readTargets(muscles)
	return n, ok
}

// readTargets reads "upper trapezius left + QL both".
func (t *turn) readTargets(text string) ([]rehab.NeedledTarget, bool) {
	var targets []rehab.NeedledTarget
	for part := range strings.SplitSeq(text, "+") {
		words := strings.Fields(part)
		if len(words) < 2 {
			t.line("session.muscle", "names", t.muscleNames())
			return nil, false
		}
		side := strings.ToLower(words[len(words)-1])
		sides := map[string][]rehab.Side{
			"left": {rehab.Left}, "right": {rehab.Right}, "both": {rehab.Left, rehab.Right},
		}[side]
		if sides == nil {
			t.line("session.side")
			return nil, false
		}
		found := t.bot.content.FindMuscle(strings.Join(words[:len(words)-1], " "))
		if len(found) != 1 {
			t.line("session.muscle", "names", t.muscleNames())
			return nil, false
		}
		for _, s := range sides {
			target := rehab.NeedledTarget{Muscle: found[0].ID, Side: s}
			if !slices.Contains(found[0].Sides, s) {
				t.line("session.side")
				return nil, false
			}
			if !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
		}
	}
	return targets, true
}

func (t *turn) muscleNames() string {
	var names []string
	for _, m := range t.bot.content.Muscles() {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

// acceptNeedling refuses times that cannot be and a needling that was recorded
// already.
func (t *turn) acceptNeedling(n rehab.NewNeedling) bool {
	switch {
	case n.At.After(t.now):
		t.line("session.future")
		return false
	case t.now.Sub(n.At) > oldestNeedling:
		t.line("session.old")
		return false
	}
	for _, target := range t.course.Targets {
		same := slices.Contains(n.Targets, rehab.NeedledTarget{Muscle: target.Muscle, Side: target.Side})
		if apart := n.At.Sub(target.LastNeedle); same && apart < time.Hour {
			t.line("session.twice", "when", clockTime(target.LastNeedle, t.now, t.course.Zone))
			return false
		}
	}
	return true
}

// confirmSession answers with the windows of the plan in the patient's time.
func (t *turn) confirmSession(n *rehab.Needling) {
	v := t.bot.voiceFor(t)
	h := t.course.Protocol.Hours
	var lines, passed []string
	for _, w := range []struct {
		name string
		at   rehab.HourWindow
	}{{"what.movement", h.Movement}, {"what.gentle", h.GentleStretch}, {"what.structured", h.StructuredStretch}} {
		from, until := n.At.Add(w.at.From), n.At.Add(w.at.Until)
		if !until.After(t.now) {
			passed = append(passed, t.text(w.name))
			continue
		}
		lines = append(lines, t.text("session.window", "what", t.text(w.name), "from", v.when(from), "until", v.when(until)))
	}
	if at, ok := t.firstWorkout(); ok {
		lines = append(lines, t.text("session.first_load", "when", v.when(at)))
	}
	if len(passed) > 0 {
		lines = append(lines, t.text("session.passed", "what", strings.Join(passed, ", ")))
	}
	if t.course.ConsentedAt.IsZero() {
		lines = append(lines, t.text("session.noconsent", "name", t.patient.Name))
	}
	t.say(body{Text: t.text("session.recorded", "name", t.patient.Name, "targets", t.targetNames(n),
		"when", v.when(n.At), "windows", content.HTML(strings.Join(lines, "\n")))})
	t.fail(v.err)
}

func (t *turn) targetNames(n *rehab.Needling) string {
	var names []string
	for _, number := range n.Targets {
		target := t.course.Target(number)
		m, _ := t.bot.content.Muscle(target.Muscle)
		names = append(names, m.Name+" "+t.text("side."+string(target.Side)))
	}
	return strings.Join(names, ", ")
}

// firstWorkout is when the first workout can be, supposing that a stretch is
// done by then.
func (t *turn) firstWorkout() (time.Time, bool) {
	supposed := *t.course
	supposed.Targets = slices.Clone(t.course.Targets)
	for i := range supposed.Targets {
		if target := &supposed.Targets[i]; target.StretchedAt.IsZero() {
			target.StretchedAt = target.LastNeedle
		}
	}
	if supposed.ConsentedAt.IsZero() {
		supposed.ConsentedAt = t.now
	}
	return supposed.NextWorkout(t.now)
}

// sessionStep goes through the guided form: it notes the value of the step that
// was open, if it can be read, and asks for the next one.
func (t *turn) sessionStep(f form, value string) {
	next, ok := t.readStep(&f, strings.TrimSpace(value))
	if !ok {
		return
	}
	if next == "end" {
		t.fail(t.tx.SetForm(t.chat, nil))
		t.sessionPatient(strings.Join(f.Fields, ", "))
		return
	}
	f.Step = next
	t.openForm(f)
	t.askStep(next)
}

// readStep checks one value of the form and says which step comes next.
func (t *turn) readStep(f *form, value string) (next string, ok bool) {
	skip := value == "skip"
	switch f.Step {
	case "":
		return "muscle", true
	case "muscle":
		if len(t.bot.content.FindMuscle(value)) != 1 {
			t.line("session.muscle", "names", t.muscleNames())
			return "", false
		}
		f.Fields = []string{value}
		return "side", true
	case "side":
		if _, ok := t.readTargets(f.Fields[0] + " " + value); !ok {
			return "", false
		}
		f.Fields[0] += " " + value
		return "when", true
	case "when":
		at, ok := readWhen(value, t.now, t.bot.set.ClinicZone)
		if !ok {
			t.line("session.when", "field", value)
			return "", false
		}
		if at.After(t.now) {
			t.line("session.future")
			return "", false
		}
		f.Fields = append(f.Fields, at.Format(time.RFC3339))
		return "load", true
	case "load":
		if _, _, err := rehab.ParseLoad(value); !skip && err != nil {
			t.line("answer.load")
			return "", false
		}
		if !skip {
			f.Fields = append(f.Fields, value)
		}
		return "track", true
	}
	f.Fields = append(f.Fields, value)
	return "end", true
}

// askStep asks for one field with buttons.
func (t *turn) askStep(step string) {
	option := func(key, value string) button { return t.label(key, "form", 0, value) }
	var buttons []button
	switch step {
	case "muscle":
		for _, m := range t.bot.content.Muscles() {
			buttons = append(buttons, button{Label: m.Name, Verb: "form", Value: m.ID})
		}
	case "side":
		buttons = []button{option("left", "left"), option("right", "right"), option("both", "both")}
	case "when":
		buttons = []button{option("now", "now"), option("hours_ago_1", "1h ago"), option("hours_ago_2", "2h ago")}
	case "load":
		buttons = []button{option("skip", "skip")}
	case "track":
		buttons = []button{option("standard", "standard"), option("graded", "graded")}
	}
	t.say(body{Text: t.text("session.ask_" + step), Rows: append(column(buttons...), row(option("cancel", "cancel"))...)})
}
