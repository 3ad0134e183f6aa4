package content

import (
	"slices"
	"strings"
	"unicode"
)

// word is one word of a typed text, in small letters and without apostrophes,
// with its place among clauses and sentences.
type word struct {
	text             string
	clause, sentence int
}

// typedText is a typed text taken apart.
type typedText struct {
	words     []word
	questions map[int]bool // sentences that end with a question mark
}

// conjunctions begin a clause of their own: what is denied before them is not
// denied after them.
var conjunctions = []string{"but", "however", "although", "though", "because", "since", "so", "now", "except"}

// read takes a typed text apart.
func read(s string) typedText {
	t := typedText{questions: map[int]bool{}}
	clause, sentence := 0, 0
	var current strings.Builder
	flush := func() {
		if current.Len() == 0 {
			return
		}
		w := current.String()
		current.Reset()
		if slices.Contains(conjunctions, w) {
			clause++
		}
		t.words = append(t.words, word{w, clause, sentence})
	}
	letters := []rune(strings.ToLower(s))
	for i, c := range letters {
		switch {
		case unicode.IsLetter(c), unicode.IsDigit(c), unicode.IsMark(c):
			current.WriteRune(c)
		case isApostrophe(c):
		case c == '.' && betweenDigits(letters, i):
			flush()
		case c == '?' || c == '!' || c == '.' || c == '\n':
			flush()
			if c == '?' {
				t.questions[sentence] = true
			}
			clause, sentence = clause+1, sentence+1
		case strings.ContainsRune(",;:()–—", c):
			flush()
			clause++
		default:
			flush()
		}
	}
	flush()
	return t
}

// betweenDigits tells the point of 38.5 from the end of a sentence.
func betweenDigits(letters []rune, i int) bool {
	return i > 0 && i+1 < len(letters) && unicode.IsDigit(letters[i-1]) && unicode.IsDigit(letters[i+1])
}

func isApostrophe(c rune) bool { return strings.ContainsRune("'’‘ʼ`´", c) }

// wordsOf is the words of a text in order.
func wordsOf(s string) []string {
	var words []string
	for _, w := range read(s).words {
		words = append(words, w.text)
	}
	return words
}

// nearly reports whether a typed word is the given one, or a long word with
// one slip of the finger behind the first letter.
func nearly(typed, want string) bool {
	if typed == want {
		return true
	}
	const long = 7
	return len(want) >= long && typed != "" && typed[0] == want[0] && oneSlip([]rune(typed), []rune(want))
}

// oneSlip reports whether one letter added, dropped or changed, or two
// neighbours swapped, make a of b.
func oneSlip(a, b []rune) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	swapped := len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
	return len(a) <= 1 && len(b) <= 1 || swapped
}
