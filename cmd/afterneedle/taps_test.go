package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	people "afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
)

// TestEverybodyTaps asks everybody the same question in the morning, and lets all of
// them tap before the program has looked: every tap is answered, each effect happens
// once, and messages that are due meanwhile are on time.
func TestEverybodyTaps(t *testing.T) {
	t.Parallel()
	n := asked(t, "AFTERNEEDLE_TEST_TAPS", shorter(300, 100))
	const others = 20
	start := at(t, "Europe/Berlin", "2026-03-07 08:59")
	w := stand(t, start)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0", "AFTERNEEDLE_REHEARSAL_START", start.Format(time.RFC3339))
	due := start.Add(10 * time.Minute)
	c := populateWith(t, w, start.Location(), n+others, true, func(i int, course *rehab.Course, owner int64) {
		needled := start.Add(-96 * time.Hour)
		if i >= n {
			needled = due.Add(-5 * time.Hour) // easy movement is due
		}
		course.ConsentedAt = needled.Add(-time.Hour)
		people.Needled(course, owner, needled, needled)
		live(t, course, needled, start, answersAll)
	})
	w.start()
	for now := start; now.Before(due); now = now.Add(20 * time.Second) { // a call has its patience
		w.to(now)
	}
	w.to(due.Add(-time.Second))
	for _, chat := range c.chats[:n] {
		if err := w.telegram.Person(chat, "").Taps("2"); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	w.to(due)
	ctx, cancel := context.WithTimeout(context.Background(), patience+time.Duration(n)*patience/100)
	defer cancel()
	if err := w.telegram.Settled(ctx); err != nil {
		t.Fatalf("%v\n%s", err, w.proc.log)
	}
	w.to(due.Add(3 * time.Second)) // the pace lets 25 a second through
	t.Logf("%d taps took %s", n, time.Since(begun).Round(time.Millisecond))
	w.stop(terminate)
	answered, edits, cards, moved := map[string]int{}, map[int64]int{}, map[int64]int{}, 0
	for _, e := range w.telegram.Transcript() {
		switch {
		case e.Kind == sandbox.Tapped:
			answered[e.CallbackID]--
		case e.Kind == sandbox.BotCalled && e.CallbackID != "":
			answered[e.CallbackID]++
		case e.Kind == sandbox.BotSent && e.Edited:
			edits[e.ChatID]++
		case e.Kind == sandbox.BotSent && strings.HasPrefix(e.Text, "Your workout today"):
			cards[e.ChatID]++
		case e.Kind == sandbox.BotSent && strings.Contains(e.Text, "Time to move a little"):
			if late := e.At.Sub(due); late < 0 || late > 2*time.Second {
				t.Errorf("a message that was due came %s late", late)
			}
			moved++
		}
	}
	for id, calls := range answered {
		if calls != 0 {
			t.Errorf("tap %s was answered %d times, expected once", id, calls+1)
		}
	}
	if len(answered) != n || moved != others {
		t.Errorf("%d taps, expected %d, and %d messages that were due, expected %d", len(answered), n, moved, others)
	}
	for _, chat := range c.chats[:n] {
		if edits[chat] != 1 || cards[chat] != 1 {
			t.Errorf("chat %d: %d edits and %d cards, expected one of each", chat, edits[chat], cards[chat])
		}
	}
	latest := c.latestWorkouts(t)
	for _, patient := range c.patients[:n] {
		if last := latest[patient]; last.Before != 2 || last.AskedAt.Before(start) {
			t.Errorf("patient %d: the score is kept as %d", patient, last.Before)
		}
	}
}
