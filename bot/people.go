package bot

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"afterneedle/rehab"
)

// errNotOwn is what the store says to a clinician who may see a patient, but not
// decide who else may.
const errNotOwn rehab.Problem = "not_own"

// colleagues are the clinicians who do not look after the patient at hand yet,
// or, to hand over, are not the patient's own.
func (t *turn) colleagues(command string) []rehab.Clinician {
	all, err := t.tx.Clinicians()
	t.fail(err)
	return slices.DeleteFunc(all, func(c rehab.Clinician) bool {
		return c.ID == t.patient.ClinicianID || command == "share" && slices.ContainsFunc(t.cliniciansOf(),
			func(known rehab.Clinician) bool { return known.ID == c.ID })
	})
}

// colleagueNamed finds the one clinician that a name or the beginning of one
// means.
func (t *turn) colleagueNamed(command, typed string) (rehab.Clinician, bool) {
	var found, exact []rehab.Clinician
	for _, c := range t.colleagues(command) {
		if typed == chosen(c) {
			return c, true // from a button
		}
		begins, whole := sameName(c.Name, typed)
		if begins {
			found = append(found, c)
		}
		if whole {
			exact = append(exact, c)
		}
	}
	if len(exact) == 1 {
		found = exact
	}
	if len(found) != 1 || typed == "" {
		return rehab.Clinician{}, false
	}
	return found[0], true
}

var askColleague = step{
	name: "clinician",
	ask: func(t *turn, f form) body {
		var buttons []button
		for _, c := range t.colleagues(f.Command) {
			buttons = append(buttons, button{Label: c.Name, Verb: "form", Value: chosen(c)})
		}
		text := "share.ask"
		if f.Command == "handover" {
			text = "handover.ask"
		} else {
			for _, c := range t.sharers() {
				buttons = append(buttons, t.endShareButton(c))
			}
		}
		if len(buttons) == 0 {
			text = "share.nobody"
		}
		return body{Text: t.text(text, "name", t.patient.Name), Rows: column(buttons...)}
	},
	take: func(t *turn, f form, value string) (string, bool) {
		if _, ok := t.colleagueNamed(f.Command, value); !ok {
			t.notColleague(f.Command, value)
			return "", false
		}
		return keep("clinician")(t, f, value)
	},
}

// chosen is the value of the button with a clinician's name; nobody types it.
func chosen(c rehab.Clinician) string { return "#" + strconv.FormatInt(c.ID, 10) }

// sharers are those with whom the patient at hand is shared.
func (t *turn) sharers() []rehab.Clinician {
	return slices.DeleteFunc(t.cliniciansOf(), func(c rehab.Clinician) bool { return c.ID == t.patient.ClinicianID })
}

func (t *turn) endShareButton(with rehab.Clinician) button {
	return button{Label: plainLabel(t.text("button.end_share", "clinician", with.Name)), Verb: "unshare", N: int(with.ID), Value: t.patientID()}
}

// sharePatient lets another clinician see the patient, act, and get the alerts.
func (t *turn) sharePatient(rest string) {
	other, ok := t.otherClinician("share", rest)
	if !ok || t.refusedToGive(t.tx.Share(t.clinician, t.patient.ID, other.ID)) {
		return
	}
	end := row(t.endShareButton(other))
	t.say(body{Text: t.text("share.done", "name", t.patient.Name, "clinician", other.Name), Rows: end})
	t.tell(other, body{Text: t.text("share.told", "name", t.patient.Name, "by", t.clinician.Name), Rows: end})
}

// otherClinician reads whom a patient is given to, or asks.
func (t *turn) otherClinician(command, rest string) (rehab.Clinician, bool) {
	if rest == "" {
		t.begin(command, nil)
		return rehab.Clinician{}, false
	}
	other, ok := t.colleagueNamed(command, rest)
	if !ok {
		t.notColleague(command, rest)
	}
	return other, ok
}

// notColleague says why a name leads to nobody.
func (t *turn) notColleague(command, typed string) {
	if command == "share" {
		for _, c := range t.sharers() {
			if begins, _ := sameName(c.Name, typed); begins {
				t.line("share.already", "name", t.patient.Name, "clinician", c.Name)
				return
			}
		}
	}
	t.line("share.unknown", "field", short(typed))
}

// refusedToGive answers a clinician who does not decide who sees the patient.
func (t *turn) refusedToGive(err error) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, errNotOwn):
		own, err := t.tx.Clinician(t.patient.ClinicianID)
		t.fail(err)
		t.line("share.not_own", "name", t.patient.Name, "clinician", own.Name)
	case errors.Is(err, errNotFound):
		t.stale()
	default:
		t.fail(err)
	}
	return true
}

// tell writes to another clinician; somebody who did it alone knows already.
func (t *turn) tell(c rehab.Clinician, words body) {
	if c.ID != t.clinician.ID {
		t.sayTo(c.ChatID, words)
	}
}

