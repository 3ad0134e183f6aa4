package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
	"afterneedle/store/pgserver"
)

// replicasRun measures two processes that share a PostgreSQL database beside one.
type replicasRun struct {
	Patients int           `default:"6000" help:"Patients, to each of whom a message is due at once (default ${default})."`
	Answer   time.Duration `default:"500ms" help:"How long Telegram takes to answer (default ${default})."`
	Rounds   int           `default:"3" help:"How often each is measured (default ${default})."`
	Program  string        `help:"The program to run; it is built when this is empty."`
}

const (
	paced        = 30 // messages a second, of the run that looks at the joint pace
	pacedFor     = 20 // seconds of it
	unpaced      = 1000
	replicasGoal = 1.5
)

// fleet is some processes on one database.
type fleet struct {
	program, dir string
	server       *pgserver.Server
	telegram     *sandbox.Server
	running      []*crowd.Process
}

// Run measures and prints the table.
func (r replicasRun) Run(ctx context.Context, c console) (err error) {
	if r.Patients < 100 || r.Rounds < 1 || r.Answer < 0 {
		return errors.New("expected at least 100 patients and one round")
	}
	f := &fleet{program: r.Program}
	if f.dir, err = os.MkdirTemp("", "measure"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(f.dir)) }()
	if f.program == "" {
		if f.program, err = build(ctx, f.dir, c.progress); err != nil {
			return err
		}
	}
	if f.server, err = pgserver.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.server.Close()) }()

	speeds := map[int][]float64{}
	twice := 0
	for round := range r.Rounds {
		for _, processes := range []int{1, 2} {
			got, err := f.deliver(ctx, trial{fmt.Sprintf("r%dp%d", round, processes), processes, unpaced, r.Patients, r.Answer})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.progress, "round %d, %d processes: %.0f a second\n", round+1, processes, got.speed)
			speeds[processes] = append(speeds[processes], got.speed)
			twice += got.twice
		}
	}
	got, err := f.deliver(ctx, trial{"paced", 2, paced, paced * pacedFor, 50 * time.Millisecond})
	if err != nil {
		return err
	}
	var t table
	ratio := median(speeds[2]) / median(speeds[1])
	t.add(fmt.Sprintf("deliveries a second, answers after %s: two processes ÷ one", r.Answer), fmt.Sprintf("%.2f", ratio),
		fmt.Sprintf("at least %.1f", replicasGoal), ratio >= replicasGoal)
	t.add("messages that came twice", twice+got.twice, "0", twice+got.twice == 0)
	t.add(fmt.Sprintf("two processes at %d a second together: the most in any second", paced), got.most, fmt.Sprintf("at most %d", paced), got.most <= paced)
	t.add("their speed ÷ what they may", fmt.Sprintf("%.3f", got.speed/paced), "", true)
	return t.write(c.out)
}

// trial is one way to run.
type trial struct {
	name      string
	processes int
	rate      int
	patients  int
	answer    time.Duration
}

// delivered is what Telegram counted.
type delivered struct {
	speed float64 // messages a second, without the first and the last fifth
	most  int     // in any second
	twice int
}

// deliver lets so many processes send one message to each of the patients.
func (f *fleet) deliver(ctx context.Context, r trial) (got delivered, err error) {
	now := time.Now()
	zone, err := crowd.Awake(now)
	if err != nil {
		return got, err
	}
	database, err := pgserver.Schema(ctx, f.server.URL(""), r.name)
	if err != nil {
		return got, err
	}
	_, err = crowd.Populate(ctx, crowd.Options{
		Database: database, Now: now, Owner: owner, Zone: zone, Patients: r.patients,
		Live: func(_ int, course *rehab.Course, owner int64) {
			crowd.Needled(course, owner, now.Add(-time.Minute), now)
		},
	})
	if err != nil {
		return got, err
	}
	if f.telegram, err = sandbox.Start(sandbox.Options{Username: "afterneedle_bot", Now: time.Now, AnswerDelay: r.answer}); err != nil {
		return got, err
	}
	defer f.telegram.Close()
	if err := crowd.Meet(f.telegram, owner, r.patients); err != nil {
		return got, err
	}
	f.running = nil
	defer func() {
		for _, p := range f.running {
			p.Kill()
		}
	}()
	for range r.processes {
		p, err := crowd.Launch(f.program, f.dir, settings(f.telegram, database, r.rate), "serve")
		if err != nil {
			return got, err
		}
		f.running = append(f.running, p)
	}
	var arrivals []time.Time
	limited, cancel := context.WithTimeout(ctx, ready+time.Duration(r.patients)*time.Second/10)
	defer cancel()
	err = f.telegram.WaitFor(limited, func(events []sandbox.Event) bool { return len(events) >= r.patients && welcomed(events) == r.patients })
	if err != nil {
		return got, fmt.Errorf("%w; the log of a process ends:\n%s", err, tail(f.running[0].Log.String()))
	}
	for _, p := range f.running {
		if _, err := p.Signal(syscall.SIGTERM, ready); err != nil {
			return got, err
		}
	}
	seen := map[int64]bool{}
	for _, e := range f.telegram.Transcript() {
		if e.Kind == sandbox.BotSent && e.ChatID >= crowd.FirstChat {
			if seen[e.ChatID] {
				got.twice++
			}
			seen[e.ChatID] = true
			arrivals = append(arrivals, e.At)
		}
	}
	slices.SortFunc(arrivals, time.Time.Compare)
	first, last := len(arrivals)/5, len(arrivals)*4/5
	got.speed = float64(last-first) / arrivals[last].Sub(arrivals[first]).Seconds()
	got.most = f.telegram.Stats().MaxPerSecond
	return got, nil
}

// welcomed counts the patients who have got a message.
func welcomed(events []sandbox.Event) int {
	seen := map[int64]bool{}
	for _, e := range events {
		if e.Kind == sandbox.BotSent && e.ChatID >= crowd.FirstChat {
			seen[e.ChatID] = true
		}
	}
	return len(seen)
}
