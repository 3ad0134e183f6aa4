package bot

import (
	"slices"
	"strings"
	"time"

	"afterneedle/rehab"
)

// What a clinician can tick for a needling. Each is also a field of the one-line
// form.
const (
	tickExtensive = "extensive"      // all floors a day later (H9)
	tickThinners  = "blood thinners" // the first load a day later (H10)
	tickSurgery   = "recent surgery" // no plan of the program's own (H12)
	tickHip       = "hip pain"       // no stretch that presses on the side of the hip (I-15)
)

var ticks = []string{tickExtensive, tickThinners, tickSurgery, tickHip}

// tick notes what one tick means for a needling.
func (t *turn) tick(n *session, value string) {
	switch value {
	case tickSurgery:
		n.surgery = true
	case tickExtensive, tickThinners:
		n.Extensive = true
	case tickHip:
		for _, m := range t.bot.content.Muscles() {
			if m.Stretch.BlockedByHipPain {
				n.NoStretch = append(n.NoStretch, m.ID)
			}
		}
	}
}

// sessionStep goes through the guided form: it notes the value of the step that
// was open, if it can be read, and asks for the next one.
func (t *turn) sessionStep(f form, value string) {
	next, ok := t.readStep(&f, t.stepValue(f, value))
	if !ok {
		return
	}
	if next == "end" {
		t.fail(t.tx.SetForm(t.chat, nil))
		t.sessionPatient(strings.Join(f.Fields, ", "))
		return
	}
	edit := 0
	if next == f.Step {
		edit = t.tapped()
	}
	f.Step = next
	t.openForm(f)
	words := t.askStep(f)
	words.Edit = edit
	t.say(words)
}

// stepValue is what a typed value stands for: that of the button with these
// words, or itself.
func (t *turn) stepValue(f form, value string) string {
	if f.Step == "" {
		return value
	}
	for _, r := range t.askStep(f).Rows {
		for _, b := range r {
			if plain(strings.TrimPrefix(b.Label, "✓ ")) == plain(value) {
				return b.Value
			}
		}
	}
	return strings.TrimSpace(value)
}

// readStep checks one value of the form and says which step comes next.
func (t *turn) readStep(f *form, value string) (next string, ok bool) {
	skip := plain(value) == "skip"
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
			t.line("session.when", "field", short(value))
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
	if f.Step == "ticks" {
		return t.readTick(f, plain(value))
	}
	track := plain(value)
	if track != string(rehab.Standard) && track != string(rehab.Graded) {
		t.say(t.askStep(*f))
		return "", false
	}
	f.Fields = append(f.Fields, track)
	return "ticks", true
}

// readTick ticks or clears what holds for a needling, or ends the form.
func (t *turn) readTick(f *form, value string) (next string, ok bool) {
	switch {
	case value == "record":
		return "end", true
	case !slices.Contains(ticks, value):
		t.say(t.askStep(*f))
		return "", false
	case slices.Contains(f.Fields, value):
		f.Fields = slices.DeleteFunc(f.Fields, func(s string) bool { return s == value })
	default:
		f.Fields = append(f.Fields, value)
	}
	return "ticks", true
}

// askStep asks for one field with buttons.
func (t *turn) askStep(f form) body {
	option := func(key, value string) button { return t.label(key, "form", 0, value) }
	var buttons []button
	switch f.Step {
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
	case "ticks":
		for _, value := range ticks {
			b := option("tick."+strings.ReplaceAll(value, " ", "_"), value)
			if slices.Contains(f.Fields, value) {
				b.Label = "✓ " + b.Label
			}
			buttons = append(buttons, b)
		}
		buttons = append(buttons, option("record", "record"))
	}
	return body{Text: t.text("session.ask_" + f.Step), Rows: append(column(buttons...), row(option("cancel", "cancel"))...)}
}
