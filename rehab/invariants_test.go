package rehab

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// life is one patient with chance instead of a will: answers, silences, holds,
// needlings, track changes, taps on the safety button, corrections, nights
// without power at the clinic. The seed is all that it depends on.
type life struct {
	*world
	random *rand.Rand
	// moods: how likely an answer is, and how much it hurts.
	reply, hurt float64
	advanced    map[int]time.Time
	clearances  map[int]bool // holds that only a clinician may lift
	perDay      map[Day]int
	freed       map[int]time.Time // by target: the last re-entry or /load, exempt from the cap
}

var lifeZones = []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Auckland"}

func newLife(t testing.TB, seed uint64) *life {
	random := rand.New(rand.NewPCG(seed, 12))
	muscles := []string{"upper_trapezius", "levator_scapulae", "quadratus_lumborum", "piriformis"}
	n := NewNeedling{Graded: random.IntN(3) == 0, Extensive: random.IntN(8) == 0, UsualG: pick(random, 0, 4000, 8165, 40_000), Unit: pick(random, Kilogram, Pound)}
	for range 1 + random.IntN(2) {
		nt := NeedledTarget{pick(random, muscles...), pick(random, Left, Right)}
		if !slices.Contains(n.Targets, nt) {
			n.Targets = append(n.Targets, nt)
		}
	}
	zone := pick(random, lifeZones...)
	needled := time.Date(2026, time.Month(1+random.IntN(12)), 1+random.IntN(28), random.IntN(24), 30*random.IntN(2), 0, 0, mustZone(t, zone))
	l := &life{
		world: newWorld(t, zone, needled, n), random: random,
		reply: pick(random, 0.3, 0.7, 0.95, 1), hurt: pick(random, 0, 0.02, 0.1, 0.4),
		advanced: map[int]time.Time{}, clearances: map[int]bool{}, perDay: map[Day]int{}, freed: map[int]time.Time{},
	}
	l.answer = func(_ *world, p Prompt) { l.hear(p) }
	l.check = func(*world) { l.look() }
	for range pick(random, 0, 2, 6, 12) {
		at := needled.Add(time.Duration(random.Int64N(int64(84 * 24 * time.Hour)))).Truncate(time.Minute)
		l.at(at, l.chance)
	}
	return l
}

func (l *life) yes(p float64) bool { return l.random.Float64() < p }

func (l *life) score() PainScore {
	if l.yes(l.hurt) {
		return PainScore(l.random.IntN(11))
	}
	return 2
}

// hear is what the patient does with a message, at once or some time later.
func (l *life) hear(p Prompt) {
	l.checkMessage(p)
	for _, t := range l.c.Targets {
		if t.NextConsent && l.yes(0.05) {
			l.c.AllowNext(t.N, l.now)
		}
	}
	if !l.yes(l.reply) {
		return
	}
	wait := time.Duration(0)
	switch x := l.random.Float64(); {
	case x < 0.02:
		wait = time.Duration(l.random.IntN(24*60)) * time.Minute
	case x < 0.4:
		wait = time.Duration(l.random.IntN(240)) * time.Minute
	}
	l.after(wait, func() { l.tap(p) })
}

// tap answers a message; what came too late is refused, and that is fine.
func (l *life) tap(p Prompt) {
	c, now, n := l.c, l.now, p.N
	ask := func(kind QuestionKind) { c.AnswerPain(Question{kind, n}, l.score(), now) }
	switch p.Kind {
	case PromptMovement, PromptGentle, PromptStructured, PromptDaily:
		if l.yes(0.9) {
			c.PracticeDone(n, now)
		} else {
			c.PracticeNotToday(n, now)
		}
	case PromptFeel:
		ask(AskFeel)
	case PromptSafetyCheck:
		c.ClearSafety(now)
	case PromptBefore, PromptBeforeAgain:
		ask(AskBefore)
	case PromptUsual:
		c.AnswerUsual(n, pick(l.random, 0, 3000, 8000, 20_000), pick(l.random, Kilogram, Pound), now)
	case PromptWeight:
		c.AnswerWeight(n, pick(l.random, 500, 3000, 8000), Kilogram, now)
	case PromptCard, PromptCardAgain:
		l.exercise(n)
	case PromptFinish:
		c.FinishedAt(n, pick(l.random, FinishedNow, FinishedHourAgo, FinishedEvening, FinishedAfternoon), now)
	case PromptWhy:
		c.AnswerWhy(n, pick(l.random, WhyPain, WhyFear, WhyOther), now)
	case PromptAfter:
		ask(AskAfter)
	case PromptExtras:
		l.extras(n)
	case PromptTwoHour:
		ask(AskTwoHour)
	case PromptNext:
		if l.yes(l.hurt / 2) {
			c.TooSore(n, now)
		}
		ask(AskNext)
	case PromptHoldAsk:
		ask(AskHold)
	case PromptSafetyList:
		if choice := pick(l.random, ChoiceNone, ChoiceNone, ChoiceNone, ChoiceOther, ChoiceUrgent, ChoiceEmergency); l.yes(0.8) {
			c.ChooseSafety(n, choice, now)
		}
	}
}

