package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/mattn/go-sqlite3" // the driver
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"afterneedle/store/pgserver"
)

// databases are where both sides keep their queue: files in a folder, or schemas
// of a server.
type databases struct {
	dir    string
	server *pgserver.Server // nil with SQLite
	made   int
}

func openDatabases(ctx context.Context, kind string) (d *databases, err error) {
	d = &databases{}
	if kind == "postgres" {
		d.server, err = pgserver.Start(ctx)
		return d, err
	}
	d.dir, err = os.MkdirTemp("", "compare")
	return d, err
}

func (d *databases) close() error {
	if d.server != nil {
		return d.server.Close()
	}
	return os.RemoveAll(d.dir)
}

// another is an empty database.
func (d *databases) another(ctx context.Context) (string, error) {
	d.made++
	if d.server != nil {
		return pgserver.Schema(ctx, d.server.URL(""), fmt.Sprintf("compare%d", d.made))
	}
	return filepath.Join(d.dir, fmt.Sprintf("compare%d.db", d.made)), nil
}

// riverSide is River on a database.
type riverSide struct {
	run   func(ctx context.Context, server *telegram, tune func(*river.Config)) (time.Duration, error)
	close func() error
}

// openRiver makes River's tables in an empty database.
func (d *databases) openRiver(ctx context.Context, t trial) (*riverSide, error) {
	database, err := d.another(ctx)
	if err != nil {
		return nil, err
	}
	if d.server != nil {
		pool, err := pgxpool.New(ctx, database)
		if err != nil {
			return nil, err
		}
		driver := riverpgxv5.New(pool)
		return &riverSide{
			run: func(ctx context.Context, server *telegram, tune func(*river.Config)) (time.Duration, error) {
				return work(ctx, t, driver, server, tune)
			},
			close: func() error { pool.Close(); return nil },
		}, migrate(ctx, driver)
	}
	// As our own store opens its file, and with one connection, as River asks for.
	pool, err := sql.Open("sqlite3", "file:"+database+"?"+url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"}, "_foreign_keys": {"1"},
		"_cache_size": {"-8192"}, "_busy_timeout": {"5000"}, "_stmt_cache_size": {"128"},
	}.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	driver := riversqlite.New(pool)
	return &riverSide{
		run: func(ctx context.Context, server *telegram, tune func(*river.Config)) (time.Duration, error) {
			return work(ctx, t, driver, server, tune)
		},
		close: pool.Close,
	}, migrate(ctx, driver)
}

var errSlow = errors.New("not everything has arrived")

// patience is how long one measurement may take to go on.
const patience = 2 * time.Minute

// wait returns when everything that is expected has arrived.
func (t *telegram) wait(ctx context.Context) error {
	select {
	case <-t.all:
		return nil
	case <-time.After(patience):
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}
