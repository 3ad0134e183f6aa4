package sandbox

import (
	"fmt"
	"net/http"
	"unicode"
)

// apiError is a refusal as the Bot API words it.
type apiError struct {
	code        int
	description string
	retryAfter  int   // seconds, 0 when absent
	migrateTo   int64 // chat id, 0 when absent
}

// badRequest is a 400. Like the real server it lowers the first letter of the
// text, unless an upper-case word such as BUTTON_DATA_INVALID begins there.
func badRequest(format string, args ...any) *apiError {
	text := []byte(fmt.Sprintf(format, args...))
	if len(text) >= 2 && text[1] != '_' && !unicode.IsUpper(rune(text[1])) {
		text[0] = byte(unicode.ToLower(rune(text[0])))
	}
	return &apiError{code: http.StatusBadRequest, description: "Bad Request: " + string(text)}
}

func forbidden(text string) *apiError {
	return &apiError{code: http.StatusForbidden, description: "Forbidden: " + text}
}

func conflict(text string) *apiError {
	return &apiError{code: http.StatusConflict, description: "Conflict: " + text}
}

func tooManyRequests(seconds int) *apiError {
	return &apiError{
		code:        http.StatusTooManyRequests,
		description: fmt.Sprintf("Too Many Requests: retry after %d", seconds),
		retryAfter:  seconds,
	}
}

var (
	errUnauthorized   = &apiError{code: http.StatusUnauthorized, description: "Unauthorized"}
	errNotFound       = &apiError{code: http.StatusNotFound, description: "Not Found"}
	errMethodNotFound = &apiError{code: http.StatusNotFound, description: "Not Found: method not found"}
	errTooLarge       = &apiError{code: http.StatusRequestEntityTooLarge, description: "Request Entity Too Large"}

	errChatNotFound = badRequest("chat not found")
	errQueryTooOld  = badRequest("query is too old and response timeout expired or query ID is invalid")
	errNotModified  = badRequest("message is not modified: specified new message content and reply markup " +
		"are exactly the same as a current content and reply markup of the message")

	errOtherPoll = conflict("terminated by other getUpdates request; " +
		"make sure that only one bot instance is running")
	errWebhookActive = conflict("can't use getUpdates method while webhook is active; " +
		"use deleteWebhook to delete the webhook first")
	errSetWebhook = conflict("terminated by setWebhook request")
)
