package bot

import (
	"errors"

	"afterneedle/content"
	"afterneedle/rehab"
)

// safetyWords looks for warning signs in anything that a patient writes. A sign
// is answered at once with what to do, and the clinic hears of it; a denied or
// doubtful one is asked about once. Nothing here argues a sign down. note is what
// of the text was meant for the clinic: it is not lost when the sign is denied.
func (t *turn) safetyWords(text, note string) bool {
	m := t.bot.content.MatchSafety(text)
	switch m.Verdict {
	case content.SafetyHit:
		choice := rehab.ChoiceUrgent
		if m.Level == content.LevelEmergency {
			choice = rehab.ChoiceEmergency
		}
		t.fail(t.tx.SetForm(t.chat, nil)) // nobody should wait here for an answer
		t.warned(choice)
		return true
	case content.SafetyDoubt:
		t.fail(t.tx.SetForm(t.chat, nil)) // this question is the latest one now
		t.say(body{Text: t.text("safety.confirm"), Note: note, Rows: column(
			t.label("have_it", "confirm", 0, string(m.Level)),
			t.label("have_it_not", "confirm", 0, "no"))})
		return true
	}
	return false
}

// warned takes a warning sign at its word. The plan says once what to do; where
// it does not, because the words repeat a sign or no plan is running, they are
// answered here: this text can save a life.
func (t *turn) warned(choice rehab.SafetyChoice) {
	before := rehab.ChoiceOpen
	if h := t.safetyHold(); h != nil {
		before = h.Choice
	}
	h, err := t.course.SafetyWords(choice, t.now)
	if t.refused(err) {
		return
	}
	if h.Choice == before || !t.course.Running() {
		t.sayVoice((*voice).safetyText, h)
	}
}

// safetyHold is the hold that the safety list or a warning sign has started, or
// nil.
func (t *turn) safetyHold() *rehab.Hold {
	for i := range t.course.Holds {
		if h := &t.course.Holds[i]; h.Active() && h.Kind == rehab.HoldBySafety {
			return h
		}
	}
	return nil
}

// openSafety shows the list of symptoms; exercise is withheld from here on.
func (t *turn) openSafety() {
	holds := len(t.course.Holds)
	h := t.course.OpenSafety(t.now)
	t.showSafety(h, len(t.course.Holds) > holds)
}

// showSafety shows the list of symptoms, unless it is fresh and the plan does.
func (t *turn) showSafety(h *rehab.Hold, fresh bool) {
	if !fresh || !t.course.Running() {
		t.sayVoice((*voice).safetyList, h)
	}
}

func (t *turn) sayVoice(say func(*voice, *rehab.Hold) body, h *rehab.Hold) {
	v := t.bot.voiceFor(t)
	t.say(say(v, h))
	t.fail(v.err)
}

// chooseSafety is a tap on the list of symptoms. A choice that is no graver than
// the one before gets its text again.
func (t *turn) chooseSafety(n int, symptom string) {
	s, ok := t.bot.content.Symptom(symptom)
	if !ok {
		t.stale()
		return
	}
	before := rehab.ChoiceOpen
	if h := t.safetyHold(); h != nil {
		before = h.Choice
	}
	choice := rehab.SafetyChoice(s.Level)
	h, err := t.course.ChooseSafety(n, choice, t.now)
	if errors.Is(err, rehab.ErrStale) && choice != rehab.ChoiceNone {
		// A sign counts on any list, as its words would.
		h, err = t.course.SafetyWords(choice, t.now)
	}
	if t.refused(err) {
		return
	}
	if choice == rehab.ChoiceNone {
		t.say(body{Edit: t.tapped(), Text: t.noSign()})
		return
	}
	t.say(body{Edit: t.tapped(), Text: t.text("recorded", "answer", s.Label)})
	if h.Choice == before || !t.course.Running() {
		t.sayVoice((*voice).safetyText, h)
	}
}

// noSign says that it goes on, or that another pause lasts.
func (t *turn) noSign() string {
	held := t.course.Held()
	if held == nil {
		return t.text("safety.none")
	}
	v := t.bot.voiceFor(t)
	text := joined(t.text("safety.none.held"), t.text("hold.no_workout"), v.holdLine(held))
	t.fail(v.err)
	return text
}

// confirmSafety is the answer to the one question after doubtful words.
func (t *turn) confirmSafety(x tap) {
	switch level := content.Level(x.value); level {
	case content.LevelEmergency, content.LevelUrgent, content.LevelOther:
		t.say(body{Edit: t.tapped(), Text: t.text("recorded", "answer", t.text("button.have_it"))})
		choice := rehab.ChoiceUrgent
		if level == content.LevelEmergency {
			choice = rehab.ChoiceEmergency
		}
		t.warned(choice)
	default:
		t.say(t.offering(body{Edit: t.tapped(), Text: t.text("safety.confirm.no")}, t.noteOf(x.delivery)))
	}
}

func (t *turn) wrongButton() button { return t.label("wrong", "wrong", 0, "") }
