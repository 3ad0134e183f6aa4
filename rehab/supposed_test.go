package rehab

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSupposedLeavesTheCourseAlone(t *testing.T) {
	needled := time.Date(2026, 3, 2, 14, 30, 0, 0, time.UTC)
	c := NewCourse(1, &Protocol{Muscles: map[string]Muscle{"piriformis": {Load: LoadWeight}}}, time.UTC, time.UTC)
	c.Consent(needled)
	left := NewNeedling{At: needled, Targets: []NeedledTarget{{"piriformis", Left}}, UsualG: 8000}
	c.Needle(left, needled)
	c.Workouts = append(c.Workouts, Workout{N: 9, Exercises: []Exercise{{Target: 2}}})
	before := c.Supposed()

	s := c.Supposed()
	s.Needle(left, needled.Add(72*time.Hour))
	s.HoldExercise(1, "cold", 0, needled.Add(73*time.Hour))
	s.Needlings[0].Targets[0] = 77
	s.Workouts[0].Exercises[0].LoadG = 77
	if diff := cmp.Diff(before, c, cmp.Comparer(func(a, b *time.Location) bool { return a == b })); diff != "" {
		t.Errorf("changed in the course itself:\n%s", diff)
	}
}
