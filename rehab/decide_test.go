package rehab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// calmWorkout is a good workout in P4 on day 10 that changes nothing.
func calmWorkout() WorkoutInput {
	return WorkoutInput{
		Track: Standard, Phase: P4, AcuteH: 240, ProgrammeH: 240,
		LoadG: 40000, EntryLoadG: 40000, Min7LoadG: 40000,
		Before: 2, After: 3, TwoHour: 2, Next: 2,
		Status: Done, Quality: Dull, Flag: FlagNone,
		ReferenceBefore: 2, SinceAdvanceH: NoAdvanceH,
	}
}

// wanted is what a row of the table asks for.
type wanted struct {
	pct       int
	action    Action
	hold      int
	alert     AlertLevel
	clearance bool
	intent    Intent
	rules     string
	next      Phase // empty: the phase stays
}

func checkDecision(t *testing.T, in WorkoutInput, want wanted) {
	t.Helper()
	next := want.next
	if next == "" {
		next = in.Phase
	}
	expected := Decision{
		LoadPct: want.pct, NextLoadG: in.LoadG * want.pct / 100, Action: want.action,
		Permit: want.action < HoldExercise, Clearance: want.clearance, HoldH: want.hold,
		Alert: want.alert, NextPhase: next, Intent: want.intent, Rules: strings.Fields(want.rules),
	}
	got := Decide(in)
	if diff := cmp.Diff(expected, got, cmpopts.IgnoreFields(Decision{}, "Reason")); diff != "" {
		t.Errorf("decision (-want +got):\n%s%s", diff, got.Reason)
	}
}

