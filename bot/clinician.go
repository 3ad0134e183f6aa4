package bot

import (
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"afterneedle/rehab"
)

// The lives of invitations; defaults of ours.
const (
	patientInviteDays    = 7
	clinicianInviteHours = 24
)

var clinicianCommand map[string]func(t *turn, rest string)

func init() {
	clinicianCommand = map[string]func(t *turn, rest string){
		"newpatient": (*turn).newPatient,
		"import":     (*turn).importPatients,
		"session":    (*turn).session,
		"patients":   func(t *turn, _ string) { t.patients(rehab.CasesAll, 0) },
		"patient":    (*turn).showPatient,
		"alerts":     (*turn).alertsOf,
		"digest":     (*turn).digest,
		"brief":      func(t *turn, rest string) { t.forPatient("brief", rest) },
		"hold":       (*turn).hold,
		"release":    (*turn).release,
		"load":       (*turn).load,
		"track":      (*turn).track,
		"zone":       func(t *turn, rest string) { t.forPatient("zone", rest) },
		"discharge":  (*turn).discharge,
		"timeline":   (*turn).timeline,
		"message":    (*turn).messageTo,
		"history":    func(t *turn, rest string) { t.forPatient("history", rest) },
		"mode":       (*turn).mode,
		"broadcast":  (*turn).broadcast,
		"broadcasts": func(t *turn, _ string) { t.broadcasts() },
		"help":       func(t *turn, _ string) { t.clinicianHelp() },
		"share":      func(t *turn, rest string) { t.forPatient("share", rest) },
		"handover":   func(t *turn, rest string) { t.forPatient("handover", rest) },
		"clinicians": func(t *turn, _ string) { t.clinicians(0) },
		"invite":     func(t *turn, _ string) { t.invite() },
		"cancel":     func(t *turn, _ string) { t.cancelAll() },
	}
}

// clinicianMessage handles what a clinician writes: a command, a reply to what a
// patient wrote, or a field of the form that is open.
func (t *turn) clinicianMessage(command, rest string, m *message) {
	if t.importFile(m) {
		return
	}
	if run, ok := clinicianCommand[command]; ok {
		t.closeForm()
		run(t, strings.TrimSpace(rest))
		return
	}
	switch {
	case command != "":
		t.line("unknown.command")
	case t.answersNote(m):
	case t.repliesElsewhere(m):
	case !t.formText(m.words()):
		t.line("clinician.unknown")
	}
}

// clinicianTap does what a button of a clinician says.
func (t *turn) clinicianTap(x tap) {
	switch x.verb {
	case "ack":
		t.acknowledge(x)
	case "release":
		t.onPatient(x.value, func(t *turn) { t.releaseTap(x.n) })
	case "begin":
		t.act(x)
	case "alerts":
		t.moreAlerts(x.value)
	case "digest":
		t.digestPage(x.n)
	case "patients":
		t.patients(rehab.CaseFilter(x.value), x.n)
	case "patient":
		t.onPatient(x.value, (*turn).record)
	case "brief":
		t.onPatient(x.value, (*turn).brief)
	case "propose":
		t.confirmProposal(x)
	case "pick":
		t.pick(x)
	case "form":
		t.formTap(x)
	case "broadcast":
		t.broadcastTap(x)
	case "undo":
		t.undo(x)
	case "unshare":
		t.endShare(x)
	case "clinicians":
		t.clinicians(x.n)
	case "remove":
		t.removeTap(x)
	case "allow", "jump":
		t.answerAlert(x)
	case "accept", "keep":
		t.answerSuggestion(x)
	case "history":
		t.onPatient(x.value, func(t *turn) { t.historyPage(x.n) })
	case "glossary":
		t.glossary()
	case "import":
		t.importTap(x)
	case "reply":
		t.onPatient(x.value, func(t *turn) { t.messagePatient("") })
	case "link":
		t.onPatient(x.value, (*turn).newLink)
	default:
		t.stale()
	}
}

func (t *turn) clinicianHelp() {
	names := clinicianCommands
	if t.clinician.Role == rehab.RoleOwner {
		names = ownerCommands
	}
	t.say(t.commandsWith(names))
}

func (t *turn) invite() {
	if t.clinician.Role != rehab.RoleOwner {
		t.line("wrong.role")
		return
	}
	payload := rand.Text()
	t.fail(t.tx.AddInvite(payload, rehab.Invite{
		Role: rehab.RoleClinician, By: t.clinician.ID, ExpiresAt: t.now.Add(clinicianInviteHours * time.Hour),
	}))
	t.line("invite", "hours", clinicianInviteHours, "link", t.bot.link(payload))
}

