package sandbox

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func itoa(n int) string { return strconv.Itoa(n) }

const yesNo = `"reply_markup":{"inline_keyboard":[[{"text":"Yes","callback_data":"y"},{"text":"No","callback_data":"n"}],` +
	`[{"text":"Not sure","callback_data":"m"},{"text":"Site","url":"https://e.org"}]]}`

func TestStates(t *testing.T) {
	s, _ := start(t, Options{})
	p := s.Person(5, "Ada")
	send := func() reply { return post(t, s, "sendMessage", `{"chat_id":5,"text":"x"}`) }

	wantRefused(t, send(), 403, "Forbidden: bot can't initiate conversation with a user")
	if _, err := p.Says("x"); err == nil {
		t.Error("wrote before the start")
	}
	if err := p.Start("no spaces"); err == nil {
		t.Error("a bad payload passed")
	}
	if err := p.Start("abc-123"); err != nil {
		t.Fatal(err)
	}
	if err := p.Blocks(); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, send(), 403, "Forbidden: bot was blocked by the user")
	if err := p.Start(""); err != nil {
		t.Fatal(err)
	}
	if r := send(); !r.OK {
		t.Error(r.Description)
	}
	p.Deactivates()
	wantRefused(t, send(), 403, "Forbidden: user is deactivated")

	list := updates(t, s, `{}`)
	if len(list) != 4 || list[0].Message.Text != "/start abc-123" || list[1].Member.New.Status != "kicked" ||
		list[2].Member.New.Status != "member" || list[3].Message.Text != "/start" {
		t.Errorf("got %+v", list)
	}
	command := Entity{Type: "bot_command", Offset: 0, Length: 6}
	if got := list[0].Message.Entities; len(got) != 1 || got[0] != command {
		t.Errorf("entities %v", got)
	}
}

func TestTaps(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	first := mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"1",`+yesNo+`}`).messageID(t)
	second := mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"2",`+yesNo+`}`).messageID(t)
	for _, err := range []error{p.Taps("No"), p.Taps("Not"), p.TapsOn(first, "Yes"), p.TapData(first, "forged"), p.TapData(99, "old")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	mustPost(t, s, "editMessageReplyMarkup", `{"chat_id":5,"message_id":`+itoa(first)+`}`)
	mustPost(t, s, "deleteMessage", `{"chat_id":5,"message_id":`+itoa(second)+`}`)
	if p.Taps("Yes") == nil || p.Taps("Site") == nil || p.TapsOn(second, "Yes") == nil {
		t.Error("tapped a button that is not there")
	}
	type tap struct {
		message int
		data    string
		seen    bool
	}
	var got []tap
	for _, u := range updates(t, s, `{}`)[1:] {
		got = append(got, tap{u.Callback.Message.MessageID, u.Callback.Data, u.Callback.Message.Date != 0})
	}
	want := []tap{{second, "n", true}, {second, "m", true}, {first, "y", true}, {first, "forged", true}, {99, "old", false}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tap{})); diff != "" {
		t.Error(diff)
	}
}

func TestCallbackAnswerLimits(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"1",`+yesNo+`}`)
	if err := p.Taps("Yes"); err != nil {
		t.Fatal(err)
	}
	answer := `{"callback_query_id":"` + updates(t, s, `{"offset":-1}`)[0].Callback.ID + `",`
	long := strings.Repeat("я", 201)
	wantRefused(t, post(t, s, "answerCallbackQuery", answer+`"text":"`+long+`"}`), 400, "Bad Request: MESSAGE_TOO_LONG")
	wantRefused(t, post(t, s, "answerCallbackQuery", answer+`"url":"https://e.org"}`), 400, "Bad Request: URL_INVALID")
	mustPost(t, s, "answerCallbackQuery", answer+`"url":"https://t.me/sandbox_bot?start=x"}`)
}

func TestURLButton(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"1",`+yesNo+`}`)
	if err := p.Taps("Site"); err == nil {
		t.Error("the bot heard of an opened page")
	}
}

