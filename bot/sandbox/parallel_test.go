package sandbox

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestManyAtOnce has people tap while the bot polls and answers, for the race
// detector and for the counts.
func TestManyAtOnce(t *testing.T) {
	const people = 40
	s, _ := start(t, Options{})
	var crowd []*Person
	for id := int64(1); id <= people; id++ {
		crowd = append(crowd, started(t, s, id))
		mustPost(t, s, "sendMessage", fmt.Sprintf(`{"chat_id":%d,"text":"?",%s}`, id, yesNo))
	}
	var wg sync.WaitGroup
	for _, p := range crowd {
		wg.Go(func() {
			if err := p.Taps("Yes"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() { answerTaps(t, s, people) })
	wg.Wait()
	if err := s.Settled(testContext(t)); err != nil {
		t.Fatal(err)
	}
	answers := 0
	for _, e := range s.Transcript() {
		if e.Method == "answerCallbackQuery" {
			answers++
		}
	}
	if answers != people || len(s.Refusals()) != 0 {
		t.Errorf("%d answers, refusals %v", answers, s.Refusals())
	}
}

// answerTaps polls until it has answered n taps, then confirms them.
func answerTaps(t *testing.T, s *Server, n int) {
	next := int64(0)
	for n > 0 {
		r, err := try(s, "getUpdates", fmt.Sprintf(`{"timeout":10,"limit":7,"offset":%d}`, next))
		var list []update
		if err != nil || json.Unmarshal(r.Result, &list) != nil {
			t.Errorf("%+v %v", r, err)
			return
		}
		for _, u := range list {
			next = u.ID + 1
			if u.Callback == nil {
				continue
			}
			n--
			if r, err := try(s, "answerCallbackQuery", `{"callback_query_id":"`+u.Callback.ID+`"}`); err != nil || !r.OK {
				t.Errorf("%+v %v", r, err)
			}
		}
	}
	if _, err := try(s, "getUpdates", offset(next)); err != nil {
		t.Error(err)
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	s, _ := start(t, Options{})
	mustPost(t, s, "setWebhook", `{"url":"https://127.0.0.1:1/"}`)
	mustPost(t, s, "deleteWebhook", `{}`)
	poll := pollInBackground(t, s)
	s.Close()
	<-poll
	// Close waits for the work of each goroutine; its last instructions may
	// still be on the way.
	for range 10_000 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "sandbox.(*Server)") {
			return
		}
		runtime.Gosched()
	}
	t.Error("a goroutine of the server outlived Close")
}
