package rehab

import (
	"slices"
	"time"
)

// Effect is what an answer led to, for the words that follow it.
type Effect struct {
	Question Question
	Score    PainScore
	// Gate is set after the answer before a workout.
	Gate *GateResult
	// Closed is the workout that was decided by the answer.
	Closed *Workout
	// Hold is the hold that the answer started.
	Hold *Hold
	// Released is set when the answer lifted a hold, Extended when it prolonged it.
	Released, Extended bool
	// AskedAgain: the number came too early to say; it is asked at its time.
	AskedAgain bool
	// Ignored: the number came too late to say anything.
	Ignored bool
	// Stretch is the advice after a stretch.
	Stretch *StretchAdvice
	// Safety is set when the answer opened the safety list.
	Safety *Hold
	// Corrected: an earlier answer was changed.
	Corrected bool
}

// AnswerPain records a pain score for a question. It returns ErrStale when the
// question is closed.
func (c *Course) AnswerPain(q Question, score PainScore, now time.Time) (Effect, error) {
	var e Effect
	var err error
	switch q.Kind {
	case AskBefore:
		e, err = c.answerBefore(q.N, score, now)
	case AskAfter:
		e, err = c.answerAfter(q.N, score, now)
	case AskTwoHour:
		e, err = c.answerTwoHour(q.N, score, now)
	case AskNext:
		e, err = c.answerNext(q.N, score, now)
	case AskFeel:
		e, err = c.answerFeel(q.N, score, now)
	case AskHold:
		e, err = c.answerHold(q.N, score, now)
	default:
		err = ErrStale
	}
	if err != nil {
		return Effect{}, err
	}
	c.answered(now)
	e.Question, e.Score = q, score
	return e, nil
}

// TypedQuestion returns the question that a number typed at now answers: the open
// one, the one that it interrupted, or the two-hour question that stays quiet
// tonight or has not come yet.
func (c *Course) TypedQuestion(now time.Time) Question {
	if q := c.twoHourTonight(now); q.Kind != AskNothing {
		return q
	}
	if c.answerable(c.Open) {
		return c.Open
	}
	if q := c.Interrupted(now); q.Kind != AskNothing {
		return q
	}
	if w := c.awaitsTwoHour(); w != nil && !now.Before(w.DoneAt.Add(twoHourSoonest)) {
		return Question{AskTwoHour, w.N}
	}
	return Question{}
}

// NamedQuestion returns the question that a score answers which the patient calls
// a pain score: the open one, the one that it interrupted, or the two-hour
// question that stays quiet tonight, once its time has come. Otherwise the score
// answers nothing.
func (c *Course) NamedQuestion(now time.Time) Question {
	if q := c.twoHourTonight(now); q.Kind != AskNothing {
		return q
	}
	if c.answerable(c.Open) {
		return c.Open
	}
	if q := c.Interrupted(now); q.Kind != AskNothing {
		return q
	}
	w := c.awaitsTwoHour()
	if w == nil {
		return Question{}
	}
	if _, asked := c.TwoHourAt(w); asked || now.Before(w.DoneAt.Add(twoHourFrom)) {
		return Question{}
	}
	return Question{AskTwoHour, w.N}
}

// Interrupted is the question of the current workout that was asked last and not
// answered, when something else has been asked and answered since: how strong a
// stretch felt closes no question about a workout.
func (c *Course) Interrupted(now time.Time) Question {
	w := c.Current()
	if w == nil || !c.Running() {
		return Question{}
	}
	q := Question{AskBefore, w.N}
	if !w.DoneAt.IsZero() {
		at, asked := c.TwoHourAt(w)
		switch {
		case !now.Before(c.nextAt(w)):
			q.Kind = AskNext
		case asked && !now.Before(at):
			q.Kind = AskTwoHour
		default:
			q.Kind = AskAfter
		}
	}
	if w.AskedAt.IsZero() || !c.answerable(q) || c.passed(w, q.Kind) {
		return Question{}
	}
	return q
}

// twoHourTonight is the two-hour question that stays quiet, while a number counts as
// its answer: the patient was told so, also when the pain right after the workout is
// still unanswered.
func (c *Course) twoHourTonight(now time.Time) Question {
	w := c.awaitsTwoHour()
	if w == nil || c.Open != (Question{AskAfter, w.N}) {
		return Question{}
	}
	if from, until := w.DoneAt.Add(twoHourFrom), w.DoneAt.Add(twoHourUntil); now.Before(from) || now.After(until) {
		return Question{}
	}
	if _, asked := c.TwoHourAt(w); asked {
		return Question{}
	}
	return Question{AskTwoHour, w.N}
}

