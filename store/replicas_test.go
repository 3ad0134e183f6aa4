package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"afterneedle/rehab"
)

// openReplica opens a database beside others.
func openReplica(t *testing.T, url, name string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, Options{Now: start, ClinicZone: zone(t, "Europe/Berlin"), Replica: name})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// connectedLongAgo lets a process judge whether the others are alive.
func connectedLongAgo(s *Store) { s.engine.(*postgresServer).grace = 0 }

func beat(t *testing.T, s *Store, name string) rehab.Part {
	t.Helper()
	part, err := s.Beat(t.Context(), name, 25)
	must(t, err)
	return part
}

// beatUntil beats until so many share the work: the server takes a moment to notice
// that a connection is gone.
func beatUntil(t *testing.T, s *Store, name string, replicas int) rehab.Part {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		part := beat(t, s, name)
		if part.Replicas == replicas {
			return part
		}
		select {
		case <-late:
			t.Fatalf("%d replicas, want %d", part.Replicas, replicas)
		case <-time.After(time.Millisecond):
		}
	}
}

// TestReplicasShareTheRate lets one process after the other join and leave.
func TestReplicasShareTheRate(t *testing.T) {
	url := startPostgres(t).URL("")
	a := openReplica(t, url, "a")
	if got := beat(t, a, "a"); got != (rehab.Part{Share: 25, First: true, Replicas: 1}) {
		t.Errorf("alone: %+v", got)
	}
	b := openReplica(t, url, "b")
	c := openReplica(t, url, "c")
	for i, want := range []struct {
		name string
		s    *Store
		part rehab.Part
	}{
		{"b", b, rehab.Part{Share: 0, Replicas: 2}}, // a has not made room yet
		{"a", a, rehab.Part{Share: 13, First: true, Replicas: 2}},
		{"c", c, rehab.Part{Share: 8, Replicas: 3}},
		{"b", b, rehab.Part{Share: 4, Replicas: 3}},
		{"a", a, rehab.Part{Share: 9, First: true, Replicas: 3}},
		{"b", b, rehab.Part{Share: 8, Replicas: 3}},
	} {
		if got := beat(t, want.s, want.name); got != want.part {
			t.Errorf("beat %d, of %s: %+v, want %+v", i, want.name, got, want.part)
		}
	}
	must(t, a.Close())
	// Who has only just connected does not judge.
	if got := beat(t, b, "b"); got.First {
		t.Errorf("b takes a for dead at once: %+v", got)
	}
	connectedLongAgo(b)
	if got := beatUntil(t, b, "b", 2); got != (rehab.Part{Share: 13, First: true, Replicas: 2}) {
		t.Errorf("b without a: %+v", got)
	}
}

// TestReplicaTakesOver has a process die, and another hang, with deliveries in
// flight: the third one takes them, once, and what they write then is fenced.
func TestReplicaTakesOver(t *testing.T) {
	url := startPostgres(t).URL("")
	dead, hung, live := openReplica(t, url, "dead"), openReplica(t, url, "hung"), openReplica(t, url, "live")
	c := clinic{Store: live}
	ids := make([]int64, 3)
	for i := range ids {
		ids[i] = c.say(t, fmt.Sprint("k", i), rehab.LaneTimed, int64(i+1), start, time.Time{})
	}
	claim := func(s *Store, name string, n int) []rehab.Sending {
		t.Helper()
		claimed, _, err := s.Claim(t.Context(), start, n, name)
		must(t, err)
		return claimed
	}
	if claimed := claim(dead, "dead", 1); len(claimed) != 0 {
		t.Error("one that has not joined may claim")
	}
	beat(t, dead, "dead")
	beat(t, hung, "hung")
	beat(t, live, "live")
	claim(dead, "dead", 1)
	late := claim(hung, "hung", 1)
	connectedLongAgo(live)
	if got := beat(t, live, "live"); got.Replicas != 3 || got.Orphans != 0 {
		t.Errorf("all are alive: %+v", got)
	}
	must(t, dead.Close())
	must(t, live.rw.Exec("UPDATE replicas SET lease_until = 1 WHERE owner = 'hung'").Error)
	if got := beatUntil(t, live, "live", 1); got.Replicas != 1 || got.Orphans != 2 || !got.First {
		t.Errorf("alone: %+v", got)
	}
	n, err := live.Recover(t.Context(), start, "live")
	must(t, err)
	if n != 2 {
		t.Errorf("%d recovered", n)
	}
	if got := claim(live, "live", 10); len(got) != 3 {
		t.Errorf("claimed %v", keysOf(got))
	}
	if got := claim(hung, "hung", 10); len(got) != 0 {
		t.Error("one that was struck off claims")
	}
	checked, err := hung.Sendable(t.Context(), late[:1], start)
	must(t, err)
	if checked[0].Delivery.Attempts == late[0].Delivery.Attempts {
		t.Error("one that was struck off cannot tell that its delivery is another's")
	}
	fenced, err := hung.Settle(t.Context(), start, "hung", []rehab.Settled{{
		ID: late[0].Delivery.ID, Attempt: late[0].Delivery.Attempts, Outcome: rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 7},
	}})
	must(t, err)
	if len(fenced) != 1 {
		t.Errorf("fenced are %v", fenced)
	}
	if got := beat(t, hung, "hung"); got.First || got.Replicas != 2 {
		t.Errorf("it comes back: %+v", got)
	}
}

