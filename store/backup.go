package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"gorm.io/gorm"
)

// ErrExists is returned by Backup for a file that is there already.
var ErrExists = errors.New("exists already")

// Backup writes a consistent copy of the SQLite file at source to target, which
// must not exist. The source may be in use by another process, which goes on
// meanwhile. The copy is looked through for damage before it gets its name; seal,
// where it is not nil, encrypts it on the way. The readable copy lies beside the
// source then, and only what is encrypted comes into the folder of target. Only this
// user can read the file. What earlier backups left that were interrupted is removed
// from both folders.
func Backup(ctx context.Context, source, target string, seal func(io.Writer) (io.WriteCloser, error)) (err error) {
	file, err := filepath.EvalSymlinks(source)
	if err != nil || !regular(file) {
		return fmt.Errorf("database %s: %w", source, ErrNoFile)
	}
	if _, err := os.Lstat(target); err == nil {
		return fmt.Errorf("%s: %w", target, ErrExists)
	}
	for _, folder := range []string{filepath.Dir(file), filepath.Dir(target)} {
		if err := removeLeftovers(folder); err != nil {
			return err
		}
	}
	readable := filepath.Dir(target)
	if seal != nil {
		readable = filepath.Dir(file)
	}
	dir, remove, err := workFolder(readable)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	copied := filepath.Join(dir, "copy.db")
	if err := copyInto(ctx, file, copied); err != nil {
		return fmt.Errorf("database %s: %w", source, err)
	}
	if err := checkCopy(ctx, copied); err != nil {
		return fmt.Errorf("copy of %s: %w", source, err)
	}
	if seal == nil {
		return finish(ctx, copied, target)
	}
	return sealTo(ctx, copied, target, seal)
}

func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// sealTo encrypts a file under another name.
func sealTo(ctx context.Context, from, target string, seal func(io.Writer) (io.WriteCloser, error)) (err error) {
	dir, remove, err := workFolder(filepath.Dir(target))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	sealed := filepath.Join(dir, "copy.sealed")
	if err := sealFile(ctx, from, sealed, seal); err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	return finish(ctx, sealed, target)
}

// finish gives a file that is complete its name.
func finish(ctx context.Context, file, target string) error {
	if err := flush(file); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return os.Rename(file, target)
}

// ErrNoFile is returned by Backup for a database that is not there.
var ErrNoFile = errors.New("no such file")

// copyInto copies a database that may be in use.
func copyInto(ctx context.Context, source, target string) error {
	db, err := connect(source, 1, url.Values{"mode": {"ro"}})
	if err != nil {
		return err
	}
	defer func() { _ = disconnect(db) }()
	var ours int64
	err = db.WithContext(ctx).Raw("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").Scan(&ours).Error
	if err != nil {
		return err
	}
	if ours == 0 {
		return errForeign
	}
	return db.WithContext(ctx).Exec("VACUUM INTO ?", target).Error
}

// checkCopy looks for damage in a copy that nobody uses.
func checkCopy(ctx context.Context, path string) error {
	db, err := connect(path, 1, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	if err != nil {
		return err
	}
	return errors.Join(checkSound(db.WithContext(ctx)), disconnect(db))
}

// checkSound looks for broken pages, and for rows that refer to missing ones.
func checkSound(db *gorm.DB) error {
	var report []string
	if err := db.Raw("PRAGMA integrity_check").Scan(&report).Error; err != nil {
		return err
	}
	if len(report) != 1 || report[0] != "ok" {
		return fmt.Errorf("damaged: %d faults", len(report))
	}
	var orphans []struct{ Table, Parent string }
	if err := db.Raw("PRAGMA foreign_key_check").Scan(&orphans).Error; err != nil {
		return err
	}
	if len(orphans) > 0 {
		return fmt.Errorf("%d rows of %s refer to missing %s", len(orphans), orphans[0].Table, orphans[0].Parent)
	}
	return nil
}

func sealFile(ctx context.Context, from, to string, seal func(io.Writer) (io.WriteCloser, error)) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sealed, err := seal(out)
	if err != nil {
		return errors.Join(err, out.Close())
	}
	_, err = io.Copy(sealed, cancellable{ctx, in})
	return errors.Join(err, sealed.Close(), out.Close())
}

// cancellable reads until ctx ends.
type cancellable struct {
	ctx  context.Context
	from io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.from.Read(p)
}

// flush makes sure that a file is on disk, and that only this user can read it.
func flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}
