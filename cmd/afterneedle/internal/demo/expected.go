package demo

import (
	"slices"
	"strings"
)

// expectedLoads are the loads of the cards, each time that they change, as they
// follow from the story by the rules. P3 begins at half the usual load. The
// exact load grows by 5 % or to the next phase's entry load; what a plate cannot
// show is one repetition more.
var expectedLoads = map[string][]string{
	"Ana": { // 8 kg usual
		"3×12, 4 kg", "3×15, 4 kg", "3×16, 4 kg", "3×13, 4 kg", "3×12, 4.5 kg",
		"4×8, 5 kg", "4×6, 5 kg", "4×7, 5 kg", "4×6, 5.5 kg", "4×7, 5.5 kg",
	},
	"Ben": { // 40 kg usual: 20, then 15 % less, then 10 % less, and back up
		"3×12, 20 kg", "3×12, 17 kg", "3×12, 15 kg", "3×15, 15 kg", "3×15, 16 kg", "3×12, 16.5 kg", "3×12, 17.5 kg",
		"4×8, 18.5 kg", "4×6, 19 kg", "4×6, 20 kg", "4×6, 21 kg", "4×6, 22.5 kg",
	},
	"Carla": { // graded, nothing weighed: holds, then light work, then slow work, then her own activity
		"5 holds × 10 seconds", "3×15", "3×12, your own hand", "3×15, your own hand", "3×12, your own hand",
		"4×8, your own hand", "3×8",
	},
	"Dora": { // a band: repetitions change
		"3×12, your band", "3×15, your band", "3 sets: 16, 15 and 15, your band", "3×12, your band",
		"3 sets: 13, 12 and 12, your band", "4×8, your band", "4 sets: 9, 8, 8 and 8, your band", "4×6, your band",
		"4 sets: 7, 6, 6 and 6, your band", "4 sets: 7, 7, 6 and 6, your band", "4 sets: 7, 7, 7 and 6, your band",
		"4×7, your band", "4 sets: 8, 7, 7 and 7, your band",
	},
	"Emil": { // 7.5 kg usual: 3.75, shown as 3.5
		"3×12, 3.5 kg", "3×15, 3.5 kg", "3×16, 3.5 kg", "3×12, 4 kg", "3×13, 4 kg",
		"4×8, 4.5 kg", "4×6, 4.5 kg", "4×6, 5 kg", "4×7, 5 kg", "4×6, 5.5 kg",
	},
	"Fay": { // 12 kg usual, as she answers
		"3×12, 6 kg", "3×15, 6 kg", "3×16, 6 kg", "3×12, 6.5 kg", "3×13, 6.5 kg",
		"4×8, 7.5 kg", "4×6, 7.5 kg", "4×6, 8 kg", "4×7, 8 kg",
	},
}

// expectedAlerts are the alerts of levels 2 and 3 that reach the clinician:
// Dora's words, and once more after a quarter of an hour, until acknowledged.
var expectedAlerts = []string{
	"Fri 13 Mar 10:30  NOW · Dora / Named an emergency sign and was told to call 112 now. / piriformis left: P3, no weight, 263 h since needling",
	"Fri 13 Mar 10:45  Again, not acknowledged yet (2 of 4): / NOW · Dora / Named an emergency sign and was told to call 112 now.",
}

// story compares what the cards and the alerts said with what they must say.
func (a *audited) story() {
	for _, name := range a.names {
		if want, got := expectedLoads[name], a.loads[name]; !slices.Equal(want, got) {
			a.problem("loads of %s: want %s; got %s", name, strings.Join(want, " · "), strings.Join(got, " · "))
		}
	}
	if !slices.Equal(expectedAlerts, a.alerts) {
		a.problem("alerts: want %s; got %s", strings.Join(expectedAlerts, "; "), strings.Join(a.alerts, "; "))
	}
}
