package scheduler

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"afterneedle/rehab"
)

// successor is the process that comes after one that used the same queue and phone.
func successor(t *testing.T, q *queue, p *phone, rate int) *Engine {
	t.Helper()
	opt := options(rate, &bytes.Buffer{})
	opt.Owner = "the next"
	e := New(q, p, wall{}, opt)
	if err := e.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestStormStopsWhatIsClaimed has Telegram close two chats while more is claimed than
// there are workers.
func TestStormStopsWhatIsClaimed(t *testing.T) {
	onWall(t, 30, func(b *bench, _ func()) {
		const wait, answers = 35 * time.Second, 300 * time.Millisecond
		begun := time.Now()
		var closed atomic.Int64 // when the second chat was
		var throttled atomic.Int32
		b.phone.answer = func(d rehab.Delivery) rehab.Outcome {
			time.Sleep(answers)
			if d.ID > 2 || time.Since(begun) >= wait {
				return rehab.Outcome{Kind: rehab.OutcomeSent}
			}
			if throttled.Add(1) == 2 {
				closed.Store(int64(time.Since(begun)))
			}
			return rehab.Outcome{Kind: rehab.OutcomeThrottled, RetryAfter: wait}
		}
		for _, d := range crowd(30, begun) {
			b.queue.add(d)
		}
		time.Sleep(wait)
		synctest.Wait()
		got := b.phone.got()
		for _, p := range got { // at the same moment it may have begun already
			if at := p.at.Sub(begun); int64(at) > closed.Load() {
				t.Errorf("delivery %d goes out after %s, and the second chat was closed after %s", p.id, at, time.Duration(closed.Load()))
			}
		}
		if throttled.Load() != 2 {
			t.Errorf("%d chats were closed, of %d that were written to", throttled.Load(), len(got))
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := b.queue.states()[rehab.DeliverySent]; n != 30 {
			t.Errorf("%d are sent when it is over", n)
		}
	})
}

// sleepyLook is a database that does not answer for a while when it is first asked.
type sleepyLook struct {
	*queue
	begun time.Time
}

func (s sleepyLook) Sendable(ctx context.Context, claimed []rehab.Sending, now time.Time) ([]rehab.Checked, error) {
	checked, err := s.queue.Sendable(ctx, claimed, now)
	for i, c := range claimed {
		if c.Delivery.ExpiresAt.Before(now) {
			checked[i].Reason = "window passed"
		}
	}
	if now.Sub(s.begun) < time.Second {
		time.Sleep(12 * time.Second)
	}
	return checked, err
}

func TestWindowClosesDuringTheLook(t *testing.T) {
	sleepy := func(s Store) Store { return sleepyLook{s.(*queue), time.Now()} }
	for name, tt := range map[string]struct {
		window time.Duration
		sent   int
	}{"closed": {5 * time.Second, 0}, "open": {time.Minute, 1}} {
		t.Run(name, func(t *testing.T) {
			onWallWith(t, 25, sleepy, func(b *bench, _ func()) {
				d := timed(1, 1, time.Now())
				d.ExpiresAt = time.Now().Add(tt.window)
				b.queue.add(d)
				time.Sleep(time.Minute)
				synctest.Wait()
				if n := len(b.phone.got()); n != tt.sent {
					t.Errorf("%d were sent, want %d", n, tt.sent)
				}
			})
		})
	}
}

// TestPaceOverARestart ends a process in the middle of reminders, and starts the next at
// once.
func TestPaceOverARestart(t *testing.T) {
	for name, killed := range map[string]bool{"killed": true, "stopped": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const rate = 25
				q := newQueue(crowd(2*rate, time.Now())...)
				p := &phone{clock: wall{}}
				first := New(q, p, wall{}, options(rate, &bytes.Buffer{}))
				if _, err := first.cycle(t.Context(), 0); err != nil {
					t.Fatal(err)
				}
				first.Rest()
				if killed { // one that it sent is not noted
					q.change(func() { q.rows[1].State, q.rows[1].owner, q.lastSend = rehab.DeliveryInFlight, "the dead", time.Time{} })
				}
				time.Sleep(300 * time.Millisecond)
				second := successor(t, q, p, rate)
				for range 4 {
					if _, err := second.cycle(t.Context(), 0); err != nil {
						t.Fatal(err)
					}
					second.Rest()
					time.Sleep(500 * time.Millisecond)
				}
				posts := p.got()
				if len(posts) <= rate {
					t.Fatalf("%d were sent", len(posts))
				}
				if gap := posts[rate].at.Sub(posts[0].at); gap < time.Second {
					t.Errorf("%d messages within %s", rate+1, gap)
				}
			})
		})
	}
}

