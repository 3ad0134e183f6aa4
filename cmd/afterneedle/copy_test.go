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

// TestCopyReadsASecretOutOfAFile names the database with a password where nobody else
// can read it, there and back.
func TestCopyReadsASecretOutOfAFile(t *testing.T) {
	t.Parallel()
	clinic := filepath.Join(t.TempDir(), "clinic.db")
	if err := made(t, clinic, false).Close(); err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(postgresURL(t), "postgres@", "postgres:s3cr3t@", 1)
	hidden := env{"DATABASE_URL_FILE": file(t, "database_url", url+"\n")}
	back := filepath.Join(t.TempDir(), "back.db")
	const both = "expected --from and --to, or one of them and DATABASE_URL or DATABASE_URL_FILE for the other"
	for _, test := range []struct {
		set    env
		args   []string
		status int
		says   string
	}{
		{hidden, []string{"--from", clinic}, exitDone, "the same in both"},
		{hidden, []string{"--to", back}, exitDone, "the same in both"},
		{env{"DATABASE_URL": url}, []string{"--from", back}, exitDone, "the same in both"},
		{hidden, []string{"--from", back, "--to", url}, exitDone, "the same in both"},
		{hidden, nil, exitUsage, both},
		{nil, []string{"--from", clinic}, exitUsage, both},
		{nil, []string{"--to", back}, exitUsage, both},
		{env{"DATABASE_URL_FILE": "/nowhere"}, []string{"--from", clinic}, exitUsage, "DATABASE_URL_FILE: cannot read /nowhere: no such file"},
		{env{"DATABASE_URL": clinic + ".old"}, []string{"--to", back}, exitUsage, "DATABASE_URL: " + clinic + ".old: no such file or directory; expected a database"},
		{env{"DATABASE_URL": clinic}, []string{"--from", clinic}, exitUsage, "another process is using this database"},
	} {
		p := launch(t, test.set, append([]string{"copy"}, test.args...)...)
		status, said := p.end(), p.out.String()+p.log.String()
		if status != test.status || !strings.Contains(said, test.says) || strings.Contains(said, "s3cr3t") {
			t.Errorf("%v %v: status %d: %s", test.set, test.args, status, said)
		}
	}
}
