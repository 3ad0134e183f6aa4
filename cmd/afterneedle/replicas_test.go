package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/store/pgserver"
)

// ward is a world in which two processes share a PostgreSQL database and the work.
type ward struct {
	*world
	crowd    *crowd
	server   *pgserver.Server
	replicas [2]*process
}

// strict is what Telegram lets through.
var strict = sandbox.Rates{Global: 30, PerChatEvery: time.Second, PerChatBurst: 3}

// wardOf is one with n patients, to each of whom a message is due at once, and some
// settings.
func wardOf(t *testing.T, n int, rates sandbox.Rates, pairs ...string) *ward {
	t.Helper()
	server := postgresServer(t)
	w := standPaced(t, time.Now(), rates)
	w.wall = true
	w.env = w.env.with("DATABASE_URL", server.URL("")).with(pairs...)
	d := &ward{world: w, server: server, crowd: populate(t, w, awake(t), n, false)}
	for i := range d.replicas {
		d.replicas[i] = d.launch()
		w.proc = d.replicas[i]
	}
	return d
}

func (d *ward) launch() *process {
	d.t.Helper()
	p := launch(d.t, d.env, "serve")
	p.ready()
	return p
}

// reach waits until messages with these words have come to so many chats.
func (d *ward) reach(n int, words ...string) {
	d.t.Helper()
	limit, before := time.After(2*patience), 0
	for {
		got := 0
		for _, w := range words {
			got += d.received(w)
		}
		if got >= n {
			return
		}
		if got > before {
			limit, before = time.After(2*patience), got
		}
		select {
		case <-limit:
			d.t.Fatalf("nothing is sent any more after %d of %d:\n%s\n%s", got, n, d.replicas[0].log, d.replicas[1].log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// reported waits until the owner has got the report of a broadcast.
func (d *ward) reported() {
	d.t.Helper()
	// After many kills a good part of it is still to be sent.
	ctx, cancel := context.WithTimeout(d.t.Context(), 5*patience+time.Duration(len(d.crowd.chats))*100*time.Millisecond)
	defer cancel()
	err := d.telegram.WaitFor(ctx, func(events []sandbox.Event) bool {
		return slices.ContainsFunc(events, func(e sandbox.Event) bool { return e.ChatID == ownerID && strings.Contains(e.Text, "Audience:") })
	})
	if err != nil {
		d.t.Fatalf("%v\n%s\n%s", err, d.replicas[0].log, d.replicas[1].log)
	}
}

// welcome is what is due to everybody at the start.
const welcome = "Needling was step 1"

// end stops both and compares what Telegram got with what they believe: interrupted
// is how often a process was cut off in the middle of its work.
func (d *ward) end(interrupted int) {
	d.t.Helper()
	for _, p := range d.replicas {
		if status := p.signal(syscall.SIGTERM); status != exitDone {
			d.t.Errorf("status %d\n%s", status, p.log)
		}
	}
	stats := d.telegram.Stats()
	repeated := d.crowd.tally(d.t, d.world)
	d.t.Logf("%d messages, %d came twice, cut off %d times, at most %d within a second", stats.Messages, repeated, interrupted, stats.MaxPerSecond)
	if repeated > interrupted*inFlightMost {
		d.t.Errorf("%d messages came twice", repeated)
	}
	if stats.TooMany > 0 {
		d.t.Errorf("Telegram refused %d messages for their pace", stats.TooMany)
	}
	d.crowd.each(d.t, d.world, welcome, 1, 1+interrupted)
}

// TestKilledReplicas kills one of two processes at random moments, while messages
// are due to many and then a broadcast goes out.
func TestKilledReplicas(t *testing.T) {
	t.Parallel()
	const news = "Open on Friday too"
	d := wardOf(t, 24*kills(t), strict)
	d.says(d.owner, "/broadcast "+news)
	d.taps(d.owner, "Send to")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 3))
	all := 2 * len(d.crowd.chats)
	killed, goal := 0, 0
	for {
		goal += 1 + chance.IntN(5*all/(4*kills(t)))
		if killed == kills(t) || goal >= all-inFlightMost*killed {
			break // a few of the broadcast may be in doubt
		}
		d.reach(goal, welcome, news)
		i := chance.IntN(2)
		kill(d.replicas[i])
		d.died()
		d.replicas[i] = d.launch()
		killed++
	}
	if killed == 0 {
		t.Fatal("nobody was killed")
	}
	d.reported()
	d.end(killed)
	worst := d.crowd.worst(t, d.world)
	t.Logf("at most %d came twice because of one kill", worst)
	if worst > inFlightMost {
		t.Errorf("%d came twice because of one kill", worst)
	}
	d.crowd.broadcastOnce(t, d.world, news, killed)
}

// TestReplicaTakesOverPolling kills the process that hears the patients, and
// restarts the database, while messages are due.
func TestReplicaTakesOverPolling(t *testing.T) {
	t.Parallel()
	d := wardOf(t, shorter(400, 250), strict)
	ana := d.telegram.Person(d.crowd.chats[0], "P")
	answered := func() time.Duration {
		t.Helper()
		begun, told := time.Now(), plansTold(d.telegram.Transcript(), ana)
		d.says(ana, "/plan")
		d.wait(func(events []sandbox.Event) bool { return plansTold(events, ana) > told })
		return time.Since(begun)
	}
	d.reach(30, welcome)
	answered()
	kill(d.replicas[0])
	t.Logf("the poller was killed; the other one answered after %s", answered().Round(time.Millisecond))
	d.replicas[0] = d.launch()
	d.reach(200, welcome)
	d.server.Halt()
	if err := d.server.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("the database was restarted; the next answer took %s", answered().Round(time.Millisecond))
	d.reach(len(d.crowd.chats), welcome)
	// Both lose the database at once, each with what it had in flight.
	d.end(1 + 2)
}

// TestReplicaSuspended stops one process as a debugger or a hypervisor does, until
// the other has taken its work and its share, and lets it go on.
func TestReplicaSuspended(t *testing.T) {
	t.Parallel()
	d := wardOf(t, shorter(500, 350), strict)
	d.reach(30, welcome)
	d.replicas[0].send(syscall.SIGSTOP)
	d.replicas[1].log.wait(t, `sharing the work" replicas=1 share=25`)
	d.reach(d.received(welcome)+75, welcome) // three seconds at the full pace
	d.replicas[0].send(syscall.SIGCONT)
	d.replicas[0].log.wait(t, `replicas=2 [^\n]*\n(?s:.*)replicas=2 `)
	d.reach(len(d.crowd.chats), welcome)
	d.end(1)
}

// crossroads passes what Telegram posts on to several processes in turn, and answers for
// one that is away.
type crossroads struct {
	mu   sync.Mutex
	to   []*httputil.ReverseProxy
	next int
}

// lead sends what comes from now on to processes.
func (c *crossroads) lead(processes ...*process) {
	var to []*httputil.ReverseProxy
	for _, p := range processes {
		listen, _ := p.ready()
		to = append(to, &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(&url.URL{Scheme: "http", Host: strings.TrimPrefix(listen, "http://")})
			},
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.to = to
}

// ServeHTTP passes one request on.
func (c *crossroads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.next++
	to := c.to
	n := c.next
	c.mu.Unlock()
	if len(to) == 0 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	to[n%len(to)].ServeHTTP(w, r)
}

// TestReplicasWithAWebhook lets updates be posted to two processes in turn, and kills one
// while everybody writes: everybody is answered.
func TestReplicasWithAWebhook(t *testing.T) {
	t.Parallel()
	var c crossroads
	door := httptest.NewServer(&c)
	t.Cleanup(door.Close)
	d := wardOf(t, 60, sandbox.Rates{}, "AFTERNEEDLE_WEBHOOK_URL", door.URL+"/telegram", "AFTERNEEDLE_WEBHOOK_SECRET", "s3cr3t")
	c.lead(d.replicas[:]...)
	d.reach(len(d.crowd.chats), welcome)
	for _, chat := range d.crowd.chats {
		if _, err := d.telegram.Person(chat, "P").Says("/pain 3"); err != nil {
			t.Fatal(err)
		}
	}
	const kept = "I keep 3 out of 10"
	d.reach(20, kept)
	kill(d.replicas[0])
	d.reach(len(d.crowd.chats), kept)
	d.done(nil)
	d.replicas[0] = d.launch()
	c.lead(d.replicas[:]...)
	for _, chat := range d.crowd.chats {
		if _, err := d.telegram.Person(chat, "P").Says("/pain 4"); err != nil {
			t.Fatal(err)
		}
	}
	d.reach(len(d.crowd.chats), "I keep 4 out of 10")
	d.done(nil)
	d.end(1)
	d.crowd.each(t, d.world, kept, 1, 2)
	d.crowd.each(t, d.world, "I keep 4 out of 10", 1, 1)
	for i, p := range d.replicas {
		if strings.Contains(p.log.String(), "s3cr3t") {
			t.Errorf("the secret is in the log of process %d", i)
		}
	}
}

// postgresServer starts a PostgreSQL server for a test; without one on this machine
// the test is skipped.
func postgresServer(t *testing.T) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Start(t.Context())
	if errors.Is(err, pgserver.ErrNone) && os.Getenv("AFTERNEEDLE_TEST_ALL") == "" {
		t.Skip("skipped: " + err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
