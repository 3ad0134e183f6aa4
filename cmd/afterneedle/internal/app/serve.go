package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"afterneedle/bot"
	"afterneedle/content"
	"afterneedle/store"
)

// ErrSetting wraps what is wrong with a setting, so that the program can tell
// it from work that failed.
var ErrSetting = errors.New("setting")

// settingError is one line about a setting.
type settingError struct{ error }

// Is makes every setting error an ErrSetting.
func (settingError) Is(target error) bool { return target == ErrSetting }

const (
	// stopWithin is how long messages in flight may take once the program stops.
	stopWithin   = 8 * time.Second
	connectRetry = 2 * time.Second
	// readLimit is how long a request on one of our own addresses may take to
	// arrive.
	readLimit = 5 * time.Second
	// lastAnswers is how long answers that were begun may take at the end.
	lastAnswers = time.Second
)

// Serve runs the bot until ctx ends. What is wrong with a setting is an
// ErrSetting in one line, and nothing was started.
func Serve(ctx context.Context, c Config, stdout, stderr io.Writer) error {
	set, err := c.read()
	if err != nil {
		return settingError{err}
	}
	texts, err := LoadContent(set.Content)
	if err != nil {
		return settingError{err}
	}
	s := &server{set: set, stdout: stdout}
	defer s.stopListening()
	if err := s.listen(); err != nil {
		return settingError{err}
	}
	now := s.startClock()
	log := NewLog(stderr, now)
	web := serveHTTP(s.health, &s.door, log)
	defer func() {
		last, end := context.WithTimeout(context.WithoutCancel(ctx), lastAnswers)
		defer end()
		_ = web.Shutdown(last)
		_ = web.Close()
	}()
	if err := s.build(ctx, texts, now, log); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return settingError{err}
	}
	s.door.open(s.handler())
	err = s.run(ctx)
	return errors.Join(err, s.Store.Close())
}

// server is a program that serves.
type server struct {
	*Parts
	set     settings
	virtual *VirtualClock // nil on the wall clock
	stdout  io.Writer
	health  net.Listener
	clock   net.Listener // of the rehearsal; nil on the wall clock
	door    door
}

// listen takes the addresses before anything else is touched.
func (s *server) listen() (err error) {
	if s.health, err = net.Listen("tcp", s.set.Listen); err != nil {
		return fmt.Errorf("AFTERNEEDLE_LISTEN: cannot listen on %s; expected an address of this machine that no other program uses", s.set.Listen)
	}
	if !s.set.rehearsal {
		return nil
	}
	if s.clock, err = net.Listen("tcp", s.set.RehearsalClock); err != nil {
		return fmt.Errorf("AFTERNEEDLE_REHEARSAL_CLOCK: cannot listen on %s; expected an address of this machine that no other program uses", s.set.RehearsalClock)
	}
	return nil
}

func (s *server) stopListening() {
	for _, l := range []net.Listener{s.health, s.clock} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// startClock is the wall clock, or a virtual one.
func (s *server) startClock() Clock {
	if !s.set.rehearsal {
		return wallClock{}
	}
	start := s.set.start
	if start.IsZero() {
		start = time.Now()
	}
	s.virtual = NewVirtualClock(start.UTC().Truncate(time.Millisecond))
	return s.virtual
}

// build makes the parts. With PostgreSQL it stands by until no other process works
// with the database.
func (s *server) build(ctx context.Context, texts *content.Content, clock Clock, log *slog.Logger) (err error) {
	s.Parts, err = Build(ctx, Plan{
		Bot: bot.Settings{
			APIURL: s.set.APIURL, Token: s.set.Token, Clinic: s.set.Clinic, Emergency: s.set.Emergency,
			ClinicZone: s.set.zone, Owners: s.set.owners, Rate: s.set.rate, Burst: s.burst(), Dated: s.virtual == nil,
			WebhookURL: s.set.WebhookURL, WebhookSecret: s.set.secret,
		},
		Database: s.set.Database, Rehearsal: s.set.rehearsal, Rate: s.set.rate,
		Content: texts, Clock: clock, Log: log,
	})
	switch {
	case errors.Is(err, store.ErrOtherRules):
		return fmt.Errorf("AFTERNEEDLE_CONTENT: %w; %s", err, newVersion)
	case errors.Is(err, store.ErrMuscleInUse):
		return fmt.Errorf("AFTERNEEDLE_CONTENT: %w; %s", err, allMuscles)
	case err != nil:
		return databaseError(s.set.Database, err)
	}
	return nil
}

// newVersion is what is expected when a version is stored with other rules.
const newVersion = "expected a new version in protocol.yaml"

// allMuscles is what is expected when a muscle is missing that a course trains.
const allMuscles = "expected every muscle that patients train in muscles.yaml"

// updatesAtOnce is how many updates a person may send at once: more than anybody
// taps in a row.
const updatesAtOnce = 60

// burst is that number on the wall clock. In a rehearsal it is 0, for no limit: a
// clock that stands still gives nothing back, and who plays there is on this
// machine.
func (s *server) burst() int {
	if s.virtual != nil {
		return 0
	}
	return updatesAtOnce
}

// databaseError says in one line what is wrong with the database and what was
// expected.
func databaseError(database string, err error) error {
	expected := "an SQLite file of this program, in a folder that it may write to"
	if store.IsPostgres(database) {
		expected = "a PostgreSQL database of this program, and a user who may make tables in it"
	}
	switch {
	case errors.Is(err, store.ErrPostgresURL):
		return fmt.Errorf("DATABASE_URL: %w, or the path of an SQLite file", err)
	case errors.Is(err, store.ErrInUse):
		expected = "one process for each database"
	case errors.Is(err, store.ErrRehearsal):
		expected = "another file"
	case errors.Is(err, store.ErrNewer):
		expected = "the program that wrote it, or another file"
	}
	return fmt.Errorf("DATABASE_URL: %w; expected %s", lineError{err}, expected)
}

func (s *server) run(ctx context.Context) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	go func() {
		select {
		case <-s.Store.Lost():
			giveUp(store.ErrTakenOver)
		case <-ctx.Done():
		}
	}()
	if s.virtual != nil {
		latest, err := s.Store.LatestTime(ctx)
		if err != nil {
			return unlessStopped(ctx, err)
		}
		if latest.After(s.virtual.Now()) {
			s.virtual.Set(latest)
		}
	}
	calls, endCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer endCalls()
	if err := s.prepare(ctx, calls, endCalls); err != nil {
		return unlessStopped(ctx, err)
	}
	stop, err := s.backUpNightly(ctx)
	if err != nil {
		return err
	}
	defer stop()
	defer s.watchContent(ctx)()
	s.work(ctx, endCalls)
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrTakenOver) {
		return cause
	}
	return nil
}

