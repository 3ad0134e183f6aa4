package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"afterneedle/store"
)

// TestCopyThatFails leaves nothing of a new file, and an older one as it was.
func TestCopyThatFails(t *testing.T) {
	dir := t.TempDir()
	made := func(name string) string {
		path := filepath.Join(dir, name)
		s, err := store.Open(t.Context(), path, store.Options{Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	from, there := made("from.db"), made("there.db")
	db, err := sql.Open("sqlite3", from)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("INSERT INTO settings (key, value, by_id, at) VALUES ('mode', 'auto', 1, 1.5)") // no row of ours
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, ctx := range map[string]context.Context{"it fails": t.Context(), "it is stopped": stopped} {
		for _, to := range []string{filepath.Join(dir, "new.db"), there} {
			var out bytes.Buffer
			if err := Copy(ctx, from, to, &out); err == nil || out.Len() > 0 {
				t.Errorf("%s: %v, and it prints %q", name, err, out.String())
			}
			if got := names(t, dir); !slices.Equal(got, before) {
				t.Errorf("%s: the folder holds %v, want %v", name, got, before)
			}
		}
	}
}

// names are the files of a folder.
func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
