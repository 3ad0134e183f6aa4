package content

import (
	"cmp"
	"fmt"
	"slices"
)

// Fault is one thing that is wrong with a content file.
type Fault struct {
	File    string
	Line    int // 1 when the fault has no place of its own
	Problem string
}

// String is the fault as "file:line: problem".
func (f Fault) String() string {
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Problem)
}

// report collects the faults of a load.
type report struct{ faults []Fault }

func (r *report) add(file string, line int, format string, args ...any) {
	r.faults = append(r.faults, Fault{File: file, Line: max(line, 1), Problem: fmt.Sprintf(format, args...)})
}

// at adds a fault at the place of a value in d. A file that could not be read at
// all has that one fault and no more.
func (r *report) at(d *document, path []any, format string, args ...any) {
	if d.lost {
		return
	}
	r.add(d.file, d.line(path...), format, args...)
}

// atUnread is at for values that may have been unreadable: a line that already
// has a fault is not blamed a second time for its missing value.
func (r *report) atUnread(d *document, path []any, format string, args ...any) {
	if d.broken[d.line(path...)] {
		return
	}
	r.at(d, path, format, args...)
}

// sorted returns the faults by file and line, without repetitions.
func (r *report) sorted() []Fault {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Problem, b.Problem))
	})
	return slices.Compact(r.faults)
}
