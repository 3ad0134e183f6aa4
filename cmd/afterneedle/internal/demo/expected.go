package demo

import (
	"slices"
	"strings"
)

// expectedLoads are the loads of the cards, each time that they change, as they
// follow from the story by the rules.
var expectedLoads = map[string][]string{}

// expectedAlerts are the alerts of levels 2 and 3 that reach the clinician.
var expectedAlerts = []string{}

// story compares what the cards and the alerts said with what they must say.
func (a *audited) story() {
	for _, name := range a.names {
		if want, got := expectedLoads[name], a.loads[name]; !slices.Equal(want, got) {
			a.problem("loads of %s: want %s; got %s", name, strings.Join(want, " · "), strings.Join(got, " · "))
		}
	}
	if !slices.Equal(expectedAlerts, a.alerts) {
		a.problem("alerts: want %s; got %s", strings.Join(expectedAlerts, "; "), strings.Join(a.alerts, "; "))
	}
}
