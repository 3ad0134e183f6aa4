package scheduler

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"afterneedle/rehab"
)

// monday is a Monday morning.
var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// hand is a clock that is set by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) Set(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = now
}

// wall is the clock of a test bubble.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

// row is one delivery of a queue in memory.
type row struct {
	rehab.Delivery
	next     time.Time // when it is due, after what put it off
	owner    string
	unwanted string // Sendable's objection
	started  bool
	repeated bool
}

// queue is a Store in memory.
type queue struct {
	mu     sync.Mutex
	rows   map[int64]*row
	wakes  []time.Time
	broken error         // every write fails with it
	panics map[int64]int // how often Sendable panics for a delivery

	part *rehab.Part // what Beat says; nil: alone

	lastSend time.Time

	claims, beats, released, wokeTimes, looks, commits int
}

func newQueue(rows ...rehab.Delivery) *queue {
	q := &queue{rows: map[int64]*row{}, panics: map[int64]int{}}
	for _, d := range rows {
		q.add(d)
	}
	return q
}

func (q *queue) add(d rehab.Delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d.State = rehab.DeliveryWaiting
	q.rows[d.ID] = &row{Delivery: d, next: d.DueAt}
}

func (q *queue) at(id int64) row {
	q.mu.Lock()
	defer q.mu.Unlock()
	return *q.rows[id]
}

// change alters the queue behind the engine's back.
func (q *queue) change(fn func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	fn()
}

// states counts the deliveries by state.
func (q *queue) states() map[rehab.DeliveryState]int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := map[rehab.DeliveryState]int{}
	for _, r := range q.rows {
		n[r.State]++
	}
	return n
}

func (q *queue) NextDue(context.Context) (time.Time, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var first time.Time
	for _, r := range q.rows {
		if r.State == rehab.DeliveryWaiting && (first.IsZero() || r.next.Before(first)) {
			first = r.next
		}
	}
	for _, at := range q.wakes {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first, !first.IsZero(), nil
}

func (q *queue) WakeCourses(_ context.Context, now time.Time, limit int) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := len(q.wakes)
	q.wakes = slices.DeleteFunc(q.wakes, func(at time.Time) bool { return !at.After(now) })
	q.wokeTimes += before - len(q.wakes)
	return before - len(q.wakes), nil
}

// busy reports whether something for the chat is in flight; under the lock.
func (q *queue) busy(chat int64) bool {
	for _, r := range q.rows {
		if r.State == rehab.DeliveryInFlight && r.ChatID == chat {
			return true
		}
	}
	return false
}

func (q *queue) inOrder() []*row {
	var all []*row
	for _, r := range q.rows {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.Lane, b.Lane), a.next.Compare(b.next), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (q *queue) WakeBroadcasts(context.Context, time.Time) (int, error) { return 0, nil }

func (q *queue) Claim(_ context.Context, now time.Time, limit int, owner string) (claimed []rehab.Sending, passed rehab.Passed, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.claims++
	if q.broken != nil {
		return nil, passed, q.broken
	}
	for _, r := range q.inOrder() {
		switch {
		case r.State != rehab.DeliveryWaiting || r.next.After(now):
		case !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt):
			r.State = rehab.DeliveryExpired
			passed.Ended++
		case r.unwanted != "" && r.unwanted != "only Sendable says so":
			r.State, r.Reason = rehab.DeliveryDropped, r.unwanted
			passed.Ended++
		case len(claimed) == limit || q.busy(r.ChatID):
		default:
			claimed = append(claimed, q.take(r, owner))
		}
	}
	return claimed, passed, nil
}

func (q *queue) take(r *row, owner string) rehab.Sending {
	r.State, r.owner = rehab.DeliveryInFlight, owner
	r.Attempts++
	return rehab.Sending{Delivery: r.Delivery}
}

func (q *queue) ClaimIDs(_ context.Context, now time.Time, ids []int64, owner string) ([]rehab.Sending, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return nil, q.broken
	}
	answering := map[int64]bool{}
	for _, r := range q.rows {
		if r.State == rehab.DeliveryInFlight && r.Lane == rehab.LaneReply {
			answering[r.ChatID] = true
		}
	}
	var claimed []rehab.Sending
	for _, id := range ids {
		if r := q.rows[id]; r.State == rehab.DeliveryWaiting && !r.next.After(now) && !answering[r.ChatID] {
			claimed = append(claimed, q.take(r, owner))
		}
	}
	return claimed, nil
}

func (q *queue) Sendable(_ context.Context, claimed []rehab.Sending, _ time.Time) ([]rehab.Checked, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.looks++
	checked := make([]rehab.Checked, len(claimed))
	for i, s := range claimed {
		r := q.rows[s.Delivery.ID]
		if q.panics[r.ID] > 0 {
			q.panics[r.ID]--
			panic("a course that cannot be read")
		}
		checked[i] = rehab.Checked{Sending: rehab.Sending{Delivery: r.Delivery}, Reason: r.unwanted}
		if r.State != rehab.DeliveryInFlight {
			checked[i].Reason = string(r.State)
		}
	}
	return checked, nil
}

func (q *queue) Settle(_ context.Context, now time.Time, owner string, settled []rehab.Settled) ([]int64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return nil, q.broken
	}
	q.commits++
	var fenced []int64
	for _, s := range settled {
		r := q.rows[s.ID]
		if r.State != rehab.DeliveryInFlight || r.owner != owner || r.Attempts != s.Attempt {
			fenced = append(fenced, s.ID)
			continue
		}
		q.settle(r, s, now)
		if !s.Quiet.IsZero() {
			q.lastSend = now
		}
	}
	return fenced, nil
}

