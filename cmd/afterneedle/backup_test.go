package main

import (
	"database/sql"
	"os"
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

// TestBackupReadsTheSettingAsServeDoes leaves an old clinic where the program would
// look for one if nothing was set.
func TestBackupReadsTheSettingAsServeDoes(t *testing.T) {
	t.Parallel()
	clinic := filepath.Join(t.TempDir(), "clinic.db")
	if err := made(t, clinic, false).Close(); err != nil {
		t.Fatal(err)
	}
	const server = "postgres://me:s3cr3t@db/clinic"
	for _, test := range []struct {
		set    env
		args   []string
		status int
		says   string
	}{
		{env{"DATABASE_URL": clinic}, nil, exitDone, ""},
		{env{"DATABASE_URL_FILE": file(t, "database_url", clinic+"\n")}, nil, exitDone, ""},
		{env{"DATABASE_URL": server}, nil, exitUsage, "expected an SQLite file"},
		{env{"DATABASE_URL_FILE": file(t, "database_url", server+"\n")}, nil, exitUsage, "expected an SQLite file"},
		{env{"DATABASE_URL": clinic, "DATABASE_URL_FILE": file(t, "database_url", server)}, nil, exitUsage, "expected one of them"},
		{env{"DATABASE_URL_FILE": file(t, "database_url", clinic+".old\n")}, nil, exitUsage, "no such file"},
		{env{"DATABASE_URL_FILE": "/nowhere"}, nil, exitUsage, "expected a file with the secret"},
		{env{"DATABASE_URL": ""}, nil, exitUsage, "expected the path of an SQLite file"},
		{nil, []string{"--database-url", server}, exitUsage, "is no flag"},
	} {
		dir := t.TempDir()
		if err := made(t, filepath.Join(dir, "afterneedle.db"), false).Close(); err != nil {
			t.Fatal(err)
		}
		backup := filepath.Join(t.TempDir(), "monday.db")
		p := launchIn(t, dir, test.set, append([]string{"backup", backup}, test.args...)...)
		status, said := p.end(), p.log.String()
		if status != test.status || !strings.Contains(said, test.says) || strings.Contains(said, "s3cr3t") {
			t.Errorf("%v %v: status %d: %s", test.set, test.args, status, said)
		}
		if _, err := os.Stat(backup); (err == nil) != (test.status == exitDone) {
			t.Errorf("%v %v: the backup: %v", test.set, test.args, err)
		}
	}
}

// TestStoppedBackupAndCopy tells backup and copy to stop while somebody keeps the
// database from being read: one line says so, and nothing is left.
func TestStoppedBackupAndCopy(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, begun, says string
		args              func(database, target string) []string
	}{
		{"backup", "/.afterneedle-*", "stopped before the backup was made", func(database, target string) []string {
			return []string{"backup", "--database-url", database, target}
		}},
		{"copy", "/clinic.db.lock", "stopped before everything was copied and compared", func(database, target string) []string {
			return []string{"copy", "--from", database, "--to", target}
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			dir, folder := t.TempDir(), t.TempDir()
			database := filepath.Join(dir, "clinic.db")
			if err := made(t, database, false).Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(database + ".lock"); err != nil {
				t.Fatal(err)
			}
			keepFromReaders(t, database)
			before := glob(t, dir+"/*")
			p := launch(t, env{}, x.args(database, filepath.Join(folder, "new"))...)
			for limit := time.After(patience); len(glob(t, dir+x.begun)+glob(t, folder+x.begun)) == 0; {
				select {
				case <-limit:
					t.Fatal("it does not begin")
				case <-time.After(time.Millisecond):
				}
			}
			if status := terminate(p); status != exitFailed || !strings.Contains(p.log.String(), x.says) || strings.Count(p.log.String(), "\n") != 1 {
				t.Errorf("status %d: %s", status, p.log)
			}
			_ = os.Remove(database + ".lock")
			if got := glob(t, dir+"/*") + glob(t, dir+"/.*") + glob(t, folder+"/*") + glob(t, folder+"/.*"); got != before {
				t.Errorf("left: %s, before it was %s", got, before)
			}
		})
	}
}

// keepFromReaders holds a database for itself until the end of the test.
func keepFromReaders(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path+"?_locking_mode=EXCLUSIVE")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec("UPDATE meta SET value = value"); err != nil {
		t.Fatal(err)
	}
}

// glob lists the files with a pattern.
func glob(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}
