package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestContentBreaksWhileRunning damages a text of the clinic's while the program
// works: the old text stays, and the log says what is wrong and when it is mended.
func TestContentBreaksWhileRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	texts := filepath.Join(dir, "en", "messages.yaml")
	good, err := os.ReadFile(filepath.Join("..", "..", "content", "default", "en", "messages.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(texts, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(texts), 0o700); err != nil {
		t.Fatal(err)
	}
	write(good)
	w := onWall(t, "AFTERNEEDLE_CONTENT", dir)
	w.starts(w.owner, "")
	ana := w.patient(200, "Ana")
	write([]byte("nonsense: ["))
	w.proc.log.wait(t, `level=ERROR msg="content has changed and is faulty; .*messages\.yaml:`)
	w.says(ana, "/plan")
	w.expect(ana, "Your plan")
	write(good)
	w.proc.log.wait(t, `content has changed; it will be read at the next start`)
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d", status)
	}
}
