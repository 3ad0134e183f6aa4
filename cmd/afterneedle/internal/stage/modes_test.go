package stage_test

import (
	"strings"
	"testing"
	"time"
)

const suggestion = "Suggestion · Ana\n" +
	"upper trapezius left: 40 kg now, 34 kg suggested\n" +
	"Before 2, after 2, 2 h 4, next day 2\n" +
	"D09: Pain 2 hours after (4) was 2 above the level before (2): the next load is 15 % lower.\n" +
	"Until you answer, it stays as it is."

// tooMuch goes through one workout after which pain is not back in two hours.
func (p *someone) tooMuch() *someone {
	p.w.t.Helper()
	p.Taps("2").SkipsTo("Press Done when").Taps("Done").SkipsTo("Right after").Taps("2").Skips().
		WaitsUntil("about 2 hours").Taps("4").Skips()
	return p.WaitsUntil("Good morning").Taps("2")
}

// suggested is a patient in suggest mode after a workout that was too much, on
// Thursday at 08:00, whose clinician has just been asked.
func (w *theater) suggested() (ana, doctor *someone) {
	w.t.Helper()
	doctor = w.owner()
	doctor.Says("/mode suggest").SeesExactly("The clinic's default is suggest: each change of load waits for a clinician's tap, and the load stays as it is meanwhile.")
	ana = w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	doctor.Skips()
	ana.tooMuch().SeesExactly("Pain this morning: 2 out of 10.\n" +
		"Your pain was 2 before and 4 about 2 hours later. That was a bit too much, too soon. " +
		"Praxis Weber looks at the next load. Until then it stays as it is: 40 kg, 3 sets of 12. This is how we find your level.\n" +
		"Next workout: Fri 6 Mar, 14:30.").SeesNothing()
	doctor.SeesExactly(suggestion).Buttons("[Confirm 34 kg] [Keep 40 kg]").SeesNothing()
	return ana, doctor
}

func TestWithoutATapTheLoadStaysAndTheClinicianIsAskedDaily(t *testing.T) {
	w := play(t)
	ana, doctor := w.suggested()
	doctor.WaitsFor("Not answered yet, asked since Thu 5 Mar, 08:00:\n" + suggestion).Buttons("[Confirm 34 kg] [Keep 40 kg]")
	if at := w.now().Format("2 15:04"); at != "6 08:00" {
		t.Errorf("asked again at %s", at)
	}
	w.restart()
	ana.WaitsUntil("Before you start")
	ana.Skips() // she leaves this one open
	ana.WaitsUntil("Your workout is still open").Taps("2").SkipsTo("3 sets of 12, 40 kg.")
	doctor.SeesNothing()
	w.To("2026-03-07 08:00")
	doctor.Sees("Not answered yet, asked since Thu 5 Mar").SeesNothing()
	doctor.Says("/patient ana").Sees("upper trapezius left: P3, 40 kg", "❗ upper trapezius left: 40 kg now, 34 kg suggested", "Changes of load wait for your tap.").
		Buttons("[Confirm 34 kg] [Keep 40 kg]", "[Brief]", "[Hold] [Set load] [Write]")
	doctor.Says("/patients").Sees("Ana · active", "1 open alert")
	ana.Skips().Says("/why").Sees("Your plan stays as it is. Next time is the same: 40 kg, 3 sets of 12.")
}

func TestATapAppliesTheSuggestion(t *testing.T) {
	w := play(t)
	ana, doctor := w.suggested()
	w.restart()
	w.To("2026-03-05 22:30")
	doctor.Taps("Confirm 34 kg").SeesExactly("Ana, upper trapezius left: 34 kg from the next workout on.").
		Taps("Confirm 34 kg").SeesExactly("That suggestion is closed already.").
		Taps("Keep 40 kg").SeesExactly("That suggestion is closed already.").SeesNothing()
	ana.SkipsTo("Today's stretch").SeesNothing() // she sleeps
	w.To("2026-03-06 08:00")
	ana.SeesExactly("Praxis Weber has looked at your next load. Next time use 34 kg, 3 sets of 12.").SeesNothing()
	ana.Says("/why").Sees("That was a bit too much, too soon. Next time use 34 kg, 3 sets of 12.").Skips()
	ana.WaitsUntil("Before you start").Taps("2").SkipsTo("3 sets of 12, 34 kg.")
	doctor.SeesNothing()
}

