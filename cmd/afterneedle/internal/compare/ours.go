package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"afterneedle/bot"
	"afterneedle/cmd/afterneedle/internal/app"
	"afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
	"afterneedle/scheduler"
	"afterneedle/store"
)

const (
	owner = 100
	text  = "Closed on Monday"
	// unlimited is a pace that nothing here reaches.
	unlimited = 10_000
)

// wall is the real clock.
type wall struct{}

// Now is the present.
func (wall) Now() time.Time { return time.Now() }

// clinic is our side: a database with as many patients as there are deliveries.
type clinic struct {
	*store.Store
	trial
	zone *time.Location
}

func (t trial) openClinic(ctx context.Context, database string) (*clinic, error) {
	now := time.Now()
	zone, err := crowd.Awake(now)
	if err != nil {
		return nil, err
	}
	_, err = crowd.Populate(ctx, crowd.Options{
		Database: database, Now: now, Owner: owner, Zone: zone, Patients: t.n, Live: func(int, *rehab.Course, int64) {},
	})
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, database, store.Options{Now: now, ClinicZone: zone})
	return &clinic{s, t, zone}, err
}

// plan makes a delivery of one kind for each patient, due now.
type plan func(ctx context.Context, c *clinic) error

// texts are kept as they are sent.
func texts(ctx context.Context, c *clinic) error {
	now := time.Now()
	_, err := c.Do(ctx, now, 0, func(tx *store.Tx) error {
		for i := range c.n {
			_, err := tx.Say(rehab.Delivery{
				Kind: rehab.KindReply, Lane: rehab.LaneTimed, ChatID: crowd.FirstChat + int64(i), Body: fmt.Appendf(nil, `{"text":%q}`, text),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// broadcasts are written down as begun before they are sent, and never sent twice.
func broadcasts(ctx context.Context, c *clinic) error {
	return crowd.Announce(ctx, c.Store, owner, 1, time.Now())
}

// reminders are put into words from the course of their patient when they are
// sent.
func reminders(ctx context.Context, c *clinic) error {
	now := time.Now()
	result, err := c.Do(ctx, now, 0, func(tx *store.Tx) error {
		for i := range c.n {
			p, err := tx.PatientByChat(crowd.FirstChat + int64(i))
			if err != nil {
				return err
			}
			course, err := tx.Course(p.ID)
			if err != nil {
				return err
			}
			crowd.Needled(course, p.ClinicianID, now.Add(-time.Minute), now)
		}
		return nil
	})
	if err == nil && len(result.Due) != c.n {
		err = fmt.Errorf("%d of %d patients have a reminder", len(result.Due), c.n)
	}
	return err
}

// deliver is how long the engine takes for one delivery to each patient, until the
// last is known as sent.
func (c *clinic) deliver(ctx context.Context, server *telegram, prepare plan) (time.Duration, error) {
	if err := prepare(ctx, c); err != nil {
		return 0, err
	}
	content, err := app.LoadContent("")
	if err != nil {
		return 0, err
	}
	log := slog.New(slog.DiscardHandler)
	sender := bot.New(bot.Settings{
		APIURL: server.URL, Token: token, Clinic: "Praxis Weber", Emergency: "112", ClinicZone: c.zone, Rate: unlimited,
	}, nil, content, wall{}, log)
	engine := scheduler.New(c.Store, sender, wall{}, scheduler.Options{
		Rate: unlimited, Workers: c.workers, Owner: rand.Text(), Log: log,
	})
	server.expect(c.n)
	engine.Poke()
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	begun := time.Now()
	go func() {
		defer close(done)
		engine.Run(running)
	}()
	err = server.wait(ctx)
	stop()
	<-done
	took := time.Since(begun)
	left, overdueErr := c.Overdue(ctx, time.Now())
	// Courses go on meanwhile, and a few may have something else to say.
	if overdueErr == nil && left > c.n/100 {
		overdueErr = fmt.Errorf("%d deliveries are left", left)
	}
	return took, errors.Join(err, overdueErr)
}
