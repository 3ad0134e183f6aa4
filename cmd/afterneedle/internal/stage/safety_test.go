package stage_test

import (
	"strings"
	"testing"
	"time"
)

const (
	emergencyText = "Call 112 now, or go to an emergency room. Tell them that you had dry needling on 2 March 2026. Do not exercise. Praxis Weber has been alerted, but do not wait for them."
	urgentText    = "Call Praxis Weber today. If you cannot reach them, or it gets worse, call 112. Do not exercise until they say so. Praxis Weber has been alerted."
)

var safetyList = []string{
	"[Breathing or chest]", "[Weakness, numbness, bladder, collapse]", "[Skin or fever]", "[Bleeding or swelling]",
	"[Belly, flank, urine]", "[Something else]", "[None of these]",
}

func TestEverySymptomGroup(t *testing.T) {
	for _, test := range []struct{ group, text, alert string }{
		{"Breathing or chest", emergencyText, "Named an emergency sign and was told to call 112 now."},
		{"Weakness, numbness, bladder, collapse", emergencyText, "Named an emergency sign"},
		{"Skin or fever", urgentText + "\nWith fever, shivering, or redness that spreads fast, do not wait. Call 112 now.", "Named an urgent sign and was told to call the clinic today."},
		{"Bleeding or swelling", emergencyText, "Named an emergency sign"},
		{"Belly, flank, urine", emergencyText, "Named an emergency sign"},
		{"Something else", "Thank you. Exercise waits, and I let Praxis Weber know. Call them and say what you notice. If it gets worse, or you are in doubt, call 112.", "Something feels wrong that is not on the safety list."},
	} {
		t.Run(test.group, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
			ana.Taps("2").Sees("before").Sees("4 kg")
			doctor := w.owner().Skips()
			ana.Taps("Something feels wrong").
				Sees("In an emergency call 112 now. Do not wait for an answer here.\nWhat do you notice? Exercise waits until this is clear.").
				Buttons(safetyList...).SeesNothing()
			doctor.SeesNothing()
			ana.Taps(test.group).Sees("Noted: " + test.group + ".").SeesExactly(test.text).SeesNothing()
			doctor.Sees("Ana", test.alert, "upper trapezius left: P3, 4 kg").Buttons(heldAlert...).SeesNothing()
			doctor.Taps("Acknowledge").Sees("Acknowledged by Maria, 14:30.")
			w.Wait(4 * 24 * time.Hour)
			ana.SeesNothing()
			doctor.SeesNothing().Taps("Release").Sees("Ana is released. Next: workout")
			ana.Sees("Good news. The pause is over.").WaitsUntil("Before you start")
		})
	}
}

func TestNoneOfThese(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Says("/help").Sees("This chat is not for emergencies. In an emergency call 112.", "/today – what is due today").
		Sees("What do you notice?").Buttons(safetyList...)
	w.Wait(5 * time.Minute)
	ana.Taps("None of these").Sees("Good. We go on. If anything changes").SeesNothing()
	w.Wait(30 * time.Minute)
	w.owner().Skips().Says("/patients").Sees("Ana · active").Without("alert")
	ana.WaitsUntil("Your workout is still open. How much pain")
}

func TestNoneIsRefusedAfterAnEmergency(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	ana.Taps("Something feels wrong").Sees("What do you notice?")
	list := ana.last.MessageID
	ana.Taps("Skin or fever").Sees("Noted").Sees("Call Praxis Weber today.").Buttons(safetyList[:6]...)
	ana.Says("none of these").Sees("You told me about a warning sign. Praxis Weber has to give the word first. If it gets worse, call 112.").SeesNothing()
	ana.Taps("Breathing").Sees("Noted").SeesExactly(emergencyText).SeesNothing() // graver is taken
	ana.Says("none of these").Sees("You told me about a warning sign.").SeesNothing()
	if err := ana.TapsOn(list, "None of these"); err == nil {
		t.Error("the list was not changed into what was chosen")
	}
	w.owner().SkipsTo("Named an urgent sign").SkipsTo("Named an emergency sign")
}

func TestSafetyListUnanswered(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	ana.Taps("Something feels wrong").Sees("What do you notice?")
	w.Wait(14 * time.Minute)
	doctor.SeesNothing()
	w.Wait(time.Minute)
	doctor.Sees("Same day · Ana", "Opened the safety list and chose nothing within 15 minutes.").Buttons(heldAlert...).SeesNothing()
	w.Wait(3 * 24 * time.Hour)
	ana.SeesNothing()
	doctor.Sees("Once more, not acknowledged yet:", "Same day · Ana").SeesNothing()
	ana.Taps("None of these").Sees("Good. We go on.").Sees("Before the first workout comes one stretch.")
}

