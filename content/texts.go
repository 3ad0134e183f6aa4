package content

import (
	"errors"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// HTML is a rendered text that may be inserted into another one as it is.
// Every other value is escaped.
type HTML = template.HTML

// Kind says who reads a text, and so which rules of wording it keeps.
type Kind string

const (
	KindLabel     Kind = "label"     // fixed buttons and words
	KindCare      Kind = "care"      // what a patient reads
	KindSafety    Kind = "safety"    // what a patient reads in danger
	KindClinician Kind = "clinician" // what a clinician reads
)

// sections is where messages.yaml keeps the texts of each kind.
var sections = map[Kind]string{
	KindLabel: "labels", KindCare: "care", KindSafety: "safety", KindClinician: "clinician",
}

// text is one sentence or message with its placeholders.
type text struct {
	key    string
	kind   Kind
	source string
	fields []string // placeholder names, sorted
	parsed *template.Template
	doc    *document
	line   int
}

// texts is every text of one language by key.
type texts struct {
	tag   language.Tag
	nouns map[string]map[string]string
	byKey map[string]*text
	seen  map[string]bool // keys that a file has, sound or not
}

func newTexts(lang string) *texts {
	return &texts{tag: language.Make(lang), byKey: map[string]*text{}, seen: map[string]bool{}}
}

// globalFields are the placeholders that every text may use.
var globalFields = []string{"clinic", "num"}

// Keys lists every text, sorted.
func (c *Content) Keys() []string { return slices.Sorted(maps.Keys(c.texts.byKey)) }

// Kind is the kind of a text, or "" when there is none with that key.
func (c *Content) Kind(key string) Kind {
	if t := c.texts.byKey[key]; t != nil {
		return t.kind
	}
	return ""
}

// Placeholders lists the names that data must hold for a text, sorted, without
// clinic and num, which are always there.
func (c *Content) Placeholders(key string) []string {
	t := c.texts.byKey[key]
	if t == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(t.fields), func(f string) bool { return slices.Contains(globalFields, f) })
}

// Text renders a text as HTML for Telegram. Inserted values are escaped unless
// they are [HTML]. An unknown key or a missing value is an error.
func (c *Content) Text(key string, data map[string]any) (string, error) {
	t := c.texts.byKey[key]
	if t == nil {
		return "", fmt.Errorf("there is no text %q", key)
	}
	values := maps.Clone(c.globals)
	maps.Copy(values, data)
	var b strings.Builder
	if err := t.parsed.Execute(&b, values); err != nil {
		return "", fmt.Errorf("text %q: %w", key, err)
	}
	return b.String(), nil
}

// fixed renders a text that uses no placeholders but the global ones, which
// [Check] makes sure of.
func (c *Content) fixed(key string) string {
	s, err := c.Text(key, nil)
	if err != nil {
		panic(err)
	}
	return s
}

// add parses a text and keeps it under its key.
func (ts *texts) add(r *report, d *document, path []any, key string, kind Kind, source string) {
	t := &text{key: key, kind: kind, source: strings.TrimSpace(source), doc: d, line: d.line(path...)}
	ts.seen[key] = true
	if t.source == "" {
		r.atUnread(d, path, "text %q is empty", key)
		return
	}
	if other := ts.byKey[key]; other != nil {
		r.add(d.file, t.line, "text %q is already in %s:%d", key, other.doc.file, other.line)
		return
	}
	if err := t.parse(ts); err != nil {
		r.add(d.file, t.line, "text %q: %v", key, err)
		return
	}
	if problem := markupProblem(t.source); problem != "" {
		r.add(d.file, t.line, "text %q: %s", key, problem)
		return
	}
	ts.byKey[key] = t
}

var templatePrefix = regexp.MustCompile(`^(html/)?template: ?(\S+?:\d+(:\d+)?: )?`)

// clinicFirst is the clinic's name where a sentence begins: "the clinic" then
// needs a capital.
var clinicFirst = regexp.MustCompile(`(^|[.!?] |\n *|<b>)\{\{\.clinic\}\}`)

func (t *text) parse(ts *texts) error {
	parsed, err := ts.template(t.key, t.source)
	if err != nil {
		return fmt.Errorf("%s", templatePrefix.ReplaceAllString(err.Error(), ""))
	}
	if parsed.Tree == nil || len(parsed.Templates()) > 1 {
		return errors.New("{{define}} is not allowed here")
	}
	seen := map[string]bool{}
	if err := ts.inspect(parsed.Tree.Root, seen); err != nil {
		return err
	}
	t.fields = slices.Sorted(maps.Keys(seen))
	t.parsed, err = ts.template(t.key, clinicFirst.ReplaceAllString(t.source, "${1}{{.Clinic}}"))
	return err
}

