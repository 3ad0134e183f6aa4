package bot

import (
	"errors"
	"slices"
	"strconv"

	"afterneedle/rehab"
)

// patientTap does what a button of a patient says. What is out of date answers
// so, and changes nothing.
func (t *turn) patientTap(x tap) {
	c, n := t.course, x.n
	switch x.verb {
	case "consent":
		t.consent(x.value)
		return
	case "forget":
		t.forgetTap(x.value)
		return
	case "resume":
		t.resume(x.value)
		return
	}
	if c.ConsentedAt.IsZero() {
		t.line("consent.needed")
		return
	}
	if x.verb == "contact" {
		t.contactTap(x)
		return
	}
	t.fail(t.tx.SetForm(t.chat, nil)) // a tap turns to something else
	switch x.verb {
	case "wrong":
		t.openSafety()
	case "symptom":
		t.chooseSafety(n, x.value)
	case "confirm":
		t.confirmSafety(x)
	case "menu":
		t.menu(x.value)
	case "news":
		t.news(x.value)
	case "practice":
		t.practice(n, x.value)
	case "clear":
		if !t.refused(c.ClearSafety(t.now)) {
			t.cleared()
		}
	case "finish":
		t.finish(n, 0, "")
	case "stopped":
		err := c.StopEarly(n, t.now)
		if errors.Is(err, rehab.ErrStale) && t.reported(n, rehab.PartialOther, t.now) {
			return
		}
		if !t.refusedWork(err) {
			t.editCard("card.stopped")
		}
	case "skip":
		if !t.refusedWork(c.NotToday(n, t.now)) {
			t.editCard("card.skipped")
		}
	case "change":
		t.changeTap(x)
	case "sore":
		if !t.refused(c.TooSore(n, t.now)) {
			t.say(body{Edit: t.tapped(), Text: t.text("ask.next.sore"), Rows: painRows(rehab.AskNext, n)})
		}
	default:
		t.workoutTap(x)
	}
}

// workoutTap are the smaller questions around a workout, and the pain scores.
func (t *turn) workoutTap(x tap) {
	c, n := t.course, x.n
	if options, ok := choices[x.verb]; ok && !slices.Contains(options, x.value) {
		t.stale()
		return
	}
	switch x.verb {
	case "finished":
		if !t.refused(c.FinishedAt(n, rehab.FinishChoice(x.value), t.now)) {
			t.editFinished(n)
		}
	case "why":
		e, err := c.AnswerWhy(n, rehab.Why(x.value), t.now)
		if !t.refused(err) {
			t.answerWhy(rehab.Why(x.value), e)
		}
	case "quality":
		e, err := c.AnswerQuality(n, rehab.Quality(x.value), t.now)
		if !t.refused(err) {
			t.editExtras(n, e)
		}
	case "reserve":
		if !t.refused(c.AnswerReserve(n, x.value == "yes", t.now)) {
			t.editExtras(n, rehab.Effect{})
		}
	case "feared":
		if !t.refused(c.AnswerFeared(n, x.value == "yes", t.now)) {
			t.editExtras(n, rehab.Effect{})
		}
	case string(rehab.AskUsual):
		t.usual(n, 0, "")
	default:
		t.painTap(x)
	}
}

// choices are the values that buttons with a few answers can have.
var choices = map[string][]string{
	"finished": {string(rehab.FinishedNow), string(rehab.FinishedHourAgo), string(rehab.FinishedEvening), string(rehab.FinishedAfternoon)},
	"why":      {string(rehab.WhyPain), string(rehab.WhyFear), string(rehab.WhyOther)},
	"quality":  {string(rehab.Dull), string(rehab.Sharp), string(rehab.Radiating)},
	"reserve":  {"yes", "no"},
	"feared":   {"yes", "no"},
}

// cleared says what follows from "none of these": the workout at once, or, when
// its day is over, the next one.
func (t *turn) cleared() {
	text := t.text("safety.check.none")
	if t.course.Current() == nil {
		v := t.bot.voiceFor(t)
		text = joined(text, v.nextLine())
		t.fail(v.err)
	}
	t.say(body{Edit: t.tapped(), Text: text})
}

func (t *turn) painTap(x tap) {
	n, err := strconv.Atoi(x.value)
	q, score := rehab.Question{Kind: rehab.QuestionKind(x.verb), N: x.n}, rehab.PainScore(n)
	switch {
	case err != nil || n < 0 || n > 10:
		t.stale()
	case x.verb == verbObserve && x.n != len(t.course.Observations):
		t.stale()
	case x.verb == verbObserve:
		t.observe(score)
	case t.score(q) != score:
		t.answerPain(q, score)
	case t.changeRows(q) != nil:
		// The same number again changes nothing; the buttons go.
		t.say(body{Edit: t.tapped(), Text: joined(t.recorded(q, score), t.heldBy(q)), Rows: t.changeRows(q)})
	}
}

