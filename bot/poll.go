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
	log    *slog.Logger
	// tries counts how often an update could not be handled.
	tries map[int64]int

	lastPoll atomic.Int64 // when a poll last succeeded, in real Unix milliseconds
	mu       sync.Mutex
	idle     *sync.Cond
	busy     bool
	ctx      context.Context // ends a poll that waits
}

// Ready reports whether a poll has succeeded within the last two minutes of
// real time. Other calls can succeed in a process that no longer hears anything.
func (p *Poller) Ready() bool {
	return time.Since(time.UnixMilli(p.lastPoll.Load())) < 2*time.Minute
}

// Idle waits until every update that was fetched has been handled.
func (p *Poller) Idle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy {
		p.idle.Wait()
	}
}

func (p *Poller) setBusy(busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = busy
	p.idle.Broadcast()
}

// pollPause is the wait after a failed poll.
const pollPause = time.Second

// Run polls until ctx ends. The update that is being handled then is finished.
func (p *Poller) Run(ctx context.Context) {
	p.mu.Lock()
	p.ctx = ctx
	p.mu.Unlock()
	offset := int64(0)
	for ctx.Err() == nil {
		next, err := p.once(ctx, offset)
		if err == nil {
			offset = next
			continue
		}
		if ctx.Err() != nil {
			return
		}
		wait := pollPause + rand.N(pollPause)
		var refused *tg.Error
		switch {
		case !errors.As(err, &refused):
		case refused.RetryAfter > 0:
			wait = time.Duration(refused.RetryAfter) * time.Second
		case strings.HasPrefix(refused.Message, "Conflict"):
			p.log.Warn("another program polls with this token; waiting", "err", refused.Message)
		}
		p.log.Warn("poll failed", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// once fetches one batch and handles it. The offset that it returns confirms
// the batch with the next call. An update that could not be handled stops the
// batch: it is fetched again.
func (p *Poller) once(ctx context.Context, offset int64) (int64, error) {
	var raw []json.RawMessage
	err := p.client.call("getUpdates", map[string]any{
		"offset": offset, "timeout": pollSeconds, "allowed_updates": updateKinds,
	}, &raw)
	if err != nil {
		return offset, err
	}
	p.lastPoll.Store(time.Now().UnixMilli())
	p.setBusy(true)
	defer p.setBusy(false)
	for _, one := range raw {
		var head struct {
			ID int64 `json:"update_id"`
		}
		if err := json.Unmarshal(one, &head); err != nil {
			p.log.Error("update without an id")
			continue
		}
		if err := p.handle(context.WithoutCancel(ctx), head.ID, one); err != nil && !p.giveUp(head.ID, err) {
			return offset, err
		}
		delete(p.tries, head.ID)
		offset = head.ID + 1
	}
	return offset, nil
}

// triesMost is how often an update is handled before it is set aside.
const triesMost = 3

// giveUp reports whether an update has failed so often that the others must not
// wait for it any longer.
func (p *Poller) giveUp(id int64, err error) bool {
	p.tries[id]++
	if p.tries[id] < triesMost {
		return false
	}
	p.log.Error("update set aside", "update", id, "err", err)
	return true
}
