package bot

import (
	"errors"
	"slices"
	"strings"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// patientMessage handles what a patient writes. Safety words come first,
// whatever else the text says or is open.
func (t *turn) patientMessage(command, rest string, m *message) {
	if t.course.ConsentedAt.IsZero() {
		t.beforeConsent(command, m.words())
		return
	}
	if t.safetyWords(m.words(), t.meantForClinic(command, rest, m)) {
		return
	}
	if run, ok := patientCommand[command]; ok {
		t.fail(t.tx.SetForm(t.chat, nil))
		run(t, strings.TrimSpace(rest))
		return
	}
	switch {
	case command != "":
		t.line("unknown.command")
	case m.Text == "":
		t.line("unknown.file")
	case t.bot.saysWrong(m.Text): // whatever else waits for a text
		t.fail(t.tx.SetForm(t.chat, nil))
		t.openSafety()
	case t.answersClinic(m), t.contactText(m.Text):
	default:
		t.typed(m.Text)
	}
}

// patientEdit handles a text that a patient has changed. It answers no question,
// for the first version may have; but whatever calls for help is heard, and nobody
// shall think that a changed answer counts.
func (t *turn) patientEdit(m *message) {
	command, text := splitCommand(m.Text)
	_, _, loadErr := rehab.ParseLoad(text)
	score, isScore := readPain(text)
	isScore = isScore && (command == "" || command == "pain")
	_, isCommand := patientCommand[command]
	switch {
	case t.course.ConsentedAt.IsZero():
		if t.bot.content.MatchSafety(m.words()).Verdict != content.SafetyNone {
			t.line("safety.before_consent")
		}
	case t.safetyWords(m.words(), ""):
	case t.bot.saysWrong(m.Text):
		t.openSafety()
	case isScore && score.High():
		t.observe(score)
	case isScore, loadErr == nil, isCommand:
		t.say(body{Text: t.text("unknown.edit"), Rows: row(t.wrongButton())})
	}
}

// beforeConsent answers what is written before the patient has agreed: only the
// emergency line goes out to somebody in danger.
func (t *turn) beforeConsent(command, words string) {
	switch {
	case command == "privacy":
		t.line("privacy")
	case command == "forget":
		t.forget("")
	case command == "help", t.bot.content.MatchSafety(words).Verdict != content.SafetyNone:
		t.line("safety.before_consent")
	default:
		t.line("consent.needed")
	}
}

var patientCommand map[string]func(t *turn, rest string)

func init() {
	patientCommand = map[string]func(t *turn, rest string){
		"today":   func(t *turn, _ string) { t.today() },
		"plan":    func(t *turn, _ string) { t.plan() },
		"pain":    (*turn).pain,
		"done":    (*turn).done,
		"skip":    func(t *turn, _ string) { t.skip() },
		"why":     func(t *turn, _ string) { t.why() },
		"faq":     (*turn).faq,
		"contact": (*turn).contact,
		"privacy": func(t *turn, _ string) { t.line("privacy") },
		"forget":  (*turn).forget,
		"stop":    func(t *turn, _ string) { t.stop() },
		"help":    func(t *turn, _ string) { t.help() },
	}
}

// typed handles plain words: the answer to the open question, the words of a
// button, or nothing that we know.
func (t *turn) typed(text string) {
	q := t.course.TypedQuestion(t.now)
	if score, ok := readPain(text); ok && q.Kind != rehab.AskUsual && q.Kind != rehab.AskWeight {
		if q.Kind == rehab.AskNothing {
			t.observe(score)
			return
		}
		t.answerPain(q, score)
		return
	}
	if t.typedLoad(text) || t.typedButton(plain(text)) {
		return
	}
	switch {
	case q != t.course.Open || q.Kind == rehab.AskNothing:
		// A number would count, but nothing asks for one now. Whoever writes is
		// not silent.
		t.course.HeardAt = t.now
		t.say(t.offering(body{Text: t.text("unknown.text")}, text))
	case q.Kind == rehab.AskUsual, q.Kind == rehab.AskWeight:
		t.say(body{Text: t.text("answer.load"), Rows: row(t.wrongButton())})
	default:
		t.say(body{Text: t.text("answer.number"), Rows: append(t.questionRows(q), row(t.wrongButton())...)})
	}
}

// typedButton does what the button with these words would do.
func (t *turn) typedButton(words string) bool {
	switch words {
	case "done":
		t.done("")
	case "stopped":
		t.stopped()
	case "not today":
		t.skip()
	case "none":
		if q := t.course.TypedQuestion(t.now); q.Kind != rehab.AskNothing && q == t.course.Open && t.safetyHold() == nil {
			return false // no pain, rather than no sign: the number is asked again
		}
		t.noneTyped()
	case "none of these":
		t.noneTyped()
	case "something feels wrong": // where the button has other words
		t.openSafety()
	default:
		return t.typedLabel(words)
	}
	return true
}

// noneTyped answers the list of symptoms when it is open, for that is the latest
// question, and else the safety check.
func (t *turn) noneTyped() {
	if h := t.safetyHold(); h != nil {
		t.chooseSafety(h.N, "none")
		return
	}
	if t.refused(t.course.ClearSafety(t.now)) {
		return
	}
	if t.course.Current() == nil {
		t.cleared()
	}
}

// typedLoad reads a weight, or that it is not known, for the question that waits
// for one; false when none does or the text is no weight.
func (t *turn) typedLoad(text string) bool {
	w := t.course.Current()
	if w == nil || !w.AskUsual && !w.AskWeight {
		return false
	}
	if w.AskUsual && slices.Contains(notKnown, plain(text)) {
		t.usual(w.N, 0, "")
		return true
	}
	grams, unit, err := rehab.ParseLoad(text)
	switch {
	case err != nil:
		return false
	case w.AskUsual:
		t.usual(w.N, grams, unit)
	case !t.refused(t.course.AnswerWeight(w.N, grams, unit, t.now)):
		t.line("recorded", "answer", rehab.FormatLoad(grams, unit))
	}
	return true
}

// notKnown are ways to say that the usual load is not known.
var notKnown = []string{"i do not know", "i don't know", "do not know", "don't know", "no idea", "not sure", "unknown", "?"}

// usual records the usual load; 0 grams says that it is not known.
func (t *turn) usual(n, grams int, unit rehab.Unit) {
	if t.refused(t.course.AnswerUsual(n, grams, unit, t.now)) {
		return
	}
	answer := t.text("button.unknown_load")
	if grams > 0 {
		answer = rehab.FormatLoad(grams, unit)
	}
	if id := t.questionMessage(rehab.Question{Kind: rehab.AskUsual, N: n}); id != 0 {
		t.say(body{Edit: id, Text: t.text("recorded", "answer", answer)})
	}
}

// refused answers a request that the course refuses.
func (t *turn) refused(err error) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, rehab.ErrNoneRefused):
		t.line("safety.none.refused")
	default:
		t.stale()
	}
	return true
}