// score is what is recorded for a question and not asked again.
func (t *turn) score(q rehab.Question) rehab.PainScore {
	if q.Kind == rehab.AskFeel {
		if p := t.course.Practice(q.N); p != nil {
			return p.Feel
		}
	}
	w := t.course.Workout(q.N)
	switch {
	case w == nil:
	case q.Kind == rehab.AskBefore && !w.Reasked:
		return w.Before
	case q.Kind == rehab.AskAfter:
		return w.After
	case q.Kind == rehab.AskTwoHour:
		return w.TwoHour
	case q.Kind == rehab.AskNext:
		return w.Next
	}
	return rehab.PainUnknown
}

// heldBy says why exercise waits, when an answer around the workout of q stopped
// it.
func (t *turn) heldBy(q rehab.Question) string {
	for i := range t.course.Holds {
		if h := &t.course.Holds[i]; h.Active() && h.Workout == q.N && q.Kind != rehab.AskFeel {
			return t.after(rehab.Effect{Hold: h})
		}
	}
	return ""
}

// stillHeld says that a pause stays although the answer behind it was corrected.
func (t *turn) stillHeld(q rehab.Question) string {
	for i := range t.course.Holds {
		if h := &t.course.Holds[i]; h.Active() && h.Workout == q.N && q.Kind != rehab.AskFeel {
			v := t.bot.voiceFor(t)
			text := joined(v.text("hold.corrected"), v.strictest(h))
			t.fail(v.err)
			return text
		}
	}
	return ""
}

func (t *turn) recorded(q rehab.Question, score rehab.PainScore) string {
	return t.text("recorded."+string(q.Kind), "pain", int(score))
}

// answerPain records a score. A tap changes the question into what was
// recorded, with what follows from it; a typed number gets that as an answer.
func (t *turn) answerPain(q rehab.Question, score rehab.PainScore) {
	e, err := t.course.AnswerPain(q, score, t.now)
	if errors.Is(err, rehab.ErrStale) && (t.closedInSilence(q) || score.High() && !t.score(q).Known()) {
		// It is too late for its workout, but not for help.
		if id := t.tapped(); id != 0 {
			t.say(body{Edit: id, Text: t.recorded(q, score)})
		}
		t.observe(score)
		return
	}
	if t.refused(err) {
		return
	}
	recorded, follows := t.recorded(q, score), t.after(e)
	if e.Corrected && follows == "" {
		follows = t.stillHeld(q)
	}
	var warn [][]button
	if e.Hold != nil && e.Hold.Active() || e.Gate != nil && e.Gate.Alert >= rehab.AlertSameDay {
		warn = row(t.wrongButton())
	}
	if id := t.tapped(); id != 0 {
		t.say(body{Edit: id, Text: joined(recorded, follows), Rows: append(t.changeRows(q), warn...)})
		return
	}
	change := t.changeRows(q)
	if id := t.questionMessage(q); id != 0 {
		t.say(body{Edit: id, Text: recorded, Rows: change})
		change = nil
	}
	if follows != "" || e.Gate == nil {
		t.say(body{Text: joined(recorded, follows), Rows: append(change, warn...)})
	}
}

// closedInSilence reports whether q is the latest question, and was closed
// because nobody answered it in time.
func (t *turn) closedInSilence(q rehab.Question) bool {
	w := t.course.Workout(q.N)
	if q != t.course.Open || w == nil || w.ClosedAt.IsZero() {
		return false
	}
	switch q.Kind {
	case rehab.AskBefore:
		return w.Status == rehab.NoReply
	case rehab.AskAfter, rehab.AskTwoHour, rehab.AskNext:
		return !t.score(q).Known()
	}
	return false
}

// changeRows is the button that opens an answer again, as long as that counts.
func (t *turn) changeRows(q rehab.Question) [][]button {
	if !t.course.Correctable(q, t.now) {
		return nil
	}
	return row(t.label("change", "change", q.N, string(q.Kind)))
}

// changeTap opens an answer again.
func (t *turn) changeTap(x tap) {
	w := t.course.Current()
	if x.value != changeExtras && x.value != changeWhy {
		t.change(rehab.Question{Kind: rehab.QuestionKind(x.value), N: x.n})
		return
	}
	if w == nil || w.N != x.n {
		t.line("answer.closed")
		return
	}
	v := t.bot.voiceFor(t)
	words := v.extras(w, true)
	if x.value == changeWhy {
		words = v.why(w)
	}
	words.Edit = t.tapped()
	t.say(words)
	t.fail(v.err)
}

