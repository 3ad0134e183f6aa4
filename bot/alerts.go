package bot

import (
	"fmt"
	"slices"
	"strings"

	"afterneedle/rehab"
)

// alertHead is the text of an alert, by its level.
var alertHead = map[rehab.AlertLevel]string{
	rehab.AlertDigest: "alert.level1", rehab.AlertSameDay: "alert.level2", rehab.AlertNow: "alert.level3",
}

// alert tells a clinician what happened, and how often it was told before.
func (v *voice) alert(d rehab.Delivery) body {
	a := v.c.Alert(d.N)
	k := strings.TrimPrefix(d.Key[strings.LastIndex(d.Key, "alert/"):], fmt.Sprintf("alert/%d/", a.N))
	if _, _, ok := v.c.Suggestion(a); ok {
		return v.suggestion(a, !strings.HasPrefix(k, "0"))
	}
	text := v.alertText(a)
	switch {
	case strings.HasPrefix(k, "0"):
	case a.Level != rehab.AlertNow:
		text = joined(v.text("alert.again"), text)
	case strings.HasPrefix(k, "4"):
		text = joined(v.text("alert.owner"), text)
	default:
		text = joined(v.text("alert.repeat", "n", int(k[0]-'0')+1, "most", 4), text)
	}
	return body{Text: text, Rows: v.alertRows(a)}
}

// alertText is who, what, which muscle, the four pains and the rules behind it.
func (v *voice) alertText(a *rehab.Alert) string {
	data := []any{"name", v.patient.Name, "what", v.alertWhat(a), "targets", v.targets(), "pains", v.pains(a.Workout)}
	if a.Level != rehab.AlertNow {
		data = append(data, "rules", strings.Join(a.Rules, ", "))
	}
	text := joined(strings.Split(v.text(alertHead[a.Level], data...), "\n")...)
	if a.Corrected {
		text = joined(text, v.text("alert.corrected"))
	}
	return text
}

// alertRows are the buttons of one alert: what answers it, and what can be done
// for its patient.
func (v *voice) alertRows(a *rehab.Alert) [][]button {
	return append(row(v.alertAnswers(a)...), v.patientActs()...)
}

// alertAnswers are the buttons that close an alert: acknowledge, and what only a
// clinician may do about it.
func (v *voice) alertAnswers(a *rehab.Alert) []button {
	if _, _, ok := v.c.Suggestion(a); ok {
		return v.suggestionButtons(a)
	}
	id := fmt.Sprint(v.patient.ID)
	target, expected := v.c.Target(a.Target), 0
	if target != nil {
		expected = v.c.ExpectedLoad(target)
	}
	switch {
	case target != nil && a.Intent == rehab.IntentNextStep && target.NextConsent:
		return []button{v.label("allow", "allow", a.N, id), v.label("ack", "ack", a.N, id)}
	case target != nil && strings.HasSuffix(a.Key, "/low/"+string(target.Phase)) && expected > target.LoadG:
		load := func(key string, grams int) string {
			if target.Unit == rehab.Kilogram {
				grams = (grams + 50) / 100 * 100 // a button needs no more than tenths
			}
			return plainLabel(v.text("button."+key, "load", rehab.FormatLoad(grams, target.Unit)))
		}
		return []button{
			{Label: load("keep_load", target.LoadG), Verb: "ack", N: a.N, Value: id},
			{Label: load("take_load", expected), Verb: "jump", N: a.N, Value: fmt.Sprintf("%s:%d", id, expected)},
		}
	}
	return []button{v.label("ack", "ack", a.N, id)}
}

// patientActs are the buttons for what a clinician can do for a patient. Release
// stands apart: no slip of the finger may send somebody back to exercise.
func (v *voice) patientActs() [][]button {
	var today []button
	n := int(v.patient.ID)
	if !v.c.Over() {
		today = append(today, v.label("hold", "begin", n, "hold"))
	}
	if v.c.Running() && slices.ContainsFunc(v.c.Targets, func(t rehab.Target) bool { return t.Weighed || v.c.Unweighed(t.N) }) {
		today = append(today, v.label("set_load", "begin", n, "load"))
	}
	if v.patient.ChatID != 0 {
		today = append(today, v.label("write", "begin", n, "message"))
	}
	var acts [][]button
	if len(today) > 0 {
		acts = append(acts, today)
	}
	if v.c.Held() != nil {
		acts = append(acts, []button{v.label("release", "release", v.c.Held().N, fmt.Sprint(v.patient.ID))})
	}
	return acts
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
	case strings.HasSuffix(a.Key, "/missed"):
		return v.text("alert.missed")
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
