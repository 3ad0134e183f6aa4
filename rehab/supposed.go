package rehab

import "slices"

// Supposed is a copy of the course to try something out on: what is changed in
// it leaves the course as it is.
func (c *Course) Supposed() *Course {
	s := *c
	s.Needlings = slices.Clone(c.Needlings)
	s.Targets = slices.Clone(c.Targets)
	s.Practices = slices.Clone(c.Practices)
	s.Workouts = slices.Clone(c.Workouts)
	s.Holds = slices.Clone(c.Holds)
	s.Observations = slices.Clone(c.Observations)
	s.Alerts = slices.Clone(c.Alerts)
	s.Changes = slices.Clone(c.Changes)
	for i := range s.Needlings {
		s.Needlings[i].Targets = slices.Clone(s.Needlings[i].Targets)
	}
	for i := range s.Workouts {
		s.Workouts[i].Exercises = slices.Clone(s.Workouts[i].Exercises)
	}
	for i := range s.Alerts {
		s.Alerts[i].Rules = slices.Clone(s.Alerts[i].Rules)
	}
	return &s
}

// TakesWeight reports whether the work of a target is done with a weight now, so
// that SetLoad can set it.
func (c *Course) TakesWeight(target int) bool {
	t := c.Target(target)
	return t != nil && c.weighable(t, t.Phase)
}
