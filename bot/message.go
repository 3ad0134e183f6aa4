package bot

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"afterneedle/rehab"
)

const (
	// messageLimit is how many characters a person's text may have, so that a
	// heading still fits; default of ours.
	messageLimit = 3500
	// awakeFor is how long after a patient's own words an answer may come at
	// night; default of ours.
	awakeFor = time.Hour
	// messageLife is how long a message to a patient is worth sending; default of
	// ours.
	messageLife = 72 * time.Hour
)

// messageTo writes to one patient: "NAME, TEXT".
func (t *turn) messageTo(rest string) { t.forPatient("message", rest) }

// nameAndText parts a command line at the first comma or new line, and leaves the
// text behind it as it was typed. No name has a comma.
func nameAndText(line string) (name, text string) {
	i := strings.IndexAny(line, ",\n")
	if i < 0 {
		return strings.TrimSpace(line), ""
	}
	return strings.TrimSpace(line[:i]), strings.TrimSpace(line[i+1:])
}

// messagePatient sends a text to the patient at hand: at once when the patient is
// awake or has just written, and else in the morning.
func (t *turn) messagePatient(text string) {
	text = strings.TrimSpace(text)
	if !readable(text) {
		t.begin("message", nil)
		return
	}
	if !t.readyForMessage() || !t.messageFits(text) {
		return
	}
	due := t.now
	if !t.wroteLately() {
		due = t.course.NextAwake(t.now)
	}
	_, err := t.tx.AddNote(rehab.Note{PatientID: t.patient.ID, By: t.clinician.ID, Text: text, At: t.now})
	t.fail(err)
	words := body{Text: t.text("message.from_clinic", "text", text), Rows: row(t.label("answer", "contact", 0, "ask"))}
	d, err := words.delivery(t.patient.ChatID, rehab.KindMessage)
	t.fail(err)
	d.Lane, d.PatientID, d.DueAt, d.ExpiresAt = rehab.LaneTimed, t.patient.ID, due, due.Add(messageLife)
	_, err = t.tx.Say(d)
	t.fail(err)
	if due.After(t.now) {
		t.line("message.later", "name", t.patient.Name, "when", clockTime(due, t.now, t.course.Zone))
		return
	}
	t.line("message.now", "name", t.patient.Name)
}

var askMessage = step{
	name: "text",
	ask:  func(t *turn, _ form) body { return body{Text: t.text("message.ask", "name", t.patient.Name)} },
	take: func(t *turn, f form, value string) (string, bool) {
		if !readable(value) || !t.messageFits(value) {
			return "", false
		}
		return keep("text")(t, f, value)
	},
}

func (t *turn) messageFits(text string) bool {
	n := utf8.RuneCountInString(text)
	if n > messageLimit {
		t.line("broadcast.long", "most", messageLimit, "n", n)
	}
	return n <= messageLimit
}

func (t *turn) readyForMessage() bool {
	refusal := t.unwritable()
	if refusal != "" {
		t.line(refusal, "name", t.patient.Name)
	}
	return refusal == ""
}

// unwritable names the line that says why the patient at hand gets no message;
// empty when nothing speaks against one.
func (t *turn) unwritable() string {
	switch {
	case t.patient.ChatID == 0 || t.course.ConsentedAt.IsZero():
		return "message.not_joined"
	case !t.course.StoppedAt.IsZero():
		return "message.stopped"
	case !t.patient.UnreachableAt.IsZero():
		return "message.unreachable"
	}
	return ""
}

// wroteLately reports whether the patient at hand has answered, written or tapped
// within the last hour: each of these is replied to.
func (t *turn) wroteLately() bool {
	if t.now.Sub(t.course.HeardAt) <= awakeFor {
		return true
	}
	said, err := t.tx.Timeline(t.patient.ID, 50)
	t.fail(err)
	for _, d := range said {
		own := d.ChatID == t.patient.ChatID && (d.Kind == rehab.KindReply || d.Kind == rehab.KindEdit)
		if own && t.now.Sub(d.PlannedAt) <= awakeFor {
			return true
		}
	}
	return false
}

// readable reports whether a text has anything that can be seen.
func readable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

// repliedTo is the delivery that a message answers by Telegram's own reply.
func (t *turn) repliedTo(m *message) (rehab.Delivery, bool) {
	if m.ReplyTo == nil {
		return rehab.Delivery{}, false
	}
	d, err := t.tx.DeliveryAt(t.chat, m.ReplyTo.ID)
	t.ignoreMissing(err)
	return d, err == nil
}

// repliesElsewhere refuses a reply to what is about a patient, unless the form that is
// open is about the same one: its words must reach nobody else. It is false for any
// other message.
func (t *turn) repliesElsewhere(m *message) bool {
	d, ok := t.repliedTo(m)
	if !ok || d.PatientID == 0 {
		return false
	}
	if f, open := t.form(); open && f.Patient == d.PatientID {
		return false
	}
	p, err := t.tx.PatientFor(t.clinician, d.PatientID)
	t.ignoreMissing(err)
	if err != nil {
		t.line("clinician.unknown")
		return true
	}
	t.line("clinician.reply", "name", p.Name)
	return true
}

// answersNote sends a clinician's reply to a relayed note to its patient; false
// when the message is no such reply.
func (t *turn) answersNote(m *message) bool {
	d, ok := t.repliedTo(m)
	if !ok || d.Kind != rehab.KindNote || m.Text == "" {
		return false
	}
	p, err := t.tx.PatientFor(t.clinician, d.PatientID)
	if err != nil {
		t.ignoreMissing(err)
		t.line("patients.none")
		return true
	}
	t.take(p)
	if t.err == nil {
		t.messagePatient(m.Text)
	}
	return true
}
