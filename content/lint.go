package content

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what a patient reads; src 78 and defaults of ours.
const (
	longestText     = 600 // characters
	longestSentence = 20  // words
	averageSentence = 15  // words
	highestGrade    = 8.0 // Flesch-Kincaid
	gradedFrom      = 30  // words from which the grade is judged
	longestLabel    = 64  // characters
)

// restText marks the texts that may ask for complete rest: those of a hold.
const restText = "hold."

// fixedLabels may be named in any text.
var fixedLabels = regexp.MustCompile(`(?i)something feels wrong|too sore to exercise`)

// wordRule is a wording that does not fit, and what to do about it.
type wordRule struct {
	pattern *regexp.Regexp
	advice  string
}

func avoid(pattern, advice string) wordRule {
	return wordRule{regexp.MustCompile(`(?i)` + pattern), advice}
}

// harshWords frighten, blame, or mean little to a patient (src 79, 80).
var harshWords = []wordRule{
	avoid(`\b(damag\w*|tear|tears|torn|injur\w*|wrong)\b`, `say "sore", "sensitive" or "catching up"`),
	avoid(`\bweak(ly|er|est|ness|nesses|en|ens|ened)?\b`, `say "sore", "sensitive" or "catching up"`),
	avoid(`pain means harm`, `say "sore does not mean harm"`),
	avoid(`\b(fail\w*|miss(ed|ing)?)\b`, `say "not today"`),
	avoid(`\boverload\w*`, `say "a bit too much, too soon"`),
	avoid(`\b(irrational\w*|\w*phobi\w*)\b`, `say "worry about moving"`),
	avoid(`\b(degenerat\w*|bone on bone|pinched)\b`, `leave it out`),
	avoid(`\d+\s*[x×]\s*\d+`, `write "3 sets of 12"`),
	avoid(`\d\s*%\s*of\b`, `give the weight itself`),
	avoid(`\b\d*RMs?\b`, `write "stop when you could do 2 or 3 more"`),
	avoid(`\b(substance P|CGRP|cytokines?|neurogenic)\b`, `only for clinicians`),
}

// promises are certainties that nobody can give: S-05, S-06.
var promises = []wordRule{
	avoid(`\b(will|won't|will not|never)\s+(come back|return|recur)\b`, `say "tends to" or "may"`),
	avoid(`\b(cure[sd]?|guarantee\w*|permanent\w*|for good|forever|pain[- ]free for)\b`, `promise nothing; say "tends to help"`),
	avoid(`\balways (works?|helps?)\b`, `promise nothing; say "tends to help"`),
	avoid(`\b(100 ?%|completely) (safe|sure|gone)\b`, `promise nothing`),
}

var (
	completeRest = avoid(`\b((complete|total|full|bed) rest|(rest|resting) completely|complete(ly)? (rest|immobil\w*))\b`,
		`movement helps; only a hold may ask for complete rest (S-56)`)
	reassurance = regexp.MustCompile(`(?i)\b(is|are|be) (quite |very )?(normal|common|expected)\b`)
	limit       = regexp.MustCompile(`(?i)up to|\btell\b|\bcall\b|\btap\b|\b(in|after|within) \d`)
	efficacy    = regexp.MustCompile(`(?i)\b(needling|exercise|stretch|training|loading|movement|strength work)(es|ing)?\b[^.]*\b` +
		`(helps|reduces|eases|prevents|protects|improves|restores|builds|strengthens|relieves|lowers|beats|works|keeps|makes|` +
		`will (help|reduce|ease|prevent|protect|improve|restore|build|strengthen|relieve|lower|keep|make))\b`)
	severalHelp = regexp.MustCompile(`(?i)\b(exercises|stretches|workouts|sessions) (help|reduce|ease|prevent|protect|improve|restore|build|strengthen|relieve|lower|beat|work)\b`)
	hedge       = regexp.MustCompile(`(?i)\b(tends?|may|might|can|could|often|appears?|seems?|var(y|ies)|usually|likely|some|many|aims?|growing|if|whether|perhaps)\b`)
)

// lintAll judges every text of the content.
func lintAll(c *Content, r *report) {
	for _, key := range slices.Sorted(maps.Keys(c.texts.byKey)) {
		t := c.texts.byKey[key]
		for _, problem := range lint(key, t.kind, t.source) {
			r.add(t.doc.file, t.line, "text %q: %s", key, problem)
		}
	}
}

// lint lists what the rules of wording have against a text. Labels and
// clinicians' texts only keep to a length; safety texts may use any word.
func lint(key string, kind Kind, source string) []string {
	switch kind {
	case KindLabel:
		return lintLabel(source)
	case KindClinician:
		return lintLength(proseOf(source))
	}
	p := proseOf(source)
	problems := append(lintLength(p), lintReading(p)...)
	if strings.Contains(p.plain, "!") {
		problems = append(problems, "no exclamation marks where pain is spoken of")
	}
	if !strings.HasPrefix(key, restText) {
		problems = append(problems, judge(p.plain, completeRest)...)
	}
	problems = append(problems, judge(p.plain, promises...)...)
	if kind == KindSafety {
		return problems
	}
	problems = append(problems, judge(fixedLabels.ReplaceAllString(p.plain, ""), harshWords...)...)
	return append(problems, lintHedges(p)...)
}

func lintLabel(source string) []string {
	var problems []string
	if utf8.RuneCountInString(source) > longestLabel {
		problems = append(problems, fmt.Sprintf("a label has at most %d characters", longestLabel))
	}
	if strings.ContainsAny(source, "<>&\n") {
		problems = append(problems, "a label is one line without tags")
	}
	return problems
}

func lintLength(p prose) []string {
	if n := utf8.RuneCountInString(p.plain); n > longestText {
		return []string{fmt.Sprintf("%d characters; at most %d", n, longestText)}
	}
	return nil
}

func lintReading(p prose) []string {
	var problems []string
	words := p.words()
	for _, s := range p.sentences {
		if n := countWords(s); n > longestSentence {
			problems = append(problems, fmt.Sprintf("a sentence of %d words, at most %d: %q", n, longestSentence, s))
		}
	}
	if len(p.sentences) > 0 && words > averageSentence*len(p.sentences) {
		problems = append(problems, fmt.Sprintf("sentences are too long on average; at most %d words", averageSentence))
	}
	if g := p.grade(); words >= gradedFrom && g > highestGrade {
		problems = append(problems, fmt.Sprintf("reading grade %.1f; at most %.0f: use shorter words and sentences", g, highestGrade))
	}
	return problems
}

func judge(plain string, rules ...wordRule) []string {
	var problems []string
	for _, rule := range rules {
		if found := rule.pattern.FindString(plain); found != "" {
			problems = append(problems, fmt.Sprintf("%q: %s", found, rule.advice))
		}
	}
	return problems
}

// lintHedges wants a hedge in every sentence that claims a benefit (S-06), and
// a limit in every text that calls something normal.
func lintHedges(p prose) []string {
	var problems []string
	for _, s := range p.sentences {
		if (efficacy.MatchString(s) || severalHelp.MatchString(s)) && !hedge.MatchString(s) {
			problems = append(problems, fmt.Sprintf("a benefit without a hedge such as \"tends to\": %q", s))
		}
	}
	if found := reassurance.FindString(p.plain); found != "" && !limit.MatchString(p.plain) {
		problems = append(problems, fmt.Sprintf("%q needs its limit: up to when, or when to tell the clinic", found))
	}
	return problems
}