// verbObserve is a score that no question of the plan waits for; N is how many of
// them there were, so that a second tap changes nothing.
const verbObserve = "observe"

// pain answers the open question with a number, or keeps it as an observation.
// Without a number it shows the buttons.
func (t *turn) pain(rest string) {
	q := t.course.NamedQuestion(t.now)
	planned := true
	switch q.Kind {
	case rehab.AskNothing, rehab.AskUsual, rehab.AskWeight, rehab.AskFeel:
		planned = false
	}
	score, ok := readPain(rest)
	switch {
	case !ok && strings.TrimSpace(rest) != "":
		t.line("answer.number")
	case !ok && planned:
		t.say(body{Text: t.text("pain.ask"), Rows: painRows(q.Kind, q.N)})
	case !ok:
		t.say(body{Text: t.text("pain.ask"), Rows: painRows(verbObserve, len(t.course.Observations))})
	case planned:
		t.answerPain(q, score)
	default:
		t.observe(score)
	}
}

func (t *turn) observe(score rehab.PainScore) {
	holds := len(t.course.Holds)
	e := t.course.Observe(score, t.now)
	if e.Safety != nil {
		t.line("pain.noted", "pain", int(score))
		t.showSafety(e.Safety, len(t.course.Holds) > holds)
		return
	}
	v := t.bot.voiceFor(t)
	t.say(body{Text: joined(t.text("pain.kept", "pain", int(score)), v.nextLine())})
	t.fail(v.err)
}

// openPractice is the last movement or stretch message that was not answered,
// while it is still of today.
func (t *turn) openPractice() *rehab.Practice {
	c := t.course
	for i := len(c.Practices) - 1; i >= 0; i-- {
		p := &c.Practices[i]
		if p.Answer == "" && rehab.DayOf(p.AskedAt, c.Zone) == rehab.DayOf(t.now, c.Zone) {
			return p
		}
	}
	return nil
}

