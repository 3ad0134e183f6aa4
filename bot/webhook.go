package bot

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// updateMost is the size of the largest update that is read; Telegram's own
	// are a few kilobytes.
	updateMost = 1 << 20
	// hookCheck is how often Telegram is asked whether it still posts to us.
	hookCheck = 30 * time.Second
	// failedFor is how long an update that could not be handled counts.
	failedFor = 30 * time.Second
)

// Webhook takes the updates that Telegram posts, and answers each only after it
// has been handled.
type Webhook struct {
	*intake
	client  *client
	address string
	secret  [sha256.Size]byte
	// token is the secret itself, for Telegram.
	token string
	// pause waits in real time.
	pause func(ctx context.Context, wait time.Duration)

	mu     sync.RWMutex // held for reading by each request
	open   bool         // updates are taken
	seen   atomic.Int64 // when Telegram last said that it posts to us, in real Unix milliseconds
	failed atomic.Int64 // when the last update could not be handled, in the same; 0 when it was
}

// Webhook returns what takes the updates for this bot that are posted to its
// webhook.
func (b *Bot) Webhook() *Webhook {
	return newWebhook(b.client, b.set.WebhookURL, b.set.WebhookSecret, b.intake())
}

func newWebhook(c *client, address, secret string, in *intake) *Webhook {
	return &Webhook{
		intake: in, client: c, address: address, token: secret, secret: sha256.Sum256([]byte(secret)),
		pause: pause,
	}
}

// Ready reports whether Telegram has said within the last two minutes of real
// time that it posts to us, and whether the last update could be handled. A failure
// counts for half a minute: where a proxy asks before it passes anything on, no other
// update would come to show that it is over.
func (w *Webhook) Ready() bool {
	return time.Since(time.UnixMilli(w.seen.Load())) < readyFor && time.Since(time.UnixMilli(w.failed.Load())) >= failedFor
}

// Run asks Telegram to post updates, and sees to it that it stays so, until ctx
// ends. The updates that are being handled then are finished. Telegram keeps
// those that come while nobody takes them.
func (w *Webhook) Run(ctx context.Context) {
	w.setOpen(true)
	defer w.setOpen(false)
	failures := 0
	for ctx.Err() == nil {
		err := w.keepPosted()
		switch {
		case err == nil:
			failures = 0
			w.seen.Store(time.Now().UnixMilli())
			w.pause(ctx, hookCheck)
		case ctx.Err() == nil:
			failures++
			w.log.Warn("webhook not set", "err", err)
			w.pause(ctx, max(RetryAfter(err), min(time.Duration(failures)*pollPause, pauseMost)))
		}
	}
}

// setOpen lets updates in or not. It returns when those that were let in before
// have been handled.
func (w *Webhook) setOpen(open bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = open
}

// keepPosted sets the webhook where Telegram does not know it.
func (w *Webhook) keepPosted() error {
	var info struct {
		URL     string `json:"url"`
		Pending int    `json:"pending_update_count"`
		Error   string `json:"last_error_message"`
	}
	if w.seen.Load() != 0 { // the first time the secret may be another
		if err := w.client.call("getWebhookInfo", nil, &info); err != nil {
			return err
		}
		if info.URL == w.address {
			if info.Pending > 0 && info.Error != "" {
				w.log.Warn("telegram cannot post to the webhook", "pending", info.Pending)
			}
			return nil
		}
		w.log.Warn("another program has changed the webhook; setting it again")
	}
	return w.client.call("setWebhook", map[string]any{
		"url": w.address, "secret_token": w.token, "allowed_updates": updateKinds, "drop_pending_updates": false,
	}, nil)
}

// ServeHTTP takes one update. Whoever does not know the secret is turned away.
func (w *Webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	// Hashes have one length, so that comparing takes the same time for all.
	given := sha256.Sum256([]byte(r.Header.Get("X-Telegram-Bot-Api-Secret-Token")))
	if subtle.ConstantTimeCompare(given[:], w.secret[:]) != 1 {
		http.Error(rw, "the secret is wrong", http.StatusUnauthorized)
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.open {
		http.Error(rw, "not started", http.StatusServiceUnavailable)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, updateMost))
	if err != nil {
		status := http.StatusBadRequest
		if _, big := errors.AsType[*http.MaxBytesError](err); big {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(rw, "the update cannot be read", status)
		return
	}
	u, err := readUpdate(raw)
	if err != nil {
		w.log.Error(err.Error())
		return // it would come again for ever
	}
	w.took(1)
	defer w.took(-1)
	err = w.one(r.Context(), u)
	w.remember(err)
	if err != nil {
		w.log.Error("trying again", "err", err)
		http.Error(rw, "the update could not be handled", http.StatusInternalServerError)
	}
}

// remember keeps whether an update could be handled. Whether the store takes
// anything is not asked of updates.
func (w *Webhook) remember(err error) {
	switch {
	case err == nil:
		w.failed.Store(0)
	case !errors.Is(err, ErrNotStored):
		w.failed.Store(time.Now().UnixMilli())
	}
}
