package main

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

// sample is one line of /metrics: a name with its labels, and a value.
var sample = regexp.MustCompile(`(?m)^([a-z_0-9]+)(?:\{([^}]*)\})? (\S+)$`)

// metrics reads the page into values by name and labels.
func (w *world) metrics() (values map[string]float64, page string) {
	w.t.Helper()
	status, page := w.fetch("/metrics")
	if status != http.StatusOK {
		w.t.Fatalf("/metrics: status %d", status)
	}
	values = map[string]float64{}
	for _, m := range sample.FindAllStringSubmatch(page, -1) {
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			w.t.Fatalf("%s: %v", m[0], err)
		}
		values[m[1]+"{"+m[2]+"}"] = value
	}
	return values, page
}

func TestMetricsCount(t *testing.T) {
	t.Parallel()
	w, start := clinic(t)
	const (
		timed  = `afterneedle_deliveries_total{lane="timed",outcome="sent"}`
		waited = `afterneedle_deliveries_total{lane="timed",outcome="throttled"}`
		reply  = `afterneedle_deliveries_total{lane="reply",outcome="sent"}`
	)
	first, _ := w.metrics()
	if n, there := first[timed]; !there || n != 0 {
		t.Errorf("%v timed messages before the first, there: %v", n, there)
	}
	ana := w.patient(734_981, "Anastasia")
	w.says(w.owner, "/session Anastasia, upper trapezius left, 8 kg")
	w.telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: ana.ID(), Status: http.StatusTooManyRequests, RetryAfter: 60})
	w.to(start.Add(6 * time.Hour))
	w.says(ana, "marmalade")
	got, page := w.metrics()
	for name, want := range map[string]float64{
		timed: 3, waited: 1, "afterneedle_lateness_seconds_count{}": 3, `afterneedle_lateness_seconds_bucket{le="1"}`: 3,
		"afterneedle_telegram_throttled_total{}": 1, `afterneedle_updates_total{fate="handled"}`: 6,
		`afterneedle_updates_total{fate="ignored"}`: 0, `afterneedle_updates_total{fate="set_aside"}`: 0,
		"afterneedle_updates_ready{}": 1, "afterneedle_oldest_due_seconds{}": 0, "afterneedle_deliveries_in_flight{}": 0,
		"afterneedle_last_tick_seconds{}": 0, "afterneedle_deliveries_dropped_total{}": 0, "afterneedle_deliveries_fenced_total{}": 0,
	} {
		if n, there := got[name]; !there || n != want {
			t.Errorf("%s is %v (there: %v), want %v", name, n, there, want)
		}
	}
	if got[reply] <= first[reply] {
		t.Errorf("%v answers, as before", got[reply])
	}
	if got["go_goroutines{}"] == 0 || got["process_start_time_seconds{}"] == 0 {
		t.Error("nothing of Go or of the process")
	}
	if t.Failed() {
		t.Log(page)
	}
}

// TestMetricsTellNothing looks for people in the page, and for labels that could
// name any.
func TestMetricsTellNothing(t *testing.T) {
	t.Parallel()
	w, start := clinic(t)
	ana := w.patient(734_981, "Anastasia")
	w.says(w.owner, "/session Anastasia, upper trapezius left, 8 kg")
	w.to(start.Add(6 * time.Hour))
	w.says(ana, "/contact marmalade")
	_, page := w.metrics()
	for _, word := range []string{"Anastasia", "Maria", "734981", "marmalade", "trapezius", w.telegram.Token(), "clinic.db"} {
		if strings.Contains(page, word) {
			t.Errorf("the page holds %q", word)
		}
	}
	label := regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
	known := map[string][]string{
		"lane":    {"reply", "timed", "bulk"},
		"outcome": {"sent", "throttled", "temporary", "unknown", "unreachable", "rejected"},
		"fate":    {"handled", "ignored", "set_aside"},
		"le":      {"1", "2", "5", "10", "30", "60", "300", "900", "3600", "14400", "+Inf"},
	}
	seen := 0
	for line := range strings.SplitSeq(page, "\n") {
		if !strings.HasPrefix(line, "afterneedle_") {
			continue
		}
		for _, m := range label.FindAllStringSubmatch(line, -1) {
			seen++
			if !slices.Contains(known[m[1]], m[2]) {
				t.Errorf("the label %s can be %q", m[1], m[2])
			}
		}
	}
	if seen == 0 {
		t.Errorf("no labels at all in\n%s", page)
	}
}
