package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"afterneedle/rehab"
)

// Options are what a database has to be told when it is opened.
type Options struct {
	// Rehearsal says that the program runs on virtual time. A database
	// remembers it and is never used the other way.
	Rehearsal bool
	// Now is the present; a new database notes it.
	Now time.Time
	// ClinicZone is given to every course that is loaded; nil is UTC.
	ClinicZone *time.Location
	// Log gets a line for each course that had to be set aside; nil is none.
	Log *slog.Logger
}

var (
	// ErrInUse is returned by Open while another process has the file open.
	ErrInUse = errors.New("another process is using this database")
	// ErrRehearsal is returned by Open for a rehearsal's database in earnest, and
	// the other way round.
	ErrRehearsal = errors.New("rehearsal and real data are never mixed")
	// ErrNewer is returned by Open for a database that a newer program wrote.
	ErrNewer = errors.New("written by a newer version of this program")
)

// oldestSQLite is the first release in which two connections that write and
// checkpoint at the same time cannot damage a WAL database (sqlite.org/wal.html,
// "the WAL-reset bug").
var oldestSQLite = [3]int{3, 51, 3}

// readers is the size of the pool that only reads.
const readers = 4

// Store is an open database. Its methods may be called from several goroutines.
type Store struct {
	path       string
	clinicZone *time.Location
	log        *slog.Logger
	lock       *os.File
	writer     *writer
	rw         *gorm.DB
	ro         *gorm.DB

	protocols sync.Map // version to *rehab.Protocol; never changed once stored
	zones     sync.Map // name to *time.Location
	closing   sync.Once
}

// Open opens the SQLite file at path, creating it when it is missing, takes it
// for this process alone and brings its schema up to date. Each error is one
// line that names the file.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	s := &Store{path: path, clinicZone: o.ClinicZone, log: o.Log, writer: newWriter()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clinicZone == nil {
		s.clinicZone = time.UTC
	}
	err := s.open(ctx, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, plain(err)), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
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
	if s.lock, err = lockFile(s.path + ".lock"); err != nil {
		return err
	}
	if s.rw, err = connect(s.path, 1, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"},
		"_foreign_keys": {"1"}, "_secure_delete": {"1"}, "_cache_size": {"-8192"},
	}); err != nil {
		return err
	}
	if err := migrate(s.rw.WithContext(ctx)); err != nil {
		return err
	}
	if err := s.write(ctx, func(db *gorm.DB) error { return settleMeta(db, o) }); err != nil {
		return err
	}
	s.ro, err = connect(s.path, readers, url.Values{"_query_only": {"1"}, "_txlock": {"deferred"}})
	return err
}

// Close waits for the writer, and gives the file back.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		release, _ := s.writer.hold(context.Background())
		defer release()
		// The readers go first: the last connection to close folds the
		// write-ahead log into the file.
		err = errors.Join(disconnect(s.ro), disconnect(s.rw))
		if s.lock != nil {
			err = errors.Join(err, s.lock.Close())
		}
	})
	return err
}

// write runs fn in the transaction that writes at this moment, together with what
// others write.
func (s *Store) write(ctx context.Context, fn func(*gorm.DB) error) error {
	return s.writer.do(ctx, s.rw, fn)
}

// read runs fn on one consistent view of the database.
func (s *Store) read(ctx context.Context, fn func(*gorm.DB) error) error {
	return s.ro.WithContext(ctx).Transaction(fn)
}

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
	settings.Set("_busy_timeout", "5000")
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

// Check looks for damage: broken pages, and rows that refer to missing ones.
func (s *Store) Check(ctx context.Context) error {
	return s.read(ctx, func(db *gorm.DB) error {
		if err := checkSound(db); err != nil {
			return fmt.Errorf("database %s: %w", s.path, err)
		}
		return nil
	})
}

// LatestTime returns the last instant at which anything was written down, so
// that virtual time does not start before it.
func (s *Store) LatestTime(ctx context.Context) (time.Time, error) {
	var latest instant
	err := s.read(ctx, func(db *gorm.DB) error {
		return db.Raw(`SELECT MAX(at) FROM (
			SELECT MAX(at) AS at FROM inbox
			UNION ALL SELECT MAX(saved_at) FROM courses
			UNION ALL SELECT MAX(created_at) FROM patients
			UNION ALL SELECT MAX(created_at) FROM invites
			UNION ALL SELECT MAX(created_at) FROM broadcasts
			UNION ALL SELECT MAX(planned_at) FROM messages
			UNION ALL SELECT MAX(ended_at) FROM messages
			UNION ALL SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'created'
		) AS times`).Scan(&latest).Error
	})
	return latest.time(), err
}

// protocol returns a protocol by its version, from memory when it was asked for
// before.
func (s *Store) protocol(db *gorm.DB, version string) (*rehab.Protocol, error) {
	if known, ok := s.protocols.Load(version); ok {
		return known.(*rehab.Protocol), nil
	}
	var row protocolRow
	if err := one(db.Where("version = ?", version), &row); err != nil {
		return nil, err
	}
	p, err := fromJSON[*rehab.Protocol](row.JSON)
	if err != nil {
		return nil, err
	}
	known, _ := s.protocols.LoadOrStore(version, p)
	return known.(*rehab.Protocol), nil
}
