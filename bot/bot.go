package bot

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"afterneedle/content"
	"afterneedle/rehab"
)

// Settings are the clinic's.
type Settings struct {
	APIURL     string
	Token      string
	Clinic     string
	Emergency  string
	ClinicZone *time.Location
	Owners     []int64 // Telegram user ids
	Rate       int     // messages a second, for how long a broadcast takes
	// Burst is how many updates one person may send at once, and then one a second;
	// a clinician ten times as many. 0 sets no limit.
	Burst int
	// Dated says that what people write bears the time of the program's clock. In a
	// rehearsal nobody promises that.
	Dated bool
	// WebhookURL is where Telegram posts updates, with the secret; empty when it
	// is polled.
	WebhookURL, WebhookSecret string
	// Watch hears what happens on the way in, from several goroutines at the same
	// time, which wait for it; nil when nobody watches.
	Watch func(Event)
}

// Event is what a Watch hears.
type Event string

const (
	UpdateHandled  Event = "handled"   // had its effect
	UpdateIgnored  Event = "ignored"   // was one too many from its chat
	UpdateSetAside Event = "set_aside" // was given up
	Throttled      Event = "throttled" // Telegram asked for a wait, whatever the call
)

// Bot talks with patients and clinicians.
type Bot struct {
	set     Settings
	client  *client
	store   Store
	deliver Deliverer
	content *content.Content
	clock   Clock
	log     *slog.Logger
	flood   *flood
	asides  asides

	name string // the bot's user name, for links

	mu  sync.Mutex
	ctx context.Context // ends every call that is under way
}

// New returns a bot that has not called Telegram yet.
func New(set Settings, store Store, texts *content.Content, clock Clock, log *slog.Logger) *Bot {
	b := &Bot{
		set: set, store: store, content: texts.WithClinic(set.Clinic, set.Emergency), clock: clock, log: log,
		flood: newFlood(set.Burst), ctx: context.Background(),
	}
	if b.set.Watch == nil {
		b.set.Watch = func(Event) {}
	}
	b.client = b.watched(newClient(set.APIURL, set.Token, b.context))
	return b
}

// watched lets the bot's Watch hear of the waits that Telegram asks a client for.
func (b *Bot) watched(c *client) *client {
	c.web.throttled = func() { b.set.Watch(Throttled) }
	return c
}

// ErrToken says that Telegram does not know the token.
var ErrToken = errors.New("telegram refuses the token")

// Name is the bot's user name, once it has connected.
func (b *Bot) Name() string { return b.name }

// OwnerLink makes a one-time link that makes its first visitor the owner; none when
// somebody owns the clinic. Those of earlier starts end with it, unless the clinic is
// shared: then they may be of processes that live. The first one that is used ends the
// others.
func (b *Bot) OwnerLink(ctx context.Context, shared bool) (string, error) {
	payload, now, owned := rand.Text(), b.clock.Now(), false
	_, err := b.store.Do(ctx, now, 0, func(tx Tx) error {
		all, err := tx.Clinicians()
		owned = slices.ContainsFunc(all, func(c rehab.Clinician) bool { return c.Role == rehab.RoleOwner })
		if err != nil || owned {
			return err
		}
		if !shared {
			if err := tx.DropOwnerInvites(); err != nil {
				return err
			}
		}
		return tx.AddInvite(payload, rehab.Invite{Role: rehab.RoleOwner, ExpiresAt: now.Add(ownerLinkLife)})
	})
	if err != nil || owned {
		return "", err
	}
	return b.link(payload), nil
}

const ownerLinkLife = time.Hour

