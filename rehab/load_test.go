package rehab

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEntryLoad(t *testing.T) {
	tests := []struct{ load, from, to, min7, want int }{
		{40000, 15, 12, 40000, 43333},
		{40000, 12, 8, 40000, 44000},
		{40000, 12, 8, 50000, 46153},
		{40000, 8, 6, 40000, 42666},
		{40000, 10, 15, 40000, 34285},
		{40000, 12, 12, 40000, 40000},
		{40000, 12, 12, 20000, 22000},
		{40000, 0, 15, 40000, 40000},
		{40000, 8, 0, 20000, 22000},
		{0, 15, 12, 0, 0},
	}
	for _, tt := range tests {
		if got := EntryLoad(tt.load, tt.from, tt.to, tt.min7); got != tt.want {
			t.Errorf("EntryLoad(%d, %d, %d, %d) = %d, want %d", tt.load, tt.from, tt.to, tt.min7, got, tt.want)
		}
		checkSentence(t, ExplainEntryLoad(tt.load, tt.from, tt.to, tt.min7))
	}
}

func TestParseLoad(t *testing.T) {
	good := []struct {
		text  string
		grams int
		unit  Unit
	}{
		{"8 kg", 8000, Kilogram}, {"8kg", 8000, Kilogram}, {"7,5 kg", 7500, Kilogram}, {"7.5 kg", 7500, Kilogram},
		{"7.25 kg", 7250, Kilogram}, {"0.01 kg", 10, Kilogram}, {"500 kg", 500000, Kilogram}, {"  8 Kg ", 8000, Kilogram},
		{"8\u00a0kg", 8000, Kilogram}, {"18 lb", 8165, Pound}, {"18 lbs", 8165, Pound}, {"18.5LB", 8391, Pound}, {"1 lb", 454, Pound},
		{"1102 lb", 499859, Pound},
	}
	for _, tt := range good {
		grams, unit, err := ParseLoad(tt.text)
		if err != nil || grams != tt.grams || unit != tt.unit {
			t.Errorf("ParseLoad(%q) = %d, %q, %v; want %d, %q", tt.text, grams, unit, err, tt.grams, tt.unit)
		}
	}
	bad := []string{
		"", "kg", "8", "eight kg", "-8 kg", "+8 kg", "0 kg", "0.00 kg", "0,0 lb", "500.01 kg", "501 kg", "900 kg", "1103 lb",
		"7.555 kg", "1,000 kg", "1.000,5 kg", "8. kg", ".5 kg", "8 kg 2", "8 kgs", "8 g", "8 pounds", "8-9 kg", "8e1 kg", "٨ kg",
		"8\nkg", "0000008 kg", "8 kg kg", "NaN kg",
	}
	for _, text := range bad {
		if grams, unit, err := ParseLoad(text); err == nil || grams != 0 || unit != "" {
			t.Errorf("ParseLoad(%q) = %d, %q, %v; want an error", text, grams, unit, err)
		}
	}
}

func TestFormatLoad(t *testing.T) {
	tests := []struct {
		grams int
		unit  Unit
		want  string
	}{
		{34000, Kilogram, "34 kg"}, {7500, Kilogram, "7.5 kg"}, {7250, Kilogram, "7.25 kg"}, {100, Kilogram, "0.1 kg"},
		{0, Kilogram, "0 kg"}, {43333, Kilogram, "43.33 kg"}, {300000, Kilogram, "300 kg"},
		{8165, Pound, "18 lb"}, {4082, Pound, "9 lb"}, {4083, Pound, "9 lb"}, {8391, Pound, "18.5 lb"}, {454, Pound, "1 lb"}, {0, Pound, "0 lb"},
	}
	for _, tt := range tests {
		if got := FormatLoad(tt.grams, tt.unit); got != tt.want {
			t.Errorf("FormatLoad(%d, %s) = %q, want %q", tt.grams, tt.unit, got, tt.want)
		}
	}
}

func TestEveryLoadReadsBackAsItWasTyped(t *testing.T) {
	for hundredths := 1; hundredths <= 66100; hundredths++ {
		if hundredths <= 30000 {
			checkReadsBack(t, hundredths*10, Kilogram)
		}
		checkReadsBack(t, poundHundredthsToGrams(hundredths), Pound)
	}
}

