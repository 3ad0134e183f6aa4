package bot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"afterneedle/rehab"
)

// historyLines is how many changes one screen of /history shows.
const historyLines = 8

// historyText is how each kind of change is said.
var historyText = map[rehab.ChangeKind]string{
	rehab.ChangeLoad: "history.moved", rehab.ChangePhase: "history.moved", rehab.ChangeConsent: "history.consent",
	rehab.ChangeConfirmed: "history.confirmed", rehab.ChangeSuggested: "history.suggested", rehab.ChangeKept: "history.kept",
	rehab.ChangeClosed: "history.closed", rehab.ChangeTrack: "history.track", rehab.ChangeMode: "history.mode",
	rehab.ChangeHold: "history.hold", rehab.ChangeRelease: "history.release", rehab.ChangeDischarge: "history.discharge",
	rehab.ChangeUndone: "history.undone",
}

// historyPage shows who changed what, when and why, the newest first.
func (t *turn) historyPage(page int) {
	all := t.course.Changes
	if len(all) == 0 {
		t.line("history.empty", "name", t.patient.Name)
		return
	}
	page = max(0, min(page, (len(all)-1)/historyLines))
	v := t.bot.voiceFor(t)
	lines := []string{t.text("history.head", "name", t.patient.Name)}
	for i := len(all) - 1 - page*historyLines; i >= 0 && i >= len(all)-(page+1)*historyLines; i-- {
		x := &all[i]
		lines = append(lines, t.text("history.line", "when", clockTime(x.At, t.now, t.course.ClinicZone), "by", t.changedBy(x),
			"what", v.changed(x)))
	}
	t.fail(v.err)
	id := strconv.FormatInt(t.patient.ID, 10)
	var pages []button
	if page > 0 {
		pages = append(pages, t.label("back", "history", page-1, id))
	}
	if (page+1)*historyLines < len(all) {
		pages = append(pages, t.label("next", "history", page+1, id))
	}
	t.say(body{Text: strings.Join(lines, "\n"), Rows: row(pages...), Edit: t.tapped()})
}

// changedBy names who made a change.
func (t *turn) changedBy(x *rehab.Change) string {
	if x.By == 0 {
		return t.text("history.program")
	}
	c, err := t.tx.Clinician(x.By)
	t.ignoreMissing(err)
	return cmp.Or(c.Name, strconv.FormatInt(x.By, 10))
}

// changed is one change in the clinician's words.
func (v *voice) changed(x *rehab.Change) string {
	why := x.Why
	if len(x.Rules) > 0 {
		why = strings.TrimSuffix(strings.Join(x.Rules, ", ")+": "+why, ": ")
	}
	t := v.changedTarget(x)
	what := v.changedWhat(x, t)
	if t != nil {
		what = v.text("alert.about", "muscle", v.muscleName(t), "side", v.text("side."+string(t.Side)), "what", what)
	}
	if why == "" {
		return what
	}
	return v.text("history.why", "what", what, "why", why)
}

// changedTarget is what a change was about, nil for the whole course. A target
// that went with its needling is known from the undo.
func (v *voice) changedTarget(x *rehab.Change) *rehab.Target {
	if t := v.c.Target(x.Target); t != nil {
		return t
	}
	gone := x
	if i := slices.IndexFunc(v.c.Changes, func(other rehab.Change) bool {
		return other.What == rehab.ChangeUndone && other.Target == x.Target
	}); i >= 0 && x.Target != 0 {
		gone = &v.c.Changes[i]
	}
	n := gone.From.Needled
	if n == (rehab.Needled{}) {
		return nil
	}
	return &rehab.Target{Muscle: n.Muscle, Side: n.Side, Unit: n.Unit}
}

// changedWhat is what a change of a target, or of the course, did.
func (v *voice) changedWhat(x *rehab.Change, t *rehab.Target) string {
	switch {
	case x.What == rehab.ChangeUndone:
		return v.text(historyText[x.What], "when", clockTime(x.From.Needled.At, v.now, v.c.ClinicZone))
	case x.Target != 0 && t == nil:
		return v.text("history.gone")
	}
	from, to := v.standings(x, t)
	return v.text(historyText[x.What], "from", from, "next", to)
}

// standings are what a change was from and to, in words.
func (v *voice) standings(x *rehab.Change, t *rehab.Target) (from, to string) {
	switch x.What {
	case rehab.ChangeTrack:
		return string(x.From.Track), string(x.To.Track)
	case rehab.ChangeMode:
		return cmp.Or(string(x.From.Mode), modeClinic), cmp.Or(string(x.To.Mode), modeClinic)
	}
	if t == nil {
		return "", ""
	}
	to = v.standing(t, x.To, x.From)
	if x.From.Phase == "" {
		return v.text("history.begin"), to
	}
	return v.standing(t, x.From, x.To), to
}
