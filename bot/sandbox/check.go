package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// missingText is how Telegram words the absence of a required parameter where
// it has words of its own.
var missingText = map[string]string{
	"chat_id":           "chat_id is empty",
	"text":              "message text is empty",
	"message_id":        "message identifier is not specified",
	"photo":             "there is no photo in the request",
	"document":          "there is no document in the request",
	"action":            "wrong parameter action in request",
	"file_id":           "file_id not specified",
	"callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}

// check compares a call with the tables. It also drops parameters that are
// the literal null, which stands for an absent value in client libraries.
func (c *call) check() *apiError {
	table, legacy := methodTable[c.method], legacyTable[c.method]
	for _, name := range c.paramNames() {
		f, ok := table[name]
		if !ok {
			f, ok = legacy[name]
		}
		if !ok {
			return badRequest("unknown parameter %q", name)
		}
		if c.params[name].isNull(f) {
			delete(c.params, name)
			continue
		}
		if err := checkParam(name, f.types, c.params[name]); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		f, ok := table[name]
		if !ok {
			return badRequest("unknown parameter %q", name)
		}
		if !slices.Contains(f.types, "InputFile") {
			return badRequest("parameter %q must not be a file", name)
		}
	}
	return c.checkRequired(table)
}

func (c *call) checkRequired(table fields) *apiError {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		_, uploaded := c.files[name]
		// setWebhook documents an empty address as "remove the webhook".
		given := c.params[name].text != "" || c.method == "setWebhook" && c.has(name)
		if !table[name].required || given || uploaded {
			continue
		}
		if text, ok := missingText[name]; ok {
			return badRequest("%s", text)
		}
		return badRequest("parameter %q is required", name)
	}
	return nil
}

func (p param) isNull(f field) bool {
	if p.kind == nullParam {
		return true
	}
	return p.kind == textParam && p.text == "null" && !slices.Contains(f.types, "String")
}

// checkParam compares one parameter with the types it may have.
func checkParam(name string, types []string, p param) *apiError {
	for _, t := range types {
		if scalarFits(t, p) {
			return nil
		}
	}
	if isScalar(types[0]) {
		return badRequest("parameter %q must be of type %s", name, strings.Join(types, " or "))
	}
	if p.text == "" {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(p.text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.Decode(new(any)) != io.EOF {
		return badRequest("can't parse %s JSON object", strings.ReplaceAll(name, "_", " "))
	}
	if err := checkValue(name, types, value); err != nil {
		return badRequest("%s", err.Error())
	}
	return nil
}

func isScalar(t string) bool {
	switch t {
	case "Integer", "String", "Boolean", "InputFile":
		return true
	}
	return false
}

func scalarFits(t string, p param) bool {
	switch t {
	case "String", "InputFile":
		return p.kind == textParam || p.kind == stringParam
	case "Integer":
		_, err := strconv.ParseInt(p.text, 10, 64)
		return err == nil && (p.kind == textParam || p.kind == numberParam)
	case "Boolean":
		return p.kind == boolParam || p.kind == textParam && (p.text == "true" || p.text == "false")
	}
	return false
}

// checkValue compares a nested value with the types it may have.
func checkValue(name string, types []string, value any) error {
	if len(types) > 1 && !isScalar(types[0]) {
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("Object expected as %s", strings.ReplaceAll(name, "_", " "))
		}
		for _, t := range types {
			if _, ok := object[discriminators[t]]; ok {
				return checkObject(t, object)
			}
		}
		return fmt.Errorf("%s must be one of %s", name, strings.Join(types, ", "))
	}
	var err error
	for _, t := range types {
		if err = checkOne(name, t, value); err == nil {
			return nil
		}
	}
	return err
}

func checkOne(name, t string, value any) error {
	if element, ok := strings.CutPrefix(t, "Array of "); ok {
		list, ok := value.([]any)
		if !ok {
			return wrongType(name, "Array")
		}
		for _, v := range list {
			if err := checkOne(name, element, v); err != nil {
				return err
			}
		}
		return nil
	}
	switch t {
	case "String":
		if _, ok := value.(string); !ok {
			return wrongType(name, "String")
		}
	case "Boolean":
		if _, ok := value.(bool); !ok {
			return wrongType(name, "Boolean")
		}
	case "Integer":
		number, ok := value.(json.Number)
		if !ok {
			return wrongType(name, "Number")
		}
		if _, err := number.Int64(); err != nil {
			return wrongType(name, "Number")
		}
	default:
		object, ok := value.(map[string]any)
		if !ok {
			return inContext(t, fmt.Errorf("%s must be an Object", t))
		}
		return checkObject(t, object)
	}
	return nil
}

// checkObject compares one nested object with the table of types.
func checkObject(t string, object map[string]any) error {
	table := typeTable[t]
	for _, name := range slices.Sorted(maps.Keys(object)) {
		f, ok := table[name]
		if !ok {
			return inContext(t, fmt.Errorf("unknown field %q in %s", name, t))
		}
		if err := checkValue(name, f.types, object[name]); err != nil {
			return inContext(t, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if _, ok := object[name]; table[name].required && !ok {
			return inContext(t, fmt.Errorf("Can't find field %q", name))
		}
	}
	return nil
}

// contexts are the phrases that Telegram puts before a complaint about a part.
var contexts = map[string]string{
	"InlineKeyboardButton": "Can't parse inline keyboard button: ",
	"KeyboardButton":       "Can't parse keyboard button: ",
	"BotCommand":           "Can't parse BotCommand: ",
	"BotCommandScope":      "Can't parse BotCommandScope: ",
	"MessageEntity":        "Can't parse MessageEntity: ",
}

func inContext(t string, err error) error {
	if prefix, ok := contexts[t]; ok {
		return fmt.Errorf("%s%w", prefix, err)
	}
	return err
}

func wrongType(name, want string) error {
	return fmt.Errorf("Field %q must be of type %s", name, want)
}
