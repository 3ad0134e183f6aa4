package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/stage"
)

// needling is one case of the table of windows: a needling, and a patient who
// answers everything at once.
type needling struct {
	zone, when string
	graded     bool
}

func (n needling) String() string {
	track := "standard"
	if n.graded {
		track = "graded"
	}
	return fmt.Sprintf("%s %s %s", n.zone, n.when, track)
}

// needlings are an afternoon and an evening on ordinary days, and around the
// nights in which the clocks change: Berlin on 29 March and 25 October 2026, New
// York on 8 March and 1 November, Lord Howe, by half an hour, on 5 April and 4
// October; and around the leap day of 2028.
func needlings() []needling {
	days := map[string][]string{
		"Europe/Berlin":       {"2026-03-02", "2026-03-27", "2026-03-28", "2026-03-29", "2026-10-23", "2026-10-24", "2026-10-25", "2028-02-28", "2028-02-29"},
		"America/New_York":    {"2026-03-06", "2026-03-07", "2026-03-08", "2026-10-30", "2026-10-31", "2026-11-01"},
		"Asia/Kolkata":        {"2026-03-02"},
		"Australia/Lord_Howe": {"2026-04-04", "2026-04-05", "2026-10-03", "2026-10-04"},
	}
	var all []needling
	for zone, list := range days {
		for _, day := range list {
			for _, hour := range []string{"14:30", "20:00"} {
				all = append(all, needling{zone, day + " " + hour, false})
			}
			all = append(all, needling{zone, day + " 14:30", true})
		}
	}
	return all
}

// kinds tells the first messages apart by their words.
var kinds = map[string]string{
	"movement": "Time to move a little", "gentle": "Time for a gentle stretch",
	"structured": "From now until tomorrow", "daily": "Today's stretch", "check": "quick safety check",
}

// played is when a patient got each kind of message first.
type played map[string]time.Time

