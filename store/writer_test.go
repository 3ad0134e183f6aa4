package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
)

// together lets writes wait for the same transaction, in their order, and returns
// what became of each: an error, or "panic: …". It also returns how many
// transactions there were.
func together(t *testing.T, s *Store, writes ...func(*gorm.DB) error) (results []string, transactions int) {
	t.Helper()
	release, err := s.writer.hold(t.Context())
	must(t, err)
	results = make([]string, len(writes))
	pools := make(map[gorm.ConnPool]bool)
	ended := make(chan struct{})
	for i, fn := range writes {
		go func() {
			defer func() {
				if r := recover(); r != nil {
					results[i] = fmt.Sprint("panic: ", r)
				}
				ended <- struct{}{}
			}()
			err := s.write(t.Context(), func(db *gorm.DB) error {
				pools[db.Statement.ConnPool] = true
				return fn(db)
			})
			if err != nil {
				results[i] = err.Error()
			}
		}()
		for s.writer.waits() <= i { // the next one comes after it
			runtime.Gosched()
		}
	}
	release()
	for range writes {
		<-ended
	}
	return results, len(pools)
}

func (w *writer) waits() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

func note(key string) func(*gorm.DB) error {
	return func(db *gorm.DB) error { return db.Create(&metaRow{Key: key, Value: "x"}).Error }
}

// after runs a write and then something else with the same transaction.
func after(key string, then func(*gorm.DB) error) func(*gorm.DB) error {
	return func(db *gorm.DB) error { return firstError(note(key)(db), then(db)) }
}

func notes(t *testing.T, s *Store) string {
	t.Helper()
	var keys []string
	must(t, s.ro.Model(&metaRow{}).Where("key LIKE 'w%'").Order("key").Pluck("key", &keys).Error)
	return strings.Join(keys, " ")
}

func TestWritesShareATransaction(t *testing.T) {
	fails := func(*gorm.DB) error { return errors.New("refused") }
	panics := func(*gorm.DB) error { panic("broken") }
	// As SQLite does by itself when the disk is full.
	rollsBack := func(db *gorm.DB) error { return db.Exec("ROLLBACK").Error }
	for _, x := range []struct {
		name         string
		writes       []func(*gorm.DB) error
		results      []string
		kept         string
		transactions int
	}{
		{"all go well", []func(*gorm.DB) error{note("w1"), note("w2"), note("w3")}, []string{"", "", ""}, "w1 w2 w3", 1},
		{
			"one in the middle fails",
			[]func(*gorm.DB) error{note("w1"), after("w2", fails), note("w3")},
			[]string{"", "refused", ""}, "w1 w3", 1,
		},
		{
			"one in the middle panics",
			[]func(*gorm.DB) error{note("w1"), after("w2", panics), note("w3")},
			[]string{"", "panic: broken", ""}, "w1 w3", 1,
		},
		{
			"the first fails",
			[]func(*gorm.DB) error{after("w1", fails), note("w2"), note("w3")},
			[]string{"refused", "", ""}, "w2 w3", 2,
		},
		{
			"the first panics",
			[]func(*gorm.DB) error{after("w1", panics), note("w2")},
			[]string{"panic: broken", ""}, "w2", 2,
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newClinic(t).Store
			results, n := together(t, s, x.writes...)
			if !slices.Equal(results, x.results) || notes(t, s) != x.kept || n != x.transactions {
				t.Errorf("%q in %d transactions, kept %q; want %q in %d, kept %q",
					results, n, notes(t, s), x.results, x.transactions, x.kept)
			}
		})
	}
	t.Run("the transaction is lost", func(t *testing.T) {
		s := newClinic(t).Store
		results, _ := together(t, s, note("w1"), rollsBack, note("w3"))
		if results[0] == "" || results[1] == "" || results[2] != "" || notes(t, s) != "w3" {
			t.Errorf("%q, kept %q", results, notes(t, s))
		}
	})
}

// TestWriteThatCannotBegin has no database to write to.
func TestWriteThatCannotBegin(t *testing.T) {
	s := newClinic(t).Store
	must(t, disconnect(s.rw))
	results, _ := together(t, s, note("w1"), note("w2"))
	if results[0] == "" || results[1] == "" {
		t.Errorf("%q", results)
	}
}

// TestWriteThatNobodyWaitsFor leaves the line before its turn comes.
func TestWriteThatNobodyWaitsFor(t *testing.T) {
	s := newClinic(t).Store
	release, err := s.writer.hold(t.Context())
	must(t, err)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- s.write(ctx, note("w1")) }()
	for s.writer.waits() == 0 {
		runtime.Gosched()
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("left with %v", err)
	}
	release()
	must(t, s.write(t.Context(), note("w2")))
	if kept := notes(t, s); kept != "w2" {
		t.Errorf("kept %q", kept)
	}
}

// TestNotWritable has a database that must not grow, as on a disk that is full but
// for what it has taken already. It is asked again though nobody has anything to
// write, and what has room goes well.
func TestNotWritable(t *testing.T) {
	aboutFiles(t)
	s := newClinic(t).Store
	must(t, s.rw.Exec("PRAGMA max_page_count = 1").Error) // as many as there are
	big := func(db *gorm.DB) error {
		return db.Create(&metaRow{Key: "w1", Value: strings.Repeat("x", 1<<16)}).Error
	}
	if err := s.write(t.Context(), big); !errors.Is(err, ErrUnavailable) || s.Writable() {
		t.Errorf("%v, and it is said to be writable", err)
	}
	limit, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !s.Writable() {
		if limit.Err() != nil {
			t.Fatal("never writable again")
		}
		runtime.Gosched()
	}
	if err := s.write(t.Context(), func(*gorm.DB) error { return errors.New("refused") }); errors.Is(err, ErrUnavailable) || !s.Writable() {
		t.Errorf("a refusal is taken for a fault of the database: %v", err)
	}
}

// TestOneThatLeavesTakesNobodyWithIt cancels one write in the middle of its statement,
// while another one shares the transaction.
func TestOneThatLeavesTakesNobodyWithIt(t *testing.T) {
	s := open(t)
	began, wait := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- s.write(t.Context(), func(db *gorm.DB) error {
			close(began)
			<-wait
			return db.Exec("UPDATE meta SET value = value").Error
		})
	}()
	<-began
	ctx, leave := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() {
		second <- s.write(ctx, func(db *gorm.DB) error {
			leave()
			return db.Exec("UPDATE meta SET value = value").Error
		})
	}()
	for waiting := 0; waiting == 0; {
		s.writer.mu.Lock()
		waiting = len(s.writer.waiting)
		s.writer.mu.Unlock()
	}
	close(wait)
	must(t, <-first)
	must(t, <-second)
}
