package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// digestDay is when the first digest comes: at 08:00 in Berlin on the day of
// start.
var digestDay = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

var sent = rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 1}

// worry raises an alert of level 1 for a patient.
func (c clinic) worry(t testing.TB, patient int64, key string, now time.Time) {
	t.Helper()
	do(t, c.Store, now, func(tx *Tx) error {
		course, err := tx.Course(patient)
		must(t, err)
		course.Sequence++
		course.Alerts = append(course.Alerts, rehab.Alert{
			N: course.Sequence, Key: key, Level: rehab.AlertDigest, Intent: rehab.IntentNudge, RaisedAt: now,
		})
		return nil
	})
}

// another adds a patient to a clinician.
func (c clinic) another(t testing.TB, clinician int64, name string) int64 {
	t.Helper()
	var id int64
	do(t, c.Store, start, func(tx *Tx) (err error) {
		id, err = addPatient(t, tx, clinician, name, 0)
		return err
	})
	return id
}

// waiting is when the digests of the clinic's people are due, by chat.
func (c clinic) waiting(t testing.TB) map[int64]time.Time {
	t.Helper()
	var rows []dueRow
	must(t, c.rw.Where("msg_id IN (SELECT id FROM messages WHERE kind = 'digest' AND state = 'waiting')").Find(&rows).Error)
	list := make(map[int64]time.Time)
	for _, r := range rows {
		list[r.ChatID] = r.DueAt.time()
	}
	if n := c.count(t, "SELECT COUNT(*) FROM due JOIN messages ON id = msg_id WHERE kind = 'digest'"); n != len(list) {
		t.Errorf("%d digests wait for %d people", n, len(list))
	}
	return list
}

// wait compares when the digests are due with what is expected.
func (c clinic) wait(t testing.TB, owner, ada, ben time.Time) {
	t.Helper()
	want := map[int64]time.Time{ownerChat: owner, adaChat: ada, benChat: ben}
	for chat, at := range want {
		if at.IsZero() {
			delete(want, chat)
		}
	}
	if diff := cmp.Diff(want, c.waiting(t)); diff != "" {
		t.Errorf("digests wait for (-want +got):\n%s", diff)
	}
}

// lists is what a digest says: names with the number of alerts.
func lists(d rehab.Digest) []string {
	var list []string
	for _, e := range d.Entries {
		line := fmt.Sprintf("%s %d", e.Patient.Name, len(e.Alerts))
		if e.Of != "" {
			line += " of " + e.Of
		}
		list = append(list, line)
	}
	return list
}

func nextDay(at time.Time) time.Time { return at.AddDate(0, 0, 1) }

func TestAnEmptyDigestWaits(t *testing.T) {
	c := newClinic(t)
	c.wait(t, digestDay, digestDay, digestDay)
	claimed, ended, err := c.Claim(t.Context(), digestDay, 10, owner)
	must(t, err)
	if len(claimed) != 0 || ended != (rehab.Passed{}) {
		t.Errorf("claimed %q, ended %d", keysOf(claimed), ended)
	}
	c.wait(t, nextDay(digestDay), nextDay(digestDay), nextDay(digestDay))
}