func TestSafetyWords(t *testing.T) {
	for _, test := range []struct {
		text string
		want string // the text, or a part of it
	}{
		{"I can't breathe properly", emergencyText},
		{"my chest hurts since this morning", emergencyText},
		{"I passed out in the shower", urgentText},
		{"my hand is numb", urgentText},
		{"there is blood in my urine", emergencyText},
		{"/done but now my chest hurts", emergencyText},
		{"5, and I have a fever", emergencyText},
	} {
		t.Run(test.text, func(t *testing.T) {
			w := play(t)
			ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
			ana.Taps("2").Sees("before").Sees("4 kg")
			doctor := w.owner().Skips()
			ana.Says(test.text).Sees(test.want).SeesNothing()
			doctor.Sees("NOW · Ana", "was told to call").Buttons(heldAlert...).SeesNothing()
			if ana.last.Seq > doctor.last.Seq {
				t.Error("the clinician was told before the patient")
			}
			ana.Says(test.text).Sees(test.want).SeesNothing() // again: the text again, no second alert
			doctor.SeesNothing()
			ana.Taps("Done").Sees("We are on a pause").SeesNothing()
		})
	}
}

func TestSafetyDoubtAndNegation(t *testing.T) {
	for _, text := range []string{"no fever, all fine", "I am afraid of a collapsed lung", "is a fever normal?", "my calf hurts a bit"} {
		t.Run(text, func(t *testing.T) {
			w := play(t)
			ana := w.needled("Ana", "upper trapezius left, 8 kg")
			doctor := w.owner().Skips()
			ana.Says(text).Sees("I want to be sure. Do you have this right now? If it is serious, call 112 and do not wait.").
				Buttons("[Yes, I have this now]", "[No, I do not]").SeesNothing()
			if strings.Contains(text, "fine") {
				ana.Says("no").Sees("Good. We go on as planned.").Buttons("[Something feels wrong]").SeesNothing()
				doctor.SeesNothing()
				ana.WaitsFor("Time to move a little")
				return
			}
			ana.Taps("Yes").Sees("Noted: Yes, I have this now.").Sees("112").SeesNothing()
			doctor.Sees("NOW · Ana")
		})
	}
}

func TestHarmlessWordsAreNoWarning(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	for _, text := range []string{"chest press today, ok?", "I don't know", "thank you", "can I swim", "when is the next workout"} {
		ana.Says(text).SeesExactly("I am a program and did not get that. A question for people goes to Praxis Weber. If something feels wrong, press the button.").
			Buttons("[Something feels wrong]", "[Send to the clinic]").SeesNothing()
	}
	w.owner().Skips().SeesNothing()
}

func TestAlertIsRepeatedAndGoesToTheOwner(t *testing.T) {
	w := play(t)
	owner := w.owner()
	doctor := w.clinician("Tom")
	ana := w.patientOf(doctor, "Ana")
	doctor.Says("/session Ana, upper trapezius left").Sees("needling of")
	owner.Skips()
	start := w.now()
	ana.Says("I can't breathe").SkipsTo("Call 112 now")
	doctor.Sees("NOW · Ana")
	for n, text := range []string{"Again, not acknowledged yet (2 of 4):", "(3 of 4):", "(4 of 4):"} {
		doctor.WaitsFor(text, "NOW · Ana")
		if waited := w.now().Sub(start).Round(time.Minute); waited != time.Duration(n+1)*15*time.Minute {
			t.Errorf("repeated after %s", waited)
		}
	}
	owner.SeesNothing().WaitsFor("Nobody has acknowledged this alert:", "NOW · Ana").Buttons(heldAlert...)
	if waited := w.now().Sub(start).Round(time.Minute); waited != time.Hour {
		t.Errorf("the owner heard after %s", waited)
	}
	owner.Taps("Acknowledge").Sees("Acknowledged by Maria")
	doctor.Taps("Acknowledge").Sees("That alert is closed already.").Sees("NOW · Ana", "Acknowledged by Maria")
	w.Wait(24 * time.Hour)
	owner.SeesNothing()
	doctor.SeesNothing()
	ana.SeesNothing()
}

func TestAcknowledgedAlertIsNotRepeated(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left")
	ana.Says("my chest hurts").Sees("Call 112 now")
	doctor := w.owner().SkipsTo("NOW · Ana")
	w.Wait(16 * time.Minute)
	doctor.Sees("Again, not acknowledged yet (2 of 4):").Taps("Acknowledge").Sees("Acknowledged by Maria")
	w.Wait(5 * time.Hour)
	doctor.SeesNothing()
	ana.SeesNothing()
	doctor.Says("/patients").Sees("Ana · on hold")
}

func TestWarningAtNight(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left")
	w.To("2026-03-03 02:00")
	doctor := w.owner().Skips()
	ana.Skips().Taps("Something feels wrong").Sees("What do you notice?").Taps("Something else").Sees("Noted").Sees("Exercise waits")
	doctor.SeesNothing() // level 2 waits for the morning
	ana.Taps("Breathing").Sees("Noted").Sees("Call 112 now")
	doctor.Sees("NOW · Ana").SeesNothing()
	w.To("2026-03-03 08:00")
	doctor.SkipsTo("Same day · Ana")
}

