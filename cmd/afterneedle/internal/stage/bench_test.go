package stage

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// BenchmarkReply is one answer of a patient: from the update, over the decision
// and the plan in one committed transaction, to the reply that was sent.
func BenchmarkReply(b *testing.B) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 14, 0, 0, 0, zone)
	s, err := Open(b.Context(), Options{
		Dir: b.TempDir(), Start: start, Zone: zone, Clinic: "Praxis Weber", Owners: []int64{100}, Log: io.Discard,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	tap := trainedPatient(b, s, start)
	b.ResetTimer()
	for i := range b.N {
		// Each tap corrects the answer, which decides and plans anew.
		raw := json.RawMessage(fmt.Sprintf(tap, 1_000_000+i, i, 3+i%2))
		if err := s.Bot.Handle(b.Context(), int64(1_000_000+i), raw); err != nil {
			b.Fatal(err)
		}
	}
}

// trainedPatient brings a patient to the question right after the first workout
// and returns the form of an update that answers it.
func trainedPatient(b testing.TB, s *Stage, start time.Time) string {
	doctor, ana := s.Telegram.Person(100, "Weber"), s.Telegram.Person(200, "Ana")
	step := func(err error) {
		b.Helper()
		if err == nil {
			err = s.Settle()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	say := func(text string) {
		_, err := doctor.Says(text)
		step(err)
	}
	step(doctor.Start(""))
	say("/newpatient Ana")
	payload := ""
	for _, m := range doctor.Messages() {
		if _, after, found := strings.Cut(m.Text, "?start="); found {
			payload = strings.Fields(after)[0]
		}
	}
	step(ana.Start(payload))
	step(ana.Taps("I agree"))
	say("/session Ana, upper trapezius left, 8 kg")
	step(s.MoveTo(start.Add(25 * time.Hour)))
	step(ana.Taps("Done"))
	step(s.MoveTo(start.Add(48 * time.Hour)))
	step(ana.Taps("None of these"))
	step(ana.Taps("2"))
	step(ana.Taps("Done"))
	question := ana.Last()
	data := question.Buttons[0][3].Data
	return strings.Replace(fmt.Sprintf(
		`{"update_id":%%d,"callback_query":{"id":"%%d","from":{"id":200,"first_name":"Ana"},"message":{"message_id":%d,"chat":{"id":200,"type":"private"}},"data":%q}}`,
		question.ID, data), ".3\"}}", ".%d\"}}", 1)
}
