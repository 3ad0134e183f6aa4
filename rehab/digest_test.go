package rehab

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestDigest(t *testing.T) {
	begin := berlin(t, "2026-03-02 12:00")
	c := emptyWorld(t, "Europe/Berlin", begin).c
	if diff := gocmp.Diff(Digest{Standing: StandingInvited, LastPain: PainUnknown}, c.Digest()); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	c.Consent(begin)
	c.Needle(NewNeedling{At: begin, Targets: []NeedledTarget{{"upper_trapezius", Left}, {"piriformis", Left}}}, begin)
	c.Workouts = []Workout{{
		Before: 2, BeforeAt: begin.Add(time.Hour), After: 5, AfterAt: begin.Add(2 * time.Hour), TwoHour: PainUnknown,
		Next: 3, NextAt: begin.Add(20 * time.Hour),
	}}
	want := Digest{Standing: StandingActive, Phases: []Phase{P3}, FirstNeedle: begin, LastPain: 3}
	if diff := gocmp.Diff(want, c.Digest()); diff != "" {
		t.Errorf("two muscles in one phase (-want +got):\n%s", diff)
	}
	later := begin.Add(30 * time.Hour)
	c.Targets[1].Phase = P4
	c.Observe(9, later)
	want.Standing, want.Phases, want.LastPain = StandingHeld, []Phase{P3, P4}, 9
	want.OpenAlerts, want.Gravest, want.NeedsRelease = 1, AlertSameDay, true
	if diff := gocmp.Diff(want, c.Digest()); diff != "" {
		t.Errorf("after a 9 (-want +got):\n%s", diff)
	}
}

func TestStandingOfACase(t *testing.T) {
	gone := Patient{UnreachableAt: berlin(t, "2026-03-02 12:00")}
	for _, test := range []struct {
		c       Case
		want    Standing
		trouble bool
	}{
		{Case{Digest: Digest{Standing: StandingActive}}, StandingActive, false},
		{Case{Digest: Digest{Standing: StandingHeld}}, StandingHeld, false},
		{Case{Digest: Digest{Standing: StandingHeld, Silent: true}}, StandingHeld, true},
		{Case{Digest: Digest{Standing: StandingActive, OpenAlerts: 1}}, StandingActive, true},
		{Case{Patient: gone, Digest: Digest{Standing: StandingSilent, Silent: true}}, StandingUnreachable, true},
		{Case{Patient: gone, Digest: Digest{Standing: StandingStopped, Silent: true}}, StandingStopped, false},
		{Case{Patient: gone, Digest: Digest{Standing: StandingActive}, SetAside: true}, StandingSetAside, true},
	} {
		if got := test.c.Standing(); got != test.want || test.c.Trouble() != test.trouble {
			t.Errorf("%+v: %q and %v, want %q and %v", test.c, got, test.c.Trouble(), test.want, test.trouble)
		}
	}
}
