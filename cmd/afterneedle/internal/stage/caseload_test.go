package stage_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

// workout goes through one workout with these four pains, from the question
// before it to the decision on the next morning. A muscle is trained to a load of
// its own.
func (p *someone) workout(before, after, twoHours, next string) *someone {
	p.w.t.Helper()
	p.WaitsUntil("Before you start").Taps(before).SkipsTo("Press Done when all of it is done").Taps("Done").SkipsTo("Right after").
		Taps(after).Skips().WaitsUntil("about 2 hours").Taps(twoHours).Skips()
	return p.WaitsUntil("Good morning").Taps(next).Sees("Pain this morning: " + next)
}

// firstWorkout is workout for somebody whom the pain before is asked already.
func (p *someone) firstWorkout(before, after, twoHours, next string) *someone {
	p.w.t.Helper()
	p.Taps(before).SkipsTo("Press Done when").Taps("Done").SkipsTo("Right after").Taps(after).Skips().
		WaitsUntil("about 2 hours").Taps(twoHours).Skips()
	return p.WaitsUntil("Good morning").Taps(next).Sees("Pain this morning: " + next)
}

// seesPicture looks at the picture of the message read last.
func (p *someone) seesPicture() *someone {
	p.w.t.Helper()
	for _, m := range p.Messages() {
		if m.ID != p.last.MessageID {
			continue
		}
		size, err := png.DecodeConfig(bytes.NewReader(m.Photo))
		if err != nil || size.Width != 1080 || size.Height < 1200 || size.Height > 1600 {
			p.w.t.Fatalf("the picture is %d × %d: %v", size.Width, size.Height, err)
		}
		if dir := os.Getenv("AFTERNEEDLE_PLAYS"); dir != "" {
			name := strings.ReplaceAll(p.w.t.Name(), "/", "-") + ".png"
			if err := os.WriteFile(filepath.Join(dir, name), m.Photo, 0o600); err != nil {
				p.w.t.Error(err)
			}
		}
		return p
	}
	p.w.t.Fatal("no such message")
	return p
}

func TestRecordWithAPicture(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	doctor.Says("/patient ana").Sees("Ana · active").Buttons("[Brief]", "[Hold] [Set load] [Write]")
	if e := doctor.last; e.Text == "" {
		t.Errorf("a course without workouts has a picture: %+v", e)
	}
	w.Wait(24 * time.Hour)
	ana.SkipsTo("From now until tomorrow").Taps("Done").SkipsTo("How strong").Taps("4").Skips()
	w.Wait(24 * time.Hour)
	ana.SkipsTo("quick safety check").Taps("None of these").SkipsTo("much pain")
	ana.firstWorkout("2", "3", "2", "2").workout("2", "3", "5", "3")
	doctor.Skips().Says("/patient ana").Sees("Ana · active\n", "upper trapezius left: P3, 3.2 kg", "Before 2, after 3, 2 h 5, next day 3", "2 of 2 workouts").
		Buttons("[Acknowledge]", "[Brief]", "[Hold] [Set load] [Write]").seesPicture().SeesNothing()
	doctor.Taps("Brief").Sees("Ana · active · day 4\n2 of 2 workouts (self-reported)\n"+
		"Pain before workouts, first 7 days: 2. Too early to compare\n"+
		"upper trapezius left: P3, 4 kg → 3.2 kg ↓\n"+
		"1 setback\nFri 6 Mar: 20 % less. Pain was not back after 2 hours; the rules ask for less load.\n", "Next step: Go on as planned. Next: ").
		Buttons("[Record and picture]").Taps("Record and picture").Sees("Ana · active\n").seesPicture()
	// Two alerts are answered under one picture.
	ana.Skips().Says("I have a fever").Skips()
	w.Wait(time.Hour)
	doctor.Skips().Says("/patient ana").Sees("Ana · on hold").seesPicture()
	record := doctor.last
	doctor.Taps("Acknowledge").Sees("✓ Named an emergency sign")
	doctor.Taps("Acknowledge").Sees("✓ Pain was not back")
	if e := doctor.last; e.MessageID != record.MessageID || hasButton(e, "Acknowledge") {
		t.Errorf("the record is now %+v", e)
	}
}

func hasButton(e sandbox.Event, label string) bool {
	return slices.ContainsFunc(e.Buttons, func(row []sandbox.Button) bool {
		return slices.ContainsFunc(row, func(b sandbox.Button) bool { return b.Text == label })
	})
}

