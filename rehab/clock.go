package rehab

import "time"

// Day is a calendar day, without a zone.
type Day struct {
	Year  int
	Month time.Month
	Date  int
}

// DayOf returns the calendar day of t in loc.
func DayOf(t time.Time, loc *time.Location) Day {
	y, m, d := t.In(loc).Date()
	return Day{y, m, d}
}

// Plus returns the day n calendar days later.
func (d Day) Plus(n int) Day {
	return DayOf(time.Date(d.Year, d.Month, d.Date+n, 12, 0, 0, 0, time.UTC), time.UTC)
}

// until is the number of calendar days from d to other.
func (d Day) until(other Day) int {
	noon := func(d Day) time.Time { return time.Date(d.Year, d.Month, d.Date, 12, 0, 0, 0, time.UTC) }
	return int(noon(other).Sub(noon(d)) / (24 * time.Hour))
}

// before reports whether d is earlier than other.
func (d Day) before(other Day) bool { return d.until(other) > 0 }

// String is the day as "2026-03-02".
func (d Day) String() string {
	return time.Date(d.Year, d.Month, d.Date, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// On returns the instant of the wall-clock time t on day d in loc. A time that
// a clock change skips gives the first instant after the gap; one that occurs
// twice gives the first of the two.
func (t TimeOfDay) On(d Day, loc *time.Location) time.Time {
	noon := time.Date(d.Year, d.Month, d.Date, 12, 0, 0, 0, time.UTC)
	wall := noon.Add(time.Duration(int(t)-12*60) * time.Minute)
	// The offsets in force a day before and a day after bracket any change.
	before, after := offsetAt(wall.Add(-24*time.Hour), loc), offsetAt(wall.Add(24*time.Hour), loc)
	before, after = max(before, after), min(before, after)
	first, second := shifted(wall, before), shifted(wall, after)
	switch {
	case offsetAt(first, loc) == before:
		return first
	case offsetAt(second, loc) == after:
		return second
	}
	return afterGap(first, second, loc)
}

// Next returns the first instant after now at which the clock in loc shows t, as
// [TimeOfDay.On] reads it.
func (t TimeOfDay) Next(now time.Time, loc *time.Location) time.Time {
	day := DayOf(now, loc)
	if at := t.On(day, loc); at.After(now) {
		return at
	}
	return t.On(day.Plus(1), loc)
}

// shifted is the instant at which a clock with that offset shows wall.
func shifted(wall time.Time, offset int) time.Time {
	return wall.Add(-time.Duration(offset) * time.Second)
}

func offsetAt(t time.Time, loc *time.Location) int {
	_, offset := t.In(loc).Zone()
	return offset
}

// afterGap finds the instant between low and high at which the offset changes.
func afterGap(low, high time.Time, loc *time.Location) time.Time {
	old := offsetAt(low, loc)
	for high.Sub(low) > time.Second {
		middle := low.Add(high.Sub(low) / 2).Truncate(time.Second)
		if offsetAt(middle, loc) == old {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// awake reports whether t lies in the patient's waking hours.
func (h Hours) awake(t time.Time, loc *time.Location) bool {
	day := DayOf(t, loc)
	return !t.Before(h.QuietUntil.On(day, loc)) && t.Before(h.QuietFrom.On(day, loc))
}

// nextAwake returns t when it is a waking moment, and otherwise the first
// waking moment after it.
func (h Hours) nextAwake(t time.Time, loc *time.Location) time.Time {
	day := DayOf(t, loc)
	if start := h.QuietUntil.On(day, loc); t.Before(start) {
		return start
	}
	if t.Before(h.QuietFrom.On(day, loc)) {
		return t
	}
	return h.QuietUntil.On(day.Plus(1), loc)
}

// lastAwake returns t when it is a waking moment, and otherwise the last minute
// before t that was one.
func (h Hours) lastAwake(t time.Time, loc *time.Location) time.Time {
	if h.awake(t, loc) {
		return t
	}
	day := DayOf(t, loc)
	if t.Before(h.QuietUntil.On(day, loc)) {
		day = day.Plus(-1)
	}
	return h.QuietFrom.On(day, loc).Add(-time.Minute)
}

// Window is the half-open time [Earliest, Latest) in which something may be
// said, and Due, the moment at which it is to be said.
type Window struct {
	Earliest time.Time
	Due      time.Time
	Latest   time.Time
}

// Contains reports whether t lies inside the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Earliest) && t.Before(w.Latest) }

// fit moves the preferred moment of w to the nearest waking moment inside w.
// When all of w is asleep it takes the last waking moment before w that is not
// before floor, and else the first one after w that is before ceiling. ok is
// false when there is none, or when that moment has passed and w with it.
func (h Hours) fit(w Window, floor, ceiling, now time.Time, loc *time.Location) (Window, bool) {
	due, ok := h.choose(w, floor, ceiling, loc)
	if !ok {
		return w, false
	}
	if due.Before(w.Earliest) {
		w.Earliest = due
	}
	if !due.Before(w.Latest) {
		w.Latest = ceiling
	}
	if now.After(due) && !h.awake(now, loc) {
		due = h.nextAwake(now, loc)
	}
	w.Due = due
	return w, due.Before(w.Latest) && now.Before(w.Latest)
}

func (h Hours) choose(w Window, floor, ceiling time.Time, loc *time.Location) (time.Time, bool) {
	if h.awake(w.Due, loc) {
		return w.Due, true
	}
	earlier, later := h.lastAwake(w.Due, loc), h.nextAwake(w.Due, loc)
	fitsEarlier, fitsLater := !earlier.Before(w.Earliest), later.Before(w.Latest)
	switch {
	case fitsEarlier && (!fitsLater || w.Due.Sub(earlier) <= later.Sub(w.Due)):
		return earlier, true
	case fitsLater:
		return later, true
	case !earlier.Before(floor):
		return earlier, true
	case later.Before(ceiling):
		return later, true
	}
	return time.Time{}, false
}
