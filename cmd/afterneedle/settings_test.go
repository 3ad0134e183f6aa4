package main

import (
	"context"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/store"
)

const someToken = "123456:AAbb-s3cr3t_s3cr3t"

// sound are settings with which serve would start, were there a Telegram.
func sound(t *testing.T) env {
	t.Helper()
	return env{
		"TELEGRAM_BOT_TOKEN": someToken, "TELEGRAM_API_URL": "http://127.0.0.1:1",
		"DATABASE_URL":       filepath.Join(t.TempDir(), "clinic.db"),
		"AFTERNEEDLE_LISTEN": "127.0.0.1:0", "AFTERNEEDLE_TIMEZONE": "Europe/Berlin",
	}
}

// refuses checks that serve names one setting in one line, and starts nothing.
func refuses(t *testing.T, e env, parts ...string) {
	t.Helper()
	p := launch(t, e, "serve")
	if status := p.end(); status != exitUsage {
		t.Errorf("status %d, expected %d", status, exitUsage)
	}
	line, rest, _ := strings.Cut(p.log.String(), "\n")
	if rest != "" || line == "" {
		t.Errorf("expected one line, got:\n%s", p.log)
	}
	for _, part := range append(parts, "xpected") {
		if !strings.Contains(line, part) {
			t.Errorf("%q is not in %q", part, line)
		}
	}
	if said := p.log.String() + p.out.String(); strings.Contains(said, "s3cr3t") || strings.Contains(said, "msg=ready") {
		t.Errorf("it said:\n%s", said)
	}
	if p.out.String() != "" {
		t.Errorf("standard output holds %q", p.out)
	}
}

