package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
)

// workPrefix begins the names of folders for files that are not finished, and
// workName is such a name.
const workPrefix = ".afterneedle-"

var workName = regexp.MustCompile(`^\.afterneedle-\d+$`)

// workLock is the file in such a folder that is locked while somebody works in it.
const workLock = "lock"

// workFolder makes a folder for files that are not finished.
func workFolder(parent string) (dir string, remove func() error, err error) {
	if dir, err = os.MkdirTemp(parent, workPrefix); err != nil {
		return "", nil, fmt.Errorf("%s: %w", parent, plain(err))
	}
	// Some network file systems know no locks: there nobody is kept from working, and
	// what is left cannot be told from what is in use.
	lock, _ := lockFile(filepath.Join(dir, workLock))
	return dir, func() error {
		if lock != nil { // NFS does not remove a folder with an open file
			_ = lock.Close()
		}
		return os.RemoveAll(dir)
	}, nil
}

// removeLeftovers removes the folders in which nobody works any more.
func removeLeftovers(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return fmt.Errorf("%s: %w", parent, plain(err))
	}
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		if !e.IsDir() || !workName.MatchString(e.Name()) || !abandoned(dir) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("%s, which an earlier backup left: %w", dir, plain(err))
		}
	}
	return nil
}

// abandoned reports whether whoever made a folder is gone. One without a lock is just
// being made, or was left by a version that had none.
func abandoned(dir string) bool {
	lock, err := os.OpenFile(filepath.Join(dir, workLock), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		files, err := os.ReadDir(dir)
		return err == nil && len(files) > 0
	}
	if err != nil {
		return false
	}
	defer func() { _ = lock.Close() }()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
