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
// where it is not nil, encrypts it on the way. Only this user can read the file.
func Backup(ctx context.Context, source, target string, seal func(io.Writer) (io.WriteCloser, error)) (err error) {
	if info, err := os.Stat(source); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("database %s: %w", source, ErrNoFile)
	}
	if _, err := os.Lstat(target); err == nil {
		return fmt.Errorf("%s: %w", target, ErrExists)
	}
	dir, err := os.MkdirTemp(filepath.Dir(target), ".afterneedle-")
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Dir(target), plain(err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	copied := filepath.Join(dir, "copy.db")
	if err := copyInto(ctx, source, copied); err != nil {
		return fmt.Errorf("database %s: %w", source, err)
	}
	if err := checkCopy(ctx, copied); err != nil {
		return fmt.Errorf("copy of %s: %w", source, err)
	}
	if seal != nil {
		readable := copied
		copied = filepath.Join(dir, "copy.sealed")
		if err := sealFile(readable, copied, seal); err != nil {
			return fmt.Errorf("encrypt: %w", err)
		}
	}
	if err := flush(copied); err != nil {
		return err
	}
	return os.Rename(copied, target)
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

func sealFile(from, to string, seal func(io.Writer) (io.WriteCloser, error)) error {
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
	_, err = io.Copy(sealed, in)
	return errors.Join(err, sealed.Close(), out.Close())
}

// flush makes sure that a file is on disk, and that only this user can read it.
func flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}
