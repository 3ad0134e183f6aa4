package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func start(t *testing.T, o Options) (*Server, *clock) {
	t.Helper()
	c := newClock()
	o.Now = c.Now
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, c
}

// started is a person who has pressed the start button.
func started(t *testing.T, s *Server, id int64) *Person {
	t.Helper()
	p := s.Person(id, "Ada")
	if err := p.Start(""); err != nil {
		t.Fatal(err)
	}
	return p
}

// testContext ends a test that waits for something that does not come.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

type reply struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	ErrorCode   int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
	header http.Header
}

// messageID is the id in the result.
func (r reply) messageID(t *testing.T) int {
	t.Helper()
	var m struct {
		MessageID int `json:"message_id"`
	}
	if err := json.Unmarshal(r.Result, &m); err != nil {
		t.Fatalf("result %s: %v", r.Result, err)
	}
	return m.MessageID
}

// try posts a JSON body and says what went wrong with the connection.
func try(s *Server, method, body string) (reply, error) {
	return tryBody(s, method, "application/json", []byte(body))
}

func tryBody(s *Server, method, contentType string, body []byte) (reply, error) {
	// A connection of its own: a fault must not hit a reused one.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post(s.URL()+"/bot"+s.Token()+"/"+method, contentType, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{header: resp.Header}
	return r, json.Unmarshal(data, &r)
}

func post(t *testing.T, s *Server, method, body string) reply {
	t.Helper()
	r, err := try(s, method, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, body, err)
	}
	return r
}

func mustPost(t *testing.T, s *Server, method, body string) reply {
	t.Helper()
	r := post(t, s, method, body)
	if !r.OK {
		t.Fatalf("%s %s: %d %s", method, body, r.ErrorCode, r.Description)
	}
	return r
}

func wantRefused(t *testing.T, r reply, code int, description string) {
	t.Helper()
	if r.OK || r.ErrorCode != code || r.Description != description {
		t.Fatalf("got ok=%v %d %q, want %d %q", r.OK, r.ErrorCode, r.Description, code, description)
	}
}

func TestHungUp(t *testing.T) {
	s, _ := start(t, Options{})
	client := &http.Client{Transport: &http.Transport{}}
	r, err := client.Get(s.URL() + "/bot" + s.Token() + "/getMe")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.HungUp(over); err == nil {
		t.Error("a client that keeps its connection has hung up")
	}
	client.CloseIdleConnections()
	if err := s.HungUp(testContext(t)); err != nil {
		t.Error(err)
	}
}

// TestHungUpWithAConnectionThatWaits: a program sends something over a new connection
// and is gone before it has been accepted.
func TestHungUpWithAConnectionThatWaits(t *testing.T) {
	s, _ := start(t, Options{})
	ada := started(t, s, 7)
	body := fmt.Sprintf(`{"chat_id":%d,"text":"hello"}`, ada.ID())
	for i := range 100 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "POST /bot%s/sendMessage HTTP/1.1\r\nHost: telegram\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			s.Token(), len(body), body)
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Fatal(err)
		}
		if err := s.HungUp(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if got := s.Stats().Messages; got != i+1 {
			t.Fatalf("%d messages were sent, and %d have come", i+1, got)
		}
	}
}
