package stage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestInvite(t *testing.T) {
	w := play(t)
	owner := w.owner()
	link := owner.Says("/invite").Sees("One link for one clinician, good for 24 hours:").link()
	tom := w.stranger("Tom").Starts(link).SeesExactly("You have joined Praxis Weber. Begin with /newpatient NAME, then /session. /help lists the commands.").SeesNothing()
	tom.Says("/invite").SeesExactly("This command is for the clinic's owner.").SeesNothing()
	tom.Says("/help").Sees("/newpatient").Without("/invite")
	tom.Starts(link).Sees("This link no longer works")
	w.stranger("Eve").Starts(link).Sees("This link no longer works").SeesNothing()
	late := owner.Says("/invite").Sees("One link").link()
	w.Wait(24 * time.Hour)
	w.stranger("Late").Starts(late).Sees("This link no longer works").SeesNothing()
	another := owner.Says("/invite").Sees("One link").link()
	tom.Starts(another).Sees("You are already here.")
	owner.Starts(another).Sees("You are already here.")
	w.stranger("Pia").Starts(another).Sees("You have joined Praxis Weber")
	ana := w.patient("Ana")
	ana.Says("/invite").Sees("I do not know that command. /help shows what I can do.").SeesNothing()
	ana.Says("/patients").Sees("I do not know that command.").SeesNothing()
}

func TestNames(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	for _, name := range []string{"A, B", "<Ana>", "a>b", "/ana", strings.Repeat("x", 41), "\u200b", "Ana\u202e", "Ana\u0007x"} {
		doctor.Says("/newpatient " + name).SeesExactly("A name has up to 40 characters, in one line, without commas or brackets.").SeesNothing()
	}
	for _, name := range []string{"Ana", "A & B", "O'Neil", "Ana 👩‍⚕️", "José", "אנה", strings.Repeat("x", 40)} {
		doctor.Says("/newpatient " + name).Sees("One link for " + name + ", good for 7 days.").Sees(name + " can scan this.").SeesNothing()
	}
	doctor.Says("/newpatient ana").Sees("ana is taken. How about ana 2?")
	doctor.Says("/newpatient Ana 2").Sees("One link for Ana 2").Skips()
	doctor.Says("/newpatient Ana").Sees("Ana is taken. How about Ana 3?")
	doctor.Says("/newpatient").SeesExactly("What shall I call the patient? Initials are enough.").
		Says("a, b").Sees("A name has up to 40").Says("/newpatient").Sees("What shall I").Says("cancel").SeesExactly("Cancelled. Nothing was saved.").
		Says("/newpatient").Sees("What shall I").Says("  Bea   B. ").Sees("One link for Bea B.,").Skips()
	doctor.Says("/patients").Sees("A & B · invited", "O'Neil · invited", "Ana 👩‍⚕️ · invited", "Bea B. · invited").
		Says("/patient o'n").Sees("O'Neil · invited").Says("/patient a &").Sees("A & B · invited")
	doctor.Says("/patient JOS").Sees("José · invited").Says("/patient nobody").Sees("No patient of yours has that name.")
}

