package content

import (
	"cmp"
	"slices"
	"strings"
)

// FAQ is every question in the order of the file.
func (c *Content) FAQ() []FAQ {
	list := slices.Clone(c.faq)
	for i := range list {
		list[i].Text = c.fixed("faq." + list[i].ID)
	}
	return list
}

// FindFAQ lists the questions that typed words point to, the best first.
func (c *Content) FindFAQ(words string) []FAQ {
	typed := wordsOf(words)
	score := map[string]int{}
	var found []FAQ
	for _, q := range c.FAQ() {
		if score[q.ID] = q.score(typed); score[q.ID] > 0 {
			found = append(found, q)
		}
	}
	slices.SortStableFunc(found, func(a, b FAQ) int { return cmp.Compare(score[b.ID], score[a.ID]) })
	return found
}

// score counts the letters of the question's match words that were typed: a
// phrase counts when all of its words are there, and longer ones count more.
func (q FAQ) score(typed []string) int {
	total := 0
	for _, phrase := range q.words {
		want := wordsOf(phrase)
		for _, w := range want {
			if !slices.ContainsFunc(typed, func(t string) bool { return sameStem(t, w) }) {
				want = nil
				break
			}
		}
		total += len(strings.Join(want, ""))
	}
	return total
}

// sameStem reports whether a typed word is the wanted one, a longer form of it
// (exercise, exercises) or one with a slip.
func sameStem(typed, want string) bool {
	const shortest = 4
	return nearly(typed, want) || len(want) >= shortest && strings.HasPrefix(typed, want)
}
