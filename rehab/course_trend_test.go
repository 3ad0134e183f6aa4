package rehab

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// open are the alerts that nobody has acknowledged, as "intent key".
func (w *world) open() []string {
	var list []string
	for _, a := range w.c.Alerts {
		if a.AckedAt.IsZero() {
			list = append(list, string(a.Intent)+" "+strings.TrimPrefix(a.Key, "course/1/"))
		}
	}
	return list
}

// Two workouts without an answer are one alert, and the third speaks for it,
// however many muscles there are.
func TestMissedWorkoutsAreOneAlert(t *testing.T) {
	n := trapezius(8000)
	n.Targets = append(n.Targets, NeedledTarget{"quadratus_lumborum", Right})
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), n)
	w.answer = only(calm, PromptGentle, PromptSafetyCheck)
	for _, step := range []struct {
		until string
		want  []string
	}{
		{"2026-03-04 23:00", nil}, // one
		{"2026-03-05 23:00", []string{"NUDGE workout/2/missed"}},
		{"2026-03-06 23:00", []string{"NUDGE workout/3/D21"}},
	} {
		w.until(step.until)
		if diff := gocmp.Diff(step.want, w.open()); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", step.until, diff)
		}
	}
}

func TestAnAnswerBetweenMissedWorkouts(t *testing.T) {
	w := monday(t, 8000, only(calm, PromptGentle, PromptSafetyCheck))
	w.at(berlin(t, "2026-03-04 23:00"), func() { w.typed(3) })
	w.until("2026-03-05 23:00")
	if got := w.open(); len(got) != 0 {
		t.Errorf("alerts %v, want none: only one workout in a row was missed", got)
	}
}

// before is a course with one pain before a workout a day: "." is a day without.
func before(t *testing.T, scores string) *world {
	w := monday(t, 8000, nothing)
	for i, score := range strings.Fields(scores) {
		if score == "." {
			continue
		}
		var pain PainScore
		for _, digit := range score {
			pain = 10*pain + PainScore(digit-'0')
		}
		at := w.now.Add(time.Duration(i) * 24 * time.Hour)
		w.c.Workouts = append(w.c.Workouts, Workout{N: i + 1, Before: pain, BeforeAt: at})
		w.c.watchTrend(&w.c.Workouts[len(w.c.Workouts)-1], at)
	}
	return w
}

func TestPainTrend(t *testing.T) {
	for name, tt := range map[string]struct {
		scores string
		want   []string
	}{
		"flat":                    {"3 . 3 . 3 . . 3 . 3 . 3 . .", nil},
		"two points from nothing": {"0 . 0 . 0 . . 2 . 2 . 2 . .", []string{"PAIN_TREND_UP trend/10"}},
		"one point from one":      {"1 . 1 . 1 . . 2 . 2 . 2 . .", nil},
		"two points, 33 %":        {"6 . 6 . 6 . . 8 . 8 . 8 . .", []string{"PAIN_TREND_UP trend/10"}},
		"two points, 29 %":        {"7 . 7 . 7 . . 9 . 9 . 9 . .", nil},
		"three points, 43 %":      {"7 . 7 . 7 . . 10 . 10 . 10 . .", []string{"PAIN_TREND_UP trend/10"}},
		"one and a half":          {"2 2 . 2 . . . 3 4 3 4 . . .", nil},
		"one bad day":             {"2 . 2 . 2 . . 2 . 9 . 2 . .", nil},
		"one answer a week":       {"2 . . . . . . 8 . . . . . .", nil},
		"falling":                 {"8 . 8 . 8 . . 2 . 2 . 2 . .", nil},
		"stays up":                {"2 . 2 . 2 . . 5 . 5 . 5 . . 5 . 5 . 5 . . 5 . 5", []string{"PAIN_TREND_UP trend/10"}},
		"a week without any":      {"2 . 2 . 2 . . . . . . . . . 6 . 6 . 6", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := gocmp.Diff(tt.want, before(t, tt.scores).open()); diff != "" {
				t.Errorf("alerts (-want +got):\n%s", diff)
			}
		})
	}
}

// A second rise is another alert, which stands for the first one too.
func TestPainRisesAgain(t *testing.T) {
	w := before(t, "1 . 1 . 1 . . 4 . 4 . 4 . . 4 . 4 . 4 . . 7 . 7 . 7")
	if diff := gocmp.Diff([]string{"PAIN_TREND_UP trend/24"}, w.open()); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	w.alerted("L1 PAIN_TREND_UP", "L1 PAIN_TREND_UP")
}

// The alert comes with the answer, over the patient's own way.
func TestPainTrendInACourse(t *testing.T) {
	w := monday(t, 8000, nothing)
	w.answer = patient(func(int) [4]PainScore {
		if w.now.After(berlin(t, "2026-03-14 00:00")) {
			return everyTime(4, 4, 4, 4)(0)
		}
		return everyTime(1, 1, 1, 1)(0)
	}, false)
	w.until("2026-03-26 20:00")
	n := 0
	for _, a := range w.c.Alerts {
		if a.Intent == IntentTrend {
			n++
			if at := w.wall(a.RaisedAt); at != w.wall(w.c.Workout(a.Workout).BeforeAt) {
				t.Errorf("raised at %s, not with its answer", at)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d alerts of a rising trend: %v", n, w.alerts())
	}
}
