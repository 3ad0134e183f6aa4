package rehab

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Limits of a step up.
const (
	stepUpPercent    = 5   // inside the 2-10 % of src 41
	progressGreens   = 2   // 2-for-2: two good workouts (src 42)
	weeklyCapPercent = 110 // of the lowest load of the last seven days (src 41)
	// deepestCutPercent of the previous load is the least that one step may
	// leave (S-78).
	deepestCutPercent = 80
)

// repMaxPercent is the share of the one-repetition maximum that a repetition
// maximum stands for, the lower row because slow tempo costs repetitions
// (src 9, src 40).
var repMaxPercent = map[int]int{15: 60, 12: 65, 10: 70, 8: 75, 6: 80}

// EntryLoad is the load with which a phase begins, in grams: loadG at rmFrom
// repetitions carried over to rmTo repetitions, but at most 110 % of min7G, the
// lowest load of the last seven days. Repetition maximums are 15, 12, 10, 8 and
// 6; with another one the load is carried over as it is.
func EntryLoad(loadG, rmFrom, rmTo, min7G int) int {
	return min(carriedOver(loadG, rmFrom, rmTo), min7G*weeklyCapPercent/100)
}

func carriedOver(loadG, rmFrom, rmTo int) int {
	from, to := repMaxPercent[rmFrom], repMaxPercent[rmTo]
	if from == 0 || to == 0 {
		return loadG
	}
	return loadG * to / from
}

// ExplainEntryLoad is the sentence that goes with EntryLoad.
func ExplainEntryLoad(loadG, rmFrom, rmTo, min7G int) string {
	carried, limit := carriedOver(loadG, rmFrom, rmTo), min7G*weeklyCapPercent/100
	text := fmt.Sprintf("%d g for %d repetitions corresponds to %d g for %d", loadG, rmFrom, carried, rmTo)
	if carried > limit {
		return fmt.Sprintf("%s, held at %d g, 10 %% above the lowest load of the last 7 days (%d g).", text, limit, min7G)
	}
	return fmt.Sprintf("%s, within 10 %% above the lowest load of the last 7 days (%d g).", text, min7G)
}

// Unit is the unit in which a patient's weights are read and shown.
type Unit string

const (
	Kilogram Unit = "kg"
	Pound    Unit = "lb"
)

// A pound is 453.59237 g exactly; in units of 10 micrograms it is whole.
const (
	poundTiny = 45359237
	gramTiny  = 100000
)

// poundSlackG absorbs what whole grams lose of a pound: half of 18 lb is 9 lb.
const poundSlackG = 2

// heaviestG is the heaviest load that ParseLoad takes; default of ours.
const heaviestG = 500_000

var (
	loadText = regexp.MustCompile(`^(\d{1,4})(?:[.,](\d{1,2}))?[ \x{00A0}]*(?i:(kg)|lbs?)$`)
	errLoad  = errors.New("expected a load such as 8 kg, 7.5 kg or 18 lb, above 0 and at most 500 kg")
)

// ParseLoad reads a load with its unit, such as "8 kg", "7,5 kg" or "18 lb", and
// returns whole grams. Zero, more than 500 kg, more than two decimals and a
// missing unit are errors.
func ParseLoad(s string) (grams int, unit Unit, err error) {
	m := loadText.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, "", errLoad
	}
	hundredths, err := strconv.Atoi(m[1] + (m[2] + "00")[:2])
	if err != nil {
		return 0, "", errLoad
	}
	grams, unit = hundredths*10, Kilogram
	if m[3] == "" {
		grams, unit = poundHundredthsToGrams(hundredths), Pound
	}
	if grams <= 0 || grams > heaviestG {
		return 0, "", errLoad
	}
	return grams, unit, nil
}

// FormatLoad writes grams in the unit with up to two decimals: "34 kg",
// "7.5 kg", "18 lb".
func FormatLoad(grams int, unit Unit) string {
	hundredths := (grams + 5) / 10
	if unit == Pound {
		hundredths = (grams*100*gramTiny + poundTiny/2) / poundTiny
	}
	digits := fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
	return strings.TrimSuffix(strings.TrimRight(digits, "0"), ".") + " " + string(unit)
}

func poundHundredthsToGrams(hundredths int) int {
	return (hundredths*poundTiny + 50*gramTiny) / (100 * gramTiny)
}

// Prescription is a load as the patient is asked to lift it. The exact grams are
// carried on; what is shown fits the plates.
type Prescription struct {
	Grams  int   // exact
	ShownG int   // on the plates; 0 for no weight
	Reps   []int // of each set
	// DoseReps is how many repetitions a set of the dose has, before any change.
	DoseReps int
}

// Total is the repetitions of all sets.
func (p Prescription) Total() int {
	total := 0
	for _, reps := range p.Reps {
		total += reps
	}
	return total
}

