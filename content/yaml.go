package content

import (
	"errors"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// document is one YAML file with the places of its values.
type document struct {
	name   string // inside the content folder
	file   string // as shown in faults
	own    bool   // the clinic's, not the embedded one
	lost   bool   // nothing of it could be read
	root   *yaml.Node
	broken map[int]bool // lines whose value could not be read
}

// parseFile reads the YAML of one file. A file that is not one YAML mapping gives
// a document without values.
func parseFile(name, file string, source []byte, r *report) *document {
	d := &document{
		name: name, file: file, own: file != embeddedName(name), root: &yaml.Node{Kind: yaml.MappingNode, Line: 1}, broken: map[int]bool{},
	}
	var stream yaml.Node
	if err := yaml.Load(source, &stream); err != nil {
		d.fail(err, r)
		d.lost = true
		return d
	}
	if len(stream.Content) == 0 || stream.Content[0].Kind != yaml.MappingNode {
		r.add(file, 1, "expected keys and values")
		d.lost = true
		return d
	}
	d.root = stream.Content[0]
	d.dropRepeated(d.root, r)
	return d
}

// dropRepeated reports keys that a mapping has twice and keeps the first, so
// that the rest of the mapping is still checked.
func (d *document) dropRepeated(n *yaml.Node, r *report) {
	if n.Kind == yaml.MappingNode {
		first := map[string]int{}
		var kept []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if line, ok := first[key.Value]; ok {
				r.add(d.file, key.Line, "%q is already in line %d", key.Value, line)
				continue
			}
			first[key.Value] = key.Line
			kept = append(kept, key, n.Content[i+1])
		}
		n.Content = kept
	}
	for _, child := range n.Content {
		d.dropRepeated(child, r)
	}
}

// decode fills v from the document. Unknown keys and values of the wrong kind
// are faults; what could be read is kept.
func (d *document) decode(v any, r *report) {
	if err := d.root.Load(v, yaml.WithKnownFields()); err != nil {
		d.fail(err, r)
	}
}

func (d *document) fail(err error, r *report) {
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			d.failOne(e, r)
		}
	case errors.As(err, &one):
		d.failOne(one, r)
	default:
		r.add(d.file, 1, "%v", err)
	}
}

func (d *document) failOne(e *yaml.LoadError, r *report) {
	line := max(e.Mark.Line, 1)
	d.broken[line] = true
	r.add(d.file, line, "%s", plainProblem(e.Message))
}

var (
	wrongKind  = regexp.MustCompile("^cannot construct !!(\\w+)(?: `(.*)`)? into (.+)$")
	unknownKey = regexp.MustCompile(`^field (\S+) not found in type`)
)

var kindNames = map[string]string{
	"int": "a whole number", "float64": "a number", "string": "a text", "bool": "true or false",
}

// plainProblem turns the YAML library's words into the editor's.
func plainProblem(message string) string {
	if m := unknownKey.FindStringSubmatch(message); m != nil {
		return "unknown key \"" + m[1] + "\""
	}
	m := wrongKind.FindStringSubmatch(message)
	if m == nil {
		message = strings.TrimPrefix(message, "yaml: ")
		if message == "no documents in stream" {
			return "expected keys and values"
		}
		return message
	}
	want, ok := kindNames[m[3]]
	switch {
	case ok:
	case strings.HasPrefix(m[3], "[]"), strings.HasPrefix(m[3], "[2]"):
		want = "a list"
	default:
		want = "keys and values"
	}
	got := m[2]
	if got == "" {
		got = map[string]string{"seq": "a list", "map": "keys and values", "null": "nothing"}[m[1]]
		return "expected " + want + ", not " + got
	}
	return "expected " + want + ", not \"" + got + "\""
}

// line is the line of the value at a path of keys and list indexes, or of the
// nearest value above it when there is none.
func (d *document) line(path ...any) int {
	n, line := d.root, d.root.Line
	for _, step := range path {
		key, next := child(n, step)
		if next == nil {
			return line
		}
		n, line = next, key.Line
	}
	return line
}

// child is the value under a key or index of n, and the node that shows its
// place: the key, or the value itself in a list.
func child(n *yaml.Node, step any) (place, value *yaml.Node) {
	switch step := step.(type) {
	case string:
		if n.Kind != yaml.MappingNode {
			return nil, nil
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case int:
		if n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step], n.Content[step]
		}
	}
	return nil, nil
}

var clockTime = regexp.MustCompile(`^\d{1,2}:\d\d$`)

// checkSources reports every mapping that holds numbers without saying where
// they come from.
func (d *document) checkSources(r *report) { d.checkSource(d.root, r) }

func (d *document) checkSource(n *yaml.Node, r *report) {
	if n.Kind == yaml.MappingNode && holdsNumber(n) {
		_, source := child(n, "source")
		if source == nil || strings.TrimSpace(source.Value) == "" {
			r.add(d.file, n.Line, "a number needs a source beside it")
		}
	}
	for _, c := range n.Content {
		d.checkSource(c, r)
	}
}

// holdsNumber reports whether a value of the mapping is a number, a time of
// day, or a list of them.
func holdsNumber(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		value := n.Content[i+1]
		if isNumber(value) {
			return true
		}
		if value.Kind == yaml.SequenceNode && len(value.Content) > 0 && isNumber(value.Content[0]) {
			return true
		}
	}
	return false
}

func isNumber(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	tag := n.ShortTag()
	return tag == "!!int" || tag == "!!float" || clockTime.MatchString(n.Value)
}

// keys is the keys of the mapping at a path, in the order of the file.
func (d *document) keys(path ...any) []string {
	n := d.root
	for _, step := range path {
		if _, n = child(n, step); n == nil {
			return nil
		}
	}
	var keys []string
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			keys = append(keys, n.Content[i].Value)
		}
	}
	return keys
}