// wordy is a folder of texts in which the record says much more.
func wordy(t *testing.T) string {
	t.Helper()
	texts, err := os.ReadFile("../../../../content/default/en/messages.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	long := strings.Replace(string(texts), "workouts (self-reported)", "workouts (self-reported"+strings.Repeat(", as told", 58)+")", 1)
	if err := os.MkdirAll(filepath.Join(dir, "en"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "en", "messages.yaml"), []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestALongRecordFollowsItsPicture(t *testing.T) {
	w := playWith(t, monday, wordy(t))
	ana := w.readyToTrain("Ana", "upper trapezius both + levator both + QL both + piriformis both, 8 kg")
	ana.Taps("2").SkipsTo("Press Done when")
	doctor := w.owner().Skips()
	doctor.Skips().Says("/patient ana").SeesExactly("Ana · active").Buttons().seesPicture().
		Sees("Ana · active", "piriformis right", "as told, as told").Buttons("[Brief]", "[Hold] [Set load] [Write]").SeesNothing()
}

func TestCaseloadByFilter(t *testing.T) {
	w := play(t)
	ana, bea := w.needled("Ana", "upper trapezius left, 8 kg"), w.patient("Bea")
	cem := w.patient("Cem")
	doctor := w.owner().Skips()
	doctor.Says("/patients").Sees("Ana · active · P3 · day 0\nBea · active\nCem · active").
		Buttons("[Ana] [Bea]", "[Cem]", "[Needs me: 0] [Silent: 0]", "[Held: 0] [✓ All: 3]").
		Taps("Held").SeesExactly("Patients · held\nNobody.").Buttons("[Needs me: 0] [Silent: 0]", "[✓ Held: 0] [All: 3]").
		SeesNothing()
	bea.Says("/pain 9").Skips()
	ana.Says("/pain 3").Skips()
	doctor.Says("/hold cem, cold, 48h").SkipsTo("Cem is on hold").
		Says("/patients").Sees("Ana · active · P3 · day 0 · pain 3\n❗ Bea · on hold · pain 9 · waits for a release · 1 open alert\nCem · on hold").
		Taps("Needs me").SeesExactly("Patients · needs me\n❗ Bea · on hold · pain 9 · waits for a release · 1 open alert").
		Taps("Held").SeesExactly("Patients · held\n❗ Bea · on hold · pain 9 · waits for a release · 1 open alert\nCem · on hold").
		Taps("Bea").Sees("Bea · on hold", "Pain of 8 or more.").Taps("Brief").Sees("Bea · on hold\n", "Next step: Exercise waits for you.").
		Buttons("[Release]", "[Record and picture]").SeesNothing()
	cem.SeesNothing()
	doctor.Taps("Release").Sees("Bea is released.").Taps("Release").Sees("Something has changed since.").
		Sees("Bea · active", "No needling is recorded yet.").Buttons("[Record a needling]", "[Record and picture]").
		Taps("Record a needling").Sees("Which muscle?")
}

func TestBriefProposals(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Says("/brief").Sees("No patients yet.").Says("/newpatient Ana").Skips()
	doctor.Says("/brief ana").SeesExactly("Ana · invited\nNext step: Ana has not agreed yet.").Buttons("[Make a new link]", "[Record and picture]").
		Taps("Make a new link").Sees("One link for Ana").Skips()
	doctor.Says("/brief nobody").Sees("No patient of yours has that name.")

	bob := w.needled("Bob", "upper trapezius left, 80 kg")
	doctor.Skips().Says("/brief bob").SeesExactly("Bob · active · day 0\nupper trapezius left: P3, 40 kg\nNext step: Go on as planned. Next: easy movement, 19:30.")
	bob.Says("/stop").Skips()
	doctor.Skips().Says("/brief bob").Sees("Bob · stopped", "Bob has stopped the messages. Only the patient can start them again.").Buttons("[Record and picture]")
	w.Wait(2 * time.Hour)
	bob.Starts("").Taps("Start again").Skips()
	w.To("2026-03-08 12:00")
	doctor.Skips().Says("/brief bob").Sees("Bob · silent · day 5", "1 open alert\n❗ No answers for a while.", "Next step: No answers for a while. Get in touch with Bob.")
}

func TestBriefSetsTheLoad(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.firstWorkout("5", "5", "5", "5").workout("5", "5", "5", "5").workout("5", "5", "5", "5").workout("5", "5", "5", "5")
	doctor := w.owner().Skips()
	doctor.Says("/brief ana").Sees("upper trapezius left: P3 → P4, 40 kg\n", "Too early to compare", "This phase began well under the usual load. Keep it so, or go up?").
		Buttons("[Keep 40 kg] [Set 68.6 kg]", "[Record and picture]").
		Taps("Set 68.6").Sees("Next workout of Ana: 68.6 kg, exactly.").
		Sees("40 kg → 68.6 kg", "✓ upper trapezius left: P4 begins well").Buttons("[Record and picture]").Says("/brief ana").Sees("P3 → P4, 40 kg → 68.6 kg", "Go on as planned. Next: ").SeesNothing()
	for w.now().Before(w.moment("2026-03-25 00:00")) {
		ana.Skips().workout("2", "2", "2", "2")
	}
	doctor.Skips().Says("/brief ana").Sees("Pain before workouts, 7-day median: 5 → 2, meaningful change for the better")
}

func TestBriefAtTheEndAndAfterIt(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.firstWorkout("2", "2", "2", "2")
	for w.now().Before(w.moment("2026-05-19 00:00")) {
		ana.Skips().workout("2", "2", "2", "2")
	}
	doctor := w.owner().Skips()
	doctor.Says("/brief ana").Sees("no meaningful change", "Week 12. End the course?").Buttons("[End the course]", "[Record and picture]").
		Taps("Record and picture").Sees("P7").seesPicture().
		Taps("End the course").Sees("End the course of Ana? The patient is told.").Taps("End the course").Sees("Ana is discharged.").
		Says("/brief ana").Sees("Ana · discharged", "The course is over.").Buttons("[Record and picture]")
}

func TestBriefAfterSetbacks(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	ana.firstWorkout("2", "2", "5", "2").workout("2", "2", "4", "2")
	doctor := w.owner().Skips()
	doctor.Says("/brief ana").Sees("2 setbacks", "15 % less", "20 % less", "Loads were cut again").Buttons("[Record a needling]", "[Record and picture]")
	doctor.Says("/hold ana, a cold").SkipsTo("on hold").Says("/brief ana").Sees("3 setbacks", ": hold: a cold", "Release it when you are satisfied").
		Says("/release ana").SkipsTo("released").Says("/brief ana").Sees("Sat 7 Mar: hold: a cold").
		Says("/hold ana, <b>flu</b>, 24h").SkipsTo("on hold").Says("/brief ana").Sees("4 setbacks, the latest 3\n", "hold: <b>flu</b>").Without("20 % less")
}

func TestBriefGivesTheConsent(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner()
	doctor.Says("/session Ana, upper trapezius left, 80 kg, graded").Sees("First workout: Tue 3 Mar, 14:30")
	w.Wait(24 * time.Hour)
	ana.SkipsTo("From now until tomorrow").Taps("Done").SkipsTo("How strong").Taps("3").Skips()
	ana.WaitsUntil("safety check").Taps("None").SkipsTo("Before you start")
	for first := true; !strings.Contains(words(doctor.Skips().Says("/brief ana").Sees("Next step").last), "K5"); first = false {
		if w.now().After(w.moment("2026-05-15 00:00")) {
			t.Fatal("K5 was never reached")
		}
		if first {
			ana.firstWorkout("2", "2", "2", "2")
			continue
		}
		ana.Skips().workout("2", "2", "2", "2")
	}
	doctor.Buttons("[Allow the next step]", "[Record and picture]").Taps("Allow the next step").Sees("Ana goes on to everyday activities (K5).").
		Taps("Allow the next step").Sees("Something has changed since.").Sees("Ana · active", "K1 → K5", "Go on as planned.").Without("consent")
}

func TestNobodySeesAnothersBrief(t *testing.T) {
	w := play(t)
	tom, uma := w.clinician("Tom"), w.clinician("Uma")
	w.patientOf(tom, "Ana")
	tom.Skips().Says("/brief ana").Sees("Ana · active")
	uma.Skips().Says("/brief ana").Sees("No patient of yours has that name.").Says("/patients").Sees("No patients yet.").SeesNothing()
	own := uma.Says("/help").Sees("/brief").last
	delivery, _, _ := strings.Cut(own.Buttons[0][0].Data, ".")
	for _, forged := range []string{
		"patient.0.1", "brief.0.1", "propose.0.1:needling", "propose.0.1:release", "propose.0.x", "propose.0.", "brief.0.", "patients.0.1 OR 1", "patients.0.",
	} {
		uma.do(uma.TapData(own.MessageID, delivery+"."+forged)).Sees("That button is from an older question.").SeesNothing()
	}
	uma.do(uma.TapData(own.MessageID, delivery+".patients.9.all")).Sees("No patients yet.").SeesNothing()
	theirs := tom.last.Buttons[0][0].Data // a button of Tom's chat
	uma.do(uma.TapData(own.MessageID, theirs)).Sees("That button is from an older question.").SeesNothing()
	w.owner().Skips().Says("/patients").Sees("Ana (Tom) · active").Buttons("[Ana (Tom)]", "[Needs me: 0] [Silent: 0]", "[Held: 0] [✓ All: 1]").
		Taps("Ana (Tom)").Sees("Ana (Tom) · active").Taps("Brief").Sees("Ana (Tom) · active")
}
