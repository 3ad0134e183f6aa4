package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
	"afterneedle/store/pgserver"
)

// copyRun moves a clinic from SQLite to PostgreSQL, and works on with it there.
type copyRun struct {
	Patients int    `default:"100000" help:"Patients of the clinic (default ${default})."`
	Program  string `help:"The program to run; it is built when this is empty."`
}

const (
	// goesOn is how many messages show that the bot works on with the copy.
	goesOn = 100
	// badSetting is the status of a program that was told to do something wrong.
	badSetting = 2
)

// moving is a clinic that is being moved.
type moving struct {
	copyRun
	dir, from, to string
	telegram      *sandbox.Server
}

// Run copies, and prints the table.
func (r copyRun) Run(ctx context.Context, c console) (err error) {
	if r.Patients < goesOn {
		return fmt.Errorf("expected at least %d patients", goesOn)
	}
	m := &moving{copyRun: r}
	if m.dir, err = os.MkdirTemp("", "measure"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(m.dir)) }()
	if m.Program == "" {
		if m.Program, err = build(ctx, m.dir, c.progress); err != nil {
			return err
		}
	}
	server, err := pgserver.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	m.from, m.to = filepath.Join(m.dir, "clinic.db"), server.URL("")
	began := time.Now()
	if err := m.fill(ctx); err != nil {
		return err
	}
	defer m.telegram.Close()
	fmt.Fprintf(c.progress, "%d patients after %s\n", r.Patients, time.Since(began).Round(time.Second))

	began = time.Now()
	status, first, err := m.copy(ctx)
	if err != nil || status != 0 {
		return errors.Join(err, fmt.Errorf("copy ended with status %d", status))
	}
	fmt.Fprintf(c.progress, "copied after %s\n%s", time.Since(began).Round(time.Second), first)
	var t table
	t.add("patients", r.Patients, "", true)
	filled, n := rows(first)
	t.add("tables that hold something, rows", fmt.Sprintf("%d, %d", filled, n), "", true)
	same := strings.Count(first, "the same in both")
	t.add("tables with the same sum in both", same, strconv.Itoa(strings.Count(first, "\n")), same > 0 && same == strings.Count(first, "\n"))
	status, again, err := m.copy(ctx)
	if err != nil {
		return err
	}
	t.add("copied again: status, the same sums", fmt.Sprintf("%d, %v", status, again == first), "0, true", status == 0 && again == first)
	if err := m.workOn(ctx, &t); err != nil {
		return err
	}
	return t.write(c.out)
}

var rowCount = regexp.MustCompile(`(?m)\s(\d+) rows\s`)

// rows adds up the rows of all tables of a report, and counts the tables that have any.
func rows(report string) (filled, n int) {
	for _, m := range rowCount.FindAllStringSubmatch(report, -1) {
		k, _ := strconv.Atoi(m[1])
		n += k
		if k > 0 {
			filled++
		}
	}
	return filled, n
}

// fill makes a clinic in which a message is due to everybody, and every tenth patient
// has been with the bot for two weeks, each with pain of their own.
func (m *moving) fill(ctx context.Context) error {
	const tenth, fortnight = 10, 14 * 24 * time.Hour
	var lived error
	now := time.Now()
	zone, err := crowd.Awake(now)
	if err != nil {
		return err
	}
	_, err = crowd.Populate(ctx, crowd.Options{
		Database: m.from, Now: now, Owner: owner, Zone: zone, Patients: m.Patients,
		Live: func(i int, course *rehab.Course, owner int64) {
			if i%tenth == 0 {
				pain := rehab.PainScore(i / tenth % 8)
				lived = errors.Join(lived, crowd.Lived(course, owner, now.Add(-fortnight), now.Add(-time.Hour), pain))
			}
			crowd.Needled(course, owner, now.Add(-time.Minute), now)
		},
	})
	if err := errors.Join(err, lived); err != nil {
		return err
	}
	if m.telegram, err = sandbox.Start(sandbox.Options{Username: "afterneedle_bot", Now: time.Now}); err != nil {
		return err
	}
	return crowd.Meet(m.telegram, owner, m.Patients)
}

// copy runs the program's own command.
func (m *moving) copy(ctx context.Context) (status int, report string, err error) {
	var out, errs bytes.Buffer
	run := exec.CommandContext(ctx, m.Program, "copy", "--from", m.from, "--to", m.to) //nolint:gosec // our own program
	run.Stdout, run.Stderr = &out, &errs
	err = run.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.Exited() {
		return failed.ExitCode(), out.String() + errs.String(), nil
	}
	return 0, out.String(), err
}

// workOn serves from the copy, and tries to copy once more meanwhile, from either
// side while it is in use.
func (m *moving) workOn(ctx context.Context, t *table) error {
	program, err := crowd.Launch(m.Program, m.dir, settings(m.telegram, m.to, usualRate), "serve")
	if err != nil {
		return err
	}
	defer program.Kill()
	limited, cancel := context.WithTimeout(ctx, 2*ready)
	defer cancel()
	if err := m.telegram.WaitFor(limited, func(events []sandbox.Event) bool { return welcomed(events) >= goesOn }); err != nil {
		return fmt.Errorf("%w; the log ends:\n%s", err, tail(program.Log.String()))
	}
	t.add("messages that the bot sends from there", fmt.Sprintf("%d and more", goesOn), "", true)
	m.from, m.to = m.to, filepath.Join(m.dir, "back.db")
	status, _, err := m.copy(ctx)
	if err != nil {
		return err
	}
	t.add("copy from a database that is in use: status", status, strconv.Itoa(badSetting), status == badSetting)
	status, err = program.Signal(syscall.SIGTERM, ready)
	if err == nil && status != 0 {
		err = fmt.Errorf("the program ended with status %d", status)
	}
	return err
}
