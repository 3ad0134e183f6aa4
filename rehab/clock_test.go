package rehab

import (
	"testing"
	"time"
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// local reads a wall-clock time such as "2026-03-02 14:30" in a zone.
func local(t testing.TB, zone, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, mustZone(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func parseDay(t testing.TB, s string) Day {
	t.Helper()
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return DayOf(at, time.UTC)
}

func TestTimeOfDayOn(t *testing.T) {
	for _, tt := range []struct {
		zone, day, clock string
		want             string // RFC 3339 with the offset in force
	}{
		{"Europe/Berlin", "2026-03-28", "02:30", "2026-03-28T02:30:00+01:00"},
		{"Europe/Berlin", "2026-03-29", "01:59", "2026-03-29T01:59:00+01:00"},
		{"Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T03:00:00+02:00"}, // the gap
		{"Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-03-29", "08:00", "2026-03-29T08:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25", "01:59", "2026-10-25T01:59:00+02:00"},
		{"Europe/Berlin", "2026-10-25", "02:00", "2026-10-25T02:00:00+02:00"}, // twice: the first
		{"Europe/Berlin", "2026-10-25", "02:59", "2026-10-25T02:59:00+02:00"},
		{"Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T03:00:00+01:00"},
		{"America/New_York", "2026-03-08", "02:30", "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01T01:30:00-04:00"},
		{"America/New_York", "2026-11-01", "08:00", "2026-11-01T08:00:00-05:00"},
		{"Asia/Kolkata", "2026-03-29", "02:30", "2026-03-29T02:30:00+05:30"},
		{"Australia/Lord_Howe", "2026-10-04", "01:59", "2026-10-04T01:59:00+10:30"},
		{"Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-04T02:30:00+11:00"}, // half an hour
		{"Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-05T01:45:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-05", "02:00", "2026-04-05T02:00:00+10:30"},
		{"America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T01:00:00-02:00"}, // no midnight
		{"America/Sao_Paulo", "2018-11-04", "00:30", "2018-11-04T01:00:00-02:00"},
		{"America/Sao_Paulo", "2018-11-03", "24:00", "2018-11-04T01:00:00-02:00"},
		{"Africa/Cairo", "2026-04-24", "00:00", "2026-04-24T01:00:00+03:00"},
		{"Africa/Cairo", "2026-04-24", "08:00", "2026-04-24T08:00:00+03:00"},
		{"Pacific/Apia", "2011-12-30", "12:00", "2011-12-31T00:00:00+14:00"}, // no such day
		{"UTC", "2026-03-02", "24:00", "2026-03-03T00:00:00Z"},
	} {
		clock, err := ParseTimeOfDay(tt.clock)
		if err != nil {
			t.Fatal(err)
		}
		loc := mustZone(t, tt.zone)
		if got := clock.On(parseDay(t, tt.day), loc).In(loc).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s on %s in %s = %s, want %s", tt.clock, tt.day, tt.zone, got, tt.want)
		}
	}
}

// Every minute of a year: where the wall clock shows the time, On finds its first
// occurrence, and where it does not, the first instant after the gap.
func TestTimeOfDayOnAgreesWithTheWallClock(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"} {
		loc := mustZone(t, zone)
		first := map[Day]map[TimeOfDay]time.Time{}
		for at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC); at.Year() == 2026; at = at.Add(15 * time.Minute) {
			day, wall := DayOf(at, loc), at.In(loc)
			if first[day] == nil {
				first[day] = map[TimeOfDay]time.Time{}
			}
			clock := TimeOfDay(wall.Hour()*60 + wall.Minute())
			if _, twice := first[day][clock]; !twice {
				first[day][clock] = at
			}
		}
		for day := (Day{2026, time.March, 2}); day != (Day{2026, time.December, 30}); day = day.Plus(1) {
			for clock := TimeOfDay(0); clock < 24*60; clock += 15 {
				got := clock.On(day, loc)
				want, shown := first[day][clock]
				if shown && !got.Equal(want) {
					t.Fatalf("%s on %s in %s = %s, want %s", clock, day, zone, got.In(loc), want.In(loc))
				}
				if wall := got.In(loc); !shown && TimeOfDay(wall.Hour()*60+wall.Minute()) <= clock {
					t.Fatalf("%s on %s in %s is skipped, but got %s", clock, day, zone, wall)
				}
			}
		}
	}
}

