package demo

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"afterneedle/bot/sandbox"
)

// The whole log of the demo: ids and outcomes, and nothing that a person said
// or is called.
func TestDemoAndItsLog(t *testing.T) {
	var out, log bytes.Buffer
	ok, err := Run(t.Context(), Options{Seed: 1, Out: &out, Log: &log})
	if err != nil || !ok {
		t.Fatalf("the demo failed: %v\n%s", err, tail(out.String()))
	}
	for _, forbidden := range []string{
		"1000000001:sandbox", "Ana", "Ben", "Carla", "Dora", "Emil", "Fay", "Gus", "Weber", "swim", "I was away", "breathe", "closed on Friday",
		"8 kg", "pain=", "score=", "text=", "start=", "trapezius",
	} {
		if strings.Contains(log.String(), forbidden) {
			t.Errorf("the log holds %q", forbidden)
		}
	}
	for line := range strings.Lines(log.String()) {
		if !logLine.MatchString(line) {
			t.Errorf("an unexpected line in the log: %s", line)
		}
	}
	checkReadme(t, out.String())
	if !strings.Contains(out.String(), "✎") || !strings.Contains(out.String(), ">> 3 sets of 12, 17 kg") {
		t.Error("the transcript does not show edits, or Ben's lighter load")
	}
}

var logLine = regexp.MustCompile(`^time=\S+ level=(INFO|WARN|ERROR) msg=("[^"]*"|\S+)( [a-z_]+=("[^"]*"|\S+))*\n$`)

// The README quotes the demo: every line of it, but for the time it took, must
// still be said.
func checkReadme(t *testing.T, transcript string) {
	t.Helper()
	readme, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, quoted, _ := strings.Cut(string(readme), "From its transcript:")
	_, quoted, _ = strings.Cut(quoted, "```\n")
	quoted, _, _ = strings.Cut(quoted, "```")
	for line := range strings.Lines(quoted) {
		if line != "…\n" && !strings.Contains(line, "messages and edits") && !strings.Contains(transcript, line) {
			t.Errorf("the README quotes what the demo does not say: %s", line)
		}
	}
}

// TestWebhookGivesTheSameTranscript plays the demo with updates that are fetched
// and with updates that are posted: each chat must see the same.
func TestWebhookGivesTheSameTranscript(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short plays the demo once only")
	}
	seen := make(map[bool]map[int64][]string)
	for _, webhook := range []bool{false, true} {
		ok, err := Run(t.Context(), Options{
			Seed: 3, Quiet: true, Out: io.Discard, Log: io.Discard, Webhook: webhook,
			After: func(s *sandbox.Server) { seen[webhook] = saidIn(s) },
		})
		if err != nil || !ok {
			t.Fatalf("webhook %v: %v, %v", webhook, ok, err)
		}
	}
	if len(seen[false]) < 8 {
		t.Errorf("only %d chats", len(seen[false]))
	}
	if diff := cmp.Diff(seen[false], seen[true]); diff != "" {
		t.Errorf("polling (-) and the webhook (+) differ:\n%s", diff)
	}
}

// saidIn is what was said in each chat, in its order.
func saidIn(s *sandbox.Server) map[int64][]string {
	said := make(map[int64][]string)
	for _, e := range s.Transcript() {
		if e.Method == "answerCallbackQuery" || e.Method == "setMyCommands" || len(e.Photo) > 0 {
			continue // side effects, and a picture of a one-time link
		}
		if strings.Contains(e.Text, "going out\n") {
			continue // how far a broadcast was at the moment of looking
		}
		text := regexp.MustCompile(`start[= ]\S+`).ReplaceAllString(e.Text+e.Caption, "start …")
		var labels []string
		for _, row := range e.Buttons {
			for _, b := range row {
				labels = append(labels, b.Text)
			}
		}
		said[e.ChatID] = append(said[e.ChatID], fmt.Sprintf("%s %s edited=%v %q %q %q",
			e.At.Format(time.RFC3339), e.Kind, e.Edited, text, e.Label, labels))
	}
	return said
}

func TestDemoFindsWhatIsBroken(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short plays the demo once only")
	}
	loads, cards, digests := expectedLoads["Ben"], expectedCards, expectedDigests
	t.Cleanup(func() { expectedLoads["Ben"], expectedCards, expectedDigests = loads, cards, digests })
	expectedLoads["Ben"], expectedCards, expectedDigests = []string{"3×12, 20 kg"}, cards[1:], digests[1:]
	var out bytes.Buffer
	ok, err := Run(t.Context(), Options{Seed: 2, Quiet: true, Out: &out, Log: io.Discard})
	if err != nil || ok {
		t.Fatalf("loads that break a rule were not found: %v", err)
	}
	for _, what := range []string{
		"loads of Ben: the card of Sun 8 Mar 16:16 says 3×12, 17 kg and must say no further change", "cards after the clinician's taps: want ", "digests: want ",
	} {
		if !strings.Contains(out.String(), "BROKEN  "+what) {
			t.Errorf("nothing said about %s:\n%s", what, tail(out.String()))
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-2000):] }