func TestSessionInOneLine(t *testing.T) {
	const at = "2026-03-04 14:30" // Wednesday
	for _, test := range []struct {
		fields string
		want   []string
	}{
		{"upper trapezius left", []string{"needling of upper trapezius left, 14:30", "easy movement: 18:30 to 20:30", "First workout: Fri 6 Mar, 14:30"}},
		{"QL both", []string{"needling of quadratus lumborum left, quadratus lumborum right, 14:30"}},
		{"UPPER TRAP right + piriformis left", []string{"upper trapezius right, piriformis left, 14:30"}},
		{"ql left + ql left", []string{"needling of quadratus lumborum left, 14:30"}},
		{"ql left, now", []string{"left, 14:30"}},
		{"ql left, 14:00", []string{"left, 14:00"}},
		{"ql left, 15:00", []string{"left, Tue 3 Mar, 15:00", "Already over: easy movement."}},
		{"ql left, 2h ago", []string{"left, 12:30"}},
		{"ql left, 30 min ago", []string{"left, 14:00"}},
		{"ql left, yesterday 17:00", []string{"left, Tue 3 Mar, 17:00"}},
		{"ql left, 2026-03-04T12:00:00Z", []string{"left, 13:00"}},
		{"ql left, 2026-03-04T13:00:00+01:00", []string{"left, 13:00"}},
		{"8 kg, 2h ago, graded, ql left", []string{"left, 12:30", "First workout: Thu 5 Mar, 12:30"}},
		{"ql left, 7,5 kg, 2h ago", []string{"left, 12:30"}},
		{"ql left, 18 lb", []string{"left, 14:30"}},
		{"ql left\n2h ago\n7,5 kg", []string{"left, 12:30"}},
		{"ql left, extensive", []string{"First workout: Sat 7 Mar, 14:30"}},
	} {
		t.Run(test.fields, func(t *testing.T) {
			w := playFrom(t, "2026-03-04 14:29")
			ana := w.patient("Ana")
			w.To(at)
			w.owner().Says("/session ana, " + test.fields).Sees(test.want...).SeesNothing()
			ana.Sees("Needling was step 1")
		})
	}
}

// TestSessionInTheEvening: a message that comes before a window of the next day says
// of which day it is.
func TestSessionInTheEvening(t *testing.T) {
	w := playFrom(t, "2026-03-02 19:59")
	ana := w.patient("Ana")
	w.To("2026-03-02 20:00")
	w.owner().Says("/session ana, ql right").
		Sees("easy movement: Tue 3 Mar, 00:00 to 02:00, message Mon 2 Mar, 20:59", "gentle stretch: Tue 3 Mar, 02:00").SeesNothing()
	ana.Sees("Needling was step 1")
}

func TestSessionRefused(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner()
	for fields, want := range map[string]string{
		"ql left, tomorrow 10:00":              "I cannot read “tomorrow 10:00” as a time. Use now, 14:30, 2h ago, yesterday 17:00 or 2026-03-02T14:30:00+01:00.",
		"ql left, 25:00":                       "I cannot read “25:00” as a time.",
		"ql left, 3 hours":                     "I cannot read “3 hours” as a time.",
		"ql left, 2026-03-02T15:00:00+01:00":   "That time is in the future. Give a time that is past.",
		"ql left, 2025-11-01T15:00:00+01:00":   "That is more than 12 weeks ago. Give a later time.",
		"ql":                                   "Name a muscle and a side",
		"quadratus lumborum":                   "The side is left, right or both.",
		"ql middle":                            "The side is left, right or both.",
		"biceps left":                          "Name a muscle and a side, such as “upper trapezius left + QL both”. Muscles: upper trapezius, levator scapulae, quadratus lumborum, piriformis.",
		"l left":                               "Name a muscle and a side",
		"left":                                 "Name a muscle and a side",
		"ql left + ":                           "Name a muscle and a side",
		"now":                                  "Name a muscle and a side",
		"ql left, 8":                           "I cannot place “8”. Use: /session NAME, MUSCLE SIDE, WHEN, LOAD, graded.",
		"ql left, ql right":                    "I cannot place “ql right”.",
		"ql left, " + strings.Repeat("z", 500): "I cannot place “" + strings.Repeat("z", 60) + "…”.",
	} {
		doctor.Says("/session Ana, " + fields).Sees(want).SeesNothing()
	}
	ana.SeesNothing()
	doctor.Says("/session Bob, ql left").Sees("No patient of yours has that name.").Says("/patient ana").Sees("Ana · active").Without("quadratus")
	doctor.Says("/session Ana, ql left").Sees("needling of")
	w.Wait(30 * time.Minute)
	doctor.Says("/session Ana, ql both").Sees("That muscle has a needling recorded at 14:30. Two need at least an hour between them.").
		Says("/session Ana, ql right").Sees("needling of quadratus lumborum right").
		Says("/session Ana, ql left, yesterday 10:00").Sees("needling of quadratus lumborum left, Sun 1 Mar, 10:00")
}