// TestNothingIsClaimedTwice lets several processes claim at the same time.
func TestNothingIsClaimedTwice(t *testing.T) {
	url := startPostgres(t).URL("")
	const many = 400
	stores := make([]*Store, 3)
	for i := range stores {
		stores[i] = openReplica(t, url, fmt.Sprint("r", i))
		beat(t, stores[i], fmt.Sprint("r", i))
	}
	c := clinic{Store: stores[0]}
	for i := range many {
		c.say(t, fmt.Sprint("k", i), rehab.LaneTimed, int64(i+1), start, time.Time{})
	}
	var mu sync.Mutex
	owner := make(map[int64]int)
	var all sync.WaitGroup
	for i, s := range stores {
		all.Go(func() {
			for {
				claimed, _, err := s.Claim(context.Background(), start, 10, fmt.Sprint("r", i))
				if err != nil {
					t.Error(err)
				}
				if len(claimed) == 0 {
					return
				}
				mu.Lock()
				for _, x := range claimed {
					if other, twice := owner[x.Delivery.ID]; twice {
						t.Errorf("%d has %s, and so has %d", i, x.Delivery.Key, other)
					}
					owner[x.Delivery.ID] = i
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(owner) != many {
		t.Errorf("%d of %d claimed", len(owner), many)
	}
}

// TestReplicasLeaveAChatAlone: what one process has sent to a chat, or heard about
// it from Telegram, holds for the others.
func TestReplicasLeaveAChatAlone(t *testing.T) {
	url := startPostgres(t).URL("")
	a, b := openReplica(t, url, "a"), openReplica(t, url, "b")
	beat(t, a, "a")
	beat(t, b, "b")
	c := clinic{Store: a}
	claim := func(s *Store, name string, now time.Time) (keys []string) {
		t.Helper()
		claimed, _, err := s.Claim(t.Context(), now, 1, name)
		must(t, err)
		for _, x := range claimed {
			kind := rehab.OutcomeSent
			retry := time.Time{}
			if x.Delivery.Key == "throttled" || x.Delivery.Key == "throttled too" {
				kind, retry = rehab.OutcomeThrottled, now.Add(35*time.Second)
			}
			_, err := s.Settle(t.Context(), now, name, []rehab.Settled{{
				ID: x.Delivery.ID, Attempt: x.Delivery.Attempts, Outcome: rehab.Outcome{Kind: kind}, RetryAt: retry, Quiet: now.Add(time.Second),
			}})
			must(t, err)
		}
		return keysOf(claimed)
	}
	expect := func(s *Store, name string, now time.Time, want ...string) {
		t.Helper()
		if got := claim(s, name, now); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s claims %v after %s, want %v", name, got, now.Sub(start), want)
		}
	}
	c.say(t, "first", rehab.LaneTimed, 1, start, time.Time{})
	expect(a, "a", start, "first")
	c.say(t, "second", rehab.LaneTimed, 1, start, time.Time{})
	expect(b, "b", start.Add(500*time.Millisecond))
	expect(b, "b", start.Add(time.Second), "second")

	now := start.Add(time.Minute)
	c.say(t, "throttled", rehab.LaneTimed, 2, start, time.Time{})
	expect(a, "a", now, "throttled")
	c.say(t, "to the same", rehab.LaneReply, 2, start, time.Time{})
	expect(b, "b", now.Add(time.Second))
	c.say(t, "throttled too", rehab.LaneTimed, 3, start, time.Time{})
	expect(b, "b", now.Add(1500*time.Millisecond), "throttled too")
	c.say(t, "bulk", rehab.LaneTimed, 4, start, time.Time{})
	c.say(t, "answer", rehab.LaneReply, 5, start, time.Time{})
	expect(a, "a", now.Add(2*time.Second), "answer")
	expect(a, "a", now.Add(30*time.Second))
	expect(a, "a", now.Add(35*time.Second), "to the same")
	expect(b, "b", now.Add(40*time.Second), "bulk")
}

// TestOlderSchemaWaits: a newer program does not change the schema under others.
func TestOlderSchemaWaits(t *testing.T) {
	// A connection that is left open would be closed when it is collected.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	url := startPostgres(t).URL("")
	older := openReplica(t, url, "older")
	must(t, older.rw.Exec("DELETE FROM migrations WHERE id = '2_replicas'").Error)
	soon, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := Open(soon, url, Options{Now: start, Replica: "newer"}); !errors.Is(err, ErrInUse) {
		t.Errorf("a newer program: %v", err)
	}
	// What waits keeps nobody from changing the schema: only the older one has the lock.
	held, last := 0, time.Now().Add(5*time.Second)
	for held != 1 && time.Now().Before(last) {
		must(t, older.rw.Raw("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = ?", clinicLock).Scan(&held).Error)
	}
	if held != 1 {
		t.Errorf("held %d times", held)
	}
	must(t, older.rw.Exec("INSERT INTO migrations (id) VALUES ('2_replicas')").Error)
	openReplica(t, url, "same")
	// One that wants it alone waits as well.
	soon, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := Open(soon, url, Options{Now: start}); !errors.Is(err, ErrInUse) {
		t.Errorf("one that wants it alone: %v", err)
	}
}

// TestNobodyIsTakenForDead: neither after a stall, in which nobody could write, nor
// when only a connection was lost.
func TestNobodyIsTakenForDead(t *testing.T) {
	url := startPostgres(t).URL("")
	a, b := openReplica(t, url, "a"), openReplica(t, url, "b")
	beat(t, a, "a")
	beat(t, b, "b")
	connectedLongAgo(a)
	connectedLongAgo(b)
	must(t, b.rw.Exec("UPDATE replicas SET lease_until = 1").Error)
	if got := beat(t, b, "b"); got.Replicas != 2 {
		t.Errorf("after a stall: %+v", got)
	}
	beat(t, a, "a")
	var pid int
	must(t, a.rw.Raw("SELECT pg_backend_pid()").Scan(&pid).Error)
	must(t, b.rw.Exec("SELECT pg_terminate_backend(?)", pid).Error)
	if got := beat(t, b, "b"); got.Replicas != 2 {
		t.Errorf("after a has lost its connection: %+v", got)
	}
	for err := errors.New("not yet"); err != nil; { // the first may only find the connection closed
		_, err = a.Beat(t.Context(), "a", 25)
	}
	if got := beat(t, b, "b"); got.Replicas != 2 {
		t.Errorf("after a is back: %+v", got)
	}
}

// TestLettingOthersInWithoutAConnection loses the connection right before others are
// let in: that fails, and does not hang.
func TestLettingOthersInWithoutAConnection(t *testing.T) {
	url := startPostgres(t).URL("")
	a, x := openReplica(t, url, "a"), openReplica(t, url, "x")
	p := a.engine.(*postgresServer)
	p.alone = true // as before it lets others in
	var pid int
	must(t, a.rw.Raw("SELECT pg_backend_pid()").Scan(&pid).Error)
	must(t, x.rw.Exec("SELECT pg_terminate_backend(?)", pid).Error)
	ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	done := make(chan error, 1)
	go func() { done <- p.share(a.rw.WithContext(ctx)) }()
	select {
	case err := <-done:
		t.Logf("letting others in: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("it hangs")
	}
	beat(t, a, "a")
}

// TestOneThatOnlyStarts loses its connection while another process has the database
// for itself: however often it is refused meanwhile, it goes on when the other one has
// started, and gives up when that takes too long.
func TestOneThatOnlyStarts(t *testing.T) {
	url := startPostgres(t).URL("")
	a := openReplica(t, url, "a")
	beat(t, a, "a")
	other, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = other.Close(context.Background()) })
	take := func() {
		t.Helper()
		var pid int
		must(t, a.rw.Raw("SELECT pg_backend_pid()").Scan(&pid).Error)
		_, err := other.Exec(t.Context(), "SELECT pg_terminate_backend($1)", pid)
		must(t, err)
		for took := false; !took; {
			took, err = tryLock(t.Context(), other, "pg_try_advisory_lock")
			must(t, err)
		}
	}
	write := func() error { return a.write(t.Context(), touch) }
	take()
	for n := range 30 {
		if err := write(); err == nil || errors.Is(err, ErrTakenOver) {
			t.Fatalf("write %d while another one starts: %v", n, err)
		}
	}
	_, err = other.Exec(t.Context(), "SELECT pg_advisory_unlock_all()")
	must(t, err)
	must(t, write())
	take()
	for err = write(); !errors.Is(err, errStarting); { // the first may only find the connection closed
		err = write()
	}
	p := a.engine.(*postgresServer)
	p.mu.Lock()
	p.refusedSince = p.refusedSince.Add(-startMost)
	p.mu.Unlock()
	if err := write(); !errors.Is(err, ErrTakenOver) {
		t.Errorf("after %s: %v", startMost, err)
	}
	<-a.Lost()
}
