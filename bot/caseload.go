package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"afterneedle/rehab"
)

// casesShown is how many patients one screen of /patients shows.
const casesShown = 10

// arrows say where a load goes.
var arrows = map[rehab.Trend]string{rehab.TrendUp: "↑", rehab.TrendDown: "↓", rehab.TrendLevel: "→"}

// patients shows one page of one's own patients, a line and a button each.
func (t *turn) patients(filter rehab.CaseFilter, page int) {
	if !slices.Contains(rehab.CaseFilters, filter) {
		t.stale()
		return
	}
	list, err := t.tx.Caseload(t.clinician, filter, page, casesShown)
	t.fail(err)
	if list.Counts[rehab.CasesAll] == 0 {
		t.line("patients.empty")
		return
	}
	lines := []string{t.caseHead(filter, list)}
	var names []button
	for _, c := range list.Cases {
		name := t.called(c.Patient)
		lines = append(lines, t.caseLine(c, name))
		names = append(names, button{Label: name, Verb: "patient", Value: strconv.FormatInt(c.Patient.ID, 10)})
	}
	if len(list.Cases) == 0 {
		lines = append(lines, t.text("patients.nobody"))
	}
	rows := slices.Collect(slices.Chunk(names, 2))
	t.say(body{Text: strings.Join(lines, "\n"), Rows: append(rows, t.caseRows(filter, list)...), Edit: t.tapped()})
}

// caseHead names what is shown, as far as it is not all of it.
func (t *turn) caseHead(filter rehab.CaseFilter, list rehab.Caseload) string {
	parts := []string{t.text("patients.head")}
	if filter != rehab.CasesAll {
		parts = append(parts, t.text("cases."+string(filter)))
	}
	if n := list.Counts[filter]; n > casesShown {
		first := list.Page*casesShown + 1
		parts = append(parts, t.text("cases.page", "first", first, "last", first+len(list.Cases)-1, "n", n))
	}
	return strings.Join(parts, " · ")
}

// caseRows are the buttons that turn the pages and choose the filter.
func (t *turn) caseRows(filter rehab.CaseFilter, list rehab.Caseload) [][]button {
	var pages, filters []button
	if list.Page > 0 {
		pages = append(pages, t.label("back", "patients", list.Page-1, string(filter)))
	}
	if (list.Page+1)*casesShown < list.Counts[filter] {
		pages = append(pages, t.label("next", "patients", list.Page+1, string(filter)))
	}
	for _, f := range rehab.CaseFilters {
		label := plainLabel(t.text("button.cases."+string(f), "n", list.Counts[f]))
		if f == filter {
			label = "✓ " + label
		}
		filters = append(filters, button{Label: label, Verb: "patients", Value: string(f)})
	}
	return append([][]button{pages}, slices.Collect(slices.Chunk(filters, 2))...)
}

// caseLine is one patient in a list, by the name that the list uses.
func (t *turn) caseLine(c rehab.Case, name string) string {
	d := c.Line
	parts := []string{t.text("patients.line", "name", name, "status", t.text("status."+string(c.State())))}
	if c.Trouble() {
		parts[0] = "❗ " + parts[0]
	}
	for _, phase := range d.Phases {
		parts = append(parts, string(phase))
	}
	if !d.FirstNeedle.IsZero() {
		parts = append(parts, t.text("patients.day", "n", daysSince(d.FirstNeedle, t.now)))
	}
	if d.LastPain.Known() {
		parts = append(parts, t.text("patients.pain", "n", int(d.LastPain)))
	}
	if arrow, ok := arrows[d.Trend]; ok {
		parts = append(parts, t.text("patients.load", "arrow", arrow))
	}
	if d.Silent && d.State.Live() && c.State() != rehab.StateSilent {
		parts = append(parts, t.text("status.silent"))
	}
	if d.NeedsRelease && d.State.Live() {
		parts = append(parts, t.text("patients.release"))
	}
	if d.OpenAlerts > 0 {
		parts = append(parts, t.text("patients.alerts", "n", d.OpenAlerts))
	}
	return strings.Join(parts, " · ")
}

func daysSince(at, now time.Time) int { return int(now.Sub(at).Hours() / 24) }

// status is the word for how the patient at hand stands.
func (t *turn) status() string {
	c := rehab.Case{Patient: t.patient, Line: t.course.Line()}
	return t.text("status." + string(c.State()))
}
