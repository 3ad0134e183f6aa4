package bot

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"golang.org/x/sync/errgroup"
)

// Poller fetches updates and confirms each batch only after every update of it
// has been handled. Ids may restart anywhere after an idle week: they are never
// compared by order.
type Poller struct {
	*intake
	client *client
	// pause waits in real time.
	pause    func(ctx context.Context, wait time.Duration)
	lastPoll atomic.Int64 // when a poll last succeeded, in real Unix milliseconds
	failed   atomic.Int32 // polls and updates that failed since something went well
	busy     bool         // with a batch; Run's own

	polling sync.Mutex
	ctx     context.Context // ends a poll that waits
}

// Poller returns what fetches updates for this bot.
func (b *Bot) Poller() *Poller {
	p := newPoller(b.set.APIURL, b.set.Token, b.intake())
	b.watched(p.client)
	return p
}

func newPoller(url, token string, in *intake) *Poller {
	p := &Poller{intake: in, pause: pause, ctx: context.Background()}
	p.client = newClient(url, token, func() context.Context {
		p.polling.Lock()
		defer p.polling.Unlock()
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

// setBusy says whether a batch is in hand.
func (p *Poller) setBusy(busy bool) {
	switch {
	case busy && !p.busy:
		p.took(1)
	case !busy && p.busy:
		p.took(-1)
	}
	p.busy = busy
}

// Run polls until ctx ends. The update that is being handled then is finished.
func (p *Poller) Run(ctx context.Context) {
	p.polling.Lock()
	p.ctx = ctx
	p.polling.Unlock()
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
	case webhookSet(err):
		p.removeWebhook()
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

// webhookSet is the answer to a poll while Telegram posts updates to somebody, or
// begins to.
func webhookSet(err error) bool {
	return described(err, "while webhook is active") || described(err, "terminated by setWebhook")
}

// removeWebhook lets Telegram answer polls again: as long as there is a webhook, none
// succeeds.
func (p *Poller) removeWebhook() {
	if err := p.client.deleteWebhook(); err != nil {
		p.log.Warn("somebody has set a webhook, and it cannot be removed yet", "err", err)
		return
	}
	p.log.Warn("somebody had set a webhook; it is removed, and polling goes on")
}

func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// errNoProgress is a batch of which nothing could be confirmed.
var errNoProgress = errors.New("updates without a usable id")

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

// readBatch leaves out of a batch what has no id.
func (p *Poller) readBatch(raw []json.RawMessage) []fetched {
	var batch []fetched
	for _, one := range raw {
		u, err := readUpdate(one)
		if err != nil {
			p.log.Error(err.Error())
			continue
		}
		batch = append(batch, u)
	}
	return batch
}

// chains parts a batch by chats; each keeps the order of the batch.
func chains(batch []fetched) [][]fetched {
	var list [][]fetched
	place := make(map[int64]int)
	for _, u := range batch {
		i, known := place[u.chat]
		if !known {
			i = len(list)
			place[u.chat] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], u)
	}
	return list
}

// handleBatch handles updates: one at a time for each chat, and several chats side
// by side, so that nobody waits for the answers to somebody else. An update that
// could not be handled stops its chat and is returned as an error.
func (p *Poller) handleBatch(ctx context.Context, batch []fetched) error {
	var group errgroup.Group
	group.SetLimit(sideBySide)
	for _, chain := range chains(batch) {
		group.Go(func() error {
			for _, u := range chain {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := p.one(ctx, u); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