func TestDecideRules(t *testing.T) {
	keep := wanted{100, Repeat, 0, 0, false, IntentKeep, "GREEN", ""}
	tests := []struct {
		name   string
		change func(*WorkoutInput)
		want   wanted
	}{
		{"nothing", func(*WorkoutInput) {}, keep},
		{"D01", func(in *WorkoutInput) { in.Flag = FlagEmergency }, wanted{80, Stop, 72, 3, true, IntentEmergency, "D01", ""}},
		{"D01 without a workout", func(in *WorkoutInput) { in.Flag, in.Status = FlagEmergency, SkipOther },
			wanted{80, Stop, 72, 3, true, IntentEmergency, "D01 D20", ""}},
		{"D02", func(in *WorkoutInput) { in.Flag = FlagUrgent }, wanted{80, HoldExercise, 72, 3, true, IntentUrgent, "D02", ""}},
		{"D03", func(in *WorkoutInput) { in.HoldH = 5 }, wanted{100, HoldExercise, 5, 0, false, IntentHoldRest, "D03", ""}},
		{"D03 clearance", func(in *WorkoutInput) { in.NeedsClearance = true },
			wanted{100, HoldExercise, 24, 2, true, IntentHoldClinician, "D03", ""}},
		{"D03 clearance, short rest", func(in *WorkoutInput) { in.NeedsClearance, in.HoldH = true, 10 },
			wanted{100, HoldExercise, 24, 2, true, IntentHoldClinician, "D03", ""}},
		{"D03 clearance, long rest", func(in *WorkoutInput) { in.NeedsClearance, in.HoldH = true, 60 },
			wanted{100, HoldExercise, 60, 2, true, IntentHoldClinician, "D03", ""}},
		{"D04 at 4", func(in *WorkoutInput) { in.Quality, in.After = Sharp, 4 },
			wanted{80, HoldExercise, 48, 2, false, IntentSharp, "D04", ""}},
		{"D04 at 3", func(in *WorkoutInput) { in.Quality, in.After = Sharp, 3 }, wanted{90, Reduce, 0, 1, false, IntentSharp, "D04", ""}},
		{"D04 unknown after", func(in *WorkoutInput) { in.Quality, in.After = Sharp, PainUnknown },
			wanted{90, Reduce, 0, 1, false, IntentSharp, "D04 D21", ""}},
		{"D04 not without a workout", func(in *WorkoutInput) { in.Quality, in.After, in.Status = Sharp, 9, SkipOther },
			wanted{100, Repeat, 0, 0, false, IntentRepeat, "D20", ""}},
		{"D05", func(in *WorkoutInput) { in.Quality = Radiating }, wanted{80, HoldExercise, 72, 2, true, IntentNerve, "D05", ""}},
		{"D05 without a workout", func(in *WorkoutInput) { in.Quality, in.Status = Radiating, NoReply },
			wanted{80, HoldExercise, 72, 2, true, IntentNerve, "D05 D21", ""}},
		{"D06", func(in *WorkoutInput) { in.After = 8 }, wanted{80, HoldExercise, 24, 2, false, IntentPainHigh, "D06", ""}},
		{"D07 at 7", func(in *WorkoutInput) { in.After = 7 }, wanted{90, Reduce, 0, 1, false, IntentEaseBack, "D07", ""}},
		{"D07 at 6", func(in *WorkoutInput) { in.After = 6 }, wanted{90, Reduce, 0, 1, false, IntentEaseBack, "D07", ""}},
		{"no D07 at 5", func(in *WorkoutInput) { in.After = 5 }, keep},
		{"D08", func(in *WorkoutInput) { in.TwoHour = 3 }, wanted{90, Reduce, 0, 0, false, IntentTwoHour, "D08", ""}},
		{"D09", func(in *WorkoutInput) { in.TwoHour = 4 }, wanted{85, Reduce, 0, 0, false, IntentTwoHour, "D09", ""}},
		{"D10", func(in *WorkoutInput) { in.TwoHour = 5 }, wanted{80, Reduce, 0, 1, false, IntentTwoHour, "D10", ""}},
		{"lower than before", func(in *WorkoutInput) { in.TwoHour = 0 }, keep},
		{"D11", func(in *WorkoutInput) { in.Before, in.ReferenceBefore, in.TwoHour, in.Next = 5, 5, 6, 5 },
			wanted{80, Reduce, 0, 1, false, IntentTwoHour, "D08 D11", ""}},
		{"no D11 without a rise", func(in *WorkoutInput) {
			in.Before, in.ReferenceBefore, in.After, in.TwoHour, in.Next = 6, 6, 5, 6, 6
		}, wanted{100, Repeat, 0, 1, false, IntentBaseline, "D25", ""}},
		{"D12 adds", func(in *WorkoutInput) { in.TwoHour = 8 },
			wanted{80, HoldExercise, 24, 2, false, IntentPainHigh, "D10 D11 D12", ""}},
		{"two hours with unknown before", func(in *WorkoutInput) { in.Before, in.TwoHour, in.Next = PainUnknown, 2, 0 },
			wanted{85, Reduce, 0, 0, false, IntentTwoHour, "D09 D21", ""}},
		{"D13", func(in *WorkoutInput) { in.NextPrevents = true }, wanted{80, Reduce, 0, 1, false, IntentOverload, "D13", ""}},
		{"D13 with D15", func(in *WorkoutInput) { in.NextPrevents, in.Next = true, 3 },
			wanted{80, Reduce, 0, 1, false, IntentOverload, "D13 D15", ""}},
		{"D13 without a workout", func(in *WorkoutInput) { in.NextPrevents, in.Status = true, NoReply },
			wanted{80, Reduce, 0, 1, false, IntentOverload, "D13 D21", ""}},
		{"D14", func(in *WorkoutInput) { in.Next = 5 }, wanted{90, Reduce, 0, 0, false, IntentEaseBack, "D14", ""}},
		{"D15 by 2", func(in *WorkoutInput) { in.Next = 4 }, wanted{100, Repeat, 0, 0, false, IntentSore, "D15", ""}},
		{"D15 by 1", func(in *WorkoutInput) { in.Next = 3 }, wanted{100, Repeat, 0, 0, false, IntentSore, "D15", ""}},
		{"next day with unknown before", func(in *WorkoutInput) { in.Before, in.TwoHour, in.Next = PainUnknown, 0, 3 },
			wanted{90, Reduce, 0, 0, false, IntentEaseBack, "D14 D21", ""}},
		{"D16 adds", func(in *WorkoutInput) { in.Next = 8 }, wanted{80, HoldExercise, 24, 2, false, IntentPainHigh, "D14 D16", ""}},
		{"D17", func(in *WorkoutInput) { in.Status = PartialPain }, wanted{90, Reduce, 0, 0, false, IntentEaseBack, "D17", ""}},
		{"D18", func(in *WorkoutInput) { in.Status = SkipPain }, wanted{80, Reduce, 0, 1, false, IntentOverload, "D18", ""}},
		{"D18 asks no pains", func(in *WorkoutInput) { in.Status, in.Before, in.After, in.Next = SkipPain, 9, 9, 9 },
			wanted{80, Reduce, 0, 1, false, IntentOverload, "D18", ""}},
		{"D19", func(in *WorkoutInput) { in.Status = SkipFear }, wanted{100, Repeat, 0, 0, false, IntentFear, "D19", ""}},
		{"D19 again", func(in *WorkoutInput) { in.Status, in.FearSkips = SkipFear, 1 },
			wanted{100, Repeat, 0, 1, false, IntentFear, "D19", ""}},
		{"D20 partial", func(in *WorkoutInput) { in.Status = PartialOther }, wanted{100, Repeat, 0, 0, false, IntentRepeat, "D20", ""}},
		{"D20 skip", func(in *WorkoutInput) { in.Status = SkipOther }, wanted{100, Repeat, 0, 0, false, IntentRepeat, "D20", ""}},
		{"D21 no reply", func(in *WorkoutInput) { in.Status, in.Silent = NoReply, 1 }, wanted{100, Repeat, 0, 0, false, IntentNudge, "D21", ""}},
		{"D21 third in a row", func(in *WorkoutInput) { in.Status, in.Silent = NoReply, 2 },
			wanted{100, Repeat, 0, 1, false, IntentNudge, "D21", ""}},
		{"D21 unknown before", func(in *WorkoutInput) { in.Before, in.TwoHour, in.Next = PainUnknown, 0, 0 },
			wanted{100, Repeat, 0, 0, false, IntentNudge, "D21", ""}},
		{"D21 unknown after", func(in *WorkoutInput) { in.After = PainUnknown }, wanted{100, Repeat, 0, 0, false, IntentNudge, "D21", ""}},
		{"D21 unknown 2 h", func(in *WorkoutInput) { in.TwoHour = PainUnknown }, wanted{100, Repeat, 0, 0, false, IntentNudge, "D21", ""}},
		{"D21 unknown next", func(in *WorkoutInput) { in.Next, in.Silent = PainUnknown, 2 },
			wanted{100, Repeat, 0, 1, false, IntentNudge, "D21", ""}},
		{"D20 before D21 at a tie", func(in *WorkoutInput) { in.Status, in.Next = PartialOther, PainUnknown },
			wanted{100, Repeat, 0, 0, false, IntentRepeat, "D20 D21", ""}},
		{"D24", func(in *WorkoutInput) { in.Before = 4 }, wanted{100, Repeat, 0, 1, false, IntentRising, "D24", ""}},
		{"no D24 by 1", func(in *WorkoutInput) { in.Before = 3 }, keep},
		{"no D24 without a history", func(in *WorkoutInput) { in.Before, in.ReferenceBefore = 5, PainUnknown }, keep},
		{"D25", func(in *WorkoutInput) { in.Before, in.ReferenceBefore = 6, 5 }, wanted{100, Repeat, 0, 1, false, IntentBaseline, "D25", ""}},
		{"D26 in P4", func(in *WorkoutInput) { in.AcuteH = 47 }, wanted{100, HoldExercise, 1, 1, false, IntentTooEarly, "D26", ""}},
		{"D26 whatever the status", func(in *WorkoutInput) { in.AcuteH, in.Status = 0, NoReply },
			wanted{100, HoldExercise, 48, 1, false, IntentTooEarly, "D21 D26", ""}},
		{"D26 in K2", func(in *WorkoutInput) { in.Track, in.Phase, in.AcuteH = Graded, K2, 23 },
			wanted{100, HoldExercise, 1, 1, false, IntentTooEarly, "D26", ""}},
		{"no D26 at the floor", func(in *WorkoutInput) { in.AcuteH = 48 }, keep},
		{"no D26 in K1 at 24", func(in *WorkoutInput) { in.Track, in.Phase, in.AcuteH = Graded, K1, 24 }, keep},
		{"no D26 in P2", func(in *WorkoutInput) { in.Phase, in.AcuteH = P2, 30 }, wanted{100, Repeat, 0, 0, false, IntentKeep, "GREEN", ""}},
		{"D30", func(in *WorkoutInput) { in.Track, in.Phase, in.FearedHappened = Graded, K3, true },
			wanted{100, Repeat, 0, 1, false, IntentFear, "D30", ""}},
		{"no D30 on the standard track", func(in *WorkoutInput) { in.FearedHappened = true }, keep},
		{"no D30 without a workout", func(in *WorkoutInput) {
			in.Track, in.Phase, in.FearedHappened, in.Status = Graded, K3, true, SkipOther
		}, wanted{100, Repeat, 0, 0, false, IntentRepeat, "D20", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := calmWorkout()
			tt.change(&in)
			checkDecision(t, in, tt.want)
		})
	}
}

