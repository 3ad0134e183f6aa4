package stage_test

import (
	"testing"
	"time"
)

// What waits for a text, or waits to be passed on, while other things happen.

// TestDangerWhileAFormIsOpen: whatever waits for a text, words of danger are no note.
func TestDangerWhileAFormIsOpen(t *testing.T) {
	t.Run("something feels wrong", func(t *testing.T) {
		w := playFrom(t, "2026-03-02 18:00")
		ana := w.patient("Ana")
		w.To("2026-03-02 22:00")
		ana.Skips().Says("/contact").Sees("What shall I tell").Says("Something feels wrong").Sees("What do you notice?").SeesNothing()
	})
	t.Run("something feels wrong, as a reply to the clinic", func(t *testing.T) {
		w := play(t)
		ana := w.patient("Ana")
		w.owner().Skips().Says("/message ana, How are you?")
		w.Wait(time.Minute)
		ana.Sees("How are you?").replies(ana.last.MessageID, "Something feels wrong").Sees("What do you notice?").SeesNothing()
	})
	for name, first := range map[string]string{"a doubt": "", "a doubt with a form open": "/contact"} {
		t.Run(name, func(t *testing.T) {
			w := playFrom(t, "2026-03-02 18:00")
			ana := w.patient("Ana")
			w.To("2026-03-02 22:00")
			if ana.Skips(); first != "" {
				ana.Says(first).Sees("What shall I tell")
			}
			ana.Says("No chest pain yesterday, but now?").Sees("Do you have this right now?")
			ana.Says("Yes, I have this now").SkipsTo("Call 112 now")
			w.owner().SkipsTo("NOW · Ana")
		})
	}
}

// TestButtonsInWordsWhileAFormIsOpen: the words of a button answer what was sent after
// the form was opened.
func TestButtonsInWordsWhileAFormIsOpen(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	w.To("2026-03-03 14:00")
	ana.Skips().Says("/contact").Sees("What shall I tell")
	w.To("2026-03-03 14:31")
	ana.SkipsTo("From now until tomorrow").Says("Done").Sees("Good, noted").Sees("How strong").Taps("4").Skips()
	w.To("2026-03-04 14:00")
	ana.Skips().Says("/contact").Sees("What shall I tell")
	w.To("2026-03-04 14:31")
	ana.SkipsTo("quick safety check").Says("None of these").SkipsTo("Before you start").SeesNothing()
	doctor.SeesNothing()
}

// TestNotesFollowTheirPatient: what a patient wrote at night reaches whoever looks after
// them in the morning, and nobody else.
func TestNotesFollowTheirPatient(t *testing.T) {
	const note = "A private word for my clinician"
	night := func(t *testing.T) (w *theater, tom, uma, ana *someone) {
		w = playFrom(t, "2026-03-02 18:00")
		tom, uma = w.clinician("Tom"), w.clinician("Uma")
		ana = w.patientOf(uma, "Ana")
		w.To("2026-03-02 21:59")
		tom.Skips()
		uma.Skips()
		ana.Skips()
		return w, tom, uma, ana
	}
	t.Run("handed over", func(t *testing.T) {
		w, tom, uma, ana := night(t)
		ana.Says("/contact " + note).Sees("I pass this on when they open")
		uma.Says("/handover ana, tom").Sees("Ana is now a patient of Tom")
		w.To("2026-03-03 12:00")
		uma.SeesNothing()
		tom.SkipsTo(note).SeesNothing()
	})
	t.Run("shared no longer", func(t *testing.T) {
		w, tom, uma, ana := night(t)
		uma.Says("/share ana, tom").Sees("shared")
		ana.Says("/contact " + note).Sees("I pass this on when they open")
		uma.Taps("End sharing with Tom").Sees("no longer shared")
		tom.Skips()
		w.To("2026-03-03 12:00")
		uma.Sees(note).SeesNothing()
		tom.SeesNothing()
	})
	t.Run("removed", func(t *testing.T) {
		w, _, _, ana := night(t)
		owner := w.owner().Skips()
		ana.Says("/contact " + note).Sees("I pass this on when they open")
		owner.Says("/clinicians").Sees("Uma").Taps("Remove Uma").Sees("Remove Uma?").Taps("Remove Uma").Sees("Uma is removed.")
		w.To("2026-03-03 12:00")
		owner.SkipsTo(note)
	})
	t.Run("a broadcast stays with its author's patients", func(t *testing.T) {
		w, _, uma, ana := night(t)
		w.Wait(time.Minute)
		uma.Says("/broadcast We are closed on Friday").Sees("To 1 patient").Taps("Send to 1").Skips()
		w.Wait(2 * time.Minute)
		uma.Says("/handover ana, tom").Skips()
		w.To("2026-03-03 12:00")
		ana.SeesNothing()
	})
}
