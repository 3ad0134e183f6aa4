package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Rules of the queue of updates.
const (
	updateLife    = 24 * time.Hour   // of everything but taps
	maxPoll       = 50 * time.Second // a longer timeout is cut to this
	maxBatch      = 100
	offsetSlack   = 10  // an offset further past the end is ignored
	keptConfirmed = 100 // updates that RedeliverLast can bring back
)

// explicitOnly is the types that are not in the default set: a bot gets them
// only when it names them.
var explicitOnly = map[string]bool{"chat_member": true, "message_reaction": true, "message_reaction_count": true}

// queued is one update that waits for the bot.
type queued struct {
	id     int64
	serial int // rises by one for each update, whatever happens to ids
	kind   string
	body   json.RawMessage
	at     time.Time
}

// MarshalJSON writes an Update object.
func (q queued) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"update_id": q.id, q.kind: q.body})
}

func (q queued) life() time.Duration {
	if q.kind == "callback_query" {
		return callbackLife
	}
	return updateLife
}

// queue is the updates that wait, oldest first, and what the bot asked for.
type queue struct {
	pending    []queued
	nextID     int64
	lastSerial int
	allowed    []string // nil means the default set
	confirmed  []queued // the latest ones
	again      []queued // confirmed ones to serve once more
	repeating  int      // how many of those the bot is dealing with now
	reverse    bool     // the next batch
}

func newQueue(firstID int64) queue { return queue{nextID: firstID} }

func (q *queue) allows(kind string) bool {
	if len(q.allowed) == 0 {
		return !explicitOnly[kind]
	}
	return slices.Contains(q.allowed, kind)
}

func (q *queue) push(kind string, body json.RawMessage, now time.Time) int64 {
	q.lastSerial++
	u := queued{id: q.nextID, serial: q.lastSerial, kind: kind, body: body, at: now}
	q.nextID++
	q.pending = append(q.pending, u)
	return u.id
}

// expire drops what nobody fetched in time.
func (q *queue) expire(now time.Time) {
	q.pending = slices.DeleteFunc(q.pending, func(u queued) bool { return now.Sub(u.at) >= u.life() })
}

// confirm forgets the first n waiting updates.
func (q *queue) confirm(n int) {
	q.confirmed = append(q.confirmed, q.pending[:n]...)
	if extra := len(q.confirmed) - keptConfirmed; extra > 0 {
		q.confirmed = slices.Delete(q.confirmed, 0, extra)
	}
	q.pending = slices.Delete(q.pending, 0, n)
}

// seek does what the offset of getUpdates asks for.
func (q *queue) seek(offset int64) {
	switch {
	case offset < 0:
		q.confirm(max(len(q.pending)+int(offset), 0))
	case offset > q.nextID+offsetSlack:
		// Ids have restarted: the bot's memory is of another series.
	case offset > 0:
		n := 0
		for n < len(q.pending) && q.pending[n].id < offset {
			n++
		}
		q.confirm(n)
	}
}

// batch is the next updates to serve; they stay until confirmed.
func (q *queue) batch(limit int) []queued {
	list := slices.Concat(q.again, q.pending)
	list = list[:min(len(list), limit)]
	if len(list) == 0 {
		return nil
	}
	repeated := min(len(q.again), limit)
	q.repeating += repeated
	q.again = q.again[repeated:]
	if q.reverse {
		slices.Reverse(list)
		q.reverse = false
	}
	return list
}

// upTo counts the waiting updates that are no younger than a serial, and the
// repeated ones.
func (q *queue) upTo(serial int) int {
	n := len(q.again) + q.repeating
	for _, u := range q.pending {
		if u.serial <= serial {
			n++
		}
	}
	return n
}

// longPoll is the one getUpdates that waits; its channel carries the reason
// why it has to give way.
type longPoll struct{ giveWay chan *apiError }

func (s *Server) interruptPoll(reason *apiError) {
	if s.poll != nil {
		s.poll.giveWay <- reason
		s.poll = nil
	}
}

