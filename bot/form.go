package bot

import (
	"encoding/json"
	"strconv"
)

// form is a command that waits for its next field. It is kept in the database,
// so that a restart does not lose it.
type form struct {
	Command string   `json:"command"`
	Rest    string   `json:"rest,omitempty"`    // fields that came before the patient was clear
	Patient int64    `json:"patient,omitempty"` // once that is clear
	Step    string   `json:"step,omitempty"`
	Fields  []string `json:"fields,omitempty"`
	// Broadcast is the draft that waits for its time.
	Broadcast int64 `json:"broadcast,omitempty"`
}

func (t *turn) openForm(f form) {
	raw, err := json.Marshal(f)
	t.fail(err)
	t.fail(t.tx.SetForm(t.chat, raw))
}

func (t *turn) form() (f form, ok bool) {
	raw, err := t.tx.Form(t.chat)
	if err != nil || len(raw) == 0 {
		t.ignoreMissing(err)
		return form{}, false
	}
	t.fail(json.Unmarshal(raw, &f))
	return f, t.err == nil
}

func (t *turn) cancelForm() {
	t.fail(t.tx.SetForm(t.chat, nil))
	t.line("form.cancelled")
}

// formText gives a typed text to the form that is open; false when none is.
func (t *turn) formText(text string) bool {
	f, ok := t.form()
	if !ok {
		return false
	}
	switch {
	case plain(text) == "cancel":
		t.cancelForm()
	case f.Command == "newpatient":
		t.fail(t.tx.SetForm(t.chat, nil))
		t.newPatient(text)
	case f.Command == "broadcast" && f.Step == stepWhen:
		t.fail(t.tx.SetForm(t.chat, nil))
		t.planBroadcast(f.Broadcast, text)
	case f.Command == "broadcast":
		t.fail(t.tx.SetForm(t.chat, nil))
		t.broadcast(text)
	default:
		t.fill(f, text)
	}
	return true
}

// formTap gives the value of a button to the form that is open.
func (t *turn) formTap(x tap) {
	f, ok := t.form()
	switch {
	case x.value == "cancel":
		t.fail(t.tx.SetForm(t.chat, nil))
		t.say(body{Edit: t.tapped(), Text: t.text("form.cancelled")})
	case !ok:
		t.stale()
	default:
		t.fill(f, x.value)
	}
}

// fill adds a field to a form about one patient, and runs its command when that
// was the last one.
func (t *turn) fill(f form, value string) {
	if f.Patient == 0 {
		// A typed name instead of a tap on one of the offered patients.
		t.fail(t.tx.SetForm(t.chat, nil))
		if f.Rest != "" {
			value += ", " + f.Rest
		}
		t.forPatient(f.Command, value)
		return
	}
	t.onPatient(strconv.FormatInt(f.Patient, 10), func(t *turn) {
		if f.Command == "session" {
			t.sessionStep(f, value)
			return
		}
		t.fail(t.tx.SetForm(t.chat, nil))
		onPatient[f.Command](t, value)
	})
}
