package scheduler

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"afterneedle/rehab"
)

// A leave counts from the moment at which the send begins, however long it waited
// for a worker; one that was not used is free at once.
func TestLeaveCountsFromTheSend(t *testing.T) {
	p := newPace(2)
	take := func(chat int64, at time.Time) *grant {
		leave, _ := p.take(rehab.Delivery{ChatID: chat, Lane: rehab.LaneBulk}, false, at)
		return leave
	}
	first, second := take(1, monday), take(2, monday)
	late := monday.Add(3 * time.Second)
	if n := p.free(late); n != 0 {
		t.Errorf("%d are free while two wait for a worker", n)
	}
	p.begin(second, 2, late)
	p.land(second, late)
	p.giveBack(first)
	p.giveBack(second)
	if n := p.free(late); n != 1 {
		t.Errorf("%d are free, want the one that was not used", n)
	}
	p.begin(take(3, late), 3, late)
	if next := p.nextFree(late); !next.Equal(late.Add(rateSpell)) {
		t.Errorf("the next is free at %s", next)
	}
}

// A broadcast spreads over the second, so that nobody who writes waits for a burst.
func TestBroadcastSpreads(t *testing.T) {
	p := newPace(10)
	for i := range 10 {
		leave, _ := p.take(rehab.Delivery{ChatID: int64(i), Lane: rehab.LaneBulk}, false, monday)
		p.spread(leave)
		if at, want := leave.from.Sub(monday), time.Duration(i)*rateSpell/40; (at - want).Abs() > time.Microsecond {
			t.Errorf("number %d begins after %s, want %s", i, at, want)
		}
	}
}

// After a crash at full rate the next process does not add to what Telegram got within
// the second before, and goes on at the full rate when that is over.
func TestPaceGoesOnAfterACrash(t *testing.T) {
	p := newPace(25)
	p.resume(monday)
	over := monday.Add(rateSpell)
	if n := p.free(over.Add(-time.Millisecond)); n != 0 {
		t.Errorf("%d may be sent before the second is over", n)
	}
	if n := p.free(over); n != 25 {
		t.Errorf("%d may be sent when it is over, want 25", n)
	}
}

// Leaves that are taken, used late or not at all and resized at random: what is free is
// what a look at every one of them says.
func TestPaceFindsWhatIsFree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := newPace(40)
	var waiting []*grant
	now := monday
	for step := range 20_000 {
		now = now.Add(time.Duration(r.IntN(30)) * time.Millisecond)
		switch what := r.IntN(20); {
		case what == 0:
			p.resize(20+r.IntN(40), now)
		case what < 12:
			leave, _ := p.take(rehab.Delivery{ChatID: int64(step), Lane: rehab.LaneReply}, true, now)
			waiting = append(waiting, leave)
		case len(waiting) > 0:
			i := r.IntN(len(waiting))
			switch {
			case !waiting[i].begun.IsZero():
				p.land(waiting[i], now)
			case what < 18:
				p.begin(waiting[i], int64(step), now)
				continue
			default:
				p.giveBack(waiting[i])
			}
			waiting = slices.Delete(waiting, i, i+1)
		}
		free := 0
		for _, g := range p.grants {
			if !g.open && !g.free.After(now) {
				free++
			}
		}
		if n := p.free(now); n != free {
			t.Fatalf("step %d: %d are free, want %d", step, n, free)
		}
		if next := p.nextFree(now); next.After(now) == (free > 0) {
			t.Fatalf("step %d: %d are free, and the next is at %s", step, free, next)
		}
	}
}

// Messages that need longer on their way than others, at random, at the full pace: no
// second brings Telegram more than it may get, and few are lost to that.
func TestNoSecondGetsMore(t *testing.T) {
	const rate, seconds = 50, 60
	const step = time.Millisecond
	r := rand.New(rand.NewPCG(3, 4))
	p := newPace(rate)
	ends := map[time.Time][]*grant{}
	begins := map[time.Time][]*grant{}
	var arrived []time.Time
	taken := int64(0)
	for now := monday; now.Before(monday.Add(seconds * time.Second)); now = now.Add(step) {
		for _, leave := range ends[now] {
			p.land(leave, now)
		}
		for p.free(now.Add(early)) > 0 {
			taken++
			leave, _ := p.take(rehab.Delivery{ChatID: taken, Lane: rehab.LaneBulk}, false, now)
			at := leave.from.Truncate(step).Add(step)
			begins[at] = append(begins[at], leave)
		}
		for _, leave := range begins[now] {
			p.begin(leave, taken, now)
			way := time.Duration(10+r.IntN(20)) * step
			arrived = append(arrived, now.Add(way))
			ends[now.Add(way+50*step)] = append(ends[now.Add(way+50*step)], leave)
		}
	}
	slices.SortFunc(arrived, time.Time.Compare)
	for i, last := range arrived[rate:] {
		if gap := last.Sub(arrived[i]); gap < time.Second {
			t.Fatalf("%d within %s, after %d", rate+1, gap, i)
		}
	}
	if n := len(arrived); n < rate*seconds*97/100 {
		t.Errorf("%d in %d seconds, want nearly %d", n, seconds, rate*seconds)
	}
}

// A process that finds that the last one began something tomorrow, because the clock has
// gone back since, waits a second and not a day.
func TestClockGoesBackOverACrash(t *testing.T) {
	tomorrow := monday.Add(24 * time.Hour)
	b := newBench(25, timed(1, 1, tomorrow))
	if _, _, err := b.queue.Claim(t.Context(), tomorrow, 1, "the dead"); err != nil {
		t.Fatal(err)
	}
	if err := b.queue.Start(t.Context(), tomorrow, "the dead", []int64{1}); err != nil {
		t.Fatal(err)
	}
	if err := b.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if next := b.pace.nextFree(monday); next.After(monday.Add(2 * time.Second)) {
		t.Errorf("the next message may go out at %s", next)
	}
}
