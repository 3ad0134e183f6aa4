package stage_test

import (
	"net/http"
	"testing"

	"afterneedle/cmd/afterneedle/internal/stage"
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
		ana.SeesExactly("Noted. The questions about that workout are over, and your load stays as it was. " +
			"If it has hurt more since then, send me /pain and a number.\nNext workout: Sat 7 Mar, 09:00.")
		ana.WaitsUntil("Before you start")
		if now := w.now().Format("2 Jan 15:04"); now != "7 Mar 09:00" {
			t.Errorf("the next workout is on %s", now)
		}
		ana.Taps("2").Sees("before").Sees("4 kg")
	})
	t.Run("stopped, and the next workout is on its card", func(t *testing.T) {
		w := playOn(t, monday, stage.Options{Webhook: true})
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		ana.Taps("2").Sees("before").Sees("4 kg")
		w.To("2026-03-05 09:00")
		ana.SkipsTo("Before you start").Taps("2").Sees("before").Sees("4 kg")
		late := map[string]any{"update_id": 7_000_000, "message": map[string]any{
			"message_id": 1, "date": w.moment("2026-03-04 21:40").Unix(), "text": "stopped",
			"from": map[string]any{"id": ana.id, "is_bot": false, "first_name": "Ana"},
			"chat": map[string]any{"id": ana.id, "type": "private"},
		}}
		if got := w.posts(late); got != http.StatusOK {
			t.Fatalf("status %d", got)
		}
		ana.Sees("Noted. The questions", "Sat 7 Mar, 09:00")
		if c := w.course(1); c.Workouts[0].Status != "partial_other" || c.Current() != nil {
			t.Errorf("status %q, current %+v", c.Workouts[0].Status, c.Current())
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
