package stage_test

import (
	"fmt"
	"strings"
	"testing"
)

// twoClinicians is a clinic with two clinicians, who have a patient each.
func twoClinicians(t *testing.T) (w *theater, tom, uma, ana, bob *someone) {
	t.Helper()
	w = play(t)
	tom, uma = w.clinician("Tom"), w.clinician("Uma")
	ana, bob = w.patientOf(tom, "Ana"), w.patientOf(uma, "Bob")
	w.owner().Skips()
	return w, tom, uma, ana, bob
}

func TestAnotherCliniciansPatients(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	tom.Says("/session Ana, ql left, 8 kg").Sees("needling of")
	for _, command := range []string{
		"/patient Ana", "/timeline Ana", "/hold Ana, cold", "/release Ana", "/load Ana, 8 kg", "/track Ana, graded",
		"/discharge Ana", "/session Ana, ql left, 2h ago", "/session Ana",
	} {
		uma.Says(command).SeesExactly("No patient of yours has that name.").SeesNothing()
	}
	uma.Says("/patients").SeesExactly("Patients\nBob · active")
	uma.Says("/newpatient Ana").Sees("One link for Ana") // names are one's own
	uma.Skips().Says("/broadcast Hi").Sees("To 1 patient").Skips()
	w.owner().Says("/patients").Sees("Ana (Tom) · ", "Ana (Uma) · invited", "Bob (Uma) · active").
		Says("/patient ana").Sees("Which one?").Buttons("[Ana (Tom)]", "[Ana (Uma)]", "[Back] [Cancel]").Says("/broadcast Hi").Sees("To 2 patients")

	// A tap on a button that somebody else was shown, and on one that nobody was.
	ana.Skips().Says("I can't breathe").Sees("Call 112")
	alert := tom.SkipsTo("NOW · Ana").last
	for _, row := range alert.Buttons {
		for _, b := range row {
			uma.do(uma.TapData(alert.MessageID, b.Data)).Sees("That button is from an older question.").SeesNothing()
			ana.do(ana.TapData(alert.MessageID, b.Data)).Sees("That button is from an older question.").SeesNothing()
		}
	}
	own := uma.Says("/discharge Bob").Sees("End the course of Bob?").last
	prefix, _, _ := strings.Cut(own.Buttons[0][0].Data, ".")
	for _, id := range []int{0, 1, 4, 1000, -1} { // 1 is Tom's Ana, 2 and 3 are Uma's own
		for _, verb := range []string{"discharge", "release", "ack", "link", "broadcast", "pick"} {
			forged := fmt.Sprintf("%s.%s.%d.%d", prefix, verb, id, id)
			uma.do(uma.TapData(own.MessageID, forged)).Sees("That button is from an older question.").SeesNothing()
		}
	}
	tom.Skips().Says("/patients").Sees("Ana · on hold", "1 open alert")
}

func TestPatientsSeeNobody(t *testing.T) {
	_, tom, _, ana, bob := twoClinicians(t)
	bobs := bob.Says("/plan").Sees("Your plan").last
	ana.do(ana.TapData(bobs.MessageID, bobs.Buttons[0][0].Data)).Sees("That button is from an older question.").SeesNothing()
	for _, command := range []string{"/patient Bob", "/patients", "/timeline Bob", "/newpatient Eve", "/broadcast hi", "/release Ana", "/discharge Bob", "/session Ana, ql left"} {
		ana.Says(command).SeesExactly("I do not know that command. /help shows what I can do.").SeesNothing()
	}
	tom.Skips().SeesNothing()
}

func TestStrangerTaps(t *testing.T) {
	w, tom, _, _, _ := twoClinicians(t)
	eve := w.stranger("Eve").Starts("").Skips()
	shown := tom.Skips().Says("/patients").Sees("Ana").last
	eve.do(eve.TapData(shown.MessageID, "1.patients.0.")).Sees("This bot works with a personal link").SeesNothing()
}
