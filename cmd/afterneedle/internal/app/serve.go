package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"afterneedle/bot"
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
	var clock Clock = wallClock{}
	var virtual *VirtualClock
	if set.rehearsal {
		start := set.start
		if start.IsZero() {
			start = time.Now()
		}
		virtual = NewVirtualClock(start.UTC().Truncate(time.Millisecond))
		clock = virtual
	}
	parts, err := Build(ctx, Plan{
		Bot: bot.Settings{
			APIURL: set.APIURL, Token: set.Token, Clinic: set.Clinic, Emergency: set.Emergency,
			ClinicZone: set.zone, Owners: set.owners,
		},
		Database: set.Database, Rehearsal: set.rehearsal, Rate: set.rate,
		Content: texts, Clock: clock, Log: NewLog(stderr, clock),
	})
	if err != nil {
		return settingError{err}
	}
	s := &server{Parts: parts, set: set, virtual: virtual, stdout: stdout}
	err = s.run(ctx)
	return errors.Join(err, parts.Store.Close())
}

// server is a program that serves.
type server struct {
	*Parts
	set     settings
	virtual *VirtualClock // nil on the wall clock
	stdout  io.Writer
}

func (s *server) run(ctx context.Context) error {
	if s.virtual != nil {
		latest, err := s.Store.LatestTime(ctx)
		if err != nil {
			return err
		}
		if latest.After(s.virtual.Now()) {
			s.virtual.Set(latest)
		}
	}
	health, err := net.Listen("tcp", s.set.Listen)
	if err != nil {
		return settingError{fmt.Errorf("AFTERNEEDLE_LISTEN: cannot listen on %s; expected a free address", s.set.Listen)}
	}
	defer health.Close()
	var clock net.Listener
	if s.virtual != nil {
		if clock, err = net.Listen("tcp", s.set.RehearsalClock); err != nil {
			return settingError{fmt.Errorf("AFTERNEEDLE_REHEARSAL_CLOCK: cannot listen on %s; expected a free address", s.set.RehearsalClock)}
		}
		defer clock.Close()
	}
	if !s.set.emergency && !europe(s.set.Timezone) {
		s.Log.Warn("AFTERNEEDLE_EMERGENCY is not set: safety texts name 112", "zone", s.set.Timezone)
	}
	return s.work(ctx, health, clock)
}

// work runs every part until ctx ends, and then lets the messages in flight
// finish.
func (s *server) work(ctx context.Context, health, clock net.Listener) error {
	calls, endCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer endCalls()
	web := serveHTTP(health, s.healthHandler(), s.Log)
	defer web.Close()
	if err := s.connect(ctx, calls); err != nil {
		return err
	}
	if err := s.Engine.Recover(ctx); err != nil {
		return err
	}
	if err := s.claimLink(ctx); err != nil {
		return err
	}
	var parts sync.WaitGroup
	parts.Go(func() { s.Poller.Run(ctx) })
	if s.virtual != nil {
		rehearsal := serveHTTP(clock, s.clockHandler(), s.Log)
		defer rehearsal.Close()
	} else {
		parts.Go(func() { s.Engine.Run(ctx) })
	}
	s.Log.Info("ready", "bot", s.Bot.Name(), "rehearsal", s.virtual != nil)
	<-ctx.Done()
	s.Log.Info("stopping")
	stopped := make(chan struct{})
	go func() { parts.Wait(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(stopWithin):
		s.Log.Warn("messages in flight did not finish in time")
		endCalls()
		<-stopped
	}
	s.Log.Info("stopped")
	return nil
}

// connect waits until Telegram answers. A refused token is a wrong setting.
func (s *server) connect(ctx, calls context.Context) error {
	for {
		err := s.Bot.Connect(calls)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, bot.ErrToken):
			return settingError{errors.New("TELEGRAM_BOT_TOKEN: telegram refuses this token; expected the one that BotFather gave")}
		}
		s.Log.Warn("telegram cannot be reached; trying again", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(connectRetry):
		}
	}
}

// claimLink prints a one-time link for the first owner, when nobody is set and
// nobody has claimed the clinic yet.
func (s *server) claimLink(ctx context.Context) error {
	if len(s.set.owners) > 0 {
		return nil
	}
	owned, err := s.owned(ctx)
	if err != nil || owned {
		return err
	}
	link, err := s.Bot.OwnerLink(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "Open this link within an hour to become the owner: %s\n", link)
	return err
}

// europe reports whether 112 is an emergency number in a zone's region.
func europe(zone string) bool {
	return len(zone) > 7 && zone[:7] == "Europe/"
}

// serveHTTP serves h until it is closed.
func serveHTTP(l net.Listener, h http.Handler, log *slog.Logger) *http.Server {
	web := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := web.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("http", "err", err)
		}
	}()
	return web
}