func (q *queue) settle(r *row, s rehab.Settled, now time.Time) {
	r.Reason = s.Outcome.Reason
	switch s.Outcome.Kind {
	case rehab.OutcomeSent:
		r.State, r.SentAt = rehab.DeliverySent, now
	case rehab.OutcomeRejected:
		r.State = rehab.DeliveryRejected
	case rehab.OutcomeUnreachable:
		r.State = rehab.DeliveryUnreachable
	case rehab.OutcomeThrottled:
		r.Attempts--
		q.putBack(r, s.RetryAt)
	case rehab.OutcomeUnknown:
		if r.repeated || r.Kind == rehab.KindBroadcast {
			r.State = rehab.DeliveryUnknown
			return
		}
		r.repeated = true
		q.putBack(r, s.RetryAt)
	case rehab.OutcomeTemporary:
		q.putBack(r, s.RetryAt)
	}
}

func (q *queue) putBack(r *row, at time.Time) {
	r.State, r.owner, r.next = rehab.DeliveryWaiting, "", at
	if !r.ExpiresAt.IsZero() && !at.Before(r.ExpiresAt) {
		r.State = rehab.DeliveryExpired
	}
}

func (q *queue) Start(_ context.Context, _ time.Time, owner string, ids []int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		if q.rows[id].owner != owner {
			return errors.New("held by somebody else")
		}
		q.rows[id].started = true
	}
	return nil
}

func (q *queue) Release(_ context.Context, owner string, ids []int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return q.broken
	}
	for _, id := range ids {
		if r := q.rows[id]; r.State == rehab.DeliveryInFlight && r.owner == owner {
			r.State, r.owner = rehab.DeliveryWaiting, ""
			r.Attempts--
			q.released++
		}
	}
	return nil
}

func (q *queue) Beat(_ context.Context, _ string, rate int) (rehab.Part, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return rehab.Part{}, q.broken
	}
	q.beats++
	if q.part == nil {
		return rehab.Part{Share: rate, First: true, Replicas: 1}, nil
	}
	return *q.part, nil
}

func (q *queue) Overdue(_ context.Context, now time.Time) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, r := range q.rows {
		if r.State == rehab.DeliveryWaiting && !r.next.After(now) {
			n++
		}
	}
	return n, nil
}

func (q *queue) LastSend(_ context.Context, now time.Time, owner string) (time.Time, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.rows {
		if r.State == rehab.DeliveryInFlight && r.owner != owner {
			return now, nil
		}
	}
	return q.lastSend, nil
}

func (q *queue) RetryAside(context.Context, time.Time) error { return nil }

func (q *queue) Recover(_ context.Context, now time.Time, owner string) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, r := range q.rows {
		if r.State == rehab.DeliveryInFlight && r.owner != owner {
			q.putBack(r, now)
			n++
		}
	}
	return n, nil
}

// post is one message that was sent.
type post struct {
	id, chat int64
	at       time.Time
}

// phone is a Sender that keeps what it got; answer says what becomes of it.
type phone struct {
	clock  Clock
	answer func(rehab.Delivery) rehab.Outcome

	mu    sync.Mutex
	posts []post
}

func (p *phone) Send(s rehab.Sending) rehab.Outcome {
	p.mu.Lock()
	p.posts = append(p.posts, post{s.Delivery.ID, s.Delivery.ChatID, p.clock.Now()})
	p.mu.Unlock()
	if p.answer != nil {
		return p.answer(s.Delivery)
	}
	return rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}
}

func (p *phone) got() []post {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.posts)
}

func (p *phone) ids() []int64 {
	var ids []int64
	for _, x := range p.got() {
		ids = append(ids, x.id)
	}
	return ids
}

// bench is an engine with everything around it.
type bench struct {
	*Engine
	queue *queue
	phone *phone
	clock *hand
	log   *bytes.Buffer
}

// newBench is an engine on a clock that is moved by hand.
func newBench(rate int, rows ...rehab.Delivery) *bench {
	b := &bench{queue: newQueue(rows...), clock: &hand{now: monday}, log: &bytes.Buffer{}}
	b.phone = &phone{clock: b.clock}
	b.Engine = New(b.queue, b.phone, b.clock, options(rate, b.log))
	return b
}

// employ sets the number of workers before they have anything to do.
func (b *bench) employ(workers int) {
	b.opt.Workers = workers
	b.seats = make(chan struct{}, workers)
}

func options(rate int, log *bytes.Buffer) Options {
	return Options{Rate: rate, Workers: 8, Owner: "me", Log: slog.New(slog.NewTextHandler(log, nil))}
}

// timed is a message to a chat that is due at a moment.
func timed(id, chat int64, due time.Time) rehab.Delivery {
	return rehab.Delivery{ID: id, ChatID: chat, Lane: rehab.LaneTimed, Kind: rehab.PromptMovement, DueAt: due}
}

// reply is an answer to a person.
func reply(id, chat int64, due time.Time) rehab.Delivery {
	return rehab.Delivery{ID: id, ChatID: chat, Lane: rehab.LaneReply, Kind: rehab.KindReply, DueAt: due}
}

// crowd is n messages to n chats that are due at the same moment.
func crowd(n int, due time.Time) []rehab.Delivery {
	var all []rehab.Delivery
	for i := range int64(n) {
		all = append(all, timed(i+1, i+1, due))
	}
	return all
}

func (b *bench) until(t *testing.T, end time.Time) Moved {
	t.Helper()
	moved, err := b.RunUntil(context.Background(), b.clock, end)
	if err != nil {
		t.Fatal(err)
	}
	if !b.clock.Now().Equal(end) {
		t.Errorf("the clock stands at %s, expected %s", b.clock.Now(), end)
	}
	return moved
}
