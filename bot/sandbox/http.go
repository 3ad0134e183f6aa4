package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is the envelope of every answer.
type answer struct {
	OK          bool              `json:"ok"`
	Result      any               `json:"result,omitempty"`
	ErrorCode   int               `json:"error_code,omitempty"`
	Description string            `json:"description,omitempty"`
	Parameters  *answerParameters `json:"parameters,omitempty"`
}

type answerParameters struct {
	RetryAfter int   `json:"retry_after,omitempty"`
	MigrateTo  int64 `json:"migrate_to_chat_id,omitempty"`
}

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	s.wg.Add(1)
	s.mu.Unlock()
	defer s.wg.Done()

	if path, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.serveFile(w, r, path)
		return
	}
	c, err := s.readCall(r)
	if err != nil {
		s.refused(c, err, false)
		writeAnswer(w, nil, err)
		return
	}
	s.mu.Lock()
	s.calls[c.method]++
	fault, hit := s.takeFault(c)
	s.mu.Unlock()
	if hit {
		s.act(w, r, c, fault)
		return
	}
	result, err := s.run(r.Context(), c)
	if c.method != "getUpdates" && !sleep(r.Context(), s.delay) {
		panic(http.ErrAbortHandler)
	}
	writeAnswer(w, result, err)
}

// readCall finds the method, reads the parameters and checks both.
func (s *Server) readCall(r *http.Request) (*call, *apiError) {
	path, ok := strings.CutPrefix(r.URL.Path, "/bot")
	if !ok || (r.Method != http.MethodGet && r.Method != http.MethodPost) {
		return nil, errNotFound
	}
	// The method is the last element: a wrong token may hold anything.
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return nil, errNotFound
	}
	if path[:slash] != s.token {
		return nil, errUnauthorized
	}
	method, ok := methodNames[strings.ToLower(path[slash+1:])]
	if !ok {
		return nil, errMethodNotFound
	}
	c := &call{method: method}
	if err := c.read(r); err != nil {
		return c, err
	}
	return c, c.check()
}

// run carries a call out and remembers a refusal.
func (s *Server) run(ctx context.Context, c *call) (any, *apiError) {
	var result any
	var err *apiError
	if c.method == "getUpdates" {
		result, err = s.getUpdates(ctx, c)
	} else {
		s.mu.Lock()
		result, err = handlers[c.method](s, c)
		s.changed.wake()
		s.mu.Unlock()
	}
	if err != nil {
		s.refused(c, err, false)
	}
	return result, err
}

func (s *Server) refused(c *call, err *apiError, injected bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Refusal{At: s.now(), Code: err.code, Description: err.description, Injected: injected}
	if c != nil {
		r.Method, r.ChatID = c.method, c.chatID()
	}
	s.refusals = append(s.refusals, r)
	s.changed.wake()
}

// encodeAnswer is the status and the body of an answer.
func encodeAnswer(result any, err *apiError) (int, []byte) {
	a := answer{OK: true, Result: result}
	status := http.StatusOK
	if err != nil {
		status = err.code
		a = answer{ErrorCode: err.code, Description: err.description}
		if err.retryAfter != 0 || err.migrateTo != 0 {
			a.Parameters = &answerParameters{RetryAfter: err.retryAfter, MigrateTo: err.migrateTo}
		}
	}
	body, jsonErr := json.Marshal(a)
	if jsonErr != nil {
		// Only a raw update that is not JSON could do this, and EnqueueRaw
		// refuses those.
		panic(jsonErr)
	}
	return status, body
}

func writeAnswer(w http.ResponseWriter, result any, err *apiError) {
	status, body := encodeAnswer(result, err)
	w.Header().Set("Content-Type", "application/json")
	if err != nil && err.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(err.retryAfter))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// sleep waits in real time; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
