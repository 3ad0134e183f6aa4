package stage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const unwatched = "They read it when they can, and nobody reads at night. If it cannot wait, call Praxis Weber. In an emergency call 112."

// Replies answers the message read last by Telegram's own reply.
func (p *someone) Replies(text string) *someone {
	p.w.t.Helper()
	_, err := p.Person.Replies(p.last.MessageID, text)
	return p.do(err)
}

// stored names the files of the database that hold a text.
func (w *theater) stored(text string) (found []string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "stage.db*"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("no database: %v", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.Contains(string(raw), text) {
			found = append(found, filepath.Base(name))
		}
	}
	return found
}

// restart ends the program and starts it anew, in the middle of what people do.
func (w *theater) restart() {
	w.t.Helper()
	if err := w.Restart(); err != nil {
		w.t.Fatal(err)
	}
}

func TestMessageToOnePatient(t *testing.T) {
	w := play(t)
	ana, bea := w.patient("Ana"), w.patient("Bea")
	doctor := w.owner().Skips()
	doctor.Says("/message ana, Bring <shorts> & a towel,\nplease,  twice").SeesExactly("On its way to Ana.").SeesNothing()
	ana.SeesExactly("Praxis Weber\nBring <shorts> & a towel,\nplease,  twice").Buttons("[Answer]").SeesNothing()
	bea.SeesNothing()

	doctor.Says("/message").Sees("Which one?").Buttons("[Ana]", "[Bea]", "[Back] [Cancel]").Taps("Bea").
		SeesExactly("What shall I write to Bea? Plain text.")
	w.restart()
	doctor.Says("See you on Friday").SeesExactly("On its way to Bea.").SeesNothing()
	bea.SeesExactly("Praxis Weber\nSee you on Friday").SeesNothing()
	doctor.Says("/message bea").Sees("What shall I write").Says("Cancel").Sees("Cancelled. Nothing was saved.").
		Says("hello").Sees("I did not get that.")
	doctor.Says("/message").Sees("Which one?").Says("Ana").Sees("What shall I write to Ana?").
		Says(strings.Repeat("x", 3501)).SeesExactly("Too long: 3501 characters, and 3500 are possible.").
		Says(strings.Repeat("&", 3500)).Sees("On its way to Ana.")
	ana.Sees(strings.Repeat("&", 3500)).SeesNothing()
	doctor.Says("/timeline ana").Sees("message · sent").Without("towel")
	bea.SeesNothing()
}

func TestMessageRefused(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Says("/newpatient Cem").Skips()
	dan, eva, fay := w.invited(doctor, "Dan"), w.patient("Eva"), w.patient("Fay")
	doctor.Skips().Says("/message Cem, hi").SeesExactly("Cem has not joined or not agreed yet and gets no messages.").
		Says("/message Dan, hi").SeesExactly("Dan has not joined or not agreed yet and gets no messages.").
		Says("/message Nobody, hi").SeesExactly("No patient of yours has that name.").SeesNothing()
	eva.Says("/stop").Sees("no more messages")
	doctor.Sees("Eva has stopped").Says("/message Eva, hi").SeesExactly("Eva has asked for no more messages. Please call.").SeesNothing()
	fay.do(fay.Blocks())
	doctor.Skips().Says("/message Fay, hi").SeesExactly("Fay cannot be reached: the chat is closed to the bot. Please call.")
	fay.do(fay.Unblocks())
	doctor.Skips().Says("/message Fay").Sees("What shall I write to Fay?")
	fay.do(fay.Blocks())
	doctor.Skips().Says("hi").Sees("Fay cannot be reached")
	for _, p := range []*someone{dan, eva, fay} {
		p.SeesNothing()
	}
}

// TestMessageAfterTheCourse is for a patient whose plan has ended and who has not
// asked for silence.
func TestMessageAfterTheCourse(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/discharge ana").Sees("End the course").Taps("End the course").Sees("discharged")
	ana.Sees("has ended this plan").Says("/contact It came back").Sees("I pass this on")
	w.Wait(5 * time.Minute)
	doctor.Sees("· It came back").Replies("Come by").Sees("On its way to Ana.")
	ana.Sees("Come by").SeesNothing()
}

