package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// IsPostgres reports whether source names a PostgreSQL database.
func IsPostgres(source string) bool {
	return strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://")
}

// ErrPostgresURL is returned by Open for a URL that cannot be read. The URL is not
// repeated: it may hold a password.
var ErrPostgresURL = errors.New("expected postgres://USER@HOST/DATABASE")

// postgresServer is a PostgreSQL database, which one process has for itself or
// several share; postgres_locks.go tells how.
type postgresServer struct {
	config  *pgx.ConnConfig
	replica string // this process among those that share the database; empty: it has it alone
	// grace is how long this process has to be connected before it takes others for
	// dead: after the server was away, they need a moment to come back.
	grace time.Duration

	mu           sync.Mutex
	opened       bool
	alone        bool          // nobody else has it open
	refusedSince time.Time     // the first connection that was refused since one was not
	lost         chan struct{} // closed when another process has taken the database for itself
}

// standBy is how often a process that stands by looks whether it is its turn.
const standBy = time.Second

// answerMost bounds a transaction while others share the database, a little above
// what the server itself allows one statement.
const answerMost = 20 * time.Second

func parsePostgres(source, replica string) (*postgresServer, error) {
	config, err := pgx.ParseConfig(source)
	if err != nil {
		return nil, ErrPostgresURL
	}
	limits := map[string]string{
		"application_name": "afterneedle",
		// A machine that is gone without a word gives the lock back after 11 s.
		"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
		// Whoever is alone with a large database may take its time.
		"statement_timeout": "600000", "idle_in_transaction_session_timeout": "60000",
	}
	if replica != "" {
		// A process that was suspended in the middle of a transaction must not keep
		// the others from writing.
		limits["statement_timeout"], limits["idle_in_transaction_session_timeout"] = "15000", "5000"
	}
	// Whoever waits for the turn to write must see what was written meanwhile.
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	for name, value := range limits {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	return &postgresServer{config: config, replica: replica, grace: reconnecting, lost: make(chan struct{})}, nil
}

// name is the database without its password.
func (p *postgresServer) name() string {
	return fmt.Sprintf("postgres://%s/%s", p.config.Host, p.config.Database)
}

func (p *postgresServer) open(ctx context.Context, s *Store) (err error) {
	if s.rw, err = p.connect(1, p.takeLocks); err != nil {
		return err
	}
	var last error // before ctx had ended
	for told := ""; ; {
		err := p.ping(ctx, s.rw)
		if err == nil {
			break
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		waits := waitsFor(err)
		if waits == "" {
			return err
		}
		if told != waits {
			why := []any{"err", err}
			if keptOut(err) {
				why = nil // the line says it already
			}
			s.log.Warn(waits, why...)
			told = waits
		}
		select {
		case <-time.After(standBy):
		case <-ctx.Done():
			if keptOut(last) {
				return ErrInUse
			}
			return last
		}
	}
	p.mu.Lock()
	p.opened = true
	p.mu.Unlock()
	if p.replica != "" {
		s.writer.begin, s.writer.limit = takeTurn, answerMost
	}
	s.ro, err = p.connect(readers, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SET default_transaction_read_only = on")
		return err
	})
	return err
}

// keptOut reports whether other processes have the database.
func keptOut(err error) bool { return errors.Is(err, ErrTakenOver) || errors.Is(err, errOlder) }

// waitsFor says what a process waits for that cannot have the database now; empty
// when waiting does not help.
func waitsFor(err error) string {
	var refused *pgconn.PgError
	switch {
	case errors.Is(err, ErrTakenOver):
		return "another process works with this database; standing by"
	case errors.Is(err, errOlder):
		return "a process of an older version works with this database; standing by"
	case errors.Is(err, context.Canceled):
		return ""
	case !errors.As(err, &refused):
		return "the database server cannot be reached; trying again"
	case refused.Code == "57P03" || refused.Code == "53300": // starting, or full
		return "the database server takes no connection yet; trying again"
	}
	return ""
}

func (p *postgresServer) ping(ctx context.Context, db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.PingContext(ctx)
}

// connect opens a pool of conns connections, each of which prepares itself first. The
// driver forgets one that fails to, and leaves it open with its locks.
func (p *postgresServer) connect(conns int, prepare func(context.Context, *pgx.Conn) error) (*gorm.DB, error) {
	pool := stdlib.OpenDB(*p.config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		err := prepare(ctx, conn)
		if err != nil {
			_ = conn.Close(ctx)
		}
		return err
	}))
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		Logger:                 logger.Discard, // as with SQLite: rows hold names and pain scores
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

func (*postgresServer) close() error { return nil }

func (*postgresServer) tables(db *gorm.DB) (names []string, err error) {
	err = db.Raw("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").Scan(&names).Error
	return names, err
}

// schema: rows are kept as SQLite keeps them, and texts are ordered by their bytes
// as they are there.
func (*postgresServer) schema(script string) string {
	return strings.NewReplacer(
		"INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
		" WITHOUT ROWID", "",
		" BLOB", " BYTEA",
		" TEXT", ` TEXT COLLATE "C"`,
	).Replace(script)
}

func (*postgresServer) list() string { return "jsonb_array_elements(CAST(? AS jsonb)) AS j (value)" }

func (*postgresServer) leading() string { return "JOIN" }

func (*postgresServer) view() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// lastID asks the rows as well: one that came with its id has not moved the sequence.
func (*postgresServer) lastID(db *gorm.DB, table string) (last int64, err error) {
	var sequence string
	if err := db.Raw("SELECT pg_get_serial_sequence(?, 'id')", table).Scan(&sequence).Error; err != nil {
		return 0, err
	}
	err = db.Raw("SELECT GREATEST(CASE WHEN is_called THEN last_value ELSE last_value - 1 END, (SELECT MAX(id) FROM " + table + ")) FROM " + sequence).
		Scan(&last).Error
	return last, err
}

func (*postgresServer) numberBehind(db *gorm.DB, table string, last int64) error {
	return db.Exec("SELECT setval(pg_get_serial_sequence(?, 'id'), ?, false)", table, last+1).Error
}

// learn does not wait for the server to do it by itself, which may be a minute later.
func (*postgresServer) learn(db *gorm.DB) error { return db.Exec("ANALYZE").Error }

// check has nothing to do: the server sees to it.
func (*postgresServer) check(*gorm.DB) error { return nil }

// wipe has nothing that it could do: what PostgreSQL keeps of deleted rows is its
// operator's concern.
func (*postgresServer) wipe(context.Context, *gorm.DB, time.Duration) error { return nil }
