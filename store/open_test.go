package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"afterneedle/rehab"
)

func refused(t *testing.T, path string, o Options, want error) {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err == nil {
		_ = s.Close()
		t.Fatalf("%s was opened", path)
	}
	if want != nil && !errors.Is(err, want) {
		t.Errorf("error %q, want %q", err, want)
	}
	if text := err.Error(); strings.Contains(text, "\n") || strings.Count(text, path) != 1 {
		t.Errorf("error %q, want one line that names the file once", text)
	}
}

func TestOpenRefuses(t *testing.T) {
	aboutFiles(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	t.Run("a directory", func(t *testing.T) { refused(t, dir, Options{}, nil) })
	t.Run("a missing directory", func(t *testing.T) {
		refused(t, filepath.Join(dir, "none", "x.db"), Options{}, fs.ErrNotExist)
	})
	t.Run("another kind of file", func(t *testing.T) {
		refused(t, file("letter.db", strings.Repeat("Dear Sir or Madam, ", 500)), Options{}, nil)
	})
	t.Run("another program's database", func(t *testing.T) {
		path := filepath.Join(dir, "other.db")
		db, err := sql.Open("sqlite3", path)
		must(t, err)
		_, err = db.Exec("CREATE TABLE songs (title TEXT)")
		must(t, errors.Join(err, db.Close()))
		refused(t, path, Options{}, nil)
	})
	t.Run("a newer database", func(t *testing.T) {
		path := filepath.Join(dir, "newer.db")
		s := openAt(t, path)
		must(t, s.rw.Exec("INSERT INTO migrations (id) VALUES ('9_later')").Error)
		must(t, s.Close())
		refused(t, path, Options{}, ErrNewer)
	})
	t.Run("a database in use", func(t *testing.T) {
		path := filepath.Join(dir, "used.db")
		s := openAt(t, path)
		refused(t, path, Options{}, ErrInUse)
		link := filepath.Join(dir, "link.db")
		must(t, os.Symlink(path, link))
		refused(t, link, Options{}, ErrInUse)
		must(t, s.Close())
		must(t, openAt(t, path).Close())
	})
	t.Run("a file with two names", func(t *testing.T) {
		path := filepath.Join(dir, "one.db")
		must(t, openAt(t, path).Close())
		must(t, os.Link(path, filepath.Join(dir, "two.db")))
		refused(t, path, Options{}, nil)
	})
	t.Run("a rehearsal in earnest", func(t *testing.T) {
		path := filepath.Join(dir, "real.db")
		must(t, openAt(t, path).Close())
		refused(t, path, Options{Rehearsal: true}, ErrRehearsal)
		path = filepath.Join(dir, "rehearsal.db")
		s, err := Open(t.Context(), path, Options{Rehearsal: true})
		must(t, err)
		must(t, s.Close())
		refused(t, path, Options{}, ErrRehearsal)
	})
}

func TestOpenOddNames(t *testing.T) {
	aboutFiles(t)
	for _, name := range []string{"a b.db", "50%.db", "what?.db", "#1.db", "Zoë.db"} {
		path := filepath.Join(t.TempDir(), name)
		must(t, openAt(t, path).Close())
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, info.Mode().Perm())
		}
	}
}

func TestReadersDoNotWrite(t *testing.T) {
	if err := open(t).ro.Exec("DELETE FROM meta").Error; err == nil {
		t.Error("a reader wrote")
	}
}

// TestOpenRefusesWhatIsNotOurs is about both kinds of database.
func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	for name, x := range map[string]struct {
		damage string
		o      Options
		want   error
	}{
		"a newer database":       {"INSERT INTO migrations (id) VALUES ('9_later')", Options{Now: start}, ErrNewer},
		"a rehearsal in earnest": {"SELECT 1", Options{Now: start, Rehearsal: true}, ErrRehearsal},
		"no table of ours":       {"DROP TABLE migrations", Options{Now: start}, errForeign},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			s := openAt(t, path)
			must(t, s.rw.Exec(x.damage).Error)
			must(t, s.Close())
			s, err := Open(t.Context(), sourceAt(t, path), x.o)
			if err == nil {
				must(t, s.Close())
			}
			if !errors.Is(err, x.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %v in one line", err, x.want)
			}
		})
	}
}

