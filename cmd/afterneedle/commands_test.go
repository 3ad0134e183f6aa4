package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestDecideAsAProcess(t *testing.T) {
	t.Parallel()
	const good = `{"phase":"P4","acute_h":240,"programme_h":300,"load_g":8000,"entry_load_g":8000,"min7_load_g":8000,"pain_before":2,"pain_after":3,"pain_2h":3,"pain_next":2}`
	status, out, errs := ask(t, good+"\n"+good+"\n", nil, "decide")
	if status != exitDone || strings.Count(out, `"next_load_g"`) != 2 || errs != "" {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	status, out, _ = ask(t, good+"\nnonsense\n"+good, nil, "decide")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != exitFailed || len(lines) != 3 || !strings.HasPrefix(lines[1], `{"error":"line 2: `) {
		t.Errorf("status %d\n%s", status, out)
	}
}

func TestCheckAsAProcess(t *testing.T) {
	t.Parallel()
	good := t.TempDir()
	text, err := os.ReadFile("../../content/default/protocol.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(good, "protocol.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	faulty := filepath.Dir(file(t, "protocol.yaml", strings.Replace(string(text), "from_hours: 4", "from_hours: four", 1)))
	for _, test := range []struct {
		args   []string
		status int
		form   string
	}{
		{[]string{"check"}, exitDone, `^$`},
		{[]string{"check", good}, exitDone, `^$`},
		{[]string{"check", faulty}, exitFailed, `(?m)^\S+protocol\.yaml:\d+: \S`},
	} {
		status, out, errs := ask(t, "", nil, test.args...)
		if status != test.status || !regexp.MustCompile(test.form).MatchString(out) || errs != "" {
			t.Errorf("%v: status %d\n%s%s", test.args, status, out, errs)
		}
	}
	status, out, errs := ask(t, "", nil, "check", "/nowhere")
	if want := "afterneedle: /nowhere: expected a folder with content files\n"; status != exitUsage || out != "" || errs != want {
		t.Errorf("no folder: status %d\n%s%s", status, out, errs)
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{http.StatusOK: exitDone, http.StatusServiceUnavailable: exitFailed} {
		asked := ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path
			w.WriteHeader(status)
		}))
		address := strings.TrimPrefix(server.URL, "http://")
		// A proxy has no say between the program and its own address.
		e := env{"AFTERNEEDLE_LISTEN": address, "HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
		if got, _, _ := ask(t, "", e, "healthcheck"); got != want || asked != "/healthz" {
			t.Errorf("%d: status %d after asking for %q", status, got, asked)
		}
		server.Close()
		if got, _, errs := ask(t, "", e, "healthcheck"); got != exitFailed || !strings.Contains(errs, address) {
			t.Errorf("nobody there: status %d, %q", got, errs)
		}
	}
}