func TestDecideCutsInARow(t *testing.T) {
	tests := []struct {
		name   string
		change func(*WorkoutInput)
		want   wanted
	}{
		{"D22a", func(in *WorkoutInput) { in.TwoHour, in.Reds = 3, 1 }, wanted{90, Reduce, 0, 1, false, IntentEaseBack, "D08 D22a", ""}},
		{"D22 third", func(in *WorkoutInput) { in.TwoHour, in.Reds = 3, 2 }, wanted{90, Regress, 0, 2, false, IntentStepBack, "D08 D22", P3}},
		{"D22 second by 20 %", func(in *WorkoutInput) { in.TwoHour, in.Reds, in.Reds20 = 5, 1, 1 },
			wanted{80, Regress, 0, 2, false, IntentStepBack, "D10 D22 D22a", P3}},
		{"D22 not for 15 % after 20 %", func(in *WorkoutInput) { in.TwoHour, in.Reds, in.Reds20 = 4, 1, 1 },
			wanted{85, Reduce, 0, 1, false, IntentEaseBack, "D09 D22a", ""}},
		{"D22 under a hold", func(in *WorkoutInput) { in.After, in.Reds = 8, 2 },
			wanted{80, HoldExercise, 24, 2, false, IntentPainHigh, "D06 D22", P3}},
		{"counters alone do nothing", func(in *WorkoutInput) { in.Next, in.Reds, in.Reds20 = 3, 5, 5 },
			wanted{100, Repeat, 0, 0, false, IntentSore, "D15", ""}},
		{"the first phase stays", func(in *WorkoutInput) { in.Phase, in.TwoHour, in.Reds = P0, 3, 2 },
			wanted{90, Regress, 0, 2, false, IntentStepBack, "D08 D22", P0}},
		{"K1 goes back to the stretch", func(in *WorkoutInput) { in.Track, in.Phase, in.TwoHour, in.Reds = Graded, K1, 3, 2 },
			wanted{90, Regress, 0, 2, false, IntentStepBack, "D08 D22", P2}},
		{"D23", func(in *WorkoutInput) { in.TwoHour, in.EntryLoadG = 3, 72002 },
			wanted{90, HoldExercise, 72, 2, true, IntentHoldClinician, "D08 D23", ""}},
		{"no D23 at half", func(in *WorkoutInput) { in.TwoHour, in.EntryLoadG = 3, 72001 },
			wanted{90, Reduce, 0, 0, false, IntentTwoHour, "D08", ""}},
		{"no D23 without a load", func(in *WorkoutInput) { in.TwoHour, in.LoadG, in.EntryLoadG = 3, 0, 0 },
			wanted{90, Reduce, 0, 0, false, IntentTwoHour, "D08", ""}},
		{"tie of holds goes to the smaller id", func(in *WorkoutInput) { in.After, in.TwoHour = 9, 9 },
			wanted{80, HoldExercise, 24, 2, false, IntentPainHigh, "D06 D10 D11 D12", ""}},
		{"the longest hold", func(in *WorkoutInput) { in.Quality, in.After, in.HoldH = Sharp, 8, 60 },
			wanted{80, HoldExercise, 60, 2, false, IntentSharp, "D03 D04 D06", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := calmWorkout()
			tt.change(&in)
			checkDecision(t, in, tt.want)
		})
	}
}

