package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"afterneedle/rehab"
)

func TestInvites(t *testing.T) {
	c := newClinic(t)
	ends := start.Add(time.Hour)
	do(t, c.Store, start, func(tx *Tx) error {
		must(t, tx.AddInvite("secret-1", rehab.Invite{PatientID: c.patient, By: c.ada, ExpiresAt: ends}))
		must(t, tx.AddInvite("secret-2", rehab.Invite{Role: rehab.RoleOwner, ExpiresAt: ends}))
		return nil
	})
	_, err := c.Do(t.Context(), start, 0, func(tx *Tx) error { return tx.AddInvite("secret-1", rehab.Invite{ExpiresAt: ends}) })
	if err == nil {
		t.Error("the same payload was added twice")
	}
	use := func(payload string, now time.Time) error {
		_, err := c.Do(t.Context(), now, 0, func(tx *Tx) error { return tx.UseInvite(payload, 77, now) })
		return err
	}
	for i, step := range []struct {
		payload string
		now     time.Time
		want    error
	}{
		{"secret-0", start, ErrNotFound},
		{"secret-2", ends, ErrInviteExpired},
		{"secret-1", ends.Add(-time.Millisecond), nil},
		{"secret-1", ends.Add(-time.Millisecond), ErrInviteUsed},
		{"secret-1", ends, ErrInviteUsed},
	} {
		if err := use(step.payload, step.now); !errors.Is(err, step.want) {
			t.Errorf("step %d: %v, want %v", i, err, step.want)
		}
	}
	do(t, c.Store, start, func(tx *Tx) error {
		i, err := tx.Invite("secret-1")
		if i.PatientID != c.patient || i.By != c.ada || i.UsedBy != 77 || i.UsedAt.IsZero() || !i.ExpiresAt.Equal(ends) {
			t.Errorf("invite %+v", i)
		}
		return err
	})
	if n := c.count(t, "SELECT COUNT(*) FROM invites WHERE hash LIKE '%secret%'"); n != 0 {
		t.Error("a payload is stored")
	}
}

func (c clinic) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	must(t, c.ro.Raw(query, args...).Scan(&n).Error)
	return n
}

func names(list []rehab.Patient) []string {
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	return names
}

func TestPatientsOf(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error {
		for i, name := range []string{"ana", "Ana 2", "Ana%", "Émile"} {
			_, err := addPatient(t, tx, c.ada, name, int64(200+i))
			must(t, err)
		}
		_, err := addPatient(t, tx, c.ben, "Anabel", 300)
		return err
	})
	do(t, c.Store, start, func(tx *Tx) error {
		ada, err := tx.Clinician(c.ada)
		must(t, err)
		olga, err := tx.Clinician(c.owner)
		must(t, err)
		gone := ada
		gone.RemovedAt = start
		for _, step := range []struct {
			who    rehab.Clinician
			prefix string
			want   []string
		}{
			{ada, "an", []string{"ana", "Ana 2", "Ana%"}},
			{ada, "ANA", []string{"ana"}},
			{ada, "ana%", []string{"Ana%"}},
			{ada, "a%", nil},
			{ada, "ZOË", []string{patientName}},
			{ada, "e\u0301m", []string{"Émile"}}, // the accent typed on its own
			{ada, "", []string{"ana", "Ana 2", "Ana%", patientName, "Émile"}},
			{olga, "anab", []string{"Anabel"}},
			{gone, "", nil},
		} {
			list, err := tx.PatientsOf(step.who, step.prefix)
			must(t, err)
			if !slices.Equal(names(list), step.want) {
				t.Errorf("%s, %q: %q, want %q", step.who.Name, step.prefix, names(list), step.want)
			}
		}
		return nil
	})
}

func TestNamesAndChatsAreUnique(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error {
		if taken, err := tx.NameTaken(c.ada, " zoë QUUX "); err != nil || !taken {
			t.Errorf("name taken %v %v", taken, err)
		}
		if _, err := addPatient(t, tx, c.ada, "ZOË QUUX", 0); err != ErrNameTaken {
			t.Errorf("same name: %v", err)
		}
		if _, err := addPatient(t, tx, c.ben, patientName, patientChat); err != ErrChatTaken {
			t.Errorf("same chat: %v", err)
		}
		id, err := addPatient(t, tx, c.ben, patientName, 0)
		must(t, err)
		if err := tx.SetPatientChat(id, patientChat); err != ErrChatTaken {
			t.Errorf("moved to the same chat: %v", err)
		}
		if _, err := tx.PatientByChat(0); err != ErrNotFound {
			t.Errorf("a patient without a chat was found by it: %v", err)
		}
		must(t, tx.SetPatientChat(id, 101))
		p, err := tx.PatientByChat(101)
		if p.ID != id {
			t.Errorf("patient %d has the chat, want %d", p.ID, id)
		}
		return err
	})
}

