package stage_test

import (
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

func TestBroadcast(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Says("/broadcast Closed on Friday").Sees("Nobody is in this audience.")
	ana, bea := w.patient("Ana"), w.patient("Bea")
	w.invited(doctor, "Cem")
	doctor.Skips().Says("/broadcast Closed on <Friday> & \"Monday\"").
		SeesExactly("To 2 patients: Everyone\nPraxis Weber\nClosed on <Friday> & \"Monday\"\n\n"+
			"In waking hours, for example Ana 14:31 · Bea 14:31.\nLeft out: 1 not agreed yet.").
		Buttons("[Send to 2]", "[Send now anyway]", "[Everyone] [Silent patients]", "[By muscle] [By phase]", "[Later] [Cancel]").
		Taps("Send to 2").SeesExactly("Going out to 2 patients in 30 seconds. Undo is possible until then.").Buttons("[Undo]")
	w.Wait(29 * time.Second)
	ana.SeesNothing()
	w.Wait(2 * time.Second)
	ana.SeesExactly("Praxis Weber\nClosed on <Friday> & \"Monday\"").Buttons("[No more news]").SeesNothing()
	bea.Sees("Closed on <Friday>").SeesNothing()
	doctor.Sees("“Closed on <Friday> & \"Mo…”: going out").Buttons("[Pause] [Cancel]").SeesNothing()
	w.Wait(5 * time.Second)
	doctor.SeesExactly("“Closed on <Friday> & \"Mo…”: finished\n" + strings.Repeat("▓", 20) + " 100 %\n2 of 2").Buttons().
		SeesExactly("“Closed on <Friday> & \"Mo…”: finished\nAudience: 2 patients.\nSent: 2\nLeft out: nobody.").SeesNothing()
	w.Wait(24 * time.Hour)
	ana.SeesNothing()
	doctor.SeesNothing()
}

func TestBroadcastUndone(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner()
	doctor.Says("/broadcast").Sees("What shall I send? Plain text").Says("Line 1\nLine 2").Sees("To 1 patient: Everyone", "Line 1\nLine 2").
		Taps("Send to 1").Sees("Going out to 1 patient")
	undo := doctor.last
	w.Wait(20 * time.Second)
	doctor.Taps("Undo").SeesExactly("Nothing was sent.")
	doctor.forges(undo, "Undo").Sees("older question")
	doctor.Says("/broadcast Other").Sees("To 1 patient").Taps("Cancel").Sees("Nothing was sent.")
	w.Wait(24 * time.Hour)
	ana.SeesNothing()
}

// forges taps a button that is no longer there.
func (p *someone) forges(message sandbox.Event, label string) *someone {
	p.w.t.Helper()
	for _, row := range message.Buttons {
		for _, b := range row {
			if b.Text == label {
				return p.do(p.TapData(message.MessageID, b.Data))
			}
		}
	}
	p.w.t.Fatalf("%s never saw a button %q", p.name, label)
	return p
}

func TestBroadcastInWakingHours(t *testing.T) {
	w := playFrom(t, "2026-03-02 22:29")
	ana := w.patient("Ana")
	doctor := w.owner()
	doctor.Says("/broadcast Quiet").Sees("To 1", "for example Ana Tue 3 Mar, 08:00").Taps("Send to 1").Sees("Going out")
	doctor.Says("/broadcast Loud").Sees("To 1").Taps("Send now anyway").Sees("Going out")
	w.Wait(time.Minute)
	ana.Sees("Loud").SeesNothing()
	w.To("2026-03-03 07:59")
	ana.SeesNothing()
	w.To("2026-03-03 08:00")
	ana.Sees("Quiet").SeesNothing()
}

// Telegram is away from the evening on: what did not go out in time wakes nobody.
func TestBroadcastAcrossMidnight(t *testing.T) {
	w := playFrom(t, "2026-03-02 20:57")
	w.forgiving = true
	ana := w.patient("Ana")
	doctor := w.owner()
	fault := w.Telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: ana.id, Status: 500, Times: -1})
	doctor.Says("/broadcast Quiet").Sees("To 1").Taps("Send to 1").Sees("Going out")
	w.To("2026-03-02 21:30")
	fault.Disarm()
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
	doctor.Says("/broadcast   \n ").Sees("What shall I send?").Says("/cancel").Sees("Cancelled")
	doctor.Says("/broadcast " + strings.Repeat("&", 3500)).Sees("To 3 patients").Taps("Cancel").Sees("Nothing was sent.")
	ana.Says("/stop").Sees("no more messages")
	doctor.Sees("Ana has stopped").Says("/discharge cem").Sees("End").Taps("End the course").Sees("discharged")
	cem.Sees("has ended this plan")
	doctor.Says("/hold bea, cold").Sees("on hold")
	doctor.Says("/broadcast Hello").Sees("To 1 patient", "Left out: 1 stopped the messages · 1 discharged or finished.", "On hold and among them: 1.").
		Taps("Send now").Sees("Going out to 1 patient")
	w.Wait(time.Minute)
	bea.SkipsTo("Hello")
	ana.SeesNothing()
	cem.SeesNothing()
}

