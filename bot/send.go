package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"image/png"
	"regexp"
	"strconv"

	"rsc.io/qr"

	"afterneedle/rehab"
)

// Send puts a delivery into words and sends it to its chat.
func (b *Bot) Send(_ context.Context, s rehab.Sending) (outcome rehab.Outcome) {
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
	id, err := b.post(s.Delivery.ChatID, s.Delivery.ID, words)
	if badMarkup(err) {
		// The message matters more than its bold letters.
		b.log.Error("markup refused", "delivery", s.Delivery.ID, "kind", s.Delivery.Kind)
		words.Text = html.EscapeString(html.UnescapeString(tags.ReplaceAllString(words.Text, "")))
		id, err = b.post(s.Delivery.ChatID, s.Delivery.ID, words)
	}
	o := outcomeOf(err)
	o.MessageID = id
	return o
}

var tags = regexp.MustCompile(`<[^>]*>`)

// post sends or edits one message and returns its id.
func (b *Bot) post(chat, delivery int64, words body) (int, error) {
	if words.QR != "" {
		return b.postQR(chat, words)
	}
	if words.Copy != 0 {
		return b.postCopy(chat, delivery, words)
	}
	params := map[string]any{"chat_id": chat, "text": words.Text, "parse_mode": "HTML"}
	if rows := keyboard(words.Rows, delivery); rows != nil {
		params["reply_markup"] = rows
	}
	if words.Edit != 0 {
		params["message_id"] = words.Edit
		err := b.client.call("editMessageText", params, nil)
		if err == nil || notModified(err) {
			return words.Edit, nil
		}
		if !editGone(err) {
			return 0, err
		}
		delete(params, "message_id")
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

// postQR sends a link as a picture with a caption.
func (b *Bot) postQR(chat int64, words body) (int, error) {
	picture, err := qrPicture(words.QR)
	if err != nil {
		return 0, fmt.Errorf("qr: %w", err)
	}
	var sent struct {
		ID int `json:"message_id"`
	}
	err = b.client.upload("sendPhoto", "photo", "link.png", picture, map[string]string{
		"chat_id": strconv.FormatInt(chat, 10), "caption": words.Text, "parse_mode": "HTML",
	}, &sent)
	return sent.ID, err
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
	words := v.prompt(s.Delivery)
	return words, v.err
}
