package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// update is what tests look at in an update.
type update struct {
	ID       int64             `json:"update_id"`
	Message  *wireMessage      `json:"message"`
	Edited   *wireMessage      `json:"edited_message"`
	Member   *wireMemberUpdate `json:"my_chat_member"`
	Callback *struct {
		ID      string `json:"id"`
		Data    string `json:"data"`
		Message struct {
			MessageID int   `json:"message_id"`
			Date      int64 `json:"date"`
		} `json:"message"`
	} `json:"callback_query"`
}

func updates(t *testing.T, s *Server, body string) []update {
	t.Helper()
	r := mustPost(t, s, "getUpdates", body)
	var list []update
	if err := json.Unmarshal(r.Result, &list); err != nil {
		t.Fatalf("%s: %v", r.Result, err)
	}
	return list
}

func texts(list []update) []string {
	var all []string
	for _, u := range list {
		all = append(all, u.Message.Text)
	}
	return all
}

func wantTexts(t *testing.T, list []update, want ...string) {
	t.Helper()
	if got := texts(list); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func says(t *testing.T, p *Person, list ...string) {
	t.Helper()
	for _, text := range list {
		if _, err := p.Says(text); err != nil {
			t.Fatal(err)
		}
	}
}

func offset(n int64) string { return fmt.Sprintf(`{"offset":%d}`, n) }

func TestOffsets(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	says(t, p, "a", "b", "c")

	all := updates(t, s, `{}`)
	wantTexts(t, all, "/start", "a", "b", "c")
	wantTexts(t, updates(t, s, `{"limit":2}`), "/start", "a")
	wantTexts(t, updates(t, s, offset(all[2].ID)), "b", "c")
	wantTexts(t, updates(t, s, `{}`), "b", "c")
	wantTexts(t, updates(t, s, `{"offset":-1}`), "c")
	wantTexts(t, updates(t, s, `{}`), "c")

	far := all[3].ID + 1
	wantTexts(t, updates(t, s, offset(far+offsetSlack+1)), "c")
	wantTexts(t, updates(t, s, offset(far+offsetSlack)))
	if n := s.PendingUpdates(); n != 0 {
		t.Errorf("%d updates left", n)
	}
}

func TestRestartedIDs(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	next := updates(t, s, `{}`)[0].ID + 1
	updates(t, s, offset(next))

	s.RestartUpdateIDs(7)
	says(t, p, "a")
	got := updates(t, s, offset(next))
	wantTexts(t, got, "a")
	if got[0].ID != 7 {
		t.Errorf("id %d", got[0].ID)
	}
	s.RestartUpdateIDs(0)
	if again := updates(t, s, offset(8)); len(again) != 1 || again[0].ID == 7 {
		t.Errorf("waiting update keeps its id: %v", again)
	}
}

func TestRedelivery(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	says(t, p, "a", "b")
	list := updates(t, s, `{}`)
	next := offset(list[2].ID + 1)
	updates(t, s, next)

	if n := s.RedeliverLast(2); n != 2 {
		t.Fatalf("brought back %d", n)
	}
	wantTexts(t, updates(t, s, `{"limit":1,"offset":`+fmt.Sprint(list[2].ID+1)+`}`), "a")
	got := updates(t, s, next)
	wantTexts(t, got, "b")
	if got[0].ID != list[2].ID {
		t.Errorf("id %d, want %d", got[0].ID, list[2].ID)
	}
	wantTexts(t, updates(t, s, next))

	says(t, p, "c", "d")
	s.ReverseNextBatch()
	wantTexts(t, updates(t, s, next), "d", "c")
	wantTexts(t, updates(t, s, next), "c", "d")
}

func TestRawUpdate(t *testing.T) {
	s, _ := start(t, Options{})
	id, err := s.EnqueueRaw("message", json.RawMessage(`{"message_id":"one"}`))
	if err != nil {
		t.Fatal(err)
	}
	r := mustPost(t, s, "getUpdates", `{}`)
	if want := fmt.Sprintf(`[{"message":{"message_id":"one"},"update_id":%d}]`, id); string(r.Result) != want {
		t.Errorf("got %s, want %s", r.Result, want)
	}
	if _, err := s.EnqueueRaw("message", json.RawMessage(`{`)); err == nil {
		t.Error("broken JSON was queued")
	}
}

func TestAllowedUpdates(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	updates(t, s, `{"offset":-1,"allowed_updates":["message"]}`)
	if err := p.Blocks(); err != nil {
		t.Fatal(err)
	}
	if err := p.Unblocks(); err != nil {
		t.Fatal(err)
	}
	says(t, p, "a")
	wantTexts(t, updates(t, s, `{"allowed_updates":null}`), "/start", "a")
	updates(t, s, `{"allowed_updates":[]}`)
	if err := p.Blocks(); err != nil {
		t.Fatal(err)
	}
	list := updates(t, s, `{}`)
	if m := list[len(list)-1].Member; m == nil || m.Old.Status != "member" || m.New.Status != "kicked" {
		t.Errorf("got %+v", list[len(list)-1])
	}
}

func TestLifetimes(t *testing.T) {
	s, clock := start(t, Options{})
	p := started(t, s, 5)
	keyboard := `"reply_markup":{"inline_keyboard":[[{"text":"Taken","callback_data":"t"}]]}`
	mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"?",`+keyboard+`}`)

	tap := func() {
		t.Helper()
		if err := p.Taps("Taken"); err != nil {
			t.Fatal(err)
		}
	}
	tap()
	clock.advance(149 * time.Second)
	list := updates(t, s, `{"offset":-1}`)
	if len(list) != 1 || list[0].Callback == nil || list[0].Callback.Data != "t" {
		t.Fatalf("got %+v", list)
	}
	answer := func(id string) reply { return post(t, s, "answerCallbackQuery", `{"callback_query_id":"`+id+`"}`) }
	if r := answer(list[0].Callback.ID); !r.OK {
		t.Fatal(r.Description)
	}
	wantRefused(t, answer(list[0].Callback.ID), 400, errQueryTooOld.description)

	tap()
	late := updates(t, s, `{"offset":-1}`)[0].Callback.ID
	clock.advance(151 * time.Second)
	wantRefused(t, answer(late), 400, errQueryTooOld.description)
	if n := s.PendingUpdates(); n != 0 {
		t.Errorf("a tap of 151 s ago still waits: %d", n)
	}

	says(t, p, "a")
	clock.advance(24*time.Hour - time.Second)
	wantTexts(t, updates(t, s, `{}`), "a")
	clock.advance(time.Second)
	wantTexts(t, updates(t, s, `{}`))
}

// pollInBackground starts a long poll and returns once it waits.
func pollInBackground(t *testing.T, s *Server) <-chan reply {
	t.Helper()
	s.mu.Lock()
	before := s.poll
	s.mu.Unlock()
	answered := make(chan reply, 1)
	go func() {
		r, err := try(s, "getUpdates", `{"timeout":50}`)
		if err != nil {
			r.Description = err.Error()
		}
		answered <- r
	}()
	if err := s.waitUntil(testContext(t), func() bool { return s.poll != nil && s.poll != before }); err != nil {
		t.Fatal(err)
	}
	return answered
}

func TestLongPoll(t *testing.T) {
	s, _ := start(t, Options{})
	poll := pollInBackground(t, s)
	started(t, s, 5)
	var list []update
	if r := <-poll; json.Unmarshal(r.Result, &list) != nil {
		t.Fatalf("got %+v", r)
	}
	wantTexts(t, list, "/start")
}

func TestNewestPollWins(t *testing.T) {
	s, _ := start(t, Options{})
	older := pollInBackground(t, s)
	newer := pollInBackground(t, s)
	wantRefused(t, <-older, http.StatusConflict, "Conflict: terminated by other getUpdates request; "+
		"make sure that only one bot instance is running")
	mustPost(t, s, "setWebhook", `{"url":"https://127.0.0.1:1/"}`)
	wantRefused(t, <-newer, http.StatusConflict, "Conflict: terminated by setWebhook request")
	wantRefused(t, post(t, s, "getUpdates", `{}`), http.StatusConflict, "Conflict: can't use getUpdates method "+
		"while webhook is active; use deleteWebhook to delete the webhook first")
	mustPost(t, s, "deleteWebhook", `{}`)
	mustPost(t, s, "getUpdates", `{}`)
}

func TestSettled(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	settled := make(chan error, 1)
	go func() { settled <- s.Settled(testContext(t)) }()
	list := updates(t, s, `{}`)
	select {
	case err := <-settled:
		t.Fatalf("settled before the update was confirmed: %v", err)
	default:
	}
	says(t, p, "later")
	updates(t, s, offset(list[0].ID+1))
	if err := <-settled; err != nil {
		t.Fatal(err)
	}
}
