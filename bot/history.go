package bot

import (
	"cmp"
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
	from, to := v.standings(x)
	what := v.text(historyText[x.What], "from", from, "next", to)
	if t := v.c.Target(x.Target); t != nil {
		what = v.text("alert.about", "muscle", v.muscleName(t), "side", v.text("side."+string(t.Side)), "what", what)
	}
	if why == "" {
		return what
	}
	return v.text("history.why", "what", what, "why", why)
}

// standings are what a change was from and to, in words.
func (v *voice) standings(x *rehab.Change) (from, to string) {
	switch x.What {
	case rehab.ChangeTrack:
		return string(x.From.Track), string(x.To.Track)
	case rehab.ChangeMode:
		return cmp.Or(string(x.From.Mode), modeClinic), cmp.Or(string(x.To.Mode), modeClinic)
	}
	t := v.c.Target(x.Target)
	if t == nil {
		return "", ""
	}
	to = v.standing(t, x.To, x.From)
	if x.From.Phase == "" {
		return v.text("history.begin"), to
	}
	return v.standing(t, x.From, x.To), to
}
