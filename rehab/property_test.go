package rehab

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

// propertyCases is how many random inputs a law is tried on.
func propertyCases(n int) int {
	if testing.Short() {
		return n / 20
	}
	return n
}

func pick[T any](random *rand.Rand, values ...T) T { return values[random.IntN(len(values))] }

var (
	everyStatus = []Status{Done, PartialPain, PartialOther, SkipPain, SkipFear, SkipOther, NoReply}
	everyPhase  = slices.Concat(Phases(Standard), Phases(Graded))
)

// randomPain prefers low scores, for most decisions are taken there.
func randomPain(random *rand.Rand, unknown float64) PainScore {
	switch {
	case random.Float64() < unknown:
		return PainUnknown
	case random.IntN(2) == 0:
		return PainScore(random.IntN(4))
	default:
		return PainScore(random.IntN(11))
	}
}

// randomWorkout is any input that decide would accept: about a third are good
// workouts near the edges of advancing.
func randomWorkout(random *rand.Rand) WorkoutInput {
	phase := pick(random, everyPhase...)
	load := pick(random, 0, 1, random.IntN(2000), 500*random.IntN(200), 40000)
	in := WorkoutInput{
		Track: phase.Track(), Phase: phase,
		AcuteH:     pick(random, random.IntN(60), 24, 48, 167, 168, random.IntN(2000)),
		ProgrammeH: pick(random, random.IntN(60), 168, 336, 672, 1344, random.IntN(2500)),
		LoadG:      load, EntryLoadG: pick(random, load, load+load/2, load*2, load*3), Min7LoadG: pick(random, load, load-load/11, load-load/20),
		Status: Done, Quality: Dull, Flag: FlagNone,
		Greens: random.IntN(8), Reserve2: random.IntN(2) == 0,
		ReferenceBefore: randomPain(random, 0.05),
		SinceAdvanceH:   pick(random, NoAdvanceH, 167, 168, random.IntN(400)),
		Reds:            random.IntN(4), Reds20: random.IntN(3), Silent: random.IntN(4), FearSkips: random.IntN(3),
	}
	in.Before = PainScore(random.IntN(6))
	in.After, in.TwoHour, in.Next = in.Before, in.Before, in.Before
	if random.IntN(3) == 0 {
		in.ReferenceBefore = in.Before
		return in
	}
	if random.IntN(4) != 0 {
		in.Before, in.After = randomPain(random, 0.1), randomPain(random, 0.1)
		in.TwoHour, in.Next = randomPain(random, 0.1), randomPain(random, 0.1)
	}
	if random.IntN(3) == 0 {
		in.Status = pick(random, everyStatus...)
	}
	in.Quality = pick(random, Dull, Dull, Dull, Dull, Sharp, Radiating)
	in.Flag = pick(random, FlagNone, FlagNone, FlagNone, FlagNone, FlagNone, FlagNone, FlagUrgent, FlagEmergency)
	in.HoldH = pick(random, 0, 0, 0, 0, random.IntN(80))
	in.NeedsClearance = random.IntN(12) == 0
	in.NextPrevents = random.IntN(10) == 0
	in.FearedHappened = random.IntN(5) == 0
	return in
}

func randomGate(random *rand.Rand) GateInput {
	return GateInput{
		Before: randomPain(random, 0.1), Flag: pick(random, FlagNone, FlagNone, FlagNone, FlagUrgent, FlagEmergency),
		HoldH: pick(random, 0, 0, 0, random.IntN(80)), NeedsClearance: random.IntN(8) == 0,
		Phase: pick(random, everyPhase...), AcuteH: pick(random, random.IntN(60), random.IntN(1000)),
		SinceLoadedH: pick(random, random.IntN(80), random.IntN(1000), NoAdvanceH), LastBefore: randomPain(random, 0.2),
	}
}

// noBolder reports whether b is at least as cautious as a.
func noBolder(a, b Decision) bool {
	return b.LoadPct <= a.LoadPct && b.NextLoadG <= a.NextLoadG && b.Action >= a.Action &&
		b.HoldH >= a.HoldH && b.Alert >= a.Alert && (b.Clearance || !a.Clearance) && (a.Permit || !b.Permit)
}

// harshWords must not stand in a reason, which a patient may read.
var harshWords = regexp.MustCompile(`(?i)overload|fail|missed|damage|wrong|injur|\btear|weak|degenerat|phobia|irrational|pinch`)

