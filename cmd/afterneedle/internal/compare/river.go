package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	tg "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"

	"afterneedle/cmd/afterneedle/internal/crowd"
)

// message is a job of River.
type message struct {
	Chat int64  `json:"chat"`
	Text string `json:"text"`
}

// Kind is how River calls it.
func (message) Kind() string { return "message" }

// sender is River's worker.
type sender struct {
	river.WorkerDefaults[message]
	api *tg.BotAPI
}

// Work sends one message.
func (s *sender) Work(_ context.Context, job *river.Job[message]) error {
	return post(s.api, job.Args.Chat, job.Args.Text)
}

// migrate makes River's tables.
func migrate[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	return err
}

// tuned lets River look for jobs as often as it can be told to: every millisecond.
// By itself it does so ten times a second at the most.
func tuned(c *river.Config) {
	c.FetchCooldown, c.FetchPollInterval = river.FetchCooldownMin, 10*river.FetchPollIntervalMin
}

// asItComes changes nothing.
func asItComes(*river.Config) {}

// work is how long River takes for n jobs, until the last is known as completed.
func work[T any](ctx context.Context, t trial, driver riverdriver.Driver[T], server *telegram, tune func(*river.Config)) (took time.Duration, err error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &sender{api: server.client()})
	config := &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: t.workers}},
		Logger: slog.New(slog.DiscardHandler),
	}
	tune(config)
	client, err := river.NewClient(driver, config)
	if err != nil {
		return 0, err
	}
	jobs := make([]river.InsertManyParams, t.n)
	for i := range jobs {
		jobs[i].Args = message{crowd.FirstChat + int64(i), text}
	}
	if _, err := client.InsertMany(ctx, jobs); err != nil {
		return 0, err
	}
	events, unsubscribe := client.SubscribeConfig(&river.SubscribeConfig{
		ChanSize: 2 * t.n, Kinds: []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed},
	})
	defer unsubscribe()
	server.expect(t.n)
	begun := time.Now()
	if err := client.Start(ctx); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, client.Stop(ctx)) }()
	for range t.n {
		select {
		case e := <-events:
			if e.Kind != river.EventKindJobCompleted {
				return 0, fmt.Errorf("job %d has failed: %v", e.Job.ID, e.Job.Errors)
			}
		case <-time.After(patience):
			return 0, errors.New("river: a job is not completed")
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return time.Since(begun), nil
}
