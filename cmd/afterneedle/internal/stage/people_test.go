package stage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSharing(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	tom.Says("/session ana, ql left, 8 kg").Sees("needling of")
	ana.Sees("Needling was step 1")
	tom.Says("/share ana").Sees("With whom shall Ana be shared?").Buttons("[Maria]", "[Uma]", wayOut).Taps("Uma").
		SeesExactly("Ana is shared with Uma: both of you see the record, can act, and get the alerts.").Buttons("[End sharing with Uma]")
	uma.SeesExactly("Tom shares Ana with you: you see the record, can act, and get the alerts.").Buttons("[End sharing with Uma]")

	uma.Says("/patients").Sees("Ana (Tom) · active", "Bob · active").Says("/hold ana, cold").Sees("Ana is on hold").
		Says("/release ana").Sees("Ana is released.")
	// What decides who may see the patient stays with Tom.
	uma.Says("/handover ana, Maria").SeesExactly("Only Tom or an owner decides who sees Ana.").
		Says("/share ana, Maria").SeesExactly("Only Tom or an owner decides who sees Ana.").
		Says("/share ana, Tom").Sees("No single colleague is meant by “Tom”.")
	tom.Says("/share ana, uma").SeesExactly("Ana is shared with Uma already.").Says("/share ana").Sees("With whom").
		Buttons("[Maria]", "[End sharing with Uma]", wayOut)

	w.Wait(time.Minute)
	ana.Skips().Says("my chest hurts").Sees("Call 112")
	tom.Sees("NOW · Ana")
	uma.Sees("NOW · Ana")
	w.owner().SeesNothing()
	uma.Taps("Acknowledge").Sees("Acknowledged by Uma")
	ana.Says("/stop")
	tom.Sees("Ana has stopped the messages.")
	uma.Sees("Ana has stopped the messages.")

	// The end of it: half a conversation does not outlive it, nor does a button.
	uma.Says("/hold ana").Sees("Why shall Ana pause?")
	tom.Taps("End sharing with Uma").SeesExactly("Ana is no longer shared with Uma.")
	uma.SeesExactly("Ana is no longer shared with Uma.").Taps("Fever").SeesExactly("No patient of yours has that name.").
		Says("/patient ana").Sees("No patient of yours").Says("/patients").Sees("Bob · active").Without("Ana").
		Taps("End sharing").Sees("That button is from an older question.").Taps("Write").Sees("That button is from an older question.")
	tom.Taps("End sharing with Uma").Sees("That button is from an older question.").SeesNothing()
}

func TestSharingEndedByTheOther(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	tom.Says("/share ana, uma").Sees("is shared with Uma")
	uma.Sees("Tom shares Ana with you").Taps("End sharing").SeesExactly("Ana is no longer shared with Uma.")
	tom.SeesExactly("Ana is no longer shared with Uma.").SeesNothing()
	w.Wait(time.Minute)
	ana.Skips().Says("my chest hurts").Sees("Call 112")
	tom.Sees("NOW · Ana")
	uma.SeesNothing().Says("/patients").Sees("Bob · active").Without("Ana").SeesNothing()
}

func TestAnAlertFollowsItsPatient(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	tom.Says("/session ana, ql left, 8 kg").Sees("needling of")
	w.Wait(time.Minute)
	ana.Skips().Says("my chest hurts").Sees("Call 112")
	tom.Sees("NOW · Ana").Says("/handover ana, uma").SeesExactly("Ana is now a patient of Uma.")
	uma.SeesExactly("Ana is now a patient of Uma.").Sees("NOW · Ana")
	w.Wait(15 * time.Minute)
	uma.Sees("Again, not acknowledged yet (2 of 4)", "NOW · Ana")
	tom.SeesNothing().Says("/patient ana").Sees("No patient of yours").Taps("Acknowledge").Sees("That button is from an older question.")
	uma.Taps("Acknowledge").Sees("Acknowledged by Uma")
}

