package rehab

import (
	"fmt"
	"strings"
)

// reason is the sentence of a decision: which rules account for it, with their
// numbers, and what follows. fired is in order of caution.
func reason(in *WorkoutInput, fired []verdict, d Decision) string {
	var causes []string
	for _, v := range accountable(fired, d) {
		cause := ruleCauses[v.id](in, d.LoadPct)
		if len(causes) > 0 {
			cause = strings.ToLower(cause[:1]) + cause[1:]
		}
		causes = append(causes, cause)
	}
	return strings.Join(causes, ", and ") + ": " + consequence(in, d) + "."
}

// accountable picks the verdict that speaks for the decision, and those that
// made its load, hold, phase or clearance more cautious still. Verdicts about a
// cut did not cause it.
func accountable(fired []verdict, d Decision) []verdict {
	var said []verdict
	so := effect{pct: 100}
	for i, v := range fired {
		adds := i == 0 || v.action == Regress ||
			!v.ofCut && v.pct < so.pct && v.pct == d.LoadPct ||
			v.holdH > so.holdH && v.holdH == d.HoldH ||
			v.clearance && !so.clearance
		if !adds {
			continue
		}
		said = append(said, v)
		if !v.ofCut {
			so.pct = min(so.pct, v.pct)
		}
		so.holdH = max(so.holdH, v.holdH)
		so.clearance = so.clearance || v.clearance
	}
	return said
}

func consequence(in *WorkoutInput, d Decision) string {
	var parts []string
	switch {
	case d.Action == Stop:
		parts = append(parts, "exercise stops until a clinician releases it")
	case d.Action == HoldExercise && d.Clearance:
		parts = append(parts, fmt.Sprintf("exercise pauses for at least %d hours and until a clinician releases it", d.HoldH))
	case d.Action == HoldExercise:
		parts = append(parts, fmt.Sprintf("exercise pauses for %d hours", d.HoldH))
	}
	if d.NextPhase != in.Phase {
		parts = append(parts, fmt.Sprintf("the plan goes back from %s to %s", in.Phase, d.NextPhase))
	}
	switch {
	case d.LoadPct < 100:
		parts = append(parts, fmt.Sprintf("the next load is %d %% lower", 100-d.LoadPct))
	case len(parts) == 0:
		parts = append(parts, "the load stays the same")
	}
	return strings.Join(parts, ", and ")
}

// causeText says why a rule fired, with the numbers; pct is the joined share.
type causeText func(in *WorkoutInput, pct int) string

var ruleCauses = map[string]causeText{
	"D01": always("A warning sign calls for the emergency number now"),
	"D02": always("A warning sign needs the clinic the same day"),
	"D03": func(in *WorkoutInput, _ int) string {
		if in.NeedsClearance {
			return "A hold waits for a clinician"
		}
		return fmt.Sprintf("A hold has %d hours left", in.HoldH)
	},
	"D04": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("Sharp pain was felt (right after: %v)", in.After)
	},
	"D05": always("Shooting pain, tingling or numbness was felt"),
	"D06": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("Pain right after (%v) was 8 or more", in.After)
	},
	"D07": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("Pain right after (%v) was above 5", in.After)
	},
	"D08": twoHourRise,
	"D09": twoHourRise,
	"D10": twoHourRise,
	"D11": func(in *WorkoutInput, pct int) string { return twoHourRise(in, pct) + " and above 5" },
	"D12": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("Pain 2 hours after (%v) was 8 or more", in.TwoHour)
	},
	"D13": always("The next day was too sore to exercise"),
	"D14": nextDayRise,
	"D15": nextDayRise,
	"D16": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("Pain the next day (%v) was 8 or more", in.Next)
	},
	"D17": always("The workout ended early because of pain"),
	"D18": always("The workout was not started because of pain"),
	"D19": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("Worry about moving came before the workout (%d in a row)", in.FearSkips+1)
	},
	"D20": always("The workout was not done in full, for a reason other than pain or worry"),
	"D21": func(in *WorkoutInput, _ int) string {
		if in.Status == NoReply {
			return fmt.Sprintf("No answer came (%d in a row)", in.Silent+1)
		}
		return fmt.Sprintf("Of the 4 pain answers %d stayed unknown", in.unknownPains())
	},
	"D22": func(in *WorkoutInput, _ int) string {
		if in.Reds >= redLimit {
			return fmt.Sprintf("With this one the load comes down %d times in a row", in.Reds+1)
		}
		return fmt.Sprintf("With this one the load comes down by 20 %% %d times in a row", in.Reds20+1)
	},
	"D22a": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("With this one the load comes down %d times in a row", in.Reds+1)
	},
	"D23": func(in *WorkoutInput, pct int) string {
		return fmt.Sprintf("The next load would be %d %% of the load with which this phase began, less than half",
			in.LoadG*pct/max(in.EntryLoadG, 1))
	},
	"D24": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("Pain before (%v) was %d above the lowest of the last workouts (%v)",
			in.Before, in.Before-in.ReferenceBefore, in.ReferenceBefore)
	},
	"D25": func(in *WorkoutInput, _ int) string { return fmt.Sprintf("Pain before (%v) was above 5", in.Before) },
	"D26": func(in *WorkoutInput, _ int) string {
		return fmt.Sprintf("It was %d hours after the needling, and this work waits for %d", in.AcuteH, in.Phase.AcuteFloorH())
	},
	"D30": always("What the patient was worried about did happen"),
}

func always(text string) causeText { return func(*WorkoutInput, int) string { return text } }

func twoHourRise(in *WorkoutInput, _ int) string {
	return riseText("Pain 2 hours after", in.TwoHour, in)
}

func nextDayRise(in *WorkoutInput, _ int) string { return riseText("Pain the next day", in.Next, in) }

func riseText(what string, p PainScore, in *WorkoutInput) string {
	if !in.Before.Known() {
		return fmt.Sprintf("%s was %v, with the level before unknown and counted as 0", what, p)
	}
	return fmt.Sprintf("%s (%v) was %d above the level before (%v)", what, p, in.rise(p), in.Before)
}
