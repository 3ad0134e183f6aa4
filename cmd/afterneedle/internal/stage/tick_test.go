package stage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"afterneedle/rehab"
)

// TestEitherSideOfTheTick: somebody acts at the moment at which a course changes by
// itself. It makes no difference whether the tick has come before.
func TestEitherSideOfTheTick(t *testing.T) {
	trained := func(w *theater) *someone {
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		ana.Taps("2").Sees("before").Sees("4 kg").Taps("Done").Sees("Done").Sees("Right after").Taps("2").Sees("after")
		ana.WaitsFor("about 2 hours").Taps("2").Sees("2 hours")
		return ana.WaitsFor("Good morning")
	}
	card := func(w *theater) *someone {
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		return ana.Taps("2").Sees("before").Sees("4 kg")
	}
	twelveWeeks := func(w *theater) *someone {
		ana := w.needled("Ana", "upper trapezius left, 8 kg")
		w.To("2026-05-25 08:59")
		return ana
	}
	cases := []struct {
		name  string
		until func(w *theater) *someone // up to shortly before
		at    string                    // when it happens
		act   func(ana, doctor *someone)
		want  string // is in what anybody reads then
	}{
		{"a score when its day is over", func(w *theater) *someone {
			return w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		}, "2026-03-04 23:00", func(ana, _ *someone) { ana.Says("2") }, "I keep 2 out of 10"},
		{"a score on the next morning", func(w *theater) *someone {
			return w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		}, "2026-03-05 08:30", func(ana, _ *someone) { ana.Taps("2") }, "I keep 2 out of 10"},
		{"done after the night", card, "2026-03-05 08:10", func(ana, _ *someone) { ana.Says("done") }, "Noted. The questions about that workout are over"},
		{"not today after the night", card, "2026-03-05 08:10", func(ana, _ *someone) { ana.Says("not today") }, "nothing to skip"},
		{"stopped after the night", card, "2026-03-05 08:10", func(ana, _ *someone) { ana.Says("stopped") }, "Noted. The questions about that workout are over"},
		{"the morning pain after 42 hours", trained, "2026-03-06 08:45", func(ana, _ *someone) { ana.Taps("2") }, "I keep 2 out of 10"},
		{"much pain after 42 hours", trained, "2026-03-06 08:45", func(ana, _ *someone) { ana.Taps("9") }, "What do you notice?"},
		{"a number after an outage", card, "2026-03-05 20:30", func(ana, _ *someone) { ana.Says("5") }, "I keep 5 out of 10"},
		{"a needling after twelve weeks", twelveWeeks, "2026-05-25 09:00", func(_, doctor *someone) {
			doctor.Says("/session Ana, ql left, 8 kg")
		}, "Ana, needling of"},
		{"a needling when a list was open for long", func(w *theater) *someone {
			ana := w.needled("Ana", "upper trapezius left, 8 kg")
			w.Wait(2 * time.Hour)
			return ana.Taps("Something feels wrong").Sees("What do you notice?")
		}, "2026-03-02 16:46", func(_, doctor *someone) {
			doctor.Says("/session Ana, upper trapezius left").Taps("Undo")
		}, "is undone"},
		{"danger after twelve weeks", twelveWeeks, "2026-05-25 09:00", func(ana, _ *someone) {
			ana.Says("I have chest pain and cannot breathe")
		}, "Call 112 now"},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			var ends [2]ending
			for i, name := range []string{"before the tick", "after the tick"} {
				t.Run(name, func(t *testing.T) {
					w := play(t)
					ana := tt.until(w)
					doctor := w.owner().Skips()
					ana.Skips()
					w.Time.Set(w.moment(tt.at).UTC().Add(300 * time.Millisecond))
					if i == 1 {
						w.moveTo(w.Time.Now())
					}
					tt.act(ana, doctor)
					w.Wait(26 * time.Hour)
					ends[i] = w.ending()
					if !slices.ContainsFunc(ends[i].Read, func(text string) bool { return strings.Contains(text, tt.want) }) {
						t.Errorf("nobody read %q", tt.want)
					}
				})
			}
			t.Cleanup(func() {
				if diff := cmp.Diff(ends[0], ends[1], apart); diff != "" {
					t.Errorf("without the tick first, and with it:\n%s", diff)
				}
			})
		})
	}
}

// ending is how everything begins that anybody has read, in no order, and the course.
type ending struct {
	Read   []string
	Course *rehab.Course
}

func (w *theater) ending() (e ending) {
	e.Course = w.course(1)
	for _, p := range w.cast {
		for _, event := range p.unread() {
			begins := strings.SplitAfterN(words(event), "\n", 3)
			e.Read = append(e.Read, p.name+": "+strings.Join(begins[:min(2, len(begins))], ""))
		}
	}
	slices.Sort(e.Read)
	return e
}

// apart is what may differ: how something came about, in which order numbers were
// given, and the distance between two messages to one chat.
var apart = cmp.Options{
	cmpopts.IgnoreFields(rehab.Alert{}, "N", "Key"),
	cmpopts.IgnoreFields(rehab.Hold{}, "N"),
	cmpopts.SortSlices(func(a, b rehab.Alert) bool { return a.Intent < b.Intent }),
	cmpopts.EquateApproxTime(2 * chatGap),
	cmpopts.IgnoreFields(rehab.Course{}, "Cause", "Sequence"),
	cmpopts.IgnoreTypes(&rehab.Protocol{}, &time.Location{}),
}
