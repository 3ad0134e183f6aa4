package store

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// crowd gives Ben n patients who have agreed, with chats from 1000 on.
func (c clinic) crowd(t testing.TB, n int) {
	t.Helper()
	c.change(t, start, func(course *rehab.Course) { course.Consent(start) })
	columns := strings.Join(columnsOf(t, c.Store, "courses", "id", "patient_id"), ", ")
	must(t, c.rw.Exec(`WITH RECURSIVE seq (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM seq WHERE i + 1 < ?)
		INSERT INTO patients (clinician_id, name, folded, chat_id, zone, created_at, unreachable_at, muted_at)
		SELECT CAST(? AS BIGINT), 'Patient ' || i, 'patient ' || i, 1000 + i, CAST(? AS TEXT), 0, 0, 0 FROM seq`, n, c.ben, patientZone).Error)
	must(t, c.rw.Exec(`INSERT INTO courses (patient_id, `+columns+`) SELECT patients.id, `+columns+`
		FROM patients, courses WHERE patients.clinician_id = ? AND courses.id = 1`, c.ben).Error)
}

// patientAt is the patient with a chat.
func (c clinic) patientAt(t testing.TB, chat int64) (id int64) {
	t.Helper()
	do(t, c.Store, start, func(tx *Tx) error {
		p, err := tx.PatientByChat(chat)
		id = p.ID
		return err
	})
	return id
}

// planBroadcast plans a text of Ben's for half a minute later.
func (c clinic) planBroadcast(t testing.TB, to rehab.BroadcastAudience) (id int64) {
	t.Helper()
	do(t, c.Store, start, func(tx *Tx) (err error) {
		id, err = tx.AddBroadcast(rehab.Broadcast{
			By: c.ben, Chat: benChat, Text: "Closed on Monday", Body: []byte("Closed on Monday"), To: to,
			State: rehab.BroadcastPlanned, SendAt: start.Add(30 * time.Second),
		})
		return err
	})
	return id
}

// broadcast is one of Ben's whose deliveries to n patients have been made.
func (c clinic) broadcast(t testing.TB, n int) (id int64) {
	t.Helper()
	c.crowd(t, n)
	id = c.planBroadcast(t, rehab.BroadcastAudience{})
	if woken := c.wakeBroadcasts(t, start.Add(30*time.Second), 1); woken != 1 {
		t.Fatal("it does not begin")
	}
	return id
}

// wakeBroadcasts lets broadcasts go on until there is nothing more to do at that
// moment, rounds times at the most.
func (c clinic) wakeBroadcasts(t testing.TB, now time.Time, rounds int) (done int) {
	t.Helper()
	for done < rounds {
		n, err := c.WakeBroadcasts(t.Context(), now)
		must(t, err)
		if n == 0 {
			return done
		}
		done++
	}
	return done
}

// setState is what the author does to a broadcast.
func (c clinic) setState(t testing.TB, now time.Time, id int64, state rehab.BroadcastState) {
	t.Helper()
	do(t, c.Store, now, func(tx *Tx) error {
		b, err := tx.Broadcast(id)
		must(t, err)
		b.State = state
		return tx.SetBroadcast(b)
	})
}

func (c clinic) tallyOf(t testing.TB, id int64) (count rehab.BroadcastTally) {
	t.Helper()
	do(t, c.Store, start, func(tx *Tx) (err error) {
		var b broadcastRow
		must(t, one(tx.db.Where("id = ?", id), &b))
		count, err = tally(tx.db, b)
		return err
	})
	return count
}

func (c clinic) stateOf(t testing.TB, id int64) (state rehab.BroadcastState) {
	t.Helper()
	do(t, c.Store, start, func(tx *Tx) error {
		b, err := tx.Broadcast(id)
		state = b.State
		return err
	})
	return state
}

