package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"
)

// EventKind tells what happened.
type EventKind string

// What can happen.
const (
	// BotSent is a new message of the bot, or an edit when Edited is set.
	BotSent EventKind = "bot sent"
	// BotCalled is any other effect of the bot: an answered tap, a deleted
	// message, a chat action, a list of commands.
	BotCalled EventKind = "bot called"
	// Said is a message of a person, or an edit of it when Edited is set.
	Said EventKind = "said"
	// Tapped is a press on a button.
	Tapped EventKind = "tapped"
	// Blocked, Unblocked and Deactivated are changes of a person's account.
	Blocked     EventKind = "blocked"
	Unblocked   EventKind = "unblocked"
	Deactivated EventKind = "deactivated"
)

// Event is one thing that took effect. Events do not change afterwards: an
// edit is a new event.
type Event struct {
	Seq        int       // 1, 2, 3, ... over the whole server
	At         time.Time // by the server's clock
	Kind       EventKind
	Method     string // of the API, for events of the bot
	ChatID     int64
	PersonID   int64 // who acted; 0 for events of the bot, except the answer to a tap
	MessageID  int
	Text       string // without markup; also the answer to a tap, the action, the scope
	HTML       string // text or caption as it was sent
	Caption    string // of a photo or document, without markup
	Entities   []Entity
	Buttons    [][]Button // the inline keyboard, row by row
	Photo      []byte
	Document   []byte
	FileID     string // of the photo or document
	FileName   string // of the document
	ReplyTo    int    // id of the message it answers, 0 when none
	Edited     bool
	Silent     bool   // sent without a sound
	Protected  bool   // may not be forwarded
	Label      string // of the tapped button, empty when forged
	Data       string // of the tapped button
	CallbackID string // of the tap, and of its answer
	Alert      bool   // the answer to a tap is a window, not a line
}

// Refusal is one request that was not carried out.
type Refusal struct {
	At          time.Time
	Method      string // empty when it was not even recognised
	ChatID      int64  // 0 when it named none
	Code        int
	Description string
	Injected    bool // by a Fault
}

// record adds an event, under the lock.
func (s *Server) record(e Event) {
	e.Seq, e.At = len(s.events)+1, s.now()
	s.events = append(s.events, e)
	s.changed.wake()
}

// messageEvent describes a message of either side as it is now.
func (s *Server) messageEvent(method string, m *message) Event {
	v := m.view()
	e := Event{
		Kind: BotSent, Method: method, ChatID: v.ChatID, MessageID: v.ID,
		Text: v.Text, HTML: v.HTML, Caption: v.Caption, Entities: v.Entities, Buttons: v.Buttons,
		Photo: v.Photo, Document: v.Document, FileName: v.FileName, ReplyTo: v.ReplyTo,
		Edited: v.Edited, Silent: m.silent, Protected: m.protected,
	}
	if m.file != nil {
		e.FileID = m.file.id
	}
	if m.from != nil {
		e.Kind, e.PersonID = Said, m.from.id
	}
	return e
}

// Transcript is everything that took effect so far, in order.
func (s *Server) Transcript() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// Refusals is every request so far that was answered with an error.
func (s *Server) Refusals() []Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refusals)
}

// WaitFor blocks until the transcript satisfies ok, or ctx ends. ok is asked
// at each change, must only read, and must not call the server.
func (s *Server) WaitFor(ctx context.Context, ok func([]Event) bool) error {
	err := s.waitUntil(ctx, func() bool { return ok(slices.Clip(s.events)) })
	if err != nil {
		return fmt.Errorf("sandbox: waiting for an event: %w", err)
	}
	return nil
}

// Settled blocks until the bot has confirmed every update queued so far, by a
// higher offset or by a 2xx to its webhook. Since a bot confirms what it has
// dealt with, its replies are in the transcript then.
func (s *Server) Settled(ctx context.Context) error {
	s.mu.Lock()
	last := s.queue.lastSerial
	s.mu.Unlock()
	waiting := 0
	err := s.waitUntil(ctx, func() bool {
		s.queue.expire(s.now())
		waiting = s.queue.upTo(last)
		return waiting == 0
	})
	if err != nil {
		return fmt.Errorf("sandbox: %d updates are still unconfirmed: %w", waiting, err)
	}
	return nil
}

// HungUp blocks until no program is connected. What one sent before it was killed is
// in the transcript then, also over a connection that was not accepted yet.
func (s *Server) HungUp(ctx context.Context) error {
	if err := s.acceptAll(ctx); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	connected := 0
	err := s.waitUntil(ctx, func() bool {
		connected = len(s.connected)
		return connected == 0
	})
	if err != nil {
		return fmt.Errorf("sandbox: %d connections are still open: %w", connected, err)
	}
	return nil
}

// acceptAll blocks until every connection made before is accepted: they are accepted in
// order, and one of its own comes last.
func (s *Server) acceptAll(ctx context.Context) error {
	var dialer net.Dialer
	last, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	own := last.LocalAddr().String()
	err = s.waitUntil(ctx, func() bool {
		for conn := range s.connected {
			if conn.RemoteAddr().String() == own {
				return true
			}
		}
		return false
	})
	return errors.Join(err, last.Close())
}

// Stats counts the traffic so far.
type Stats struct {
	// Calls is the number of well-formed requests by method.
	Calls map[string]int
	// Messages is the number of accepted messages and edits.
	Messages int
	// TooMany is the number of requests refused by Rates, without those of a
	// Fault.
	TooMany int
	// MaxPerSecond is the most messages and edits accepted within any one
	// second of the server's clock.
	MaxPerSecond int
	// MinGap is, for each chat that got two or more, the shortest time
	// between a message or edit and the next.
	MinGap map[int64]time.Duration
}

// Stats is a snapshot of the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Calls:        maps.Clone(s.calls),
		Messages:     s.rates.accepted,
		TooMany:      s.rates.refused,
		MaxPerSecond: s.rates.most,
		MinGap:       maps.Clone(s.rates.minGap),
	}
}
