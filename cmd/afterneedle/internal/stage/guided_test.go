package stage_test

import (
	"strings"
	"testing"
	"time"
)

// restarts ends the program and starts it anew on the same database.
func (p *someone) restarts() *someone {
	p.w.t.Helper()
	p.w.restart()
	return p
}

const (
	cancelled = "Cancelled. Nothing was saved."
	wayOut    = "[Back] [Cancel]"
)

func TestGuidedSession(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/session").Sees("Which one?").Buttons("[Ana]", wayOut).Taps("Ana").
		Sees("Which muscle? You can also type a whole line").
		Buttons("[upper trapezius]", "[levator scapulae]", "[quadratus lumborum]", "[piriformis]", wayOut).
		Taps("quadratus lumborum").Sees("Which side?").Buttons("[Left]", "[Right]", "[Both]", wayOut).
		Taps("Both").Sees("So far: quadratus lumborum left, quadratus lumborum right.\nWhen was the needling?").
		Buttons("[Now]", "[1 hour ago]", "[2 hours ago]", "[Add another muscle]", wayOut).
		Taps("Add another muscle").Sees("Which muscle?").Taps("piriformis").Sees("Which side?").Taps("Left").
		Sees("So far: quadratus lumborum left, quadratus lumborum right, piriformis left.").
		Taps("1 hour ago").Sees("What does the patient usually lift").Buttons("[Skip]", wayOut).
		Taps("Skip").Sees("Which track").Buttons("[Standard] [Graded]", wayOut).
		Taps("Standard").Sees("Tick what holds").
		Buttons("[Extensive needling]", "[Blood thinners]", "[Recent surgery]", "[Pain at the side of the hip]", "[Go on]", wayOut).
		Taps("Blood thinners").Sees("Tick what holds").
		Buttons("[Extensive needling]", "[✓ Blood thinners]", "[Recent surgery]", "[Pain at the side of the hip]", "[Go on]", wayOut).
		Taps("✓ Blood thinners").Sees("Tick what holds").Taps("Go on").
		Sees("Ana, needling of quadratus lumborum left, quadratus lumborum right, piriformis left, 13:30\neasy movement: 17:30 to 19:30, message 18:30",
			"First workout: Wed 4 Mar, 13:30\nNothing is saved yet.").Buttons("[Record]", wayOut)
	ana.SeesNothing()
	doctor.Says("/patient ana").Sees("Ana · active").Without("piriformis") // another command ends the conversation
	doctor.Taps("Record").Sees("That button is from an older question.")

	doctor.Says("/session ana").Sees("Which muscle?").Says("upper trapezius left + QL both").Sees("So far: upper trapezius left, quadratus lumborum left").
		Taps("Now").Sees("usually lift").Says("8 kg").Sees("Which track").Taps("Standard").Sees("Tick").Taps("Go on").
		Sees("Nothing is saved yet.").Taps("Record").
		Sees("Ana, needling of upper trapezius left, quadratus lumborum left, quadratus lumborum right, 14:30").Without("Nothing is saved").
		Buttons("[Undo]").SeesNothing()
	ana.Sees("Needling was step 1").SeesNothing()
	doctor.Taps("Record").Sees("That button is from an older question.").SeesNothing() // twice: once
}

