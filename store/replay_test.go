package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// life is twelve weeks of one patient, every step of which begins with what the
// database holds.
type life struct {
	clinic
	t      testing.TB
	random *rand.Rand
	now    time.Time
	sent   map[string]bool
}

func liveThrough(t testing.TB, mode rehab.Mode, seed uint64) *life {
	t.Helper()
	l := &life{clinic: newClinic(t), t: t, random: rand.New(rand.NewPCG(seed, 3)), now: start, sent: map[string]bool{}}
	do(t, l.Store, start, func(tx *Tx) error { return tx.SetClinicMode(mode, l.owner) })
	l.needle(t, start)
	again := start.AddDate(0, 0, 30+l.random.IntN(20))
	for range 3000 {
		var next time.Time
		l.change(t, l.now, func(c *rehab.Course) {
			c.Advance(l.now)
			if again.Before(l.now) {
				again = l.now.AddDate(1, 0, 0)
				c.Needle(rehab.NewNeedling{At: l.now, By: l.ada, Targets: []rehab.NeedledTarget{{Muscle: "piriformis", Side: rehab.Left}}}, l.now)
			}
			l.clinician(c)
			next = l.step(c)
		})
		if next.IsZero() {
			return l
		}
		l.now = next
	}
	t.Fatal("the course never ends")
	return nil
}

// step says what is due and lets the patient answer. It returns when it goes on,
// the zero time for never.
func (l *life) step(c *rehab.Course) time.Time {
	next, _ := c.NextWake(l.now)
	for _, p := range c.Prompts(l.now) {
		switch {
		case l.sent[p.Key] || p.To != rehab.ToPatient:
		case p.Due.After(l.now):
			if next.IsZero() || p.Due.Before(next) {
				next = p.Due
			}
		default:
			l.sent[p.Key] = true
			c.Sent(p, l.now)
			l.answer(c, p)
			return l.now.Add(time.Second)
		}
	}
	return next
}

func (l *life) one(of int) bool { return l.random.IntN(of) == 0 }

func (l *life) pain() rehab.PainScore {
	if l.one(12) {
		return rehab.PainScore(l.random.IntN(9))
	}
	return 2
}

func (l *life) answer(c *rehab.Course, p rehab.Prompt) {
	if l.one(25) {
		return
	}
	pain := func(kind rehab.QuestionKind) {
		_, _ = c.AnswerPain(rehab.Question{Kind: kind, N: p.N}, l.pain(), l.now)
	}
	switch p.Kind {
	case rehab.PromptMovement, rehab.PromptGentle, rehab.PromptStructured, rehab.PromptDaily:
		_ = c.PracticeDone(p.N, l.now)
	case rehab.PromptSafetyCheck:
		_ = c.ClearSafety(l.now)
	case rehab.PromptBefore:
		pain(rehab.AskBefore)
	case rehab.PromptCard:
		_ = c.Finish(p.N, 0, "", l.now)
	case rehab.PromptAfter:
		pain(rehab.AskAfter)
	case rehab.PromptExtras:
		_ = c.AnswerReserve(p.N, !l.one(4), l.now)
	case rehab.PromptTwoHour:
		pain(rehab.AskTwoHour)
	case rehab.PromptNext:
		pain(rehab.AskNext)
	case rehab.PromptHoldAsk:
		pain(rehab.AskHold)
	}
}

// clinician answers most suggestions some time, and sets a load now and then.
func (l *life) clinician(c *rehab.Course) {
	c.Acting = l.ada
	switch {
	case c.Held() != nil && l.one(4):
		_ = c.Release(l.ada, l.now)
	case l.one(150):
		_ = c.SetLoad(c.Targets[0].N, 3000+500*l.random.IntN(8), rehab.Kilogram, l.now)
	case l.one(6):
		for _, a := range c.Alerts {
			if _, _, ok := c.Suggestion(&a); !ok || !a.AckedAt.IsZero() {
				continue
			}
			if l.one(5) {
				must(l.t, c.Keep(a.N, l.ada, l.now))
				continue
			}
			must(l.t, c.Confirm(a.N, l.ada, l.now))
		}
	}
	c.Acting = 0
}

