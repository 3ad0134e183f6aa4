package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// voice puts one course into words for its patient, or for a clinician.
type voice struct {
	b       *Bot
	c       *rehab.Course
	patient rehab.Patient
	now     time.Time
	err     error // the first text that could not be rendered
}

func (b *Bot) voice(s rehab.Sending) *voice {
	return &voice{b: b, c: s.Course, patient: s.Patient, now: b.clock.Now()}
}

func (b *Bot) voiceFor(t *turn) *voice {
	return &voice{b: b, c: t.course, patient: t.patient, now: t.now}
}

func (v *voice) text(key string, pairs ...any) string {
	s, err := v.b.content.Text(key, values(pairs))
	if err != nil && v.err == nil {
		v.err = err
	}
	return s
}

func (v *voice) label(key, verb string, n int, value string) button {
	return button{Label: plainLabel(v.text("button." + key)), Verb: verb, N: n, Value: value}
}

func (v *voice) wrong() button { return v.label("wrong", "wrong", 0, "") }

// joined puts parts that are not empty on lines of their own.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n")
}

// when is a moment in the patient's local time: the time alone today, with the
// day otherwise.
func (v *voice) when(at time.Time) string { return clockTime(at, v.now, v.c.Zone) }

// ends is the end of a window in the patient's local time: with the day unless it
// began on the same one.
func (v *voice) ends(from, until time.Time) string { return clockTime(until, from, v.c.Zone) }

func clockTime(at, now time.Time, zone *time.Location) string {
	local := at.In(zone)
	if rehab.DayOf(at, zone) == rehab.DayOf(now, zone) {
		return local.Format("15:04")
	}
	if local.Year() != now.In(zone).Year() {
		return local.Format("Mon 2 Jan 2006, 15:04")
	}
	return local.Format("Mon 2 Jan, 15:04")
}

// prompt says what a planned delivery stands for.
func (v *voice) prompt(d rehab.Delivery) body {
	switch d.Kind {
	case rehab.PromptWelcome:
		return v.welcome(d.N)
	case rehab.PromptMovement:
		return v.practice(d.N, joined(v.text("movement"), v.safetyLine()))
	case rehab.PromptGentle:
		return v.practice(d.N, joined(v.stretches("stretch.gentle", rehab.GentleStretch), v.safetyLine()))
	case rehab.PromptStructured:
		return v.practice(d.N, joined(v.stretches("stretch.structured", rehab.StructuredStretch), v.safetyLine()))
	case rehab.PromptDaily:
		return v.daily(d)
	case rehab.PromptFeel:
		return body{Text: v.text("ask.feel"), Rows: painRows(rehab.AskFeel, d.N)}
	case rehab.PromptHoldStarted:
		return body{Text: v.holdStarted(v.c.Hold(d.N))}
	case rehab.PromptHoldAsk:
		key := "hold.ask"
		if v.c.Hold(d.N).Asked > 0 {
			key = "hold.ask.again"
		}
		return body{Text: v.text(key), Rows: painRows(rehab.AskHold, d.N)}
	case rehab.PromptHoldReleased:
		return body{Text: v.released()}
	case rehab.PromptSafetyList:
		return v.safetyList(v.c.Hold(d.N))
	case rehab.PromptSafetyText:
		return v.safetyText(v.c.Hold(d.N))
	case rehab.PromptNewLoad:
		return v.newLoad(d.N)
	case rehab.PromptClosing:
		n := v.c.Count(time.Time{})
		return body{Text: v.text("closing", "done", n.Done, "planned", n.Planned)}
	case rehab.PromptAlert:
		return v.alert(d)
	}
	return v.workoutPrompt(d)
}

