package bot

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"afterneedle/rehab"
)

// holdPatient stops exercise with a reason and, maybe, a duration.
func (t *turn) holdPatient(rest string) {
	h, ok := t.readHold(rest)
	switch {
	case !ok:
	case h.reason == "" && h.length > 0:
		t.begin("hold", map[string]string{"length": h.lengthText()})
	case h.reason == "":
		t.begin("hold", nil)
	default:
		t.setHold(h)
	}
}

func (t *turn) setHold(asked holding) {
	h := t.course.HoldExercise(t.clinician.ID, asked.reason, asked.length, t.now)
	told := t.course.Running() // nobody is told of a plan that does not run
	if h.Until.IsZero() {
		t.line("hold.clinician.forever", "name", t.patient.Name, "reason", asked.reason, "told", told)
		return
	}
	t.line("hold.clinician.set", "name", t.patient.Name, "reason", asked.reason, "told", told,
		"until", t.text("until", "when", clockTime(h.Until, t.now, t.course.Zone)))
}

// releaseTap releases what stood when the button was shown; when something else has
// stopped the exercise since, the clinician reads it first.
func (t *turn) releaseTap(hold int) {
	if h := t.course.Held(); h != nil && hold != 0 && h.N != hold {
		t.line("proposal.stale")
		t.record()
		return
	}
	t.releasePatient()
}

func (t *turn) releasePatient() {
	if t.course.Release(t.clinician.ID, t.now) != nil {
		t.line("release.clinician.none", "name", t.patient.Name)
		return
	}
	v := t.bot.voiceFor(t)
	next := v.next()
	if next == "" {
		next = t.text("what.nothing")
	}
	text := t.text("release.clinician", "name", t.patient.Name, "next", next)
	open, rows := t.openSuggestions(v)
	t.say(body{Text: joined(append([]string{text}, open...)...), Rows: rows})
}

// loadPatient sets the load of the next workout exactly: of every weighed
// target, or of the one that is named.
func (t *turn) loadPatient(rest string) {
	grams, unit, muscle := 0, rehab.Unit(""), ""
	for _, f := range fields(rest) {
		g, u, err := rehab.ParseLoad(f)
		switch {
		case err == nil && grams == 0:
			grams, unit = g, u
		case err != nil && muscle == "" && !strings.ContainsAny(f, "0123456789"):
			muscle = f
		default:
			t.line("load.fault")
			return
		}
	}
	switch {
	case grams > 0:
		t.setLoad(muscle, grams, unit)
	case len(t.weighed(muscle)) == 0:
		t.line("load.unweighed", "name", t.patient.Name)
	default:
		t.begin("load", map[string]string{"target": muscle})
	}
}

// setLoad sets the load of the targets whose name begins with what was typed.
func (t *turn) setLoad(typed string, grams int, unit rehab.Unit) {
	targets := t.weighed(typed)
	if len(targets) == 0 {
		t.line("load.unweighed", "name", t.patient.Name)
		return
	}
	var names []string
	for _, target := range targets {
		t.fail(t.course.SetLoad(target.N, grams, unit, t.now))
		names = append(names, t.targetName(target))
	}
	key := "load.clinician"
	if len(t.course.Targets) > 1 {
		key = "load.clinician.of"
	}
	t.line(key, "name", t.patient.Name, "load", rehab.FormatLoad(grams, unit), "targets", strings.Join(names, ", "))
}

func (t *turn) trackPatient(rest string) {
	track, ok := readTrack(rest)
	if !ok {
		t.begin("track", nil)
		return
	}
	t.course.SetTrack(track, t.now)
	if len(t.course.Targets) == 0 {
		t.line("track.first", "name", t.patient.Name, "track", string(track))
		return
	}
	t.line("track.clinician", "name", t.patient.Name, "track", string(track), "phase", string(t.course.Targets[0].Phase))
}

