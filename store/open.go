package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

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
	// Replica names this process among several that share a PostgreSQL database;
	// empty when it wants it alone.
	Replica string
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

// readers is the size of the pool that only reads.
const readers = 4

// Store is an open database. Its methods may be called from several goroutines.
type Store struct {
	path       string // of a file, or the name of a database without its password
	clinicZone *time.Location
	log        *slog.Logger
	engine     engine
	writer     *writer
	rw         *gorm.DB // one connection
	ro         *gorm.DB // a few, that only read

	unwiped   atomic.Bool // what was erased may still be in the engine's log
	protocols sync.Map    // version to *rehab.Protocol; never changed once stored
	zones     sync.Map    // name to *time.Location
	closing   sync.Once
}

// engine is what the two kinds of database do differently.
type engine interface {
	// open connects, and keeps others from working with the database.
	open(ctx context.Context, s *Store) error
	// share lets those others in that may share it.
	share(db *gorm.DB) error
	// close gives that back.
	close() error
	// tables names the tables that there are.
	tables(db *gorm.DB) ([]string, error)
	// schema puts a script of SQLite's into the engine's words.
	schema(script string) string
	// list is a table "j" with a column "value", one row for each element of the
	// JSON array that is its parameter.
	list() string
	// leading joins a table to one that the query has to begin with.
	leading() string
	// view are the options of a transaction that sees one state of the database.
	view() *sql.TxOptions
	// lastID is the largest id that a table has ever given out, 0 when none.
	lastID(db *gorm.DB, table string) (int64, error)
	// numberBehind lets the ids of a table go on behind one.
	numberBehind(db *gorm.DB, table string, last int64) error
	// learn lets the engine look at what it holds, so that it plans its queries well.
	learn(db *gorm.DB) error
	// check looks for damage.
	check(db *gorm.DB) error
	// wipe erases what was deleted from wherever else the engine keeps it. It waits
	// for those who read it so long at the most, and fails then.
	wipe(ctx context.Context, rw *gorm.DB, wait time.Duration) error
}

// Open opens a database, brings its schema up to date, and takes it for this
// process: source is the path of an SQLite file, which is created when it is
// missing, or a URL such as postgres://clinic@localhost/afterneedle. A file that
// another process has is ErrInUse. PostgreSQL can be shared by those that name
// themselves a Replica; otherwise, and while the schema is older than this program,
// Open stands by until others are gone; when ctx ends before that, it is ErrInUse.
// Each error is one line that names the database.
func Open(ctx context.Context, source string, o Options) (*Store, error) {
	s := &Store{path: source, clinicZone: o.ClinicZone, log: o.Log, writer: newWriter()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clinicZone == nil {
		s.clinicZone = time.UTC
	}
	if IsPostgres(source) {
		p, err := parsePostgres(source, o.Replica)
		if err != nil {
			return nil, err
		}
		s.path, s.engine = p.name(), p
	} else {
		s.engine = &sqliteFile{}
	}
	s.unwiped.Store(true) // a process that was killed may have left a log
	name := s.path        // as it was asked for
	err := s.engine.open(ctx, s)
	if err == nil {
		err = s.prepare(ctx, o)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", name, plain(err)), s.Close())
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context, o Options) error {
	if err := migrate(s.rw.WithContext(ctx), s.engine); err != nil {
		return err
	}
	if err := s.write(ctx, func(db *gorm.DB) error { return settleMeta(db, o) }); err != nil {
		return err
	}
	return s.engine.share(s.rw.WithContext(ctx))
}

// GiveUp ends what is being written, without waiting for a database that does not
// answer. Nothing can be written afterwards.
func (s *Store) GiveUp() { s.writer.giveUp() }

// Close waits for the writer, and gives the file back.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		if s.writer.base.Err() != nil {
			err = s.engine.close() // the connections go with the process
			return
		}
		release, _ := s.writer.hold(context.Background())
		defer release()
		// The readers go first: the last connection to close folds SQLite's
		// write-ahead log into the file.
		err = errors.Join(disconnect(s.ro), disconnect(s.rw), s.engine.close())
	})
	return err
}

// write runs fn in the transaction that writes at this moment, together with what
// others write.
func (s *Store) write(ctx context.Context, fn func(*gorm.DB) error) error {
	err := s.writer.do(ctx, s.rw, fn)
	if err == nil {
		s.wipeRest(ctx)
	}
	return err
}

// looking bounds a look at the database.
func (s *Store) looking(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := s.writer.bounded(ctx)
	stop := context.AfterFunc(s.writer.base, end)
	return ctx, func() {
		stop()
		end()
	}
}

// read runs fn on one consistent view of the database.
func (s *Store) read(ctx context.Context, fn func(*gorm.DB) error) error {
	ctx, end := s.looking(ctx)
	defer end()
	return s.ro.WithContext(ctx).Transaction(fn, s.engine.view())
}

// Check looks for damage: broken pages, and rows that refer to missing ones.
func (s *Store) Check(ctx context.Context) error {
	return s.read(ctx, func(db *gorm.DB) error {
		if err := s.engine.check(db); err != nil {
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
			UNION ALL SELECT MAX(due_at) FROM inflight
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