func checkSentence(t *testing.T, reason string) {
	t.Helper()
	if !oneSentence.MatchString(reason) || harshWords.MatchString(reason) {
		t.Errorf("not one plain sentence: %q", reason)
	}
}

var oneSentence = regexp.MustCompile(`^(\d|[A-Z])[^.!\n]*\.$`)

// forWorkouts tries a law on random workouts.
func forWorkouts(t *testing.T, seed uint64, n int, law func(t *testing.T, random *rand.Rand, in WorkoutInput)) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 2))
	for range propertyCases(n) {
		in := randomWorkout(random)
		law(t, random, in)
		if t.Failed() {
			t.Fatalf("input: %+v", in)
		}
	}
}

func TestTableInvariants(t *testing.T) {
	laws := []struct {
		name string
		n    int
		law  func(t *testing.T, random *rand.Rand, in WorkoutInput)
	}{
		{"01 total", 100_000, totalLaw},
		{"02 deterministic and order-free", 60_000, orderLaw},
		{"03 load shares", 100_000, shareLaw},
		{"04 more pain is never bolder", 150_000, morePainLaw},
		{"05 more caution is never bolder", 150_000, moreCautionLaw},
		{"05 later never refuses what earlier allowed", 100_000, laterLaw},
		{"06 missing is never bolder than repeat", 100_000, missingLaw},
		{"07 caps inside the table", 150_000, capLaw},
		{"08 a hold permits nothing", 100_000, holdLaw},
		{"10 no load before its floor", 100_000, floorLaw},
		{"early never says what the decision takes back", 100_000, earlyLaw},
	}
	for i, tt := range laws {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			forWorkouts(t, uint64(i), tt.n, tt.law)
		})
	}
}

func totalLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	d := Decide(in)
	if !d.NextPhase.On(in.Track) || d.Action < Advance || d.Action > Stop || d.Alert < AlertNone || d.Alert > AlertNow ||
		d.Intent == "" || d.Rules == nil || d.HoldH < 0 || d.NextLoadG < 0 {
		t.Errorf("not a whole decision: %+v", d)
	}
	if d.Reason == "" || random.IntN(8) == 0 { // matching text costs more than deciding
		checkSentence(t, d.Reason)
	}
}

func orderLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	shuffled := slices.Clone(workoutRules)
	random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	first := Decide(in)
	if again := Decide(in); !reflect.DeepEqual(first, again) {
		t.Errorf("the same input gave %+v and %+v", first, again)
	}
	if other := decide(&in, shuffled); !reflect.DeepEqual(first, other) {
		t.Errorf("another order gave %+v instead of %+v", other, first)
	}
}

func shareLaw(t *testing.T, _ *rand.Rand, in WorkoutInput) {
	d := Decide(in)
	if !slices.Contains([]int{80, 85, 90, 100, 105}, d.LoadPct) || d.NextLoadG != in.LoadG*d.LoadPct/100 {
		t.Errorf("load %d %%, %d g", d.LoadPct, d.NextLoadG)
	}
	if (d.LoadPct == 105) != (d.Action == Progress) || d.Action == Advance && d.NextPhase == in.Phase {
		t.Errorf("%+v", d)
	}
}

func raise(p PainScore, by int) PainScore {
	if !p.Known() {
		return p
	}
	return min(p+PainScore(by), 10)
}

func morePainLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	more, by := in, 1+random.IntN(10)
	switch random.IntN(4) {
	case 0:
		more.After = raise(in.After, by)
	case 1:
		more.TwoHour = raise(in.TwoHour, by)
	case 2:
		more.Next = raise(in.Next, by)
	default:
		by = min(by, 10-int(max(in.Before, in.After, in.TwoHour, in.Next)))
		more.Before, more.After = raise(in.Before, by), raise(in.After, by)
		more.TwoHour, more.Next = raise(in.TwoHour, by), raise(in.Next, by)
	}
	if a, b := Decide(in), Decide(more); !noBolder(a, b) {
		t.Errorf("with more pain (%+v)\n%+v became\n%+v", more, a, b)
	}
}

func moreCautionLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	more := in
	switch random.IntN(8) {
	case 0:
		more.Flag = map[Flag]Flag{FlagNone: FlagUrgent, FlagUrgent: FlagEmergency, FlagEmergency: FlagEmergency}[in.Flag]
	case 1:
		more.HoldH += 1 + random.IntN(72)
	case 2:
		more.NeedsClearance = true
	case 3:
		if in.Quality == Dull {
			more.Quality = pick(random, Sharp, Radiating)
		}
	case 4:
		if in.Status == Done {
			more.Status = PartialPain
		}
	case 5:
		more.Reds++
	case 6:
		more.Reds20++
	default:
		more.NextPrevents = true
	}
	if a, b := Decide(in), Decide(more); !noBolder(a, b) {
		t.Errorf("with more caution (%+v)\n%+v became\n%+v", more, a, b)
	}
}

func laterLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	later := in
	later.AcuteH += random.IntN(500)
	later.ProgrammeH += random.IntN(500)
	later.SinceAdvanceH += random.IntN(500)
	a, b := Decide(in), Decide(later)
	if a.Action == Advance && (b.Action != Advance || b.NextPhase != a.NextPhase) {
		t.Errorf("later (%+v) ADVANCE became %+v", later, b)
	}
}

func missingLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	for _, p := range []*PainScore{&in.Before, &in.After, &in.TwoHour, &in.Next} {
		if random.IntN(3) == 0 {
			*p = PainUnknown
		}
	}
	missing := slices.Contains([]PainScore{in.Before, in.After, in.TwoHour, in.Next}, PainUnknown) || in.Status == NoReply
	if d := Decide(in); missing && (d.Action < Repeat || d.LoadPct > 100) {
		t.Errorf("%+v", d)
	}
}

func capLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	d := Decide(in)
	if d.Action == Progress && d.NextLoadG*100 > in.Min7LoadG*110 {
		t.Errorf("%d g is more than 110 %% of %d g", d.NextLoadG, in.Min7LoadG)
	}
	if d.Action == Advance && d.NextPhase.Strength() && (in.SinceAdvanceH < 168 || in.ProgrammeH < d.NextPhase.FloorH()) {
		t.Errorf("too soon: %+v", d)
	}
	from, to := pick(random, 15, 12, 10, 8, 6), pick(random, 15, 12, 10, 8, 6)
	if g := EntryLoad(in.LoadG, from, to, in.Min7LoadG); g*100 > in.Min7LoadG*110 || to >= from && g > in.LoadG {
		t.Errorf("entry load %d g from %d at %d to %d, with %d g", g, in.LoadG, from, to, in.Min7LoadG)
	}
}

func holdLaw(t *testing.T, _ *rand.Rand, in WorkoutInput) {
	d := Decide(in)
	held := d.Action == HoldExercise || d.Action == Stop
	if held == d.Permit || held != (d.HoldH > 0) || d.Clearance && !held || held && d.LoadPct > 100 {
		t.Errorf("%+v", d)
	}
	if in.HoldH > 0 || in.NeedsClearance || in.Flag != FlagNone {
		if !held {
			t.Errorf("a hold was lifted by %+v", d)
		}
		g := Gate(GateInput{Before: in.Before, Flag: in.Flag, HoldH: in.HoldH, NeedsClearance: in.NeedsClearance, Phase: in.Phase,
			AcuteH: in.AcuteH, SinceLoadedH: NoAdvanceH, LastBefore: PainUnknown})
		if g.Offer != OfferNone {
			t.Errorf("the gate offered %s", g.Offer)
		}
	}
}

func floorLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	if in.Phase.Loaded() {
		in.AcuteH = random.IntN(in.Phase.AcuteFloorH())
		if d := Decide(in); d.Permit || d.Action < HoldExercise {
			t.Errorf("%+v", d)
		}
	}
	g := randomGate(random)
	g.AcuteH = random.IntN(48)
	r := Gate(g)
	if (r.Offer == OfferLoad || r.Offer == OfferLoadSame) && (g.AcuteH < 24 || g.Phase != K1 && g.Phase != K2) {
		t.Errorf("the gate (%+v) offered %s", g, r.Offer)
	}
}

func earlyLaw(t *testing.T, random *rand.Rand, in WorkoutInput) {
	open := in
	open.Next, open.NextPrevents = PainUnknown, false
	if random.IntN(2) == 0 {
		open.TwoHour = PainUnknown
	}
	early, closed := joinEffects(fireRules(&open, workoutRules, false)), Decide(in)
	if early.action >= HoldExercise && (closed.Action < early.action || closed.HoldH < early.holdH || early.clearance && !closed.Clearance) ||
		early.alert >= AlertSameDay && closed.Alert < early.alert {
		t.Errorf("early (%+v) %+v became %+v", open, early, closed)
	}
}

var boldness = map[Offer]int{OfferNone: 0, OfferMoveOnly: 1, OfferWindow: 2, OfferStretch: 3, OfferLoadSame: 4, OfferLoad: 5}

