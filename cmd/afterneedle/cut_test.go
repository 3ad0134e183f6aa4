package main

import (
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/store/pgserver"
)

// cable is the network between a program and its PostgreSQL server. It can be cut:
// then nothing arrives any more in either direction, and nobody is told.
type cable struct {
	server string // its socket
	listen net.Listener

	mu    sync.Mutex
	whole chan struct{} // closed while it is not cut
}

// lay connects a program over TCP; the URL is what it uses.
func lay(t *testing.T, s *pgserver.Server) (c *cable, database string) {
	t.Helper()
	u, err := url.Parse(s.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	c = &cable{server: filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"), whole: make(chan struct{})}
	close(c.whole)
	if c.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.listen.Close() })
	go func() {
		for {
			conn, err := c.listen.Accept()
			if err != nil {
				return
			}
			go c.connect(conn)
		}
	}()
	return c, "postgres://postgres@" + c.listen.Addr().String() + "/postgres?sslmode=disable"
}

func (c *cable) connect(program net.Conn) {
	c.wait()
	server, err := net.Dial("unix", c.server)
	if err != nil {
		_ = program.Close()
		return
	}
	go c.carry(program, server)
	c.carry(server, program)
}

// carry copies until one side is gone.
func (c *cable) carry(to, from net.Conn) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		c.wait()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *cable) wait() {
	c.mu.Lock()
	whole := c.whole
	c.mu.Unlock()
	<-whole
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = make(chan struct{})
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.whole)
}

// behind starts a program behind a cable, with n patients to whom a message is due.
func behind(t *testing.T, n int) (*world, *cable, *crowd) {
	t.Helper()
	server := postgresServer(t)
	w := before(t)
	c, database := lay(t, server)
	w.env = w.env.with("DATABASE_URL", server.URL(""))
	crowd := populate(t, w, awake(t), n, false)
	w.env = w.env.with("DATABASE_URL", database)
	w.start()
	return w, c, crowd
}

// TestDatabaseIsCutOff cuts the network to the database while messages are due to
// many and somebody writes, until the program says that it is not ready, and mends it.
func TestDatabaseIsCutOff(t *testing.T) {
	t.Parallel()
	w, c, crowd := behind(t, 300)
	w.welcomed(30)
	c.cut()
	ana := w.telegram.Person(crowd.chats[0], "P")
	if _, err := ana.Says("/plan"); err != nil {
		t.Fatal(err)
	}
	w.until("/readyz", http.StatusServiceUnavailable)
	w.until("/healthz", http.StatusServiceUnavailable)
	if n := w.telegram.PendingUpdates(); n == 0 {
		t.Error("what could not be stored is confirmed to Telegram")
	}
	cut := time.Now()
	c.mend()
	w.until("/readyz", http.StatusOK)
	w.until("/healthz", http.StatusOK)
	t.Logf("ready %s after the network is back", time.Since(cut).Round(time.Millisecond))
	w.done(nil)
	w.wait(func(events []sandbox.Event) bool { return plansTold(events, ana) == 1 })
	w.welcomed(len(crowd.chats))
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d", status)
	}
	if repeated := crowd.tally(t, w); repeated > inFlightMost {
		t.Errorf("%d messages came twice", repeated)
	}
	crowd.each(t, w, welcome, 1, 2)
}

// plansTold is how often somebody was told their plan. What is due to them may come behind
// it.
func plansTold(events []sandbox.Event, p *sandbox.Person) int {
	return told(events, "Your plan", p.ID())
}

// TestStopWhileTheDatabaseIsCutOff stops the program when its database does not answer
// any more: it does not wait for it.
func TestStopWhileTheDatabaseIsCutOff(t *testing.T) {
	t.Parallel()
	w, c, crowd := behind(t, 100)
	w.welcomed(10)
	c.cut()
	if _, err := w.telegram.Person(crowd.chats[0], "P").Says("/plan"); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d\n%s", status, w.proc.log)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("stopping took %s", took)
	}
	c.mend()
}

// welcomed waits until so many patients have got what is due to them at the start.
func (w *world) welcomed(n int) {
	w.t.Helper()
	limit := time.After(patience)
	for w.received(welcome) < n {
		select {
		case <-limit:
			w.t.Fatalf("%d of %d were sent:\n%s", w.received(welcome), n, w.proc.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
