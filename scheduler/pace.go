package scheduler

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"afterneedle/rehab"
)

// Telegram asks for at most one message a second to one chat; a little more, so
// that clocks which differ do not matter.
const chatGap = 1050 * time.Millisecond

// stormWindow is the time in which a second throttled chat stops the whole bot.
const stormWindow = 2 * time.Second

// pace keeps the bot under Telegram's limits, on the program's clock.
type pace struct {
	limiter *rate.Limiter

	mu        sync.Mutex
	chats     map[int64]time.Time // when a chat may be written to again
	closed    map[int64]time.Time // until when Telegram closed a chat
	all       time.Time           // until when Telegram closed the whole bot
	throttled time.Time           // the last throttled answer, and for whom
	last      int64
}

func newPace(perSecond int, now time.Time) *pace {
	p := &pace{
		limiter: rate.NewLimiter(rate.Limit(perSecond), perSecond),
		chats:   map[int64]time.Time{}, closed: map[int64]time.Time{},
	}
	p.limiter.AllowN(now, 0)
	return p
}

// free is how many messages may be sent now.
func (p *pace) free(now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.all) {
		return 0
	}
	return max(int(p.limiter.TokensAt(now)), 0)
}

// nextFree is when at least one message may be sent.
func (p *pace) nextFree(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := now
	if tokens := p.limiter.TokensAt(now); tokens < 1 {
		at = now.Add(time.Duration((1-tokens)/float64(p.limiter.Limit())*float64(time.Second)) + time.Millisecond)
	}
	if at.Before(p.all) {
		at = p.all
	}
	return at
}

// take spends one message on d now, or returns the later moment at which its
// chat may be written to. Answers to a person do not wait.
func (p *pace) take(d rehab.Delivery, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	at := later(p.chats[d.ChatID], p.closed[d.ChatID])
	if d.Lane != rehab.LaneReply && at.After(now) {
		return at
	}
	p.limiter.AllowN(now, 1)
	p.chats[d.ChatID] = now.Add(chatGap)
	return now
}

// blocked is the moment until which Telegram has closed the chat of d, or zero.
func (p *pace) blocked(d rehab.Delivery, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.closed[d.ChatID]; at.After(now) {
		return at
	}
	return time.Time{}
}

// throttledChat notes that Telegram named a wait: for the chat, and when a
// second chat is hit right after it, for the whole bot.
func (p *pace) throttledChat(chat int64, wait time.Duration, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := now.Add(wait)
	p.closed[chat] = later(p.closed[chat], until)
	if p.last != 0 && p.last != chat && now.Sub(p.throttled) < stormWindow {
		p.all = later(p.all, until)
	}
	p.throttled, p.last = now, chat
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