func TestHandingOver(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	uma.Says("/newpatient Ana").Sees("One link").Skips()
	tom.Says("/handover").Sees("Which one?").Taps("Ana").Sees("To whom shall Ana go?").Buttons("[Maria]", "[Uma]", wayOut).Says("um").
		SeesExactly("Ana is now a patient of Uma.\nThat name was taken there: Ana is now called Ana 2.").Says("/patients").Sees("No patients yet.")
	uma.Sees("Ana is now a patient of Uma.").Says("/patients").Sees("Ana · invited", "Ana 2 · active", "Bob · active")
	ana.SeesNothing()
	// An owner may take a patient, and both clinicians hear of it.
	w.owner().Says("/handover Ana 2, maria").Sees("Ana 2 is now a patient of Maria.").SeesNothing()
	uma.Sees("Ana 2 is now a patient of Maria.").SeesNothing()
	w.owner().Says("/share Ana 2, tom").Sees("shared with Tom").Says("/handover Ana 2, tom").Sees("Ana 2 is now a patient of Tom.")
	tom.Sees("Maria shares Ana 2 with you").Sees("Ana 2 is now a patient of Tom.").SeesNothing().Says("/patients").Sees("Ana 2 · active")
	w.owner().Says("/share Ana 2").Sees("With whom").Buttons("[Maria]", "[Uma]", wayOut).Says("nobody").Sees("No single colleague is meant by “nobody”.")
	ana.SeesNothing()
}

func TestTwoOfOneName(t *testing.T) {
	w := play(t)
	w.clinician("Tom")
	w.clinician("Tom")
	w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/clinicians").SeesExactly("Clinicians\nMaria (owner): 1 patient\nTom: 0 patients\nTom 2: 0 patients").
		Buttons("[Remove Tom]", "[Remove Tom 2]")
	doctor.Says("/share ana, to").Sees("No single colleague is meant by “to”.").Says("/share ana, tom").Sees("shared with Tom:").
		Says("/share ana, tom").Sees("shared with Tom 2:")
}

func TestNobodyToShareWith(t *testing.T) {
	w := play(t)
	w.patient("Ana")
	w.owner().Says("/share ana").SeesExactly("There is no colleague for Ana to go to. An owner invites one with /invite.").Buttons(wayOut)
}

