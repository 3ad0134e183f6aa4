// Package stage runs the whole program against the sandbox on virtual time, with
// people who read and answer. The demo and the conversation tests play on it.
package stage

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"time"

	"afterneedle/bot"
	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/app"
)

// Options set a stage up.
type Options struct {
	Dir     string // for the database
	Start   time.Time
	Zone    *time.Location // the clinic's
	Clinic  string
	Owners  []int64
	Content string    // a folder that overrides the embedded content
	Webhook bool      // updates are posted, not polled
	Burst   int       // updates that one person may send at once; 0 for no limit
	Log     io.Writer // the program's log
}

// Stage is a running program and the people around it.
type Stage struct {
	*app.Parts
	Telegram *sandbox.Server
	Time     *app.VirtualClock

	options Options
	outer   context.Context

	ctx  context.Context
	stop context.CancelFunc // ends the program that runs now
	done chan struct{}
	web  *httptest.Server // where updates are posted to, if they are
}

// settleLimit bounds in real time how long the program may take to handle what
// people have just done.
const settleLimit = 30 * time.Second

// Open starts everything.
func Open(ctx context.Context, o Options) (*Stage, error) {
	s := &Stage{Time: app.NewVirtualClock(o.Start.UTC()), options: o, outer: ctx}
	var err error
	s.Telegram, err = sandbox.Start(sandbox.Options{Username: "afterneedle_bot", Now: s.Time.Now})
	if err != nil {
		return nil, err
	}
	return s, s.start()
}

// start runs the program on the database, which may be an older run's.
func (s *Stage) start() error {
	s.ctx, s.stop = context.WithCancel(s.outer)
	s.done = make(chan struct{})
	texts, err := app.LoadContent(s.options.Content)
	if err != nil {
		return err
	}
	set := bot.Settings{
		APIURL: s.Telegram.URL(), Token: s.Telegram.Token(), Clinic: s.options.Clinic, Emergency: "112",
		ClinicZone: s.options.Zone, Owners: s.options.Owners, Rate: 25, Burst: s.options.Burst, Dated: true,
	}
	if s.options.Webhook {
		s.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.Intake.(http.Handler).ServeHTTP(w, r)
		}))
		set.WebhookURL, set.WebhookSecret = s.web.URL, "stage"
	}
	s.Parts, err = app.Build(s.ctx, app.Plan{
		Bot:      set,
		Database: filepath.Join(s.options.Dir, "stage.db"), Rehearsal: true, Rate: 25,
		Content: texts, Clock: fine{s.Time}, Log: app.NewLog(s.options.Log, s.Time),
	})
	if err != nil {
		return err
	}
	if err := s.Bot.Connect(s.ctx); err != nil {
		return err
	}
	if err := s.Engine.Recover(s.ctx); err != nil {
		return err
	}
	intake, ctx, done := s.Intake, s.ctx, s.done
	go func() {
		intake.Run(ctx)
		close(done)
	}()
	return nil
}

// fine is a clock that, like the real one, tells more digits than are stored.
type fine struct{ app.Clock }

// Now is a part of a millisecond later.
func (c fine) Now() time.Time { return c.Clock.Now().Add(765432 * time.Nanosecond) }

func (s *Stage) halt() error {
	s.stop()
	<-s.done
	if s.web != nil {
		s.web.Close()
	}
	s.Engine.Rest()
	return s.Store.Close()
}

// Close stops everything.
func (s *Stage) Close() error {
	err := s.halt()
	s.Telegram.Close()
	return err
}

// Settle waits until the program has handled everything that people did.
func (s *Stage) Settle() error {
	ctx, cancel := context.WithTimeout(s.ctx, settleLimit)
	defer cancel()
	if err := s.Telegram.Settled(ctx); err != nil {
		return fmt.Errorf("updates are not handled: %w", err)
	}
	return nil
}

// MoveTo moves the clock to at, stopping at everything that is due before.
func (s *Stage) MoveTo(at time.Time) error {
	_, err := s.Engine.RunUntil(s.ctx, s.Time, at.UTC())
	return err
}

// NextDue is the next moment at which the program has something to do.
func (s *Stage) NextDue() (time.Time, bool, error) { return s.Store.NextDue(s.ctx) }
