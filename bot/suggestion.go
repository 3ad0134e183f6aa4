package bot

import (
	"fmt"
	"strings"

	"afterneedle/rehab"
)

// suggestion asks the clinician about a change of load: who, which muscle, the
// four pains, and why.
func (v *voice) suggestion(a *rehab.Alert, again bool) body {
	t, p, _ := v.c.Suggestion(a)
	d := v.c.Workout(a.Workout).Exercise(t.N).Decision
	text := v.text("suggestion", "name", v.patient.Name, "row", v.suggested(t, p), "pains", v.pains(a.Workout),
		"ids", strings.Join(d.Rules, ", "), "reason", d.Reason)
	if again {
		text = joined(v.text("suggestion.again", "when", clockTime(a.RaisedAt, v.now, v.c.ClinicZone)), text)
	}
	rows := row(v.suggestionButtons(a)...)
	if v.c.Held() != nil {
		rows = append(rows, []button{v.label("release", "release", v.c.Held().N, fmt.Sprint(v.patient.ID))})
	}
	return body{Text: text, Rows: rows}
}

// suggestionButtons are the answers to an open suggestion.
func (v *voice) suggestionButtons(a *rehab.Alert) []button {
	t, p, _ := v.c.Suggestion(a)
	option := func(key, verb string, s, other rehab.Standing) button {
		return button{
			Label: plainLabel(v.text(key, "load", v.standing(t, s, other))), Verb: verb, N: a.N, Value: fmt.Sprint(v.patient.ID),
		}
	}
	return []button{
		option("button.confirm_load", "accept", p.Standing(), t.Standing()),
		option("button.keep_load", "keep", t.Standing(), p.Standing()),
	}
}

// suggested names the muscle, where it stands and where it would stand.
func (v *voice) suggested(t *rehab.Target, p *rehab.Proposal) string {
	next := v.standing(t, p.Standing(), t.Standing())
	if p.Stretch {
		next = v.text("suggestion.stretch", "next", next)
	}
	return v.text("suggestion.row", "muscle", v.muscleName(t), "side", v.text("side."+string(t.Side)),
		"load", v.standing(t, t.Standing(), p.Standing()), "next", next)
}

// standing is a load and, where it is not that of the other, the phase with it.
func (v *voice) standing(t *rehab.Target, s, other rehab.Standing) string {
	load := v.text("standing.reps", "n", s.LoadG/rehab.RepsLoad(1))
	if s.Weighed {
		load = rehab.FormatLoad(s.LoadG, t.Unit)
	}
	switch {
	case s.SameDose(other):
		return load
	case s.RM != 0 && s.Phase == other.Phase:
		return v.text("standing.dose", "phase", string(s.Phase), "n", s.RM, "load", load)
	}
	return v.text("standing.phase", "phase", string(s.Phase), "load", load)
}

// openSuggestions lists what the clinician has still to answer about the load.
func (t *turn) openSuggestions(v *voice) (lines []string, rows [][]button) {
	for i := range t.course.Alerts {
		a := &t.course.Alerts[i]
		if _, _, ok := t.course.Suggestion(a); ok {
			lines = append(lines, v.alertWhat(a))
			rows = append(rows, v.suggestionButtons(a))
		}
	}
	t.fail(v.err)
	return lines, rows
}

// answerSuggestion is a tap on Confirm or Keep.
func (t *turn) answerSuggestion(x tap) {
	t.onPatient(x.value, func(t *turn) {
		a := t.course.Alert(x.n)
		if a == nil {
			t.stale()
			return
		}
		target, p, ok := t.course.Suggestion(a)
		if !ok {
			t.line("suggestion.closed")
			return
		}
		v := t.bot.voiceFor(t)
		kept, next := v.standing(target, target.Standing(), p.Standing()), v.standing(target, p.Standing(), target.Standing())
		act, key, load := t.course.Confirm, "suggestion.confirmed", next
		if x.verb == "keep" {
			act, key, load = t.course.Keep, "suggestion.kept", kept
		}
		if act(x.n, t.clinician.ID, t.now) != nil {
			t.line("suggestion.closed")
			return
		}
		t.line(key, "name", t.patient.Name, "muscle", v.muscleName(target), "side", t.text("side."+string(target.Side)), "load", load)
		t.fail(v.err)
	})
}

// held reports whether what the decision of e asked for has not taken effect.
func held(e *rehab.Exercise) bool {
	switch e.Suggested {
	case rehab.SuggestionOpen, rehab.SuggestionKept, rehab.SuggestionClosed:
		return true
	}
	return false
}

// Reasons that promise no change.
const (
	intentSuggestUp   rehab.Intent = "suggest.up"
	intentSuggestDown rehab.Intent = "suggest.down"
)

// unmoved is the reason of a decision that has not taken effect: it must not
// tell the patient of a step that is not taken.
func unmoved(i rehab.Intent) rehab.Intent {
	switch i {
	case rehab.IntentNextStep:
		return intentSuggestUp
	case rehab.IntentEaseBack, rehab.IntentStepBack:
		return intentSuggestDown
	}
	return i
}

// unchanged says that the load stays, and whether the clinic looks at it.
func (v *voice) unchanged(e *rehab.Exercise, load, dose string) string {
	switch waits := e.Suggested == rehab.SuggestionOpen; {
	case waits && load == "":
		return v.text("change.waiting.free", "dose", dose)
	case waits:
		return v.text("change.waiting", "load", load, "dose", dose)
	case load == "":
		return v.text("change.free", "dose", dose)
	}
	return v.text("change.same", "load", load, "dose", dose)
}

// newLoad tells the patient what the clinician has confirmed.
func (v *voice) newLoad(n int) body {
	x := v.c.Change(n)
	if x.What == rehab.ChangeConsent {
		return body{Text: joined(v.text("step.open"), v.nextLine())}
	}
	e := v.c.Workout(x.Workout).Exercise(x.Target)
	key := "new_load"
	if w := v.c.Current(); w != nil && w.Status == "" && w.Exercise(x.Target) != nil {
		key = "new_load.open"
	}
	title := ""
	if len(v.c.Targets) > 1 {
		t := v.c.Target(x.Target)
		title = v.text("card.title", "muscle", v.muscleName(t), "side", v.text("side."+string(t.Side)))
	}
	return body{Text: joined(title, v.text(key, "change", v.change(e)), v.firstHeavy(v.c.Workout(x.Workout)))}
}
