package stage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"afterneedle/cmd/afterneedle/internal/stage"
)

const (
	atOnce    = 30
	slowDown  = "That was a lot at once"
	tooMany   = "update ignored: too many from one chat"
	noPersons = "This bot works with a personal link"
)

// playLimited is a clinic where nobody may send more than atOnce updates at once,
// and a patient who has sent nothing for a while.
func playLimited(t *testing.T) (w *theater, ana *someone) {
	w = playOn(t, monday, stage.Options{Burst: atOnce})
	ana = w.needled("Ana", "upper trapezius left, 8 kg")
	w.Wait(time.Minute)
	return w, ana.Skips()
}

// floods sends so many texts at the same instant, and handles them together.
func (p *someone) floods(n int) *someone {
	p.w.t.Helper()
	for i := range n {
		if _, err := p.Person.Says(fmt.Sprint("hello ", i)); err != nil {
			p.w.t.Fatal(err)
		}
	}
	p.w.settle()
	return p
}

// answers counts the messages that were not read, and those of them that hold a
// part, and reads them all.
func (p *someone) answers(part string) (all, with int) {
	for _, e := range p.unread() {
		all++
		if strings.Contains(words(e), part) {
			with++
		}
	}
	p.Skips()
	return all, with
}

func (w *theater) ignored() int { return strings.Count(w.log.String(), tooMany) }

func TestFloodIsAnsweredOnce(t *testing.T) {
	w, ana := playLimited(t)
	ana.floods(atOnce)
	if all, told := ana.answers(slowDown); all != atOnce || told != 0 {
		t.Errorf("%d of %d answered, %d told to wait", all, atOnce, told)
	}
	ana.floods(20)
	if all, told := ana.answers(slowDown); all != 1 || told != 1 {
		t.Errorf("%d answers to what is too much, %d told to wait", all, told)
	}
	if n := w.ignored(); n != 20 {
		t.Errorf("%d in the log, want 20", n)
	}
	if strings.Contains(w.log.String(), "hello") {
		t.Error("the log has what was written")
	}
	w.Wait(3 * time.Second)
	ana.floods(5)
	if all, told := ana.answers(slowDown); all != 3 || told != 0 {
		t.Errorf("%d answers after three seconds, %d told to wait again", all, told)
	}
	w.Wait(time.Minute)
	ana.floods(atOnce + 1)
	if all, told := ana.answers(slowDown); all != atOnce+1 || told != 1 {
		t.Errorf("%d answers after a minute, %d told to wait", all, told)
	}
}

// TestFloodTakesNothingFromOthers lets one patient flood and another one answer.
func TestFloodTakesNothingFromOthers(t *testing.T) {
	w, ana := playLimited(t)
	bo := w.patient("Bo").Skips()
	ana.floods(2 * atOnce)
	bo.Says("/pain 3").Sees("I keep 3 out of 10")
	w.owner().Skips().Says("/patients").Sees("Ana")
}

func TestFloodNeverHidesASign(t *testing.T) {
	w, ana := playLimited(t)
	w.owner().Skips()
	card, err := ana.Person.Says("hello")
	if err != nil {
		t.Fatal(err)
	}
	ana.floods(2 * atOnce).Skips()
	if err := ana.Edits(card, "I have no feeling in my arm"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	ana.Sees("Call Praxis Weber today")
	ana.Says("I can't breathe").Sees("112")
	w.owner().SkipsTo("Ana")
	ana.Skips().Says("/help").Sees("not for emergencies")
	ana.Skips().Says("Something feels wrong").Sees()
	ana.Skips().Taps("Something feels wrong").Sees()
	ana.Skips().Says("hello").SeesNothing()
	ana.Says("/stop").Sees("You will get no more messages")
}

func TestFloodLeavesTheListOfSymptoms(t *testing.T) {
	w, ana := playLimited(t)
	ana.floods(2 * atOnce).Skips()
	ana.Taps("Something feels wrong").Sees("112").Taps("Bleeding").Skips()
	w.owner().SkipsTo("Ana")
}

// TestFloodKeepsWhoComesBack lets a patient who floods block the bot and unblock
// it: whoever is not heard then would stay unreachable.
func TestFloodKeepsWhoComesBack(t *testing.T) {
	w, ana := playLimited(t)
	ana.floods(2 * atOnce)
	w.Wait(time.Second) // that she is gone is heard, and nothing after it
	if err := ana.Blocks(); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if err := ana.Unblocks(); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.Wait(time.Minute)
	w.owner().Skips().Says("/message Ana, hello").Skips()
	w.Wait(time.Minute)
	ana.SkipsTo("hello")
}

// TestFloodOfAStranger cannot be kept up with words that name a sign.
func TestFloodOfAStranger(t *testing.T) {
	w, _ := playLimited(t)
	eve := w.stranger("Eve").Starts("").Skips()
	w.Wait(time.Minute)
	eve.floods(atOnce)
	if all, with := eve.answers(noPersons); all != atOnce || with != atOnce {
		t.Errorf("%d answers, %d of them the one for strangers", all, with)
	}
	eve.Says("I can't breathe").Sees(slowDown)
	eve.Says("/help").SeesNothing()
	eve.Says("chest pain").SeesNothing()
}

// TestNoFloodFromAClinician lets a clinician enter the patients of a long day.
func TestNoFloodFromAClinician(t *testing.T) {
	w, _ := playLimited(t)
	doctor := w.owner().Skips()
	doctor.floods(5 * atOnce)
	if all, told := doctor.answers(slowDown); all != 5*atOnce || told != 0 {
		t.Errorf("%d answers, %d told to wait", all, told)
	}
}

// TestNoFloodAfterAnAbsence stops the program while a patient writes now and then.
func TestNoFloodAfterAnAbsence(t *testing.T) {
	w, ana := playLimited(t)
	if err := w.Restart(func() error {
		for range 2 * atOnce {
			w.Time.Set(w.Time.Now().Add(10 * time.Second))
			if _, err := ana.Person.Says("hello"); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if all, with := ana.answers(notUnderstood); with != 2*atOnce {
		t.Errorf("%d answers, %d of them to what was written meanwhile; want %d", all, with, 2*atOnce)
	}
}