// workoutPrompt says the questions around one workout.
func (v *voice) workoutPrompt(d rehab.Delivery) body {
	n := d.N
	switch d.Kind {
	case rehab.PromptSafetyCheck:
		return v.safetyCheck(d.N)
	case rehab.PromptBefore:
		return v.before(d)
	case rehab.PromptBeforeAgain:
		if w := v.c.Workout(n); w.Safety && v.c.Unchecked() {
			return v.safetyCheck(d.N)
		}
		return body{Text: v.text("remind.before"), Rows: painRows(rehab.AskBefore, n)}
	case rehab.PromptUsual:
		return body{Text: v.usual(v.c.Workout(n)), Rows: row(v.label("unknown_load", string(rehab.AskUsual), n, "unknown"))}
	case rehab.PromptCard:
		return v.card(v.c.Workout(n))
	case rehab.PromptCardAgain:
		return body{Text: v.text("remind.card"), Rows: v.cardRows(n)}
	case rehab.PromptFinish:
		return v.whenFinished(n)
	case rehab.PromptWeight:
		return body{Text: v.text("ask.used")}
	case rehab.PromptWhy:
		return v.why(v.c.Workout(n))
	case rehab.PromptAfter:
		return body{Text: v.text("ask.after"), Rows: painRows(rehab.AskAfter, n)}
	case rehab.PromptExtras:
		return v.extras(v.c.Workout(n), false)
	case rehab.PromptTwoHour:
		return body{Text: v.text("ask.two_hour"), Rows: painRows(rehab.AskTwoHour, n)}
	case rehab.PromptNext:
		return body{Text: v.text("ask.next"), Rows: append(painRows(rehab.AskNext, n),
			[]button{v.label("too_sore", "sore", n, "")})}
	}
	if v.err == nil {
		v.err = fmt.Errorf("nothing to say for %q", d.Kind)
	}
	return body{}
}

// welcome is the first message after a needling. What was recorded or agreed
// late says that something has passed.
func (v *voice) welcome(n int) body {
	needling := v.c.Needling(n)
	lines := []string{v.text("welcome")}
	if len(v.c.Needlings) > 1 {
		lines = []string{v.text("reneedling")}
		if v.c.Needlings[0].N != n && slices.ContainsFunc(needling.Targets, func(t int) bool { return v.c.Target(t).Reentry > 0 }) {
			lines = append(lines, v.text("reneedling.load"))
		}
	}
	if until := needling.At.Add(wholeBodyRest); v.now.Before(until) {
		lines = append(lines, v.text("welcome.rest", "until", v.when(until)))
	}
	lines = append(lines, v.begins(needling))
	if len(v.c.Needlings) == 1 {
		lines = append(lines, v.text("safety.line"), v.text("disclaimer"))
	} else {
		lines = append(lines, v.safetyLine())
	}
	return body{Text: joined(lines...), Rows: row(v.wrong())}
}

// safetyLine names the warning signs and what to do.
func (v *voice) safetyLine() string { return v.text("safety.line") + " " + v.text("safety.call") }

// wholeBodyRest is the time after a needling without heavy exercise for the
// whole body (S-72).
const wholeBodyRest = 24 * time.Hour

// begins says what has passed already and what comes next.
func (v *voice) begins(n *rehab.Needling) string {
	next := v.next()
	switch late := v.now.Sub(n.At) >= v.c.Protocol.Hours.Movement.Until; {
	case next == "":
		return ""
	case late:
		return v.text("welcome.late", "next", next)
	}
	return v.text("today", "what", next)
}

// next is what comes next and when, in words; empty when nothing does.
func (v *voice) next() string {
	var first rehab.Prompt
	for _, p := range v.c.Prompts(v.now) {
		_, planned := promptName[p.Kind]
		if planned && p.To == rehab.ToPatient && (first.Key == "" || p.Due.Before(first.Due)) {
			first = p
		}
	}
	if first.Key == "" {
		return ""
	}
	at := first.Due
	if at.Before(v.now) {
		at = v.now
	}
	return v.text("next.at", "what", v.text(promptName[first.Kind]), "when", v.when(at))
}

// promptName is how the plan names what will be said.
var promptName = map[rehab.PromptKind]string{
	rehab.PromptMovement: "what.movement", rehab.PromptGentle: "what.gentle", rehab.PromptStructured: "what.structured",
	rehab.PromptDaily: "what.daily", rehab.PromptSafetyCheck: "what.workout", rehab.PromptBefore: "what.workout",
	rehab.PromptTwoHour: "what.two_hour", rehab.PromptNext: "what.next", rehab.PromptHoldAsk: "what.hold",
}

func (v *voice) practice(n int, text string) body {
	return body{Text: text, Rows: [][]button{
		{v.label("done", "practice", n, "done"), v.label("not_today", "practice", n, "no")},
		{v.wrong()},
	}}
}

// stretchLimit is the number of muscles in one stretch message (I-33).
const stretchLimit = 3

