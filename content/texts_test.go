package content

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"afterneedle/rehab"

	"github.com/google/go-cmp/cmp"
)

// sampleData has a value for every placeholder of a text: a number where it is
// counted, a hostile name elsewhere.
func sampleData(c *Content, key string) map[string]any {
	data := map[string]any{}
	for _, name := range c.Placeholders(key) {
		data[name] = any("<Ana & Co>")
		if regexp.MustCompile(`count \.` + name + ` `).MatchString(c.texts.byKey[key].source) {
			data[name] = 2
		}
	}
	return data
}

func TestEveryTextRenders(t *testing.T) {
	c := mustLoad(t).WithClinic("Smith & <Sons>", "911")
	for _, key := range c.Keys() {
		got, err := c.Text(key, sampleData(c, key))
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.Contains(got, "{{") || strings.TrimSpace(got) == "" || markupProblem(got) != "" {
			t.Errorf("%s: %q: %s", key, got, markupProblem(got))
		}
		data := sampleData(c, key)
		for name := range data {
			delete(data, name)
			if _, err := c.Text(key, data); err == nil && !strings.Contains(c.texts.byKey[key].source, "{{if") {
				t.Errorf("%s: renders without %s", key, name)
			}
			break
		}
	}
}

func TestEveryIntentHasItsText(t *testing.T) {
	c := mustLoad(t)
	for _, intent := range []rehab.Intent{
		rehab.IntentEmergency, rehab.IntentUrgent, rehab.IntentHoldRest, rehab.IntentHoldClinician, rehab.IntentSharp,
		rehab.IntentNerve, rehab.IntentPainHigh, rehab.IntentEaseBack, rehab.IntentTwoHour, rehab.IntentOverload,
		rehab.IntentSore, rehab.IntentFear, rehab.IntentRepeat, rehab.IntentNudge, rehab.IntentStepBack,
		rehab.IntentRising, rehab.IntentBaseline, rehab.IntentTooEarly, rehab.IntentNextStep, rehab.IntentStepUp,
		rehab.IntentKeep, rehab.IntentAskBefore, rehab.IntentNotToday, rehab.IntentWindow, rehab.IntentRestDay,
		rehab.IntentOneMoreDay, rehab.IntentGo, rehab.IntentStretchStrong, rehab.IntentStretchOK,
	} {
		if c.Kind("intent."+string(intent)) != KindCare {
			t.Errorf("no text for %s", intent)
		}
	}
}

func TestTextEscapes(t *testing.T) {
	c := mustLoad(t).WithClinic("A & B", "911")
	for _, test := range []struct {
		key  string
		data map[string]any
		want string
	}{
		{"recorded", map[string]any{"answer": "<b>4</b> & 'more'"}, "Noted: &lt;b&gt;4&lt;/b&gt; &amp; &#39;more&#39;."},
		{"recorded", map[string]any{"answer": HTML("<b>4</b>")}, "Noted: <b>4</b>."},
		{"recorded", map[string]any{"answer": rehab.PainScore(4)}, "Noted: 4."},
		{"consent.given", nil, "Thank you. You agreed to get messages here, and A &amp; B can read your answers."},
		{"dose.sets", map[string]any{"sets": 3, "reps": 12}, "3 sets of 12"},
		{"dose.sets", map[string]any{"sets": 1, "reps": 12}, "1 set of 12"},
		{"message.from_clinic", map[string]any{"text": "{{.num}}"}, "<b>A &amp; B</b>\n{{.num}}"},
	} {
		got, err := c.Text(test.key, test.data)
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.key, got, err, test.want)
		}
	}
	for _, key := range []string{"no.such.text", "recorded"} {
		if got, err := c.Text(key, nil); err == nil {
			t.Errorf("%s without data: %q", key, got)
		}
	}
}