// TestNothingCanBeNoted lets the store fail while much is claimed, and ends the program
// then: what comes twice is what its workers had in flight.
func TestNothingCanBeNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(crowd(32, time.Now())...)
		p := &phone{clock: wall{}}
		p.answer = func(rehab.Delivery) rehab.Outcome {
			q.change(func() { q.broken = errors.New("disk full") })
			time.Sleep(100 * time.Millisecond)
			return rehab.Outcome{Kind: rehab.OutcomeSent}
		}
		opt := options(32, &bytes.Buffer{})
		first := New(q, p, wall{}, opt)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { first.Run(ctx); close(done) }()
		time.Sleep(5 * time.Second)
		cancel()
		<-done
		if n := len(p.got()); n > opt.Workers {
			t.Errorf("%d were sent by %d workers that could note nothing", n, opt.Workers)
		}
		q.change(func() { q.broken = nil })
		p.answer = nil
		second := successor(t, q, p, 32)
		for range 5 {
			_, _ = second.cycle(t.Context(), 0)
			second.Rest()
			time.Sleep(2 * time.Second)
		}
		ids := p.ids()
		slices.Sort(ids)
		if n := len(slices.Compact(slices.Clone(ids))); n != 32 || len(ids)-n > opt.Workers {
			t.Errorf("%d of 32 were sent, %d twice", n, len(ids)-n)
		}
	})
}

// deafBeat is a store that does not answer to beats from a moment on.
type deafBeat struct {
	*queue
	from time.Time
}

func (s deafBeat) Beat(ctx context.Context, owner string, rate int) (rehab.Part, error) {
	if time.Now().Before(s.from) {
		return s.queue.Beat(ctx, owner, rate)
	}
	<-ctx.Done()
	return rehab.Part{}, ctx.Err()
}

func TestSilentFirstStandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := time.Now().Add(5 * time.Second)
		opt := options(25, &bytes.Buffer{})
		opt.Shared = true
		e := New(deafBeat{newQueue(), from}, &phone{clock: wall{}}, wall{}, opt)
		if err := e.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { e.Run(ctx); close(done) }()
		if first, changed := e.First(); first {
			<-changed
		}
		if d := time.Since(from); d > silentFor {
			t.Errorf("it is the first for %s after it was last heard", d)
		}
		cancel()
		<-done
	})
}

// behindABeat is a store whose claims are made together with a beat, right behind it.
type behindABeat struct {
	*queue
	beaten chan struct{}
}

func (s behindABeat) Claim(ctx context.Context, now time.Time, limit int, owner string) ([]rehab.Sending, rehab.Passed, error) {
	<-s.beaten
	time.Sleep(time.Millisecond)
	return s.queue.Claim(ctx, now, limit, owner)
}

// TestStruckOffHasNoShare suspends a process until the others have its share: what it
// claims when it wakes has to wait.
func TestStruckOffHasNoShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := behindABeat{newQueue(crowd(40, time.Now())...), make(chan struct{})}
		s.part = &rehab.Part{Share: 13, Replicas: 2, First: true}
		p := &phone{clock: wall{}}
		opt := options(25, &bytes.Buffer{})
		opt.Shared = true
		e := New(s, p, wall{}, opt)
		if err := e.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Second)
		s.change(func() { s.part = &rehab.Part{Share: 1, Replicas: 2} })
		go func() { e.beat(t.Context()); close(s.beaten) }()
		if _, err := e.cycle(t.Context(), early); err != nil {
			t.Error(err)
		}
		e.Rest()
		if n := len(p.got()); n > 0 {
			t.Errorf("%d are sent at once", n)
		}
	})
}
