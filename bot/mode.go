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
		t.begin("clinicmode", nil)
	default:
		t.forPatient("mode", rest)
	}
}

var askClinicMode = step{
	name: "mode",
	ask: func(t *turn, _ form) body {
		mode, err := t.tx.ClinicMode()
		t.fail(err)
		return body{
			Text: t.text("mode.clinic", "mode", string(mode), "what", t.text(modeMeans[mode])),
			Rows: row(t.option("auto", string(rehab.ModeAuto)), t.option("suggest", string(rehab.ModeSuggest))),
		}
	},
	take: keep("mode"),
}

// endClinicMode sets the clinic's default; anything else names a patient.
func (t *turn) endClinicMode(f form) { t.mode(f.Values["mode"]) }

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
		t.begin("mode", nil)
		return
	}
	t.course.SetMode(rehab.Mode(strings.TrimPrefix(string(mode), modeClinic)), t.now)
	t.line("mode.set", "name", t.patient.Name, "what", t.modeOf())
}

var askMode = step{
	name: "mode",
	ask: func(t *turn, _ form) body {
		return body{Text: t.text("mode.ask", "name", t.patient.Name, "what", t.modeOf()), Rows: append(
			row(t.option("auto", string(rehab.ModeAuto)), t.option("suggest", string(rehab.ModeSuggest))),
			row(t.option("as_clinic", modeClinic))...)}
	},
	take: func(t *turn, f form, value string) (string, bool) {
		if mode := rehab.Mode(plain(value)); mode != modeClinic && modeMeans[mode] == "" {
			t.line("mode.ask", "name", t.patient.Name, "what", t.modeOf())
			return "", false
		}
		return keep("mode")(t, f, value)
	},
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
