package content

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

// edit replaces old in an embedded file and returns the new file and the line
// in which old stood.
func edit(t *testing.T, name, old, replacement string) (string, int) {
	t.Helper()
	source, err := defaults.ReadFile("default/" + name)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(source), old)
	if !found {
		t.Fatalf("%s has no %q", name, old)
	}
	return before + replacement + after, strings.Count(before, "\n") + 1
}

func write(t *testing.T, dir, name, source string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBrokenFolders edits one value at a time and expects its fault in the line
// of the edit plus off; an empty want takes any words.
func TestBrokenFolders(t *testing.T) {
	for _, test := range []struct {
		name, file, old, replacement string
		off                          int
		want                         string
	}{
		{"syntax", "protocol.yaml", "plates: {grams: 500", "plates: {grams: 500]", 0, ""},
		{"unknown key", "protocol.yaml", "plates: {grams", "plates: {kilos: 3, grams", 0, `unknown key "kilos"`},
		{"repeated key", "protocol.yaml", "doses:\n", "version: again\ndoses:\n", 0, `"version" is already in line 4`},
		{"text for a number", "protocol.yaml", "percent: 50", "percent: half", 0, `expected a whole number, not "half"`},
		{"no source", "protocol.yaml", `{percent: 50, source: "S-92"}`, "{percent: 50}", 0, "a number needs a source beside it"},
		{"first load", "protocol.yaml", "percent: 50", "percent: 70", 0, "percent must be from 50 to 60, not 70"},
		{"movement", "protocol.yaml", "movement: {from_hours: 4", "movement: {from_hours: 3", 0, "movement must not begin before 4 h"},
		{"movement late", "protocol.yaml", "until_hours: 6, source: \"S-59", "until_hours: 7, source: \"S-59", 0, "movement must end by 6 h"},
		{"gentle", "protocol.yaml", "gentle_stretch: {from_hours: 6", "gentle_stretch: {from_hours: 2", 0, "gentle_stretch must not begin before 4 h"},
		{"structured", "protocol.yaml", "structured_stretch: {from_hours: 24", "structured_stretch: {from_hours: 20", 0, "structured_stretch must not begin before 24 h"},
		{"prefer", "protocol.yaml", "prefer_hours: 5", "prefer_hours: 9", 0, "movement: expected from ≤ prefer < until"},
		{"quiet", "protocol.yaml", `from: "21:00"`, `from: "22:00"`, 0, "quiet from must be between 19:00 and 21:00, not 22:00"},
		{"release", "redflags.yaml", `H8: {hours: 72, max_hours: 72, release: clinician`, `H8: {hours: 72, max_hours: 72, release: patient`, 0, "release of H8 must be at least clinician, not patient"},
		{"morning", "protocol.yaml", `until: "08:00"`, `until: "07:00"`, 0, "quiet until must be between 08:00 and 12:00, not 07:00"},
		{"last workout", "protocol.yaml", `at: "17:00"`, `at: "18:00"`, 0, "last_workout must be between 08:00 and 17:00, not 18:00"},
		{"clock", "protocol.yaml", `at: "09:00"`, `at: "9am"`, 0, `"9am" is not a time of day such as 08:00`},
		{"phase", "protocol.yaml", "  P7: {", "  P9: {", 0, `unknown key "P9"`},
		{"every", "protocol.yaml", "every_hours: 48, source: \"S-19, S-63", "every_hours: 24, source: \"S-19, S-63", 0, "every_hours must be at least 48, not 24"},
		{"tempo", "protocol.yaml", "P5: {sets: 3, reps: 12, lift_seconds: 3", "P5: {sets: 3, reps: 12, lift_seconds: 1", 0, "lift_seconds must be at least 3, not 1"},
		{"repetitions", "protocol.yaml", "P4: {sets: 3, reps: 15", "P4: {sets: 3, reps: 8", 0, "reps must be from 15 to 20, not 8"},
		{"hold", "muscles.yaml", "hold_seconds: [30, 60]", "hold_seconds: [10, 60]", 0, "hold_seconds must be [from, to] inside 30 to 60"},
		{"load", "muscles.yaml", "load: band", "load: rope", 0, `load must be kg, band or effort, not "rope"`},
		{"side", "muscles.yaml", "sides: [left, right]", "sides: [left, middle]", 0, `a side is left or right, not "middle"`},
		{"muscle without texts", "muscles.yaml", "  piriformis:\n", "  deltoid:\n", 0, ""},
		{"graded kind", "graded.yaml", "kind: hsr", "kind: eccentric", 0, `K4 must be "hsr", not "eccentric"`},
		{"graded effort", "graded.yaml", "effort_percent: [30, 50]", "effort_percent: [30, 90]", 0, "effort_percent must be [from, to] inside 10 to 50"},
		{"graded rhythm", "graded.yaml", "every_hours: 20", "every_hours: 12", 0, "every_hours must be at least 20, not 12"},
		{"flag level", "redflags.yaml", "RF1: {level: emergency, action: stop", "RF1: {level: urgent, action: stop", 0, "level of RF1 must be at least emergency, not urgent"},
		{"symptom level", "redflags.yaml", "skin: {level: urgent", "skin: {level: none", 0, "level of skin must be at least urgent, not none"},
		{"hold hours", "redflags.yaml", "H1: {hours: 24, max_hours: 72", "H1: {hours: 2, max_hours: 72", 0, "hours must be from 24 to 72, not 2"},
		{"missing text", "en/messages.yaml", "  consent.declined: |-\n    That", "  consent.no: |-\n    That", 0, ""},
		{"placeholder", "en/messages.yaml", "Noted: {{.answer}}", "Noted: {{.reply}}", 0, `text "recorded": unknown placeholder {{.reply}}; expected one of answer, clinic, num`},
		{"template", "en/messages.yaml", "Noted: {{.answer}}", "Noted: {{.answer}", 0, ""},
		{"noun", "en/messages.yaml", `{{count .sets "set"}}`, `{{count .sets "sheep"}}`, 0, `text "dose.sets": "sheep" is not among the nouns`},
		{"harsh word", "en/messages.yaml", "That was too strong.", "That may damage you.", 0, `text "intent.STRETCH_TOO_STRONG": "damage": say "sore", "sensitive" or "catching up"`},
		{"exclamation", "en/messages.yaml", "All of it is deleted. Take", "All of it is deleted! Take", 0, `text "forget.done": no exclamation marks where pain is spoken of`},
		{"emergency number", "en/messages.yaml", "first. If it gets worse, call {{.num}}.", "first. If it gets worse, call us.", 0, `text "safety.none.refused" must keep {{.num}}`},
		{"tag", "en/cards.yaml", "A tight spot in a", "A <u>tight</u> spot in a", -3, ""},
		{"steps", "en/cards.yaml", "      - So you move less.\n", "", -2, `card "fear_cycle" must have 4 steps, not 3`},
		{"FAQ hedge", "en/faq.yaml", "Needling can calm", "Needling eases pain. It can calm", -1, ""},
		{"safety words", "en/redflags.yaml", "      - wheez*", "      - .. wheez*", 0, `".. wheez*" is not a pattern of words`},
		{"alias", "en/muscles.yaml", "aliases: [ql,", "aliases: [trap,", 0, `"trap" already names upper_trapezius`},
	} {
		t.Run(test.name, func(t *testing.T) {
			source, line := edit(t, test.file, test.old, test.replacement)
			file := write(t, t.TempDir(), test.file, source)
			faults := Check(strings.TrimSuffix(file, filepath.FromSlash(test.file)))
			place := Fault{File: file, Line: line + test.off, Problem: test.want}
			for _, f := range faults {
				if f == place || test.want == "" && f.File == place.File && f.Line == place.Line {
					return
				}
			}
			t.Errorf("no fault %s\ngot %v", place, faults)
		})
	}
}

func TestCheckReportsAllFaults(t *testing.T) {
	dir := t.TempDir()
	protocol, _ := edit(t, "protocol.yaml", "percent: 50", "percent: 70")
	protocol = strings.Replace(protocol, "from_hours: 4", "from_hours: 1", 1)
	protocol = strings.Replace(protocol, "sets: 3, reps: 15", "sets: x, reps: 3, kilos: 2", 1)
	write(t, dir, "protocol.yaml", protocol)
	messages, _ := edit(t, "en/messages.yaml", "Noted: {{.answer}}", "Well done! 3x12 {{.reply}}")
	write(t, dir, "en/messages.yaml", messages)
	write(t, dir, "en/mesages.yaml", "care: {}")
	write(t, dir, "README.md", "notes of the clinic")
	write(t, dir, ".git/config", "")
	var got []string
	for _, f := range Check(dir) {
		got = append(got, strings.TrimPrefix(f.String(), dir+"/"))
	}
	before, _, _ := strings.Cut(messages, "  recorded: ")
	line := strings.Count(before, "\n") + 1
	want := []string{
		"en/mesages.yaml:1: not a content file; expected one of protocol.yaml, graded.yaml, muscles.yaml, redflags.yaml, " +
			"en/messages.yaml, en/muscles.yaml, en/plan.yaml, en/redflags.yaml, en/faq.yaml, en/cards.yaml",
		fmt.Sprintf(`en/messages.yaml:%d: text "recorded": "3x12": write "3 sets of 12"`, line),
		fmt.Sprintf(`en/messages.yaml:%d: text "recorded": no exclamation marks where pain is spoken of`, line),
		fmt.Sprintf(`en/messages.yaml:%d: text "recorded": unknown placeholder {{.reply}}; expected one of answer, clinic, num`, line),
		"protocol.yaml:14: movement must not begin before 4 h",
		`protocol.yaml:24: expected a whole number, not "x"`,
		`protocol.yaml:24: unknown key "kilos"`,
		"protocol.yaml:30: percent must be from 50 to 60, not 70",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFolderFaults(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"protocol.yaml", "en/faq.yaml"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	empty := t.TempDir()
	write(t, empty, "protocol.yaml", "")
	list := t.TempDir()
	write(t, list, "protocol.yaml", "- a list\n")
	for _, test := range []struct {
		dir  string
		want []string
	}{
		{dir, []string{"en/faq.yaml:1: cannot be read: is a directory", "protocol.yaml:1: cannot be read: is a directory"}},
		{filepath.Join(dir, "none"), []string{":1: expected a folder with content files: no such file or directory"}},
		{write(t, t.TempDir(), "file", ""), []string{":1: expected a folder with content files"}},
		{empty, []string{"protocol.yaml:1: expected keys and values"}},
		{list, []string{"protocol.yaml:1: expected keys and values"}},
	} {
		c, faults := Load(test.dir)
		var got []string
		for _, f := range faults {
			got = append(got, strings.TrimPrefix(strings.TrimPrefix(f.String(), test.dir), "/"))
		}
		if d := cmp.Diff(test.want, got); d != "" || c != nil {
			t.Errorf("%s: %s", test.dir, d)
		}
	}
}

func TestOverride(t *testing.T) {
	dir := t.TempDir()
	messages, _ := edit(t, "en/messages.yaml", "Noted: {{.answer}}", "Thanks, {{.answer}} it is")
	write(t, dir, "en/messages.yaml", messages)
	protocol, _ := edit(t, "protocol.yaml", "percent: 50", "percent: 55")
	protocol = strings.Replace(protocol, "from_day: 14", "from_day: 20", 1)
	write(t, dir, "protocol.yaml", protocol)
	muscles, _ := edit(t, "muscles.yaml", "  piriformis:\n", "  deltoid:\n")
	write(t, dir, "muscles.yaml", strings.Replace(muscles, "blocked_by_hip_pain: true, ", "", 1))
	words, _ := edit(t, "en/muscles.yaml", "  piriformis:\n    name: piriformis\n    aliases: [piri, piriformis muscle, deep buttock]",
		"  deltoid:\n    name: deltoid\n    aliases: [delt]")
	write(t, dir, "en/muscles.yaml", words)
	c, faults := Load(dir)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	got, err := c.Text("recorded", map[string]any{"answer": 4})
	if err != nil || got != "Thanks, 4 it is." {
		t.Errorf("%q, %v", got, err)
	}
	if days := c.Protocol().Milestones; days != (rehab.Milestones{2, 20, 42, 56}) {
		t.Errorf("milestones from days %v", days)
	}
	if p := c.Protocol(); p.FirstLoadPercent != 55 || p.Muscles["deltoid"].Load == "" {
		t.Errorf("first load %d %%, deltoid %+v", p.FirstLoadPercent, p.Muscles["deltoid"])
	}
	if found := c.FindMuscle("delt"); len(found) != 1 || found[0].ID != "deltoid" {
		t.Errorf("delt finds %v", found)
	}
}

// TestEveryNumberHasASource takes away one source at a time.
func TestEveryNumberHasASource(t *testing.T) {
	sourceKey := regexp.MustCompile(`(?m), source: ("[^"]*"|[^"}]+)\}|^    source: .*$`)
	for _, name := range []string{"protocol.yaml", "graded.yaml"} {
		source, err := defaults.ReadFile("default/" + name)
		if err != nil {
			t.Fatal(err)
		}
		places := sourceKey.FindAllIndex(source, -1)
		if len(places) < 5 {
			t.Errorf("%s has %d sources", name, len(places))
		}
		for _, place := range places {
			end := ""
			if source[place[1]-1] == '}' {
				end = "}"
			}
			r := &report{}
			without := string(source[:place[0]]) + end + string(source[place[1]:])
			parseFile(name, name, []byte(without), r).checkSources(r)
			if len(r.faults) != 1 || r.faults[0].Problem != "a number needs a source beside it" {
				t.Errorf("%s without %s: %v", name, source[place[0]:place[1]], r.faults)
			}
		}
	}
}
