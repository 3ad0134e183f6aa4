package content

import (
	"testing"
	"time"

	"afterneedle/rehab"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func mustLoad(t *testing.T) *Content {
	t.Helper()
	c, faults := Load("")
	for _, f := range faults {
		t.Error(f)
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

// S-59 to S-65, S-67.
func TestTimelineRows(t *testing.T) {
	want := []TimelineRow{
		{Phase: rehab.P0, Period: "0–6 h", Type: "Free active movement", Intensity: "Very light", Goal: "Keep mobility, avoid stiffness", Source: "S-59"},
		{Phase: rehab.P1, Period: "6–24 h", Type: "Gentle sustained stretching", Intensity: "Light 3–4/10", Goal: "Begin gain in length", Source: "S-60"},
		{Phase: rehab.P2, Period: "24–48 h", Type: "Structured stretching", Intensity: "Moderate 4–5/10", Goal: "Consolidate length, optimal window", Source: "S-61"},
		{Phase: rehab.P3, Period: "48–72 h", Type: "Light eccentric", Intensity: "Light to moderate", Goal: "Begin load capacity", Source: "S-62"},
		{Phase: rehab.P4, Period: "1–2 weeks", Type: "HSR 3×15RM", Intensity: "Moderate", Goal: "Neural and tissue adaptation", Source: "S-63"},
		{Phase: rehab.P5, Period: "3–4 weeks", Type: "HSR 3×12RM", Intensity: "Moderate–high", Goal: "Functional hypertrophy", Source: "S-64"},
		{Phase: rehab.P6, Period: "5–8 weeks", Type: "HSR 4×6–8RM", Intensity: "High", Goal: "Max strength and protection", Source: "S-65"},
	}
	got := mustLoad(t).Timeline()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(TimelineRow{}, "Plain")); d != "" {
		t.Error(d)
	}
	for _, row := range got {
		if row.Plain == "" {
			t.Errorf("%s has no plain text", row.Phase)
		}
	}
}

// S-35 to S-43.
func TestMuscleDoses(t *testing.T) {
	type pin struct {
		ID             string
		Load           rehab.LoadKind
		Hold           [2]int
		HoldReps       int
		EachSide       bool
		Sets, Reps     int
		Lower          int
		ThenSets, Then int
		Later          bool
		Lung           bool
	}
	want := []pin{
		{"upper_trapezius", "kg", [2]int{30, 60}, 3, false, 3, 12, 3, 4, 8, false, true},
		{"levator_scapulae", "effort", [2]int{30, 60}, 3, false, 3, 10, 4, 0, 0, true, true},
		{"quadratus_lumborum", "kg", [2]int{30, 60}, 3, true, 3, 12, 4, 4, 8, true, false},
		{"piriformis", "band", [2]int{30, 60}, 3, false, 3, 12, 4, 0, 0, true, false},
	}
	var got []pin
	for _, m := range mustLoad(t).Muscles() {
		p := pin{
			ID: m.ID, Load: m.Load, Hold: m.Stretch.HoldSeconds, HoldReps: m.Stretch.Reps, EachSide: m.Stretch.EachSide,
			Sets: m.Dose.Sets, Reps: m.Dose.Reps, Lower: m.Dose.Tempo[1], Later: m.Later != nil, Lung: m.LungField,
		}
		if m.Progression != nil {
			p.ThenSets, p.Then = m.Progression.Sets, m.Progression.Reps
		}
		if m.Later != nil && m.Later.Enabled {
			t.Errorf("%s: the later exercise is on before a clinician enabled it", m.ID)
		}
		if m.Source != "article" {
			t.Errorf("%s: source %q", m.ID, m.Source)
		}
		if d := cmp.Diff([]rehab.Side{rehab.Left, rehab.Right}, m.Sides); d != "" {
			t.Errorf("%s: %s", m.ID, d)
		}
		got = append(got, p)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// S-48 to S-53.
func TestGradedSteps(t *testing.T) {
	want := []GradedStep{
		{Phase: rehab.K1, Kind: "isometric", EffortPercent: [2]int{30, 50}, HoldSeconds: 10, Sets: 1, Reps: 5, Load: "own effort", Range: "held still"},
		{Phase: rehab.K2, Kind: "concentric", Sets: 3, Reps: 15, Load: "none or minimal", Range: "part to full"},
		{Phase: rehab.K3, Kind: "eccentric", Sets: 3, Reps: 12, LowerSeconds: [2]int{3, 4}, Load: "light", Range: "full"},
		{Phase: rehab.K4, Kind: "hsr", Sets: 3, Reps: 15, RepsTo: [2]int{6, 8}, LiftSeconds: 3, LowerSeconds: [2]int{3, 3}, Load: "rises over the weeks", Range: "full"},
		{Phase: rehab.K5, Kind: "functional", Sets: 3, Reps: 8, Load: "light", Range: "own activity: squat, lift, turn"},
	}
	got := mustLoad(t).GradedSteps()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(GradedStep{}, "Title", "Learn", "Task", "Source")); d != "" {
		t.Error(d)
	}
}

func TestProtocol(t *testing.T) {
	p := mustLoad(t).Protocol()
	at := func(s string) rehab.TimeOfDay {
		v, err := rehab.ParseTimeOfDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	hours := rehab.Hours{
		QuietFrom: at("21:00"), QuietUntil: at("08:00"), Workout: at("09:00"),
		LastWorkout: at("17:00"), LastAnswer: at("19:00"), Stretch: at("10:00"),
		Movement:          rehab.HourWindow{From: 4 * time.Hour, Prefer: 5 * time.Hour, Until: 6 * time.Hour},
		GentleStretch:     rehab.HourWindow{From: 6 * time.Hour, Prefer: 6 * time.Hour, Until: 24 * time.Hour},
		StructuredStretch: rehab.HourWindow{From: 24 * time.Hour, Prefer: 24 * time.Hour, Until: 48 * time.Hour},
	}
	if d := cmp.Diff(hours, p.Hours); d != "" {
		t.Error(d)
	}
	dose := func(sets, reps, hold1, hold2, lift, lower, rest1, rest2, every int) rehab.Dose {
		return rehab.Dose{
			Sets: sets, Reps: reps, HoldSeconds: [2]int{hold1, hold2}, Tempo: [2]int{lift, lower},
			RestSeconds: [2]int{rest1, rest2}, Every: time.Duration(every) * time.Hour,
		}
	}
	doses := map[rehab.Phase]rehab.Dose{
		rehab.P1: dose(1, 3, 30, 30, 0, 0, 0, 0, 0),
		rehab.P2: dose(1, 3, 30, 60, 0, 0, 0, 0, 0),
		rehab.P3: dose(3, 12, 0, 0, 0, 3, 60, 60, 48),
		rehab.P4: dose(3, 15, 0, 0, 3, 3, 120, 180, 48),
		rehab.P5: dose(3, 12, 0, 0, 3, 3, 120, 180, 48),
		rehab.P6: dose(4, 8, 0, 0, 3, 3, 120, 180, 48),
		rehab.P7: dose(4, 8, 0, 0, 3, 3, 120, 180, 168),
		rehab.K1: dose(1, 5, 10, 10, 0, 0, 30, 30, 20),
		rehab.K2: dose(3, 15, 0, 0, 0, 0, 60, 60, 20),
		rehab.K3: dose(3, 12, 0, 0, 0, 3, 60, 60, 48),
		rehab.K4: dose(3, 15, 0, 0, 3, 3, 120, 180, 48),
		rehab.K5: dose(3, 8, 0, 0, 0, 0, 120, 120, 72),
	}
	if d := cmp.Diff(doses, p.Doses); d != "" {
		t.Error(d)
	}
	if p.PlateGrams != 500 || p.PlatePounds != 1 || p.FirstLoadPercent != 50 || p.Version == "" || len(p.Muscles) != 4 {
		t.Errorf("plates %d g, %d lb; first load %d %%; version %q; %d muscles", p.PlateGrams, p.PlatePounds, p.FirstLoadPercent, p.Version, len(p.Muscles))
	}
	delete(p.Doses, rehab.P4)
	if _, ok := mustLoad(t).Protocol().Doses[rehab.P4]; !ok {
		t.Error("a caller changed the content")
	}
}

func TestRedFlags(t *testing.T) {
	c := mustLoad(t)
	levels := map[string]Level{}
	for _, f := range c.RedFlags() {
		levels[f.ID] = f.Level
	}
	if d := cmp.Diff(leastFlag, levels); d != "" {
		t.Error(d)
	}
	var symptoms []string
	for _, s := range c.Symptoms() {
		symptoms = append(symptoms, s.Label+": "+string(s.Level))
	}
	want := []string{
		"Breathing or chest: emergency", "Weakness, numbness, bladder, collapse: emergency", "Skin or fever: urgent",
		"Bleeding or swelling: emergency", "Belly, flank, urine: emergency", "Something else: other", "None of these: none",
	}
	if d := cmp.Diff(want, symptoms); d != "" {
		t.Error(d)
	}
	hours := map[string][2]int{}
	for _, h := range c.HoldReasons() {
		hours[h.ID] = [2]int{h.Hours, h.MaxHours}
	}
	wantHours := map[string][2]int{
		"H1": {24, 72}, "H2": {24, 72}, "H3": {72, 72}, "H4": {}, "H5": {24, 72}, "H6": {48, 72},
		"H7": {48, 72}, "H8": {72, 72}, "H9": {24, 24}, "H10": {24, 24}, "H11": {}, "H12": {},
	}
	if d := cmp.Diff(wantHours, hours); d != "" {
		t.Error(d)
	}
}

// S-80 to S-83.
func TestMilestones(t *testing.T) {
	want := []Milestone{
		{ID: "M1", FromDay: 2, UntilDay: 2, Source: "S-80"}, {ID: "M2", FromDay: 14, UntilDay: 21, Source: "S-81"},
		{ID: "M3", FromDay: 42, UntilDay: 56, Source: "S-82"}, {ID: "M4", FromDay: 56, UntilDay: 84, Source: "S-83"},
	}
	got := mustLoad(t).Milestones()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Milestone{}, "Text")); d != "" {
		t.Error(d)
	}
}

// S-04, S-07, S-17, S-29.
func TestCardSteps(t *testing.T) {
	c := mustLoad(t)
	for id, steps := range map[string]int{"why_exercise": 3, "chain": 4, "slow_lowering": 4, "how_it_protects": 5, "fear_cycle": 4} {
		card, ok := c.Card(id)
		if !ok || len(card.Steps) != steps {
			t.Errorf("card %s has %d steps, want %d", id, len(card.Steps), steps)
		}
		for _, step := range card.Steps {
			if n := countWords(step); n > 15 {
				t.Errorf("card %s: %d words: %s", id, n, step)
			}
		}
	}
}
