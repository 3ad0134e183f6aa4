package stage_test

import (
	"testing"
	"time"
)

func TestNothingBeforeConsent(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana := w.invited(doctor, "Ana").Buttons("[I agree]", "[No, thank you]", "[Read more]")
	doctor.Says("/session Ana, upper trapezius left").
		Sees("has not agreed yet. The plan begins when they do, with what is still open.")
	w.Wait(72 * time.Hour)
	ana.SeesNothing()
	for _, text := range []string{"/today", "/plan", "/pain 3", "/done", "4", "hello", "/start"} {
		ana.Says(text)
		if text == "/start" {
			ana.Sees("Praxis Weber invites you")
			continue
		}
		ana.SeesExactly("Please read the first message and press the button that begins with “I agree”. Until then I ask you nothing.")
	}
	ana.Says("/privacy").Sees("What is kept")
	ana.Taps("Read more").Sees("What is kept")
	ana.Says("/help").Sees("call 112")
	ana.Says("I cannot breathe").Sees("call 112", "Praxis Weber does not see yet what you write here").SeesNothing()
	doctor.SeesNothing()
}

func TestAgreedTenHoursLate(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana := w.invited(doctor, "Ana")
	w.To("2026-03-03 08:00")
	doctor.Says("/session Ana, upper trapezius left, 8 kg").Sees("easy movement: 12:00 to 14:00")
	w.Wait(10 * time.Hour)
	ana.SeesNothing()
	ana.Taps("I agree").Sees("You agreed").
		Sees("Needling was step 1", "Until Wed 4 Mar, 08:00, do no heavy or hard exercise", "Some of the first steps are behind us already. We go on from here: gentle stretch, 18:00.").
		Sees("Time for a gentle stretch").SeesNothing()
	w.To("2026-03-03 20:59")
	ana.SeesNothing()
}

func TestAgreedAfterADay(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana := w.invited(doctor, "Ana")
	doctor.Says("/session Ana, upper trapezius left, 8 kg").Sees("has not agreed yet")
	w.Wait(30 * time.Hour)
	ana.Taps("I agree").Sees("You agreed").
		Sees("Needling was step 1", "We go on from here: main stretch").Without("heavy").
		Sees("From now until tomorrow").SeesNothing()
}

func TestLinks(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	link := doctor.Says("/newpatient Ana").Sees("One link for Ana, good for 7 days").link()
	doctor.Sees("can scan this")
	if len(doctor.last.Photo) == 0 {
		t.Error("no picture of the link")
	}
	other := w.stranger("Eve")
	other.Starts("").SeesExactly("Hello. This bot works with a personal link from a clinic. Please ask yours for one.")
	other.Starts("FORGEDFORGEDFORGEDFORGED12").SeesExactly("This link no longer works. Please ask your clinic for a new one.")
	doctor.Starts(link).SeesExactly("This link is for your patient. It still works; pass it on.")

	ana := w.stranger("Ana").Starts(link).Sees("Praxis Weber invites you")
	other.Starts(link).Sees("This link no longer works")
	ana.Starts(link).Sees("Praxis Weber invites you") // her own link shows the question again
	ana.Taps("I agree").Sees("You agreed").Sees("You are all set")
	ana.Starts(link).Sees("Nothing is planned")
	other.Starts(link).Sees("This link no longer works").SeesNothing()
	second := doctor.Skips().Says("/newpatient Bea").Sees("One link").link()
	ana.Starts(second).Sees("You are already here")
}

func TestExpiredLinkAndANewOne(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	link := doctor.Says("/newpatient Ana").Sees("One link").link()
	w.Wait(7 * 24 * time.Hour)
	ana := w.stranger("Ana").Starts(link).Sees("This link no longer works")
	doctor.Skips().Says("/newpatient ana").Sees("ana is taken. How about ana 2?").Buttons("[Make a new link]").
		Taps("Make a new link").Sees("One link for Ana, good for 7 days")
	fresh := doctor.link()
	doctor.Skips()
	ana.Starts(fresh).Sees("Praxis Weber invites you").Taps("I agree").Sees("You agreed")
	doctor.Sees("Ana has joined.").Taps("Make a new link").Sees("Ana has joined already and needs no link.")
	doctor.Says("/newpatient Ana").Sees("Ana is taken").Buttons()
}

func TestTwoLinksForOnePatient(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	first := doctor.Says("/newpatient Ana").Sees("One link").link()
	second := doctor.Skips().Says("/newpatient Ana").Sees("is taken").Taps("Make a new link").Sees("One link").link()
	ana := w.stranger("Ana").Starts(first).Sees("Praxis Weber invites you")
	w.stranger("Eve").Starts(second).Sees("This link no longer works").SeesNothing()
	ana.Taps("I agree").Sees("You agreed")
}

func TestDecline(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana := w.invited(doctor, "Ana")
	doctor.Says("/session Ana, upper trapezius left").Sees("has not agreed yet")
	ana.Taps("No, thank you").Sees("That is fine. I have let go of this chat and will not write to you.").SeesNothing()
	doctor.Sees("Ana did not agree. No messages are sent.")
	w.Wait(100 * time.Hour)
	ana.SeesNothing().Says("hello").Sees("This bot works with a personal link").SeesNothing()
	fresh := doctor.Says("/newpatient Ana").Sees("taken").Taps("Make a new link").Sees("One link").link()
	ana.Starts(fresh).Sees("Praxis Weber invites you")
}

func TestForgetBeforeConsent(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	ana := w.invited(doctor, "Ana")
	ana.Says("/forget").Sees("Shall I delete everything?").Taps("Keep my data").Sees("Nothing was deleted.")
	ana.Says("/forget").Sees("Shall I delete everything?").Taps("Delete everything").SkipsTo("All of it is deleted").SeesNothing()
	doctor.Sees("Ana has deleted the record.").Says("/patients").Sees("No patients yet")
	ana.Says("hello").Sees("This bot works with a personal link")
}

func TestForgetInTheMiddle(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.Wait(5 * time.Hour)
	ana.Sees("Time to move a little").Says("/forget").Sees("Shall I delete").Taps("Delete everything").
		SkipsTo("All of it is deleted. Take care.")
	w.owner().Sees("Ana has deleted the record.")
	w.Wait(14 * 24 * time.Hour)
	ana.SeesNothing().Taps("Done").Sees("This bot works with a personal link")
	w.owner().SeesNothing()
}
