package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"afterneedle/store"
)

// end is one of the two databases of a copy, and the setting that names it.
type end struct{ database, setting string }

// endsOf reads which database is copied into which. The one that the command line
// leaves out is read as serve does, but for the file that serve takes when nothing is
// set.
func endsOf(from, to string) (source, target end, err error) {
	source, target = end{from, "--from"}, end{to, "--to"}
	named, left := os.Getenv("DATABASE_URL"), &target
	switch {
	case from != "" && to != "":
		return source, target, nil
	case from == "" && to == "", named == "" && os.Getenv("DATABASE_URL_FILE") == "":
		return source, target, errors.New("expected --from and --to, or one of them and DATABASE_URL or DATABASE_URL_FILE for the other")
	case from == "":
		left = &source
	}
	left.setting = "DATABASE_URL"
	left.database, err = databaseOf(named)
	return source, target, err
}

// Copy copies a clinic from one database into another, compares all of it, and
// prints what there is. One of them may be empty: then it is the one that the settings
// name. Neither may be in use. A file that was made for it is removed again when it
// fails. What is wrong with the command line is an ErrSetting.
func Copy(ctx context.Context, from, to string, out io.Writer) error {
	source, target, err := endsOf(from, to)
	if err != nil {
		return settingError{err}
	}
	if _, err := os.Stat(source.database); !store.IsPostgres(source.database) && err != nil {
		return settingError{fmt.Errorf("%s: %s: %w; expected a database of this program", source.setting, source.database, errors.Unwrap(err))}
	}
	copied, err := copyAll(ctx, source, target)
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("stopped before everything was copied and compared; run it again")
	case errors.Is(err, store.ErrNotEmpty):
		return settingError{fmt.Errorf("%s: %w; expected a new database", target.setting, err)}
	case err != nil:
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, t := range copied {
		fmt.Fprintf(table, "%s\t%d rows\t%s\tthe same in both\n", t.Table, t.Rows, t.Sum)
	}
	return table.Flush()
}

func copyAll(ctx context.Context, from, to end) (copied []store.Copied, err error) {
	// It does not stand by: what is in use is not to be copied.
	opening, opened := context.WithTimeout(ctx, copyWait)
	defer opened()
	source, rehearsal, err := openEither(opening, from.database)
	if err != nil {
		return nil, settingError{from.problem(err)}
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if _, there := os.Lstat(to.database); errors.Is(there, fs.ErrNotExist) && !store.IsPostgres(to.database) {
		defer func() {
			if err != nil && !errors.Is(err, store.ErrInUse) {
				err = errors.Join(err, removeDatabase(to.database))
			}
		}()
	}
	target, err := store.Open(opening, to.database, store.Options{Rehearsal: rehearsal, Now: time.Now()})
	if err != nil {
		return nil, settingError{to.problem(err)}
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	opened()
	return store.Copy(ctx, source, target)
}

// removeDatabase removes an SQLite file with what lies beside it.
func removeDatabase(path string) error {
	var errs []error
	for _, ending := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Remove(path + ending); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// copyWait is how long a database may take to open.
const copyWait = 15 * time.Second

// problem says in one line what is wrong with an end.
func (e end) problem(err error) error { return lineError{fmt.Errorf("%s: %w", e.setting, err)} }

// lineError is an error whose text is one line.
type lineError struct{ error }

// Error is the text.
func (e lineError) Error() string {
	return strings.Join(strings.Fields(strings.ReplaceAll(e.error.Error(), "\n", "; ")), " ")
}

// Unwrap is the error itself.
func (e lineError) Unwrap() error { return e.error }

// openEither opens a database, whether it is a rehearsal's or not.
func openEither(ctx context.Context, source string) (s *store.Store, rehearsal bool, err error) {
	for _, rehearsal := range []bool{false, true} {
		s, err = store.Open(ctx, source, store.Options{Rehearsal: rehearsal, Now: time.Now()})
		if !errors.Is(err, store.ErrRehearsal) {
			return s, rehearsal, err
		}
	}
	return nil, false, err
}