// SettleOwners lets the settings decide who owns the clinic, where they name
// anybody: clinicians whom they name become owners, and owners whom they do not
// name become clinicians. Whoever is named and unknown yet becomes an owner with
// the first message.
func (b *Bot) SettleOwners(ctx context.Context) error {
	if len(b.set.Owners) == 0 {
		return nil
	}
	changed := make(map[int64]rehab.Role)
	_, err := b.store.Do(ctx, b.clock.Now(), 0, func(tx Tx) error {
		all, err := tx.Clinicians()
		for _, c := range all {
			role := rehab.RoleClinician
			if slices.Contains(b.set.Owners, c.ChatID) {
				role = rehab.RoleOwner
			}
			if c.Role == role {
				continue
			}
			c.Role, changed[c.ChatID] = role, role
			if _, err := tx.AddClinician(c); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for chat, role := range changed {
		b.log.Info("the settings decide the role", "chat", chat, "role", role)
		names := clinicianCommands
		if role == rehab.RoleOwner {
			names = ownerCommands
		}
		if err := b.setCommands(chat, names); err != nil {
			b.log.Warn("commands not listed", "err", err)
		}
	}
	return nil
}

// DeliverWith sets who sends what is due at once.
func (b *Bot) DeliverWith(d Deliverer) { b.deliver = d }

func (b *Bot) context() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ctx
}

// Connect learns the bot's own name, makes sure that updates can be polled for
// unless there is a webhook, and lists the commands. Calls of the bot end with ctx from now on. A refused
// token is ErrToken.
func (b *Bot) Connect(ctx context.Context) error {
	b.mu.Lock()
	b.ctx = ctx
	b.mu.Unlock()
	var me struct {
		Username string `json:"username"`
	}
	if err := b.client.call("getMe", nil, &me); err != nil {
		if tokenRefused(err) {
			return ErrToken
		}
		return fmt.Errorf("getMe: %w", err)
	}
	b.name = me.Username
	if b.set.WebhookURL == "" {
		if err := b.client.deleteWebhook(); err != nil {
			return fmt.Errorf("deleteWebhook: %w", err)
		}
	}
	return b.setCommands(0, patientCommands)
}

// link is the deep link for an invitation.
func (b *Bot) link(payload string) string {
	return "https://t.me/" + b.name + "?start=" + payload
}

var patientCommands = []string{
	"today", "plan", "pain", "done", "skip", "why", "faq", "contact", "privacy", "forget", "stop", "help",
}

var clinicianCommands = []string{
	"newpatient", "import", "session", "patients", "patient", "brief", "alerts", "hold", "release", "load", "track",
	"zone", "mode", "discharge", "timeline", "history", "message", "broadcast", "broadcasts", "share", "handover", "digest", "help",
}

var ownerCommands = append([]string{"invite", "clinicians"}, clinicianCommands...)

// setCommands lists commands for one chat, or, with chat 0, for all private
// ones.
func (b *Bot) setCommands(chat int64, names []string) error {
	type command struct {
		Command     string `json:"command"`
		Description string `json:"description"`
	}
	var list []command
	for _, name := range names {
		text, err := b.content.Text("command."+name, nil)
		if err != nil {
			return err
		}
		list = append(list, command{name, plainLabel(text)})
	}
	scope := map[string]any{"type": "all_private_chats"}
	if chat != 0 {
		scope = map[string]any{"type": "chat", "chat_id": chat}
	}
	return b.client.call("setMyCommands", map[string]any{"commands": list, "scope": scope}, nil)
}

// Handle does what one update asks for, in one transaction, and sends what
// follows from it. It returns an error only when the update should be fetched
// again.
func (b *Bot) Handle(ctx context.Context, id int64, raw json.RawMessage) (err error) {
	var u update
	if err := json.Unmarshal(raw, &u); err != nil {
		b.log.Error("update cannot be read", "update", id)
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			stack := debug.Stack()
			if there, ok := r.(interface{ Stack() []byte }); ok { // in a transaction
				stack = there.Stack()
			}
			b.log.Error("update panics", "update", id, "stack", string(stack))
			err = fmt.Errorf("update %d: panic: %v", id, r)
		}
	}()
	over := b.flood.over(u.from(), u.sentAt(b.clock.Now()))
	if u.Callback != nil && (!over || b.cannotWait(&u)) {
		// The tap is answered at once, before anything slow; an answer that
		// comes too late does not matter.
		_ = b.client.call("answerCallbackQuery", map[string]any{"callback_query_id": u.Callback.ID}, nil)
	}
	var file *attachment
	if !over {
		if file, err = b.fetch(ctx, &u); err != nil {
			return fmt.Errorf("update %d: %w", id, err)
		}
	}
	t, due, err := b.turn(ctx, id, turn{update: &u, file: file, over: over})
	for tries := 0; errors.Is(err, errOvertaken) && tries < overtakenMost; tries++ {
		pause(ctx, overtakenPause)
		t, due, err = b.turn(ctx, id, turn{update: &u, file: file, over: over})
	}
	if err != nil {
		return fmt.Errorf("update %d: %w", id, err)
	}
	if t != nil {
		b.count(t, id)
		b.afterCommit(t)
	}
	if err := b.deliver.SendNow(ctx, due); err != nil {
		// They stay in the outbox, and the next tick sends them.
		b.log.Error("replies not sent at once", "err", err)
	}
	return nil
}

// errOvertaken is a tap on a question of which the store does not know yet that it
// has been sent.
var errOvertaken = errors.New("the question is still on its way")

// How often, and after what real time, such a tap is looked at again. Later it comes
// again like any update that could not be handled.
const (
	overtakenMost  = 20
	overtakenPause = 50 * time.Millisecond
)

// turn does what the update of a fresh turn asks for in one transaction, and returns
// what is due by it. The turn is nil when the update was handled before.
func (b *Bot) turn(ctx context.Context, id int64, fresh turn) (t *turn, due []int64, err error) {
	fresh.bot = b
	due, err = b.store.Do(ctx, b.clock.Now(), id, func(tx Tx) error {
		again := fresh
		t = &again
		t.tx, t.now = tx, tx.Now()
		return t.run()
	})
	return t, due, err
}

// afterCommit does what leaves no trace in the database.
func (b *Bot) afterCommit(t *turn) {
	for _, words := range t.direct {
		if _, err := b.post(t.chat, 0, words, nil); err != nil {
			b.log.Warn("last words not sent", "err", err)
		}
	}
	if t.commandsFor != 0 {
		if err := b.setCommands(t.commandsFor, t.commands); err != nil {
			b.log.Warn("commands not listed", "err", err)
		}
	}
}
