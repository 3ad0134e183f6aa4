package store

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"afterneedle/rehab"
)

// TestTablesAreAll keeps a new table from being left behind.
func TestTablesAreAll(t *testing.T) {
	s := open(t)
	there, err := s.engine.tables(s.ro)
	must(t, err)
	there = slices.DeleteFunc(there, func(name string) bool { return name == "migrations" || name == "sqlite_sequence" })
	var ours []string
	for _, x := range tables {
		ours = append(ours, x.name)
	}
	slices.Sort(there)
	slices.Sort(ours)
	if !slices.Equal(there, ours) {
		t.Errorf("copied are %v\nthere are %v", ours, there)
	}
}

// copyThere copies a busy clinic into another database and works on with the copy.
func copyThere(t *testing.T, to *Store) {
	t.Helper()
	c := newClinic(t)
	c.needle(t, start)
	c.broadcast(t, 3)
	c.claim(t, start, 2)
	erased := c.beginAndUndo(t, start)
	copied, err := Copy(t.Context(), c.Store, to)
	must(t, err)
	rows := make(map[string]int)
	for _, x := range copied {
		rows[x.Table] = x.Rows
		if len(x.Sum) != 16 {
			t.Errorf("%s has the sum %q", x.Table, x.Sum)
		}
	}
	if rows["patients"] < 4 || rows["needlings"] != 1 || rows["messages"] < 5 || rows["inflight"] == 0 || rows["due"] == 0 {
		t.Errorf("copied %v", rows)
	}
	again, err := Copy(t.Context(), c.Store, to)
	must(t, err)
	if !slices.Equal(again, copied) {
		t.Error("the second copy is another")
	}
	must(t, to.Check(t.Context()))
	there := clinic{Store: to, owner: c.owner, ada: c.ada, ben: c.ben, patient: c.patient}
	if n, err := to.Recover(t.Context(), start, "engine-2"); err != nil || n != rows["inflight"] {
		t.Errorf("recovered %d of %d: %v", n, rows["inflight"], err)
	}
	// New ids stand behind the old ones, also behind those of what is gone.
	do(t, to, start, func(tx *Tx) error {
		id, err := addPatient(t, tx, c.ada, "Next", 999_999)
		must(t, err)
		course, err := tx.Course(id)
		must(t, err)
		if id <= int64(rows["patients"]) || course.ID <= erased {
			t.Errorf("the next patient has id %d, with course %d after %d", id, course.ID, erased)
		}
		return nil
	})
	there.change(t, start, func(course *rehab.Course) { course.Observe(3, start) })
	if _, err := Copy(t.Context(), c.Store, to); !errors.Is(err, ErrNotEmpty) || strings.Contains(err.Error(), "\n") {
		t.Errorf("a copy over a clinic that has gone on: %v", err)
	}
}

// beginAndUndo begins a second course for somebody and takes it back.
func (c clinic) beginAndUndo(t *testing.T, now time.Time) (erased int64) {
	t.Helper()
	patient, needling := int64(0), 0
	do(t, c.Store, now, func(tx *Tx) error {
		var err error
		patient, err = addPatient(t, tx, c.ada, "Undone", 999_998)
		must(t, err)
		first, err := tx.Course(patient)
		must(t, err)
		second := rehab.NewCourse(patient, protocol(), first.Zone, first.ClinicZone)
		must(t, tx.NewCourse(patient, second))
		second.Consent(now)
		needling = second.Needle(rehab.NewNeedling{
			At: now, By: c.ada, UsualG: 8000, Unit: rehab.Kilogram,
			Targets: []rehab.NeedledTarget{{Muscle: "piriformis", Side: rehab.Left}},
		}, now).N
		erased = second.ID
		return tx.KeepUndo(second, nil, now.Add(10*time.Minute))
	})
	do(t, c.Store, now.Add(time.Minute), func(tx *Tx) error { return tx.Undo(patient, needling) })
	return erased
}

// lastIDs are the numbers behind which new ids stand.
func lastIDs(t *testing.T, s *Store) map[string]int64 {
	t.Helper()
	last := make(map[string]int64)
	for _, x := range tables {
		if x.key == "id" {
			var err error
			last[x.name], err = s.engine.lastID(s.ro, x.name)
			must(t, err)
		}
	}
	return last
}

func TestCopy(t *testing.T) { copyThere(t, open(t)) }

// TestCopyOfEveryTable takes a clinic with rows in every table to PostgreSQL and back.
func TestCopyOfEveryTable(t *testing.T) {
	server := startPostgres(t)
	path, _ := older(t, "upgrade_from_1.sql")
	rehearsal := func(source string) *Store {
		s, err := Open(t.Context(), source, Options{Now: start, Rehearsal: true})
		must(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	from, there, back := rehearsal(path), rehearsal(server.URL("")), rehearsal(filepath.Join(t.TempDir(), "back.db"))
	for _, x := range tables {
		fill(t, from, x.name)
	}
	for name, last := range lastIDs(t, from) { // as if further rows had been erased
		must(t, from.engine.numberBehind(from.rw, name, last+100))
	}
	copied, err := Copy(t.Context(), from, there)
	must(t, err)
	for _, x := range copied {
		if x.Rows == 0 {
			t.Errorf("%s is empty", x.Table)
		}
	}
	returned, err := Copy(t.Context(), there, back)
	must(t, err)
	if !slices.Equal(returned, copied) {
		t.Errorf("there %v\nback %v", copied, returned)
	}
	was := lastIDs(t, from)
	for _, s := range []*Store{there, back} {
		if got := lastIDs(t, s); len(got) < 7 || !maps.Equal(got, was) {
			t.Errorf("%s goes on behind %v, want %v", s.path, got, was)
		}
	}
}

// fill gives a table a row if it has none, with a reference to the first row of whatever
// it refers to.
func fill(t *testing.T, s *Store, table string) {
	t.Helper()
	var rows int64
	must(t, s.ro.Table(table).Count(&rows).Error)
	if rows > 0 {
		return
	}
	types, err := s.rw.Migrator().ColumnTypes(table)
	must(t, err)
	row := make(map[string]any)
	for _, c := range types {
		switch kind := strings.ToUpper(c.DatabaseTypeName()); kind {
		case "INTEGER", "BIGINT":
			row[c.Name()] = 1
		case "BOOLEAN":
			row[c.Name()] = true
		case "TEXT":
			row[c.Name()] = "Ü 'quoted' \\ \"so\"\n=, \t🙂"
		case "BLOB":
			row[c.Name()] = []byte{0, 1, 0x7f, 0x80, 0xff, '\'', '\\'}
		default:
			t.Fatalf("%s.%s is a %s", table, c.Name(), kind)
		}
	}
	must(t, s.rw.Table(table).Create(row).Error)
}

// TestCopyToPostgreSQL goes from one kind of database to the other and back.
func TestCopyToPostgreSQL(t *testing.T) {
	server := startPostgres(t)
	copyThere(t, openAt(t, server.URL("")))
	back := openAt(t, filepath.Join(t.TempDir(), "back.db"))
	if _, err := Copy(t.Context(), openAt(t, mustSchema(t, server.URL(""), "other")), back); err != nil {
		t.Errorf("an empty clinic: %v", err)
	}
}