// Whatever was decided can be decided again from what was stored, and the audit
// trail alone leads to the present load.
func TestStoredDecisionsReplay(t *testing.T) {
	for _, mode := range []rehab.Mode{rehab.ModeAuto, rehab.ModeSuggest} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s %d", mode, seed), func(t *testing.T) {
				t.Parallel()
				l := liveThrough(t, mode, seed)
				l.change(t, l.now, func(c *rehab.Course) {
					if c.EffectiveMode() != mode || c.EndedAt.IsZero() {
						t.Errorf("mode %q, ended %s", c.EffectiveMode(), c.EndedAt)
					}
					replayDecisions(t, c)
					replayChanges(t, c)
				})
			})
		}
	}
}

func replayDecisions(t *testing.T, c *rehab.Course) {
	t.Helper()
	decided := 0
	for _, w := range c.Workouts {
		for _, e := range w.Exercises {
			if e.Decision == nil {
				continue
			}
			decided++
			if diff := cmp.Diff(*e.Decision, rehab.Decide(*e.Input)); diff != "" {
				t.Errorf("workout %d (-stored +replayed):\n%s", w.N, diff)
			}
		}
	}
	if decided < 15 {
		t.Errorf("only %d decisions", decided)
	}
}

func replayChanges(t *testing.T, c *rehab.Course) {
	t.Helper()
	stands, moves := map[int]rehab.Standing{}, 0
	for _, x := range c.Changes {
		if !x.What.Moves() {
			continue
		}
		moves++
		if stands[x.Target] != x.From {
			t.Errorf("change %d is from %+v, but %+v stood", x.N, x.From, stands[x.Target])
		}
		stands[x.Target] = x.To
		if x.By != 0 || x.Rules == nil {
			continue
		}
		w := c.Workout(x.Workout)
		i := slices.IndexFunc(w.Exercises, func(e rehab.Exercise) bool { return e.Target == x.Target })
		if d := w.Exercises[i].Decision; d.Reason != x.Why || !slices.Equal(d.Rules, x.Rules) {
			t.Errorf("change %d has another reason than its decision: %+v", x.N, x)
		}
	}
	for _, target := range c.Targets {
		if stands[target.N] != target.Standing() {
			t.Errorf("target %d stands at %+v, the changes lead to %+v", target.N, target.Standing(), stands[target.N])
		}
	}
	if moves < 5 {
		t.Errorf("only %d moves", moves)
	}
}

// A course takes the clinic's mode where it has none of its own.
func TestClinicMode(t *testing.T) {
	c := newClinic(t)
	effective := func() (mode rehab.Mode) {
		c.change(t, start, func(course *rehab.Course) { mode = course.EffectiveMode() })
		return mode
	}
	set := func(mode rehab.Mode) {
		do(t, c.Store, start, func(tx *Tx) error {
			course, err := tx.Course(c.patient)
			must(t, err)
			must(t, tx.SetClinicMode(mode, c.owner))
			if got, err := tx.ClinicMode(); got != mode || err != nil || course.ClinicMode != mode {
				t.Errorf("the clinic is in %q, its course in %q (%v)", got, course.ClinicMode, err)
			}
			return nil
		})
	}
	if got := effective(); got != rehab.ModeAuto {
		t.Errorf("at first %q", got)
	}
	set(rehab.ModeSuggest)
	if got := effective(); got != rehab.ModeSuggest {
		t.Errorf("then %q", got)
	}
	c.change(t, start, func(course *rehab.Course) { course.SetMode(rehab.ModeAuto, start) })
	if got := effective(); got != rehab.ModeAuto {
		t.Errorf("with a mode of its own %q", got)
	}
	do(t, c.Store, start, func(tx *Tx) error {
		fresh := rehab.NewCourse(c.patient, protocol(), zone(t, patientZone), time.UTC)
		must(t, tx.NewCourse(c.patient, fresh))
		if fresh.EffectiveMode() != rehab.ModeSuggest {
			t.Errorf("a new course is in %q", fresh.EffectiveMode())
		}
		return nil
	})
}

// What is said about a change goes with the patient.
func TestChangesAreForgotten(t *testing.T) {
	c := newClinic(t)
	c.needle(t, start)
	count := func() (n int64) {
		do(t, c.Store, start, func(tx *Tx) error { return tx.db.Model(&changeRow{}).Count(&n).Error })
		return n
	}
	if count() == 0 {
		t.Error("a needling leaves no change")
	}
	do(t, c.Store, start, func(tx *Tx) error { return tx.Forget(c.patient) })
	if n := count(); n != 0 {
		t.Errorf("%d changes are left", n)
	}
}
