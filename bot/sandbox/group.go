package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Group is a group chat. The bot runs in privacy mode, as bots do unless told
// otherwise: of what people say it hears only commands.
type Group struct {
	server  *Server
	members []*Person
	current *chat // guarded by the server's lock; replaced by Upgrade
}

// Group makes a group without the bot. The id is negative, as Telegram's are.
func (s *Server) Group(id int64, title string, members ...*Person) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.newChat(id, groupChat)
	ch.title, ch.bot = title, botLeft
	return &Group{server: s, members: members, current: ch}
}

// ID is the chat id; it changes with Upgrade.
func (g *Group) ID() int64 {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	return g.current.id
}

func (g *Group) hasMember(p *Person) error {
	if slices.Contains(g.members, p) {
		return nil
	}
	return fmt.Errorf("sandbox: person %d is not in group %d", p.id, g.current.id)
}

// AddsBot brings the bot into the group.
func (g *Group) AddsBot(by *Person) error {
	return g.changeBot(by, botMember, func(w *wireMessage, bot wireUser) { w.NewMembers = []wireUser{bot} })
}

// RemovesBot throws the bot out.
func (g *Group) RemovesBot(by *Person) error {
	return g.changeBot(by, botKicked, func(w *wireMessage, bot wireUser) { w.LeftMember = &bot })
}

func (g *Group) changeBot(by *Person, to standing, say func(*wireMessage, wireUser)) error {
	s := g.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := g.hasMember(by); err != nil {
		return err
	}
	if g.current.bot == to {
		return fmt.Errorf("sandbox: the bot is already %q in group %d", to, g.current.id)
	}
	from := g.current.bot
	g.current.bot = to
	s.memberUpdate(g.current, by, from, to)
	s.say(&message{chat: g.current, from: by, service: func(w *wireMessage) { say(w, s.bot) }})
	return nil
}

// Says sends a text to the group and returns the message's id. The bot hears
// it when it is there and the text is a command.
func (g *Group) Says(p *Person, text string) (int, error) {
	s := g.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := g.hasMember(p); err != nil {
		return 0, err
	}
	m := &message{chat: g.current, from: p, content: typed(text)}
	if g.current.bot == botMember && strings.HasPrefix(text, "/") {
		s.say(m)
		return m.id, nil
	}
	s.add(m)
	s.record(s.messageEvent("", m))
	return m.id, nil
}

// Taps presses a button in the group, found like that of [Person.Taps].
func (g *Group) Taps(p *Person, label string) error {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	if err := g.hasMember(p); err != nil {
		return err
	}
	return p.tapNewest(g.current, label)
}

// Upgrade turns the group into a supergroup with a new id (-100...): the old
// chat answers with migrate_to_chat_id from now on.
func (g *Group) Upgrade(newID int64) error {
	s := g.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.current.kind != groupChat || len(g.members) == 0 {
		return errors.New("sandbox: only a plain group with members can be upgraded")
	}
	old := g.current
	ch := s.newChat(newID, supergroupChat)
	ch.title, ch.bot = old.title, old.bot
	if old.bot == botMember {
		by := g.members[0]
		s.say(&message{chat: old, from: by, service: func(w *wireMessage) { w.MigrateTo = newID }})
		s.say(&message{chat: ch, from: by, service: func(w *wireMessage) { w.MigrateFrom = old.id }})
	}
	old.upgradedTo = newID
	g.current = ch
	return nil
}

// Messages is what stands in the group now, oldest first.
func (g *Group) Messages() []Message { return g.server.Messages(g.ID()) }