// endShare ends what /share began.
func (t *turn) endShare(x tap) {
	t.onPatient(x.value, func(t *turn) {
		other, err := t.tx.Clinician(int64(x.n))
		if err != nil {
			t.ignoreMissing(err)
			t.stale()
			return
		}
		own, err := t.tx.Clinician(t.patient.ClinicianID)
		t.fail(err)
		if t.refusedToGive(t.tx.EndShare(t.clinician, t.patient.ID, other.ID)) {
			return
		}
		text := t.text("share.ended", "name", t.patient.Name, "clinician", other.Name)
		t.say(body{Text: text})
		t.tell(other, body{Text: text})
		if own.ID != other.ID {
			t.tell(own, body{Text: text})
		}
	})
}

// handOverPatient makes another clinician the patient's own.
func (t *turn) handOverPatient(rest string) {
	other, ok := t.otherClinician("handover", rest)
	if !ok {
		return
	}
	was := t.patient
	p, err := t.tx.HandOver(t.clinician, was.ID, other.ID)
	if t.refusedToGive(err) {
		return
	}
	words := body{Text: t.text("handover.done", "name", was.Name, "clinician", other.Name)}
	if p.Name != was.Name {
		words.Text = joined(words.Text, t.text("handover.renamed", "was", was.Name, "name", p.Name))
	}
	t.say(words)
	t.tell(other, words)
	if former, err := t.tx.Clinician(was.ClinicianID); err == nil && former.RemovedAt.IsZero() && former.ID != other.ID {
		t.tell(former, words)
	}
}

// staffName is the first name of the person who joins, with a number when
// somebody of the clinic has it.
func (t *turn) staffName() string {
	all, err := t.tx.Clinicians()
	t.fail(err)
	name := t.update.firstName()
	for n := 2; slices.ContainsFunc(all, func(c rehab.Clinician) bool { return plain(c.Name) == plain(name) }); n++ {
		name = fmt.Sprintf("%s %d", t.update.firstName(), n)
	}
	return name
}

// clinicians lists everybody of the clinic for an owner.
func (t *turn) clinicians(page int) {
	if t.clinician.Role != rehab.RoleOwner {
		t.line("wrong.role")
		return
	}
	all, err := t.tx.Clinicians()
	t.fail(err)
	counts, err := t.tx.PatientCounts()
	t.fail(err)
	pages := (len(all) + casesShown - 1) / casesShown
	page = max(0, min(page, pages-1))
	lines := []string{t.text("clinicians.head")}
	words := body{Edit: t.tapped()}
	for _, c := range all[page*casesShown : min(len(all), (page+1)*casesShown)] {
		key := "clinicians.line"
		if c.Role == rehab.RoleOwner {
			key = "clinicians.owner"
		}
		if t.removable(c) {
			words.Rows = append(words.Rows, []button{t.removeButton(c, "ask")})
		}
		lines = append(lines, t.text(key, "name", c.Name, "n", counts[c.ID]))
	}
	words.Text = strings.Join(lines, "\n")
	words.Rows = append(words.Rows, t.pager("clinicians", page, pages))
	t.say(words)
}

func (t *turn) removeButton(c rehab.Clinician, value string) button {
	return button{Label: plainLabel(t.text("button.remove", "clinician", c.Name)), Verb: "remove", N: int(c.ID), Value: value}
}

// removable reports whether this owner can remove somebody: not themselves, and
// nobody whom the settings name, for they would be back at once.
func (t *turn) removable(c rehab.Clinician) bool {
	return t.clinician.Role == rehab.RoleOwner && c.ID != t.clinician.ID && !t.owns(c.ChatID) && c.RemovedAt.IsZero()
}

// removeTap asks whether a clinician shall be removed, and does it.
func (t *turn) removeTap(x tap) {
	c, err := t.tx.Clinician(int64(x.n))
	t.ignoreMissing(err)
	if err != nil || !t.removable(c) {
		t.stale()
		return
	}
	counts, err := t.tx.PatientCounts()
	t.fail(err)
	switch x.value {
	case "ask":
		t.say(body{
			Text: t.text("clinicians.ask", "name", c.Name, "n", counts[c.ID]),
			Rows: row(t.removeButton(c, "yes"), t.label("cancel", "remove", x.n, "no")),
		})
	case "no":
		t.cancelForm()
	case "yes":
		t.remove(c, counts[c.ID])
	default:
		t.stale()
	}
}

// remove takes a clinician out of the clinic; the patients go to this owner.
func (t *turn) remove(c rehab.Clinician, patients int) {
	broadcasts, err := t.tx.BroadcastsOf(c.ID)
	t.fail(err)
	renamed, err := t.tx.RemoveClinician(c.ID, t.clinician)
	t.fail(err)
	lines := []string{t.text("clinicians.removed", "name", c.Name, "n", patients)}
	if n := len(broadcasts); n > 0 {
		lines = append(lines, t.text("clinicians.broadcasts", "n", n))
	}
	for _, r := range renamed {
		lines = append(lines, t.text("handover.renamed", "was", r.Was, "name", r.Is))
	}
	t.secret = len(renamed) > 0 // names of many, which nobody's erasure would find
	t.commandsFor, t.commands = c.ChatID, patientCommands
	t.say(body{Edit: t.tapped(), Text: strings.Join(lines, "\n")})
}
