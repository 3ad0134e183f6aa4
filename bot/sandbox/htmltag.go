package sandbox

import (
	"fmt"
	"net/url"
	"strings"
)

// startTag reads a start tag with its attributes and opens it.
func (p *htmlParser) startTag() error {
	begin := p.pos
	p.pos++
	for !isSpace(p.at(p.pos)) && p.at(p.pos) != '>' {
		p.pos++
	}
	if p.at(p.pos) == 0 {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	name := strings.ToLower(p.src[begin+1 : p.pos])
	if _, ok := entityOfTag[name]; !ok {
		return fmt.Errorf(`Unsupported start tag "%s" at byte offset %d`, name, begin)
	}
	tag := openTag{name: name, attributes: map[string]string{}, offset: p.units, begin: len(p.out)}
	for {
		p.skipSpace()
		if p.at(p.pos) == '>' {
			p.pos++
			break
		}
		key, value, err := p.attribute(name, begin)
		if err != nil {
			return err
		}
		tag.attributes[key] = value
	}
	if name == "span" && tag.attributes["class"] != "tg-spoiler" {
		return fmt.Errorf(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	}
	p.open = append(p.open, tag)
	return nil
}

// attribute reads one attribute of the tag that began at begin.
func (p *htmlParser) attribute(tag string, begin int) (key, value string, err error) {
	start := p.pos
	for c := p.at(p.pos); !isSpace(c) && strings.IndexByte(`=>/"'`, c) < 0; c = p.at(p.pos) {
		p.pos++
	}
	key = p.src[start:p.pos]
	if key == "" {
		return "", "", fmt.Errorf(`Empty attribute name in the tag "%s" at byte offset %d`, tag, begin)
	}
	p.skipSpace()
	if p.at(p.pos) != '=' {
		if p.at(p.pos) == 0 {
			return "", "", unclosed(tag, begin)
		}
		return key, "", nil
	}
	p.pos++
	p.skipSpace()
	switch c := p.at(p.pos); c {
	case 0:
		return "", "", unclosed(tag, begin)
	case '"', '\'':
		value = p.quoted(c)
	default:
		if value, err = p.nameToken(); err != nil {
			return "", "", err
		}
	}
	if p.at(p.pos) == 0 {
		return "", "", fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	return key, value, nil
}

func unclosed(tag string, begin int) error {
	return fmt.Errorf(`Unclosed start tag "%s" at byte offset %d`, tag, begin)
}

// quoted reads a value between quotes, with references decoded.
func (p *htmlParser) quoted(quote byte) string {
	p.pos++
	var value strings.Builder
	for c := p.at(p.pos); c != 0 && c != quote; c = p.at(p.pos) {
		if c == '&' {
			if r, next, ok := decodeReference(p.src, p.pos); ok {
				value.WriteRune(r)
				p.pos = next
				continue
			}
		}
		value.WriteByte(c)
		p.pos++
	}
	if p.at(p.pos) == quote {
		p.pos++
	}
	return value.String()
}

// nameToken reads a value without quotes.
func (p *htmlParser) nameToken() (string, error) {
	start := p.pos
	for c := rune(p.at(p.pos)); isLetter(c) || c >= '0' && c <= '9' || c == '.' || c == '-'; c = rune(p.at(p.pos)) {
		p.pos++
	}
	if c := p.at(p.pos); !isSpace(c) && c != '>' {
		return "", fmt.Errorf("Unexpected end of name token at byte offset %d", start)
	}
	return strings.ToLower(p.src[start:p.pos]), nil
}

// isLink tells whether Telegram would take an address as a link. A missing
// scheme means http.
func isLink(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "":
		host, _, _ := strings.Cut(u.Path, "/")
		return strings.Contains(strings.Trim(host, "."), ".") && !strings.ContainsAny(host, " \t\n")
	case "http", "https":
		return u.Host != ""
	case "tg", "ton", "mailto":
		return true
	}
	return false
}
