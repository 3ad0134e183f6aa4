package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/bot/sandbox"
	"afterneedle/content"
)

// lines is a log that several goroutines may write to.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// polling is a poller at work on a sandbox. Its pauses take no time.
type polling struct {
	*Poller
	telegram *sandbox.Server
	ana      *sandbox.Person
	log      *lines
	ctx      context.Context
	stop     func()

	mu      sync.Mutex
	handled []int64 // what handle was called with
	paused  []time.Duration
	noted   []int64
	fail    func(id int64, tries int) error // what handle says
	broken  error                           // what note says
	now     time.Time                       // the sandbox's
}

func startPolling(t *testing.T, before func(*polling)) *polling {
	t.Helper()
	p := &polling{log: &lines{}, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	var err error
	p.telegram, err = sandbox.Start(sandbox.Options{Now: func() time.Time {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.now
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.ana = p.telegram.Person(200, "Ana")
	p.Poller = newPoller(p.telegram.URL(), p.telegram.Token(),
		newIntake(p.handleOne, p.noteOne, slog.New(slog.NewTextHandler(p.log, nil))))
	p.Poller.pause = func(_ context.Context, wait time.Duration) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.paused = append(p.paused, wait)
	}
	if before != nil {
		before(p)
	}
	var cancel context.CancelFunc
	p.ctx, cancel = context.WithTimeout(context.Background(), 20*time.Second)
	done := make(chan struct{})
	p.stop = func() { cancel(); <-done }
	go func() {
		p.Run(p.ctx)
		close(done)
	}()
	t.Cleanup(func() {
		p.stop()
		p.telegram.Close()
		if strings.Contains(p.log.String(), p.telegram.Token()) {
			t.Error("the token is in the log")
		}
	})
	return p
}

func (p *polling) handleOne(_ context.Context, id int64, _ json.RawMessage) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handled = append(p.handled, id)
	if p.fail == nil {
		return nil
	}
	tries := 0
	for _, h := range p.handled {
		if h == id {
			tries++
		}
	}
	return p.fail(id, tries)
}

func (p *polling) noteOne(_ context.Context, u fetched) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken == nil && u.id != 0 {
		p.noted = append(p.noted, u.id)
	}
	return p.broken
}

func (p *polling) ids() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.handled)
}

func (p *polling) pauses() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.paused)
}

// settle waits until everything that was said is confirmed.
func (p *polling) settle(t *testing.T) {
	t.Helper()
	if err := p.telegram.Settled(p.ctx); err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
}

func (p *polling) says(t *testing.T, text string) {
	t.Helper()
	if _, err := p.ana.Says(text); err != nil {
		t.Fatal(err)
	}
}

func TestPollConfirmsWhatWasHandled(t *testing.T) {
	p := startPolling(t, nil)
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.says(t, "one")
	p.says(t, "two")
	p.settle(t)
	if n := len(p.ids()); n != 3 {
		t.Errorf("%d updates handled, expected 3", n)
	}
	if err := p.Idle(p.ctx); err != nil || !p.Ready() {
		t.Errorf("idle: %v, ready: %t", err, p.Ready())
	}
}

func TestReadyOnlyAfterAPoll(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		if p.Ready() {
			t.Error("ready before the first poll")
		}
		p.telegram.Fail(sandbox.Fault{Method: "getUpdates", Times: 4, Kind: sandbox.FaultHTML})
		p.Poller.pause = func(context.Context, time.Duration) {
			if p.Ready() {
				t.Error("ready while polls fail")
			}
		}
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	if !p.Ready() {
		t.Error("not ready after a poll")
	}
	p.lastPoll.Store(time.Now().Add(-readyFor - time.Second).UnixMilli())
	if p.Ready() {
		t.Error("ready without a poll for more than two minutes")
	}
	if !strings.Contains(p.log.String(), "502") {
		t.Errorf("the page of a gateway is not named:\n%s", p.log)
	}
}

