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

// Copy copies a clinic from one database into another, compares all of it, and
// prints what there is. Neither may be in use. What is wrong with the command line
// is an ErrSetting.
func Copy(ctx context.Context, from, to string, out io.Writer) (err error) {
	if _, err := os.Stat(from); !store.IsPostgres(from) && err != nil {
		return settingError{fmt.Errorf("--from: %s: expected a database of this program", from)}
	}
	// It does not stand by: what is in use is not to be copied.
	ctx, cancel := context.WithTimeoutCause(ctx, copyWait, store.ErrInUse)
	source, rehearsal, err := openEither(ctx, from)
	if err != nil {
		cancel()
		return settingError{fmt.Errorf("--from: %w", waited(ctx, err))}
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := store.Open(ctx, to, store.Options{Rehearsal: rehearsal, Now: time.Now()})
	if err != nil {
		cancel()
		return settingError{fmt.Errorf("--to: %w", waited(ctx, err))}
	}
	cancel()
	defer func() { err = errors.Join(err, target.Close()) }()
	copied, err := store.Copy(context.WithoutCancel(ctx), source, target)
	if errors.Is(err, store.ErrNotEmpty) {
		return settingError{fmt.Errorf("--to: %w; expected a new database", err)}
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