// "the clinic" gets a capital where a sentence begins; a name of its own does not.
func TestClinicAtTheBeginning(t *testing.T) {
	for name, want := range map[string]string{
		"the clinic": "The clinic has ended this plan.", "physio3": "physio3 has ended this plan.",
	} {
		got, err := mustLoad(t).WithClinic(name, "112").Text("discharged", nil)
		if err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

func TestSafetyTextsNameTheNumber(t *testing.T) {
	c := mustLoad(t).WithClinic("Clinic X", "911")
	for _, key := range []string{"safety.emergency", "safety.urgent", "safety.list", "safety.other", "help", "weekly", "disclaimer"} {
		got, err := c.Text(key, sampleData(c, key))
		if err != nil || !strings.Contains(got, "911") {
			t.Errorf("%s: %q, %v", key, got, err)
		}
	}
	got, err := c.Text("safety.emergency", map[string]any{"date": ""})
	if err != nil || strings.Contains(got, " on .") {
		t.Errorf("without a date: %q, %v", got, err)
	}
}

func TestTextsMayBeRenderedAtOnce(t *testing.T) {
	c := mustLoad(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				if _, err := c.Text("recorded", map[string]any{"answer": "<"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

func TestMuscleTextNamesTheSide(t *testing.T) {
	c := mustLoad(t)
	for _, m := range c.Muscles() {
		for _, part := range []MusclePart{PartStretch, PartExercise, PartIsometric, PartConcentric} {
			for _, side := range m.Sides {
				got, err := c.MuscleText(m.ID, part, side)
				if err != nil || !strings.Contains(got, string(side)) {
					t.Errorf("%s %s %s: %q, %v", m.ID, part, side, got, err)
				}
			}
		}
		_, err := c.MuscleText(m.ID, PartLater, rehab.Left)
		if (err == nil) != (m.Later != nil) {
			t.Errorf("%s later: %v", m.ID, err)
		}
	}
}

func TestFindMuscle(t *testing.T) {
	c := mustLoad(t)
	for typed, want := range map[string][]string{
		"upper trap": {"upper_trapezius"}, "Trapezius": {"upper_trapezius"}, "TRAP": {"upper_trapezius"}, "upper_trapezius": {"upper_trapezius"},
		"ql": {"quadratus_lumborum"}, "Q.L.": {"quadratus_lumborum"}, "quadratus": {"quadratus_lumborum"}, "quad lumb": {"quadratus_lumborum"},
		"levator": {"levator_scapulae"}, "lev scap": {"levator_scapulae"}, "piri": {"piriformis"}, "pirif": {"piriformis"},
		"muscle": {"upper_trapezius", "quadratus_lumborum", "piriformis"}, "biceps": nil, "": nil, "  ": nil,
	} {
		var got []string
		for _, m := range c.FindMuscle(typed) {
			got = append(got, m.ID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", typed, d)
		}
	}
}

func TestFAQ(t *testing.T) {
	c := mustLoad(t)
	if n := len(c.FAQ()); n != 10 {
		t.Errorf("%d questions, want 10", n)
	}
	for _, q := range c.FAQ() {
		if q.Title == "" || q.Button == "" || q.Text == "" {
			t.Errorf("%s is not complete", q.ID)
		}
		if found := c.FindFAQ(q.Title); len(found) == 0 || found[0].ID != q.ID {
			t.Errorf("%q does not find %s", q.Title, q.ID)
		}
	}
	eccentric, err := c.Text("faq.what_is_eccentric", nil)
	for _, example := range []string{"stairs", "lower a bag", "downhill"} {
		if err != nil || !strings.Contains(eccentric, example) {
			t.Errorf("what_is_eccentric lacks %q (S-15)", example)
		}
	}
}

func TestFindFAQ(t *testing.T) {
	c := mustLoad(t)
	for words, want := range map[string]string{
		"gym": "gym", "can I go to the gym": "gym", "can I go running": "gym", "eccentric": "what_is_eccentric",
		"what is HSR?": "what_is_hsr", "was it too much": "too_much", "how long until results": "how_long",
		"does the stretch have to hurt": "stretch_hurt", "I am scared of moving": "fear", "same day": "same_day",
		"between sessions": "between_sessions", "does exercise replace needling": "replace_needling",
		"is it too heavy": "too_much", "xyzzy": "", "": "",
	} {
		got := ""
		if found := c.FindFAQ(words); len(found) > 0 {
			got = found[0].ID
		}
		if got != want {
			t.Errorf("%q finds %q, want %q", words, got, want)
		}
	}
}
