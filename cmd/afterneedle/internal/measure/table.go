package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"text/tabwriter"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/crowd"
)

// Goals of a broadcast.
const (
	workers   = 8                // sends at the same time: the most that a kill leaves in doubt
	slack     = 0.05             // of the time that the pace alone takes
	paceSlack = 0.01             // the same, with all that shares the pace
	handful   = 5                // refusals for pace
	promptLag = 2 * time.Second  // of a timed prompt
	editGap   = 4 * time.Second  // between two looks at the progress
	rounding  = time.Millisecond // of Telegram's side
)

// line is one row of the table.
type line struct {
	what, got, goal string
	missed          bool
}

type table []line

func (t *table) add(what string, got any, goal string, met bool) {
	*t = append(*t, line{what, fmt.Sprint(got), goal, !met})
}

// write prints the table. It returns errMissed unless all goals are met.
func (t table) write(out io.Writer) error {
	var missed error
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, l := range t {
		verdict := "ok"
		if l.missed {
			verdict, missed = "MISSED", errMissed
		}
		if l.goal == "" {
			verdict = ""
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.what, l.got, l.goal, verdict)
	}
	return errors.Join(w.Flush(), missed)
}

var counted = regexp.MustCompile(`(?m)^(Audience:|Sent:|Not reachable:|In doubt:|Left out:) (\d+)`)

// report is what the n-th report to the owner says.
func (s *stand) report(n int) map[string]int {
	numbers := map[string]int{}
	reports := toOwner(s.telegram.Transcript(), "Audience:")
	if n >= len(reports) {
		return numbers
	}
	for _, m := range counted.FindAllStringSubmatch(reports[n].Text, -1) {
		numbers[m[1]], _ = strconv.Atoi(m[2])
	}
	return numbers
}

func (s *stand) inDoubt() int { return s.report(0)["In doubt:"] }

// table compares what Telegram's side counted with the goals.
func (s *stand) table(killed int) table {
	events := s.telegram.Transcript()
	reported := toOwner(events, "Audience:")[0].Seq
	got := map[int64]int{}
	var first, last time.Time
	for _, e := range events {
		if !ours(e) {
			continue
		}
		got[e.ChatID]++
		if first.IsZero() {
			first = e.At
		}
		if e.Seq < reported {
			last = e.At // what comes later was sent again
		}
	}
	once, twice, more, held, lost := 0, 0, 0, 0, 0
	for i := range s.Patients {
		n := got[crowd.FirstChat+int64(i)]
		switch {
		case i >= promptN && i < promptN+s.Held:
			held += n
		case i >= promptN+s.Held && i < promptN+s.Held+s.Blocked:
		case n == 0:
			lost++
		case n == 1:
			once++
		case n == 2:
			twice++
		default:
			more++
		}
	}
	reachable, doubt, stats := s.recipients()-s.Blocked, s.inDoubt(), s.telegram.Stats()
	var t table
	t.add("patients", s.Patients, "", true)
	t.add("skipped, on hold", s.report(0)["Left out:"], strconv.Itoa(s.Held), s.report(0)["Left out:"] == s.Held && held == 0)
	t.add("recipients", s.recipients(), "", true)
	t.add("unreachable", s.report(0)["Not reachable:"], strconv.Itoa(s.Blocked), s.report(0)["Not reachable:"] == s.Blocked)
	t.add("kills", killed, "", true)
	t.add("in doubt after them, as reported", doubt, fmt.Sprintf("at most %d", killed*workers), doubt <= killed*workers)
	t.add("got it once", once, "", true)
	t.add("got it twice (in doubt, sent again)", twice, "at most those in doubt", twice <= doubt && more == 0)
	t.add("lost", lost, "0", lost == 0)
	final := s.report(0)
	if doubt > 0 {
		final = s.report(1)
	}
	sum := final["Sent:"] + final["Not reachable:"] + final["Left out:"] + final["In doubt:"]
	t.add("the report adds up", fmt.Sprintf("%d of %d", sum, final["Audience:"]), "equal",
		sum == s.Patients && final["Audience:"] == s.Patients && final["Sent:"] == reachable)
	t.add("refused for pace (429)", stats.TooMany, fmt.Sprintf("at most %d", handful), stats.TooMany <= handful)
	t.add("most in one second", stats.MaxPerSecond, "", true)
	took := last.Sub(first)
	share := took.Seconds() / s.expected().Seconds()
	t.add("time", fmt.Sprintf("%.1f s of %.1f s, %.3f", took.Seconds(), s.expected().Seconds(), share),
		fmt.Sprintf("at most %.2f", 1+slack), share <= 1+slack)
	others := s.besides(events, first, last)
	used := took.Seconds() * float64(s.Rate) / float64(s.recipients()+others)
	goal := fmt.Sprintf("at most %.2f", 1+paceSlack)
	if killed > 0 {
		goal = "" // what a kill costs is not the pace's
	}
	t.add(fmt.Sprintf("the same, with %d others that were sent meanwhile", others), fmt.Sprintf("%.3f", used),
		goal, goal == "" || used <= 1+paceSlack)
	lag, prompts := s.lateness(events)
	t.add("timed prompts on the way", prompts, strconv.Itoa(promptN), prompts == promptN && s.dueAt.After(first) && s.dueAt.Before(last))
	t.add("the latest of them came after", lag.Round(time.Millisecond), "at most "+promptLag.String(), lag <= promptLag)
	gap, looks := progressGap(events)
	t.add("looks at the progress", looks, "", true)
	t.add("shortest time between two", gap.Round(time.Millisecond), "at least "+editGap.String(), gap >= editGap-rounding)
	return t
}

// besides counts what else was sent from first to last: it shares the pace.
func (s *stand) besides(events []sandbox.Event, first, last time.Time) (n int) {
	for _, e := range events {
		if e.Kind == sandbox.BotSent && !ours(e) && !e.At.Before(first) && !e.At.After(last) {
			n++
		}
	}
	return n
}

// lateness is the longest time from the moment of a timed prompt until it came.
func (s *stand) lateness(events []sandbox.Event) (longest time.Duration, n int) {
	for _, e := range events {
		if e.Kind == sandbox.BotSent && !e.Edited && e.ChatID >= crowd.FirstChat && movement.MatchString(e.Text) {
			longest = max(longest, e.At.Sub(s.dueAt))
			n++
		}
	}
	return longest, n
}

// movement is how the prompt begins that is due in the middle.
var movement = regexp.MustCompile(`^Time to move`)

// progressGap is the shortest time between two edits of the message with the bar.
func progressGap(events []sandbox.Event) (shortest time.Duration, n int) {
	var last time.Time
	for _, e := range toOwner(events, " %\n") {
		if gap := e.At.Sub(last); !last.IsZero() && (shortest == 0 || gap < shortest) {
			shortest = gap
		}
		last = e.At
		n++
	}
	return shortest, n
}
