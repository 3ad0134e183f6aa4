package content

import (
	"regexp"
	"strings"
	"unicode"
)

// prose is a text as it is read aloud: without tags, with stand-ins for its
// placeholders.
type prose struct {
	plain     string
	sentences []string
}

var (
	countCallText = regexp.MustCompile(`\{\{\s*count .*?\}\}`)
	control       = regexp.MustCompile(`\{\{\s*(if|else|end)\b.*?\}\}`)
	itemNumber    = regexp.MustCompile(`(?m)^\d+\. `)
	sentenceEnd   = regexp.MustCompile(`[.!?:](?:\s+|$)|\n+`)
)

func proseOf(source string) prose {
	s := control.ReplaceAllString(source, "")
	s = countCallText.ReplaceAllString(s, "2 hours")
	s = action.ReplaceAllString(s, "5")
	s = markup.ReplaceAllString(s, "")
	s = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`).Replace(s)
	p := prose{plain: strings.TrimSpace(s)}
	for _, sentence := range sentenceEnd.Split(itemNumber.ReplaceAllString(p.plain, ""), -1) {
		if len(wordsOf(sentence)) > 0 {
			p.sentences = append(p.sentences, strings.TrimSpace(sentence))
		}
	}
	return p
}

func countWords(sentence string) int { return len(wordsOf(sentence)) }

// words is the number of words; those of placeholders count as one each.
func (p prose) words() int {
	n := 0
	for _, s := range p.sentences {
		n += countWords(s)
	}
	return n
}

// grade is the Flesch-Kincaid school grade.
func (p prose) grade() float64 {
	words, syllables := 0, 0
	for _, s := range p.sentences {
		for _, w := range wordsOf(s) {
			words++
			syllables += syllablesOf(w)
		}
	}
	if words == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(len(p.sentences)) + 11.8*float64(syllables)/float64(words) - 15.59
}

// syllablesOf estimates the syllables of an English word by its groups of
// vowels; a number counts as one.
func syllablesOf(w string) int {
	n, inVowels := 0, false
	for _, c := range w {
		vowel := strings.ContainsRune("aeiouy", c)
		if vowel && !inVowels {
			n++
		}
		inVowels = vowel
		if !unicode.IsLetter(c) {
			return 1
		}
	}
	silent := strings.HasSuffix(w, "e") && !strings.HasSuffix(w, "le") ||
		strings.HasSuffix(w, "es") && !hasAnySuffix(w, "ses", "zes", "ces", "ges", "shes", "ches", "xes") ||
		strings.HasSuffix(w, "ed") && !hasAnySuffix(w, "ted", "ded")
	if silent && n > 1 {
		n--
	}
	return max(n, 1)
}

func hasAnySuffix(w string, suffixes ...string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(w, s) {
			return true
		}
	}
	return false
}
