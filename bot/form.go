package bot

import (
	"encoding/json"
	"time"
)

// form is a conversation that waits for its next field. It is kept in the
// database, so that a restart does not lose it.
type form struct {
	Command string            `json:"command"`
	Rest    string            `json:"rest,omitempty"`    // fields that came before the patient was clear
	Prefix  string            `json:"prefix,omitempty"`  // of the names that are offered
	Page    int               `json:"page,omitempty"`    // of those names
	Patient int64             `json:"patient,omitempty"` // once that is clear
	Step    string            `json:"step,omitempty"`
	Values  map[string]string `json:"values,omitempty"` // what the steps so far have brought
	Past    []past            `json:"past,omitempty"`   // where Back leads, the last one first
	// Asked is the delivery with the buttons of the open step; those of any
	// other are stale.
	Asked int64 `json:"asked,omitempty"`
	// People are those of a file that wait to be imported.
	People []newcomer `json:"people,omitempty"`
	// At is when a patient's form was opened, or when the line was sent whose
	// patient is still to be chosen.
	At time.Time `json:"at,omitzero"`
	// Broadcast is the draft that waits for its time.
	Broadcast int64 `json:"broadcast,omitempty"`
}

// past is a form as it was at an earlier step.
type past struct {
	Step   string            `json:"step"`
	Values map[string]string `json:"values,omitempty"`
}

func (t *turn) openForm(f form) {
	raw, err := json.Marshal(f)
	t.fail(err)
	t.fail(t.tx.SetForm(t.chat, raw))
}

func (t *turn) closeForm() { t.fail(t.tx.SetForm(t.chat, nil)) }

func (t *turn) form() (f form, ok bool) {
	raw, err := t.tx.Form(t.chat)
	if err != nil || len(raw) == 0 {
		t.ignoreMissing(err)
		return form{}, false
	}
	t.fail(json.Unmarshal(raw, &f))
	return f, t.err == nil
}

// cancelForm ends the conversation that is open; after a tap in its own message.
func (t *turn) cancelForm() {
	t.closeForm()
	t.say(body{Edit: t.tapped(), Text: t.text("form.cancelled")})
}

// cancelAll gives up what the clinician has begun: a form, and a broadcast that is
// not confirmed yet.
func (t *turn) cancelAll() {
	t.fail(t.tx.UndoDrafts(t.clinician.ID))
	t.cancelForm()
}

// formText gives a typed text to the form that is open; false when none is.
func (t *turn) formText(text string) bool {
	words := plain(text)
	if words == "cancel" {
		t.cancelAll()
		return true
	}
	f, ok := t.form()
	if !ok {
		return false
	}
	switch {
	case f.Command == "import":
		t.importText(f, text)
	case f.Command == "broadcast" && f.Step == stepWhen:
		t.closeForm()
		t.planBroadcast(f.Broadcast, text)
	case words == "back":
		t.back(f)
	default:
		t.answer(f, text)
	}
	return true
}

// formTap gives the value of a button to the form that is open.
func (t *turn) formTap(x tap) {
	f, ok := t.form()
	switch {
	case !ok || f.Asked != 0 && f.Asked != x.delivery:
		t.stale()
	case x.value == "cancel":
		t.cancelForm()
	case x.value == "back":
		t.back(f)
	default:
		t.answer(f, x.value)
	}
}
