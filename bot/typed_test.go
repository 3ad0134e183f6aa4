package bot

import (
	"testing"

	"afterneedle/rehab"
)

func TestReadPain(t *testing.T) {
	for text, want := range map[string]rehab.PainScore{
		"0": 0, "4": 4, "10": 10, " 4 ": 4, "4.": 4, "4!": 4, "\t7\n": 7,
		"4/10": 4, "10/10": 10, "0/10": 0, "4 / 10": 4, "4 out of 10": 4, "4  OUT  of 10": 4,
		"pain 4": 4, "Pain: 4": 4, "pain is 4": 4, "PAIN 4/10": 4, "pain4": 4, "pain:4": 4, "pain 10": 10,
		"\u00a04": 4,
	} {
		if got, ok := readPain(text); !ok || got != want {
			t.Errorf("%q: %v, %v; expected %v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", " ", "7-8", "7–8", "7 to 8", "4.5", "4,5", "4,", "eleven", "four", "10 days, now 3", "now 3", "3 now", "11", "100", "-1", "+1", "−3",
		"00", "04", "010", "1O", "l0", "٤", "４", "④", "4️⃣", "4/5", "4/11", "4/", "/10", "4 of 10", "4 out of 5", "4 4", "4 and 5", "about 4", "4?",
		"~4", "<4", "4%", "4 kg", "pain", "pain 4-5", "pain 11", "painful 4", "no pain", "0x4", "1e1", "4\u200b", "4 🙂",
	} {
		if got, ok := readPain(text); ok {
			t.Errorf("%q is read as %v; expected it to be asked again", text, got)
		}
	}
}

func TestSaysLabel(t *testing.T) {
	for _, test := range []struct {
		typed, label string
		want         bool
	}{
		{"yes", "Yes, 2 or more", true},
		{"yes, 2 or more", "Yes, 2 or more", true},
		{"no", "No, I do not", true},
		{"no", "None of these", false},
		{"it happened", "It happened", true},
		{"it", "It happened", true},
		{"sharp", "Sharp or stabbing", true},
		{"shar", "Sharp or stabbing", false},
		{"not sharp", "Sharp or stabbing", false},
		{"", "Done", false},
	} {
		if got := saysLabel(plain(test.typed), plain(test.label)); got != test.want {
			t.Errorf("%q for %q: %v", test.typed, test.label, got)
		}
	}
}

func TestParseTapNeverPanics(t *testing.T) {
	for _, data := range []string{"", ".", "...", "1.a.b.c", "0.a.1.c", "-5.a.1.c", "zz.a.1.c.d.e", "💥.a.1.c", "1.a.99999999999999999999.c"} {
		x, ok := parseTap(data)
		if ok && x.delivery <= 0 {
			t.Errorf("%q is read as %+v", data, x)
		}
	}
	b := button{Verb: "symptom", N: 123456, Value: "breathing"}
	if x, ok := parseTap(b.data(987654321)); !ok || x != (tap{987654321, "symptom", 123456, "breathing"}) {
		t.Errorf("%+v, %v", x, ok)
	}
}
