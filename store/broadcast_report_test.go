package store

import (
	"strconv"
	"testing"
	"time"

	"afterneedle/rehab"
)

// The author sees the progress every four seconds at the most, and one report.
func TestBroadcastTellsItsAuthor(t *testing.T) {
	c := newClinic(t)
	id := c.broadcast(t, 12)
	now := start.Add(30 * time.Second)
	sent := 0
	var looks []time.Time
	for range 40 {
		c.wakeBroadcasts(t, now, 99)
		for _, s := range c.claim(t, now, 1) {
			if s.Delivery.Kind == rehab.KindEdit {
				looks = append(looks, now)
				if s.Broadcast.ID != id || s.Tally.Sent > sent || s.Tally.Recipients() != 12 {
					t.Errorf("it shows %+v after %d were sent", s.Tally, sent)
				}
			}
			if s.Delivery.Kind == rehab.KindBroadcast {
				sent++
			}
			c.settle(t, now, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 70 + len(looks)}, time.Time{}, s)
		}
		now = now.Add(time.Second)
	}
	for i := 1; i < len(looks); i++ {
		if gap := looks[i].Sub(looks[i-1]); gap < boardEvery {
			t.Errorf("shown again after %s", gap)
		}
	}
	if len(looks) < 4 || len(looks) > 6 || c.stateOf(t, id) != rehab.BroadcastFinished {
		t.Errorf("shown at %v, it is %s", looks, c.stateOf(t, id))
	}
	if n := c.count(t, "SELECT COUNT(*) FROM messages WHERE key LIKE 'broadcast/%/report/%' AND state = 'sent'"); n != 1 {
		t.Errorf("%d reports", n)
	}
}

// What may have arrived goes out again when its author says so, once.
func TestBroadcastUnknownAgain(t *testing.T) {
	c := newClinic(t)
	id := c.broadcast(t, 3)
	now := start.Add(time.Minute)
	claimed := c.claim(t, now, 3)
	c.settle(t, now, rehab.Outcome{Kind: rehab.OutcomeUnknown, Reason: "no answer"}, now, claimed[0])
	c.settle(t, now, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, claimed[1:]...)
	c.wakeBroadcasts(t, now, 9)
	c.wakeBroadcasts(t, now.Add(boardEvery), 9)
	if c.stateOf(t, id) != rehab.BroadcastFinished {
		t.Fatalf("it is %s", c.stateOf(t, id))
	}
	again := func() (n int) {
		do(t, c.Store, now, func(tx *Tx) (err error) {
			n, err = tx.RepeatUnknown(id)
			return err
		})
		return n
	}
	if first, second := again(), again(); first != 1 || second != 0 {
		t.Errorf("%d, then %d go out again, want 1 and none", first, second)
	}
	c.setState(t, now, id, rehab.BroadcastRunning)
	c.wakeBroadcasts(t, now, 1)
	if repeated := c.claim(t, now.Add(time.Hour), 9); len(repeated) < 1 || repeated[len(repeated)-1].Delivery.Key != claimed[0].Delivery.Key {
		t.Errorf("claimed %v, want %s", keysOf(repeated), claimed[0].Delivery.Key)
	}
}

// A clinician who has left writes to nobody any more.
func TestBroadcastOfOneWhoLeft(t *testing.T) {
	c := newClinic(t)
	id := c.broadcast(t, 3)
	do(t, c.Store, start, func(tx *Tx) error {
		_, err := tx.AddClinician(rehab.Clinician{ChatID: benChat, Name: "Ben", Role: rehab.RoleClinician, RemovedAt: start})
		return err
	})
	c.wakeBroadcasts(t, start.Add(time.Minute), 9)
	if claimed := c.claim(t, start.Add(time.Minute), 9); len(claimed) != 0 || c.tallyOf(t, id).Left[rehab.LeftCancelled] != 3 {
		t.Errorf("claimed %v, tally %+v", keysOf(claimed), c.tallyOf(t, id))
	}
	if n := c.count(t, "SELECT COUNT(*) FROM messages WHERE kind <> 'digest' AND chat_id = ?", benChat); n != 0 {
		t.Errorf("%d messages to who has left", n)
	}
}

func TestBroadcastsOf(t *testing.T) {
	c := newClinic(t)
	c.crowd(t, 1)
	first, second := c.planBroadcast(t, rehab.BroadcastAudience{}), c.planBroadcast(t, rehab.BroadcastAudience{Held: true})
	c.setState(t, start, first, rehab.BroadcastUndone)
	do(t, c.Store, start, func(tx *Tx) error {
		mine, err := tx.BroadcastsOf(c.ben)
		must(t, err)
		if len(mine) != 1 || mine[0].ID != second || !mine[0].To.Held {
			t.Errorf("Ben's: %+v, want %d", mine, second)
		}
		others, err := tx.BroadcastsOf(c.ada)
		if len(others) != 0 {
			t.Errorf("Ada's: %+v", others)
		}
		return err
	})
	if _, err := c.Do(t.Context(), start, 0, func(tx *Tx) error { return tx.SetBroadcast(rehab.Broadcast{ID: 99}) }); err != ErrNotFound {
		t.Errorf("an unknown one was set: %v", err)
	}
	if woken := c.wakeBroadcasts(t, start.Add(time.Hour), 1); woken != 1 || strconv.Itoa(c.tallyOf(t, first).Waiting) != "0" {
		t.Error("what was undone goes on")
	}
}

// A closed chat that a broadcast finds is in its report, and no message of its
// own to the clinician.
func TestBroadcastToAClosedChat(t *testing.T) {
	c := newClinic(t)
	id := c.broadcast(t, 1)
	now := start.Add(time.Minute)
	c.settle(t, now, rehab.Outcome{Kind: rehab.OutcomeUnreachable, Reason: "blocked"}, time.Time{}, c.claim(t, now, 1)...)
	if got := c.tallyOf(t, id); got.Unreachable != 1 {
		t.Errorf("tally %+v", got)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM alerts WHERE level = ?", rehab.AlertDigest); n != 1 {
		t.Errorf("%d marks at the patient", n)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM messages WHERE kind = 'alert'"); n != 0 {
		t.Errorf("%d messages for it", n)
	}
}

// The look at the progress that a process was showing when it died is not
// repeated at once.
func TestBroadcastProgressAfterACrash(t *testing.T) {
	c := newClinic(t)
	c.broadcast(t, 2)
	now := start.Add(30 * time.Second)
	c.wakeBroadcasts(t, now, 9)
	if claimed := c.claim(t, now, 1); len(claimed) != 1 || claimed[0].Delivery.Kind != rehab.KindEdit {
		t.Fatalf("claimed %v", keysOf(claimed))
	}
	_, err := c.Recover(t.Context(), now, "engine-2")
	must(t, err)
	looks := func(at time.Time) (n int) {
		for _, s := range c.claim(t, at, 9) {
			if s.Delivery.Kind == rehab.KindEdit {
				n++
			}
		}
		return n
	}
	if early, then := looks(now.Add(time.Second)), looks(now.Add(boardEvery)); early != 0 || then != 1 {
		t.Errorf("shown %d times at once and %d times later, want 0 and 1", early, then)
	}
}
