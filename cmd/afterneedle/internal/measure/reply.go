package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/crowd"
)

// replyRun measures how long people wait for an answer, at rest and during a
// broadcast.
type replyRun struct {
	Rate    int    `default:"25" help:"Messages a second of the broadcast (default ${default})."`
	Answers int    `default:"400" help:"How many people write in each of the two spells, four a second (default ${default})."`
	Program string `help:"The program to run; it is built when this is empty."`
}

const (
	// writeEvery is the time between two people who write. Their answers fit into
	// what the pace leaves of Telegram's limit.
	writeEvery = 250 * time.Millisecond
	replyGoal  = 1.3
)

// Run measures and prints the table.
func (r replyRun) Run(ctx context.Context, c console) (err error) {
	if r.Rate < 1 || r.Answers < 100 {
		return errors.New("expected a rate from 1 on and at least 100 answers")
	}
	spell := time.Duration(r.Answers) * writeEvery
	// The broadcast goes on for a while when the last of them has been answered.
	s := &stand{broadcastRun: broadcastRun{
		Patients: max(2*r.Answers, r.Rate*int((spell+10*time.Second)/time.Second)), Rate: r.Rate, Program: r.Program,
	}}
	defer func() { err = errors.Join(err, s.clear()) }()
	if err := s.open(ctx, c); err != nil {
		return err
	}
	fmt.Fprintf(c.progress, "Two spells of %s, and half a minute between them.\n", spell)
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
	if got := arrived(s.telegram.Transcript()); got >= s.recipients() {
		return fmt.Errorf("the broadcast was over too early, after %d messages", got)
	}
	var t table
	for _, percent := range []int{50, 99} {
		ratio := percentile(busy, percent).Seconds() / percentile(idle, percent).Seconds()
		fmt.Fprintf(c.progress, "p%d at rest %s, during the broadcast %s\n", percent, percentile(idle, percent), percentile(busy, percent))
		t.add(fmt.Sprintf("wait for an answer, p%d: during a broadcast at %d a second ÷ at rest", percent, r.Rate),
			fmt.Sprintf("%.2f", ratio), fmt.Sprintf("at most %.1f", replyGoal), ratio <= replyGoal)
	}
	t.add("refused for pace (429)", s.telegram.Stats().TooMany, "", true)
	return t.write(c.out)
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

// answers lets n patients write, from the first-th on, and returns how long each
// waited for the answer.
func (s *stand) answers(ctx context.Context, first, n int) ([]time.Duration, error) {
	wrote := make(map[int64]time.Time, n)
	every := time.NewTicker(writeEvery)
	defer every.Stop()
	for i := range n {
		chat := crowd.FirstChat + int64(first+i)
		wrote[chat] = time.Now()
		if _, err := s.telegram.Person(chat, "P").Says("/pain 3"); err != nil {
			return nil, err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	waited := map[int64]time.Duration{}
	err := s.wait(ctx, func(events []sandbox.Event) bool {
		for _, e := range events {
			at, asked := wrote[e.ChatID]
			if asked && waited[e.ChatID] == 0 && e.Kind == sandbox.BotSent && !e.At.Before(at) && !strings.Contains(e.Text, words) {
				waited[e.ChatID] = e.At.Sub(at)
			}
		}
		return len(waited) == n
	})
	list := make([]time.Duration, 0, n)
	for _, d := range waited {
		list = append(list, d)
	}
	return list, err
}

// percentile is the wait that so many in a hundred do not exceed.
func percentile(list []time.Duration, percent int) time.Duration {
	slices.Sort(list)
	return list[(len(list)-1)*percent/100]
}
