package store

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"afterneedle/rehab"
)

// blob is a value of bytes in SQLite's words.
var blob = regexp.MustCompile(`X'([0-9a-f]*)'`)

// older makes a database with the first schema and what a file of testdata has,
// and returns where it is and how many rows each table has.
func older(t *testing.T, data string) (source string, rows map[string]int64) {
	t.Helper()
	source = sourceAt(t, filepath.Join(t.TempDir(), "older.db"))
	db, e := bare(t, source)
	defer func() { must(t, disconnect(db)) }()
	raw, err := os.ReadFile(filepath.Join("testdata", data))
	must(t, err)
	script := string(raw)
	if onPostgres != "" {
		script = blob.ReplaceAllString(script, `'\x$1'`)
	}
	must(t, firstError(
		db.Exec("CREATE TABLE migrations (id VARCHAR(255) PRIMARY KEY)").Error,
		migrations(e)[0].Migrate(db),
		db.Exec(script).Error,
	))
	rows = make(map[string]int64)
	names, err := e.tables(db)
	must(t, err)
	for _, name := range names {
		var n int64
		must(t, db.Table(name).Count(&n).Error)
		rows[name] = n
	}
	for _, x := range tables {
		if x.key == "id" && slices.Contains(names, x.name) {
			last, err := e.lastID(db, x.name)
			must(t, err)
			must(t, e.numberBehind(db, x.name, last))
		}
	}
	return source, rows
}

// bare is a connection to a database that nobody has prepared.
func bare(t *testing.T, source string) (*gorm.DB, engine) {
	t.Helper()
	if !IsPostgres(source) {
		db, err := connect(source, 1, url.Values{"_foreign_keys": {"1"}})
		must(t, err)
		return db, &sqliteFile{}
	}
	p, err := parsePostgres(source, "")
	must(t, err)
	db, err := p.connect(1, func(context.Context, *pgx.Conn) error { return nil })
	must(t, err)
	return db, p
}

// TestUpgrade opens a database of the first schema, whose process was killed in the
// middle of a send, and works on with it.
func TestUpgrade(t *testing.T) {
	source, before := older(t, "upgrade_from_1.sql")
	later := time.Date(2026, 3, 4, 15, 51, 0, 0, time.UTC)
	s, err := Open(context.Background(), source, Options{Now: later, Rehearsal: true, ClinicZone: zone(t, "Europe/Berlin")})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	must(t, s.Check(t.Context()))
	var asleep int64
	must(t, s.ro.Model(&courseRow{}).Where("wake_at > ?", at(later)).Count(&asleep).Error)
	if asleep != 0 {
		t.Errorf("%d courses are not looked at", asleep)
	}
	for name, n := range before {
		if name == "migrations" || strings.HasPrefix(name, "sqlite_") {
			continue
		}
		var now int64
		must(t, s.ro.Table(name).Count(&now).Error)
		if now != n {
			t.Errorf("%s has %d rows and had %d", name, now, n)
		}
	}
	if onPostgres == "" {
		var broken []map[string]any
		must(t, s.ro.Raw("PRAGMA foreign_key_check").Scan(&broken).Error)
		if len(broken) > 0 {
			t.Errorf("broken references: %v", broken)
		}
	}
	var references int
	query := `SELECT COUNT(*) FROM sqlite_master JOIN pragma_foreign_key_list(sqlite_master.name) WHERE type = 'table'`
	if onPostgres != "" {
		query = "SELECT COUNT(*) FROM information_schema.referential_constraints WHERE constraint_schema = current_schema()"
	}
	must(t, s.ro.Raw(query).Scan(&references).Error)
	if references < 20 {
		t.Errorf("%d references are left", references)
	}

	do(t, s, later, func(tx *Tx) error {
		c, err := tx.Course(1)
		if err != nil {
			return err
		}
		if w := c.Workouts[0]; w.Before != 2 || w.After != 3 || w.TwoHour != 3 {
			t.Errorf("the workout is %+v", w)
		}
		return nil
	})
	if n, err := s.Recover(t.Context(), later, owner); n != 1 || err != nil {
		t.Errorf("recovered %d: %v", n, err)
	}
	next, sent := later, 0
	for sent == 0 {
		at, ok, err := s.NextDue(t.Context())
		must(t, err)
		if !ok {
			t.Fatal("nothing is sent any more")
		}
		next = at
		_, err = s.WakeCourses(t.Context(), next, 10)
		must(t, err)
		claimed, _, err := s.Claim(t.Context(), next, 10, owner)
		must(t, err)
		for _, x := range claimed {
			_, err := s.Settle(t.Context(), next, owner, []rehab.Settled{{
				ID: x.Delivery.ID, Attempt: x.Delivery.Attempts, Outcome: rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 900},
			}})
			must(t, err)
			sent++
		}
	}
	do(t, s, next, func(tx *Tx) error {
		protocol, err := tx.Protocol("2026.1")
		if err != nil {
			return err
		}
		course := rehab.NewCourse(0, protocol, time.UTC, time.UTC)
		id, err := tx.AddPatient(rehab.Patient{Name: "Cleo", ClinicianID: 1, Zone: "UTC", CreatedAt: next}, course)
		if id <= 2 {
			t.Errorf("the new patient has the id %d", id)
		}
		return err
	})
}
