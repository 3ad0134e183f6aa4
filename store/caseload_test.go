package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// names are the patients on one page.
func (c clinic) names(t testing.TB, by int64, filter rehab.CaseFilter, page, size int) []string {
	t.Helper()
	var names []string
	for _, one := range c.caseload(t, by, filter, page, size).Cases {
		names = append(names, one.Patient.Name)
	}
	return names
}

func (c clinic) caseload(t testing.TB, by int64, filter rehab.CaseFilter, page, size int) (list rehab.Caseload) {
	t.Helper()
	do(t, c.Store, start, func(tx *Tx) error {
		who, err := tx.Clinician(by)
		must(t, err)
		list, err = tx.Caseload(who, filter, page, size)
		return err
	})
	return list
}

// crew are patients of Ada in every state, each needled.
func crew(t testing.TB) clinic {
	t.Helper()
	c := newClinic(t)
	c.needle(t, start)
	for i, p := range []struct {
		name string
		do   func(*Tx, *rehab.Course)
	}{
		{"alert", func(_ *Tx, course *rehab.Course) { course.Observe(8, start) }},
		{"acknowledged", func(_ *Tx, course *rehab.Course) {
			course.Unreachable(start)
			must(t, course.Acknowledge(course.Alerts[0].N, c.ada, start))
		}},
		{"blocked", func(tx *Tx, course *rehab.Course) { must(t, tx.SetUnreachable(course.PatientID, start)) }},
		{"discharged", func(tx *Tx, course *rehab.Course) {
			must(t, tx.SetUnreachable(course.PatientID, start))
			course.HoldExercise(c.ada, "cold", 0, start)
			course.Discharge(start)
		}},
		{"for a day", func(_ *Tx, course *rehab.Course) { course.HoldExercise(c.ada, "cold", 24*time.Hour, start) }},
		{"for ever", func(_ *Tx, course *rehab.Course) { course.HoldExercise(c.ada, "cold", 0, start) }},
		{"quiet", func(_ *Tx, course *rehab.Course) { course.Silent = 3 }},
	} {
		do(t, c.Store, start, func(tx *Tx) error {
			id, err := addPatient(t, tx, c.ada, p.name, int64(1000+i))
			must(t, err)
			course, err := tx.Course(id)
			must(t, err)
			course.Consent(start)
			course.Needle(rehab.NewNeedling{
				At: start, By: c.ada, Targets: []rehab.NeedledTarget{{Muscle: "piriformis", Side: rehab.Left}},
			}, start)
			p.do(tx, course)
			return nil
		})
	}
	do(t, c.Store, start, func(tx *Tx) error {
		_, err := addPatient(t, tx, c.ben, "of Ben", 2000)
		return err
	})
	return c
}

func TestCaseload(t *testing.T) {
	c := crew(t)
	for _, test := range []struct {
		by     int64
		filter rehab.CaseFilter
		want   []string
	}{
		{c.ada, rehab.CasesAll, []string{"acknowledged", "alert", "blocked", "discharged", "for a day", "for ever", "quiet", patientName}},
		{c.ada, rehab.CasesNeedMe, []string{"alert", "blocked", "for ever"}}, // the gravest first
		{c.ada, rehab.CasesSilent, []string{"quiet"}},
		{c.ada, rehab.CasesHeld, []string{"alert", "for a day", "for ever"}}, // an alert of 8 withholds exercise
		{c.ben, rehab.CasesAll, []string{"of Ben"}},
		{c.ben, rehab.CasesNeedMe, nil},
		{c.owner, rehab.CasesAll, []string{"acknowledged", "alert", "blocked", "discharged", "for a day", "for ever", "of Ben", "quiet", patientName}},
	} {
		if diff := cmp.Diff(test.want, c.names(t, test.by, test.filter, 0, 20)); diff != "" {
			t.Errorf("%s of %d (-want +got):\n%s", test.filter, test.by, diff)
		}
		if n := c.caseload(t, test.by, rehab.CasesAll, 0, 1).Counts[test.filter]; n != len(test.want) {
			t.Errorf("%s of %d: counted %d, want %d", test.filter, test.by, n, len(test.want))
		}
	}
	do(t, c.Store, start, func(tx *Tx) error {
		if _, err := tx.Caseload(rehab.Clinician{ID: c.ada}, "1 OR 1", 0, 10); !errors.Is(err, ErrNotFound) {
			t.Errorf("a filter of its own: %v", err)
		}
		list, err := tx.Caseload(rehab.Clinician{ID: c.ada, RemovedAt: start}, rehab.CasesAll, 0, 10)
		if len(list.Cases) != 0 || list.Counts[rehab.CasesAll] != 0 {
			t.Errorf("a clinician who was removed sees %d", len(list.Cases))
		}
		return err
	})
}

