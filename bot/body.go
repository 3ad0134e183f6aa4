package bot

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"afterneedle/rehab"
)

// body is one message in words: what the chat will show.
type body struct {
	Text string     `json:"text"` // HTML
	Rows [][]button `json:"rows,omitempty"`
	// Edit is the message to change; 0 sends a new one.
	Edit int `json:"edit,omitempty"`
	// Caption says that the message to change is a picture with a caption.
	Caption bool `json:"caption,omitempty"`
	// QR sends a picture of this link, with Text as its caption.
	QR string `json:"qr,omitempty"`
	// Copy is a message in the chat CopyFrom whose file is sent once more, with
	// Text as its caption.
	Copy     int   `json:"copy,omitempty"`
	CopyFrom int64 `json:"copy_from,omitempty"`
	// Screen names what is shown of a patient, where that can be shown anew.
	Screen string `json:"screen,omitempty"`
	// Chart sends a picture of the course that the delivery is about, as it is
	// when it is sent, with Text as its caption.
	Chart bool `json:"chart,omitempty"`
	// File is sent with Text as its caption.
	File *file `json:"file,omitempty"`
	// Note is a text of the patient that a button offers to send to the clinic. It
	// is not shown.
	Note string `json:"note,omitempty"`
}

// file is a document to be sent.
type file struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// button acts when it is tapped: Verb says how, on the thing numbered N, with
// Value. One with a URL only opens it.
type button struct {
	Label string `json:"label"`
	Verb  string `json:"verb,omitempty"`
	N     int    `json:"n,omitempty"`
	Value string `json:"value,omitempty"`
}

func (b body) delivery(chat int64, kind rehab.PromptKind) (rehab.Delivery, error) {
	raw, err := json.Marshal(b)
	if err != nil {
		return rehab.Delivery{}, fmt.Errorf("body: %w", err)
	}
	return rehab.Delivery{ChatID: chat, Kind: kind, Lane: rehab.LaneReply, Body: raw}, nil
}

// tap is what the data of a button says. The delivery binds it to the chat that
// it was made for; nothing in it names a person.
type tap struct {
	delivery int64
	verb     string
	n        int
	value    string
}

// data is the callback data of a button on a delivery, at most 64 bytes.
func (b button) data(delivery int64) string {
	return strings.Join([]string{strconv.FormatInt(delivery, 36), b.Verb, strconv.Itoa(b.N), b.Value}, ".")
}

// parseTap reads callback data; ok is false for anything that we did not make.
func parseTap(data string) (t tap, ok bool) {
	parts := strings.SplitN(data, ".", 4)
	if len(parts) != 4 {
		return tap{}, false
	}
	delivery, err := strconv.ParseInt(parts[0], 36, 64)
	n, err2 := strconv.Atoi(parts[2])
	if err != nil || err2 != nil || delivery <= 0 {
		return tap{}, false
	}
	return tap{delivery, parts[1], n, parts[3]}, true
}

// painRows are the eleven buttons of a pain question.
func painRows(kind rehab.QuestionKind, n int) [][]button {
	rows := make([][]button, 2)
	for score := range 11 {
		label := strconv.Itoa(score)
		row := score / 6
		rows[row] = append(rows[row], button{Label: label, Verb: string(kind), N: n, Value: label})
	}
	return rows
}

func row(buttons ...button) [][]button { return [][]button{buttons} }

// column puts every button into a row of its own.
func column(buttons ...button) [][]button {
	var rows [][]button
	for _, b := range buttons {
		rows = append(rows, []button{b})
	}
	return rows
}