// getUpdates serves a batch, or waits for one in real time. A newer call that
// has to wait as well ends an older one.
func (s *Server) getUpdates(ctx context.Context, c *call) (any, *apiError) {
	limit := maxBatch
	if n := c.integer("limit"); n != 0 {
		limit = int(min(max(n, 1), maxBatch))
	}
	timeout := min(max(time.Duration(c.integer("timeout"))*time.Second, 0), maxPoll)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.url != "" {
		return nil, errWebhookActive
	}
	if err := s.allowUpdates(c); err != nil {
		return nil, err
	}
	s.queue.expire(s.now())
	s.queue.repeating = 0 // by asking for more the bot says that it is done
	s.queue.seek(c.integer("offset"))
	s.changed.wake()
	batch := s.queue.batch(limit)
	if len(batch) > 0 || timeout == 0 {
		return orEmpty(batch), nil
	}
	return s.waitForUpdates(ctx, limit, timeout)
}

// waitForUpdates is called under the lock and lets go of it while waiting.
func (s *Server) waitForUpdates(ctx context.Context, limit int, timeout time.Duration) (any, *apiError) {
	s.interruptPoll(errOtherPoll)
	mine := &longPoll{giveWay: make(chan *apiError, 1)}
	s.poll = mine
	defer func() {
		if s.poll == mine {
			s.poll = nil
		}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		next := s.changed.next()
		s.mu.Unlock()
		over, gone := false, false
		var reason *apiError
		select {
		case reason = <-mine.giveWay:
		case <-next:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			gone = true
		}
		s.mu.Lock()
		if reason == nil && s.poll != mine {
			reason = <-mine.giveWay // it came together with something else
		}
		if reason != nil {
			return nil, reason
		}
		if gone {
			return orEmpty(nil), nil
		}
		s.queue.expire(s.now())
		if batch := s.queue.batch(limit); len(batch) > 0 || over {
			return orEmpty(batch), nil
		}
	}
}

// orEmpty makes sure that no update is written as [] and not as null.
func orEmpty(batch []queued) []queued {
	if batch == nil {
		return []queued{}
	}
	return batch
}

// allowUpdates remembers the types the bot wants: absent keeps the previous
// choice, an empty list is the default set.
func (s *Server) allowUpdates(c *call) *apiError {
	if !c.has("allowed_updates") {
		return nil
	}
	s.queue.allowed = nil
	return c.decode("allowed_updates", &s.queue.allowed)
}

// enqueue adds an update for the bot, if it asked for that kind.
func (s *Server) enqueue(kind string, body any) {
	if !s.queue.allows(kind) {
		return
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // the shapes of wire.go can always be written
	}
	s.queue.push(kind, raw, s.now())
	s.changed.wake()
}

// EnqueueRaw queues an update made by hand, such as one that a client library
// can't decode: kind is the name of its field ("message"), body what stands
// there. It ignores allowed_updates and returns the update's id; it fails when
// body is not JSON, which the real server never sends.
func (s *Server) EnqueueRaw(kind string, body json.RawMessage) (int64, error) {
	if !json.Valid(body) {
		return 0, errors.New("sandbox: the body of a raw update is not JSON")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.queue.push(kind, body, s.now())
	s.changed.wake()
	return id, nil
}

// RedeliverLast serves the last n confirmed updates (at most 100) once more,
// with their old ids, in front of the next batch of getUpdates. It returns how
// many there were.
func (s *Server) RedeliverLast(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, len(s.queue.confirmed))
	s.queue.again = slices.Concat(s.queue.again, s.queue.confirmed[len(s.queue.confirmed)-n:])
	s.changed.wake()
	return n
}

// ReverseNextBatch serves the next batch of getUpdates in the wrong order.
func (s *Server) ReverseNextBatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.reverse = true
}

// RestartUpdateIDs starts a new series of update ids, as the real server does
// after a week without updates. next is the first id; 0 picks one at random,
// far from the present series. Waiting updates get ids of the new series.
func (s *Server) RestartUpdateIDs(next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for next == 0 {
		id := s.randomUpdateID()
		if distance := id - s.queue.nextID; distance > 10_000 || distance < -10_000 {
			next = id
		}
	}
	for i := range s.queue.pending {
		s.queue.pending[i].id = next
		next++
	}
	s.queue.nextID = next
}

// PendingUpdates is how many updates wait to be confirmed.
func (s *Server) PendingUpdates() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.expire(s.now())
	return len(s.queue.pending)
}

func (s *Server) randomUpdateID() int64 { return 100_000_000 + s.rng.Int64N(800_000_000) }
