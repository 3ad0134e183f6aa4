package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// ErrUnavailable marks an error of the database itself: the disk is full or takes
// nothing, somebody else holds the lock, the server is away. Whatever was to be
// written can be written later.
var ErrUnavailable = errors.New("the database cannot be used")

// Writable reports whether the last attempt to write reached the disk. Where it did
// not, it begins another one and does not wait for it: nobody else may have anything
// to write for a while.
func (s *Store) Writable() bool {
	if !s.writer.failing.Load() {
		return true
	}
	if s.writer.trying.CompareAndSwap(false, true) {
		go func() {
			defer s.writer.trying.Store(false)
			_ = s.write(context.Background(), func(*gorm.DB) error { return nil })
		}()
	}
	return false
}

// touch writes something: an empty transaction goes well on a full disk.
func touch(db *gorm.DB) error {
	return db.Exec("UPDATE meta SET value = value WHERE key = 'rehearsal'").Error
}

// marked makes an ErrUnavailable of an error that is one.
func marked(err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) || !unavailable(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// unavailable tells errors of the database from those of what was to be done.
func unavailable(err error) bool {
	if refused, ok := errors.AsType[sqlite3.Error](err); ok {
		switch refused.Code {
		case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrNomem, sqlite3.ErrReadonly, sqlite3.ErrIoErr, sqlite3.ErrCorrupt,
			sqlite3.ErrFull, sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrNotADB:
			return true
		}
		return false
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch refused.Code[:min(2, len(refused.Code))] {
		// Connections, resources such as the disk, an operator, the system.
		case "08", "53", "57", "58":
			return true
		}
		return refused.Code == "25006" // read-only
	}
	_, network := errors.AsType[net.Error](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return network || connecting || pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, sql.ErrTxDone) || // the server, or the limit of the group, has ended it
		pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded)
}
