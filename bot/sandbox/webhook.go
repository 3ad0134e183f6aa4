package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// Pauses between attempts to deliver to a webhook, in real time and much
// shorter than those of the real server.
const (
	firstPause = 20 * time.Millisecond
	maxPause   = time.Second
)

const (
	defaultConnections = 40
	maxConnections     = 100
)

var secretToken = regexp.MustCompile(`^[A-Za-z0-9_-]{0,256}$`)

// webhook is where updates are posted to; an empty address means nowhere.
// They go one at a time and in order.
type webhook struct {
	url         string
	secret      string
	connections int
	lastError   string
	lastErrorAt time.Time
	stop        context.CancelFunc
}

func (s *Server) setWebhook(c *call) (any, *apiError) {
	address, secret := c.str("url"), c.str("secret_token")
	connections := defaultConnections
	if c.has("max_connections") {
		connections = int(c.integer("max_connections"))
	}
	switch {
	case address == "":
		return s.deleteWebhook(c)
	case !webhookAddress(address):
		return nil, badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	case !secretToken.MatchString(secret):
		return nil, badRequest("secret token contains unallowed characters")
	case connections < 1 || connections > maxConnections:
		return nil, badRequest("max_connections must be 1 to 100")
	}
	if err := s.allowUpdates(c); err != nil {
		return nil, err
	}
	s.dropPending(c)
	s.stopWebhook()
	s.interruptPoll(errSetWebhook)
	ctx, stop := context.WithCancel(s.ctx)
	s.hook = webhook{url: address, secret: secret, connections: connections, stop: stop}
	s.wg.Go(func() { s.postUpdates(ctx, address, secret) })
	return true, nil
}

// webhookAddress accepts what Telegram does, and plain HTTP on loopback, as a
// server of one's own may.
func webhookAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}

func (s *Server) deleteWebhook(c *call) (any, *apiError) {
	s.dropPending(c)
	s.stopWebhook()
	s.hook = webhook{}
	return true, nil
}

func (s *Server) dropPending(c *call) {
	if c.boolean("drop_pending_updates") {
		s.queue.pending = nil
	}
}

func (s *Server) stopWebhook() {
	if s.hook.stop != nil {
		s.hook.stop()
	}
}

func (s *Server) getWebhookInfo(*call) (any, *apiError) {
	s.queue.expire(s.now())
	info := wireWebhookInfo{
		URL: s.hook.url, Pending: len(s.queue.pending), LastError: s.hook.lastError,
		MaxConnections: s.hook.connections, AllowedUpdates: s.queue.allowed,
	}
	if s.hook.lastError != "" {
		info.LastErrorDate = s.hook.lastErrorAt.Unix()
	}
	return info, nil
}

// postUpdates delivers the queue until ctx ends.
func (s *Server) postUpdates(ctx context.Context, address, secret string) {
	pause := firstPause
	for ctx.Err() == nil {
		s.mu.Lock()
		s.queue.expire(s.now())
		next := s.changed.next()
		var batch []queued
		if !s.down {
			batch = s.queue.batch(1)
		}
		s.mu.Unlock()
		if len(batch) == 0 {
			select {
			case <-next:
			case <-ctx.Done():
			}
			continue
		}
		if err := s.post(ctx, address, secret, batch[0]); err != nil {
			s.notPosted(ctx, batch[0], err)
			sleep(ctx, pause)
			pause = min(2*pause, maxPause)
			continue
		}
		pause = firstPause
		s.posted(ctx, batch[0])
	}
}

// posted confirms an update that the webhook took.
func (s *Server) posted(ctx context.Context, u queued) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.repeating = 0
	at := slices.IndexFunc(s.queue.pending, func(p queued) bool { return p.serial == u.serial })
	if at < 0 || ctx.Err() != nil {
		s.changed.wake()
		return // a redelivery, or the webhook is no longer the same
	}
	s.queue.confirm(at + 1)
	s.changed.wake()
}

// notPosted remembers why an update has to be tried again.
func (s *Server) notPosted(ctx context.Context, u queued, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.repeating > 0 {
		s.queue.repeating = 0
		s.queue.again = slices.Insert(s.queue.again, 0, u)
	}
	if ctx.Err() == nil {
		s.hook.lastError, s.hook.lastErrorAt = err.Error(), s.now()
	}
}

func (s *Server) post(ctx context.Context, address, secret string, u queued) error {
	body, err := json.Marshal(u)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("Wrong response from the webhook: %s", resp.Status)
	}
	return nil
}
