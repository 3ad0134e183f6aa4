package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

// hooked is a webhook that a sandbox posts to.
type hooked struct {
	*Webhook
	telegram *sandbox.Server
	web      *httptest.Server
	log      *lines
	paused   chan time.Duration // asks for each pause of Run
	ctx      context.Context

	mu      sync.Mutex
	handled []string // texts, in the order in which they were dealt with
	fail    func(text string) error
}

func startHook(t *testing.T) *hooked {
	t.Helper()
	h := &hooked{log: &lines{}, paused: make(chan time.Duration, 100)}
	var err error
	if h.telegram, err = sandbox.Start(sandbox.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	h.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	var stop context.CancelFunc
	h.ctx, stop = context.WithTimeout(context.Background(), 20*time.Second)
	in := newIntake(h.handleOne, func(context.Context, fetched) error { return nil }, slog.New(slog.NewTextHandler(h.log, nil)))
	c := newClient(h.telegram.URL(), h.telegram.Token(), func() context.Context { return h.ctx })
	h.Webhook = newWebhook(c, h.web.URL, "s3cr3t", in)
	h.pause = func(ctx context.Context, wait time.Duration) {
		h.paused <- wait
		<-ctx.Done()
	}
	done := make(chan struct{})
	go func() {
		h.Run(h.ctx)
		close(done)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		h.web.Close()
		h.telegram.Close()
		if strings.Contains(h.log.String(), "s3cr3t") {
			t.Error("the secret is in the log")
		}
	})
	<-h.paused // it is set
	return h
}

func (h *hooked) handleOne(_ context.Context, _ int64, raw json.RawMessage) error {
	var u update
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.handled = append(h.handled, u.Message.Text)
	if h.fail == nil {
		return nil
	}
	return h.fail(u.Message.Text)
}

