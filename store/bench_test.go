package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"afterneedle/rehab"
)

// pending is a clinic with n broadcast deliveries pending, each to a chat of its
// own, one coming due after the other.
func pending(b *testing.B, n int) clinic {
	b.Helper()
	c := staffed(b, openAt(b, filepath.Join(b.TempDir(), "bench.db")))
	c.change(b, start, func(course *rehab.Course) { course.Consent(start) })
	do(b, c.Store, start, func(tx *Tx) error {
		id, err := tx.AddBroadcast(rehab.Broadcast{By: c.ada, Text: "Closed on Monday", State: rehab.BroadcastDraft, SendAt: start})
		must(b, err)
		must(b, tx.db.Exec(`WITH RECURSIVE seq (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < ?)
			INSERT INTO messages (key, kind, n, lane, audience, patient_id, broadcast_id, chat_id, earliest_at, due_at,
				expires_at, secret, state, reason, attempts, repeated, message_id, planned_at, sent_at, ended_at)
			SELECT 'bench/' || i, 'broadcast', 0, 2, 0, ?, ?, 1000 + i, 0, ? + i, 0, FALSE, 'waiting', '', 0, FALSE, 0, ?, 0, 0
			FROM seq`, n, c.patient, id, at(start), at(start)).Error)
		return tx.db.Exec(`INSERT INTO due (lane, due_at, msg_id, expires_at, chat_id, attempts)
			SELECT lane, due_at, id, expires_at, chat_id, 0 FROM messages WHERE broadcast_id = ?`, id).Error
	})
	return c
}

// requeue lets deliveries that were sent wait again.
func (c clinic) requeue(b *testing.B, list []rehab.Sending) {
	b.Helper()
	ids := make([]int64, len(list))
	for i, s := range list {
		ids[i] = s.Delivery.ID
	}
	must(b, c.rw.Exec("UPDATE messages SET state = 'waiting' WHERE id IN ?", ids).Error)
	must(b, c.rw.Exec(`INSERT INTO due (lane, due_at, msg_id, expires_at, chat_id, attempts)
		SELECT lane, due_at, id, expires_at, chat_id, 0 FROM messages WHERE id IN ?`, ids).Error)
}

// BenchmarkUseCase loads, changes and saves a course with twelve weeks behind
// it.
func BenchmarkUseCase(b *testing.B) {
	c := newClinic(b)
	c.needle(b, start)
	c.change(b, start, func(course *rehab.Course) {
		for i := range 36 {
			course.Workouts = append(course.Workouts, rehab.Workout{
				N: i + 1, AskedAt: start, DoneAt: start, ClosedAt: start,
				Exercises: []rehab.Exercise{{Target: 2, Input: &rehab.WorkoutInput{}, Decision: &rehab.Decision{}}},
			})
		}
	})
	now := start
	for b.Loop() {
		now = now.Add(time.Millisecond)
		c.change(b, now, func(course *rehab.Course) { course.Observe(3, now) })
	}
}

// caseload is a clinic of 10,000 patients, half of them Ada's, every fifth with
// two open alerts of level 1.
func caseload(b *testing.B) clinic {
	b.Helper()
	c := staffed(b, openAt(b, filepath.Join(b.TempDir(), "bench.db")))
	for batch := range 10 {
		do(b, c.Store, start, func(tx *Tx) error {
			for i := range 1_000 {
				id, err := addPatient(b, tx, []int64{c.ada, c.ben}[i%2], fmt.Sprintf("P%d-%03d", batch, i), 0)
				must(b, err)
				course, err := tx.Course(id)
				must(b, err)
				for n := 0; i%5 == 0 && n < 2; n++ {
					course.Alerts = append(course.Alerts, rehab.Alert{
						N: n + 1, Key: fmt.Sprint(n), Level: rehab.AlertDigest, Intent: rehab.IntentNudge, RaisedAt: start,
					})
				}
			}
			return nil
		})
	}
	return c
}

// BenchmarkDigest claims the digests of three people and reads each once more, as
// a send does.
func BenchmarkDigest(b *testing.B) {
	c := caseload(b)
	for b.Loop() {
		claimed := c.claim(b, digestDay, 10)
		if len(claimed) != 3 || claimed[0].Digest.Patients != 2_000 {
			b.Fatalf("claimed %q", keysOf(claimed))
		}
		for _, s := range claimed {
			if _, reason, err := c.sendable(b, s, digestDay); reason != "" || err != nil {
				b.Fatal(reason, err)
			}
			must(b, c.Release(b.Context(), owner, []int64{s.Delivery.ID}))
		}
	}
}

// BenchmarkOpenAlerts reads a page of the open alerts of one of two clinicians.
func BenchmarkOpenAlerts(b *testing.B) {
	c := caseload(b)
	ada := rehab.Clinician{ID: c.ada, Role: rehab.RoleClinician}
	for b.Loop() {
		do(b, c.Store, start, func(tx *Tx) error {
			list, total, err := tx.OpenAlerts(ada, rehab.OpenAlert{}, 5)
			if len(list) != 5 || total != 2_000 {
				b.Fatalf("%d of %d alerts", len(list), total)
			}
			return err
		})
	}
}