func (ts *texts) template(key, source string) (*template.Template, error) {
	funcs := template.FuncMap{"count": ts.count}
	return template.New(key).Option("missingkey=error").Funcs(funcs).Parse(source)
}

// inspect collects the placeholders of a template and refuses what an editor
// of texts has no use for.
func (ts *texts) inspect(n parse.Node, seen map[string]bool) error {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, c := range n.Nodes {
			if err := ts.inspect(c, seen); err != nil {
				return err
			}
		}
	case *parse.TextNode:
	case *parse.ActionNode:
		return ts.inspect(n.Pipe, seen)
	case *parse.IfNode:
		for _, c := range []parse.Node{n.Pipe, n.List, n.ElseList} {
			if err := ts.inspect(c, seen); err != nil {
				return err
			}
		}
	case *parse.PipeNode:
		return ts.inspectPipe(n, seen)
	default:
		return fmt.Errorf("%s is not allowed here", n)
	}
	return nil
}

func (ts *texts) inspectPipe(n *parse.PipeNode, seen map[string]bool) error {
	if len(n.Decl) > 0 || len(n.Cmds) != 1 {
		return fmt.Errorf("{{%s}} is not allowed here", n)
	}
	args := n.Cmds[0].Args
	if f, ok := args[0].(*parse.FieldNode); ok && len(args) == 1 && len(f.Ident) == 1 {
		seen[f.Ident[0]] = true
		return nil
	}
	if f, noun := countCall(args); f != "" {
		if ts.nouns[noun] == nil {
			return fmt.Errorf("%q is not among the nouns", noun)
		}
		seen[f] = true
		return nil
	}
	return fmt.Errorf("{{%s}}: expected {{.name}} or {{count .name \"noun\"}}", n)
}

// countCall reads the arguments of {{count .field "noun"}}.
func countCall(args []parse.Node) (field, noun string) {
	if len(args) != 3 {
		return "", ""
	}
	name, ok1 := args[0].(*parse.IdentifierNode)
	f, ok2 := args[1].(*parse.FieldNode)
	s, ok3 := args[2].(*parse.StringNode)
	if !ok1 || !ok2 || !ok3 || name.Ident != "count" || len(f.Ident) != 1 {
		return "", ""
	}
	return f.Ident[0], s.Text
}

// count is a number with its noun in the right form: 1 hour, 24 hours.
func (ts *texts) count(n int, noun string) string {
	forms := ts.nouns[noun]
	form, ok := forms[pluralNames[plural.Cardinal.MatchPlural(ts.tag, n, 0, 0, 0, 0)]]
	if !ok {
		form = forms["other"]
	}
	return fmt.Sprintf("%d %s", n, form)
}

var pluralNames = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two",
	plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// checkNouns reports nouns without a general form or with an unknown one.
func (ts *texts) checkNouns(r *report, d *document) {
	known := slices.Sorted(maps.Values(pluralNames))
	for noun, forms := range ts.nouns {
		for form := range forms {
			if !slices.Contains(known, form) {
				r.at(d, []any{"nouns", noun, form}, "noun %q: expected one of %s, not %q", noun, strings.Join(known, ", "), form)
			}
		}
		if forms["other"] == "" {
			r.at(d, []any{"nouns", noun}, "noun %q has no form \"other\"", noun)
		}
	}
}

var (
	action     = regexp.MustCompile(`\{\{.*?\}\}`)
	markup     = regexp.MustCompile(`</?[bi]>`)
	htmlEntity = regexp.MustCompile(`&(?:lt|gt|amp|quot|#\d+);`)
)

// markupProblem says what Telegram would refuse in a text: tags other than <b>
// and <i>, tags that do not pair, and lone < > &.
func markupProblem(source string) string {
	plain := action.ReplaceAllString(source, "")
	var open []string
	for _, tag := range markup.FindAllString(plain, -1) {
		if !strings.HasPrefix(tag, "</") {
			open = append(open, tag[1:2])
			continue
		}
		if len(open) == 0 || open[len(open)-1] != tag[2:3] {
			return tag + " closes nothing"
		}
		open = open[:len(open)-1]
	}
	if len(open) > 0 {
		return "<" + open[0] + "> is not closed"
	}
	rest := htmlEntity.ReplaceAllString(markup.ReplaceAllString(plain, ""), "")
	if i := strings.IndexAny(rest, "<>&"); i >= 0 {
		return fmt.Sprintf("%q is not allowed: only <b> and <i>, and &lt; &gt; &amp; for the signs", rest[i:i+1])
	}
	return ""
}