// A broadcast is made in batches, and goes on after a crash where it was.
func TestBroadcastResumesAtItsCursor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c := staffed(t, openAt(t, path))
	const n = 2*broadcastBatch + 500
	c.crowd(t, n)
	id := c.planBroadcast(t, rehab.BroadcastAudience{})
	now := start.Add(30 * time.Second)
	if woken := c.wakeBroadcasts(t, now.Add(-time.Millisecond), 9); woken != 0 {
		t.Error("it began within the time to undo")
	}
	c.wakeBroadcasts(t, now, 1)
	if got := c.tallyOf(t, id).Waiting; got != broadcastBatch {
		t.Errorf("%d deliveries after the first transaction, want %d", got, broadcastBatch)
	}
	must(t, c.Close())
	c.Store = openAt(t, path)
	if at, ok, err := c.NextDue(t.Context()); !ok || err != nil || at.After(now) {
		t.Errorf("after the restart it waits until %s (%v)", at, err)
	}
	c.wakeBroadcasts(t, now, 9)
	if got := c.tallyOf(t, id).Waiting; got != n {
		t.Errorf("%d deliveries, want %d", got, n)
	}
	// Even recipients who come again get no second delivery.
	must(t, c.rw.Exec("INSERT INTO recipients (broadcast_id, patient_id) SELECT CAST(? AS BIGINT), id FROM patients WHERE clinician_id = ?", id, c.ben).Error)
	must(t, c.rw.Exec("UPDATE broadcasts SET expanded = FALSE, wake_at = ?", at(now)).Error)
	c.wakeBroadcasts(t, now, 9)
	if got := c.count(t, "SELECT COUNT(DISTINCT patient_id) FROM messages WHERE kind = 'broadcast'"); got != n {
		t.Errorf("%d patients, want %d", got, n)
	}
	if rows, queued := c.tallyOf(t, id).Waiting, c.count(t, "SELECT COUNT(*) FROM due WHERE lane = 2"); rows != n || queued != n {
		t.Errorf("%d deliveries in %d places of the queue, want %d", rows, queued, n)
	}
}

// leave makes each of Ben's first seven patients one whom a broadcast leaves out.
func (c clinic) leave(t testing.TB, now time.Time) {
	t.Helper()
	change := func(chat int64, fn func(*rehab.Course)) {
		do(t, c.Store, now, func(tx *Tx) error {
			p, err := tx.PatientByChat(chat)
			must(t, err)
			course, err := tx.Course(p.ID)
			fn(course)
			return err
		})
	}
	change(1000, func(course *rehab.Course) { course.StopMessages(now) })
	change(1001, func(course *rehab.Course) { course.Discharge(now) })
	change(1002, func(course *rehab.Course) { course.ConsentedAt = time.Time{} })
	change(1003, func(course *rehab.Course) { course.HoldExercise(c.ben, "a cold", 0, now) })
	do(t, c.Store, now, func(tx *Tx) error {
		return firstError(tx.SetUnreachable(c.patientAtTx(t, tx, 1004), now), tx.SetMuted(c.patientAtTx(t, tx, 1005), now))
	})
}

func (c clinic) patientAtTx(t testing.TB, tx *Tx, chat int64) int64 {
	t.Helper()
	p, err := tx.PatientByChat(chat)
	must(t, err)
	return p.ID
}

var everyReason = map[string]int{
	rehab.LeftStopped: 1, rehab.LeftEnded: 1, rehab.LeftNoConsent: 1, rehab.LeftHeld: 1, rehab.LeftUnreachable: 1, rehab.LeftMuted: 1,
}

