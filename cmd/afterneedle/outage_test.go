package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	people "afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
)

const outage = 30 * time.Hour

// TestDownFor30Hours stops the program for 30 hours: on return each patient gets
// the one message that is right then, and the clinician reads once, in the digest,
// that others were dropped.
func TestDownFor30Hours(t *testing.T) {
	t.Parallel()
	w, c := scattered(t, 60)
	w.stop(terminate)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_START", c.at.Add(outage).Format(time.RFC3339))
	w.start()
	c.afterTheOutage(t, w)
}

// TestTelegramAwayFor30Hours cuts the program off while it runs.
func TestTelegramAwayFor30Hours(t *testing.T) {
	t.Parallel()
	w, c := scattered(t, 6)
	w.telegram.GoDown()
	for gone := 30 * time.Minute; gone <= outage; gone += 30 * time.Minute { // each minute has its tries, and a call its patience
		w.to(c.at.Add(gone))
	}
	if err := w.telegram.ComeBack(); err != nil {
		t.Fatal(err)
	}
	c.afterTheOutage(t, w)
}

// scattered is a clinic early in the morning, whose patients were needled one after
// the other, the last of them just now: they are at different places of the
// programme, and a third of them each answers everything, only stretches, and
// nothing.
func scattered(t *testing.T, n int) (*world, *crowd) {
	t.Helper()
	start := at(t, "Europe/Berlin", "2026-03-03 05:30")
	w := stand(t, start)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0", "AFTERNEEDLE_REHEARSAL_START", start.Format(time.RFC3339))
	c := populateWith(t, w, start.Location(), n, true, func(i int, course *rehab.Course, owner int64) {
		needled := start.Add(-time.Duration(i*16) * time.Hour)
		course.ConsentedAt = needled.Add(-time.Hour)
		people.Needled(course, owner, needled, needled)
		live(t, course, needled, start, temper(i%3))
	})
	w.start()
	w.to(start.Add(time.Minute))
	return w, c
}

// afterTheOutage looks at what everybody gets when it is over, at half past eleven.
func (c *crowd) afterTheOutage(t *testing.T, w *world) {
	t.Helper()
	back := c.at.Add(outage)
	w.to(back.Add(10 * time.Minute))
	kinds := map[string]bool{}
	for i, chat := range c.chats {
		var late []string
		for _, e := range w.got(chat) {
			if !e.At.Before(back) {
				late = append(late, e.Text)
			}
		}
		if len(late) != 1 || i == 0 && !strings.Contains(late[0], "From now until tomorrow") {
			t.Errorf("%d messages for patient %d after the outage: %q", len(late), i, late)
			continue
		}
		kinds[late[0]] = true
	}
	if len(kinds) < 3 {
		t.Errorf("the patients are not at different places: %d kinds of messages", len(kinds))
	}
	w.to(at(t, "Europe/Berlin", "2026-03-05 08:30"))
	c.toldInTheDigest(t, w)
	w.stop(terminate)
	c.tally(t, w)
	dropped := 0
	for patient, list := range c.timeline(t) {
		for _, d := range list {
			if !d.DueAt.Before(back) || d.State == rehab.DeliverySent {
				continue
			}
			dropped++
			if d.Reason == "" || d.State != rehab.DeliveryExpired && d.State != rehab.DeliveryDropped {
				t.Errorf("patient %d: %s is %s, for %q", patient, d.Key, d.State, d.Reason)
			}
		}
	}
	if dropped < len(c.chats) {
		t.Errorf("only %d messages were dropped", dropped)
	}
}

// toldInTheDigest fails unless the clinician hears of each patient once a morning,
// and nowhere else, until it is acknowledged.
func (c *crowd) toldInTheDigest(t *testing.T, w *world) {
	t.Helper()
	const dropped = "could not go out in time and was dropped"
	told := map[string]bool{}
	for _, e := range w.got(ownerID) {
		if !strings.Contains(e.Text, dropped) {
			continue
		}
		day := e.At.In(c.at.Location()).Format(time.DateOnly)
		head := fmt.Sprintf("Digest: %d patients", len(c.chats))
		if n := strings.Count(e.Text, dropped); told[day] || !strings.Contains(e.Text, head) || n != min(len(c.chats), 10) {
			t.Errorf("on %s the clinician hears of %d patients on the first page, or twice a day:\n%s", day, n, e.Text)
		}
		told[day] = true
	}
	if !told["2026-03-05"] {
		t.Error("the clinician does not hear of it")
	}
}
