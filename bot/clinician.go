package bot

import (
	"crypto/rand"
	"fmt"
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
		"session":    (*turn).session,
		"patients":   func(t *turn, _ string) { t.patients(0) },
		"patient":    (*turn).showPatient,
		"hold":       (*turn).hold,
		"release":    (*turn).release,
		"load":       (*turn).load,
		"track":      (*turn).track,
		"discharge":  (*turn).discharge,
		"timeline":   (*turn).timeline,
		"broadcast":  (*turn).broadcast,
		"broadcasts": func(t *turn, _ string) { t.broadcasts() },
		"help":       func(t *turn, _ string) { t.clinicianHelp() },
		"invite":     func(t *turn, _ string) { t.invite() },
		"cancel":     func(t *turn, _ string) { t.cancelForm() },
	}
}

// clinicianMessage handles what a clinician writes: a command, or a field of
// the form that is open.
func (t *turn) clinicianMessage(command, rest, text string) {
	if run, ok := clinicianCommand[command]; ok {
		t.fail(t.tx.SetForm(t.chat, nil))
		run(t, strings.TrimSpace(rest))
		return
	}
	switch {
	case command != "":
		t.line("unknown.command")
	case !t.formText(text):
		t.line("clinician.unknown")
	}
}

// clinicianTap does what a button of a clinician says.
func (t *turn) clinicianTap(x tap) {
	switch x.verb {
	case "ack":
		t.acknowledge(x)
	case "release":
		t.onPatient(x.value, (*turn).releasePatient)
	case "patients":
		t.patients(x.n)
	case "pick":
		t.pick(x)
	case "form":
		t.formTap(x)
	case "broadcast":
		t.broadcastTap(x)
	case "discharge":
		t.onPatient(x.value, (*turn).dischargePatient)
	case "allow", "jump":
		t.answerAlert(x)
	case "glossary":
		t.glossary()
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
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		t.openForm(form{Command: "newpatient"})
		t.line("newpatient.ask")
		return
	case !validName(name):
		t.line("newpatient.fault")
		return
	}
	taken, err := t.tx.NameTaken(t.clinician.ID, name)
	t.fail(err)
	if taken {
		t.nameTaken(name)
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
	payload := rand.Text()
	t.fail(t.tx.AddInvite(payload, rehab.Invite{
		PatientID: p.ID, By: t.clinician.ID, ExpiresAt: t.now.AddDate(0, 0, patientInviteDays),
	}))
	link := t.bot.link(payload)
	t.say(body{Text: t.text("newpatient", "name", p.Name, "days", patientInviteDays, "link", link)})
	t.say(body{Text: t.text("newpatient.qr", "name", p.Name), QR: link})
}

// nameTaken proposes another name; for a patient who has not joined it offers a
// new link too, because a link can run out.
func (t *turn) nameTaken(name string) {
	words := body{Text: t.text("newpatient.taken", "name", name, "proposal", t.freeName(name))}
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

// freeName proposes the name with the first number that is free.
func (t *turn) freeName(name string) string {
	for n := 2; ; n++ {
		proposal := fmt.Sprintf("%s %d", name, n)
		taken, err := t.tx.NameTaken(t.clinician.ID, proposal)
		t.fail(err)
		if !taken || err != nil {
			return proposal
		}
	}
}

// named finds the one patient that a name or the beginning of one means; with
// several it offers them as buttons, and command says what for.
func (t *turn) named(name, command, rest string) (rehab.Patient, bool) {
	found, err := t.tx.PatientsOf(t.clinician, name)
	t.fail(err)
	if len(found) == 1 && name != "" {
		return found[0], true
	}
	if len(found) == 0 {
		key := "patients.none"
		if name == "" {
			key = "patients.empty"
		}
		t.line(key)
		return rehab.Patient{}, false
	}
	t.openForm(form{Command: command, Rest: rest})
	var buttons []button
	for _, p := range found[:min(len(found), pickLimit)] {
		buttons = append(buttons, button{Label: t.called(p), Verb: "pick", N: int(p.ID)})
	}
	text := t.text("patients.many")
	if len(found) > pickLimit {
		text = joined(text, t.text("patients.more", "n", len(found)-pickLimit))
	}
	t.say(body{Text: text, Rows: column(buttons...)})
	return rehab.Patient{}, false
}

// called is the name of a patient in a list; with the clinician's, when it is
// somebody else's patient: two of them may have the same name.
func (t *turn) called(p rehab.Patient) string {
	if p.ClinicianID == t.clinician.ID {
		return p.Name
	}
	c, err := t.tx.Clinician(p.ClinicianID)
	t.fail(err)
	return p.Name + " (" + c.Name + ")"
}

// pickLimit is how many patients are offered as buttons.
const pickLimit = 20

// pick goes on with the command for the patient that was tapped.
func (t *turn) pick(x tap) {
	f, ok := t.form()
	if !ok {
		t.stale()
		return
	}
	t.fail(t.tx.SetForm(t.chat, nil))
	t.onPatient(strconv.Itoa(x.n), func(t *turn) {
		if run, ok := onPatient[f.Command]; ok {
			run(t, f.Rest)
			return
		}
		t.stale()
	})
}

// onPatient runs fn for a patient that this clinician may see.
func (t *turn) onPatient(id string, fn func(*turn)) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		t.stale()
		return
	}
	p, err := t.tx.PatientFor(t.clinician, n)
	if err != nil {
		t.ignoreMissing(err)
		t.stale()
		return
	}
	t.take(p)
	if t.err == nil {
		fn(t)
	}
}

// take makes p the patient that the rest of the turn is about.
func (t *turn) take(p rehab.Patient) {
	c, err := t.tx.Course(p.ID)
	t.fail(err)
	t.patient, t.course = p, c
}

// onPatient are the commands that act on one patient, by name.
var onPatient map[string]func(t *turn, rest string)

func init() {
	onPatient = map[string]func(t *turn, rest string){
		"patient":   func(t *turn, _ string) { t.record() },
		"hold":      (*turn).holdPatient,
		"release":   func(t *turn, _ string) { t.releasePatient() },
		"load":      (*turn).loadPatient,
		"track":     (*turn).trackPatient,
		"discharge": func(t *turn, _ string) { t.askDischarge() },
		"timeline":  func(t *turn, _ string) { t.timelinePatient() },
		"session":   (*turn).sessionPatient,
	}
}

// forPatient parts "NAME, REST" and runs the command when the name is clear.
func (t *turn) forPatient(command, text string) {
	name, rest := firstField(text)
	if p, ok := t.named(name, command, rest); ok {
		t.take(p)
		if t.err == nil {
			onPatient[command](t, rest)
		}
	}
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
// so that "7,5 kg" stays one.
func fields(text string) []string {
	parts := strings.FieldsFunc(strings.ReplaceAll(text, ", ", "\n"), func(r rune) bool { return r == '\n' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
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
