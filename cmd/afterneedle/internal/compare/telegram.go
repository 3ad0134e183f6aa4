package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"afterneedle/cmd/afterneedle/internal/crowd"
)

const token = "1:compare"

// telegram answers every call well, after a delay, and counts what comes for
// patients.
type telegram struct {
	*httptest.Server
	delay    time.Duration
	expected int64
	count    atomic.Int64
	all      chan struct{} // closed when as many have come as are expected
}

func newTelegram(delay time.Duration) *telegram {
	t := &telegram{delay: delay}
	t.Server = httptest.NewServer(t)
	return t
}

// expect counts anew, up to n.
func (t *telegram) expect(n int) {
	t.expected, t.all = int64(n), make(chan struct{})
	t.count.Store(0)
}

// ServeHTTP takes a message.
func (t *telegram) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	chat, _ := strconv.ParseInt(r.FormValue("chat_id"), 10, 64)
	if t.delay > 0 {
		time.Sleep(t.delay)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":%d,"type":"private"}}}`, chat)
	if chat >= crowd.FirstChat && t.count.Add(1) == t.expected {
		close(t.all)
	}
}

// client is the Telegram library with as many connections as it has use for; by
// itself it would keep two.
func (t *telegram) client() *tg.BotAPI {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 256
	api := &tg.BotAPI{Token: token, Client: &http.Client{Transport: transport}}
	api.SetAPIEndpoint(t.URL + "/bot%s/%s")
	return api
}

// post is one message.
func post(api *tg.BotAPI, chat int64, text string) error {
	message := tg.NewMessage(chat, text)
	message.ParseMode = tg.ModeHTML
	_, err := api.Send(message)
	return err
}
