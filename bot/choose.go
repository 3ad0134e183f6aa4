package bot

import (
	"strconv"
	"strings"

	"afterneedle/rehab"
)

// onPatient are the commands that act on one patient, by name.
var onPatient map[string]func(t *turn, rest string)

func init() {
	onPatient = map[string]func(t *turn, rest string){
		"patient":   func(t *turn, _ string) { t.record() },
		"brief":     func(t *turn, _ string) { t.brief() },
		"alerts":    func(t *turn, _ string) { t.patientAlerts() },
		"history":   func(t *turn, _ string) { t.historyPage(0) },
		"mode":      (*turn).modePatient,
		"message":   (*turn).messagePatient,
		"hold":      unlessOver((*turn).holdPatient),
		"release":   func(t *turn, _ string) { t.releasePatient() },
		"load":      unlessOver((*turn).loadPatient),
		"track":     unlessOver((*turn).trackPatient),
		"zone":      (*turn).zonePatient,
		"discharge": func(t *turn, _ string) { t.begin("discharge", nil) },
		"timeline":  func(t *turn, _ string) { t.timelinePatient() },
		"session":   (*turn).sessionPatient,
		"share":     (*turn).sharePatient,
		"handover":  (*turn).handOverPatient,
	}
}

// unlessOver keeps back what would change a course that has ended: its patient
// hears nothing of it any more.
func unlessOver[T any](run func(t *turn, given T)) func(t *turn, given T) {
	return func(t *turn, given T) {
		if t.course.Over() {
			t.line("discharge.done", "name", t.patient.Name)
			return
		}
		run(t, given)
	}
}

// forPatient parts "NAME, REST" and runs the command when the name is clear.
func (t *turn) forPatient(command, text string) {
	name, rest := nameAndRest(command, text)
	t.named(form{Command: command, Prefix: name, Rest: rest})
}

// nameAndRest parts the name from what follows it; the text of a message stays as
// it was typed.
func nameAndRest(command, text string) (name, rest string) {
	if command == "message" {
		return nameAndText(text)
	}
	return firstField(text)
}

// named runs the command of a form for the one patient that a name or the
// beginning of one means; with several it offers them as buttons. It is false
// when nobody has that name.
func (t *turn) named(f form) bool {
	found, err := t.tx.PatientsOf(t.clinician, f.Prefix)
	t.fail(err)
	switch {
	case len(found) == 0 && f.Prefix != "":
		t.line("patients.none")
		return false
	case len(found) == 0:
		t.line("patients.empty")
	case len(found) == 1 && f.Prefix != "":
		t.take(found[0])
		if t.err == nil {
			onPatient[f.Command](t, f.Rest)
		}
	default:
		t.choosePatient(f)
	}
	return true
}

// choiceSize is how many patients one message offers as buttons.
const choiceSize = 10

// choosePatient offers a page of the patients whose name begins with the prefix
// of the form.
func (t *turn) choosePatient(f form) {
	f.Step = stepPatient
	if f.At.IsZero() {
		f.At = t.saidAt()
	}
	found, err := t.tx.PatientsOf(t.clinician, f.Prefix)
	t.fail(err)
	pages := max(1, (len(found)+choiceSize-1)/choiceSize)
	f.Page = max(0, min(f.Page, pages-1))
	var buttons []button
	for _, p := range found[f.Page*choiceSize : min(len(found), (f.Page+1)*choiceSize)] {
		buttons = append(buttons, button{Label: t.called(p), Verb: "pick", N: int(p.ID)})
	}
	words := body{Text: t.text("patients.many"), Rows: column(buttons...), Edit: t.tapped()}
	if pages > 1 {
		words.Text = joined(words.Text, t.text("patients.page", "n", f.Page+1, "of", pages))
		words.Rows = append(words.Rows, t.pager("pick", f.Page, pages))
	}
	t.secret = true // names of many, which nobody's erasure would find
	t.ask(f, words)
}

// pager are the buttons that lead to the pages before and after.
func (t *turn) pager(verb string, page, pages int) []button {
	var buttons []button
	if page > 0 {
		buttons = append(buttons, t.label("previous", verb, page-1, "page"))
	}
	if page+1 < pages {
		buttons = append(buttons, t.label("next", verb, page+1, "page"))
	}
	return buttons
}

// called is the name of a patient in a list; with the clinician's, when it is
// somebody else's patient: two of them may have the same name.
func (t *turn) called(p rehab.Patient) string {
	if p.ClinicianID == t.clinician.ID {
		return p.Name
	}
	c, err := t.tx.Clinician(p.ClinicianID)
	t.fail(err)
	return nameOf(p, c.Name)
}

// nameOf is the name of a patient, with that of the clinician where there is one.
func nameOf(p rehab.Patient, clinician string) string {
	if clinician == "" {
		return p.Name
	}
	return p.Name + " (" + clinician + ")"
}

// pick goes on with the command for the patient that was tapped, or turns a page.
func (t *turn) pick(x tap) {
	f, ok := t.form()
	switch {
	case !ok || f.Step != stepPatient || f.Asked != x.delivery || onPatient[f.Command] == nil:
		t.stale()
	case x.value == "page":
		f.Page = x.n
		t.choosePatient(f)
	default:
		t.closeForm()
		t.said = f.At
		t.onPatient(strconv.Itoa(x.n), func(t *turn) { onPatient[f.Command](t, f.Rest) })
	}
}

// namePatient reads a typed name instead of a tap on one of the offered ones.
func (t *turn) namePatient(f form, text string) {
	name, rest := nameAndRest(f.Command, text)
	if rest == "" {
		rest, t.said = f.Rest, f.At
	}
	t.closeForm()
	if !t.named(form{Command: f.Command, Prefix: name, Rest: rest, At: t.said}) {
		t.openForm(f)
	}
}

// onPatient runs fn for a patient that this clinician may see.
func (t *turn) onPatient(id string, fn func(*turn)) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		t.stale()
		return
	}
	p, err := t.tx.PatientFor(t.clinician, n)
	if err != nil {
		t.ignoreMissing(err)
		t.stale()
		return
	}
	t.take(p)
	if t.err == nil {
		fn(t)
	}
}

// take makes p the patient that the rest of the turn is about.
func (t *turn) take(p rehab.Patient) {
	c, err := t.tx.Course(p.ID)
	t.fail(err)
	t.patient, t.course = p, c
	if c != nil {
		c.Acting = t.clinician.ID
	}
}

// act runs a command for the patient of a button; what it lacks is asked for.
func (t *turn) act(x tap) {
	t.onPatient(strconv.Itoa(x.n), func(t *turn) {
		if run, ok := onPatient[x.value]; ok {
			run(t, "")
			return
		}
		t.stale()
	})
}

// patientID is the patient at hand as the value of a button.
func (t *turn) patientID() string { return strconv.FormatInt(t.patient.ID, 10) }

// sameName reports whether what somebody typed begins a name, and whether it is
// all of it; case does not matter.
func sameName(name, typed string) (begins, whole bool) {
	name, typed = plain(name), plain(typed)
	return strings.HasPrefix(name, typed), name == typed
}
