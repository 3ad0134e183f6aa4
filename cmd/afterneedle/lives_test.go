package main

import (
	"testing"
	"time"

	"afterneedle/rehab"
)

// temper is how much of what is asked a patient answers.
type temper int

const (
	answersAll temper = iota
	onlyStretches
	silent
)

// live lets a course go on from a needling to now, without the program: what is
// said reaches the patient, who feels well.
func live(t *testing.T, c *rehab.Course, needled, now time.Time, how temper) {
	t.Helper()
	said := map[string]bool{}
	for at := needled; !at.After(now); {
		c.Advance(at)
		next, ok := c.NextWake(at)
		if !ok {
			next = now.Add(1)
		}
		for _, p := range c.Prompts(at) {
			again, refused := c.Sendable(p.Key, at)
			switch {
			case p.To != rehab.ToPatient || said[p.Key]:
			case p.Due.After(at):
				if p.Due.Before(next) {
					next = p.Due
				}
			case refused == "":
				said[p.Key] = true
				c.Sent(again, at)
				if err := reply(c, again, at, how); err != nil {
					t.Fatalf("%s at %s: %v", p.Key, at, err)
				}
				next = at // something else may follow at once
			}
			if next.Equal(at) {
				break
			}
		}
		at = next
	}
}

// reply is what a patient does with one message.
func reply(c *rehab.Course, p rehab.Prompt, now time.Time, how temper) error {
	pain := func(kind rehab.QuestionKind, score rehab.PainScore) error {
		_, err := c.AnswerPain(rehab.Question{Kind: kind, N: p.N}, score, now)
		return err
	}
	switch p.Kind {
	case rehab.PromptMovement, rehab.PromptGentle, rehab.PromptStructured, rehab.PromptDaily:
		if how != silent {
			return c.PracticeDone(p.N, now)
		}
	case rehab.PromptFeel:
		return pain(rehab.AskFeel, 4)
	}
	if how != answersAll {
		return nil
	}
	switch p.Kind {
	case rehab.PromptSafetyCheck:
		return c.ClearSafety(now)
	case rehab.PromptBefore:
		return pain(rehab.AskBefore, 2)
	case rehab.PromptCard:
		return c.Finish(p.N, 0, "", now)
	case rehab.PromptAfter:
		return pain(rehab.AskAfter, 3)
	case rehab.PromptTwoHour:
		return pain(rehab.AskTwoHour, 3)
	case rehab.PromptNext:
		return pain(rehab.AskNext, 2)
	}
	return nil
}