// play lets four days pass.
func (n needling) play(t *testing.T) (played, []sandbox.Event) {
	t.Helper()
	start := at(t, n.zone, n.when)
	s, err := stage.Open(context.Background(), stage.Options{
		Dir: t.TempDir(), Start: start, Zone: start.Location(), Clinic: "the clinic", Owners: []int64{ownerID}, Log: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := &player{t: t, stage: s, owner: s.Telegram.Person(ownerID, "Maria"), ana: s.Telegram.Person(200, "Ana")}
	p.join(n.graded)
	for s.Time.Now().Before(start.Add(96 * time.Hour)) {
		next, ok, err := s.NextDue()
		if err != nil || !ok {
			t.Fatalf("nothing is due any more: %v", err)
		}
		if err := s.MoveTo(next.Add(2 * time.Second)); err != nil { // and the gap between two messages
			t.Fatal(err)
		}
		p.answer()
	}
	first := played{}
	for _, e := range p.messages() {
		for kind, words := range kinds {
			if _, known := first[kind]; !known && strings.Contains(e.Text, words) {
				first[kind] = e.At
			}
		}
		if _, known := first["load"]; !known && has(e, "Stopped") {
			first["load"] = e.At
		}
	}
	return first, p.messages()
}

// player is a patient who does everything at once and feels well.
type player struct {
	t          *testing.T
	stage      *stage.Stage
	owner, ana *sandbox.Person
	seen       int
}

func (p *player) do(err error) {
	p.t.Helper()
	if err == nil {
		err = p.stage.Settle()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) join(graded bool) {
	p.t.Helper()
	say := func(text string) {
		_, err := p.owner.Says(text)
		p.do(err)
	}
	p.do(p.owner.Start(""))
	say("/newpatient Ana")
	for _, m := range p.owner.Messages() {
		if _, link, ok := strings.Cut(m.Text, "?start="); ok {
			p.do(p.ana.Start(strings.Fields(link)[0]))
		}
	}
	p.do(p.ana.Taps("I agree"))
	session := "/session Ana, upper trapezius left, 8 kg"
	if graded {
		session += ", graded"
	}
	say(session)
	p.seen = len(p.messages())
}

func (p *player) messages() []sandbox.Event {
	var list []sandbox.Event
	for _, e := range p.stage.Telegram.Transcript() {
		if e.Kind == sandbox.BotSent && !e.Edited && e.ChatID == p.ana.ID() {
			list = append(list, e)
		}
	}
	return list
}

// answer presses the kindest button of every new message.
func (p *player) answer() {
	p.t.Helper()
	for list := p.messages(); p.seen < len(list); list = p.messages() {
		e := list[p.seen]
		p.seen++
		for _, label := range []string{"None of these", "Done", "2"} {
			if has(e, label) {
				p.do(p.ana.TapsOn(e.MessageID, label))
				break
			}
		}
	}
}

func has(e sandbox.Event, label string) bool {
	for _, row := range e.Buttons {
		for _, b := range row {
			if b.Text == label {
				return true
			}
		}
	}
	return false
}

func TestWindows(t *testing.T) {
	for _, n := range needlings() {
		t.Run(n.String(), func(t *testing.T) {
			t.Parallel()
			first, all := n.play(t)
			start := at(t, n.zone, n.when)
			after := func(kind string) time.Duration {
				if first[kind].IsZero() {
					t.Errorf("no message about: %s", kind)
				}
				return first[kind].Sub(start)
			}
			local := func(when time.Time) string { return when.In(start.Location()).Format("15:04") }

			evening := strings.HasSuffix(n.when, "20:00")
			switch h := after("movement"); {
			case evening && local(first["movement"]) != "20:59":
				t.Errorf("movement at %s, expected the last waking minute", local(first["movement"]))
			case !evening && (h < 4*time.Hour || h > 6*time.Hour):
				t.Errorf("movement after %s", h)
			}
			if h := after("gentle"); h < 6*time.Hour || h >= 24*time.Hour {
				t.Errorf("gentle stretch after %s", h)
			}
			if first["structured"].IsZero() {
				// It may be left out only when a workout of the graded track, whose
				// card holds the stretch, comes first.
				if !n.graded || after("load") > 48*time.Hour {
					t.Error("no structured stretch")
				}
			} else if h := after("structured"); h < 24*time.Hour || h >= 48*time.Hour {
				t.Errorf("structured stretch after %s", h)
			}
			floor := 48 * time.Hour
			if n.graded {
				floor = 24 * time.Hour
			}
			if h := after("load"); h < floor || h > floor+24*time.Hour {
				t.Errorf("first exercise after %s", h)
			}
			said := map[string]int{}
			for _, e := range all {
				for _, kind := range []string{"movement", "gentle", "structured"} {
					if strings.Contains(e.Text, kinds[kind]) {
						said[kind]++
					}
				}
				if clock := local(e.At); clock < "08:00" || clock >= "21:00" {
					t.Errorf("at %s: %.40q", clock, e.Text)
				}
			}
			for kind, n := range said {
				if n > 1 {
					t.Errorf("%s was said %d times", kind, n)
				}
			}
		})
	}
}

// TestWindowsOfTwoOrdinaryDays has the times themselves.
func TestWindowsOfTwoOrdinaryDays(t *testing.T) {
	for n, want := range map[needling]string{
		{"Europe/Berlin", "2026-03-02 14:30", false}: "movement Mon 19:30, gentle Mon 20:30, structured Tue 14:30, load Wed 14:30",
		{"Asia/Kolkata", "2026-03-02 20:00", false}:  "movement Mon 20:59, gentle Tue 08:00, structured Tue 20:00, load Thu 09:00",
		// A day and two days after the needling it is 21:00, when the clock was put
		// forward; and 19:00, when it was put back.
		{"Europe/Berlin", "2026-03-28 20:00", false}:    "movement Sat 20:59, gentle Sun 08:00, structured Mon 08:00, load Tue 08:00",
		{"America/New_York", "2026-10-31 20:00", false}: "movement Sat 20:59, gentle Sun 08:00, structured Sun 19:00, load Tue 09:00",
	} {
		t.Run(n.String(), func(t *testing.T) {
			t.Parallel()
			first, _ := n.play(t)
			zone := at(t, n.zone, n.when).Location()
			var got []string
			for _, kind := range []string{"movement", "gentle", "structured", "load"} {
				got = append(got, kind+" "+first[kind].In(zone).Format("Mon 15:04"))
			}
			if line := strings.Join(got, ", "); line != want {
				t.Errorf("%s, expected %s", line, want)
			}
		})
	}
}