func TestTimeOfDayNext(t *testing.T) {
	for _, tt := range []struct{ zone, now, clock, want string }{
		{"Europe/Berlin", "2026-03-02 07:59", "08:00", "2026-03-02 08:00"},
		{"Europe/Berlin", "2026-03-02 08:00", "08:00", "2026-03-03 08:00"},
		{"Europe/Berlin", "2026-03-28 08:00", "08:00", "2026-03-29 08:00"}, // 23 hours later
		{"Europe/Berlin", "2026-03-29 01:00", "02:30", "2026-03-29 03:00"}, // the gap
		{"Europe/Berlin", "2026-03-29 03:00", "02:30", "2026-03-30 02:30"},
		{"Europe/Berlin", "2026-10-24 08:00", "08:00", "2026-10-25 08:00"}, // 25 hours later
		{"America/New_York", "2026-03-07 08:00", "08:00", "2026-03-08 08:00"},
		{"America/New_York", "2026-10-31 08:00", "08:00", "2026-11-01 08:00"},
	} {
		clock, err := ParseTimeOfDay(tt.clock)
		if err != nil {
			t.Fatal(err)
		}
		got := clock.Next(local(t, tt.zone, tt.now), mustZone(t, tt.zone))
		if want := local(t, tt.zone, tt.want); !got.Equal(want) {
			t.Errorf("%s after %s in %s: %s, want %s", tt.clock, tt.now, tt.zone, got, want)
		}
	}
}

