package stage_test

import (
	"testing"
	"time"
)

// TestStopOutlivesTheCourse lets a patient write /stop before or after the course ends:
// a needling begins another course, and nothing is sent until the patient says so.
func TestStopOutlivesTheCourse(t *testing.T) {
	for name, stopFirst := range map[string]bool{"stop, discharge": true, "discharge, stop": false} {
		t.Run(name, func(t *testing.T) {
			w := play(t)
			ana := w.needled("Ana", "ql left, 8 kg")
			doctor := w.owner().Skips()
			w.Wait(time.Hour)
			if stopFirst {
				ana.Says("/stop")
			}
			doctor.Says("/discharge ana").SkipsTo("End the course").Taps("End the course").Sees("discharged")
			if !stopFirst {
				ana.Says("/stop")
			}
			w.Wait(time.Minute)
			ana.Skips()
			doctor.Skips().Says("/session ana, ql right, now, 8 kg").Sees("has stopped all messages")
			w.Wait(26 * time.Hour)
			ana.SeesNothing().Says("/start").Sees("Shall we start again?").Taps("Start again").Sees("Welcome back").SkipsTo("gain length")
		})
	}
}

// TestDangerOutlivesTheCourse ends a course in which a sign of danger waits for the
// clinic: in the next one exercise still waits for it.
func TestDangerOutlivesTheCourse(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "ql left, 8 kg")
	doctor := w.owner().Skips()
	w.Wait(time.Hour)
	ana.Says("I can't breathe and my chest hurts")
	doctor.Says("/discharge ana").SkipsTo("End the course").Taps("End the course").SkipsTo("discharged")
	w.Wait(time.Minute)
	doctor.Skips().Says("/session ana, ql right, 50h ago, 8 kg").Sees("is on hold since").Skips()
	w.Wait(48 * time.Hour)
	if c := w.course(1); c.Held() == nil || len(c.Workouts) > 0 {
		t.Errorf("held by %v, workouts %d", c.Held(), len(c.Workouts))
	}
	doctor.Skips().Says("/release ana").SkipsTo("released")
	if c := w.course(1); c.Held() != nil {
		t.Errorf("still held by %v", c.Held())
	}
}

// TestRestOutlivesTheCourse ends a course right after a workout: the next course keeps
// the 48 hours.
func TestRestOutlivesTheCourse(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg") // Wed 14:30
	doctor := w.owner().Skips()
	ana.Taps("2").Sees("before").Sees("4 kg").Taps("Done")
	doctor.Says("/discharge ana").Sees("End the course").Taps("End the course").Sees("discharged")
	doctor.Says("/session ana, upper trap left, 72h ago, 8 kg").Sees("First workout: Fri 6 Mar")
}

// TestExtensiveNeedlingTwice needles a muscle again two hours after an extensive
// needling, whose extra day stays.
func TestExtensiveNeedlingTwice(t *testing.T) {
	w := play(t)
	w.patient("Ana")
	doctor := w.owner().Skips()
	w.To("2026-03-03 14:30")
	doctor.Says("/session ana, ql left, now, 8 kg, blood thinners").Sees("First workout: Fri 6 Mar, 14:30")
	w.Wait(2 * time.Hour)
	doctor.Skips().Says("/session ana, ql left, now").Sees("First workout: Fri 6 Mar, 16:30")
	w.Wait(24 * time.Hour)
	doctor.Skips().Says("/session ana, ql left, now").Sees("First workout: Fri 6 Mar, 16:30") // two days later, and no more
}
