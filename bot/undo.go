package bot

import (
	"errors"
	"time"

	"afterneedle/rehab"
)

// undoNeedling is how long a needling can be taken back; default of ours.
const undoNeedling = 10 * time.Minute

// What the store says of an undo that is refused.
const (
	errTooLate rehab.Problem = "too_late"
	errChanged rehab.Problem = "changed"
)

// undo takes a needling back, as if it had not been recorded. The patient hears
// of it only when they have heard of the needling.
func (t *turn) undo(x tap) {
	t.onPatient(x.value, func(t *turn) {
		told, young := false, false
		for _, n := range t.course.Needlings {
			told = told || n.N == x.n && !n.WelcomeAt.IsZero()
			young = young || n.N == x.n && t.now.Before(n.RecordedAt.Add(undoNeedling))
		}
		name, chat := t.patient.Name, t.patient.ChatID
		switch err := t.tx.Undo(t.patient.ID, x.n); {
		case errors.Is(err, errTooLate) && !young:
			t.line("undo.late")
			return
		case errors.Is(err, errTooLate), errors.Is(err, errChanged): // by a later needling, or by something else
			t.line("undo.changed", "name", name)
			return
		case err != nil:
			t.fail(err)
			return
		}
		t.say(body{Edit: t.tapped(), Text: t.text("undo.done", "name", name)})
		if told && chat != 0 {
			t.sayTo(chat, body{Text: t.text("needling.undone")})
		}
	})
}
