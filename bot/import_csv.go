package bot

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"afterneedle/content"
	"afterneedle/rehab"
)

// Limits of a file of patients; defaults of ours.
const (
	importBytes = 1 << 20
	importLines = 2000
)

// newcomer is a patient out of a file, with everything that was needled in one
// sitting.
type newcomer struct {
	Name    string       `json:"name"`
	At      time.Time    `json:"at"`
	Targets []importedOn `json:"targets"`
}

// importedOn is one muscle on one side, with what the patient usually lifts there.
type importedOn struct {
	Muscle string     `json:"muscle"`
	Side   rehab.Side `json:"side"`
	G      int        `json:"g,omitempty"`
	Unit   rehab.Unit `json:"unit,omitempty"`
}

func (o importedOn) target() rehab.NeedledTarget {
	return rehab.NeedledTarget{Muscle: o.Muscle, Side: o.Side}
}

// lineFault says what is wrong with a line of a file: the key of a text, and the
// cell that it is about.
type lineFault struct {
	line  int
	key   string
	value string
}

// importReader reads a file of patients. It knows the clinic only by what is
// handed to it.
type importReader struct {
	now    time.Time
	zone   *time.Location
	find   func(muscle string) []content.Muscle
	taken  func(name string) bool
	folded func(name string) string // names that count as the same are equal in it

	groups []*group
	byName map[string]*group
	faults []lineFault
	broken bool // a line is no CSV, and nobody knows whose it is
}

// group are the lines about one patient.
type group struct {
	newcomer
	lines  []int // those without a fault of their own
	first  int
	faulty int // a line with a fault, 0 for none
}

// importColumns are the columns that a file must have, in the order in which they
// are named to people.
var importColumns = []string{"name", "muscle", "side", "needled at", "load"}

// read returns the patients of a file who can be imported, and every faulty line.
// A file that is no such table at all is refused with a single fault. Of a
// patient with a faulty line nothing is imported, and of nobody when a line cannot
// be parted into cells.
func (r *importReader) read(data []byte) (people []newcomer, faults []lineFault, refused *lineFault) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, nil, &lineFault{key: "import.encoding"}
	}
	in := csv.NewReader(bytes.NewReader(data))
	in.Comma, in.FieldsPerRecord, in.TrimLeadingSpace = delimiter(data), -1, true
	head, err := in.Read()
	columns, ok := columnsOf(head)
	if err != nil || !ok {
		return nil, nil, &lineFault{key: "import.header"}
	}
	r.byName = map[string]*group{}
	for lines := 0; ; lines++ {
		record, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			people, faults = r.result()
			return people, faults, nil
		case lines == importLines:
			return nil, nil, &lineFault{key: "import.many"}
		case err != nil:
			r.brokenLine(err)
		case len(strings.TrimSpace(strings.Join(record, ""))) == 0:
		default:
			line, _ := in.FieldPos(0)
			r.line(line, record, columns)
		}
	}
}

// delimiter is the one of comma and semicolon that the first line has more of.
func delimiter(data []byte) rune {
	head, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	if bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		return ';'
	}
	return ','
}

// columnsOf says in which field each column stands; false unless every column is
// there once, and no other.
func columnsOf(head []string) (columns map[string]int, ok bool) {
	columns = map[string]int{}
	for i, cell := range head {
		name := strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(cell, "_", " ")), " "))
		if _, twice := columns[name]; twice || !slices.Contains(importColumns, name) {
			return nil, false
		}
		columns[name] = i
	}
	return columns, len(columns) == len(importColumns)
}

// brokenLine notes a line that is no CSV, and those behind it that an open quotation
// has swallowed.
func (r *importReader) brokenLine(err error) {
	broken, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return
	}
	r.broken = true
	if broken.Line > broken.StartLine {
		r.fault(broken.StartLine, "import.quotes.open", strconv.Itoa(broken.Line))
		return
	}
	r.fault(broken.StartLine, "import.quotes", "")
}

func (r *importReader) fault(line int, key, value string) {
	r.faults = append(r.faults, lineFault{line, key, value})
}

// line reads one line and adds it to its patient.
func (r *importReader) line(line int, record []string, columns map[string]int) {
	if len(record) != len(columns) {
		r.fault(line, "import.fields", strconv.Itoa(len(record)))
		return
	}
	cell := func(name string) string { return strings.TrimSpace(record[columns[name]]) }
	name := strings.Join(strings.Fields(cell("name")), " ")
	if name == "" || !validName(name) {
		r.fault(line, "import.name", name)
		return
	}
	g := r.groupOf(name, line)
	on, key, value := r.targets(cell("muscle"), cell("side"), cell("load"))
	at, timeKey := r.needledAt(cell("needled at"))
	switch {
	case key == "" && timeKey != "":
		key, value = timeKey, cell("needled at")
	case key == "":
		key, value = g.add(at, on)
	}
	if key != "" {
		r.fault(line, key, value)
		g.faulty = line
		return
	}
	g.lines = append(g.lines, line)
}

