package stage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// worried is a patient with an alert of level 1: the pain before the first
// workout was 6. It is Wednesday, 14:30.
func worried(t *testing.T) (w *theater, doctor, ana *someone) {
	t.Helper()
	w = play(t)
	ana = w.readyToTrain("Ana", "upper trapezius left, 8 kg").Taps("6").Sees("so no load today")
	return w, w.owner().Skips(), ana
}

// The digest comes at its hour and once a day, says each thing once, and leads
// to the patient, until nothing is left to say.
func TestDigest(t *testing.T) {
	w, doctor, _ := worried(t)
	doctor.WaitsFor("Digest: 1 patient to look at when you can", "Ana · Pain of 6 or 7 before a workout; put off by a day. (since Wed 4 Mar)").
		Buttons("[Ana]")
	if at := w.now().Format("Mon 15:04"); at != "Thu 08:00" {
		t.Errorf("the digest came at %s", at)
	}
	doctor.Taps("Ana").Sees("Ana · active", "1 open alert", "❗ Pain of 6 or 7").
		Buttons("[Acknowledge]", "[Brief]", "[Hold] [Set load] [Write]").
		Taps("Acknowledge").Sees("Ana · active", "✓ Pain of 6 or 7 before a workout; put off by a day. Acknowledged by Maria, 08:00.").
		Without("open alert").Buttons("[Brief]", "[Hold] [Set load] [Write]")
	w.To("2026-03-06 12:00")
	doctor.SeesNothing()
}

func TestDigestOnTheDaysClocksChange(t *testing.T) {
	for name, x := range map[string]struct{ start, from, hour string }{
		"spring": {"2026-03-25 14:29", "2026-03-28 12:00", "2026-03-29 08:00"},
		"autumn": {"2026-10-21 14:29", "2026-10-24 12:00", "2026-10-25 08:00"},
		"gap":    {"2026-03-25 14:29", "2026-03-28 12:00", "2026-03-29 03:00"}, // 02:30 does not exist
	} {
		t.Run(name, func(t *testing.T) {
			w := playFrom(t, x.start)
			w.readyToTrain("Ana", "upper trapezius left, 8 kg").Taps("6")
			doctor := w.owner()
			if name == "gap" {
				doctor.Skips().Says("/digest 02:30").Sees("Your digest comes at 02:30")
			}
			w.To(x.from)
			doctor.Skips().WaitsFor("Digest: 1 patient")
			if at := w.now().Format("2006-01-02 15:04"); at != x.hour {
				t.Errorf("the digest came at %s, want %s", at, x.hour)
			}
		})
	}
}

func TestDigestHour(t *testing.T) {
	w, doctor, _ := worried(t)
	doctor.Says("/digest 07:30").Sees("Your digest comes at 07:30, clinic time").SeesNothing()
	w.To("2026-03-05 07:29")
	doctor.SeesNothing().WaitsFor("Digest: 1 patient")
	if at := w.now().Format("Mon 15:04"); at != "Thu 07:30" {
		t.Errorf("the digest came at %s", at)
	}
	doctor.Says("/digest").Sees("Your digest comes at 07:30, clinic time. When shall it come?").
		Buttons("[07:00] [07:30] [08:00]", "[09:00] [12:00] [17:00]", "[Back] [Cancel]").
		Taps("17:00").SeesExactly("Your digest comes at 17:00, clinic time, on days when it has something to say.")
	w.To("2026-03-06 16:59")
	doctor.SeesNothing().WaitsFor("Digest: 1 patient")
	doctor.Says("/digest").Sees("When shall it come?").Says("soon").SeesExactly("Send a time from 00:00 to 23:59, such as 07:30.").
		Says("24:00").Sees("such as 07:30").Says("9:15").Sees("Your digest comes at 09:15")
	doctor.Says("/digest 25:99").Sees("Send a time from 00:00 to 23:59").Says("/cancel").Sees("Cancelled")
	doctor.Says("/digest").Sees("comes at 09:15").Taps("Cancel").SeesExactly("Cancelled. Nothing was saved.")
	doctor.Says("10:00").Sees("I did not get that")
}

// Everybody reads of their own patients; the owner of all, with whose they are.
func TestDigestAndAlertsOfTwoClinicians(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	ana.Says("my chest hurts")
	owner := w.owner().Skips()
	tom.Skips().Says("/alerts").Sees("NOW · Ana", "Open since")
	uma.Skips().Says("/alerts").SeesExactly("No open alerts.")
	owner.Says("/alerts").Sees("NOW · Ana (Tom)")
}

