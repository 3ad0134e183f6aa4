package bot

import (
	"errors"
	"html"
	"slices"
	"strings"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// turn is the handling of one update inside its transaction: who wrote, what
// was asked, what is answered.
type turn struct {
	bot    *Bot
	tx     Tx
	now    time.Time
	update *update
	file   *attachment // the document of the update, when it is wanted
	over   bool        // the chat has sent too much

	ignored bool // the update was left alone

	chat      int64
	patient   rehab.Patient   // ID 0 for none
	clinician rehab.Clinician // ID 0 for none
	course    *rehab.Course   // the patient's own

	// said is when the line was written that is carried out now, when an earlier
	// update brought it.
	said time.Time
	// commandsFor is the chat whose command list changes after the commit.
	commandsFor int64
	commands    []string
	// direct is said after the commit without a trace in the outbox.
	direct []body
	// secret erases what is said from now on as soon as it was sent.
	secret bool

	err error // the first thing that went wrong while putting words together
}

// run finds out who wrote and goes where that leads.
func (t *turn) run() error {
	switch u := t.update; {
	case u.from() == 0: // nobody could be answered
	case t.tooMany():
		t.slowDown()
	case u.Callback != nil:
		t.callback()
	case u.Message != nil:
		t.message()
	case u.Edited != nil:
		t.edited()
	case u.Member != nil:
		t.member()
	}
	return t.err
}

// fail keeps the first error of a turn.
func (t *turn) fail(err error) {
	if t.err == nil && err != nil {
		t.err = err
	}
}

// who looks up the person behind a private chat. It reports false when something
// about them cannot be read.
func (t *turn) who(chat int64) bool {
	t.chat = chat
	c, err := t.tx.ClinicianByChat(chat)
	if err == nil {
		t.clinician = c
		return true
	}
	t.ignoreMissing(err)
	if t.owns(chat) {
		c = rehab.Clinician{ChatID: chat, Role: rehab.RoleOwner, Name: t.staffName()}
		c.ID, err = t.tx.AddClinician(c)
		t.fail(err)
		t.clinician = c
		t.commandsFor, t.commands = chat, ownerCommands
		return t.err == nil
	}
	p, err := t.tx.PatientByChat(chat)
	if err != nil {
		t.ignoreMissing(err)
		return t.err == nil
	}
	t.patient = p
	t.course, err = t.tx.Course(p.ID)
	t.fail(err)
	return t.err == nil
}

func (t *turn) owns(chat int64) bool {
	return slices.Contains(t.bot.set.Owners, chat)
}

// errNotFound is what the store says of a thing that is not there, or is not for
// this person.
const errNotFound rehab.Problem = "not_found"

func (t *turn) ignoreMissing(err error) {
	if !errors.Is(err, errNotFound) {
		t.fail(err)
	}
}

// text renders a text; pairs are names and values.
func (t *turn) text(key string, pairs ...any) string {
	s, err := t.bot.content.Text(key, values(pairs))
	t.fail(err)
	return s
}

// rendered are the values that texts are made of and that are texts themselves:
// they are escaped already. What people typed never goes by these names.
var rendered = map[string]bool{
	"answer": true, "arrow": true, "audience": true, "change": true, "commands": true, "dose": true, "load": true, "next": true,
	"pains": true, "rest": true, "row": true, "side": true, "status": true, "targets": true, "until": true, "what": true,
	"windows": true,
}

func values(pairs []any) map[string]any {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i].(string), pairs[i+1]
		if s, ok := value.(string); ok && rendered[name] {
			value = content.HTML(s)
		}
		data[name] = value
	}
	return data
}

// plainLabel is a text as the label of a button, which knows no markup.
func plainLabel(text string) string { return html.UnescapeString(text) }

// label is a button whose label is a text.
func (t *turn) label(key, verb string, n int, value string) button {
	return button{Label: plainLabel(t.text("button." + key)), Verb: verb, N: n, Value: value}
}

// say answers the person who wrote.
func (t *turn) say(words body) int64 { return t.sayTo(t.chat, words) }

// sayTo writes to a chat and returns the delivery.
func (t *turn) sayTo(chat int64, words body) int64 {
	kind := rehab.KindReply
	if words.Edit != 0 {
		kind = rehab.KindEdit
	}
	d, err := words.delivery(chat, kind)
	t.fail(err)
	d.PatientID = t.patient.ID
	if words.Chart {
		d.CourseID = t.course.ID
	}
	d.DueAt, d.ExpiresAt = t.now, t.now.Add(replyLife)
	d.Secret = t.secret || words.QR != "" || strings.Contains(words.Text, "?start=")
	id, err := t.tx.Say(d)
	t.fail(err)
	return id
}

// replyLife is how long an answer to a person is worth sending.
const replyLife = 12 * time.Hour

// line answers with one text.
func (t *turn) line(key string, pairs ...any) { t.say(body{Text: t.text(key, pairs...)}) }

