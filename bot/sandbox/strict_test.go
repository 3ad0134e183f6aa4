package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestEncodings(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	form := url.Values{"chat_id": {"5"}, "text": {"by form"}, "entities": {"null"}}
	var multi bytes.Buffer
	w := multipart.NewWriter(&multi)
	_ = w.WriteField("chat_id", "5")
	_ = w.WriteField("text", "by multipart")
	_ = w.Close()

	for _, request := range []struct{ contentType, body string }{
		{"application/json", `{"chat_id":5,"text":"by json","entities":null}`},
		{"application/json", `{"chat_id":"5","text":"by json","reply_markup":"{\"remove_keyboard\":true}"}`},
		{"application/x-www-form-urlencoded", form.Encode()},
		{w.FormDataContentType(), multi.String()},
	} {
		r, err := tryBody(s, "SENDmessage", request.contentType, []byte(request.body))
		if err != nil || !r.OK {
			t.Errorf("%s: %v %s", request.contentType, err, r.Description)
		}
	}
	resp, err := http.Get(s.URL() + "/bot" + s.Token() + "/sendMessage?chat_id=5&text=by+query")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := p.Last().Text; resp.StatusCode != http.StatusOK || got != "by query" {
		t.Errorf("GET: %s, last text %q", resp.Status, got)
	}
}

func TestAddresses(t *testing.T) {
	s, _ := start(t, Options{})
	for path, want := range map[string]string{
		"/bot1:wrong/getMe":                `{"ok":false,"error_code":401,"description":"Unauthorized"}`,
		"/bot" + s.Token() + "/getNothing": `{"ok":false,"error_code":404,"description":"Not Found: method not found"}`,
		"/":                                `{"ok":false,"error_code":404,"description":"Not Found"}`,
	} {
		resp, err := http.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		resp.Body.Close()
		if body.String() != want || fmt.Sprint(resp.StatusCode) != want[len(`{"ok":false,"error_code":`):][:3] {
			t.Errorf("%s: %s %s", path, resp.Status, body.String())
		}
	}
}

