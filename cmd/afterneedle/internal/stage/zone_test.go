package stage_test

import "testing"

// TestZone moves a patient whose zone was wrong: what is planned follows the new clock.
func TestZone(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "ql left, 8 kg") // Mon 14:30 in Berlin
	doctor := w.owner().Skips()
	doctor.Says("/zone ana").Sees("Europe/Berlin", "14:30").Says("Mars").Sees("no time zone that I know").
		Says("/zone ana, Local").Sees("no time zone that I know").
		Says("/zone ana, America/New_York").Sees("Ana lives in the time zone America/New_York now, where it is 08:30.").SeesNothing()
	ana.Skips()
	w.To("2026-03-03 08:00") // 02:00 in New York
	ana.SkipsTo("Time to move a little").Skips()
	w.To("2026-03-03 13:55")
	for _, e := range ana.unread() {
		if h := e.At.In(w.course(1).Zone).Hour(); h < 8 {
			t.Errorf("at %d: %s", h, words(e))
		}
	}
	ana.Skips().Says("/plan").Sees("Next: main stretch, 08:30")
}

// TestZoneIsTold tells the patient which clock counts.
func TestZoneIsTold(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "ql left, 8 kg")
	ana.Skips()
	w.owner().Skips().Says("/zone ana, Asia/Tokyo").Sees("22:30")
	ana.SkipsTo("Praxis Weber has set your time zone to Asia/Tokyo. It is 22:30 for you now")
}
