package demo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func sent(at time.Time, text string) sandbox.Event {
	return sandbox.Event{Kind: sandbox.BotSent, At: at, Text: text}
}

// The auditor finds what the clinician's side must never do.
func TestAuditorOfTheClinic(t *testing.T) {
	digest := sent(morning, "Digest: 1 patient")
	digest.Buttons = [][]sandbox.Button{{{Text: "Ana"}}}
	late := sent(morning.Add(time.Hour), "Digest: 1 patient")
	undo := sent(morning, "The needling of Emil is undone. The plan is as it was before.")
	undo.Edited = true
	for name, x := range map[string]struct {
		all   chats
		wants string
	}{
		"two digests on a day": {chats{doctorName: {digest, digest}}, "a second digest on Mon 2 Mar"},
		"a late digest":        {chats{doctorName: {late}}, "a digest at 09:00:00 on Mon 2 Mar, not at 08:00"},
		"a broadcast twice": {
			chats{"Ana": {sent(morning, broadcastWords), sent(morning, broadcastWords)}},
			`Ana must read "We are closed on Friday 3 April." 1 times, but did 2 times`,
		},
		"a broadcast to somebody who has not agreed": {
			chats{"Gus": {sent(morning, broadcastWords)}},
			`Gus must read "We are closed on Friday 3 April." 0 times, but did 1 times`,
		},
		"an undone needling that goes on": {
			chats{doctorName: {undo}, "Emil": {sent(morning, mistakenlyTold), sent(morning.Add(5*time.Hour), "Time to move a little")}},
			"messages to Emil between the undo and his own needling: want",
		},
		"a muscle of the undone needling": {
			chats{doctorName: {undo}, "Emil": {sent(morning.Add(30*time.Hour), "upper trapezius, left")}},
			`"upper trapezius, left" reached Emil after the undo`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := &audited{zone: time.UTC}
			a.clinic(x.all, morning.Add(12*time.Hour))
			if !slices.ContainsFunc(a.problems, func(p string) bool { return strings.HasPrefix(p, x.wants) }) {
				t.Errorf("not found in %s", strings.Join(a.problems, "\n"))
			}
		})
	}
}

// The card after a tap is the one that counts, and not one before it.
func TestCardsAfterTaps(t *testing.T) {
	suggestion := sent(morning, "Suggestion · Fay\nquadratus lumborum left")
	suggestion.MessageID = 7
	tap := sandbox.Event{Kind: sandbox.Tapped, At: morning.Add(time.Minute), MessageID: 7, Label: "Keep 6 kg"}
	other := tap
	other.MessageID = 8
	card := func(after time.Duration, work string) sandbox.Event {
		return sent(morning.Add(after), cardWords+" with easy movement.\n"+work+".")
	}
	got := cardsAfterTaps(chats{
		doctorName: {suggestion, tap, other},
		"Fay":      {card(-time.Hour, "3 sets of 12, 5 kg"), card(time.Hour, "3 sets of 15, 6 kg"), card(2*time.Hour, "3 sets of 15, 7 kg")},
	})
	if want := []string{"Fay: Keep 6 kg → 3×15, 6 kg"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
