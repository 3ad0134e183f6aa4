package bot

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"afterneedle/rehab"
)

// holdHours is a duration at the end of /hold, such as "48h".
var holdHours = regexp.MustCompile(`^(\d{1,4}) ?h(?:ours?)?$`)

// holdPatient stops exercise with a reason and, maybe, a duration.
func (t *turn) holdPatient(rest string) {
	parts := fields(rest)
	var length time.Duration
	if n := len(parts); n > 1 {
		if m := holdHours.FindStringSubmatch(strings.ToLower(parts[n-1])); m != nil {
			h, err := strconv.Atoi(m[1])
			if err != nil || h < 1 || h > 24*90 {
				t.askAgain("hold", "hold.fault")
				return
			}
			length, parts = time.Duration(h)*time.Hour, parts[:n-1]
		}
	}
	reason := strings.Join(parts, ", ")
	switch {
	case reason == "" || holdHours.MatchString(strings.ToLower(reason)):
		t.askAgain("hold", "hold.reason", "name", t.patient.Name)
		return
	case len([]rune(reason)) > 200:
		t.askAgain("hold", "hold.fault")
		return
	}
	h := t.course.HoldExercise(t.clinician.ID, reason, length, t.now)
	if h.Until.IsZero() {
		t.line("hold.clinician.forever", "name", t.patient.Name, "reason", reason)
		return
	}
	t.line("hold.clinician.set", "name", t.patient.Name, "reason", reason,
		"until", t.text("until", "when", clockTime(h.Until, t.now, t.course.Zone)))
}

// askAgain asks for what a command about one patient lacks; the next text is
// the answer.
func (t *turn) askAgain(command, key string, pairs ...any) {
	t.openForm(form{Command: command, Patient: t.patient.ID})
	t.line(key, pairs...)
}

func (t *turn) releasePatient() {
	if t.course.Release(t.clinician.ID, t.now) != nil {
		t.line("release.clinician.none", "name", t.patient.Name)
		return
	}
	v := t.bot.voiceFor(t)
	next := v.next()
	t.fail(v.err)
	if next == "" {
		next = t.text("what.nothing")
	}
	t.line("release.clinician", "name", t.patient.Name, "next", next)
}

// loadPatient sets the load of the next workout exactly: of every weighed
// target, or of the one that is named.
func (t *turn) loadPatient(rest string) {
	grams, unit, muscle := 0, rehab.Unit(""), ""
	for _, f := range fields(rest) {
		if g, u, err := rehab.ParseLoad(f); err == nil {
			grams, unit = g, u
		} else if muscle = f; strings.ContainsAny(f, "0123456789") {
			t.askAgain("load", "load.fault")
			return
		}
	}
	if grams == 0 {
		t.askAgain("load", "load.ask", "name", t.patient.Name)
		return
	}
	set := 0
	for i := range t.course.Targets {
		target := &t.course.Targets[i]
		m, _ := t.bot.content.Muscle(target.Muscle)
		name := strings.ToLower(m.Name + " " + string(target.Side))
		if muscle != "" && !strings.HasPrefix(name, strings.ToLower(muscle)) {
			continue
		}
		if t.course.SetLoad(target.N, grams, unit, t.now) == nil {
			set++
		}
	}
	if set == 0 {
		t.line("load.unweighed", "name", t.patient.Name)
		return
	}
	t.line("load.clinician", "name", t.patient.Name, "load", rehab.FormatLoad(grams, unit))
}

func (t *turn) trackPatient(rest string) {
	track := rehab.Track(strings.ToLower(rest))
	if track != rehab.Standard && track != rehab.Graded {
		t.openForm(form{Command: "track", Patient: t.patient.ID})
		t.say(body{Text: t.text("track.ask", "name", t.patient.Name), Rows: row(
			t.label("standard", "form", 0, string(rehab.Standard)), t.label("graded", "form", 0, string(rehab.Graded)))})
		return
	}
	t.course.SetTrack(track, t.now)
	phase := "–"
	if len(t.course.Targets) > 0 {
		phase = string(t.course.Targets[0].Phase)
	}
	t.line("track.clinician", "name", t.patient.Name, "track", string(track), "phase", phase)
}

func (t *turn) askDischarge() {
	if !t.course.DischargedAt.IsZero() {
		t.line("discharge.done", "name", t.patient.Name)
		return
	}
	t.say(body{Text: t.text("discharge.ask", "name", t.patient.Name), Rows: row(
		t.label("discharge", "discharge", 0, strconv.FormatInt(t.patient.ID, 10)), t.label("cancel", "form", 0, "cancel"))})
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
		return d.Kind == rehab.KindEdit || d.ChatID != t.patient.ChatID && d.Kind != rehab.PromptAlert && d.Kind != rehab.KindAside
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

// record is one patient's screen.
func (t *turn) record() {
	v := t.bot.voiceFor(t)
	n := t.course.Count(time.Time{})
	lines := []string{t.text("patient.head", "name", t.called(t.patient), "status", t.status(),
		"targets", v.targets(), "pains", v.pains(0), "adherence", t.text("patient.adherence", "done", n.Done, "planned", n.Planned))}
	rows := row(t.label("brief", "brief", 0, strconv.FormatInt(t.patient.ID, 10)))
	if n := t.course.Line().OpenAlerts; n > 0 {
		alerts, answers := t.openAlertLines(v)
		rows = append(answers, rows...)
		lines = append(append(lines, t.text("alerts.head", "n", n)), alerts...)
	}
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
	t.fail(v.err)
	t.sayWithChart(body{Text: joined(strings.Split(strings.Join(lines, "\n"), "\n")...), Rows: rows})
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

// acknowledge notes that an alert was seen.
func (t *turn) acknowledge(x tap) {
	t.onPatient(x.value, func(t *turn) {
		if t.course.Acknowledge(x.n, t.clinician.ID, t.now) != nil {
			t.line("alert.done")
			return
		}
		t.say(body{Text: t.text("alert.acknowledged", "by", t.clinician.Name,
			"when", fmt.Sprint(clockTime(t.now, t.now, t.course.ClinicZone)))})
	})
}