func TestParseTimeOfDay(t *testing.T) {
	for s, want := range map[string]TimeOfDay{"00:00": 0, "08:05": 485, "23:59": 1439, "24:00": 1440} {
		if got, err := ParseTimeOfDay(s); err != nil || got != want || got.String() != s {
			t.Errorf("ParseTimeOfDay(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "8:00", "08:60", "24:01", "25:00", "08-00", "08:00 ", "+8:00", "０8:00"} {
		if got, err := ParseTimeOfDay(s); err == nil {
			t.Errorf("ParseTimeOfDay(%q) = %s, want an error", s, got)
		}
	}
}

func TestDayPlus(t *testing.T) {
	for _, tt := range []struct {
		from string
		days int
		want string
	}{
		{"2026-02-28", 1, "2026-03-01"}, {"2028-02-28", 1, "2028-02-29"}, {"2026-12-31", 1, "2027-01-01"},
		{"2026-03-01", -1, "2026-02-28"}, {"2026-03-02", 84, "2026-05-25"}, {"2026-03-02", 0, "2026-03-02"},
	} {
		if got := parseDay(t, tt.from).Plus(tt.days).String(); got != tt.want {
			t.Errorf("%s plus %d days = %s, want %s", tt.from, tt.days, got, tt.want)
		}
	}
}

func TestDayOfCrossesMidnightInTheZone(t *testing.T) {
	at := time.Date(2026, 3, 2, 19, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{"UTC": "2026-03-02", "Asia/Kolkata": "2026-03-03", "America/New_York": "2026-03-02"} {
		if got := DayOf(at, mustZone(t, zone)).String(); got != want {
			t.Errorf("the day in %s is %s, want %s", zone, got, want)
		}
	}
}

func TestWakingHours(t *testing.T) {
	hours := testProtocol().Hours
	for _, tt := range []struct {
		zone, at   string
		awake      bool
		next, last string // "" means the moment itself
	}{
		{"Europe/Berlin", "2026-03-02 07:59", false, "2026-03-02 08:00", "2026-03-01 20:59"},
		{"Europe/Berlin", "2026-03-02 08:00", true, "", ""},
		{"Europe/Berlin", "2026-03-02 20:59", true, "", ""},
		{"Europe/Berlin", "2026-03-02 21:00", false, "2026-03-03 08:00", "2026-03-02 20:59"},
		{"Europe/Berlin", "2026-03-02 23:59", false, "2026-03-03 08:00", "2026-03-02 20:59"},
		{"Europe/Berlin", "2026-03-03 00:00", false, "2026-03-03 08:00", "2026-03-02 20:59"},
		{"Europe/Berlin", "2026-03-28 22:00", false, "2026-03-29 08:00", "2026-03-28 20:59"},
		{"Europe/Berlin", "2026-03-29 03:30", false, "2026-03-29 08:00", "2026-03-28 20:59"},
		{"America/New_York", "2026-11-01 01:30", false, "2026-11-01 08:00", "2026-10-31 20:59"},
		{"Africa/Cairo", "2026-04-24 01:00", false, "2026-04-24 08:00", "2026-04-23 20:59"},
		{"Asia/Kolkata", "2026-12-31 21:00", false, "2027-01-01 08:00", "2026-12-31 20:59"},
	} {
		loc, at := mustZone(t, tt.zone), local(t, tt.zone, tt.at)
		orSelf := func(s string) time.Time {
			if s == "" {
				return at
			}
			return local(t, tt.zone, s)
		}
		if got := hours.awake(at, loc); got != tt.awake {
			t.Errorf("awake at %s = %v", tt.at, got)
		}
		if got := hours.nextAwake(at, loc); !got.Equal(orSelf(tt.next)) {
			t.Errorf("the next waking moment after %s is %s, want %s", tt.at, got, orSelf(tt.next))
		}
		if got := hours.lastAwake(at, loc); !got.Equal(orSelf(tt.last)) {
			t.Errorf("the last waking moment before %s is %s, want %s", tt.at, got, orSelf(tt.last))
		}
	}
}

// A prompt falls on the waking moment nearest to the preferred one; asleep all
// through, on the last one before where that is allowed, else on the first after.
func TestFit(t *testing.T) {
	hours, loc := testProtocol().Hours, time.UTC
	at := func(s string) time.Time { return local(t, "UTC", "2026-03-"+s) }
	for _, tt := range []struct {
		name                       string
		from, due, until           string
		floor, ceiling, now        string
		want, wantFrom, wantLatest string // "" when there is none
	}{
		{"awake", "02 18:30", "02 19:30", "02 20:30", "02 14:30", "02 20:30", "02 14:30", "02 19:30", "02 18:30", "02 20:30"},
		{"nearest before", "02 20:30", "02 21:30", "02 22:30", "02 16:30", "02 22:30", "02 16:30", "02 20:59", "02 20:30", "02 22:30"},
		{"nearest after", "03 06:30", "03 07:30", "03 08:30", "03 02:30", "03 08:30", "03 02:30", "03 08:00", "03 06:30", "03 08:30"},
		{"all asleep, allowed before", "03 00:00", "03 01:00", "03 02:00", "02 20:00", "03 02:00", "02 20:00", "02 20:59", "02 20:59", "03 02:00"},
		{"all asleep, allowed after", "03 00:00", "03 01:00", "03 02:00", "03 00:00", "03 09:00", "02 20:00", "03 08:00", "03 00:00", "03 09:00"},
		{"all asleep, not allowed", "03 02:30", "03 03:30", "03 04:30", "02 22:30", "03 04:30", "02 22:30", "", "", ""},
		{"window closed", "02 10:00", "02 10:00", "02 11:00", "02 10:00", "02 11:00", "02 11:00", "", "", ""},
		{"late but open", "02 10:00", "02 10:00", "03 10:00", "02 10:00", "03 10:00", "02 12:00", "02 10:00", "02 10:00", "03 10:00"},
		{"late and asleep", "02 10:00", "02 10:00", "03 10:00", "02 10:00", "03 10:00", "02 22:00", "03 08:00", "02 10:00", "03 10:00"},
		{"late, asleep until it closes", "02 10:00", "02 10:00", "03 08:00", "02 10:00", "03 08:00", "02 22:00", "", "", ""},
	} {
		w, ok := hours.fit(Window{at(tt.from), at(tt.due), at(tt.until)}, at(tt.floor), at(tt.ceiling), at(tt.now), loc)
		if ok != (tt.want != "") {
			t.Errorf("%s: ok = %v, due %s", tt.name, ok, w.Due)
			continue
		}
		if ok {
			want := Window{at(tt.wantFrom), at(tt.want), at(tt.wantLatest)}
			if w != want {
				t.Errorf("%s: %v, want %v", tt.name, w, want)
			}
		}
	}
}
