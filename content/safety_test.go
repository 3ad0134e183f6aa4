package content

import (
	"strings"
	"testing"
)

func TestMatchSafety(t *testing.T) {
	c := mustLoad(t)
	for _, test := range []struct {
		typed   string
		verdict Verdict
		flag    string
	}{
		{"I can't breathe", SafetyHit, "RF1"},
		{"I cant breath properly", SafetyHit, "RF1"},
		{"I can’t breathe normally", SafetyHit, "RF1"},
		{"CANNOT BREATHE!!!", SafetyHit, "RF1"},
		{"i can not breathe", SafetyHit, "RF1"},
		{"short of breath since lunch", SafetyHit, "RF1"},
		{"shortness of breath", SafetyHit, "RF1"},
		{"having a bit of trouble breathing", SafetyHit, "RF1"},
		{"trouble brething", SafetyHit, "RF1"},
		{"it hurts when I breathe in", SafetyHit, "RF1"},
		{"chest pain", SafetyHit, "RF1"},
		{"My chest feels tight", SafetyHit, "RF1"},
		{"there is a sharp pain in my chest", SafetyHit, "RF1"},
		{"after chest press my chest hurts", SafetyHit, "RF1"},
		{"coughing blood", SafetyHit, "RF1"},
		{"coughed up some blood", SafetyHit, "RF1"},
		{"I could not sleep because of chest pain", SafetyHit, "RF1"},
		{"No, I have chest pain", SafetyHit, "RF1"},
		{"I don't know why but my chest hurts", SafetyHit, "RF1"},
		{"I can't breathe, what should I do?", SafetyHit, "RF1"},
		{"is it normal that my chest hurts?", SafetyHit, "RF1"},
		{"the chest pain does not go away", SafetyHit, "RF1"},
		{"no fever, but chest pain", SafetyHit, "RF1"},
		{"lost control of my bladder", SafetyHit, "RF2"},
		{"fever", SafetyHit, "RF3"},
		{"I feel feverish", SafetyHit, "RF3"},
		{"temperature is 38.5", SafetyHit, "RF3"},
		{"the redness is spreading", SafetyHit, "RF3"},
		{"the bleeding won't stop", SafetyHit, "RF4"},
		{"swelling getting bigger", SafetyHit, "RF4"},
		{"I passed out in the shower", SafetyHit, "RF5"},
		{"nearly fainted", SafetyHit, "RF5"},
		{"blood in my urine", SafetyHit, "RF6"},
		{"terrible stomach cramps", SafetyHit, "RF6"},
		{"can't feel my hand", SafetyHit, "RF7"},
		{"my hand is numb", SafetyHit, "RF7"},
		{"numbnes in the arm", SafetyHit, "RF7"},
		{"arm feels weak", SafetyHit, "RF7"},
		{"the spot looks infected", SafetyHit, "RF8"},
		{"my pee is dark", SafetyHit, "RF9"},
		{"one calf is swollen", SafetyHit, "RF10"},
		{"my throat is swelling", SafetyHit, "RF11"},
		{"10 and I can't breathe", SafetyHit, "RF1"},
		{"it hurts to breathe deeply", SafetyHit, "RF1"},
		{"I can't lift my arm", SafetyHit, "RF7"},
		{"no chest pain but I can't breathe well", SafetyHit, "RF1"},

		{"no trouble breathing", SafetyDoubt, "RF1"},

		{"no chest pain", SafetyDoubt, "RF1"},
		{"I don't have any chest pain", SafetyDoubt, "RF1"},
		{"chest pain? no", SafetyDoubt, "RF1"},
		{"is chest pain normal?", SafetyDoubt, "RF1"},
		{"what if I get chest pain", SafetyDoubt, "RF1"},
		{"can needling cause numbness", SafetyDoubt, "RF7"},
		{"maybe a fever", SafetyDoubt, "RF3"},
		{"not sure if it is numb", SafetyDoubt, "RF7"},
		{"I'm afraid of chest pain", SafetyDoubt, "RF1"},
		{"without fever", SafetyDoubt, "RF3"},
		{"some tingling in my fingers", SafetyDoubt, "RF7"},
		{"a bit dizzy", SafetyDoubt, "RF5"},
		{"my heart was racing in the last set", SafetyDoubt, "RF11"},
		{"my stomach hurts", SafetyDoubt, "RF6"},
		{"it was bleeding a little", SafetyDoubt, "RF4"},
		{"chest, well, it hurts", SafetyDoubt, "RF1"},

		{"", SafetyNone, ""},
		{"4", SafetyNone, ""},
		{"4/10", SafetyNone, ""},
		{"chest press went fine", SafetyNone, ""},
		{"the chest press was painful", SafetyNone, ""},
		{"chest day tomorrow", SafetyNone, ""},
		{"pain in my arm", SafetyNone, ""},
		{"sore but fine", SafetyNone, ""},
		{"I did 3 sets with 8 kg", SafetyNone, ""},
		{"the red band was too hard", SafetyNone, ""},
		{"my number is 5", SafetyNone, ""},
		{"a faint ache", SafetyNone, ""},
		{"can I train my chest?", SafetyNone, ""},
		{"I am confused about the plan", SafetyNone, ""},
		{"week 3 was good", SafetyNone, ""},
		{"I have hay fever", SafetyNone, ""},
		{"not dizzy", SafetyNone, ""},
		{"took a breather", SafetyNone, ""},
		{"leg press was hard", SafetyNone, ""},
		{"None of these", SafetyNone, ""},
		{"trap feels tight", SafetyNone, ""},
		{"my back hurts", SafetyNone, ""},
		{"should I hold my breath?", SafetyNone, ""},
		{"it is hard to say", SafetyNone, ""},
		{"too sore, will skip today", SafetyNone, ""},
	} {
		got := c.MatchSafety(test.typed)
		if got.Verdict != test.verdict || got.Flag != test.flag {
			t.Errorf("%q: verdict %d, flag %q; want %d, %q", test.typed, got.Verdict, got.Flag, test.verdict, test.flag)
		}
	}
}

