package content

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSpeaksOfExercise(t *testing.T) {
	c, faults := Load("")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for text, want := range map[string]bool{
		"":                                  false,
		"We are closed on Friday 3 April.":  false,
		"Please park behind the house":      false,
		"The practice is set up anew":       false,
		"New workouts from Monday":          true,
		"Do your EXERCISES daily":           true,
		"Use 8kg now":                       true,
		"Use 7,5 kg now":                    true,
		"3 sets of 15 reps":                 true,
		"Shrugs, squats and a dumbell":      true,
		"Keep stretching":                   true,
		"Bring your elastic band.":          true,
		"Holidays! No lifting for everyone": true,
	} {
		if got := c.SpeaksOfExercise(text); got != want {
			t.Errorf("%q speaks of exercise: %t", text, got)
		}
	}
}

func TestExerciseWordsAreNeeded(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "en"), 0o700); err != nil {
		t.Fatal(err)
	}
	whole, err := defaults.ReadFile("default/en/messages.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(whole), "exercise_words: [")
	_, after, _ := strings.Cut(rest, "]\n")
	for name, content := range map[string]string{
		"is missing":    before + after,
		"not a pattern": before + "exercise_words: [lift, \"..\"]\n" + after,
	} {
		if err := os.WriteFile(filepath.Join(dir, "en", "messages.yaml"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		faults := Check(dir)
		if len(faults) != 1 || !strings.Contains(faults[0].String(), name) {
			t.Errorf("faults %v, expected one that says %q", faults, name)
		}
	}
}
