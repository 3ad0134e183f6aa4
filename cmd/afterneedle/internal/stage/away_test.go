package stage_test

import (
	"testing"

	"afterneedle/store"
)

// whileAway ends the program, lets things happen at moments of their own, and starts
// it again at another.
func (w *theater) whileAway(back string, happens ...func() error) {
	w.t.Helper()
	err := w.Restart(func() error {
		for _, do := range happens {
			if err := do(); err != nil {
				return err
			}
		}
		w.Time.Set(w.moment(back).UTC())
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// types is that somebody types a text at a moment.
func (p *someone) types(at, text string) func() error {
	return func() error {
		p.w.Time.Set(p.w.moment(at).UTC())
		_, err := p.Person.Says(text)
		return err
	}
}

// TestSaidWhileAway: what somebody has written while the program was away counts from
// when it was written.
func TestSaidWhileAway(t *testing.T) {
	t.Run("done in the evening", func(t *testing.T) {
		w := play(t)
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		ana.Taps("2").Sees("before").Sees("4 kg")
		w.whileAway("2026-03-05 08:30", ana.types("2026-03-04 21:40", "done"))
		ana.Sees("Done").Sees("Right after").Taps("2").Sees("after")
		if done := w.course(1).Workouts[0].DoneAt; !done.Equal(w.moment("2026-03-04 21:40")) {
			t.Errorf("done at %v", done)
		}
		// The next one keeps its distance.
		ana.WaitsFor("Good morning").Taps("2").Sees("this morning", "Next time")
		ana.WaitsUntil("Before you start")
		if now := w.now().Format("2 Jan 15:04"); now != "7 Mar 09:00" {
			t.Errorf("the next workout is on %s", now)
		}
	})
	t.Run("stopped before the card ran out", func(t *testing.T) {
		w := play(t)
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		ana.Taps("2").Sees("before").Sees("4 kg")
		w.whileAway("2026-03-04 18:00", ana.types("2026-03-04 17:20", "stopped"))
		ana.Sees("What made you stop?").Sees("Right after").Taps("Pain").Sees("Pain")
		w.Wait(chatGap)
		if w := w.course(1).Workouts[0]; w.Status != "partial_pain" {
			t.Errorf("status %q", w.Status)
		}
	})
	t.Run("a needling", func(t *testing.T) {
		w := play(t)
		w.patient("Ana")
		doctor := w.owner().Skips()
		w.whileAway("2026-03-02 16:30", doctor.types("2026-03-02 14:50", "/session Ana, ql left"))
		doctor.Sees("Ana, needling of quadratus lumborum left, 14:50")
	})
}

// TestWritingOpensAChat: a patient who writes is not out of reach, whatever Telegram
// has said before.
func TestWritingOpensAChat(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	_, err := w.Store.Do(t.Context(), w.Time.Now(), 0, func(tx *store.Tx) error { return tx.SetUnreachable(1, w.Time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	ana.Says("I have chest pain and cannot breathe").Sees("Call 112 now").SeesNothing()
}
