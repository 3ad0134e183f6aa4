package sandbox

import (
	"slices"
	"strings"
)

// Limits of an inline keyboard. Telegram drops what is past the counts without
// a word; here that is an error, because a patient would miss an answer.
const (
	maxButtonsInRow = 12
	maxButtons      = 300
	maxCallbackData = 64 // bytes
	maxCopyText     = 256
)

// Button is one button of an inline keyboard.
type Button struct {
	Text string // the label
	Data string // callback data, empty for other kinds
	URL  string // address to open, empty for other kinds
	Copy string // text to copy, empty for other kinds
}

// markup is what hangs below a message. Only inline keyboards are kept; of
// the other kinds it matters that they make a message uneditable.
type markup struct {
	inline [][]Button
	other  bool
}

func (m markup) equal(n markup) bool {
	return m.other == n.other && slices.EqualFunc(m.inline, n.inline, slices.Equal[[]Button])
}

// markupParam reads reply_markup; its shape has been checked.
func (c *call) markupParam() (markup, *apiError) {
	var in struct {
		Inline [][]struct {
			Text string  `json:"text"`
			Data *string `json:"callback_data"`
			URL  *string `json:"url"`
			Copy *struct {
				Text string `json:"text"`
			} `json:"copy_text"`
		} `json:"inline_keyboard"`
		Keyboard [][]struct {
			Text string `json:"text"`
		} `json:"keyboard"`
		Remove bool `json:"remove_keyboard"`
		Force  bool `json:"force_reply"`
	}
	if err := c.decode("reply_markup", &in); err != nil {
		return markup{}, err
	}
	m := markup{other: len(in.Keyboard) > 0 || in.Remove || in.Force}
	for _, row := range in.Keyboard {
		for _, b := range row {
			if strings.TrimSpace(b.Text) == "" {
				return markup{}, badRequest("keyboard button text is empty")
			}
		}
	}
	for _, row := range in.Inline {
		var buttons []Button
		for _, b := range row {
			button := Button{Text: b.Text, Data: value(b.Data), URL: value(b.URL)}
			if b.Copy != nil {
				button.Copy = b.Copy.Text
			}
			if err := button.check(); err != nil {
				return markup{}, err
			}
			buttons = append(buttons, button)
		}
		if len(buttons) > 0 { // an empty row shows nothing
			m.inline = append(m.inline, buttons)
		}
	}
	return m, m.checkSize()
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (b Button) check() *apiError {
	kinds := 0
	for _, s := range []string{b.Data, b.URL, b.Copy} {
		if s != "" {
			kinds++
		}
	}
	switch {
	case strings.TrimSpace(b.Text) == "":
		return badRequest("inline keyboard button text is empty")
	case kinds == 0:
		return badRequest("Can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case kinds > 1:
		// Telegram takes the first kind it finds and forgets the others.
		return badRequest("Can't parse inline keyboard button: exactly one of url, callback_data, copy_text is allowed")
	case len(b.Data) > maxCallbackData:
		return badRequest("BUTTON_DATA_INVALID")
	case len([]rune(b.Copy)) > maxCopyText:
		return badRequest("BUTTON_COPY_TEXT_INVALID")
	case b.URL != "" && !isLink(b.URL):
		return badRequest("inline keyboard button URL '%s' is invalid", b.URL)
	}
	return nil
}

func (m markup) checkSize() *apiError {
	total := 0
	for _, row := range m.inline {
		if len(row) > maxButtonsInRow {
			return badRequest("inline keyboard row has %d buttons, Telegram would drop all after %d",
				len(row), maxButtonsInRow)
		}
		total += len(row)
	}
	if total > maxButtons {
		return badRequest("inline keyboard has %d buttons, Telegram would drop all after %d", total, maxButtons)
	}
	return nil
}