func TestMessageAtNight(t *testing.T) {
	w := playFrom(t, "2026-03-02 14:29")
	ana, bea := w.patient("Ana"), w.patient("Bea")
	w.To("2026-03-02 22:30")
	doctor := w.owner().Skips()
	doctor.Says("/message ana, Quiet").SeesExactly("It is night for Ana. The message goes out Tue 3 Mar, 08:00.")
	ana.SeesNothing()
	bea.Says("/today").Sees("Nothing is planned")
	w.Wait(time.Hour)
	doctor.Says("/message bea, Now").SeesExactly("On its way to Bea.")
	bea.Sees("Now")
	w.Wait(time.Minute)
	doctor.Says("/message bea, Later").Sees("It is night for Bea.")
	w.To("2026-03-03 07:59")
	bea.Says("/stop").Sees("no more messages") // and nothing that was on its way
	ana.SeesNothing()
	w.To("2026-03-03 08:01")
	ana.SeesExactly("Praxis Weber\nQuiet").SeesNothing()
	bea.SeesNothing()
	doctor.Skips().Says("/timeline bea").Sees("message · dropped (the patient stopped)")
}

func TestNoteAndReply(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	ana.Says("/contact May I <swim> & run?").
		SeesExactly("I pass this on to Praxis Weber within a few minutes.\n" + unwatched).SeesNothing()
	w.Wait(4 * time.Minute)
	doctor.SeesNothing()
	ana.Says("/contact").Sees("What shall I tell Praxis Weber? Your next text goes to them.", "in an emergency 112")
	w.restart()
	ana.Says("4").Sees("I pass this on").SeesNothing()
	w.Wait(time.Minute)
	doctor.SeesExactly("Ana writes:\n14:30 · May I <swim> & run?\n14:34 · 4").Buttons("[Reply]").SeesNothing()

	first := doctor.last
	doctor.Taps("Reply").Sees("What shall I write to Ana?").Says("Yes, both").Sees("On its way to Ana.")
	ana.SeesExactly("Praxis Weber\nYes, both").Taps("Answer").Sees("What shall I tell Praxis Weber?").Says("Thanks").Sees("I pass this on")
	w.Wait(5 * time.Minute)
	doctor.SeesExactly("Ana writes:\n14:35 · Thanks").Replies("Good luck").Sees("On its way to Ana.").SeesNothing()
	ana.SeesExactly("Praxis Weber\nGood luck").Replies("7").Sees("I pass this on").SeesNothing()
	w.Wait(5 * time.Minute)
	doctor.Sees("· 7").Says("/timeline ana").Sees("note · sent", "message · sent").Without("swim", "Thanks")

	// Old messages stay good, and commands stay commands.
	doctor.last = first
	doctor.Replies("Once more").Sees("On its way to Ana.").Replies("/patients").Sees("Patients")
	ana.Sees("Once more")
	doctor.Says("/patients").Sees("Patients").Replies("Hello").Sees("I did not get that.").SeesNothing()
	ana.SeesNothing()
}

func TestUnknownTextIsOffered(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	ana.Says("When is my <next> visit?").Sees("I am a program and did not get that.").
		Buttons("[Something feels wrong]", "[Send to the clinic]")
	offer := ana.last
	w.Wait(time.Hour)
	doctor.SeesNothing() // nothing goes anywhere without the tap
	ana.Says("And my shoes?").Sees("did not get that")
	ana.do(ana.TapData(offer.MessageID, offer.Buttons[1][0].Data)).Sees("I pass this on").SeesNothing()
	ana.do(ana.TapData(offer.MessageID, offer.Buttons[1][0].Data)).Sees("That button is from an older question.").SeesNothing()
	w.Wait(time.Hour)
	doctor.SeesExactly("Ana writes:\n15:30 · When is my <next> visit?").SeesNothing()
	ana.Says(strings.Repeat("x", 3501)).Sees("did not get that").Buttons("[Something feels wrong]")
	ana.Says("/contact " + strings.Repeat("x", 3501)).SeesExactly("That is too long for one message: 3501 letters and signs, and 3500 fit. Please make it shorter.").
		Says("shorter").Sees("I pass this on")
	ana.Says("/contact").Sees("What shall I tell").Says("cancel").SeesExactly("All right, I send nothing.").Says("hello").Sees("did not get that").SeesNothing()
}

