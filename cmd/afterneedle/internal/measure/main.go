// Command measure runs the program against the sandbox in real time, and prints
// what Telegram's side counted. It ends with status 1 when a goal is missed.
//
//	go run ./cmd/afterneedle/internal/measure broadcast
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"
)

type commands struct {
	Broadcast broadcastRun `cmd:"" help:"A broadcast at the real pace, with kill -9 in the middle and a timed prompt on its way."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("measure"), kong.Writers(stdout, stderr))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if _, err := parser.Parse(args); err != nil {
		fmt.Fprintf(stderr, "measure: %s\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	met, err := c.Broadcast.measure(ctx, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "measure: %s\n", err)
		return 1
	}
	if !met {
		return 1
	}
	return 0
}