func TestWarningWhileStoppedAndOnHold(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left")
	doctor := w.owner().Skips()
	doctor.Says("/hold ana, holiday").Sees("on hold")
	ana.Sees("We pause because of holiday").Says("there is pus on my skin").Sees("Call Praxis Weber today").SeesNothing()
	doctor.Sees("NOW · Ana").Taps("Acknowledge").Sees("Acknowledged").Taps("Release").Sees("Ana is released")
	ana.Sees("The pause is over. I write to you when the next step is due.").Says("/stop").Sees("You will get no more messages from me.", "in an emergency call 112").SeesNothing()
	doctor.Sees("Ana has stopped the messages.")
	ana.Says("I can't breathe").SeesExactly(emergencyText).SeesNothing()
	doctor.Sees("NOW · Ana")
	ana.Taps("Something feels wrong").Sees("What do you notice?").Taps("Something else").Sees("Noted").Sees("Call 112 now").SeesNothing()
}

func TestWarningBeforeAnyNeedling(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	ana.Says("I can't breathe").Sees("Call 112 now, or go to an emergency room. Tell them that you had dry needling. Do not exercise.").SeesNothing()
	doctor.Sees("NOW · Ana").Buttons("[Acknowledge]", "[Hold] [Write]", "[Release]").SeesNothing()
	ana.Says("/help").Sees("This chat is not for emergencies").Sees("What do you notice?").SeesNothing()
}

func TestEditedIntoAWarning(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left")
	id, err := ana.Person.Says("my chest")
	ana.do(err).Skips()
	ana.do(ana.Edits(id, "my chest hurts")).Sees("Call 112 now").SeesNothing()
	ana.do(ana.Edits(id, "all is well")).SeesNothing()
}

func TestPainOfEightByItself(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left")
	doctor := w.owner().Skips()
	ana.Says("/pain 5").Sees("Thank you. I keep 5 out of 10 in your record. It does not change the plan.").SeesNothing()
	ana.Says("/pain eleven").Sees("Please send one whole number from 0 to 10.").SeesNothing()
	doctor.SeesNothing()
	ana.Says("/pain 8").Sees("I keep 8 out of 10").Sees("What do you notice?").Buttons(safetyList...).SeesNothing()
	doctor.Sees("Same day · Ana", "Pain of 8 or more.").SeesNothing()
	ana.Taps("None of these").Sees("Good. We go on.").SeesNothing()
	ana.Says("/stop").Sees("no more messages").Says("/pain 9").Sees("I keep 9").Sees("What do you notice?").SeesNothing()
}

func TestTypedNoneAnswersTheListThatIsOpen(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.To("2026-03-03 14:30")
	ana.SkipsTo("From now until tomorrow").Taps("Done").Skips()
	w.To("2026-03-04 14:30")
	ana.SkipsTo("safety check").Taps("Something feels wrong").Sees("What do you notice?")
	ana.Says("none of these").Sees("Good. We go on.").SeesNothing()
	// The check itself is still open, and its words do what its button does.
	ana.Says("none of these").Sees("how much pain")
}

func TestSafetyListUnansweredBeforeAnyNeedling(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	ana.Says("/help").Sees("This chat is not for emergencies").Sees("What do you notice?").SeesNothing()
	w.Wait(14 * time.Minute)
	doctor.SeesNothing()
	w.Wait(time.Minute)
	doctor.Sees("Same day · Ana", "Opened the safety list and chose nothing within 15 minutes.").
		Buttons("[Acknowledge]", "[Hold] [Write]", "[Release]").SeesNothing()
	w.Wait(3 * time.Hour)
	doctor.SeesNothing().Says("/alerts").Sees("Same day · Ana").Buttons("[Acknowledge]", "[Hold] [Write]", "[Release]").
		Says("/patient ana").Sees("Ana · on hold", "chose nothing").Buttons("[Acknowledge]", "[Brief]", "[Hold] [Write]", "[Release]").
		Taps("Write").Sees("What shall I write to Ana?").Says("I call you now").Sees("On its way to Ana.")
	ana.Sees("I call you now")
	doctor.Says("/session ana").Sees("Which muscle?").Says("ql left").Sees("When was").Taps("Now").Sees("usually lift").Taps("Skip").
		Sees("Which track").Taps("Standard").Sees("Tick what holds").Taps("Go on").
		Sees("Ana is on hold since 14:30, so exercise waits: /release first.\nNothing is saved yet.").Taps("Cancel").Sees("Cancelled")
	doctor.Says("/session ana, upper trapezius left, 8 kg").Sees("Ana, needling of", "Ana is on hold since 14:30, so exercise waits: /release first.")
	ana.Skips()
	w.Wait(24 * time.Hour)
	ana.SeesNothing()
	doctor.Sees("Once more, not acknowledged yet:", "Same day · Ana").SeesNothing().Says("/release ana").Sees("Ana is released. Next:")
	ana.SkipsTo("The pause is over").WaitsUntil("stretch")
}

func TestSafetyListUnansweredWhileStopped(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	ana.Says("/stop").Sees("no more messages")
	doctor := w.owner().Skips()
	ana.Taps("Something feels wrong").Sees("What do you notice?")
	w.Wait(15 * time.Minute)
	doctor.Sees("Same day · Ana", "chose nothing within 15 minutes.").SeesNothing()
}
