package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHTML(t *testing.T) {
	tests := map[string]struct {
		in, text string
		entities []Entity
	}{
		"plain":              {"a b", "a b", nil},
		"references":         {"&lt;&gt;&amp;&quot;&#39;&#34;&#x1F600;", `<>&"'"😀`, nil},
		"unknown reference":  {"a &nbsp; &copy &", "a &nbsp; &copy &", nil},
		"no semicolon":       {"1 &lt 2", "1 < 2", nil},
		"zero reference":     {"&#0;", "&#0;", nil},
		"huge reference":     {"&#99999999999;", "&#99999999999;", nil},
		"every simple tag":   {"<b>a</b><strong>b</strong>", "ab", []Entity{{Type: "bold", Length: 1}, {Type: "bold", Offset: 1, Length: 1}}},
		"upper case":         {"<B>a</b >", "a", []Entity{{Type: "bold", Length: 1}}},
		"short end":          {"<b>a</>", "a", []Entity{{Type: "bold", Length: 1}}},
		"empty tag":          {"a<b></b>", "a", nil},
		"italic":             {"<em>a</em>", "a", []Entity{{Type: "italic", Length: 1}}},
		"underline":          {"<ins>a</ins>", "a", []Entity{{Type: "underline", Length: 1}}},
		"strike":             {"<del>a</del>", "a", []Entity{{Type: "strikethrough", Length: 1}}},
		"spoiler":            {`<span class="tg-spoiler">a</span>`, "a", []Entity{{Type: "spoiler", Length: 1}}},
		"units of UTF-16":    {"😀<b>é</b>", "😀é", []Entity{{Type: "bold", Offset: 2, Length: 1}}},
		"nested":             {"<b>a<i>b</i></b>", "ab", []Entity{{Type: "bold", Length: 2}, {Type: "italic", Offset: 1, Length: 1}}},
		"link":               {`<a href="https://e.org/?a=1&amp;b=2">x</a>`, "x", []Entity{{Type: "text_link", Length: 1, URL: "https://e.org/?a=1&b=2"}}},
		"link by text":       {`<a>e.org</a>`, "e.org", []Entity{{Type: "text_link", Length: 5, URL: "e.org"}}},
		"no link":            {`<a href="what">x</a>`, "x", nil},
		"code":               {`<code class="language-go">x</code>`, "x", []Entity{{Type: "code", Length: 1}}},
		"block":              {`<pre><code class="language-go">x</code></pre>`, "x", []Entity{{Type: "pre", Length: 1, Language: "go"}}},
		"quote":              {`<blockquote expandable>x</blockquote>`, "x", []Entity{{Type: "expandable_blockquote", Length: 1}}},
		"emoji":              {`<tg-emoji emoji-id="5368">👍</tg-emoji>`, "👍", []Entity{{Type: "custom_emoji", Length: 2, CustomEmojiID: "5368"}}},
		"time":               {`<tg-time unix="5">x</tg-time>`, "x", []Entity{{Type: "date_time", Length: 1, UnixTime: 5}}},
		"value without mark": {`<a href=e.org>x</a>`, "x", []Entity{{Type: "text_link", Length: 1, URL: "e.org"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, entities, err := parseHTML(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if text != tt.text {
				t.Errorf("text %q, want %q", text, tt.text)
			}
			if diff := cmp.Diff(tt.entities, entities); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHTMLErrors(t *testing.T) {
	tests := map[string]string{
		"a <x>b":                      `Unsupported start tag "x" at byte offset 2`,
		"2 < 3":                       `Unsupported start tag "" at byte offset 2`,
		"a <b":                        `Unclosed start tag at byte offset 2`,
		"a<br/>":                      `Unsupported start tag "br/" at byte offset 1`,
		"<b>a":                        `Can't find end tag corresponding to start tag "b"`,
		"a</b>":                       `Unexpected end tag at byte offset 1`,
		"<b>a</i>":                    `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`,
		"<b>a</b":                     `Unclosed end tag at byte offset 4`,
		"<b><i>a</b></i>":             `Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`,
		"<span>a</span>":              `Tag "span" must have class "tg-spoiler" at byte offset 0`,
		`<a ="x">a</a>`:               `Empty attribute name in the tag "a" at byte offset 0`,
		`<a href="x`:                  `Unclosed start tag at byte offset 0`,
		`<a href`:                     `Unclosed start tag "a" at byte offset 0`,
		`<a href=`:                    `Unclosed start tag "a" at byte offset 0`,
		`<a href=x/y>a</a>`:           `Unexpected end of name token at byte offset 8`,
		`<tg-emoji>a</tg-emoji>`:      `Invalid custom emoji identifier specified`,
		`<tg-time unix=x>a</tg-time>`: `Invalid date specified`,
		"&#xd800;":                    `Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units`,
	}
	for in, want := range tests {
		if _, _, err := parseHTML(in); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(`<b>a</b> &lt; <a href="e.org?x=&amp;">l</a>`)
	f.Add("<pre><code class='language-go'>😀</code></pre>")
	f.Fuzz(func(t *testing.T, in string) {
		text, entities, err := parseHTML(cleaned(in))
		if err != nil {
			return
		}
		f := formatted{plain: text, entities: entities}
		if !f.fits() {
			t.Fatalf("%q: entities %v beyond %q", in, entities, text)
		}
		f.trim()
		if !f.fits() {
			t.Fatalf("%q: entities %v beyond %q after the trim", in, f.entities, f.plain)
		}
	})
}