func checkReadsBack(t *testing.T, grams int, unit Unit) {
	t.Helper()
	text := FormatLoad(grams, unit)
	if got, gotUnit, err := ParseLoad(text); err != nil || gotUnit != unit || got != grams {
		t.Fatalf("%d g as %q reads back as %d %s, %v", grams, text, got, gotUnit, err)
	}
}

const halfKilo = 500

func TestPrescribe(t *testing.T) {
	first := func(grams int) Prescription { return Prescribe(Prescription{}, grams, halfKilo, Kilogram, 3, 15) }
	tests := []struct {
		name     string
		previous Prescription
		exact    int
		shown    int
		reps     []int
	}{
		{"first", Prescription{}, 4000, 4000, []int{15, 15, 15}},
		{"first between plates", Prescription{}, 4400, 4000, []int{15, 15, 15}},
		{"first under the smallest plate", Prescription{}, 300, 500, []int{9, 9, 9}},
		{"first far under the smallest plate", Prescription{}, 10, 500, []int{5, 5, 5}},
		{"no weight", Prescription{}, 0, 0, []int{15, 15, 15}},

		{"40 kg down 15 %", first(40000), 34000, 34000, []int{15, 15, 15}},
		{"40 kg down 20 %", first(40000), 32000, 32000, []int{15, 15, 15}},
		{"40 kg up 5 %", first(40000), 42000, 42000, []int{15, 15, 15}},
		{"8 kg down 10 %", first(8000), 7200, 7000, []int{15, 15, 15}},
		{"8 kg down 15 %", first(8000), 6800, 6500, []int{15, 15, 15}},
		{"8 kg down 20 %: the plate would be 25 %", first(8000), 6400, 8000, []int{12, 12, 12}},
		{"8 kg up 5 %: hidden", first(8000), 8400, 8000, []int{16, 16, 16}},
		{"4 kg down 10 %", first(4000), 3600, 3500, []int{15, 15, 15}},
		{"4 kg down 15 %: the plate would be 25 %", first(4000), 3400, 4000, []int{13, 13, 12}},
		{"4 kg down 20 %: the plate would be 25 %", first(4000), 3200, 4000, []int{12, 12, 12}},
		{"4 kg up 5 %: hidden", first(4000), 4200, 4000, []int{16, 16, 16}},
		{"a cut of grams that round down is still one of 20 %", first(43333), 34666, 43000, []int{12, 12, 12}},
		{"40 % down is asked for, not an effect of plates", first(4000), 2400, 2000, []int{15, 15, 15}},
		{"a cut that no plate shows", first(2400), 2160, 2000, []int{14, 13, 13}},
		{"down to one set", Prescription{Grams: 1000, ShownG: 1000, Reps: []int{6, 5, 5}, DoseReps: 15}, 800, 1000, []int{5, 5, 5}},
		{"under the smallest plate", first(500), 400, 500, []int{12, 12, 12}},
		{"unchanged", first(4400), 4400, 4000, []int{15, 15, 15}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Prescribe(tt.previous, tt.exact, halfKilo, Kilogram, 3, 15)
			want := Prescription{Grams: tt.exact, ShownG: tt.shown, Reps: tt.reps, DoseReps: 15}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("prescription (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrescribeClimbsToTheNextPlate(t *testing.T) {
	p := Prescribe(Prescription{}, 4000, halfKilo, Kilogram, 3, 15)
	steps := []struct {
		exact, shown int
		reps         []int
	}{
		{4200, 4000, []int{16, 16, 16}},
		{4200, 4000, []int{16, 16, 16}}, // the same again
		{4410, 4000, []int{16, 16, 16}}, // one repetition more, however long it takes
		{4630, 4500, []int{15, 15, 15}},
		{4167, 4000, []int{15, 15, 15}},
		{3333, 4000, []int{12, 12, 12}}, // 20 % less: 3 kg would be 28 %
		{3499, 4000, []int{13, 13, 13}}, // and up again on the same weight
		{4100, 4000, []int{14, 14, 14}},
		{4300, 4000, []int{15, 15, 15}},
	}
	for _, s := range steps {
		p = Prescribe(p, s.exact, halfKilo, Kilogram, 3, 15)
		if p.ShownG != s.shown || !slices.Equal(p.Reps, s.reps) {
			t.Errorf("at %d g: %d g and %v, want %d g and %v", s.exact, p.ShownG, p.Reps, s.shown, s.reps)
		}
	}
}

func TestPrescribeAnotherDose(t *testing.T) {
	p3 := Prescribe(Prescription{}, 4000, halfKilo, Kilogram, 3, 12)
	p4 := Prescribe(p3, 4000, halfKilo, Kilogram, 3, 15)
	if p4.ShownG != 4000 || p4.Total() != 45 {
		t.Errorf("the same load with another dose: %+v", p4)
	}
	p5 := Prescribe(p4, 4333, halfKilo, Kilogram, 3, 12)
	if p5.ShownG != 4000 || p5.Total() != 39 {
		t.Errorf("a hidden step up into another dose: %+v", p5)
	}
}

func TestPrescribePounds(t *testing.T) {
	eighteen, _, err := ParseLoad("18 lb")
	if err != nil {
		t.Fatal(err)
	}
	half := Prescribe(Prescription{}, eighteen*50/100, 1, Pound, 3, 12)
	if got := FormatLoad(half.ShownG, Pound); got != "9 lb" {
		t.Errorf("half of 18 lb is shown as %s", got)
	}
	up := Prescribe(half, half.Grams*105/100, 1, Pound, 3, 12)
	if got := FormatLoad(up.ShownG, Pound); got != "9 lb" || up.Total() != 39 {
		t.Errorf("9 lb up 5 %%: %s, %v", got, up.Reps)
	}
	down := Prescribe(half, half.Grams*85/100, 1, Pound, 3, 12)
	if got := FormatLoad(down.ShownG, Pound); got != "9 lb" || down.Total() != 30 {
		t.Errorf("9 lb down 15 %%: %s, %v", got, down.Reps)
	}
	heavy := Prescribe(Prescription{}, eighteen, 5, Pound, 3, 12)
	if got := FormatLoad(heavy.ShownG, Pound); got != "15 lb" {
		t.Errorf("18 lb on plates of 5 lb is shown as %s", got)
	}
}

func TestSameWork(t *testing.T) {
	p := Prescription{Grams: 4200, ShownG: 4000, Reps: []int{12, 12, 12}}
	if !p.SameWork(Prescription{Grams: 4000, ShownG: 4000, Reps: []int{12, 12, 12}}) {
		t.Error("other exact grams alone are the same work")
	}
	for _, q := range []Prescription{
		{ShownG: 4500, Reps: []int{12, 12, 12}}, {ShownG: 4000, Reps: []int{12, 12}}, {ShownG: 4000, Reps: []int{12, 12, 11}},
	} {
		if p.SameWork(q) {
			t.Errorf("%+v is not the same work", q)
		}
	}
}

func TestRepetitionsAsLoad(t *testing.T) {
	if got := RepsLoad(36); got != 36000 {
		t.Errorf("RepsLoad(36) = %d", got)
	}
	spreads := []struct {
		total, sets int
		want        []int
	}{
		{25, 3, []int{9, 8, 8}}, {26, 3, []int{9, 9, 8}}, {24, 3, []int{8, 8, 8}}, {2, 3, []int{1, 1, 0}}, {0, 2, []int{0, 0}}, {5, 0, []int{}},
	}
	for _, tt := range spreads {
		if got := SpreadReps(tt.total, tt.sets); !slices.Equal(got, tt.want) {
			t.Errorf("SpreadReps(%d, %d) = %v, want %v", tt.total, tt.sets, got, tt.want)
		}
	}
	cuts := []struct{ total, pct, oneSet, want int }{
		{36, 100, 12, 36}, {36, 105, 12, 37}, {36, 90, 12, 32}, {36, 85, 12, 30}, {36, 80, 12, 28}, {14, 80, 12, 12}, {12, 80, 12, 12}, {10, 80, 12, 10},
	}
	for _, tt := range cuts {
		if got := CutReps(tt.total, tt.pct, tt.oneSet); got != tt.want {
			t.Errorf("CutReps(%d, %d, %d) = %d, want %d", tt.total, tt.pct, tt.oneSet, got, tt.want)
		}
	}
}
