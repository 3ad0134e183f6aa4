package bot

import (
	"errors"
	"net/http"
	"strings"
	"time"

	tg "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"afterneedle/rehab"
)

// outcomeOf reads what an error of a send means. The description decides, not
// the code alone: the library leaves the code of a failed upload at 0.
func outcomeOf(err error) rehab.Outcome {
	if err == nil {
		return rehab.Outcome{Kind: rehab.OutcomeSent}
	}
	var refused *tg.Error
	if !errors.As(err, &refused) {
		if errors.Is(err, errNotSent) {
			return rehab.Outcome{Kind: rehab.OutcomeTemporary, Reason: "telegram cannot be reached"}
		}
		return rehab.Outcome{Kind: rehab.OutcomeUnknown, Reason: "no usable answer from telegram"}
	}
	text := refused.Message
	o := rehab.Outcome{Reason: text}
	switch wait := RetryAfter(err); {
	case wait > 0:
		o.Kind, o.RetryAfter = rehab.OutcomeThrottled, wait
	case refused.Code >= 500 || strings.HasPrefix(text, "Internal Server Error"):
		o.Kind = rehab.OutcomeTemporary
	case tokenRefused(err):
		// It says nothing about the message, which can go out once the
		// operator has set this right.
		o.Kind = rehab.OutcomeTemporary
	case unreachable(text):
		o.Kind = rehab.OutcomeUnreachable
	default:
		o.Kind = rehab.OutcomeRejected
	}
	return o
}

// RetryAfter is the wait that Telegram named in an error, at least a second where
// it asked for one without a number, or zero.
func RetryAfter(err error) time.Duration {
	var refused *tg.Error
	switch {
	case !errors.As(err, &refused):
		return 0
	case refused.RetryAfter > 0:
		return time.Duration(refused.RetryAfter) * time.Second
	case refused.Code == http.StatusTooManyRequests || strings.HasPrefix(refused.Message, "Too Many Requests"):
		return time.Second
	}
	return 0
}

// tokenRefused is the answer to a token that Telegram does not know.
func tokenRefused(err error) bool {
	var refused *tg.Error
	return errors.As(err, &refused) &&
		(strings.HasPrefix(refused.Message, "Unauthorized") || refused.Message == "Not Found")
}

// unreachable reports whether a description says that the chat is closed to us.
func unreachable(description string) bool {
	for _, known := range []string{
		"bot was blocked by the user", "user is deactivated", "bot can't initiate conversation",
		"bot was kicked", "bot is not a member", "chat was deleted", "chat not found",
		"chat was upgraded to a supergroup",
	} {
		if strings.Contains(description, known) {
			return true
		}
	}
	return false
}

// notModified is an edit that changes nothing: what was wanted stands.
func notModified(err error) bool { return described(err, "message is not modified") }

// editGone is an edit of a message that can no longer be edited, or that is a
// picture and has no text.
func editGone(err error) bool {
	return described(err, "message to edit not found") || described(err, "message can't be edited") ||
		described(err, "there is no text in the message to edit")
}

// badMarkup is a text whose markup Telegram cannot read.
func badMarkup(err error) bool { return described(err, "can't parse entities") }

func described(err error, part string) bool {
	var refused *tg.Error
	return errors.As(err, &refused) && strings.Contains(refused.Message, part)
}