func TestEdits(t *testing.T) {
	s, clock := start(t, Options{})
	p := started(t, s, 5)
	id := itoa(mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"1","disable_notification":true,`+yesNo+`}`).messageID(t))
	wantRefused(t, post(t, s, "editMessageText", `{"chat_id":5,"message_id":`+id+`,"text":"1",`+yesNo+`}`), 400, errNotModified.description)
	wantRefused(t, post(t, s, "editMessageCaption", `{"chat_id":5,"message_id":`+id+`,"caption":"1"}`), 400,
		"Bad Request: there is no caption in the message to edit")
	mustPost(t, s, "editMessageText", `{"chat_id":5,"message_id":`+id+`,"text":"<b>2</b>","parse_mode":"HTML"}`)
	last := p.Last()
	if last.Text != "2" || last.HTML != "<b>2</b>" || last.Buttons != nil || !last.Edited || !last.Silent {
		t.Errorf("got %+v", last)
	}
	keyboard := mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"x","reply_markup":{"keyboard":[[{"text":"a"}]]}}`).messageID(t)
	wantRefused(t, post(t, s, "editMessageText", `{"chat_id":5,"message_id":`+itoa(keyboard)+`,"text":"y"}`), 400,
		"Bad Request: message can't be edited")
	clock.advance(48*time.Hour + time.Second)
	wantRefused(t, post(t, s, "deleteMessage", `{"chat_id":5,"message_id":`+id+`}`), 400, "Bad Request: message can't be deleted")

	own, err := p.Says("one")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Edits(own, "two"); err != nil {
		t.Fatal(err)
	}
	list := updates(t, s, `{"offset":-1}`)
	if len(list) != 1 || list[0].Edited == nil || list[0].Edited.Text != "two" {
		t.Errorf("got %+v", list)
	}
}