func TestSettingsHold(t *testing.T) {
	aboutFiles(t)
	s := open(t)
	for _, c := range []struct {
		db     *gorm.DB
		pragma string
		want   string
	}{
		{s.rw, "journal_mode", "wal"}, {s.rw, "synchronous", "2"}, {s.rw, "foreign_keys", "1"},
		{s.rw, "secure_delete", "1"}, {s.rw, "busy_timeout", "5000"}, {s.rw, "cache_size", "-8192"},
		{s.ro, "query_only", "1"}, {s.ro, "busy_timeout", "5000"},
	} {
		var got string
		must(t, c.db.Raw("PRAGMA "+c.pragma).Scan(&got).Error)
		if got != c.want {
			t.Errorf("%s is %s, want %s", c.pragma, got, c.want)
		}
	}
	if err := s.ro.Exec("DELETE FROM meta").Error; err == nil {
		t.Error("a reader wrote")
	}
}

// Every column is known to the program, and every field has a column.
func TestRowsFitTheSchema(t *testing.T) {
	s := open(t)
	for _, row := range []any{
		metaRow{}, clinicianRow{}, patientRow{}, inviteRow{}, protocolRow{}, formRow{}, inboxRow{}, broadcastRow{},
		courseRow{}, needlingRow{}, targetRow{}, practiceRow{}, workoutRow{}, exerciseRow{}, holdRow{},
		observationRow{}, alertRow{}, changeRow{}, settingRow{}, messageRow{}, dueRow{}, inflightRow{},
		replicaRow{}, pauseRow{},
	} {
		parsed, err := schema.Parse(reflect.New(reflect.TypeOf(row)).Interface(), &sync.Map{}, schema.NamingStrategy{})
		must(t, err)
		columns := columnsOf(t, s, parsed.Table, "version") // counted up by the database
		fields := slices.DeleteFunc(slices.Clone(parsed.DBNames), func(name string) bool { return name == "version" })
		slices.Sort(columns)
		slices.Sort(fields)
		if !slices.Equal(columns, fields) {
			t.Errorf("%s has columns %v and fields %v", parsed.Table, columns, fields)
		}
	}
}

func TestForeignKeys(t *testing.T) {
	aboutFiles(t)
	c := newClinic(t)
	c.needle(t, start)
	must(t, c.Check(t.Context()))
	for _, child := range []string{
		"patients", "invites", "courses", "needlings", "targets", "practices", "workouts", "exercises", "holds",
		"observations", "alerts", "broadcasts", "messages", "due", "inflight",
	} {
		var n int
		must(t, c.rw.Raw("SELECT COUNT(*) FROM pragma_foreign_key_list(?)", child).Scan(&n).Error)
		if n == 0 {
			t.Errorf("%s has no foreign key", child)
		}
	}
	must(t, c.rw.Exec("PRAGMA foreign_keys = OFF").Error)
	must(t, c.rw.Exec("DELETE FROM courses").Error)
	if err := c.Check(t.Context()); err == nil {
		t.Error("orphans were not found")
	}
}

func TestLatestTime(t *testing.T) {
	c := newClinic(t)
	latest := func() time.Time {
		t.Helper()
		at, err := c.LatestTime(t.Context())
		must(t, err)
		return at
	}
	if at := latest(); !at.Equal(start) {
		t.Errorf("a new database: %s, want %s", at, start)
	}
	later := start.Add(90 * time.Minute)
	c.needle(t, later)
	if at := latest(); !at.Equal(later) {
		t.Errorf("after a needling: %s, want %s, not what is still to come", at, later)
	}
	later = later.Add(time.Hour)
	_, err := c.Do(t.Context(), later, 1, func(*Tx) error { return nil })
	must(t, err)
	if at := latest(); !at.Equal(later) {
		t.Errorf("after an update: %s, want %s", at, later)
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c := staffed(t, openAt(t, path))
	c.needle(t, start)
	want := c.timeline(t)
	must(t, c.Close())
	must(t, c.Close()) // twice is once
	c.Store = openAt(t, path)
	if got := c.timeline(t); len(want) == 0 || !reflect.DeepEqual(want, got) {
		t.Errorf("timeline %v, want %v", got, want)
	}
	c.change(t, start, func(course *rehab.Course) {
		if course.Zone.String() != patientZone || course.ClinicZone.String() != "Europe/Berlin" {
			t.Errorf("zones %s and %s", course.Zone, course.ClinicZone)
		}
	})
}
