package content

import (
	"maps"
	"slices"
	"strings"
)

// checkAgainst compares a clinic's texts with the embedded ones, which say what
// there must be: every key, its kind, and the placeholders that it may use.
func checkAgainst(clinic, embedded *Content, s *source, r *report) {
	for _, key := range slices.Sorted(maps.Keys(embedded.texts.byKey)) {
		want, got := embedded.texts.byKey[key], clinic.texts.byKey[key]
		switch {
		case ownRecords(key):
		case got == nil:
			if !clinic.texts.seen[key] {
				reportMissing(s, key, want, r)
			}
		case got.kind != want.kind:
			r.add(got.doc.file, got.line, "text %q belongs to %s", key, want.kind)
		case got.kind == KindSafety:
			for _, f := range want.fields {
				if !slices.Contains(got.fields, f) {
					r.add(got.doc.file, got.line, "text %q must keep {{.%s}}", key, f)
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(clinic.texts.byKey)) {
		got, want := clinic.texts.byKey[key], embedded.texts.byKey[key]
		if want == nil && !ownRecords(key) {
			r.add(got.doc.file, got.line, "unknown text %q", key)
			continue
		}
		checkFields(got, want, r)
	}
	checkSteps(clinic, embedded, s, r)
	for _, want := range embedded.holds {
		i := slices.IndexFunc(clinic.holds, func(own HoldReason) bool { return own.ID == want.ID })
		if i >= 0 && slices.Index(releases, clinic.holds[i].Release) < slices.Index(releases, want.Release) {
			r.at(s.docs["redflags.yaml"], []any{"holds", want.ID, "release"},
				"release of %s must be at least %s, not %s", want.ID, want.Release, clinic.holds[i].Release)
		}
	}
	for _, q := range embedded.faq {
		if !slices.ContainsFunc(clinic.faq, func(own FAQ) bool { return own.ID == q.ID }) {
			r.atUnread(s.text("faq.yaml"), []any{"faq"}, "question %q is missing", q.ID)
		}
	}
}

// ownRecords reports whether a clinic may add and drop texts like this one:
// the muscles that it treats, and questions of its own.
func ownRecords(key string) bool {
	return strings.HasPrefix(key, "muscle.") || strings.HasPrefix(key, "faq.")
}

// reportMissing reports a message or card that a file lacks; the records of the
// other files are compared when they are built.
func reportMissing(s *source, key string, want *text, r *report) {
	d := s.docs[want.doc.name]
	switch d {
	case s.text("messages.yaml"):
		r.atUnread(d, []any{sections[want.kind]}, "text %q is missing", key)
	case s.text("cards.yaml"):
		if id, ok := strings.CutPrefix(key, "learn."); ok {
			r.atUnread(d, []any{"cards"}, "card %q is missing", id)
		}
	}
}

// checkFields reports placeholders that will have no value.
func checkFields(got, want *text, r *report) {
	allowed := slices.Clone(globalFields)
	switch {
	case strings.HasPrefix(got.key, "muscle."):
		allowed = append(allowed, muscleFields...)
	case want != nil:
		allowed = append(allowed, want.fields...)
	}
	slices.Sort(allowed)
	for _, f := range got.fields {
		if !slices.Contains(allowed, f) {
			r.add(got.doc.file, got.line, "text %q: unknown placeholder {{.%s}}; expected one of %s", got.key, f, strings.Join(slices.Compact(allowed), ", "))
		}
	}
}

// checkSteps keeps the number of steps of each education card: the reasons, the
// chain and the mechanism are lists of a known length (S-04, S-07, S-29).
func checkSteps(clinic, embedded *Content, s *source, r *report) {
	for id, want := range embedded.cards {
		if got, ok := clinic.cards[id]; ok && len(got.Steps) != len(want.Steps) {
			r.at(s.text("cards.yaml"), []any{"cards", id, "steps"}, "card %q must have %d steps, not %d", id, len(want.Steps), len(got.Steps))
		}
	}
}
