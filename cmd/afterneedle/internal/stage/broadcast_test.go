package stage_test

import (
	"strings"
	"testing"
	"time"
)

func TestBroadcast(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Says("/broadcast Closed on Friday").Sees("Nobody is in this audience.")
	ana, bea := w.patient("Ana"), w.patient("Bea")
	w.invited(doctor, "Cem")
	doctor.Skips().Says("/broadcast Closed on <Friday> & \"Monday\"").
		SeesExactly("To 2 patients: Everyone\nClosed on <Friday> & \"Monday\"").
		Buttons("[Send to 2]", "[Send now anyway]", "[Cancel]").
		Taps("Send to 2").SeesExactly("Going out to 2 patients in 30 seconds. Undo is possible until then.").Buttons("[Undo]")
	w.Wait(29 * time.Second)
	ana.SeesNothing()
	w.Wait(2 * time.Second)
	ana.SeesExactly("Praxis Weber\nClosed on <Friday> & \"Monday\"").SeesNothing()
	bea.Sees("Closed on <Friday>").SeesNothing()
	doctor.Taps("Undo").SeesExactly("It is too late to undo. The messages are on their way.").SeesNothing()
	w.Wait(24 * time.Hour)
	ana.SeesNothing()
}

func TestBroadcastUndone(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner()
	doctor.Says("/broadcast").Sees("What shall I send? Plain text.").Says("Line 1\nLine 2").Sees("To 1 patient: Everyone\nLine 1\nLine 2").
		Taps("Send to 1").Sees("Going out to 1 patient")
	w.Wait(20 * time.Second)
	doctor.Taps("Undo").SeesExactly("Nothing was sent.")
	doctor.Says("/broadcast Other").Sees("To 1 patient").Taps("Cancel").Sees("Nothing was sent.")
	w.Wait(24 * time.Hour)
	ana.SeesNothing()
}

func TestBroadcastInWakingHours(t *testing.T) {
	w := playFrom(t, "2026-03-02 22:29")
	ana := w.patient("Ana")
	doctor := w.owner()
	doctor.Says("/broadcast Quiet").Sees("To 1").Taps("Send to 1").Sees("Going out")
	doctor.Says("/broadcast Loud").Sees("To 1").Taps("Send now anyway").Sees("Going out")
	w.Wait(time.Minute)
	ana.Sees("Loud").SeesNothing()
	w.To("2026-03-03 07:59")
	ana.SeesNothing()
	w.To("2026-03-03 08:00")
	ana.Sees("Quiet").SeesNothing()
}

func TestBroadcastLimitsAndAudience(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana, bea, cem := w.patient("Ana"), w.patient("Bea"), w.patient("Cem")
	doctor.Says("/broadcast " + strings.Repeat("x", 3501)).Sees("Too long: 3501 characters, and 3500 are possible.")
	doctor.Says("/broadcast " + strings.Repeat("&", 3500)).Sees("To 3 patients").Taps("Cancel").Sees("Nothing was sent.")
	ana.Says("/stop").Sees("no more messages")
	doctor.Sees("Ana has stopped").Says("/discharge cem").Sees("End").Taps("End the course").Sees("discharged")
	cem.Sees("has ended this plan")
	doctor.Says("/hold bea, cold").Sees("on hold")
	doctor.Says("/broadcast Hello").Sees("To 1 patient").Taps("Send now").Sees("Going out to 1 patient")
	w.Wait(time.Minute)
	bea.SkipsTo("Hello")
	ana.SeesNothing()
	cem.SeesNothing()
}
