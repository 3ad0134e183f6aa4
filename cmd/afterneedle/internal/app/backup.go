package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/robfig/cron/v3"

	"afterneedle/store"
)

// Backup copies a database that may be in use into a new file, encrypted when
// recipient is not empty. Which database that is, is read as serve does. What is wrong
// with the command line is an ErrSetting.
func Backup(ctx context.Context, database, file, recipient string) error {
	seal, err := sealFor(recipient)
	if err != nil {
		return settingError{err}
	}
	if database, err = databaseOf(database); err != nil {
		return settingError{err}
	}
	if store.IsPostgres(database) {
		return settingError{errors.New("DATABASE_URL: a PostgreSQL database is backed up with pg_dump; expected an SQLite file")}
	}
	err = store.Backup(ctx, database, file, seal)
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("stopped before the backup was made")
	case errors.Is(err, store.ErrExists):
		return settingError{fmt.Errorf("%w; expected the name of a new file", err)}
	case errors.Is(err, store.ErrNoFile):
		return settingError{fmt.Errorf("DATABASE_URL: %w; expected an SQLite file of this program", err)}
	}
	return err
}

// sealFor encrypts for age recipients, separated by commas; nil encrypts nothing.
func sealFor(recipient string) (func(io.Writer) (io.WriteCloser, error), error) {
	if recipient == "" {
		return nil, nil
	}
	to, err := age.ParseRecipients(strings.NewReader(strings.ReplaceAll(recipient, ",", "\n")))
	if err != nil {
		return nil, errors.New("AFTERNEEDLE_BACKUP_RECIPIENT: expected age recipients such as age1…, separated by commas")
	}
	return func(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, to...) }, nil
}

// checkBackups reads where nightly backups go, how many stay and who can read
// them.
func (s *settings) checkBackups() (err error) {
	if s.seal, err = sealFor(s.BackupRecipient); err != nil {
		return err
	}
	if s.keep, err = strconv.Atoi(s.BackupKeep); err != nil || s.keep < 1 || s.keep > 10000 {
		return fmt.Errorf("AFTERNEEDLE_BACKUP_KEEP: expected a whole number from 1 to 10000, not %q", s.BackupKeep)
	}
	if s.BackupDir == "" {
		return nil
	}
	if store.IsPostgres(s.Database) {
		return errors.New("AFTERNEEDLE_BACKUP_DIR: a PostgreSQL database is backed up by its server; expected it to be unset")
	}
	if s.rehearsal {
		return errors.New("AFTERNEEDLE_BACKUP_DIR: a rehearsal has no nights of its own; expected it to be unset")
	}
	probe, err := os.MkdirTemp(s.BackupDir, ".afterneedle-")
	if err != nil {
		return fmt.Errorf("AFTERNEEDLE_BACKUP_DIR: cannot write to %s; expected a folder that this program may write to", s.BackupDir)
	}
	return os.Remove(probe)
}

// backupAt is when the nightly backup is made, in the clinic's zone: after the
// hour in which clocks change nearly everywhere.
const backupAt = "30 4 * * *"

// backUpNightly makes a backup every night until the returned function is called,
// which waits for one that is being made.
func (s *server) backUpNightly(ctx context.Context) (stop func(), err error) {
	if s.set.BackupDir == "" {
		return func() {}, nil
	}
	log := cron.DiscardLogger
	nights := cron.New(cron.WithLocation(s.set.zone), cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	_, err = nights.AddFunc(backupAt, func() {
		if err := s.backUp(ctx, s.Clock.Now()); err != nil {
			s.Log.Error("backup failed", "err", err)
		}
	})
	if err != nil {
		return nil, err
	}
	nights.Start()
	return func() { <-nights.Stop().Done() }, nil
}

// backUp makes one backup and removes those that are too many.
func (s *server) backUp(ctx context.Context, now time.Time) error {
	name := "afterneedle-" + now.UTC().Format("20060102T150405Z") + ".db"
	if s.set.seal != nil {
		name += ".age"
	}
	if err := store.Backup(ctx, s.set.Database, filepath.Join(s.set.BackupDir, name), s.set.seal); err != nil {
		return err
	}
	s.Log.Info("backup made", "file", name)
	return prune(s.set.BackupDir, s.set.keep)
}

var backupName = regexp.MustCompile(`^afterneedle-\d{8}T\d{6}Z\.db(\.age)?$`)

// prune keeps the newest backups of a folder. Nothing else in it is touched.
func prune(dir string, keep int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && backupName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names) // by their time
	var errs []error
	for _, old := range names[:max(len(names)-keep, 0)] {
		errs = append(errs, os.Remove(filepath.Join(dir, old)))
	}
	return errors.Join(errs...)
}
