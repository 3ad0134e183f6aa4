package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// sqliteFile is an SQLite file that this process has for itself.
type sqliteFile struct{ lock *os.File }

// oldestSQLite is the first release in which two connections that write and
// checkpoint at the same time cannot damage a WAL database (sqlite.org/wal.html,
// "the WAL-reset bug").
var oldestSQLite = [3]int{3, 51, 3}

func (f *sqliteFile) open(_ context.Context, s *Store) (err error) {
	if err := checkVersion(); err != nil {
		return err
	}
	if err := claimFile(s.path); err != nil {
		return err
	}
	// The lock goes with the file, whatever name it was asked for by.
	if s.path, err = filepath.EvalSymlinks(s.path); err != nil {
		return err
	}
	if f.lock, err = lockFile(s.path + ".lock"); err != nil {
		return err
	}
	if s.rw, err = connect(s.path, 1, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"},
		"_foreign_keys": {"1"}, "_secure_delete": {"1"}, "_cache_size": {"-8192"},
	}); err != nil {
		return err
	}
	s.ro, err = connect(s.path, readers, url.Values{"_query_only": {"1"}, "_txlock": {"deferred"}})
	return err
}

func (f *sqliteFile) close() error {
	if f.lock == nil {
		return nil
	}
	return f.lock.Close()
}

// share has nobody to let in.
func (*sqliteFile) share(*gorm.DB) error { return nil }

func (*sqliteFile) tables(db *gorm.DB) (names []string, err error) {
	err = db.Raw("SELECT name FROM sqlite_master WHERE type = 'table'").Scan(&names).Error
	return names, err
}

func (*sqliteFile) schema(script string) string { return script }

func (*sqliteFile) list() string { return "json_each(?) AS j" }

// leading keeps SQLite from turning a join round.
func (*sqliteFile) leading() string { return "CROSS JOIN" }

func (*sqliteFile) view() *sql.TxOptions { return nil }

func (*sqliteFile) lastID(db *gorm.DB, table string) (last int64, err error) {
	err = db.Raw("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = ?", table).Scan(&last).Error
	return last, err
}

func (*sqliteFile) numberBehind(db *gorm.DB, table string, last int64) error {
	return firstError(
		db.Exec("DELETE FROM sqlite_sequence WHERE name = ?", table).Error,
		db.Exec("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, last).Error,
	)
}

// learn has nothing to do: our queries tell SQLite what to begin with.
func (*sqliteFile) learn(*gorm.DB) error { return nil }

func (*sqliteFile) check(db *gorm.DB) error { return checkSound(db) }

// errLogRead says that the write-ahead log cannot be emptied yet.
var errLogRead = errors.New("somebody is reading it, such as a backup; it is tried again with the next writes")

// wipe empties the write-ahead log, which still holds what was erased. SQLite says in
// a row, and not by an error, that it could not.
func (*sqliteFile) wipe(ctx context.Context, rw *gorm.DB, wait time.Duration) error {
	return rw.WithContext(ctx).Connection(func(db *gorm.DB) (err error) {
		if err := setBusyTimeout(db, wait); err != nil {
			return err
		}
		defer func() {
			err = errors.Join(err, setBusyTimeout(db.WithContext(context.WithoutCancel(ctx)), busyTimeout))
		}()
		var done struct{ Busy bool }
		if err := db.Raw("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&done).Error; err != nil {
			return err
		}
		if done.Busy {
			return errLogRead
		}
		return nil
	})
}

// busyTimeout is how long a connection waits for a lock.
const busyTimeout = 5 * time.Second

func setBusyTimeout(db *gorm.DB, most time.Duration) error {
	return db.Exec("PRAGMA busy_timeout = " + milliseconds(most)).Error
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// claimFile makes sure that path is a file that only this user can read.
func claimFile(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("expected a file")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), oneName(f), f.Close())
}

// oneName refuses a file with several hard links: SQLite names its log after the
// file, and two logs for one file destroy it.
func oneName(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if links, ok := info.Sys().(*syscall.Stat_t); ok && links.Nlink > 1 {
		return errors.New("expected a file without further hard links")
	}
	return nil
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrInUse
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func connect(path string, conns int, settings url.Values) (*gorm.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	settings.Set("_busy_timeout", milliseconds(busyTimeout))
	settings.Set("_stmt_cache_size", "128")
	dsn := "file:" + (&url.URL{Path: absolute}).EscapedPath() + "?" + settings.Encode()
	pool, err := sql.Open(sqlite.DriverName, dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	db, err := gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), &gorm.Config{
		// Rows hold names and pain scores: GORM says nothing, and every error
		// goes to the caller.
		Logger:                 logger.Discard,
		SkipDefaultTransaction: true,
		TranslateError:         true,
	})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

func disconnect(db *gorm.DB) error {
	if db == nil {
		return nil
	}
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

func checkVersion() error {
	version, _, _ := sqlite3.Version()
	var v [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
		return fmt.Errorf("SQLite %s: expected a version such as 3.51.3", version)
	}
	if slices.Compare(v[:], oldestSQLite[:]) < 0 {
		return fmt.Errorf("built with SQLite %s: expected 3.51.3 or newer", version)
	}
	return nil
}

// plain takes the path out of a system error, which repeats it.
func plain(err error) error {
	if system, ok := errors.AsType[*os.PathError](err); ok {
		return system.Err
	}
	return err
}
