package stage

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// shapes are the kinds of update that somebody can send, around a text.
var shapes = []func(chat int64, text string) any{
	func(chat int64, text string) any { return message(chat, text) },
	func(chat int64, text string) any {
		return map[string]any{"callback_query": map[string]any{
			"id": "1", "from": person(chat), "data": text,
			"message": map[string]any{"message_id": 1, "date": 1, "chat": map[string]any{"id": chat, "type": "private"}},
		}}
	},
	func(chat int64, text string) any { return message(chat, "/start "+text) },
	func(chat int64, text string) any { return message(chat, "/session Ana, "+text) },
	func(chat int64, text string) any { return message(chat, "/broadcast "+text) },
	func(chat int64, text string) any {
		return map[string]any{"edited_message": message(chat, text)["message"]}
	},
	func(chat int64, text string) any {
		m := message(chat, "")
		m["message"].(map[string]any)["caption"] = text
		m["message"].(map[string]any)["photo"] = []any{map[string]any{"file_id": "x", "width": 1, "height": 1}}
		return m
	},
}

func person(chat int64) map[string]any {
	return map[string]any{"id": chat, "is_bot": false, "first_name": "A<b>&"}
}

func message(chat int64, text string) map[string]any {
	return map[string]any{"message": map[string]any{
		"message_id": 1, "date": 1, "from": person(chat), "chat": map[string]any{"id": chat, "type": "private"}, "text": text,
	}}
}

// FuzzUpdates sends anything at all as an owner, a patient or a stranger, and as
// an update that no Telegram would send: nothing panics, nothing has to come again,
// and nothing that the bot says is refused for how it is written.
func FuzzUpdates(f *testing.F) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 14, 0, 0, 0, zone)
	var log strings.Builder
	s, err := Open(f.Context(), Options{
		Dir: f.TempDir(), Start: start, Zone: zone, Clinic: "Praxis <Weber> & Co", Owners: []int64{100}, Log: &log,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	trainedPatient(f, s, start)
	for i, text := range []string{
		"7", "7-8", "/pain 4", "my chest hurts", "no fever", "Done", "/today", "/faq gym", "/contact <b>hello</b>", "/hold Ana, fever, 48h",
		"/patients", "/load Ana, 7,5 kg", "upper trapezius left + QL both, yesterday 17:00, 18 lb, graded", "/message Ana, a & b",
		"1|after|1|4", "session", "\x00", "👩‍⚕️", "/", "/start@bot x", strings.Repeat("x", 4097), `{"update_id":1}`, "[]",
	} {
		for chat := range byte(3) {
			f.Add(chat, byte(i), text)
		}
	}
	chats := []int64{100, 200, 300}
	id, seen := int64(5_000_000), len(s.Telegram.Refusals())
	f.Fuzz(func(t *testing.T, chat, shape byte, text string) {
		id++
		raw := []byte(text)
		if n := int(shape) % (len(shapes) + 1); n < len(shapes) {
			if raw, err = json.Marshal(shapes[n](chats[int(chat)%len(chats)], text)); err != nil {
				t.Skip() // no JSON text
			}
		}
		if err := s.Bot.Handle(t.Context(), id, raw); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		all := s.Telegram.Refusals()
		for _, r := range all[seen:] {
			for _, fault := range []string{"parse", "empty", "too long", "BUTTON", "unexpected", "invalid"} {
				if strings.Contains(r.Description, fault) && r.Method != "answerCallbackQuery" {
					t.Errorf("%s is refused: %s", r.Method, r.Description)
				}
			}
		}
		seen = len(all)
	})
}
