package store

import (
	"context"
	"errors"
	"hash/fnv"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"afterneedle/store/pgserver"
)

// onPostgres is the URL of a server on which the tests of this package run instead
// of on SQLite files; empty for SQLite.
var onPostgres = os.Getenv("AFTERNEEDLE_TEST_POSTGRES")

// sourceAt is where the database with the path of a file lies in this run.
func sourceAt(t testing.TB, path string) string {
	t.Helper()
	if onPostgres == "" || IsPostgres(path) {
		return path
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(path))
	url, err := pgserver.Schema(context.Background(), onPostgres, "t"+strconv.FormatUint(h.Sum64(), 36))
	must(t, err)
	return url
}

// columnsOf names the columns of a table, but for some.
func columnsOf(t testing.TB, s *Store, table string, but ...string) []string {
	t.Helper()
	query := "SELECT name FROM pragma_table_info(?)"
	if onPostgres != "" {
		query = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?"
	}
	var columns []string
	must(t, s.rw.Raw(query, table).Scan(&columns).Error)
	return slices.DeleteFunc(columns, func(name string) bool { return slices.Contains(but, name) })
}

// aboutFiles skips a test of what only SQLite files have.
func aboutFiles(t *testing.T) {
	t.Helper()
	if onPostgres != "" {
		t.Skip("skipped: about SQLite files")
	}
}

// startPostgres starts a server for a test, or skips it.
func startPostgres(t *testing.T) *pgserver.Server {
	t.Helper()
	if onPostgres != "" {
		t.Skip("skipped: this run has a server already")
	}
	s, err := pgserver.Start(t.Context())
	if errors.Is(err, pgserver.ErrNone) && os.Getenv("AFTERNEEDLE_TEST_ALL") == "" {
		t.Skip("skipped: " + err.Error())
	}
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestOnPostgreSQL runs the tests of this package once more, on PostgreSQL.
func TestOnPostgreSQL(t *testing.T) {
	s := startPostgres(t)
	args := []string{"-test.timeout=10m"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	suite := exec.CommandContext(t.Context(), os.Args[0], args...)
	suite.Env = append(os.Environ(), "AFTERNEEDLE_TEST_POSTGRES="+s.URL(""))
	if said, err := suite.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, said)
	}
}

// TestOneProcessWrites opens a PostgreSQL database twice: the second stands by
// until the first is gone, and takes over what it had.
func TestOneProcessWrites(t *testing.T) {
	server := startPostgres(t)
	first := openAt(t, server.URL(""))
	c := staffed(t, first)
	opened := make(chan *Store)
	go func() {
		second, err := Open(t.Context(), server.URL(""), Options{Now: start, ClinicZone: zone(t, "Europe/Berlin")})
		if err != nil {
			t.Error(err)
		}
		opened <- second
	}()
	select {
	case <-opened:
		t.Fatal("two processes write")
	case <-time.After(1500 * time.Millisecond):
	}
	must(t, first.Close())
	second := <-opened
	t.Cleanup(func() { _ = second.Close() })
	do(t, second, start, func(tx *Tx) error {
		p, err := tx.Patient(c.patient)
		if err == nil && p.Name != patientName {
			t.Errorf("found %q", p.Name)
		}
		return err
	})
}

// TestServerRestarts loses the server and gets it back: writes fail meanwhile and
// go on afterwards, and what was written is there.
func TestServerRestarts(t *testing.T) {
	server := startPostgres(t)
	c := staffed(t, openAt(t, server.URL("")))
	server.Halt()
	if _, err := c.Do(t.Context(), start, 0, func(tx *Tx) error { _, err := tx.Clinicians(); return err }); err == nil {
		t.Error("it writes without a server")
	} else if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
	must(t, server.Run(t.Context()))
	do(t, c.Store, start, func(tx *Tx) error {
		_, err := tx.Patient(c.patient)
		return err
	})
	select {
	case <-c.Lost():
		t.Error("nobody has taken over")
	default:
	}
}

// TestTakenOver loses the server, and another process is quicker when it is back.
func TestTakenOver(t *testing.T) {
	server := startPostgres(t)
	c := staffed(t, openAt(t, server.URL("")))
	server.Halt()
	must(t, server.Run(t.Context()))
	other := openAt(t, server.URL(""))
	var err error
	for range 3 { // the first may only find the old connection closed
		if _, err = c.Do(t.Context(), start, 0, func(tx *Tx) error { _, err := tx.Clinicians(); return err }); errors.Is(err, ErrTakenOver) {
			break
		}
	}
	if !errors.Is(err, ErrTakenOver) {
		t.Fatalf("the one that lost the connection: %v", err)
	}
	<-c.Lost()
	do(t, other, start, func(tx *Tx) error {
		_, err := tx.Patient(c.patient)
		return err
	})
}

func TestPostgresURLs(t *testing.T) {
	for source, want := range map[string]bool{"postgres://a@b/c": true, "postgresql://b": true, "postgres.db": false, "/var/postgres://": false} {
		if got := IsPostgres(source); got != want {
			t.Errorf("%s: %v", source, got)
		}
	}
	_, err := Open(t.Context(), "postgres://me:s3cr3t@[bad", Options{Now: start})
	if !errors.Is(err, ErrPostgresURL) || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("a faulty URL: %v", err)
	}
}

// TestUnreachableServer is not taken for a database that somebody else uses.
func TestUnreachableServer(t *testing.T) {
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Open(soon, "postgres://me:s3cr3t@127.0.0.1:1/clinic", Options{Now: start})
	if err == nil || errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("%v", err)
	}
}

func mustSchema(t *testing.T, base, schema string) string {
	t.Helper()
	url, err := pgserver.Schema(t.Context(), base, schema)
	must(t, err)
	return url
}