func TestDecideGreen(t *testing.T) {
	advance := func(to Phase) wanted { return wanted{100, Advance, 0, 0, false, IntentNextStep, "GREEN", to} }
	progress := wanted{105, Progress, 0, 0, false, IntentStepUp, "GREEN", ""}
	keep := wanted{100, Repeat, 0, 0, false, IntentKeep, "GREEN", ""}
	at := func(p Phase, acute, programme, greens int) func(*WorkoutInput) {
		return func(in *WorkoutInput) {
			in.Track, in.Phase, in.AcuteH, in.ProgrammeH, in.Greens = p.Track(), p, acute, programme, greens
		}
	}
	tests := []struct {
		name   string
		change func(*WorkoutInput)
		want   wanted
	}{
		{"P0 to P1", at(P0, 6, 6, 0), advance(P1)},
		{"P0 before 6 h", at(P0, 5, 500, 0), keep},
		{"P1 to P2", at(P1, 24, 24, 0), advance(P2)},
		{"P2 to P3", at(P2, 48, 48, 0), advance(P3)},
		{"P2 before 48 h", at(P2, 47, 500, 0), keep},
		{"P3 to P4", at(P3, 48, 168, 1), advance(P4)},
		{"P3 on day 6", at(P3, 500, 167, 5), keep},
		{"P3 with one green", at(P3, 168, 168, 0), keep},
		{"P4 to P5", at(P4, 336, 336, 2), advance(P5)},
		{"P5 to P6", at(P5, 672, 672, 2), advance(P6)},
		{"P6 to P7", at(P6, 1344, 1344, 2), advance(P7)},
		{"P7 has nothing after it", at(P7, 3000, 3000, 50), keep},
		{"K1 to K2", at(K1, 24, 24, 1), advance(K2)},
		{"K2 to K3", at(K2, 48, 48, 1), advance(K3)},
		{"K2 before 48 h", at(K2, 47, 500, 1), keep},
		{"K3 to K4", at(K3, 168, 168, 2), advance(K4)},
		{"K4 to K5", at(K4, 672, 672, 5), advance(K5)},
		{"K4 with five greens", at(K4, 672, 672, 4), keep},
		{"K5 has nothing after it", at(K5, 3000, 3000, 50), keep},
		{"a week since the last advance", func(in *WorkoutInput) { at(P4, 500, 500, 2)(in); in.SinceAdvanceH = 168 }, advance(P5)},
		{"six days since", func(in *WorkoutInput) { at(P4, 500, 500, 2)(in); in.SinceAdvanceH = 167 }, keep},
		{"not asked below the strength phases", func(in *WorkoutInput) { at(K2, 500, 500, 1)(in); in.SinceAdvanceH = 1 }, advance(K3)},

		{"progress", func(in *WorkoutInput) { in.Greens, in.Reserve2 = 1, true }, progress},
		{"without reserve", func(in *WorkoutInput) { in.Greens = 1 }, keep},
		{"one green", func(in *WorkoutInput) { in.Reserve2 = true }, keep},
		{"at the weekly cap", func(in *WorkoutInput) { in.Greens, in.Reserve2, in.LoadG, in.Min7LoadG = 1, true, 22000, 21000 }, progress},
		{"above the weekly cap", func(in *WorkoutInput) { in.Greens, in.Reserve2, in.LoadG, in.Min7LoadG = 1, true, 22001, 21000 }, keep},
		{"no load", func(in *WorkoutInput) { in.Greens, in.Reserve2, in.LoadG = 1, true, 0 }, keep},
		{"not in K2", func(in *WorkoutInput) { at(K2, 40, 40, 5)(in); in.Reserve2 = true }, keep},
		{"in K3", func(in *WorkoutInput) { at(K3, 60, 60, 1)(in); in.Reserve2 = true }, progress},
		{"not in P2", func(in *WorkoutInput) { at(P2, 30, 30, 5)(in); in.Reserve2 = true }, keep},
		{"in P7", func(in *WorkoutInput) { at(P7, 2000, 2000, 1)(in); in.Reserve2 = true }, progress},
		{"advance before progress", func(in *WorkoutInput) { at(P4, 336, 336, 2)(in); in.Reserve2 = true }, advance(P5)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := calmWorkout()
			tt.change(&in)
			checkDecision(t, in, tt.want)
		})
	}
}

