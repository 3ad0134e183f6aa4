package bot

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/content"
	"afterneedle/rehab"
)

const importHead = "name,muscle,side,needled at,load\n"

func berlin() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}

// reader is one for Wednesday, 4 March 2026, 14:30 in Berlin, with a patient
// called Zoe.
func reader(texts *content.Content) *importReader {
	zone := berlin()
	return &importReader{
		now: time.Date(2026, 3, 4, 14, 30, 0, 0, zone), zone: zone, find: texts.FindMuscle,
		taken: func(name string) bool { return folded(name) == "zoe" }, folded: folded,
	}
}

// told is what was read, in a few words.
func told(people []newcomer, faults []lineFault, refused *lineFault) string {
	var lines []string
	if refused != nil {
		lines = append(lines, "refused: "+refused.key)
	}
	for _, p := range people {
		line := p.Name + " " + p.At.In(berlin()).Format("01-02 15:04")
		for _, on := range p.Targets {
			line += fmt.Sprintf(" %s %s %d%s", on.Muscle, on.Side, on.G, on.Unit)
		}
		lines = append(lines, line)
	}
	for _, f := range faults {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s", f.line, strings.TrimPrefix(f.key, "import."), f.value)))
	}
	return strings.Join(lines, "\n")
}

func TestImportFiles(t *testing.T) {
	texts := loaded(t)
	const ana = "Ana 03-02 14:30 quadratus_lumborum left 8000kg"
	for name, test := range map[string]struct{ file, want string }{
		"plain":             {importHead + "Ana,ql,left,2026-03-02 14:30,8 kg\n", ana},
		"no last newline":   {importHead + "Ana,ql,left,2026-03-02 14:30,8 kg", ana},
		"windows lines":     {"name,muscle,side,needled at,load\r\nAna,ql,left,2026-03-02 14:30,8 kg\r\n", ana},
		"byte order mark":   {"\ufeff" + importHead + "Ana,ql,left,2026-03-02 14:30,8 kg\n", ana},
		"quoted":            {"\"name\",\"muscle\",\"side\",\"needled at\",\"load\"\n\"Ana\", \"ql\",\"left\",\"2026-03-02 14:30\",\"8 kg\"\n", ana},
		"any order":         {"LOAD, Needled_At ,side,Muscle,Name\n8 kg,2026-03-02 14:30,Left,QL,  Ana \n", ana},
		"semicolons":        {"name;muscle;side;needled at;load\nAna;ql;left;2026-03-02T14:30:00;8,0 kg\n", ana},
		"dots in the date":  {importHead + "Ana,ql,left,2.3.2026 14:30,8 kg\n", ana},
		"with an offset":    {importHead + "Ana,ql,left,2026-03-02T13:30:00Z,8 kg\n", ana},
		"as in a session":   {importHead + "Ana,ql,left,2h ago,8 kg\n", "Ana 03-04 12:30 quadratus_lumborum left 8000kg"},
		"decimal comma":     {importHead + "Ana,ql,left,2026-03-02 14:30,\"7,5 kg\"\n", "Ana 03-02 14:30 quadratus_lumborum left 7500kg"},
		"pounds":            {importHead + "Ana,ql,left,2026-03-02 14:30,18 lb\n", "Ana 03-02 14:30 quadratus_lumborum left 8165lb"},
		"no load":           {importHead + "Ana,ql,left,2026-03-02 14:30,\n", "Ana 03-02 14:30 quadratus_lumborum left 0"},
		"both sides":        {importHead + "Ana,ql,both,2026-03-02 14:30,\n", "Ana 03-02 14:30 quadratus_lumborum left 0 quadratus_lumborum right 0"},
		"empty lines":       {importHead + "\n,,,,\nAna,ql,left,2026-03-02 14:30,8 kg\n\n , , , , \n", ana},
		"line in a name":    {importHead + "\"An\na\",ql,left,2026-03-02 14:30,8 kg\nAna,ql,left,2026-03-02 14:30,8 kg\n", "An a 03-02 14:30 quadratus_lumborum left 8000kg\n" + ana},
		"two muscles":       {importHead + "Ana,ql,left,2026-03-02 14:30,8 kg\nBea,ql,left,2026-03-02 14:30,\nana,piriformis,left,2026-03-02 14:30,\n", ana + " piriformis left 0\nBea 03-02 14:30 quadratus_lumborum left 0"},
		"only a head":       {importHead, ""},
		"nothing":           {"", "refused: import.header"},
		"no head":           {"Ana,ql,left,2026-03-02 14:30,8 kg\n", "refused: import.header"},
		"a column too few":  {"name,muscle,side,needled at\n", "refused: import.header"},
		"a column too many": {"name,muscle,side,needled at,load,phone\n", "refused: import.header"},
		"a column twice":    {"name,muscle,side,needled at,load,Name\n", "refused: import.header"},
		"tabs":              {"name\tmuscle\tside\tneedled at\tload\n", "refused: import.header"},
		"an open quotation": {"\"name,muscle,side,needled at,load\n", "refused: import.header"},
		"latin 1":           {importHead + "Jos\xe9,ql,left,2026-03-02 14:30,8 kg\n", "refused: import.encoding"},
		"utf-16":            {"\xff\xfen\x00a\x00m\x00e\x00", "refused: import.encoding"},
		"a picture":         {"\x89PNG\r\n\x1a\n\x00\x00", "refused: import.encoding"},
		"2001 lines":        {importHead + strings.Repeat("Ana,x,left,now,\n", 2001), "refused: import.many"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, told(reader(texts).read([]byte(test.file)))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestImportFaults(t *testing.T) {
	texts := loaded(t)
	const ana = "Ana,ql,left,2026-03-02 14:30,8 kg\n"
	for name, test := range map[string]struct{ lines, want string }{
		"no name":                             {",ql,left,now,8 kg\n", "2 name"},
		"long name":                           {strings.Repeat("x", 41) + ",ql,left,now,8 kg\n", "2 name " + strings.Repeat("x", 41)},
		"name with a comma":                   {"\"Ana, B\",ql,left,now,8 kg\n", "2 name Ana, B"},
		"name like a command":                 {"/start,ql,left,now,8 kg\n", "2 name /start"},
		"name with a tag":                     {"<b>,ql,left,now,8 kg\n", "2 name <b>"},
		"invisible name":                      {"\u200b,ql,left,now,8 kg\n", "2 name \u200b"},
		"taken":                               {"ZOE,ql,left,now,8 kg\n", "2 taken ZOE"},
		"taken and faulty":                    {"Zoe,elbow,left,now,8 kg\nzoe,ql,left,now,8 kg\n", "2 taken Zoe\n2 muscle elbow\n3 other_line 2"},
		"no muscle":                           {"Ana,,left,now,8 kg\n", "2 muscle"},
		"unknown muscle":                      {"Ana,biceps,left,now,8 kg\n", "2 muscle biceps"},
		"ambiguous muscle":                    {"Ana,l,left,now,8 kg\n", "2 muscle l"},
		"no side":                             {"Ana,ql,,now,8 kg\n", "2 side"},
		"unknown side":                        {"Ana,ql,middle,now,8 kg\n", "2 side middle"},
		"no time":                             {"Ana,ql,left,,8 kg\n", "2 when"},
		"a day alone":                         {"Ana,ql,left,2026-03-02,8 kg\n", "2 when 2026-03-02"},
		"a day that is not":                   {"Ana,ql,left,2026-02-30 10:00,8 kg\n", "2 when 2026-02-30 10:00"},
		"a time that is not":                  {"Ana,ql,left,2026-02-20 24:00,8 kg\n", "2 when 2026-02-20 24:00"},
		"month first":                         {"Ana,ql,left,03/02/2026 14:30,8 kg\n", "2 when 03/02/2026 14:30"},
		"future":                              {"Ana,ql,left,2026-03-04 14:31,8 kg\n", "2 future 2026-03-04 14:31"},
		"just not too old":                    {"Ana,ql,left,2025-12-10 14:30,8 kg\n", "Ana 12-10 14:30 quadratus_lumborum left 8000kg"},
		"too old":                             {"Ana,ql,left,2025-12-10 14:29,8 kg\n", "2 old 2025-12-10 14:29"},
		"load without a unit":                 {"Ana,ql,left,now,8\n", "2 load 8"},
		"load of 0":                           {"Ana,ql,left,now,0 kg\n", "2 load 0 kg"},
		"load of 900 kg":                      {"Ana,ql,left,now,900 kg\n", "2 load 900 kg"},
		"words for a load":                    {"Ana,ql,left,now,heavy\n", "2 load heavy"},
		"a field too few":                     {"Ana,ql,left,now\n", "2 fields 4"},
		"a field too many":                    {"Ana,ql,left,now,7,5 kg\n", "2 fields 6"},
		"a stray quotation":                   {"A\"na,ql,left,now,8 kg\n" + ana, "2 quotes"},
		"an open quotation":                   {ana + "\"Bea,ql,left,now,8 kg\n", "3 quotes"},
		"an open quotation and lines behind":  {ana + "\"Bea,ql,left,now,8 kg\n" + ana + ana, "3 quotes.open 5"},
		"the same twice":                      {ana + ana, "2 other_line 3\n3 twice Ana"},
		"both and one":                        {"Ana,ql,both,now,\nAna,ql,left,now,\n", "2 other_line 3\n3 twice Ana"},
		"two sittings":                        {ana + "Ana,piriformis,left,2026-03-03 14:30,\n", "2 other_line 3\n3 other_time 2"},
		"accents":                             {"Jose\u0301,ql,left,2026-03-02 14:30,\nJOS\u00c9,ql,left,2026-03-02 14:30,\n", "2 other_line 3\n3 twice Jose\u0301"},
		"one of two muscles":                  {ana + "Ana,elbow,left,2026-03-02 14:30,\nBea,ql,right,2026-03-02 14:30,\n", "Bea 03-02 14:30 quadratus_lumborum right 0\n2 other_line 3\n3 muscle elbow"},
		"lines are counted as an editor does": {"\n\"Bea\n\",elbow,left,now,\n\nCem,elbow,left,now,\n", "3 muscle elbow\n6 muscle elbow"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, told(reader(texts).read([]byte(importHead+test.lines)))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestGuardedCells keeps formulas out of what a clinician opens.
func TestGuardedCells(t *testing.T) {
	names := []string{"Ana", "=1+1", "+49", "-x", "@me", "a=b", `"q"; x`}
	var links [][2]string
	for _, name := range names {
		links = append(links, [2]string{name, "https://t.me/b?start=x"})
	}
	raw, err := invited(links)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, r := range rows[1:] {
		got = append(got, r[0])
	}
	want := []string{"Ana", "'=1+1", "'+49", "'-x", "'@me", "a=b", `"q"; x`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzImport reads anything at all: what comes out is good enough to be saved,
// and every line is either of a patient or at fault.
func FuzzImport(f *testing.F) {
	texts, faults := content.Load("")
	if len(faults) > 0 {
		f.Fatal(faults[0])
	}
	for _, seed := range []string{
		"", importHead, importHead + "Ana,ql,left,2026-03-02 14:30,8 kg\nAna,piriformis,both,2026-03-02 14:30,\n",
		"\ufeffload;name;side;muscle;needled at\n\"7,5 kg\";\"A \"\"b\"\"\";right;upper trap;2h ago\n;;;;\n", importHead + "\"Ana,ql\n",
		importHead + "Zoe,ql,left,now,8 kg\nzoe,l,up,25:00,0 kg\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reader(texts)
		people, faults, refused := r.read(data)
		if refused != nil && len(people)+len(faults) > 0 {
			t.Fatalf("refused and read: %s", told(people, faults, refused))
		}
		names := map[string]bool{}
		for _, p := range people {
			seen := map[rehab.NeedledTarget]bool{}
			for _, on := range p.Targets {
				if seen[on.target()] || on.G < 0 || on.G > 300_000 || len(texts.FindMuscle(on.Muscle)) != 1 {
					t.Fatalf("%s: %+v", p.Name, on)
				}
				seen[on.target()] = true
			}
			if names[folded(p.Name)] || !validName(p.Name) || r.taken(p.Name) || len(seen) == 0 ||
				p.At.After(r.now) || r.now.Sub(p.At) > oldestNeedling {
				t.Fatalf("%+v", p)
			}
			names[folded(p.Name)] = true
		}
		last := 0
		for _, fault := range faults {
			if fault.line < 2 || fault.line < last || texts.Kind(fault.key) == "" {
				t.Fatalf("%+v", fault)
			}
			last = fault.line
		}
	})
}
