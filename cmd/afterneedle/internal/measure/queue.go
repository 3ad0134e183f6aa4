package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
	"afterneedle/store"
)

// queueRun measures what it takes to keep many messages pending: in the database
// of the program, in timers and in cron.
type queueRun struct {
	Pending []int  `default:"100000,1000000" help:"Messages that are pending (default ${default})."`
	Rounds  int    `default:"5" help:"How often each side is measured, in turn; medians are compared (default ${default})."`
	Program string `help:"The program to run; it is built when this is empty."`
}

const (
	queuePatients = 1000 // of the clinic
	// queueReady bounds how long a side may take to start.
	queueReady = time.Minute
	addTries   = 11 // reminders added in one round
	// paceSpell is how long what a program has sent counts for the next one: within it,
	// the first message would wait.
	paceSpell = time.Second
)

// side is what was measured of one way to keep messages, a figure a round.
type side struct {
	memory []float64 // bytes
	start  []float64 // seconds from the start of the process to the first message
	add    []float64 // seconds for one more
	needle []float64 // seconds for a needling with all that follows from it
}

// shelf is one measurement with a given number of pending messages.
type shelf struct {
	queueRun
	n           int
	dir, itself string
	telegram    *sandbox.Server
	now, later  time.Time // the pending messages are due later

	full, empty, timers, cron side
}

// Run measures and prints the table.
func (r queueRun) Run(ctx context.Context, c console) (err error) {
	dir, err := os.MkdirTemp("", "measure")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if r.Program == "" {
		if r.Program, err = build(ctx, dir, c.progress); err != nil {
			return err
		}
	}
	itself, err := os.Executable()
	if err != nil {
		return err
	}
	var t table
	for _, n := range r.Pending {
		if n < queuePatients || r.Rounds < 1 {
			return fmt.Errorf("expected at least %d pending messages and one round", queuePatients)
		}
		fmt.Fprintf(c.progress, "%d pending messages\n", n)
		now := time.Now()
		s := shelf{queueRun: r, n: n, dir: dir, itself: itself, now: now, later: now.Add(24 * time.Hour)}
		if err := s.measure(ctx, c); err != nil {
			return err
		}
		s.report(&t)
	}
	return t.write(c.out)
}

func (s *shelf) measure(ctx context.Context, c console) (err error) {
	full, empty := filepath.Join(s.dir, fmt.Sprint(s.n, ".db")), filepath.Join(s.dir, fmt.Sprint(s.n, "-empty.db"))
	for database, n := range map[string]int{full: s.n, empty: 0} {
		if err := s.fill(ctx, database, n); err != nil {
			return err
		}
	}
	if s.telegram, err = sandbox.Start(sandbox.Options{Username: "afterneedle_bot", Now: time.Now}); err != nil {
		return err
	}
	defer s.telegram.Close()
	if err := crowd.Meet(s.telegram, owner, 2*s.Rounds); err != nil {
		return err
	}
	for i := range s.Rounds {
		fmt.Fprintf(c.progress, "round %d of %d\n", i+1, s.Rounds)
		err := errors.Join(
			s.program(ctx, &s.full, full, 2*i), s.program(ctx, &s.empty, empty, 2*i+1),
			s.hold(&s.timers, "timers"), s.hold(&s.cron, "cron"),
		)
		if err != nil {
			return err
		}
		time.Sleep(paceSpell)
	}
	s.full.tell(c.progress, "serve")
	s.empty.tell(c.progress, "serve with nothing pending")
	s.timers.tell(c.progress, "timers")
	s.cron.tell(c.progress, "cron")
	return nil
}

// fill makes a clinic with n messages pending, a broadcast for every thousand.
func (s *shelf) fill(ctx context.Context, database string, n int) error {
	zone, err := crowd.Awake(s.now)
	if err != nil {
		return err
	}
	_, err = crowd.Populate(ctx, crowd.Options{
		Database: database, Now: s.now, Owner: owner, Zone: zone, Patients: queuePatients,
		Live: func(int, *rehab.Course, int64) {},
	})
	if err != nil {
		return err
	}
	return s.inside(ctx, database, func(clinic *store.Store) error {
		return crowd.Announce(ctx, clinic, owner, n/queuePatients, s.later)
	})
}

// inside opens a database while no program holds it.
func (s *shelf) inside(ctx context.Context, database string, fn func(*store.Store) error) error {
	clinic, err := store.Open(ctx, database, store.Options{Now: s.now})
	if err != nil {
		return err
	}
	return errors.Join(fn(clinic), clinic.Close())
}

// program measures our program with a database. The message that is due at once
// goes to the patient with the given number.
func (s *shelf) program(ctx context.Context, side *side, database string, patient int) error {
	chat := crowd.FirstChat + int64(patient)
	err := s.inside(ctx, database, func(clinic *store.Store) error {
		return errors.Join(s.needle(ctx, clinic, side, patient), s.say(ctx, clinic, side, chat))
	})
	if err != nil {
		return err
	}
	begun := time.Now()
	process, err := crowd.Launch(s.Program, s.dir, settings(s.telegram, database, usualRate), "serve")
	if err != nil {
		return err
	}
	defer process.Kill()
	limited, cancel := context.WithTimeout(ctx, queueReady)
	defer cancel()
	err = s.telegram.WaitFor(limited, func(events []sandbox.Event) bool {
		return len(sentTo(events, chat)) > 0
	})
	if err != nil {
		return fmt.Errorf("%w; the log of the program ends:\n%s", err, tail(process.Log.String()))
	}
	side.start = append(side.start, time.Since(begun).Seconds())
	if err := side.remember(process); err != nil {
		return err
	}
	// After a kill the next one would wait a second, for this one may just have sent.
	_, err = process.Signal(syscall.SIGTERM, queueReady)
	return err
}

