package stage_test

import (
	"testing"
	"time"

	"afterneedle/rehab"
)

// What was sent between a needling and its undo has been sent: its questions can be
// answered, and nothing waits for ever for an answer to them.
func TestUndoAfterSomethingWasSent(t *testing.T) {
	mistake := func(w *theater, ana, doctor *someone, at, undo string) {
		w.t.Helper()
		w.To(at)
		ana.Skips()
		doctor.Skips().Says("/session ana, ql right, now, 8 kg").Sees("needling of")
		w.To(undo)
		doctor.Taps("Undo").Sees(undone)
		ana.SkipsTo("has taken back")
	}
	held := func(t *testing.T) (w *theater, ana *someone) {
		w = play(t)
		ana = w.readyToTrain("Ana", "upper trapezius left, 8 kg") // Wed 14:30
		doctor := w.owner().Skips()
		doctor.Says("/hold ana, cold, 24h").Sees("on hold")
		mistake(w, ana, doctor, "2026-03-05 14:25", "2026-03-05 14:33")
		return w, ana
	}
	t.Run("a hold's question, answered", func(t *testing.T) {
		w, ana := held(t)
		ana.Says("2")
		if h := w.course(1).Holds[0]; h.Active() {
			t.Errorf("still %+v", h)
		}
	})
	t.Run("a hold's question, not answered", func(t *testing.T) {
		w, _ := held(t)
		w.To("2026-03-08 12:00")
		if c := w.course(1); c.Holds[0].Asked < 2 || len(c.Alerts) == 0 {
			t.Errorf("asked %d times, alerts %v", c.Holds[0].Asked, c.Alerts)
		}
	})
	t.Run("the question after two hours", func(t *testing.T) {
		w := play(t)
		ana := w.readyToTrain("Ana", "upper trapezius left, 80 kg")
		doctor := w.owner().Skips()
		ana.Taps("2").Sees("before").Sees("40 kg").Taps("Done") // 14:30, and nothing right after
		mistake(w, ana, doctor, "2026-03-04 16:25", "2026-03-04 16:32")
		ana.Says("6")
		if x := w.course(1).Workouts[0]; x.TwoHour != 6 || x.After.Known() {
			t.Errorf("after two hours %v, right after %v", x.TwoHour, x.After)
		}
	})
	t.Run("a stretch", func(t *testing.T) {
		w := play(t)
		ana := w.needled("Ana", "ql left, 8 kg") // Mon 14:30
		doctor := w.owner().Skips()
		mistake(w, ana, doctor, "2026-03-03 14:25", "2026-03-03 14:31")
		practices := w.course(1).Practices
		last := practices[len(practices)-1]
		if last.Kind != rehab.StructuredStretch || len(last.Targets) != 1 {
			t.Errorf("the stretch that was sent is %+v", last)
		}
	})
	t.Run("a mode", func(t *testing.T) {
		w := play(t)
		w.needled("Ana", "ql left, 8 kg")
		doctor := w.owner().Skips()
		w.Wait(2 * time.Hour)
		recorded := doctor.Says("/session ana, upper trap right, now, 8 kg").Sees("needling of").last
		doctor.Says("/mode ana, suggest").Sees().do(doctor.TapsOn(recorded.MessageID, "Undo")).Sees(undone)
		if mode := w.course(1).Mode; mode != rehab.ModeSuggest {
			t.Errorf("mode %q", mode)
		}
	})
}
