package rehab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// testProtocol is the default protocol, written out.
func testProtocol() *Protocol {
	h := time.Hour
	at := func(hours int) TimeOfDay { return TimeOfDay(hours * 60) }
	slow := func(sets, reps int) Dose {
		return Dose{Sets: sets, Reps: reps, Tempo: [2]int{3, 3}, RestSeconds: [2]int{120, 180}, Every: 48 * h}
	}
	own := func(reps, lowering int) Dose { return Dose{Sets: 3, Reps: reps, Tempo: [2]int{0, lowering}} }
	both := []Side{Left, Right}
	weekly := slow(4, 8)
	weekly.Every = 7 * 24 * h
	return &Protocol{
		Version: "test", PlateGrams: 500, PlatePounds: 1, FirstLoadPercent: 50,
		Hours: Hours{
			QuietFrom: at(21), QuietUntil: at(8), Workout: at(9), LastWorkout: at(17), LastAnswer: at(19), Stretch: at(10),
			Movement:          HourWindow{4 * h, 5 * h, 6 * h},
			GentleStretch:     HourWindow{6 * h, 6 * h, 24 * h},
			StructuredStretch: HourWindow{24 * h, 24 * h, 48 * h},
		},
		Doses: map[Phase]Dose{
			P3: {Every: 48 * h, RestSeconds: [2]int{60, 60}},
			P4: slow(3, 15), P5: slow(3, 12), P6: slow(4, 8), P7: weekly,
			K1: {Sets: 1, Reps: 5, HoldSeconds: [2]int{10, 10}, Every: 20 * h},
			K2: {Sets: 3, Reps: 15, Every: 20 * h}, K3: {Sets: 3, Reps: 12, Tempo: [2]int{0, 4}, Every: 48 * h},
			K4: slow(3, 15), K5: {Sets: 3, Reps: 8, Every: 72 * h},
		},
		Muscles: map[string]Muscle{
			"upper_trapezius":    {Load: LoadWeight, Dose: own(12, 3), Sides: both, LungField: true},
			"levator_scapulae":   {Load: LoadManual, Dose: own(10, 4), Sides: both, LungField: true},
			"quadratus_lumborum": {Load: LoadWeight, Dose: own(12, 4), Sides: both},
			"piriformis":         {Load: LoadBand, Dose: own(12, 4), Sides: both},
		},
	}
}

// world lives a course without any database. As in the program, messages are
// planned when something has changed, wait in an outbox, and are asked once more
// right before they go out; time moves from one of them, or one expiry, to the
// next, and a script answers.
type world struct {
	t      testing.TB
	c      *Course
	now    time.Time
	sent   map[string]bool
	wanted []Prompt // all that the course wants said
	outbox []Prompt // what of it waits for the patient
	log    []said
	todo   []deed
	answer func(w *world, p Prompt)
	// check is asked after every step.
	check func(w *world)
}

type said struct {
	at time.Time
	p  Prompt
}

// deed is something that a person does at a moment.
type deed struct {
	at time.Time
	do func()
}

func newWorld(t testing.TB, zone string, needled time.Time, n NewNeedling) *world {
	t.Helper()
	w := emptyWorld(t, zone, needled)
	w.c.Consent(needled.Add(-time.Hour))
	n.At = needled
	w.c.Needle(n, needled)
	return w
}

// emptyWorld is one without consent and needling.
func emptyWorld(t testing.TB, zone string, now time.Time) *world {
	t.Helper()
	loc := mustZone(t, zone)
	w := &world{t: t, now: now, sent: map[string]bool{}}
	w.c = NewCourse(1, testProtocol(), loc, loc)
	w.c.ID = 1
	return w
}

// at lets somebody do something at a moment.
func (w *world) at(at time.Time, do func()) {
	w.todo = append(w.todo, deed{at, do})
	slices.SortStableFunc(w.todo, func(a, b deed) int { return a.at.Compare(b.at) })
}

// after lets somebody do something d from now.
func (w *world) after(d time.Duration, do func()) { w.at(w.now.Add(d), do) }

// until lives on to a wall-clock time such as "2026-03-04 09:00".
func (w *world) until(s string) {
	w.t.Helper()
	w.runUntil(local(w.t, w.c.Zone.String(), s))
}

// runUntil lives until end, what is due then included.
func (w *world) runUntil(end time.Time) {
	w.t.Helper()
	for range 100_000 {
		w.c.Advance(w.now)
		w.plan()
		if w.step() {
			continue
		}
		next := w.nextInstant()
		if next.IsZero() || next.After(end) {
			w.now = end
			return
		}
		w.now = next
	}
	w.t.Fatal("the course never comes to rest")
}

// plan brings the outbox in line with the course.
func (w *world) plan() {
	w.wanted, w.outbox = w.c.Prompts(w.now), w.outbox[:0]
	for _, p := range w.wanted {
		if p.To == ToPatient && !w.sent[p.Key] {
			w.outbox = append(w.outbox, p)
		}
	}
	slices.SortStableFunc(w.outbox, func(a, b Prompt) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Lane, b.Lane))
	})
	if w.check != nil {
		w.check(w)
	}
}

// step does one thing that is due now; false when nothing is.
func (w *world) step() bool {
	if len(w.todo) > 0 && !w.todo[0].at.After(w.now) {
		do := w.todo[0].do
		w.todo = w.todo[1:]
		do()
		return true
	}
	for _, p := range w.outbox {
		if p.Due.After(w.now) {
			break
		}
		if again, refusal := w.c.Sendable(p.Key, w.now); refusal == "" {
			w.deliver(again)
			return true
		}
	}
	return false
}