func TestGuidedSessionTyped(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/session ana").Sees("Which muscle?").Says("elbow").Sees("Name a muscle").Says("elbow left").Sees("Name a muscle").
		Says("ql + piriformis").Sees("Name a muscle").Says("ql left + trap middle").Sees("The side is left, right or both.").
		Says("upper trap").Sees("Which side?").Says("up").Sees("The side is left, right or both.").Says("Left").Sees("When was").
		Says("last week").Sees("I cannot read “last week”").Says("2026-03-03T14:30:00Z").Sees("That time is in the future.").
		Says("2025-03-03T14:30:00Z").Sees("more than 12 weeks ago").Says("16:00 ").Sees("What does").
		Says("heavy").Sees("Send a weight above 0").Says("900 kg").Sees("Send a weight above 0").Says("0 kg").Sees("Send a weight above 0").
		Says("7,5 kg").Sees("Which track").Says("maybe").Sees("Which track").Says("Graded").Sees("Tick what holds").
		Says("blood thinners").Sees("Tick what holds").Says("nothing").Sees("Tick what holds").Says("go on").Sees("Nothing is saved yet.").
		Says("hm").Sees("Press Record to save this").Says("record").Sees("upper trapezius left, Sun 1 Mar, 16:00", "Already over: ").SeesNothing()
	ana.Sees("step")
	// On the graded track there is nothing to ask about it, and what was recorded is not recorded again.
	doctor.Says("/session ana").Sees("Which muscle?").Says("upper trap left").Sees("When was").Says("16:30").
		Sees("That muscle has a needling recorded at Sun 1 Mar, 16:00.").Taps("Now").Sees("What does").Taps("Skip").Sees("Tick what holds")
}

func TestBackAndCancel(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left + ql both, 8 kg")
	w.patient("Anton")
	doctor := w.owner().Skips()
	// Back leads through the steps, and at last to the choice of the patient.
	doctor.Says("/session ana").Sees("Which muscle?").Taps("piriformis").Sees("Which side?").Taps("Left").Sees("So far: piriformis left.").
		Taps("Add another").Sees("Which muscle?").Taps("Back").Sees("So far: piriformis left.").Taps("Back").Sees("Which side?").
		Taps("Right").Sees("So far: piriformis right.").Taps("Now").Sees("usually lift").Taps("Skip").Sees("Which track").Taps("Back").
		Sees("usually lift").Says("9 kg").Sees("Which track").Taps("Standard").Sees("Tick").Taps("Extensive").Sees("Tick").Taps("Go on").
		Sees("Nothing is saved yet.").Taps("Back").Sees("Tick").With("Go on").Taps("Back").Sees("Which track").Says("back").Sees("usually lift").
		Taps("Back").Sees("So far").Taps("Back").Sees("Which side?").Taps("Back").Sees("Which muscle?").Taps("Back").
		Sees("Which one?").Buttons("[Ana]", "[Anton]", wayOut).Taps("Back").SeesExactly(cancelled).Says("piriformis").Sees("I did not get that.")
	// Every step of every command has both, and Cancel ends it in each.
	for _, conversation := range [][]string{
		{"/newpatient"},
		{"/hold", "Anton", "Fever or a cold"},
		{"/release"},
		{"/load", "Ana", "All of them"},
		{"/track", "Ana"},
		{"/zone", "Ana"},
		{"/discharge", "Ana"},
		{"/timeline"},
		{"/patient"},
		{"/share", "Ana"},
		{"/handover", "Ana"},
		{"/session", "Ana", "piriformis", "Left", "Now", "Skip", "Standard", "Go on"},
	} {
		for steps := 1; steps <= len(conversation); steps++ {
			for _, out := range []string{"Cancel", "/cancel", "cancel"} {
				doctor.Says(conversation[0]).Sees()
				for _, label := range conversation[1:steps] {
					doctor.Taps(label).Sees()
				}
				if last := doctor.last.Buttons; len(last) == 0 || strings.Join(labels(last[len(last)-1]), " ") != wayOut {
					t.Errorf("%q has no way out: %v", conversation[:steps], last)
				}
				if out == "Cancel" {
					doctor.Taps(out)
				} else {
					doctor.Says(out)
				}
				doctor.SeesExactly(cancelled).SeesNothing().Says("Left").SeesExactly("I did not get that. /help lists the commands.")
			}
		}
	}
	ana.Skips().Says("/today").Sees("Next: easy movement")
}

