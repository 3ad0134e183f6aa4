package sandbox

import (
	"testing"
	"time"
)

func TestPerChatRate(t *testing.T) {
	s, clock := start(t, Options{Rates: Rates{PerChatEvery: time.Second, PerChatBurst: 3}})
	started(t, s, 5)
	started(t, s, 6)
	hello := `{"chat_id":5,"text":"x"}`
	first := mustPost(t, s, "sendMessage", hello).messageID(t)
	mustPost(t, s, "editMessageText", `{"chat_id":5,"message_id":`+itoa(first)+`,"text":"y"}`)
	mustPost(t, s, "sendMessage", hello)
	r := post(t, s, "sendMessage", hello)
	wantRefused(t, r, 429, "Too Many Requests: retry after 1")
	if r.Parameters.RetryAfter != 1 || r.header.Get("Retry-After") != "1" {
		t.Errorf("got %+v", r)
	}
	mustPost(t, s, "sendMessage", `{"chat_id":6,"text":"x"}`)
	clock.advance(time.Second)
	mustPost(t, s, "sendMessage", hello)
	wantRefused(t, post(t, s, "sendMessage", hello), 429, "Too Many Requests: retry after 1")
	clock.advance(time.Minute)
	for range 3 {
		mustPost(t, s, "sendMessage", hello)
	}
	clock.advance(-24 * time.Hour)
	mustPost(t, s, "sendMessage", hello)

	got := s.Stats()
	if got.TooMany != 2 || got.Messages != 9 || got.MaxPerSecond != 4 {
		t.Errorf("got %+v", got)
	}
}

func TestGlobalRate(t *testing.T) {
	s, clock := start(t, Options{Rates: Rates{Global: 3}})
	for id := int64(1); id <= 4; id++ {
		started(t, s, id)
	}
	send := func(id int) reply { return post(t, s, "sendMessage", `{"chat_id":`+itoa(id)+`,"text":"x"}`) }
	for id := 1; id <= 3; id++ {
		if r := send(id); !r.OK {
			t.Fatal(r.Description)
		}
		clock.advance(300 * time.Millisecond)
	}
	wantRefused(t, send(4), 429, "Too Many Requests: retry after 1")
	clock.advance(100 * time.Millisecond)
	if r := send(4); !r.OK {
		t.Errorf("the first second is over: %s", r.Description)
	}
}

func TestGroupRate(t *testing.T) {
	s, clock := start(t, Options{Rates: Rates{GroupPerMinute: 2}})
	p := started(t, s, 5)
	if err := s.Group(-7, "Team", p).AddsBot(p); err != nil {
		t.Fatal(err)
	}
	hello := `{"chat_id":-7,"text":"x"}`
	mustPost(t, s, "sendMessage", hello)
	clock.advance(20 * time.Second)
	mustPost(t, s, "sendMessage", hello)
	wantRefused(t, post(t, s, "sendMessage", hello), 429, "Too Many Requests: retry after 40")
}

func TestFrozenClockOnlyCounts(t *testing.T) {
	s, clock := start(t, Options{})
	started(t, s, 5)
	for range 40 {
		mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"x"}`)
	}
	clock.advance(5 * time.Second)
	mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"x"}`)
	got := s.Stats()
	if got.TooMany != 0 || got.MaxPerSecond != 40 || got.MinGap[5] != 0 || got.Calls["sendMessage"] != 41 {
		t.Errorf("got %+v", got)
	}
}
