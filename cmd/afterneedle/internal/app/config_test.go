package app

import (
	"net/http"
	"slices"
	"testing"
)

// TestStrangers: a misspelt name is told of, its value is not.
func TestStrangers(t *testing.T) {
	got := strangers([]string{
		"PATH=/bin", "AFTERNEEDLE_OWNERS=1", "AFTERNEEDLE_OWNER=1", "AFTERNEEDLE_WEBHOOK_SECRET=s", "AFTERNEEDLE_WEBHOOK_SECRET_FILE=f",
		"AFTERNEEDLE_WEBHOOK_URL_FILE=f", "TELEGRAM_BOT_TOKEN=t", "AFTERNEEDLE_REHEARSAL_CLOCK=", "AFTERNEEDLE_TIME_ZONE=Europe/Madrid",
	})
	if want := []string{"AFTERNEEDLE_OWNER", "AFTERNEEDLE_WEBHOOK_URL_FILE", "AFTERNEEDLE_TIME_ZONE"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestEveryHookCanBeServed hangs each address that the settings take into the door
// of the program.
func TestEveryHookCanBeServed(t *testing.T) {
	t.Setenv("AFTERNEEDLE_WEBHOOK_SECRET", "secret")
	for _, address := range []string{
		"https://clinic.example", "https://clinic.example/", "https://clinic.example/telegram", "https://clinic.example/a/b.c/",
		"https://clinic.example/...", "https://clinic.example/~a/_-", "http://127.0.0.1:8080/telegram",
	} {
		s := settings{Config: Config{WebhookURL: address}}
		if err := s.checkWebhook(); err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		http.NewServeMux().Handle("POST "+s.hook(), http.NotFoundHandler())
	}
}
