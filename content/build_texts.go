package content

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (s *source) buildMessages(c *Content, r *report) {
	d := s.text("messages.yaml")
	c.texts.nouns = s.messages.Nouns
	c.texts.checkNouns(r, d)
	texts := map[Kind]map[string]string{
		KindLabel: s.messages.Labels, KindCare: s.messages.Care,
		KindSafety: s.messages.Safety, KindClinician: s.messages.Clinician,
	}
	for _, kind := range []Kind{KindLabel, KindCare, KindSafety, KindClinician} {
		for _, key := range d.keys(sections[kind]) {
			c.texts.add(r, d, []any{sections[kind], key}, key, kind, texts[kind][key])
		}
	}
	if len(s.messages.ExerciseWords) == 0 {
		r.atUnread(d, []any{"exercise_words"}, "exercise_words is missing: it keeps exercise from people on hold")
	}
	c.exercise = compileAll(r, d, s.messages.ExerciseWords, "exercise_words")
}

func (s *source) buildFAQ(c *Content, r *report) {
	d := s.text("faq.yaml")
	for _, id := range d.keys("faq") {
		f := s.faq.FAQ[id]
		path := func(name string) []any { return []any{"faq", id, name} }
		if f.Title == "" || f.Button == "" || len(f.Words) == 0 {
			r.atUnread(d, []any{"faq", id}, "question %q needs a title, a button and words", id)
		}
		c.texts.add(r, d, path("text"), "faq."+id, KindCare, f.Text)
		c.faq = append(c.faq, FAQ{ID: id, Title: f.Title, Button: f.Button, words: f.Words})
	}
}

func (s *source) buildCards(c *Content, r *report) {
	d := s.text("cards.yaml")
	c.cards = map[string]Card{}
	for _, id := range d.keys("cards") {
		f := s.cards.Cards[id]
		if f.Title == "" {
			r.atUnread(d, []any{"cards", id}, "card %q needs a title", id)
		}
		c.cards[id] = Card{ID: id, Title: f.Title, Steps: f.Steps}
		c.texts.add(r, d, []any{"cards", id}, "learn."+id, KindCare, f.source())
	}
	sameKeys(r, d, []any{"milestones"}, s.cards.Milestones, milestoneIDs)
	for _, id := range slices.Sorted(maps.Keys(s.cards.Milestones)) {
		c.texts.add(r, d, []any{"milestones", id}, "milestone."+id, KindCare, s.cards.Milestones[id])
	}
}

// source is the whole card as one text: title, introduction, numbered steps,
// ending.
func (f cardFile) source() string {
	lines := []string{"<b>" + f.Title + "</b>"}
	if f.Text != "" {
		lines = append(lines, strings.TrimSpace(f.Text))
	}
	for i, step := range f.Steps {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, step))
	}
	if f.Ending != "" {
		lines = append(lines, strings.TrimSpace(f.Ending))
	}
	return strings.Join(lines, "\n")
}

func (s *source) buildRedFlags(c *Content, r *report) {
	d, texts := s.docs["redflags.yaml"], s.text("redflags.yaml")
	sameKeys(r, texts, []any{"flags"}, s.flagTexts.Flags, flagIDs)
	sameKeys(r, texts, []any{"symptoms"}, s.flagTexts.Symptoms, symptomIDs)
	sameKeys(r, texts, []any{"holds"}, s.flagTexts.Holds, holdIDs)
	s.checkRedFlags(r)
	for _, id := range d.keys("flags") {
		f := s.redFlags.Flags[id]
		flag := RedFlag{ID: id, Level: Level(f.Level), Action: flagActions[f.Action], Source: f.Source}
		c.flags = append(c.flags, flag)
		if words, ok := s.flagTexts.Flags[id]; ok {
			c.texts.add(r, texts, []any{"flags", id, "text"}, "redflag."+id, KindSafety, words.Text)
		}
	}
	for _, id := range d.keys("symptoms") {
		f := s.redFlags.Symptoms[id]
		c.symptoms = append(c.symptoms, Symptom{ID: id, Level: Level(f.Level), Source: f.Source})
		if label, ok := s.flagTexts.Symptoms[id]; ok {
			c.texts.add(r, texts, []any{"symptoms", id}, "symptom."+id, KindLabel, label)
		}
	}
	for _, id := range d.keys("holds") {
		f := s.redFlags.Holds[id]
		c.holds = append(c.holds, HoldReason{ID: id, Hours: f.Hours, MaxHours: f.MaxHours, Release: f.Release, Source: f.Source})
		if words, ok := s.flagTexts.Holds[id]; ok {
			c.texts.add(r, texts, []any{"holds", id}, "holdreason."+id, KindLabel, words)
		}
	}
	c.matcher = newMatcher(&s.flagTexts, c.flags, texts, r)
}
