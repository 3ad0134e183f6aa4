package bot

import (
	"fmt"
	"strings"

	"afterneedle/rehab"
)

// alert tells a clinician what happened: who, what, which muscle, the four
// pains, the rules behind it.
func (v *voice) alert(d rehab.Delivery) body {
	a := v.c.Alert(d.N)
	k := strings.TrimPrefix(d.Key[strings.LastIndex(d.Key, "alert/"):], fmt.Sprintf("alert/%d/", a.N))
	if _, _, ok := v.c.Suggestion(a); ok {
		return v.suggestion(a, !strings.HasPrefix(k, "0"))
	}
	level := "alert.level2"
	data := []any{"name", v.patient.Name, "what", v.alertWhat(a), "targets", v.targets(), "pains", v.pains(a.Workout)}
	if a.Level == rehab.AlertNow {
		level = "alert.level3"
	} else {
		data = append(data, "rules", strings.Join(a.Rules, ", "))
	}
	text := joined(strings.Split(v.text(level, data...), "\n")...)
	if a.Corrected {
		text = joined(text, v.text("alert.corrected"))
	}
	switch {
	case a.Level != rehab.AlertNow || strings.HasPrefix(k, "0"):
	case strings.HasPrefix(k, "4"):
		text = joined(v.text("alert.owner"), text)
	default:
		text = joined(v.text("alert.repeat", "n", int(k[0]-'0')+1, "most", 4), text)
	}
	return body{Text: text, Rows: v.alertRows(a)}
}

func (v *voice) alertRows(a *rehab.Alert) [][]button {
	value := fmt.Sprint(v.patient.ID)
	buttons := []button{v.label("ack", "ack", a.N, value)}
	if v.c.Held() != nil {
		buttons = append(buttons, v.label("release", "release", 0, value))
	}
	return row(buttons...)
}

// alertWhat is what happened, in the clinician's words, and to which muscle when
// that is not plain.
func (v *voice) alertWhat(a *rehab.Alert) string {
	if t, p, ok := v.c.Suggestion(a); ok {
		return v.suggested(t, p)
	}
	what := v.alertEvent(a)
	t := v.c.Target(a.Target)
	if t == nil || len(v.c.Targets) == 1 && a.Intent != rehab.IntentLowEntry {
		return what
	}
	return v.text("alert.about", "muscle", v.muscleName(t), "side", v.text("side."+string(t.Side)), "what", what)
}

func (v *voice) muscleName(t *rehab.Target) string {
	m, _ := v.b.content.Muscle(t.Muscle)
	return m.Name
}

func (v *voice) alertEvent(a *rehab.Alert) string {
	switch {
	case strings.HasSuffix(a.Key, "/unanswered"):
		return v.text("alert.unconfirmed", "minutes", 15)
	case strings.HasSuffix(a.Key, "/"+string(rehab.ChoiceOther)):
		return v.text("alert.other")
	}
	if strings.Contains(a.Key, "/target/") && a.Intent == rehab.IntentNextStep {
		return v.text("alert.activity", "name", v.patient.Name)
	}
	// A low entry names its phase at the end of its key.
	return v.text("alert.what."+string(a.Intent), "phase", a.Key[strings.LastIndex(a.Key, "/")+1:])
}

// targets lists the treated muscles with phase, load and hours since needling.
func (v *voice) targets() string {
	var lines []string
	for i := range v.c.Targets {
		t := &v.c.Targets[i]
		load := v.text("load.none")
		if t.Weighed {
			load = rehab.FormatLoad(t.LoadG, t.Unit)
		}
		lines = append(lines, v.text("patient.target", "muscle", v.muscleName(t), "side", v.text("side."+string(t.Side)),
			"phase", string(t.Phase), "load", load, "hours", int(v.now.Sub(t.LastNeedle).Hours())))
	}
	return strings.Join(lines, "\n")
}

// pains are the four answers of a workout, or of the last one.
func (v *voice) pains(workout int) string {
	w := v.c.Workout(workout)
	if w == nil && len(v.c.Workouts) > 0 {
		w = &v.c.Workouts[len(v.c.Workouts)-1]
	}
	if w == nil {
		return ""
	}
	dash := func(p rehab.PainScore) string {
		if !p.Known() {
			return "–"
		}
		return p.String()
	}
	return v.text("patient.pains", "before", dash(w.Before), "after", dash(w.After), "two_hours", dash(w.TwoHour), "next", dash(w.Next))
}
