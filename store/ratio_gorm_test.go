package store

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// errUndone ends a transaction whose work is to be undone.
var errUndone = errors.New("undone")

// statement is one that a transaction has sent to the database.
type statement struct {
	text string
	args []any
}

// reads reports whether a statement is asked for its rows.
func (s statement) reads() bool {
	return strings.HasPrefix(s.text, "SELECT") || strings.Contains(s.text, "RETURNING")
}

// ledger writes down what a transaction sends through GORM while it is open.
type ledger struct {
	open bool
	said []statement
}

func (l *ledger) attach(tb testing.TB, db *gorm.DB) {
	tb.Helper()
	note := func(db *gorm.DB) {
		if l.open && db.Statement.SQL.Len() > 0 {
			l.said = append(l.said, statement{db.Statement.SQL.String(), append([]any(nil), db.Statement.Vars...)})
		}
	}
	all := db.Callback()
	for _, err := range []error{
		all.Query().After("*").Register("ledger", note), all.Create().After("*").Register("ledger", note),
		all.Update().After("*").Register("ledger", note), all.Delete().After("*").Register("ledger", note),
		all.Row().After("*").Register("ledger", note), all.Raw().After("*").Register("ledger", note),
	} {
		must(tb, err)
	}
}

// plainSQL is how long the statements take without GORM, each prepared before; rows are
// read and thrown away.
func plainSQL(b *testing.B, db *sql.DB, said []statement) func() time.Duration {
	b.Helper()
	prepared := make(map[string]*sql.Stmt)
	for _, s := range said {
		if prepared[s.text] == nil {
			stmt, err := db.PrepareContext(b.Context(), s.text)
			must(b, err)
			b.Cleanup(func() { _ = stmt.Close() })
			prepared[s.text] = stmt
		}
	}
	return func() time.Duration {
		begun := time.Now()
		tx, err := db.BeginTx(b.Context(), nil)
		must(b, err)
		for _, s := range said {
			stmt := tx.StmtContext(b.Context(), prepared[s.text])
			if !s.reads() {
				_, err := stmt.ExecContext(b.Context(), s.args...)
				must(b, err)
				continue
			}
			rows, err := stmt.QueryContext(b.Context(), s.args...)
			must(b, err)
			readAll(b, rows)
		}
		took := time.Since(begun)
		must(b, tx.Rollback())
		return took
	}
}

func readAll(b *testing.B, rows *sql.Rows) {
	b.Helper()
	columns, err := rows.Columns()
	must(b, err)
	into := make([]any, len(columns))
	for i := range into {
		into[i] = new(any)
	}
	for rows.Next() {
		must(b, rows.Scan(into...))
	}
	must(b, errors.Join(rows.Err(), rows.Close()))
}

// BenchmarkRatioGORM compares what a transaction takes to the statements alone that it
// sends, on the same database, which neither changes. The transaction has more to do
// than its statements: it decides what they say.
func BenchmarkRatioGORM(b *testing.B) {
	now := start.Add(time.Hour)
	c := pending(b, 1_000)
	var claimed []rehab.Sending
	var said ledger
	said.attach(b, c.rw)
	for _, part := range []struct {
		name string
		work func(*Tx) error
	}{
		{"claim", func(t *Tx) error {
			heads, err := t.heads(500)
			if err == nil {
				_, err = t.claim(heads, owner)
			}
			return err
		}},
		{"settle", func(t *Tx) error {
			held, err := t.held(owner, allSent(claimed))
			if err == nil && len(held) != 500 {
				err = errors.New("not all of them are held")
			}
			return firstError(err, t.settle(held))
		}},
		{"reply", func(t *Tx) error {
			seen, err := t.seen(7)
			if err != nil || seen {
				return firstError(err, errors.New("seen"))
			}
			course, err := t.Course(c.patient)
			if err != nil {
				return err
			}
			course.Observe(3, t.now)
			return firstError(t.finish(), t.planDigests())
		}},
	} {
		b.Run(part.name, func(b *testing.B) {
			if part.name == "settle" {
				claimed = c.claim(b, now, 500)
				defer c.requeue(b, claimed)
			}
			whole := func() (took time.Duration) {
				begun := time.Now()
				err := c.transact(b.Context(), now, func(t *Tx) error {
					must(b, part.work(t))
					took = time.Since(begun)
					return errUndone
				})
				if !errors.Is(err, errUndone) {
					b.Fatal(err)
				}
				return took
			}
			said.open, said.said = true, nil
			whole()
			said.open = false
			raw, err := c.rw.DB()
			must(b, err)
			b.ReportMetric(float64(len(said.said)), "statements")
			inTurn(b, whole, plainSQL(b, raw, said.said))
		})
	}
}

func allSent(claimed []rehab.Sending) []rehab.Settled {
	list := make([]rehab.Settled, len(claimed))
	for i, s := range claimed {
		list[i] = rehab.Settled{
			ID: s.Delivery.ID, Attempt: s.Delivery.Attempts, Outcome: rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1},
		}
	}
	return list
}
