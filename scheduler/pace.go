package scheduler

import (
	"container/heap"
	"sync"
	"time"

	"afterneedle/rehab"
)

// Telegram asks for at most one message a second to one chat and about 30 in
// all. Both seconds are a little longer here, so that clocks which differ and
// messages that overtake each other on their way do not matter.
const (
	chatGap   = 1050 * time.Millisecond
	rateSpell = 1001 * time.Millisecond
	// openStep is after how long a place is looked at again whose send has not ended
	// when its second was over.
	openStep = 50 * time.Millisecond
	// bulkPart is how much of an even part of the second lies between two messages of a
	// broadcast at the least. A quarter leaves room for answers in between; more would
	// cost the first second more, and make up for delays more slowly.
	bulkPart = 0.25
	// onTheWay is how much of the time of the quickest send is taken to be its way.
	onTheWay = 3 * time.Millisecond
)

// stormWindow is the time in which a second throttled chat stops the whole bot.
const stormWindow = 2 * time.Second

// pace keeps the bot under Telegram's limits, on the program's clock. It lets
// through at most a given number in any second. A token bucket would not do: a
// full one lets through up to twice its rate, and a small one stretches what is
// due at the same moment.
type pace struct {
	mu sync.Mutex
	// grants are the latest sends, as many as may go out in a second, with the one
	// whose place can be used again first at the top.
	grants grants
	// quickest is about how long a send takes at least, after so many that have landed.
	quickest time.Duration
	landed   int

	chats  map[int64]time.Time // when a chat may be written to again
	bulk   time.Time           // the latest send of a broadcast
	closed map[int64]time.Time // until when Telegram closed a chat
	all    time.Time           // until when Telegram closed the whole bot
	// throttledAt and throttled are the last throttled answer and its chat.
	throttledAt time.Time
	throttled   int64
}

// grant is the leave for one send. Its place may be used again a second after Telegram
// has got the message; until the send has ended, nobody knows when that was.
type grant struct {
	from  time.Time // when the send may begin
	begun time.Time // when it has begun; zero while it waits for a worker
	open  bool      // it has not ended yet
	free  time.Time // when its place may be used again, at the earliest
	place int       // among the grants
}

// grants is a heap: nothing but a search through a second's worth of sends would find
// the first otherwise.
type grants []*grant

// Len, Less, Swap, Push and Pop are for container/heap.
func (g grants) Len() int { return len(g) }

// Less puts the one first whose place is free first.
func (g grants) Less(i, j int) bool { return g[i].free.Before(g[j].free) }

// Swap keeps the places.
func (g grants) Swap(i, j int) {
	g[i], g[j] = g[j], g[i]
	g[i].place, g[j].place = i, j
}

// Push adds a grant.
func (g *grants) Push(x any) {
	last := x.(*grant) //nolint:forcetypeassert // only grants are pushed
	last.place = len(*g)
	*g = append(*g, last)
}

// Pop takes the last one out.
func (g *grants) Pop() any {
	last := (*g)[len(*g)-1]
	*g = (*g)[:len(*g)-1]
	return last
}

// used counts the grants from a place on, downwards, that are used up.
func (g grants) used(place int, now time.Time) int {
	if place >= len(g) || g[place].free.After(now) {
		return 0
	}
	n := g.used(2*place+1, now) + g.used(2*place+2, now)
	if !g[place].open {
		n++
	}
	return n
}

func newPace(perSecond int) *pace {
	p := &pace{chats: map[int64]time.Time{}, closed: map[int64]time.Time{}}
	for range perSecond {
		heap.Push(&p.grants, &grant{})
	}
	return p
}

// resume goes on where a process ended that may have sent all that it might within the
// second before its last send. For Telegram they count.
func (p *pace) resume(last time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.grants)
	p.grants = nil
	for range n {
		heap.Push(&p.grants, &grant{free: last.Add(rateSpell)})
	}
}

// resize lets through n messages a second from now on. What is added counts as if it
// were used in the next moment: whoever gave it up may just have used it.
func (p *pace) resize(n int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.grants) > n {
		heap.Pop(&p.grants)
	}
	for len(p.grants) < n {
		heap.Push(&p.grants, &grant{free: now.Add(2 * rateSpell)})
	}
}