// unlessStopped drops an error that only says that the program was stopped
// before it had begun.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// prepare does what stands before the first update and the first tick.
func (s *server) prepare(ctx, calls context.Context, endCalls func()) error {
	// Nothing is in flight yet that would have to be finished.
	together := context.AfterFunc(ctx, endCalls)
	if err := s.connect(ctx, calls); err != nil {
		return err
	}
	if !together() {
		return ctx.Err()
	}
	if err := s.Engine.Recover(ctx); err != nil {
		return err
	}
	if err := s.Bot.SettleOwners(ctx); err != nil {
		return err
	}
	return s.claimLink(ctx)
}

// work runs every part until ctx ends, and then lets the messages in flight
// finish.
func (s *server) work(ctx context.Context, endCalls func()) {
	var parts sync.WaitGroup
	parts.Go(func() { s.takeUpdates(ctx) })
	ready := []any{"bot", s.Bot.Name(), "listen", s.health.Addr().String()}
	if s.virtual != nil {
		rehearsal := serveHTTP(s.clock, s.clockHandler(ctx), s.Log)
		parts.Go(func() {
			<-ctx.Done()
			// It waits for a move of the clock; what that has begun is finished.
			_ = rehearsal.Shutdown(context.WithoutCancel(ctx))
		})
		ready = append(ready, "clock", s.clock.Addr().String(), "now", s.virtual.Now())
	} else {
		parts.Go(func() { s.Engine.Run(ctx) })
	}
	if !s.set.emergency && !europe(s.set.Timezone) {
		s.Log.Warn("AFTERNEEDLE_EMERGENCY is not set: safety texts name 112", "zone", s.set.Timezone)
	}
	for _, name := range strangers(os.Environ()) {
		s.Log.Warn("no setting has this name; afterneedle serve --help lists them", "variable", name)
	}
	s.Log.Info("ready", ready...)
	<-ctx.Done()
	s.Log.Info("stopping")
	cut := time.AfterFunc(stopWithin, func() {
		s.Log.Warn("messages in flight did not finish in time")
		endCalls()
	})
	defer cut.Stop()
	// What became of them is still written, unless the database is silent too.
	last := time.AfterFunc(stopWithin+lastAnswers, s.Store.GiveUp)
	defer last.Stop()
	parts.Wait()
	s.Engine.Finish(ctx)
	s.Log.Info("stopped")
}

// takeUpdates takes updates until ctx ends. Of several processes one polls; posted
// ones may come to any.
func (s *server) takeUpdates(ctx context.Context) {
	if !s.polls {
		s.Intake.Run(ctx)
		return
	}
	s.Engine.WhileFirst(ctx, s.Intake.Run)
}

// ticks reports whether the last good tick was not too long ago. On a virtual clock
// nothing ticks by itself.
func (s *server) ticks() bool { return s.virtual != nil || !s.late() }

// connect waits until Telegram answers. A refused token is a wrong setting.
func (s *server) connect(ctx, calls context.Context) error {
	for {
		err := s.Bot.Connect(calls)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, bot.ErrToken):
			return settingError{errors.New("TELEGRAM_BOT_TOKEN: telegram refuses this token; expected the one that BotFather gave")}
		}
		wait := max(connectRetry, bot.RetryAfter(err))
		s.Log.Warn("telegram cannot be reached; trying again", "wait", wait, "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// claimLink prints a one-time link for the first owner, when nobody is set and
// nobody has claimed the clinic yet.
func (s *server) claimLink(ctx context.Context) error {
	if len(s.set.owners) > 0 {
		return nil
	}
	link, err := s.Bot.OwnerLink(ctx, s.shared)
	if err != nil || link == "" {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "Open this link within an hour to become the owner: %s\n", link)
	return err
}

// europe reports whether 112 is an emergency number in a zone's region.
func europe(zone string) bool { return strings.HasPrefix(zone, "Europe/") }

// serveHTTP serves h until it is closed.
func serveHTTP(l net.Listener, h http.Handler, log *slog.Logger) *http.Server {
	web := &http.Server{Handler: h, ReadTimeout: readLimit, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	go func() {
		if err := web.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("http", "err", err)
		}
	}()
	return web
}
