package store

import (
	"errors"
	"testing"
	"time"

	"afterneedle/rehab"
)

func TestNotes(t *testing.T) {
	c := newClinic(t)
	do(t, c.Store, start, func(tx *Tx) error {
		for i, n := range []struct {
			note rehab.Note
			want bool
		}{
			{rehab.Note{Text: "one", At: start}, true},
			{rehab.Note{Text: "two", At: start.Add(time.Minute), Offer: 7}, true},
			{rehab.Note{Text: "two", At: start.Add(time.Minute), Offer: 7}, false},
			{rehab.Note{Text: "answer", At: start.Add(time.Minute), By: c.ada}, true},
		} {
			n.note.PatientID = c.patient
			added, err := tx.AddNote(n.note)
			if err != nil || added != n.want {
				t.Errorf("note %d: added %v, %v", i, added, err)
			}
		}
		for since, want := range map[time.Duration]int{-time.Second: 2, 0: 1, time.Minute: 0} {
			if n, err := tx.NotesSince(c.patient, start.Add(since)); err != nil || n != want {
				t.Errorf("since %s: %d, %v, want %d", since, n, err, want)
			}
		}
		return nil
	})
	do(t, c.Store, start, func(tx *Tx) error { return tx.Forget(c.patient) })
	if n := c.count(t, "SELECT COUNT(*) FROM notes"); n != 0 {
		t.Errorf("%d notes outlive their patient", n)
	}
}

func TestABodyChangesOnlyWhileItWaits(t *testing.T) {
	c := newClinic(t)
	var id int64
	do(t, c.Store, start, func(tx *Tx) (err error) {
		id, err = tx.Say(rehab.Delivery{Kind: rehab.KindNote, Lane: rehab.LaneTimed, PatientID: c.patient, ChatID: adaChat, Body: []byte("one")})
		must(t, err)
		waiting, err := tx.Waiting(c.patient, adaChat, rehab.KindNote)
		if err != nil || len(waiting) != 1 || waiting[0].ID != id {
			t.Errorf("waiting %+v, %v", waiting, err)
		}
		if other, err := tx.Waiting(c.patient, benChat, rehab.KindNote); err != nil || len(other) != 0 {
			t.Errorf("another chat waits for %+v, %v", other, err)
		}
		return tx.SetBody(id, []byte("two"))
	})
	claimed, _, err := c.Claim(t.Context(), start, 10, "me")
	must(t, err)
	if len(claimed) != 1 || string(claimed[0].Delivery.Body) != "two" {
		t.Fatalf("claimed %+v", claimed)
	}
	do(t, c.Store, start, func(tx *Tx) error {
		if waiting, err := tx.Waiting(c.patient, adaChat, rehab.KindNote); err != nil || len(waiting) != 0 {
			t.Errorf("in flight and waiting: %+v, %v", waiting, err)
		}
		if err := tx.SetBody(id, []byte("three")); !errors.Is(err, ErrNotFound) {
			t.Errorf("the body of a delivery in flight: %v", err)
		}
		if _, err := tx.DeliveryAt(adaChat, 55); !errors.Is(err, ErrNotFound) {
			t.Errorf("before it was sent: %v", err)
		}
		return nil
	})
	_, err = c.Settle(t.Context(), start, "me", []rehab.Settled{{
		ID: id, Attempt: claimed[0].Delivery.Attempts, Outcome: rehab.Outcome{Kind: rehab.OutcomeSent, MessageID: 55},
	}})
	must(t, err)
	do(t, c.Store, start, func(tx *Tx) error {
		if d, err := tx.DeliveryAt(adaChat, 55); err != nil || d.ID != id || d.PatientID != c.patient {
			t.Errorf("behind the message: %+v, %v", d, err)
		}
		if _, err := tx.DeliveryAt(benChat, 55); !errors.Is(err, ErrNotFound) {
			t.Errorf("in another chat: %v", err)
		}
		return nil
	})
}

// TestAMessageHeedsThePatient stops a message of the clinic at the last moment.
func TestAMessageHeedsThePatient(t *testing.T) {
	for reason, change := range map[string]func(*rehab.Course){
		"":                    func(*rehab.Course) {},
		"the patient stopped": func(c *rehab.Course) { c.StopMessages(start) },
	} {
		c := newClinic(t)
		c.change(t, start, func(course *rehab.Course) { course.Consent(start) })
		do(t, c.Store, start, func(tx *Tx) error {
			_, err := tx.Say(rehab.Delivery{Kind: rehab.KindMessage, Lane: rehab.LaneTimed, PatientID: c.patient, ChatID: patientChat, Body: []byte("hi")})
			return err
		})
		claimed, _, err := c.Claim(t.Context(), start, 10, "me")
		must(t, err)
		if len(claimed) != 1 {
			t.Fatalf("claimed %+v", claimed)
		}
		c.change(t, start, change)
		if _, got, err := c.sendable(t, claimed[0], start); err != nil || got != reason {
			t.Errorf("%q, %v, want %q", got, err, reason)
		}
	}
}
