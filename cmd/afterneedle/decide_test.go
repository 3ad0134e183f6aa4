package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// goldenCase is one worked example: what is asked and what must come back.
type goldenCase struct {
	Kind string         `json:"kind"`
	ID   string         `json:"id"`
	In   map[string]any `json:"in"`
	Out  map[string]any `json:"out"`
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	file, err := os.Open("testdata/golden.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var cases []goldenCase
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var c goldenCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

func (c goldenCase) line(t testing.TB) string {
	t.Helper()
	question := map[string]any{"kind": c.Kind}
	maps.Copy(question, c.In)
	line, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

func runLines(t testing.TB, input string) (lines []string, faulty bool) {
	t.Helper()
	var out bytes.Buffer
	faulty, err := runDecide(strings.NewReader(input), &out)
	if err != nil {
		t.Fatalf("runDecide: %v", err)
	}
	if out.Len() == 0 {
		return nil, faulty
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), faulty
}

func TestGolden(t *testing.T) {
	cases := goldenCases(t)
	var input strings.Builder
	for _, c := range cases {
		input.WriteString(c.line(t) + "\n")
	}
	answers, faulty := runLines(t, input.String())
	if faulty || len(answers) != len(cases) {
		t.Fatalf("faulty %v, %d answers to %d questions", faulty, len(answers), len(cases))
	}
	for i, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			var got map[string]any
			if err := json.Unmarshal([]byte(answers[i]), &got); err != nil {
				t.Fatal(err)
			}
			if reason, _ := got["reason"].(string); !strings.HasSuffix(reason, ".") {
				t.Errorf("reason %q is not a sentence", got["reason"])
			}
			delete(got, "reason")
			if diff := cmp.Diff(c.Out, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

const workoutFields = `"acute_h":240,"programme_h":240,"load_g":40000,"entry_load_g":40000,"min7_load_g":40000`
const goodWorkout = `{"phase":"P4",` + workoutFields + `}`

func TestKeysComeInOrder(t *testing.T) {
	for question, want := range map[string]string{
		goodWorkout:                        "load_pct next_load_g action permit clearance hold_h alert next_phase intent rules reason",
		`{"kind":"gate"}`:                  "offer alert intent reason",
		`{"kind":"stretch","window":"P1"}`: "target action alert intent reason",
		`{"kind":"layoff","days":7}`:       "load_pct regress_steps clearance alert reason",
		`{"kind":"entry_load","load_g":1,"rm_from":15,"rm_to":12,"min7_load_g":1}`: "load_g reason",
	} {
		answers, _ := runLines(t, question)
		if got := strings.Join(keys(t, answers[0]), " "); got != want {
			t.Errorf("%s\n got keys %s\nwant keys %s", question, got, want)
		}
	}
}

// keys are the names of a flat object in their order; lists are skipped.
func keys(t testing.TB, object string) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	var names []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		names = append(names, name.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%s: %v", object, err)
		}
	}
	return names
}

func TestFaultyLines(t *testing.T) {
	workout := func(more string) string { return `{"phase":"P4",` + workoutFields + `,` + more + `}` }
	tests := []struct{ name, line, says string }{
		{"blank", "", "empty"},
		{"spaces", "  \t\r", "empty"},
		{"no JSON", "hello", "not valid JSON"},
		{"byte order mark", "\ufeff" + goodWorkout, "not valid JSON"},
		{"cut short", `{"phase":"P4"`, "not valid JSON"},
		{"trailing comma", `{"phase":"P4",}`, "not valid JSON"},
		{"trailing garbage", goodWorkout + " x", "not valid JSON"},
		{"two objects", goodWorkout + goodWorkout, "not valid JSON"},
		{"list", "[" + goodWorkout + "]", "not a JSON object"},
		{"word", `"P4"`, "not a JSON object"},
		{"number", `7`, "not a JSON object"},
		{"null line", "null", "not a JSON object"},
		{"invalid UTF-8", "{\"phase\":\"P4\xff\"}", "UTF-8"},
		{"empty object", `{}`, `missing field "phase"`},
		{"unknown field", workout(`"x":1`), `unknown field "x"`},
		{"field of another kind", workout(`"feel":1`), `unknown field "feel"`},
		{"name in capitals", `{"Phase":"P4",` + workoutFields + `}`, `unknown field "Phase"`},
		{"id is unknown", workout(`"id":"G01"`), `unknown field "id"`},
		{"misspelt required field", `{"phse":"P4",` + workoutFields + `}`, `unknown field "phse"`},
		{"duplicate", workout(`"greens":1,"greens":1`), `duplicate field "greens"`},
		{"duplicate behind an escape", workout(`"\u0070hase":"P4"`), `duplicate field "phase"`},
		{"null", workout(`"pain_2h":null`), `"pain_2h" is null`},
		{"null kind", `{"kind":null}`, `"kind" is null`},
		{"list as value", workout(`"greens":[1]`), `"greens" is a list`},
		{"object as value", workout(`"greens":{}`), `"greens" is a list or an object`},
		{"unknown kind", `{"kind":"gates"}`, `"kind" must be one of`},
		{"number as kind", `{"kind":1}`, `"kind" must be one of`},
		{"unknown status", workout(`"status":"Done"`), `"status" must be one of`},
		{"unknown quality", workout(`"quality":""`), `"quality" must be one of`},
		{"unknown flag", workout(`"flag":"red"`), `"flag" must be one of`},
		{"unknown phase", `{"phase":"P8",` + workoutFields + `}`, `"phase" must be one of P0,`},
		{"number as phase", `{"phase":4,` + workoutFields + `}`, `"phase" must be one of`},
		{"phase of the other track", `{"phase":"K1",` + workoutFields + `}`, "phase K1 does not belong to the standard track"},
		{"strength phase with the graded track", `{"track":"graded","phase":"P3",` + workoutFields + `}`, "phase P3 does not belong to the graded track"},
		{"pain above 10", workout(`"pain_after":11`), `"pain_after" must be a whole number from 0 to 10, not 11`},
		{"reference above 10", workout(`"reference_before":11`), `"reference_before" must be`},
		{"whole with decimals", workout(`"pain_after":2.0`), `not 2.0`},
		{"exponent", workout(`"pain_after":2e0`), `not 2e0`},
		{"negative", workout(`"greens":-1`), `not -1`},
		{"negative zero", workout(`"greens":-0`), `not -0`},
		{"number in quotes", workout(`"pain_after":"2"`), `not "2"`},
		{"too large", workout(`"hold_h":1000000000000001`), `"hold_h" must be`},
		{"far too large", workout(`"greens":` + strings.Repeat("9", 5000)), "..."},
		{"yes in quotes", workout(`"reserve2":"true"`), `"reserve2" must be true or false`},
		{"yes as number", workout(`"reserve2":1`), `"reserve2" must be true or false`},
		{"missing load", `{"phase":"P4","acute_h":1,"programme_h":1}`, `missing field "load_g"`},
		{"gate with bad pain", `{"kind":"gate","pain_before":12}`, `"pain_before" must be`},
		{"gate with a load", `{"kind":"gate","load_g":1}`, `unknown field "load_g"`},
		{"stretch without window", `{"kind":"stretch","feel":3}`, `missing field "window"`},
		{"stretch in P3", `{"kind":"stretch","feel":3,"window":"P3"}`, `"window" must be one of P1, P2`},
		{"layoff without days", `{"kind":"layoff"}`, `missing field "days"`},
		{"repetition maximum between", `{"kind":"entry_load","load_g":1,"rm_from":15,"rm_to":11,"min7_load_g":1}`, `"rm_to" must be one of 15, 12, 10, 8, 6, not 11`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answers, faulty := runLines(t, goodWorkout+"\n"+tt.line+"\n"+goodWorkout)
			if !faulty || len(answers) != 3 {
				t.Fatalf("faulty %v, answers %q", faulty, answers)
			}
			var fault map[string]string
			if err := json.Unmarshal([]byte(answers[1]), &fault); err != nil || len(fault) != 1 {
				t.Fatalf("%s: %v", answers[1], err)
			}
			if !strings.HasPrefix(fault["error"], "line 2: ") || !strings.Contains(fault["error"], tt.says) {
				t.Errorf("error %q, want line 2 and %q", fault["error"], tt.says)
			}
			if strings.ContainsAny(fault["error"], "\n\r") || len(fault["error"]) > 250 {
				t.Errorf("error %q is not one clear line", fault["error"])
			}
			if answers[0] != answers[2] || strings.Contains(answers[0], "error") {
				t.Errorf("the lines around it were answered with %s and %s", answers[0], answers[2])
			}
		})
	}
}

func TestPhysicalLines(t *testing.T) {
	tests := []struct {
		name, input string
		answers     int
		faulty      bool
	}{
		{"nothing", "", 0, false},
		{"one blank line", "\n", 1, true},
		{"with a newline at the end", goodWorkout + "\n", 1, false},
		{"without", goodWorkout, 1, false},
		{"Windows line ends", goodWorkout + "\r\n" + goodWorkout + "\r\n", 2, false},
		{"blank last line", goodWorkout + "\n\n", 2, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answers, faulty := runLines(t, tt.input)
			if len(answers) != tt.answers || faulty != tt.faulty {
				t.Errorf("%d answers, faulty %v; want %d, %v", len(answers), faulty, tt.answers, tt.faulty)
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	padded := `{"phase":"P4",` + strings.Repeat(" ", 1<<20) + workoutFields + `}`
	answers, faulty := runLines(t, padded+"\n"+goodWorkout)
	if faulty || answers[0] != answers[1] {
		t.Errorf("a long line was answered with %.200s", answers[0])
	}
}

func TestLargestNumbersDoNotOverflow(t *testing.T) {
	const most = "1000000000000000"
	answers, faulty := runLines(t, strings.Join([]string{
		`{"phase":"P4","acute_h":` + most + `,"programme_h":300,"load_g":` + most + `,"entry_load_g":` + most + `,"min7_load_g":` + most +
			`,"pain_before":1,"pain_after":1,"pain_2h":1,"pain_next":1,"greens":1,"reserve2":true}`,
		`{"kind":"entry_load","load_g":` + most + `,"rm_from":15,"rm_to":6,"min7_load_g":` + most + `}`,
	}, "\n"))
	if faulty || !strings.Contains(answers[0], `"next_load_g":1050000000000000,`) || !strings.Contains(answers[1], `"load_g":1100000000000000,`) {
		t.Errorf("answers %q", answers)
	}
}

func TestEveryAnswerComesBeforeTheNextQuestion(t *testing.T) {
	questions, ask := io.Pipe()
	answers, reply := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := runDecide(questions, reply)
		ended <- err
	}()
	reader := bufio.NewReader(answers)
	for range 3 {
		if _, err := io.WriteString(ask, goodWorkout+"\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := reader.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	ask.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestStreamFailures(t *testing.T) {
	if _, err := runDecide(strings.NewReader(goodWorkout), fullDisk{}); err == nil {
		t.Error("a failed write went unnoticed")
	}
	var out bytes.Buffer
	broken := io.MultiReader(strings.NewReader(goodWorkout+"\n{"), iotest.ErrReader(errors.New("gone")))
	if _, err := runDecide(broken, &out); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a failed read gave %v", err)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 1 {
		t.Errorf("%d answers before the failed read, want 1", lines)
	}
}

// FuzzDecide: whatever comes in, each physical line has one answer, either a
// full one or an error that names the line.
func FuzzDecide(f *testing.F) {
	full := map[string]bool{"error": true}
	for _, c := range goldenCases(f) {
		line := c.line(f)
		f.Add(line)
		answers, _ := runLines(f, line)
		full[strings.Join(keys(f, answers[0]), " ")] = true
	}
	f.Add(goodWorkout + "\n\n{}\nnull\n")
	f.Fuzz(func(t *testing.T, input string) {
		want := strings.Count(input, "\n")
		if input != "" && !strings.HasSuffix(input, "\n") {
			want++
		}
		answers, faulty := runLines(t, input)
		if len(answers) != want {
			t.Fatalf("%d answers to %d lines", len(answers), want)
		}
		anyFault := false
		for _, answer := range answers {
			names := strings.Join(keys(t, answer), " ")
			if !full[names] {
				t.Errorf("answer with the keys %s", names)
			}
			anyFault = anyFault || names == "error"
		}
		if anyFault != faulty {
			t.Errorf("faulty is %v", faulty)
		}
	})
}
