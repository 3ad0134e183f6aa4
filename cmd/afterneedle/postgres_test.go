package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// postgresURL is where a PostgreSQL server for one test is reached.
func postgresURL(t *testing.T) string {
	t.Helper()
	return postgresServer(t).URL("")
}

// TestTwoProcessesOnPostgreSQL lets one process work and another stand by, and
// kills the first.
func TestTwoProcessesOnPostgreSQL(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w := rehearse(t, start, "DATABASE_URL", postgresURL(t))
	w.starts(w.owner, "")
	ana := w.patient(101, "Ana")
	w.says(w.owner, "/session Ana, upper trapezius left, 8 kg")
	w.to(start.Add(5 * time.Hour))
	w.taps(ana, "Done")
	w.expect(ana, "Some soreness is common")

	listen := freeAddress(t)
	second := launch(t, w.env.with("AFTERNEEDLE_LISTEN", listen), "serve")
	second.log.wait(t, "standing by")
	for page, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		resp, err := http.Get("http://" + listen + page)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s of the one that stands by: status %d, want %d", page, resp.StatusCode, want)
		}
	}
	if strings.Contains(second.log.String(), "msg=ready") {
		t.Fatal("two processes work")
	}
	killed := time.Now()
	w.stop(kill)
	w.adopt(second)
	t.Logf("taken over after %s", time.Since(killed).Round(time.Millisecond))
	w.says(ana, "/today")
	w.expect(ana, "gentle stretch")
	w.to(start.Add(25 * time.Hour))
	w.expect(ana, "From now until tomorrow")
}

// TestPostgresSettings wants one line for a database that cannot be used.
func TestPostgresSettings(t *testing.T) {
	base := postgresURL(t)
	for name, url := range map[string]string{
		"no such database": strings.Replace(base, "/postgres?", "/nowhere?", 1),
		"no such user":     strings.Replace(base, "postgres@", "nobody:s3cr3t@", 1),
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, sound(t).with("DATABASE_URL", url), "DATABASE_URL")
		})
	}
}
