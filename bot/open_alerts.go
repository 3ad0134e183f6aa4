package bot

import (
	"fmt"
	"strings"

	"afterneedle/rehab"
)

// alertsShown is how many open alerts the screen of one patient shows, the
// newest ones.
const alertsShown = 3

// openAlertLines lists what a clinician has not acknowledged yet, and the
// buttons that answer it.
func (t *turn) openAlertLines(v *voice) (lines []string, rows [][]button) {
	for i := len(t.course.Alerts) - 1; i >= 0 && len(lines) < alertsShown; i-- {
		a := &t.course.Alerts[i]
		if !a.AckedAt.IsZero() {
			continue
		}
		lines = append(lines, "❗ "+v.alertWhat(a))
		rows = append(rows, t.alertAnswers(a))
	}
	return lines, rows
}

// alertAnswers are the buttons of one alert: acknowledge, and what only a
// clinician may do about it.
func (t *turn) alertAnswers(a *rehab.Alert) []button {
	id := fmt.Sprint(t.patient.ID)
	target := t.course.Target(a.Target)
	switch {
	case target != nil && a.Intent == rehab.IntentNextStep && target.NextConsent:
		return []button{t.label("allow", "allow", a.N, id), t.label("ack", "ack", a.N, id)}
	case target != nil && strings.HasSuffix(a.Key, "/low/"+string(target.Phase)) && t.course.ExpectedLoad(target) > target.LoadG:
		load := func(key string, grams int) string {
			if target.Unit == rehab.Kilogram {
				grams = (grams + 50) / 100 * 100 // a button needs no more than tenths
			}
			return plainLabel(t.text("button."+key, "load", rehab.FormatLoad(grams, target.Unit)))
		}
		return []button{
			{Label: load("keep_load", target.LoadG), Verb: "ack", N: a.N, Value: id},
			{Label: load("take_load", t.course.ExpectedLoad(target)), Verb: "jump", N: a.N, Value: id},
		}
	}
	return []button{t.label("ack", "ack", a.N, id)}
}

// answerAlert does what only a clinician may do about an alert, and closes it.
func (t *turn) answerAlert(x tap) {
	t.onPatient(x.value, func(t *turn) {
		a := t.course.Alert(x.n)
		if a == nil || !a.AckedAt.IsZero() {
			t.line("alert.done")
			return
		}
		target := t.course.Target(a.Target)
		switch {
		case target == nil:
			t.stale()
			return
		case x.verb == "allow" && t.allowNext():
			t.line("allowed", "name", t.patient.Name)
			return
		case x.verb == "jump" && t.jump(target):
			t.line("load.clinician", "name", t.patient.Name, "load", rehab.FormatLoad(target.LoadG, target.Unit))
		default:
			t.stale()
		}
	})
}

// allowNext gives the consent to K5 for every muscle that waits for it, and
// closes their alerts.
func (t *turn) allowNext() bool {
	allowed := false
	for _, target := range t.course.Targets {
		if t.course.AllowNext(target.N, t.now) != nil {
			continue
		}
		allowed = true
		for _, a := range t.course.Alerts {
			if a.Target == target.N && a.Intent == rehab.IntentNextStep && a.AckedAt.IsZero() {
				t.fail(t.course.Acknowledge(a.N, t.clinician.ID, t.now))
			}
		}
	}
	return allowed
}

// jump sets the load that the usual one gives at the phase of a target, and so
// settles its alert.
func (t *turn) jump(target *rehab.Target) bool {
	load := t.course.ExpectedLoad(target)
	return load > 0 && t.course.SetLoad(target.N, load, target.Unit, t.now) == nil
}

// commandsWith are the commands of a role as one text.
func (t *turn) commandsWith(names []string) body {
	return body{
		Text: t.text("help.clinician", "commands", t.commandList(names)),
		Rows: row(t.label("glossary", "glossary", 0, "")),
	}
}
