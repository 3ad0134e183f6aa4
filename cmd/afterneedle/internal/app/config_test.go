package app

import (
	"net/http"
	"testing"
)

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