func postFile(t *testing.T, s *Server, method, field, name string, data []byte) reply {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("chat_id", "5")
	_ = w.WriteField("caption", "<i>c</i>")
	_ = w.WriteField("parse_mode", "HTML")
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	_ = w.Close()
	r, err := tryBody(s, method, w.FormDataContentType(), body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPhotos(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	data := picture(t, 20, 10)
	r := postFile(t, s, "sendPhoto", "photo", "a.png", data)
	var sent wireMessage
	if err := json.Unmarshal(r.Result, &sent); err != nil || len(sent.Photo) != 1 || sent.Photo[0].Width != 20 {
		t.Fatalf("got %+v", r)
	}
	mustPost(t, s, "sendPhoto", `{"chat_id":5,"photo":"`+sent.Photo[0].FileID+`"}`)
	mustPost(t, s, "editMessageCaption", `{"chat_id":5,"message_id":`+itoa(sent.MessageID)+`,"caption":"d"}`)
	mustPost(t, s, "copyMessage", `{"chat_id":5,"from_chat_id":5,"message_id":`+itoa(sent.MessageID)+`}`)
	photos, captions := 0, ""
	for _, m := range p.Messages() {
		if bytes.Equal(m.Photo, data) {
			photos++
			captions += m.Caption + ","
		}
	}
	if photos != 3 || captions != "d,,d," {
		t.Errorf("%d photos with captions %q", photos, captions)
	}
	wantRefused(t, post(t, s, "sendDocument", `{"chat_id":5,"document":"`+sent.Photo[0].FileID+`"}`), 400,
		"Bad Request: can't use file of type Photo as Document")
	wantRefused(t, postFile(t, s, "sendPhoto", "photo", "a.png", []byte("text")), 400, "Bad Request: IMAGE_PROCESS_FAILED")
	wantRefused(t, postFile(t, s, "sendPhoto", "photo", "a.png", picture(t, 210, 10)), 400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
	wantRefused(t, postFile(t, s, "sendPhoto", "photos", "a.png", data), 400, `Bad Request: unknown parameter "photos"`)
	if r := postFile(t, s, "sendDocument", "document", "a.csv", []byte("a,b")); !r.OK || p.Last().FileName != "a.csv" {
		t.Errorf("got %+v", r)
	}
}

func TestDownload(t *testing.T) {
	s, clock := start(t, Options{})
	p := started(t, s, 5)
	if _, err := p.SendsDocument("list.csv", []byte("a,b"), "see"); err != nil {
		t.Fatal(err)
	}
	download := func(path string) string {
		resp, err := http.Get(s.URL() + "/file/bot" + s.Token() + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return string(body)
	}
	const gone = `{"ok":false,"error_code":404,"description":"Not Found"}`
	document := updates(t, s, `{"offset":-1}`)[0].Message.Document
	if document == nil || document.FileName != "list.csv" {
		t.Fatalf("got %+v", document)
	}
	r := mustPost(t, s, "getFile", `{"file_id":"`+document.FileID+`"}`)
	var f wireFile
	if err := json.Unmarshal(r.Result, &f); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		wait time.Duration
		want string
	}{{0, "a,b"}, {59 * time.Minute, "a,b"}, {time.Minute, gone}} {
		clock.advance(step.wait)
		if got := download(f.FilePath); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
	if _, err := p.SendsDocument("big.csv", make([]byte, 20<<20+1), ""); err != nil {
		t.Fatal(err)
	}
	big := updates(t, s, `{"offset":-1}`)[0].Message.Document
	wantRefused(t, post(t, s, "getFile", `{"file_id":"`+big.FileID+`"}`), 400, "Bad Request: file is too big")
	if got := download("documents/" + big.FileUniqueID + ".csv"); got != gone {
		t.Errorf("nobody asked for its path, and it can be read: %q", got[:min(len(got), 100)])
	}
}

func TestOtherMessages(t *testing.T) {
	s, _ := start(t, Options{})
	p := s.Person(5, "Ada").WithLanguage("de").WithUsername("ada")
	if err := p.Start(""); err != nil {
		t.Fatal(err)
	}
	for _, send := range []func() (int, error){
		p.SendsSticker, p.SendsLocation,
		func() (int, error) { return p.SendsPhoto("look") },
		func() (int, error) { return p.Forwards("news") },
	} {
		if _, err := send(); err != nil {
			t.Fatal(err)
		}
	}
	list := updates(t, s, `{}`)
	if len(list) != 5 || list[1].Message.Sticker == nil || list[2].Message.Location == nil ||
		list[3].Message.Caption != "look" || list[4].Message.ForwardOrigin == nil {
		t.Fatalf("got %+v", list)
	}
	want := wireUser{ID: 5, FirstName: "Ada", Username: "ada", LanguageCode: "de"}
	if got := *list[1].Message.From; got != want {
		t.Errorf("from %+v", got)
	}
}

func TestGroup(t *testing.T) {
	s, _ := start(t, Options{})
	p := started(t, s, 5)
	g := s.Group(-7, "Team", p)
	send := func() reply { return post(t, s, "sendMessage", `{"chat_id":-7,"text":"x",`+yesNo+`}`) }
	wantRefused(t, send(), 403, "Forbidden: bot is not a member of the group chat")
	if err := g.AddsBot(p); err != nil {
		t.Fatal(err)
	}
	if r := send(); !r.OK {
		t.Fatal(r.Description)
	}
	for _, text := range []string{"private talk", "/help@sandbox_bot"} {
		if _, err := g.Says(p, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Taps(p, "Yes"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Says(s.Person(6, "Bob"), "x"); err == nil {
		t.Error("a stranger spoke")
	}
	list := updates(t, s, `{}`)
	if len(list) != 5 || list[1].Member.New.Status != "member" || len(list[2].Message.NewMembers) != 1 ||
		list[3].Message.Text != "/help@sandbox_bot" || list[4].Callback == nil {
		t.Errorf("got %+v", list)
	}
	if err := g.Upgrade(-1007); err != nil {
		t.Fatal(err)
	}
	r := send()
	wantRefused(t, r, 400, "Bad Request: group chat was upgraded to a supergroup chat")
	if r.Parameters.MigrateTo != -1007 || g.ID() != -1007 {
		t.Errorf("got %+v, id %d", r, g.ID())
	}
	mustPost(t, s, "sendMessage", `{"chat_id":-1007,"text":"x"}`)
	if err := g.RemovesBot(p); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, post(t, s, "sendMessage", `{"chat_id":-1007,"text":"x"}`), 403, "Forbidden: bot was kicked from the supergroup chat")
	if n := len(g.Messages()); n != 3 {
		t.Errorf("%d messages in the supergroup", n)
	}
}

func TestTranscript(t *testing.T) {
	s, clock := start(t, Options{})
	p := started(t, s, 5)
	waited := make(chan error, 1)
	go func() {
		waited <- s.WaitFor(testContext(t), func(events []Event) bool {
			return len(events) > 0 && events[len(events)-1].Method == "answerCallbackQuery"
		})
	}()
	clock.advance(time.Minute)
	mustPost(t, s, "sendMessage", `{"chat_id":5,"text":"<b>1</b>","parse_mode":"HTML","protect_content":true,`+yesNo+`}`)
	if err := p.Taps("Yes"); err != nil {
		t.Fatal(err)
	}
	tap := updates(t, s, `{"offset":-1}`)[0].Callback.ID
	mustPost(t, s, "answerCallbackQuery", `{"callback_query_id":"`+tap+`","text":"ok","show_alert":true}`)
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	got := s.Transcript()
	if len(got) != 4 {
		t.Fatalf("got %+v", got)
	}
	for i := range got {
		got[i].Entities, got[i].Buttons = nil, nil
	}
	at := newClock().Now()
	later := at.Add(time.Minute)
	want := []Event{
		{Seq: 1, At: at, Kind: Said, ChatID: 5, PersonID: 5, MessageID: 1, Text: "/start", HTML: "/start"},
		{Seq: 2, At: later, Kind: BotSent, Method: "sendMessage", ChatID: 5, MessageID: 2, Text: "1", HTML: "<b>1</b>", Protected: true},
		{Seq: 3, At: later, Kind: Tapped, ChatID: 5, PersonID: 5, MessageID: 2, Label: "Yes", Data: "y", CallbackID: tap},
		{Seq: 4, At: later, Kind: BotCalled, Method: "answerCallbackQuery", ChatID: 5, PersonID: 5, MessageID: 2, Text: "ok", CallbackID: tap, Alert: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
