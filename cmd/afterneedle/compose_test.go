package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// composed is what compose.yaml gives to the program, where the operator has set what
// is in set: the settings, and the secrets that lie beside them.
func composed(t *testing.T, set env) (settings env, secrets []string) {
	t.Helper()
	raw, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Services map[string]struct {
			Environment env
			Secrets     []string
		}
		Secrets map[string]struct{ File string }
	}
	if err := yaml.Load(raw, &c); err != nil {
		t.Fatal(err)
	}
	settings = env{}
	for name, value := range c.Services["bot"].Environment {
		settings[name] = os.Expand(value, func(asked string) string {
			name, usual, _ := strings.Cut(asked, ":-")
			if set[name] != "" {
				return set[name]
			}
			return usual
		})
	}
	for _, s := range c.Services["bot"].Secrets {
		if c.Secrets[s].File == "" {
			t.Errorf("the secret %s has no file", s)
		}
	}
	return settings, c.Services["bot"].Secrets
}

// TestComposeStartsTheProgram starts serve with the settings of compose.yaml, for a
// clinic outside of Europe that has set its time zone and nothing else.
func TestComposeStartsTheProgram(t *testing.T) {
	t.Parallel()
	settings, secrets := composed(t, env{"AFTERNEEDLE_TIMEZONE": "America/Denver"})
	_, help, _ := ask(t, "", nil, "serve", "--help")
	w := before(t)
	held := env{"/run/secrets/token": w.telegram.Token(), "/run/secrets/database_url": w.env["DATABASE_URL"]}
	w.env = w.env.without("TELEGRAM_BOT_TOKEN").without("AFTERNEEDLE_OWNERS")
	for name, value := range settings {
		if !strings.Contains(help, strings.TrimSuffix(name, "_FILE")) {
			t.Errorf("%s is no setting of the program", name)
		}
		if secret, ok := strings.CutPrefix(value, "/run/secrets/"); ok {
			if !slices.Contains(secrets, secret) {
				t.Errorf("%s: %s is not given to the program", name, value)
			}
			value = file(t, secret, held[value]+"\n")
		}
		w.env = w.env.with(name, value)
	}
	w.start()
	w.proc.log.wait(t, "AFTERNEEDLE_EMERGENCY is not set: safety texts name 112")
	w.proc.out.wait(t, `Open this link within an hour to become the owner: \S+\?start=\S+`)
}
