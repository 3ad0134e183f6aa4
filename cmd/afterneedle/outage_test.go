package main

import (
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

// TestDownForADay stops the program for 26 hours: on return each patient gets the
// one message that is right then, and the clinician reads in the digest that others
// were dropped.
func TestDownForADay(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 3)
	w.to(start.Add(time.Hour))
	w.stop(terminate)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_START", start.Add(27*time.Hour).Format(time.RFC3339))
	w.start()
	afterTheOutage(t, w, patients, start)
}

// TestTelegramAwayForADay cuts the program off for 26 hours while it runs.
func TestTelegramAwayForADay(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 3)
	w.to(start.Add(time.Hour))
	w.telegram.GoDown()
	for h := 2; h <= 27; h++ { // by the hour: each minute has its tries, and a call its patience
		w.to(start.Add(time.Duration(h) * time.Hour))
	}
	if err := w.telegram.ComeBack(); err != nil {
		t.Fatal(err)
	}
	w.move(`{"advance":"2m"}`)
	afterTheOutage(t, w, patients, start)
}

func afterTheOutage(t *testing.T, w *world, patients []*sandbox.Person, start time.Time) {
	t.Helper()
	w.to(start.Add(27*time.Hour + 5*time.Minute))
	for _, p := range patients {
		var late []string
		for _, e := range w.got(p.ID()) {
			if e.At.After(start.Add(2 * time.Hour)) {
				late = append(late, e.Text)
			}
		}
		if len(late) != 1 || !strings.Contains(late[0], "From now until tomorrow") {
			t.Errorf("%d messages after the outage: %q", len(late), late)
		}
	}
	w.to(at(t, "Europe/Berlin", "2026-03-04 08:30"))
	digests := 0
	for _, e := range w.got(w.owner.ID()) {
		switch n := strings.Count(e.Text, "A message could not go out in time and was dropped."); n {
		case 0:
		case len(patients):
			digests++
		default:
			t.Errorf("the clinician hears of %d patients, want %d:\n%s", n, len(patients), e.Text)
		}
	}
	if digests == 0 {
		t.Error("the clinician does not hear of it")
	}
}
