package store

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// people are the three of a clinic as the store knows them.
func (c clinic) people(t testing.TB) (owner, ada, ben rehab.Clinician) {
	t.Helper()
	do(t, c.Store, start, func(tx *Tx) error {
		list, err := tx.Clinicians()
		owner, ada, ben = list[0], list[1], list[2]
		return err
	})
	return owner, ada, ben
}

func TestWhoDecidesWhoSees(t *testing.T) {
	c := newClinic(t)
	owner, ada, ben := c.people(t)
	gone := ada
	gone.RemovedAt = start
	do(t, c.Store, start, func(tx *Tx) error {
		for name, step := range map[string]struct{ got, want error }{
			"a stranger to the patient shares": {tx.Share(ben, c.patient, c.owner), ErrNotFound},
			"somebody removed shares":          {tx.Share(gone, c.patient, c.ben), ErrNotFound},
			"with nobody":                      {tx.Share(ada, c.patient, 99), ErrNotFound},
			"an end without a beginning":       {tx.EndShare(ada, c.patient, c.ben), ErrNotFound},
			"an unknown patient":               {tx.Share(owner, 99, c.ben), ErrNotFound},
		} {
			if !errors.Is(step.got, step.want) {
				t.Errorf("%s: %v, want %v", name, step.got, step.want)
			}
		}
		must(t, tx.Share(ada, c.patient, c.ben))
		must(t, tx.Share(ada, c.patient, c.ben))
		_, err := tx.PatientFor(ben, c.patient)
		must(t, err)
		if _, err := tx.HandOver(ben, c.patient, c.ben); !errors.Is(err, ErrNotOwn) {
			t.Errorf("somebody else's patient was taken: %v", err)
		}
		if err := tx.Share(ben, c.patient, c.owner); !errors.Is(err, ErrNotOwn) {
			t.Errorf("somebody else's patient was shared: %v", err)
		}
		if err := tx.EndShare(ben, c.patient, c.owner); !errors.Is(err, ErrNotOwn) {
			t.Errorf("somebody else's share was ended: %v", err)
		}
		must(t, tx.EndShare(ben, c.patient, c.ben))
		if _, err := tx.PatientFor(ben, c.patient); !errors.Is(err, ErrNotFound) {
			t.Errorf("seen after the end: %v", err)
		}
		return nil
	})
}

func TestHandOverMovesWhatWaits(t *testing.T) {
	c := newClinic(t)
	owner, ada, ben := c.people(t)
	c.needle(t, start)
	c.change(t, start, func(course *rehab.Course) {
		h := course.OpenSafety(start)
		_, err := course.ChooseSafety(h.N, rehab.ChoiceEmergency, start)
		must(t, err)
	})
	waiting := func() (chats []int64) {
		t.Helper()
		for _, d := range c.timeline(t) {
			if d.Kind == rehab.PromptAlert && d.State == rehab.DeliveryWaiting && !slices.Contains(chats, d.ChatID) {
				chats = append(chats, d.ChatID)
			}
		}
		slices.Sort(chats)
		return slices.DeleteFunc(chats, func(chat int64) bool { return chat == ownerChat })
	}
	for _, step := range []struct {
		what string
		do   func(*Tx) error
		want []int64
	}{
		{"at first", func(*Tx) error { return nil }, []int64{adaChat}},
		{"shared", func(tx *Tx) error { return tx.Share(ada, c.patient, c.ben) }, []int64{adaChat, benChat}},
		{"handed over", func(tx *Tx) error { _, err := tx.HandOver(ada, c.patient, c.ben); return err }, []int64{benChat}},
		{"removed", func(tx *Tx) error { _, err := tx.RemoveClinician(ben.ID, owner); return err }, nil},
	} {
		do(t, c.Store, start, step.do)
		if got := waiting(); !slices.Equal(got, step.want) {
			t.Errorf("%s: alerts wait for %v, want %v", step.what, got, step.want)
		}
	}
	do(t, c.Store, start, func(tx *Tx) error {
		if _, err := tx.RemoveClinician(ben.ID, owner); !errors.Is(err, ErrNotFound) {
			t.Errorf("removed twice: %v", err)
		}
		return nil
	})
}

func TestRemoveClinicianLeavesNothingBehind(t *testing.T) {
	c := newClinic(t)
	owner, _, _ := c.people(t)
	var draft, running int64
	do(t, c.Store, start, func(tx *Tx) (err error) {
		_, err = addPatient(t, tx, c.owner, patientName, 300)
		must(t, err)
		_, err = addPatient(t, tx, c.owner, patientName+" 2", 301)
		must(t, err)
		must(t, tx.SetForm(adaChat, []byte(`{}`)))
		draft, err = tx.AddBroadcast(rehab.Broadcast{By: c.ada, Text: "x", State: rehab.BroadcastDraft})
		must(t, err)
		running, err = tx.AddBroadcast(rehab.Broadcast{By: c.ada, Text: "x", State: rehab.BroadcastRunning})
		must(t, err)
		_, err = tx.Say(rehab.Delivery{Kind: rehab.KindReply, ChatID: adaChat, DueAt: start.Add(time.Hour), Body: []byte("later")})
		return err
	})
	do(t, c.Store, start, func(tx *Tx) error {
		renamed, err := tx.RemoveClinician(c.ada, owner)
		must(t, err)
		if want := patientName + " 3"; len(renamed) != 1 || renamed[0].Was != patientName || renamed[0].Is != want {
			t.Errorf("renamed: %+v, want %q", renamed, want)
		}
		return nil
	})
	do(t, c.Store, start, func(tx *Tx) error {
		d, err := tx.Broadcast(draft)
		must(t, err)
		r, err := tx.Broadcast(running)
		must(t, err)
		if d.State != rehab.BroadcastCancelled || r.State != rehab.BroadcastCancelled || r.By != c.ada {
			t.Errorf("broadcasts: %+v, %+v", d, r)
		}
		counts, err := tx.PatientCounts()
		if counts[c.ada] != 0 || counts[c.owner] != 3 {
			t.Errorf("patients: %v", counts)
		}
		return err
	})
	if n := c.count(t, "SELECT COUNT(*) FROM due WHERE chat_id = ?", adaChat); n != 0 {
		t.Errorf("%d messages wait for somebody who was removed", n)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM forms WHERE chat_id = ?", adaChat); n != 0 {
		t.Error("half a form is left")
	}
}

// TestSnapshotKeepsEverything fills every field of a course and compares what
// comes back.
func TestSnapshotKeepsEverything(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error {
		course, err := tx.Course(c.patient)
		must(t, err)
		filled := course.Supposed()
		(&filler{}).fill(reflect.ValueOf(filled).Elem())
		filled.ID, filled.PatientID, filled.Cause = course.ID, course.PatientID, reasonTakenBack
		filled.PlanAgain = time.Time{} // found by each planning
		back := filled.Supposed()
		back.Needlings, back.Targets, back.Practices, back.Workouts = nil, nil, nil, nil
		back.Holds, back.Observations, back.Alerts, back.HeardAt = nil, nil, nil, time.Time{}
		must(t, restore(back, string(tx.Snapshot(filled)), start))
		back.Changes = back.Changes[:len(filled.Changes)] // the trail goes on
		if diff := cmp.Diff(filled, back, sameZone); diff != "" {
			t.Errorf("restored course (-kept +restored):\n%s", diff)
		}
		return nil
	})
}
