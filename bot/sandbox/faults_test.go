package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	hello := `{"chat_id":5,"text":"hello"}`
	tests := map[string]struct {
		fault     Fault
		delivered bool
		check     func(*testing.T, reply, error)
	}{
		"429": {Fault{Status: 429, RetryAfter: 35}, false, func(t *testing.T, r reply, err error) {
			wantRefused(t, r, 429, "Too Many Requests: retry after 35")
			if r.Parameters.RetryAfter != 35 || r.header.Get("Retry-After") != "35" {
				t.Errorf("retry after %d, header %v", r.Parameters.RetryAfter, r.header)
			}
		}},
		"403": {Fault{Status: 403}, false, func(t *testing.T, r reply, err error) {
			wantRefused(t, r, 403, "Forbidden: bot was blocked by the user")
		}},
		"400": {Fault{Status: 400, Description: "Bad Request: no"}, false, func(t *testing.T, r reply, err error) {
			wantRefused(t, r, 400, "Bad Request: no")
		}},
		"500": {Fault{Delivered: true}, true, func(t *testing.T, r reply, err error) {
			wantRefused(t, r, 500, "Internal Server Error: restart")
		}},
		"migrated": {Fault{Status: 400, MigrateTo: -1001}, false, func(t *testing.T, r reply, err error) {
			if r.Parameters.MigrateTo != -1001 {
				t.Errorf("got %+v", r)
			}
		}},
		"page": {Fault{Kind: FaultHTML}, false, func(t *testing.T, r reply, err error) {
			if err == nil || !strings.Contains(err.Error(), "invalid character '<'") {
				t.Errorf("got %v", err)
			}
		}},
		"dropped":             {Fault{Kind: FaultDrop}, false, broken},
		"dropped afterwards":  {Fault{Kind: FaultDrop, Delivered: true}, true, broken},
		"silence":             {Fault{Kind: FaultSilence, Wait: time.Millisecond}, false, broken},
		"silence afterwards":  {Fault{Kind: FaultSilence, Delivered: true, Wait: time.Millisecond}, true, broken},
		"truncated":           {Fault{Kind: FaultTruncated}, false, broken},
		"truncated delivered": {Fault{Kind: FaultTruncated, Delivered: true}, true, broken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, Options{})
			p := started(t, s, 5)
			armed := s.Fail(tt.fault)
			r, err := try(s, "sendMessage", hello)
			tt.check(t, r, err)
			if delivered := p.Last().Text == "hello"; delivered != tt.delivered || armed.Hits() != 1 {
				t.Errorf("delivered %v, want %v; hits %d", delivered, tt.delivered, armed.Hits())
			}
			mustPost(t, s, "sendMessage", hello)
		})
	}
}

func broken(t *testing.T, _ reply, err error) {
	t.Helper()
	if err == nil {
		t.Error("the answer arrived")
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "unexpected end of JSON") {
		t.Errorf("got %v", err)
	}
}

func TestFaultChoice(t *testing.T) {
	s, _ := start(t, Options{})
	started(t, s, 5)
	started(t, s, 6)
	armed := s.Fail(Fault{Method: "SendMessage", ChatID: 5, Nth: 2, Times: 2, Status: 403})
	var got []bool
	for range 4 {
		mustPost(t, s, "sendMessage", `{"chat_id":6,"text":"x"}`)
		mustPost(t, s, "sendChatAction", `{"chat_id":5,"action":"typing"}`)
		got = append(got, post(t, s, "sendMessage", `{"chat_id":5,"text":"x"}`).OK)
	}
	if want := [4]bool{true, false, false, true}; [4]bool(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if armed.Hits() != 2 {
		t.Errorf("hits %d", armed.Hits())
	}
	always := s.Fail(Fault{Times: -1})
	for range 3 {
		post(t, s, "getMe", `{}`)
	}
	always.Disarm()
	mustPost(t, s, "getMe", `{}`)
	if always.Hits() != 3 {
		t.Errorf("hits %d", always.Hits())
	}
}

func TestSilenceEndsWithTheClient(t *testing.T) {
	s, _ := start(t, Options{})
	armed := s.Fail(Fault{Kind: FaultSilence})
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/bot"+s.Token()+"/getMe", nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		gone <- err
	}()
	if err := s.waitUntil(testContext(t), func() bool { return armed.hits == 1 }); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDown(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	poll := pollFromTheEnd(t, s)
	s.GoDown()
	if r := <-poll; r.OK {
		t.Errorf("the poll survived: %+v", r)
	}
	if _, err := try(s, "getMe", `{}`); err == nil {
		t.Error("an unreachable server answered")
	}
	says(t, p, "meanwhile")
	if err := s.ComeBack(); err != nil {
		t.Fatal(err)
	}
	wantTexts(t, updates(t, s, `{}`), "meanwhile")
}

// pollFromTheEnd confirms what waits before it polls.
func pollFromTheEnd(t *testing.T, s *Server) <-chan reply {
	t.Helper()
	list := updates(t, s, `{}`)
	updates(t, s, offset(list[len(list)-1].ID+1))
	return pollInBackground(t, s)
}

func TestCloseWithOpenRequests(t *testing.T) {
	s, _ := start(t, Options{})
	s.Fail(Fault{Method: "getMe", Kind: FaultSilence})
	poll := pollInBackground(t, s)
	silent := make(chan error, 1)
	go func() {
		_, err := try(s, "getMe", `{}`)
		silent <- err
	}()
	if err := s.waitUntil(testContext(t), func() bool { return s.calls["getMe"] == 1 }); err != nil {
		t.Fatal(err)
	}
	s.Close()
	<-poll
	if err := <-silent; err == nil {
		t.Error("a closed server answered")
	}
	if err := s.Settled(testContext(t)); err != nil {
		t.Errorf("nothing waits, yet: %v", err)
	}
}
