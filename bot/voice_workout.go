package bot

import (
	"slices"
	"strconv"
	"strings"

	"afterneedle/content"
	"afterneedle/rehab"
)

// before asks for the pain before a workout; after a workout that was left
// without all its answers it says that the plan stayed the same.
func (v *voice) before(d rehab.Delivery) body {
	key := "ask.before"
	if len(v.c.Targets) > 1 {
		key = "ask.before.many"
	}
	text := v.text(key)
	if w := v.c.Workout(d.N); w != nil && !w.CardAt.IsZero() {
		text = joined(v.text("card.expired"), v.text(key))
	} else if note := v.unanswered(d.N); note != "" {
		text = joined(note, text)
	}
	return body{Text: joined(v.riders(d.Kind), text), Rows: painRows(rehab.AskBefore, d.N)}
}

// unanswered explains the decision of the workout before n when no answer of
// the patient carried it.
func (v *voice) unanswered(n int) string {
	last := v.c.Workout(n - 1)
	if last == nil || last.Postponed || last.Next.Known() || len(last.Exercises) == 0 || last.Status == rehab.SkipPain ||
		last.Status == rehab.SkipFear || last.Status == rehab.SkipOther {
		return ""
	}
	switch {
	case !v.c.LastNeedling().RecordedAt.Before(last.ClosedAt):
		return "" // closed by a needling, which leads to another load
	case last.Status != rehab.NoReply:
		return v.reasons(last)
	case v.c.Silence():
		return v.text("silence")
	}
	return v.intent(rehab.IntentNudge, nil, "")
}

// card is the exercise: what to do, how often, how heavy.
func (v *voice) card(w *rehab.Workout) body {
	head := "card.head"
	if w.Offer == rehab.OfferLoadSame {
		head = "card.head.lighter"
	}
	parts := []string{v.text(head), v.warmup(w)}
	if v.lighter(w) {
		parts = append(parts, v.text("card.break"))
	}
	taught := map[rehab.Phase]bool{}
	shared := v.sharedPace(w)
	for i := range w.Exercises {
		e := &w.Exercises[i]
		if step, ok := v.b.content.GradedStep(e.Phase); ok && !taught[e.Phase] {
			taught[e.Phase] = true
			parts = append(parts, step.Learn)
		}
		parts = append(parts, "", v.exercise(e, shared == ""))
	}
	if shared != "" {
		parts = append(parts, "", shared)
	}
	return body{Text: strings.Join(parts, "\n"), Rows: v.cardRows(w.N)}
}

// lighter reports whether a break has made the work easier than it was planned.
func (v *voice) lighter(w *rehab.Workout) bool {
	return w.Offer == rehab.OfferLoad && w.Status == "" && slices.ContainsFunc(w.Exercises, func(e rehab.Exercise) bool {
		return !e.Outdated && e.LoadG < v.c.Target(e.Target).LoadG
	})
}

func (v *voice) cardRows(n int) [][]button {
	return [][]button{
		{v.label("done", "finish", n, ""), v.label("stopped", "stopped", n, "")},
		{v.label("not_today", "skip", n, "")},
		{v.wrong()},
	}
}

// usual asks what the patient usually lifts. Where several muscles wait for a weight
// they are named, and the lightest one is safe for all.
func (v *voice) usual(w *rehab.Workout) string {
	var names []string
	alone := true
	for _, e := range w.Exercises {
		t := v.c.Target(e.Target)
		alone = alone && t.Muscle == v.c.Target(w.Exercises[0].Target).Muscle
		m, _ := v.b.content.Muscle(t.Muscle)
		if v.c.Unweighed(t.N) && !slices.Contains(names, m.Name) {
			names = append(names, m.Name)
		}
	}
	if alone {
		return v.text("ask.usual")
	}
	return v.text("ask.usual.of", "muscles", strings.Join(names, ", "))
}

func (v *voice) warmup(w *rehab.Workout) string {
	var targets []int
	for _, e := range w.Exercises {
		if !v.c.Target(e.Target).NoStretch {
			targets = append(targets, e.Target)
		}
	}
	if len(targets) == 0 {
		return v.text("card.warmup.free")
	}
	return v.text("card.warmup", "reps", 3, "seconds", v.c.StretchSeconds(rehab.DailyStretch, targets))
}

