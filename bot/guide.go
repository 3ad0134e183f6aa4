package bot

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// guide leads through the fields of one command.
type guide struct {
	steps []step
	// ready says what speaks against beginning at all, and is false then; nil is
	// always ready.
	ready func(t *turn) bool
	// end does what the command does, with all that the steps have brought.
	end func(t *turn, f form)
}

// step is one question of a guide.
type step struct {
	name string
	// ask is the question, with a button for each common answer.
	ask func(t *turn, f form) body
	// take reads an answer into the form. It says why it cannot, with ok false,
	// or names the step that comes next: "" is the following one.
	take func(t *turn, f form, value string) (next string, ok bool)
	// skip leaves out a step that is answered already; nil never does.
	skip func(t *turn, f form) bool
}

// stepPatient is the first step of every command about a patient.
const stepPatient = "patient"

// guides are the conversations by command. One about a patient that is not here
// needs nothing but the patient.
var guides map[string]guide

func init() {
	guides = map[string]guide{
		"newpatient": {steps: []step{askName}, end: func(t *turn, f form) { t.newPatient(f.Values["name"]) }},
		"hold":       {steps: []step{askReason, askLength}, end: unlessOver((*turn).endHold)},
		"load":       {steps: []step{askTarget, askWeight}, ready: (*turn).readyForLoad, end: unlessOver((*turn).endLoad)},
		"track":      {steps: []step{askTrack}, end: unlessOver(func(t *turn, f form) { t.trackPatient(f.Values["track"]) })},
		"zone":       {steps: []step{askZone}, end: func(t *turn, f form) { t.zonePatient(f.Values["zone"]) }},
		"discharge":  {steps: []step{askEnd}, ready: (*turn).readyToEnd, end: func(t *turn, _ form) { t.dischargePatient() }},
		"session":    {steps: sessionSteps, end: func(t *turn, f form) { t.sessionPatient(f.sessionLine()) }},
		"share":      {steps: []step{askColleague}, end: func(t *turn, f form) { t.sharePatient(f.Values["clinician"]) }},
		"message":    {steps: []step{askMessage}, ready: (*turn).readyForMessage, end: func(t *turn, f form) { t.messagePatient(f.Values["text"]) }},
		"mode":       {steps: []step{askMode}, end: func(t *turn, f form) { t.modePatient(f.Values["mode"]) }},
		"clinicmode": {steps: []step{askClinicMode}, end: (*turn).endClinicMode},
		"broadcast":  {steps: []step{askBroadcast}, end: func(t *turn, f form) { t.broadcast(f.Values["text"]) }},
		"digest":     {steps: []step{askHour}, end: func(t *turn, f form) { t.digest(f.Values["hour"]) }},
		"handover":   {steps: []step{askColleague}, end: func(t *turn, f form) { t.handOverPatient(f.Values["clinician"]) }},
	}
}

func (g guide) index(name string) int {
	return slices.IndexFunc(g.steps, func(s step) bool { return s.name == name })
}

// begin opens the guided conversation of a command about the patient at hand, or
// about none; values are what is known already.
func (t *turn) begin(command string, values map[string]string) {
	g := guides[command]
	if g.ready != nil && !g.ready(t) {
		return
	}
	f := form{Command: command, Patient: t.patient.ID, Values: map[string]string{}}
	maps.Copy(f.Values, values)
	t.goOn(f, g.steps[0].name)
}

// goOn asks the named step, or the next one after it that is not to be skipped;
// after the last one the command is carried out.
func (t *turn) goOn(f form, name string) {
	g := guides[f.Command]
	i := g.index(name)
	for i < len(g.steps) && g.steps[i].skip != nil && g.steps[i].skip(t, f) {
		i++
	}
	if i == len(g.steps) {
		t.finishForm(f)
		return
	}
	f.Step = g.steps[i].name
	t.ask(f, g.steps[i].ask(t, f))
}

func (t *turn) finishForm(f form) {
	t.closeForm()
	guides[f.Command].end(t, f)
}

// ask puts a question with Back and Cancel under it, and remembers that it is
// the open one.
func (t *turn) ask(f form, words body) {
	words.Rows = append(words.Rows, []button{t.label("back", "form", 0, "back"), t.label("cancel", "form", 0, "cancel")})
	f.Asked = t.say(words)
	t.openForm(f)
}

// answer gives a value to the step that is open.
func (t *turn) answer(f form, value string) {
	switch g := guides[f.Command]; {
	case f.Step == stepPatient:
		t.namePatient(f, value)
	case g.index(f.Step) < 0:
		t.closeForm()
		t.stale()
	default:
		t.within(f, func(t *turn) { t.takeValue(f, value) })
	}
}

// within goes on with a form, in which a patient may be named who is not this
// clinician's any more.
func (t *turn) within(f form, fn func(*turn)) {
	if f.Patient == 0 {
		fn(t)
		return
	}
	if _, err := t.tx.PatientFor(t.clinician, f.Patient); err != nil {
		t.ignoreMissing(err)
		t.closeForm()
		t.line("patients.none")
		return
	}
	t.onPatient(strconv.FormatInt(f.Patient, 10), fn)
}

// takeValue reads a value into the open step and goes on. A step that leads to
// itself changes its own message.
func (t *turn) takeValue(f form, value string) {
	g := guides[f.Command]
	i := g.index(f.Step)
	s := g.steps[i]
	was := past{Step: f.Step, Values: maps.Clone(f.Values)}
	if f.Values == nil {
		f.Values = map[string]string{}
	}
	next, ok := s.take(t, f, valueOf(s.ask(t, f), value))
	switch {
	case !ok:
	case next == f.Step:
		words := s.ask(t, f)
		words.Edit = t.tapped()
		t.ask(f, words)
	default:
		f.Past = append(f.Past, was)
		switch {
		case next != "":
			t.goOn(f, next)
		case i+1 == len(g.steps):
			t.finishForm(f)
		default:
			t.goOn(f, g.steps[i+1].name)
		}
	}
}

// valueOf is what a typed answer stands for: the value of the button with these
// words, or itself.
func valueOf(asked body, value string) string {
	for _, r := range asked.Rows {
		for _, b := range r {
			if b.Verb == "form" && plain(strings.TrimPrefix(b.Label, ticked)) == plain(value) {
				return b.Value
			}
		}
	}
	return strings.TrimSpace(value)
}

// ticked stands before the label of an option that is chosen.
const ticked = "✓ "

// back asks the step before the open one: the choice of the patient before the
// first, and before that there is nothing.
func (t *turn) back(f form) {
	switch n := len(f.Past); {
	case n > 0:
		f.Step, f.Values, f.Past = f.Past[n-1].Step, f.Past[n-1].Values, f.Past[:n-1]
		i := guides[f.Command].index(f.Step)
		t.within(f, func(t *turn) { t.ask(f, guides[f.Command].steps[i].ask(t, f)) })
	case f.Patient != 0 && f.Step != stepPatient:
		t.choosePatient(form{Command: f.Command})
	default:
		t.cancelForm()
	}
}