func TestStrictness(t *testing.T) {
	s, _ := start(t, Options{})
	started(t, s, 5)
	inline := func(button string) string {
		return `{"chat_id":5,"text":"x","reply_markup":{"inline_keyboard":[[` + button + `]]}}`
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct{ method, body, want string }{
		{"sendMessage", `{"chat_id":5,"text":"x","txet":1}`, `unknown parameter "txet"`},
		{"sendMessage", `{"chat_id":true,"text":"x"}`, `parameter "chat_id" must be of type Integer or String`},
		{"sendMessage", `{"chat_id":5,"text":7}`, `parameter "text" must be of type String`},
		{"sendMessage", `{"chat_id":5,"text":"x","protect_content":"true"}`, `parameter "protect_content" must be of type Boolean`},
		{"getUpdates", `{"offset":"5"}`, `parameter "offset" must be of type Integer`},
		{"getUpdates", `{"allowed_updates":["message",5]}`, `field "allowed_updates" must be of type String`},
		{"sendMessage", `{"text":"x"}`, `chat_id is empty`},
		{"sendMessage", `{"chat_id":5}`, `message text is empty`},
		{"sendMessage", `{"chat_id":5,"text":""}`, `message text is empty`},
		{"sendMessage", `{"chat_id":5,"text":" \n "}`, `text must be non-empty`},
		{"sendMessage", `{"chat_id":5,"text":"<b> </b>","parse_mode":"HTML"}`, `text must be non-empty`},
		{"sendMessage", `{"chat_id":5,"text":"` + long(4097) + `"}`, `message is too long`},
		{"sendMessage", `{"chat_id":5,"text":"` + long(32769) + `"}`, `text is too long`},
		{"sendMessage", `{"chat_id":5,"text":"x","parse_mode":"Markdown"}`, `unsupported parse_mode`},
		{"sendMessage", `{"chat_id":5,"text":"<x>","parse_mode":"HTML"}`, `can't parse entities: Unsupported start tag "x" at byte offset 0`},
		{"sendMessage", `{"chat_id":5,"text":"x","entities":[{"type":"bold","offset":0,"length":2}]}`, `entity beyond the end of the text`},
		{"sendMessage", `{"chat_id":5,"text":"x","entities":[{"type":"bold","offset":0}]}`, `can't parse MessageEntity: Can't find field "length"`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_markup":{"inline_keyboard":null}}`, `field "inline_keyboard" must be of type Array`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_markup":{"inline_keybord":[]}}`, `reply_markup must be one of InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove, ForceReply`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_markup":{"inline_keyboard":[],"selective":true}}`, `unknown field "selective" in InlineKeyboardMarkup`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_markup":"what"}`, `can't parse reply markup JSON object`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_markup":[]}`, `object expected as reply markup`},
		{"sendMessage", inline(`{"text":"a","callbackdata":"x"}`), `can't parse inline keyboard button: unknown field "callbackdata" in InlineKeyboardButton`},
		{"sendMessage", inline(`{"callback_data":"x"}`), `can't parse inline keyboard button: Can't find field "text"`},
		{"sendMessage", inline(`{"text":5,"callback_data":"x"}`), `can't parse inline keyboard button: Field "text" must be of type String`},
		{"sendMessage", inline(`"a"`), `can't parse inline keyboard button: InlineKeyboardButton must be an Object`},
		{"sendMessage", inline(`{"text":"a"}`), `can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard`},
		{"sendMessage", inline(`{"text":" ","callback_data":"x"}`), `inline keyboard button text is empty`},
		{"sendMessage", inline(`{"text":"a","callback_data":"` + long(65) + `"}`), `BUTTON_DATA_INVALID`},
		{"sendMessage", inline(`{"text":"a","callback_data":"` + strings.Repeat("я", 33) + `"}`), `BUTTON_DATA_INVALID`},
		{"sendMessage", inline(`{"text":"a","url":"what"}`), `inline keyboard button URL 'what' is invalid`},
		{"sendMessage", inline(`{"text":"a","url":"https://e.org","callback_data":"x"}`), `can't parse inline keyboard button: exactly one of url, callback_data, copy_text is allowed`},
		{"sendMessage", inline(strings.TrimSuffix(strings.Repeat(`{"text":"a","callback_data":"x"},`, 13), ",")), `inline keyboard row has 13 buttons, Telegram would drop all after 12`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_parameters":{"message":5}}`, `unknown field "message" in ReplyParameters`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_parameters":{"message_id":99}}`, `message to be replied not found`},
		{"sendMessage", `{"chat_id":5,"text":"x","reply_to_message_id":99}`, `message to be replied not found`},
		{"sendMessage", `{"chat_id":5,"text":"x","link_preview_options":{"disabled":true}}`, `unknown field "disabled" in LinkPreviewOptions`},
		{"sendMessage", `{"chat_id":6,"text":"x"}`, `chat not found`},
		{"sendPhoto", `{"chat_id":5}`, `there is no photo in the request`},
		{"sendPhoto", `{"chat_id":5,"photo":"nothing"}`, `wrong file identifier/HTTP URL specified`},
		{"sendPhoto", `{"chat_id":5,"photo":"x","caption":"` + long(1025) + `"}`, `message caption is too long`},
		{"editMessageText", `{"chat_id":5,"message_id":99,"text":"x"}`, `message to edit not found`},
		{"editMessageText", `{"chat_id":5,"message_id":1,"text":"x"}`, `message can't be edited`},
		{"editMessageText", `{"chat_id":5,"text":"x"}`, `message identifier is not specified`},
		{"editMessageText", `{"chat_id":5,"message_id":99,"text":"x","reply_markup":{"remove_keyboard":true}}`, `unknown field "remove_keyboard" in InlineKeyboardMarkup`},
		{"deleteMessage", `{"chat_id":5,"message_id":99}`, `message to delete not found`},
		{"copyMessage", `{"chat_id":5,"from_chat_id":5,"message_id":99}`, `message to copy not found`},
		{"answerCallbackQuery", `{"callback_query_id":"1"}`, `query is too old and response timeout expired or query ID is invalid`},
		{"setMyCommands", `{"commands":[{"command":"Up","description":"d"}]}`, `BOT_COMMAND_INVALID`},
		{"setMyCommands", `{"commands":[{"command":"a","description":""}]}`, `BOT_COMMAND_DESCRIPTION_INVALID`},
		{"setMyCommands", `{"commands":[{"command":"a","descr":"d"}]}`, `can't parse BotCommand: unknown field "descr" in BotCommand`},
		{"setMyCommands", `{}`, `parameter "commands" is required`},
		{"setMyCommands", `{"commands":[],"scope":{"type":"chat","chat_id":6}}`, `chat not found`},
		{"setMyCommands", `{"commands":[],"scope":{"type":"all"}}`, `can't parse BotCommandScope: Unsupported type specified`},
		{"setMyCommands", `{"commands":[],"language_code":"deu"}`, `invalid language code specified`},
		{"sendChatAction", `{"chat_id":5,"action":"dancing"}`, `wrong parameter action in request`},
		{"getFile", `{"file_id":"x"}`, `wrong file_id or the file is temporarily unavailable`},
		{"setWebhook", `{"url":"http://example.org/"}`, `bad webhook: An HTTPS URL must be provided for webhook`},
		{"setWebhook", `{"url":"https://e.org","secret_token":"ä"}`, `secret token contains unallowed characters`},
	}
	for _, tt := range tests {
		name := tt.body
		if len(name) > 90 {
			name = name[:90]
		}
		t.Run(tt.method+name, func(t *testing.T) {
			wantRefused(t, post(t, s, tt.method, tt.body), http.StatusBadRequest, "Bad Request: "+tt.want)
		})
	}
	if n := len(s.Refusals()); n != len(tests) {
		t.Errorf("%d refusals, want %d", n, len(tests))
	}
}

