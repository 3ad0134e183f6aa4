package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/robfig/cron/v3"
	"golang.org/x/sync/errgroup"

	"afterneedle/rehab"
)

// Store is what the engine needs from the database.
type Store interface {
	// NextDue is the next moment at which a delivery or a course is due; ok is
	// false when nothing is planned. It takes no write lock.
	NextDue(ctx context.Context) (at time.Time, ok bool, err error)
	// WakeCourses lets time pass for courses that are due, limit at the most.
	WakeCourses(ctx context.Context, now time.Time, limit int) (int, error)
	// Claim takes what is due under a lease; ended counts deliveries that were
	// dropped, expired or re-timed instead.
	Claim(ctx context.Context, now time.Time, limit int, owner string, lease time.Duration) (claimed []rehab.Sending, ended int, err error)
	// ClaimIDs takes the named deliveries under a lease.
	ClaimIDs(ctx context.Context, now time.Time, ids []int64, owner string, lease time.Duration) ([]rehab.Sending, error)
	// Sendable reads a claimed delivery again right before it is sent; reason is
	// not empty when it must not go out any more.
	Sendable(ctx context.Context, id int64, now time.Time) (sending rehab.Sending, reason string, err error)
	// Settle writes outcomes; fenced counts those that another owner has taken over.
	Settle(ctx context.Context, now time.Time, owner string, settled []rehab.Settled) (fenced int, err error)
	// Start notes that deliveries which must not be repeated are being sent.
	Start(ctx context.Context, now time.Time, owner string, ids []int64) error
	// Release puts claimed deliveries that were not started back.
	Release(ctx context.Context, owner string, ids []int64) error
	// Renew prolongs the lease of all that owner holds.
	Renew(ctx context.Context, now time.Time, owner string, lease time.Duration) error
	// Overdue counts the deliveries that are due by now and not claimed.
	Overdue(ctx context.Context, now time.Time) (int, error)
	// Recover puts back what owners that are gone have left.
	Recover(ctx context.Context, now time.Time, owner string) (int, error)
}

// Sender puts a delivery into words and sends it.
type Sender interface {
	Send(ctx context.Context, s rehab.Sending) rehab.Outcome
}

// Clock tells the program's time.
type Clock interface{ Now() time.Time }

const (
	lease      = 30 * time.Second
	renewEvery = 10 * time.Second
	// sendLimit bounds one send on the real clock.
	sendLimit = 8 * time.Second
	wakeBatch = 100
)

// Options are the engine's settings.
type Options struct {
	Rate    int    // messages a second
	Workers int    // sends at the same time
	Owner   string // unique for this process
	Log     *slog.Logger
}

// Counts says what became of deliveries.
type Counts struct {
	Sent, Failed, Dropped int
}

// Engine sends what is due.
type Engine struct {
	store  Store
	sender Sender
	clock  Clock
	pace   *pace
	opt    Options
	poke   chan struct{}
	turn   sync.Mutex // one cycle at a time

	mu       sync.Mutex // guards what follows
	counts   Counts
	lastTick time.Time
	retries  map[int64]time.Time // deliveries that were put off, and until when
}

// New returns an engine at rest.
func New(store Store, sender Sender, clock Clock, opt Options) *Engine {
	return &Engine{
		store: store, sender: sender, clock: clock, opt: opt,
		pace: newPace(opt.Rate, clock.Now()), poke: make(chan struct{}, 1), retries: map[int64]time.Time{},
	}
}

// Recover puts back what a process that died has left. Call it before the
// first tick.
func (e *Engine) Recover(ctx context.Context) error {
	n, err := e.store.Recover(ctx, e.clock.Now(), e.opt.Owner)
	if err == nil && n > 0 {
		e.opt.Log.Info("deliveries of a dead process recovered", "count", n)
	}
	return err
}

// Poke asks for a tick at once, without waiting for the metronome.
func (e *Engine) Poke() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// LastTick is when the last cycle came to its end.
func (e *Engine) LastTick() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lastTick
}