// groupOf is the patient with a name, who is begun with this line if need be.
func (r *importReader) groupOf(name string, line int) *group {
	folded := r.folded(name)
	if g := r.byName[folded]; g != nil {
		return g
	}
	g := &group{newcomer: newcomer{Name: name}, first: line}
	r.groups, r.byName[folded] = append(r.groups, g), g
	if r.taken(name) {
		r.fault(line, "import.taken", name)
		g.faulty = line
	}
	return g
}

// add puts another line to a patient; a key says why it cannot be.
func (g *group) add(at time.Time, on []importedOn) (key, value string) {
	if g.At.IsZero() {
		g.At = at
	}
	if !g.At.Equal(at) {
		return "import.other_time", strconv.Itoa(g.first)
	}
	for _, o := range on {
		if slices.ContainsFunc(g.Targets, func(known importedOn) bool { return known.target() == o.target() }) {
			return "import.twice", g.Name
		}
	}
	g.Targets = append(g.Targets, on...)
	return "", ""
}

// sidesNamed are the sides that a word stands for.
var sidesNamed = map[string][]rehab.Side{
	"left": {rehab.Left}, "right": {rehab.Right}, "both": {rehab.Left, rehab.Right},
}

// targets reads muscle, side and load; a key says which of them is at fault.
func (r *importReader) targets(muscle, side, load string) (on []importedOn, key, value string) {
	found := r.find(muscle)
	if len(found) != 1 {
		return nil, "import.muscle", muscle
	}
	grams, unit, err := rehab.ParseLoad(load)
	if err != nil && load != "" {
		return nil, "import.load", load
	}
	for _, s := range sidesNamed[strings.ToLower(side)] {
		if slices.Contains(found[0].Sides, s) {
			on = append(on, importedOn{found[0].ID, s, grams, unit})
		}
	}
	if len(on) == 0 || len(on) < len(sidesNamed[strings.ToLower(side)]) {
		return nil, "import.side", side
	}
	return on, "", ""
}

// datedForm is a day and a time in the clinic's zone, as tables have them.
var datedForm = regexp.MustCompile(`^(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))[T ]+(\d{1,2}):(\d{2})(?::00)?$`)

// needledAt reads when a needling was, as /session does, or as a date with a time.
func (r *importReader) needledAt(text string) (at time.Time, key string) {
	at, ok := readWhen(text, r.now, r.zone)
	if !ok {
		at, ok = readDated(text, r.zone)
	}
	switch {
	case !ok:
		return at, "import.when"
	case at.After(r.now):
		return at, "import.future"
	case r.now.Sub(at) > oldestNeedling:
		return at, "import.old"
	}
	return at, ""
}

// readDated reads "2026-03-02 14:30" or "2.3.2026 14:30".
func readDated(text string, zone *time.Location) (at time.Time, ok bool) {
	m := datedForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return time.Time{}, false
	}
	year, month, date := m[1]+m[6], m[2]+m[5], m[3]+m[4]
	day, err := time.Parse("2006-1-2", year+"-"+strings.TrimPrefix(month, "0")+"-"+strings.TrimPrefix(date, "0"))
	clock, ok := clockOf(m[7], m[8])
	return clock.On(rehab.DayOf(day, time.UTC), zone), ok && err == nil
}

// result parts the patients who can be imported from the lines of those who
// cannot.
func (r *importReader) result() (people []newcomer, faults []lineFault) {
	for _, g := range r.groups {
		if g.faulty == 0 {
			people = append(people, g.newcomer)
			continue
		}
		for _, line := range g.lines {
			if line != g.faulty {
				r.fault(line, "import.other_line", strconv.Itoa(g.faulty))
			}
		}
	}
	slices.SortStableFunc(r.faults, func(a, b lineFault) int { return a.line - b.line })
	if r.broken {
		return nil, r.faults
	}
	return people, r.faults
}

// invited is a table of names and links, to be opened in a spreadsheet: the mark
// at its beginning says that it is UTF-8.
func invited(links [][2]string) ([]byte, error) {
	out := bytes.NewBufferString("\ufeff")
	table := csv.NewWriter(out)
	_ = table.Write([]string{"name", "link"})
	for _, l := range links {
		_ = table.Write([]string{guarded(l[0]), l[1]})
	}
	table.Flush()
	return out.Bytes(), table.Error()
}

// guarded keeps a spreadsheet from taking a cell for a formula.
func guarded(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r") == 0 {
		return "'" + cell
	}
	return cell
}