// Everybody reads of their own patients, the owner of all; who has nothing to
// read gets nothing. The next day has its digest again, until it is empty.
func TestDigestOfTwoClinicians(t *testing.T) {
	c := newClinic(t)
	anna := c.another(t, c.ada, "anna")
	c.worry(t, c.patient, "a", start)
	c.worry(t, c.patient, "b", start)
	c.worry(t, anna, "c", start)
	claimed := c.claim(t, digestDay, 10)
	got := make(map[int64][]string)
	for _, s := range claimed {
		got[s.Delivery.ChatID] = lists(s.Digest)
		if s.Delivery.Kind != rehab.KindDigest || s.Delivery.Lane != rehab.LaneTimed || s.Digest.Patients != 2 {
			t.Errorf("%+v", s.Delivery)
		}
		if _, reason, err := c.sendable(t, s, digestDay); reason != "" || err != nil {
			t.Errorf("not sendable: %s %v", reason, err)
		}
	}
	want := map[int64][]string{
		adaChat:   {"anna 1", patientName + " 2"},
		ownerChat: {"anna 1 of Ada", patientName + " 2 of Ada"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
	c.settle(t, digestDay, sent, time.Time{}, claimed...)
	tomorrow := nextDay(digestDay)
	c.wait(t, tomorrow, tomorrow, tomorrow)
	if claimed = c.claim(t, tomorrow, 10); len(claimed) != 2 {
		t.Errorf("claimed %q on the second day", keysOf(claimed))
	}
}

// What was acknowledged between the claim and the send is not listed, and the
// digest goes back to wait.
func TestDigestReadsAtTheSend(t *testing.T) {
	c := newClinic(t)
	c.worry(t, c.patient, "a", start)
	claimed := c.claim(t, digestDay, 10)
	c.change(t, digestDay, func(course *rehab.Course) {
		must(t, course.Acknowledge(course.Alerts[0].N, c.ada, digestDay))
	})
	for _, s := range claimed {
		if _, reason, err := c.sendable(t, s, digestDay); reason != reasonNothing || err != nil {
			t.Errorf("sendable: %q %v", reason, err)
		}
		must(t, c.Release(t.Context(), owner, []int64{s.Delivery.ID}))
	}
	if claimed = c.claim(t, digestDay, 10); len(claimed) != 0 {
		t.Errorf("claimed %q again", keysOf(claimed))
	}
	c.wait(t, nextDay(digestDay), nextDay(digestDay), nextDay(digestDay))
}

func TestDigestOnTheDaysClocksChange(t *testing.T) {
	for _, x := range []struct{ zone, day string }{
		{"Europe/Berlin", "2026-03-29"}, {"Europe/Berlin", "2026-10-25"},
		{"America/New_York", "2026-03-08"}, {"America/New_York", "2026-11-01"},
	} {
		t.Run(x.zone+" "+x.day, func(t *testing.T) {
			loc := zone(t, x.zone)
			at := func(days int) time.Time {
				day, err := time.ParseInLocation(time.DateOnly, x.day, loc)
				must(t, err)
				return time.Date(day.Year(), day.Month(), day.Day()+days, 8, 0, 0, 0, loc)
			}
			s, err := Open(t.Context(), filepath.Join(t.TempDir(), "dst.db"), Options{Now: start, ClinicZone: loc})
			must(t, err)
			t.Cleanup(func() { _ = s.Close() })
			c := staffed(t, s)
			c.worry(t, c.patient, "a", start)
			do(t, s, at(-2), func(tx *Tx) error { return tx.SetDigest(c.ada, rehab.DigestHour) })
			for day := -1; day <= 2; day++ {
				if got := c.waiting(t)[adaChat]; !got.Equal(at(day)) {
					t.Fatalf("due at %s, want %s", got, at(day))
				}
				c.settle(t, at(day), sent, time.Time{}, c.claim(t, at(day), 10)...)
			}
		})
	}
}

func TestDigestHour(t *testing.T) {
	c := newClinic(t)
	set := func(now time.Time, hour rehab.TimeOfDay) {
		t.Helper()
		do(t, c.Store, now, func(tx *Tx) error { return tx.SetDigest(c.ada, hour) })
	}
	ada := func(want time.Time) {
		t.Helper()
		if got := c.waiting(t)[adaChat]; !got.Equal(want) {
			t.Errorf("due at %s, want %s", got, want)
		}
	}
	early, late := digestDay.Add(-30*time.Minute), digestDay.Add(10*time.Hour)
	set(start, 7*60+30)
	ada(early)
	c.claim(t, early, 10) // nothing to say
	ada(nextDay(early))
	set(digestDay, 18*60)
	ada(late) // there was none today
	c.worry(t, c.patient, "a", digestDay)
	claimed := c.claim(t, late, 10)
	set(late, 19*60) // in flight: it stays as it is
	ada(time.Time{})
	c.settle(t, late, sent, time.Time{}, claimed...)
	ada(nextDay(late).Add(time.Hour))
	set(late, 20*60) // one a day
	ada(nextDay(late).Add(2 * time.Hour))
	do(t, c.Store, late, func(tx *Tx) error {
		again, err := tx.AddClinician(rehab.Clinician{ChatID: adaChat, Name: "Ada", Role: rehab.RoleClinician})
		must(t, err)
		kept, err := tx.Clinician(again)
		if kept.DigestAt != 20*60 {
			t.Errorf("the hour is %d once she has joined again", kept.DigestAt)
		}
		return err
	})
	if _, err := c.Do(t.Context(), late, 0, func(tx *Tx) error { return tx.SetDigest(99, 0) }); err == nil {
		t.Error("set the hour of nobody")
	}
}

// However a digest ends, the next day has one.
func TestDigestGoesOn(t *testing.T) {
	for _, kind := range []rehab.OutcomeKind{rehab.OutcomeRejected, rehab.OutcomeUnreachable, rehab.OutcomeThrottled} {
		t.Run(string(kind), func(t *testing.T) {
			c := newClinic(t)
			c.worry(t, c.patient, "a", start)
			retry := digestDay.Add(rehab.DigestLife)
			c.settle(t, digestDay, rehab.Outcome{Kind: kind}, retry, c.claim(t, digestDay, 10)...)
			tomorrow := nextDay(digestDay)
			c.wait(t, tomorrow, tomorrow, tomorrow)
		})
	}
}

// A program that was down late into the evening says it the next morning, and
// one that was down for an hour says it then.
func TestDigestAfterARestart(t *testing.T) {
	c := newClinic(t)
	c.worry(t, c.patient, "a", start)
	if _, ended, err := c.Claim(t.Context(), digestDay.Add(rehab.DigestLife), 10, owner); ended != (rehab.Passed{}) || err != nil {
		t.Errorf("%d ended (%v)", ended, err)
	}
	tomorrow := nextDay(digestDay)
	c.wait(t, tomorrow, tomorrow, tomorrow)
	if claimed := c.claim(t, tomorrow.Add(time.Hour), 10); len(claimed) != 2 {
		t.Errorf("claimed %q an hour late", keysOf(claimed))
	}
	_, err := c.Recover(t.Context(), tomorrow.Add(time.Hour), "engine-2")
	must(t, err)
	if claimed := c.claim(t, tomorrow.Add(time.Hour), 10); len(claimed) != 2 {
		t.Errorf("claimed %q after a crash", keysOf(claimed))
	}
}

func TestDigestInAFileThatIsOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "again.db")
	first := openAt(t, path)
	staffed(t, first)
	must(t, first.Close())
	c := clinic{Store: openAt(t, path)}
	_, err := c.Recover(t.Context(), start, owner)
	must(t, err)
	c.wait(t, digestDay, digestDay, digestDay)
}

