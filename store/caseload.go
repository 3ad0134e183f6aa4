package store

import (
	"strings"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// lineRow is a course in one line. It is written with every change of the
// course, so that a list of thousands reads no course whole.
type lineRow struct {
	State        rehab.CourseState
	Phases       string // with blanks between
	FirstNeedle  instant
	LastPain     rehab.PainScore
	Trend        rehab.Trend
	OpenAlerts   int
	Gravest      rehab.AlertLevel
	IsSilent     bool
	NeedsRelease bool
}

func lineRowOf(d rehab.Line) lineRow {
	phases := make([]string, len(d.Phases))
	for i, p := range d.Phases {
		phases[i] = string(p)
	}
	return lineRow{
		State: d.State, Phases: strings.Join(phases, " "), FirstNeedle: at(d.FirstNeedle), LastPain: d.LastPain,
		Trend: d.Trend, OpenAlerts: d.OpenAlerts, Gravest: d.Gravest, IsSilent: d.Silent, NeedsRelease: d.NeedsRelease,
	}
}

func (r lineRow) line() rehab.Line {
	d := rehab.Line{
		State: r.State, FirstNeedle: r.FirstNeedle.time(), LastPain: r.LastPain, Trend: r.Trend,
		OpenAlerts: r.OpenAlerts, Gravest: r.Gravest, Silent: r.IsSilent, NeedsRelease: r.NeedsRelease,
	}
	for p := range strings.FieldsSeq(r.Phases) {
		d.Phases = append(d.Phases, rehab.Phase(p))
	}
	return d
}

// caseRow is one patient with the line of the latest course.
type caseRow struct {
	Patient    patientRow `gorm:"embedded"`
	Line       lineRow    `gorm:"embedded"`
	SetAsideAt instant
}

const lineColumns = `courses.state, courses.phases, courses.first_needle, courses.last_pain, courses.trend,
	courses.open_alerts, courses.gravest, courses.is_silent, courses.needs_release, courses.set_aside_at`

// caseFilters are the conditions behind the filters of a caseload.
var caseFilters = map[rehab.CaseFilter]string{
	rehab.CasesAll: "TRUE",
	rehab.CasesNeedMe: `(courses.open_alerts > 0 OR courses.set_aside_at > 0
		OR ` + live + ` AND (patients.unreachable_at > 0 OR courses.needs_release))`,
	rehab.CasesSilent: "(courses.is_silent AND " + live + ")",
	rehab.CasesHeld:   "courses.state = 'on_hold'",
}

// live is the condition of a course that is still going on.
const live = "courses.state IN ('active', 'on_hold', 'silent')"

// Caseload returns one page of the patients whom the clinician may see, from 0
// on, and the size of every filter. Those who need somebody come with the gravest
// alert first, all others by name. A filter that does not exist is ErrNotFound.
func (t *Tx) Caseload(clinician rehab.Clinician, filter rehab.CaseFilter, page, size int) (rehab.Caseload, error) {
	condition, ok := caseFilters[filter]
	if !ok {
		return rehab.Caseload{}, ErrNotFound
	}
	counts, err := t.caseCounts(clinician)
	if err != nil {
		return rehab.Caseload{}, err
	}
	page = max(0, min(page, (counts[filter]-1)/size))
	order := "patients.folded, patients.id"
	if filter == rehab.CasesNeedMe {
		order = "courses.gravest DESC, " + order
	}
	var rows []caseRow
	err = t.cases(clinician).Select("patients.*, " + lineColumns).Where(condition).
		Order(order).Offset(page * size).Limit(size).Scan(&rows).Error
	list := rehab.Caseload{Page: page, Counts: counts}
	for _, r := range rows {
		list.Cases = append(list.Cases, rehab.Case{
			Patient: r.Patient.patient(), Line: r.Line.line(), SetAside: r.SetAsideAt != 0,
		})
	}
	return list, err
}

// cases are the visible patients, each with the latest course.
func (t *Tx) cases(clinician rehab.Clinician) *gorm.DB {
	return t.db.Table("patients").
		Joins("JOIN courses ON "+latestCourse).
		Where("patients.id IN (?)", visible(t.db.Model(&patientRow{}).Select("id"), clinician))
}

func (t *Tx) caseCounts(clinician rehab.Clinician) (map[rehab.CaseFilter]int, error) {
	counts := make(map[rehab.CaseFilter]int)
	sums, into := make([]string, len(rehab.CaseFilters)), make([]int, len(rehab.CaseFilters))
	targets := make([]any, len(into))
	for i, f := range rehab.CaseFilters {
		sums[i] = "COALESCE(SUM(CASE WHEN " + caseFilters[f] + " THEN 1 ELSE 0 END), 0)"
		targets[i] = &into[i]
	}
	err := t.cases(clinician).Select(strings.Join(sums, ", ")).Row().Scan(targets...)
	for i, f := range rehab.CaseFilters {
		counts[f] = into[i]
	}
	return counts, err
}
