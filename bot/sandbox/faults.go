package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// FaultKind is a way in which an answer goes wrong.
type FaultKind int

const (
	// FaultError answers with an error of the API: Status, Description,
	// RetryAfter and MigrateTo.
	FaultError FaultKind = iota
	// FaultHTML answers with a page instead of JSON, as a gateway does; Status
	// is 502 unless given.
	FaultHTML
	// FaultDrop closes the connection without an answer.
	FaultDrop
	// FaultSilence never answers: the connection stays open until the client
	// leaves, the server closes, or Wait has passed.
	FaultSilence
	// FaultTruncated answers with the first half of the JSON.
	FaultTruncated
)

// Fault is something that goes wrong on request. The zero values of Method
// and ChatID match every call that is well formed.
type Fault struct {
	Method string
	ChatID int64
	// Nth is the first matching call that is hit, counted from the moment the
	// fault is armed; 0 means 1.
	Nth int
	// Times is how many matching calls are hit from then on; 0 means 1, a
	// negative number means all.
	Times int
	Kind  FaultKind
	// Delivered lets the call take effect before its answer goes wrong; else
	// nothing happens but the fault.
	Delivered bool

	Status      int           // 0 means 500, or 502 for FaultHTML
	Description string        // empty means Telegram's usual words for Status
	RetryAfter  int           // seconds
	MigrateTo   int64         // chat id
	Wait        time.Duration // real time; 0 means for ever
}

// Armed is a fault that waits for its calls.
type Armed struct {
	server *Server
	fault  Fault
	seen   int
	hits   int
}

// Fail arms a fault. Of several that match one call the oldest one hits.
func (s *Server) Fail(f Fault) *Armed {
	f.Nth = max(f.Nth, 1)
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &Armed{server: s, fault: f}
	s.faults = append(s.faults, a)
	return a
}

// Hits is how many calls the fault has hit.
func (a *Armed) Hits() int {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	return a.hits
}

// Disarm ends the fault.
func (a *Armed) Disarm() {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.fault.Times = a.hits
}

// takeFault counts a call against every armed fault and picks the one that
// hits it, under the lock.
func (s *Server) takeFault(c *call) (Fault, bool) {
	var hit *Armed
	for _, a := range s.faults {
		f := a.fault
		if f.Method != "" && !strings.EqualFold(f.Method, c.method) || f.ChatID != 0 && f.ChatID != c.chatID() {
			continue
		}
		a.seen++
		if hit == nil && a.seen >= f.Nth && (f.Times < 0 || a.hits < f.Times) {
			hit = a
		}
	}
	if hit == nil {
		return Fault{}, false
	}
	hit.hits++
	s.changed.wake()
	return hit.fault, true
}

// act carries a fault out on one call.
func (s *Server) act(w http.ResponseWriter, r *http.Request, c *call, f Fault) {
	var result any
	var err *apiError
	if f.Delivered {
		result, err = s.run(r.Context(), c)
	}
	switch f.Kind {
	case FaultError:
		err := f.error()
		s.refused(c, err, true)
		writeAnswer(w, nil, err)
	case FaultHTML:
		status := f.Status
		if status == 0 {
			status = http.StatusBadGateway
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><head><title>%d %s</title></head></html>\r\n", status, http.StatusText(status))
	case FaultTruncated:
		status, body := encodeAnswer(result, err)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body[:len(body)/2])
	case FaultSilence:
		if f.Wait > 0 {
			sleep(r.Context(), f.Wait)
		} else {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	case FaultDrop:
		panic(http.ErrAbortHandler)
	}
}

// error is what FaultError answers.
func (f Fault) error() *apiError {
	err := &apiError{code: f.Status, description: f.Description, retryAfter: f.RetryAfter, migrateTo: f.MigrateTo}
	if err.code == 0 {
		err.code = http.StatusInternalServerError
	}
	if err.description != "" {
		return err
	}
	switch err.code {
	case http.StatusTooManyRequests:
		err.retryAfter = max(err.retryAfter, 1)
		err.description = tooManyRequests(err.retryAfter).description
	case http.StatusForbidden:
		err.description = "Forbidden: bot was blocked by the user"
	case http.StatusBadRequest:
		err.description = errChatNotFound.description
	case http.StatusInternalServerError:
		err.description = "Internal Server Error: restart"
	default:
		err.description = http.StatusText(err.code)
	}
	return err
}
