package stage_test

import (
	"strings"
	"testing"
	"time"
)

// replies answers a message by Telegram's own reply.
func (p *someone) replies(id int, text string) *someone {
	p.w.t.Helper()
	_, err := p.Person.Replies(id, text)
	return p.do(err)
}

// lives answers everything well up to a moment.
func (p *someone) lives(until string) {
	w := p.w
	end := w.moment(until)
	for range 5000 {
		unread := p.unread()
		for _, e := range unread {
			p.open(e)
			switch s := words(e); {
			case e.Edited:
			case strings.Contains(s, "safety check"):
				p.tries("None of these")
			case len(e.Buttons) > 0 && e.Buttons[0][0].Text == "0":
				score := "2"
				if strings.Contains(s, "How strong did") {
					score = "4"
				}
				_ = p.Person.TapsOn(e.MessageID, score)
				w.settle()
			default:
				for _, row := range e.Buttons {
					for _, b := range row {
						if strings.HasPrefix(b.Text, "Done") {
							_ = p.Person.TapsOn(e.MessageID, b.Text)
							w.settle()
						}
					}
				}
			}
		}
		if len(unread) > 0 {
			w.Wait(chatGap)
			continue
		}
		at, ok, err := w.NextDue()
		if err != nil || !ok || at.After(end) {
			break
		}
		w.moveTo(at)
	}
	if w.Time.Now().Before(end) {
		w.moveTo(end)
	}
}

// TestHighPainAfterSilence: a silent patient who answers 9 gets no load on that day.
func TestHighPainAfterSilence(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Taps("2")
	w.Wait(30 * time.Minute)
	ana.Taps("Done").Skips().Taps("2")
	w.To("2026-03-05 08:01")
	ana.Taps("2").Skips()
	for w.now().Before(w.moment("2026-03-09 12:00")) {
		ana.WaitsUntil("Before you start")
	}
	ana.Taps("9")
	w.Wait(time.Minute)
	ana.SkipsTo("no load for now")
	ana.tries("2")
	w.Wait(time.Minute)
	if ana.reads("Your workout today") {
		t.Error("pain 9, and a minute later a workout with load")
	}
}

// TestNoneIsNoSafetyCheck: "none" answers how much pain there is, not the list of dangers.
func TestNoneIsNoSafetyCheck(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.Wait(24 * time.Hour)
	ana.SkipsTo("From now until tomorrow").Taps("Done").Skips().Taps("4")
	w.To("2026-03-04 14:40")
	ana.SkipsTo("quick safety check")
	w.owner().Says("/hold ana, a cold, 24h")
	w.To("2026-03-05 14:45")
	ana.SkipsTo("How much pain is in the treated area now").Says("none")
	w.Wait(time.Minute)
	if ana.reads("none of these") {
		t.Error("“none” to “How much pain …?” is taken for “none of these” of the safety check")
	}
	ana.Skips().Says("0")
	w.Wait(time.Minute)
	if !ana.reads("safety check") {
		t.Error("the workout follows, and the safety check is not shown again")
	}
}

// TestReplyAboutSomebodyElse: words about Ben, in a reply to the alert about Ben, do not go to Ana.
func TestReplyAboutSomebodyElse(t *testing.T) {
	for _, command := range []string{"/message ana", "/hold ana"} {
		t.Run(command, func(t *testing.T) {
			w := play(t)
			ana := w.needled("Ana", "upper trapezius left, 8 kg")
			ben := w.needled("Ben", "upper trapezius left, 8 kg")
			doctor := w.owner().Skips()
			doctor.Says(command)
			w.Wait(26 * time.Hour)
			ben.Says("my leg is swollen")
			w.Wait(time.Minute)
			doctor.SkipsTo("· Ben")
			ana.Skips()
			doctor.replies(doctor.last.MessageID, "Ben, come in at once, 24h")
			w.Wait(time.Minute)
			for _, e := range ana.unread() {
				t.Errorf("Ana reads: %s", words(e))
			}
			doctor.tries("Until I release")
		})
	}
}

// TestOldOffer: a button does what stands on it, or nothing.
func TestOldOffer(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg, graded")
	doctor := w.owner().Skips()
	ana.lives("2026-03-15 12:00")
	doctor.Skips().Says("/alerts").SkipsTo("begins well under")
	id := doctor.last.MessageID
	ana.lives("2026-04-02 15:00")
	doctor.Skips()
	doctor.do(doctor.TapsOn(id, "Set 6.9 kg"))
	for _, e := range doctor.unread() {
		if strings.Contains(words(e), "exactly") && !strings.Contains(words(e), "6.9 kg") {
			t.Errorf("[Set 6.9 kg]: %s", words(e))
		}
	}
}

// TestOldRelease: an old [Release] does not lift what was not there when it was shown.
func TestOldRelease(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	doctor := w.owner().Skips()
	w.Wait(24 * time.Hour)
	ana.SkipsTo("From now until tomorrow").Taps("Done").Skips().Taps("8")
	w.Wait(time.Minute)
	doctor.SkipsTo("Pain of 8 or more")
	id := doctor.last.MessageID
	ana.Says("I have chest pain").Skips()
	doctor.do(doctor.TapsOn(id, "Release"))
	w.Wait(time.Minute)
	if ana.reads("Good news. The pause is over") {
		t.Error("“Call 112 now. Do not exercise”, and right after it “Good news. The pause is over”")
	}
}

// TestEditedHighNumber: a number that is edited is answered.
func TestEditedHighNumber(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	id, err := ana.Person.Says("2")
	ana.do(err).Skips()
	w.Wait(time.Minute)
	ana.edits(id, "9")
	w.Wait(time.Minute)
	if len(ana.unread()) == 0 {
		t.Error("2 was edited into 9: nobody says anything, and the card with load stands")
	}
}

// TestNoneToAPainQuestion: "none" to an open pain question: it is asked again.
func TestNoneToAPainQuestion(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	ana.Says("none").Sees().Without("No question is open")
}