func TestKeepingTheLoad(t *testing.T) {
	w := play(t)
	ana, doctor := w.suggested()
	doctor.Taps("Keep 40 kg").SeesExactly("Ana, upper trapezius left stays at 40 kg.").Taps("Confirm 34").Sees("closed already")
	ana.WaitsUntil("Before you start").Says("/why").Sees("too soon. Next time is the same: 40 kg, 3 sets of 12.").Skips().
		Taps("2").SkipsTo("3 sets of 12, 40 kg.")
	doctor.SeesNothing().Says("/history ana").SeesExactly("Changes for Ana\n" +
		"Thu 5 Mar, 08:00 · Maria · upper trapezius left: kept 40 kg instead of 34 kg\n" +
		"Thu 5 Mar, 08:00 · program · upper trapezius left: suggested 34 kg instead of 40 kg (D09: Pain 2 hours after (4) was 2 above the level before (2): the next load is 15 % lower.)\n" +
		"Mon 2 Mar, 14:30 · Maria · upper trapezius left: from a start to P3, 40 kg (a needling)").SeesNothing()
}

func TestConfirmedWhileTheCardIsOpen(t *testing.T) {
	w := play(t)
	ana, doctor := w.suggested()
	ana.WaitsUntil("Before you start").Taps("2").SkipsTo("3 sets of 12, 40 kg.")
	doctor.Skips().Taps("Confirm 34 kg").Sees("34 kg from the next workout on.")
	ana.Sees("Do the workout that is open as its card says. Next time use 34 kg, 3 sets of 12.").SeesNothing()
	ana.Says("/today").Sees("3 sets of 12, 40 kg.").Taps("Done").SkipsTo("Right after").Taps("2").Skips().
		WaitsUntil("about 2 hours").Taps("2").Skips().WaitsUntil("Good morning").Taps("2").
		Sees("Well done. Your pain was back where it started. Next time use 34 kg, 3 sets of 12.").
		WaitsUntil("Before you start").Taps("2").SkipsTo("3 sets of 12, 34 kg.")
	doctor.SeesNothing()
}

func TestTheNextPhaseWaitsForATap(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana := w.patient("Ana")
	doctor.Says("/mode ana, suggest").Sees("suggest").Says("/session Ana, upper trapezius left + QL right, 8 kg").Sees("needling of")
	ana.WaitsUntil("From now until tomorrow").Taps("Done").SkipsTo("How strong").Taps("4").Skips()
	ana.WaitsUntil("safety check").Taps("None").SkipsTo("hurts most").Taps("2").SkipsTo("Press Done when").Taps("Done").SkipsTo("Right after").
		Taps("2").Skips().WaitsUntil("about 2 hours").Taps("2").Skips().WaitsUntil("Good morning").Taps("2").Skips()
	for w.now().Before(w.moment("2026-03-11 00:00")) {
		ana.WaitsUntil("hurts most").Taps("2").SkipsTo("Press Done when").Taps("Done").SkipsTo("Right after").
			Taps("2").Skips().WaitsUntil("about 2 hours").Taps("2").Skips().WaitsUntil("Good morning").Taps("2")
	}
	ana.SeesExactly("Pain this morning: 2 out of 10.\nWell done. Your pain was back where it started each time. " +
		"Praxis Weber looks at the next load. Until then it stays as it is: 4 kg, 3 sets of 12.\nNext workout: Thu 12 Mar, 14:30.")
	doctor.SkipsTo("upper trapezius left: P3, 4 kg now, P4, 4 kg suggested").Buttons("[Confirm P4, 4 kg] [Keep P3, 4 kg]").
		Sees("quadratus lumborum right: P3, 4 kg now, P4, 4 kg suggested").SeesNothing().Taps("Confirm P4, 4 kg").
		SeesExactly("Ana, quadratus lumborum right: P4, 4 kg from the next workout on.")
	ana.Sees("quadratus lumborum, right\nPraxis Weber has looked at your next load. Next time keep 4 kg and do 3 sets of 15.").SeesNothing()
	ana.WaitsUntil("hurts most").Taps("2").SkipsTo("3 sets of 12, 4 kg.").With("3 sets of 15, 4 kg.")
	doctor.Skips().Says("/hold ana, cold").Sees("on hold").Says("/release ana").Sees("released").
		Says("/history ana").Sees("program · upper trapezius left: suggestion of P4, 4 kg closed (released from a hold)")
}

// A hold and its alert wait for nobody; what the load becomes does, and a release
// does not answer it.
func TestHoldsWorkAtOnceInSuggestMode(t *testing.T) {
	w := play(t)
	doctor := w.owner().Says("/mode suggest").Skips()
	ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
	doctor.Skips()
	ana.Taps("2").SkipsTo("Press Done when").Taps("Done").SkipsTo("Right after").Taps("9").Sees("That is a lot of pain, so no load for now.")
	doctor.Sees("Same day · Ana", "Pain of 8 or more.").SeesNothing()
	ana.Skips().WaitsUntil("Good morning").Taps("3").Sees("That is a lot of pain").Without("40 kg", "32 kg")
	doctor.Sees("Once more, not acknowledged yet:").Sees("Suggestion · Ana", "40 kg now, 32 kg suggested").Buttons("[Confirm 32 kg] [Keep 40 kg]", "[Release]").
		Taps("Release").Sees("Ana is released. Next: ", "\nupper trapezius left: 40 kg now, 32 kg suggested").Buttons("[Confirm 32 kg] [Keep 40 kg]").
		Taps("Confirm 32 kg").Sees("32 kg from the next workout on.").SeesNothing()
}

