package bot

import (
	"afterneedle/content"
	"afterneedle/rehab"
)

// safetyWords looks for warning signs in anything that a patient writes. A sign
// is answered at once with what to do, and the clinic hears of it; a denied or
// doubtful one is asked about once. Nothing here argues a sign down.
func (t *turn) safetyWords(text string) bool {
	m := t.bot.content.MatchSafety(text)
	switch m.Verdict {
	case content.SafetyHit:
		choice := rehab.ChoiceUrgent
		if m.Level == content.LevelEmergency {
			choice = rehab.ChoiceEmergency
		}
		t.warned(choice)
		return true
	case content.SafetyDoubt:
		t.say(body{Text: t.text("safety.confirm"), Rows: column(
			t.label("have_it", "confirm", 0, string(m.Level)),
			t.label("have_it_not", "confirm", 0, "no"))})
		return true
	}
	return false
}

// warned takes a warning sign at its word. Words that repeat a sign get the text
// again: it can save a life, and its prompt is said only once.
func (t *turn) warned(choice rehab.SafetyChoice) {
	before := t.course.Held()
	repeated := before != nil && before.Kind == rehab.HoldBySafety && before.Choice == choice
	h, err := t.course.SafetyWords(choice, t.now)
	if t.refused(err) {
		return
	}
	if repeated || !t.course.StoppedAt.IsZero() || !t.course.Running() {
		v := t.bot.voiceFor(t)
		t.say(v.safetyText(h))
		t.fail(v.err)
	}
}

// openSafety shows the list of symptoms; exercise is withheld from here on.
func (t *turn) openSafety() {
	before := t.course.Held()
	h := t.course.OpenSafety(t.now)
	if before != nil && before.N == h.N || !t.course.Running() {
		// The list was shown before: show it again.
		v := t.bot.voiceFor(t)
		t.say(v.safetyList(h))
		t.fail(v.err)
	}
}

func (t *turn) chooseSafety(n int, symptom string) {
	s, ok := t.bot.content.Symptom(symptom)
	if !ok {
		t.stale()
		return
	}
	choice := rehab.SafetyChoice(s.Level)
	h, err := t.course.ChooseSafety(n, choice, t.now)
	if t.refused(err) {
		return
	}
	text := t.text("recorded", "answer", s.Label)
	if choice == rehab.ChoiceNone {
		text = t.text("safety.none")
	}
	t.say(body{Edit: t.tapped(), Text: text})
	if choice != rehab.ChoiceNone && !t.course.Running() {
		v := t.bot.voiceFor(t)
		t.say(v.safetyText(h))
		t.fail(v.err)
	}
}

// confirmSafety is the answer to the one question after doubtful words.
func (t *turn) confirmSafety(value string) {
	switch content.Level(value) {
	case content.LevelEmergency:
		t.warned(rehab.ChoiceEmergency)
	case content.LevelUrgent, content.LevelOther:
		t.warned(rehab.ChoiceUrgent)
	default:
		t.say(body{Edit: t.tapped(), Text: t.text("safety.confirm.no"), Rows: row(t.wrongButton())})
	}
}

func (t *turn) wrongButton() button { return t.label("wrong", "wrong", 0, "") }
