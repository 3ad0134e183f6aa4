package bot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"afterneedle/content"
	"afterneedle/rehab"
)

// effect puts into words what an answer led to.
func (v *voice) effect(e rehab.Effect) string {
	switch {
	case e.AskedAgain:
		return v.early(v.c.Workout(e.Question.N))
	case e.Ignored:
		return v.text("two_hour.late")
	case e.Released:
		return v.released()
	case e.Extended:
		return v.text("hold.longer", "until", v.when(e.Hold.Until))
	case e.Question.Kind == rehab.AskHold:
		return cmp.Or(v.holdLine(v.c.Held()), v.text("hold.clinic"))
	case e.Closed != nil:
		return v.decision(e.Closed)
	case e.Hold != nil:
		return joined(v.intent(e.Hold.Intent, nil, ""), v.strictest(e.Hold))
	case e.Stretch != nil:
		return v.stretchAdvice(*e.Stretch)
	case e.Gate != nil:
		return v.gate(*e.Gate)
	}
	return ""
}

// early says when the pain after two hours is asked again; at night nobody asks.
func (v *voice) early(w *rehab.Workout) string {
	if _, asked := v.c.TwoHourAt(w); asked {
		return v.text("two_hour.early")
	}
	from, _ := v.c.TwoHourByText(w)
	return v.text("two_hour.early.night", "from", v.when(from))
}

// stretchAdvice says how strong the next stretch should be.
func (v *voice) stretchAdvice(advice rehab.StretchAdvice) string {
	if advice.Intent == rehab.IntentStretchOK {
		return v.text("intent.STRETCH_OK", "target", strings.ReplaceAll(advice.Target, "-", " to "))
	}
	return v.intent(advice.Intent, nil, "")
}

// gate says why there is no card, or nothing when the card follows.
func (v *voice) gate(g rehab.GateResult) string {
	switch g.Offer {
	case rehab.OfferLoad, rehab.OfferLoadSame:
		return ""
	}
	return joined(v.intent(g.Intent, nil, ""), v.nextLine())
}

// strictest says how the hold ends that outlasts h, which may be another one.
func (v *voice) strictest(h *rehab.Hold) string {
	held := v.c.Held()
	if held != nil && held.N != h.N && held.Clearance {
		return v.text("hold.clinic")
	}
	return v.holdLine(held)
}

// holdLine says until when a pause lasts that ends with a question.
func (v *voice) holdLine(h *rehab.Hold) string {
	if h == nil || h.Clearance || h.Until.IsZero() || !h.Active() {
		return ""
	}
	key := "hold.until"
	switch over := !h.Until.After(v.now); {
	case over && h.Asked > 0:
		key = "hold.number"
	case over:
		key = "hold.over"
	case h.Intent == rehab.IntentSharp: // whose text says nothing of what is fine
		key = "hold.until.easy"
	}
	return v.text(key, "until", v.when(h.Until))
}

// waitLine says what the next load waits for, unless the reasons have said it.
func (v *voice) waitLine(w *rehab.Workout) string {
	h := v.c.Held()
	if h == nil || !h.Clearance && !h.Until.IsZero() {
		return v.holdLine(h)
	}
	for i := range w.Exercises {
		if e := &w.Exercises[i]; e.Decision != nil && slices.Contains(saysWait, v.decided(e)) {
			return ""
		}
	}
	return v.text("intent." + string(rehab.IntentHoldClinician))
}

// saysWait are the reasons that name the clinician's word as the end of a pause.
var saysWait = []rehab.Intent{
	rehab.IntentEmergency, rehab.IntentUrgent, rehab.IntentHoldRest, rehab.IntentHoldClinician, rehab.IntentNerve,
}

// nextLine says when the next workout is, unless one is open.
func (v *voice) nextLine() string {
	if w := v.c.Current(); w != nil && w.Status == "" {
		return ""
	}
	if at, ok := v.c.NextWorkout(v.now); ok {
		return v.text("next.workout", "when", v.when(at))
	}
	return ""
}

