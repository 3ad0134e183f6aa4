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

// After a crash at full rate the next process does not add a second full one.
func TestPaceGoesOnAfterACrash(t *testing.T) {
	p := newPace(25)
	p.resume(monday)
	sent := 0
	for at := monday.Add(400 * time.Millisecond); at.Before(monday.Add(rateSpell)); at = at.Add(time.Millisecond) {
		for p.free(at) > 0 {
			leave, _ := p.take(rehab.Delivery{ChatID: int64(1000 + sent), Lane: rehab.LaneBulk}, false, at)
			if leave == nil {
				t.Fatal("a free pace gives no leave")
			}
			p.begin(leave, int64(1000+sent), at)
			sent++
		}
		if at.Equal(monday.Add(400*time.Millisecond)) && (sent < 8 || sent > 11) {
			t.Errorf("%d at once, want those of the 400 ms that are over", sent)
		}
	}
	if sent < 23 || sent > 25 {
		t.Errorf("%d within a second after the crash, want about 25", sent)
	}
}

// Leaves that are taken, used late, given back and resized at random: what is free is
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
			if what < 18 {
				p.begin(waiting[i], int64(step), now)
			}
			p.giveBack(waiting[i])
			waiting = slices.Delete(waiting, i, i+1)
		}
		free, next := 0, p.grants[0].free(now)
		for _, g := range p.grants {
			if !g.free(now).After(now) {
				free++
			}
			if g.free(now).Before(next) {
				next = g.free(now)
			}
		}
		if n := p.free(now); n != free {
			t.Fatalf("step %d: %d are free, want %d", step, n, free)
		}
		if free > 0 && p.nextFree(now).After(now) {
			t.Fatalf("step %d: the next is free at %s, want now", step, p.nextFree(now))
		}
		if at := p.nextFree(now); free == 0 && at.Sub(next) > rateSpell {
			t.Fatalf("step %d: the next is free at %s, want %s", step, at, next)
		}
	}
}
