package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"gorm.io/gorm"
)

// table is one table, with the columns that tell its rows apart.
type table struct {
	name string
	key  string
}

// tables are all of ours, parents first.
var tables = []table{
	{"meta", "key"},
	{"settings", "id"},
	{"clinicians", "id"},
	{"patients", "id"},
	{"shares", "patient_id, clinician_id"},
	{"invites", "hash"},
	{"protocols", "version"},
	{"courses", "id"},
	{"needlings", "course_id, n"},
	{"targets", "course_id, n"},
	{"practices", "course_id, n"},
	{"workouts", "course_id, n"},
	{"exercises", "course_id, workout, n"},
	{"holds", "course_id, n"},
	{"observations", "course_id, n"},
	{"alerts", "course_id, n"},
	{"changes", "course_id, n"},
	{"undo", "patient_id"},
	{"forms", "chat_id"},
	{"broadcasts", "id"},
	{"recipients", "broadcast_id, patient_id"},
	{"messages", "id"},
	{"notes", "id"},
	{"due", "lane, due_at, msg_id"},
	{"inflight", "msg_id"},
	{"inbox", "update_id"},
	{"replicas", "owner"},
	{"pauses", "chat_id"},
}

// Copied is what one table holds after a copy: the same in both databases.
type Copied struct {
	Table string
	Rows  int
	Sum   string // of every value of every row, in the order of their keys
}

// ErrNotEmpty is returned by Copy for a target that holds something else.
var ErrNotEmpty = errors.New("holds something already")

// Copy copies everything from one open database into another of either kind, in one
// transaction, and compares all of it afterwards. Ids go on where they were: one that
// was given out is never given out again, not even when its row is gone. A target that holds exactly what
// the source does is left as it is, so that Copy can be run again; any other that
// is not empty is ErrNotEmpty.
func Copy(ctx context.Context, from, to *Store) ([]Copied, error) {
	source, err := from.sums(ctx)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", from.path, err)
	}
	empty, err := to.empty(ctx)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", to.path, err)
	}
	if empty {
		err := to.write(ctx, func(db *gorm.DB) error { return from.copyTo(ctx, db, to.engine) })
		if err != nil {
			return nil, fmt.Errorf("copy into %s: %w", to.path, err)
		}
	}
	target, err := to.sums(ctx)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", to.path, err)
	}
	for i, t := range source {
		if target[i] != t {
			if !empty {
				return nil, fmt.Errorf("database %s: %w", to.path, ErrNotEmpty)
			}
			return nil, fmt.Errorf("table %s differs after the copy: %d rows and %d", t.Table, t.Rows, target[i].Rows)
		}
	}
	return source, nil
}

// empty reports whether nobody has ever worked with a database.
func (s *Store) empty(ctx context.Context) (bool, error) {
	n := int64(0)
	err := s.read(ctx, func(db *gorm.DB) error {
		for _, t := range tables[1:] { // a new one has its meta rows
			var rows int64
			if err := db.Table(t.name).Limit(1).Count(&rows).Error; err != nil {
				return err
			}
			n += rows
		}
		return nil
	})
	return n == 0, err
}

// each reads the rows of a table, in the order of their keys.
func each(db *gorm.DB, t table, visit func(columns []string, values []any) error) error {
	rows, err := db.Table(t.name).Order(t.key).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := visit(columns, values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sums adds up every table.
func (s *Store) sums(ctx context.Context) ([]Copied, error) {
	var list []Copied
	err := s.read(ctx, func(db *gorm.DB) error {
		for _, t := range tables {
			sum, n := sha256.New(), 0
			err := each(db, t, func(columns []string, values []any) error {
				n++
				return addRow(sum, columns, values)
			})
			if err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			list = append(list, Copied{t.name, n, hex.EncodeToString(sum.Sum(nil))[:16]})
		}
		return nil
	})
	return list, err
}

// addRow adds one row to a sum, the same for both kinds of database.
func addRow(sum io.Writer, columns []string, values []any) error {
	for i, v := range values {
		switch v := v.(type) {
		case nil:
			fmt.Fprintf(sum, "%s=-\n", columns[i])
		case []byte:
			fmt.Fprintf(sum, "%s=%d:%s\n", columns[i], len(v), v)
		case string:
			fmt.Fprintf(sum, "%s=%d:%s\n", columns[i], len(v), v)
		case int64, bool:
			fmt.Fprintf(sum, "%s=%v\n", columns[i], v)
		default:
			return fmt.Errorf("column %s has a %T", columns[i], v)
		}
	}
	return nil
}

// copyTo copies all tables into an empty database inside its transaction.
func (s *Store) copyTo(ctx context.Context, to *gorm.DB, engine engine) error {
	if err := to.Exec("DELETE FROM meta").Error; err != nil {
		return err
	}
	return s.read(ctx, func(db *gorm.DB) error {
		for _, t := range tables {
			if err := copyTable(db, to, t); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			if t.key != "id" {
				continue
			}
			// Ids are in keys of messages that outlive what they are about: none of
			// an erased row may be given out again.
			last, err := s.engine.lastID(db, t.name)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			if err := engine.numberBehind(to, t.name, last); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		return engine.learn(to)
	})
}

func copyTable(from, to *gorm.DB, t table) error {
	var columns []string
	var batch [][]any
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := insertRows(to, t.name, columns, batch)
		batch = batch[:0]
		return err
	}
	err := each(from, t, func(names []string, values []any) error {
		columns = names
		if batch = append(batch, values); len(batch) < rowBatch {
			return nil
		}
		return flush()
	})
	return firstError(err, flush())
}

// insertRows writes rows with one statement. Their columns come from our own
// schema.
func insertRows(db *gorm.DB, name string, columns []string, rows [][]any) error {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = `"` + c + `"`
	}
	var values []any
	places := make([]string, len(rows))
	for i, r := range rows {
		places[i] = row
		values = append(values, r...)
	}
	return db.Exec("INSERT INTO "+name+" ("+strings.Join(quoted, ", ")+") VALUES "+strings.Join(places, ", "), values...).Error
}