// commands lists the commands that Telegram shows in a chat.
func (p *someone) commands() string {
	var names []string
	for _, c := range p.w.Telegram.Commands(fmt.Sprintf("chat:%d", p.id), "") {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

func TestRemovingAClinician(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	owner := w.owner()
	w.patientOf(owner, "Bob")
	uma.Says("/newpatient Ana").Sees("One link").Skips()
	tom.Says("/session ana, ql left, 8 kg").Sees("needling of").Says("/share ana, uma").Sees("shared with Uma").
		Says("/broadcast See you").Sees("To 1 patient")
	uma.Skips().Says("/broadcast Hello").Sees("To 2 patients").Says("/hold bob").Sees("Why shall Bob")
	owner.Skips().Says("/newpatient Carl").Skips()
	if got := uma.commands(); !strings.Contains(got, "newpatient") {
		t.Fatalf("commands of a clinician: %q", got)
	}

	owner.Says("/clinicians").SeesExactly("Clinicians\nMaria (owner): 2 patients\nTom: 1 patient\nUma: 2 patients").
		Taps("Remove Uma").SeesExactly("Remove Uma? You take over 2 patients, and Uma sees nothing any more.").
		Buttons("[Remove Uma] [Cancel]").Taps("Cancel").SeesExactly(cancelled).
		Says("/clinicians").Sees("Uma: 2 patients").Taps("Remove Uma").Sees("Remove Uma?").Taps("Remove Uma").
		SeesExactly("Uma is removed. You have taken over 2 patients.\nThat name was taken there: Bob is now called Bob 2.")
	const stranger = "Hello. This bot works with a personal link from a clinic. Please ask yours for one."
	for _, text := range []string{"/patients", "/patient Bob", "/hold Bob, cold", "Fever or a cold", "/help", "hello", "/clinicians"} {
		uma.Says(text).SeesExactly(stranger).SeesNothing()
	}
	uma.Taps("Send to 2").SeesExactly(stranger).Taps("Fever").SeesExactly(stranger).SeesNothing()
	if got := uma.commands(); strings.Contains(got, "newpatient") {
		t.Errorf("commands of a removed clinician: %q", got)
	}
	owner.Says("/patients").Sees("Ana · invited", "Ana (Tom) · active", "Bob · active", "Bob 2 · active").
		Says("/clinicians").SeesExactly("Clinicians\nMaria (owner): 4 patients\nTom: 1 patient")

	// What comes for the patients goes to the owner, and to those who are left.
	w.Wait(time.Minute)
	ana.Skips().Says("my chest hurts").Sees("Call 112")
	tom.SkipsTo("NOW · Ana")
	uma.SeesNothing()
	// Somebody who comes back begins with nothing.
	link := owner.Skips().Says("/invite").Sees("One link").link()
	uma.Starts(link).Sees("You have joined Praxis Weber").Says("/patients").Sees("No patients yet.").
		Taps("Send to 2").Sees("This broadcast is over.").SeesNothing()
}

func TestAlertsOfARemovedClinician(t *testing.T) {
	w, tom, uma, ana, bob := twoClinicians(t)
	tom.Says("/session ana, ql left, 8 kg").Sees("needling of").Says("/share ana, uma").Sees("shared")
	uma.Sees("shares").Says("/session bob, ql left, 8 kg").Sees("needling of")
	w.Wait(time.Minute)
	ana.Skips().Says("my chest hurts").Sees("Call 112")
	bob.Skips().Says("my chest hurts").Sees("Call 112")
	uma.Sees("NOW · ").Sees("NOW · ")
	tom.Sees("NOW · Ana")
	w.owner().Skips().Says("/clinicians").Sees("Uma").Taps("Remove Uma").Sees("Remove Uma?").Taps("Remove Uma").Sees("Uma is removed.").
		Sees("NOW · Bob")
	w.Wait(15 * time.Minute)
	w.owner().Sees("Again, not acknowledged yet (2 of 4)", "NOW · Bob").SeesNothing()
	tom.Sees("Again, not acknowledged yet (2 of 4)", "NOW · Ana").SeesNothing()
	uma.SeesNothing()
}

func TestOnlyAnOwnerRemoves(t *testing.T) {
	w, tom, uma, _, _ := twoClinicians(t)
	tom.Says("/clinicians").SeesExactly("This command is for the clinic's owner.")
	shown := tom.Says("/patients").Sees("Ana").last
	list := w.owner().Says("/clinicians").Sees("Tom", "Uma").last
	for _, row := range list.Buttons {
		for _, b := range row {
			tom.do(tom.TapData(list.MessageID, b.Data)).Sees("That button is from an older question.").SeesNothing()
		}
	}
	own := tom.Says("/share ana").Sees("With whom").ownDelivery()
	for id := range 5 {
		for _, value := range []string{"ask", "yes", "no", "x"} {
			tom.do(tom.TapData(shown.MessageID, fmt.Sprintf("%s.remove.%d.%s", own, id, value))).Sees("That button is from an older question.")
		}
	}
	tom.do(tom.TapData(shown.MessageID, own+".clinicians.0.page")).Sees("This command is for the clinic's owner.").SeesNothing()
	// An owner cannot remove an owner, nor the same one twice.
	owner := w.owner()
	prefix, _, _ := strings.Cut(list.Buttons[0][0].Data, ".")
	for _, forged := range []string{".remove.1.yes", ".remove.99.yes", ".remove.0.ask", ".remove.2.maybe"} {
		owner.do(owner.TapData(list.MessageID, prefix+forged)).Sees("That button is from an older question.")
	}
	owner.do(owner.TapData(list.MessageID, prefix+".remove.3.yes")).Sees("Uma is removed.").
		do(owner.TapData(list.MessageID, prefix+".remove.3.yes")).Sees("That button is from an older question.").SeesNothing()
	uma.Says("/patients").Sees("This bot works with a personal link").SeesNothing()
}
