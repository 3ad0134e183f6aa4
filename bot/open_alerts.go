package bot

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
		lines = append(lines, openMark+v.alertWhat(a))
		if a.Corrected {
			lines = append(lines, v.text("alert.corrected"))
		}
		rows = append(rows, v.alertAnswers(a))
	}
	return lines, rows
}

// What stands in front of an alert on the screen of one patient.
const (
	openMark   = "❗ "
	closedMark = "✓ "
)

// alertsPage is how many alerts /alerts shows at once, each in a message of its
// own.
const alertsPage = 5

// alertsOf shows the open alerts of the patient who is named, or of all.
func (t *turn) alertsOf(name string) {
	if name == "" {
		t.alerts(rehab.OpenAlert{})
		return
	}
	t.forPatient("alerts", name)
}

// patientAlerts shows the open alerts of the patient at hand, the most urgent
// first.
func (t *turn) patientAlerts() {
	open := slices.DeleteFunc(slices.Clone(t.course.Alerts), func(a rehab.Alert) bool { return !a.AckedAt.IsZero() })
	slices.SortStableFunc(open, func(a, b rehab.Alert) int { return cmp.Compare(b.Level, a.Level) })
	if len(open) == 0 {
		t.line("alerts.none")
	}
	for _, a := range open[:min(len(open), alertsPage)] {
		t.showAlert(a.N)
	}
	if len(open) > alertsPage {
		t.line("alerts.more", "n", len(open))
	}
}

// alerts shows the open alerts of the clinician's patients, the most urgent
// first, from behind the given one on.
func (t *turn) alerts(after rehab.OpenAlert) {
	page, total, err := t.tx.OpenAlerts(t.clinician, after, alertsPage+1)
	t.fail(err)
	switch {
	case len(page) == 0 && after.Alert.Level != rehab.AlertNone:
		t.line("alerts.end")
	case len(page) == 0:
		t.line("alerts.none")
	}
	for _, open := range page[:min(len(page), alertsPage)] {
		t.onPatient(strconv.FormatInt(open.PatientID, 10), func(t *turn) { t.showAlert(open.Alert.N) })
	}
	if len(page) > alertsPage {
		t.patient, t.course = rehab.Patient{}, nil
		t.say(body{
			Text: t.text("alerts.more", "n", total),
			Rows: row(t.label("more_alerts", "alerts", 0, alertMark(page[alertsPage-1]))),
		})
	}
}

// showAlert shows one alert of the patient at hand, and since when it is open.
func (t *turn) showAlert(n int) {
	a := t.course.Alert(n)
	v := t.bot.voiceFor(t)
	v.patient.Name = t.called(t.patient)
	since := v.text("alert.since", "when", clockTime(a.RaisedAt, t.now, t.course.ClinicZone))
	words := body{Text: joined(v.alertText(a), since), Rows: v.alertRows(a)}
	t.fail(v.err)
	t.say(words)
}

// alertMark says in a button behind which alert the next page begins.
func alertMark(a rehab.OpenAlert) string {
	return fmt.Sprintf("%d.%d.%d.%d", a.Alert.Level, a.Alert.RaisedAt.UnixMilli(), a.CourseID, a.Alert.N)
}

// moreAlerts shows the page behind a mark.
func (t *turn) moreAlerts(mark string) {
	var after rehab.OpenAlert
	var raised int64
	_, err := fmt.Sscanf(mark, "%d.%d.%d.%d", &after.Alert.Level, &raised, &after.CourseID, &after.Alert.N)
	if err != nil || after.Alert.Level == rehab.AlertNone {
		t.stale()
		return
	}
	after.Alert.RaisedAt = time.UnixMilli(raised)
	t.alerts(after)
}

// acknowledge notes that an alert was seen.
func (t *turn) acknowledge(x tap) {
	t.onAlert(x, func(a *rehab.Alert) { t.fail(t.course.Acknowledge(a.N, t.clinician.ID, t.now)) })
}

// onAlert does something about the open alert of a button, and closes its
// message. One that is closed already is left as it is.
func (t *turn) onAlert(x tap, do func(a *rehab.Alert)) {
	t.onPatient(x.value, func(t *turn) {
		d, err := t.tx.Delivery(x.delivery)
		t.fail(err)
		a := t.course.Alert(x.n)
		// Alerts are numbered anew in another course.
		if a == nil || d.CourseID != 0 && d.CourseID != t.course.ID {
			t.line("alert.done")
			return
		}
		if a.AckedAt.IsZero() {
			do(a)
		} else {
			t.line("alert.done")
		}
		if !a.AckedAt.IsZero() {
			t.closeMessage(d, a)
		}
	})
}

// closeMessage edits the message of an alert: who acknowledged it, and when,
// stands in the place of the buttons that answered it.
func (t *turn) closeMessage(d rehab.Delivery, a *rehab.Alert) {
	if d.PatientID != t.patient.ID {
		return
	}
	v := t.bot.voiceFor(t)
	when := clockTime(a.AckedAt, t.now, t.course.ClinicZone)
	note := v.text("alert.closed", "when", when)
	if a.AckedBy != 0 {
		by, err := t.tx.Clinician(a.AckedBy)
		t.fail(err)
		note = v.text("alert.acknowledged", "by", by.Name, "when", when)
	}
	var words body
	switch {
	case d.Kind == rehab.PromptAlert:
		v.now = d.SentAt // as it was
		words = body{Text: v.alertText(a), Rows: v.alertRows(a)}
	case len(d.Body) > 0:
		t.fail(json.Unmarshal(d.Body, &words))
	}
	pictured := words.Chart || words.Caption
	switch words.Screen {
	case screenRecord:
		words = t.screen()
		note = closedMark + v.alertWhat(a) + " " + note
	case screenBrief:
		words = t.briefScreen()
		note = closedMark + v.alertWhat(a) + " " + note
	}
	t.fail(v.err)
	if !strings.HasSuffix(words.Text, note) {
		words.Text = joined(words.Text, note)
	}
	words.Rows = slices.DeleteFunc(words.Rows, func(r []button) bool {
		return slices.ContainsFunc(r, func(b button) bool { return answersAlert[b.Verb] && b.N == a.N })
	})
	words.Edit, words.Chart, words.Caption = t.tapped(), false, pictured
	if pictured && !fitsCaption(words.Text) {
		words.Edit = 0
	}
	t.say(words)
}

// answersAlert are the verbs of the buttons that close an alert.
var answersAlert = map[string]bool{"ack": true, "allow": true, "jump": true}

// answerAlert does what only a clinician may do about an alert, and closes it.
func (t *turn) answerAlert(x tap) {
	id, offered, named := strings.Cut(x.value, ":")
	x.value = id
	t.onAlert(x, func(a *rehab.Alert) {
		target := t.course.Target(a.Target)
		switch {
		case target == nil:
			t.stale()
		case named && offered != strconv.Itoa(t.course.ExpectedLoad(target)):
			t.line("proposal.stale") // the dose has changed: another load than on the button
			t.showAlert(a.N)
		case x.verb == "allow" && t.allowNext():
			t.line("allowed", "name", t.patient.Name)
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