// sharedPace is how slow, and with how much rest, where that is the same for
// several exercises; empty otherwise.
func (v *voice) sharedPace(w *rehab.Workout) string {
	shared := v.pace(&w.Exercises[0])
	for i := range w.Exercises {
		if len(w.Exercises) == 1 || v.pace(&w.Exercises[i]) != shared {
			return ""
		}
	}
	return shared
}

// exercise is one muscle's part of the card.
func (v *voice) exercise(e *rehab.Exercise, withPace bool) string {
	t := v.c.Target(e.Target)
	m, _ := v.b.content.Muscle(t.Muscle)
	lines := []string{v.text("card.title", "muscle", m.Name, "side", v.text("side."+string(t.Side)))}
	lines = append(lines, v.how(t, e.Phase))
	if load := v.load(e.Target, e.Shown); load != "" {
		lines = append(lines, v.text("card.work", "dose", v.dose(e.Phase, e.Shown), "load", load))
	} else {
		lines = append(lines, v.text("card.work.free", "dose", v.dose(e.Phase, e.Shown)))
	}
	if withPace {
		lines = append(lines, v.pace(e))
	}
	return joined(append(lines, v.exerciseNote(e))...)
}

// pace is how slow an exercise is done, and how long the rest between its sets is.
func (v *voice) pace(e *rehab.Exercise) string {
	asked := *v.c.Target(e.Target)
	if e.Outdated {
		asked.Phase, asked.RM = e.Phase, e.RM
	}
	dose := v.c.Dose(&asked)
	tempo := v.tempo(e.Phase, dose, v.c.Protocol.Muscles[asked.Muscle].Load == rehab.LoadWeight)
	switch rest := v.rest(dose); {
	case rest == "":
		return tempo
	case e.Phase == rehab.K1:
		return joined(tempo, v.text("card.rest.holds", "rest", rest))
	default:
		return joined(tempo, v.text("card.rest", "rest", rest))
	}
}

// how says the movement itself.
func (v *voice) how(t *rehab.Target, phase rehab.Phase) string {
	part := content.PartExercise
	switch phase {
	case rehab.K1:
		part = content.PartIsometric
	case rehab.K2:
		part = content.PartConcentric
	case rehab.K5:
		step, _ := v.b.content.GradedStep(phase)
		return step.Task
	}
	text, err := v.b.content.MuscleText(t.Muscle, part, t.Side)
	if err != nil && v.err == nil {
		v.err = err
	}
	return text
}

// tempo says how slow; weighed is work with a weight.
func (v *voice) tempo(phase rehab.Phase, dose rehab.Dose, weighed bool) string {
	switch phase {
	case rehab.K1:
		return v.text("card.isometric")
	case rehab.K2:
		return v.text("card.concentric")
	case rehab.K5:
		return v.text("card.functional")
	case rehab.P3, rehab.K3:
		return v.text("card.eccentric", "lower", dose.Tempo[1])
	}
	key := "card.hsr"
	if !weighed {
		key = "card.hsr.unweighed"
	}
	return v.text(key, "lift", dose.Tempo[0], "lower", dose.Tempo[1])
}

func (v *voice) rest(dose rehab.Dose) string {
	from, to := dose.RestSeconds[0], dose.RestSeconds[1]
	switch {
	case to == 0:
		return ""
	case to < 120:
		return v.text("rest.seconds", "n", to)
	case from == to:
		return v.text("rest.minutes", "n", to/60)
	}
	return v.text("rest.between", "from", from/60, "to", to/60)
}

func (v *voice) exerciseNote(e *rehab.Exercise) string {
	switch {
	case e.Phase == rehab.P7:
		return v.text("card.maintain")
	case v.c.Unweighed(e.Target):
		return v.text("card.lightest")
	}
	return ""
}

// dose is sets and repetitions in words: "3 sets of 12", or each set by name
// when they differ.
func (v *voice) dose(phase rehab.Phase, p rehab.Prescription) string {
	if len(p.Reps) == 0 {
		return ""
	}
	if phase == rehab.K1 {
		return v.text("dose.holds", "reps", p.Total(), "seconds", v.c.Protocol.Doses[rehab.K1].HoldSeconds[0])
	}
	even := !slices.ContainsFunc(p.Reps, func(r int) bool { return r != p.Reps[0] })
	if even {
		return v.text("dose.sets", "sets", len(p.Reps), "reps", p.Reps[0])
	}
	var each []string
	for _, r := range p.Reps {
		each = append(each, strconv.Itoa(r))
	}
	last := len(each) - 1
	return v.text("dose.uneven", "sets", len(p.Reps), "reps", strings.Join(each[:last], ", "), "last", each[last])
}

