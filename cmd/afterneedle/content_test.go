package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// TestMuscleIsAdded adds a muscle for a clinic that has patients, first without a new
// version: the log says that the next start will be refused, and it is. With one the
// muscle is there, and the plans that run go on. It cannot be taken away again while
// somebody trains it.
func TestMuscleIsAdded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	change := func(name string, edit func(string) string) {
		t.Helper()
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			text, err = os.ReadFile(filepath.Join("..", "..", "content", "default", name))
		}
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(edit(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := onWall(t, "AFTERNEEDLE_CONTENT", dir)
	w.starts(w.owner, "")
	ana := w.patient(200, "Ana")
	w.says(w.owner, "/session Ana, piriformis left")
	// The record of the piriformis is the last one; the new one is like it.
	like := func(text string) string {
		_, record, _ := strings.Cut(text, "\n  piriformis:\n")
		return text + "  gluteus_medius:\n" + strings.NewReplacer("name: piriformis", "name: gluteus medius",
			"[piri, piriformis muscle, deep buttock]", "[glute med]").Replace(record)
	}
	change("muscles.yaml", like)
	change("en/muscles.yaml", like)
	w.proc.log.wait(t, `level=ERROR msg="hours, doses or muscles have changed and their version has not.*expected a new version in protocol\.yaml`)
	if status, out, _ := ask(t, "", nil, "check", dir); status != exitDone {
		t.Errorf("check: status %d: %s", status, out)
	}
	w.stop(terminate)
	refuses(t, w.env, "AFTERNEEDLE_CONTENT", `"2026.1"`, "new version in protocol.yaml")
	change("protocol.yaml", func(text string) string { return strings.Replace(text, `"2026.1"`, `"2026.1 with gluteus medius"`, 1) })
	w.start()
	w.says(ana, "/plan")
	w.expect(ana, "Next: easy movement")
	w.says(w.owner, "/session Ana, gluteus medius left")
	w.expect(w.owner, "The plan of Ana is older than gluteus medius.")
	w.says(w.owner, "/discharge Ana")
	w.taps(w.owner, "End the course")
	w.patient(201, "Bea")
	for _, name := range []string{"Ana", "Bea"} {
		w.says(w.owner, "/session "+name+", gluteus medius left")
		w.expect(w.owner, name+", needling of gluteus medius left")
	}
	w.stop(terminate)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	refuses(t, w.env, "AFTERNEEDLE_CONTENT", `"gluteus_medius"`, "expected every muscle that patients train in muscles.yaml")
}
