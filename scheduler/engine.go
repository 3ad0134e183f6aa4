package scheduler

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"afterneedle/rehab"
)

// Store is what the engine needs from the database.
type Store interface {
	// NextDue is the next moment at which a delivery or a course is due; ok is
	// false when nothing is planned. It takes no write lock.
	NextDue(ctx context.Context) (at time.Time, ok bool, err error)
	// WakeCourses lets time pass for courses that are due, limit at the most.
	WakeCourses(ctx context.Context, now time.Time, limit int) (int, error)
	// WakeBroadcasts lets a broadcast that is due go on by one batch, and returns
	// how many there were.
	WakeBroadcasts(ctx context.Context, now time.Time) (int, error)
	// Claim takes what is due; passed counts deliveries that were
	// dropped, expired or put off instead.
	Claim(ctx context.Context, now time.Time, limit int, owner string) (claimed []rehab.Sending, passed rehab.Passed, err error)
	// ClaimIDs takes the named deliveries.
	ClaimIDs(ctx context.Context, now time.Time, ids []int64, owner string) ([]rehab.Sending, error)
	// Sendable looks at claimed deliveries again, each in its place. The reason of one
	// that is not claimed any more is its state.
	Sendable(ctx context.Context, claimed []rehab.Sending, now time.Time) ([]rehab.Checked, error)
	// Settle writes outcomes; fenced are the deliveries that another owner has
	// taken over.
	Settle(ctx context.Context, now time.Time, owner string, settled []rehab.Settled) (fenced []int64, err error)
	// Start notes that deliveries which must not be repeated are about to be sent.
	Start(ctx context.Context, now time.Time, owner string, ids []int64) error
	// Release puts claimed deliveries that were not sent back.
	Release(ctx context.Context, owner string, ids []int64) error
	// Beat says that owner lives, and tells its part in the work of those that share
	// the store; rate is what all of them may send in a second.
	Beat(ctx context.Context, owner string, rate int) (rehab.Part, error)
	// Overdue counts the deliveries that are due by now and not claimed.
	Overdue(ctx context.Context, now time.Time) (int, error)
	// LastSend is the last moment at which an owner that is gone may have sent
	// something, zero when it cannot have.
	LastSend(ctx context.Context, now time.Time, owner string) (time.Time, error)
	// RetryAside plans again what was set aside because its plan failed.
	RetryAside(ctx context.Context, now time.Time) error
	// Recover puts back what owners that are gone have left.
	Recover(ctx context.Context, now time.Time, owner string) (int, error)
}

// Sender puts a delivery into words and sends it. It limits the time that it takes.
type Sender interface {
	Send(s rehab.Sending) rehab.Outcome
}

// Clock tells the program's time.
type Clock interface{ Now() time.Time }

const (
	tickEvery = time.Second
	beatEvery = time.Second
	// storeLimit bounds what a cycle asks of the store before it claims, and the
	// last look at a delivery.
	storeLimit = 20 * time.Second
	wakeBatch  = 100
)

// Options are the engine's settings.
type Options struct {
	Rate    int    // messages a second, of all that share the store
	Workers int    // sends at the same time, and as many that answer people
	Owner   string // unique for this process
	Shared  bool   // other processes may share the store
	Log     *slog.Logger
	Watch   Watch // nil when nobody watches
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
	heard  time.Time  // when this process last joined the others; of one goroutine at a time
	turn   sync.Mutex // one cycle at a time
	looks  *together[*look]
	starts *together[*start]
	ends   *together[unwritten]
	seats  chan struct{} // one for each worker that sends

	mu       sync.Mutex // guards what follows
	counts   Counts
	lastTick time.Time
	retries  map[int64]time.Time // deliveries that were put off, and until when
	open     []unwritten         // what the store could not take yet
	sending  int                 // deliveries that cycles have begun with
	flying   map[int64]bool      // their ids; one that is claimed again before it has landed counts twice above
	replying int                 // workers that answer
	landed   chan struct{}       // closed at the next end of a send
	part     rehab.Part
	parted   chan struct{} // closed when part.First changes
	// refused are the deliveries that Sendable refused since refusedSince.
	refused      map[int64]bool
	refusedSince time.Time
}

