package sandbox

import "maps"

import "strings"

// The tables below hold the methods and fields that this server acts on, with
// the names, types and required marks of Bot API 10.1 of 2026-06-11
// (core.telegram.org/bots/api). Fields of that version which are missing here
// belong to features that a bot of this server does not use (business
// accounts, topics, paid posts, inline mode); using one is refused like a
// misspelled name, so that nobody believes it had an effect.

// field is one parameter of a method or one field of a nested object.
type field struct {
	types    []string // "Integer", "String", "Boolean", "InputFile", "Array of X" or an object
	required bool
}

type fields map[string]field

func optional(types ...string) field { return field{types: types} }
func required(types ...string) field { return field{types: types, required: true} }

// merged is a table made of several.
func merged(tables ...fields) fields {
	all := fields{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

var replyMarkups = []string{"InlineKeyboardMarkup", "ReplyKeyboardMarkup", "ReplyKeyboardRemove", "ForceReply"}

// sending is what every method that makes a message takes.
var sending = fields{
	"chat_id":              required("Integer", "String"),
	"parse_mode":           optional("String"),
	"disable_notification": optional("Boolean"),
	"protect_content":      optional("Boolean"),
	"reply_parameters":     optional("ReplyParameters"),
	"reply_markup":         optional(replyMarkups...),
}

// editing is what every method that changes a message takes.
var editing = fields{
	"chat_id":      optional("Integer", "String"),
	"message_id":   optional("Integer"),
	"reply_markup": optional("InlineKeyboardMarkup"),
}

var captioning = fields{
	"caption":          optional("String"),
	"caption_entities": optional("Array of MessageEntity"),
}

var commandList = fields{
	"scope":         optional("BotCommandScope"),
	"language_code": optional("String"),
}

// methodTable is the parameters of every method, by its documented name.
var methodTable = map[string]fields{
	"getMe": {},
	"getUpdates": {
		"offset":          optional("Integer"),
		"limit":           optional("Integer"),
		"timeout":         optional("Integer"),
		"allowed_updates": optional("Array of String"),
	},
	"setWebhook": {
		"url":                  required("String"),
		"max_connections":      optional("Integer"),
		"allowed_updates":      optional("Array of String"),
		"drop_pending_updates": optional("Boolean"),
		"secret_token":         optional("String"),
	},
	"deleteWebhook":  {"drop_pending_updates": optional("Boolean")},
	"getWebhookInfo": {},
	"sendMessage": merged(sending, fields{
		"text":                 required("String"),
		"entities":             optional("Array of MessageEntity"),
		"link_preview_options": optional("LinkPreviewOptions"),
	}),
	"sendPhoto": merged(sending, captioning, fields{
		"photo": required("InputFile", "String"),
	}),
	"sendDocument": merged(sending, captioning, fields{
		"document":                       required("InputFile", "String"),
		"disable_content_type_detection": optional("Boolean"),
	}),
	"copyMessage": merged(sending, captioning, fields{
		"from_chat_id": required("Integer", "String"),
		"message_id":   required("Integer"),
	}),
	"editMessageText": merged(editing, fields{
		"text":                 optional("String"),
		"parse_mode":           optional("String"),
		"entities":             optional("Array of MessageEntity"),
		"link_preview_options": optional("LinkPreviewOptions"),
	}),
	"editMessageCaption":     merged(editing, captioning, fields{"parse_mode": optional("String")}),
	"editMessageReplyMarkup": editing,
	"deleteMessage": {
		"chat_id":    required("Integer", "String"),
		"message_id": required("Integer"),
	},
	"answerCallbackQuery": {
		"callback_query_id": required("String"),
		"text":              optional("String"),
		"show_alert":        optional("Boolean"),
		"url":               optional("String"),
		"cache_time":        optional("Integer"),
	},
	"setMyCommands":    merged(commandList, fields{"commands": required("Array of BotCommand")}),
	"deleteMyCommands": commandList,
	"getMyCommands":    commandList,
	"sendChatAction": {
		"chat_id": required("Integer", "String"),
		"action":  required("String"),
	},
	"getFile": {"file_id": required("String")},
}

// legacyTable holds names that the documentation has dropped, that Telegram
// still reads, and that older client libraries send.
var legacyTable = map[string]fields{
	"sendMessage":     merged(legacyReply, legacyPreview),
	"sendPhoto":       legacyReply,
	"sendDocument":    legacyReply,
	"copyMessage":     legacyReply,
	"editMessageText": legacyPreview,
}

var legacyReply = fields{
	"reply_to_message_id":         optional("Integer"),
	"allow_sending_without_reply": optional("Boolean"),
}

var legacyPreview = fields{"disable_web_page_preview": optional("Boolean")}

// typeTable is the fields of every nested object. BotCommandScope stands for
// its seven documented kinds, which differ only in the ids they need.
var typeTable = map[string]fields{
	"InlineKeyboardMarkup": {"inline_keyboard": required("Array of Array of InlineKeyboardButton")},
	"InlineKeyboardButton": {
		"text":          required("String"),
		"url":           optional("String"),
		"callback_data": optional("String"),
		"copy_text":     optional("CopyTextButton"),
	},
	"CopyTextButton": {"text": required("String")},
	"ReplyKeyboardMarkup": {
		"keyboard":                required("Array of Array of KeyboardButton"),
		"is_persistent":           optional("Boolean"),
		"resize_keyboard":         optional("Boolean"),
		"one_time_keyboard":       optional("Boolean"),
		"input_field_placeholder": optional("String"),
		"selective":               optional("Boolean"),
	},
	"KeyboardButton": {"text": required("String")},
	"ReplyKeyboardRemove": {
		"remove_keyboard": required("Boolean"),
		"selective":       optional("Boolean"),
	},
	"ForceReply": {
		"force_reply":             required("Boolean"),
		"input_field_placeholder": optional("String"),
		"selective":               optional("Boolean"),
	},
	"ReplyParameters": {
		"message_id":                  required("Integer"),
		"chat_id":                     optional("Integer", "String"),
		"allow_sending_without_reply": optional("Boolean"),
	},
	"LinkPreviewOptions": {
		"is_disabled":        optional("Boolean"),
		"url":                optional("String"),
		"prefer_small_media": optional("Boolean"),
		"prefer_large_media": optional("Boolean"),
		"show_above_text":    optional("Boolean"),
	},
	"MessageEntity": {
		"type":             required("String"),
		"offset":           required("Integer"),
		"length":           required("Integer"),
		"url":              optional("String"),
		"language":         optional("String"),
		"custom_emoji_id":  optional("String"),
		"unix_time":        optional("Integer"),
		"date_time_format": optional("String"),
	},
	"BotCommand": {
		"command":     required("String"),
		"description": required("String"),
	},
	"BotCommandScope": {
		"type":    required("String"),
		"chat_id": optional("Integer", "String"),
		"user_id": optional("Integer"),
	},
}

// discriminators name the field by which one of several objects is meant.
var discriminators = map[string]string{
	"InlineKeyboardMarkup": "inline_keyboard",
	"ReplyKeyboardMarkup":  "keyboard",
	"ReplyKeyboardRemove":  "remove_keyboard",
	"ForceReply":           "force_reply",
}

// methodNames finds a method whatever its case.
var methodNames = func() map[string]string {
	names := map[string]string{}
	for name := range methodTable {
		names[strings.ToLower(name)] = name
	}
	return names
}()

// handlers carry the methods out, under the server's lock. getUpdates is not
// among them because it waits.
var handlers = map[string]func(*Server, *call) (any, *apiError){
	"getMe":                  (*Server).getMe,
	"setWebhook":             (*Server).setWebhook,
	"deleteWebhook":          (*Server).deleteWebhook,
	"getWebhookInfo":         (*Server).getWebhookInfo,
	"sendMessage":            (*Server).sendMessage,
	"sendPhoto":              (*Server).sendPhoto,
	"sendDocument":           (*Server).sendDocument,
	"copyMessage":            (*Server).copyMessage,
	"editMessageText":        (*Server).editMessageText,
	"editMessageCaption":     (*Server).editMessageCaption,
	"editMessageReplyMarkup": (*Server).editMessageReplyMarkup,
	"deleteMessage":          (*Server).deleteMessage,
	"answerCallbackQuery":    (*Server).answerCallbackQuery,
	"setMyCommands":          (*Server).setMyCommands,
	"deleteMyCommands":       (*Server).deleteMyCommands,
	"getMyCommands":          (*Server).getMyCommands,
	"sendChatAction":         (*Server).sendChatAction,
	"getFile":                (*Server).getFile,
}
