package demo

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"afterneedle/bot/sandbox"
)

// shown remembers what was printed, so that repetitions are left out.
type shown struct {
	before map[string]bool    // shapes of texts, alone and by chat
	load   map[int64]string   // the last load of a chat's card
	pains  map[int64][]string // of the workout that is going on

	digests int    // in full
	digest  string // the buttons of the last one
}

func newShown() *shown {
	return &shown{before: map[string]bool{}, load: map[int64]string{}, pains: map[int64][]string{}}
}

var (
	digits   = regexp.MustCompile(`[0-9]+`)
	cardLoad = regexp.MustCompile(`(?m)^(\d+ sets? of \d+|\d+ sets: [^\n]*?|\d+ holds of \d+ seconds)(?:, (.*))?\.$`)
	recorded = regexp.MustCompile(`^Pain (before|right after|after 2 hours|this morning): (\d+) out of 10\.`)
)

// show prints one event: in full the first time that anybody hears it, in one
// line the first time that this person does, and not at all later.
func (p *play) show(who *person, e sandbox.Event) {
	switch e.Kind {
	case sandbox.Said:
		if len(e.Text) > 3 {
			p.line(e, who.name, "", e.Text)
		}
	case sandbox.Tapped:
		if who.terse {
			p.print(who, e, who.name, "["+e.Label+"]", "")
			return
		}
		p.line(e, who.name, "", "["+e.Label+"]")
	case sandbox.BotSent:
		p.showBot(who, e)
	}
}

// print writes as much of a text as is new.
func (p *play) print(who *person, e sandbox.Event, speaker, text, labels string) {
	head := headOf(text)
	shape := digits.ReplaceAllString(head, "#")
	for _, somebody := range p.people {
		shape = strings.ReplaceAll(shape, somebody.name, "#")
	}
	mine := fmt.Sprint(e.ChatID, shape)
	heard, known := p.shown.before[mine], p.shown.before[shape]
	p.shown.before[mine], p.shown.before[shape] = true, true
	if len(e.Photo) > 0 && !e.Edited {
		head, text = "[picture] "+head, "[picture] "+text
	}
	terse := who.terse || p.dull
	switch {
	case heard && terse:
	case known && terse:
		p.line(e, speaker, "", shortened(head))
	default:
		p.line(e, speaker, labels, text)
	}
}

// digestsInFull is how many digests are printed as they are.
const digestsInFull = 2

// showDigest prints the first digests in full, and of the others one line when it
// is not that of the day before.
func (p *play) showDigest(who *person, e sandbox.Event) {
	names := labelsOf(e.Buttons)
	switch p.shown.digests++; {
	case p.shown.digests <= digestsInFull:
		p.line(e, "→ "+who.name, names, e.Text)
	case names != p.shown.digest:
		p.line(e, "→ "+who.name, "", firstLine(e.Text)+" "+bracketed(names))
	}
	p.shown.digest = names
}

// shortened is a text in one printed line.
func shortened(text string) string {
	lines := wrap(text, width-indent-2)
	if len(lines) == 1 {
		return text
	}
	return lines[0] + " …"
}

func (p *play) showBot(who *person, e sandbox.Event) {
	text := e.Text + e.Caption
	if strings.HasPrefix(text, digestHead) && !e.Edited {
		p.showDigest(who, e)
		return
	}
	if m := recorded.FindStringSubmatch(text); m != nil {
		if !e.Edited {
			return // a typed answer is confirmed once more
		}
		p.shown.pains[e.ChatID] = append(p.shown.pains[e.ChatID], m[2])
		if m[1] == "this morning" {
			p.decision(who, e, text)
		}
		return
	}
	if m := cardLoad.FindAllStringSubmatch(text, -1); m != nil && strings.Contains(labelsOf(e.Buttons), "|Stopped|") {
		p.card(who, e, m)
	}
	speaker := "→ " + who.name
	if e.Edited {
		speaker = "✎ " + who.name
	}
	p.print(who, e, speaker, text, labelsOf(e.Buttons))
}