func TestNotesAndOpenQuestions(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	w.To("2026-03-03 14:30")
	ana.Skips().Says("/contact").Sees("What shall I tell")
	ana.Taps("Done").Skips().Says("I did not mean this").Sees("whole number") // a tap turns to something else
	ana.Taps("4").Skips().Says("/contact").Sees("What shall I tell").Says("/today").Sees("Next:").Says("hello").Sees("did not get that")

	w.To("2026-03-04 14:00")
	ana.Skips().Says("/contact").Sees("What shall I tell")
	w.To("2026-03-04 14:31")
	ana.Sees("quick safety check").Taps("None of these").Sees("On we go").Sees("much pain")
	ana.Says("2").Sees("Pain before: 2") // the later question gets the number
	doctor.SeesNothing()
}

func TestSafetyWordsComeBeforeNotes(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	ana.Says("/contact my chest hurts").Sees("Call 112 now").SeesNothing()
	doctor.Sees("NOW · Ana").Taps("Acknowledge").Sees("Acknowledged")
	ana.Says("/contact").Sees("What shall I tell").Says("I can't breathe").Sees("Call 112 now").SeesNothing()
	ana.Says("please hurry").Sees("did not get that") // the form is closed: nobody waits here for an answer
	doctor.Skips().Says("/message ana, How are you?").Sees("On its way")
	ana.Sees("How are you?").Replies("my chest hurts").Sees("Call 112 now").SeesNothing()
	w.Wait(10 * time.Minute)
	doctor.Skips()

	bea := w.patient("Bea")
	doctor.Skips()
	bea.Says("/contact No chest pain, but may I swim?").Sees("Do you have this right now?").
		Taps("No, I do not").Sees("Good. We go on as planned.").Buttons("[Something feels wrong]", "[Send to the clinic]").
		Taps("Send to the clinic").Sees("I pass this on").SeesNothing()
	w.Wait(5 * time.Minute)
	doctor.SkipsTo("Bea writes:").With("· No chest pain, but may I swim?").Without("/contact")
}

func TestNotesAtNight(t *testing.T) {
	w := playFrom(t, "2026-03-02 19:40")
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	ana.Says("/contact one").Sees("within a few minutes")
	w.To("2026-03-02 19:46")
	doctor.Sees("one")
	w.To("2026-03-02 22:00")
	ana.Says("/contact two").SeesExactly("Praxis Weber is closed now. I pass this on when they open: Tue 3 Mar, 08:00.\n" + unwatched)
	w.To("2026-03-03 07:59")
	ana.Says("/contact three").Sees("I pass this on")
	doctor.SeesNothing()
	w.To("2026-03-03 08:00")
	doctor.SeesExactly("Ana writes:\nMon 2 Mar, 22:00 · two\n07:59 · three").SeesNothing()
	w.To("2026-03-03 09:00")
	doctor.SeesNothing()
}

func TestNotesAreLimited(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	for n := range 10 {
		ana.Says(fmt.Sprintf("/contact %s %d", strings.Repeat("x", 3000), n)).Sees("I pass this on").SeesNothing()
	}
	const limit = "That is 10 messages within an hour, and I pass on no more for now. Please call Praxis Weber, and in an emergency 112."
	ana.Says("/contact more").SeesExactly(limit).SeesNothing()
	ana.Says("hello").Sees("did not get that").Taps("Send to the clinic").SeesExactly(limit)
	w.Wait(6 * time.Minute)
	for n := range 10 { // too long to be gathered
		doctor.Sees(fmt.Sprintf("x %d", n))
	}
	doctor.SeesNothing()
	w.Wait(time.Hour)
	ana.Taps("Send to the clinic").Sees("I pass this on").SeesNothing()
}

