package scheduler

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"afterneedle/rehab"
)

// drain sends as much as a pace lets through at a moment.
func drain(p *pace, at time.Time, chat *int64) (sent int) {
	for p.free(at) > 0 {
		*chat++
		leave, _ := p.take(rehab.Delivery{ChatID: *chat, Lane: rehab.LaneBulk}, false, at)
		if leave == nil {
			return sent
		}
		p.begin(leave, *chat, at)
		p.land(leave, at)
		sent++
	}
	return sent
}

// TestSharesNeverAddUpToMore lets two processes send whatever they may while one
// hands a part of its share over and takes it back, and looks at every second.
func TestSharesNeverAddUpToMore(t *testing.T) {
	const rate = 30
	first, second := newPace(rate), newPace(0)
	var chat int64
	var sent []time.Time
	step := 5 * time.Millisecond
	for i := range 3000 {
		at := monday.Add(time.Duration(i) * step)
		switch i {
		case 700: // it learns of the second one
			first.resize(15, at)
		case 750:
			second.resize(15, at)
		case 1800: // the second one dies
			second.resize(0, at)
		case 1801:
			first.resize(30, at)
		}
		for range drain(first, at, &chat) + drain(second, at, &chat) {
			sent = append(sent, at)
		}
	}
	oldest := 0
	for i, at := range sent {
		for at.Sub(sent[oldest]) >= time.Second {
			oldest++
		}
		if n := i - oldest + 1; n > rate {
			t.Fatalf("%d within a second at %s", n, at.Sub(monday))
		}
	}
	if least := rate * 11; len(sent) < least {
		t.Errorf("%d in 15 seconds, want %d at least", len(sent), least)
	}
}

func TestNoShareSendsNothing(t *testing.T) {
	p := newPace(25)
	p.resize(0, monday)
	if n := p.free(monday.Add(time.Hour)); n != 0 {
		t.Errorf("%d are free", n)
	}
	if next := p.nextFree(monday); !next.After(monday) {
		t.Errorf("the next is free at %s", next)
	}
	if leave, _ := p.take(rehab.Delivery{ChatID: 1, Lane: rehab.LaneReply}, true, monday); leave == nil {
		t.Error("an answer to a person waits")
	}
}

// TestWhileFirst hands the polling over and back.
func TestWhileFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(25)
		b.opt.Shared = true
		b.queue.part = &rehab.Part{Share: 12, Replicas: 2, Orphans: 1}
		ctx, cancel := context.WithCancel(t.Context())
		b.beat(ctx) // it is no longer the first, as one is that shares nothing
		began, ended := 0, 0
		done := make(chan struct{})
		go func() {
			b.WhileFirst(ctx, func(ctx context.Context) {
				began++
				<-ctx.Done()
				ended++
			})
			close(done)
		}()
		for i, want := range []struct {
			first        bool
			began, ended int
		}{{false, 0, 0}, {true, 1, 0}, {true, 1, 0}, {false, 1, 1}, {true, 2, 1}} {
			b.queue.change(func() { b.queue.part.First = want.first })
			b.beat(ctx)
			synctest.Wait()
			if began != want.began || ended != want.ended {
				t.Errorf("beat %d: it began %d times and ended %d times", i, began, ended)
			}
		}
		cancel()
		<-done
		if ended != 2 {
			t.Errorf("it ended %d times", ended)
		}
	})
}

// TestOrphansAreTakenOver finds what a dead process has claimed while it works.
func TestOrphansAreTakenOver(t *testing.T) {
	b := newBench(25, timed(1, 1, monday))
	b.opt.Shared = true
	if _, _, err := b.queue.Claim(t.Context(), monday, 1, "the dead"); err != nil {
		t.Fatal(err)
	}
	b.queue.part = &rehab.Part{Share: 25, First: true, Replicas: 1, Orphans: 1}
	b.beat(t.Context())
	if state := b.queue.at(1).State; state != rehab.DeliveryWaiting {
		t.Errorf("it is %s", state)
	}
}