func TestReasonNamesNumbersAndCauses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*WorkoutInput)
		want   string
	}{
		{"two hours", func(in *WorkoutInput) { in.TwoHour = 4 },
			"Pain 2 hours after (4) was 2 above the level before (2): the next load is 15 % lower."},
		{"the cut behind the pause", func(in *WorkoutInput) { in.AcuteH, in.TwoHour = 30, 3 },
			"It was 30 hours after the needling, and this work waits for 48, and pain 2 hours after (3) was 1 above the level before (2): " +
				"exercise pauses for 18 hours, and the next load is 10 % lower."},
		{"the pain behind the step back", func(in *WorkoutInput) { in.TwoHour, in.Reds = 3, 2 },
			"With this one the load comes down 3 times in a row, and pain 2 hours after (3) was 1 above the level before (2): " +
				"the plan goes back from P4 to P3, and the next load is 10 % lower."},
		{"half the entry load", func(in *WorkoutInput) { in.TwoHour, in.EntryLoadG = 3, 80000 },
			"The next load would be 45 % of the load with which this phase began, less than half, and pain 2 hours after (3) was 1 above the level before (2): " +
				"exercise pauses for at least 72 hours and until a clinician releases it, and the next load is 10 % lower."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := calmWorkout()
			tt.change(&in)
			if got := Decide(in).Reason; got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestEveryRuleHasACause(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range workoutRules {
		ids[r.id] = true
	}
	for _, r := range cutRules {
		ids[r.id] = true
	}
	for id := range ids {
		if ruleCauses[id] == nil {
			t.Errorf("%s has no cause", id)
		}
	}
	if len(ids) != len(ruleCauses) {
		t.Errorf("%d rules, %d causes", len(ids), len(ruleCauses))
	}
}
