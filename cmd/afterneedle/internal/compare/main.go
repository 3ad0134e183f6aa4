// Command compare measures deliveries beside River, a job queue in Go, and beside
// the bare Telegram library, all against the same HTTP server that stands for
// Telegram. It is a module of its own, so that the program does not depend on what
// it is compared with. docs/performance.md says how to read it.
//
//	cd cmd/afterneedle/internal/compare && go run .
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/alecthomas/kong"
)

// options are the command's own.
type options struct {
	Workers   []int           `default:"8,32,128" help:"Sends at the same time (default ${default})."`
	Delays    []time.Duration `default:"0s,50ms" help:"How long Telegram takes to answer (default ${default})."`
	Databases []string        `default:"sqlite,postgres" enum:"sqlite,postgres" help:"Databases (default ${default})."`
	Rounds    int             `default:"5" help:"How often each side is measured, in turn; medians are compared (default ${default})."`
	Most      int             `default:"1500" help:"Deliveries in one measurement, at the most (default ${default})."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	parser, err := kong.New(&o, kong.Name("compare"), kong.Writers(stdout, stderr))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if _, err := parser.Parse(args); err != nil {
		fmt.Fprintf(stderr, "compare: %s\n", err)
		return 2
	}
	if o.Rounds < 1 || o.Most < 1 {
		fmt.Fprintln(stderr, "compare: expected at least one round and one delivery")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.compare(ctx, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "compare: %s\n", err)
		return 1
	}
	return 0
}

// compare measures every combination and prints a table.
func (o options) compare(ctx context.Context, stdout, stderr io.Writer) (err error) {
	var results []result
	for _, kind := range o.Databases {
		d, err := openDatabases(ctx, kind)
		if err != nil {
			return err
		}
		for _, delay := range o.Delays {
			for _, workers := range o.Workers {
				t := trial{database: kind, delay: delay, workers: workers, n: o.deliveries(delay, workers)}
				fmt.Fprintf(stderr, "%s, answers after %s, %d workers, %d deliveries\n", kind, delay, workers, t.n)
				r, err := t.run(ctx, d, o.Rounds, stderr)
				if err != nil {
					return errors.Join(err, d.close())
				}
				results = append(results, r)
			}
		}
		if err := d.close(); err != nil {
			return err
		}
	}
	return printTable(stdout, results)
}

// deliveries is how many a measurement has: about three seconds' worth where the
// answers set the pace.
func (o options) deliveries(delay time.Duration, workers int) int {
	if delay == 0 {
		return o.Most
	}
	return min(o.Most, 3*workers*int(time.Second/delay))
}
