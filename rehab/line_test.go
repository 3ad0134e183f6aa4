package rehab

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestLine(t *testing.T) {
	begin := berlin(t, "2026-03-02 12:00")
	c := emptyWorld(t, "Europe/Berlin", begin).c
	if diff := gocmp.Diff(Line{State: StateInvited, LastPain: PainUnknown}, c.Line()); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	c.Consent(begin)
	c.Needle(NewNeedling{At: begin, Targets: []NeedledTarget{{"upper_trapezius", Left}, {"piriformis", Left}}}, begin)
	c.Workouts = []Workout{{
		Before: 2, BeforeAt: begin.Add(time.Hour), After: 5, AfterAt: begin.Add(2 * time.Hour), TwoHour: PainUnknown,
		Next: 3, NextAt: begin.Add(20 * time.Hour),
	}}
	want := Line{State: StateActive, Phases: []Phase{P3}, FirstNeedle: begin, LastPain: 3}
	if diff := gocmp.Diff(want, c.Line()); diff != "" {
		t.Errorf("two muscles in one phase (-want +got):\n%s", diff)
	}
	later := begin.Add(30 * time.Hour)
	c.Targets[1].Phase = P4
	c.Observe(9, later)
	want.State, want.Phases, want.LastPain = StateHeld, []Phase{P3, P4}, 9
	want.OpenAlerts, want.Gravest, want.NeedsRelease = 1, AlertSameDay, true
	if diff := gocmp.Diff(want, c.Line()); diff != "" {
		t.Errorf("after a 9 (-want +got):\n%s", diff)
	}
}

func TestStandingOfACase(t *testing.T) {
	gone := Patient{UnreachableAt: berlin(t, "2026-03-02 12:00")}
	for _, test := range []struct {
		c       Case
		want    CourseState
		trouble bool
	}{
		{Case{Line: Line{State: StateActive}}, StateActive, false},
		{Case{Line: Line{State: StateHeld}}, StateHeld, false},
		{Case{Line: Line{State: StateHeld, Silent: true}}, StateHeld, true},
		{Case{Line: Line{State: StateActive, OpenAlerts: 1}}, StateActive, true},
		{Case{Patient: gone, Line: Line{State: StateSilent, Silent: true}}, StateUnreachable, true},
		{Case{Patient: gone, Line: Line{State: StateStopped, Silent: true}}, StateStopped, false},
		{Case{Patient: gone, Line: Line{State: StateActive}, SetAside: true}, StateSetAside, true},
	} {
		if got := test.c.State(); got != test.want || test.c.Trouble() != test.trouble {
			t.Errorf("%+v: %q and %v, want %q and %v", test.c, got, test.c.Trouble(), test.want, test.trouble)
		}
	}
}
