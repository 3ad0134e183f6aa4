package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
)

// broadcastRun measures one broadcast.
type broadcastRun struct {
	Patients int    `default:"2000" help:"Patients of the clinic (default ${default})."`
	Blocked  int    `default:"40" help:"Those of them who block the bot, which it does not know yet (default ${default})."`
	Held     int    `default:"25" help:"Those of them who are on hold (default ${default})."`
	Rate     int    `default:"25" help:"Messages a second (default ${default})."`
	Kills    int    `default:"2" help:"How often the program is killed in the middle (default ${default})."`
	Program  string `help:"The program to run; it is built when this is empty."`
}

const (
	owner   = 100
	words   = "New workouts from Monday on"
	promptN = 3 // patients with a timed prompt in the middle
	// ready bounds how long the program may take to start.
	ready = 30 * time.Second
	// undo is the time in which a broadcast can be called back.
	undo = 30 * time.Second
)

// stand is the world around one measurement.
type stand struct {
	broadcastRun
	dir      string
	settings map[string]string
	telegram *sandbox.Server
	owner    *sandbox.Person
	program  *crowd.Process
	// lives says what has happened to patient i of a clinic that is made now.
	lives func(now time.Time) func(i int, course *rehab.Course, owner int64)
	dueAt time.Time // of the timed prompts
}

// Run measures and prints the table.
func (r broadcastRun) Run(ctx context.Context, c console) (err error) {
	if r.Patients < 10 || r.Blocked < 0 || r.Held < 0 || r.Blocked+r.Held+promptN > r.Patients || r.Rate < 1 || r.Kills < 0 {
		return errors.New("expected at least 10 patients, of whom some are neither blocked nor held, a rate from 1 on and no negative number")
	}
	s := &stand{broadcastRun: r}
	s.lives = s.onTheWay
	defer func() { err = errors.Join(err, s.clear()) }()
	if err := s.open(ctx, c); err != nil {
		return err
	}
	killed, err := s.send(ctx, c.progress)
	if err != nil {
		return fmt.Errorf("%w; the log of the program ends:\n%s", err, tail(s.program.Log.String()))
	}
	return s.table(killed).write(c.out)
}

// open fills a clinic and starts the program.
func (s *stand) open(ctx context.Context, c console) (err error) {
	if s.dir, err = os.MkdirTemp("", "measure"); err != nil {
		return err
	}
	if s.Program == "" {
		if s.Program, err = build(ctx, s.dir, c.progress); err != nil {
			return err
		}
	}
	if err := s.fill(ctx); err != nil {
		return err
	}
	return s.start()
}

// clear takes everything away that there is.
func (s *stand) clear() error {
	if s.program != nil {
		s.program.Kill()
	}
	if s.telegram != nil {
		s.telegram.Close()
	}
	return os.RemoveAll(s.dir)
}

func tail(log string) string { return log[max(len(log)-2000, 0):] }

// onTheWay is a clinic with those first who have a timed prompt in the middle of the
// broadcast, and then those on hold.
func (s *stand) onTheWay(now time.Time) func(i int, course *rehab.Course, owner int64) {
	s.dueAt = now.Add(undo + 5*time.Second + s.expected()/2)
	return func(i int, course *rehab.Course, owner int64) {
		switch {
		case i < promptN:
			moveAt(course, owner, s.dueAt, now)
		case i < promptN+s.Held:
			course.HoldExercise(owner, "a cold", 0, now)
		}
	}
}

// moveAt lets a patient be asked to move at a moment.
func moveAt(course *rehab.Course, owner int64, at, now time.Time) {
	// Easy movement is asked for five hours after a needling.
	crowd.Needled(course, owner, at.Add(-5*time.Hour), now)
}

