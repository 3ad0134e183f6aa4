package sandbox

import "time"

// deleteLimit is the age past which a message can't be deleted any more.
const deleteLimit = 48 * time.Hour

func (s *Server) editMessageText(c *call) (any, *apiError) {
	text, err := c.messageText()
	if err != nil {
		return nil, err
	}
	return s.edit(c, func(m *message) (formatted, *apiError) {
		if m.file != nil || m.content.plain == "" {
			return formatted{}, badRequest("there is no text in the message to edit")
		}
		return text, nil
	})
}

func (s *Server) editMessageCaption(c *call) (any, *apiError) {
	caption, err := c.messageCaption()
	if err != nil {
		return nil, err
	}
	return s.edit(c, func(m *message) (formatted, *apiError) {
		if m.file == nil {
			return formatted{}, badRequest("there is no caption in the message to edit")
		}
		return caption, nil
	})
}

func (s *Server) editMessageReplyMarkup(c *call) (any, *apiError) {
	return s.edit(c, func(m *message) (formatted, *apiError) { return m.content, nil })
}

// edit changes one of the bot's own messages. The keyboard is replaced too:
// an edit without one takes it away.
func (s *Server) edit(c *call, content func(*message) (formatted, *apiError)) (any, *apiError) {
	keyboard, err := c.markupParam()
	if err != nil {
		return nil, err
	}
	switch {
	case !c.has("chat_id"):
		return nil, badRequest("chat_id is empty")
	case !c.has("message_id"):
		return nil, badRequest("message identifier is not specified")
	}
	ch, err := s.reachable(c)
	if err != nil {
		return nil, err
	}
	m := ch.find(int(c.integer("message_id")))
	if m == nil {
		return nil, badRequest("message to edit not found")
	}
	if m.from != nil || m.service != nil || m.markup.other {
		return nil, badRequest("message can't be edited")
	}
	changed, err := content(m)
	if err != nil {
		return nil, err
	}
	if err := s.paced(ch); err != nil {
		return nil, err
	}
	if m.content.equal(changed) && m.markup.equal(keyboard) {
		return nil, errNotModified
	}
	m.content, m.markup, m.editDate = changed, keyboard, s.now()
	s.record(s.messageEvent(c.method, m))
	return s.wire(m), nil
}

func (s *Server) deleteMessage(c *call) (any, *apiError) {
	ch, err := s.reachable(c)
	if err != nil {
		return nil, err
	}
	m := ch.find(int(c.integer("message_id")))
	if m == nil {
		return nil, badRequest("message to delete not found")
	}
	foreign := m.from != nil && ch.kind != privateChat
	if foreign || s.now().Sub(m.date) > deleteLimit {
		return nil, badRequest("message can't be deleted")
	}
	m.deleted = true
	s.record(Event{Kind: BotCalled, Method: c.method, ChatID: ch.id, MessageID: m.id})
	return true, nil
}