func TestAudience(t *testing.T) {
	c := newClinic(t)
	c.crowd(t, 9)
	c.leave(t, start)
	c.needle(t, start) // Ada's
	must(t, c.rw.Exec("UPDATE courses SET is_silent = TRUE WHERE patient_id = ?", c.patientAt(t, 1008)).Error)
	must(t, c.rw.Exec(`INSERT INTO targets (course_id, `+c.columns(t, "targets")+`) SELECT CAST(? AS BIGINT), `+c.columns(t, "targets")+` FROM targets WHERE course_id = 1`, c.patientAt(t, 1007)).Error)
	ben := rehab.Clinician{ID: c.ben, Role: rehab.RoleClinician}
	olga := rehab.Clinician{ID: c.owner, Role: rehab.RoleOwner}
	gone := rehab.Clinician{ID: c.ben, Role: rehab.RoleOwner, RemovedAt: start}
	held := map[string]int{rehab.LeftStopped: 1, rehab.LeftEnded: 1, rehab.LeftNoConsent: 1, rehab.LeftUnreachable: 1, rehab.LeftMuted: 1}
	none := map[string]int{}
	for _, x := range []struct {
		name string
		by   rehab.Clinician
		to   rehab.BroadcastAudience
		want rehab.AudienceCount
	}{
		{"everyone", ben, rehab.BroadcastAudience{}, rehab.AudienceCount{Reached: 3, Left: everyReason}},
		{"held too", ben, rehab.BroadcastAudience{Held: true}, rehab.AudienceCount{Reached: 4, Held: 1, Left: held}},
		{"of the owner", olga, rehab.BroadcastAudience{}, rehab.AudienceCount{Reached: 4, Left: everyReason}},
		{"of one who left", gone, rehab.BroadcastAudience{}, rehab.AudienceCount{Left: none}},
		{"silent", ben, rehab.BroadcastAudience{Silent: true}, rehab.AudienceCount{Reached: 1, Left: none}},
		{"muscle", ben, rehab.BroadcastAudience{Muscle: "piriformis"}, rehab.AudienceCount{Reached: 1, Left: none}},
		{"another muscle", ben, rehab.BroadcastAudience{Muscle: "levator"}, rehab.AudienceCount{Left: none}},
		{"muscle and phase", ben, rehab.BroadcastAudience{Muscle: "piriformis", Phase: rehab.P3}, rehab.AudienceCount{Reached: 1, Left: none}},
		{"phase", olga, rehab.BroadcastAudience{Phase: rehab.P3}, rehab.AudienceCount{Reached: 2, Left: none}},
		{"nobody in both", ben, rehab.BroadcastAudience{Phase: rehab.P3, Silent: true}, rehab.AudienceCount{Left: none}},
	} {
		do(t, c.Store, start, func(tx *Tx) error {
			got, err := tx.CountAudience(x.by, x.to)
			if diff := cmp.Diff(x.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", x.name, diff)
			}
			return err
		})
	}
	do(t, c.Store, start, func(tx *Tx) error {
		samples, err := tx.SampleAudience(ben, rehab.BroadcastAudience{}, start.Add(13*time.Hour), 2)
		must(t, err)
		morning := time.Date(2026, 3, 3, 8, 0, 0, 0, zone(t, patientZone))
		if len(samples) != 2 || samples[0].Name != "Patient 6" || !samples[0].At.Equal(morning) {
			t.Errorf("samples %v, want Patient 6 on the next morning", samples)
		}
		muscles, phases, err := tx.AudienceParts(ben)
		if diff := cmp.Diff([]any{[]string{"piriformis"}, []rehab.Phase{rehab.P3}}, []any{muscles, phases}); diff != "" {
			t.Errorf("parts (-want +got):\n%s", diff)
		}
		return err
	})
}

// columns are those of a child of courses, without the course.
func (c clinic) columns(t testing.TB, table string) string {
	t.Helper()
	return strings.Join(columnsOf(t, c.Store, table, "course_id"), ", ")
}

// Who must not get a broadcast is asked when it is made, when it is claimed and
// right before it is written.
func TestBroadcastLeavesOut(t *testing.T) {
	at := start.Add(30 * time.Second)
	t.Run("when it is made", func(t *testing.T) {
		c := newClinic(t)
		c.crowd(t, 9)
		c.leave(t, start)
		id := c.planBroadcast(t, rehab.BroadcastAudience{})
		c.wakeBroadcasts(t, at, 1)
		want := map[string]int{rehab.LeftHeld: 1, rehab.LeftUnreachable: 1, rehab.LeftMuted: 1}
		if got := c.tallyOf(t, id); got.Waiting != 3 || cmp.Diff(want, got.Left) != "" {
			t.Errorf("made %+v", got)
		}
	})
	t.Run("when it is claimed", func(t *testing.T) {
		c := newClinic(t)
		id := c.broadcast(t, 9)
		c.leave(t, at)
		claimed, passed, err := c.Claim(t.Context(), at, 20, owner)
		must(t, err)
		if len(claimed) != 3 || passed.Ended != 6 || string(claimed[0].Delivery.Body) != "Closed on Monday" {
			t.Errorf("claimed %v, passed %+v", keysOf(claimed), passed)
		}
		if diff := cmp.Diff(everyReason, c.tallyOf(t, id).Left); diff != "" {
			t.Errorf("left out (-want +got):\n%s", diff)
		}
	})
	t.Run("before it is written", func(t *testing.T) {
		c := newClinic(t)
		c.broadcast(t, 9)
		claimed := c.claim(t, at, 20)
		c.leave(t, at)
		refused := 0
		for _, s := range claimed {
			_, reason, err := c.sendable(t, s, at)
			must(t, err)
			if reason != "" {
				refused++
			}
		}
		if len(claimed) != 9 || refused != 6 {
			t.Errorf("%d of %d are refused, want 6 of 9", refused, len(claimed))
		}
	})
}

