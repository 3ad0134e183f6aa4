package bot

import (
	"regexp"
	"strconv"
	"strings"

	"afterneedle/rehab"
)

// typedPain is a whole number from 0 to 10, alone or as "4/10", "4 out of 10"
// or "pain 4". Anything else is asked again and never guessed.
var typedPain = regexp.MustCompile(`^(?:pain(?: is|:)? ?)?(10|[0-9])(?: ?/ ?10| out of 10)?[.!]?$`)

// readPain reads a typed pain score.
func readPain(text string) (rehab.PainScore, bool) {
	m := typedPain.FindStringSubmatch(strings.ToLower(strings.Join(strings.Fields(text), " ")))
	if m == nil {
		return rehab.PainUnknown, false
	}
	n, err := strconv.Atoi(m[1])
	return rehab.PainScore(n), err == nil
}

// plain brings typed words into one form for comparison.
func plain(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	text = strings.ReplaceAll(text, "’", "'")
	return strings.Trim(text, " .!")
}
