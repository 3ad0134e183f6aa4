package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

// world is the program as a process, a Telegram and people around it. In a
// rehearsal Telegram lives by the program's clock.
type world struct {
	t        *testing.T
	telegram *sandbox.Server
	env      env
	proc     *process
	listen   string
	clock    string // base URL; empty on the wall clock
	owner    *sandbox.Person

	mu   sync.Mutex
	wall bool      // the program runs on the real clock
	last time.Time // what the clock said last
	live bool      // whether it can be asked

	readers map[string]*reader // by the words that they look for
	deaths  []int              // the last event before each kill that was noted
}

// reader remembers who has got a message with certain words, and how far it has read.
type reader struct {
	next  int
	chats map[int64]bool
}

const ownerID = 100

// rehearse starts the program on a virtual clock.
func rehearse(t *testing.T, start time.Time, pairs ...string) *world {
	t.Helper()
	w := stand(t, start)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0", "AFTERNEEDLE_REHEARSAL_START", start.Format(time.RFC3339)).with(pairs...)
	w.start()
	return w
}

// stand is a world whose program has not been started.
func stand(t *testing.T, start time.Time) *world {
	t.Helper()
	return standPaced(t, start, sandbox.Rates{})
}

// standPaced is one whose Telegram refuses what comes too fast.
func standPaced(t *testing.T, start time.Time, rates sandbox.Rates) *world {
	t.Helper()
	w := &world{t: t, last: start}
	var err error
	w.telegram, err = sandbox.Start(sandbox.Options{Username: "afterneedle_bot", Now: w.now, Token: someToken, Rates: rates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.telegram.Close)
	w.env = sound(t).with(
		"TELEGRAM_API_URL", w.telegram.URL(), "TELEGRAM_BOT_TOKEN", w.telegram.Token(),
		"DATABASE_URL", filepath.Join(t.TempDir(), "clinic.db"), "AFTERNEEDLE_OWNERS", fmt.Sprint(ownerID))
	w.owner = w.telegram.Person(ownerID, "Maria")
	return w
}

// start starts the program, or starts it again.
func (w *world) start() {
	w.t.Helper()
	w.adopt(launch(w.t, w.env, "serve"))
}

// adopt waits until a process is ready, which is the program of this world then.
func (w *world) adopt(p *process) {
	w.t.Helper()
	w.proc = p
	listen, clock := p.ready()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen, w.clock, w.live = listen, clock, w.env["AFTERNEEDLE_REHEARSAL_CLOCK"] != ""
}

// stop ends the program and returns its status.
func (w *world) stop(how func(*process) int) int {
	w.t.Helper()
	status := how(w.proc)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live = false
	return status
}

// now is what the program's clock says, or what it said last.
func (w *world) now() time.Time {
	w.mu.Lock()
	clock, live, last, wall := w.clock, w.live, w.last, w.wall
	w.mu.Unlock()
	switch {
	case wall:
		return time.Now()
	case !live:
		return last
	}
	_, answer, err := call(http.MethodGet, clock+"/clock", "")
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.last = answer.Now
	}
	return w.last
}

// clockAnswer is what the clock answers to a move, or why it did not.
type clockAnswer struct {
	Now     time.Time `json:"now"`
	Sent    *int      `json:"sent"`
	Failed  *int      `json:"failed"`
	Dropped *int      `json:"dropped"`
	Waiting *int      `json:"waiting"`
	Error   string    `json:"error"`
}

// counts are sent, failed, dropped, waiting.
func (a clockAnswer) counts() string {
	read := func(n *int) any {
		if n == nil {
			return "none"
		}
		return *n
	}
	return fmt.Sprintf("sent %v, failed %v, dropped %v, waiting %v", read(a.Sent), read(a.Failed), read(a.Dropped), read(a.Waiting))
}

func call(method, url, body string) (status int, answer clockAnswer, err error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, answer, err
	}
	client := http.Client{Timeout: 4 * patience} // it may move the clock by a day with much to send
	resp, err := client.Do(req)
	if err != nil {
		return 0, answer, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, answer, err
	}
	return resp.StatusCode, answer, json.Unmarshal(raw, &answer)
}

// move moves the clock, which must work.
func (w *world) move(body string) clockAnswer {
	w.t.Helper()
	status, answer, err := call(http.MethodPost, w.clock+"/clock", body)
	if err != nil || status != http.StatusOK {
		w.t.Fatalf("%s: status %d, %q, %v", body, status, answer.Error, err)
	}
	return answer
}

func (w *world) to(at time.Time) clockAnswer {
	w.t.Helper()
	return w.move(fmt.Sprintf(`{"to":%q}`, at.Format(time.RFC3339Nano)))
}

// says, taps and starts are what people do; the program has dealt with it when
// they return.
func (w *world) says(p *sandbox.Person, text string) {
	w.t.Helper()
	_, err := p.Says(text)
	w.done(err)
}

func (w *world) taps(p *sandbox.Person, label string) {
	w.t.Helper()
	w.done(p.Taps(label))
}

func (w *world) starts(p *sandbox.Person, payload string) {
	w.t.Helper()
	w.done(p.Start(payload))
}

func (w *world) done(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.telegram.Settled(ctx); err != nil {
		w.t.Fatalf("%v\n%s", err, w.proc.log)
	}
}

// link is the payload of the newest link that a person got.
func (w *world) link(p *sandbox.Person) string {
	w.t.Helper()
	messages := p.Messages()
	for _, message := range slices.Backward(messages) {
		if _, rest, ok := strings.Cut(message.Text, "?start="); ok {
			return strings.Fields(rest)[0]
		}
	}
	w.t.Fatal("there is no link")
	return ""
}

// clinic is a rehearsal that begins on a Monday in Berlin, with its owner.
func clinic(t *testing.T) (w *world, start time.Time) {
	t.Helper()
	start = at(t, "Europe/Berlin", monday)
	w = rehearse(t, start)
	w.starts(w.owner, "")
	return w, start
}

// patient is somebody who has joined and agreed.
func (w *world) patient(id int64, name string) *sandbox.Person {
	w.t.Helper()
	w.says(w.owner, "/newpatient "+name)
	p := w.telegram.Person(id, name)
	w.starts(p, w.link(w.owner))
	w.taps(p, "I agree")
	return p
}

// got are the messages, not the edits, that the bot has sent to a chat.
func (w *world) got(chat int64) []sandbox.Event {
	var list []sandbox.Event
	for _, e := range w.telegram.Transcript() {
		if e.Kind == sandbox.BotSent && !e.Edited && e.ChatID == chat {
			list = append(list, e)
		}
	}
	return list
}

// expect fails unless the newest message for a person holds a text.
func (w *world) expect(p *sandbox.Person, text string) {
	w.t.Helper()
	if last := p.Last(); !strings.Contains(last.Text, text) {
		w.t.Fatalf("%s: expected %q, the last message is:\n%s", w.now().Format(time.RFC3339), text, last.Text)
	}
}

// fetch reads one of the program's own pages.
func (w *world) fetch(page string) (int, string) {
	w.t.Helper()
	resp, err := http.Get(w.listen + page)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	_, _ = body.ReadFrom(resp.Body)
	return resp.StatusCode, body.String()
}

func at(t *testing.T, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}
