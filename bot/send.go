package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"image/png"
	"maps"
	"regexp"
	"strconv"
	"unicode/utf16"

	"rsc.io/qr"

	"afterneedle/rehab"
)

// Send puts a delivery into words and sends it to its chat.
func (b *Bot) Send(s rehab.Sending) (outcome rehab.Outcome) {
	defer func() {
		if r := recover(); r != nil {
			b.log.Error("rendering failed", "delivery", s.Delivery.ID, "kind", s.Delivery.Kind, "panic", fmt.Sprint(r))
			outcome = rehab.Outcome{Kind: rehab.OutcomeRejected, Reason: "cannot be put into words"}
		}
	}()
	words, err := b.words(s)
	if err != nil {
		b.log.Error("rendering failed", "delivery", s.Delivery.ID, "kind", s.Delivery.Kind, "err", err)
		return rehab.Outcome{Kind: rehab.OutcomeRejected, Reason: "cannot be put into words"}
	}
	shown, err := b.picture(s, words)
	if err != nil {
		// The words matter more than their picture.
		b.log.Error("picture failed", "delivery", s.Delivery.ID, "err", err)
	}
	id, err := b.post(s.Delivery.ChatID, s.Delivery.ID, words, shown)
	if badMarkup(err) {
		// The message matters more than its bold letters.
		b.log.Error("markup refused", "delivery", s.Delivery.ID, "kind", s.Delivery.Kind)
		words.Text = html.EscapeString(html.UnescapeString(tags.ReplaceAllString(words.Text, "")))
		id, err = b.post(s.Delivery.ChatID, s.Delivery.ID, words, shown)
	}
	o := outcomeOf(err)
	o.MessageID = id
	return o
}

var tags = regexp.MustCompile(`<[^>]*>`)

// picture is what a message shows above its words, as a PNG; nil when there is
// nothing.
func (b *Bot) picture(s rehab.Sending, words body) ([]byte, error) {
	switch {
	case words.QR != "":
		return qrPicture(words.QR)
	case words.Chart && s.Course != nil:
		return b.voice(s).chart()
	}
	return nil, nil
}

// post sends or edits one message and returns its id. One with a picture is
// always a new one.
func (b *Bot) post(chat, delivery int64, words body, picture []byte) (int, error) {
	if picture != nil {
		return b.postFile(chat, delivery, words, "sendPhoto", "photo", file{"picture.png", picture})
	}
	if words.File != nil {
		return b.postFile(chat, delivery, words, "sendDocument", "document", *words.File)
	}
	if words.Copy != 0 {
		return b.postCopy(chat, delivery, words)
	}
	params := map[string]any{"chat_id": chat, "text": words.Text, "parse_mode": "HTML"}
	if rows := keyboard(words.Rows, delivery); rows != nil {
		params["reply_markup"] = rows
	}
	if words.Edit != 0 {
		err := b.edit(words, params)
		if err == nil || notModified(err) {
			return words.Edit, nil
		}
		if !editGone(err) {
			return 0, err
		}
	}
	var sent struct {
		ID int `json:"message_id"`
	}
	err := b.client.call("sendMessage", params, &sent)
	return sent.ID, err
}

// postCopy sends the file of another message under a caption of its own.
func (b *Bot) postCopy(chat, delivery int64, words body) (int, error) {
	params := map[string]any{
		"chat_id": chat, "from_chat_id": words.CopyFrom, "message_id": words.Copy, "caption": words.Text, "parse_mode": "HTML",
	}
	if rows := keyboard(words.Rows, delivery); rows != nil {
		params["reply_markup"] = rows
	}
	var sent struct {
		ID int `json:"message_id"`
	}
	err := b.client.call("copyMessage", params, &sent)
	return sent.ID, err
}

// edit changes a message, or the caption of one with a picture.
func (b *Bot) edit(words body, params map[string]any) error {
	changed := maps.Clone(params)
	changed["message_id"] = words.Edit
	if !words.Caption {
		return b.client.call("editMessageText", changed, nil)
	}
	changed["caption"] = words.Text
	delete(changed, "text")
	return b.client.call("editMessageCaption", changed, nil)
}

// postFile sends a file or picture with the words as its caption.
func (b *Bot) postFile(chat, delivery int64, words body, method, field string, f file) (int, error) {
	params := map[string]string{"chat_id": strconv.FormatInt(chat, 10), "caption": words.Text, "parse_mode": "HTML"}
	if rows := keyboard(words.Rows, delivery); rows != nil {
		raw, err := json.Marshal(rows)
		if err != nil {
			return 0, fmt.Errorf("keyboard: %w", err)
		}
		params["reply_markup"] = string(raw)
	}
	var sent struct {
		ID int `json:"message_id"`
	}
	err := b.client.upload(method, field, f.Name, f.Data, params, &sent)
	return sent.ID, err
}

// longestCaption is Telegram's own, counted after the markup was read.
const longestCaption = 1024

// fitsCaption reports whether a text can stand below a picture. Characters that
// take two units in UTF-16 count twice, which is on the safe side.
func fitsCaption(text string) bool {
	return len(utf16.Encode([]rune(html.UnescapeString(tags.ReplaceAllString(text, ""))))) <= longestCaption
}

func qrPicture(link string) ([]byte, error) {
	code, err := qr.Encode(link, qr.M)
	if err != nil {
		return nil, err
	}
	code.Scale = 8
	var out bytes.Buffer
	if err := png.Encode(&out, code.Image()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// keyboard is the inline keyboard in Telegram's form; nil when there is none.
func keyboard(rows [][]button, delivery int64) any {
	type wire struct {
		Text string `json:"text"`
		Data string `json:"callback_data"`
	}
	var out [][]wire
	for _, r := range rows {
		var line []wire
		for _, x := range r {
			line = append(line, wire{x.Label, x.data(delivery)})
		}
		if len(line) > 0 {
			out = append(out, line)
		}
	}
	if out == nil {
		return nil
	}
	return map[string]any{"inline_keyboard": out}
}

// words is what a delivery says: its stored body, or what the course says now.
func (b *Bot) words(s rehab.Sending) (body, error) {
	if len(s.Delivery.Body) > 0 {
		var words body
		err := json.Unmarshal(s.Delivery.Body, &words)
		return words, err
	}
	if s.Broadcast != nil {
		return b.aboutBroadcast(s)
	}
	if s.Delivery.Kind == rehab.KindAside {
		text, err := b.content.Text("alert.aside", map[string]any{"name": s.Patient.Name})
		return body{Text: text}, err
	}
	v := b.voice(s)
	if s.Delivery.Kind == rehab.KindDigest {
		return v.digest(s.Digest), v.err
	}
	words := v.prompt(s.Delivery)
	return words, v.err
}
