package sandbox

import "time"

func (s *Server) getMe(*call) (any, *apiError) {
	return wireMe{wireUser: s.bot, CanJoinGroups: true}, nil
}

func (s *Server) sendMessage(c *call) (any, *apiError) {
	text, err := c.messageText()
	if err != nil {
		return nil, err
	}
	return s.send(c, &message{content: text})
}

func (s *Server) sendPhoto(c *call) (any, *apiError) {
	return s.sendFile(c, "photo", photoFile)
}

func (s *Server) sendDocument(c *call) (any, *apiError) {
	return s.sendFile(c, "document", documentFile)
}

func (s *Server) sendFile(c *call, name string, kind fileKind) (any, *apiError) {
	caption, err := c.messageCaption()
	if err != nil {
		return nil, err
	}
	f, err := s.fileParam(c, name, kind)
	if err != nil {
		return nil, err
	}
	return s.send(c, &message{content: caption, file: f})
}

// send delivers a message whose content is ready.
func (s *Server) send(c *call, m *message) (any, *apiError) {
	if err := s.deliver(c, m); err != nil {
		return nil, err
	}
	return s.wire(m), nil
}

func (s *Server) deliver(c *call, m *message) *apiError {
	keyboard, err := c.markupParam()
	if err != nil {
		return err
	}
	ch, err := s.reachable(c)
	if err != nil {
		return err
	}
	if m.replyTo, err = c.replyTarget(ch); err != nil {
		return err
	}
	if err := s.paced(ch); err != nil {
		return err
	}
	m.chat, m.markup = ch, keyboard
	m.silent, m.protected = c.boolean("disable_notification"), c.boolean("protect_content")
	s.add(m)
	s.record(s.messageEvent(c.method, m))
	return nil
}

// replyTarget is the message that a new one answers, by today's name of the
// parameter or by the legacy one.
func (c *call) replyTarget(ch *chat) (*message, *apiError) {
	var reply struct {
		MessageID int  `json:"message_id"`
		Allow     bool `json:"allow_sending_without_reply"`
	}
	reply.MessageID = int(c.integer("reply_to_message_id"))
	reply.Allow = c.boolean("allow_sending_without_reply")
	if err := c.decode("reply_parameters", &reply); err != nil {
		return nil, err
	}
	if reply.MessageID == 0 {
		return nil, nil
	}
	target := ch.find(reply.MessageID)
	if target == nil && !reply.Allow {
		return nil, badRequest("message to be replied not found")
	}
	return target, nil
}

// paced applies the rate limits to one message or edit.
func (s *Server) paced(ch *chat) *apiError {
	if wait := s.rates.take(ch.id, ch.kind != privateChat, s.now()); wait > 0 {
		return tooManyRequests(int((wait + time.Second - 1) / time.Second))
	}
	return nil
}

func (s *Server) copyMessage(c *call) (any, *apiError) {
	from := s.chats[c.integer("from_chat_id")]
	if from == nil {
		return nil, errChatNotFound
	}
	original := from.find(int(c.integer("message_id")))
	if original == nil || original.service != nil {
		return nil, badRequest("message to copy not found")
	}
	m := &message{
		content: original.content, file: original.file,
		sticker: original.sticker, location: original.location,
	}
	if original.file != nil && c.has("caption") {
		caption, err := c.messageCaption()
		if err != nil {
			return nil, err
		}
		m.content = caption
	}
	if err := s.deliver(c, m); err != nil {
		return nil, err
	}
	return map[string]int{"message_id": m.id}, nil
}

var chatActions = map[string]bool{
	"typing": true, "upload_photo": true, "record_video": true, "upload_video": true,
	"record_voice": true, "upload_voice": true, "upload_document": true, "choose_sticker": true,
	"find_location": true, "record_video_note": true, "upload_video_note": true,
}

func (s *Server) sendChatAction(c *call) (any, *apiError) {
	if !chatActions[c.str("action")] {
		return nil, badRequest("wrong parameter action in request")
	}
	ch, err := s.reachable(c)
	if err != nil {
		return nil, err
	}
	s.record(Event{Kind: BotCalled, Method: c.method, ChatID: ch.id, Text: c.str("action")})
	return true, nil
}
