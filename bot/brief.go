package bot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// The screens of one patient.
const (
	screenRecord = "record"
	screenBrief  = "brief"
)

// flaresShown is how many setbacks the brief shows, the latest ones.
const flaresShown = 3

// brief shows one screen before the next visit.
func (t *turn) brief() { t.say(t.briefScreen()) }

func (t *turn) briefScreen() body {
	v := t.bot.voiceFor(t)
	s := t.course.Summary(t.now)
	head := t.text("brief.head", "name", t.called(t.patient), "status", t.status())
	if first := t.course.Line().FirstNeedle; !first.IsZero() {
		head += " · " + t.text("patients.day", "n", daysSince(first, t.now))
	}
	lines := []string{head}
	if len(t.course.Workouts) > 0 {
		lines = append(lines, t.briefCounts(s), t.briefPain(s.Pain))
	}
	for _, path := range s.Loads {
		lines = append(lines, v.loadPath(path))
	}
	lines = append(lines, v.flareLines(s.Flares)...)
	if n := t.course.Line().OpenAlerts; n > 0 {
		alerts, _ := t.openAlertLines(v)
		lines = append(append(lines, t.text("alerts.head", "n", n)), alerts...)
	}
	next, rows := t.proposal(v, s.NextStep)
	lines = append(lines, t.text("brief.next", "what", next))
	rows = append(rows, []button{t.label("patient", "patient", 0, strconv.FormatInt(t.patient.ID, 10))})
	t.fail(v.err)
	return body{Text: joined(lines...), Rows: rows, Screen: screenBrief}
}

// briefCounts are the workouts that were done, since the last needling and in all.
func (t *turn) briefCounts(s rehab.Summary) string {
	if s.Since == s.All {
		return t.text("patient.adherence", "done", s.All.Done, "planned", s.All.Planned)
	}
	return t.text("brief.counts", "done", s.Since.Done, "planned", s.Since.Planned, "all_done", s.All.Done, "all_planned", s.All.Planned)
}

// briefPain says how the pain before workouts has changed.
func (t *turn) briefPain(p rehab.PainChange) string {
	switch {
	case !p.HasFirst:
		return t.text("brief.pain.none")
	case p.TooEarly:
		return t.text("brief.pain.early", "first", number(p.First))
	case !p.HasLast:
		return t.text("brief.pain.quiet", "first", number(p.First))
	}
	verdict := "brief.pain.same"
	switch {
	case p.Better():
		verdict = "brief.pain.better"
	case p.Worse():
		verdict = "brief.pain.worse"
	}
	return t.text("brief.pain", "first", number(p.First), "last", number(p.Last), "what", t.text(verdict))
}

// loadPath says where the load of one target began and where it is now.
func (v *voice) loadPath(p rehab.LoadPath) string {
	target := v.c.Target(p.Target)
	phase := string(p.Phase)
	if p.FromPhase != p.Phase {
		phase = string(p.FromPhase) + " → " + phase
	}
	say := func(load int) string {
		if p.Weighed {
			return rehab.FormatLoad(load, target.Unit)
		}
		return v.text("brief.reps", "n", load)
	}
	load := say(p.ToG)
	if p.FromG != p.ToG {
		load = say(p.FromG) + " → " + load
	}
	text := v.text("brief.load", "muscle", v.muscleName(target), "side", v.text("side."+string(target.Side)), "phase", phase, "load", load)
	if p.Trend == rehab.TrendLevel {
		return text
	}
	return strings.TrimSpace(text + " " + arrows[p.Trend])
}

// flareLines are the latest setbacks, and how many there are in all.
func (v *voice) flareLines(flares []rehab.Flare) []string {
	if len(flares) == 0 {
		return nil
	}
	latest := 0
	if len(flares) > flaresShown {
		latest = flaresShown
	}
	lines := []string{v.text("brief.flares", "n", len(flares), "latest", latest)}
	for _, f := range flares[:min(len(flares), flaresShown)] {
		lines = append(lines, v.flare(f))
	}
	return lines
}