func sentTo(events []sandbox.Event, chat int64) (found []sandbox.Event) {
	for _, e := range events {
		if e.Kind == sandbox.BotSent && e.ChatID == chat {
			found = append(found, e)
		}
	}
	return found
}

// say times how long one more message takes, and lets one be due at once.
func (s *shelf) say(ctx context.Context, clinic *store.Store, side *side, chat int64) error {
	var took []float64
	for i := range addTries {
		at := s.later
		if i == 0 {
			at = s.now
		}
		begun := time.Now()
		_, err := clinic.Do(ctx, s.now, 0, func(tx *store.Tx) error {
			_, err := tx.Say(rehab.Delivery{
				Kind: rehab.KindReply, Lane: rehab.LaneTimed, ChatID: chat, DueAt: at, Body: []byte(`{"text":"Hello"}`),
			})
			return err
		})
		if err != nil {
			return err
		}
		took = append(took, time.Since(begun).Seconds())
	}
	side.add = append(side.add, median(took))
	return nil
}

// needle times how long it takes to record a needling, with the plan that follows
// from it.
func (s *shelf) needle(ctx context.Context, clinic *store.Store, side *side, patient int) error {
	var took []float64
	for i := range addTries {
		chat := crowd.FirstChat + int64(2*s.Rounds+patient*addTries+i)
		begun := time.Now()
		result, err := clinic.Do(ctx, s.later, 0, func(tx *store.Tx) error {
			p, err := tx.PatientByChat(chat)
			if err != nil {
				return err
			}
			course, err := tx.Course(p.ID)
			if err == nil {
				crowd.Needled(course, p.ClinicianID, s.later.Add(-time.Minute), s.later)
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(result.Due) == 0 {
			return errors.New("a needling has planned nothing")
		}
		took = append(took, time.Since(begun).Seconds())
	}
	side.needle = append(side.needle, median(took))
	return nil
}

// hold measures a process that keeps the same number of reminders in memory.
func (s *shelf) hold(side *side, by string) error {
	begun := time.Now()
	process, err := crowd.Launch(s.itself, s.dir, nil, "hold", by, strconv.Itoa(s.n))
	if err != nil {
		return err
	}
	defer process.Kill()
	if _, err := process.Out.Await("ready", queueReady); err != nil {
		return err
	}
	side.start = append(side.start, time.Since(begun).Seconds())
	if err := side.remember(process); err != nil || by == "timers" {
		return err
	}
	found, err := process.Out.Await(`added (\S+)\n`, queueReady)
	if err != nil {
		return err
	}
	added, err := strconv.ParseFloat(found[1], 64)
	side.add = append(side.add, added)
	return err
}

func (s *side) remember(process *crowd.Process) error {
	peak, err := process.PeakMemory()
	s.memory = append(s.memory, float64(peak))
	return err
}

// report adds the ratios of medians to a table. Goals are for a million.
func (s *shelf) report(t *table) {
	add := func(what string, ours, theirs []float64, goal float64) {
		ratio := median(ours) / median(theirs)
		what, got := fmt.Sprintf("%d pending: %s", s.n, what), fmt.Sprintf("%.4f", ratio)
		if goal == 0 || s.n != 1_000_000 {
			t.add(what, got, "", true)
			return
		}
		t.add(what, got, fmt.Sprintf("at most %g", goal), ratio <= goal)
	}
	add("memory of serve ÷ a timer each", s.full.memory, s.timers.memory, 0.06)
	add("memory of serve ÷ a cron entry each", s.full.memory, s.cron.memory, 0)
	add("memory of serve ÷ nothing pending", s.full.memory, s.empty.memory, 0)
	add("one more message, on disk ÷ one more cron entry", s.full.add, s.cron.add, 0)
	add("one more message, on disk ÷ nothing pending", s.full.add, s.empty.add, 0)
	add("a needling and its plan, on disk ÷ one more cron entry", s.full.needle, s.cron.add, 0.004)
	add("a needling and its plan, on disk ÷ nothing pending", s.full.needle, s.empty.needle, 0)
	add("start to first message ÷ cron with an entry each", s.full.start, s.cron.start, 0.2)
	add("start to first message ÷ nothing pending", s.full.start, s.empty.start, 0)
}

// tell prints the medians of one way, for orientation.
func (s *side) tell(out io.Writer, name string) {
	fmt.Fprintf(out, "%s: %.0f MiB, %.2f s to the first message\n", name, median(s.memory)/(1<<20), median(s.start))
	if len(s.add) > 0 {
		fmt.Fprintf(out, "%s: %.2f ms for one more\n", name, 1000*median(s.add))
	}
	if len(s.needle) > 0 {
		fmt.Fprintf(out, "%s: %.2f ms for a needling\n", name, 1000*median(s.needle))
	}
}
