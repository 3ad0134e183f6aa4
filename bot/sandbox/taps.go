package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Taps presses a button in the private chat: of the newest message that has a
// button with this label or, failing that, one whose label begins so.
func (p *Person) Taps(label string) error {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.tapNewest(p.server.chats[p.id], label)
}

// TapsOn presses a button of one message in the private chat, chosen like that
// of Taps. Old keyboards can be pressed as long as they stand there.
func (p *Person) TapsOn(messageID int, label string) error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.chats[p.id].find(messageID)
	if m == nil {
		return fmt.Errorf("sandbox: person %d sees no message %d", p.id, messageID)
	}
	b, ok := m.button(label)
	if !ok {
		return fmt.Errorf("sandbox: message %d has no button %q", messageID, label)
	}
	return p.tap(m.chat, m, b)
}

// TapData presses a button that the bot never showed: a forged or outdated
// one. A message that the chat does not hold (any more) comes to the bot as an
// inaccessible message.
func (p *Person) TapData(messageID int, data string) error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := p.can("tap"); err != nil {
		return err
	}
	s.sendTap(p, s.chats[p.id], messageID, Button{Data: data})
	return nil
}

func (p *Person) tapNewest(ch *chat, label string) error {
	for _, m := range slices.Backward(ch.messages) {
		if m.deleted {
			continue
		}
		if b, ok := m.button(label); ok {
			return p.tap(ch, m, b)
		}
	}
	return fmt.Errorf("sandbox: chat %d has no button %q", ch.id, label)
}

// button finds a button by its label or the beginning of it.
func (m *message) button(label string) (Button, bool) {
	var found Button
	ok := false
	for _, row := range m.markup.inline {
		for _, b := range row {
			if b.Text == label {
				return b, true
			}
			if !ok && label != "" && strings.HasPrefix(b.Text, label) {
				found, ok = b, true
			}
		}
	}
	return found, ok
}

func (p *Person) tap(ch *chat, m *message, b Button) error {
	if ch.person != nil {
		if err := p.can("tap"); err != nil {
			return err
		}
	}
	if b.Data == "" {
		return fmt.Errorf("sandbox: button %q opens or copies something, the bot does not hear of it", b.Text)
	}
	p.server.sendTap(p, ch, m.id, b)
	return nil
}

// sendTap tells the bot about a pressed button.
func (s *Server) sendTap(p *Person, ch *chat, messageID int, b Button) {
	id := strconv.FormatInt(1_000_000_000_000_000+s.rng.Int64N(1<<52), 10)
	s.callbacks[id] = callback{chatID: ch.id, personID: p.id, messageID: messageID, at: s.now()}
	s.record(Event{
		Kind: Tapped, ChatID: ch.id, PersonID: p.id, MessageID: messageID,
		Label: b.Text, Data: b.Data, CallbackID: id,
	})
	query := wireCallback{
		ID: id, From: p.wire(), ChatInstance: strconv.FormatInt(ch.id*31, 10), Data: b.Data,
		Message: wireInaccessible{Chat: ch.wire(), MessageID: messageID},
	}
	if m := ch.find(messageID); m != nil {
		query.Message = s.wire(m)
	}
	s.enqueue("callback_query", query)
}
