package sandbox

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// callbackLife is how long a tap waits for the bot, both as an update and for
// its answer (telegram-bot-api, Client.cpp: 150 s).
const callbackLife = 150 * time.Second

// callback is a tap that the bot has not answered yet.
type callback struct {
	chatID    int64
	personID  int64
	messageID int
	at        time.Time
}

func (s *Server) answerCallbackQuery(c *call) (any, *apiError) {
	id := c.str("callback_query_id")
	tap, ok := s.callbacks[id]
	if !ok {
		return nil, errQueryTooOld
	}
	if s.now().Sub(tap.at) > callbackLife {
		delete(s.callbacks, id)
		return nil, errQueryTooOld
	}
	if utf8.RuneCountInString(c.str("text")) > maxAnswer {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	if address := c.str("url"); address != "" && !s.opens(address) {
		return nil, badRequest("URL_INVALID")
	}
	delete(s.callbacks, id)
	s.record(Event{
		Kind: BotCalled, Method: c.method, ChatID: tap.chatID, PersonID: tap.personID,
		MessageID: tap.messageID, Text: c.str("text"), Alert: c.boolean("show_alert"), CallbackID: id,
	})
	return true, nil
}

// opens tells whether a callback answer may open an address: only the bot's
// own deep links, as games are not for this server.
func (s *Server) opens(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host == "t.me" && strings.EqualFold(strings.Trim(u.Path, "/"), s.bot.Username)
}

const (
	maxCommands    = 100
	maxDescription = 256
)

var (
	commandName  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	languageCode = regexp.MustCompile(`^([a-z]{2})?$`)
)

func (s *Server) setMyCommands(c *call) (any, *apiError) {
	key, err := s.commandKey(c)
	if err != nil {
		return nil, err
	}
	var list []wireCommand
	if err := c.decode("commands", &list); err != nil {
		return nil, err
	}
	if len(list) > maxCommands {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	seen := map[string]bool{}
	for i, command := range list {
		// Telegram accepts the slash with which people write commands.
		list[i].Command = strings.TrimPrefix(command.Command, "/")
		if name := list[i].Command; !commandName.MatchString(name) || seen[name] {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		seen[list[i].Command] = true
		if n := utf8.RuneCountInString(strings.TrimSpace(command.Description)); n == 0 || n > maxDescription {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.commands[key] = list
	s.record(Event{Kind: BotCalled, Method: c.method, Text: key})
	return true, nil
}

func (s *Server) deleteMyCommands(c *call) (any, *apiError) {
	key, err := s.commandKey(c)
	if err != nil {
		return nil, err
	}
	delete(s.commands, key)
	s.record(Event{Kind: BotCalled, Method: c.method, Text: key})
	return true, nil
}

func (s *Server) getMyCommands(c *call) (any, *apiError) {
	key, err := s.commandKey(c)
	if err != nil {
		return nil, err
	}
	if list := s.commands[key]; list != nil {
		return list, nil
	}
	return []wireCommand{}, nil
}

// commandKey names one list of commands: "scope", "scope:chat" or
// "scope:chat:user", and the language behind a slash.
func (s *Server) commandKey(c *call) (string, *apiError) {
	language := c.str("language_code")
	if !languageCode.MatchString(language) {
		return "", badRequest("invalid language code specified")
	}
	scope := wireScope{Type: "default"}
	if err := c.decode("scope", &scope); err != nil {
		return "", err
	}
	key := scope.Type
	switch scope.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		if scope.ChatID != nil || scope.UserID != 0 {
			return "", badRequest("Can't parse BotCommandScope: scope %s takes no chat_id and no user_id", scope.Type)
		}
	case "chat", "chat_administrators", "chat_member":
		id := scope.chat()
		if ch := s.chats[id]; ch == nil || ch.person != nil && ch.person.state == neverStarted {
			return "", errChatNotFound
		}
		key = fmt.Sprintf("%s:%d", key, id)
		if scope.Type == "chat_member" {
			if scope.UserID <= 0 {
				return "", badRequest("Can't parse BotCommandScope: Invalid user_id specified")
			}
			key = fmt.Sprintf("%s:%d", key, scope.UserID)
		}
	default:
		return "", badRequest("Can't parse BotCommandScope: Unsupported type specified")
	}
	if language != "" {
		key += "/" + language
	}
	return key, nil
}

// chat is the id of a scope, which may be written as a number or as text.
func (w wireScope) chat() int64 {
	switch id := w.ChatID.(type) {
	case float64: // ids have 52 significant bits and fit
		return int64(id)
	case string:
		return param{text: id}.integer()
	}
	return 0
}

// Command is one entry of the bot's menu.
type Command struct {
	Name        string // without the slash
	Description string
}

// Commands is a list that the bot has set. The scope is written as its type,
// with the ids it needs behind colons ("default", "chat:5", "chat_member:5:7");
// an empty language means the list for people without a dedicated one.
func (s *Server) Commands(scope, language string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	if language != "" {
		scope += "/" + language
	}
	var list []Command
	for _, c := range s.commands[scope] {
		list = append(list, Command{Name: c.Command, Description: c.Description})
	}
	return list
}
