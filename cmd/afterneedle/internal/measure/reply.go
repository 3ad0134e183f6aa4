package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
)

// replyRun measures how long people wait for an answer, and how late timed prompts are,
// at rest and during a broadcast. For the prompts, at rest is when nobody writes either:
// what is written wakes the engine before its next tick.
type replyRun struct {
	Patients int    `default:"100000" help:"Patients who get the broadcast (default ${default})."`
	Rate     int    `default:"25" help:"Messages a second of the broadcast (default ${default})."`
	Answers  int    `default:"400" help:"How many people write in each of two spells, about four a second (default ${default})."`
	Program  string `help:"The program to run; it is built when this is empty."`
}

const (
	// writeEvery is the time between two people who write. Their answers fit into
	// what the pace leaves of Telegram's limit.
	writeEvery = 251 * time.Millisecond
	// promptEvery is the time between two prompts that are due. Neither divides a
	// second nor the other, so that they meet each other and the ticks at all
	// distances.
	promptEvery  = 487 * time.Millisecond
	replyGoal    = 1.3
	latenessGoal = 1.5
	// setOut is how long it takes from the last patients to the first spell, and
	// between the spells, at the most.
	setOut = undo + ready
)

// spell is a time in which people wrote, and how long each waited for an answer.
type spell struct {
	from, to time.Time
	waits    []time.Duration
}

