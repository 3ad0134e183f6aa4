package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// entityOfTag is every tag of Telegram's HTML and the entity it makes. "span"
// and "a" are decided by their attributes.
var entityOfTag = map[string]string{
	"b": "bold", "strong": "bold",
	"i": "italic", "em": "italic",
	"u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
	"span": "spoiler", "tg-spoiler": "spoiler",
	"a": "text_link", "tg-emoji": "custom_emoji", "tg-time": "date_time",
	"code": "code", "pre": "pre", "blockquote": "blockquote",
}

// htmlParser reads the HTML of a message by the rules of Telegram's own
// parser: they differ from a browser's in what counts as an error.
type htmlParser struct {
	src      string
	pos      int
	out      []byte
	units    int // UTF-16 length of out
	open     []openTag
	entities []Entity
}

// openTag is a start tag that waits for its end tag.
type openTag struct {
	name       string
	attributes map[string]string
	offset     int // UTF-16 units
	begin      int // bytes of out
}

// parseHTML splits a marked text into the plain one and its entities. Errors
// carry Telegram's wording without the phrase "can't parse entities".
func parseHTML(src string) (string, []Entity, error) {
	p := htmlParser{src: src}
	for p.pos < len(src) {
		var err error
		switch c := src[p.pos]; {
		case c == '&':
			err = p.reference()
		case c == '<' && p.at(p.pos+1) == '/':
			err = p.endTag()
		case c == '<':
			err = p.startTag()
		default:
			_, size := utf8.DecodeRuneInString(src[p.pos:])
			p.emit(src[p.pos : p.pos+size])
			p.pos += size
		}
		if err != nil {
			return "", nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, fmt.Errorf("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	for i := range p.entities {
		if p.entities[i].Type == "code" {
			p.entities[i].Language = ""
		}
	}
	slices.SortStableFunc(p.entities, func(a, b Entity) int {
		if a.Offset != b.Offset {
			return a.Offset - b.Offset
		}
		return b.Length - a.Length
	})
	return string(p.out), p.entities, nil
}

// at is the byte at i, or 0 past the end.
func (p *htmlParser) at(i int) byte {
	if i < len(p.src) {
		return p.src[i]
	}
	return 0
}

func (p *htmlParser) emit(s string) {
	p.out = append(p.out, s...)
	p.units += utf16Len(s)
}

// reference copies a character reference decoded, or as it stands when it is
// none that Telegram knows.
func (p *htmlParser) reference() error {
	r, next, ok := decodeReference(p.src, p.pos)
	if !ok {
		p.emit("&")
		p.pos++
		return nil
	}
	if r >= 0xd800 && r <= 0xdfff {
		return errors.New("Text contains invalid Unicode characters after decoding HTML entities, " +
			"check for unmatched surrogate code units")
	}
	p.emit(string(r))
	p.pos = next
	return nil
}

// decodeReference reads the reference at pos, where there is an ampersand.
// Telegram knows four names and all numbers, and needs no semicolon.
func decodeReference(src string, pos int) (r rune, next int, ok bool) {
	rest := src[pos+1:]
	var length int
	if number, ok := strings.CutPrefix(rest, "#"); ok {
		digits, base := "0123456789", 10
		length = 1
		if hex, ok := strings.CutPrefix(number, "x"); ok {
			number, digits, base = hex, "0123456789abcdefABCDEF", 16
			length = 2
		}
		n := len(number) - len(strings.TrimLeft(number, digits))
		length += n
		code, err := strconv.ParseUint(number[:n], base, 32)
		if err != nil || code == 0 || code >= utf8.MaxRune || length+1 >= 10 {
			return 0, 0, false
		}
		r = rune(code)
	} else {
		length = len(rest) - len(strings.TrimLeftFunc(rest, isLetter))
		r, ok = namedReferences[rest[:length]]
		if !ok {
			return 0, 0, false
		}
	}
	next = pos + 1 + length
	if next < len(src) && src[next] == ';' {
		next++
	}
	return r, next, true
}

var namedReferences = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"'}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// isSpace counts the end of the text as white space, as Telegram does.
func isSpace(c byte) bool { return strings.IndexByte(" \t\r\n\v\x00", c) >= 0 }

func (p *htmlParser) endTag() error {
	begin := p.pos
	if len(p.open) == 0 {
		return fmt.Errorf("Unexpected end tag at byte offset %d", begin)
	}
	p.pos += 2
	for !isSpace(p.at(p.pos)) && p.at(p.pos) != '>' {
		p.pos++
	}
	name := strings.ToLower(p.src[begin+2 : p.pos])
	p.skipSpace()
	if p.at(p.pos) != '>' {
		return fmt.Errorf("Unclosed end tag at byte offset %d", begin)
	}
	p.pos++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return fmt.Errorf(`Unmatched end tag at byte offset %d, expected "</%s>", found "</%s>"`, begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	if p.units == tag.offset {
		return nil
	}
	return p.addEntity(tag)
}

// addEntity records what a closed tag marked.
func (p *htmlParser) addEntity(tag openTag) error {
	e := Entity{Type: entityOfTag[tag.name], Offset: tag.offset, Length: p.units - tag.offset}
	switch tag.name {
	case "a":
		e.URL = tag.attributes["href"]
		if e.URL == "" {
			e.URL = string(p.out[tag.begin:])
		}
		if !isLink(e.URL) {
			return nil // Telegram keeps the text and forgets the link
		}
	case "tg-emoji":
		id, err := strconv.ParseInt(tag.attributes["emoji-id"], 10, 64)
		if err != nil || id == 0 {
			return errors.New("Invalid custom emoji identifier specified")
		}
		e.CustomEmojiID = tag.attributes["emoji-id"]
	case "tg-time":
		unix, err := strconv.ParseInt(tag.attributes["unix"], 10, 64)
		if err != nil {
			return errors.New("Invalid date specified")
		}
		e.UnixTime, e.DateTimeFormat = unix, tag.attributes["format"]
	case "blockquote":
		if _, ok := tag.attributes["expandable"]; ok {
			e.Type = "expandable_blockquote"
		}
	case "code":
		// The language counts only when a pre tag closes around it.
		e.Language, _ = strings.CutPrefix(tag.attributes["class"], "language-")
	case "pre":
		if n := len(p.entities); n > 0 {
			last := &p.entities[n-1]
			if last.Type == "code" && last.Offset == e.Offset && last.Length == e.Length {
				last.Type = "pre"
				return nil
			}
		}
	}
	p.entities = append(p.entities, e)
	return nil
}

func (p *htmlParser) skipSpace() {
	for p.pos < len(p.src) && isSpace(p.src[p.pos]) {
		p.pos++
	}
}
