package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCopyMovesAClinic moves a clinic from SQLite to PostgreSQL in the middle of a
// course: not while it runs, twice without harm, and it goes on from there.
func TestCopyMovesAClinic(t *testing.T) {
	t.Parallel()
	url := postgresURL(t)
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 1)
	ana := patients[0]
	w.to(start.Add(5 * time.Hour))
	w.taps(ana, "Done")
	file := w.env["DATABASE_URL"]
	moved := func(want int, says string) {
		t.Helper()
		p := launch(t, env{}, "copy", "--from", file, "--to", url)
		if status := p.end(); status != want || !strings.Contains(p.out.String()+p.log.String(), says) {
			t.Errorf("status %d, want %d and %q:\n%s%s", status, want, says, p.out, p.log)
		}
	}
	moved(exitUsage, "another process is using this database")
	w.stop(terminate)
	moved(exitDone, "patients      1 rows")
	moved(exitDone, "the same in both")
	w.env = w.env.with("DATABASE_URL", url)
	w.start()
	w.to(start.Add(25 * time.Hour))
	w.expect(ana, "From now until tomorrow")
	w.stop(terminate)
	moved(exitUsage, "holds something already")
	missing := launch(t, env{}, "copy", "--from", filepath.Join(t.TempDir(), "none.db"), "--to", url)
	if status := missing.end(); status != exitUsage {
		t.Errorf("status %d for a source that is not there", status)
	}
}