// change shows the eleven buttons of an answered question again.
func (t *turn) change(q rehab.Question) {
	rows := t.changeRows(q)
	if rows == nil {
		t.line("answer.closed")
		return
	}
	t.say(body{Edit: t.tapped(), Text: t.text(questionText[q.Kind]), Rows: painRows(q.Kind, q.N)})
}

// questionText is the text of a pain question.
var questionText = map[rehab.QuestionKind]string{
	rehab.AskBefore: "ask.before", rehab.AskAfter: "ask.after", rehab.AskTwoHour: "ask.two_hour",
	rehab.AskNext: "ask.next", rehab.AskFeel: "ask.feel", rehab.AskHold: "hold.ask",
}

// questionRows are the buttons of the open question, for asking it again.
func (t *turn) questionRows(q rehab.Question) [][]button {
	rows := painRows(q.Kind, q.N)
	if q.Kind == rehab.AskNext {
		rows = append(rows, []button{t.label("too_sore", "sore", q.N, "")})
	}
	return rows
}

// questionMessage finds the message that asked q.
func (t *turn) questionMessage(q rehab.Question) int {
	sent, err := t.tx.Timeline(t.patient.ID, 20)
	t.fail(err)
	for _, d := range sent {
		if asks[d.Kind] == q.Kind && d.N == q.N && d.CourseID == t.course.ID && d.MessageID != 0 {
			return d.MessageID
		}
	}
	return 0
}

var asks = map[rehab.PromptKind]rehab.QuestionKind{
	rehab.PromptBefore: rehab.AskBefore, rehab.PromptBeforeAgain: rehab.AskBefore, rehab.PromptAfter: rehab.AskAfter,
	rehab.PromptTwoHour: rehab.AskTwoHour, rehab.PromptNext: rehab.AskNext, rehab.PromptFeel: rehab.AskFeel,
	rehab.PromptHoldAsk: rehab.AskHold, rehab.PromptUsual: rehab.AskUsual,
}

func (t *turn) practice(n int, answer string) {
	p := t.course.Practice(n)
	if p == nil {
		t.stale()
		return
	}
	act, key := t.course.PracticeNotToday, "stretch.not_today"
	switch {
	case answer == "done" && p.Kind == rehab.Movement:
		act, key = t.course.PracticeDone, "movement.done"
	case answer == "done":
		act, key = t.course.PracticeDone, "practice.done"
	case p.Kind == rehab.Movement:
		key = "movement.not_today"
	}
	if t.refusedWork(act(n, t.now)) {
		return
	}
	if answer != "done" && t.course.Held() != nil {
		key = "hold.not_now"
	}
	t.say(body{Edit: t.tapped(), Text: t.text(key)})
}

// finish is Done on the card.
func (t *turn) finish(n, grams int, unit rehab.Unit) {
	err := t.course.Finish(n, grams, unit, t.now)
	if errors.Is(err, rehab.ErrStale) && t.reported(n, rehab.Done, t.now) || t.refusedWork(err) {
		return
	}
	w := t.course.Workout(n)
	if w.AskFinish {
		t.editCard("card.done")
		return
	}
	t.editFinished(n)
}

// answerWhy shows the reason of a stop or skip, and what follows from it.
func (t *turn) answerWhy(why rehab.Why, e rehab.Effect) {
	key := map[rehab.Why]string{rehab.WhyPain: "pain", rehab.WhyFear: "afraid", rehab.WhyOther: "other"}[why]
	if why == rehab.WhyPain && e.Closed != nil {
		key = "too_sore_short"
	}
	words := body{Edit: t.tapped(), Text: joined(t.text("recorded", "answer", t.text("button."+key)), t.after(e))}
	if w := t.course.Current(); w != nil && e.Closed == nil {
		words.Rows = row(t.label("change", "change", w.N, changeWhy))
	}
	t.say(words)
}

// editFinished turns the card, or the question when it was, into when it ended
// and when the next question comes.
func (t *turn) editFinished(n int) {
	w := t.course.Workout(n)
	v := t.bot.voiceFor(t)
	t.say(body{Edit: t.tapped(), Text: v.finished(w)})
	t.fail(v.err)
}

func (t *turn) editCard(key string) { t.say(body{Edit: t.tapped(), Text: t.text(key)}) }

// editExtras shows what was answered of the optional questions, and what is
// left of them.
func (t *turn) editExtras(n int, e rehab.Effect) {
	v := t.bot.voiceFor(t)
	words := v.extras(t.course.Workout(n), false)
	words.Edit = t.tapped()
	words.Text = joined(words.Text, t.after(e))
	if e.Hold != nil {
		words.Rows = append(words.Rows, row(t.wrongButton())...)
	}
	t.say(words)
	t.fail(v.err)
}

// after puts into words what an answer led to.
func (t *turn) after(e rehab.Effect) string {
	v := t.bot.voiceFor(t)
	text := v.effect(e)
	t.fail(v.err)
	return text
}