// nextInstant is when something is due next; zero when nothing ever is.
func (w *world) nextInstant() (next time.Time) {
	consider := func(at time.Time) {
		if at.After(w.now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, p := range w.outbox {
		consider(p.Due)
	}
	if len(w.todo) > 0 {
		consider(w.todo[0].at)
	}
	if wake, ok := w.c.NextWake(w.now); ok {
		if !wake.After(w.now) {
			w.t.Fatalf("at %s the next wake is %s", w.now, wake)
		}
		consider(wake)
	}
	return next
}

func (w *world) deliver(p Prompt) {
	w.t.Helper()
	if !p.Contains(w.now) {
		w.t.Errorf("%s is sent at %s outside of its window", p.Key, w.now)
	}
	if w.sent[p.Key] {
		w.t.Errorf("%s is sent twice", p.Key)
	}
	w.sent[p.Key] = true
	w.c.Sent(p, w.now)
	if x := w.c.Practice(p.N); x != nil && x.Kind != Movement && len(x.Targets) == 0 {
		w.t.Errorf("%s at %s stretches nothing", p.Key, w.now)
	}
	w.log = append(w.log, said{at: w.now, p: p})
	if w.answer != nil {
		w.answer(w, p)
	}
}

// clock is the present moment on the patient's wall.
func (w *world) clock() string { return w.wall(w.now) }

func (w *world) wall(at time.Time) string { return at.In(w.c.Zone).Format("2006-01-02 15:04") }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v", w.clock(), err)
	}
}

func (w *world) pain(kind QuestionKind, n int, score PainScore) Effect {
	w.t.Helper()
	e, err := w.c.AnswerPain(Question{kind, n}, score, w.now)
	w.must(err)
	return e
}

// patient answers everything at once: pains gives before, after, two hours and
// next for a workout.
func patient(pains func(n int) [4]PainScore, reserve bool) func(*world, Prompt) {
	return func(w *world, p Prompt) {
		w.t.Helper()
		switch p.Kind {
		case PromptMovement, PromptGentle, PromptStructured, PromptDaily:
			w.must(w.c.PracticeDone(p.N, w.now))
		case PromptFeel:
			w.pain(AskFeel, p.N, 4)
		case PromptSafetyCheck:
			w.must(w.c.ClearSafety(w.now))
		case PromptBefore:
			w.pain(AskBefore, p.N, pains(p.N)[0])
		case PromptCard:
			w.must(w.c.Finish(p.N, 0, "", w.now))
		case PromptAfter:
			w.pain(AskAfter, p.N, pains(p.N)[1])
		case PromptExtras:
			if ask := w.c.Extras(w.c.Workout(p.N)); ask.Reserve {
				w.must(w.c.AnswerReserve(p.N, reserve, w.now))
			}
		case PromptTwoHour:
			w.pain(AskTwoHour, p.N, pains(p.N)[2])
		case PromptNext:
			w.pain(AskNext, p.N, pains(p.N)[3])
		case PromptHoldAsk:
			w.pain(AskHold, p.N, 2)
		}
	}
}

func everyTime(before, after, twoHour, next PainScore) func(int) [4]PainScore {
	return func(int) [4]PainScore { return [4]PainScore{before, after, twoHour, next} }
}

// lines are the messages so far, from a wall-clock day on, as "01-02 15:04 kind".
func (w *world) lines(from string) []string {
	var list []string
	for _, s := range w.log {
		if day := s.at.In(w.c.Zone).Format(time.DateOnly); day >= from {
			list = append(list, s.at.In(w.c.Zone).Format("01-02 15:04 ")+string(s.p.Kind))
		}
	}
	return list
}

// sees checks all that was said from a day on.
func (w *world) sees(from string, want ...string) {
	w.t.Helper()
	if diff := gocmp.Diff(want, w.lines(from)); diff != "" {
		w.t.Errorf("messages from %s on (-want +got):\n%s", from, diff)
	}
}

// alerts are the alerts so far as "level intent rules".
func (w *world) alerts() []string {
	var list []string
	for _, a := range w.c.Alerts {
		line := fmt.Sprintf("L%d %s %s", a.Level, a.Intent, strings.Join(a.Rules, "+"))
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

func (w *world) alerted(want ...string) {
	w.t.Helper()
	if diff := gocmp.Diff(want, w.alerts()); diff != "" {
		w.t.Errorf("at %s the alerts are (-want +got):\n%s", w.clock(), diff)
	}
}

func berlin(t testing.TB, s string) time.Time {
	t.Helper()
	return local(t, "Europe/Berlin", s)
}

func trapezius(usualG int) NewNeedling {
	return NewNeedling{Targets: []NeedledTarget{{"upper_trapezius", Left}}, UsualG: usualG, Unit: Kilogram}
}

// monday is a needling of the trapezius on Monday, 2 March 2026 at 14:30 in
// Berlin, and its patient.
func monday(t testing.TB, usualG int, answer func(*world, Prompt)) *world {
	t.Helper()
	w := newWorld(t, "Europe/Berlin", berlin(t, "2026-03-02 14:30"), trapezius(usualG))
	w.answer = answer
	return w
}

// except answers as usual, but does something else for one kind of message.
func except(usual func(*world, Prompt), kind PromptKind, instead func(*world, Prompt)) func(*world, Prompt) {
	return func(w *world, p Prompt) {
		if p.Kind == kind {
			instead(w, p)
			return
		}
		usual(w, p)
	}
}

func nothing(*world, Prompt) {}

func (w *world) errorIs(got, want error) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("at %s: %v, want %v", w.clock(), got, want)
	}
}
