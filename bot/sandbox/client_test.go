package sandbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"afterneedle/bot/sandbox"

	tg "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// connect starts a server and a client library that talks to it.
func connect(t *testing.T) (*sandbox.Server, *tg.BotAPI) {
	t.Helper()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s, err := sandbox.Start(sandbox.Options{Username: "care_bot", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	bot, err := tg.NewBotAPIWithAPIEndpoint(s.Token(), s.URL()+"/bot%s/%s")
	if err != nil {
		t.Fatal(err)
	}
	return s, bot
}

func TestClientLibrary(t *testing.T) {
	s, bot := connect(t)
	if bot.Self.UserName != "care_bot" || !bot.Self.IsBot {
		t.Errorf("the bot is %+v", bot.Self)
	}
	p := s.Person(5, "Ada")
	if err := p.Start("tok"); err != nil {
		t.Fatal(err)
	}
	list, err := bot.GetUpdates(tg.UpdateConfig{AllowedUpdates: []string{"message", "callback_query"}})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	if m := list[0].Message; m.Command() != "start" || m.CommandArguments() != "tok" || m.From.ID != 5 {
		t.Errorf("got %+v", m)
	}

	config := tg.NewMessage(5, "<b>Done?</b>")
	config.ParseMode = tg.ModeHTML
	config.DisableWebPagePreview = true
	config.ReplyToMessageID = list[0].Message.MessageID
	config.AllowSendingWithoutReply = true
	config.ReplyMarkup = tg.NewInlineKeyboardMarkup(tg.NewInlineKeyboardRow(tg.NewInlineKeyboardButtonData("Yes", "y")))
	sent, err := bot.Send(config)
	if err != nil || sent.Text != "Done?" || sent.ReplyToMessage == nil {
		t.Fatalf("%+v %v", sent, err)
	}
	if err := p.Taps("Yes"); err != nil {
		t.Fatal(err)
	}
	list, err = bot.GetUpdates(tg.UpdateConfig{Offset: list[0].UpdateID + 1})
	if err != nil || len(list) != 1 || list[0].CallbackQuery.Message.MessageID != sent.MessageID {
		t.Fatalf("%v %v", list, err)
	}
	if _, err := bot.Request(tg.NewCallback(list[0].CallbackQuery.ID, "ok")); err != nil {
		t.Fatal(err)
	}
	if _, err := bot.Send(tg.NewEditMessageText(5, sent.MessageID, "Done.")); err != nil {
		t.Fatal(err)
	}
	if _, err := bot.Request(tg.NewSetMyCommandsWithScope(tg.NewBotCommandScopeChat(5), tg.BotCommand{Command: "help", Description: "what I can do"})); err != nil {
		t.Fatal(err)
	}
	if _, err := bot.Request(tg.NewChatAction(5, tg.ChatTyping)); err != nil {
		t.Fatal(err)
	}
	if _, err := bot.GetUpdates(tg.UpdateConfig{Offset: list[0].UpdateID + 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Settled(ctx); err != nil {
		t.Fatal(err)
	}
	if last := p.Last(); last.Text != "Done." || last.Buttons != nil {
		t.Errorf("got %+v", last)
	}
	if r := s.Refusals(); len(r) != 0 {
		t.Errorf("refused: %+v", r)
	}
}

func TestClientLibraryFiles(t *testing.T) {
	s, bot := connect(t)
	p := s.Person(5, "Ada")
	if err := p.Start(""); err != nil {
		t.Fatal(err)
	}
	document := tg.NewDocument(5, tg.FileBytes{Name: "a.txt", Bytes: []byte("hello")})
	document.Caption = "c"
	sent, err := bot.Send(document)
	if err != nil || sent.Document == nil || sent.Document.FileName != "a.txt" {
		t.Fatalf("%+v %v", sent, err)
	}
	if _, err := bot.Send(tg.NewDocument(5, tg.FileID(sent.Document.FileID))); err != nil {
		t.Fatal(err)
	}
	if last := p.Last(); string(last.Document) != "hello" || last.Caption != "" {
		t.Errorf("got %+v", last)
	}
}

func TestClientLibraryErrors(t *testing.T) {
	s, bot := connect(t)
	if err := s.Person(5, "Ada").Start(""); err != nil {
		t.Fatal(err)
	}
	empty := tg.NewMessage(5, "x")
	empty.ReplyMarkup = tg.NewInlineKeyboardMarkup()
	_, err := bot.Send(empty)
	var refused *tg.Error
	if !errors.As(err, &refused) || refused.Message != `Bad Request: field "inline_keyboard" must be of type Array` {
		t.Errorf("got %v", err)
	}
	s.Fail(sandbox.Fault{Method: "sendMessage", Status: 429, RetryAfter: 7})
	if _, err = bot.Send(tg.NewMessage(5, "x")); !errors.As(err, &refused) || refused.Code != 429 || refused.RetryAfter != 7 {
		t.Errorf("got %v", err)
	}
	if _, err := tg.NewBotAPIWithAPIEndpoint("1:wrong", s.URL()+"/bot%s/%s"); !errors.As(err, &refused) || refused.Code != 401 {
		t.Errorf("got %v", err)
	}
}
