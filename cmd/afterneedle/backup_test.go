package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBackupAndRestore makes a backup of a clinic that is running, loses the
// clinic, and goes on with the backup a day later: what is right then is sent, and
// nothing that is late.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 1)
	ana := patients[0]
	w.to(start.Add(time.Hour))
	backup := filepath.Join(t.TempDir(), "monday.db")
	made := launch(t, w.env, "backup", backup)
	if status := made.end(); status != exitDone || made.log.String() != "" {
		t.Fatalf("status %d: %s", status, made.log)
	}
	again := launch(t, w.env, "backup", backup)
	if status := again.end(); status != exitUsage || !strings.Contains(again.log.String(), "expected the name of a new file") {
		t.Errorf("status %d: %s", status, again.log)
	}
	w.to(start.Add(7 * time.Hour)) // the backup does not know of the first messages
	w.stop(terminate)
	before := len(w.got(ana.ID()))
	w.env = w.env.with("DATABASE_URL", backup, "AFTERNEEDLE_REHEARSAL_START", start.Add(26*time.Hour).Format(time.RFC3339))
	w.start()
	w.to(start.Add(26 * time.Hour))
	got := w.got(ana.ID())[before:]
	if len(got) != 1 || !strings.Contains(got[0].Text, "From now until tomorrow") {
		t.Errorf("%d messages after the restore, the first is %+v", len(got), got)
	}
}
