package stage_test

import (
	"testing"
	"time"
)

// TestUndoLeavesAWholeCourse lets a patient write anything at all after a needling
// of a course that goes on was taken back.
func TestUndoLeavesAWholeCourse(t *testing.T) {
	w := play(t)
	ana := w.patient("Ana")
	doctor := w.owner().Skips()
	doctor.Says("/session ana, piriformis left, now").Sees("needling of")
	w.Wait(2 * time.Minute)
	doctor.Says("/session ana, QL right, now").Sees("needling of").Taps("Undo").SeesExactly(undone)
	ana.Skips().Says("hello").Sees("did not get that")
}
