package content

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Verdict says how sure a text names a warning sign.
type Verdict int

const (
	SafetyNone  Verdict = iota // nothing of the kind
	SafetyDoubt                // named, but denied, doubted or asked about: ask back
	SafetyHit                  // the writer has it
)

// SafetyMatch is what a typed text says about warning signs.
type SafetyMatch struct {
	Verdict Verdict
	Flag    string // RF1 to RF11; "" for SafetyNone
	Level   Level  // that flag's own level, finer than the level of its button
}

// MatchSafety looks for the safety words in any typed text. Of several it
// reports the surest, then the gravest.
func (c *Content) MatchSafety(typed string) SafetyMatch { return c.matcher.match(typed) }

// matcher is the compiled safety words of a language.
type matcher struct {
	phrases   []flagPhrase
	ordinary  []pattern
	negations []string
	doubts    []pattern
	questions []pattern
	claims    []pattern
}

// flagPhrase is one way to say a warning sign. An unsure one may be harmless
// and always asks back.
type flagPhrase struct {
	pattern pattern
	flag    string
	level   Level
	unsure  bool
}

// pattern is a row of words; see compile.
type pattern []element

// element is one place in a pattern: one of several words, or a gap.
type element struct {
	words []string
	stems []string
	gap   bool
}

// Lengths in words; defaults of ours.
const (
	gapWords    = 3 // the longest gap that ".." stands for
	negationFar = 4 // how far before a sign its denial may stand
)

// compile reads a pattern: words in a row; "a|b" is either, "stem*" any word
// that begins so, ".." up to three words of any kind.
func compile(s string) (pattern, error) {
	var p pattern
	for _, field := range strings.Fields(s) {
		if field == ".." {
			p = append(p, element{gap: true})
			continue
		}
		var e element
		for _, alternative := range strings.Split(field, "|") {
			stem, isStem := strings.CutSuffix(alternative, "*")
			words := wordsOf(stem)
			if len(words) != 1 {
				return nil, fmt.Errorf("%q is not a pattern of words", s)
			}
			if isStem {
				e.stems = append(e.stems, words[0])
			} else {
				e.words = append(e.words, words[0])
			}
		}
		p = append(p, e)
	}
	if len(p) == 0 || p[0].gap || p[len(p)-1].gap {
		return nil, fmt.Errorf("%q is not a pattern of words", s)
	}
	return p, nil
}

func (e element) fits(typed string) bool {
	return slices.ContainsFunc(e.words, func(w string) bool { return nearly(typed, w) }) ||
		slices.ContainsFunc(e.stems, func(stem string) bool { return strings.HasPrefix(typed, stem) })
}

// from reports whether the pattern stands at the beginning of words, all of one
// sentence, and how many words it takes.
func (p pattern) from(words []word) (taken int, ok bool) {
	if len(p) == 0 {
		return 0, true
	}
	if p[0].gap {
		for skip := 0; skip <= min(gapWords, len(words)); skip++ {
			if n, ok := p[1:].from(words[skip:]); ok {
				return skip + n, true
			}
		}
		return 0, false
	}
	if len(words) == 0 || !p[0].fits(words[0].text) {
		return 0, false
	}
	n, ok := p[1:].from(words[1:])
	return n + 1, ok
}

// in reports whether the pattern stands anywhere in words.
func (p pattern) in(words []word) bool {
	for i := range words {
		if n, ok := p.from(words[i:]); ok && words[i].sentence == words[i+n-1].sentence {
			return true
		}
	}
	return false
}

func newMatcher(f *flagTextsFile, flags []RedFlag, d *document, r *report) *matcher {
	m := &matcher{negations: f.Match.Negations}
	m.ordinary = compileAll(r, d, f.Match.Ordinary, "match", "ordinary")
	m.doubts = compileAll(r, d, f.Match.Doubts, "match", "doubts")
	m.questions = compileAll(r, d, f.Match.Questions, "match", "questions")
	m.claims = compileAll(r, d, f.Match.Claims, "match", "claims")
	for _, flag := range flags {
		words, ok := f.Flags[flag.ID]
		if ok && len(words.Words) == 0 {
			r.atUnread(d, []any{"flags", flag.ID}, "%s has no safety words", flag.ID)
		}
		for _, p := range compileAll(r, d, words.Words, "flags", flag.ID, "words") {
			m.phrases = append(m.phrases, flagPhrase{p, flag.ID, flag.Level, false})
		}
		for _, p := range compileAll(r, d, words.Unsure, "flags", flag.ID, "unsure") {
			m.phrases = append(m.phrases, flagPhrase{p, flag.ID, flag.Level, true})
		}
	}
	return m
}

