package bot

import (
	"strings"
	"unicode"

	"afterneedle/rehab"
)

// start opens a chat: with the payload of an invitation, or without.
func (t *turn) start(payload string) {
	if payload == "" {
		t.startAgain()
		return
	}
	invite, err := t.tx.Invite(payload)
	if err != nil {
		t.ignoreMissing(err)
		t.line("link.used")
		return
	}
	if !invite.UsedAt.IsZero() && invite.UsedBy == t.chat && t.patient.ID != 0 {
		t.startAgain()
		return
	}
	if !invite.UsedAt.IsZero() || !t.now.Before(invite.ExpiresAt) {
		t.line("link.used")
		return
	}
	switch {
	case t.clinician.ID != 0 && invite.Role == "":
		t.line("link.patient")
	case t.clinician.ID != 0 || t.patient.ID != 0:
		t.line("link.known")
	case invite.Role != "":
		t.joinClinic(payload, invite)
	default:
		t.joinPatient(payload, invite)
	}
}

func (t *turn) startAgain() {
	switch {
	case t.clinician.ID != 0:
		t.clinicianHelp()
	case t.patient.ID == 0:
		t.line("unknown.person")
	case t.course.ConsentedAt.IsZero():
		t.askConsent()
	case !t.course.StoppedAt.IsZero():
		t.say(body{Text: t.text("stop.resume"), Rows: row(
			t.label("resume", "resume", 0, "yes"), t.label("stay_stopped", "resume", 0, "no"))})
	default:
		t.today()
	}
}

// joinClinic makes the person behind the link a clinician.
func (t *turn) joinClinic(payload string, invite rehab.Invite) {
	t.fail(t.tx.UseInvite(payload, t.chat, t.now))
	c := rehab.Clinician{ChatID: t.chat, Role: invite.Role, Name: t.staffName()}
	id, err := t.tx.AddClinician(c)
	t.fail(err)
	c.ID = id
	t.clinician = c
	t.commandsFor, t.commands = t.chat, clinicianCommands
	key := "welcome.clinician"
	if c.Role == rehab.RoleOwner {
		t.fail(t.tx.DropOwnerInvites())
		t.commands, key = ownerCommands, "welcome.owner"
	}
	t.line(key)
}

// joinPatient binds the chat to the patient of the link and asks for consent.
// Nothing else is sent before it is given.
func (t *turn) joinPatient(payload string, invite rehab.Invite) {
	p, err := t.tx.Patient(invite.PatientID)
	t.fail(err)
	if p.ChatID != 0 {
		// Another link of the same patient was used first.
		t.line("link.used")
		return
	}
	t.fail(t.tx.UseInvite(payload, t.chat, t.now))
	t.fail(t.tx.SetPatientChat(p.ID, t.chat))
	p.ChatID = t.chat
	t.patient = p
	t.askConsent()
}

func (t *turn) askConsent() {
	t.say(body{Text: t.text("consent"), Rows: column(
		t.label("agree", "consent", 0, "yes"),
		t.label("decline", "consent", 0, "no"),
		t.label("read_more", "consent", 0, "more"))})
}

// consent is the answer to the first message.
func (t *turn) consent(answer string) {
	switch {
	case answer == "more":
		t.line("privacy")
	case !t.course.ConsentedAt.IsZero():
		t.stale()
	case answer == "yes":
		t.course.Consent(t.now)
		t.say(body{Edit: t.tapped(), Text: t.text("consent.given")})
		if len(t.course.Needlings) == 0 {
			t.line("welcome.none")
		}
		t.tellClinician("patient.joined")
	default:
		t.say(body{Edit: t.tapped(), Text: t.text("consent.declined")})
		t.tellClinician("patient.declined")
		t.fail(t.tx.SetPatientChat(t.patient.ID, 0))
	}
}

// tellClinician writes one line about the patient to all who look after them.
func (t *turn) tellClinician(key string) {
	for _, c := range t.cliniciansOf() {
		t.sayTo(c.ChatID, body{Text: t.text(key, "name", t.patient.Name)})
	}
}

func (t *turn) cliniciansOf() []rehab.Clinician {
	list, err := t.tx.CliniciansOf(t.patient.ID)
	t.fail(err)
	return list
}

// validName reports whether a name for a patient can be used: one line, short,
// without the characters that part fields and without invisible ones.
func validName(name string) bool {
	const joiner = '\u200d' // between the parts of an emoji
	hidden := func(r rune) bool { return !unicode.IsPrint(r) && r != joiner }
	return len([]rune(name)) <= nameLimit && strings.ContainsFunc(name, unicode.IsGraphic) &&
		!strings.ContainsAny(name, ",<>") && !strings.HasPrefix(name, "/") && !strings.ContainsFunc(name, hidden)
}

// nameLimit is how many characters a name for a patient may have.
const nameLimit = 40
