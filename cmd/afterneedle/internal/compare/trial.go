package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// trial is one combination that is measured.
type trial struct {
	database string
	delay    time.Duration
	workers  int
	n        int // deliveries
}

// result is what came of a trial: the median of each side, in deliveries a
// second.
type result struct {
	trial
	bare, river, riverAsItComes float64
	text, broadcast, reminder   float64
}

// run measures every side once a round.
func (t trial) run(ctx context.Context, d *databases, rounds int, progress io.Writer) (r result, err error) {
	server := newTelegram(t.delay)
	defer server.Close()
	database, err := d.another(ctx)
	if err != nil {
		return r, err
	}
	ours, err := t.openClinic(ctx, database)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, ours.Close()) }()
	theirs, err := d.openRiver(ctx, t)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, theirs.close()) }()
	r.trial = t
	deliver := func(prepare plan) func() (time.Duration, error) {
		return func() (time.Duration, error) { return ours.deliver(ctx, server, prepare) }
	}
	sides := []struct {
		name    string
		median  *float64
		measure func() (time.Duration, error)
	}{
		{"bare", &r.bare, func() (time.Duration, error) { return t.bare(server) }},
		{"River", &r.river, func() (time.Duration, error) { return theirs.run(ctx, server, tuned) }},
		{"River as it comes", &r.riverAsItComes, func() (time.Duration, error) { return theirs.run(ctx, server, asItComes) }},
		{"texts", &r.text, deliver(texts)},
		{"broadcasts", &r.broadcast, deliver(broadcasts)},
		{"reminders", &r.reminder, deliver(reminders)},
	}
	seen := make([][]float64, len(sides))
	for range rounds {
		for i, side := range sides {
			took, err := side.measure()
			if err != nil {
				return r, fmt.Errorf("%s: %w", side.name, err)
			}
			seen[i] = append(seen[i], float64(t.n)/took.Seconds())
		}
	}
	for i, side := range sides {
		slices.Sort(seen[i])
		*side.median = seen[i][len(seen[i])/2]
		fmt.Fprintf(progress, "  %s: %.0f a second\n", side.name, *side.median)
	}
	return r, nil
}

// printTable prints ratios: each of our kinds of deliveries to the others.
func printTable(out io.Writer, results []result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "database\tanswers after\tworkers\tours\t÷ bare\t÷ River\t÷ River as it comes")
	for _, r := range results {
		for _, ours := range []struct {
			name      string
			perSecond float64
		}{{"texts", r.text}, {"broadcasts", r.broadcast}, {"reminders", r.reminder}} {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%.2f\t%.2f\t%.2f\n", r.database, r.delay, r.workers, ours.name,
				ours.perSecond/r.bare, ours.perSecond/r.river, ours.perSecond/r.riverAsItComes)
		}
	}
	return w.Flush()
}
