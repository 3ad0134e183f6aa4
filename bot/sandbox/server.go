package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options says which bot the server knows and by which clock it lives.
type Options struct {
	// Token of the bot; empty means [DefaultToken]. The digits before the
	// colon are the bot's own user id.
	Token string
	// Username of the bot without "@"; empty means "sandbox_bot".
	Username string
	// Now is the clock for everything dated. Required.
	Now func() time.Time
	// Rates are the limits to enforce; the zero value only counts.
	Rates Rates
	// AnswerDelay is how long, in real time, every answer except that of
	// getUpdates is held back, as a distant server would.
	AnswerDelay time.Duration
	// Addr is where to listen; empty means a free port of 127.0.0.1.
	Addr string
	// Seed makes the random ids repeatable.
	Seed uint64
	// WebhookClient delivers updates to a webhook; nil means a client of the
	// server's own with a limit of 10 seconds.
	WebhookClient *http.Client
}

// DefaultToken is the token of the bot when Options names none.
const DefaultToken = "1000000001:sandbox"

// Server is one running Bot API server with one bot. All its methods, and
// those of its people and groups, may be called from several goroutines.
type Server struct {
	token  string
	bot    wireUser
	now    func() time.Time
	delay  time.Duration
	client *http.Client
	addr   string
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // the listener, the handlers and the webhook loop

	mu          sync.Mutex // guards everything below
	web         *http.Server
	closed      bool
	down        bool
	rng         *rand.Rand
	chats       map[int64]*chat
	people      map[int64]*Person
	lastMessage int
	files       fileStore
	commands    map[string][]wireCommand
	callbacks   map[string]callback
	queue       queue
	poll        *longPoll
	hook        webhook
	rates       limiter
	calls       map[string]int
	faults      []*Armed
	events      []Event
	refusals    []Refusal
	connected   map[net.Conn]bool
	changed     notifier // the transcript, the queue or the connections moved
}

// Start listens and serves until Close. It fails when Options is incomplete
// or the address is taken.
func Start(o Options) (*Server, error) {
	if o.Now == nil {
		return nil, errors.New("sandbox: Options.Now is missing: expected the clock to live by")
	}
	if o.Token == "" {
		o.Token = DefaultToken
	}
	if o.Username == "" {
		o.Username = "sandbox_bot"
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	digits, _, _ := strings.Cut(o.Token, ":")
	botID, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil, errors.New("sandbox: Options.Token is malformed: expected digits, a colon and a secret")
	}
	if o.WebhookClient == nil {
		o.WebhookClient = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		token:     o.Token,
		bot:       wireUser{ID: botID, IsBot: true, FirstName: o.Username, Username: o.Username},
		now:       o.Now,
		delay:     o.AnswerDelay,
		client:    o.WebhookClient,
		ctx:       ctx,
		cancel:    cancel,
		rng:       rand.New(rand.NewPCG(o.Seed, 0x5eed)),
		chats:     map[int64]*chat{},
		people:    map[int64]*Person{},
		files:     fileStore{byID: map[string]*file{}},
		commands:  map[string][]wireCommand{},
		callbacks: map[string]callback{},
		rates:     newLimiter(o.Rates),
		calls:     map[string]int{},
		connected: map[net.Conn]bool{},
		changed:   newNotifier(),
	}
	s.queue = newQueue(s.randomUpdateID())
	ln, err := net.Listen("tcp", o.Addr)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.addr = ln.Addr().String()
	s.serve(ln)
	return s, nil
}

func (s *Server) serve(ln net.Listener) {
	web := &http.Server{
		Handler:           http.HandlerFunc(s.serveHTTP),
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ConnState:         s.track,
	}
	s.web = web
	s.wg.Go(func() { _ = web.Serve(ln) })
}

// track notes which connections are open.
func (s *Server) track(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.connected[conn] = true
		s.changed.wake()
	case http.StateClosed, http.StateHijacked:
		delete(s.connected, conn)
		s.changed.wake()
	case http.StateActive, http.StateIdle:
	}
}

// URL is the base address: a method is called at URL()/bot<token>/<method>.
func (s *Server) URL() string { return "http://" + s.addr }

// Token is the bot's token.
func (s *Server) Token() string { return s.token }

// Close ends every open request, also a long poll, and waits until nothing of
// the server runs any more.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	web := s.web
	s.mu.Unlock()
	s.cancel()
	_ = web.Close()
	s.wg.Wait()
	s.client.CloseIdleConnections()
}

// GoDown makes the server unreachable: open connections break and new ones
// are refused. People can still act; their updates wait for ComeBack.
func (s *Server) GoDown() {
	s.mu.Lock()
	s.down = true
	web := s.web
	s.mu.Unlock()
	_ = web.Close()
}

// ComeBack ends GoDown on the same address. It fails when somebody else has
// taken the address meanwhile.
func (s *Server) ComeBack() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down || s.closed {
		return nil
	}
	ln, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	s.serve(ln)
	s.down = false
	s.changed.wake()
	return nil
}

// notifier wakes everybody who waits for a change. Its owner's lock guards it.
type notifier struct{ ch chan struct{} }

func newNotifier() notifier { return notifier{ch: make(chan struct{})} }

// next is closed at the next change.
func (n *notifier) next() <-chan struct{} { return n.ch }

func (n *notifier) wake() {
	close(n.ch)
	n.ch = make(chan struct{})
}

// waitUntil blocks until done, called under the lock, says true.
func (s *Server) waitUntil(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		ok := done()
		next := s.changed.next()
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return errors.New("sandbox: the server was closed")
		}
	}
}
