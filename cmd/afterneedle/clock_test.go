package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

const monday = "2026-03-02 14:30"

func terminate(p *process) int { return p.signal(syscall.SIGTERM) }

func TestClockRefusals(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w := rehearse(t, start)
	for _, body := range []string{
		``, `{}`, `[]`, `"90m"`, `null`, `{"advance":90}`, `{"advance":"90"}`, `{"advance":"an hour"}`, `{"advance":""}`,
		`{"advance":"-1s"}`, `{"advance":"9601h"}`, `{"advance":"99999999h"}`, `{"advance":"1h","to":"2026-03-02T18:00:00Z"}`,
		`{"advance":"1h"} x`, `{"advance":"1h"}}`, `{"advance":"1h"}{"advance":"1h"}`, `{"advance":"1h","now":1}`,
		`{"advance":"1m","to":null}`, `{"advance":"1m","advance":"2m"}`, `{"ADVANCE":"1m"}`,
		`{"advance":null}`, `{"to":"tomorrow"}`, `{"to":"2026-03-02 18:00:00"}`, `{"to":"2026-03-02T18:00:00"}`,
		`{"to":"2026-03-02T13:29:59Z"}`, `{"to":"2027-04-06T13:30:01Z"}`, `{"to":"9999-01-01T00:00:00Z"}`, `{"to":1772461800}`,
	} {
		status, answer, err := call(http.MethodPost, w.clock+"/clock", body)
		if status != http.StatusBadRequest || answer.Error == "" || err != nil {
			t.Errorf("%s: status %d, error %q, %v", body, status, answer.Error, err)
		}
	}
	status, answer, err := call(http.MethodGet, w.clock+"/clock", "")
	if status != http.StatusOK || err != nil || !answer.Now.Equal(start) || answer.Sent != nil {
		t.Errorf("GET: status %d, %+v, %v: expected that nothing moved", status, answer, err)
	}
}

func TestClockMoves(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w := rehearse(t, start)
	const nothing = "sent 0, failed 0, dropped 0, waiting 0"
	for _, test := range []struct {
		body string
		now  time.Time
	}{
		{`{"advance":"0s"}`, start},
		{`{"to":"2026-03-02T13:30:00Z"}`, start},
		{`{"advance":"1m30s"}`, start.Add(90 * time.Second)},
		{`{"to":"2026-03-02T15:00:00+01:00"}`, start.Add(30 * time.Minute)},
		{`{"advance":"9600h"}`, start.Add(30*time.Minute + 400*24*time.Hour)},
	} {
		answer := w.move(test.body)
		if !answer.Now.Equal(test.now) || answer.counts() != nothing {
			t.Errorf("%s: %s, %s", test.body, answer.Now, answer.counts())
		}
	}
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d after SIGTERM", status)
	}
}

// TestRehearsal plays one needling through the process, over HTTP, with a
// restart in the middle.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	w, start := clinic(t)
	ana := w.patient(200, "Ana")
	w.expect(ana, "You are all set") // at once, though nobody moved the clock
	w.says(w.owner, "/session Ana, upper trapezius left, 8 kg")
	w.expect(w.owner, "easy movement: 18:30 to 20:30")
	w.move(`{"advance":"3s"}`)
	w.expect(ana, "step 2")
	if now := w.now(); !now.Equal(start.Add(3 * time.Second)) {
		t.Errorf("time went on by itself, to %s", now)
	}

	answer := w.to(start.Add(6*time.Hour + time.Second))
	if got := answer.counts(); got != "sent 2, failed 0, dropped 0, waiting 0" {
		t.Error(got)
	}
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d after SIGTERM", status)
	}
	w.start() // AFTERNEEDLE_REHEARSAL_START is earlier than what the database has seen
	if now := w.now(); now.Before(start.Add(6*time.Hour)) || now.After(start.Add(6*time.Hour+time.Second)) {
		t.Errorf("after the restart it is %s", now)
	}
	w.taps(ana, "Done")
	w.taps(ana, "3")
	w.to(start.Add(30 * time.Hour))
	w.taps(ana, "Done")
	w.taps(ana, "4")
	w.to(start.Add(48*time.Hour + time.Second))
	w.taps(ana, "None of these")
	w.taps(ana, "2")
	w.expect(ana, "4 kg")

	sent := map[string]time.Duration{}
	for _, e := range w.got(ana.ID()) {
		for name, words := range map[string]string{
			"movement": "Time to move a little", "gentle": "Time for a gentle stretch", "structured": "From now until tomorrow",
			"safety check": "A quick safety check",
		} {
			if strings.Contains(e.Text, words) {
				if _, twice := sent[name]; twice {
					t.Errorf("%s was sent twice", name)
				}
				sent[name] = e.At.Sub(start)
			}
		}
	}
	want := map[string]time.Duration{
		"movement": 5 * time.Hour, "gentle": 6 * time.Hour, "structured": 24 * time.Hour, "safety check": 48 * time.Hour,
	}
	if fmt.Sprint(sent) != fmt.Sprint(want) {
		t.Errorf("after %v, expected %v", sent, want)
	}
}

func TestRehearsalStartsLater(t *testing.T) {
	t.Parallel()
	w, start := clinic(t)
	w.stop(terminate)
	later := start.Add(50 * 24 * time.Hour)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_START", later.Format(time.RFC3339))
	w.start()
	if now := w.now(); !now.Equal(later) {
		t.Errorf("it is %s, expected the later start", now)
	}
}

