package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// TestServeWithAWebhook lets updates be posted, stops the program, lets people
// write meanwhile, and starts it with polling instead.
func TestServeWithAWebhook(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	listen := freeAddress(t)
	w := rehearse(t, start, "AFTERNEEDLE_LISTEN", listen,
		"AFTERNEEDLE_WEBHOOK_URL", "http://"+listen+"/telegram", "AFTERNEEDLE_WEBHOOK_SECRET", "s3cr3t")
	w.starts(w.owner, "")
	ana := w.patient(101, "Ana")
	w.says(w.owner, "/session Ana, upper trapezius left, 8 kg")
	w.to(start.Add(5 * time.Hour))
	w.taps(ana, "Done")
	w.expect(ana, "Some soreness is common")
	if status, body := w.fetch("/readyz"); status != http.StatusOK {
		t.Errorf("status %d: %s", status, body)
	}
	resp, err := http.Post("http://"+listen+"/telegram", "application/json", strings.NewReader(`{"update_id":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the secret: status %d", resp.StatusCode)
	}
	_ = resp.Body.Close()
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d", status)
	}
	if _, err := ana.Says("/pain 3"); err != nil {
		t.Fatal(err)
	}
	w.env = w.env.with("AFTERNEEDLE_WEBHOOK_URL", "", "AFTERNEEDLE_WEBHOOK_SECRET", "")
	w.start()
	w.done(nil)
	w.expect(ana, "I keep 3 out of 10")
	if strings.Contains(w.proc.log.String(), "s3cr3t") {
		t.Error("the secret is in the log")
	}
}