func TestWhichPatient(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	for _, name := range []string{"Ana", "Anabel", "Bea", "Ben"} {
		doctor.Says("/newpatient " + name).Skips()
	}
	doctor.Says("/session Ana, ql left").Sees("Ana, needling of") // an exact name wins
	doctor.Says("/session be, ql left, 8 kg, 2h ago").SeesExactly("Which one?").Buttons("[Bea]", "[Ben]", "[Back] [Cancel]").
		Taps("Ben").Sees("Ben, needling of quadratus lumborum left, 12:29").SeesNothing()
	doctor.Taps("Bea").Sees("That button is from an older question.") // the command was given already
	doctor.Says("/patient b").Sees("Which one?").Says("Bea").Sees("Bea · invited")
	doctor.Says("/hold b, cold, 48h").Sees("Which one?").Taps("Ben").Sees("Ben is on hold until Wed 4 Mar")
	doctor.Says("/timeline").Sees("Which one?").Buttons("[Ana]", "[Anabel]", "[Bea]", "[Ben]", "[Back] [Cancel]")
}

func TestPatientsInPages(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Says("/patients").Sees("No patients yet. /newpatient NAME makes a link.").Says("/patient").Sees("No patients yet.")
	for n := range 32 {
		doctor.Says(fmt.Sprintf("/newpatient P%02d", n)).Skips()
	}
	filters := []string{"[Needs me: 0] [Silent: 0]", "[Held: 0] [✓ All: 32]"}
	names := []string{"[P00] [P01]", "[P02] [P03]", "[P04] [P05]", "[P06] [P07]", "[P08] [P09]"}
	doctor.Says("/patients").Sees("Patients · 1 to 10 of 32", "P00 · invited", "P09 · invited").Without("P10").
		Buttons(append(append(names, "[Next]"), filters...)...).
		Taps("Next").Sees("11 to 20 of 32", "P10", "P19").Without("P09", "P20").
		Taps("Next").Sees("P20", "P29").Without("P30").
		Taps("Next").Sees("31 to 32 of 32", "P30", "P31").Without("P29").Buttons(append([]string{"[P30] [P31]", "[Back]"}, filters...)...).
		Taps("Back").Sees("P20").SeesNothing()
	doctor.Says("/session p").Sees("Which one?", "Page 1 of 4. You can also type the beginning of a name.")
}

func TestLoadAndTrack(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left + piriformis left, 8 kg")
	doctor := w.owner().Skips()
	doctor.Says("/load ana, 6 kg").Sees("Next workout of Ana: 6 kg, exactly.").
		Says("/load ana, upper, 18 lb").Sees("Next workout of Ana: 18 lb, exactly.").
		Says("/load ana, piriformis, 6 kg").Sees("Ana has no exercise with a weight by that name.").
		Says("/load ana").Sees("Which load for Ana? Send a weight such as 8 kg or 18 lb.").Says("a lot").Sees("Send a weight above 0").
		Says("1000 kg").Sees("Send a weight above 0 and up to 500 kg").Says("7,5 kg").Sees("Next workout of Ana: 7.5 kg, exactly.")
	doctor.Says("/track ana, graded").Sees("Ana is on the graded track, K1.").
		Says("/load ana, 6 kg").Sees("Ana has no exercise with a weight").
		Says("/track ana").Sees("Which track for Ana?").Taps("Standard").Sees("Ana is on the standard track, P3.").
		Says("/track ana, slow").Sees("Which track for Ana?").Says("graded").Sees("Ana is on the graded track, K1.").SeesNothing()
	ana.SeesNothing()
}