// A text that speaks of exercise is not for those on hold, unless the clinician
// says so.
func TestBroadcastAndHolds(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana, bea := w.patient("Ana"), w.patient("Bea")
	doctor.Says("/hold bea, cold").Sees("on hold")
	doctor.Says("/broadcast New: 3 sets with the 2kg dumbbell").
		Sees("To 1 patient", "Left out: 1 on hold.", "It speaks of exercise, so those on hold are left out.").
		Taps("On hold too").Sees("To 2 patients", "On hold and among them: 1.").With("Left out: nobody.").
		Taps("Not to those on hold").Sees("To 1 patient").Taps("Send to 1").Sees("Going out to 1")
	w.Wait(40 * time.Second)
	ana.Sees("dumbbell")
	bea.SeesNothing()
	doctor.SkipsTo("Left out: 1 on hold.")
	doctor.Says("/hold ana, cold").Sees("on hold").Says("/broadcast Next squats").Sees("To 0 patients", "Left out: 2 on hold.").
		Buttons("[Everyone] [Silent patients]", "[By muscle] [By phase]", "[On hold too]", "[Cancel]")
}

func TestBroadcastNarrowed(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Says("/broadcast Hello").Sees("Nobody")
	w.patient("Ana")
	doctor.Says("/broadcast Hello").Sees("To 1").Taps("By muscle").Sees("None of your patients has a needling")
	bea := w.needled("Bea", "piriformis left, 8 kg")
	w.needled("Cem", "upper trapezius right, 8 kg")
	doctor.Skips().Says("/broadcast Hello").Sees("To 3 patients: Everyone").
		Taps("By muscle").Sees("Whom shall it go to?").Buttons("[piriformis]", "[upper trapezius]", "[Back]").
		Taps("Back").Sees("To 3 patients: Everyone").
		Taps("By muscle").Sees("Whom").Taps("piriformis").Sees("To 1 patient: piriformis", "for example Bea").
		Taps("By phase").Sees("Whom").Buttons("[P3]", "[Back]").Taps("P3").Sees("To 1 patient: piriformis · P3").
		Taps("Silent patients").Sees("To 0 patients: piriformis · P3 · Silent patients").
		Taps("Everyone").Sees("To 3 patients: Everyone").
		Taps("By muscle").Sees("Whom").Taps("piriformis").Sees("To 1 patient").Taps("Send to 1").Sees("Going out to 1 patient")
	w.Wait(time.Minute)
	bea.SkipsTo("Hello")
}

// The button says how many; where that has changed it is shown anew.
func TestBroadcastToAnotherNumber(t *testing.T) {
	w := play(t)
	ana, doctor := w.patient("Ana"), w.owner()
	w.patient("Bea")
	doctor.Skips().Says("/broadcast Hello").Sees("To 2 patients")
	ana.Says("/stop").Sees("no more")
	doctor.Sees("Ana has stopped").Taps("Send to 2").Sees("To 1 patient", "1 stopped").Taps("Send to 1").Sees("Going out to 1")
}

