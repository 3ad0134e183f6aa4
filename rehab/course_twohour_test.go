package rehab

import "testing"

func TestTwoHourQuestionInTheEvening(t *testing.T) {
	for _, tt := range []struct {
		done TimeOfDay
		want string // "" when it stays quiet
	}{
		{18*60 + 59, "03-04 20:59"},
		{19 * 60, "03-04 20:30"}, // 21:00 is asleep, half an hour before is not
		{19*60 + 20, "03-04 20:50"},
		{19*60 + 29, "03-04 20:59"},
		{19*60 + 30, ""},
		{20*60 + 30, ""},
	} {
		w := monday(t, 8000, finishing(calm, tt.done))
		w.until("2026-03-05 07:00")
		got := ""
		for _, s := range w.log {
			if s.p.Kind == PromptTwoHour {
				got = w.wall(s.at)[5:]
			}
		}
		if got != tt.want {
			t.Errorf("done at %s: asked at %q, want %q", tt.done, got, tt.want)
		}
	}
}

func TestTwoHourAnswerByText(t *testing.T) {
	// Done on Wednesday at 20:30 with 2 before; nothing is asked that night.
	for _, tt := range []struct {
		at     string
		score  PainScore
		counts bool
		again  bool // asked again
		late   bool // ignored
	}{
		{"2026-03-04 22:30", 4, true, false, false},
		{"2026-03-04 23:15", 2, true, false, false},
		{"2026-03-05 00:30", 1, true, false, false},
		{"2026-03-04 22:00", 4, true, false, false},
		{"2026-03-04 21:30", 2, true, false, false},
		{"2026-03-04 21:30", 3, false, true, false},
		{"2026-03-04 21:59", 3, false, true, false},
		{"2026-03-05 00:31", 3, true, false, false},
		{"2026-03-05 00:31", 2, false, false, true},
		{"2026-03-05 07:00", 5, true, false, false},
	} {
		w := monday(t, 8000, finishing(except(calm, PromptNext, nothing), 20*60+30))
		var e Effect
		w.at(berlin(t, tt.at), func() { e = w.typed(tt.score) })
		w.until("2026-03-05 07:30")
		got := w.c.Workouts[0].TwoHour
		if counts := got == tt.score; counts != tt.counts || !counts && got.Known() {
			t.Errorf("%d at %s: recorded %s", tt.score, tt.at, got)
		}
		if e.AskedAgain != tt.again || e.Ignored != tt.late {
			t.Errorf("%d at %s: asked again %v, ignored %v", tt.score, tt.at, e.AskedAgain, e.Ignored)
		}
		if kept := len(w.c.Observations); (kept == 1) == tt.counts {
			t.Errorf("%d at %s: %d observations", tt.score, tt.at, kept)
		}
	}
}

func TestEarlyTwoHourAnswer(t *testing.T) {
	// Done at 14:30. Too early and above: asked at 16:30 all the same.
	w := monday(t, 8000, except(calm, PromptTwoHour, nothing))
	w.at(berlin(t, "2026-03-04 15:00"), func() {
		if e := w.typed(5); !e.AskedAgain {
			w.t.Errorf("5 after half an hour: %+v", e)
		}
	})
	w.until("2026-03-04 17:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 14:30 after", "03-04 16:30 two_hour")
	if got := w.c.Workouts[0].TwoHour; got.Known() {
		t.Errorf("recorded %s", got)
	}
	// Too early but back already: that is the answer, and nothing is asked.
	w = monday(t, 8000, calm)
	w.at(berlin(t, "2026-03-04 15:00"), func() { w.typed(2) })
	w.until("2026-03-04 23:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel", "03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 14:30 after")
}