func TestFirstPollDoesNotWait(t *testing.T) {
	p := startPolling(t, nil)
	for !p.Ready() { // the first of them answers at once, though nobody says anything
		if p.ctx.Err() != nil {
			t.Fatal("not ready: the first poll waits for an update")
		}
		p.telegram.Stats()
	}
}

func TestIdleWaitsForAnUpdateThatFails(t *testing.T) {
	var busy []error
	p := startPolling(t, func(p *polling) {
		p.fail = func(_ int64, tries int) error {
			if tries < 3 {
				return errors.New("not yet")
			}
			return nil
		}
		p.Poller.pause = func(context.Context, time.Duration) {
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			busy = append(busy, p.Idle(ended))
		}
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	if len(busy) != 2 || busy[0] == nil || busy[1] == nil {
		t.Errorf("%v: idle between two tries", busy)
	}
}

func TestConflictWaitsAndSaysSo(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		p.telegram.Fail(sandbox.Fault{Method: "getUpdates", Status: http.StatusConflict,
			Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"})
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	if pauses := p.pauses(); len(pauses) != 1 || pauses[0] < conflictPause {
		t.Errorf("paused %v", pauses)
	}
	if !strings.Contains(p.log.String(), "another program polls with this token") {
		t.Errorf("it does not say so:\n%s", p.log)
	}
}

// TestWebhookThatSomebodySetIsRemoved sets a webhook while a poll waits, and lets
// somebody write before it is gone again.
func TestWebhookThatSomebodySetIsRemoved(t *testing.T) {
	p := startPolling(t, nil)
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	busy := p.telegram.Fail(sandbox.Fault{Method: "deleteWebhook", Status: http.StatusInternalServerError})
	other := newClient(p.telegram.URL(), p.telegram.Token(), func() context.Context { return p.ctx })
	if err := other.call("setWebhook", map[string]any{"url": "https://127.0.0.1:1/telegram"}, nil); err != nil {
		t.Fatal(err)
	}
	p.says(t, "one")
	p.settle(t)
	if n := len(p.ids()); n != 2 || busy.Hits() != 1 {
		t.Errorf("%d updates handled, expected 2", n)
	}
	log := p.log.String()
	if n := strings.Count(log, "it is removed, and polling goes on"); n != 1 || strings.Contains(log, "another program polls") {
		t.Errorf("it does not say what happened:\n%s", log)
	}
	if !p.Ready() {
		t.Error("not ready")
	}
}

func TestNamedWaitIsObeyed(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		p.telegram.Fail(sandbox.Fault{Method: "getUpdates", Status: http.StatusTooManyRequests, RetryAfter: 37})
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	if diff := cmp.Diff([]time.Duration{37 * time.Second}, p.pauses()); diff != "" {
		t.Error(diff)
	}
}

func TestPausesGrowToAFewSeconds(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		p.telegram.Fail(sandbox.Fault{Method: "getUpdates", Times: 20, Kind: sandbox.FaultDrop})
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	pauses := p.pauses()
	if len(pauses) != 20 || pauses[0] < pollPause || slices.Max(pauses) > pauseMost+pollPause || slices.Max(pauses) < pauseMost {
		t.Errorf("paused %v", pauses)
	}
}

func TestIdsRestartAnywhere(t *testing.T) {
	p := startPolling(t, nil)
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	for _, next := range []int64{0, 1, 900_000_000, 0, 5} {
		p.telegram.RestartUpdateIDs(next)
		p.says(t, "hello")
		p.says(t, "again")
		p.settle(t)
	}
	ids := p.ids()
	if n := len(ids); n != 11 {
		t.Errorf("%d updates handled, expected 11", n)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 11 {
		t.Error("an update was handled twice")
	}
}

func TestOutOfOrderAndAgain(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		if err := p.ana.Start(""); err != nil {
			t.Fatal(err)
		}
		p.says(t, "one")
		p.says(t, "two")
		p.telegram.ReverseNextBatch()
	})
	p.settle(t)
	p.telegram.RedeliverLast(3)
	p.settle(t)
	seen := map[int64]bool{}
	for _, id := range p.ids() {
		seen[id] = true
	}
	if len(seen) != 3 || len(p.pauses()) > 0 {
		t.Errorf("%d updates handled, paused %v", len(seen), p.pauses())
	}
}

func TestStopsAtOnceWithAPollOpen(t *testing.T) {
	p := startPolling(t, nil)
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t) // the confirming poll is open now, for fifty seconds
	begun := time.Now()
	p.stop()
	if took := time.Since(begun); took > 300*time.Millisecond {
		t.Errorf("stopping took %s", took)
	}
}

func TestStopsBetweenTwoUpdates(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		if err := p.ana.Start(""); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			p.says(t, "hello")
		}
		p.fail = func(int64, int) error {
			go p.stop()
			<-p.ctx.Done()
			return nil
		}
	})
	<-p.ctx.Done()
	p.stop()
	if n := len(p.ids()); n != 1 {
		t.Errorf("%d updates handled after the stop", n-1)
	}
	if n := p.telegram.PendingUpdates(); n != 51 {
		t.Errorf("%d updates wait for the next start, expected all of them", n)
	}
}