func TestBroadcastOfSomebodyElse(t *testing.T) {
	w := play(t)
	ben := w.clinician("Ben")
	ana := w.patientOf(ben, "Ana")
	doctor := w.owner()
	bea := w.patient("Bea")
	ben.Skips().Says("/broadcast Mine").Sees("To 1 patient", "Ana").Without("Bea")
	preview := ben.last
	doctor.Skips().Says("/broadcast All").Sees("To 2 patients", "Ana", "Bea")
	mine := doctor.last
	for _, row := range preview.Buttons {
		for _, b := range row {
			doctor.do(doctor.TapData(mine.MessageID, b.Data)).Sees("older question")
		}
	}
	w.Wait(time.Hour)
	ana.SeesNothing()
	bea.SeesNothing()
	if err := ben.Person.Taps("Send to 1"); err != nil {
		t.Fatal(err)
	}
	if err := ben.Person.Taps("Send to 1"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	ben.Sees("Going out to 1").Sees("older question").SeesNothing()
}

func TestBroadcastPausedAndCancelled(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana := w.patient("Ana")
	w.Telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: ana.id, Status: 429, RetryAfter: 60})
	w.forgiving = true
	doctor.Skips().Says("/broadcast Hello").Sees("To 1").Taps("Send to 1").Sees("Going out")
	w.Wait(31 * time.Second)
	doctor.Sees("going out", "0 %", "0 of 1").Taps("Pause").SeesExactly("Paused. What is on its way at this moment still arrives.")
	w.Wait(5 * time.Second)
	doctor.Sees("“Hello”: paused").Buttons("[Resume] [Cancel]")
	w.Wait(2 * time.Hour)
	ana.SeesNothing()
	doctor.SeesNothing().Says("/broadcasts").SeesExactly("Broadcasts\n14:30 · paused · 1 patient · “Hello”").Buttons("[Cancel: Hello]")
	doctor.Taps("Resume").Sees("It goes on.")
	w.Wait(10 * time.Second)
	ana.Sees("Hello")
	doctor.SkipsTo("Sent: 1")
	doctor.Taps("Cancel: Hello").Sees("This broadcast is over.")

	w.Telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: ana.id, Status: 429, RetryAfter: 60})
	doctor.Says("/broadcast Again").Sees("To 1").Taps("Send to 1").Sees("Going out")
	w.Wait(31 * time.Second)
	doctor.Sees("going out").Taps("Cancel").SeesExactly("Cancelled. What has gone out stays.")
	w.Wait(5 * time.Second)
	doctor.Sees("“Again”: cancelled").Buttons().Sees("Audience: 1 patient.", "Sent: 0", "Called back: 1")
	w.Wait(24 * time.Hour)
	ana.SeesNothing()
	doctor.SeesNothing()
}

func TestBroadcastReport(t *testing.T) {
	w := play(t)
	w.forgiving = true
	doctor := w.owner()
	ana, bea, cem := w.patient("Ana"), w.patient("Bea"), w.patient("Cem")
	w.Telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: ana.id, Kind: sandbox.FaultDrop})
	bea.Deactivates()
	doctor.Skips().Says("/broadcast Hello").Sees("To 3").Taps("Send to 3").Sees("Going out")
	w.Wait(40 * time.Second)
	cem.Sees("Hello")
	doctor.SkipsTo("Audience: 3").With("Sent: 1", "Not reachable: 1", "In doubt: 1.").Buttons("[Send to those 1 again]")
	report := doctor.last
	doctor.Taps("Send to those").Sees("Going out to 1 patient once more.")
	w.Wait(10 * time.Second)
	ana.SkipsTo("Hello")
	cem.SeesNothing()
	doctor.SkipsTo("Audience: 3").With("Sent: 2", "Not reachable: 1").Without("In doubt").Buttons()
	doctor.forges(report, "Send to those 1 again").Sees("Nothing of this broadcast is in doubt any more.")
}

func TestBroadcastLater(t *testing.T) {
	w := play(t)
	ana, doctor := w.patient("Ana"), w.owner()
	doctor.Says("/broadcast Hello").Sees("To 1").Taps("Later").Sees("When?").
		Says("yesterday 09:00").Sees("I need a time to come within 90 days").
		Says("2026-03-02T12:00:00+01:00").Sees("I need a time to come").
		Says("tomorrow 07:00").Sees("Planned for Tue 3 Mar, 07:00, to 1 patient").Without("Praxis Weber\nPraxis").Sees("Planned for Tue 3 Mar, 07:00").
		Buttons("[Cancel]")
	doctor.Says("/broadcasts").Sees("Tue 3 Mar, 07:00 · planned · 1 patient · “Hello”")
	w.To("2026-03-03 07:59")
	ana.SeesNothing()
	doctor.Sees("going out", "0 of 1").SeesNothing()
	w.To("2026-03-03 08:00")
	ana.Sees("Hello")
	w.Wait(10 * time.Second)
	doctor.SkipsTo("Sent: 1")

	doctor.Says("/broadcast Other").Sees("To 1").Taps("Later").Sees("When?").Says("14:30").Sees("Planned for 14:30").Sees("Planned").
		Taps("Cancel").SeesExactly("Nothing was sent.").Says("/broadcasts").SeesExactly("No broadcast is planned or going out.")
	w.Wait(24 * time.Hour)
	ana.SeesNothing()
}