// free is how many messages may be sent now as far as the rate goes.
func (p *pace) free(now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.putOff(now)
	return p.grants.used(0, now)
}

// putOff puts places off whose sends have not ended in time.
func (p *pace) putOff(now time.Time) {
	for len(p.grants) > 0 && p.grants[0].open && !p.grants[0].free.After(now) {
		p.change(p.grants[0], now.Add(openStep))
	}
}

// change says when the place of a leave is free. It may be another's by now.
func (p *pace) change(leave *grant, free time.Time) {
	leave.free = free
	if leave.place < len(p.grants) && p.grants[leave.place] == leave {
		heap.Fix(&p.grants, leave.place)
	}
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
	p.putOff(now)
	return later(now, later(p.all, p.firstFree(now)))
}

// firstFree is when the first place is free. Without any it is only to be looked for
// again.
func (p *pace) firstFree(now time.Time) time.Time {
	if len(p.grants) == 0 { // the others have everything
		return now.Add(2 * rateSpell)
	}
	return p.grants[0].free
}

// shut is until when Telegram has closed the chat of d, or all but the answers.
func (p *pace) shut(d rehab.Delivery) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closedFor(d)
}

func (p *pace) closedFor(d rehab.Delivery) time.Time {
	if d.Lane == rehab.LaneReply {
		return p.closed[d.ChatID]
	}
	return later(p.closed[d.ChatID], p.all)
}

// take gives leave to send d, as soon as a place is free for what is no answer, or
// returns the later moment until which d has to wait. Answers to a person wait only for
// a chat that Telegram closed. What is planned and follows at once from what a person
// has just done, as answering says, does not wait for the gap between two messages to
// one chat.
func (p *pace) take(d rehab.Delivery, answering bool, now time.Time) (leave *grant, wait time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	wait = p.closedFor(d)
	if d.Lane != rehab.LaneReply && !answering {
		wait = later(wait, p.chats[d.ChatID])
	}
	if wait.After(now) {
		return nil, wait
	}
	p.putOff(now.Add(early))
	from := now
	if d.Lane != rehab.LaneReply && !answering {
		from = later(now, p.firstFree(now))
		if from.After(now.Add(rateSpell)) { // its share went to others after it was claimed
			return nil, from
		}
	}
	leave = &grant{from: from, open: true, free: from.Add(rateSpell)}
	if len(p.grants) > 0 {
		p.grants[0] = leave
		heap.Fix(&p.grants, 0)
	}
	p.chats[d.ChatID] = now.Add(chatGap)
	return leave, time.Time{}
}

// spread lets a leave that was just taken for a message of a broadcast begin a little
// after the one before: in one burst a second, they would make everybody wait who writes
// just then.
func (p *pace) spread(leave *grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	gap := time.Duration(bulkPart * float64(rateSpell) / float64(max(1, len(p.grants))))
	leave.from = later(leave.from, p.bulk.Add(gap))
	p.bulk = leave.from
	p.change(leave, leave.from.Add(rateSpell))
}

// begin notes when the send to a chat really begins: the claim before it takes
// its time.
func (p *pace) begin(leave *grant, chat int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	leave.begun = now
	p.change(leave, now.Add(rateSpell))
	p.chats[chat] = now.Add(chatGap)
}

// land notes when a send has ended. What it took longer than the quickest, it may have
// taken on the way to Telegram.
func (p *pace) land(leave *grant, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := now.Sub(leave.begun)
	// It begins with nothing, so that too much is waited rather than too little, and
	// grows slowly later on: ways become longer too.
	p.landed = min(p.landed+1, 1000)
	p.quickest = min(p.quickest+(took-p.quickest)/time.Duration(16+p.landed), took)
	leave.open = false
	p.change(leave, now.Add(rateSpell-max(p.quickest-onTheWay, 0)))
}

// giveBack takes a leave back that nobody has used.
func (p *pace) giveBack(leave *grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if leave.open {
		leave.open = false
		p.change(leave, time.Time{})
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
