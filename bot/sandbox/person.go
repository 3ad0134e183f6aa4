package sandbox

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// personState is how a person stands to the bot.
type personState string

const (
	neverStarted personState = "never started the bot"
	active       personState = "active"
	blocking     personState = "blocks the bot"
	deactivated  personState = "deleted the account"
)

// Person is somebody with a phone. What a person can't do in the app (write
// to a bot that is blocked, tap a button that is not there) is an error.
type Person struct {
	server    *Server
	id        int64
	firstName string
	username  string
	language  string
	state     personState // guarded by the server's lock
}

// Person makes a person whom the bot could meet, or finds the one with this
// id; the name counts only the first time. The bot can't write first.
func (s *Server) Person(id int64, firstName string) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.people[id]; p != nil {
		return p
	}
	p := &Person{server: s, id: id, firstName: firstName, state: neverStarted}
	s.people[id] = p
	s.newChat(id, privateChat).person = p
	return p
}

// ID is the user id, and the id of the private chat too.
func (p *Person) ID() int64 { return p.id }

// WithUsername gives the person a public name, written without "@".
func (p *Person) WithUsername(name string) *Person {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	p.username = name
	return p
}

// WithLanguage sets the language of the person's app, such as "de".
func (p *Person) WithLanguage(code string) *Person {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	p.language = code
	return p
}

func (p *Person) wire() wireUser {
	return wireUser{ID: p.id, FirstName: p.firstName, Username: p.username, LanguageCode: p.language}
}

// refusal is why the bot can't write to this person, nil when it can.
func (p *Person) refusal() *apiError {
	switch p.state {
	case neverStarted:
		return forbidden("bot can't initiate conversation with a user")
	case blocking:
		return forbidden("bot was blocked by the user")
	case deactivated:
		return forbidden("user is deactivated")
	}
	return nil
}

// can is an error unless the person uses the bot now.
func (p *Person) can(action string) error {
	if p.state == active {
		return nil
	}
	return fmt.Errorf("sandbox: person %d can't %s: %s", p.id, action, p.state)
}

var payloadPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)

// Start presses the start button, with the payload of a deep link or without
// ("" sends a bare /start). It unblocks the bot, as the app does.
func (p *Person) Start(payload string) error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if !payloadPattern.MatchString(payload) {
		return errors.New("sandbox: a start payload has up to 64 of A-Z a-z 0-9 _ -, this one does not")
	}
	switch p.state {
	case deactivated:
		return p.can("start the bot")
	case blocking:
		p.setBlocked(false)
	case neverStarted:
		p.state = active
	}
	text := "/start"
	if payload != "" {
		text += " " + payload
	}
	s.say(&message{chat: s.chats[p.id], from: p, content: typed(text)})
	return nil
}

// Says sends a text and returns the message's id.
func (p *Person) Says(text string) (int, error) {
	return p.send(&message{content: typed(text)})
}

// Replies sends a text as the answer to a message of the chat.
func (p *Person) Replies(messageID int, text string) (int, error) {
	p.server.mu.Lock()
	original := p.server.chats[p.id].find(messageID)
	p.server.mu.Unlock()
	if original == nil {
		return 0, fmt.Errorf("sandbox: person %d has no message %d to answer", p.id, messageID)
	}
	return p.send(&message{content: typed(text), replyTo: original})
}

// Forwards sends a text that somebody else wrote.
func (p *Person) Forwards(text string) (int, error) {
	return p.send(&message{content: typed(text), forwarded: true})
}

// SendsSticker sends a sticker.
func (p *Person) SendsSticker() (int, error) {
	return p.send(&message{sticker: &wireSticker{
		FileID: "file-sticker", FileUniqueID: "usticker", Type: "regular", Width: 512, Height: 512, Emoji: "👍",
	}})
}

// SendsLocation sends a place on the map.
func (p *Person) SendsLocation() (int, error) {
	return p.send(&message{location: &wireLocation{Latitude: 52.52, Longitude: 13.405}})
}

// SendsPhoto sends a picture; the caption may be empty.
func (p *Person) SendsPhoto(caption string) (int, error) {
	return p.send(&message{
		content: typed(caption),
		file:    &file{kind: photoFile, data: []byte("a picture"), width: 90, height: 90},
	})
}

// SendsDocument sends a file, which the bot can download by getFile.
func (p *Person) SendsDocument(name string, data []byte, caption string) (int, error) {
	return p.send(&message{
		content: typed(caption),
		file:    &file{kind: documentFile, name: name, data: data},
	})
}

// send puts a message of the person into the private chat.
func (p *Person) send(m *message) (int, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := p.can("write"); err != nil {
		return 0, err
	}
	if m.file != nil {
		s.files.add(m.file)
	}
	m.chat, m.from = s.chats[p.id], p
	s.say(m)
	return m.id, nil
}

// say adds a person's message and tells the bot, under the lock.
func (s *Server) say(m *message) {
	s.add(m)
	s.record(s.messageEvent("", m))
	s.enqueue("message", s.wire(m))
}

// Edits changes the text of one of the person's own messages.
func (p *Person) Edits(messageID int, text string) error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := p.can("edit"); err != nil {
		return err
	}
	m := s.chats[p.id].find(messageID)
	if m == nil || m.from != p {
		return fmt.Errorf("sandbox: person %d has no message %d to edit", p.id, messageID)
	}
	m.content, m.editDate = typed(text), s.now()
	s.record(s.messageEvent("", m))
	s.enqueue("edited_message", s.wire(m))
	return nil
}

// Blocks stops the bot from writing to this person.
func (p *Person) Blocks() error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := p.can("block the bot"); err != nil {
		return err
	}
	p.setBlocked(true)
	return nil
}

// Unblocks ends Blocks without a new /start.
func (p *Person) Unblocks() error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.state != blocking {
		return fmt.Errorf("sandbox: person %d does not block the bot", p.id)
	}
	p.setBlocked(false)
	return nil
}

// Deactivates deletes the account; nobody tells the bot.
func (p *Person) Deactivates() {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	p.state = deactivated
	s.record(Event{Kind: Deactivated, ChatID: p.id, PersonID: p.id})
}

func (p *Person) setBlocked(blocked bool) {
	s := p.server
	from, to, kind := active, blocking, Blocked
	if !blocked {
		from, to, kind = blocking, active, Unblocked
	}
	p.state = to
	s.record(Event{Kind: kind, ChatID: p.id, PersonID: p.id})
	s.memberUpdate(s.chats[p.id], p, privateStatus(from), privateStatus(to))
}

// privateStatus is what the bot is in a private chat.
func privateStatus(state personState) standing {
	if state == blocking {
		return botKicked
	}
	return botMember
}

// memberUpdate tells the bot that its standing in a chat has changed.
func (s *Server) memberUpdate(ch *chat, by *Person, from, to standing) {
	s.enqueue("my_chat_member", wireMemberUpdate{
		Chat: ch.wire(), From: by.wire(), Date: s.now().Unix(),
		Old: s.wireMember(from), New: s.wireMember(to),
	})
}

func (s *Server) wireMember(status standing) wireMember {
	m := wireMember{Status: string(status), User: s.bot}
	if status == botKicked {
		m.Until = new(int64) // 0: for ever
	}
	return m
}

// Messages is what stands in the private chat now, oldest first.
func (p *Person) Messages() []Message { return p.server.Messages(p.id) }

// Last is the newest message of the bot in the private chat, after its edits;
// the zero Message when there is none.
func (p *Person) Last() Message {
	messages := p.Messages()
	for _, message := range slices.Backward(messages) {
		if message.FromBot {
			return message
		}
	}
	return Message{}
}