// awaitsTwoHour is the workout whose pain after two hours is still to come, or
// nil.
func (c *Course) awaitsTwoHour() *Workout {
	if w := c.Current(); w != nil && !w.DoneAt.IsZero() && !w.TwoHour.Known() && !c.passed(w, AskTwoHour) {
		return w
	}
	return nil
}

// painOrder is the order in which the pains of a workout are asked.
var painOrder = map[QuestionKind]int{AskBefore: 1, AskAfter: 2, AskTwoHour: 3, AskNext: 4}

// passed reports whether a later pain of the same workout has been asked, which
// closes the earlier question as missing.
func (c *Course) passed(w *Workout, kind QuestionKind) bool {
	return c.Open.N == w.N && painOrder[c.Open.Kind] > painOrder[kind]
}

// answerable reports whether q still waits for its first answer.
func (c *Course) answerable(q Question) bool {
	w := c.Current()
	mine := w != nil && w.N == q.N
	switch q.Kind {
	case AskBefore:
		return mine && (!w.Before.Known() || w.Reasked) && w.Status == "" && c.cleared()
	case AskAfter:
		return mine && !w.After.Known() && !w.DoneAt.IsZero()
	case AskTwoHour:
		return mine && !w.TwoHour.Known() && !w.DoneAt.IsZero()
	case AskNext:
		return mine && !w.Next.Known() && !w.DoneAt.IsZero()
	case AskUsual:
		return mine && w.AskUsual
	case AskWeight:
		return mine && w.AskWeight
	case AskFeel:
		p := c.Practice(q.N)
		return p != nil && p.Answer == practiceDone && !p.Feel.Known()
	case AskHold:
		h := c.Hold(q.N)
		return h != nil && h.Active() && h.Asked > 0 && !h.Clearance
	}
	return false
}

// AwaitsCheck reports whether the safety check before a workout was asked and is
// not answered.
func (c *Course) AwaitsCheck() bool {
	w := c.Current()
	return w != nil && w.Safety && !w.AskedAt.IsZero() && w.Status == "" && !w.Before.Known() && !c.cleared() && c.Held() == nil
}

// cleared reports whether the safety check after the needling that was recorded last
// was answered with "none".
func (c *Course) cleared() bool {
	last := c.clearedAt()
	return !last.IsZero() && !slices.ContainsFunc(c.Needlings, func(n Needling) bool {
		return n.ClearedAt.IsZero() && n.RecordedAt.After(last)
	})
}

// clearedAt is when the latest safety check was answered with "none".
func (c *Course) clearedAt() (at time.Time) {
	for _, n := range c.Needlings {
		at = later(at, n.ClearedAt)
	}
	return at
}

// Unchecked reports whether a safety check is still to be answered.
func (c *Course) Unchecked() bool { return len(c.Needlings) > 0 && !c.cleared() }

func (c *Course) answerBefore(n int, score PainScore, now time.Time) (Effect, error) {
	w := c.Current()
	if put := c.putOffToday(now); w == nil && put != nil && put.N == n {
		c.takeUp(put)
		w = put
	}
	if w == nil || w.N != n || w.Status != "" && w.DoneAt.IsZero() || !c.cleared() {
		return Effect{}, ErrStale
	}
	c.heard(now) // first: the rhythm of silence must not undo what the gate puts off
	corrected := w.Before.Known() && !w.Reasked
	w.Before, w.BeforeAt, w.Reasked = score, now, false
	c.watchTrend(w, now)
	if !w.DoneAt.IsZero() {
		c.correct(w)
		return Effect{Corrected: true, Hold: c.early(w, now)}, nil
	}
	gate := c.gate(w, now)
	e := Effect{Gate: &gate, Corrected: corrected}
	w.Offer, w.CardAt = gate.Offer, time.Time{}
	c.raise(now, c.key("workout/%d/gate/%d", w.N, gate.Alert),
		Alert{Level: gate.Alert, Intent: gate.Intent, Workout: w.N})
	switch gate.Offer {
	case OfferLoad, OfferLoadSame:
		c.offer(w, gate.Offer, now)
	default:
		c.postpone(w, now)
	}
	return e, nil
}

