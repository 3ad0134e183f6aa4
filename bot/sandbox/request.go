package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// maxBody bounds a request: an upload of 50 MB and its envelope.
const maxBody = 51 << 20

// call is one request: a known method and its checked parameters.
type call struct {
	method string
	params map[string]param
	files  map[string]upload
}

// param is one value as it arrived. JSON bodies keep their types; in every
// other encoding all values are text.
type param struct {
	text string // a JSON string decoded, any other JSON value as written
	kind paramKind
}

type paramKind int

const (
	textParam   paramKind = iota // query, form or multipart
	stringParam                  // JSON string
	numberParam                  // JSON number
	boolParam                    // JSON true or false
	treeParam                    // JSON object or array
	nullParam                    // JSON null
)

// upload is one file part of a multipart request.
type upload struct {
	name string
	data []byte
}

func (c *call) read(r *http.Request) *apiError {
	c.params, c.files = map[string]param{}, map[string]upload{}
	c.addValues(r.URL.Query())
	if r.Method == http.MethodGet {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if tooBig := new(http.MaxBytesError); errors.As(err, &tooBig) {
		return errTooLarge
	}
	if err != nil {
		return badRequest("can't read the request body")
	}
	media, options, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case media == "multipart/form-data":
		return c.readMultipart(body, options["boundary"])
	case media == "application/json":
		return c.readJSON(body)
	case media == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return badRequest("can't parse the request body as a form")
		}
		c.addValues(values)
	case len(body) > 0:
		return badRequest("unsupported Content-Type %q", media)
	}
	return nil
}

func (c *call) addValues(values url.Values) {
	for name, v := range values {
		c.params[name] = param{text: v[0]}
	}
}

func (c *call) readJSON(body []byte) *apiError {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return badRequest("can't parse the request body as a JSON object")
	}
	for name, raw := range fields {
		p := param{text: string(raw), kind: numberParam}
		switch raw[0] {
		case '"':
			p.kind = stringParam
			if err := json.Unmarshal(raw, &p.text); err != nil {
				return badRequest("can't parse the request body as a JSON object")
			}
		case 't', 'f':
			p.kind = boolParam
		case '{', '[':
			p.kind = treeParam
		case 'n':
			p.kind = nullParam
		}
		c.params[name] = p
	}
	return nil
}

func (c *call) readMultipart(body []byte, boundary string) *apiError {
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badRequest("can't parse the request body as multipart/form-data")
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return badRequest("can't parse the request body as multipart/form-data")
		}
		if part.FileName() != "" {
			c.files[part.FormName()] = upload{name: part.FileName(), data: data}
			continue
		}
		c.params[part.FormName()] = param{text: string(data)}
	}
}

// str is a text parameter, empty when absent.
func (c *call) str(name string) string { return c.params[name].text }

// integer is a number parameter, 0 when absent. The check has seen to it that
// it parses.
func (c *call) integer(name string) int64 { return c.params[name].integer() }

func (p param) integer() int64 {
	n, _ := strconv.ParseInt(p.text, 10, 64)
	return n
}

func (c *call) boolean(name string) bool { return c.params[name].text == "true" }

func (c *call) has(name string) bool {
	_, ok := c.params[name]
	return ok
}

// decode fills out from a JSON parameter; an absent one leaves it as it is.
// The check has already compared the JSON with the table of types.
func (c *call) decode(name string, out any) *apiError {
	p, ok := c.params[name]
	if !ok || p.text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(p.text), out); err != nil {
		return badRequest("can't parse %s JSON object", name)
	}
	return nil
}

// chatID is the chat that the call is about; 0 when there is none.
func (c *call) chatID() int64 { return c.integer("chat_id") }

// paramNames are sorted so that the first complaint is always the same one.
func (c *call) paramNames() []string { return slices.Sorted(maps.Keys(c.params)) }
