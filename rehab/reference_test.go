package rehab

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"testing"
)

// reference decides a second time, step by step and without a table, so that a
// slip in one of the two shows.
type reference struct {
	in    WorkoutInput
	fired []firedReference
}

type firedReference struct {
	pct, action, hold, alert int
	clear                    bool
	id, intent               string
}

func (r *reference) add(id string, pct, action, hold, alert int, clearance bool, intent string) {
	r.fired = append(r.fired, firedReference{pct, action, hold, alert, clearance, id, intent})
}

func (r *reference) always() {
	in := r.in
	if in.Flag == "emergency" {
		r.add("D01", 80, 6, 72, 3, true, "EMERGENCY")
	} else if in.Flag == "urgent" {
		r.add("D02", 80, 5, 72, 3, true, "URGENT_SAME_DAY")
	}
	if in.NeedsClearance {
		hold := max(in.HoldH, 24)
		r.add("D03", 100, 5, hold, 2, true, "HOLD_WAIT_CLINICIAN")
	} else if in.HoldH > 0 {
		r.add("D03", 100, 5, in.HoldH, 0, false, "HOLD_REST")
	}
	if in.Quality == "radiating" {
		r.add("D05", 80, 5, 72, 2, true, "NERVE_CHECK")
	}
	if in.NextPrevents {
		r.add("D13", 80, 3, 0, 1, false, "OVERLOAD_NEXTDAY")
	}
	if in.Phase >= "P3" || in.Phase[0] == 'K' {
		floor := 48
		if in.Phase == "K1" || in.Phase == "K2" {
			floor = 24
		}
		if in.AcuteH < floor {
			r.add("D26", 100, 5, floor-in.AcuteH, 1, false, "TOO_EARLY")
		}
	}
}

func (r *reference) status() {
	in := r.in
	late := func(n, limit int) int {
		if n >= limit {
			return 1
		}
		return 0
	}
	switch in.Status {
	case "partial_pain":
		r.add("D17", 90, 3, 0, 0, false, "EASE_BACK")
	case "skip_pain":
		r.add("D18", 80, 3, 0, 1, false, "OVERLOAD_NEXTDAY")
	case "skip_fear":
		r.add("D19", 100, 2, 0, late(in.FearSkips, 1), false, "FEAR_SUPPORT")
	case "partial_other", "skip_other":
		r.add("D20", 100, 2, 0, 0, false, "REPEAT_AS_IS")
	case "no_reply":
		r.add("D21", 100, 2, 0, late(in.Silent, 2), false, "NUDGE")
	}
	if in.Status == "done" || in.Status == "partial_pain" || in.Status == "partial_other" {
		if in.Before < 0 || in.After < 0 || in.TwoHour < 0 || in.Next < 0 {
			r.add("D21", 100, 2, 0, late(in.Silent, 2), false, "NUDGE")
		}
		r.pains()
	}
}

func (r *reference) pains() {
	in := r.in
	pre, after, p2h, next := int(in.Before), int(in.After), int(in.TwoHour), int(in.Next)
	if in.Quality == "sharp" {
		if after > 3 {
			r.add("D04", 80, 5, 48, 2, false, "SHARP_PAIN")
		} else {
			r.add("D04", 90, 3, 0, 1, false, "SHARP_PAIN")
		}
	}
	if after > 7 {
		r.add("D06", 80, 5, 24, 2, false, "PAIN_HIGH")
	} else if after > 5 {
		r.add("D07", 90, 3, 0, 1, false, "EASE_BACK")
	}
	if pre >= 0 {
		if ref := int(in.ReferenceBefore); ref >= 0 && pre-ref >= 2 {
			r.add("D24", 100, 2, 0, 1, false, "BASELINE_RISING")
		}
		if pre > 5 {
			r.add("D25", 100, 2, 0, 1, false, "BASELINE_HIGH")
		}
	} else {
		pre = 0
	}
	if p2h > pre {
		switch p2h - pre {
		case 1:
			r.add("D08", 90, 3, 0, 0, false, "TWO_HOUR_RULE")
		case 2:
			r.add("D09", 85, 3, 0, 0, false, "TWO_HOUR_RULE")
		default:
			r.add("D10", 80, 3, 0, 1, false, "TWO_HOUR_RULE")
		}
		if p2h > 5 {
			r.add("D11", 80, 3, 0, 1, false, "TWO_HOUR_RULE")
		}
	}
	if p2h > 7 {
		r.add("D12", 80, 5, 24, 2, false, "PAIN_HIGH")
	}
	if next > pre+2 {
		r.add("D14", 90, 3, 0, 0, false, "EASE_BACK")
	} else if next > pre {
		r.add("D15", 100, 2, 0, 0, false, "SORE_OK_REPEAT")
	}
	if next > 7 {
		r.add("D16", 80, 5, 24, 2, false, "PAIN_HIGH")
	}
	if in.FearedHappened && in.Phase[0] == 'K' {
		r.add("D30", 100, 2, 0, 1, false, "FEAR_SUPPORT")
	}
}