func TestNotesStayWithOnesOwnClinician(t *testing.T) {
	w, tom, uma, ana, bob := twoClinicians(t)
	ana.Says("/contact hello").Sees("I pass this on")
	bob.Says("/contact servus").Sees("I pass this on")
	w.Wait(5 * time.Minute)
	note := tom.Sees("Ana writes:").SeesNothing().last
	uma.Sees("Bob writes:").SeesNothing()
	w.owner().SeesNothing()
	uma.Says("/message Ana, hi").SeesExactly("No patient of yours has that name.").SeesNothing()
	uma.do(uma.TapData(note.MessageID, note.Buttons[0][0].Data)).Sees("That button is from an older question.").SeesNothing()
	own := uma.Says("/discharge Bob").Sees("End the course of Bob?").last
	prefix, _, _ := strings.Cut(own.Buttons[0][0].Data, ".")
	for _, data := range []string{prefix + ".reply.0.1", prefix + ".reply.0.x", prefix + ".contact.0.send"} {
		uma.do(uma.TapData(own.MessageID, data)).Sees("That button is from an older question.").SeesNothing()
	}

	// A patient's own taps, forged, and on what another patient was offered.
	offer := ana.Says("my secret").Sees("did not get that").last
	bob.do(bob.TapData(offer.MessageID, offer.Buttons[1][0].Data)).Sees("That button is from an older question.").SeesNothing()
	plan := bob.Says("/plan").Sees("Your plan").last
	prefix, _, _ = strings.Cut(plan.Buttons[0][0].Data, ".")
	bob.do(bob.TapData(plan.MessageID, prefix+".contact.0.send")).Sees("That button is from an older question.").SeesNothing()
	w.Wait(time.Hour)
	tom.SeesNothing()
	uma.SeesNothing()
}

// TestForgetErasesTheName is for all that staff was shown of many patients.
func TestForgetErasesTheName(t *testing.T) {
	w := play(t)
	tom, uma := w.clinician("Tom"), w.clinician("Uma")
	ana := w.patientOf(tom, "Zebulonx")
	owner := w.owner().Skips()
	tom.Skips().Says("/session zeb, ql left, 8 kg").Sees("needling of")
	tom.Says("/share zeb, Uma").Sees("is shared with Uma")
	ana.Skips().Says("/pain 2").Skips()
	for _, p := range []*someone{tom, uma, owner} {
		p.Skips().Says("/patients").Sees("Zebulonx").Taps("Zebulonx").Sees("Zebulonx")
		p.Skips().Says("/patient zeb").Sees("Zebulonx").Skips().Says("/history zeb").Sees("Zebulonx")
		p.Says("/broadcast Closed on Monday").Sees("for example Zebulonx").Says("/hold").Sees("Which one?")
	}
	owner.Says("/clinicians").Sees("Uma").Taps("Remove Uma").Sees("Remove Uma?").Taps("Remove Uma").Sees("Uma is removed.")
	w.Wait(3 * 24 * time.Hour) // until digests have come
	if len(w.stored("Zebulonx")) == 0 {
		t.Fatal("the name is not looked for where it is")
	}
	ana.Skips().Says("/forget").Sees("Shall I delete").Taps("Delete everything").SkipsTo("All of it is deleted.")
	tom.SkipsTo("Zebulonx has deleted the record.").Says("/patients").Sees("No patients yet")
	for _, trace := range []string{"Zebulonx", "zebulonx"} {
		if found := w.stored(trace); len(found) > 0 {
			t.Errorf("%q is still stored: %q", trace, found)
		}
	}
}

func TestForgetErasesNotes(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	ana.Says("/contact first pomegranate").Sees("I pass this on")
	w.Wait(5 * time.Minute)
	note := doctor.Sees("first pomegranate").last
	doctor.Says("/message ana, second pomegranate").Sees("On its way")
	ana.Sees("second pomegranate").Says("third pomegranate").Sees("did not get that").Says("/contact fourth pomegranate").Sees("I pass this on")
	doctor.Says("/message ana").Sees("What shall I write")
	ana.Says("/contact").Sees("What shall I tell").Says("/forget").Sees("Shall I delete").Taps("Delete everything").Sees("All of it is deleted.")
	doctor.Sees("Ana has deleted the record.").Says("too late").Sees("I did not get that.")
	doctor.last = note
	doctor.Replies("too late").Sees("I did not get that.").Taps("Reply").Sees("That button is from an older question.").SeesNothing()
	w.Wait(24 * time.Hour)
	doctor.SeesNothing()
	ana.SeesNothing()
	if found := w.stored("pomegranate"); len(found) > 0 {
		t.Errorf("still stored: %q", found)
	}
}
