package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	people "afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
	"afterneedle/store"
)

// crowd is a database with patients who were needled at the same moment, so
// that everything is due to all of them at once.
type crowd struct {
	path      string
	rehearsal bool
	at        time.Time
	patients  []int64
	chats     []int64
}

// awake is the zone in which it is about noon now: a test on the wall clock must
// not meet the quiet hours.
func awake(t *testing.T) *time.Location {
	t.Helper()
	zone, err := people.Awake(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// populate makes the database of w with n patients who agreed and were needled
// just now, by w's owner.
func populate(t *testing.T, w *world, zone *time.Location, n int, rehearsal bool) *crowd {
	t.Helper()
	now := w.now()
	return populateWith(t, w, zone, n, rehearsal, func(_ int, course *rehab.Course, owner int64) {
		people.Needled(course, owner, now.Add(-time.Minute), now)
	})
}

// populateWith does the same with patients to whom something else has happened.
func populateWith(t *testing.T, w *world, zone *time.Location, n int, rehearsal bool, lived func(i int, course *rehab.Course, owner int64)) *crowd {
	t.Helper()
	now := w.now()
	c := &crowd{path: w.env["DATABASE_URL"], rehearsal: rehearsal, at: now}
	var err error
	c.patients, err = people.Populate(context.Background(), people.Options{
		Database: c.path, Rehearsal: rehearsal, Now: now, Owner: ownerID, Zone: zone, Patients: n,
		Live: lived,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		c.chats = append(c.chats, people.FirstChat+int64(i))
	}
	if err := people.Meet(w.telegram, ownerID, n); err != nil {
		t.Fatal(err)
	}
	return c
}

// open opens the database while no program holds it.
func (c *crowd) open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), c.path, store.Options{Rehearsal: c.rehearsal, Now: c.at})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (c *crowd) within(t *testing.T, fn func(*store.Tx) error) {
	t.Helper()
	s := c.open(t)
	if _, err := s.Do(context.Background(), c.at, 0, fn); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// timeline is everything that was, is and will be said to all patients.
func (c *crowd) timeline(t *testing.T) map[int64][]rehab.Delivery {
	t.Helper()
	all := map[int64][]rehab.Delivery{}
	c.within(t, func(tx *store.Tx) error {
		for _, id := range c.patients {
			list, err := tx.Timeline(id, 1000)
			if err != nil {
				return err
			}
			all[id] = list
		}
		return nil
	})
	return all
}

// course is the latest course of a patient.
func (c *crowd) course(t *testing.T, patient int64) (course *rehab.Course) {
	t.Helper()
	c.within(t, func(tx *store.Tx) (err error) {
		course, err = tx.Course(patient)
		return err
	})
	return course
}

// delivery is the one of a kind for a patient.
func (c *crowd) delivery(t *testing.T, patient int64, kind rehab.PromptKind) rehab.Delivery {
	t.Helper()
	for _, d := range c.timeline(t)[patient] {
		if d.Kind == kind {
			return d
		}
	}
	t.Fatalf("patient %d has no %s", patient, kind)
	return rehab.Delivery{}
}

func (c *crowd) inFlight(t *testing.T) int {
	t.Helper()
	n := 0
	for _, list := range c.timeline(t) {
		for _, d := range list {
			if d.State == rehab.DeliveryInFlight {
				n++
			}
		}
	}
	return n
}

// count is how many messages a chat has got.
func count(events []sandbox.Event, chat int64) int {
	n := 0
	for _, e := range events {
		if e.Kind == sandbox.BotSent && !e.Edited && e.ChatID == chat {
			n++
		}
	}
	return n
}

// wait waits until the transcript satisfies ok.
func (w *world) wait(ok func([]sandbox.Event) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.telegram.WaitFor(ctx, ok); err != nil {
		w.t.Fatalf("%v\n%s", err, w.proc.log)
	}
}

// tally compares what Telegram received with what the program believes, and
// returns how many messages came more than once.
func (c *crowd) tally(t *testing.T, w *world) (repeated int) {
	t.Helper()
	received := map[int64]map[int]sandbox.Event{} // by chat and message
	texts := map[string]int{}
	for _, e := range w.telegram.Transcript() {
		if e.Kind != sandbox.BotSent || e.Edited {
			continue
		}
		if received[e.ChatID] == nil {
			received[e.ChatID] = map[int]sandbox.Event{}
		}
		received[e.ChatID][e.MessageID] = e
		texts[fmt.Sprint(e.ChatID, e.Text)]++
	}
	for _, n := range texts {
		repeated += n - 1
	}
	for patient, list := range c.timeline(t) {
		for _, d := range list {
			e, arrived := received[d.ChatID][d.MessageID]
			switch {
			case d.State == rehab.DeliverySent && !arrived:
				t.Errorf("patient %d: %s is sent to the program's mind, and did not arrive", patient, d.Key)
			case d.State == rehab.DeliverySent && !d.ExpiresAt.IsZero() && !e.At.Before(d.ExpiresAt):
				t.Errorf("patient %d: %s arrived at %s, after its window", patient, d.Key, e.At)
			case d.State == rehab.DeliverySent && e.At.Before(d.DueAt):
				t.Errorf("patient %d: %s arrived at %s, before it was due", patient, d.Key, e.At)
			case d.State == rehab.DeliveryInFlight:
				t.Errorf("patient %d: %s is in doubt", patient, d.Key)
			}
		}
	}
	return repeated
}

// worst is how many messages to the crowd came again because of one kill, at the most.
// One belongs to the first kill after it had come; without any, it must not come again.
func (c *crowd) worst(t *testing.T, w *world) int {
	t.Helper()
	after := make([]int, len(w.deaths))
	came := map[string]int{} // the number of the event
	for _, e := range w.telegram.Transcript() {
		if e.Kind != sandbox.BotSent || e.Edited || e.ChatID < people.FirstChat {
			continue
		}
		words := fmt.Sprint(e.ChatID, e.Text)
		if before := came[words]; before > 0 {
			i, _ := slices.BinarySearch(w.deaths, before)
			if i == len(after) || w.deaths[i] >= e.Seq {
				t.Errorf("chat %d got message %d again, and nothing was killed", e.ChatID, e.MessageID)
			} else {
				after[i]++
			}
		}
		came[words] = e.Seq
	}
	if len(after) == 0 {
		return 0
	}
	return slices.Max(after)
}

// each fails unless every chat has got a message with these words.
func (c *crowd) each(t *testing.T, w *world, words string, least, most int) {
	t.Helper()
	n := map[int64]int{}
	for _, e := range w.telegram.Transcript() {
		if e.Kind == sandbox.BotSent && !e.Edited && strings.Contains(e.Text, words) {
			n[e.ChatID]++
		}
	}
	for _, chat := range c.chats {
		if n[chat] < least || n[chat] > most {
			t.Errorf("chat %d got %q %d times, expected %d to %d", chat, words, n[chat], least, most)
		}
	}
}
