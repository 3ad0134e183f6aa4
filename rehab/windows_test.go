package rehab

import (
	"testing"
	"time"
)

// calm is a patient who does everything at once and feels well.
var calm = patient(everyTime(2, 2, 2, 2), false)

func TestNeedledInTheAfternoon(t *testing.T) {
	w := monday(t, 8000, calm)
	w.until("2026-03-05 23:00")
	w.sees("2026-03-02",
		"03-02 14:30 welcome",
		"03-02 19:30 movement",
		"03-02 20:30 gentle_stretch", "03-02 20:30 feel",
		"03-03 14:30 structured_stretch", "03-03 14:30 feel",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel",
		"03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card",
		"03-04 14:30 after", "03-04 16:30 two_hour",
		"03-05 08:00 next",
		"03-05 10:00 daily_stretch", "03-05 10:00 feel",
	)
}

func TestNeedledInTheEvening(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 20:00"), trapezius(8000))
	w.answer = calm
	w.until("2026-03-05 12:00")
	w.sees("2026-03-02",
		"03-02 20:00 welcome",
		"03-02 20:59 movement",
		"03-03 08:00 gentle_stretch", "03-03 08:00 feel",
		"03-03 20:00 structured_stretch", "03-03 20:00 feel",
		// Not at 20:00 on the second day: the pain after two hours would be asleep.
		"03-04 10:00 daily_stretch", "03-04 10:00 feel",
		"03-05 09:00 safety_check", "03-05 09:00 before", "03-05 09:00 card", "03-05 09:00 after",
		"03-05 11:00 two_hour",
	)
}

func TestGradedBeginsAfterADay(t *testing.T) {
	n := trapezius(8000)
	n.Graded = true
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), n)
	w.answer = calm
	w.until("2026-03-04 12:00")
	w.sees("2026-03-03",
		"03-03 14:30 structured_stretch", "03-03 14:30 feel", "03-03 14:30 safety_check",
		"03-03 14:30 before", "03-03 14:30 card", "03-03 14:30 after", "03-03 14:30 extras",
		"03-03 16:30 two_hour",
		"03-04 08:00 next", "03-04 10:30 before", "03-04 10:30 card", "03-04 10:30 after", "03-04 10:30 extras",
	)
}

func TestRecordedLate(t *testing.T) {
	// 20 hours late: movement has passed, the gentle stretch is still open.
	w := emptyWorld(t, "Europe/Berlin", berlin(t, "2026-03-03 10:30"))
	w.answer = calm
	w.c.Consent(w.now)
	n := trapezius(8000)
	n.At = berlin(t, "2026-03-02 14:30")
	w.c.Needle(n, w.now)
	w.until("2026-03-04 15:00")
	w.sees("2026-03-02",
		"03-03 10:30 welcome",
		"03-03 10:30 gentle_stretch", "03-03 10:30 feel",
		"03-03 14:30 structured_stretch", "03-03 14:30 feel",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel",
		"03-04 14:30 safety_check", "03-04 14:30 before", "03-04 14:30 card", "03-04 14:30 after",
	)
}

func TestRecordedDaysLate(t *testing.T) {
	w := emptyWorld(t, "Europe/Berlin", berlin(t, "2026-03-09 12:00"))
	w.answer = calm
	w.c.Consent(w.now)
	n := trapezius(8000)
	n.At = berlin(t, "2026-03-02 14:30")
	w.c.Needle(n, w.now)
	w.until("2026-03-09 23:00")
	w.sees("2026-03-02",
		"03-09 12:00 welcome",
		"03-09 12:00 daily_stretch", "03-09 12:00 feel",
		"03-09 12:00 safety_check", "03-09 12:00 before", "03-09 12:00 card", "03-09 12:00 after",
		"03-09 14:00 two_hour",
	)
	if got := w.c.Workouts[0].Exercises[0].Phase; got != P3 {
		t.Errorf("the first loaded phase is %s, want P3", got)
	}
}

func TestAgreedLate(t *testing.T) {
	// 10 hours after the needling, at half past midnight: only the answer to the
	// person comes by night.
	w := emptyWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"))
	w.answer = calm
	n := trapezius(8000)
	n.At = w.now
	w.c.Needle(n, w.now)
	w.at(berlin(t, "2026-03-03 00:30"), func() { w.c.Consent(w.now) })
	w.until("2026-03-03 23:00")
	w.sees("2026-03-02",
		"03-03 00:30 welcome",
		"03-03 08:00 gentle_stretch", "03-03 08:00 feel",
		"03-03 14:30 structured_stretch", "03-03 14:30 feel",
	)
}

func TestNothingIsSaidBeforeConsent(t *testing.T) {
	w := emptyWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"))
	n := trapezius(8000)
	n.At = w.now
	w.c.Needle(n, w.now)
	w.until("2026-06-30 12:00")
	w.sees("2026-03-02")
}

func TestExtensiveNeedlingAddsADay(t *testing.T) {
	n := trapezius(8000)
	n.Extensive = true
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), n)
	w.answer = calm
	w.until("2026-03-05 15:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch", "03-04 10:00 feel",
		"03-05 10:00 daily_stretch", "03-05 10:00 feel",
		"03-05 14:30 safety_check", "03-05 14:30 before", "03-05 14:30 card", "03-05 14:30 after",
	)
}