func TestBroadcastPaused(t *testing.T) {
	c := newClinic(t)
	id := c.broadcast(t, broadcastBatch+200)
	now := start.Add(time.Minute)
	flying := c.claim(t, now, 5)
	c.setState(t, now, id, rehab.BroadcastPaused)
	if claimed := c.claim(t, now, 5); len(claimed) != 0 {
		t.Errorf("claimed %v while it pauses", keysOf(claimed))
	}
	if _, reason, err := c.sendable(t, flying[0], now); reason != "broadcast paused" || err != nil {
		t.Errorf("what is on its way: %q %v", reason, err)
	}
	must(t, c.Release(t.Context(), owner, []int64{flying[0].Delivery.ID}))
	c.wakeBroadcasts(t, now, 99)
	later := now.Add(time.Hour)
	c.wakeBroadcasts(t, later, 99)
	c.wakeBroadcasts(t, later.Add(boardEvery), 99)
	if n := c.count(t, "SELECT COUNT(*) FROM due WHERE lane = 2"); n != 0 {
		t.Errorf("%d still stand in the queue", n)
	}
	c.setState(t, later, id, rehab.BroadcastRunning)
	c.wakeBroadcasts(t, later, 99)
	if n := c.count(t, "SELECT COUNT(*) FROM due WHERE lane = 2"); n != broadcastBatch+196 {
		t.Errorf("%d stand in the queue again, want %d", n, broadcastBatch+196)
	}
	if claimed := c.claim(t, later, 5); len(claimed) != 5 {
		t.Errorf("claimed %v", keysOf(claimed))
	}
}

func TestBroadcastCancelled(t *testing.T) {
	c := newClinic(t)
	id := c.broadcast(t, broadcastBatch+200)
	now := start.Add(time.Minute)
	c.wakeBroadcasts(t, now, 1)
	flying := c.claim(t, now, 2)
	c.setState(t, now, id, rehab.BroadcastCancelled)
	if _, reason, err := c.sendable(t, flying[0], now); reason != rehab.LeftCancelled || err != nil {
		t.Errorf("what is on its way: %q %v", reason, err)
	}
	must(t, c.Release(t.Context(), owner, []int64{flying[0].Delivery.ID}))
	c.settle(t, now, rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}, time.Time{}, flying[1])
	for i := range 5 {
		c.wakeBroadcasts(t, now.Add(time.Duration(i)*boardEvery), 99)
	}
	got := c.tallyOf(t, id)
	want := rehab.BroadcastTally{Sent: 1, Left: map[string]int{rehab.LeftCancelled: broadcastBatch + 199}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
	if _, ok, _ := c.NextDue(t.Context()); !ok || c.count(t, "SELECT COUNT(*) FROM messages WHERE key LIKE 'broadcast/%/report/%'") != 1 {
		t.Error("there is not one report")
	}
	if n := c.wakeBroadcasts(t, now.Add(time.Hour), 9); n != 0 {
		t.Error("it goes on after its report")
	}
}

