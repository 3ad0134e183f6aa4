package rehab

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestHistory(t *testing.T) {
	begin := berlin(t, "2026-03-02 12:00")
	on := func(day int) time.Time { return begin.AddDate(0, 0, day) }
	unknown := Workout{Before: PainUnknown, After: PainUnknown, TwoHour: PainUnknown, Next: PainUnknown}
	done := unknown
	done.AskedAt, done.Before, done.BeforeAt, done.DoneAt, done.ClosedAt = on(2), 3, on(2), on(2), on(3)
	done.Status, done.After, done.AfterAt = Done, 4, on(2)
	done.Exercises = []Exercise{{Target: 2, LoadG: 4000, Shown: Prescription{ShownG: 4000}}}
	missed := unknown
	missed.AskedAt, missed.ClosedAt, missed.Status = on(4), on(5), NoReply
	missed.Exercises = []Exercise{{Target: 2, LoadG: 4000, Shown: Prescription{ShownG: 4000}}}
	postponed := unknown
	postponed.AskedAt, postponed.Before, postponed.BeforeAt, postponed.ClosedAt, postponed.Postponed = on(6), 7, on(6), on(6), true
	current := unknown
	current.AskedAt = on(8)
	c := &Course{
		Needlings: []Needling{{At: on(7)}, {At: begin}},
		Targets:   []Target{{N: 2, Weighed: true}},
		Workouts:  []Workout{done, missed, postponed, current},
		Holds: []Hold{
			{From: on(3), ReleasedAt: on(4)},
			{Kind: HoldBySafety, Choice: ChoiceNone, From: on(5), ReleasedAt: on(6)},
			{From: on(8)},
		},
	}
	want := History{
		Days: 9, Needlings: []float64{7, 0}, Holds: []Span{{3, 4}, {8, 9}}, Skipped: []float64{4},
		Pains: []PainLine{
			{AskBefore, []PainPoint{{2, 3}, {4, PainUnknown}, {6, 7}}},
			{AskAfter, []PainPoint{{2, 4}, {4, PainUnknown}}},
			{AskTwoHour, []PainPoint{{2, PainUnknown}, {4, PainUnknown}}},
			{AskNext, []PainPoint{{2, PainUnknown}, {4, PainUnknown}}},
		},
		Loads: []LoadLine{{Target: 2, Weighed: true, Points: []LoadPoint{{2, 4000}, {4, 0}}}},
	}
	if diff := gocmp.Diff(want, c.History(on(9))); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	c.Targets[0].Weighed = false // repetitions by now: the weights stay in the picture
	if diff := gocmp.Diff(want, c.History(on(9))); diff != "" {
		t.Errorf("without weights now (-want +got):\n%s", diff)
	}
}