// People who were there before digests were get theirs at the next start.
func TestDigestForThoseWhoHaveNone(t *testing.T) {
	c := newClinic(t)
	must(t, c.rw.Exec("DELETE FROM messages").Error)
	_, err := c.Recover(t.Context(), start, owner)
	must(t, err)
	c.wait(t, digestDay, digestDay, digestDay)
}

func TestDigestOfSomebodyRemoved(t *testing.T) {
	c := newClinic(t)
	c.worry(t, c.patient, "a", start)
	ada := rehab.Clinician{ChatID: adaChat, Name: "Ada", Role: rehab.RoleClinician, RemovedAt: start}
	again := func(now time.Time) {
		do(t, c.Store, now, func(tx *Tx) error {
			_, err := tx.AddClinician(ada)
			return err
		})
	}
	again(start)
	claimed := c.claim(t, digestDay, 10)
	if len(claimed) != 1 || claimed[0].Delivery.ChatID != ownerChat || !slices.Equal(lists(claimed[0].Digest), []string{patientName + " 1 of Ada"}) {
		t.Errorf("claimed %q", keysOf(claimed))
	}
	c.settle(t, digestDay, sent, time.Time{}, claimed...)
	tomorrow := nextDay(digestDay)
	c.wait(t, tomorrow, time.Time{}, tomorrow)
	ada.RemovedAt = time.Time{}
	again(digestDay)
	c.wait(t, tomorrow, tomorrow, tomorrow)
}