// card marks how the load of a chat changes from one card to the next.
func (p *play) card(who *person, e sandbox.Event, work [][]string) {
	var loads []string
	for _, m := range work {
		loads = append(loads, strings.TrimSuffix(m[1]+", "+m[2], ", "))
	}
	load := strings.Join(loads, " + ")
	mark := "=="
	switch old := p.shown.load[e.ChatID]; {
	case old == "":
		mark = "*"
	case old != load:
		mark = ">>"
	}
	p.shown.load[e.ChatID] = load
	p.shown.pains[e.ChatID] = p.shown.pains[e.ChatID][max(0, len(p.shown.pains[e.ChatID])-1):]
	p.printf("%s  %-11s %s %s\n", p.when(e), who.name, mark, load)
}

// decision is one line for a workout: its four pains and what follows.
func (p *play) decision(who *person, e sandbox.Event, text string) {
	_, reason, _ := strings.Cut(text, "\n")
	pains := "pains " + strings.Join(p.shown.pains[e.ChatID], "-") + ": "
	p.line(e, who.name, "", pains+strings.ReplaceAll(reason, "\n", " "))
	p.shown.pains[e.ChatID] = nil
}

// headOf is the first line of a text and, of one that is signed by the clinic, the
// next one too.
func headOf(text string) string {
	if words, signed := strings.CutPrefix(text, clinicName+"\n"); signed {
		return clinicName + " / " + firstLine(words)
	}
	return firstLine(text)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func (p *play) when(e sandbox.Event) string { return e.At.In(p.zone).Format("Mon _2 Jan 15:04") }

// Lines are broken at width; texts begin at indent.
const (
	width  = 100
	indent = 31
)

// line prints one message, broken at words, with its buttons below.
func (p *play) line(e sandbox.Event, who, labels, text string) {
	margin := strings.Repeat(" ", indent)
	p.printf("%s  %-11s ", p.when(e), who)
	for i, part := range wrap(text, width-indent) {
		if i > 0 {
			p.printf("%s", margin)
		}
		p.printf("%s\n", part)
	}
	if buttons := bracketed(labels); buttons != "" {
		for _, part := range wrap(buttons, width-indent) {
			p.printf("%s%s\n", margin, part)
		}
	}
}

// bracketed are the labels of a keyboard as "[Done] [Not today]".
func bracketed(labels string) string {
	if labels = strings.Trim(labels, "|"); labels == "" {
		return ""
	}
	return "[" + strings.ReplaceAll(labels, "|", "] [") + "]"
}

func wrap(text string, width int) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		lines = append(lines, line)
	}
	return lines
}

// table prints what was sent, the loads, the alerts and what the auditor found.
func (p *play) table(a *audited, took time.Duration) {
	fmt.Fprintf(p.out, "\nMessages to patients%29s%14s\n", "sent", "in window")
	for _, k := range a.kinds() {
		fmt.Fprintf(p.out, "  %-42s%5d%14d\n", k, a.sent[k], a.inside[k])
	}
	fmt.Fprintf(p.out, "  %-42s%5d%14d\n", "all", a.total(a.sent), a.total(a.inside))
	fmt.Fprintf(p.out, "\nLoads, from the cards\n")
	for _, name := range a.names {
		if len(a.loads[name]) == 0 {
			continue
		}
		fmt.Fprintf(p.out, "  %-7s%s\n", name, strings.Join(wrap(strings.Join(a.loads[name], " · "), 88), "\n         "))
	}
	fmt.Fprintf(p.out, "\nAlerts to the clinician\n")
	for _, line := range a.alerts {
		fmt.Fprintf(p.out, "  %s\n", line)
	}
	fmt.Fprintf(p.out, "\nDigests to the clinician: %d, at 08:00\n", len(a.digests))
	fmt.Fprintf(p.out, "\n%d messages and edits, %d refused, in %.1f s\n", a.messages, a.refused, took.Seconds())
	for _, problem := range a.problems {
		fmt.Fprintf(p.out, "BROKEN  %s\n", problem)
	}
	if len(a.problems) == 0 {
		fmt.Fprintln(p.out, "All messages inside their windows, all loads as the rules say, nothing lost.")
	}
}