func TestTheFirstWorkoutWaitsForAStretchAndTheSafetyCheck(t *testing.T) {
	stretched := false
	w := monday(t, 8000, func(w *world, p Prompt) {
		switch p.Kind {
		case PromptGentle, PromptStructured, PromptDaily:
			if stretched {
				calm(w, p)
			} else {
				w.must(w.c.PracticeNotToday(p.N, w.now))
			}
		case PromptSafetyCheck:
			w.after(20*time.Minute, func() { calm(w, p) })
		default:
			calm(w, p)
		}
	})
	w.at(berlin(t, "2026-03-06 09:00"), func() { stretched = true })
	w.until("2026-03-06 11:00")
	w.sees("2026-03-04",
		"03-04 10:00 daily_stretch",
		"03-05 10:00 daily_stretch",
		"03-06 10:00 daily_stretch",
		"03-06 10:00 feel",
		"03-06 10:00 safety_check", // as soon as the stretch is done
		"03-06 10:20 before", "03-06 10:20 card", "03-06 10:20 after",
	)
}

// oracle finds the moments of the first days by walking over the minutes.
type oracle struct {
	zone    *time.Location
	needled time.Time
}

func (o oracle) awake(at time.Time) bool {
	hour := at.In(o.zone).Hour()
	return hour >= 8 && hour < 21
}

// firstAwake is the first waking minute in [from, until).
func (o oracle) firstAwake(from, until time.Time) (time.Time, bool) {
	for at := from; at.Before(until); at = at.Add(time.Minute) {
		if o.awake(at) {
			return at, true
		}
	}
	return time.Time{}, false
}

// movement is the waking minute nearest to five hours between four and six
// hours; when all of them are asleep, the last one before that is awake.
func (o oracle) movement() (time.Time, bool) {
	prefer := o.needled.Add(5 * time.Hour)
	for d := time.Duration(0); d <= time.Hour; d += time.Minute {
		if o.awake(prefer.Add(-d)) {
			return prefer.Add(-d), true
		}
		if d < time.Hour && o.awake(prefer.Add(d)) {
			return prefer.Add(d), true
		}
	}
	for at := o.needled.Add(4 * time.Hour); !at.Before(o.needled); at = at.Add(-time.Minute) {
		if o.awake(at) {
			return at, true
		}
	}
	return time.Time{}, false
}

// firstLoad is the first waking minute from the floor on that is before 17:00,
// and otherwise 09:00 the day after.
func (o oracle) firstLoad(floor time.Duration) time.Time {
	at, _ := o.firstAwake(o.needled.Add(floor), o.needled.Add(floor+24*time.Hour))
	wall := at.In(o.zone)
	if wall.Hour() < 17 {
		return at
	}
	return time.Date(wall.Year(), wall.Month(), wall.Day()+1, 9, 0, 0, 0, o.zone)
}

func TestWindowsAtEveryHalfHour(t *testing.T) {
	for _, days := range []struct {
		zone  string
		first string
		n     int
	}{
		{"Europe/Berlin", "2026-03-26", 5},    // clocks go forward on the 29th
		{"Europe/Berlin", "2026-10-22", 5},    // and back on the 25th
		{"America/New_York", "2026-03-05", 5}, // 8 March
		{"America/New_York", "2026-10-29", 5}, // 1 November
		{"Asia/Kolkata", "2026-03-02", 1},
	} {
		for day := range days.n {
			date := parseDay(t, days.first).Plus(day)
			for clock := TimeOfDay(0); clock < 24*60; clock += 30 {
				for _, graded := range []bool{false, true} {
					checkWindows(t, days.zone, clock.On(date, mustZone(t, days.zone)), graded)
				}
			}
		}
	}
}

func checkWindows(t *testing.T, zone string, needled time.Time, graded bool) {
	t.Helper()
	n := trapezius(8000)
	n.Graded = graded
	w := newWorld(t, zone, needled, n)
	w.answer = calm
	w.runUntil(needled.Add(96 * time.Hour))
	first := map[PromptKind]time.Time{}
	o := oracle{w.c.Zone, needled}
	for _, s := range w.log {
		if _, known := first[s.p.Kind]; !known {
			first[s.p.Kind] = s.at
		}
		if !o.awake(s.at) {
			t.Errorf("needled %s: %s at %s", w.wall(needled), s.p.Key, w.wall(s.at))
		}
	}
	floor := 48 * time.Hour
	if graded {
		floor = 24 * time.Hour
	}
	want := map[PromptKind]time.Time{PromptSafetyCheck: o.firstLoad(floor), PromptCard: o.firstLoad(floor)}
	if at, ok := o.movement(); ok {
		want[PromptMovement] = at
	}
	want[PromptGentle], _ = o.firstAwake(needled.Add(6*time.Hour), needled.Add(24*time.Hour))
	want[PromptStructured], _ = o.firstAwake(needled.Add(24*time.Hour), needled.Add(48*time.Hour))
	for _, kind := range []PromptKind{PromptMovement, PromptGentle, PromptStructured, PromptSafetyCheck, PromptCard} {
		if got := first[kind]; !got.Equal(want[kind]) {
			t.Errorf("%s, needled %s, graded %v: %s at %s, want %s",
				zone, w.wall(needled), graded, kind, w.wall(got), w.wall(want[kind]))
		}
	}
}
