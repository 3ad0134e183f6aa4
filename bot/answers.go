package bot

import (
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
	switch x.verb {
	case "wrong":
		t.openSafety()
	case "symptom":
		t.chooseSafety(n, x.value)
	case "confirm":
		t.confirmSafety(x.value)
	case "menu":
		t.menu(x.value)
	case "practice":
		t.practice(n, x.value)
	case "clear":
		if !t.refused(c.ClearSafety(t.now)) {
			t.say(body{Edit: t.tapped(), Text: t.text("safety.check.none")})
		}
	case "finish":
		t.finish(n, 0, "")
	case "stopped":
		if !t.refused(c.StopEarly(n, t.now)) {
			t.editCard(n, "card.stopped")
		}
	case "skip":
		if !t.refused(c.NotToday(n, t.now)) {
			t.editCard(n, "card.skipped")
		}
	case "change":
		t.change(rehab.Question{Kind: rehab.QuestionKind(x.value), N: n})
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
	switch x.verb {
	case "finished":
		if !t.refused(c.FinishedAt(n, rehab.FinishChoice(x.value), t.now)) {
			t.editFinished(n)
		}
	case "why":
		e, err := c.AnswerWhy(n, rehab.Why(x.value), t.now)
		if !t.refused(err) {
			t.say(body{Edit: t.tapped(), Text: t.after(e)})
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
		if !t.refused(c.AnswerUsual(n, 0, "", t.now)) {
			t.say(body{Edit: t.tapped(), Text: t.text("recorded", "answer", t.text("button.unknown_load"))})
		}
	default:
		t.painTap(x)
	}
}

func (t *turn) painTap(x tap) {
	score, err := strconv.Atoi(x.value)
	q := rehab.Question{Kind: rehab.QuestionKind(x.verb), N: x.n}
	if err != nil || score < 0 || score > 10 {
		t.stale()
		return
	}
	t.answerPain(q, rehab.PainScore(score))
}

// answerPain records a score. A tap changes the question into what was
// recorded, with what follows from it; a typed number gets that as an answer.
func (t *turn) answerPain(q rehab.Question, score rehab.PainScore) {
	e, err := t.course.AnswerPain(q, score, t.now)
	if t.refused(err) {
		return
	}
	recorded := t.text("recorded."+string(q.Kind), "pain", int(score))
	follows := t.after(e)
	if id := t.tapped(); id != 0 {
		t.say(body{Edit: id, Text: joined(recorded, follows), Rows: t.changeRows(q)})
		return
	}
	if id := t.questionMessage(q); id != 0 {
		t.say(body{Edit: id, Text: recorded, Rows: t.changeRows(q)})
	}
	if follows != "" || e.Gate == nil {
		t.say(body{Text: joined(recorded, follows)})
	}
}

// changeRows is the button that opens an answer again, as long as that counts.
func (t *turn) changeRows(q rehab.Question) [][]button {
	w := t.course.Current()
	switch q.Kind {
	case rehab.AskBefore, rehab.AskAfter, rehab.AskTwoHour:
		if w == nil || w.N != q.N {
			return nil
		}
	case rehab.AskFeel:
	default:
		return nil
	}
	return row(t.label("change", "change", q.N, string(q.Kind)))
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
		if asks[d.Kind] == q.Kind && d.N == q.N && d.MessageID != 0 {
			return d.MessageID
		}
	}
	return 0
}

var asks = map[rehab.PromptKind]rehab.QuestionKind{
	rehab.PromptBefore: rehab.AskBefore, rehab.PromptBeforeAgain: rehab.AskBefore, rehab.PromptAfter: rehab.AskAfter,
	rehab.PromptTwoHour: rehab.AskTwoHour, rehab.PromptNext: rehab.AskNext, rehab.PromptFeel: rehab.AskFeel,
	rehab.PromptHoldAsk: rehab.AskHold,
}

func (t *turn) practice(n int, answer string) {
	p := t.course.Practice(n)
	if p == nil {
		t.stale()
		return
	}
	key := "practice.done"
	if answer == "done" {
		if t.refused(t.course.PracticeDone(n, t.now)) {
			return
		}
		if p.Kind == rehab.Movement {
			key = "movement.done"
		}
	} else {
		if t.refused(t.course.PracticeNotToday(n, t.now)) {
			return
		}
		key = "stretch.not_today"
		if p.Kind == rehab.Movement {
			key = "movement.not_today"
		}
	}
	t.say(body{Edit: t.tapped(), Text: t.text(key)})
}

// finish is Done on the card.
func (t *turn) finish(n, grams int, unit rehab.Unit) {
	if t.refused(t.course.Finish(n, grams, unit, t.now)) {
		return
	}
	w := t.course.Workout(n)
	if w.AskFinish {
		t.editCard(n, "card.done")
		return
	}
	t.editFinished(n)
}

// editFinished turns the card, or the question when it was, into when it ended
// and when the next question comes.
func (t *turn) editFinished(n int) {
	w := t.course.Workout(n)
	v := t.bot.voiceFor(t)
	t.say(body{Edit: t.tapped(), Text: v.finished(w)})
	t.fail(v.err)
}

func (t *turn) editCard(_ int, key string) { t.say(body{Edit: t.tapped(), Text: t.text(key)}) }

// editExtras shows what was answered of the optional questions, and what is
// left of them.
func (t *turn) editExtras(n int, e rehab.Effect) {
	v := t.bot.voiceFor(t)
	words := v.extras(t.course.Workout(n))
	words.Edit = t.tapped()
	words.Text = joined(words.Text, t.after(e))
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
