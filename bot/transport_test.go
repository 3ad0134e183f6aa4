package bot

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/bot/sandbox"
	"afterneedle/rehab"
)

func startSandbox(t *testing.T) *sandbox.Server {
	t.Helper()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	server, err := sandbox.Start(sandbox.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	if err := server.Person(200, "Ana").Start(""); err != nil {
		t.Fatal(err)
	}
	return server
}

func sendTo(ctx context.Context, base, token string) error {
	c := newClient(base, token, func() context.Context { return ctx })
	return c.call("sendMessage", map[string]any{"chat_id": 200, "text": "hello"}, nil)
}

func TestOutcomes(t *testing.T) {
	fault := func(status int, description string) *sandbox.Fault {
		return &sandbox.Fault{Status: status, Description: description}
	}
	for name, test := range map[string]struct {
		fault *sandbox.Fault
		want  rehab.OutcomeKind
		wait  time.Duration
	}{
		"sent":           {nil, rehab.OutcomeSent, 0},
		"throttled":      {&sandbox.Fault{Status: 429, RetryAfter: 35}, rehab.OutcomeThrottled, 35 * time.Second},
		"restart":        {fault(500, "Internal Server Error: restart"), rehab.OutcomeTemporary, 0},
		"json 503":       {fault(503, "Service Unavailable"), rehab.OutcomeTemporary, 0},
		"blocked":        {fault(403, "Forbidden: bot was blocked by the user"), rehab.OutcomeUnreachable, 0},
		"deactivated":    {fault(403, "Forbidden: user is deactivated"), rehab.OutcomeUnreachable, 0},
		"never started":  {fault(403, "Forbidden: bot can't initiate conversation with a user"), rehab.OutcomeUnreachable, 0},
		"no such chat":   {fault(400, "Bad Request: chat not found"), rehab.OutcomeUnreachable, 0},
		"migrated":       {&sandbox.Fault{Status: 400, Description: "Bad Request: group chat was upgraded to a supergroup chat", MigrateTo: -100}, rehab.OutcomeUnreachable, 0},
		"too long":       {fault(400, "Bad Request: message is too long"), rehab.OutcomeRejected, 0},
		"token refused":  {fault(401, "Unauthorized"), rehab.OutcomeTemporary, 0},
		"bot is gone":    {fault(404, "Not Found"), rehab.OutcomeTemporary, 0},
		"gateway page":   {&sandbox.Fault{Kind: sandbox.FaultHTML}, rehab.OutcomeUnknown, 0},
		"dropped":        {&sandbox.Fault{Kind: sandbox.FaultDrop}, rehab.OutcomeUnknown, 0},
		"sent and lost":  {&sandbox.Fault{Kind: sandbox.FaultDrop, Delivered: true}, rehab.OutcomeUnknown, 0},
		"half an answer": {&sandbox.Fault{Kind: sandbox.FaultTruncated, Delivered: true}, rehab.OutcomeUnknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := startSandbox(t)
			if test.fault != nil {
				server.Fail(*test.fault)
			}
			err := sendTo(context.Background(), server.URL(), server.Token())
			got := outcomeOf(err)
			if got.Kind != test.want || got.RetryAfter != test.wait {
				t.Errorf("%+v, expected %s %s", got, test.want, test.wait)
			}
			if err != nil && strings.Contains(err.Error()+got.Reason, server.Token()) {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

func TestNothingWrittenIsSafeToRepeat(t *testing.T) {
	const token = "123456:nobody" // nobody listens on port 1; one that was free a moment ago may be another's
	err := sendTo(context.Background(), "http://127.0.0.1:1", token)
	if got := outcomeOf(err); got.Kind != rehab.OutcomeTemporary {
		t.Errorf("%+v, expected a repeat to be safe", got)
	}
	if strings.Contains(err.Error(), token) {
		t.Errorf("the token is in %v", err)
	}
}

func TestSilenceEndsWithTheContext(t *testing.T) {
	server := startSandbox(t)
	silent := server.Fail(sandbox.Fault{Method: "sendMessage", Kind: sandbox.FaultSilence})
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error)
	go func() { failed <- sendTo(ctx, server.URL(), server.Token()) }()
	for silent.Hits() == 0 {
		server.Stats()
	}
	cancel()
	err := <-failed
	if got := outcomeOf(err); got.Kind != rehab.OutcomeUnknown {
		t.Errorf("%+v: it may have arrived", got)
	}
	if strings.Contains(err.Error(), server.Token()) {
		t.Errorf("the token is in %v", err)
	}
}

// TestStrangeAnswers are those of somebody who is not Telegram.
func TestStrangeAnswers(t *testing.T) {
	const token = "123456:secret"
	for name, test := range map[string]struct {
		status       int
		header, body string
	}{
		"other json":     {502, "", `{"error":"upstream"}`},
		"a list":         {200, "", `[]`},
		"a word":         {200, "", `"ok"`},
		"nothing":        {200, "", ``},
		"a redirect":     {302, "https://example.org/elsewhere", ``},
		"a redirect 307": {307, "/elsewhere", ``},
	} {
		t.Run(name, func(t *testing.T) {
			var paths []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				paths = append(paths, r.URL.Path)
				if test.header != "" {
					w.Header().Set("Location", test.header)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			err := sendTo(context.Background(), server.URL+"/", token)
			if got := outcomeOf(err); got.Kind != rehab.OutcomeUnknown {
				t.Errorf("%+v, %v", got, err)
			}
			if diff := cmp.Diff([]string{"/bot" + token + "/sendMessage"}, paths); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

// TestBaseWithAnEscape calls methods below a base with a percent sign, which is no
// verb of a format.
func TestBaseWithAnEscape(t *testing.T) {
	const token = "123456:secret"
	var paths []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		_, _ = w.Write([]byte(`{"ok":true,"result":{}}`))
	}))
	defer server.Close()
	if err := sendTo(context.Background(), server.URL+"/my%20api%25s", token); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"/my api%s/bot" + token + "/sendMessage"}, paths); diff != "" {
		t.Error(diff)
	}
}

// TestNoTokenInAnErrorBeforeTheCall uses a base of which no request can be made.
func TestNoTokenInAnErrorBeforeTheCall(t *testing.T) {
	const token = "123456:secret"
	c := newClient("http://127.0.0.1:1/my%api", token, context.Background)
	for name, err := range map[string]error{
		"call":   c.call("getMe", nil, nil),
		"upload": c.upload("sendPhoto", "photo", "x.png", []byte("x"), nil, nil),
	} {
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
		if got := outcomeOf(err); got.Kind != rehab.OutcomeTemporary {
			t.Errorf("%s: %+v, expected a repeat to be safe", name, got)
		}
	}
}

func TestRetryAfterWithoutANumber(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"ok":false,"error_code":429,"description":"Too Many Requests: please wait"}`))
	}))
	defer server.Close()
	err := sendTo(context.Background(), server.URL, "1:x")
	if got := outcomeOf(err); got.Kind != rehab.OutcomeThrottled || got.RetryAfter != time.Second {
		t.Errorf("%+v", got)
	}
	if got := RetryAfter(errors.New("else")); got != 0 {
		t.Errorf("a wait of %s for another error", got)
	}
}

func TestUploadErrors(t *testing.T) {
	server := startSandbox(t)
	c := newClient(server.URL(), server.Token(), context.Background)
	picture, err := qrPicture("https://t.me/x?start=y")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		fault sandbox.Fault
		want  rehab.OutcomeKind
	}{
		{sandbox.Fault{Status: 429, RetryAfter: 3}, rehab.OutcomeThrottled},
		{sandbox.Fault{Status: 500}, rehab.OutcomeTemporary},
		{sandbox.Fault{Status: 403}, rehab.OutcomeUnreachable},
		{sandbox.Fault{Kind: sandbox.FaultHTML}, rehab.OutcomeUnknown},
	} {
		server.Fail(test.fault)
		err := c.upload("sendPhoto", "photo", "x.png", picture, map[string]string{"chat_id": "200"}, nil)
		if got := outcomeOf(err); got.Kind != test.want {
			t.Errorf("%+v, expected %s: %v", got, test.want, err)
		}
	}
}