func TestMatchSafetyTakesTheGravest(t *testing.T) {
	c := mustLoad(t)
	got := c.MatchSafety("my hand is numb and I cannot breathe")
	want := SafetyMatch{Verdict: SafetyHit, Flag: "RF1", Level: LevelEmergency}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got = c.MatchSafety("no chest pain. My hand is numb")
	want = SafetyMatch{Verdict: SafetyHit, Flag: "RF7", Level: LevelUrgent}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEveryFlagIsFound(t *testing.T) {
	c := mustLoad(t)
	found := map[string]bool{}
	for _, p := range c.matcher.phrases {
		if !p.unsure {
			found[p.flag] = true
		}
	}
	for _, flag := range c.RedFlags() {
		if !found[flag.ID] {
			t.Errorf("%s has no safety words", flag.ID)
		}
	}
}

// FuzzMatchSafety: any text is judged, and capitals do not matter.
func FuzzMatchSafety(f *testing.F) {
	c, faults := Load("")
	if c == nil {
		f.Fatal(faults)
	}
	for _, seed := range []string{"", "?", "..", "I can't breathe", "no chest pain?", "38.5", "…’", "chest , ; pain"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got := c.MatchSafety(typed)
		if (got.Verdict == SafetyNone) != (got.Flag == "") {
			t.Errorf("%q: %+v", typed, got)
		}
		for _, r := range typed {
			if r > 127 {
				return
			}
		}
		if loud := c.MatchSafety(strings.ToUpper(typed)); loud != got {
			t.Errorf("%q: %+v, in capitals %+v", typed, got, loud)
		}
	})
}

// TestSignsInOtherWords: ways to name a sign that a denial of something else, or two words
// for one, must not hide.
func TestSignsInOtherWords(t *testing.T) {
	c := mustLoad(t)
	for _, typed := range []string{
		// "unsure" signs, denied by a word that denies something else
		"It hasn't stopped bleeding", "it has not stopped bleeding", "I have not stopped vomiting", "hasn't stopped tingling",
		"I'm not better still dizzy", "pain does not go away and belly hurts", "never had such a swelling", "bruise isn't small swollen",
		// "can not" in two words, and other ways to say the same
		"I can not feel my foot", "I can not move my arm", "can not pee", "I am not able to urinate", "unable to pee",
		"cant take a deep breath", "hard to take a deep breath", "I can not get air", "no strength in my arm", "my arm has no strength",
		"my hand does not work", "my foot doesn't lift", "I peed blood", "my speech is slurred", "his face is drooping", "my lips are blue",
		"I see double", "it hurts when I inhale", "short breath", "I get no air", "I woke up on the floor",
	} {
		if got := c.MatchSafety(typed); got.Verdict == SafetyNone {
			t.Errorf("%q passes as harmless", typed)
		}
	}
	for _, typed := range []string{"not dizzy", "no swelling", "without any bleeding", "it stopped bleeding", "I am able to pee again", "I could not lift my shopping",
		"the exercise works", "I see it"} {
		if got := c.MatchSafety(typed); got.Verdict == SafetyHit {
			t.Errorf("%q is a hit", typed)
		}
	}
}