// SameWork reports whether p asks for the same weight and repetitions as q.
func (p Prescription) SameWork(q Prescription) bool {
	if p.ShownG != q.ShownG || len(p.Reps) != len(q.Reps) {
		return false
	}
	for i := range p.Reps {
		if p.Reps[i] != q.Reps[i] {
			return false
		}
	}
	return true
}

// Prescribe turns the exact load exactG into plates and repetitions for a dose
// of sets times reps. step is the smallest plate step in the unit itself: grams
// for kilograms, whole pounds for pounds. previous is what was asked last; its zero value stands
// for the first time, and for a load that a clinician has just set.
//
// The weight is rounded down to a plate. Where that would hide the change or
// make too much of it, the weight stays and repetitions change instead:
//   - a step up that no plate shows yet is one repetition more in each set;
//   - a plate more than 20 % under the previous exact load is not taken when
//     the exact load asks for 20 % or less: repetitions come down in proportion,
//     to no less than those of one set;
//   - the same holds for a cut that no plate shows, so that a cut is always one;
//   - a load under the smallest plate takes that plate with fewer repetitions.
//
// An unchanged load with an unchanged dose is asked for as before.
func Prescribe(previous Prescription, exactG, step int, unit Unit, sets, reps int) Prescription {
	p := Prescription{Grams: exactG, DoseReps: reps}
	dose := sets * reps
	total := dose
	switch {
	case exactG <= 0:
	case exactG == previous.Grams && previous.DoseReps == reps && len(previous.Reps) == sets:
		p.ShownG, total = previous.ShownG, previous.Total()
	default:
		p.ShownG = max(floorToPlate(exactG, step, unit), plateGrams(step, unit))
		if previous.ShownG > 0 && keepsWeight(previous, p) {
			p.ShownG = previous.ShownG
			total = sameWeightTotal(previous, exactG, sets, dose)
		} else {
			total = inProportion(dose, exactG, p.ShownG)
		}
	}
	p.Reps = SpreadReps(max(total, reps), sets)
	return p
}

// keepsWeight reports whether next stays on the weight of previous: because the
// plates show no difference, or because the plate below would be too far down.
func keepsWeight(previous, next Prescription) bool {
	least := previous.Grams * deepestCutPercent / 100
	switch {
	case next.ShownG == previous.ShownG:
		return true
	case next.ShownG > previous.ShownG:
		return false
	case next.Grams >= previous.Grams:
		return true
	}
	return next.Grams >= least && next.ShownG < least
}

// sameWeightTotal is the number of repetitions that stands for exactG on the
// weight of previous.
func sameWeightTotal(previous Prescription, exactG, sets, dose int) int {
	limit := inProportion(dose, exactG, previous.ShownG)
	switch {
	case exactG < previous.Grams:
		// exactG lost less than a gram on its way here; no repetition goes with it.
		return min(limit, (previous.Total()*(exactG+1)-1)/previous.Grams)
	case exactG > previous.Grams && limit == dose:
		return min(dose+sets, previous.Total()+sets)
	case exactG > previous.Grams:
		return min(limit, previous.Total()+sets)
	}
	return limit
}

// inProportion is the dose on a weight that may be heavier than exactG.
func inProportion(dose, exactG, shownG int) int {
	if exactG+poundSlackG >= shownG {
		return dose
	}
	return dose * exactG / shownG
}

// floorToPlate is the heaviest weight on the plates that is not above grams.
func floorToPlate(grams, step int, unit Unit) int {
	if unit == Pound {
		pounds := (grams + poundSlackG) * gramTiny / poundTiny
		return poundHundredthsToGrams(pounds / step * step * 100)
	}
	return grams / step * step
}

func plateGrams(step int, unit Unit) int {
	if unit == Pound {
		return poundHundredthsToGrams(step * 100)
	}
	return step
}

// Where nothing is weighed the load is the repetitions of all sets (I-12).
const milliRep = 1000

// RepsLoad is the load of totalReps repetitions for the decision table, in
// thousandths of a repetition, so that whole-number percentages stay exact.
func RepsLoad(totalReps int) int { return totalReps * milliRep }

// SpreadReps divides repetitions over the sets, the first ones taking what is
// left over: 25 over 3 is 9, 8, 8.
func SpreadReps(totalReps, sets int) []int {
	spread := make([]int, max(sets, 0))
	for i := range spread {
		spread[i] = totalReps / sets
		if i < totalReps%sets {
			spread[i]++
		}
	}
	return spread
}

// CutReps applies the share pct to repetitions: a cut rounds down, to no less
// than those of one set; a step up is one repetition more (I-12).
func CutReps(total, pct, oneSet int) int {
	switch {
	case pct > 100:
		return total + 1
	case pct == 100:
		return total
	}
	return max(total*pct/100, min(oneSet, total))
}
