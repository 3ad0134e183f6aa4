package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"

	"afterneedle/rehab"
)

// left are the files in the folder of a backup.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestBackupWhileInUse copies a database that is being written to, and opens the
// copy like any other.
func TestBackupWhileInUse(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	c.needle(t, start)
	dir := t.TempDir()
	target := filepath.Join(dir, "copy.db")
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				c.say(t, "say/"+string(rune('a'+n%26))+string(rune('a'+n/26%26)), rehab.LaneReply, 1, start, start)
			}
		}
	})
	err := Backup(t.Context(), c.path, target, nil)
	close(stop)
	writing.Wait()
	must(t, err)
	info, err := os.Stat(target)
	must(t, err)
	if info.Mode().Perm() != 0o600 || left(t, dir) != "copy.db" {
		t.Errorf("mode %o, and in the folder: %s", info.Mode().Perm(), left(t, dir))
	}
	again := openAt(t, target)
	must(t, again.Check(t.Context()))
	do(t, again, start, func(tx *Tx) error {
		course, err := tx.Course(c.patient)
		if err == nil && len(course.Needlings) != 1 {
			t.Errorf("%d needlings in the copy", len(course.Needlings))
		}
		return err
	})
}

func TestSealedBackup(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	key, err := age.GenerateX25519Identity()
	must(t, err)
	dir := t.TempDir()
	target := filepath.Join(dir, "copy.db.age")
	beside := left(t, filepath.Dir(c.path))
	must(t, Backup(t.Context(), c.path, target, func(w io.Writer) (io.WriteCloser, error) {
		if readable(t, dir) {
			t.Error("a readable copy lies in the folder of the backup")
		}
		return age.Encrypt(w, key.Recipient())
	}))
	if got := left(t, filepath.Dir(c.path)); got != beside {
		t.Errorf("left beside the database: %s, before it was %s", got, beside)
	}
	raw, err := os.ReadFile(target)
	must(t, err)
	if bytes.Contains(raw, []byte(patientName)) || left(t, dir) != "copy.db.age" {
		t.Errorf("readable, or something was left: %s", left(t, dir))
	}
	opened, err := age.Decrypt(bytes.NewReader(raw), key)
	must(t, err)
	copied, err := io.ReadAll(opened)
	must(t, err)
	restored := filepath.Join(dir, "restored.db")
	must(t, os.WriteFile(restored, copied, 0o600))
	do(t, openAt(t, restored), start, func(tx *Tx) error {
		p, err := tx.Patient(c.patient)
		if err == nil && p.Name != patientName {
			t.Errorf("restored %q", p.Name)
		}
		return err
	})
}

// readable reports whether anything in a folder holds the patient's name.
func readable(t *testing.T, dir string) (found bool) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		found = found || bytes.Contains(raw, []byte(patientName))
		return err
	}))
	return found
}

// TestBackupIsStopped ends a backup in the middle: nothing is left of it.
func TestBackupIsStopped(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	dir := t.TempDir()
	beside := left(t, filepath.Dir(c.path))
	ctx, stop := context.WithCancel(t.Context())
	err := Backup(ctx, c.path, filepath.Join(dir, "new.db.age"), func(w io.Writer) (io.WriteCloser, error) {
		stop()
		return writeCloser{w}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	if got := left(t, dir) + left(t, filepath.Dir(c.path)); got != beside {
		t.Errorf("left: %s, before it was %s", got, beside)
	}
}

type writeCloser struct{ io.Writer }

func (writeCloser) Close() error { return nil }

// TestBackupRemovesLeftovers cleans up after backups that were killed, in both
// folders, and touches nothing else.
func TestBackupRemovesLeftovers(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	dir := t.TempDir()
	file := func(name ...string) {
		path := filepath.Join(name...)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(patientName), 0o600))
	}
	beside := left(t, filepath.Dir(c.path))
	for _, folder := range []string{dir, filepath.Dir(c.path)} {
		file(folder, ".afterneedle-1", "copy.db")
		file(folder, ".afterneedle-1", "lock")
		file(folder, ".afterneedle-2", "copy.db") // of a version without locks
	}
	file(dir, ".afterneedle-notes", "letter")
	must(t, os.Mkdir(filepath.Join(dir, ".afterneedle-3"), 0o700)) // is just being made
	file(dir, ".afterneedle-4", "copy.db")
	lock, err := lockFile(filepath.Join(dir, ".afterneedle-4", "lock")) // is being worked in
	must(t, err)
	t.Cleanup(func() { _ = lock.Close() })
	must(t, Backup(t.Context(), c.path, filepath.Join(dir, "new.db"), nil))
	if got, want := left(t, dir), ".afterneedle-3 .afterneedle-4 .afterneedle-notes new.db"; got != want {
		t.Errorf("in the folder: %s, want %s", got, want)
	}
	if got := left(t, filepath.Dir(c.path)); got != beside {
		t.Errorf("beside the database: %s, want %s", got, beside)
	}
}

func TestBackupRefuses(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	dir := t.TempDir()
	there := filepath.Join(dir, "there.db")
	must(t, os.WriteFile(there, []byte("Dear doctor"), 0o600))
	for _, x := range []struct {
		name, source, target string
		want                 error
	}{
		{"a target that exists", c.path, there, ErrExists},
		{"no source", filepath.Join(dir, "nowhere.db"), filepath.Join(dir, "new.db"), ErrNoFile},
		{"a folder", dir, filepath.Join(dir, "new.db"), ErrNoFile},
		{"no database", there, filepath.Join(dir, "new.db"), nil},
		{"no folder for it", c.path, filepath.Join(dir, "nowhere", "new.db"), nil},
	} {
		err := Backup(t.Context(), x.source, x.target, nil)
		if err == nil || x.want != nil && !errors.Is(err, x.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %v", x.name, err, x.want)
		}
	}
	broken := func(io.Writer) (io.WriteCloser, error) { return nil, errors.New("no key") }
	if err := Backup(t.Context(), c.path, filepath.Join(dir, "new.db"), broken); err == nil {
		t.Error("a backup that cannot be encrypted was made")
	}
	if got := left(t, dir); got != "there.db" {
		t.Errorf("left in the folder: %s", got)
	}
}
