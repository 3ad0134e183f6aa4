package main

import (
	"net/http"
	"path/filepath"
	"testing"
)

// TestTwoProgramsWithOneToken starts a second program with the same token and a
// database of its own, as somebody does who tries something out: whoever Telegram
// sends away says so and waits, and when the second one is gone the first goes on by
// itself.
func TestTwoProgramsWithOneToken(t *testing.T) {
	t.Parallel()
	w := onWall(t)
	w.starts(w.owner, "")
	second := launch(t, w.env.with("DATABASE_URL", filepath.Join(t.TempDir(), "other.db")), "serve")
	second.ready()
	w.proc.log.wait(t, "another program polls with this token; waiting")
	if status := terminate(second); status != exitDone {
		t.Errorf("status %d", status)
	}
	before := count(w.telegram.Transcript(), w.owner.ID())
	w.says(w.owner, "/patients")
	w.until("/readyz", http.StatusOK)
	if n := count(w.telegram.Transcript(), w.owner.ID()) - before; n != 1 {
		t.Errorf("%d answers to one question after the other has gone", n)
	}
}

// TestSecondProcessOnOneFile starts a second program with the same database file: it
// says why it does not start, and the first works on.
func TestSecondProcessOnOneFile(t *testing.T) {
	t.Parallel()
	w := onWall(t)
	refuses(t, w.env, "another process is using this database")
	w.starts(w.owner, "")
	w.expect(w.owner, "Commands")
}
