package sandbox

// The JSON shapes that the bot receives, named as in the documentation.

type wireUser struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
}

// wireMe is the bot as getMe shows it.
type wireMe struct {
	wireUser
	CanJoinGroups   bool `json:"can_join_groups"`
	CanReadAll      bool `json:"can_read_all_group_messages"`
	SupportsInline  bool `json:"supports_inline_queries"`
	HasMainWebApp   bool `json:"has_main_web_app"`
	CanConnectToBiz bool `json:"can_connect_to_business"`
}

type wireChat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	Username  string `json:"username,omitempty"`
}

type wireMessage struct {
	MessageID       int            `json:"message_id"`
	From            *wireUser      `json:"from,omitempty"`
	Chat            wireChat       `json:"chat"`
	Date            int64          `json:"date"`
	EditDate        int64          `json:"edit_date,omitempty"`
	ForwardOrigin   *wireOrigin    `json:"forward_origin,omitempty"`
	ReplyTo         *wireMessage   `json:"reply_to_message,omitempty"`
	Protected       bool           `json:"has_protected_content,omitempty"`
	Text            string         `json:"text,omitempty"`
	Entities        []Entity       `json:"entities,omitempty"`
	Caption         string         `json:"caption,omitempty"`
	CaptionEntities []Entity       `json:"caption_entities,omitempty"`
	Photo           []wireFile     `json:"photo,omitempty"`
	Document        *wireFile      `json:"document,omitempty"`
	Sticker         *wireSticker   `json:"sticker,omitempty"`
	Location        *wireLocation  `json:"location,omitempty"`
	NewMembers      []wireUser     `json:"new_chat_members,omitempty"`
	LeftMember      *wireUser      `json:"left_chat_member,omitempty"`
	MigrateTo       int64          `json:"migrate_to_chat_id,omitempty"`
	MigrateFrom     int64          `json:"migrate_from_chat_id,omitempty"`
	ReplyMarkup     *wireKeyboards `json:"reply_markup,omitempty"`
}

// wireOrigin tells where a forwarded message came from. Since Bot API 7.0 it
// is the only trace of a forward.
type wireOrigin struct {
	Type string `json:"type"`
	Date int64  `json:"date"`
	Name string `json:"sender_user_name"`
}

// wireFile is a PhotoSize, a Document or the answer of getFile.
type wireFile struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileSize     int    `json:"file_size,omitempty"`
	FilePath     string `json:"file_path,omitempty"`
	FileName     string `json:"file_name,omitempty"`
	MIMEType     string `json:"mime_type,omitempty"`
	Width        int    `json:"width,omitempty"`
	Height       int    `json:"height,omitempty"`
}

type wireSticker struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	Type         string `json:"type"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	IsAnimated   bool   `json:"is_animated"`
	IsVideo      bool   `json:"is_video"`
	Emoji        string `json:"emoji,omitempty"`
}

type wireLocation struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type wireKeyboards struct {
	Inline [][]wireButton `json:"inline_keyboard"`
}

type wireButton struct {
	Text string        `json:"text"`
	Data string        `json:"callback_data,omitempty"`
	URL  string        `json:"url,omitempty"`
	Copy *wireCopyText `json:"copy_text,omitempty"`
}

type wireCopyText struct {
	Text string `json:"text"`
}

type wireCallback struct {
	ID           string   `json:"id"`
	From         wireUser `json:"from"`
	Message      any      `json:"message"` // wireMessage or wireInaccessible
	ChatInstance string   `json:"chat_instance"`
	Data         string   `json:"data"`
}

// wireInaccessible stands for a message that the bot may not see any more.
type wireInaccessible struct {
	Chat      wireChat `json:"chat"`
	MessageID int      `json:"message_id"`
	Date      int64    `json:"date"` // always 0
}

type wireMember struct {
	Status string   `json:"status"`
	User   wireUser `json:"user"`
	Until  *int64   `json:"until_date,omitempty"` // only with "kicked"
}

type wireMemberUpdate struct {
	Chat wireChat   `json:"chat"`
	From wireUser   `json:"from"`
	Date int64      `json:"date"`
	Old  wireMember `json:"old_chat_member"`
	New  wireMember `json:"new_chat_member"`
}

type wireCommand struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

type wireScope struct {
	Type   string `json:"type"`
	ChatID any    `json:"chat_id"`
	UserID int64  `json:"user_id"`
}

type wireWebhookInfo struct {
	URL            string   `json:"url"`
	Certificate    bool     `json:"has_custom_certificate"`
	Pending        int      `json:"pending_update_count"`
	LastErrorDate  int64    `json:"last_error_date,omitempty"`
	LastError      string   `json:"last_error_message,omitempty"`
	MaxConnections int      `json:"max_connections,omitempty"`
	AllowedUpdates []string `json:"allowed_updates,omitempty"`
}
