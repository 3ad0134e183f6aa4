// Package demo plays the main job offline: a clinic, its patients and twelve
// weeks of virtual time, over real HTTP against the sandbox. It prints the
// conversation, and an auditor with expectations of its own reads what the
// sandbox received.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/stage"
)

// Options set the demo up.
type Options struct {
	Seed  uint64 // varies answers that the story leaves open
	Quiet bool   // only the closing table
	Out   io.Writer
	Log   io.Writer // the program's own log
	// Webhook lets updates be posted instead of polled.
	Webhook bool
	// After looks at what the sandbox received; nil for nobody.
	After func(*sandbox.Server)
}

// Run plays the story and prints it. It reports false when the auditor found a
// message outside its window, a load that broke a rule, or something lost.
func Run(ctx context.Context, o Options) (ok bool, err error) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "afterneedle-demo-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	zone, err := time.LoadLocation(clinicZone)
	if err != nil {
		return false, err
	}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, zone)
	s, err := stage.Open(ctx, stage.Options{
		Dir: dir, Start: start, Zone: zone, Clinic: clinicName, Owners: []int64{doctorID}, Log: o.Log, Webhook: o.Webhook,
	})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p := newPlay(s, zone, o)
	p.printf("%s\n\n", heading)
	story(p, start, o.Seed)
	if err := p.run(start.AddDate(0, 0, 85)); err != nil {
		return false, err
	}
	found := audit(s.Telegram, p.people, p.birth, zone)
	found.problems = append(p.missed, found.problems...)
	p.table(found, time.Since(began))
	if o.After != nil {
		o.After(s.Telegram)
	}
	return len(found.problems) == 0, nil
}

const heading = `afterneedle demo: one clinic, its patients, twelve weeks of virtual time.
Everything below went over HTTP through a local Bot API server. Local times.
Once something has been said in full, its repetitions are left out; each later
workout is one line, and so is each digest after the first two. → is a message
of the bot, ✎ one that it edits; before a load, * is the first one, == the same
and >> another.`

// move is something that a person does at a moment.
type move struct {
	at      time.Time
	do      func() error
	routine bool // done every day: what was shown before is left out
}

// play is a performance: people with their moves, and what was said so far.
type play struct {
	stage  *stage.Stage
	zone   *time.Location
	out    io.Writer
	quiet  bool
	people map[int64]*person
	moves  []move
	heard  int  // events of the transcript that were looked at
	dull   bool // a routine goes on
	birth  map[string]time.Time
	shown  *shown
	missed []string // what people wanted to do and could not
}

func newPlay(s *stage.Stage, zone *time.Location, o Options) *play {
	return &play{
		stage: s, zone: zone, out: o.Out, quiet: o.Quiet, people: map[int64]*person{},
		birth: map[string]time.Time{}, shown: newShown(),
	}
}

// at lets somebody do something at a moment.
func (p *play) at(t time.Time, do func() error) { p.add(move{at: t, do: do}) }

func (p *play) add(next move) {
	i, _ := slices.BinarySearchFunc(p.moves, next.at, func(m move, t time.Time) int {
		if m.at.After(t) {
			return 1
		}
		return -1
	})
	p.moves = slices.Insert(p.moves, i, next)
}

// run plays until end: from one moment at which something is due, or somebody
// does something, to the next.
func (p *play) run(end time.Time) error {
	for {
		due, ok, err := p.stage.NextDue()
		if err != nil {
			return err
		}
		next := end
		if ok && due.Before(next) {
			next = due
		}
		if len(p.moves) > 0 && p.moves[0].at.Before(next) {
			next = p.moves[0].at
		}
		if now := p.stage.Time.Now(); next.Before(now) {
			next = now
		}
		if err := p.stage.MoveTo(next); err != nil {
			return err
		}
		p.listen()
		if !next.Before(end) {
			return nil
		}
		for len(p.moves) > 0 && !p.moves[0].at.After(next) {
			m := p.moves[0]
			p.moves = p.moves[1:]
			p.dull = m.routine
			if err := m.do(); err != nil {
				// What somebody wanted to answer is not there.
				p.missed = append(p.missed, fmt.Sprintf("%s: %v", next.In(p.zone).Format("Mon 2 Jan 15:04"), err))
			}
			if err := p.stage.Settle(); err != nil {
				return err
			}
			p.listen()
			p.dull = false
		}
	}
}

// listen shows what was said since the last time, and lets people react.
func (p *play) listen() {
	events := p.stage.Telegram.Transcript()
	for _, e := range events[p.heard:] {
		who := p.people[e.ChatID]
		if who == nil {
			continue
		}
		p.show(who, e)
		if e.Kind == sandbox.BotSent && !e.Edited && who.react != nil {
			who.react(e)
		}
	}
	p.heard = len(events)
}

func (p *play) printf(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(p.out, format, args...)
	}
}
