package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"afterneedle/bot"
	"afterneedle/content"
	"afterneedle/scheduler"
	"afterneedle/store"
)

// Clock tells the program's time.
type Clock interface{ Now() time.Time }

// Intake is the way in of updates: a poller, or a webhook.
type Intake interface {
	// Run takes updates until ctx ends, and finishes those in hand.
	Run(ctx context.Context)
	// Ready reports whether updates arrive.
	Ready() bool
	// Idle waits until every update in hand has been handled, or ctx ends.
	Idle(ctx context.Context) error
}

// Parts are what one running program is made of.
type Parts struct {
	Store  *store.Store
	Engine *scheduler.Engine
	Bot    *bot.Bot
	Intake Intake
	Clock  Clock
	Log    *slog.Logger

	metrics *metrics
	polls   bool // rather than being posted to
	shared  bool // other processes may work with the database too
}

// hears reports whether updates arrive, here or at the process that polls. Whoever has
// not ticked does not know whether another one does.
func (p *Parts) hears() bool {
	first, _ := p.Engine.First()
	return p.Intake.Ready() || p.polls && !first && !p.late()
}

// late reports whether the last good tick is too long ago.
func (p *Parts) late() bool {
	last := p.Engine.LastTick()
	return !last.IsZero() && p.Clock.Now().Sub(last) > tickLate
}

// Plan says how to build the parts.
type Plan struct {
	Bot       bot.Settings
	Database  string
	Rehearsal bool
	Rate      int
	Content   *content.Content
	Clock     Clock
	Log       *slog.Logger
}

// workers is the number of sends at the same time, and the most that a crash can
// repeat: enough for the rate with answers that take a quarter of a second up to 30,
// and an eighth of one beyond.
func workers(rate int) int { return max(8, rate/8) }

// Build opens the database and connects the rooms. Nothing runs yet.
func Build(ctx context.Context, p Plan) (*Parts, error) {
	owner := rand.Text()
	options := store.Options{Rehearsal: p.Rehearsal, Now: p.Clock.Now(), ClinicZone: p.Bot.ClinicZone, Log: p.Log}
	// A virtual clock belongs to one process.
	shared := store.IsPostgres(p.Database) && !p.Rehearsal
	if shared {
		options.Replica = owner
	}
	s, err := store.Open(ctx, p.Database, options)
	if err != nil {
		return nil, err
	}
	protocol := p.Content.Protocol()
	if _, err := s.Do(ctx, p.Clock.Now(), 0, func(tx *store.Tx) error { return tx.SaveProtocol(&protocol) }); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	m := newMetrics()
	p.Bot.Watch = m.event
	b := bot.New(p.Bot, botStore{s}, p.Content, p.Clock, p.Log)
	e := scheduler.New(s, b, p.Clock, scheduler.Options{
		Rate: p.Rate, Workers: workers(p.Rate), Owner: owner, Shared: shared, Log: p.Log, Watch: m,
	})
	b.DeliverWith(e)
	parts := &Parts{Store: s, Engine: e, Bot: b, Intake: b.Poller(), Clock: p.Clock, Log: p.Log, metrics: m, polls: p.Bot.WebhookURL == "", shared: shared}
	if !parts.polls {
		parts.Intake = b.Webhook()
	}
	m.measure(parts)
	return parts, nil
}

// botStore gives the store the shape that the bot asks for.
type botStore struct{ *store.Store }

// Do runs fn in one transaction.
func (s botStore) Do(ctx context.Context, now time.Time, update int64, fn func(bot.Tx) error) ([]int64, error) {
	result, err := s.Store.Do(ctx, now, update, func(tx *store.Tx) error { return fn(tx) })
	if errors.Is(err, store.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", bot.ErrNotStored, err)
	}
	return result.Due, err
}

// LoadContent reads the content of a folder, or the embedded one. The error is
// one line with the first fault.
func LoadContent(dir string) (*content.Content, error) {
	c, faults := content.Load(dir)
	switch n := len(faults); {
	case n == 1:
		return nil, fmt.Errorf("AFTERNEEDLE_CONTENT: %s", faults[0])
	case n > 1:
		return nil, fmt.Errorf("AFTERNEEDLE_CONTENT: %s (and %d more: see afterneedle check)", faults[0], n-1)
	}
	return c, nil
}

// NewLog writes structured lines to w. Nothing in them is a name, a text or a
// pain score; clock gives their time.
func NewLog(w io.Writer, clock Clock) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Time(slog.TimeKey, clock.Now())
			}
			return a
		},
	}))
}

var (
	_ scheduler.Store = (*store.Store)(nil)
	_ bot.Tx          = (*store.Tx)(nil)
)