// What could not go out in time waits for the patient's morning.
func TestBroadcastAcrossMidnight(t *testing.T) {
	c := newClinic(t)
	id := c.broadcast(t, 3)
	night := time.Date(2026, 3, 2, 21, 0, 0, 0, zone(t, patientZone))
	must(t, c.rw.Exec("DELETE FROM messages WHERE kind = 'digest'").Error) // it would be claimed first
	flying := c.claim(t, night.Add(-time.Minute), 1)
	if _, reason, err := c.sendable(t, flying[0], night); reason != "asleep" || err != nil {
		t.Errorf("what is on its way at night: %q %v", reason, err)
	}
	must(t, c.Release(t.Context(), owner, []int64{flying[0].Delivery.ID}))
	claimed, passed, err := c.Claim(t.Context(), night, 20, owner)
	must(t, err)
	if len(claimed) != 0 || passed != (rehab.Passed{PutOff: 3}) {
		t.Errorf("claimed %v at night, passed %+v", keysOf(claimed), passed)
	}
	morning := time.Date(2026, 3, 3, 8, 0, 0, 0, zone(t, patientZone))
	if claimed := c.claim(t, morning.Add(-time.Millisecond), 20); len(claimed) != 0 {
		t.Errorf("claimed %v before the morning", keysOf(claimed))
	}
	if claimed := c.claim(t, morning, 2); len(claimed) != 2 {
		t.Errorf("claimed %v in the morning", keysOf(claimed))
	}
	over := start.Add(30 * time.Second).Add(rehab.BroadcastLife)
	if claimed := c.claim(t, over, 20); len(claimed) != 0 || c.tallyOf(t, id).Expired != 1 {
		t.Errorf("a day later claimed %v, tally %+v", keysOf(claimed), c.tallyOf(t, id))
	}
}

// The audience is that of the moment of the confirmation: who joins later gets
// nothing, and who is gone by then is counted.
func TestRecipientsAreFixed(t *testing.T) {
	at := start.Add(30 * time.Second)
	c := newClinic(t)
	c.crowd(t, 9)
	id := c.planBroadcast(t, rehab.BroadcastAudience{})
	c.leave(t, start)
	do(t, c.Store, start, func(tx *Tx) error {
		_, err := tx.HandOver(rehab.Clinician{ID: c.owner, Role: rehab.RoleOwner}, c.patientAtTx(t, tx, 1006), c.ada)
		must(t, err)
		must(t, tx.Forget(c.patientAtTx(t, tx, 1007)))
		_, err = addPatient(t, tx, c.ben, "Late", 2000)
		return err
	})
	c.wakeBroadcasts(t, at, 9)
	want := maps.Clone(everyReason)
	want[rehab.LeftGone] = 2
	if got := c.tallyOf(t, id); got.Waiting != 1 || cmp.Diff(want, got.Left) != "" {
		t.Errorf("made %+v", got)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM recipients"); n != 0 {
		t.Errorf("%d recipients are left over", n)
	}
}

// A broadcast of somebody who is removed goes to nobody, and nothing of it is
// told to them.
func TestBroadcastOfARemovedClinician(t *testing.T) {
	at := start.Add(30 * time.Second)
	for _, begun := range []bool{false, true} {
		c := newClinic(t)
		c.crowd(t, 3)
		id := c.planBroadcast(t, rehab.BroadcastAudience{})
		if begun {
			c.wakeBroadcasts(t, at, 1)
		}
		do(t, c.Store, at, func(tx *Tx) error {
			_, err := tx.RemoveClinician(c.ben, rehab.Clinician{ID: c.owner, Role: rehab.RoleOwner})
			return err
		})
		c.wakeBroadcasts(t, at.Add(time.Hour), 9)
		claimed, _, err := c.Claim(t.Context(), at.Add(time.Hour), 20, owner)
		must(t, err)
		if count := c.tallyOf(t, id); len(claimed) != 0 || count.Waiting != 0 || count.Sent != 0 {
			t.Errorf("begun %t: claimed %v, %+v", begun, keysOf(claimed), count)
		}
	}
}

func TestUndoneBroadcastLeavesNoRecipients(t *testing.T) {
	c := newClinic(t)
	c.crowd(t, 3)
	id := c.planBroadcast(t, rehab.BroadcastAudience{})
	if n := c.count(t, "SELECT COUNT(*) FROM recipients"); n != 3 {
		t.Fatalf("%d recipients, want 3", n)
	}
	do(t, c.Store, start, func(tx *Tx) error {
		b, err := tx.Broadcast(id)
		must(t, err)
		b.State = rehab.BroadcastUndone
		return tx.SetBroadcast(b)
	})
	if n := c.count(t, "SELECT COUNT(*) FROM recipients"); n != 0 {
		t.Errorf("%d recipients are left", n)
	}
}
