package bot

import (
	"testing"

	"afterneedle/rehab"
)

// TestEveryMessageInSuggestMode lives through courses whose clinician answers
// some suggestions and leaves others, and looks at every message, at the
// clinician's buttons and at every line of the history.
func TestEveryMessageInSuggestMode(t *testing.T) {
	texts := loaded(t)
	suggested, told := 0, 0
	for seed := range uint64(25) {
		w := newWalker(t, seed, texts)
		w.c.ClinicMode, w.c.Acting = rehab.ModeSuggest, 1
		w.tapping = true
		w.walk()
		if w.kinds[rehab.PromptNewLoad] {
			told++
		}
		v := w.voice()
		for i := range w.c.Changes {
			x := &w.c.Changes[i]
			if x.What == rehab.ChangeSuggested {
				suggested++
			}
			w.check("history", body{Text: v.changed(x)})
		}
		if v.err != nil {
			t.Fatal(v.err)
		}
	}
	if suggested < 100 || told < 10 {
		t.Errorf("%d suggestions, %d courses in which a new load was told", suggested, told)
	}
}

// tap answers the open suggestions, now and then.
func (w *walker) tap() {
	for i := range w.c.Alerts {
		a := &w.c.Alerts[i]
		if _, _, ok := w.c.Suggestion(a); !ok || !a.AckedAt.IsZero() || !w.one(20) {
			continue
		}
		v := w.voice()
		w.check("patient screen", body{Text: v.alertWhat(a), Rows: row(v.suggestionButtons(a)...)})
		if w.one(4) {
			_ = w.c.Keep(a.N, 1, w.clock.now)
			return
		}
		_ = w.c.Confirm(a.N, 1, w.clock.now)
		return
	}
}