// New returns an engine at rest.
func New(store Store, sender Sender, clock Clock, opt Options) *Engine {
	if opt.Watch == nil {
		opt.Watch = unwatched{}
	}
	return &Engine{
		store: store, sender: sender, clock: clock, opt: opt,
		pace: newPace(opt.Rate), poke: make(chan struct{}, 1), landed: make(chan struct{}),
		looks: newTogether[*look](), starts: newTogether[*start](), ends: newTogether[unwritten](),
		seats:  make(chan struct{}, opt.Workers),
		parted: make(chan struct{}), part: rehab.Part{Share: opt.Rate, First: !opt.Shared, Replicas: 1},
		retries: map[int64]time.Time{}, flying: map[int64]bool{}, refused: map[int64]bool{},
	}
}

// Poke asks for a tick at once, without waiting for the metronome.
func (e *Engine) Poke() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// LastTick is when the last cycle went well; zero before the first.
func (e *Engine) LastTick() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lastTick
}

func (e *Engine) ticked(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastTick = now
}

// Run ticks once a second until ctx ends, and then waits for the sends in
// flight.
func (e *Engine) Run(ctx context.Context) {
	logger := cronLog{e.opt.Log}
	// Recover must be the innermost: after a panic outside of it,
	// SkipIfStillRunning would skip for ever.
	chain := cron.NewChain(cron.SkipIfStillRunning(logger), cron.Recover(logger))
	tick := chain.Then(cron.FuncJob(func() { e.tick(ctx) }))
	metronome := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(logger))
	metronome.Schedule(cron.Every(tickEvery), tick)
	// The others must hear of this process as long as it sends.
	heart := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(logger))
	if e.opt.Shared {
		heart.Schedule(cron.Every(beatEvery), chain.Then(cron.FuncJob(func() { e.beat(context.WithoutCancel(ctx)) })))
	}
	heart.Start()
	e.ticked(e.clock.Now())
	metronome.Start()
	e.Poke() // what is due does not wait for the first beat
	for {
		select {
		case <-e.poke:
			tick.Run()
		case <-ctx.Done():
			<-metronome.Stop().Done()
			e.Finish(ctx)
			<-heart.Stop().Done()
			return
		}
	}
}

// tick works until nothing is due that may be sent now or in a moment.
func (e *Engine) tick(ctx context.Context) {
	for ctx.Err() == nil {
		landed := e.nextLanding()
		r, err := e.cycle(ctx, early)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				e.opt.Log.Error("tick failed", "err", err)
			}
			return
		case r.moved && !r.full:
		case !r.due || !e.waitTurn(ctx, landed, r):
			return
		}
	}
}

// waitTurn waits until a worker or the pace is free. It reports false when that
// takes longer than the next tick.
func (e *Engine) waitTurn(ctx context.Context, landed <-chan struct{}, r round) bool {
	now := e.clock.Now()
	wait := e.pace.nextFree(now).Sub(now) - early
	if r.moved {
		wait = max(wait, gather)
	}
	switch {
	case wait > tickEvery:
		return false
	case wait <= 0 && closed(landed) && e.room() > 0:
		return true
	case wait <= 0 && !e.airborne():
		return false
	case wait <= 0:
		wait = tickEvery
	default:
		landed = nil // a free worker does not help
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-landed:
			landed = e.nextLanding()
			if e.room() > 0 {
				return true
			}
		case <-timer.C:
			return true
		case <-ctx.Done():
			return true
		}
	}
}

// cronLog passes cron's own messages on.
type cronLog struct{ log *slog.Logger }

func (c cronLog) Info(string, ...any) {}

func (c cronLog) Error(err error, msg string, keysAndValues ...any) {
	c.log.Error("cron: "+msg, append([]any{"err", err}, keysAndValues...)...)
}
