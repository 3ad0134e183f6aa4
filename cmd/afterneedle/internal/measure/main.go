// Command measure runs the program in real time against things that stand for the
// world, and prints what came of it beside the goals. It ends with status 1 when
// a goal is missed. docs/performance.md says how to read it.
//
//	go run ./cmd/afterneedle/internal/measure broadcast
//	go run ./cmd/afterneedle/internal/measure queue
//	go run ./cmd/afterneedle/internal/measure reply
//	go run ./cmd/afterneedle/internal/measure replicas
//	go run ./cmd/afterneedle/internal/measure copy
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"

	"github.com/alecthomas/kong"

	"afterneedle/bot/sandbox"
)

type commands struct {
	Broadcast broadcastRun `cmd:"" help:"A broadcast at the real pace, with kill -9 in the middle and a timed prompt on its way."`
	Queue     queueRun     `cmd:"" help:"A million pending messages in our database, beside a million timers and a million cron entries."`
	Reply     replyRun     `cmd:"" help:"How long people wait for an answer, at rest and during a broadcast."`
	Replicas  replicasRun  `cmd:"" help:"Two processes on one PostgreSQL database beside one."`
	Copy      copyRun      `cmd:"" help:"A large clinic that moves from SQLite to PostgreSQL."`
	Hold      holdRun      `cmd:"" hidden:"" help:"Holds reminders in memory; the command queue starts this."`
}

// console is where a command writes: its result, and what it is doing.
type console struct{ out, progress io.Writer }

// errMissed ends a command whose table says which goal was missed.
var errMissed = errors.New("a goal was missed")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var c commands
	parser, err := kong.New(&c, kong.Name("measure"), kong.Writers(stdout, stderr),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(console{stdout, stderr}))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "measure: %s\n", err)
		return 2
	}
	if err := chosen.Run(); err != nil {
		fmt.Fprintf(stderr, "measure: %s\n", err)
		return 1
	}
	return 0
}

// build makes the program itself in a folder and returns its path.
func build(ctx context.Context, dir string, progress io.Writer) (string, error) {
	program := filepath.Join(dir, "afterneedle")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/afterneedle") //nolint:gosec // a path that we have made
	build.Stderr = progress
	return program, build.Run()
}

// usualRate is the program's own pace, in messages a second.
const usualRate = 25

// settings let the program work with a database and a Telegram at a pace.
func settings(telegram *sandbox.Server, database string, rate int) map[string]string {
	return map[string]string{
		"TELEGRAM_API_URL": telegram.URL(), "TELEGRAM_BOT_TOKEN": telegram.Token(), "DATABASE_URL": database,
		"AFTERNEEDLE_OWNERS": strconv.Itoa(owner), "AFTERNEEDLE_RATE": strconv.Itoa(rate),
		"AFTERNEEDLE_TIMEZONE": "UTC", "AFTERNEEDLE_LISTEN": "127.0.0.1:0",
	}
}