// flare says when a load went down or exercise was held, and why.
func (v *voice) flare(f rehab.Flare) string {
	if f.Hold == 0 {
		return v.text("brief.cut", "when", v.date(f.At), "percent", f.Percent, "what", v.eventText(f.Intent))
	}
	h := v.c.Hold(f.Hold)
	var reason any = content.HTML(v.eventText(h.Intent))
	switch {
	case h.Kind == rehab.HoldByClinician:
		reason = h.Reason
	case h.Choice == rehab.ChoiceEmergency:
		reason = content.HTML(v.eventText(rehab.IntentEmergency))
	case h.Choice == rehab.ChoiceUrgent:
		reason = content.HTML(v.eventText(rehab.IntentUrgent))
	case h.Kind == rehab.HoldBySafety:
		reason = content.HTML(v.text("brief.safety"))
	}
	from, until := v.date(h.From), ""
	if end := v.date(h.ReleasedAt); !h.Active() && end != from {
		until = end
	}
	return v.text("brief.hold", "when", from, "until", until, "reason", reason)
}

// eventText is what happened, in the clinician's words, where there are any.
func (v *voice) eventText(i rehab.Intent) string {
	if key := "alert.what." + string(i); v.b.content.Kind(key) != "" {
		return v.text(key)
	}
	return ""
}

// date is a day in the patient's local time.
func (v *voice) date(at time.Time) string { return at.In(v.c.Zone).Format("Mon 2 Jan") }

// proposal says the next step, with the button that takes it where the program
// can.
func (t *turn) proposal(v *voice, p rehab.NextStep) (text string, rows [][]button) {
	data := []any{"name", t.patient.Name}
	confirm := func(label string) [][]button {
		return row(button{Label: plainLabel(label), Verb: "propose", N: p.Target, Value: t.proposalValue(p)})
	}
	switch p.Kind {
	case rehab.StepRelease:
		rows = confirm(t.text("button.release"))
	case rehab.StepConsent:
		rows = confirm(t.text("button.allow"))
	case rehab.StepDischarge:
		rows = confirm(t.text("button.discharge"))
	case rehab.StepNeedling, rehab.StepReview, rehab.StepNoBetter:
		rows = confirm(t.text("button.needle"))
	case rehab.StepLoad:
		rows = [][]button{v.alertAnswers(t.course.Alert(p.Alert))}
	case rehab.StepAgreement:
		if t.patient.ChatID == 0 {
			rows = row(t.label("new_link", "link", 0, strconv.FormatInt(t.patient.ID, 10)))
		}
	case rehab.StepContinue:
		data = append(data, "next", v.next())
	}
	return t.text("proposal."+string(p.Kind), data...), rows
}

// proposalValue tells which proposal a button confirms, and whose.
func (t *turn) proposalValue(p rehab.NextStep) string {
	return fmt.Sprintf("%d:%s", t.patient.ID, p.Kind)
}

// confirmProposal takes the step that a brief proposed, if it still does: the
// course may have gone on since, or somebody may have tapped already.
func (t *turn) confirmProposal(x tap) {
	id, _, _ := strings.Cut(x.value, ":")
	t.onPatient(id, func(t *turn) {
		p := t.course.NextStep(t.now)
		if p.Target != x.n || t.proposalValue(p) != x.value {
			t.line("proposal.stale")
			t.brief()
			return
		}
		switch p.Kind {
		case rehab.StepRelease:
			t.releasePatient()
		case rehab.StepConsent:
			t.allowNext()
			t.line("allowed", "name", t.patient.Name)
		case rehab.StepDischarge:
			t.begin("discharge", nil)
		case rehab.StepNeedling, rehab.StepReview, rehab.StepNoBetter:
			t.sessionPatient("")
		default:
			t.stale()
		}
	})
}