// load is what is held, in words; empty where there is nothing to name.
func (v *voice) load(target int, p rehab.Prescription) string {
	t := v.c.Target(target)
	if p.ShownG > 0 {
		return rehab.FormatLoad(p.ShownG, t.Unit)
	}
	switch t.Phase {
	case rehab.K1, rehab.K2, rehab.K5:
		return ""
	}
	switch v.c.Protocol.Muscles[t.Muscle].Load {
	case rehab.LoadBand:
		return v.text("load.band")
	case rehab.LoadManual:
		return v.text("load.effort")
	}
	return v.text("load.lightest")
}

func (v *voice) whenFinished(n int) body {
	return body{Text: v.text("ask.finished"), Rows: column(
		v.label("just_now", "finished", n, string(rehab.FinishedNow)),
		v.label("hour_or_two", "finished", n, string(rehab.FinishedHourAgo)),
		v.label("yesterday_evening", "finished", n, string(rehab.FinishedEvening)),
		v.label("yesterday_earlier", "finished", n, string(rehab.FinishedAfternoon)))}
}

func (v *voice) why(w *rehab.Workout) body {
	key, pain := "ask.why_stopped", "pain"
	if w.Status == rehab.SkipOther {
		key, pain = "ask.why_not", "too_sore_short"
	}
	return body{Text: v.text(key), Rows: row(
		v.label(pain, "why", w.N, string(rehab.WhyPain)),
		v.label("afraid", "why", w.N, string(rehab.WhyFear)),
		v.label("other", "why", w.N, string(rehab.WhyOther)))}
}

// finished says when the workout ended and when the pain after it is asked.
func (v *voice) finished(w *rehab.Workout) string {
	text := v.text("card.finished", "when", v.when(w.DoneAt))
	if at, ok := v.c.TwoHourAt(w); ok {
		if at.After(v.now) {
			text = joined(text, v.text("card.two_hour", "when", v.when(at)))
		}
		return text
	}
	from, until := v.c.TwoHourByText(w)
	if until.Before(v.now) {
		return text
	}
	return joined(text, v.text("quiet.tonight", "from", from.In(v.c.Zone).Format("15:04"), "until", until.In(v.c.Zone).Format("15:04")))
}

// extras are the optional questions right after a workout, in one message; again
// shows those that were answered with their buttons too.
func (v *voice) extras(w *rehab.Workout, again bool) body {
	ask := v.c.Extras(w)
	var words body
	var lines []string
	changeable := false
	add := func(asked bool, answer, question string, options ...button) {
		switch {
		case !asked:
		case answer != "" && !again:
			lines = append(lines, v.text("recorded", "answer", v.text("button."+answer)))
			changeable = w.ClosedAt.IsZero()
		default:
			lines = append(lines, v.text(question))
			words.Rows = append(words.Rows, options)
		}
	}
	add(ask.Quality, string(w.Quality), "ask.quality",
		v.label("dull", "quality", w.N, string(rehab.Dull)), v.label("sharp", "quality", w.N, string(rehab.Sharp)),
		v.label("radiating", "quality", w.N, string(rehab.Radiating)))
	add(ask.Reserve, answered(w.Reserve, "two_more", "no_more"), "ask.reserve",
		v.label("two_more", "reserve", w.N, "yes"), v.label("no_more", "reserve", w.N, "no"))
	add(ask.Feared, answered(w.Feared, "happened", "not_happened"), "ask.feared",
		v.label("happened", "feared", w.N, "yes"), v.label("not_happened", "feared", w.N, "no"))
	if ask.Feared && w.Feared != "" && !again {
		lines = append(lines, v.text(answered(w.Feared, "fear.happened", "fear.praise")))
	}
	words.Text = strings.Join(lines, "\n")
	if changeable {
		words.Rows = append(words.Rows, []button{v.label("change", "change", w.N, changeExtras)})
	}
	return words
}

// What Change can open again besides a pain score.
const (
	changeExtras = "extras"
	changeWhy    = "why"
)

func answered(value, yes, no string) string {
	switch value {
	case "yes":
		return yes
	case "no":
		return no
	}
	return ""
}
