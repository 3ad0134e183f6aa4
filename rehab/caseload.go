package rehab

// Case is one patient of many, in one line.
type Case struct {
	Patient Patient
	Line    Line
	// SetAside is set while the plan cannot be worked out and nothing is sent.
	SetAside bool
}

// State is the word for how the patient stands: that of the course, or that
// messages no longer arrive, or that the plan has stopped by a fault.
func (c Case) State() CourseState {
	switch {
	case c.SetAside:
		return StateSetAside
	case c.unreachable():
		return StateUnreachable
	}
	return c.Line.State
}

// Standings that are no matter of the course itself.
const (
	StateUnreachable CourseState = "unreachable"
	StateSetAside    CourseState = "set_aside"
)

// Trouble reports whether something is not as it should be.
func (c Case) Trouble() bool {
	return c.Line.OpenAlerts > 0 || c.SetAside || c.unreachable() || c.Line.Silent && c.Line.State.Live()
}

func (c Case) unreachable() bool {
	return !c.Patient.UnreachableAt.IsZero() && c.Line.State.Live()
}

// CaseFilter picks patients from a caseload.
type CaseFilter string

const (
	CasesAll CaseFilter = "all"
	// CasesNeedMe have an open alert, a hold that only a clinician ends, a closed
	// chat, or a plan that has stopped.
	CasesNeedMe CaseFilter = "needs_me"
	CasesSilent CaseFilter = "silent"
	CasesHeld   CaseFilter = "held"
)

// CaseFilters are all filters, in the order in which they are offered.
var CaseFilters = []CaseFilter{CasesNeedMe, CasesSilent, CasesHeld, CasesAll}

// Caseload is one page of the patients of a clinician, and how many there are
// under each filter.
type Caseload struct {
	Cases  []Case
	Page   int // from 0; the last one there is when a later one was asked for
	Counts map[CaseFilter]int
}