func TestDischargeAndANewCourse(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	doctor.Says("/discharge ana").Sees("End the course of Ana? The patient is told.").Buttons("[End the course]", "[Back] [Cancel]").
		Taps("Cancel").Sees("Cancelled.").Says("/discharge ana").Sees("End the course").
		Taps("End the course").Sees("Ana is discharged. No more messages.")
	ana.SeesExactly("Praxis Weber has ended this plan. Thank you for your answers. If something comes up, call them.").SeesNothing()
	w.Wait(10 * 24 * time.Hour)
	ana.SeesNothing()
	ana.Taps("2").Sees("That button is from an older question.").SeesNothing()
	ana.Says("2").Sees("I keep 2 out of 10 in your record.").Says("/today").Sees("Nothing is planned at the moment.").SeesNothing()
	ana.Says("my chest hurts").Sees("Call 112 now").SeesNothing()
	doctor.Sees("NOW · Ana").Taps("Acknowledge").Sees("Acknowledged").
		Says("/patients").Sees("Ana · discharged").Says("/discharge ana").Sees("The course of Ana has ended already.")
	doctor.Says("/session ana, ql left").Sees("needling of quadratus lumborum left", "Ana is on hold since 14:30").
		Says("/release ana").Sees("released")
	ana.SkipsTo("Needling was step 1").WaitsUntil("Time to move a little")
}

func TestTimeline(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.To("2026-03-03 15:00")
	ana.SkipsTo("From now until tomorrow").Taps("Done")
	w.owner().Skips().Says("/timeline ana").SeesExactly("Timeline of Ana\n" +
		"Mon 2 Mar, 14:29 · reply · sent\n" +
		"Mon 2 Mar, 14:29 · reply · sent\n" +
		"Mon 2 Mar, 14:30 · welcome · sent\n" +
		"Mon 2 Mar, 19:30 · movement · sent\n" +
		"Mon 2 Mar, 20:30 · gentle stretch · sent\n" +
		"14:30 · structured stretch · sent\n" +
		"15:00 · feel · sent\n" +
		"Wed 4 Mar, 10:00 · daily stretch · waiting (answered)\n" +
		"Wed 4 Mar, 14:30 · safety check · waiting").SeesNothing()
	w.owner().Says("/hold ana, cold").Sees("on hold")
	w.Wait(chatGap)
	w.owner().Says("/timeline ana").Sees("safety check · dropped (on hold)", "hold started · sent")
}

func TestNothingChangesAfterTheEndOfACourse(t *testing.T) {
	const ended = "The course of Ana has ended already."
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	doctor.Says("/patient ana").Sees("Ana · active").Says("/discharge ana").Sees("End the course").Taps("End the course").Sees("Ana is discharged.")
	ana.Sees("has ended this plan")
	doctor.Taps("Hold").SeesExactly(ended).Taps("Set load").SeesExactly(ended)
	for _, command := range []string{"/hold ana, a cold, 48h", "/hold ana", "/load ana, 5 kg", "/load ana", "/track ana, graded", "/track ana"} {
		doctor.Says(command).SeesExactly(ended)
	}
	doctor.Says("/patient ana").Sees("Ana · discharged", "P3, 4 kg").Buttons("[Brief]", "[Write]")
	ana.SeesNothing()
}

func TestDischargeInTheMiddleOfAHold(t *testing.T) {
	w := play(t)
	uma := w.clinician("Uma")
	w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	doctor.Says("/share ana, uma").Sees("Uma")
	uma.Skips().Says("/hold ana").Sees("Why shall Ana pause?").Says("a cold").Sees("How long")
	doctor.Says("/discharge ana").Sees("End the course").Taps("End the course").Sees("Ana is discharged.")
	uma.Taps("48 h").SeesExactly("The course of Ana has ended already.")
}

func TestAfterTheTwelveWeeks(t *testing.T) {
	w := play(t)
	w.needled("Ana", "upper trapezius left, 8 kg")
	w.Wait(90 * 24 * time.Hour)
	doctor := w.owner().Skips()
	doctor.Says("/brief ana").Sees("The 12 weeks are over; the course is closed.", "The course is over.").
		Without("End the course?").Buttons("[Record and picture]").
		Says("/hold ana, a cold").SeesExactly("The course of Ana has ended already.")
}

func TestHoldBeforeAnyNeedlingPromisesNothing(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	w.owner().Skips().Says("/hold ana, a cold, 48h").SeesExactly("Ana is on hold until Wed 4 Mar, 14:30: a cold.")
	ana.SeesNothing()
}
