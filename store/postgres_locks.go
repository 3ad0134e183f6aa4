package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// Advisory locks of PostgreSQL keep processes apart. They belong to a connection or
// to a transaction, so that whoever dies gives them back. Each is for one schema.
const (
	// clinicLock is held by every process that has the database open: by one that
	// has it alone, or by several that share it.
	clinicLock = 0x41464E
	// lifeLock is held by each of those that share it, under its own name: whoever
	// can take it knows that the other's connection is gone.
	lifeLock = 0x41464F
	// turnLock is held by the one transaction that writes at the moment.
	turnLock = 0x414650
)

// ErrTakenOver says that another process has taken the database for itself while
// the connection was away.
var ErrTakenOver = errors.New("another process has taken over this database")

// errStarting says that another process has the database for itself for a moment, as
// each one has while it starts.
var errStarting = errors.New("another process has this database for itself at the moment")

// startMost is how long that may be so before it is no start any more.
const startMost = 10 * time.Second

// errOlder says that the schema is to be changed while others work with it.
var errOlder = errors.New("processes of an older version work with this database")

// Lost is closed when another process has taken the database for itself. It never is
// with SQLite, whose lock does not go away.
func (s *Store) Lost() <-chan struct{} {
	if p, ok := s.engine.(*postgresServer); ok {
		return p.lost
	}
	return nil
}

// takeLocks takes the right to write for a new connection. The first one of a
// process asks to be alone, because the schema may have to be changed.
func (p *postgresServer) takeLocks(ctx context.Context, conn *pgx.Conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := false
	var err error
	p.alone = false
	if p.replica == "" || !p.opened {
		if took, err = tryLock(ctx, conn, "pg_try_advisory_lock"); err != nil {
			return err
		}
		p.alone = took
	}
	if !took && p.replica != "" {
		if took, err = tryLock(ctx, conn, "pg_try_advisory_lock_shared"); err != nil {
			return err
		}
		if took && !p.opened {
			if err := upToDate(ctx, conn); err != nil {
				return err
			}
		}
	}
	if took {
		p.refusedSince = time.Time{}
	}
	switch {
	case took && p.replica != "":
		_, err := conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1, hashtext(current_schema() || '/' || $2))", lifeLock, p.replica)
		return err
	case !took && p.opened && p.replica != "" && p.maybeStarting():
		return errStarting
	case !took && p.opened:
		select {
		case <-p.lost:
		default:
			close(p.lost)
		}
		fallthrough
	case !took:
		return ErrTakenOver
	}
	return nil
}

// maybeStarting reports whether the process that has the database for itself may only
// be starting. Under load connections are made many times a second, so that their
// number says nothing.
func (p *postgresServer) maybeStarting() bool {
	if p.refusedSince.IsZero() {
		p.refusedSince = time.Now()
	}
	return time.Since(p.refusedSince) < startMost
}

func tryLock(ctx context.Context, conn *pgx.Conn, function string) (took bool, err error) {
	err = conn.QueryRow(ctx, "SELECT "+function+"($1, hashtext(current_schema()))", clinicLock).Scan(&took)
	return took, err
}

// upToDate is errOlder for a schema that has to be changed first.
func upToDate(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "SELECT id FROM migrations")
	if err != nil {
		return err
	}
	have, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && incomplete(have) {
		return errOlder
	}
	return err
}

// share lets other processes in, once the schema is as it should be. Who was
// there before this process had it alone is gone.
func (p *postgresServer) share(db *gorm.DB) error {
	p.mu.Lock()
	alone := p.alone
	p.mu.Unlock()
	if !alone {
		return nil
	}
	if err := db.Where("true").Delete(&replicaRow{}).Error; err != nil || p.replica == "" {
		return err
	}
	err := db.Exec("SELECT pg_advisory_lock_shared(?, hashtext(current_schema()))", clinicLock).Error
	if err != nil {
		return err
	}
	return db.Exec("SELECT pg_advisory_unlock(?, hashtext(current_schema()))", clinicLock).Error
}

// takeTurn waits until no other process writes. The lock goes with the transaction.
func takeTurn(db *gorm.DB) error {
	return db.Exec("SELECT pg_advisory_xact_lock(?, hashtext(current_schema()))", turnLock).Error
}

// unconnected reports whether a process has no connection to the database.
func unconnected(db *gorm.DB, replica string) (gone bool, err error) {
	err = db.Raw("SELECT pg_try_advisory_xact_lock(?, hashtext(current_schema() || '/' || ?))", lifeLock, replica).Scan(&gone).Error
	return gone, err
}

// connectedFor is how long this process has been connected.
func connectedFor(db *gorm.DB) (time.Duration, error) {
	var ms int64
	err := db.Raw(`SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp() - backend_start) * 1000 AS BIGINT)
		FROM pg_stat_activity WHERE pid = pg_backend_pid()`).Scan(&ms).Error
	return time.Duration(ms) * time.Millisecond, err
}
