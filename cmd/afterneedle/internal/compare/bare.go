package main

import (
	"time"

	"golang.org/x/sync/errgroup"

	"afterneedle/cmd/afterneedle/internal/crowd"
)

// bare sends as fast as the library can, and writes nothing down: nobody can be
// faster.
func (t trial) bare(server *telegram) (time.Duration, error) {
	api := server.client()
	server.expect(t.n)
	var senders errgroup.Group
	senders.SetLimit(t.workers)
	begun := time.Now()
	for i := range t.n {
		senders.Go(func() error { return post(api, crowd.FirstChat+int64(i), text) })
	}
	err := senders.Wait()
	return time.Since(begun), err
}