func TestUnreadableUpdatesAreSkipped(t *testing.T) {
	texts, faults := content.Load("")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p := startPolling(t, func(p *polling) {
		b := New(Settings{APIURL: p.telegram.URL(), Token: p.telegram.Token()}, nil, texts, nil, slog.New(slog.NewTextHandler(p.log, nil)))
		p.Poller.handle = func(ctx context.Context, id int64, raw json.RawMessage) error {
			if strings.Contains(string(raw), "hello") {
				return p.handleOne(ctx, id, raw)
			}
			return b.Handle(ctx, id, raw)
		}
		for _, raw := range []string{`"a text"`, `{"message_id":"seven"}`, `[]`, `{"chat":{"id":1.5}}`} {
			if _, err := p.telegram.EnqueueRaw("message", json.RawMessage(raw)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.telegram.EnqueueRaw("message", json.RawMessage(`{"text":"hello"}`)); err != nil {
			t.Fatal(err)
		}
	})
	p.settle(t)
	if n := len(p.ids()); n != 1 {
		t.Errorf("the update behind them was handled %d times", n)
	}
	if n := strings.Count(p.log.String(), "update cannot be read"); n != 4 {
		t.Errorf("%d of 4 reported:\n%s", n, p.log)
	}
}

// TestChatsDoNotWaitForEachOther hands out updates of two people in one batch and
// lets the first of them hang until the other one has been dealt with.
func TestChatsDoNotWaitForEachOther(t *testing.T) {
	var mu sync.Mutex
	var ended []string
	heardBo := make(chan struct{})
	p := startPolling(t, func(p *polling) {
		bo := p.telegram.Person(201, "Bo")
		for _, who := range []*sandbox.Person{p.ana, bo} {
			if err := who.Start(""); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range []struct {
			who  *sandbox.Person
			text string
		}{{p.ana, "1"}, {bo, "2"}, {p.ana, "3"}} {
			if _, err := x.who.Says(x.text); err != nil {
				t.Fatal(err)
			}
		}
		p.Poller.handle = func(ctx context.Context, _ int64, raw json.RawMessage) error {
			var u update
			if err := json.Unmarshal(raw, &u); err != nil {
				return err
			}
			switch u.Message.Text {
			case "/start":
				return nil
			case "1":
				select {
				case <-heardBo:
				case <-p.ctx.Done():
					return p.ctx.Err()
				}
			case "2":
				defer close(heardBo)
			}
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, u.Message.Text)
			return nil
		}
	})
	p.settle(t)
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"2", "1", "3"}; !slices.Equal(ended, want) {
		t.Errorf("handled %q, want %q", ended, want)
	}
}
