package sandbox

import (
	"slices"
	"time"
)

type chatKind string

const (
	privateChat    chatKind = "private"
	groupChat      chatKind = "group"
	supergroupChat chatKind = "supergroup"
)

// standing is what the bot is in a group, in the words of the API.
type standing string

const (
	botLeft   standing = "left"
	botMember standing = "member"
	botKicked standing = "kicked"
)

// chat is one conversation with everything said in it.
type chat struct {
	id         int64
	kind       chatKind
	title      string  // of a group
	person     *Person // of a private chat
	bot        standing
	upgradedTo int64 // the supergroup that replaced this group
	messages   []*message
	byID       map[int]*message
}

// message is the present state of one message.
type message struct {
	id        int
	chat      *chat
	from      *Person // nil for the bot
	date      time.Time
	editDate  time.Time // zero when never edited
	content   formatted // the text, or the caption of a file
	file      *file
	sticker   *wireSticker
	location  *wireLocation
	forwarded bool
	replyTo   *message
	markup    markup
	silent    bool
	protected bool
	deleted   bool
	service   func(*wireMessage) // fills in what a service message says
}

func (c *chat) wire() wireChat {
	w := wireChat{ID: c.id, Type: string(c.kind), Title: c.title}
	if c.person != nil {
		w.FirstName, w.Username = c.person.firstName, c.person.username
	}
	return w
}

// find is the message with an id, nil when there is none or it is deleted.
func (c *chat) find(id int) *message {
	if m := c.byID[id]; m != nil && !m.deleted {
		return m
	}
	return nil
}

// add puts a new message into a chat and gives it its id and date.
func (s *Server) add(m *message) {
	s.lastMessage++
	m.id, m.date = s.lastMessage, s.now()
	m.chat.messages = append(m.chat.messages, m)
	m.chat.byID[m.id] = m
}

func (s *Server) newChat(id int64, kind chatKind) *chat {
	c := &chat{id: id, kind: kind, byID: map[int]*message{}}
	s.chats[id] = c
	return c
}

// wire is the message as the bot gets it; of the message it replies to only
// one level is shown.
func (s *Server) wire(m *message) wireMessage {
	w := s.wireAlone(m)
	if m.replyTo != nil {
		reply := s.wireAlone(m.replyTo)
		w.ReplyTo = &reply
	}
	return w
}

func (s *Server) wireAlone(m *message) wireMessage {
	from := s.bot
	if m.from != nil {
		from = m.from.wire()
	}
	w := wireMessage{
		MessageID: m.id, From: &from, Chat: m.chat.wire(), Date: m.date.Unix(), Protected: m.protected,
		Sticker: m.sticker, Location: m.location,
	}
	if !m.editDate.IsZero() {
		w.EditDate = m.editDate.Unix()
	}
	if m.forwarded {
		w.ForwardOrigin = &wireOrigin{Type: "hidden_user", Date: m.date.Unix(), Name: "Somebody"}
	}
	if m.file == nil {
		w.Text, w.Entities = m.content.plain, m.content.entities
	} else {
		w.Caption, w.CaptionEntities = m.content.plain, m.content.entities
		if m.file.kind == photoFile {
			w.Photo = []wireFile{m.file.wire()}
		} else {
			document := m.file.wire()
			w.Document = &document
		}
	}
	if len(m.markup.inline) > 0 {
		w.ReplyMarkup = wireKeyboard(m.markup.inline)
	}
	if m.service != nil {
		m.service(&w)
	}
	return w
}

func wireKeyboard(rows [][]Button) *wireKeyboards {
	k := &wireKeyboards{}
	for _, row := range rows {
		var buttons []wireButton
		for _, b := range row {
			w := wireButton{Text: b.Text, Data: b.Data, URL: b.URL}
			if b.Copy != "" {
				w.Copy = &wireCopyText{Text: b.Copy}
			}
			buttons = append(buttons, w)
		}
		k.Inline = append(k.Inline, buttons)
	}
	return k
}

// reachable is the chat of a call, when the bot may write there now.
func (s *Server) reachable(c *call) (*chat, *apiError) {
	ch := s.chats[c.integer("chat_id")]
	if ch == nil {
		return nil, errChatNotFound
	}
	if ch.person != nil {
		return ch, ch.person.refusal()
	}
	group := "group chat"
	if ch.kind == supergroupChat {
		group = "supergroup chat"
	}
	switch {
	case ch.upgradedTo != 0:
		err := badRequest("group chat was upgraded to a supergroup chat")
		err.migrateTo = ch.upgradedTo
		return nil, err
	case ch.bot == botKicked:
		return nil, forbidden("bot was kicked from the " + group)
	case ch.bot != botMember:
		return nil, forbidden("bot is not a member of the " + group)
	}
	return ch, nil
}

// Message is the present state of one message as a person sees it.
type Message struct {
	ID       int
	ChatID   int64
	FromBot  bool
	At       time.Time  // when it was sent
	Text     string     // without markup; empty for files
	Caption  string     // of a photo or document, without markup
	HTML     string     // text or caption as it was sent
	Entities []Entity   // of the text or caption
	Buttons  [][]Button // the inline keyboard, row by row
	Photo    []byte
	Document []byte
	FileName string // of the document
	ReplyTo  int    // id of the message it answers, 0 when none
	Edited   bool
	Silent   bool
}

func (m *message) view() Message {
	v := Message{
		ID: m.id, ChatID: m.chat.id, FromBot: m.from == nil, At: m.date,
		HTML: m.content.raw, Entities: slices.Clone(m.content.entities), Buttons: m.markup.inline,
		Edited: !m.editDate.IsZero(), Silent: m.silent,
	}
	if m.replyTo != nil {
		v.ReplyTo = m.replyTo.id
	}
	switch {
	case m.file == nil:
		v.Text = m.content.plain
	case m.file.kind == photoFile:
		v.Caption, v.Photo = m.content.plain, m.file.data
	default:
		v.Caption, v.Document, v.FileName = m.content.plain, m.file.data, m.file.name
	}
	return v
}

// Messages is what stands in a chat now, oldest first, after all edits and
// without what was deleted. An unknown chat has none.
func (s *Server) Messages(chatID int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chatID]
	if c == nil {
		return nil
	}
	var views []Message
	for _, m := range c.messages {
		if !m.deleted {
			views = append(views, m.view())
		}
	}
	return views
}
