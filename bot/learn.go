package bot

import (
	"strings"

	"afterneedle/rehab"
)

// learn lists the education cards, or shows one.
func (t *turn) learn(id string) {
	if card, ok := t.bot.content.Card(id); ok {
		t.say(body{Text: card.Text, Rows: row(t.label("learn", "menu", 0, "learn"), t.label("faq", "menu", 0, "faq"))})
		return
	}
	if id != "" {
		t.stale()
		return
	}
	var buttons []button
	for _, id := range t.bot.content.CardIDs() {
		card, _ := t.bot.content.Card(id)
		buttons = append(buttons, button{Label: plainLabel(card.Title), Verb: "menu", Value: "learn:" + id})
	}
	t.say(body{Text: t.text("learn.head"), Rows: column(buttons...)})
}

// glossary is the background that clinicians can look up, in the words that
// patients do not read.
func (t *turn) glossary() {
	var parts []string
	for _, key := range []string{"glossary.kinesiophobia", "glossary.twitch", "glossary.timing", "glossary.stretch"} {
		parts = append(parts, t.text(key))
	}
	t.say(body{Text: strings.Join(parts, "\n\n")})
}

// firstHeavy is the honest line about heavy slow resistance, said once, with the
// step that leads to it (S-18).
func (v *voice) firstHeavy(w *rehab.Workout) string {
	for _, e := range w.Exercises {
		if d := e.Decision; d != nil && !held(&e) && d.Action == rehab.Advance && (d.NextPhase == rehab.P4 || d.NextPhase == rehab.K4) {
			card, _ := v.b.content.Card("hsr_intro")
			return card.Text
		}
	}
	return ""
}
