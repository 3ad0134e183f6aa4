package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	people "afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
)

// onWall starts the program on the real clock.
func onWall(t *testing.T, pairs ...string) *world {
	t.Helper()
	w := before(t, pairs...)
	w.start()
	return w
}

// before is the same world with the program not started yet. It lives where it is noon,
// so that what is planned does not depend on the hour of the test.
func before(t *testing.T, pairs ...string) *world {
	t.Helper()
	w := stand(t, time.Now())
	zone, err := people.Awake(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.env = w.env.with("AFTERNEEDLE_TIMEZONE", zone.String())
	w.mu.Lock()
	w.wall = true
	w.mu.Unlock()
	w.env = w.env.with(pairs...)
	return w
}

// until asks for a page until it has a status.
func (w *world) until(page string, status int) {
	w.t.Helper()
	limit := time.After(patience)
	for {
		got, body := w.fetch(page)
		if got == status {
			return
		}
		select {
		case <-limit:
			w.t.Fatalf("%s: status %d (%s), expected %d\n%s", page, got, strings.TrimSpace(body), status, w.proc.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestAnswersOnTheWallClock: what follows from a tap or a word comes at once, with
// nothing else happening, also when the clock tells more digits than are stored.
func TestAnswersOnTheWallClock(t *testing.T) {
	t.Parallel()
	w := onWall(t)
	w.until("/readyz", http.StatusOK)
	w.starts(w.owner, "")
	w.says(w.owner, "/newpatient Ana")
	ana, link := w.telegram.Person(200, "Ana"), w.link(w.owner)
	w.says(w.owner, "/session Ana, QL right, now, 20 kg")
	w.starts(ana, link)
	w.taps(ana, "I agree")
	w.expect(ana, "Needling was step 1")
	for range 5 { // one of them might come in the first part of a millisecond
		w.says(ana, "/help")
		w.expect(ana, "What do you notice?")
		w.taps(ana, "None of these")
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	w := onWall(t, "AFTERNEEDLE_OWNERS", "")
	link := w.proc.out.wait(t, `https://t\.me/afterneedle_bot\?start=(\S+)`)[1]
	w.until("/readyz", http.StatusOK)
	if status, _ := w.fetch("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
	if status, _ := w.fetch("/clock"); status != http.StatusNotFound {
		t.Errorf("/clock on the wall clock: %d", status)
	}
	w.starts(w.owner, link)
	w.says(w.owner, "/patients")
	w.expect(w.owner, "patient")
	second := w.telegram.Person(101, "Second")
	w.starts(second, link)
	w.says(second, "/patients")
	if last := second.Last(); strings.Contains(last.Text, "Ana") || strings.Contains(last.Text, "owner") {
		t.Errorf("the claim link works twice:\n%s", last.Text)
	}
	ana := w.patient(200, "Ana")
	w.expect(ana, "You are all set")
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		begun := time.Now()
		if status := w.proc.signal(s); status != exitDone {
			t.Errorf("status %d after %s", status, s)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s took %s with nothing but a poll open", s, took)
		}
		if strings.Contains(w.proc.log.String(), "level=ERROR") {
			t.Errorf("errors:\n%s", w.proc.log)
		}
		w.start()
	}
	w.says(ana, "/plan")
	w.expect(ana, "Your plan")
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	w := before(t)
	fault := w.telegram.Fail(sandbox.Fault{Method: "getUpdates", Status: 500, Times: -1})
	w.start()
	if status, _ := w.fetch("/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz before a poll has succeeded: %d", status)
	}
	fault.Disarm()
	w.until("/readyz", http.StatusOK)
	w.telegram.GoDown()
	w.until("/readyz", http.StatusServiceUnavailable)
	if status, _ := w.fetch("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz while Telegram is away: %d", status)
	}
	if err := w.telegram.ComeBack(); err != nil {
		t.Fatal(err)
	}
	w.until("/readyz", http.StatusOK)
	if w.stop(terminate) != exitDone {
		t.Error("not stopped well")
	}
}

func TestStartWithoutTelegram(t *testing.T) {
	t.Parallel()
	w := before(t)
	w.telegram.GoDown()
	p := launch(t, w.env, "serve")
	p.log.wait(t, "telegram cannot be reached")
	if status := p.signal(syscall.SIGTERM); status != exitDone {
		t.Errorf("status %d after SIGTERM before it was ready", status)
	}
	if strings.Contains(p.log.String(), "msg=ready") || strings.Contains(p.log.String(), someToken) {
		t.Errorf("log:\n%s", p.log)
	}
	p = launch(t, w.env, "serve")
	p.log.wait(t, "telegram cannot be reached")
	if err := w.telegram.ComeBack(); err != nil {
		t.Fatal(err)
	}
	p.ready()
	if status := p.signal(syscall.SIGINT); status != exitDone {
		t.Errorf("status %d after SIGINT", status)
	}
}

func TestStopWhileTelegramIsSilent(t *testing.T) {
	t.Parallel()
	w := before(t)
	silent := w.telegram.Fail(sandbox.Fault{Method: "getMe", Kind: sandbox.FaultSilence})
	p := launch(t, w.env, "serve")
	w.await(silent)
	begun := time.Now()
	if status := p.signal(syscall.SIGTERM); status != exitDone || time.Since(begun) > 2*time.Second {
		t.Errorf("status %d after %s", status, time.Since(begun))
	}
}

// await waits until a fault has been met.
func (w *world) await(fault *sandbox.Armed) {
	w.t.Helper()
	w.awaitHits(fault, 1)
}

// awaitHits waits until a fault has been met so often.
func (w *world) awaitHits(fault *sandbox.Armed, n int) {
	w.t.Helper()
	limit := time.After(patience)
	for fault.Hits() < n {
		select {
		case <-limit:
			w.t.Fatalf("the fault was met %d times of %d", fault.Hits(), n)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestStopWithASendThatHangs stops the program while one message is written and
// never answered, and others wait.
func TestStopWithASendThatHangs(t *testing.T) {
	t.Parallel()
	w := before(t)
	crowd := populate(t, w, awake(t), 3, false)
	silent := w.telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: crowd.chats[0], Kind: sandbox.FaultSilence, Times: -1})
	w.start()
	w.await(silent)
	w.wait(func(events []sandbox.Event) bool {
		return count(events, crowd.chats[1])+count(events, crowd.chats[2]) == 2
	})
	begun := time.Now()
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d", status)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("stopping took %s", took)
	}
	for i, patient := range crowd.patients {
		d := crowd.delivery(t, patient, rehab.PromptWelcome)
		switch {
		case i > 0 && d.State != rehab.DeliverySent:
			t.Errorf("patient %d: %s, but the message has arrived", i, d.State)
		case i == 0 && (d.State != rehab.DeliveryWaiting || d.Attempts != 1):
			t.Errorf("the one that hangs is %s after %d attempts, expected it to be repeated once", d.State, d.Attempts)
		}
	}
	if got := crowd.inFlight(t); got != 0 {
		t.Errorf("%d deliveries are in doubt", got)
	}
}

// TestNothingPrivateInTheLog looks for the token, names, words and scores in
// the log of a run in which much goes wrong.
func TestNothingPrivateInTheLog(t *testing.T) {
	t.Parallel()
	w, _ := clinic(t)
	ana := w.patient(200, "Zuzanna Quux")
	w.says(w.owner, "/session Zuzanna, upper trapezius left, 8 kg")
	for i, fault := range []sandbox.Fault{
		{Kind: sandbox.FaultHTML}, {Kind: sandbox.FaultDrop}, {Kind: sandbox.FaultTruncated}, {Status: 500}, {Status: 401, Description: "Unauthorized"},
		{Status: 429, RetryAfter: 2}, {Status: 400, Description: "Bad Request: can't parse entities: Unsupported start tag"},
		{Status: 400, Description: "Bad Request: message is too long"},
	} {
		fault.Method = "sendMessage"
		w.telegram.Fail(fault)
		w.says(ana, fmt.Sprintf("grapefruit %d", i))
		w.move(`{"advance":"10s"}`)
	}
	for _, raw := range []string{`"grapefruit"`, `{"chat":{"id":"grapefruit"}}`} {
		if _, err := w.telegram.EnqueueRaw("message", []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	w.says(ana, "/pain 9")
	w.says(ana, "chest pain")
	w.says(w.owner, "/hold Zuzanna, marmalade")
	w.says(w.owner, "/broadcast marmalade for all")
	w.taps(w.owner, "Send to")
	w.telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: ana.ID(), Status: 403})
	w.move(`{"advance":"5h"}`)
	w.telegram.GoDown()
	w.proc.log.wait(t, "poll failed")
	if err := w.telegram.ComeBack(); err != nil {
		t.Fatal(err)
	}
	w.starts(ana, "")
	w.stop(terminate)
	log := w.proc.log.String()
	for _, secret := range []string{
		someToken, strings.Split(someToken, ":")[1], "Zuzanna", "Quux", "grapefruit", "marmalade", "chest", "trapezius",
		"pain 9", "pain=", "score", "9 out of", "/10", "Maria",
	} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("a line is not structured: %q", line)
		}
	}
}