func TestGuidedInBothForms(t *testing.T) {
	w := play(t)
	w.owner()
	w.clinician("Tom")
	doctor := w.owner().Skips()
	ana := w.needled("Ana", "upper trapezius left + ql right, 8 kg")
	doctor.Skips()
	doctor.Says("/hold").Sees("Which one?").Taps("Ana").Sees("Why shall Ana pause?").
		Buttons("[Fever or a cold]", "[More pain than usual]", "[A bruise or swelling]", "[Some days away]", wayOut).
		Taps("Fever").Sees("How long shall Ana pause?").Buttons("[24 h] [48 h] [72 h]", "[Until release]", wayOut).
		Says("2d").Sees("I cannot use “2d” as a duration.").Taps("48 h").
		SeesExactly("Ana is on hold until Wed 4 Mar, 14:30: fever or a cold. I tell the patient in waking hours.")
	w.Wait(chatGap)
	ana.SkipsTo("We pause because of fever or a cold")
	doctor.Says("/release").Sees("Which one?").Says("an").Sees("Ana is released.")
	doctor.Says("/hold ana").Sees("Why").Says("a bruise, 36h").Sees("Ana is on hold until Wed 4 Mar, 02:30: a bruise.").Says("/release ana").Sees("released")
	doctor.Says("/hold ana").Sees("Why").Says("a bruise").Sees("How long").Says("12 hours").Sees("on hold until Tue 3 Mar, 02:30").Says("/release ana").Sees("released")

	doctor.Says("/load").Sees("Which one?").Taps("Ana").Sees("Which exercise of Ana?").
		Buttons("[upper trapezius left]", "[quadratus lumborum right]", "[All of them]", wayOut).Taps("All").Sees("Which load").Says("6 kg").Sees("Next workout of Ana: 6 kg, exactly.")
	doctor.Says("/track").Sees("Which one?").Taps("Ana").Sees("Which track for Ana?").Taps("Graded").Sees("Ana is on the graded track, K1.").
		Says("/load ana").SeesExactly("Ana has no exercise with a weight by that name.").SeesNothing()
	doctor.Says("/history").Sees("Which one?").Taps("Ana").Sees("Changes for Ana")
	doctor.Says("/timeline").Sees("Which one?").Taps("Ana").Sees("Timeline of Ana").Says("/patient").Sees("Which one?").Taps("Ana").Sees("Ana · active")
	doctor.Says("/newpatient").SeesExactly("What shall I call the patient? Initials are enough.").Buttons(wayOut).
		Says("Ana").Sees("Ana is taken.").Says("a, b").Sees("A name has up to").Says("Bea").Sees("One link for Bea").Sees("can scan").SeesNothing()
	doctor.Says("/discharge").Sees("Which one?").Taps("Ana").Sees("End the course of Ana?").Buttons("[End the course]", wayOut).
		Says("yes please").Sees("End the course of Ana?").Taps("End the course").Sees("Ana is discharged.").
		Taps("End the course").Sees("That button is from an older question.").Says("/discharge ana").Sees("has ended already")
}

func TestRestartInTheMiddle(t *testing.T) {
	w := play(t)
	w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/session").Sees("Which one?").restarts().Taps("Ana").Sees("Which muscle?").restarts().Says("ql left").Sees("So far").
		restarts().Taps("Now").Sees("usually lift").restarts().Says("8 kg").Sees("Which track").restarts().Taps("Standard").Sees("Tick").
		Taps("Extensive").Sees("Tick").restarts().Taps("Go on").Sees("First workout: Thu 5 Mar", "Nothing is saved yet.").
		restarts().Taps("Back").Sees("Tick").Taps("Go on").Sees("Nothing is saved").Taps("Record").Sees("quadratus lumborum left, 14:30").
		restarts().Taps("Undo").Sees("The needling of Ana is undone.")
	doctor.Says("/hold").Sees("Which one?").restarts().Taps("Ana").Sees("Why").restarts().Says("cold").Sees("How long").restarts().
		Taps("24 h").Sees("on hold until Tue 3 Mar")
	doctor.Says("/newpatient").Sees("What shall I call").restarts().Says("Bea").Sees("One link for Bea").Sees("can scan")
}