func TestAnotherCliniciansForgedTapIsRefused(t *testing.T) {
	w := play(t)
	ana, doctor := w.suggested()
	tom := w.clinician("Tom")
	eve := w.patientOf(tom, "Eve")
	w.To("2026-03-05 09:00")
	doctor.Skips().Says("/patient ana").Sees("34 kg suggested")
	confirm := doctor.last.Buttons[0][0].Data
	_, action, _ := strings.Cut(confirm, ".")
	for _, forger := range []*someone{tom, eve} {
		own := forger.Skips().Says("/help").Skips().last
		delivery, _, _ := strings.Cut(own.Buttons[0][0].Data, ".")
		for _, data := range []string{confirm, delivery + "." + action} {
			forger.do(forger.TapData(own.MessageID, data)).Sees("That button is from an older question.").SeesNothing()
		}
	}
	tom.Says("/mode ana, auto").Sees("No patient of yours has that name.").Says("/history ana").Sees("No patient of yours")
	ana.SeesNothing()
	doctor.Says("/patient ana").Sees("P3, 40 kg", "34 kg suggested")
}

func TestModeCommand(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	tom, doctor := w.clinician("Tom"), w.owner().Skips()
	const auto, wait = "loads change by the rules after each workout.", "each change of load waits for a clinician's tap, and the load stays as it is meanwhile."
	tom.Says("/mode suggest").SeesExactly("This command is for the clinic's owner.").Says("/mode").Sees("No patients yet.")
	doctor.Says("/mode").SeesExactly("The clinic's default is auto: "+auto+"\nChoose the default, or send the name of a patient.").
		Buttons("[Automatic] [Suggest]", "[Back] [Cancel]").Taps("Suggest").SeesExactly("The clinic's default is suggest: " + wait)
	doctor.Says("/mode ana").SeesExactly("Ana: as the clinic, suggest, "+wait+" Which mode from now on?").
		Buttons("[Automatic] [Suggest]", "[As the clinic]", "[Back] [Cancel]").Taps("Automatic").SeesExactly("Ana: auto, " + auto)
	w.restart()
	doctor.Says("/mode").Sees("default is suggest").Says("ana").Sees("Ana: auto").Says("as the clinic").SeesExactly("Ana: as the clinic, suggest, " + wait).
		Says("/mode Ana, Suggest").SeesExactly("Ana: suggest, " + wait).
		Says("/mode auto").Sees("The clinic's default is auto").
		Says("/mode ana, sometimes").Sees("Which mode from now on?").Taps("Cancel").Sees("Cancelled.").
		Says("/mode bob, auto").Sees("No patient of yours has that name.").
		Says("/mode").Sees("default is auto").Taps("Cancel").Sees("Cancelled.").SeesNothing()
	doctor.Says("/history Ana").Sees("Maria · mode from clinic to suggest\n", "Maria · mode from auto to clinic\n", "Maria · mode from clinic to auto\n")
	ana.SeesNothing()
}

func TestHistoryInPages(t *testing.T) {
	w := play(t)
	w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	for _, kg := range []string{"5", "6", "7", "8", "9", "10", "11", "12"} {
		doctor.Says("/load ana, " + kg + " kg").Sees("exactly")
	}
	doctor.Says("/hold ana, <fever> & chills").Sees("on hold").Says("/release ana").Sees("is released").
		Says("/track ana, graded").Sees("K1").Says("/discharge ana").Sees("End the course").Taps("End the course").Sees("discharged")
	doctor.Says("/history ana").Sees("Maria · discharged\n", "Maria · track from standard to graded\n", "upper trapezius left: from P3, 12 kg to K1, 5 repetitions (another track)",
		"Maria · released\n", "Maria · hold (<fever> & chills)\n", "from 10 kg to 11 kg (set)").Without("from 8 kg to 9 kg").Buttons("[Next]").
		Taps("Next").Sees("from 8 kg to 9 kg (set)", "from a start to P3, 4 kg (a needling)").Buttons("[Back]").
		Taps("Back").Sees("discharged").SeesNothing()
	doctor.Says("/newpatient Bea").Skips().Says("/history bea").SeesExactly("Nothing has changed for Bea yet.")
	w.Wait(time.Hour)
	doctor.SeesNothing()
}