func TestDigestPages(t *testing.T) {
	c := newClinic(t)
	for i := range 2*rehab.DigestSize + 1 {
		c.worry(t, c.another(t, c.ben, fmt.Sprintf("P%02d", i)), "a", start)
	}
	do(t, c.Store, start, func(tx *Tx) error {
		ben, err := tx.Clinician(c.ben)
		must(t, err)
		for _, x := range []struct {
			page, is int
			first    string
			n        int
		}{{0, 0, "P00", 10}, {1, 1, "P10", 10}, {2, 2, "P20", 1}, {9, 2, "P20", 1}, {-3, 0, "P00", 10}} {
			d, err := tx.Digest(ben, x.page)
			must(t, err)
			if d.Page != x.is || d.Patients != 21 || len(d.Entries) != x.n || d.Entries[0].Patient.Name != x.first {
				t.Errorf("page %d is page %d of %d patients: %q", x.page, d.Page, d.Patients, lists(d))
			}
		}
		return nil
	})
}

func TestOpenAlerts(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	anna := c.another(t, c.ben, "Anna")
	c.worry(t, anna, "a", start.Add(-time.Hour))
	c.change(t, start, func(course *rehab.Course) { course.Unreachable(start) })
	c.worry(t, c.patient, "b", start.Add(-2*time.Hour))
	c.change(t, start, func(course *rehab.Course) {
		must(t, second(course.ChooseSafety(course.OpenSafety(start).N, rehab.ChoiceEmergency, start)))
	})
	who := func(id int64) []string {
		var list []string
		do(t, c.Store, start, func(tx *Tx) error {
			clinician, err := tx.Clinician(id)
			must(t, err)
			var last rehab.OpenAlert
			for {
				page, total, err := tx.OpenAlerts(clinician, last, 2)
				must(t, err)
				if len(page) == 0 {
					if len(list) != total {
						t.Errorf("%d alerts in pages, %d in all", len(list), total)
					}
					return nil
				}
				for _, a := range page {
					list = append(list, fmt.Sprintf("%d of %d", a.Alert.Level, a.PatientID))
				}
				last = page[len(page)-1]
			}
		})
		return list
	}
	mine := []string{fmt.Sprintf("3 of %d", c.patient), fmt.Sprintf("2 of %d", c.patient), fmt.Sprintf("1 of %d", c.patient)}
	for id, want := range map[int64][]string{
		c.ada: mine, c.ben: {fmt.Sprintf("1 of %d", anna)}, c.owner: append(slices.Clone(mine), fmt.Sprintf("1 of %d", anna)),
	} {
		if diff := cmp.Diff(want, who(id)); diff != "" {
			t.Errorf("clinician %d (-want +got):\n%s", id, diff)
		}
	}
	c.change(t, start, func(course *rehab.Course) {
		for _, a := range course.Alerts {
			must(t, course.Acknowledge(a.N, c.ada, start))
		}
	})
	if list := who(c.ada); len(list) != 0 {
		t.Errorf("alerts %q after they were acknowledged", list)
	}
}

func second[T any](_ T, err error) error { return err }

// The repeats of an alert are dropped because somebody acknowledged it, whatever
// else holds for the patient.
func TestWhyAnAlertIsNotRepeated(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	c.change(t, start, func(course *rehab.Course) {
		must(t, second(course.ChooseSafety(course.OpenSafety(start).N, rehab.ChoiceEmergency, start)))
	})
	c.change(t, start, func(course *rehab.Course) { must(t, course.Acknowledge(course.Alerts[0].N, c.ada, start)) })
	dropped := 0
	for key, d := range c.timeline(t) {
		if d.Kind == rehab.PromptAlert && d.State == rehab.DeliveryDropped {
			if dropped++; d.Reason != "acknowledged" {
				t.Errorf("%s was dropped: %q", key, d.Reason)
			}
		}
	}
	if dropped != 5 { // four times to Ada, then to the owner
		t.Errorf("%d were dropped", dropped)
	}
}
