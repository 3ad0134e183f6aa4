package rehab

import "testing"

// felt lets the patient do a stretch on a day and say how strong it was.
func felt(c *Course, kind PracticeKind, day string, t *testing.T, feel PainScore) {
	t.Helper()
	at := TimeOfDay(10*60).On(parseDay(t, day), c.Zone)
	n := len(c.Practices) + 1
	c.Practices = append(c.Practices, Practice{N: n, Kind: kind, AskedAt: at, Feel: PainUnknown, Targets: []int{c.Targets[0].N}})
	if err := c.PracticeDone(n, at); err != nil {
		t.Fatal(err)
	}
	if kind == Movement {
		return
	}
	if _, err := c.AnswerPain(Question{AskFeel, n}, feel, at); err != nil {
		t.Fatal(err)
	}
}

func TestStretchGrowsWithGoodDays(t *testing.T) {
	c := monday(t, 8000, nothing).c
	for _, tt := range []struct {
		kind    PracticeKind
		day     string
		feel    PainScore
		seconds int
		target  string
	}{
		{Movement, "2026-03-02", PainUnknown, 30, "4-5"},
		{GentleStretch, "2026-03-02", 4, 30, "4-5"},
		{StructuredStretch, "2026-03-03", 5, 40, "4-5"},
		{DailyStretch, "2026-03-03", 5, 40, "4-5"}, // once a day
		{DailyStretch, "2026-03-04", 6, 40, "3-4"}, // too strong: gentler, and no longer
		{DailyStretch, "2026-03-05", 4, 50, "4-5"},
		{DailyStretch, "2026-03-06", 3, 60, "4-5"},
		{DailyStretch, "2026-03-07", 3, 60, "4-5"}, // never longer
	} {
		felt(c, tt.kind, tt.day, t, tt.feel)
		if got := c.StretchSeconds(DailyStretch, []int{c.Targets[0].N}); got != tt.seconds {
			t.Errorf("%s: %d seconds, want %d", tt.day, got, tt.seconds)
		}
		if got := c.StretchTarget(DailyStretch); got != tt.target {
			t.Errorf("%s: target %s, want %s", tt.day, got, tt.target)
		}
		if got := c.StretchSeconds(GentleStretch, []int{c.Targets[0].N}); got != 30 {
			t.Errorf("%s: the gentle stretch has %d seconds", tt.day, got)
		}
	}
}

func TestAGentleStretchThatWasTooStrong(t *testing.T) {
	c := monday(t, 8000, nothing).c
	if got := c.StretchTarget(GentleStretch); got != "3-4" {
		t.Errorf("target %s", got)
	}
	felt(c, GentleStretch, "2026-03-02", t, 5)
	if got := c.StretchTarget(StructuredStretch); got != "3-4" {
		t.Errorf("after 5 the next target is %s, want 3-4", got)
	}
}

func TestNoStretchWhereNoneIsGiven(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), NewNeedling{
		Targets: []NeedledTarget{{"piriformis", Left}}, NoStretch: []string{"piriformis"},
	})
	w.runUntil(berlin(t, "2026-03-04 15:00"))
	for _, s := range w.log {
		switch s.p.Kind {
		case PromptGentle, PromptStructured, PromptDaily:
			t.Errorf("%s was sent", s.p.Key)
		}
	}
	// Load waits for no stretch that is not given.
	if last := w.log[len(w.log)-1]; last.p.Kind != PromptSafetyCheck || !last.at.Equal(berlin(t, "2026-03-04 14:30")) {
		t.Errorf("the first workout does not begin at 48 h, but %s at %s", last.p.Key, last.at)
	}
}