func TestAccepted(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	for _, body := range []string{
		`{"chat_id":5,"text":"` + strings.Repeat("😀", 4096) + `"}`,
		`{"chat_id":5,"text":"<b>` + strings.Repeat("x", 4096) + `</b>","parse_mode":"html"}`,
		`{"chat_id":5,"text":"x","reply_markup":{"inline_keyboard":[]}}`,
		`{"chat_id":5,"text":"x","reply_markup":{"keyboard":[[{"text":"a"}]],"resize_keyboard":true}}`,
		`{"chat_id":5,"text":"x","reply_to_message_id":99,"allow_sending_without_reply":true,"disable_web_page_preview":true}`,
		`{"chat_id":5,"text":"x","reply_parameters":{"message_id":1},"link_preview_options":{"is_disabled":true}}`,
		`{"chat_id":5,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"` + strings.Repeat("x", 64) + `"}]]}}`,
	} {
		mustPost(t, s, "sendMessage", body)
	}
	if got := p.Last().Buttons; len(got) != 1 || got[0][0].Text != "a" {
		t.Errorf("buttons %v", got)
	}
}

func TestTrim(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"\n a <b>b \n</b>","parse_mode":"HTML"}`)
	last := p.Last()
	want := Entity{Type: "bold", Offset: 2, Length: 1}
	if last.Text != "a b" || len(last.Entities) != 1 || last.Entities[0] != want {
		t.Errorf("got %q %v", last.Text, last.Entities)
	}
	if last.HTML != "\n a <b>b \n</b>" {
		t.Errorf("raw text %q", last.HTML)
	}
}

func TestCommands(t *testing.T) {
	s, _ := start(t, Options{})
	started(t, s, 5)
	mustPost(t, s, "setMyCommands", `{"commands":[{"command":"/help","description":"d"}],"scope":{"type":"chat","chat_id":"5"},"language_code":"de"}`)
	if got := s.Commands("chat:5", "de"); len(got) != 1 || got[0] != (Command{"help", "d"}) {
		t.Errorf("got %v", got)
	}
	r := mustPost(t, s, "getMyCommands", `{"scope":{"type":"chat","chat_id":5},"language_code":"de"}`)
	var list []wireCommand
	if err := json.Unmarshal(r.Result, &list); err != nil || len(list) != 1 {
		t.Errorf("got %s", r.Result)
	}
	mustPost(t, s, "deleteMyCommands", `{"scope":{"type":"chat","chat_id":5},"language_code":"de"}`)
	if got := s.Commands("chat:5", "de"); got != nil {
		t.Errorf("still %v", got)
	}
	many := strings.TrimSuffix(strings.Repeat(`{"command":"a","description":"d"},`, 101), ",")
	wantRefused(t, post(t, s, "setMyCommands", `{"commands":[`+many+`]}`), 400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
}
