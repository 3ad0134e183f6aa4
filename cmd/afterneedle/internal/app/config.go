// Package app wires the rooms of the program together and starts and stops
// them. It is the one place that knows every package.
package app

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"afterneedle/store"
)

// Config are the settings of serve. Each is an environment variable and, but
// for secrets, a flag; a secret can also be the content of the file that
// NAME_FILE names.
type Config struct {
	Token    string `kong:"-"`
	APIURL   string `name:"telegram-api-url" env:"TELEGRAM_API_URL" default:"https://api.telegram.org" placeholder:"URL" help:"Base of the Bot API: {base}/bot{token}/{method} (default ${default})."`
	Database string `name:"database-url" env:"DATABASE_URL" default:"afterneedle.db" placeholder:"FILE" help:"The SQLite file, or the URL of a PostgreSQL database (default ${default})."`
	Owners   string `name:"afterneedle-owners" env:"AFTERNEEDLE_OWNERS" placeholder:"IDS" help:"Telegram user ids of the clinic's owners, parted by commas. When empty, serve prints a claim link at each start until somebody owns the clinic."`
	Timezone string `name:"afterneedle-timezone" env:"AFTERNEEDLE_TIMEZONE" default:"UTC" placeholder:"ZONE" help:"The clinic's IANA time zone; a patient starts with it (default ${default})."`
	Clinic   string `name:"afterneedle-clinic" env:"AFTERNEEDLE_CLINIC" default:"the clinic" placeholder:"NAME" help:"Name shown to patients (default ${default})."`
	// Emergency has its default below, so that serve can tell whether it was set.
	Emergency  string `name:"afterneedle-emergency" env:"AFTERNEEDLE_EMERGENCY" placeholder:"NUMBER" help:"Emergency number in safety texts (default 112)."`
	Content    string `name:"afterneedle-content" env:"AFTERNEEDLE_CONTENT" placeholder:"DIR" help:"Folder whose files override the embedded content."`
	Listen     string `name:"afterneedle-listen" env:"AFTERNEEDLE_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where /healthz, /readyz, /metrics and the webhook answer (default ${default})."`
	WebhookURL string `name:"afterneedle-webhook-url" env:"AFTERNEEDLE_WEBHOOK_URL" placeholder:"URL" help:"Where Telegram posts updates, instead of being polled; needs $$AFTERNEEDLE_WEBHOOK_SECRET."`
	Rate       string `name:"afterneedle-rate" env:"AFTERNEEDLE_RATE" default:"25" placeholder:"N" help:"Outgoing messages a second, 1 to 1000 (default ${default})."`

	BackupDir       string `name:"afterneedle-backup-dir" env:"AFTERNEEDLE_BACKUP_DIR" placeholder:"DIR" help:"Folder for a backup each night (default: none)."`
	BackupKeep      string `name:"afterneedle-backup-keep" env:"AFTERNEEDLE_BACKUP_KEEP" default:"14" placeholder:"N" help:"How many nightly backups stay (default ${default})."`
	BackupRecipient string `name:"afterneedle-backup-recipient" env:"AFTERNEEDLE_BACKUP_RECIPIENT" placeholder:"AGE1…" help:"Whom backups are encrypted for, age recipients separated by commas (default: not encrypted)."`

	RehearsalStart string `name:"afterneedle-rehearsal-start" env:"AFTERNEEDLE_REHEARSAL_START" placeholder:"TIME" help:"Where virtual time starts, in RFC 3339 (default: the real time)."`
	RehearsalClock string `name:"afterneedle-rehearsal-clock" env:"AFTERNEEDLE_REHEARSAL_CLOCK" placeholder:"HOST:PORT" help:"Replaces the wall clock by a virtual one that is moved over HTTP on this loopback address."`
}

// settings are a Config that has been read and found sound.
type settings struct {
	Config
	owners    []int64
	zone      *time.Location
	rate      int
	emergency bool      // was set
	start     time.Time // of a rehearsal; zero is the real time
	rehearsal bool
	// secret is what Telegram names with each update that it posts.
	secret string
	// keep is how many nightly backups stay; seal encrypts them, nil does not.
	keep int
	seal func(io.Writer) (io.WriteCloser, error)
}

var tokenForm = regexp.MustCompile(`^\d{1,20}:[A-Za-z0-9_-]{3,100}$`)

