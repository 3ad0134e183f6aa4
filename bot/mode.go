package bot

import (
	"strings"

	"afterneedle/rehab"
)

// modeMeans says what a mode does.
var modeMeans = map[rehab.Mode]string{rehab.ModeAuto: "mode.auto", rehab.ModeSuggest: "mode.suggest"}

// modeClinic is how a clinician writes that a patient follows the clinic.
const modeClinic = "clinic"

// mode sets who changes loads: for the clinic with a mode alone, for one patient
// with the name before it.
func (t *turn) mode(rest string) {
	owner := t.clinician.Role == rehab.RoleOwner
	switch mode := rehab.Mode(plain(rest)); {
	case modeMeans[mode] != "" && !owner:
		t.line("wrong.role")
	case modeMeans[mode] != "":
		t.setClinicMode(mode)
	case rest == "" && owner:
		t.askClinicMode()
	default:
		t.forPatient("mode", rest)
	}
}

func (t *turn) askClinicMode() {
	mode, err := t.tx.ClinicMode()
	t.fail(err)
	t.openForm(form{Command: "mode"})
	t.say(body{Text: t.text("mode.clinic", "mode", string(mode), "what", t.text(modeMeans[mode])), Rows: append(
		row(t.label("auto", "mode", 0, string(rehab.ModeAuto)), t.label("suggest", "mode", 0, string(rehab.ModeSuggest))),
		row(t.label("cancel", "form", 0, "cancel"))...)})
}

// modeTap is a tap on the clinic's default.
func (t *turn) modeTap(value string) {
	mode := rehab.Mode(value)
	switch {
	case t.clinician.Role != rehab.RoleOwner:
		t.line("wrong.role")
	case modeMeans[mode] == "":
		t.stale()
	default:
		t.fail(t.tx.SetForm(t.chat, nil))
		t.setClinicMode(mode)
	}
}

func (t *turn) setClinicMode(mode rehab.Mode) {
	before, err := t.tx.ClinicMode()
	t.fail(err)
	if before != mode {
		t.fail(t.tx.SetClinicMode(mode, t.clinician.ID))
	}
	t.line("mode.clinic.set", "mode", string(mode), "what", t.text(modeMeans[mode]))
}

// modePatient sets the mode of the patient at hand, or asks for it.
func (t *turn) modePatient(rest string) {
	mode := rehab.Mode(plain(rest))
	if mode != modeClinic && modeMeans[mode] == "" {
		t.openForm(form{Command: "mode", Patient: t.patient.ID})
		t.say(body{
			Text: t.text("mode.ask", "name", t.patient.Name, "what", t.modeOf()),
			Rows: append(
				row(t.label("auto", "form", 0, string(rehab.ModeAuto)), t.label("suggest", "form", 0, string(rehab.ModeSuggest))),
				row(t.label("as_clinic", "form", 0, modeClinic), t.label("cancel", "form", 0, "cancel"))...),
		})
		return
	}
	t.course.SetMode(rehab.Mode(strings.TrimPrefix(string(mode), modeClinic)), t.now)
	t.line("mode.set", "name", t.patient.Name, "what", t.modeOf())
}

// modeOf says in which mode the patient at hand is, and what that means.
func (t *turn) modeOf() string {
	effective := t.course.EffectiveMode()
	key := "mode.own"
	if t.course.Mode == rehab.ModeClinic {
		key = "mode.default"
	}
	return t.text(key, "mode", string(effective), "what", t.text(modeMeans[effective]))
}