// done is the command or the word: for the open card first, then for the last
// movement or stretch.
func (t *turn) done(rest string) {
	var grams int
	var unit rehab.Unit
	if rest != "" {
		var err error
		if grams, unit, err = rehab.ParseLoad(rest); err != nil {
			t.line("answer.load")
			return
		}
	}
	w := t.course.Current()
	p := t.openPractice()
	switch {
	case t.heardLate(rehab.Done, grams, unit):
	case w != nil && !w.CardAt.IsZero() && w.Status == "":
		t.finish(w.N, grams, unit)
	case p != nil:
		t.practice(p.N, "done")
	case !t.reported(0, rehab.Done, t.now):
		t.line("done.none")
	}
}

// refusedWork is refused for a step of an exercise: during a hold it says that
// nothing is due.
func (t *turn) refusedWork(err error) bool {
	switch {
	case err != nil && t.course.Held() != nil:
		t.line("hold.no_workout")
	case errors.Is(err, rehab.ErrCardOver):
		n := t.course.Current().N
		t.say(body{Text: joined(t.text("card.expired"), t.text("ask.before")), Rows: painRows(rehab.AskBefore, n)})
	default:
		return t.refused(err)
	}
	return true
}

func (t *turn) stopped() {
	w := t.course.Current()
	switch {
	case t.heardLate(rehab.PartialOther, 0, ""):
	case w != nil && !w.CardAt.IsZero() && w.Status == "":
		t.refusedWork(t.course.StopEarly(w.N, t.now))
	case !t.reported(0, rehab.PartialOther, t.now):
		t.line("done.none")
	}
}

// heardLate takes word of a workout that was written in time, when it is handled only
// after its card has run out.
func (t *turn) heardLate(status rehab.Status, grams int, unit rehab.Unit) bool {
	said := t.saidAt()
	if !said.Before(t.now) {
		return false
	}
	w := t.course.FinishLate(status, grams, unit, said, t.now)
	if w == nil {
		return t.reported(0, status, said)
	}
	q := rehab.Question{Kind: rehab.AskBefore, N: w.N}
	if id := t.questionMessage(q); id != 0 {
		t.say(body{Edit: id, Text: t.recorded(q, w.Before)}) // it may have been asked anew
	}
	if status == rehab.Done {
		t.editFinished(w.N)
	}
	return true
}

// reported takes word of a workout that is closed or was called off, though somebody
// has trained by its card; false when there is none. n is its number, 0 for the latest.
func (t *turn) reported(n int, status rehab.Status, said time.Time) bool {
	if t.course.ReportLate(n, status, said, t.now) == nil {
		return false
	}
	v := t.bot.voiceFor(t)
	next := v.nextLine()
	if held := t.course.Held(); held != nil {
		next = joined(t.text("hold.no_workout"), v.holdLine(held))
	}
	t.say(body{Edit: t.tapped(), Text: joined(v.text("done.late"), next)})
	t.fail(v.err)
	return true
}

func (t *turn) skip() {
	w := t.course.Current()
	if w != nil && t.course.NotToday(w.N, t.now) == nil {
		return
	}
	if p := t.openPractice(); p != nil {
		t.practice(p.N, "no")
		return
	}
	t.line("skip.none")
}

func (t *turn) stop() {
	if !t.course.StoppedAt.IsZero() {
		t.startAgain()
		return
	}
	t.course.StopMessages(t.now)
	t.line("stop.done")
	t.tellClinician("patient.stopped")
}

func (t *turn) resume(answer string) {
	if t.course.StoppedAt.IsZero() {
		t.stale()
		return
	}
	if answer != "yes" {
		t.say(body{Edit: t.tapped(), Text: t.text("stop.done")})
		return
	}
	t.course.ResumeMessages(t.now)
	t.say(body{Edit: t.tapped(), Text: t.text("resume.done")})
	t.tellClinician("patient.resumed")
}

// forget asks first; then everything about the patient is erased.
func (t *turn) forget(string) {
	t.say(body{Text: t.text("forget.ask"), Rows: column(
		t.label("forget", "forget", 0, "yes"), t.label("keep", "forget", 0, "no"))})
}

func (t *turn) forgetTap(answer string) {
	if answer != "yes" {
		t.say(body{Edit: t.tapped(), Text: t.text("forget.kept")})
		return
	}
	gone, clinicians := t.patient, t.cliniciansOf()
	t.fail(t.tx.Forget(gone.ID))
	t.patient, t.course = rehab.Patient{}, nil
	// Said outside of the outbox, which must not keep the chat.
	t.direct = append(t.direct, body{Text: t.text("forget.done")})
	t.secret = true
	for _, c := range clinicians {
		t.sayTo(c.ChatID, body{Text: t.text("patient.forgot", "name", gone.Name)})
	}
}

// help shows the emergency line and the list of symptoms, and the commands.
func (t *turn) help() {
	t.line("help", "commands", t.commandList(patientCommands))
	t.openSafety()
}