func TestOtherCliniciansPatient(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error {
		for id, want := range map[int64]error{c.ada: nil, c.owner: nil, c.ben: ErrNotFound} {
			who, err := tx.Clinician(id)
			must(t, err)
			if p, err := tx.PatientFor(who, c.patient); err != want || err != nil && p != (rehab.Patient{}) {
				t.Errorf("%s: %v %v, want %v", who.Name, p, err, want)
			}
			who.RemovedAt = start
			if _, err := tx.PatientFor(who, c.patient); err != ErrNotFound {
				t.Errorf("removed %s: %v", who.Name, err)
			}
		}
		return nil
	})
}

func TestClinicians(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error {
		again, err := tx.AddClinician(rehab.Clinician{ChatID: adaChat, Name: "Ada L.", Role: rehab.RoleOwner, RemovedAt: start})
		must(t, err)
		if again != c.ada {
			t.Errorf("Ada came back as %d, want %d", again, c.ada)
		}
		if _, err := tx.ClinicianByChat(adaChat); err != ErrNotFound {
			t.Errorf("a removed clinician was found: %v", err)
		}
		kept, err := tx.Clinician(c.ada)
		must(t, err)
		if kept.Name != "Ada L." || kept.Role != rehab.RoleOwner || !kept.RemovedAt.Equal(start) {
			t.Errorf("clinician %+v", kept)
		}
		staff, err := tx.Clinicians()
		if len(staff) != 2 || staff[0].ID != c.owner || staff[1].ID != c.ben {
			t.Errorf("staff %v", staff)
		}
		return err
	})
}

func TestSetZone(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	before := c.timeline(t)
	for _, name := range []string{"", "Local", "Mars/Olympus"} {
		_, err := c.Do(t.Context(), start, 0, func(tx *Tx) error { return tx.SetZone(c.patient, name) })
		if err == nil {
			t.Errorf("zone %q was taken", name)
		}
	}
	do(t, c.Store, start, func(tx *Tx) error { return tx.SetZone(c.patient, "America/New_York") })
	c.change(t, start, func(course *rehab.Course) {
		if course.Zone.String() != "America/New_York" {
			t.Errorf("zone %s", course.Zone)
		}
	})
	if was, is := before[gentle], c.timeline(t)[gentle]; was.ID == 0 || was.DueAt.Equal(is.DueAt) {
		t.Errorf("the gentle stretch is due at %s before and %s after the move", was.DueAt, is.DueAt)
	}
}

func TestForms(t *testing.T) {
	s := open(t)
	do(t, s, start, func(tx *Tx) error {
		for _, form := range [][]byte{nil, []byte(`{"step":1}`), []byte(`{"step":2}`), nil} {
			must(t, tx.SetForm(5, form))
			if got, err := tx.Form(5); err != nil || !bytes.Equal(got, form) || (got == nil) != (form == nil) {
				t.Errorf("form %s %v, want %s", got, err, form)
			}
		}
		return nil
	})
}