// message handles a message or a command.
func (t *turn) message() {
	m := t.update.Message
	if m.From == nil || m.From.Bot || m.Pinned != nil {
		return
	}
	if !m.Chat.private() {
		t.chat = m.Chat.ID
		if strings.HasPrefix(m.Text, "/") {
			t.line("group")
		}
		return
	}
	if !t.who(m.Chat.ID) {
		return
	}
	t.reached()
	command, rest := splitCommand(m.Text)
	switch {
	case m.Forward != nil && (t.clinician.ID != 0 || t.patient.ID != 0):
		t.line("unknown.forward")
	case m.Forward != nil:
		t.line("unknown.person")
	case command == "start":
		t.start(strings.TrimSpace(rest))
	case t.clinician.ID != 0:
		command, rest = splitCommand(m.words())
		t.clinicianMessage(command, rest, m)
	case t.patient.ID != 0:
		t.patientMessage(command, rest, m)
	default:
		t.line("unknown.person")
	}
}

// edited looks for warning signs in a message that was changed. Otherwise what
// was said first counts: it has been answered.
func (t *turn) edited() {
	m := t.update.Edited
	if m.From == nil || !m.Chat.private() || m.Forward != nil {
		return
	}
	if !t.who(m.Chat.ID) {
		return
	}
	t.reached()
	if t.patient.ID != 0 {
		t.patientEdit(m)
	}
}

// splitCommand parts "/pain 4" into "pain" and "4"; text that is no command
// gives an empty command.
func splitCommand(text string) (command, rest string) {
	if !strings.HasPrefix(text, "/") {
		return "", text
	}
	head, rest := text, ""
	if i := strings.IndexAny(text, " \n\t"); i >= 0 {
		head, rest = text[:i], text[i+1:]
	}
	head, _, _ = strings.Cut(head[1:], "@")
	return strings.ToLower(head), rest
}

// callback handles a tap. A button works only in the chat that it was made for.
func (t *turn) callback() {
	q := t.update.Callback
	if q.Message == nil || !q.Message.Chat.private() || q.From.ID != q.Message.Chat.ID {
		return
	}
	if !t.who(q.Message.Chat.ID) {
		return
	}
	t.reached()
	tapped, ok := parseTap(q.Data)
	if ok {
		d, err := t.tx.Delivery(tapped.delivery)
		t.ignoreMissing(err)
		ok = err == nil && d.ChatID == t.chat
		switch {
		case ok && d.State == rehab.DeliveryInFlight:
			t.fail(errOvertaken)
			return
		case ok && d.State == rehab.DeliveryWaiting && d.Attempts > 0:
			t.fail(t.tx.Arrived(d.ID, t.tapped()))
		}
		ok = ok && !t.ofAnotherCourse(tapped.verb, d)
	}
	switch {
	case t.clinician.ID == 0 && t.patient.ID == 0:
		t.line("unknown.person")
	case !ok:
		t.stale()
	case t.clinician.ID != 0:
		t.clinicianTap(tapped)
	default:
		t.patientTap(tapped)
	}
}

// ofAnotherCourse reports whether a patient's tap is about a question of a course that
// has ended: the numbers of questions begin anew with each course.
func (t *turn) ofAnotherCourse(verb string, d rehab.Delivery) bool {
	if t.course == nil || d.CourseID == 0 || d.CourseID == t.course.ID || d.PatientID != t.patient.ID {
		return false
	}
	return !slices.Contains(safetyVerbs, verb) && !slices.Contains(ofNoCourse, verb)
}

// ofNoCourse are the taps of a patient that have nothing to do with the plan.
var ofNoCourse = []string{"consent", "forget", "resume", "contact", "menu", "news"}

// tapped is the id of the message whose button was tapped.
func (t *turn) tapped() int {
	if t.update.Callback == nil {
		return 0
	}
	return t.update.Callback.Message.ID
}

// stale says that a question is closed.
func (t *turn) stale() {
	if t.tapped() == 0 {
		t.line("stale.text")
		return
	}
	t.line("stale.button")
}

// member notes that a patient blocked or unblocked the bot.
func (t *turn) member() {
	m := t.update.Member
	if !m.Chat.private() {
		if m.New.Status == "member" {
			t.chat = m.Chat.ID
			t.line("group")
		}
		return
	}
	if !t.who(m.Chat.ID) || t.patient.ID == 0 {
		return
	}
	switch m.New.Status {
	case "kicked":
		if t.patient.UnreachableAt.IsZero() {
			t.fail(t.tx.SetUnreachable(t.patient.ID, t.now))
			t.course.Unreachable(t.now)
		}
	case "member":
		t.reached()
	}
}

// reached notes that a chat is open again: its patient is back, or does something
// there. Whoever has closed it all the same is found out by the next message.
func (t *turn) reached() {
	if !t.patient.UnreachableAt.IsZero() {
		t.fail(t.tx.SetUnreachable(t.patient.ID, time.Time{}))
		t.patient.UnreachableAt = time.Time{}
	}
}