// decision says what the next load of each exercise is, and why, and when it
// goes on.
func (v *voice) decision(w *rehab.Workout) string {
	return joined(v.reasons(w), v.firstHeavy(w), v.waitLine(w), v.nextLine())
}

// reasons says what the next load of each exercise is, and why; once where all
// have the same.
func (v *voice) reasons(w *rehab.Workout) string {
	var titles, texts []string
	for i := range w.Exercises {
		e := &w.Exercises[i]
		if e.Decision == nil {
			continue
		}
		t := v.c.Target(e.Target)
		m, _ := v.b.content.Muscle(t.Muscle)
		titles = append(titles, v.text("card.title", "muscle", m.Name, "side", v.text("side."+string(t.Side))))
		texts = append(texts, v.intent(v.decided(e), e, v.change(e)))
	}
	if len(texts) == 0 || !slices.ContainsFunc(texts, func(text string) bool { return text != texts[0] }) {
		return joined(texts[:min(len(texts), 1)]...)
	}
	var parts []string
	for i := range texts {
		parts = append(parts, titles[i], texts[i])
	}
	return joined(parts...)
}

// intentWaiting tells that the next step waits for the clinician's consent.
const intentWaiting rehab.Intent = "waiting"

// decided is the reason of a decision as it still holds: a pause that was lifted
// in the meantime is no reason any more, nothing goes back from the first step,
// and what has not taken effect promises nothing.
func (v *voice) decided(e *rehab.Exercise) rehab.Intent {
	if held(e) {
		return unmoved(v.standingReason(e))
	}
	return v.standingReason(e)
}

func (v *voice) standingReason(e *rehab.Exercise) rehab.Intent {
	d := e.Decision
	lifted := d.Action >= rehab.HoldExercise && v.c.Held() == nil
	switch {
	case d.Action == rehab.Advance && v.c.Target(e.Target).NextConsent:
		return intentWaiting
	case d.Action == rehab.Progress && e.Phase == rehab.P7:
		return rehab.IntentKeep
	case lifted && d.LoadPct < 100, d.Intent == rehab.IntentStepBack && d.NextPhase == e.Phase:
		return rehab.IntentEaseBack
	case lifted:
		return rehab.IntentRepeat
	}
	return d.Intent
}

// change names what really changes: the weight, the repetitions, or nothing.
func (v *voice) change(e *rehab.Exercise) string {
	t := v.c.Target(e.Target)
	load, dose := v.load(e.Target, e.NextShown), v.dose(t.Phase, e.NextShown)
	switch {
	case held(e):
		return v.unchanged(e, load, dose)
	case e.Decision != nil && e.Decision.LoadPct < 100 && e.NextShown.SameWork(e.Shown):
		// Nothing smaller can be asked for in numbers.
		return v.text("change.softer", "dose", dose)
	case load == "":
		return v.text("change.free", "dose", dose)
	case e.NextShown.SameWork(e.Shown):
		return v.text("change.same", "load", load, "dose", dose)
	case e.NextShown.ShownG == e.Shown.ShownG:
		return v.text("change.reps", "load", load, "dose", dose)
	}
	return v.text("change.weight", "load", load, "dose", dose)
}

// intent is the text of one reason.
func (v *voice) intent(i rehab.Intent, e *rehab.Exercise, change string) string {
	key := "intent." + string(i)
	data := []any{}
	for _, name := range v.b.content.Placeholders(key) {
		data = append(data, name, v.intentValue(name, e, change))
	}
	// Where nothing changes, the blank in front of the change goes too.
	return strings.TrimSpace(strings.ReplaceAll(v.text(key, data...), "  ", " "))
}

func (v *voice) intentValue(name string, e *rehab.Exercise, change string) any {
	switch name {
	case "change":
		return content.HTML(change)
	case "before", "two_hours":
		if e == nil || e.Input == nil {
			return ""
		}
		if name == "before" {
			return fmt.Sprint(e.Input.Before)
		}
		return fmt.Sprint(e.Input.TwoHour)
	case "pain":
		if n := len(v.c.Workouts); n > 0 {
			return v.c.Workouts[n-1].Before.String()
		}
	}
	return ""
}