// Lists of many patients belong to none of them; only one that waits and does not
// have the name is worth keeping.
func TestForgetErasesLists(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c := staffed(t, openAt(t, path))
	const name = "O'Neil & Zebulonx"
	list := []byte(`{"text":"Patients\nO&#39;Neil &amp; Zebulonx · pain 2","rows":[[{"label":"O'Neil \u0026 Zebulonx"}]]}`)
	say := func(chat int64, body []byte) (id int64) {
		do(t, c.Store, start, func(tx *Tx) (err error) {
			id, err = tx.Say(rehab.Delivery{Kind: rehab.KindReply, ChatID: chat, Body: body})
			return err
		})
		return id
	}
	var patient int64
	do(t, c.Store, start, func(tx *Tx) (err error) {
		patient, err = addPatient(t, tx, c.ada, name, 101)
		must(t, err)
		_, err = tx.RemoveClinician(c.ben, rehab.Clinician{ID: c.owner})
		return err
	})
	sent := []int64{say(adaChat, list), say(ownerChat, list), say(benChat, list)}
	c.settle(t, start, rehab.Outcome{Kind: rehab.OutcomeSent}, time.Time{}, c.claim(t, start, 3)...)
	flying := say(adaChat, list)
	c.claim(t, start, 1)
	waiting, help := say(adaChat, list), say(adaChat, []byte(`{"text":"Help"}`))
	do(t, c.Store, start, func(tx *Tx) error { return tx.Forget(patient) })

	for _, id := range sent {
		if body := c.delivery(t, id).Body; body != nil {
			t.Errorf("delivery %d still says %s", id, body)
		}
	}
	if n := c.count(t, "SELECT COUNT(*) FROM messages WHERE id IN (?, ?)", flying, waiting); n != 0 {
		t.Errorf("%d lists will still be sent", n)
	}
	if d := c.delivery(t, help); d.State != rehab.DeliveryWaiting || d.Body == nil {
		t.Errorf("the other answer is %s and says %q", d.State, d.Body)
	}
	must(t, c.Check(t.Context()))
	aboutFiles(t)
	for _, file := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(file)
		must(t, err)
		if bytes.Contains(content, []byte("Zebulonx")) {
			t.Errorf("%s still holds the name", filepath.Base(file))
		}
	}
}

func TestForgetLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c := staffed(t, openAt(t, path))
	var other int64
	do(t, c.Store, start, func(tx *Tx) (err error) {
		other, err = addPatient(t, tx, c.ada, "Somebody Else", 101)
		must(t, err)
		must(t, tx.AddInvite("p", rehab.Invite{PatientID: c.patient, By: c.ada, ExpiresAt: start.Add(time.Hour)}))
		must(t, tx.SetForm(patientChat, []byte(`{"open":true}`)))
		must(t, tx.SetForm(adaChat, []byte(`{"patient":"`+patientName+`"}`)))
		_, err = tx.Say(rehab.Delivery{Kind: rehab.KindReply, ChatID: patientChat, Body: []byte("Hello " + patientName)})
		must(t, err)
		_, err = tx.Say(rehab.Delivery{Kind: rehab.KindReply, ChatID: adaChat, PatientID: c.patient, Body: []byte(patientName + " was added")})
		must(t, err)
		_, err = tx.AddBroadcast(rehab.Broadcast{By: c.owner, Chat: ownerChat, Text: "Closed", State: rehab.BroadcastPlanned, SendAt: start})
		return err
	})
	c.needle(t, start)
	c.change(t, start, func(course *rehab.Course) {
		kept := *course
		course.Observe(7, start)
		course.HoldExercise(c.ada, patientName+" has a cold", 0, start)
		course.Workouts = []rehab.Workout{{N: 1, AskedAt: start, ClosedAt: start, Exercises: []rehab.Exercise{{Target: 1}}}}
		course.ID = kept.ID
	})
	c.wakeBroadcasts(t, start, 1)
	c.claim(t, start, 3)
	do(t, c.Store, start, func(tx *Tx) error {
		course, err := tx.Course(c.patient)
		must(t, err)
		must(t, tx.Share(rehab.Clinician{ID: c.ada}, c.patient, c.ben))
		must(t, tx.SetForm(benChat, []byte(`{"patient":"`+patientName+`"}`)))
		must(t, tx.KeepUndo(course, tx.Snapshot(course), start.Add(time.Hour)))
		_, err = tx.Course(other)
		must(t, err)
		return tx.Forget(c.patient)
	})

	for _, table := range []string{"courses", "invites", "messages", "shares", "undo"} {
		if n := c.count(t, "SELECT COUNT(*) FROM "+table+" WHERE patient_id = ?", c.patient); n != 0 {
			t.Errorf("%s still holds %d rows of the patient", table, n)
		}
	}
	for _, table := range []string{"needlings", "targets", "practices", "workouts", "exercises", "holds", "observations", "alerts"} {
		if n := c.count(t, "SELECT COUNT(*) FROM "+table); n != 0 {
			t.Errorf("%s still holds %d rows", table, n)
		}
	}
	if n := c.count(t, "SELECT COUNT(*) FROM messages WHERE chat_id = ?", patientChat); n != 0 {
		t.Errorf("%d messages of the chat are left", n)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM inflight"); n > 1 {
		t.Errorf("%d deliveries are in flight, want the other patient's at the most", n)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM patients"); n != 1 {
		t.Errorf("%d patients are left, want the other one", n)
	}
	must(t, c.Check(t.Context()))
	aboutFiles(t)
	for _, file := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(file)
		must(t, err)
		for _, trace := range []string{patientName, patientName[:4], "zoë quux"} {
			if bytes.Contains(content, []byte(trace)) {
				t.Errorf("%s still holds %q", filepath.Base(file), trace)
			}
		}
	}
	do(t, c.Store, start, func(tx *Tx) error {
		if _, err := tx.Patient(c.patient); err != ErrNotFound {
			t.Errorf("the patient is still there: %v", err)
		}
		id, err := addPatient(t, tx, c.ada, "Next", patientChat)
		if id <= other {
			t.Errorf("the next patient has the id %d, which was used before", id)
		}
		return err
	})
	if _, err := c.Do(t.Context(), start, 0, func(tx *Tx) error { return tx.Forget(c.patient) }); err != ErrNotFound {
		t.Errorf("forgotten twice: %v", fmt.Sprint(err))
	}
}

