package bot

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterneedle/rehab"
)

// drawn is a course with workouts every two days, as pains and loads say; a pain
// of -1 is unknown, a load of 0 a workout that was not done.
type drawn struct {
	days    int
	targets []rehab.Target
	pains   func(day int) [4]rehab.PainScore
	load    func(day, target int) int
	holds   []rehab.Hold
	again   int // the day of a second needling
}

func (d drawn) course(w *walker) *rehab.Course {
	begin := w.clock.now
	at := func(day, hour int) time.Time { return begin.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour) }
	c := *w.c
	c.Needlings = []rehab.Needling{{N: 1, At: begin}}
	if d.again > 0 {
		c.Needlings = append(c.Needlings, rehab.Needling{N: 2, At: at(d.again, 0)})
	}
	c.Targets = d.targets
	for _, h := range d.holds {
		h.From, h.ReleasedAt = at(int(h.From.Unix()), 2), at(int(h.ReleasedAt.Unix()), 2)
		c.Holds = append(c.Holds, h)
	}
	for day := 2; day < d.days; day += 2 {
		p := d.pains(day)
		x := rehab.Workout{
			N: day, AskedAt: at(day, 0), ClosedAt: at(day+1, 0), Status: rehab.NoReply,
			Before: p[0], BeforeAt: at(day, 0), After: p[1], AfterAt: at(day, 1), TwoHour: p[2], TwoHourAt: at(day, 3), Next: p[3], NextAt: at(day, 20),
		}
		for _, t := range d.targets {
			load, shown := d.load(day, t.N), 0
			if load > 0 {
				x.Status, x.DoneAt = rehab.Done, at(day, 1)
			}
			if t.Weighed {
				shown = load
			}
			x.Exercises = append(x.Exercises, rehab.Exercise{Target: t.N, LoadG: load, Shown: rehab.Prescription{ShownG: shown}})
		}
		c.Workouts = append(c.Workouts, x)
	}
	w.clock.now = at(d.days, 0)
	return &c
}

func hold(from, to int64) rehab.Hold {
	return rehab.Hold{From: time.Unix(from, 0), ReleasedAt: time.Unix(to, 0)}
}

var (
	trapezius = rehab.Target{N: 1, Muscle: "upper_trapezius", Side: rehab.Left, Unit: rehab.Kilogram, Weighed: true}
	lumborum  = rehab.Target{N: 2, Muscle: "quadratus_lumborum", Side: rehab.Right, Unit: rehab.Kilogram, Weighed: true}
	levator   = rehab.Target{N: 3, Muscle: "levator_scapulae", Side: rehab.Right, Unit: rehab.Kilogram}
)

// drawnCourses are the courses that the pictures are looked at with.
func drawnCourses() map[string]drawn {
	one := []rehab.Target{trapezius}
	steady := func(day, _ int) int { return 4000 + 100*day }
	unheard := [4]rehab.PainScore{-1, -1, -1, -1}
	return map[string]drawn{
		"good": {days: 24, targets: one, load: steady, pains: func(day int) [4]rehab.PainScore {
			p := rehab.PainScore(max(5-day/4, 0))
			return [4]rehab.PainScore{p, p + 1, p, p}
		}},
		"bad": {
			days: 26, targets: one, holds: []rehab.Hold{hold(6, 8), hold(18, 21)},
			load: func(day, _ int) int {
				if day == 12 || day == 14 || day == 8 {
					return 0
				}
				return 8000 - 220*day
			},
			pains: func(day int) [4]rehab.PainScore {
				switch day {
				case 12, 14, 8:
					return unheard
				case 16:
					return [4]rehab.PainScore{4, 7, -1, 6}
				}
				p := rehab.PainScore(min(3+day/5, 7))
				return [4]rehab.PainScore{p, p + 2, p + 1, p + 1}
			},
		},
		"twelve weeks": {
			days: 84, targets: []rehab.Target{trapezius, lumborum}, again: 40, holds: []rehab.Hold{hold(30, 32)},
			load: func(day, target int) int {
				switch {
				case day == 34 || day == 60 || day == 62:
					return 0
				case day > 40 && day < 46:
					return 3000*target + 60*day
				}
				return 4000*target + 80*day
			},
			pains: func(day int) [4]rehab.PainScore {
				if day == 34 || day == 60 || day == 62 {
					return unheard
				}
				p := rehab.PainScore(max(6-day/14-day%3, 0))
				return [4]rehab.PainScore{p, p + rehab.PainScore(day%5/2), p + rehab.PainScore(day%7/5), p}
			},
		},
		"first workout": {days: 3, targets: one, load: steady, pains: func(int) [4]rehab.PainScore { return [4]rehab.PainScore{3, 3, -1, -1} }},
		"no weights": {days: 12, targets: []rehab.Target{levator}, load: func(day, _ int) int { return (30 + day) * 1000 }, pains: func(int) [4]rehab.PainScore {
			return [4]rehab.PainScore{0, 10, 0, 10}
		}},
		"some weights": {days: 16, targets: []rehab.Target{trapezius, lumborum, levator}, load: steady, pains: func(int) [4]rehab.PainScore {
			return [4]rehab.PainScore{2, 2, 2, 2}
		}},
		"never done": {days: 8, targets: one, load: func(int, int) int { return 0 }, pains: func(int) [4]rehab.PainScore { return [4]rehab.PainScore{6, -1, -1, -1} }},
	}
}

// TestCharts draws courses. With AFTERNEEDLE_CHARTS set, the pictures are kept in
// that folder.
func TestCharts(t *testing.T) {
	texts := loaded(t)
	for name, d := range drawnCourses() {
		w := newWalker(t, 1, texts)
		w.c = d.course(w)
		if !hasChart(w.c) {
			t.Errorf("%s: nothing to draw", name)
		}
		picture, err := w.voice().chart()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		size, err := png.DecodeConfig(bytes.NewReader(picture))
		if err != nil || size.Width != chartWidth || size.Height < 1250 || size.Height > 1450 {
			t.Errorf("%s: %d × %d, %v", name, size.Width, size.Height, err)
		}
		if dir := os.Getenv("AFTERNEEDLE_CHARTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	if w := newWalker(t, 1, texts); hasChart(w.c) {
		t.Error("an empty course has a picture")
	}
}

func TestFitsCaption(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, strings.Repeat("x", 1024): true, strings.Repeat("x", 1025): false,
		"<b>" + strings.Repeat("x", 1024) + "</b>": true, strings.Repeat("&amp;", 1024): true,
		strings.Repeat("❗", 1024): true, strings.Repeat("😀", 512): true, strings.Repeat("😀", 513): false,
	} {
		if got := fitsCaption(text); got != want {
			t.Errorf("%d bytes: %v, want %v", len(text), got, want)
		}
	}
}
