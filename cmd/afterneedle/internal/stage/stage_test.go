package stage

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestTry(t *testing.T) {
	zone, _ := time.LoadLocation("Europe/Berlin")
	start := time.Date(2026, 3, 2, 14, 0, 0, 0, zone)
	s, err := Open(context.Background(), Options{Dir: t.TempDir(), Start: start, Zone: zone, Clinic: "Praxis Weber", Owners: []int64{100}, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	doc := s.Telegram.Person(100, "Doctor")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(doc.Start(""))
	must(s.Settle())
	doc.Says("/newpatient Ana")
	must(s.Settle())
	var link string
	for _, m := range doc.Messages() {
		if i := strings.Index(m.Text, "?start="); i >= 0 {
			link = strings.Fields(m.Text[i+7:])[0]
		}
	}
	ana := s.Telegram.Person(200, "Ana")
	must(ana.Start(link))
	must(s.Settle())
	must(ana.Taps("I agree"))
	must(s.Settle())
	must(s.MoveTo(start.Add(30 * time.Minute)))
	doc.Says("/session Ana, upper trapezius left, 8 kg")
	must(s.Settle())
	must(s.MoveTo(start.Add(24 * time.Hour)))
	must(ana.Taps("Done"))
	must(s.Settle())
	must(ana.Taps("4"))
	must(s.Settle())
	must(s.MoveTo(start.Add(48*time.Hour + 31*time.Minute)))
	for _, l := range []string{"None of these", "2", "Done", "5", "Yes, 2 or more"} {
		if err := ana.Taps(l); err != nil {
			t.Error(l, err)
		}
		must(s.Settle())
	}
	must(s.MoveTo(start.Add(51 * time.Hour)))
	ana.Says("4")
	must(s.Settle())
	must(s.MoveTo(start.Add(68 * time.Hour)))
	must(ana.Taps("2"))
	must(s.Settle())
	ana.Says("/plan")
	must(s.Settle())
	ana.Says("/why")
	must(s.Settle())
	ana.Says("/help")
	must(s.Settle())
	doc.Says("/patients")
	must(s.Settle())
	doc.Says("/patient an")
	must(s.Settle())
	doc.Says("/timeline ana")
	must(s.Settle())
	for _, m := range doc.Messages() {
		t.Logf("DOC %s\n%s %v", m.At.In(zone).Format("Mon 15:04"), m.Text+m.Caption, m.Buttons)
	}
	for _, m := range ana.Messages() {
		t.Logf("ANA %s\n%s %v", m.At.In(zone).Format("Mon 15:04"), m.Text, m.Buttons)
	}
	for _, r := range s.Telegram.Refusals() {
		t.Errorf("%+v", r)
	}
}