// putOffToday is the workout of today that the gate has put off, while there is still
// time for it, or nil: the answer behind that can be corrected.
func (c *Course) putOffToday(now time.Time) *Workout {
	n := len(c.Workouts)
	if n == 0 || c.Held() != nil || !c.cleared() {
		return nil
	}
	w := &c.Workouts[n-1]
	day := DayOf(w.AskedAt, c.Zone)
	if !w.Postponed || !w.ClosedAt.Equal(w.BeforeAt) || !now.Before(c.Protocol.Hours.LastAnswer.On(day, c.Zone)) {
		return nil
	}
	return w
}

// takeUp opens a workout again that was put off.
func (c *Course) takeUp(w *Workout) {
	w.Postponed, w.ClosedAt = false, time.Time{}
	c.NotBefore = time.Time{}
	c.correct(w)
}

// Correctable reports whether the answer to a pain question can still be changed:
// until its workout is closed.
func (c *Course) Correctable(q Question, now time.Time) bool {
	w := c.Current()
	switch q.Kind {
	case AskBefore:
		put := c.putOffToday(now)
		return w != nil && w.N == q.N || put != nil && put.N == q.N
	case AskAfter, AskTwoHour:
		return w != nil && w.N == q.N
	case AskFeel:
		return true
	}
	return false
}

func (c *Course) answerAfter(n int, score PainScore, now time.Time) (Effect, error) {
	w := c.Current()
	if w == nil || w.N != n || w.DoneAt.IsZero() || !w.After.Known() && c.passed(w, AskAfter) {
		return Effect{}, ErrStale
	}
	e := Effect{Corrected: w.After.Known()}
	if e.Corrected {
		c.correct(w)
	}
	w.After, w.AfterAt = score, now
	e.Hold = c.early(w, now)
	return e, nil
}

func (c *Course) answerTwoHour(n int, score PainScore, now time.Time) (Effect, error) {
	w := c.Current()
	if w == nil || w.N != n || w.DoneAt.IsZero() || !w.TwoHour.Known() && c.passed(w, AskTwoHour) {
		return Effect{}, ErrStale
	}
	e := Effect{Corrected: w.TwoHour.Known()}
	since, above := now.Sub(w.DoneAt), score > w.Before
	switch {
	case e.Corrected:
		c.correct(w)
	case since < twoHourFrom && above:
		// Too early to say anything about the load, but never to call for help.
		e.Safety, e.AskedAgain = c.Observe(score, now).Safety, true
		return e, nil
	case since > twoHourUntil && !above:
		c.Observations = append(c.Observations, Observation{now, score})
		e.Ignored = true
		return e, nil
	}
	w.TwoHour, w.TwoHourAt = score, now
	e.Hold = c.early(w, now)
	return e, nil
}

func (c *Course) answerNext(n int, score PainScore, now time.Time) (Effect, error) {
	w := c.Current()
	if w == nil || w.N != n || w.DoneAt.IsZero() || !c.Running() ||
		now.Before(w.DoneAt.Add(nextNotBefore)) || now.After(w.DoneAt.Add(nextUntil)) {
		return Effect{}, ErrStale
	}
	w.Next, w.NextAt = score, now
	return Effect{Hold: c.closeWorkout(w, now), Closed: w}, nil
}

// TooSore records that next-day pain keeps the patient from exercising; the
// number is still asked.
func (c *Course) TooSore(n int, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || w.DoneAt.IsZero() {
		return ErrStale
	}
	c.answered(now)
	w.NextPrevents = true
	return nil
}

// AnswerQuality records the kind of pain.
func (c *Course) AnswerQuality(n int, q Quality, now time.Time) (Effect, error) {
	w := c.Current()
	if w == nil || w.N != n || w.DoneAt.IsZero() {
		return Effect{}, ErrStale
	}
	c.answered(now)
	if w.Quality != "" {
		c.correct(w)
	}
	w.Quality = q
	return Effect{Hold: c.early(w, now)}, nil
}

// AnswerReserve records whether two more repetitions would have been possible.
func (c *Course) AnswerReserve(n int, yes bool, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || w.DoneAt.IsZero() {
		return ErrStale
	}
	c.answered(now)
	w.Reserve = yesNo(yes)
	return nil
}

// AnswerFeared records whether what the patient feared happened.
func (c *Course) AnswerFeared(n int, happened bool, now time.Time) error {
	w := c.Current()
	if w == nil || w.N != n || w.DoneAt.IsZero() {
		return ErrStale
	}
	c.answered(now)
	w.Feared = yesNo(happened)
	return nil
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