func TestFaultySettings(t *testing.T) {
	const clock, hook, secret = "AFTERNEEDLE_REHEARSAL_CLOCK", "AFTERNEEDLE_WEBHOOK_URL", "AFTERNEEDLE_WEBHOOK_SECRET"
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	tests := []struct {
		change []string
		says   string
	}{
		{[]string{"TELEGRAM_BOT_TOKEN", ""}, "TELEGRAM_BOT_TOKEN"},
		{[]string{"TELEGRAM_BOT_TOKEN", "s3cr3t"}, "TELEGRAM_BOT_TOKEN"},
		{[]string{"TELEGRAM_BOT_TOKEN", "123456:with s3cr3t"}, "TELEGRAM_BOT_TOKEN"},
		{[]string{"TELEGRAM_BOT_TOKEN_FILE", "/nowhere"}, "TELEGRAM_BOT_TOKEN_FILE"},
		{[]string{"TELEGRAM_BOT_TOKEN", "", "TELEGRAM_BOT_TOKEN_FILE", "/nowhere"}, "TELEGRAM_BOT_TOKEN_FILE"},
		{[]string{"TELEGRAM_BOT_TOKEN", "", "TELEGRAM_BOT_TOKEN_FILE", "/"}, "TELEGRAM_BOT_TOKEN_FILE"},
		{[]string{"TELEGRAM_BOT_TOKEN", "", "TELEGRAM_BOT_TOKEN_FILE", file(t, "token", "s3cr3t\n")}, "TELEGRAM_BOT_TOKEN"},
		{[]string{"TELEGRAM_API_URL", "http://api.telegram.org"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", ""}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "ftp://127.0.0.1"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "http://127.0.0.1:99999"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "api.telegram.org/bot" + someToken}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "https://me:s3cr3t@example.org"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "http://127.0.0.1:1/?key=s3cr3t"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "http://127.0.0.1:1?"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "http://127.0.0.1:1/#s3cr3t"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "http://127.0.0.1:1#"}, "TELEGRAM_API_URL"},
		{[]string{"TELEGRAM_API_URL", "http://127.0.0.1:1/my%api"}, "TELEGRAM_API_URL"},
		{[]string{"DATABASE_URL", ""}, "DATABASE_URL"},
		{[]string{"DATABASE_URL", "postgres://me:s3cr3t@[db/clinic"}, "DATABASE_URL"},
		{[]string{"DATABASE_URL", "mysql://me:s3cr3t@db/clinic"}, "DATABASE_URL"},
		{[]string{"DATABASE_URL_FILE", "/nowhere"}, "DATABASE_URL"},
		{[]string{"DATABASE_URL", t.TempDir()}, "DATABASE_URL"},
		{[]string{"DATABASE_URL", "/nowhere/clinic.db"}, "DATABASE_URL"},
		{[]string{"DATABASE_URL", "/proc/clinic.db"}, "DATABASE_URL"},
		{[]string{"DATABASE_URL", file(t, "letter", strings.Repeat("Dear doctor, ", 500))}, "DATABASE_URL"},
		{[]string{"AFTERNEEDLE_TIMEZONE", ""}, "AFTERNEEDLE_TIMEZONE"},
		{[]string{"AFTERNEEDLE_TIMEZONE", "Local"}, "AFTERNEEDLE_TIMEZONE"},
		{[]string{"AFTERNEEDLE_TIMEZONE", "Europe/Atlantis"}, "AFTERNEEDLE_TIMEZONE"},
		{[]string{"AFTERNEEDLE_TIMEZONE", "../etc/passwd"}, "AFTERNEEDLE_TIMEZONE"},
		{[]string{"AFTERNEEDLE_OWNERS", "maria"}, "AFTERNEEDLE_OWNERS"},
		{[]string{"AFTERNEEDLE_OWNERS", "12,,13"}, "AFTERNEEDLE_OWNERS"},
		{[]string{"AFTERNEEDLE_OWNERS", "-5"}, "AFTERNEEDLE_OWNERS"},
		{[]string{"AFTERNEEDLE_OWNERS", "99999999999999999999"}, "AFTERNEEDLE_OWNERS"},
		{[]string{"AFTERNEEDLE_CLINIC", "  "}, "AFTERNEEDLE_CLINIC"},
		{[]string{"AFTERNEEDLE_CLINIC", "two\nlines"}, "AFTERNEEDLE_CLINIC"},
		{[]string{"AFTERNEEDLE_CLINIC", strings.Repeat("x", 61)}, "AFTERNEEDLE_CLINIC"},
		{[]string{"AFTERNEEDLE_EMERGENCY", "the police"}, "AFTERNEEDLE_EMERGENCY"},
		{[]string{"AFTERNEEDLE_LISTEN", ""}, "AFTERNEEDLE_LISTEN"},
		{[]string{"AFTERNEEDLE_LISTEN", "8080"}, "AFTERNEEDLE_LISTEN"},
		{[]string{"AFTERNEEDLE_LISTEN", taken.Addr().String()}, "AFTERNEEDLE_LISTEN"},
		{[]string{"AFTERNEEDLE_RATE", ""}, "AFTERNEEDLE_RATE"},
		{[]string{"AFTERNEEDLE_RATE", "0"}, "AFTERNEEDLE_RATE"},
		{[]string{"AFTERNEEDLE_RATE", "1001"}, "AFTERNEEDLE_RATE"},
		{[]string{"AFTERNEEDLE_RATE", "x"}, "AFTERNEEDLE_RATE"},
		{[]string{"AFTERNEEDLE_RATE", "2.5"}, "AFTERNEEDLE_RATE"},
		{[]string{"AFTERNEEDLE_REHEARSAL_START", "2026-03-02T14:30:00Z"}, clock},
		{[]string{clock, "127.0.0.1:0", "AFTERNEEDLE_REHEARSAL_START", "2026-03-02 14:30"}, "AFTERNEEDLE_REHEARSAL_START"},
		{[]string{clock, "9000"}, clock},
		{[]string{clock, ":9000"}, clock},
		{[]string{clock, "0.0.0.0:9000"}, clock},
		{[]string{clock, "192.0.2.1:9000"}, clock},
		{[]string{clock, "127.0.0.1:0", "TELEGRAM_API_URL", "https://api.telegram.org"}, clock},
		{[]string{clock, taken.Addr().String()}, clock},
		{[]string{"AFTERNEEDLE_BACKUP_DIR", "/nowhere"}, "AFTERNEEDLE_BACKUP_DIR"},
		{[]string{"AFTERNEEDLE_BACKUP_DIR", t.TempDir(), clock, "127.0.0.1:0"}, "AFTERNEEDLE_BACKUP_DIR"},
		{[]string{"AFTERNEEDLE_BACKUP_KEEP", "0"}, "AFTERNEEDLE_BACKUP_KEEP"},
		{[]string{"AFTERNEEDLE_BACKUP_RECIPIENT", "s3cr3t"}, "AFTERNEEDLE_BACKUP_RECIPIENT"},
		{[]string{hook, "https://clinic.example/hook"}, secret},
		{[]string{secret, "s3cr3t"}, hook},
		{[]string{secret + "_FILE", "/nowhere"}, secret + "_FILE"},
		{[]string{hook, "https://clinic.example/hook", secret, "s3cr3t with blanks"}, secret},
		{[]string{hook, "https://clinic.example/hook", secret, "s3cr3t" + strings.Repeat("x", 260)}, secret},
		{[]string{hook, "http://clinic.example/hook", secret, "s3cr3t"}, hook},
		{[]string{hook, "clinic.example/hook", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://me:s3cr3t@clinic.example/hook", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/hook?key=s3cr3t", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/{hook}", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/hook?", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/hook#", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/a/../hook", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/./hook", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/hook/..", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/.", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/%2e%2e/hook", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/a%2Fhook", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example//hook", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/hook//", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example//", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example/healthz", secret, "s3cr3t"}, hook},
		{[]string{hook, "https://clinic.example:99999/hook", secret, "s3cr3t"}, hook},
		{[]string{"AFTERNEEDLE_CONTENT", "/nowhere"}, "AFTERNEEDLE_CONTENT"},
		{[]string{"AFTERNEEDLE_CONTENT", filepath.Dir(file(t, "protocol.yaml", "version: ["))}, "AFTERNEEDLE_CONTENT"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.change, " "), func(t *testing.T) {
			t.Parallel()
			e := sound(t).with(test.change...)
			refuses(t, e, test.says)
			if path := e["DATABASE_URL"]; strings.HasSuffix(path, "clinic.db") {
				if _, err := os.Stat(path); err == nil {
					t.Error("a database was made")
				}
			}
		})
	}
}

func TestMissingToken(t *testing.T) {
	refuses(t, sound(t).without("TELEGRAM_BOT_TOKEN"), "TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE")
}

// TestAPasswordIsNoFlag names a database with a password where everybody on the machine
// can read it.
func TestAPasswordIsNoFlag(t *testing.T) {
	for _, url := range []string{
		"postgres://me:s3cr3t@127.0.0.1:1/clinic", "postgres://me@127.0.0.1:1/clinic?password=s3cr3t",
		"postgresql://127.0.0.1:1/clinic?user=me&p%61ssword=s3cr3t", "postgres://me@127.0.0.1:1/clinic?sslpassword=s3cr3t",
	} {
		status, out, errs := ask(t, "", sound(t).without("DATABASE_URL"), "serve", "--database-url", url)
		if status != exitUsage || out != "" || strings.Count(errs, "\n") != 1 ||
			!strings.Contains(errs, "DATABASE_URL: a URL with a password is no flag; expected it in the environment") || strings.Contains(errs, "s3cr3t") {
			t.Errorf("%s: status %d\n%s%s", url, status, out, errs)
		}
	}
}

func TestRefusedToken(t *testing.T) {
	t.Parallel()
	telegram, err := sandbox.Start(sandbox.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer telegram.Close()
	e := sound(t).with("TELEGRAM_API_URL", telegram.URL())
	refuses(t, e, "TELEGRAM_BOT_TOKEN", "BotFather")
	refuses(t, e.with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0", "DATABASE_URL", filepath.Join(t.TempDir(), "r.db")),
		"TELEGRAM_BOT_TOKEN", "BotFather")
}

func TestReadOnlyDatabase(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("nothing is read-only for root")
	}
	e := sound(t)
	if err := os.WriteFile(e["DATABASE_URL"], nil, 0o400); err != nil {
		t.Fatal(err)
	}
	refuses(t, e, "DATABASE_URL")
}

// made opens a database and leaves it as it is, for serve to meet.
func made(t *testing.T, path string, rehearsal bool) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), path, store.Options{Rehearsal: rehearsal, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDatabaseOfSomebodyElse(t *testing.T) {
	t.Run("in use", func(t *testing.T) {
		t.Parallel()
		e := sound(t)
		s := made(t, e["DATABASE_URL"], false)
		defer s.Close()
		refuses(t, e, "DATABASE_URL", "another process")
	})
	t.Run("newer", func(t *testing.T) {
		t.Parallel()
		e := sound(t)
		if err := made(t, e["DATABASE_URL"], false).Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite3", e["DATABASE_URL"])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO migrations (id) VALUES ('999_from_the_future')"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		refuses(t, e, "DATABASE_URL", "newer")
	})
	t.Run("rehearsal in earnest", func(t *testing.T) {
		t.Parallel()
		e := sound(t)
		if err := made(t, e["DATABASE_URL"], true).Close(); err != nil {
			t.Fatal(err)
		}
		refuses(t, e, "DATABASE_URL", "rehearsal")
	})
	t.Run("earnest in a rehearsal", func(t *testing.T) {
		t.Parallel()
		e := sound(t).with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0")
		if err := made(t, e["DATABASE_URL"], false).Close(); err != nil {
			t.Fatal(err)
		}
		refuses(t, e, "DATABASE_URL", "rehearsal")
	})
	t.Run("another program's", func(t *testing.T) {
		t.Parallel()
		e := sound(t)
		db, err := sql.Open("sqlite3", e["DATABASE_URL"])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("CREATE TABLE recipes (id INTEGER)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		refuses(t, e, "DATABASE_URL", "another program")
	})
}

func TestCommandLine(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		out    string // standard output holds it
		errs   string // the one line on standard error holds it
	}{
		{nil, exitDone, "serve", ""},
		{[]string{"help"}, exitDone, "serve", ""},
		{[]string{"help", "serve"}, exitDone, "AFTERNEEDLE_RATE", ""},
		{[]string{"help", "juggle"}, exitUsage, "", "juggle"},
		{[]string{"--help"}, exitDone, "serve", ""},
		{[]string{"serve", "-h"}, exitDone, "TELEGRAM_BOT_TOKEN_FILE", ""},
		{[]string{"decide", "-h"}, exitDone, "JSON", ""},
		{[]string{"check", "-h"}, exitDone, "content", ""},
		{[]string{"demo", "-h"}, exitDone, "--seed", ""},
		{[]string{"healthcheck", "-h"}, exitDone, "AFTERNEEDLE_LISTEN", ""},
		{[]string{"juggle"}, exitUsage, "", "juggle"},
		{[]string{"rehearse"}, exitUsage, "", "rehearse"},
		{[]string{"serve", "--juggle"}, exitUsage, "", "--juggle"},
		{[]string{"serve", "--telegram-bot-token=" + someToken}, exitUsage, "", "unknown flag"},
		{[]string{"serve", someToken}, exitUsage, "", "unexpected argument <token>"},
		{[]string{"demo", "--seed", "x"}, exitUsage, "", "seed"},
		{[]string{"check", "a", "b"}, exitUsage, "", "b"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			status, out, errs := ask(t, "", nil, test.args...)
			if status != test.status {
				t.Errorf("status %d, expected %d", status, test.status)
			}
			if !strings.Contains(out, test.out) || !strings.Contains(errs, test.errs) {
				t.Errorf("standard output:\n%s\nstandard error:\n%s", out, errs)
			}
			if n := strings.Count(errs, "\n"); test.errs != "" && n != 1 || test.errs == "" && errs != "" {
				t.Errorf("%d lines on standard error", n)
			}
			if strings.Contains(out+errs, someToken) {
				t.Error("the token is repeated")
			}
		})
	}
}
