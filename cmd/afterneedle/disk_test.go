package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"afterneedle/bot/sandbox"
	people "afterneedle/cmd/afterneedle/internal/crowd"
)

// launchWithPID starts the program and knows its process id.
func launchWithPID(t *testing.T, e env) (p *process, pid string) {
	t.Helper()
	running, err := people.Launch("/bin/sh", t.TempDir(), e.with(asProgram, "1"),
		"-c", `echo "pid $$"; exec "$0" "$@"`, os.Args[0], "serve")
	if err != nil {
		t.Fatal(err)
	}
	p = attend(t, running)
	return p, p.out.wait(t, `pid (\d+)`)[1]
}

// needs skips a test where this machine lacks a command.
func needs(t *testing.T, command string) {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil && os.Getenv("AFTERNEEDLE_TEST_ALL") == "" {
		t.Skip("skipped: there is no " + command)
	}
}

// noLargerFiles forbids a process to write behind a place of its files: at 0 no
// write gets through at all, as on a medium that has become read-only. Permissions
// would not do: they are asked when a file is opened.
func noLargerFiles(t *testing.T, pid string, most int64) (end func()) {
	t.Helper()
	limit := func(size string) {
		t.Helper()
		if said, err := exec.Command("prlimit", "--pid", pid, "--fsize="+size+":").CombinedOutput(); err != nil {
			t.Fatalf("prlimit: %v %s", err, said)
		}
	}
	limit(strconv.FormatInt(most, 10))
	return func() { limit("unlimited") }
}

// smallDisk is an empty file system of its own.
func smallDisk(t *testing.T) string {
	t.Helper()
	needs(t, "mount")
	dir := t.TempDir()
	if said, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("skipped: this user cannot mount a small file system: %s", said)
	}
	t.Cleanup(func() {
		if said, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, said)
		}
	})
	return dir
}

// fill leaves no byte free in a folder.
func fill(t *testing.T, dir string) (end func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		for err = nil; err == nil; {
			_, err = io.Copy(f, strings.NewReader(strings.Repeat("x", size)))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// lock lets somebody else write to a database and not finish.
func lock(t *testing.T, path string) (end func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", path+"?_busy_timeout=30000&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingCanBeWritten lets the database fail in the middle of work, in real
// time: what cannot be stored is not confirmed to Telegram, the program says that
// it is not ready, and goes on by itself.
func TestNothingCanBeWritten(t *testing.T) {
	for name, begin := range map[string]func(t *testing.T, w *world, pid string) (end func()){
		"the disk is full":             func(t *testing.T, w *world, _ string) func() { return fill(t, filepath.Dir(w.env["DATABASE_URL"])) },
		"no write gets through":        func(t *testing.T, _ *world, pid string) func() { return noLargerFiles(t, pid, 0) },
		"somebody else holds the lock": func(t *testing.T, w *world, _ string) func() { return lock(t, w.env["DATABASE_URL"]) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 40
			needs(t, "prlimit")
			w := before(t, "AFTERNEEDLE_RATE", "10")
			if name == "the disk is full" {
				w.env = w.env.with("DATABASE_URL", filepath.Join(smallDisk(t), "clinic.db"))
			}
			crowd := populate(t, w, awake(t), n, false)
			p, pid := launchWithPID(t, w.env)
			w.adopt(p)
			w.wait(func(events []sandbox.Event) bool { return sent(events, "Needling was step 1") >= 10 })
			end := begin(t, w, pid)
			for i, chat := range crowd.chats[:3] {
				if _, err := w.telegram.Person(chat, "").Says("/pain " + strconv.Itoa(3+i)); err != nil {
					t.Fatal(err)
				}
			}
			w.until("/readyz", http.StatusServiceUnavailable)
			w.until("/healthz", http.StatusServiceUnavailable)
			if waiting := w.telegram.PendingUpdates(); waiting != 3 {
				t.Errorf("%d updates wait at Telegram, expected the three that could not be stored", waiting)
			}
			if n := sent(w.telegram.Transcript(), "I keep"); n != 0 {
				t.Errorf("%d answers say that something is kept", n)
			}
			end()
			w.until("/healthz", http.StatusOK)
			w.until("/readyz", http.StatusOK)
			w.done(nil)
			w.wait(func(events []sandbox.Event) bool { return sent(events, "Needling was step 1") >= n })
			if status := w.stop(terminate); status != exitDone {
				t.Errorf("status %d", status)
			}
			if repeated := crowd.tally(t, w); repeated != 0 {
				t.Errorf("%d messages came twice", repeated)
			}
			crowd.each(t, w, "Needling was step 1", 1, 1)
			for i, patient := range crowd.patients[:3] {
				said := sent(w.telegram.Transcript(), "I keep "+strconv.Itoa(3+i))
				if kept := crowd.course(t, patient).Observations; len(kept) != 1 || said != 1 {
					t.Errorf("patient %d: %d scores are kept and %d answers say so, expected one of each", patient, len(kept), said)
				}
			}
			if strings.Contains(w.proc.log.String(), "set aside") {
				t.Errorf("an update was given up:\n%s", w.proc.log)
			}
		})
	}
}

// sent is how many messages hold some words.
func sent(events []sandbox.Event, words string) (n int) {
	for _, e := range events {
		if e.Kind == sandbox.BotSent && !e.Edited && strings.Contains(e.Text, words) {
			n++
		}
	}
	return n
}

// TestALittleRoom lets the disk have room for a note that an update was given up,
// and not for what the update asks for: it must not be given up.
func TestALittleRoom(t *testing.T) {
	t.Parallel()
	needs(t, "prlimit")
	w := before(t)
	crowd := populate(t, w, awake(t), 1, false)
	p, pid := launchWithPID(t, w.env)
	w.adopt(p)
	w.wait(func(events []sandbox.Event) bool { return sent(events, "Needling was step 1") == 1 })
	info, err := os.Stat(w.env["DATABASE_URL"] + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	end := noLargerFiles(t, pid, info.Size()+48<<10)
	ana := w.telegram.Person(crowd.chats[0], "")
	if _, err := ana.Says("/pain 3"); err != nil {
		t.Fatal(err)
	}
	w.proc.log.wait(t, `(?s)(an update could not be handled.*){4}|set aside`)
	end()
	w.done(nil)
	w.expect(ana, "I keep 3 out of 10")
}