// read checks every setting. The error is one line that names the setting and
// says what was expected.
func (c Config) read() (s settings, err error) {
	s = settings{Config: c, rehearsal: c.RehearsalClock != "", emergency: c.Emergency != ""}
	if s.Token, err = Secret("TELEGRAM_BOT_TOKEN"); err != nil {
		return s, err
	}
	if !tokenForm.MatchString(s.Token) {
		return s, errors.New("TELEGRAM_BOT_TOKEN: expected the token that BotFather gave (digits, a colon, letters), in the variable or in the file of TELEGRAM_BOT_TOKEN_FILE")
	}
	if s.Emergency == "" {
		s.Emergency = "112"
	}
	for _, check := range []func() error{
		s.checkURL, s.checkWebhook, s.checkDatabase, s.checkOwners, s.checkZone, s.checkTexts, s.checkRate, s.checkListen, s.checkRehearsal, s.checkBackups,
	} {
		if err := check(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// strangers are the names in an environment that look like settings of ours and are
// none: misspelt ones would be passed over in silence.
func strangers(environ []string) (names []string) {
	known := []string{webhookSecret, webhookSecret + "_FILE"}
	for field := range reflect.TypeFor[Config]().Fields() {
		known = append(known, field.Tag.Get("env"))
	}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "AFTERNEEDLE_") && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	return names
}

const webhookSecret = "AFTERNEEDLE_WEBHOOK_SECRET"

// Secret reads a secret from the environment, or from the file that NAME_FILE
// names. It is empty when neither is set.
func Secret(name string) (string, error) {
	value, file := os.Getenv(name), os.Getenv(name+"_FILE")
	switch {
	case value != "" && file != "":
		return "", fmt.Errorf("%s and %s_FILE are both set; expected one of them", name, name)
	case file == "":
		return value, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: cannot read %s: %w; expected a file with the secret", name, file, errors.Unwrap(err))
	}
	if value = strings.TrimSpace(string(raw)); value == "" {
		return "", fmt.Errorf("%s_FILE: %s is empty; expected a file with the secret", name, file)
	}
	return value, nil
}

func (s *settings) checkURL() error {
	u, err := url.Parse(s.APIURL)
	if err != nil || u.Hostname() == "" || !validPort(u.Port()) || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(s.APIURL, "?#") || u.User != nil {
		// The value is not repeated: people paste tokens and passwords into it.
		return errors.New("TELEGRAM_API_URL: expected a base such as https://api.telegram.org, without a token and with nothing behind ? or #")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return fmt.Errorf("TELEGRAM_API_URL: plain http is only for loopback addresses; expected https for %s", u.Hostname())
	}
	return nil
}

var (
	secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	hookPath   = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*/?$`)
)

// checkWebhook reads where Telegram posts updates and the secret that it names
// with them: both or neither.
func (s *settings) checkWebhook() (err error) {
	if s.secret, err = Secret(webhookSecret); err != nil {
		return err
	}
	switch {
	case s.WebhookURL == "" && s.secret == "":
		return nil
	case s.WebhookURL == "":
		return errors.New("AFTERNEEDLE_WEBHOOK_URL: expected to be set together with AFTERNEEDLE_WEBHOOK_SECRET")
	case s.secret == "":
		return errors.New("AFTERNEEDLE_WEBHOOK_SECRET: expected to be set together with AFTERNEEDLE_WEBHOOK_URL, or to be in the file of AFTERNEEDLE_WEBHOOK_SECRET_FILE")
	case !secretForm.MatchString(s.secret):
		return errors.New("AFTERNEEDLE_WEBHOOK_SECRET: expected 1 to 256 letters, digits, _ and -")
	}
	u, err := url.Parse(s.WebhookURL)
	sound := err == nil && u.Hostname() != "" && validPort(u.Port()) && u.User == nil && !strings.ContainsAny(s.WebhookURL, "?#") &&
		(u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
	if !sound || !plainPath(u) {
		return errors.New("AFTERNEEDLE_WEBHOOK_URL: expected an address such as https://clinic.example/telegram, with a path of letters and digits")
	}
	if slices.Contains(ownPaths, u.Path) {
		return fmt.Errorf("AFTERNEEDLE_WEBHOOK_URL: %s is an address of the program's own; expected another path", u.Path)
	}
	return nil
}

// plainPath reports whether a request for the path of u comes with that path: nothing
// is escaped, and no part is empty, "." or "..".
func plainPath(u *url.URL) bool {
	short := strings.TrimSuffix(u.Path, "/")
	return hookPath.MatchString(u.Path) && u.RawPath == "" && (short == "" || path.Clean(short) == short)
}

// hook is the path of the webhook, empty when Telegram is polled.
func (s *settings) hook() string {
	u, err := url.Parse(s.WebhookURL)
	if err != nil || s.WebhookURL == "" {
		return ""
	}
	return "/" + strings.TrimPrefix(u.Path, "/")
}

// validPort accepts the port of a URL; none stands for the scheme's own.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *settings) checkDatabase() (err error) {
	s.Database, err = databaseOf(s.Database)
	return err
}

var errDatabase = errors.New("DATABASE_URL: expected the path of an SQLite file, or postgres://USER@HOST/DATABASE")

// databaseOf reads where the data is: in the file of DATABASE_URL_FILE, or where
// named says, which is the flag or DATABASE_URL. A URL with a password is a secret: it
// comes from the environment or from a file, and not from a flag that others can see.
func databaseOf(named string) (string, error) {
	secret, err := Secret("DATABASE_URL")
	if err != nil {
		return "", err
	}
	if os.Getenv("DATABASE_URL_FILE") != "" {
		named = secret
	}
	if named == "" {
		return "", errDatabase
	}
	if !strings.Contains(named, "://") {
		return named, nil
	}
	u, err := url.Parse(named)
	if !store.IsPostgres(named) || err != nil {
		return "", errDatabase
	}
	if hasPassword(u) && named != secret {
		return "", errors.New("DATABASE_URL: a URL with a password is no flag; expected it in the environment or in the file of DATABASE_URL_FILE")
	}
	return named, nil
}

// hasPassword reports whether the URL of a PostgreSQL database holds a password, in
// any of its places.
func hasPassword(u *url.URL) bool {
	_, hidden := u.User.Password()
	return hidden || u.Query().Has("password") || u.Query().Has("sslpassword")
}

func (s *settings) checkOwners() error {
	if strings.TrimSpace(s.Config.Owners) == "" {
		return nil
	}
	for part := range strings.SplitSeq(s.Config.Owners, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil || id <= 0 {
			return fmt.Errorf("AFTERNEEDLE_OWNERS: expected Telegram user ids such as 12345,67890, not %q", part)
		}
		s.owners = append(s.owners, id)
	}
	return nil
}

func (s *settings) checkZone() error {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil || s.Timezone == "" || s.Timezone == "Local" {
		return fmt.Errorf("AFTERNEEDLE_TIMEZONE: expected an IANA time zone such as Europe/Madrid, not %q", s.Timezone)
	}
	s.zone = zone
	return nil
}

func (s *settings) checkTexts() error {
	if n := len([]rune(strings.TrimSpace(s.Clinic))); n == 0 || n > 60 || strings.ContainsAny(s.Clinic, "\n\r") {
		return errors.New("AFTERNEEDLE_CLINIC: expected a name of 1 to 60 characters in one line")
	}
	if !regexp.MustCompile(`^\+?[0-9][0-9 ]{1,18}$`).MatchString(s.Emergency) {
		return fmt.Errorf("AFTERNEEDLE_EMERGENCY: expected a telephone number such as 112, not %q", s.Emergency)
	}
	return nil
}

func (s *settings) checkRate() error {
	n, err := strconv.Atoi(s.Config.Rate)
	if err != nil || n < 1 || n > 1000 {
		return fmt.Errorf("AFTERNEEDLE_RATE: expected a whole number from 1 to 1000, not %q", s.Config.Rate)
	}
	s.rate = n
	return nil
}

func (s *settings) checkListen() error {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fmt.Errorf("AFTERNEEDLE_LISTEN: expected an address such as 127.0.0.1:8080, not %q", s.Listen)
	}
	return nil
}

func (s *settings) checkRehearsal() error {
	if s.RehearsalStart != "" {
		at, err := time.Parse(time.RFC3339, s.RehearsalStart)
		if err != nil {
			return fmt.Errorf("AFTERNEEDLE_REHEARSAL_START: expected a time such as 2026-03-02T14:30:00+01:00, not %q", s.RehearsalStart)
		}
		s.start = at
	}
	if !s.rehearsal {
		if s.RehearsalStart != "" {
			return errors.New("AFTERNEEDLE_REHEARSAL_START: expected AFTERNEEDLE_REHEARSAL_CLOCK to be set with it")
		}
		return nil
	}
	host, port, err := net.SplitHostPort(s.RehearsalClock)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || !loopback(host) {
		return fmt.Errorf("AFTERNEEDLE_REHEARSAL_CLOCK: expected a loopback address such as 127.0.0.1:9000, not %q", s.RehearsalClock)
	}
	if u, err := url.Parse(s.APIURL); err != nil || !loopback(u.Hostname()) {
		return errors.New("AFTERNEEDLE_REHEARSAL_CLOCK: a rehearsal never talks to Telegram; expected TELEGRAM_API_URL to be a loopback address")
	}
	return nil
}
