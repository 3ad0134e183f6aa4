package crowd

import (
	"fmt"
	"time"

	"afterneedle/rehab"
)

// Lived lets a patient live from a needling until now: all that is asked is answered at
// once, and what was felt stays as it is.
func Lived(course *rehab.Course, owner int64, needled, now time.Time, pain rehab.PainScore) error {
	course.ConsentedAt = needled
	Needled(course, owner, needled, needled)
	said := make(map[string]bool)
	for at := needled; at.Before(now); {
		course.Advance(at)
		p, next := due(course, said, at, now)
		if p.Key == "" {
			at = next
			continue
		}
		said[p.Key] = true
		course.Sent(p, at)
		if err := answer(course, p, pain, at); err != nil {
			return fmt.Errorf("%s at %s: %w", p.Key, at, err)
		}
	}
	return nil
}

// due is what is to be said to the patient at a moment; without a key there is nothing,
// and next is when to look again, now at the latest.
func due(course *rehab.Course, said map[string]bool, at, now time.Time) (p rehab.Prompt, next time.Time) {
	next = now
	for _, p := range course.Prompts(at) {
		switch {
		case p.To != rehab.ToPatient || said[p.Key]:
		case p.Due.After(at):
			next = earlier(next, p.Due)
		default:
			if again, refusal := course.Sendable(p.Key, at); refusal == "" {
				return again, at
			}
		}
	}
	if wake, ok := course.NextWake(at); ok {
		next = earlier(next, wake)
	}
	return rehab.Prompt{}, next
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// answer is what the patient does about a prompt.
func answer(course *rehab.Course, p rehab.Prompt, pain rehab.PainScore, now time.Time) error {
	var asked rehab.QuestionKind
	switch p.Kind {
	case rehab.PromptMovement, rehab.PromptGentle, rehab.PromptStructured, rehab.PromptDaily:
		return course.PracticeDone(p.N, now)
	case rehab.PromptSafetyCheck:
		return course.ClearSafety(now)
	case rehab.PromptCard:
		return course.Finish(p.N, 0, "", now)
	case rehab.PromptBefore:
		asked = rehab.AskBefore
	case rehab.PromptAfter:
		asked = rehab.AskAfter
	case rehab.PromptTwoHour:
		asked = rehab.AskTwoHour
	case rehab.PromptNext:
		asked = rehab.AskNext
	case rehab.PromptHoldAsk:
		asked = rehab.AskHold
	default:
		return nil
	}
	_, err := course.AnswerPain(rehab.Question{Kind: asked, N: p.N}, pain, now)
	return err
}
