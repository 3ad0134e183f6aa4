package bot

import (
	"html"
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

// sessionSteps ask for one needling; the last one shows what would be planned.
var sessionSteps = []step{
	{name: "muscle", ask: (*turn).askMuscle, take: (*turn).takeMuscle},
	{name: "side", ask: (*turn).askSide, take: (*turn).takeSide},
	{name: "when", ask: (*turn).askWhen, take: (*turn).takeWhen},
	{name: "load", ask: (*turn).askUsual, take: (*turn).takeUsual},
	{
		name: "track", ask: (*turn).askSessionTrack, take: (*turn).takeSessionTrack,
		skip: func(t *turn, _ form) bool { return t.course.Track == rehab.Graded },
	},
	{name: "ticks", ask: (*turn).askTicks, take: (*turn).takeTick},
	{name: "preview", ask: (*turn).askRecord, take: (*turn).takeRecord},
}

// sessionLine is what the steps have brought as the fields of a one-line form.
func (f form) sessionLine() string {
	var parts []string
	for _, name := range []string{"targets", "when", "load", "track", "ticks"} {
		if value := f.Values[name]; value != "" {
			parts = append(parts, value)
		}
	}
	return strings.Join(parts, ", ")
}

func (t *turn) askMuscle(form) body {
	var buttons []button
	for _, m := range t.bot.content.Muscles() {
		buttons = append(buttons, button{Label: m.Name, Verb: "form", Value: m.ID})
	}
	return body{Text: t.text("session.ask_muscle"), Rows: column(buttons...)}
}

// takeMuscle reads a muscle, or a whole line of muscles with their sides.
func (t *turn) takeMuscle(f form, value string) (string, bool) {
	words := strings.Fields(strings.ToLower(value))
	if len(words) > 1 && (strings.Contains(value, "+") || sidesOf(words[len(words)-1]) != nil) {
		if !t.addTargets(f, value) {
			return "", false
		}
		return "when", true
	}
	found := t.bot.content.FindMuscle(value)
	if len(found) != 1 {
		t.line("session.muscle", "names", t.muscleNames())
		return "", false
	}
	f.Values["muscle"] = found[0].ID
	return "", true
}

// addTargets adds muscles and sides to those of the form.
func (t *turn) addTargets(f form, line string) bool {
	if f.Values["targets"] != "" {
		line = f.Values["targets"] + " + " + line
	}
	if _, ok := t.readTargets(line); !ok {
		return false
	}
	f.Values["targets"] = line
	return true
}

func (t *turn) askSide(form) body {
	return body{
		Text: t.text("session.ask_side"),
		Rows: column(t.option("left", "left"), t.option("right", "right"), t.option("both", "both")),
	}
}

func (t *turn) takeSide(f form, value string) (string, bool) {
	if !t.addTargets(f, f.Values["muscle"]+" "+value) {
		return "", false
	}
	delete(f.Values, "muscle")
	return "", true
}

// anotherMuscle leads back to the choice of the muscle.
const anotherMuscle = "another"

func (t *turn) askWhen(f form) body {
	targets, _ := t.readTargets(f.Values["targets"])
	var names []string
	for _, target := range targets {
		m, _ := t.bot.content.Muscle(target.Muscle)
		names = append(names, html.EscapeString(m.Name)+" "+t.text("side."+string(target.Side)))
	}
	return body{
		Text: joined(t.text("session.so_far", "targets", strings.Join(names, ", ")), t.text("session.ask_when")),
		Rows: column(t.option("now", "now"), t.option("hours_ago_1", "1h ago"), t.option("hours_ago_2", "2h ago"),
			t.option("another_muscle", anotherMuscle)),
	}
}

func (t *turn) takeWhen(f form, value string) (string, bool) {
	if value == anotherMuscle {
		return "muscle", true
	}
	at, ok := readWhen(value, t.now, t.bot.set.ClinicZone)
	if !ok {
		t.line("session.when", "field", short(value))
		return "", false
	}
	n := rehab.NewNeedling{At: at}
	if n.Targets, ok = t.readTargets(f.Values["targets"]); !ok || !t.acceptNeedling(n) {
		return "", false
	}
	f.Values["when"] = at.Format(time.RFC3339)
	return "", true
}

func (t *turn) askUsual(form) body {
	return body{Text: t.text("session.ask_load"), Rows: column(t.option("skip", "skip"))}
}

func (t *turn) takeUsual(f form, value string) (string, bool) {
	if plain(value) == "skip" {
		return "", true
	}
	if _, _, err := rehab.ParseLoad(value); err != nil {
		t.line("load.fault")
		return "", false
	}
	f.Values["load"] = value
	return "", true
}

func (t *turn) askSessionTrack(form) body {
	return body{Text: t.text("session.ask_track"), Rows: t.trackRow()}
}

func (t *turn) takeSessionTrack(f form, value string) (string, bool) {
	track, ok := readTrack(value)
	if !ok {
		t.line("session.ask_track")
		return "", false
	}
	f.Values["track"] = string(track)
	return "", true
}

// ticksDone ends the list of ticks.
const ticksDone = "go on"

func (t *turn) askTicks(f form) body {
	var buttons []button
	for _, value := range ticks {
		b := t.option("tick."+strings.ReplaceAll(value, " ", "_"), value)
		if slices.Contains(fields(f.Values["ticks"]), value) {
			b.Label = ticked + b.Label
		}
		buttons = append(buttons, b)
	}
	return body{Text: t.text("session.ask_ticks"), Rows: column(append(buttons, t.option("no_more_ticks", ticksDone))...)}
}

// takeTick ticks or clears what holds for a needling, or ends the list.
func (t *turn) takeTick(f form, value string) (string, bool) {
	chosen, value := fields(f.Values["ticks"]), plain(value)
	switch {
	case value == ticksDone:
		return "", true
	case !slices.Contains(ticks, value):
		t.line("session.ask_ticks")
		return "", false
	case slices.Contains(chosen, value):
		chosen = slices.DeleteFunc(chosen, func(s string) bool { return s == value })
	default:
		chosen = append(chosen, value)
	}
	f.Values["ticks"] = strings.Join(chosen, ", ")
	return "ticks", true
}

// askRecord shows what the needling would lead to, before anything is saved.
func (t *turn) askRecord(f form) body {
	n, ok := t.readSession(f.sessionLine())
	if !ok {
		return body{Text: t.text("session.press_record")}
	}
	supposed := t.course.Supposed()
	if t.course.Over() {
		supposed = t.nextCourse()
	}
	return body{Text: t.sessionText("session.preview", supposed, t.needle(supposed, n)), Rows: row(t.option("record", "record"))}
}

func (t *turn) takeRecord(_ form, value string) (string, bool) {
	if value != "record" {
		t.line("session.press_record")
	}
	return "", value == "record"
}
