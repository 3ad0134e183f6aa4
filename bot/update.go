package bot

// update is the part of a Telegram update that we look at.
type update struct {
	Message  *message `json:"message"`
	Edited   *message `json:"edited_message"`
	Callback *struct {
		ID      string   `json:"id"`
		From    user     `json:"from"`
		Message *message `json:"message"`
		Data    string   `json:"data"`
	} `json:"callback_query"`
	Member *struct {
		Chat chat `json:"chat"`
		New  struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	} `json:"my_chat_member"`
}

// from is the chat that an update belongs to, 0 for none. A private chat has the
// id of its person.
func (u *update) from() int64 {
	switch {
	case u.Message != nil:
		return u.Message.Chat.ID
	case u.Edited != nil:
		return u.Edited.Chat.ID
	case u.Callback != nil:
		return u.Callback.From.ID
	case u.Member != nil:
		return u.Member.Chat.ID
	}
	return 0
}

// firstName is how the person behind the update calls himself or herself.
func (u *update) firstName() string {
	switch {
	case u.Message != nil && u.Message.From != nil:
		return u.Message.From.First
	case u.Callback != nil:
		return u.Callback.From.First
	}
	return ""
}

type message struct {
	ID   int    `json:"message_id"`
	From *user  `json:"from"`
	Chat chat   `json:"chat"`
	Text string `json:"text"`
	// Date is when it was sent and EditDate when it was changed, in Unix seconds.
	Date     int64 `json:"date"`
	EditDate int64 `json:"edit_date"`
	// Caption is the text under a photo or file.
	Caption string `json:"caption"`
	// Photo, Video and Document are set on messages with such a file.
	Photo    []struct{} `json:"photo"`
	Video    *struct{}  `json:"video"`
	Document *struct {
		ID   string `json:"file_id"`
		Size int64  `json:"file_size"`
	} `json:"document"`
	// ReplyTo is the message that this one answers.
	ReplyTo *message `json:"reply_to_message"`
	// Forward is set on forwarded messages, whose words are somebody else's.
	Forward *struct{} `json:"forward_origin"`
	// Service messages that are no words of the patient.
	Pinned *struct{} `json:"pinned_message"`
}

type user struct {
	ID    int64  `json:"id"`
	First string `json:"first_name"`
	Bot   bool   `json:"is_bot"`
}

type chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

// words are what a person wrote: the text, or the caption of a file.
func (m *message) words() string {
	if m.Text != "" {
		return m.Text
	}
	return m.Caption
}

// file reports whether a message has a file that can go to others.
func (m *message) file() bool { return len(m.Photo) > 0 || m.Video != nil || m.Document != nil }

func (c chat) private() bool { return c.Type == "private" }