// newPatient makes a patient with a link that is shown as text and as a picture.
func (t *turn) newPatient(name string) {
	name = oneLine(name)
	if name == "" {
		t.begin("newpatient", nil)
		return
	}
	if !t.nameFits(name) {
		return
	}
	zone := t.bot.set.ClinicZone
	protocol := t.bot.content.Protocol()
	id, err := t.tx.AddPatient(rehab.Patient{
		Name: name, ClinicianID: t.clinician.ID, Zone: zone.String(), CreatedAt: t.now,
	}, rehab.NewCourse(0, &protocol, zone, zone))
	t.fail(err)
	t.invitePatient(rehab.Patient{ID: id, Name: name})
}

// invitePatient shows a link for a patient as text and as a picture.
func (t *turn) invitePatient(p rehab.Patient) {
	link := t.bot.link(t.newInvite(p.ID))
	t.say(body{Text: t.text("newpatient", "name", p.Name, "days", patientInviteDays, "link", link)})
	t.say(body{Text: t.text("newpatient.qr", "name", p.Name), QR: link})
}

// newInvite makes an invitation for a patient and returns its payload.
func (t *turn) newInvite(patient int64) string { return t.newInvites([]int64{patient})[0] }

// newInvites makes one for each of many.
func (t *turn) newInvites(patients []int64) (payloads []string) {
	invites := make([]rehab.Invite, len(patients))
	for i, id := range patients {
		payloads = append(payloads, rand.Text())
		invites[i] = rehab.Invite{PatientID: id, By: t.clinician.ID, ExpiresAt: t.now.AddDate(0, 0, patientInviteDays)}
	}
	t.fail(t.tx.AddInvites(payloads, invites))
	return payloads
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// nameFits reports whether another patient can have this name, or says why not.
func (t *turn) nameFits(name string) bool {
	if !validName(name) {
		t.line("newpatient.fault")
		return false
	}
	taken, err := t.tx.NameTaken(t.clinician.ID, name)
	t.fail(err)
	if taken {
		t.nameTaken(name)
	}
	return !taken
}

// nameTaken proposes another name; for a patient who has not joined it offers a
// new link too, because a link can run out.
func (t *turn) nameTaken(name string) {
	free, err := t.tx.FreeName(t.clinician.ID, name)
	t.fail(err)
	words := body{Text: t.text("newpatient.taken", "name", name, "proposal", free)}
	found, err := t.tx.PatientsOf(t.clinician, name)
	t.fail(err)
	for _, p := range found {
		if p.ClinicianID == t.clinician.ID && p.ChatID == 0 {
			words.Rows = row(t.label("new_link", "link", 0, strconv.FormatInt(p.ID, 10)))
		}
	}
	t.say(words)
}

// newLink makes another link for a patient who has not joined yet.
func (t *turn) newLink() {
	if t.patient.ChatID != 0 {
		t.line("link.joined", "name", t.patient.Name)
		return
	}
	t.invitePatient(t.patient)
}

// firstField parts a line at the first comma that is followed by a space, or at
// a new line.
func firstField(text string) (first, rest string) {
	f := fields(text)
	if len(f) == 0 {
		return "", ""
	}
	return f[0], strings.Join(f[1:], ", ")
}

// fields parts a command line: a comma and a space, or a new line, ends a field,
// so that "7,5 kg" stays one. A comma at the end of the line ends nothing.
func fields(text string) []string {
	parts := strings.FieldsFunc(strings.ReplaceAll(text, ", ", "\n"), func(r rune) bool { return r == '\n' })
	for i := range parts {
		parts[i] = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(parts[i]), ","))
	}
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

func (t *turn) showPatient(rest string) { t.forPatient("patient", rest) }
func (t *turn) hold(rest string)        { t.forPatient("hold", rest) }
func (t *turn) release(rest string)     { t.forPatient("release", rest) }
func (t *turn) load(rest string)        { t.forPatient("load", rest) }
func (t *turn) track(rest string)       { t.forPatient("track", rest) }
func (t *turn) discharge(rest string)   { t.forPatient("discharge", rest) }
func (t *turn) timeline(rest string)    { t.forPatient("timeline", rest) }
func (t *turn) session(rest string)     { t.forPatient("session", rest) }
