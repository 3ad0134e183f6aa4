// Package pgserver starts a PostgreSQL server in a folder of its own, for tests and
// measurements. It is reached over a socket in that folder and by nobody else.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNone says that this machine has no PostgreSQL server to start.
var ErrNone = errors.New("there is no PostgreSQL server on this machine (Debian: postgresql)")

// Server is a running PostgreSQL server.
type Server struct {
	dir  string
	bin  string
	as   *syscall.SysProcAttr
	proc *exec.Cmd
	done chan struct{}
}

// startLimit bounds how long the server may take to start, in real time.
const startLimit = time.Minute

// Start makes an empty cluster and starts it. What is written is not flushed to
// disk: a power failure is not what it is for.
func Start(ctx context.Context) (s *Server, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s = &Server{dir: dir, bin: bin}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := s.leaveRoot(); err != nil {
		return nil, err
	}
	setUp := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", s.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
	setUp.SysProcAttr, setUp.Dir = s.as, dir
	if said, err := setUp.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, said)
	}
	return s, s.Run(ctx)
}

// binaries is the folder with the programs of the newest version.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		path, err := exec.LookPath("initdb")
		if err != nil {
			return "", ErrNone
		}
		return filepath.Dir(path), nil
	}
	return filepath.Dir(slices.Max(found)), nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// leaveRoot gives the folder to another user when this one is root, as whom the
// server does not start.
func (s *Server) leaveRoot() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return os.Chown(s.dir, int(uid), int(gid))
}

// Run starts a server that was stopped again.
func (s *Server) Run(ctx context.Context) error {
	s.proc = exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
	s.proc.SysProcAttr, s.proc.Dir = s.as, s.dir
	if err := s.proc.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	s.done = done
	go func() {
		_ = s.proc.Wait()
		close(done)
	}()
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL(""))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-done:
			return fmt.Errorf("the server has stopped: %w", err)
		case <-ctx.Done():
			return err
		}
	}
}

// URL is where the database is reached; tables stand in the schema with that name,
// or in the usual one.
func (s *Server) URL(schema string) string {
	query := url.Values{"host": {s.dir}}
	if schema != "" {
		query.Set("search_path", schema)
	}
	return "postgres://postgres@/postgres?" + query.Encode()
}

// Schema makes a schema, unless it is there.
func Schema(ctx context.Context, base, schema string) (string, error) {
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize())
	u, parseErr := url.Parse(base)
	if err := errors.Join(err, parseErr, conn.Close(ctx)); err != nil {
		return "", err
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// Halt stops the server at once, as a crash would; Run starts it again.
func (s *Server) Halt() {
	_ = s.proc.Process.Signal(syscall.SIGQUIT)
	<-s.done
}

// Close stops the server and removes what it has kept.
func (s *Server) Close() error {
	s.Halt()
	return os.RemoveAll(s.dir)
}
