package bot

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"afterneedle/rehab"
)

// How far back the words of a button are looked for: a question that lies
// further back is not what somebody answers now. Defaults of ours.
const (
	wordsBack    = 3 // messages with buttons
	wordsBackFor = 12 * time.Hour
)

// typedLabel does what the button with these words would do, on the newest
// message that has one; the beginning of a label, up to the end of a word, is
// enough. It reports whether there was one.
func (t *turn) typedLabel(words string) bool {
	if _, number := readPain(words); number {
		return false // a number answers the open question, never an older one
	}
	sent, err := t.tx.Timeline(t.patient.ID, 20)
	t.fail(err)
	seen := 0
	for _, d := range sent {
		if d.ChatID != t.chat || len(d.Body) == 0 && d.CourseID != t.course.ID || d.State != rehab.DeliverySent || d.Kind == rehab.KindEdit || t.now.Sub(d.SentAt) > wordsBackFor {
			continue
		}
		rows := t.rowsOf(d)
		if len(rows) == 0 {
			continue
		}
		for _, r := range rows {
			for _, b := range r {
				if saysLabel(words, plain(b.Label)) {
					t.patientTap(tap{d.ID, b.Verb, b.N, b.Value})
					return true
				}
			}
		}
		if seen++; seen == wordsBack {
			break
		}
	}
	return false
}

// rowsOf are the buttons of a message: those that it was sent with, or those
// that its question has now.
func (t *turn) rowsOf(d rehab.Delivery) [][]button {
	if len(d.Body) > 0 {
		var words body
		if json.Unmarshal(d.Body, &words) != nil {
			return nil
		}
		return words.Rows
	}
	v := t.bot.voiceFor(t)
	if !v.knows(d) {
		return nil
	}
	return v.prompt(d).Rows
}

// knows reports whether the course still has what a message was about: with a
// needling that is undone goes what followed from it.
func (v *voice) knows(d rehab.Delivery) bool {
	switch d.Kind {
	case rehab.PromptWelcome:
		return v.c.Needling(d.N) != nil
	case rehab.PromptMovement, rehab.PromptGentle, rehab.PromptStructured, rehab.PromptDaily, rehab.PromptFeel:
		return v.c.Practice(d.N) != nil
	case rehab.PromptHoldStarted, rehab.PromptHoldAsk, rehab.PromptSafetyList, rehab.PromptSafetyText:
		return v.c.Hold(d.N) != nil
	case rehab.PromptNewLoad:
		return v.c.Change(d.N) != nil
	case rehab.PromptAlert:
		return v.c.Alert(d.N) != nil
	case rehab.PromptHoldReleased, rehab.PromptClosing:
		return true
	}
	return v.c.Workout(d.N) != nil
}

// saysLabel reports whether typed words are a label or begin it.
func saysLabel(words, label string) bool {
	rest, ok := strings.CutPrefix(label, words)
	if words == "" || !ok {
		return false
	}
	next := []rune(rest)
	return len(next) == 0 || !unicode.IsLetter(next[0]) && !unicode.IsDigit(next[0])
}