// post posts a body like Telegram, or like somebody else, and returns the status.
func (h *hooked) post(t *testing.T, secret, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(h.ctx, http.MethodPost, h.web.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestWebhookTakesWhatTelegramPosts(t *testing.T) {
	h := startHook(t)
	ana := h.telegram.Person(200, "Ana")
	if err := ana.Start(""); err != nil {
		t.Fatal(err)
	}
	if _, err := ana.Says("4"); err != nil {
		t.Fatal(err)
	}
	if err := h.telegram.Settled(h.ctx); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if got := strings.Join(h.handled, " "); got != "/start 4" {
		t.Errorf("handled %q", got)
	}
	if !h.Ready() {
		t.Error("not ready")
	}
}

func TestWebhookTurnsOthersAway(t *testing.T) {
	h := startHook(t)
	const update = `{"update_id":7,"message":{"message_id":1,"date":1,"chat":{"id":200,"type":"private"},"text":"hi"}}`
	for _, x := range []struct {
		name, secret, body string
		status             int
	}{
		{"no secret", "", update, http.StatusUnauthorized},
		{"a wrong one", "s3cr3", update, http.StatusUnauthorized},
		{"no update", "s3cr3t", "[]", http.StatusOK}, // and never again
		{"nothing", "s3cr3t", "", http.StatusOK},
		{"no id", "s3cr3t", `{"message":{}}`, http.StatusOK},
		{"far too much", "s3cr3t", strings.Repeat(" ", updateMost) + update, http.StatusRequestEntityTooLarge},
		{"an update", "s3cr3t", update, http.StatusOK},
	} {
		if got := h.post(t, x.secret, x.body); got != x.status {
			t.Errorf("%s: status %d, want %d", x.name, got, x.status)
		}
	}
	if len(h.handled) != 1 {
		t.Errorf("handled %q", h.handled)
	}
}

// TestWebhookRepeatsWhatFails lets one update fail twice: Telegram brings it again
// until it is taken, and after the third time it is set aside.
func TestWebhookRepeatsWhatFails(t *testing.T) {
	h := startHook(t)
	h.fail = func(string) error { return errors.New("disk full") }
	const update = `{"update_id":7,"message":{"message_id":1,"date":1,"chat":{"id":200,"type":"private"},"text":"hi"}}`
	for i, want := range []int{500, 500, 200} {
		if got := h.post(t, "s3cr3t", update); got != want {
			t.Errorf("time %d: status %d, want %d", i+1, got, want)
		}
		if ready := want == 200; h.Ready() != ready {
			t.Errorf("time %d: ready is %v", i+1, h.Ready())
		}
	}
	if !strings.Contains(h.log.String(), "update set aside") {
		t.Errorf("nothing in the log:\n%s", h.log)
	}
}

// TestWebhookIsReadyAgainByItself lets updates fail, and posts none that could show
// that it is over.
func TestWebhookIsReadyAgainByItself(t *testing.T) {
	h := startHook(t)
	const update = `{"update_id":7,"message":{"message_id":1,"date":1,"chat":{"id":200,"type":"private"},"text":"hi"}}`
	fails := func(err error) {
		t.Helper()
		h.fail = func(string) error { return err }
		if got := h.post(t, "s3cr3t", update); got != http.StatusInternalServerError {
			t.Errorf("status %d", got)
		}
	}
	fails(fmt.Errorf("%w: disk full", ErrNotStored))
	if !h.Ready() {
		t.Error("not ready because of the store, which is asked for itself")
	}
	fails(errors.New("a fault"))
	if h.Ready() {
		t.Error("ready right after an update that could not be handled")
	}
	h.failed.Store(time.Now().Add(-failedFor).UnixMilli())
	if !h.Ready() {
		t.Error("not ready half a minute later")
	}
}

// TestWebhookOneAtATimeForAChat posts updates of one chat and of another at the
// same moment.
func TestWebhookOneAtATimeForAChat(t *testing.T) {
	h := startHook(t)
	inside := make(map[int64]int)
	most := 0
	both := make(chan struct{})
	var mu sync.Mutex
	h.handle = func(_ context.Context, _ int64, raw json.RawMessage) error {
		var u update
		if err := json.Unmarshal(raw, &u); err != nil {
			return err
		}
		chat := u.from()
		mu.Lock()
		inside[chat]++
		most = max(most, inside[chat])
		if inside[200] > 0 && inside[201] > 0 {
			select {
			case <-both:
			default:
				close(both)
			}
		}
		mu.Unlock()
		select { // the other chat is let in meanwhile
		case <-both:
		case <-h.ctx.Done():
		}
		mu.Lock()
		defer mu.Unlock()
		inside[chat]--
		return nil
	}
	var posts sync.WaitGroup
	for i, chat := range []string{"200", "200", "200", "201"} {
		posts.Go(func() {
			body := `{"update_id":` + string(rune('1'+i)) + `,"message":{"message_id":1,"date":1,"chat":{"id":` + chat + `,"type":"private"},"text":"hi"}}`
			if status := h.post(t, "s3cr3t", body); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
		})
	}
	posts.Wait()
	if most != 1 {
		t.Errorf("%d updates of one chat at the same time", most)
	}
}

// TestWebhookOneChatDoesNotFillTheHall posts more updates of one chat than are dealt
// with at the same time, the first of which hangs until another chat is heard.
func TestWebhookOneChatDoesNotFillTheHall(t *testing.T) {
	h := startHook(t)
	heardBo := make(chan struct{})
	h.handle = func(_ context.Context, _ int64, raw json.RawMessage) error {
		var u update
		if err := json.Unmarshal(raw, &u); err != nil {
			return err
		}
		if u.from() == 201 {
			close(heardBo)
			return nil
		}
		select {
		case <-heardBo:
			return nil
		case <-h.ctx.Done():
			return h.ctx.Err()
		}
	}
	var posts sync.WaitGroup
	post := func(id int, chat string) {
		body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"chat":{"id":%s,"type":"private"},"text":"hi"}}`, id, chat)
		posts.Go(func() {
			if status := h.post(t, "s3cr3t", body); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
		})
	}
	const many = sideBySide + 4
	for i := range many {
		post(i+1, "200")
	}
	for {
		h.intake.mu.Lock()
		inHand, changed := h.inHand, h.changed
		h.intake.mu.Unlock()
		if inHand == many {
			break
		}
		select {
		case <-changed:
		case <-h.ctx.Done():
			t.Fatalf("%d of %d updates came in", inHand, many)
		}
	}
	post(many+1, "201")
	posts.Wait()
}
