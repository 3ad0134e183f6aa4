package rehab

import "slices"

// Clocks and waits of the tables, in hours.
const (
	loadFloorH      = 48  // S-90, S-55, I-05: no load on a needled muscle before
	lightFloorH     = 24  // I-22, S-28: holds and light work (K1, K2) may begin
	restBetweenH    = 48  // I-26, src 8-10: loaded workouts at least this far apart
	lightRestH      = 20  // default of ours: K1 and K2 are daily
	advanceSpacingH = 168 // default of ours: a strength phase lasts at least a week
)

// NoAdvanceH stands for "never" in WorkoutInput.SinceAdvanceH and for "no
// loaded workout yet" in GateInput.SinceLoadedH, in hours.
const NoAdvanceH = 1000000

// phaseFacts is what the tables know of one phase.
type phaseFacts struct {
	track Track
	// floorH is the earliest entry in hours; a floor, never a deadline (I-07, I-22).
	floorH int
	// strength phases wait on the programme clock and for advanceSpacingH; the
	// others wait on the acute clock.
	strength bool
	loaded   bool
	greens   int // good workouts that the next phase asks for; 0 without a next phase
	rm       int // repetition maximum at which the phase begins (S-20, I-07); 0 for none
}

// phaseTable holds the timeline S-59 to S-65 with the floors of I-07, and the
// graded steps S-48 to S-53 with the floors of I-22. Greens are defaults of ours.
var phaseTable = map[Phase]phaseFacts{
	P0: {track: Standard, floorH: 0, greens: 1},
	P1: {track: Standard, floorH: 6, greens: 1},
	P2: {track: Standard, floorH: 24, greens: 1},
	P3: {track: Standard, floorH: 48, greens: 2, loaded: true},
	P4: {track: Standard, floorH: 7 * 24, greens: 3, loaded: true, strength: true, rm: 15},
	P5: {track: Standard, floorH: 14 * 24, greens: 3, loaded: true, strength: true, rm: 12},
	P6: {track: Standard, floorH: 28 * 24, greens: 3, loaded: true, strength: true, rm: 8},
	P7: {track: Standard, floorH: 56 * 24, loaded: true, strength: true},
	K1: {track: Graded, floorH: 24, greens: 2, loaded: true},
	K2: {track: Graded, floorH: 24, greens: 2, loaded: true},
	K3: {track: Graded, floorH: 48, greens: 3, loaded: true},
	K4: {track: Graded, floorH: 7 * 24, greens: 6, loaded: true, strength: true, rm: 15},
	K5: {track: Graded, floorH: 28 * 24, loaded: true, strength: true},
}

// phaseOrder is the fixed order of each track; only single steps up (S-53).
var phaseOrder = map[Track][]Phase{
	Standard: {P0, P1, P2, P3, P4, P5, P6, P7},
	Graded:   {K1, K2, K3, K4, K5},
}

// Phases returns the phases of a track in their order; none for an unknown track.
func Phases(t Track) []Phase { return slices.Clone(phaseOrder[t]) }

// Track is the track that p belongs to; empty when p is not a phase.
func (p Phase) Track() Track { return phaseTable[p].track }

// Loaded reports whether p asks the muscle to work: P3 to P7 and K1 to K5.
func (p Phase) Loaded() bool { return phaseTable[p].loaded }

// Strength reports whether p is one of P4 to P7, K4 and K5: entered on the
// programme clock, and no sooner than a week after the last such entry.
func (p Phase) Strength() bool { return phaseTable[p].strength }

// FloorH is the earliest entry into p, in hours on p's clock (I-07, I-22).
func (p Phase) FloorH() int { return phaseTable[p].floorH }

// AcuteFloorH is how many hours after a needling loaded work of p may begin:
// 24 in K1 and K2 (I-22), 48 elsewhere (S-90).
func (p Phase) AcuteFloorH() int {
	if p == K1 || p == K2 {
		return lightFloorH
	}
	return loadFloorH
}

// RestH is the shortest time in hours from one loaded workout of p to the next:
// 20 in K1 and K2, which are daily, 48 elsewhere (I-26).
func (p Phase) RestH() int {
	if p == K1 || p == K2 {
		return lightRestH
	}
	return restBetweenH
}

// GreensNeeded is how many good workouts lead out of p; 0 where nothing follows.
func (p Phase) GreensNeeded() int { return phaseTable[p].greens }

// RepetitionMax is the repetition maximum at which p begins (S-20); 0 for phases
// without one. P7 has none: it keeps the last dose (I-28).
func (p Phase) RepetitionMax() int { return phaseTable[p].rm }

// Next is the phase after p, and whether there is one.
func (p Phase) Next() (Phase, bool) {
	order := phaseOrder[p.Track()]
	i := slices.Index(order, p)
	if i < 0 || i+1 == len(order) {
		return p, false
	}
	return order[i+1], true
}

// NextOn is the phase after p on a track. The stretch windows P0 to P2 belong to
// both: behind them stands the first loaded phase of the track.
func (p Phase) NextOn(t Track) (Phase, bool) {
	if p == P2 && t == Graded {
		return K1, true
	}
	return p.Next()
}

// On reports whether p can be a phase of the track: one of its own, or one of the
// stretch windows P0 to P2, which run on both.
func (p Phase) On(t Track) bool {
	return p.Track() == t || t == Graded && !p.Loaded() && p.Track() != ""
}

// Previous is the phase before p: on both tracks the stretch window P2 stands
// before the first loaded phase. P0 stays.
func (p Phase) Previous() Phase {
	if p == K1 {
		return P2
	}
	order := phaseOrder[p.Track()]
	if i := slices.Index(order, p); i > 0 {
		return order[i-1]
	}
	return p
}

// FloorReached reports whether p may be entered at these times: acuteH hours
// since the last needling, programmeH hours since the first one.
func (p Phase) FloorReached(acuteH, programmeH int) bool {
	if p.Strength() {
		return programmeH >= p.FloorH()
	}
	return acuteH >= p.FloorH()
}
