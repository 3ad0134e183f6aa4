package bot

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// oldestNeedling is how long ago a needling may be that is recorded now: after
// twelve weeks the course is over.
const oldestNeedling = 84 * 24 * time.Hour

// sessionPatient records a needling of the patient at hand from the fields after
// the name, or asks for them one by one.
func (t *turn) sessionPatient(rest string) {
	if rest == "" {
		t.begin("session", nil)
		return
	}
	n, ok := t.readSession(rest)
	if !ok || !t.acceptNeedling(n.NewNeedling) {
		return
	}
	var before []byte
	if t.course.Over() {
		t.course = t.nextCourse()
		t.fail(t.tx.NewCourse(t.patient.ID, t.course))
	} else {
		before = t.tx.Snapshot(t.course)
	}
	needling := t.needle(t.course, n)
	t.fail(t.tx.KeepUndo(t.course, before, t.now.Add(undoNeedling)))
	t.say(body{
		Text: t.sessionText("session.recorded", t.course, needling),
		Rows: row(t.label("undo", "undo", needling.N, t.patientID())),
	})
}

// nextCourse is the course after one that ended.
func (t *turn) nextCourse() *rehab.Course {
	protocol := t.bot.content.Protocol()
	return t.course.Successor(&protocol)
}

// needle puts a needling into a course, and the hold that recent surgery asks
// for.
func (t *turn) needle(c *rehab.Course, n session) *rehab.Needling {
	needling := c.Needle(n.NewNeedling, t.now)
	if n.surgery {
		c.HoldExercise(t.clinician.ID, t.text("holdreason.H12"), 0, t.now)
	}
	return needling
}

// session is what one /session records.
type session struct {
	rehab.NewNeedling
	surgery bool // recent surgery: the plan waits for a clinician (H12)
}

// loadLike is what somebody may have meant as a load, read or not.
var loadLike = regexp.MustCompile(`(?i)^[\d.,]+ ?(kg|lbs?)$`)

// readSession reads the fields of a one-line /session. The optional ones are
// known by their shape and come in any order, each of them once.
func (t *turn) readSession(rest string) (n session, ok bool) {
	n.By = t.clinician.ID
	said := t.saidAt()
	muscles, track := "", ""
	for _, f := range fields(rest) {
		grams, unit, loadErr := rehab.ParseLoad(f)
		at, isTime := readWhen(f, said, t.bot.set.ClinicZone)
		_, isTrack := readTrack(f)
		switch lower := strings.ToLower(f); {
		case isTrack && track == "":
			track = plain(f)
			n.Graded = track == string(rehab.Graded)
		case slices.Contains(ticks, lower):
			t.tick(&n, lower)
		case isTime && n.At.IsZero():
			n.At = at
		case loadErr == nil && n.UsualG == 0:
			n.UsualG, n.Unit = grams, unit
		case isTrack, isTime, loadErr == nil:
			t.line("session.field", "field", short(f))
			return n, false
		case loadLike.MatchString(f):
			t.line("load.fault")
			return n, false
		case timeLike.MatchString(f):
			t.line("session.when", "field", short(f))
			return n, false
		case muscles == "":
			muscles = f
		default:
			t.line("session.field", "field", short(f))
			return n, false
		}
	}
	if n.At.IsZero() {
		n.At = said
	}
	n.Targets, ok = t.readTargets(muscles)
	return n, ok
}

// sidesOf reads a side; nil for anything else.
func sidesOf(word string) []rehab.Side {
	switch word {
	case "left":
		return []rehab.Side{rehab.Left}
	case "right":
		return []rehab.Side{rehab.Right}
	case "both":
		return []rehab.Side{rehab.Left, rehab.Right}
	}
	return nil
}

// readTargets reads "upper trapezius left + QL both".
func (t *turn) readTargets(text string) ([]rehab.NeedledTarget, bool) {
	var targets []rehab.NeedledTarget
	for part := range strings.SplitSeq(text, "+") {
		words := strings.Fields(part)
		if len(words) < 2 {
			t.line("session.muscle", "names", t.muscleNames())
			return nil, false
		}
		sides := sidesOf(strings.ToLower(words[len(words)-1]))
		if sides == nil {
			t.line("session.side")
			return nil, false
		}
		found := t.bot.content.FindMuscle(strings.Join(words[:len(words)-1], " "))
		if len(found) != 1 {
			t.line("session.muscle", "names", t.muscleNames())
			return nil, false
		}
		for _, s := range sides {
			target := rehab.NeedledTarget{Muscle: found[0].ID, Side: s}
			if !slices.Contains(found[0].Sides, s) {
				t.line("session.side")
				return nil, false
			}
			if !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
		}
	}
	return targets, true
}