func TestRehearsalWithoutAStart(t *testing.T) {
	t.Parallel()
	w := stand(t, time.Now())
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0")
	before := time.Now().Truncate(time.Millisecond)
	w.start()
	if now := w.now(); now.Before(before) || now.After(time.Now()) {
		t.Errorf("it is %s, expected the real time", now)
	}
}

// needled is a rehearsal in which some patients have just been needled and
// greeted.
func needled(t *testing.T, start time.Time, n int) (*world, []*sandbox.Person) {
	t.Helper()
	w := rehearse(t, start)
	w.starts(w.owner, "")
	var patients []*sandbox.Person
	for i := range n {
		p := w.patient(int64(200+i), fmt.Sprintf("P%02d", i))
		w.says(w.owner, fmt.Sprintf("/session P%02d, upper trapezius left, 8 kg", i))
		patients = append(patients, p)
	}
	w.move(`{"advance":"1m"}`)
	return w, patients
}

func TestClockCountsWhatTelegramPutsOff(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 2)
	due := start.Add(5 * time.Hour)
	w.telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: patients[0].ID(), Status: 429, RetryAfter: 35})
	if got := w.to(due).counts(); got != "sent 1, failed 0, dropped 0, waiting 1" {
		t.Error(got)
	}
	if got := w.to(due.Add(34 * time.Second)).counts(); got != "sent 0, failed 0, dropped 0, waiting 1" {
		t.Error(got)
	}
	if got := w.to(due.Add(35 * time.Second)).counts(); got != "sent 1, failed 0, dropped 0, waiting 0" {
		t.Error(got)
	}
	last := w.got(patients[0].ID())
	if e := last[len(last)-1]; !e.At.Equal(due.Add(35 * time.Second)) {
		t.Errorf("sent at %s, expected at the end of the named wait", e.At)
	}
	// The gentle stretch: one chat is closed for good, the other named wait is
	// longer than the window.
	due = start.Add(6 * time.Hour)
	w.telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: patients[0].ID(), Status: 400, Description: "Bad Request: message is too long"})
	w.telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: patients[1].ID(), Status: 429, RetryAfter: 30 * 3600})
	if got := w.to(due).counts(); got != "sent 0, failed 1, dropped 1, waiting 0" {
		t.Error(got)
	}
}

func TestClockCountsWhatThePacePutsOff(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 30)
	// All were needled at the same moment, so that all are due at the same one.
	due := start.Add(5 * time.Hour)
	if got := w.to(due).counts(); got != "sent 25, failed 0, dropped 0, waiting 5" {
		t.Error(got)
	}
	if got := w.move(`{"advance":"0s"}`).counts(); got != "sent 0, failed 0, dropped 0, waiting 5" {
		t.Error(got)
	}
	if got := w.move(`{"advance":"2s"}`).counts(); got != "sent 5, failed 0, dropped 0, waiting 0" {
		t.Error(got)
	}
	for _, p := range patients {
		if !strings.Contains(p.Last().Text, "Time to move a little") {
			t.Errorf("patient %d has not got it", p.ID())
		}
	}
}

func TestClockCountsUnreachableAsFailed(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 1)
	patients[0].Deactivates()
	if got := w.to(start.Add(5 * time.Hour)).counts(); !strings.HasPrefix(got, "sent 1, failed 1, ") { // the clinician hears
		t.Error(got)
	}
}

func TestInvitesLiveOnVirtualTime(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w := rehearse(t, start, "AFTERNEEDLE_OWNERS", "")
	link := w.proc.out.wait(t, `\?start=(\S+)`)[1]
	w.move(`{"advance":"1h"}`)
	late := w.telegram.Person(101, "Late")
	w.starts(late, link)
	if strings.Contains(late.Last().Text, "Commands") {
		t.Errorf("the claim link works after an hour:\n%s", late.Last().Text)
	}
	w.stop(terminate)
	w.start()
	replaced := w.proc.out.wait(t, `\?start=(\S+)`)[1]
	w.stop(terminate)
	w.start()
	link = w.proc.out.wait(t, `\?start=(\S+)`)[1]
	w.starts(late, replaced)
	if strings.Contains(late.Last().Text, "owner") {
		t.Errorf("the link of an earlier start works:\n%s", late.Last().Text)
	}
	w.move(`{"advance":"59m"}`)
	w.starts(w.owner, link)
	w.expect(w.owner, "owner")
	w.says(w.owner, "/patients")
	w.starts(late, link)
	if text := late.Last().Text; strings.Contains(text, "owner") {
		t.Errorf("the claim link works twice:\n%s", text)
	}
	w.stop(terminate)
	w.start()
	if w.proc.out.String() != "" {
		t.Errorf("a clinic with an owner gets a claim link: %s", w.proc.out)
	}
}

func TestOneUpdateOneEffect(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w, patients := needled(t, start, 1)
	ana := patients[0]
	w.to(start.Add(6 * time.Hour))
	w.taps(ana, "Done")
	before := len(w.got(ana.ID()))
	for range 5 {
		w.telegram.RedeliverLast(1)
		w.done(nil)
	}
	w.telegram.RestartUpdateIDs(0)
	w.telegram.RedeliverLast(3)
	w.says(ana, "3")
	w.move(`{"advance":"0s"}`)
	if n := len(w.got(ana.ID())) - before; n > 1 {
		t.Errorf("%d messages for one answer:\n%s", n, ana.Last().Text)
	}
	log := w.proc.log.String()
	if strings.Contains(log, "level=ERROR") || strings.Contains(log, someToken) {
		t.Errorf("the log holds errors:\n%s", log)
	}
}
