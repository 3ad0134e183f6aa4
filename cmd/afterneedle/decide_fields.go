package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"afterneedle/rehab"
)

// largestNumber keeps every product of the tables far from overflow.
const largestNumber = 1_000_000_000_000_000

// longestQuote is how much of a faulty value is repeated in an error, in bytes.
const longestQuote = 40

// required as the default of a choice: the field has to be there.
const required = ""

// fields reads one object strictly: each field once, known, and of the right
// shape. The first fault is kept in err; what is read after it means nothing.
type fields struct {
	values map[string]json.Token // string, json.Number or bool
	unread []string              // names that nobody has asked for, in their order
	err    error
}

// readFields reads a line that holds exactly one flat JSON object.
func readFields(line []byte) (*fields, error) {
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		return nil, errors.New("empty line: expected one JSON object")
	case !utf8.Valid(line):
		return nil, errors.New("not valid UTF-8: expected one JSON object in UTF-8")
	case !json.Valid(line):
		return nil, errors.New("not valid JSON: expected one JSON object")
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object: expected one such as {\"kind\":\"layoff\",\"days\":7}")
	}
	f := &fields{values: map[string]json.Token{}}
	for decoder.More() {
		if err := f.readField(decoder); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *fields) readField(decoder *json.Decoder) error {
	name, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	value, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	key := name.(string) // valid JSON has no other names
	if _, twice := f.values[key]; twice {
		return fmt.Errorf("duplicate field %s: expected it once", quoted(key))
	}
	switch value.(type) {
	case nil:
		return fmt.Errorf("%s is null: leave an unknown field out", quoted(key))
	case json.Delim:
		return fmt.Errorf("%s is a list or an object: expected a single value", quoted(key))
	}
	f.values[key] = value
	f.unread = append(f.unread, key)
	return nil
}

// done is called after the last question: a field that nobody asked for comes
// before any other fault, for it is often the misspelt cause.
func (f *fields) done() error {
	if len(f.unread) > 0 {
		return fmt.Errorf("unknown field %s", quoted(f.unread[0]))
	}
	return f.err
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

func (f *fields) take(name string) (json.Token, bool) {
	value, ok := f.values[name]
	if ok {
		f.unread = slices.DeleteFunc(f.unread, func(unread string) bool { return unread == name })
	}
	return value, ok
}

func (f *fields) missing(name string) { f.fail("missing field %q", name) }

// count is a required whole number.
func (f *fields) count(name string) int {
	value, ok := f.take(name)
	if !ok {
		f.missing(name)
		return 0
	}
	return f.whole(name, value, largestNumber)
}

// countOr is a whole number, or absent when the field is.
func (f *fields) countOr(name string, absent int) int {
	if value, ok := f.take(name); ok {
		return f.whole(name, value, largestNumber)
	}
	return absent
}

// pain is a pain score, or absent when the field is.
func (f *fields) pain(name string, absent rehab.PainScore) rehab.PainScore {
	if value, ok := f.take(name); ok {
		return rehab.PainScore(f.whole(name, value, 10))
	}
	return absent
}

// whole accepts digits alone: 2.0, 2e0 and -1 are not among them.
func (f *fields) whole(name string, value json.Token, most int) int {
	number, ok := value.(json.Number)
	if ok && !strings.ContainsAny(number.String(), "-.eE") {
		if n, err := strconv.Atoi(number.String()); err == nil && n <= most {
			return n
		}
	}
	f.fail("%q must be a whole number from 0 to %d, not %s", name, most, quoted(value))
	return 0
}

// yes is true or false, and false when the field is absent.
func (f *fields) yes(name string) bool {
	value, ok := f.take(name)
	if !ok {
		return false
	}
	answer, ok := value.(bool)
	if !ok {
		f.fail("%q must be true or false, not %s", name, quoted(value))
	}
	return answer
}

// choice is one of the allowed words, or absent when the field is; with
// required as absent it has to be there.
func choice[T ~string](f *fields, name string, absent T, allowed ...T) T {
	value, ok := f.take(name)
	if !ok {
		if absent == required {
			f.missing(name)
		}
		return absent
	}
	word, ok := value.(string)
	if !ok || !slices.Contains(allowed, T(word)) {
		f.fail("%q must be one of %s, not %s", name, listed(allowed), quoted(value))
		return absent
	}
	return T(word)
}

func listed[T any](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}

// quoted shows a value as it stood in the line, shortened when it is long.
func quoted(value json.Token) string {
	text := fmt.Sprint(value)
	if len(text) > longestQuote {
		text = strings.ToValidUTF8(text[:longestQuote], "") + "..."
	}
	if _, isWord := value.(string); isWord {
		return strconv.Quote(text)
	}
	return text
}