func TestCaseloadInPages(t *testing.T) {
	c := crew(t)
	for _, test := range []struct {
		page, at int
		want     []string
	}{
		{0, 0, []string{"acknowledged", "alert", "blocked"}},
		{1, 1, []string{"discharged", "for a day", "for ever"}},
		{2, 2, []string{"quiet", patientName}},
		{99, 2, []string{"quiet", patientName}},
		{-1, 0, []string{"acknowledged", "alert", "blocked"}},
	} {
		if diff := cmp.Diff(test.want, c.names(t, c.ada, rehab.CasesAll, test.page, 3)); diff != "" {
			t.Errorf("page %d (-want +got):\n%s", test.page, diff)
		}
		if got := c.caseload(t, c.ada, rehab.CasesAll, test.page, 3).Page; got != test.at {
			t.Errorf("page %d is %d, want %d", test.page, got, test.at)
		}
	}
	if n := len(c.caseload(t, c.ben, rehab.CasesHeld, 3, 3).Cases); n != 0 {
		t.Errorf("an empty page has %d", n)
	}
}

// TestDigestIsKept compares what the list says with what the course itself says.
func TestDigestIsKept(t *testing.T) {
	c := crew(t)
	for _, one := range c.caseload(t, c.owner, rehab.CasesAll, 0, 20).Cases {
		do(t, c.Store, start, func(tx *Tx) error {
			course, err := tx.Course(one.Patient.ID)
			must(t, err)
			if diff := cmp.Diff(course.Line(), one.Line); diff != "" {
				t.Errorf("%s (-course +list):\n%s", one.Patient.Name, diff)
			}
			return nil
		})
	}
}

func TestCaseloadKnowsTheLatestCourseAndWhatWasSetAside(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	c.change(t, start, func(course *rehab.Course) {
		course.Observe(9, start)
		course.Discharge(start)
	})
	do(t, c.Store, start, func(tx *Tx) error {
		loc := zone(t, patientZone)
		return tx.NewCourse(c.patient, rehab.NewCourse(c.patient, protocol(), loc, loc))
	})
	all := c.caseload(t, c.ada, rehab.CasesAll, 0, 5)
	if len(all.Cases) != 1 || all.Cases[0].State() != rehab.StateInvited || all.Counts[rehab.CasesNeedMe] != 0 {
		t.Errorf("after a new course: %+v", all)
	}
	must(t, c.rw.Exec("UPDATE courses SET set_aside_at = ? WHERE id = 2", at(start)).Error)
	needs := c.caseload(t, c.ada, rehab.CasesNeedMe, 0, 5).Cases
	if len(needs) != 1 || needs[0].State() != rehab.StateSetAside || !needs[0].Trouble() {
		t.Errorf("a course that was set aside: %+v", needs)
	}
}

// BenchmarkCaseload is one page for an owner of 10,000 patients, of whom one in
// ten needs somebody.
func BenchmarkCaseload(b *testing.B) {
	c := newClinic(b)
	c.needle(b, start)
	const n = 10_000
	must(b, c.rw.Exec(`WITH RECURSIVE seq (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM seq WHERE i < ?)
		INSERT INTO patients (id, clinician_id, name, folded, chat_id, zone, created_at, unreachable_at, muted_at)
		SELECT i, ?, 'Patient ' || i, 'patient ' || i, 1000 + i, zone, created_at, 0, 0 FROM seq, patients WHERE patients.id = 1`, n, c.ada).Error)
	columns := columnsOf(b, c.Store, "courses", "id", "patient_id", "open_alerts")
	must(b, c.rw.Exec("INSERT INTO courses (id, patient_id, open_alerts, "+strings.Join(columns, ", ")+
		") SELECT patients.id, patients.id, patients.id % 10 = 0, courses."+strings.Join(columns, ", courses.")+
		" FROM patients, courses WHERE courses.id = 1 AND patients.id > 1").Error)
	for _, filter := range rehab.CaseFilters {
		for _, page := range []int{0, n/10 - 1} {
			b.Run(fmt.Sprintf("%s/page=%d", filter, page), func(b *testing.B) {
				for b.Loop() {
					c.caseload(b, c.owner, filter, page, 10)
				}
			})
		}
	}
}