func TestAlertsMostUrgentFirstInPages(t *testing.T) {
	w, doctor, _ := worried(t)
	for i := range 6 {
		w.patient(fmt.Sprintf("P%d", i)).Says("my chest hurts")
	}
	doctor.Skips().Says("/alerts")
	for i := range 5 {
		doctor.Sees(fmt.Sprintf("NOW · P%d", i), "Open since")
	}
	doctor.Sees("7 open alerts in all.").Buttons("[Show more]")
	// What is acknowledged meanwhile does not hide what comes next.
	doctor.Taps("Acknowledge").Sees("NOW · P4", "Acknowledged by Maria").Taps("Show more")
	doctor.Sees("NOW · P5").Sees("When you can · Ana", "Pain of 6 or 7 before a workout").SeesNothing()
	doctor.Skips().Says("/alerts").Sees("NOW · P0")
	doctor.Skips().Says("/alerts ana").Sees("When you can · Ana", "Pain of 6 or 7").SeesNothing()
	doctor.Says("/alerts p4").SeesExactly("No open alerts.").Says("/alerts P").Sees("Which one?").
		Taps("P3").Sees("NOW · P3").SeesNothing()
	doctor.Says("/alerts Zoe").SeesExactly("No patient of yours has that name.")
}

// Under every alert stands what can be done about it: the forms ask for the rest.
func TestActsOnAnAlert(t *testing.T) {
	_, doctor, ana := worried(t)
	doctor.Says("/alerts").Sees("When you can · Ana", "Open since 14:30.").Buttons("[Acknowledge]", "[Hold] [Set load] [Write]").
		Taps("Set load").Sees("Which load for Ana?").Says("3 kg").Sees("Next workout of Ana: 3 kg, exactly.").
		Taps("Hold").Sees("Why shall Ana pause?").Says("fever, 24h").Sees("Ana is on hold", "fever")
	ana.Skips().Says("my chest hurts").Sees("Call 112 now")
	doctor.Sees("NOW · Ana").Buttons(heldAlert...).
		Taps("Acknowledge").Sees("NOW · Ana", "Acknowledged by Maria, 14:30.").Buttons(heldAlert[1:]...).
		Taps("Release").Sees("Ana is released")
	doctor.Says("/patient Ana").Sees("Ana · active", "1 open alert").Buttons("[Acknowledge]", "[Brief]", "[Hold] [Set load] [Write]")
	doctor.Says("/alerts").Sees("When you can · Ana").SeesNothing()
}

// An alert repeats until somebody acknowledges it, and the timeline says so.
func TestTimelineOfAnAcknowledgedAlert(t *testing.T) {
	w := play(t)
	tom := w.clinician("Tom")
	ana := w.patientOf(tom, "Ana")
	owner := w.owner().Skips()
	start := w.now()
	ana.Says("my chest hurts")
	tom.Sees("NOW · Ana")
	for range 3 {
		tom.WaitsFor("Again, not acknowledged yet", "NOW · Ana")
	}
	if waited := w.now().Sub(start); waited.Round(time.Minute) != 45*time.Minute {
		t.Errorf("the last repeat came after %s", waited)
	}
	tom.Taps("Acknowledge").Sees("NOW · Ana", "Acknowledged by Tom").Without("Again, not acknowledged")
	tom.Says("/hold Ana, a cold").Sees("Ana is on hold")
	w.Wait(2 * time.Hour)
	owner.SeesNothing()
	tom.Skips().Says("/timeline Ana").Sees("alert · dropped (acknowledged)")
}

// Nothing that a forged button says leads to another clinician's patient, or
// anywhere at all.
func TestForgedAlertButtons(t *testing.T) {
	_, tom, uma, ana, _ := twoClinicians(t)
	ana.Says("my chest hurts")
	tom.SkipsTo("NOW · Ana")
	shown := uma.Skips().Says("/patients").Sees("Bob").last
	own := uma.Says("/patient Bob").Sees("Bob").Says("/discharge Bob").Sees("End the course").last
	prefix, _, _ := strings.Cut(own.Buttons[0][0].Data, ".")
	for _, forged := range []string{
		"begin.1.hold", "begin.1.load", "begin.1.patient", "begin.2.nothing", "begin.-1.hold",
		"alerts.0.x", "alerts.0.", "alerts.0.3.1", "alerts.0.0.1.1.1",
	} {
		uma.do(uma.TapData(shown.MessageID, prefix+"."+forged)).Sees("That button is from an older question.").SeesNothing()
	}
	uma.do(uma.TapData(shown.MessageID, prefix+".alerts.0.3.9.9.9")).SeesExactly("That was the last open alert.")
	uma.do(uma.TapData(shown.MessageID, prefix+".digest.-7.")).SeesExactly("Nothing is left on this list.")
	uma.do(uma.TapData(own.MessageID, prefix+".ack.9.2")).SeesExactly("That alert is closed already.").SeesNothing()
}
