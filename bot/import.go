package bot

import (
	"crypto/rand"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"afterneedle/rehab"
)

// faultsShown is how many faulty lines a preview lists, and cellShown how many
// characters of a cell; defaults of ours.
const (
	faultsShown = 20
	cellShown   = 40
)

// importPatients asks for a file with patients.
func (t *turn) importPatients(string) {
	t.openForm(form{Command: "import"})
	t.line("import.ask", "lines", importLines)
}

// wantsFile reports whether a document is one to import: by its caption, or
// because the form waits for it.
func (t *turn) wantsFile(m *message) bool {
	if command, _ := splitCommand(m.Caption); command != "" {
		return command == "import"
	}
	f, ok := t.form()
	return ok && f.Command == "import"
}

// importFile shows what is in a file; false when the document is not for that.
func (t *turn) importFile(m *message) bool {
	if m.Document == nil || !t.wantsFile(m) {
		return false
	}
	switch a := t.file; {
	case a == nil:
		t.importPatients("")
	case errors.Is(a.err, errTooBig):
		t.refuseFile("import.big")
	case a.err != nil:
		t.refuseFile("import.lost")
	default:
		t.preview(a.data)
	}
	return true
}

// refuseFile says why a file is of no use; the next one is welcome.
func (t *turn) refuseFile(key string) {
	t.openForm(form{Command: "import"})
	t.line(key, "lines", importLines, "columns", strings.Join(importColumns, ", "))
}

// preview reads a file and asks before anything is saved. What it says holds
// names of people who are no patients yet, and is erased once it was sent.
func (t *turn) preview(data []byte) {
	taken, err := t.tx.TakenNames(t.clinician.ID)
	t.fail(err)
	r := &importReader{
		now: t.now, zone: t.bot.set.ClinicZone, find: t.bot.content.FindMuscle, taken: taken, folded: folded,
	}
	people, faults, refused := r.read(data)
	if refused != nil {
		t.refuseFile(refused.key)
		return
	}
	t.secret = true
	lines := []string{t.text("import.found", "n", len(people))}
	if len(faults) > 0 {
		lines = append(lines, t.text("import.faults", "n", len(faults)))
	}
	shown := min(len(faults), faultsShown)
	for _, f := range faults[:shown] {
		lines = append(lines, t.faultLine(f))
	}
	if more := len(faults) - shown; more > 0 {
		lines = append(lines, t.text("import.more", "n", more))
	}
	f := form{Command: "import", Step: rand.Text()[:8], People: people}
	t.openForm(f)
	words := body{Text: strings.Join(lines, "\n")}
	if n := len(people); n > 0 {
		words.Rows = column(
			button{Label: plainLabel(t.text("button.import", "n", n)), Verb: "import", N: n, Value: f.Step},
			t.label("cancel", "form", 0, "cancel"))
	}
	t.say(words)
	if len(faults) > shown {
		t.allFaults(faults)
	}
}

// allFaults sends every faulty line in a file.
func (t *turn) allFaults(faults []lineFault) {
	var list strings.Builder
	for _, f := range faults {
		list.WriteString(plainLabel(t.faultLine(f)) + "\n")
	}
	t.say(body{Text: t.text("import.all_faults"), File: &file{Name: "faults.txt", Data: []byte(list.String())}})
}

func (t *turn) faultLine(f lineFault) string {
	cell := f.value
	if utf8.RuneCountInString(cell) > cellShown {
		cell = string([]rune(cell)[:cellShown]) + "…"
	}
	what := t.text(f.key, "cell", cell, "columns", len(importColumns))
	return t.text("import.fault", "line", f.line, "what", what)
}

// folded is a name as it is compared: case, and the way accents are written, do
// not matter.
func folded(name string) string { return norm.NFKC.String(cases.Fold().String(name)) }

// importTap imports what the preview with this button has shown.
func (t *turn) importTap(x tap) {
	f, ok := t.form()
	if !ok || f.Command != "import" || f.Step == "" || f.Step != x.value || len(f.People) == 0 {
		t.stale()
		return
	}
	t.runImport(f.People)
}

// importText is a text while a file is waited for or previewed: the words of the
// button count.
func (t *turn) importText(f form, text string) {
	label := plainLabel(t.text("button.import", "n", len(f.People)))
	if len(f.People) > 0 && saysLabel(plain(text), plain(label)) {
		t.runImport(f.People)
		return
	}
	t.line("import.ask", "lines", importLines)
}

// runImport makes patients with their needlings and links: all of them, or, when
// something has changed since the preview, nobody.
func (t *turn) runImport(people []newcomer) {
	t.secret = true
	t.fail(t.tx.SetForm(t.chat, nil))
	taken, err := t.tx.TakenNames(t.clinician.ID)
	t.fail(err)
	for _, p := range people {
		if taken(p.Name) || t.now.Sub(p.At) > oldestNeedling {
			t.line("import.changed", "name", p.Name)
			return
		}
	}
	payloads := t.newInvites(t.addNewcomers(people))
	if t.err != nil {
		return
	}
	links := make([][2]string, len(people))
	for i, p := range people {
		links[i] = [2]string{p.Name, t.bot.link(payloads[i])}
	}
	table, err := invited(links)
	t.fail(err)
	t.say(body{Edit: t.tapped(), Text: t.text("import.done", "n", len(people))})
	t.say(body{Text: t.text("import.links", "days", patientInviteDays), File: &file{Name: "links.csv", Data: table}})
}

// addNewcomers makes patients, each with the needling.
func (t *turn) addNewcomers(people []newcomer) (ids []int64) {
	zone, protocol := t.bot.set.ClinicZone, t.bot.content.Protocol()
	patients, courses := make([]rehab.Patient, len(people)), make([]*rehab.Course, len(people))
	for i, p := range people {
		patients[i] = rehab.Patient{Name: p.Name, ClinicianID: t.clinician.ID, Zone: zone.String(), CreatedAt: t.now}
		courses[i] = rehab.NewCourse(0, &protocol, zone, zone)
	}
	ids, err := t.tx.AddPatients(patients, courses)
	t.fail(err)
	if t.err != nil {
		return nil
	}
	for i, p := range people {
		n := rehab.NewNeedling{At: p.At, By: t.clinician.ID, Usual: map[rehab.NeedledTarget]rehab.Weight{}}
		for _, on := range p.Targets {
			n.Targets = append(n.Targets, on.target())
			n.Usual[on.target()] = rehab.Weight{G: on.G, Unit: on.Unit}
		}
		courses[i].Needle(n, t.now)
	}
	return ids
}