func TestGateIsNeverBolderWithMorePain(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	for range propertyCases(100_000) {
		in := randomGate(random)
		if !in.Before.Known() {
			in.Before = PainScore(random.IntN(11))
		}
		more := in
		more.Before = raise(in.Before, 1+random.IntN(10))
		a, b := Gate(in), Gate(more)
		if boldness[b.Offer] > boldness[a.Offer] || b.Alert < a.Alert {
			t.Fatalf("%+v: %+v became %+v at %v", in, a, b, more.Before)
		}
	}
}

func TestStretchTargetNeverAbove5(t *testing.T) {
	for feel := PainUnknown; feel <= 10; feel++ {
		for _, window := range everyPhase {
			for _, sharp := range []bool{false, true} {
				got := JudgeStretch(StretchInput{Feel: feel, Window: window, Sharp: sharp})
				if !slices.Contains([]string{"3-4", "4-5", "none"}, got.Target) || feel >= 6 && got.Target == "4-5" {
					t.Errorf("%v in %s (sharp %v): %+v", feel, window, sharp, got)
				}
			}
		}
	}
}

// TestGreenWorkoutsReachMaintenance walks the phases with good workouts only,
// at every rhythm up to five days, with and without repetitions to spare.
func TestGreenWorkoutsReachMaintenance(t *testing.T) {
	for everyH := 48; everyH <= 120; everyH++ {
		for _, reserve := range []bool{false, true} {
			in := calmWorkout()
			in.Phase, in.Reserve2 = P3, reserve
			for h := 48; h <= 84*24 && in.Phase != P7; h += everyH {
				in.AcuteH, in.ProgrammeH = h, h
				d := Decide(in)
				in.Greens++
				if d.Action == Advance {
					if d.NextPhase.Strength() {
						in.SinceAdvanceH = 0
					}
					in.Phase, in.Greens = d.NextPhase, 0
				}
				in.SinceAdvanceH += everyH
			}
			if in.Phase != P7 {
				t.Errorf("every %d hours, reserve %v: twelve weeks end in %s", everyH, reserve, in.Phase)
			}
		}
	}
}

// TestPrescribeInvariants: what is asked follows the exact load and is never a
// surprise.
func TestPrescribeInvariants(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 9))
	for range propertyCases(40_000) {
		unit, step := Kilogram, pick(random, 500, 1000, 2500)
		if random.IntN(3) == 0 {
			unit, step = Pound, pick(random, 1, 2, 5)
		}
		sets, reps := pick(random, 3, 4), pick(random, 6, 8, 12, 15)
		p := Prescribe(Prescription{}, 1+random.IntN(60000), step, unit, sets, reps)
		for range 8 {
			q := Prescribe(p, p.Grams*pick(random, 80, 85, 90, 100, 105, 105)/100, step, unit, sets, reps)
			checkPrescriptions(t, p, q, sets, reps)
			if t.Failed() {
				t.Fatalf("%s, step %d, %d sets of %d: %+v, then %+v", unit, step, sets, reps, p, q)
			}
			if q.Grams == 0 {
				break
			}
			p = q
		}
	}
}

func checkPrescriptions(t *testing.T, p, q Prescription, sets, reps int) {
	dose := sets * reps
	if len(q.Reps) != sets || q.Total() < reps || q.Total() > dose+sets {
		t.Errorf("repetitions outside the dose")
	}
	if q.Grams == p.Grams && !q.SameWork(p) {
		t.Errorf("the same load is not the same work")
	}
	if q.Grams < p.Grams && q.Grams > 0 {
		if q.ShownG > p.ShownG || q.SameWork(p) && p.Total() > reps {
			t.Errorf("a cut that is none")
		}
		if q.ShownG == p.ShownG && q.Total() > p.Total() {
			t.Errorf("a cut with more repetitions")
		}
		if q.ShownG != p.ShownG && q.ShownG*100 < p.Grams*deepestCutPercent-200 {
			t.Errorf("plates made more than a 20 %% cut")
		}
	}
	if q.Grams > p.Grams && (q.ShownG < p.ShownG || q.ShownG == p.ShownG && q.Total() < p.Total()) {
		t.Errorf("a step up that goes down")
	}
	if q.ShownG > q.Grams+poundSlackG && q.Total()*q.ShownG > dose*(q.Grams+1) && q.Total() > reps {
		t.Errorf("more work than the exact load asks for")
	}
}