func TestOldStepsAreStale(t *testing.T) {
	w := play(t)
	w.patient("Ana")
	w.patient("Bea")
	doctor := w.owner().Skips()
	old := doctor.Says("/session ana").Sees("Which muscle?").last
	side := doctor.Taps("piriformis").Sees("Which side?").last
	const stale = "That button is from an older question."
	doctor.do(doctor.TapsOn(old.MessageID, "upper trapezius")).Sees(stale).do(doctor.TapsOn(old.MessageID, "Back")).Sees(stale).
		do(doctor.TapsOn(old.MessageID, "Cancel")).Sees(stale)
	doctor.Says("/session bea").Sees("Which muscle?").do(doctor.TapsOn(side.MessageID, "Left")).Sees(stale).
		do(doctor.TapsOn(old.MessageID, "piriformis")).Sees(stale).Taps("piriformis").Sees("Which side?").SeesNothing()
	pick := doctor.Says("/hold").Sees("Which one?").last
	doctor.Taps("Ana").Sees("Why shall Ana").do(doctor.TapsOn(pick.MessageID, "Bea")).Sees(stale).
		Says("/release").Sees("Which one?").do(doctor.TapsOn(pick.MessageID, "Bea")).Sees(stale).SeesNothing()
}

func TestManyPatientsToChoose(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	for n := range 25 {
		doctor.Says("/newpatient P" + string(rune('a'+n))).Skips()
	}
	doctor.Says("/timeline").Sees("Which one?\nPage 1 of 3.").Taps("Next").Sees("Page 2 of 3.").With("Page 2").restarts().
		Taps("Next").Sees("Page 3 of 3.").Taps("Previous").Sees("Page 2 of 3.").Taps("Pk").Sees("Timeline of Pk")
	doctor.Says("/timeline").Sees("Page 1 of 3.").Says("zoe").Sees("No patient of yours has that name.").Says("py").Sees("Timeline of Py")
	doctor.Says("/timeline p").Sees("Page 1 of 3.").Says("P").Sees("Page 1 of 3.").Says("cancel").Sees(cancelled)
}

func TestMendedFields(t *testing.T) {
	w := play(t)
	w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/hold Ana,").Sees("Why shall Ana pause?").Says("/patient ana,").Sees("Ana · active").Says("/track Ana, graded,").
		SeesExactly("Ana goes on the graded track with the first needling.")
	for field, read := range map[string]bool{
		"48h": true, "1 h": true, "48 hours": true, "0h": false, "2d": false, "30m": false, "two days": false, "48 hrs": false,
		"1.5 hours": false, "2161h": false, "a week": false,
	} {
		doctor.Says("/hold Ana, bruise, " + field).Sees()
		if read {
			doctor.With("Ana is on hold until ").Says("/release ana").Sees("released")
		} else {
			doctor.With("I cannot use “" + field + "” as a duration. Give whole hours from 1h to 2160h, such as 48h").Says("/release ana").Sees("Ana is not on hold.")
		}
	}
	doctor.Says("/hold Ana, 2d").Sees("I cannot use “2d”").Says("/hold ana, 24h").Sees("Why shall Ana").Says("cold").Sees("on hold until Tue 3 Mar, 14:30")
	for fields, want := range map[string]string{
		"ql left, now, 2h ago":       "I cannot place “2h ago”.",
		"ql left, 8 kg, 9 kg":        "I cannot place “9 kg”.",
		"8 kg, 9 kg, ql left":        "I cannot place “9 kg”.",
		"ql left, graded, standard":  "I cannot place “standard”.",
		"ql left, 0 kg":              "Send a weight above 0 and up to 500 kg",
		"ql left, 900 kg":            "Send a weight above 0 and up to 500 kg",
		"0 lb, ql left":              "Send a weight above 0 and up to 500 kg",
		"ql left, 1100 lb, 1 h ago ": "needling of quadratus lumborum left",
	} {
		doctor.Says("/session Ana, " + fields).Sees(want).SeesNothing()
	}
	w.Wait(time.Minute)
	doctor.Skips().Says("/patient ana").Sees("quadratus lumborum left: K1")
	for _, fields := range []string{"0 kg", "900 kg", "8 kg, 9 kg", "ql, ql, 8 kg"} {
		doctor.Says("/load ana, " + fields).Sees("Send a weight above 0 and up to 500 kg").SeesNothing()
	}
}