// TestManyPatientsTakeFewStatements: each is a round trip to a server, and nobody else
// writes meanwhile.
func TestManyPatientsTakeFewStatements(t *testing.T) {
	c := newClinic(t)
	var said ledger
	said.attach(t, c.rw)
	statements := func(fn func(*Tx) error) int {
		said.open, said.said = true, nil
		defer func() { said.open = false }()
		do(t, c.Store, start, fn)
		return len(said.said)
	}
	add := func(prefix string, n int) int {
		return statements(func(tx *Tx) error {
			people, courses := make([]rehab.Patient, n), make([]*rehab.Course, n)
			payloads, invites := make([]string, n), make([]rehab.Invite, n)
			for i := range n {
				people[i] = rehab.Patient{Name: prefix + strconv.Itoa(i), ClinicianID: c.ben, Zone: "UTC"}
				courses[i] = rehab.NewCourse(0, protocol(), time.UTC, time.UTC)
			}
			ids, err := tx.AddPatients(people, courses)
			if err != nil {
				return err
			}
			for i, course := range courses {
				payloads[i], invites[i] = people[i].Name, rehab.Invite{PatientID: ids[i], By: c.ben, ExpiresAt: start.Add(time.Hour)}
				course.Needle(rehab.NewNeedling{
					At: start, By: c.ben, Targets: []rehab.NeedledTarget{{Muscle: "piriformis", Side: rehab.Left}},
				}, start)
			}
			return tx.AddInvites(payloads, invites)
		})
	}
	if few, many := add("a", 2), add("b", 400); many > few {
		t.Errorf("%d statements for 2 patients, %d for 400", few, many)
	}
	remove := statements(func(tx *Tx) error {
		to, err := tx.Clinician(c.owner)
		must(t, err)
		_, err = tx.RemoveClinician(c.ben, to)
		return err
	})
	if remove > 30 {
		t.Errorf("%d statements to give 402 patients to somebody else", remove)
	}
	list := func(tx *Tx) error {
		of, err := tx.Clinician(c.owner)
		must(t, err)
		mine, err := tx.PatientsOf(of, "")
		if len(mine) < 402 {
			t.Errorf("%d patients are the owner's", len(mine))
		}
		return err
	}
	do(t, c.Store, start, list)
}

func TestAddPatientsAllOrNone(t *testing.T) {
	c := newClinic(t)
	for name, tt := range map[string]struct {
		second rehab.Patient
		want   error
	}{
		"a name twice":       {rehab.Patient{Name: " NEW", ClinicianID: c.ada, Zone: "UTC"}, ErrNameTaken},
		"a name that is had": {rehab.Patient{Name: patientName, ClinicianID: c.ada, Zone: "UTC"}, ErrNameTaken},
		"a chat that is had": {rehab.Patient{Name: "Other", ClinicianID: c.ada, Zone: "UTC", ChatID: patientChat}, ErrChatTaken},
	} {
		t.Run(name, func(t *testing.T) {
			people := []rehab.Patient{{Name: "new", ClinicianID: c.ada, Zone: "UTC"}, tt.second}
			courses := []*rehab.Course{
				rehab.NewCourse(0, protocol(), time.UTC, time.UTC), rehab.NewCourse(0, protocol(), time.UTC, time.UTC),
			}
			_, err := c.Do(t.Context(), start, 0, func(tx *Tx) error {
				_, err := tx.AddPatients(people, courses)
				return err
			})
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if n := c.count(t, "SELECT COUNT(*) FROM patients WHERE folded = 'new'"); n != 0 {
				t.Errorf("%d were added", n)
			}
		})
	}
}
