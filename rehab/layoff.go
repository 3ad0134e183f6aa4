package rehab

import "fmt"

// LayoffAdvice is how to start again after days without a completed loaded
// workout. It is no cut in the sense of the counters.
type LayoffAdvice struct {
	LoadPct      int        `json:"load_pct"`      // of the last load
	RegressSteps int        `json:"regress_steps"` // phases to go back
	Clearance    bool       `json:"clearance"`     // a clinician agrees first
	Alert        AlertLevel `json:"alert"`
	Reason       string     `json:"reason"` // one plain sentence
}

// phaseBackDays is the break from which on the way back begins a phase lower.
const phaseBackDays = 14

// layoffSteps are from the longest break down; all defaults of ours.
var layoffSteps = []struct {
	days   int // from this many on
	advice LayoffAdvice
	then   string
}{
	{
		28,
		LayoffAdvice{LoadPct: 80, RegressSteps: 1, Clearance: true, Alert: AlertSameDay},
		"start again at 80 % of the load, one phase back, once a clinician agrees",
	},
	{
		phaseBackDays,
		LayoffAdvice{LoadPct: 80, RegressSteps: 1, Alert: AlertDigest},
		"start again at 80 % of the load, one phase back",
	},
	{7, LayoffAdvice{LoadPct: 90}, "start again at 90 % of the load"},
}

// Layoff says how to start again after that many days.
func Layoff(days int) LayoffAdvice {
	advice, then := LayoffAdvice{LoadPct: 100}, "the load stays the same"
	for _, step := range layoffSteps {
		if days >= step.days {
			advice, then = step.advice, step.then
			break
		}
	}
	advice.Reason = fmt.Sprintf("Days without a loaded workout: %d; %s.", days, then)
	return advice
}
