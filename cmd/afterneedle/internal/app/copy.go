package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
// name. Neither may be in use. What is wrong with the command line is an ErrSetting.
func Copy(ctx context.Context, from, to string, out io.Writer) (err error) {
	source, target, err := endsOf(from, to)
	if err != nil {
		return settingError{err}
	}
	if _, err := os.Stat(source.database); !store.IsPostgres(source.database) && err != nil {
		return settingError{fmt.Errorf("%s: %s: expected a database of this program", source.setting, source.database)}
	}
	// It does not stand by: what is in use is not to be copied.
	ctx, cancel := context.WithTimeoutCause(ctx, copyWait, store.ErrInUse)
	old, rehearsal, err := openEither(ctx, source.database)
	if err != nil {
		cancel()
		return settingError{fmt.Errorf("%s: %w", source.setting, waited(ctx, err))}
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	fresh, err := store.Open(ctx, target.database, store.Options{Rehearsal: rehearsal, Now: time.Now()})
	if err != nil {
		cancel()
		return settingError{fmt.Errorf("%s: %w", target.setting, waited(ctx, err))}
	}
	cancel()
	defer func() { err = errors.Join(err, fresh.Close()) }()
	copied, err := store.Copy(context.WithoutCancel(ctx), old, fresh)
	if errors.Is(err, store.ErrNotEmpty) {
		return settingError{fmt.Errorf("%s: %w; expected a new database", target.setting, err)}
	}
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, t := range copied {
		fmt.Fprintf(table, "%s\t%d rows\t%s\tthe same in both\n", t.Table, t.Rows, t.Sum)
	}
	return table.Flush()
}

// copyWait is how long a database may take to open.
const copyWait = 15 * time.Second

func waited(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(err, context.DeadlineExceeded) {
		return cause
	}
	return err
}

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
