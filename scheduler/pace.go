package scheduler

import (
	"slices"
	"sync"
	"time"

	"afterneedle/rehab"
)

// Telegram asks for at most one message a second to one chat and about 30 in
// all. Both seconds are a little longer here, so that clocks which differ and
// messages that overtake each other on their way do not matter.
const (
	chatGap   = 1050 * time.Millisecond
	rateSpell = 1005 * time.Millisecond
)

// stormWindow is the time in which a second throttled chat stops the whole bot.
const stormWindow = 2 * time.Second

// pace keeps the bot under Telegram's limits, on the program's clock. It lets
// through at most a given number in any second. A token bucket would not do: a
// full one lets through up to twice its rate, and a small one stretches what is
// due at the same moment.
type pace struct {
	mu sync.Mutex
	// grants are the latest sends, as many as may go out in a second.
	grants []*grant

	chats  map[int64]time.Time // when a chat may be written to again
	closed map[int64]time.Time // until when Telegram closed a chat
	all    time.Time           // until when Telegram closed the whole bot
	// throttledAt and throttled are the last throttled answer and its chat.
	throttledAt time.Time
	throttled   int64
}

// grant is the leave for one send. It is used up a second after the send has begun;
// until then it waits for a worker.
type grant struct {
	at      time.Time // when it was given, and then when the send began
	waiting bool
}

// free is when the place of a grant may be used again, at the earliest.
func (g *grant) free(now time.Time) time.Time {
	if g.waiting {
		return now.Add(rateSpell)
	}
	return g.at.Add(rateSpell)
}

func newPace(perSecond int) *pace {
	p := &pace{grants: make([]*grant, perSecond), chats: map[int64]time.Time{}, closed: map[int64]time.Time{}}
	for i := range p.grants {
		p.grants[i] = &grant{}
	}
	return p
}

// resume goes on where a process died that was sending at its full rate: what it
// sent within the second before counts for Telegram.
func (p *pace) resume(last time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.grants)
	for i := range p.grants {
		p.grants[i] = &grant{at: last.Add(-rateSpell * time.Duration(n-1-i) / time.Duration(n))}
	}
}

// resize lets through n messages a second from now on. What is added counts as if it
// were used in the next moment: whoever gave it up may just have used it.
func (p *pace) resize(n int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n < len(p.grants) {
		slices.SortFunc(p.grants, func(a, b *grant) int { return b.free(now).Compare(a.free(now)) })
		p.grants = p.grants[:n]
	}
	for len(p.grants) < n {
		p.grants = append(p.grants, &grant{at: now.Add(rateSpell)})
	}
}

// free is how many messages may be sent now as far as the rate goes.
func (p *pace) free(now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, g := range p.grants {
		if !g.free(now).After(now) {
			n++
		}
	}
	return n
}

// stopped reports whether Telegram has closed the whole bot: only answers to a
// person go out.
func (p *pace) stopped(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.all)
}

// nextFree is when at least one message that is no answer may be sent.
func (p *pace) nextFree(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.grants) == 0 { // the others have everything
		return later(p.all, now.Add(rateSpell))
	}
	return later(now, later(p.all, p.grants[p.first(now)].free(now)))
}

// first is the place that may be used again first.
func (p *pace) first(now time.Time) (place int) {
	for i, g := range p.grants {
		if g.free(now).Before(p.grants[place].free(now)) {
			place = i
		}
	}
	return place
}

// take gives leave to send d, or returns the later moment until which d has to
// wait. Answers to a person wait only for a chat that Telegram closed. What is
// planned and follows at once from what a person has just done, as answering
// says, does not wait for the gap between two messages to one chat.
func (p *pace) take(d rehab.Delivery, answering bool, now time.Time) (leave *grant, wait time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	wait = p.closed[d.ChatID]
	if d.Lane != rehab.LaneReply {
		wait = later(wait, p.all)
	}
	if d.Lane != rehab.LaneReply && !answering {
		wait = later(wait, p.chats[d.ChatID])
	}
	if wait.After(now) {
		return nil, wait
	}
	leave = &grant{at: now, waiting: true}
	if len(p.grants) > 0 {
		p.grants[p.first(now)] = leave
	}
	p.chats[d.ChatID] = now.Add(chatGap)
	return leave, time.Time{}
}

// begin notes when the send to a chat really begins: the claim before it takes
// its time.
func (p *pace) begin(leave *grant, chat int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	leave.at, leave.waiting = now, false
	p.chats[chat] = now.Add(chatGap)
}

// giveBack takes a leave back that nobody has used.
func (p *pace) giveBack(leave *grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if leave.waiting {
		leave.at, leave.waiting = time.Time{}, false
	}
}

// throttledChat notes that Telegram named a wait: for the chat, and when a
// second chat is hit right after it, for the whole bot.
func (p *pace) throttledChat(chat int64, wait time.Duration, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := now.Add(wait)
	p.closed[chat] = later(p.closed[chat], until)
	if p.throttled != 0 && p.throttled != chat && now.Sub(p.throttledAt) < stormWindow {
		p.all = later(p.all, until)
	}
	p.throttledAt, p.throttled = now, chat
	return until
}

// forget drops what no longer matters, so that the maps stay as small as one
// second's worth of chats.
func (p *pace) forget(now time.Time) {
	for _, m := range []map[int64]time.Time{p.chats, p.closed} {
		if len(m) < 1000 {
			continue
		}
		for chat, at := range m {
			if !at.After(now) {
				delete(m, chat)
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
