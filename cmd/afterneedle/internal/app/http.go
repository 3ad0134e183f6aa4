package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"afterneedle/scheduler"
)

// tickLate is how old the last tick may be while the program is healthy.
const tickLate = 5 * time.Second

// ownPaths are those that no webhook may have.
var ownPaths = []string{"/healthz", "/readyz", "/metrics"}

// door answers before the program works, and lets everybody through afterwards.
type door struct{ inner atomic.Pointer[http.Handler] }

func (d *door) open(h http.Handler) { d.inner.Store(&h) }

// ServeHTTP says that the program is healthy and not ready, until it works.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := d.inner.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	answer(w, r.URL.Path == "/healthz", "not working yet")
}

// handler answers /healthz (the program works), /readyz (Telegram's updates
// arrive and can be stored) and /metrics, and takes updates that are posted.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	if hook, ok := s.Intake.(http.Handler); ok {
		path := s.set.hook()
		if strings.HasSuffix(path, "/") {
			path += "{$}"
		}
		mux.Handle("POST "+path, hook)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.ticks(), "the last good tick is too long ago")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if !s.Store.Writable() {
			answer(w, false, "the database cannot be written to")
			return
		}
		answer(w, s.hears(), "updates do not arrive")
	})
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}

func answer(w http.ResponseWriter, ok bool, problem string) {
	if !ok {
		http.Error(w, problem, http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

// farthest is how far one request may move the rehearsal clock.
const farthest = 400 * 24 * time.Hour

// settleWait lets an update that Telegram's stand-in has just handed out arrive
// in the intake, before that is asked whether it is idle.
const settleWait = 20 * time.Millisecond

// clockHandler moves the virtual clock. A move that was begun is finished even
// when whoever asked for it has left; only ctx ends it.
func (s *server) clockHandler(ctx context.Context) http.Handler {
	var one sync.Mutex
	mux := http.NewServeMux()
	mux.HandleFunc("GET /clock", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"now": s.virtual.Now()})
	})
	mux.HandleFunc("POST /clock", func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		end, err := readMove(r.Body, s.virtual.Now())
		if err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
			return
		}
		moved, err := s.move(ctx, end)
		switch {
		case ctx.Err() != nil:
			writeJSON(w, http.StatusServiceUnavailable, map[string]any{"error": "the program is stopping"})
		case err != nil:
			s.Log.Error("the clock stopped on its way", "err", err)
			writeJSON(w, http.StatusInternalServerError, map[string]any{"error": "the work failed; see the log"})
		default:
			writeJSON(w, http.StatusOK, map[string]any{
				"now": s.virtual.Now(), "sent": moved.Sent, "failed": moved.Failed, "dropped": moved.Dropped, "waiting": moved.Waiting,
			})
		}
	})
	return mux
}

// move moves the virtual clock to end, between updates.
func (s *server) move(ctx context.Context, end time.Time) (scheduler.Moved, error) {
	time.Sleep(settleWait)
	if err := s.Intake.Idle(ctx); err != nil {
		return scheduler.Moved{}, err
	}
	moved, err := s.Engine.RunUntil(ctx, s.virtual, end)
	if err != nil {
		return moved, err
	}
	return moved, s.Intake.Idle(ctx)
}

var errMove = errors.New(`expected {"advance":"90m"} or {"to":"2026-03-02T18:00:00Z"}`)

// oneField reads a JSON object with exactly one field, a string.
func oneField(r io.Reader) (name, value string, err error) {
	decoder := json.NewDecoder(r)
	var tokens [4]json.Token
	for i := range tokens {
		if tokens[i], err = decoder.Token(); err != nil {
			return "", "", errMove
		}
	}
	name, named := tokens[1].(string)
	value, valued := tokens[2].(string)
	if _, end := decoder.Token(); end != io.EOF || tokens[0] != json.Delim('{') || !named || !valued || tokens[3] != json.Delim('}') {
		return "", "", errMove
	}
	return name, value, nil
}

// readMove reads where to move the clock: {"advance":"90m"} or {"to":"…"}.
func readMove(r io.Reader, now time.Time) (time.Time, error) {
	name, value, err := oneField(io.LimitReader(r, 4096))
	if err != nil {
		return now, err
	}
	var end time.Time
	switch name {
	case "advance":
		d, err := time.ParseDuration(value)
		if err != nil {
			return now, fmt.Errorf("advance: expected a duration such as 90m, not %q", value)
		}
		end = now.Add(d)
	case "to":
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return now, fmt.Errorf("to: expected a time such as 2026-03-02T18:00:00Z, not %q", value)
		}
		end = at.UTC()
	default:
		return now, errMove
	}
	switch {
	case end.Before(now):
		return now, errors.New("the clock only moves forward")
	case end.Sub(now) > farthest:
		return now, errors.New("the clock moves 400 days at the most")
	}
	return end, nil
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
