package store

import (
	"bytes"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterneedle/rehab"
)

// logHolds reports whether a name stands in the write-ahead log.
func (c clinic) logHolds(t *testing.T, name string) bool {
	t.Helper()
	raw, err := os.ReadFile(c.path + "-wal")
	if os.IsNotExist(err) {
		return false
	}
	must(t, err)
	return bytes.Contains(raw, []byte(name))
}

// reader reads a database like another process would, until end is called; its
// connection stays.
func reader(t *testing.T, path string) (end func()) {
	t.Helper()
	db, err := connect(path, 1, url.Values{"mode": {"ro"}})
	must(t, err)
	t.Cleanup(func() { _ = disconnect(db) })
	tx := db.Begin()
	var n int64
	must(t, tx.Raw("SELECT COUNT(*) FROM patients").Scan(&n).Error)
	return func() { must(t, tx.Rollback().Error) }
}

// TestForgetWhileSomebodyReads erases a patient, and then a link, while a backup reads:
// nobody waits for it, the log says so, and the next write makes up for it.
func TestForgetWhileSomebodyReads(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	var said bytes.Buffer
	c.log = slog.New(slog.NewTextHandler(&said, nil))
	end := reader(t, c.path)
	begun := time.Now()
	do(t, c.Store, start, func(tx *Tx) error { return tx.Forget(c.patient) })
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it waits for the reader: %s", took)
	}
	if !c.logHolds(t, patientName) || !strings.Contains(said.String(), "not yet from the write-ahead log") {
		t.Errorf("it is in the log: %v; it says %q", c.logHolds(t, patientName), said.String())
	}
	do(t, c.Store, start, func(tx *Tx) error {
		_, err := tx.Say(rehab.Delivery{Kind: rehab.KindReply, ChatID: 1, Body: []byte("the link"), Secret: true, DueAt: start})
		return err
	})
	said.Reset()
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent}, time.Time{}, c.claim(t, start, 1)...)
	if !strings.Contains(said.String(), "a secret is not yet erased") {
		t.Errorf("of the link it says %q", said.String())
	}
	end()
	must(t, c.write(t.Context(), touch))
	if c.logHolds(t, patientName) || c.logHolds(t, "the link") {
		t.Error("what was erased is still in the log after the next write")
	}
	var busy int64
	must(t, c.rw.Raw("PRAGMA busy_timeout").Scan(&busy).Error)
	if busy != busyTimeout.Milliseconds() {
		t.Errorf("the writer waits %d ms for a lock", busy)
	}
}

// TestLogOfAnEarlierProcess ends the program while somebody still reads: the next
// start erases what it had to leave.
func TestLogOfAnEarlierProcess(t *testing.T) {
	aboutFiles(t)
	path := filepath.Join(t.TempDir(), "a.db")
	c := staffed(t, openAt(t, path))
	end := reader(t, path)
	do(t, c.Store, start, func(tx *Tx) error { return tx.Forget(c.patient) })
	must(t, c.Close())
	if !c.logHolds(t, patientName) {
		t.Fatal("there is nothing left to erase")
	}
	end()
	c.Store = openAt(t, path)
	if c.logHolds(t, patientName) {
		t.Error("the log of the process before still holds the name")
	}
}