func (r *reference) cuts() {
	in, pct := r.in, 100
	for _, f := range r.fired {
		if f.pct < pct {
			pct = f.pct
		}
	}
	if pct == 100 {
		return
	}
	if in.Reds == 1 {
		r.add("D22a", pct, 3, 0, 1, false, "EASE_BACK")
	}
	if in.Reds > 1 || pct == 80 && in.Reds20 > 0 {
		r.add("D22", pct, 4, 0, 2, false, "STEP_BACK")
	}
	if in.LoadG*pct/100 < in.EntryLoadG/2 {
		r.add("D23", pct, 5, 72, 2, true, "HOLD_WAIT_CLINICIAN")
	}
}

var referenceFloors = map[Phase]int{
	"P1": 6, "P2": 24, "P3": 48, "P4": 168, "P5": 336, "P6": 672, "P7": 1344, "K2": 24, "K3": 48, "K4": 168, "K5": 672,
}

func (r *reference) green() Decision {
	in, g := r.in, r.in.Greens+1
	d := Decision{LoadPct: 100, NextLoadG: in.LoadG, Permit: true, NextPhase: in.Phase, Action: Repeat, Intent: "WELL_DONE_KEEP", Rules: []string{"GREEN"}}
	need := map[Phase]int{"P0": 1, "P1": 1, "P2": 1, "P3": 2, "P4": 3, "P5": 3, "P6": 3, "K1": 2, "K2": 2, "K3": 3, "K4": 6}[in.Phase]
	if in.Phase != "P7" && in.Phase != "K5" && g >= need {
		next := Phase(fmt.Sprintf("%c%c", in.Phase[0], in.Phase[1]+1))
		early := slices.Contains([]Phase{"P1", "P2", "P3", "K1", "K2", "K3"}, next)
		if early && in.AcuteH >= referenceFloors[next] ||
			!early && in.ProgrammeH >= referenceFloors[next] && in.SinceAdvanceH >= 7*24 {
			d.Action, d.NextPhase, d.Intent = Advance, next, "WELL_DONE_NEXT_STEP"
			return d
		}
	}
	unloaded := slices.Contains([]Phase{"P0", "P1", "P2", "K1", "K2"}, in.Phase)
	if !unloaded && in.LoadG > 0 && g >= 2 && in.Reserve2 && in.LoadG*105 <= in.Min7LoadG*110 {
		d.Action, d.Intent, d.LoadPct, d.NextLoadG = Progress, "WELL_DONE_SMALL_STEP_UP", 105, in.LoadG*105/100
	}
	return d
}

func (r *reference) decide() Decision {
	r.always()
	r.status()
	r.cuts()
	if len(r.fired) == 0 {
		return r.green()
	}
	d := Decision{LoadPct: 100, NextPhase: r.in.Phase}
	for _, f := range r.fired {
		d.LoadPct = min(d.LoadPct, f.pct)
		d.Action = max(d.Action, Action(f.action))
		d.HoldH = max(d.HoldH, f.hold)
		d.Alert = max(d.Alert, AlertLevel(f.alert))
		d.Clearance = d.Clearance || f.clear
		d.Rules = append(d.Rules, f.id)
		if f.id == "D22" && r.in.Phase != "P0" {
			d.NextPhase = Phase(fmt.Sprintf("%c%c", r.in.Phase[0], r.in.Phase[1]-1))
			if r.in.Phase == "K1" {
				d.NextPhase = "P2"
			}
		}
	}
	sort.Strings(d.Rules)
	rank := func(f firedReference) string {
		return fmt.Sprintf("%d %d %03d %s", 9-f.action, 9-f.alert, f.pct, f.id)
	}
	sort.Slice(r.fired, func(i, j int) bool { return rank(r.fired[i]) < rank(r.fired[j]) })
	d.Intent = Intent(r.fired[0].intent)
	d.NextLoadG = r.in.LoadG * d.LoadPct / 100
	d.Permit = d.Action != HoldExercise && d.Action != Stop
	return d
}

func TestDecideAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(41, 1))
	seen := map[string]int{}
	for range propertyCases(200_000) {
		in := randomWorkout(random)
		got := Decide(in)
		got.Reason = ""
		want := (&reference{in: in}).decide()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\n got %+v\nwant %+v", in, got, want)
		}
		for _, id := range got.Rules {
			seen[id+" "+got.Action.String()]++
		}
	}
	for _, outcome := range []string{"GREEN ADVANCE", "GREEN PROGRESS", "GREEN REPEAT", "D15 REPEAT", "D09 REDUCE", "D22 REGRESS", "D23 HOLD", "D01 STOP", "D30 REPEAT"} {
		if seen[outcome] == 0 {
			t.Errorf("the random workouts never gave %s", outcome)
		}
	}
}