// fill makes the clinic.
func (s *stand) fill(ctx context.Context) (err error) {
	s.telegram, err = sandbox.Start(sandbox.Options{
		Username: "afterneedle_bot", Now: time.Now, AnswerDelay: 50 * time.Millisecond,
		Rates: sandbox.Rates{Global: max(30, s.Rate+5), PerChatEvery: time.Second, PerChatBurst: 3},
	})
	if err != nil {
		return err
	}
	s.owner = s.telegram.Person(owner, "Maria")
	if err := crowd.Meet(s.telegram, owner, s.Patients); err != nil {
		return err
	}
	for i := range s.Blocked {
		if err := s.telegram.Person(crowd.FirstChat+int64(promptN+s.Held+i), "P").Blocks(); err != nil {
			return err
		}
	}
	if err := crowd.Forget(s.telegram); err != nil {
		return err
	}
	now := time.Now()
	zone, err := crowd.Awake(now)
	if err != nil {
		return err
	}
	database := filepath.Join(s.dir, "clinic.db")
	s.settings = settings(s.telegram, database, s.Rate)
	_, err = crowd.Populate(ctx, crowd.Options{
		Database: database, Now: now, Owner: owner, Zone: zone, Patients: s.Patients, Live: s.lives(now),
	})
	return err
}

func (s *stand) start() (err error) {
	if s.program, err = crowd.Launch(s.Program, s.dir, s.settings, "serve"); err != nil {
		return err
	}
	_, _, err = s.program.Ready(ready)
	return err
}

// send lets the owner send the broadcast, kills the program on the way, and waits
// for the report; what is in doubt is sent again and waited for too.
func (s *stand) send(ctx context.Context, stderr io.Writer) (killed int, err error) {
	if _, err := s.owner.Says("/broadcast " + words); err != nil {
		return 0, err
	}
	if err := s.reads(ctx, 1, "To "+strconv.Itoa(s.Patients-s.Held)+" patients"); err != nil {
		return 0, err
	}
	if err := s.owner.Taps("Send to"); err != nil {
		return 0, err
	}
	fmt.Fprintf(stderr, "The broadcast begins in %s and takes about %s.\n", undo, s.expected().Round(time.Second))
	for killed < s.Kills {
		target := (killed + 1) * s.recipients() / (s.Kills + 1)
		err := s.wait(ctx, func(events []sandbox.Event) bool { return arrived(events) >= target })
		if err != nil {
			return killed, err
		}
		if _, err := s.program.Signal(syscall.SIGKILL, ready); err != nil {
			return killed, err
		}
		killed++
		if err := s.start(); err != nil {
			return killed, err
		}
		fmt.Fprintf(stderr, "Killed and started again after %d messages.\n", target)
	}
	if err := s.reads(ctx, 1, "Audience:"); err != nil {
		return killed, err
	}
	if s.inDoubt() == 0 {
		return killed, nil
	}
	if err := s.owner.Taps("Send to those"); err != nil {
		return killed, err
	}
	return killed, s.reads(ctx, 2, "Audience:")
}

func (s *stand) recipients() int { return s.Patients - s.Held }

// expected is how long the pace alone makes it last.
func (s *stand) expected() time.Duration {
	return time.Duration(s.recipients()) * time.Second / time.Duration(s.Rate)
}

// reads waits until the owner has got a text n times.
func (s *stand) reads(ctx context.Context, n int, text string) error {
	return s.wait(ctx, func(events []sandbox.Event) bool { return len(toOwner(events, text)) >= n })
}

func toOwner(events []sandbox.Event, text string) (found []sandbox.Event) {
	for _, e := range events {
		if e.Kind == sandbox.BotSent && e.ChatID == owner && strings.Contains(e.Text, text) {
			found = append(found, e)
		}
	}
	return found
}

func (s *stand) wait(ctx context.Context, ok func([]sandbox.Event) bool) error {
	limited, cancel := context.WithTimeout(ctx, undo+2*s.expected()+ready)
	defer cancel()
	return s.telegram.WaitFor(limited, ok)
}

// arrived counts the messages of the broadcast.
func arrived(events []sandbox.Event) int {
	n := 0
	for _, e := range events {
		if ours(e) {
			n++
		}
	}
	return n
}

// ours reports whether an event is a message of the broadcast to a patient.
func ours(e sandbox.Event) bool {
	return e.Kind == sandbox.BotSent && e.ChatID >= crowd.FirstChat && strings.Contains(e.Text, words)
}
