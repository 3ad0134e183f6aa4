package bot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// updateKinds are the updates that we want. Telegram remembers the last list,
// so that it is sent at every start.
var updateKinds = []string{"message", "edited_message", "callback_query", "my_chat_member"}

// Poller fetches updates and confirms each batch only after every update of it
// has been handled. Ids may restart anywhere after an idle week: they are never
// compared by order.
type Poller struct {
	client *client
	handle func(ctx context.Context, id int64, raw json.RawMessage) error
	// note remembers an update as handled; with id 0 it only tells whether the
	// store can be written to.
	note func(ctx context.Context, id int64) error
	// pause waits in real time.
	pause    func(ctx context.Context, wait time.Duration)
	log      *slog.Logger
	lastPoll atomic.Int64 // when a poll last succeeded, in real Unix milliseconds
	failed   atomic.Int32 // polls and updates that failed since something went well

	mu      sync.Mutex
	tries   map[int64]int // how often an update could not be handled
	busy    bool
	changed chan struct{}   // closed when busy changes
	ctx     context.Context // ends a poll that waits
}

// Poller returns what fetches updates for this bot.
func (b *Bot) Poller() *Poller {
	note := func(ctx context.Context, id int64) error {
		_, err := b.store.Do(ctx, b.clock.Now(), id, func(Tx) error { return nil })
		return err
	}
	return newPoller(b.set.APIURL, b.set.Token, b.Handle, note, b.log)
}

func newPoller(
	url, token string,
	handle func(context.Context, int64, json.RawMessage) error,
	note func(context.Context, int64) error,
	log *slog.Logger,
) *Poller {
	p := &Poller{
		handle: handle, note: note, pause: pause, log: log,
		tries: map[int64]int{}, changed: make(chan struct{}), ctx: context.Background(),
	}
	p.client = newClient(url, token, func() context.Context {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.ctx
	})
	return p
}

const (
	readyFor    = 2 * time.Minute
	readyFailed = 3 // failures in a row
)

// Ready reports whether a poll has succeeded within the last two minutes of
// real time and things have not kept failing since. Other calls can succeed in
// a process that no longer hears anything.
func (p *Poller) Ready() bool {
	return time.Since(time.UnixMilli(p.lastPoll.Load())) < readyFor && p.failed.Load() < readyFailed
}

// Idle waits until every update that was fetched has been handled, or ctx ends.
func (p *Poller) Idle(ctx context.Context) error {
	for {
		p.mu.Lock()
		busy, changed := p.busy, p.changed
		p.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *Poller) setBusy(busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = busy
	close(p.changed)
	p.changed = make(chan struct{})
}

// Run polls until ctx ends. The update that is being handled then is finished.
func (p *Poller) Run(ctx context.Context) {
	p.mu.Lock()
	p.ctx = ctx
	p.mu.Unlock()
	defer p.setBusy(false)
	// The first poll does not wait for updates: it tells whether polling works.
	offset, wait := int64(0), 0
	for ctx.Err() == nil {
		next, err := p.once(ctx, offset, wait)
		if err == nil {
			p.failed.Store(0)
			offset, wait = next, pollSeconds
			continue
		}
		if ctx.Err() != nil {
			return
		}
		wait = 0
		p.pause(ctx, p.afterFailure(err))
	}
}

const (
	pollPause = time.Second
	pauseMost = 5 * time.Second
	// conflictPause gives the other program the time to poll in peace.
	conflictPause = 5 * time.Second
)

// afterFailure reports a failure and says how long to wait: as long as Telegram
// named, or a little more after each failure. Chance keeps two programs from
// hitting each other again and again.
func (p *Poller) afterFailure(err error) time.Duration {
	n := p.failed.Add(1)
	if named := RetryAfter(err); named > 0 {
		p.log.Warn("telegram asks to wait before the next poll", "wait", named)
		return named
	}
	var refused *tg.Error
	switch {
	case errors.As(err, &refused) && strings.HasPrefix(refused.Message, "Conflict"):
		p.log.Warn("another program polls with this token; waiting", "err", err)
		return conflictPause + rand.N(conflictPause)
	case tokenRefused(err):
		p.log.Error("telegram refuses the token", "err", err)
	case errors.Is(err, errUnhandled):
		p.log.Error("trying again", "err", err)
	default:
		p.log.Warn("poll failed", "err", err)
	}
	return min(time.Duration(n)*pollPause, pauseMost) + rand.N(pollPause)
}

func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

var (
	// errNoProgress is a batch of which nothing could be confirmed.
	errNoProgress = errors.New("updates without a usable id")
	// errUnhandled is an update that will be fetched again.
	errUnhandled = errors.New("an update could not be handled")
)

// once fetches one batch, waiting so many seconds for it, and handles it. The
// offset that it returns confirms the batch with the next call. With an update
// that could not be handled, or when ctx ends, the batch is fetched again: what
// has been handled is recognised.
func (p *Poller) once(ctx context.Context, offset int64, wait int) (int64, error) {
	var raw []json.RawMessage
	err := p.client.call("getUpdates", map[string]any{
		"offset": offset, "timeout": wait, "allowed_updates": updateKinds,
	}, &raw)
	if err != nil {
		return offset, err
	}
	p.lastPoll.Store(time.Now().UnixMilli())
	p.setBusy(true)
	batch := p.readBatch(raw)
	if err := p.handleBatch(ctx, batch); err != nil {
		return offset, err // and stays busy with it
	}
	p.setBusy(false)
	switch n := len(batch); {
	case n > 0:
		return batch[n-1].id + 1, nil
	case len(raw) > 0:
		return offset, errNoProgress
	}
	return offset, nil
}
