package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/robfig/cron/v3"

	"afterneedle/store"
)

// lookEvery is how often the clinic's content is looked at, in real time.
const lookEvery = 5 * time.Second

// watchContent tells the operator when the clinic's content has changed since it was
// read at the start, and whether the next start would take it, until the returned
// function is called. What was read stays.
func (s *server) watchContent(ctx context.Context) (stop func()) {
	dir := s.set.Content
	if dir == "" {
		return func() {}
	}
	known := fingerprint(dir)
	log := cron.DiscardLogger
	looks := cron.New(cron.WithLocation(time.UTC), cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	looks.Schedule(cron.Every(lookEvery), cron.FuncJob(func() {
		now := fingerprint(dir)
		if now == known {
			return
		}
		known = now
		s.tellOfContent(ctx, dir)
	}))
	looks.Start()
	return func() { <-looks.Stop().Done() }
}

// tellOfContent says whether the next start would take what is in a folder.
func (s *server) tellOfContent(ctx context.Context, dir string) {
	changed, err := LoadContent(dir)
	if err != nil {
		s.Log.Error("content has changed and is faulty; what was read at the start stays, and the next start will be refused", "err", err)
		return
	}
	protocol := changed.Protocol()
	err = s.Store.Takes(ctx, &protocol)
	switch {
	case errors.Is(err, store.ErrOtherRules):
		s.Log.Error("hours, doses or muscles have changed and their version has not; what was read at the start stays, and the next start will be refused; "+newVersion, "err", err)
	case errors.Is(err, store.ErrMuscleInUse):
		s.Log.Error("a muscle that is trained has been taken away; what was read at the start stays, and the next start will be refused; "+allMuscles, "err", err)
	case err != nil:
		s.Log.Warn("content has changed; it cannot be compared with the database now", "err", err)
	default:
		s.Log.Info("content has changed; it will be read at the next start")
	}
}

// fingerprint changes with the names, sizes and times of the files of a folder.
func fingerprint(dir string) (sum [sha256.Size]byte) {
	hash := sha256.New()
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		fmt.Fprintln(hash, path, err)
		if err == nil && !d.IsDir() {
			if info, err := os.Stat(path); err == nil {
				fmt.Fprintln(hash, info.Size(), info.ModTime().UnixNano())
			}
		}
		return nil
	})
	return [sha256.Size]byte(hash.Sum(nil))
}
