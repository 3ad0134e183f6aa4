package scheduler

import (
	"testing"
	"time"

	"afterneedle/rehab"
)

// After a crash at full rate the next process does not add a second full one.
func TestPaceGoesOnAfterACrash(t *testing.T) {
	p := newPace(25)
	p.resume(monday)
	sent := 0
	for at := monday.Add(400 * time.Millisecond); at.Before(monday.Add(rateSpell)); at = at.Add(time.Millisecond) {
		for p.free(at) > 0 {
			if leave, _ := p.take(rehab.Delivery{ChatID: int64(1000 + sent), Lane: rehab.LaneBulk}, false, at); leave == nil {
				t.Fatal("a free pace gives no leave")
			}
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