func (t *turn) dischargePatient() {
	if !t.course.DischargedAt.IsZero() {
		t.line("discharge.done", "name", t.patient.Name)
		return
	}
	t.course.Discharge(t.now)
	if t.patient.ChatID != 0 && !t.course.ConsentedAt.IsZero() && t.course.StoppedAt.IsZero() {
		t.sayTo(t.patient.ChatID, body{Text: t.text("discharged")})
	}
	t.line("discharge.clinician", "name", t.patient.Name)
}

// timelineLines is how many deliveries /timeline shows.
const timelineLines = 25

// timelinePatient lists what was planned, sent, moved and dropped, and why.
func (t *turn) timelinePatient() {
	list, err := t.tx.Timeline(t.patient.ID, 8*timelineLines)
	t.fail(err)
	list = slices.DeleteFunc(list, func(d rehab.Delivery) bool {
		return d.Kind == rehab.KindEdit || d.ChatID != t.patient.ChatID && d.Kind != rehab.PromptAlert && d.Kind != rehab.KindAside && d.Kind != rehab.KindNote
	})
	slices.SortStableFunc(list, func(a, b rehab.Delivery) int {
		return cmp.Or(moment(a).Compare(moment(b)), cmp.Compare(a.ID, b.ID))
	})
	lines := []string{t.text("timeline.head", "name", t.patient.Name)}
	for _, d := range list[max(len(list)-timelineLines, 0):] {
		lines = append(lines, t.text("timeline.line", "when", clockTime(moment(d), t.now, t.course.Zone),
			"what", strings.ReplaceAll(string(d.Kind), "_", " "), "state", strings.ReplaceAll(string(d.State), "_", " "), "reason", d.Reason))
	}
	if len(list) == 0 {
		lines = append(lines, t.text("today.empty"))
	}
	t.say(body{Text: strings.Join(lines, "\n")})
}

// moment is when a delivery was sent, or else is or was due.
func moment(d rehab.Delivery) time.Time {
	if !d.SentAt.IsZero() {
		return d.SentAt
	}
	return d.DueAt
}

// record shows one patient's screen.
func (t *turn) record() { t.sayWithChart(t.screen()) }

// screen is what a clinician has to know of one patient, and can do.
func (t *turn) screen() body {
	v := t.bot.voiceFor(t)
	n := t.course.Count(time.Time{})
	lines := []string{t.text("patient.head", "name", t.called(t.patient), "status", t.status(),
		"targets", v.targets(), "pains", v.pains(0), "adherence", t.text("patient.adherence", "done", n.Done, "planned", n.Planned))}
	rows := row(t.label("brief", "brief", 0, t.patientID()))
	if n := t.course.Line().OpenAlerts; n > 0 {
		alerts, answers := t.openAlertLines(v)
		rows = append(answers, rows...)
		lines = append(append(lines, t.text("alerts.head", "n", n)), alerts...)
	}
	rows = append(rows, v.patientActs()...)
	for i := len(t.course.Workouts) - 1; i >= 0; i-- {
		w := &t.course.Workouts[i]
		if len(w.Exercises) > 0 && w.Exercises[0].Decision != nil {
			lines = append(lines, w.Exercises[0].Decision.Reason)
			break
		}
	}
	if next := v.next(); next != "" {
		lines = append(lines, t.text("today", "what", next))
	}
	if t.course.EffectiveMode() == rehab.ModeSuggest {
		lines = append(lines, t.text("patient.suggest"))
	}
	t.fail(v.err)
	return body{Text: joined(strings.Split(strings.Join(lines, "\n"), "\n")...), Rows: rows, Screen: screenRecord}
}

// sayWithChart says words about the patient at hand below a picture of the
// course, or after it when they are too long for a caption.
func (t *turn) sayWithChart(words body) {
	switch {
	case !hasChart(t.course):
	case fitsCaption(words.Text):
		words.Chart = true
	default:
		t.say(body{Text: t.text("brief.head", "name", t.called(t.patient), "status", t.status()), Chart: true})
	}
	t.say(words)
}
