package rehab

import "testing"

func TestPhaseFacts(t *testing.T) {
	tests := []struct {
		phase                          Phase
		track                          Track
		next, previous                 Phase
		floor, acuteFloor, rest        int
		greens, rm                     int
		loaded, strength, nothingAfter bool
	}{
		{P0, Standard, P1, P0, 0, 48, 48, 1, 0, false, false, false},
		{P1, Standard, P2, P0, 6, 48, 48, 1, 0, false, false, false},
		{P2, Standard, P3, P1, 24, 48, 48, 1, 0, false, false, false},
		{P3, Standard, P4, P2, 48, 48, 48, 2, 0, true, false, false},
		{P4, Standard, P5, P3, 168, 48, 48, 3, 15, true, true, false},
		{P5, Standard, P6, P4, 336, 48, 48, 3, 12, true, true, false},
		{P6, Standard, P7, P5, 672, 48, 48, 3, 8, true, true, false},
		{P7, Standard, P7, P6, 1344, 48, 48, 0, 0, true, true, true},
		{K1, Graded, K2, P2, 24, 24, 20, 2, 0, true, false, false},
		{K2, Graded, K3, K1, 24, 24, 20, 2, 0, true, false, false},
		{K3, Graded, K4, K2, 48, 48, 48, 3, 0, true, false, false},
		{K4, Graded, K5, K3, 168, 48, 48, 6, 15, true, true, false},
		{K5, Graded, K5, K4, 672, 48, 48, 0, 0, true, true, true},
	}
	for _, tt := range tests {
		p := tt.phase
		next, ok := p.Next()
		if p.Track() != tt.track || next != tt.next || ok == tt.nothingAfter || p.Previous() != tt.previous ||
			p.FloorH() != tt.floor || p.AcuteFloorH() != tt.acuteFloor || p.RestH() != tt.rest ||
			p.GreensNeeded() != tt.greens || p.RepetitionMax() != tt.rm || p.Loaded() != tt.loaded || p.Strength() != tt.strength {
			t.Errorf("%s: track %s, next %s %v, previous %s, floor %d, acute floor %d, rest %d, greens %d, rm %d, loaded %v, strength %v",
				p, p.Track(), next, ok, p.Previous(), p.FloorH(), p.AcuteFloorH(), p.RestH(), p.GreensNeeded(), p.RepetitionMax(), p.Loaded(), p.Strength())
		}
	}
	if len(tests) != len(Phases(Standard))+len(Phases(Graded)) || len(tests) != len(phaseTable) {
		t.Error("a phase is not in the table above")
	}
}

func TestUnknownPhase(t *testing.T) {
	p := Phase("P9")
	next, ok := p.Next()
	if p.Track() != "" || p.Loaded() || ok || next != p || p.Previous() != p {
		t.Errorf("an unknown phase: track %q, next %s %v", p.Track(), next, ok)
	}
}