// stretches says a stretch for every treated muscle, three at the most.
func (v *voice) stretches(key string, kind rehab.PracticeKind) string {
	var how []string
	reps := 3
	seen := map[string]bool{}
	targets := v.c.StretchTargets(kind, v.now)
	for _, n := range targets {
		t := v.c.Target(n)
		m, ok := v.b.content.Muscle(t.Muscle)
		if !ok || len(how) == stretchLimit || m.Stretch.EachSide && seen[t.Muscle] {
			continue
		}
		seen[t.Muscle] = true
		text, err := v.b.content.MuscleText(t.Muscle, content.PartStretch, t.Side)
		if err != nil && v.err == nil {
			v.err = err
		}
		reps = m.Stretch.Reps
		how = append(how, text)
	}
	data := []any{"how", content.HTML(joined(how...)), "seconds", v.c.StretchSeconds(kind, targets), "reps", reps}
	if key != "stretch.gentle" && key != "stretch.first" {
		data = append(data, "target", strings.ReplaceAll(v.c.StretchTarget(kind), "-", " to "))
	}
	return v.text(key, data...)
}

// daily is the stretch of a later day; before the first workout it says that
// the workout waits for it.
func (v *voice) daily(d rehab.Delivery) body {
	key := "stretch.daily"
	for _, t := range v.c.Targets {
		if t.StretchedAt.IsZero() && !t.NoStretch && v.now.Sub(t.LastNeedle) >= 48*time.Hour {
			key = "stretch.first"
		}
	}
	text := v.stretches(key, rehab.DailyStretch)
	if v.c.Silence() {
		text = joined(v.text("silence"), text)
	}
	return v.practice(d.N, joined(text, v.riders(d.Kind)))
}

// riders are what goes along with a message that is due anyway.
func (v *voice) riders(kind rehab.PromptKind) string {
	milestone, weekly := v.c.Riders(kind, v.now)
	var lines []string
	day := int(v.now.Sub(v.c.Needlings[0].At).Hours()) / 24
	if m, ok := v.b.content.Milestone(fmt.Sprintf("M%d", milestone)); ok && day <= m.UntilDay {
		lines = append(lines, m.Text)
		if milestone >= 3 {
			n := v.c.Count(time.Time{})
			lines = append(lines, v.text("milestone.counts", "done", n.Done, "planned", n.Planned))
		}
	}
	if weekly {
		lines = append(lines, v.text("weekly"))
	}
	return joined(lines...)
}

func (v *voice) safetyCheck(workout int) body {
	return body{Text: v.text("safety.check"), Rows: column(v.label("none_of_these", "clear", workout, ""), v.wrong())}
}

func (v *voice) safetyList(h *rehab.Hold) body {
	var rows [][]button
	for _, s := range v.b.content.Symptoms() {
		if s.Level == content.LevelNone && h.Choice == rehab.ChoiceUrgent {
			continue // only the clinic says so now
		}
		rows = append(rows, []button{{Label: plainLabel(s.Label), Verb: "symptom", N: h.N, Value: s.ID}})
	}
	return body{Text: v.text("safety.list"), Rows: rows}
}

// safetyText says what to do after a warning sign.
func (v *voice) safetyText(h *rehab.Hold) body {
	date := ""
	if n := v.c.LastNeedling(); n != nil {
		date = n.At.In(v.c.Zone).Format("2 January 2006")
	}
	switch h.Choice {
	case rehab.ChoiceEmergency:
		return body{Text: v.text("safety.emergency", "date", date)}
	case rehab.ChoiceUrgent:
		return body{Text: joined(v.text("safety.urgent"), v.text("safety.urgent.skin")), Rows: v.safetyList(h).Rows}
	}
	return body{Text: v.text("safety.other"), Rows: v.safetyList(h).Rows}
}

// holdReason is why exercise waits, where an answer or a rule says it.
var holdReason = map[rehab.Intent]string{
	rehab.IntentPainHigh: "holdreason.H2", rehab.IntentSharp: "holdreason.H7", rehab.IntentNerve: "holdreason.H8",
}

// holdStarted says why exercise waits and until when.
func (v *voice) holdStarted(h *rehab.Hold) string {
	var reason any = h.Reason
	if key, ok := holdReason[h.Intent]; ok && h.Kind == rehab.HoldByRule {
		reason = content.HTML(v.text(key))
	}
	if reason == "" {
		return v.intent(rehab.IntentHoldClinician, nil, "")
	}
	last := v.c.Held() // which may be another one
	if last == nil {
		last = h
	}
	if last.Until.IsZero() || last.Clearance {
		return v.text("hold.started.clinician", "reason", reason)
	}
	return v.text("hold.started", "reason", reason, "until", v.when(last.Until))
}

func (v *voice) released() string {
	if at, ok := v.c.NextWorkout(v.now); ok {
		return v.text("release", "when", v.when(at))
	}
	return v.text("release.asked")
}