func (l *life) exercise(n int) {
	switch x := l.random.Float64(); {
	case x < 0.04:
		l.c.StopEarly(n, l.now)
	case x < 0.10:
		l.c.NotToday(n, l.now)
	case x < 0.14:
		l.c.Finish(n, 500+500*l.random.IntN(60), Kilogram, l.now)
	default:
		l.c.Finish(n, 0, "", l.now)
	}
}

func (l *life) extras(n int) {
	ask := l.c.Extras(l.c.Workout(n))
	if ask.Reserve {
		l.c.AnswerReserve(n, l.yes(0.8), l.now)
	}
	if ask.Feared {
		l.c.AnswerFeared(n, l.yes(0.1), l.now)
	}
	if ask.Quality {
		l.c.AnswerQuality(n, pick(l.random, Dull, Dull, Sharp, Radiating), l.now)
	}
}

// chance is something that comes out of the blue.
func (l *life) chance() {
	c, now := l.c, l.now
	target := c.Targets[l.random.IntN(len(c.Targets))]
	switch l.random.IntN(14) {
	case 0:
		l.again(target)
	case 1:
		l.world.needle(pick(l.random, "piriformis", "quadratus_lumborum"), pick(l.random, 0, 10_000))
	case 2:
		c.HoldExercise(clinician, "fever", time.Duration(l.random.IntN(4))*24*time.Hour, now)
	case 3, 4:
		l.release()
	case 5:
		c.SetTrack(pick(l.random, Standard, Graded), now)
	case 6:
		if c.SetLoad(target.N, 1000+500*l.random.IntN(40), Kilogram, now) == nil {
			l.freed[target.N] = now
		}
	case 7:
		c.OpenSafety(now)
	case 8:
		c.SafetyWords(pick(l.random, ChoiceOther, ChoiceUrgent, ChoiceEmergency), now)
	case 9:
		l.typedNumber()
	case 10:
		l.correction()
	case 11:
		c.StopMessages(now)
		l.after(time.Duration(l.random.IntN(72))*time.Hour, func() { c.ResumeMessages(l.now) })
	case 12:
		c.AllowNext(target.N, now)
	case 13:
		// The clinic's power fails for some hours.
		l.now = now.Add(time.Duration(l.random.IntN(30)) * time.Hour)
	}
}

func (l *life) again(target Target) {
	n := NewNeedling{
		At: l.now.Add(-time.Duration(l.random.IntN(20)) * time.Hour), By: clinician, Unit: Kilogram,
		Targets: []NeedledTarget{{target.Muscle, target.Side}}, Extensive: l.yes(0.2), Graded: l.yes(0.05),
	}
	l.c.Needle(n, l.now)
}

func (l *life) release() {
	if l.c.Release(clinician, l.now) == nil {
		clear(l.clearances)
	}
}

func (l *life) typedNumber() {
	if q := l.c.TypedQuestion(l.now); q != (Question{}) {
		if _, err := l.c.AnswerPain(q, l.score(), l.now); err != nil && q.Kind != AskUsual && q.Kind != AskWeight {
			l.t.Errorf("%s: a typed number answers %+v: %v", l.clock(), q, err)
		}
		return
	}
	l.c.Observe(l.score(), l.now)
}

func (l *life) correction() {
	if w := l.c.Current(); w != nil {
		l.c.AnswerPain(Question{pick(l.random, AskBefore, AskAfter, AskTwoHour), w.N}, l.score(), l.now)
	}
}

// checkMessage looks at a message as it is sent.
func (l *life) checkMessage(p Prompt) {
	wall := l.now.In(l.c.Zone)
	if p.Lane == LaneTimed && (wall.Hour() < 8 || wall.Hour() >= 21) {
		l.t.Errorf("%s: %s by night", l.clock(), p.Key)
	}
	if p.Kind.counted() && p.Lane == LaneTimed {
		day := DayOf(l.now, l.c.Zone)
		if l.perDay[day]++; l.perDay[day] > 4 {
			l.t.Errorf("%s: %s is number %d today", l.clock(), p.Key, l.perDay[day])
		}
	}
	if p.Kind == PromptCard {
		l.checkCard(l.c.Workout(p.N))
	}
}

