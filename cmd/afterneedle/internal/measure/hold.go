package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"afterneedle/cmd/afterneedle/internal/crowd"
)

// holdRun keeps reminders in the memory of a process, as a program without a queue
// on disk has to. The first is due at once; it says "ready" when that has fired.
type holdRun struct {
	By string `arg:"" enum:"timers,cron" help:"How: timers or cron."`
	N  int    `arg:"" help:"How many."`
}

// Run ends with ctx.
func (h holdRun) Run(ctx context.Context, c console) error {
	if h.N < 1 {
		return errors.New("expected at least one reminder")
	}
	fired := make(chan int)
	send := func(r reminder) { fired <- r.id }
	later := time.Now().Add(24 * time.Hour)
	// Nobody is needled in the order in which reminders are due.
	dueAt := func(id int) time.Time { return later.Add(time.Duration(id*prime%h.N) * time.Millisecond) }
	if h.By == "timers" {
		timers := make([]*time.Timer, h.N) // so that they can be stopped
		for id := 1; id < h.N; id++ {
			r := newReminder(id)
			timers[id] = time.AfterFunc(time.Until(dueAt(id)), func() { send(r) })
		}
		timers[0] = time.AfterFunc(0, func() { send(newReminder(0)) })
		<-fired
		fmt.Fprintln(c.out, "ready")
		<-ctx.Done()
		timers[0].Stop()
		return nil
	}
	entries := cron.New()
	entries.Schedule(&atOnce{}, cron.FuncJob(func() { send(newReminder(0)) }))
	for id := 1; id < h.N; id++ {
		r := newReminder(id)
		entries.Schedule(once(dueAt(id)), cron.FuncJob(func() { send(r) }))
	}
	entries.Start()
	<-fired
	fmt.Fprintln(c.out, "ready")
	fmt.Fprintf(c.out, "added %f\n", addLive(entries, dueAt(h.N/2)))
	<-ctx.Done()
	return nil
}

// reminder is the least that must be known to send one.
type reminder struct {
	id   int
	chat int64
	text string
}

func newReminder(id int) reminder {
	return reminder{id, crowd.FirstChat + int64(id), fmt.Sprintf("Reminder %d: time for your next workout.", id)}
}

// prime brings numbers into disorder, each taken once.
const prime = 7_368_787

// addLive is how many seconds one more entry takes while cron runs. The call itself
// only hands it over; the next waits until it has been sorted in.
func addLive(entries *cron.Cron, at time.Time) float64 {
	var took []float64
	for range 11 {
		begun := time.Now()
		entries.Schedule(once(at), cron.FuncJob(func() {}))
		took = append(took, time.Since(begun).Seconds())
	}
	return median(took[1:])
}

// once is a schedule that fires at one moment.
type once time.Time

// Next is that moment, and never once it has been.
func (o once) Next(now time.Time) time.Time {
	if at := time.Time(o); at.After(now) {
		return at
	}
	return time.Time{}
}

// atOnce is a schedule that fires when cron starts.
type atOnce struct{ asked bool }

// Next is now when it is asked for the first time, and then never.
func (a *atOnce) Next(now time.Time) time.Time {
	if a.asked {
		return time.Time{}
	}
	a.asked = true
	return now
}