// compileAll compiles the patterns that a document has at a path.
func compileAll(r *report, d *document, list []string, path ...any) []pattern {
	var patterns []pattern
	for i, s := range list {
		p, err := compile(s)
		if err != nil {
			r.at(d, append(slices.Clone(path), i), "%v", err)
			continue
		}
		patterns = append(patterns, p)
	}
	return patterns
}

// gluedUnit is a number with its unit, such as 8kg.
var gluedUnit = regexp.MustCompile(`(\d)(\pL)`)

// SpeaksOfExercise reports whether a text speaks of exercise, which is not for
// people who are on hold.
func (c *Content) SpeaksOfExercise(text string) bool {
	return anyIn(c.exercise, read(gluedUnit.ReplaceAllString(text, "$1 $2")).words)
}

func (m *matcher) match(typed string) SafetyMatch {
	t := read(typed)
	m.blankOrdinary(t.words)
	best := SafetyMatch{Level: LevelNone}
	for _, phrase := range m.phrases {
		for i := range t.words {
			n, ok := phrase.pattern.from(t.words[i:])
			if !ok || t.words[i].sentence != t.words[i+n-1].sentence {
				continue
			}
			found := SafetyMatch{m.verdict(t, phrase, i, i+n), phrase.flag, phrase.level}
			if found.Verdict > best.Verdict ||
				found.Verdict == best.Verdict && found.Level.rank() > best.Level.rank() {
				best = found
			}
		}
	}
	if best.Verdict == SafetyNone {
		return SafetyMatch{Level: LevelNone}
	}
	return best
}

// blankOrdinary takes the sense out of phrases that only look like a sign.
func (m *matcher) blankOrdinary(words []word) {
	for i := range words {
		for _, p := range m.ordinary {
			n, ok := p.from(words[i:])
			if !ok || words[i].sentence != words[i+n-1].sentence {
				continue
			}
			for j := i; j < i+n; j++ {
				words[j].text = "-"
			}
		}
	}
}

// verdict judges the sign that stands in words [from, to).
func (m *matcher) verdict(t typedText, phrase flagPhrase, from, to int) Verdict {
	denied := m.denied(t.words, from, to)
	scattered := t.words[from].clause != t.words[to-1].clause
	switch {
	case phrase.unsure && denied && m.deniedItself(t.words, from):
		return SafetyNone
	case phrase.unsure, denied, scattered:
		return SafetyDoubt
	}
	sentence := sentenceAround(t.words, from)
	if anyIn(m.doubts, sentence) {
		return SafetyDoubt
	}
	asked := t.questions[t.words[from].sentence] || anyFrom(m.questions, sentence)
	if asked && !anyIn(m.claims, sentence) {
		return SafetyDoubt
	}
	return SafetyHit
}

// denied reports whether the sign is denied: by a word shortly before it in the
// same clause, or by a clause of one word after it.
func (m *matcher) denied(words []word, from, to int) bool {
	for i := from - 1; i >= 0 && i >= from-negationFar && words[i].clause == words[from].clause; i-- {
		if slices.Contains(m.negations, words[i].text) {
			return true
		}
	}
	last := words[to-1].clause
	if to >= len(words) || words[to].clause == last || !slices.Contains(m.negations, words[to].text) {
		return false
	}
	return to+1 == len(words) || words[to+1].clause != words[to].clause
}

// denialFillers may stand between a denial and what it denies; anything else, such as in
// "has not stopped vomiting", may turn its sense around.
var denialFillers = []string{"any", "a", "an", "the", "more", "much", "really", "very"}

// deniedItself reports whether no other word stands between the sign and its denial.
func (m *matcher) deniedItself(words []word, from int) bool {
	for i := from - 1; i >= 0 && words[i].clause == words[from].clause; i-- {
		if slices.Contains(m.negations, words[i].text) {
			return true
		}
		if !slices.Contains(denialFillers, words[i].text) {
			return false
		}
	}
	return true // by a clause after it
}

func sentenceAround(words []word, i int) []word {
	same := func(w word) bool { return w.sentence == words[i].sentence }
	first := slices.IndexFunc(words, same)
	end := first
	for end < len(words) && same(words[end]) {
		end++
	}
	return words[first:end]
}

func anyIn(patterns []pattern, words []word) bool {
	return slices.ContainsFunc(patterns, func(p pattern) bool { return p.in(words) })
}

func anyFrom(patterns []pattern, words []word) bool {
	return slices.ContainsFunc(patterns, func(p pattern) bool {
		_, ok := p.from(words)
		return ok
	})
}
