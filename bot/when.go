package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"afterneedle/rehab"
)

var (
	agoForm       = regexp.MustCompile(`^(\d{1,4}) ?(h|hours?|m|min|minutes?) ago$`)
	clockForm     = regexp.MustCompile(`^(\d{1,2}):(\d{2})$`)
	yesterdayForm = regexp.MustCompile(`^yesterday (\d{1,2}):(\d{2})$`)
	// timeLike is what somebody may have meant as a time, read or not.
	timeLike = regexp.MustCompile(`(?i)\d:\d|ago$|yesterday|today|tomorrow|^now$|^\d{4}-|^\d+ ?(h|min|hours?)$`)
)

// readWhen reads when a needling was: "now", "14:30" (the latest such time that
// is past, in zone), "2h ago", "yesterday 17:00" or RFC 3339. ok is false for
// anything else; a time in the future is returned as it is.
func readWhen(text string, now time.Time, zone *time.Location) (at time.Time, ok bool) {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.RFC3339, strings.ToUpper(text)); err == nil {
		return at, true
	}
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	today := rehab.DayOf(now, zone)
	if text == "now" {
		return now, true
	}
	if m := agoForm.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		unit := time.Minute
		if strings.HasPrefix(m[2], "h") {
			unit = time.Hour
		}
		return now.Add(-time.Duration(n) * unit), err == nil
	}
	if m := yesterdayForm.FindStringSubmatch(text); m != nil {
		clock, ok := clockOf(m[1], m[2])
		return clock.On(today.Plus(-1), zone), ok
	}
	if m := clockForm.FindStringSubmatch(text); m != nil {
		clock, ok := clockOf(m[1], m[2])
		if !ok {
			return time.Time{}, false
		}
		return lastClock(clock, now, zone), true
	}
	return time.Time{}, false
}

// lastClock is the latest moment up to now at which clocks in zone showed a time:
// not on a day that has no such time, and the second where a day has it twice.
func lastClock(clock rehab.TimeOfDay, now time.Time, zone *time.Location) time.Time {
	day := rehab.DayOf(now, zone)
	for {
		at := clock.On(day, zone)
		shows := func(t time.Time) bool { return t.In(zone).Format("15:04") == clock.String() && !t.After(now) }
		switch again := at.Add(time.Hour); {
		case shows(again):
			return again
		case shows(at):
			return at
		}
		day = day.Plus(-1)
	}
}

// aheadDays is how far ahead something can be planned; default of ours.
const aheadDays = 90

var tomorrowForm = regexp.MustCompile(`^tomorrow (\d{1,2}):(\d{2})$`)

// readAhead reads a time to come: "14:30" (the next one, in zone), "tomorrow
// 09:00" or RFC 3339. ok is false for anything else, for what is past and for
// what lies too far ahead.
func readAhead(text string, now time.Time, zone *time.Location) (at time.Time, ok bool) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	today := rehab.DayOf(now, zone)
	if m := tomorrowForm.FindStringSubmatch(text); m != nil {
		clock, valid := clockOf(m[1], m[2])
		at, ok = clock.On(today.Plus(1), zone), valid
	} else if m := clockForm.FindStringSubmatch(text); m != nil {
		clock, valid := clockOf(m[1], m[2])
		if at, ok = clock.On(today, zone), valid; !at.After(now) {
			at = clock.On(today.Plus(1), zone)
		}
	} else if moment, err := time.Parse(time.RFC3339, strings.ToUpper(text)); err == nil {
		at, ok = moment, true
	}
	return at, ok && at.After(now) && at.Before(now.AddDate(0, 0, aheadDays))
}

func clockOf(hour, minute string) (rehab.TimeOfDay, bool) {
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	return rehab.TimeOfDay(h*60 + m), err1 == nil && err2 == nil && h < 24 && m < 60
}
