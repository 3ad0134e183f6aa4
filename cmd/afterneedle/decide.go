package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"afterneedle/rehab"
)

// runDecide answers each line of in, one JSON object that asks one of the
// decision tables, with one JSON object on out, in the same order. A faulty line
// is answered with {"error":"line N: ..."} and the run goes on; faulty reports
// whether there was one. err is a failure to read or write.
func runDecide(in io.Reader, out io.Writer) (faulty bool, err error) {
	reader, writer := bufio.NewReader(in), bufio.NewWriter(out)
	answers := json.NewEncoder(writer)
	answers.SetEscapeHTML(false)
	for n := 1; ; n++ {
		line, readErr := reader.ReadBytes('\n')
		if readErr != nil && readErr != io.EOF {
			return faulty, errors.Join(fmt.Errorf("reading line %d: %w", n, readErr), writer.Flush())
		}
		if len(line) == 0 {
			return faulty, writer.Flush()
		}
		answer, fault := answerLine(line)
		if fault != nil {
			faulty = true
			answer = faultyLine{Error: fmt.Sprintf("line %d: %v", n, fault)}
		}
		if err := answers.Encode(answer); err != nil {
			return faulty, fmt.Errorf("writing the answer to line %d: %w", n, err)
		}
		// Someone who asks line by line waits for the answer.
		if reader.Buffered() == 0 {
			if err := writer.Flush(); err != nil {
				return faulty, fmt.Errorf("writing the answer to line %d: %w", n, err)
			}
		}
	}
}

type faultyLine struct {
	Error string `json:"error"`
}

// tables are the questions that a line may ask, by its kind.
var tables = map[string]func(*fields) (any, error){
	"workout":    askWorkout,
	"gate":       askGate,
	"stretch":    askStretch,
	"layoff":     askLayoff,
	"entry_load": askEntryLoad,
}

func answerLine(line []byte) (any, error) {
	f, err := readFields(line)
	if err != nil {
		return nil, err
	}
	kind := choice(f, "kind", "workout", "workout", "gate", "stretch", "layoff", "entry_load")
	if f.err != nil {
		return nil, f.err
	}
	return tables[kind](f)
}

func askWorkout(f *fields) (any, error) {
	in := rehab.WorkoutInput{
		Track:           choice(f, "track", rehab.Standard, rehab.Standard, rehab.Graded),
		Phase:           choice(f, "phase", required, allPhases...),
		AcuteH:          f.count("acute_h"),
		ProgrammeH:      f.count("programme_h"),
		LoadG:           f.count("load_g"),
		EntryLoadG:      f.count("entry_load_g"),
		Min7LoadG:       f.count("min7_load_g"),
		Before:          f.pain("pain_before", rehab.PainUnknown),
		After:           f.pain("pain_after", rehab.PainUnknown),
		TwoHour:         f.pain("pain_2h", rehab.PainUnknown),
		Next:            f.pain("pain_next", rehab.PainUnknown),
		NextPrevents:    f.yes("next_prevents"),
		Status:          choice(f, "status", rehab.Done, statuses...),
		Quality:         choice(f, "quality", rehab.Dull, rehab.Dull, rehab.Sharp, rehab.Radiating),
		Flag:            f.flag(),
		HoldH:           f.countOr("hold_h", 0),
		NeedsClearance:  f.yes("hold_needs_clearance"),
		Greens:          f.countOr("greens", 0),
		Reds:            f.countOr("reds", 0),
		Reds20:          f.countOr("reds20", 0),
		Silent:          f.countOr("silent", 0),
		FearSkips:       f.countOr("fear_skips", 0),
		Reserve2:        f.yes("reserve2"),
		ReferenceBefore: f.pain("reference_before", defaultReference),
		FearedHappened:  f.yes("feared_happened"),
		SinceAdvanceH:   f.countOr("since_advance_h", rehab.NoAdvanceH),
	}
	if err := f.done(); err != nil {
		return nil, err
	}
	if !in.Phase.On(in.Track) {
		return nil, fmt.Errorf("phase %s does not belong to the %s track: expected %s",
			in.Phase, in.Track, listed(rehab.Phases(in.Track)))
	}
	return rehab.Decide(in), nil
}

func askGate(f *fields) (any, error) {
	in := rehab.GateInput{
		Before:         f.pain("pain_before", rehab.PainUnknown),
		Flag:           f.flag(),
		HoldH:          f.countOr("hold_h", 0),
		NeedsClearance: f.yes("hold_needs_clearance"),
		Phase:          choice(f, "phase", rehab.P4, allPhases...),
		AcuteH:         f.countOr("acute_h", defaultAcuteH),
		SinceLoadedH:   f.countOr("since_loaded_h", rehab.NoAdvanceH),
		LastBefore:     f.pain("last_before", rehab.PainUnknown),
	}
	if err := f.done(); err != nil {
		return nil, err
	}
	return rehab.Gate(in), nil
}

func askStretch(f *fields) (any, error) {
	in := rehab.StretchInput{
		Feel:   f.pain("feel", rehab.PainUnknown),
		Window: choice(f, "window", required, rehab.P1, rehab.P2),
		Sharp:  f.yes("sharp"),
	}
	if err := f.done(); err != nil {
		return nil, err
	}
	return rehab.JudgeStretch(in), nil
}

func askLayoff(f *fields) (any, error) {
	days := f.count("days")
	if err := f.done(); err != nil {
		return nil, err
	}
	return rehab.Layoff(days), nil
}

type entryLoadAnswer struct {
	LoadG  int    `json:"load_g"`
	Reason string `json:"reason"`
}

func askEntryLoad(f *fields) (any, error) {
	load, from, to, min7 := f.count("load_g"), f.repMax("rm_from"), f.repMax("rm_to"), f.count("min7_load_g")
	if err := f.done(); err != nil {
		return nil, err
	}
	return entryLoadAnswer{
		LoadG:  rehab.EntryLoad(load, from, to, min7),
		Reason: rehab.ExplainEntryLoad(load, from, to, min7),
	}, nil
}

// What a line that leaves a field out means by it, where the tables have no
// default of their own.
const (
	defaultReference rehab.PainScore = 2
	defaultAcuteH    int             = 240
)

var (
	allPhases = slices.Concat(rehab.Phases(rehab.Standard), rehab.Phases(rehab.Graded))
	statuses  = []rehab.Status{
		rehab.Done, rehab.PartialPain, rehab.PartialOther,
		rehab.SkipPain, rehab.SkipFear, rehab.SkipOther, rehab.NoReply,
	}
	repMaxes = []int{15, 12, 10, 8, 6}
)

func (f *fields) flag() rehab.Flag {
	return choice(f, "flag", rehab.FlagNone, rehab.FlagNone, rehab.FlagUrgent, rehab.FlagEmergency)
}

// repMax is a required repetition maximum.
func (f *fields) repMax(name string) int {
	rm := f.count(name)
	if f.err == nil && !slices.Contains(repMaxes, rm) {
		f.fail("%q must be one of %s, not %d", name, listed(repMaxes), rm)
	}
	return rm
}
