package demo

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"afterneedle/bot/sandbox"
)

// chats are the events of each person's chat, by name.
type chats map[string][]sandbox.Event

// news reports whether the bot has written a new message.
func news(e sandbox.Event) bool { return e.Kind == sandbox.BotSent && !e.Edited }

// clinic judges what the clinician did by what came of it in the chats. The
// needling that is Emil's own comes after the one that was undone.
func (a *audited) clinic(all chats, ownNeedling time.Time) {
	doctor := all[doctorName]
	a.readAlerts(doctor)
	a.readDigests(doctor)
	a.same("alerts", expectedAlerts, a.alerts)
	a.same("digests", expectedDigests, a.digests)
	a.same("cards after the clinician's taps", expectedCards, cardsAfterTaps(all))
	a.undone(doctor, all["Emil"], ownNeedling)
	for _, want := range expectedWords {
		times := 0
		for _, e := range all[want.who] {
			if news(e) && strings.Contains(e.Text, want.words) {
				times++
			}
		}
		if times != want.times {
			a.problem("%s must read %q %d times, but did %d times", want.who, want.words, want.times, times)
		}
	}
}

func (a *audited) same(what string, want, got []string) {
	if !slices.Equal(want, got) {
		a.problem("%s: want %s; got %s", what, strings.Join(want, "; "), strings.Join(got, "; "))
	}
}

// alertHead begins an alert, maybe after the word that it is repeated.
var alertHead = regexp.MustCompile(`(?m)^(NOW|Same day) · `)

// readAlerts reads the alerts in the doctor's chat.
func (a *audited) readAlerts(doctor []sandbox.Event) {
	for _, e := range doctor {
		if news(e) && alertHead.MatchString(e.Text) {
			lines := strings.SplitN(e.Text, "\n", 4)
			a.alerts = append(a.alerts, e.At.In(a.zone).Format("Mon 2 Jan 15:04  ")+strings.Join(lines[:min(3, len(lines))], " / "))
		}
	}
}

// readDigests reads the digests: each at 08:00, and no day has two.
func (a *audited) readDigests(doctor []sandbox.Event) {
	days := map[string]int{}
	for _, e := range doctor {
		if !news(e) || !strings.HasPrefix(e.Text, digestHead) {
			continue
		}
		local := e.At.In(a.zone)
		day := local.Format("Mon 2 Jan")
		if days[day]++; days[day] == 2 {
			a.problem("a second digest on %s", day)
		}
		if local.Format(time.TimeOnly) != "08:00:00" {
			a.problem("a digest at %s on %s, not at 08:00", local.Format(time.TimeOnly), day)
		}
		names := strings.ReplaceAll(strings.Trim(labelsOf(e.Buttons), "|"), "|", ", ")
		a.digests = append(a.digests, day+": "+names)
	}
}

// cardsAfterTaps are the clinician's taps on what was suggested or proposed, each
// with the patient's next card.
func cardsAfterTaps(all chats) (list []string) {
	patientOf := map[int]string{} // of the doctor's messages
	for _, e := range all[doctorName] {
		switch {
		case news(e):
			head := strings.Split(firstLine(e.Text+e.Caption), " · ")
			patientOf[e.MessageID] = head[0]
			if head[0] == "Suggestion" && len(head) > 1 {
				patientOf[e.MessageID] = head[1]
			}
		case e.Kind != sandbox.Tapped:
		case e.Label == "Allow the next step", isSuggestion(all[doctorName], e.MessageID):
			name := patientOf[e.MessageID]
			list = append(list, name+": "+e.Label+" → "+nextCard(all[name], e.At))
		}
	}
	return list
}

func isSuggestion(doctor []sandbox.Event, message int) bool {
	return slices.ContainsFunc(doctor, func(e sandbox.Event) bool {
		return news(e) && e.MessageID == message && strings.HasPrefix(e.Text, "Suggestion · ")
	})
}

// nextCard is the load of the first workout card after a moment.
func nextCard(chat []sandbox.Event, after time.Time) string {
	i := slices.IndexFunc(chat, func(e sandbox.Event) bool {
		return news(e) && e.At.After(after) && strings.Contains(e.Text, cardWords)
	})
	if i < 0 {
		return "none"
	}
	return loadOf(chat[i])
}

// undone looks at the needling that was recorded by mistake: once it is undone
// the patient reads so, nothing else until his own, and nothing of it ever.
func (a *audited) undone(doctor, patient []sandbox.Event, own time.Time) {
	var at time.Time
	for _, e := range doctor {
		if e.Kind == sandbox.BotSent && strings.Contains(e.Text, "is undone.") {
			at = e.At
			first, _, _ := strings.Cut(e.Text, ". ")
			a.same("undone needlings", []string{expectedUndo}, []string{at.In(a.zone).Format("Mon 2 Jan 15:04: ") + first + "."})
		}
	}
	if at.IsZero() {
		a.problem("no needling was undone")
		return
	}
	var told []string
	for _, e := range patient {
		if !news(e) || e.At.Before(at) {
			continue
		}
		if e.At.Before(own) {
			told = append(told, e.Text)
		}
		for _, words := range mistakenWords {
			if strings.Contains(e.Text, words) {
				a.problem("%q reached Emil after the undo, %s", words, e.At.In(a.zone).Format("Mon 2 Jan 15:04"))
			}
		}
	}
	a.same("messages to Emil between the undo and his own needling", []string{mistakenlyTold}, told)
}
