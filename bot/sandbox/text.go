package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sizes of texts, in Unicode code points after markup is taken out, except
// the raw size, which is in bytes with the markup.
const (
	maxText    = 4096
	maxCaption = 1024
	maxRaw     = 1 << 15
	maxAnswer  = 200
)

// Entity is a marked part of a text. Offset and Length count UTF-16 units.
type Entity struct {
	Type           string `json:"type"`
	Offset         int    `json:"offset"`
	Length         int    `json:"length"`
	URL            string `json:"url,omitempty"`
	Language       string `json:"language,omitempty"`
	CustomEmojiID  string `json:"custom_emoji_id,omitempty"`
	UnixTime       int64  `json:"unix_time,omitempty"`
	DateTimeFormat string `json:"date_time_format,omitempty"`
}

// formatted is a text as the client shows it, and as it was sent.
type formatted struct {
	plain    string
	raw      string
	entities []Entity
}

func (f formatted) equal(g formatted) bool {
	return f.plain == g.plain && slices.Equal(f.entities, g.entities)
}

// formattedParam reads a text with its parse_mode or its entities.
func (c *call) formattedParam(textName, entitiesName string) (formatted, *apiError) {
	raw := c.str(textName)
	if !utf8.ValidString(raw) {
		return formatted{}, badRequest("text must be encoded in UTF-8")
	}
	if len(raw) > maxRaw {
		return formatted{}, badRequest("text is too long")
	}
	f := formatted{plain: cleaned(raw), raw: raw}
	switch mode := strings.ToLower(c.str("parse_mode")); mode {
	case "", "none":
		if err := c.decode(entitiesName, &f.entities); err != nil {
			return formatted{}, err
		}
	case "html":
		var err error
		f.plain, f.entities, err = parseHTML(f.plain)
		if err != nil {
			return formatted{}, badRequest("can't parse entities: %v", err)
		}
	default:
		// Telegram has Markdown too; nothing here writes it, so it would be a
		// mistake to let it through unparsed.
		return formatted{}, badRequest("unsupported parse_mode")
	}
	if !f.fits() {
		return formatted{}, badRequest("entity beyond the end of the text")
	}
	f.trim()
	return f, nil
}

// fits tells whether every entity lies inside the text.
func (f *formatted) fits() bool {
	end := utf16Len(f.plain)
	for _, e := range f.entities {
		if e.Offset < 0 || e.Length < 0 || e.Offset+e.Length > end {
			return false
		}
	}
	return true
}

// trim takes white space off both ends as Telegram does: at the front only as
// far as no entity begins.
func (f *formatted) trim() {
	const space = " \n\t"
	f.plain = strings.TrimRight(f.plain, space)
	front := len(f.plain) - len(strings.TrimLeft(f.plain, space))
	for _, e := range f.entities {
		front = min(front, e.Offset)
	}
	f.plain = f.plain[front:] // white space is one byte and one unit each
	end := utf16Len(f.plain)
	kept := f.entities[:0]
	for _, e := range f.entities {
		e.Offset -= front
		e.Length = min(e.Length, end-e.Offset)
		if e.Length > 0 {
			kept = append(kept, e)
		}
	}
	f.entities = kept
}

// cleaned takes carriage returns out and turns other control characters into
// spaces.
func cleaned(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return -1
		case r < ' ' && r != '\n':
			return ' '
		}
		return r
	}, s)
}

func (c *call) messageText() (formatted, *apiError) {
	if c.str("text") == "" {
		return formatted{}, badRequest("message text is empty")
	}
	f, err := c.formattedParam("text", "entities")
	switch {
	case err != nil:
		return f, err
	case f.plain == "":
		return f, badRequest("text must be non-empty")
	case utf8.RuneCountInString(f.plain) > maxText:
		return f, badRequest("message is too long")
	}
	return f, nil
}

func (c *call) messageCaption() (formatted, *apiError) {
	f, err := c.formattedParam("caption", "caption_entities")
	if err == nil && utf8.RuneCountInString(f.plain) > maxCaption {
		err = badRequest("message caption is too long")
	}
	return f, err
}

// utf16Len is the length of s in UTF-16 units.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

var commandPattern = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)`)

// typed is a text as a person types it: only commands are marked.
func typed(text string) formatted {
	f := formatted{plain: text, raw: text}
	for _, m := range commandPattern.FindAllStringSubmatchIndex(text, -1) {
		f.entities = append(f.entities, Entity{
			Type:   "bot_command",
			Offset: utf16Len(text[:m[2]]),
			Length: utf16Len(text[m[2]:m[3]]),
		})
	}
	return f
}
