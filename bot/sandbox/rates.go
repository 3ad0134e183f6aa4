package sandbox

import (
	"slices"
	"time"
)

// Rates are the limits on messages and edits together, by the server's clock.
// A zero part is counted but never enforced, which a clock that stands still
// needs: under it every limit would be met at once and for ever.
type Rates struct {
	// Global is how many messages all chats together may get in any second.
	Global int
	// PerChatEvery is the pace of one chat, and PerChatBurst how many may
	// come at once before it counts (at least 1).
	PerChatEvery time.Duration
	PerChatBurst int
	// GroupPerMinute is how many messages one group may get in any minute.
	GroupPerMinute int
}

// limiter enforces Rates and keeps the figures of Stats.
type limiter struct {
	rates    Rates
	second   window
	groups   map[int64]*window
	ready    map[int64]time.Time // when a chat's burst is full again
	last     map[int64]time.Time
	minGap   map[int64]time.Duration
	accepted int
	refused  int
	most     int
}

func newLimiter(r Rates) limiter {
	r.PerChatBurst = max(r.PerChatBurst, 1)
	return limiter{
		rates:  r,
		groups: map[int64]*window{},
		ready:  map[int64]time.Time{},
		last:   map[int64]time.Time{},
		minGap: map[int64]time.Duration{},
	}
}

// take counts one message, or says how long it has to wait.
func (l *limiter) take(chatID int64, group bool, now time.Time) time.Duration {
	l.second.forget(now, time.Second)
	wait := max(l.second.wait(now, time.Second, l.rates.Global), l.chatWait(chatID, now))
	var minute *window
	if group {
		minute = l.groupWindow(chatID)
		minute.forget(now, time.Minute)
		wait = max(wait, minute.wait(now, time.Minute, l.rates.GroupPerMinute))
	}
	if wait > 0 {
		l.refused++
		return wait
	}
	if minute != nil {
		minute.add(now)
	}
	l.second.add(now)
	l.accepted++
	l.most = max(l.most, len(l.second.times))
	if l.rates.PerChatEvery > 0 {
		l.ready[chatID] = later(l.ready[chatID], now).Add(l.rates.PerChatEvery)
	}
	l.measure(chatID, now)
	return 0
}

// chatWait is the wait of a bucket that holds PerChatBurst messages and
// refills by one every PerChatEvery.
func (l *limiter) chatWait(chatID int64, now time.Time) time.Duration {
	burst := time.Duration(l.rates.PerChatBurst) * l.rates.PerChatEvery
	ahead := l.ready[chatID].Sub(now)
	switch {
	case ahead <= 0:
		return 0
	case ahead > burst: // the clock was set back
		delete(l.ready, chatID)
		return 0
	}
	return ahead + l.rates.PerChatEvery - burst
}

func (l *limiter) groupWindow(chatID int64) *window {
	w := l.groups[chatID]
	if w == nil {
		w = &window{}
		l.groups[chatID] = w
	}
	return w
}

func (l *limiter) measure(chatID int64, now time.Time) {
	if last, ok := l.last[chatID]; ok && !now.Before(last) {
		gap := now.Sub(last)
		if shortest, ok := l.minGap[chatID]; !ok || gap < shortest {
			l.minGap[chatID] = gap
		}
	}
	l.last[chatID] = now
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// window is the moments of the last second or minute, oldest first.
type window struct{ times []time.Time }

func (w *window) add(now time.Time) { w.times = append(w.times, now) }

// forget drops what is older than span, and everything when the clock was
// set back.
func (w *window) forget(now time.Time, span time.Duration) {
	if n := len(w.times); n > 0 && w.times[n-1].After(now) {
		w.times = nil
		return
	}
	old := slices.IndexFunc(w.times, func(t time.Time) bool { return now.Sub(t) < span })
	if old < 0 {
		old = len(w.times)
	}
	w.times = w.times[old:]
}

// wait is how long until fewer than limit lie inside span; a limit of 0 never
// makes anybody wait.
func (w *window) wait(now time.Time, span time.Duration, limit int) time.Duration {
	if limit <= 0 || len(w.times) < limit {
		return 0
	}
	return w.times[len(w.times)-limit].Add(span).Sub(now)
}
