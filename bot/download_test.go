package bot

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"afterneedle/bot/sandbox"
)

// sent is the id of a document that Ana has sent to the server.
func sent(t *testing.T, server *sandbox.Server, data []byte) (c *client, id string) {
	t.Helper()
	if _, err := server.Person(200, "Ana").SendsDocument("list.csv", data, ""); err != nil {
		t.Fatal(err)
	}
	c = newClient(server.URL()+"/", server.Token(), context.Background)
	var updates []update
	if err := c.call("getUpdates", map[string]any{"offset": -1}, &updates); err != nil {
		t.Fatal(err)
	}
	return c, updates[0].Message.Document.ID
}

func TestDownload(t *testing.T) {
	server := startSandbox(t)
	c, id := sent(t, server, []byte("a,b"))
	for most, want := range map[int64]error{2: errTooBig, 3: nil} {
		data, err := c.download(id, most)
		if !errors.Is(err, want) || want == nil && string(data) != "a,b" {
			t.Errorf("%d bytes: %q, %v", most, data, err)
		}
	}
	if _, err := c.download("nothing", 10); err == nil || strings.Contains(err.Error(), server.Token()) {
		t.Errorf("an unknown file: %v", err)
	}
}

// TestDownloadTrustsNobody reads files whose size is not what Telegram said, or
// that do not come at all. The token is in no error.
func TestDownloadTrustsNobody(t *testing.T) {
	const token = "1:verysecret"
	for name, test := range map[string]struct {
		found string
		file  http.HandlerFunc
		want  string
	}{
		"more than it said":   {`{"file_size":3,"file_path":"documents/a b.csv"}`, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1000)) }, "too big"},
		"too big by its word": {`{"file_size":1000,"file_path":"documents/a.csv"}`, nil, "too big"},
		"no path":             {`{}`, nil, "no path"},
		"gone":                {`{"file_path":"documents/a.csv"}`, http.NotFound, "status 404"},
		"a redirect":          {`{"file_path":"documents/a.csv"}`, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "status 302"},
		"cut off": {`{"file_path":"documents/a.csv"}`, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("a"))
		}, "EOF"},
		"dropped": {`{"file_path":"documents/a.csv"}`, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "<token>"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/file/bot"+token+"/documents/a") {
					test.file(w, r)
					return
				}
				if r.URL.Path != "/bot"+token+"/getFile" {
					t.Errorf("somebody asks for %s", r.URL.Path)
				}
				_, _ = w.Write([]byte(`{"ok":true,"result":` + test.found + `}`))
			}))
			defer server.Close()
			_, err := newClient(server.URL, token, context.Background).download("x", 100)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "verysecret") {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
