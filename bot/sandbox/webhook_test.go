package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

func TestWebhook(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	var mu sync.Mutex
	var got []string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		var u update
		if err := json.Unmarshal(body, &u); err != nil {
			t.Error(err)
		}
		got = append(got, r.Header.Get("X-Telegram-Bot-Api-Secret-Token")+" "+u.Message.Text)
		if len(got) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer hook.Close()
	mustPost(t, s, "setWebhook", `{"url":"`+hook.URL+`","secret_token":"s3"}`)
	says(t, p, "a")
	if err := s.Settled(testContext(t)); err != nil {
		t.Fatal(err)
	}
	s.RedeliverLast(1)
	if err := s.Settled(testContext(t)); err != nil {
		t.Fatal(err)
	}
	r := mustPost(t, s, "getWebhookInfo", `{}`)
	var info wireWebhookInfo
	if err := json.Unmarshal(r.Result, &info); err != nil || info.URL != hook.URL || info.LastError == "" || info.Pending != 0 {
		t.Errorf("got %s", r.Result)
	}
	mustPost(t, s, "deleteWebhook", `{"drop_pending_updates":true}`)
	says(t, p, "b")
	wantTexts(t, updates(t, s, `{}`), "b")
	mu.Lock()
	defer mu.Unlock()
	want := []string{"s3 /start", "s3 /start", "s3 a", "s3 a"}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
