package content

import (
	"strings"
	"testing"
)

func TestLint(t *testing.T) {
	long := strings.Repeat("Move a bit more. ", 40)
	for _, test := range []struct {
		key, text string
		kind      Kind
		want      string // part of the problem; "" for none
	}{
		{"x", "Stretch gently today.", KindCare, ""},
		{"x", "This can damage the muscle.", KindCare, `"damage"`},
		{"x", "The muscle is weak.", KindCare, `"weak"`},
		{"x", "Train for weeks.", KindCare, ""},
		{"x", "You missed a workout.", KindCare, `"missed"`},
		{"x", "That was an overload.", KindCare, `too much, too soon`},
		{"x", "Something is wrong.", KindCare, `"wrong"`},
		{"x", "Press Something feels wrong at any time.", KindCare, ""},
		{"x", "Kinesiophobia is common up to a point.", KindCare, `worry about moving`},
		{"x", "An irrational worry.", KindCare, `"irrational"`},
		{"x", "Do 3x12 today.", KindCare, `3 sets of 12`},
		{"x", "Do 3 × 12 today.", KindCare, `3 sets of 12`},
		{"x", "Do 3 sets of 12 today.", KindCare, ""},
		{"x", "Start at 15RM.", KindCare, `2 or 3 more`},
		{"x", "Use 50 % of your weight.", KindCare, `the weight itself`},
		{"x", "Well done!", KindCare, "exclamation"},
		{"x", "Call now!", KindSafety, "exclamation"},
		{"x", "Well done!", KindClinician, ""},
		{"x", "New weakness or an injury.", KindSafety, ""},
		{"x", "The pain will come back.", KindCare, `tends to`},
		{"x", "It will not come back.", KindCare, `tends to`},
		{"x", "This cures the spot.", KindCare, "promise nothing"},
		{"x", "Needling is guaranteed to help.", KindCare, "promise nothing"},
		{"x", "The pain stays away for good.", KindCare, "promise nothing"},
		{"x", "Exercise prevents new spots.", KindCare, "hedge"},
		{"x", "Needling helps with pain.", KindCare, "hedge"},
		{"x", "Exercises reduce pain.", KindCare, "hedge"},
		{"x", "Exercise tends to prevent new spots.", KindCare, ""},
		{"x", "Needling may help. Stretching reduces pain.", KindCare, "hedge"},
		{"x", "Lower the weight slowly.", KindCare, ""},
		{"x", "Rest completely today.", KindCare, "movement helps"},
		{"hold.x", "Rest completely today.", KindCare, ""},
		{"x", "Soreness is normal.", KindCare, "limit"},
		{"x", "Soreness is normal for up to 3 days.", KindCare, ""},
		{"x", "Move the arm up and down and then to the left and to the right and then back again to where it began.", KindCare, "a sentence of 23 words"},
		{"x", "Move the arm up and then down and then left and right and all the way back. Move the arm up and then down and then left and right and back again.", KindCare, "too long on average"},
		{"x", long, KindCare, "at most 600"},
		{"x", long, KindClinician, "at most 600"},
		{"x", strings.Repeat("Progressive rehabilitation necessitates individualised periodisation. ", 6), KindCare, "reading grade"},
		{"x", "Progressive rehabilitation necessitates individualised periodisation.", KindCare, ""},
		{"x", strings.Repeat("Do it. ", 12), KindLabel, "at most 64"},
		{"x", "Done <b>now</b>", KindLabel, "without tags"},
		{"x", "Substance P goes down.", KindCare, "only for clinicians"},
	} {
		got := strings.Join(lint(test.key, test.kind, test.text), "; ")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s %q: %q, want %q", test.kind, test.text, got, test.want)
		}
	}
}

func TestGrade(t *testing.T) {
	for _, test := range []struct {
		text      string
		low, high float64
	}{
		{"The cat sat on the mat. It was a red mat.", -3, 1},
		{"After the needling, keep the area moving gently and take a few short walks during the afternoon.", 5, 10},
		{"Significant exacerbation necessitates immediate modification of therapeutic intensity.", 18, 40},
	} {
		if g := proseOf(test.text).grade(); g < test.low || g > test.high {
			t.Errorf("%q: grade %.1f, want %g to %g", test.text, g, test.low, test.high)
		}
	}
	for word, want := range map[string]int{"rest": 1, "needling": 2, "muscle": 2, "pause": 1, "exercise": 3, "started": 2, "eased": 1, "stretches": 2, "times": 1, "12": 1} {
		if got := syllablesOf(word); got != want {
			t.Errorf("%s has %d syllables, want %d", word, got, want)
		}
	}
}

func TestMarkup(t *testing.T) {
	for source, ok := range map[string]bool{
		"plain": true, "<b>bold</b> and <i>this</i>": true, "{{if .a}}<b>x</b>{{end}}": true, "5 &lt; 6 &amp; 7": true,
		"<b>open": false, "close</b>": false, "<b><i>x</b></i>": false, "<u>no</u>": false, "5 < 6": false, "A & B": false, "<a href=\"x\">y</a>": false,
	} {
		if problem := markupProblem(source); (problem == "") != ok {
			t.Errorf("%q: %q", source, problem)
		}
	}
}
