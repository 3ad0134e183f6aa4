package bot

import (
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"afterneedle/rehab"
)

// Notes of a patient to the clinic; defaults of ours.
const (
	notesMost   = 10 // within notesWithin
	notesWithin = time.Hour
	// gatherFor is how long a note waits for others of the same patient, so that
	// they arrive as one message.
	gatherFor = 5 * time.Minute
	// relayLimit is how many characters of notes one message gathers.
	relayLimit = 3900
)

// contact sends a text to the clinic, or asks for one.
func (t *turn) contact(text string) {
	if !readable(text) {
		t.openForm(form{Command: "contact", At: t.now})
		t.line("contact.ask")
		return
	}
	t.sendNote(text, 0)
}

// contactText gives a typed text to the open form for the clinic. A question that
// was asked after it has closed the form: only the latest one is open.
func (t *turn) contactText(text string) bool {
	f, ok := t.form()
	if !ok || f.Command != "contact" {
		return false
	}
	t.fail(t.tx.SetForm(t.chat, nil))
	switch {
	case t.answersSince(f.At, text):
		return false
	case plain(text) == "cancel":
		t.line("contact.cancelled")
	default:
		t.contact(text)
	}
	return true
}

// meantForClinic is the text of a message that is clearly addressed to the clinic;
// empty for any other.
func (t *turn) meantForClinic(command, rest string, m *message) string {
	if command == "contact" {
		return rest
	}
	if f, ok := t.form(); command == "" && (ok && f.Command == "contact" || t.isAnswer(m)) {
		return m.Text
	}
	return ""
}

// answersSince reports whether a text answers what was sent to the patient after a
// moment: any question, or, when it is the words of a button, a message that has it.
func (t *turn) answersSince(at time.Time, text string) bool {
	sent, err := t.tx.Timeline(t.patient.ID, 20)
	t.fail(err)
	button := slices.Contains(buttonWords, plain(text))
	return slices.ContainsFunc(sent, func(d rehab.Delivery) bool {
		wants := asks[d.Kind] != "" || button && slices.Contains(withButtons, d.Kind)
		return wants && d.ChatID == t.chat && d.SentAt.After(at)
	})
}

// buttonWords are what the buttons of an exercise, a stretch and the safety check say,
// and withButtons the messages that have them.
var (
	buttonWords = []string{"done", "stopped", "not today", "none of these"}
	withButtons = []rehab.PromptKind{
		rehab.PromptMovement, rehab.PromptGentle, rehab.PromptStructured, rehab.PromptDaily,
		rehab.PromptSafetyCheck, rehab.PromptCard, rehab.PromptCardAgain,
	}
)

// contactTap opens the form for the clinic, or sends the text that a button
// offers to send.
func (t *turn) contactTap(x tap) {
	if x.value == "ask" {
		t.contact("")
		return
	}
	if note := t.noteOf(x.delivery); note != "" {
		t.sendNote(note, x.delivery)
		return
	}
	t.stale()
}

// noteOf is the text that a message offers to send to the clinic.
func (t *turn) noteOf(delivery int64) string {
	d, err := t.tx.Delivery(delivery)
	t.ignoreMissing(err)
	var words body
	if err != nil || len(d.Body) == 0 || json.Unmarshal(d.Body, &words) != nil {
		return ""
	}
	return words.Note
}

// offering adds the way to people to an answer to words that the program cannot
// place: the safety list, and a button that sends exactly these words.
func (t *turn) offering(words body, note string) body {
	words.Rows = row(t.wrongButton())
	if readable(note) && utf8.RuneCountInString(note) <= messageLimit {
		words.Note = note
		words.Rows = append(words.Rows, row(t.label("to_clinic", "contact", 0, "send"))...)
	}
	return words
}

// sendNote keeps a text of the patient and brings it to the clinicians; offer is
// the delivery that offered to send it, 0 for none.
func (t *turn) sendNote(text string, offer int64) {
	text = strings.TrimSpace(text)
	t.fail(t.tx.SetForm(t.chat, nil))
	if n := utf8.RuneCountInString(text); n > messageLimit {
		t.openForm(form{Command: "contact", At: t.now})
		t.line("contact.long", "n", n, "most", messageLimit)
		return
	}
	before, err := t.tx.NotesSince(t.patient.ID, t.now.Add(-notesWithin))
	t.fail(err)
	if before >= notesMost {
		t.line("contact.limit", "n", notesMost)
		return
	}
	added, err := t.tx.AddNote(rehab.Note{PatientID: t.patient.ID, Text: text, At: t.now, Offer: offer})
	t.fail(err)
	if !added {
		t.stale()
		return
	}
	due := t.relay(text)
	sent := t.text("contact.sent")
	if due.Sub(t.now) > gatherFor {
		sent = t.text("contact.sent.night", "when", clockTime(due, t.now, t.course.Zone))
	}
	t.say(body{Edit: t.tapped(), Text: joined(sent, t.text("contact.unwatched"))})
}

// relay brings a note to each clinician of the patient, in the clinic's hours, and
// returns when.
func (t *turn) relay(text string) time.Time {
	due := t.course.NextClinicHour(t.now.Add(gatherFor))
	team, err := t.tx.CliniciansOf(t.patient.ID)
	t.fail(err)
	for _, c := range team {
		t.relayTo(c, text, due)
	}
	return due
}

// relayTo adds a note to the message that waits for a clinician, or begins one.
func (t *turn) relayTo(c rehab.Clinician, text string, due time.Time) {
	waiting, err := t.tx.Waiting(t.patient.ID, c.ChatID, rehab.KindNote)
	t.fail(err)
	for _, d := range waiting {
		line := t.noteLine(text, d.DueAt)
		var words body
		if json.Unmarshal(d.Body, &words) != nil || shownLength(words.Text)+shownLength(line) > relayLimit {
			continue
		}
		words.Text = joined(words.Text, line)
		raw, err := json.Marshal(words)
		t.fail(err)
		t.fail(t.tx.SetBody(d.ID, raw))
		return
	}
	words := body{
		Text: joined(t.text("note.head", "name", t.patient.Name), t.noteLine(text, due)),
		Rows: row(t.label("reply", "reply", 0, strconv.FormatInt(t.patient.ID, 10))),
	}
	d, err := words.delivery(c.ChatID, rehab.KindNote)
	t.fail(err)
	d.Lane, d.PatientID, d.DueAt = rehab.LaneTimed, t.patient.ID, due
	_, err = t.tx.Say(d)
	t.fail(err)
}

// noteLine is one note as its clinician reads it at a moment.
func (t *turn) noteLine(text string, at time.Time) string {
	return t.text("note.line", "when", clockTime(t.now, at, t.course.ClinicZone), "text", text)
}

// shownLength is how many characters of a text a reader sees.
func shownLength(text string) int {
	return utf8.RuneCountInString(html.UnescapeString(tags.ReplaceAllString(text, "")))
}

// answersClinic sends a patient's reply to a clinician's words to the clinic;
// false when the message is no such reply.
func (t *turn) answersClinic(m *message) bool {
	if !t.isAnswer(m) {
		return false
	}
	t.contact(m.Text)
	return true
}

// isAnswer reports whether a message replies to what a clinician has written.
func (t *turn) isAnswer(m *message) bool {
	d, ok := t.repliedTo(m)
	return ok && (d.Kind == rehab.KindMessage || d.Kind == rehab.KindBroadcast)
}
