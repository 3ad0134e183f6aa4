// Command afterneedle is a Telegram bot that walks patients through the hours
// and weeks after dry needling.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
	_ "time/tzdata" // patients' zones are known on every machine

	"github.com/alecthomas/kong"

	"afterneedle/cmd/afterneedle/internal/app"
	"afterneedle/cmd/afterneedle/internal/demo"
	"afterneedle/content"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1 // the work failed
	exitUsage  = 2 // the command line or a setting is wrong
)

type commands struct {
	Demo        demoCmd        `cmd:"" help:"Shows the whole way offline, in seconds: a clinician, patients, twelve weeks of virtual time."`
	Serve       serveCmd       `cmd:"" help:"Runs the bot."`
	Decide      decideCmd      `cmd:"" help:"Reads one JSON object a line on standard input and writes one decision a line. Its field kind says which table is asked: workout (the default), gate, stretch, layoff or entry_load."`
	Check       checkCmd       `cmd:"" help:"Checks a content folder and prints file:line: problem for each fault."`
	Backup      backupCmd      `cmd:"" help:"Copies the database into a new file, while the bot is running or not."`
	Copy        copyCmd        `cmd:"" help:"Copies a clinic from one database into another, such as from SQLite to PostgreSQL, and compares them. Neither may be in use."`
	Healthcheck healthcheckCmd `cmd:"" help:"Asks a running bot whether it is healthy."`
	Help        helpCmd        `cmd:"" help:"Explains the commands."`
}

func main() {
	// net/http writes there what a server sends unasked, which may be anything.
	log.SetOutput(io.Discard)
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run carries out one command line and returns the exit status.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	var c commands
	status := -1
	parser, err := kong.New(&c, kong.Name("afterneedle"), kong.Writers(out, errs),
		kong.Description("Aftercare after dry needling, over Telegram."),
		kong.Exit(func(code int) { status = code }),
		kong.Bind(streams{in, out, errs}))
	if err != nil {
		fmt.Fprintln(errs, "afterneedle:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if status >= 0 {
		return status
	}
	if err != nil {
		err = usageError{err}
	} else {
		err = parsed.Run(parser)
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFaulty):
		return exitFailed
	}
	fmt.Fprintln(errs, "afterneedle:", tokens.ReplaceAllString(err.Error(), "<token>"))
	if errors.Is(err, app.ErrSetting) || errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}

// tokens finds what somebody took for an argument but is a secret.
var tokens = regexp.MustCompile(`\d{6,}:[A-Za-z0-9_-]{3,}`)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// errFaulty says that the work is done and that its output names the faults.
var errFaulty = errors.New("faults were found")

// untilStopped is a context that ends when the process is told to stop.
func untilStopped() (ctx context.Context, end func()) {
	return signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
}

type demoCmd struct {
	Seed  uint64 `default:"1" help:"Varies what the patients answer where the story leaves it open."`
	Quiet bool   `help:"Prints only the closing table."`
}

// Run plays the demo.
func (d *demoCmd) Run(s streams) error {
	ok, err := demo.Run(context.Background(), demo.Options{Seed: d.Seed, Quiet: d.Quiet, Out: s.out, Log: io.Discard})
	if err == nil && !ok {
		return errFaulty
	}
	return err
}

type serveCmd struct{ app.Config }

// Help says where the token comes from, which is no flag.
func (*serveCmd) Help() string {
	return "The bot's token is a secret and no flag: it comes from $TELEGRAM_BOT_TOKEN, or from the file that $TELEGRAM_BOT_TOKEN_FILE names. The URL of a database with a password is one too: it comes from $DATABASE_URL, or from the file that $DATABASE_URL_FILE names."
}

// Run serves until the process is told to stop.
func (c *serveCmd) Run(s streams) error {
	ctx, end := untilStopped()
	defer end()
	return app.Serve(ctx, c.Config, s.out, s.err)
}

type decideCmd struct{}

// Run answers every line.
func (decideCmd) Run(s streams) error {
	faulty, err := runDecide(s.in, s.out)
	if err == nil && faulty {
		return errFaulty
	}
	return err
}

type checkCmd struct {
	Dir string `arg:"" optional:"" help:"The folder; without one, the embedded content."`
}

// Help says what it cannot see.
func (*checkCmd) Help() string {
	return "It looks into no database. That hours, doses or muscles have changed and the version in protocol.yaml has not is seen by serve: its log says so while it runs, and its next start is refused."
}

// Run prints every fault.
func (c *checkCmd) Run(s streams) error {
	if info, err := os.Stat(c.Dir); c.Dir != "" && (err != nil || !info.IsDir()) {
		return usageError{fmt.Errorf("%s: expected a folder with content files", c.Dir)}
	}
	faults := content.Check(c.Dir)
	for _, f := range faults {
		fmt.Fprintln(s.out, f)
	}
	if len(faults) > 0 {
		return errFaulty
	}
	return nil
}

type healthcheckCmd struct {
	Listen string `name:"afterneedle-listen" env:"AFTERNEEDLE_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where the bot answers."`
}

// Run asks /healthz once.
func (c *healthcheckCmd) Run() error {
	// No proxy stands between us and our own address.
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}
	resp, err := client.Get("http://" + c.Listen + "/healthz")
	if err != nil {
		return fmt.Errorf("no answer on %s", c.Listen)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: %s", resp.Status)
	}
	return nil
}

type backupCmd struct {
	File      string `arg:"" help:"The new file."`
	Database  string `name:"database-url" env:"DATABASE_URL" default:"afterneedle.db" placeholder:"FILE" help:"The SQLite file (default ${default})."`
	Recipient string `name:"afterneedle-backup-recipient" env:"AFTERNEEDLE_BACKUP_RECIPIENT" placeholder:"AGE1…" help:"Whom the backup is encrypted for, age recipients separated by commas (default: not encrypted)."`
}

// Run makes a backup, or nothing when the process is told to stop.
func (c *backupCmd) Run() error {
	ctx, end := untilStopped()
	defer end()
	return app.Backup(ctx, c.Database, c.File, c.Recipient)
}

type copyCmd struct {
	From string `placeholder:"URL" help:"The database that is copied: an SQLite file or a PostgreSQL URL."`
	To   string `placeholder:"URL" help:"The new one. It is left alone when it holds the same already."`
}

// Help says where a password belongs.
func (*copyCmd) Help() string {
	return "Leave out the one whose URL holds a password: it comes from $DATABASE_URL, or from the file that $DATABASE_URL_FILE names."
}

// Run copies, or leaves nothing behind when the process is told to stop.
func (c *copyCmd) Run(s streams) error {
	ctx, end := untilStopped()
	defer end()
	return app.Copy(ctx, c.From, c.To, s.out)
}

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command to explain."`
}

// Run prints the help of a command, or of all.
func (h *helpCmd) Run(parser *kong.Kong) error {
	ctx, err := kong.Trace(parser, append(h.Command, "--help"))
	if err != nil {
		return err
	}
	if ctx.Error != nil {
		return usageError{ctx.Error}
	}
	return ctx.PrintUsage(false)
}
