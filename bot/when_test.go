package bot

import (
	"testing"
	"time"
)

func TestReadAhead(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	// The clocks go forward in the night to 29 March.
	now := time.Date(2026, 3, 28, 14, 30, 0, 0, zone)
	for text, want := range map[string]string{
		"14:31":                     "2026-03-28T14:31:00+01:00",
		"14:30":                     "2026-03-29T14:30:00+02:00",
		" Tomorrow  09:00 ":         "2026-03-29T09:00:00+02:00",
		"2026-04-02t18:00:00+02:00": "2026-04-02T18:00:00+02:00",
		"2026-03-28T14:30:00+01:00": "",
		"2026-07-28T14:30:00+01:00": "",
		"tomorrow":                  "",
		"tomorrow 25:00":            "",
		"9":                         "",
		"":                          "",
	} {
		at, ok := readAhead(text, now, zone)
		if got := at.In(zone).Format(time.RFC3339); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %s (%t), want %q", text, got, ok, want)
		}
	}
}
