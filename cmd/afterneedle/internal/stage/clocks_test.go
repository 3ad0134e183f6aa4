package stage_test

import (
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/rehab"
	"afterneedle/store"
)

// journey is a play in which the clock jumps, or the patient travels.
type journey struct {
	*theater
	stays []stay
}

// stay is where the patient is from a moment on.
type stay struct {
	from time.Time
	zone *time.Location
}

// jump sets the clock without going through what lies between, as the clock of a
// machine does that is corrected, or that has slept, and lets the program look.
func (j *journey) jump(by time.Duration) {
	j.t.Helper()
	j.Time.Set(j.Time.Now().Add(by))
	j.settle()
}

// travels moves the patient to another zone.
func (j *journey) travels(zone string) {
	j.t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		j.t.Fatal(err)
	}
	j.stays = append(j.stays, stay{j.Time.Now(), loc})
	j.within(func(tx *store.Tx, patient int64) error {
		if _, err := tx.Course(patient); err != nil {
			return err
		}
		return tx.SetZone(patient, zone)
	})
	j.settle()
}

func (j *journey) within(fn func(tx *store.Tx, patient int64) error) {
	j.t.Helper()
	_, err := j.Store.Do(j.t.Context(), j.Time.Now(), 0, func(tx *store.Tx) error {
		p, err := tx.PatientByChat(patientID)
		if err != nil {
			return err
		}
		return fn(tx, p.ID)
	})
	if err != nil {
		j.t.Fatal(err)
	}
}

// clock is what the clock says where the patient is.
func (j *journey) clock(at time.Time) string {
	zone := j.zone
	for _, s := range j.stays {
		if !at.Before(s.from) {
			zone = s.zone
		}
	}
	return at.In(zone).Format("15:04")
}

// inTime looks at when each message has come, and that each came once.
func (j *journey) inTime(sees string) {
	j.t.Helper()
	arrived, found := 0, false
	for _, e := range j.Telegram.Transcript() {
		if e.Kind == sandbox.BotSent && !e.Edited && e.ChatID == patientID {
			arrived++
			found = found || strings.Contains(e.Text, sees)
		}
	}
	if !found {
		j.t.Errorf("no message with %q", sees)
	}
	sent, timed := 0, 0
	j.within(func(tx *store.Tx, patient int64) error {
		all, err := tx.Timeline(patient, 1000)
		for _, d := range all {
			if d.ChatID != patientID || d.State != rehab.DeliverySent || d.Kind == rehab.KindEdit {
				continue
			}
			sent++
			if d.Lane != rehab.LaneTimed {
				continue
			}
			timed++
			if d.SentAt.Before(d.DueAt) || !d.SentAt.Before(d.ExpiresAt) {
				j.t.Errorf("%s came at %s, outside of %s to %s", d.Key, d.SentAt, d.DueAt, d.ExpiresAt)
			}
			if clock := j.clock(d.SentAt); clock < "08:00" || clock >= "21:00" {
				j.t.Errorf("%s came at %s where the patient is", d.Key, clock)
			}
		}
		return err
	})
	if arrived != sent || timed < 2 {
		j.t.Errorf("%d messages arrived, %d are known as sent, %d of them timed", arrived, sent, timed)
	}
}

// TestClocks lets clocks and zones do what they do, with a patient who reads and
// says nothing: nothing is said outside of its window, nothing twice, and nothing
// in the quiet hours of where the patient is. Its clock goes back altogether; that of
// a process keeps a second count, which goes on.
func TestClocks(t *testing.T) {
	for name, c := range map[string]struct {
		start, zone string // of the patient's, at first
		happens     func(j *journey)
		until       time.Duration
		sees        string // one message that must have come
	}{
		"two days ahead": {"2026-03-02 14:29", "", func(j *journey) { j.Wait(90 * time.Minute); j.jump(48 * time.Hour) }, 60 * time.Hour, "Before the first workout"},
		"a day back":     {"2026-03-02 14:29", "", func(j *journey) { j.Wait(25 * time.Hour); j.jump(-24 * time.Hour) }, 70 * time.Hour, "Before the first workout"},
		"a day back and ahead again": {"2026-03-02 14:29", "", func(j *journey) {
			j.Wait(25 * time.Hour)
			j.jump(-24 * time.Hour)
			j.Wait(time.Hour)
			j.jump(24 * time.Hour)
		}, 50 * time.Hour, "Today's stretch"},
		"asleep for eight hours, over the end of a window":   {"2026-03-02 14:29", "", func(j *journey) { j.Wait(4*time.Hour + 50*time.Minute); j.jump(8 * time.Hour) }, 40 * time.Hour, "From now until tomorrow"},
		"to New York in the middle of a window":              {"2026-03-02 14:29", "", func(j *journey) { j.Wait(4*time.Hour + 30*time.Minute); j.travels("America/New_York") }, 60 * time.Hour, "Time to move a little"},
		"to New York in the morning":                         {"2026-03-02 14:29", "", func(j *journey) { j.Wait(17 * time.Hour); j.travels("America/New_York") }, 80 * time.Hour, "Before the first workout"},
		"to Tokyo in the middle of a window, into the night": {"2026-03-02 14:29", "", func(j *journey) { j.Wait(4*time.Hour + 30*time.Minute); j.travels("Asia/Tokyo") }, 80 * time.Hour, "From now until tomorrow"},
		"to Tokyo at night":                                  {"2026-03-02 14:29", "", func(j *journey) { j.Wait(13 * time.Hour); j.travels("Asia/Tokyo") }, 80 * time.Hour, "Before the first workout"},
		"to Tokyo and back": {"2026-03-02 14:29", "", func(j *journey) {
			j.Wait(20 * time.Hour)
			j.travels("Asia/Tokyo")
			j.Wait(6 * time.Hour)
			j.travels("Europe/Berlin")
		}, 80 * time.Hour, "Before the first workout"},
		"Berlin forward":     {"2026-03-28 14:29", "Europe/Berlin", nil, 96 * time.Hour, "Before the first workout"},
		"Berlin back":        {"2026-10-24 14:29", "Europe/Berlin", nil, 96 * time.Hour, "Before the first workout"},
		"New York forward":   {"2026-03-07 20:29", "America/New_York", nil, 96 * time.Hour, "Before the first workout"},
		"New York back":      {"2026-10-31 20:29", "America/New_York", nil, 96 * time.Hour, "Before the first workout"},
		"Lord Howe forward":  {"2026-10-03 06:29", "Australia/Lord_Howe", nil, 96 * time.Hour, "Before the first workout"},
		"Lord Howe back":     {"2026-04-04 06:29", "Australia/Lord_Howe", nil, 96 * time.Hour, "Before the first workout"},
		"leap day":           {"2028-02-27 14:29", "Europe/Berlin", nil, 96 * time.Hour, "Before the first workout"},
		"the day of the end": {"2028-02-28 20:29", "Europe/Berlin", nil, 96 * time.Hour, "Before the first workout"},
	} {
		t.Run(name, func(t *testing.T) {
			j := &journey{theater: playFrom(t, c.start)}
			j.patient("Ana")
			if c.zone != "" {
				j.travels(c.zone)
			}
			j.owner().Skips().Says("/session Ana, upper trapezius left, 8 kg")
			begin := j.Time.Now()
			if c.happens != nil {
				c.happens(j)
			}
			j.moveTo(begin.Add(c.until))
			j.inTime(c.sees)
		})
	}
}
