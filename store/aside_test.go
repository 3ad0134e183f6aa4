package store

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"afterneedle/rehab"
)

// A course that cannot be worked out stops nobody else.
func TestCourseSetAside(t *testing.T) {
	faults := []struct{ name, damage, repair string }{
		{
			"cannot be planned",
			`UPDATE needlings SET targets = '[99]' WHERE course_id = 1`,
			`UPDATE needlings SET targets = '[2]' WHERE course_id = 1`,
		},
		{
			"cannot be read",
			`UPDATE targets SET shown = '{' WHERE course_id = 1`,
			`UPDATE targets SET shown = '{}' WHERE course_id = 1`,
		},
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) { testSetAside(t, fault.damage, fault.repair) })
	}
}

func testSetAside(t *testing.T, damage, repair string) {
	c := newClinic(t)
	var log strings.Builder
	c.log = slog.New(slog.NewTextHandler(&log, nil))
	c.needle(t, start)
	other := c
	do(t, c.Store, start, func(tx *Tx) (err error) {
		other.patient, err = addPatient(t, tx, c.ben, "Yann", 101)
		return err
	})
	other.needle(t, start)
	sent := rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}
	welcomed := c.claim(t, start, 10)
	c.settle(t, start, sent, time.Time{}, welcomed...)
	must(t, c.rw.Exec(damage).Error)

	now := start.Add(5 * time.Hour)
	claimed := c.claim(t, now, 10)
	if len(claimed) != 2 || claimed[1].Delivery.Key != "course/2/needling/1/movement" {
		t.Fatalf("claimed %q, want word to Ada and the other's movement", keysOf(claimed))
	}
	if told := claimed[0]; told.Delivery.Kind != rehab.KindAside || told.Delivery.ChatID != adaChat || told.Patient.Name != patientName {
		t.Errorf("told %+v, want Ada", told)
	}
	if reason := c.timeline(t)["course/1/needling/1/movement"].Reason; reason != reasonAside {
		t.Errorf("dropped because %q", reason)
	}
	if !strings.Contains(log.String(), "course=1") || strings.Contains(log.String(), patientName) {
		t.Errorf("the log says:\n%s", log.String())
	}
	c.settle(t, now, sent, time.Time{}, claimed...)
	if n, err := c.WakeCourses(t.Context(), now.AddDate(0, 0, 1), 10); n > 1 || err != nil {
		t.Errorf("woke %d courses: %v", n, err)
	}
	if got := strings.Count(log.String(), "course set aside"); got != 1 {
		t.Errorf("set aside %d times", got)
	}

	must(t, c.rw.Exec(repair).Error)
	must(t, c.RetryAside(t.Context(), now))
	if _, err := c.Recover(t.Context(), now, owner); err != nil {
		t.Fatal(err)
	}
	if n, err := c.WakeCourses(t.Context(), now, 10); n != 1 || err != nil {
		t.Errorf("after the next start %d courses woke (%v), want 1", n, err)
	}
	if got := keysOf(c.claim(t, now.Add(time.Second), 10)); !slices.Equal(got, []string{"course/1/needling/1/movement"}) {
		t.Errorf("then claimed %q", got)
	}
}

// A chat that closes while the course is set aside is noted all the same.
func TestUnreachableWhileSetAside(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	claimed := c.claim(t, start, 10)
	must(t, c.rw.Exec(`UPDATE needlings SET targets = '[99]'`).Error)
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeUnreachable, Reason: "blocked"}, time.Time{}, claimed...)
	do(t, c.Store, start, func(tx *Tx) error {
		p, err := tx.Patient(c.patient)
		if p.UnreachableAt.IsZero() {
			t.Error("the patient still counts as reachable")
		}
		return err
	})
}