// checkCard looks at exercise as it is offered: invariants 7, 8 and 10.
func (l *life) checkCard(w *Workout) {
	if !l.c.Running() || l.c.Held() != nil {
		l.t.Errorf("%s: a card while stopped or held", l.clock())
	}
	if len(w.Exercises) == 0 {
		l.t.Errorf("%s: an empty card", l.clock())
	}
	for _, e := range w.Exercises {
		t := l.c.Target(e.Target)
		floor := 48 * time.Hour
		if e.Phase == K1 || e.Phase == K2 {
			floor = 24 * time.Hour
		}
		if t.Extensive {
			floor += 24 * time.Hour
		}
		if since := l.now.Sub(t.LastNeedle); since < floor {
			l.t.Errorf("%s: a card %s after a needling", l.clock(), since)
		}
		if t.StretchedAt.IsZero() {
			l.t.Errorf("%s: a card without a stretch", l.clock())
		}
		if e.Phase.Track() != l.c.Track || !e.Phase.Loaded() {
			l.t.Errorf("%s: %s on the %s track", l.clock(), e.Phase, l.c.Track)
		}
		if e.LoadG <= 0 || e.Shown.Total() <= 0 || e.Phase == t.Phase && e.weighed() != t.Weighed {
			l.t.Errorf("%s: %s asks for %d: %+v", l.clock(), e.Phase, e.LoadG, e.Shown)
		}
		l.checkCap(t, &e)
	}
}

// checkCap: no load is more than a tenth above the lowest one that was lifted in
// the seven days before, but after a needling and a load set by a clinician.
func (l *life) checkCap(t *Target, e *Exercise) {
	since := later(l.now.Add(-7*24*time.Hour), l.freed[t.N])
	for i := range l.c.Workouts {
		x := &l.c.Workouts[i]
		if x.DoneAt.Before(since) {
			continue
		}
		for _, past := range x.Exercises {
			if past.Target == t.N && past.comparable(e) && e.weighed() && e.LoadG > past.LoadG*110/100 {
				l.t.Errorf("%s: %d g, but %d g on %s", l.clock(), e.LoadG, past.LoadG, l.wall(x.DoneAt))
			}
		}
	}
}

// look is asked whenever the plan was made anew.
func (l *life) look() {
	seen := map[string]bool{}
	for _, p := range l.wanted {
		if seen[p.Key] {
			l.t.Errorf("%s: %s is planned twice", l.clock(), p.Key)
		}
		seen[p.Key] = true
		if p.Due.Before(p.Earliest) || !p.Due.Before(p.Latest) {
			l.t.Errorf("%s: %s is due outside of its window: %+v", l.clock(), p.Key, p.Window)
		}
	}
	l.checkQuiet()
	l.checkClearances()
	l.checkAdvances()
	l.checkTargets()
}

// checkQuiet: unless a person is awaited, something is always to come.
func (l *life) checkQuiet() {
	c := l.c
	if !c.Running() {
		return
	}
	if h := c.Held(); h != nil && (h.Clearance || h.Until.IsZero() || h.Reported) {
		return
	}
	next := l.nextInstant()
	if len(l.outbox) == 0 && (next.IsZero() || next.Sub(l.now) > 15*24*time.Hour) {
		l.t.Errorf("%s: nothing is planned, the next moment is %s", l.clock(), next)
	}
}

// checkClearances: a hold that needs a clinician is only ever lifted by one.
func (l *life) checkClearances() {
	for i := range l.c.Holds {
		h := &l.c.Holds[i]
		if !h.Active() && h.ReleasedBy == 0 && l.clearances[h.N] {
			l.t.Errorf("%s: hold %d has lost its clearance without a clinician", l.clock(), h.N)
		}
		if h.Active() && h.Clearance {
			l.clearances[h.N] = true
		}
		if h.Active() && !h.Clearance && l.clearances[h.N] {
			l.t.Errorf("%s: hold %d no longer needs its clinician", l.clock(), h.N)
		}
	}
}