// Run measures and prints the table.
func (r replyRun) Run(ctx context.Context, c console) (err error) {
	lasts := time.Duration(r.Answers) * writeEvery
	// The broadcast goes on for a while when the last of them has been answered.
	least := max(2*r.Answers, r.Rate*int((lasts+10*time.Second)/time.Second))
	if r.Rate < 1 || r.Answers < 100 || r.Patients < least {
		return fmt.Errorf("expected a rate from 1 on, at least 100 answers and, for these, %d patients", least)
	}
	prompts := int((3*lasts + 2*setOut) / promptEvery)
	s := &stand{broadcastRun: broadcastRun{Patients: r.Patients + prompts, Rate: r.Rate, Program: r.Program}}
	due := make(map[int64]time.Time, prompts) // by chat
	s.lives = func(time.Time) func(int, *rehab.Course, int64) {
		var first time.Time
		return func(i int, course *rehab.Course, owner int64) {
			n := i - r.Patients
			if n < 0 {
				return
			}
			now := time.Now()
			if n == 0 {
				first = now.Add(ready / 3)
			}
			at := first.Add(time.Duration(n) * promptEvery)
			due[crowd.FirstChat+int64(i)] = at
			moveAt(course, owner, at, now)
		}
	}
	defer func() { err = errors.Join(err, s.clear()) }()
	if err := s.open(ctx, c); err != nil {
		return err
	}
	// First everybody who will be prompted reads that they were needled.
	told, read := map[int64]bool{}, 0
	err = s.wait(ctx, func(events []sandbox.Event) bool {
		for _, e := range events[read:] {
			if _, prompted := due[e.ChatID]; prompted && e.Kind == sandbox.BotSent {
				told[e.ChatID] = true
			}
		}
		read = len(events)
		return len(told) == prompts
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.progress, "Three spells of %s, and half a minute before the last.\n", lasts)
	quiet, err := silence(ctx, lasts)
	if err != nil {
		return err
	}
	idle, err := s.answers(ctx, 0, r.Answers)
	if err != nil {
		return err
	}
	if err := s.announce(ctx); err != nil {
		return err
	}
	busy, err := s.answers(ctx, r.Answers, r.Answers)
	if err != nil {
		return err
	}
	events := s.telegram.Transcript()
	if got := arrived(events); got >= s.recipients() {
		return fmt.Errorf("the broadcast was over too early, after %d messages", got)
	}
	return r.judge(c, events, due, quiet, idle, busy, s.telegram.Stats().TooMany)
}

// judge compares the spells: in the first nobody wrote, in the second people wrote, and
// in the last they wrote while a broadcast went out.
func (r replyRun) judge(c console, events []sandbox.Event, due map[int64]time.Time, quiet, idle, busy spell, refused int) error {
	var t table
	compare := func(what string, rest, busy []time.Duration, percent int, goal float64) {
		a, b := percentile(rest, percent), percentile(busy, percent)
		fmt.Fprintf(c.progress, "%s, p%d: %d at rest, %s; %d during the broadcast, %s\n", what, percent, len(rest), a, len(busy), b)
		t.add(fmt.Sprintf("%s, p%d: during a broadcast at %d a second ÷ at rest", what, percent, r.Rate),
			fmt.Sprintf("%.2f", b.Seconds()/a.Seconds()), fmt.Sprintf("at most %.1f", goal), b.Seconds() <= goal*a.Seconds())
	}
	compare("wait for an answer", idle.waits, busy.waits, 50, replyGoal)
	compare("wait for an answer", idle.waits, busy.waits, 99, replyGoal)
	lateAtRest, lost := late(events, due, quiet)
	lateAmongAnswers, lostAmongAnswers := late(events, due, idle)
	lateInBusy, lostInBusy := late(events, due, busy)
	compare("lateness of a timed prompt", lateAtRest, lateInBusy, 50, latenessGoal)
	compare("lateness of a timed prompt", lateAtRest, lateInBusy, 99, latenessGoal)
	fmt.Fprintf(c.progress, "lateness of a timed prompt, p99: %d while people wrote and no broadcast went out, %s\n",
		len(lateAmongAnswers), percentile(lateAmongAnswers, 99))
	lost += lostAmongAnswers + lostInBusy
	t.add("timed prompts that did not come", lost, "0", lost == 0)
	t.add("refused for pace (429)", refused, "", true)
	return t.write(c.out)
}

// late is how late the prompts came that were due in a spell, and how many of them did
// not come.
func late(events []sandbox.Event, due map[int64]time.Time, in spell) (list []time.Duration, lost int) {
	came := make(map[int64]time.Time)
	for _, e := range events {
		if e.Kind == sandbox.BotSent && !e.Edited && movement.MatchString(e.Text) {
			came[e.ChatID] = e.At
		}
	}
	for chat, at := range due {
		switch got := came[chat]; {
		case at.Before(in.from) || at.After(in.to):
		case got.IsZero():
			lost++
		default:
			list = append(list, got.Sub(at))
		}
	}
	return list, lost
}

// announce sends a broadcast and waits until it has begun.
func (s *stand) announce(ctx context.Context) error {
	if _, err := s.owner.Says("/broadcast " + words); err != nil {
		return err
	}
	if err := s.reads(ctx, 1, "To "); err != nil {
		return err
	}
	if err := s.owner.Taps("Send to"); err != nil {
		return err
	}
	return s.wait(ctx, func(events []sandbox.Event) bool { return arrived(events) > 0 })
}

// silence lets a spell pass in which nobody writes.
func silence(ctx context.Context, lasts time.Duration) (spell, error) {
	in := spell{from: time.Now()}
	select {
	case in.to = <-time.After(lasts):
		return in, nil
	case <-ctx.Done():
		return in, ctx.Err()
	}
}

// answers lets n patients write, from the first-th on.
func (s *stand) answers(ctx context.Context, first, n int) (spell, error) {
	in := spell{from: time.Now()}
	wrote := make(map[int64]time.Time, n)
	every := time.NewTicker(writeEvery)
	defer every.Stop()
	for i := range n {
		chat := crowd.FirstChat + int64(first+i)
		wrote[chat] = time.Now()
		if _, err := s.telegram.Person(chat, "P").Says("/pain 3"); err != nil {
			return in, err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return in, ctx.Err()
		}
	}
	in.to = time.Now()
	waited := map[int64]time.Duration{}
	read := 0
	err := s.wait(ctx, func(events []sandbox.Event) bool {
		for _, e := range events[read:] {
			at, asked := wrote[e.ChatID]
			if asked && waited[e.ChatID] == 0 && e.Kind == sandbox.BotSent && !e.At.Before(at) && !strings.Contains(e.Text, words) {
				waited[e.ChatID] = e.At.Sub(at)
			}
		}
		read = len(events)
		return len(waited) == n && events[len(events)-1].At.Sub(in.to) > ready/10
	})
	in.waits = slices.Collect(maps.Values(waited))
	return in, err
}

// percentile is the wait that so many in a hundred do not exceed.
func percentile(list []time.Duration, percent int) time.Duration {
	slices.Sort(list)
	return list[(len(list)-1)*percent/100]
}