func TestBroadcastOfAFile(t *testing.T) {
	w := play(t)
	ana, doctor := w.patient("Ana"), w.owner()
	send := func(_ int, err error) { doctor.do(err) }
	send(doctor.SendsPhoto("/broadcast Our new <room>"))
	doctor.Sees("To 1 patient", "Our new <room>", "(with your photo, video or document)").Taps("Send to 1").Sees("Going out")
	w.Wait(32 * time.Second)
	ana.SeesExactly("Praxis Weber\nOur new <room>").Buttons("[No more news]")
	if len(ana.last.Photo) == 0 || ana.last.Method != "copyMessage" {
		t.Errorf("Ana got %+v", ana.last)
	}
	w.Wait(10 * time.Second)
	doctor.Skips().Says("/hold ana, cold").Sees("on hold")
	ana.Skips()
	id, err := doctor.SendsDocument("plan.pdf", []byte("a plan"), "")
	doctor.do(err).Sees("I did not get that")
	send(doctor.Person.Replies(id, "/broadcast The plan"))
	doctor.Sees("To 0 patients", "I cannot look into the file, so those on hold are left out.").
		Taps("On hold too").Sees("To 1 patient").Taps("Send to 1").Sees("Going out")
	w.Wait(32 * time.Second)
	ana.SkipsTo("The plan")
	if string(ana.last.Document) != "a plan" {
		t.Errorf("Ana got %+v", ana.last)
	}
	doctor.Skips()
	send(doctor.SendsPhoto("/broadcast " + strings.Repeat("x", 901)))
	doctor.Sees("Too long: 901 characters, and 900 are possible.").Says("/broadcast").Sees("What shall I send?")
	send(doctor.SendsSticker())
	doctor.Sees("What shall I send?")
	send(doctor.SendsPhoto("A room"))
	doctor.Sees("Left out: 1 on hold", "A room")
}

func TestNoMoreNews(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "piriformis left, 8 kg")
	bea, doctor := w.patient("Bea"), w.owner()
	tell := func(text, n string) {
		doctor.Skips().Says("/broadcast " + text).Sees("To " + n).Taps("Send to").Sees("Going out")
		w.Wait(40 * time.Second)
	}
	tell("One", "2")
	ana.Skips().Taps("No more news").Sees("You get no more news from Praxis Weber here. Your reminders and questions go on.").Buttons("[Send me news again]")
	news := ana.last
	ana.Taps("No more news").Sees("You get no more news")
	doctor.Skips().Says("/broadcast Two").Sees("To 1 patient", "Left out: 1 turned news off.").Taps("Send to 1").Sees("Going out")
	w.Wait(40 * time.Second)
	bea.SkipsTo("Two")
	ana.SeesNothing()
	w.To("2026-03-02 21:00")
	ana.SkipsTo("Time to move a little")
	ana.Skips().Taps("Send me news again").SeesExactly("You get news from Praxis Weber again.")
	ana.forges(news, "Send me news again").Sees("You get news")
	w.To("2026-03-03 12:00")
	tell("Three", "2")
	ana.SkipsTo("Three")
}

// What was confirmed goes to those for whom it was, and the report names the rest.
func TestBroadcastKeepsItsRecipients(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana, bea := w.patient("Ana"), w.patient("Bea")
	cem := w.invited(doctor, "Cem")
	doctor.Skips().Says("/broadcast Closed").Sees("To 2 patients").Taps("Send to 2").Sees("Going out to 2")
	bea.Skips().Says("/stop")
	cem.Taps("I agree")
	w.Wait(40 * time.Second)
	ana.SkipsTo("Closed").Buttons("[No more news]")
	bea.Skips()
	cem.Skips().SeesNothing()
	doctor.SkipsTo("Audience: 2 patients.\nSent: 1\nLeft out: 1 stopped the messages.")
}

// One preview at a time can be sent, and cancel gives it up.
func TestBroadcastGivenUp(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	for _, word := range []string{"/cancel", "Cancel"} {
		doctor.Says("/broadcast One").Sees("To 1 patient")
		draft := doctor.last
		doctor.Says(word).SeesExactly(cancelled)
		doctor.forges(draft, "Send to 1").Sees("older question")
	}
	doctor.Says("/broadcast Two").Sees("To 1 patient")
	older := doctor.last
	doctor.Says("/broadcast Three").Sees("To 1 patient")
	newer := doctor.last
	doctor.forges(older, "Send to 1").Sees("older question")
	w.Wait(25 * time.Hour)
	ana.Skips()
	doctor.Skips()
	doctor.forges(newer, "Send to 1").Sees("older question")
	w.Wait(time.Hour)
	ana.SeesNothing()
}

func TestBroadcastOfARemovedClinician(t *testing.T) {
	w, _, uma, _, bob := twoClinicians(t)
	owner := w.owner().Skips()
	cem := w.patientOf(owner, "Cem")
	owner.Skips().Says("/clinicians").Sees("Uma").Taps("Remove Uma").Sees("Remove Uma?")
	uma.Skips().Says("/broadcast Hello").Sees("To 1 patient").Taps("Send to 1").Sees("Going out")
	owner.Taps("Remove Uma").Sees("Uma is removed.", "Broadcasts that are not sent any more: 1.")
	w.Wait(time.Hour)
	bob.Skips()
	for _, p := range []*someone{bob, cem, uma} {
		p.SeesNothing()
	}
}