// checkAdvances: at most one advance into a strength phase in seven days.
func (l *life) checkAdvances() {
	for i := range l.c.Targets {
		t := &l.c.Targets[i]
		if before := l.advanced[t.N]; !t.AdvancedAt.Equal(before) {
			if !before.IsZero() && t.Phase != K5 && t.AdvancedAt.Sub(before) < 7*24*time.Hour {
				l.t.Errorf("%s: %s after %s", l.clock(), t.Phase, t.AdvancedAt.Sub(before))
			}
			l.advanced[t.N] = t.AdvancedAt
		}
	}
}

func (l *life) checkTargets() {
	for i := range l.c.Targets {
		t := &l.c.Targets[i]
		if t.Reentry > 0 {
			l.freed[t.N] = l.now
		}
		if t.Phase.Track() != l.c.Track || t.LoadG <= 0 || t.EntryG <= 0 || t.Weighed && !l.c.weighable(t, t.Phase) {
			l.t.Errorf("%s: %s on the %s track with %d from %d, weighed %v", l.clock(), t.Phase, l.c.Track, t.LoadG, t.EntryG, t.Weighed)
		}
		if !t.Weighed && t.LoadG%RepsLoad(1) != 0 {
			l.t.Errorf("%s: %d thousandths of a repetition", l.clock(), t.LoadG)
		}
	}
}

func TestInvariantsOverManyLives(t *testing.T) {
	lives := 800
	if testing.Short() {
		lives = 200
	}
	for seed := range uint64(lives) {
		l := newLife(t, seed)
		l.runUntil(l.now.AddDate(0, 0, 100))
		if t.Failed() {
			t.Fatalf("in life %d", seed)
		}
	}
}

// copyOf is a course that shares nothing with c that a method might change.
func copyOf(c *Course) *Course {
	d := *c
	d.Needlings, d.Targets = slices.Clone(c.Needlings), slices.Clone(c.Targets)
	d.Practices, d.Holds = slices.Clone(c.Practices), slices.Clone(c.Holds)
	d.Observations, d.Alerts = slices.Clone(c.Observations), slices.Clone(c.Alerts)
	d.Workouts = slices.Clone(c.Workouts)
	for i := range d.Workouts {
		d.Workouts[i].Exercises = slices.Clone(c.Workouts[i].Exercises)
	}
	return &d
}

// Reading changes nothing, and what time does is done once.
func TestReadingIsPureAndAdvanceIsDoneOnce(t *testing.T) {
	for seed := range uint64(25) {
		l := newLife(t, seed)
		looks := l.check
		l.check = func(w *world) {
			before := copyOf(w.c)
			if !reflect.DeepEqual(w.c.Prompts(w.now), w.c.Prompts(w.now)) {
				t.Errorf("life %d, %s: planning twice gives two plans", seed, w.clock())
			}
			w.c.NextWake(w.now)
			w.c.TypedQuestion(w.now)
			w.c.NextWorkout(w.now)
			w.c.Sendable("course/1/none", w.now)
			if !reflect.DeepEqual(before, w.c) {
				t.Fatalf("life %d, %s: reading has changed the course", seed, w.clock())
			}
			w.c.Advance(w.now)
			if !reflect.DeepEqual(before, w.c) {
				t.Fatalf("life %d, %s: Advance does something twice", seed, w.clock())
			}
			looks(w)
		}
		l.runUntil(l.now.AddDate(0, 0, 100))
	}
}

// Between two wakes nothing changes: an Advance at any moment before NextWake
// leaves the course as it is.
func TestNothingChangesBeforeNextWake(t *testing.T) {
	for seed := range uint64(25) {
		l := newLife(t, seed)
		looks := l.check
		l.check = func(w *world) {
			if wake, ok := w.c.NextWake(w.now); ok {
				ahead := copyOf(w.c)
				ahead.Advance(wake.Add(-time.Nanosecond))
				if !reflect.DeepEqual(ahead, w.c) {
					t.Fatalf("life %d, %s: something changes before %s", seed, w.clock(), wake)
				}
			}
			looks(w)
		}
		l.runUntil(l.now.AddDate(0, 0, 100))
	}
}

// The same life twice is the same life.
func TestALifeIsDeterminedByItsSeed(t *testing.T) {
	for seed := range uint64(10) {
		a, b := newLife(t, seed), newLife(t, seed)
		a.runUntil(a.now.AddDate(0, 0, 100))
		b.runUntil(b.now.AddDate(0, 0, 100))
		if fmt.Sprint(a.lines("")) != fmt.Sprint(b.lines("")) {
			t.Errorf("life %d differs from itself", seed)
		}
	}
}