// short is the beginning of a long text, for naming it in an answer.
func short(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (t *turn) muscleNames() string {
	var names []string
	for _, m := range t.bot.content.Muscles() {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

// acceptNeedling refuses times that cannot be, a muscle that the plan of a course which
// runs has no dose for, and a needling that was recorded already.
func (t *turn) acceptNeedling(n rehab.NewNeedling) bool {
	switch {
	case n.At.After(t.now):
		t.line("session.future")
		return false
	case t.now.Sub(n.At) > oldestNeedling:
		t.line("session.old")
		return false
	}
	for _, target := range n.Targets {
		if _, planned := t.course.Protocol.Muscles[target.Muscle]; !planned && !t.course.Over() {
			m, _ := t.bot.content.Muscle(target.Muscle)
			t.line("session.newer", "name", t.patient.Name, "muscle", m.Name)
			return false
		}
	}
	for _, known := range t.course.Needlings {
		if n.At.Sub(known.At).Abs() < time.Hour && t.shareTarget(known, n) {
			t.line("session.twice", "when", clockTime(known.At, t.now, t.course.Zone))
			return false
		}
	}
	return true
}

// shareTarget reports whether two needlings have a muscle and side in common.
func (t *turn) shareTarget(known rehab.Needling, n rehab.NewNeedling) bool {
	return slices.ContainsFunc(known.Targets, func(number int) bool {
		target := t.course.Target(number)
		return slices.Contains(n.Targets, rehab.NeedledTarget{Muscle: target.Muscle, Side: target.Side})
	})
}

// sessionText is a text with the windows of the plan of a course after a
// needling, in the patient's time.
func (t *turn) sessionText(key string, c *rehab.Course, n *rehab.Needling) string {
	v := &voice{b: t.bot, c: c, patient: t.patient, now: t.now}
	var lines, passed []string
	for _, step := range c.FirstSteps(n.N, t.now) {
		what := t.text(promptName[step.Kind])
		if !step.Until.After(t.now) {
			passed = append(passed, what)
			continue
		}
		line := t.text("session.window", "what", what, "from", v.when(step.From), "until", v.ends(step.From, step.Until))
		if !step.At.IsZero() {
			// It may come outside of the window when all of that is asleep.
			at := later(step.At, t.now)
			when := v.when(at)
			if at.Before(step.From) { // "20:59" behind a day would be read as on that day
				when = v.ends(step.From, at)
			}
			line = t.text("session.message", "window", content.HTML(line), "when", when)
		}
		lines = append(lines, line)
	}
	if at, ok := t.firstWorkout(c, n); ok {
		lines = append(lines, t.text("session.first_load", "when", v.when(at)))
	}
	if len(passed) > 0 {
		lines = append(lines, t.text("session.passed", "what", strings.Join(passed, ", ")))
	}
	if c.ConsentedAt.IsZero() {
		lines = append(lines, t.text("session.noconsent", "name", t.patient.Name))
	}
	if !c.StoppedAt.IsZero() {
		lines = append(lines, t.text("session.stopped", "name", t.patient.Name, "when", v.when(c.StoppedAt)))
	}
	if held := c.Held(); held != nil {
		lines = append(lines, t.text("session.held", "name", t.patient.Name, "when", v.when(held.From)))
	}
	t.fail(v.err)
	return t.text(key, "name", t.patient.Name, "targets", t.targetNames(c, n), "when", v.when(n.At),
		"windows", content.HTML(strings.Join(lines, "\n")))
}

func (t *turn) targetNames(c *rehab.Course, n *rehab.Needling) string {
	var names []string
	for _, number := range n.Targets {
		target := c.Target(number)
		m, _ := t.bot.content.Muscle(target.Muscle)
		names = append(names, html.EscapeString(m.Name)+" "+t.text("side."+string(target.Side)))
	}
	return strings.Join(names, ", ")
}

// firstWorkout is when the first workout of what was needled can be, supposing that a stretch is
// done by then.
func (t *turn) firstWorkout(c *rehab.Course, n *rehab.Needling) (time.Time, bool) {
	supposed := c.Supposed()
	supposed.Targets = slices.DeleteFunc(supposed.Targets, func(target rehab.Target) bool {
		return !slices.Contains(n.Targets, target.N)
	})
	for i := range supposed.Targets {
		if target := &supposed.Targets[i]; target.StretchedAt.IsZero() {
			target.StretchedAt = target.LastNeedle
		}
	}
	if supposed.ConsentedAt.IsZero() {
		supposed.ConsentedAt = t.now
	}
	return supposed.NextWorkout(t.now)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