// Run ticks once a second until ctx ends, and then waits for the sends in
// flight.
func (e *Engine) Run(ctx context.Context) {
	logger := cronLog{e.opt.Log}
	// Recover must be the innermost: after a panic outside of it,
	// SkipIfStillRunning would skip for ever.
	job := cron.NewChain(cron.SkipIfStillRunning(logger), cron.Recover(logger)).
		Then(cron.FuncJob(func() { e.tick(ctx) }))
	metronome := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(logger))
	metronome.Schedule(cron.Every(time.Second), job)
	metronome.Start()
	for {
		select {
		case <-e.poke:
			job.Run()
		case <-ctx.Done():
			<-metronome.Stop().Done()
			return
		}
	}
}

// tick works until nothing is due that may be sent now.
func (e *Engine) tick(ctx context.Context) {
	for ctx.Err() == nil {
		again, err := e.cycle(ctx)
		if err != nil {
			e.opt.Log.Error("tick failed", "err", err)
			return
		}
		if !again {
			return
		}
	}
}

// cycle does one round at the present time. again is true when another round
// may find more at the same time.
func (e *Engine) cycle(ctx context.Context) (again bool, err error) {
	e.turn.Lock()
	defer e.turn.Unlock()
	now := e.clock.Now()
	defer func() {
		e.mu.Lock()
		e.lastTick = now
		e.mu.Unlock()
	}()
	due, ok, err := e.store.NextDue(ctx)
	if err != nil || !ok || due.After(now) {
		return false, err
	}
	woken, err := e.store.WakeCourses(ctx, now, wakeBatch)
	if err != nil {
		return false, fmt.Errorf("wake courses: %w", err)
	}
	free := min(e.pace.free(now), e.opt.Workers)
	if free == 0 {
		return woken > 0, nil
	}
	claimed, ended, err := e.store.Claim(ctx, now, free, e.opt.Owner, lease)
	if err != nil {
		return false, fmt.Errorf("claim: %w", err)
	}
	e.count(Counts{Dropped: ended})
	held, err := e.sendAll(ctx, now, claimed)
	return woken+ended+len(claimed)-held > 0, err
}

// sendAll sends claimed deliveries side by side. It returns how many were put
// off because their chat or the whole bot has to wait.
func (e *Engine) sendAll(ctx context.Context, now time.Time, claimed []rehab.Sending) (held int, err error) {
	group := new(errgroup.Group)
	for _, s := range claimed {
		if at := e.pace.take(s.Delivery, now); at.After(now) {
			held++
			if err := e.putOff(ctx, now, s.Delivery, at); err != nil {
				return held, err
			}
			continue
		}
		group.Go(func() error { return e.send(ctx, s.Delivery) })
	}
	return held, group.Wait()
}

func (e *Engine) putOff(ctx context.Context, now time.Time, d rehab.Delivery, at time.Time) error {
	e.noteRetry(d.ID, at)
	_, err := e.store.Settle(ctx, now, e.opt.Owner, []rehab.Settled{{
		ID: d.ID, Attempt: d.Attempts, RetryAt: at,
		Outcome: rehab.Outcome{Kind: rehab.OutcomeThrottled, Reason: "waits for its turn"},
	}})
	return err
}

// SendNow sends the named deliveries at once and in order: answers to a person
// do not wait for the metronome or the pace.
func (e *Engine) SendNow(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	claimed, err := e.store.ClaimIDs(ctx, e.clock.Now(), ids, e.opt.Owner, lease)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	for _, s := range claimed {
		if at := e.pace.blocked(s.Delivery, e.clock.Now()); !at.IsZero() {
			if err := e.putOff(ctx, e.clock.Now(), s.Delivery, at); err != nil {
				return err
			}
			continue
		}
		e.pace.take(s.Delivery, e.clock.Now())
		if err := e.send(ctx, s.Delivery); err != nil {
			return err
		}
	}
	e.Poke()
	return nil
}

