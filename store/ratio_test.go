package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"afterneedle/rehab"
)

// The benchmarks in this file measure two things in turn and report one ratio of
// their medians, which means the same on every machine.

// inTurn measures two sides once round after the other and reports how many times
// longer the first takes.
func inTurn(b *testing.B, above, below func() time.Duration) {
	b.Helper()
	above() // fills the caches
	below()
	var over, under []time.Duration
	for b.Loop() {
		over = append(over, above())
		under = append(under, below())
	}
	b.ReportMetric(float64(middle(over))/float64(middle(under)), "ratio")
}

func middle(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// BenchmarkRatioEmptyTick compares a second in which nothing is due with a million
// deliveries pending to one with a thousand.
func BenchmarkRatioEmptyTick(b *testing.B) {
	tick := func(c clinic) func() time.Duration {
		return func() time.Duration {
			begun := time.Now()
			for range 100 {
				if _, ok, err := c.NextDue(b.Context()); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
			return time.Since(begun)
		}
	}
	inTurn(b, tick(pending(b, 1_000_000)), tick(pending(b, 1_000)))
}

// BenchmarkRatioClaimAndSettle compares taking 500 deliveries and writing down that
// each was sent, with a million pending to the same with a thousand.
func BenchmarkRatioClaimAndSettle(b *testing.B) {
	now := start.Add(time.Hour)
	cycle := func(c clinic) func() time.Duration {
		return func() time.Duration {
			begun := time.Now()
			claimed := c.claim(b, now, 500)
			if len(claimed) != 500 {
				b.Fatalf("claimed %d", len(claimed))
			}
			c.settle(b, now, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, claimed...)
			took := time.Since(begun)
			c.requeue(b, claimed)
			return took
		}
	}
	inTurn(b, cycle(pending(b, 1_000_000)), cycle(pending(b, 1_000)))
}

// BenchmarkRatioWriteHold compares the longest transaction in which the deliveries
// of a broadcast to 100,000 patients are made, and during which nobody else can
// write, to one transaction for all of them.
func BenchmarkRatioWriteHold(b *testing.B) {
	const n = 100_000
	c := staffed(b, openAt(b, filepath.Join(b.TempDir(), "bench.db")))
	c.crowd(b, n)
	now := start.Add(30 * time.Second)
	anew := func() int64 {
		must(b, c.rw.Exec("DELETE FROM broadcasts").Error)
		return c.planBroadcast(b, rehab.BroadcastAudience{})
	}
	complete := func() {
		if made := c.count(b, "SELECT COUNT(*) FROM due WHERE lane = 2"); made != n {
			b.Fatalf("%d deliveries", made)
		}
	}
	many := func() (longest time.Duration) {
		anew()
		for range n/broadcastBatch + 1 {
			begun := time.Now()
			if woken, err := c.WakeBroadcasts(b.Context(), now); woken != 1 || err != nil {
				b.Fatal(woken, err)
			}
			longest = max(longest, time.Since(begun))
		}
		complete()
		return longest
	}
	one := func() time.Duration {
		id := anew()
		begun := time.Now()
		must(b, c.transact(b.Context(), now, func(t *Tx) error {
			var row broadcastRow
			if err := t.db.Where("id = ?", id).Take(&row).Error; err != nil {
				return err
			}
			for range n/broadcastBatch + 1 {
				if err := t.goOn(&row); err != nil {
					return err
				}
			}
			return t.db.Save(&row).Error
		}))
		took := time.Since(begun)
		complete()
		return took
	}
	inTurn(b, many, one)
}