// send asks once more whether a claimed delivery may go out, sends it and waits
// until the outcome is on disk.
func (e *Engine) send(ctx context.Context, d rehab.Delivery) error {
	// What was begun is finished, also while the program stops.
	ctx = context.WithoutCancel(ctx)
	s, reason, err := e.store.Sendable(ctx, d.ID, e.clock.Now())
	if err != nil {
		return fmt.Errorf("read delivery %d: %w", d.ID, err)
	}
	if reason != "" {
		// The next claim drops it or gives it its new time, with the reason.
		return e.store.Release(ctx, e.opt.Owner, []int64{d.ID})
	}
	if d.Kind == rehab.KindBroadcast {
		if err := e.store.Start(ctx, e.clock.Now(), e.opt.Owner, []int64{d.ID}); err != nil {
			return fmt.Errorf("start delivery %d: %w", d.ID, err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, sendLimit)
	outcome := e.sender.Send(limited, s)
	cancel()
	return e.settle(ctx, d, outcome)
}

func (e *Engine) settle(ctx context.Context, d rehab.Delivery, outcome rehab.Outcome) error {
	now := e.clock.Now()
	settled := rehab.Settled{ID: d.ID, Attempt: d.Attempts, Outcome: outcome}
	switch outcome.Kind {
	case rehab.OutcomeThrottled:
		settled.RetryAt = e.pace.throttledChat(d.ChatID, outcome.RetryAfter, now)
	case rehab.OutcomeTemporary, rehab.OutcomeUnknown:
		settled.RetryAt = now.Add(retryDelay(d.Attempts))
	}
	e.noteRetry(d.ID, settled.RetryAt)
	fenced, err := e.store.Settle(ctx, now, e.opt.Owner, []rehab.Settled{settled})
	if err != nil {
		return fmt.Errorf("settle delivery %d: %w", d.ID, err)
	}
	if fenced > 0 {
		e.opt.Log.Warn("delivery was taken over", "delivery", d.ID)
	}
	e.record(d, outcome)
	return nil
}

// record counts timed messages and logs what went amiss; answers to taps and
// edits are not counted.
func (e *Engine) record(d rehab.Delivery, outcome rehab.Outcome) {
	if outcome.Kind != rehab.OutcomeSent {
		e.opt.Log.Warn("delivery not sent", "delivery", d.ID, "kind", d.Kind, "outcome", outcome.Kind, "reason", outcome.Reason)
	}
	if d.Kind == rehab.KindReply || d.Kind == rehab.KindEdit || d.Lane == rehab.LaneReply && d.Kind != rehab.PromptAlert {
		return
	}
	switch outcome.Kind {
	case rehab.OutcomeSent:
		e.count(Counts{Sent: 1})
	case rehab.OutcomeUnreachable, rehab.OutcomeRejected:
		e.count(Counts{Failed: 1})
	}
}

// noteRetry remembers until when a delivery was put off; zero forgets it.
func (e *Engine) noteRetry(id int64, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if at.IsZero() {
		delete(e.retries, id)
		return
	}
	e.retries[id] = at
}

func (e *Engine) count(c Counts) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts.Sent += c.Sent
	e.counts.Failed += c.Failed
	e.counts.Dropped += c.Dropped
}

func (e *Engine) takeCounts() Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.counts
	e.counts = Counts{}
	return c
}

// retryDelay grows from a second to a minute.
func retryDelay(attempts int) time.Duration {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.RandomizationFactor = time.Second, time.Minute, 0
	delay := b.InitialInterval
	for range min(attempts, 10) {
		delay = b.NextBackOff()
	}
	return delay
}

// cronLog passes cron's own messages on.
type cronLog struct{ log *slog.Logger }

func (c cronLog) Info(string, ...any) {}

func (c cronLog) Error(err error, msg string, keysAndValues ...any) {
	c.log.Error("cron: "+msg, append([]any{"err", err}, keysAndValues...)...)
}
