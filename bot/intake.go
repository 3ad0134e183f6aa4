package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// updateKinds are the updates that we want. Telegram remembers the last list,
// so that it is sent at every start.
var updateKinds = []string{"message", "edited_message", "callback_query", "my_chat_member"}

// intake handles updates, whatever way they come: one at a time for each chat.
type intake struct {
	handle func(ctx context.Context, id int64, raw json.RawMessage) error
	// note remembers an update as set aside; with none it only tells whether the
	// store can be written to.
	note func(ctx context.Context, u fetched) error
	log  *slog.Logger
	// slots bounds how many updates are dealt with at the same time.
	slots chan struct{}

	mu      sync.Mutex
	tries   map[int64]int // how often an update could not be handled
	chats   map[int64]*chatTurn
	inHand  int           // batches that were fetched and are not handled yet
	changed chan struct{} // closed when inHand changes
}

// chatTurn is held by the one update of a chat that is being handled.
type chatTurn struct {
	mu      sync.Mutex
	waiting int // updates that hold it or wait for it
}

// intake returns what handles the updates of this bot.
func (b *Bot) intake() *intake {
	note := func(ctx context.Context, u fetched) error {
		if u.id == 0 {
			return b.noted(ctx, 0)
		}
		return b.setAside(ctx, u)
	}
	return newIntake(b.Handle, note, b.log)
}

func newIntake(
	handle func(context.Context, int64, json.RawMessage) error,
	note func(context.Context, fetched) error,
	log *slog.Logger,
) *intake {
	return &intake{
		handle: handle, note: note, log: log, slots: make(chan struct{}, sideBySide),
		tries: map[int64]int{}, chats: map[int64]*chatTurn{}, changed: make(chan struct{}),
	}
}

// fetched is one update.
type fetched struct {
	id   int64
	chat int64
	raw  json.RawMessage
}

// errNoID is an update that cannot even be told from others.
var errNoID = errors.New("update without an id")

// readUpdate reads the id of an update and the chat that it is from.
func readUpdate(raw json.RawMessage) (fetched, error) {
	var head struct {
		ID int64 `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.ID == 0 {
		return fetched{}, errNoID
	}
	var u update
	_ = json.Unmarshal(raw, &u) // one that cannot be read belongs to no chat
	return fetched{head.ID, u.from(), raw}, nil
}

// errUnhandled is an update that has to come again.
var errUnhandled = errors.New("an update could not be handled")

// sideBySide is how many chats are dealt with at the same time.
const sideBySide = 16

// one handles an update when those of its chat that came before are handled. Those
// that wait for their turn keep no other chat waiting.
func (in *intake) one(ctx context.Context, u fetched) error {
	defer in.takeTurn(u.chat)()
	in.slots <- struct{}{}
	defer func() { <-in.slots }()
	err := in.handle(context.WithoutCancel(ctx), u.id, u.raw)
	if err != nil && !in.setAside(ctx, u, err) {
		return fmt.Errorf("%w: %w", errUnhandled, err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.tries, u.id)
	return nil
}

// takeTurn waits until no other update of a chat is being handled.
func (in *intake) takeTurn(chat int64) (giveBack func()) {
	in.mu.Lock()
	turn := in.chats[chat]
	if turn == nil {
		turn = &chatTurn{}
		in.chats[chat] = turn
	}
	turn.waiting++
	in.mu.Unlock()
	turn.mu.Lock()
	return func() {
		turn.mu.Unlock()
		in.mu.Lock()
		defer in.mu.Unlock()
		if turn.waiting--; turn.waiting == 0 {
			delete(in.chats, chat)
		}
	}
}

// triesMost is how often an update is handled before it is set aside.
const triesMost = 3

// overtakenTries is the same for a tap on a question that is still on its way; they
// last about a minute.
const overtakenTries = 20

// setAside gives up an update that has failed so often that the others must not
// wait for it any longer, and reports whether it did. While the store cannot be
// written to, the fault is not the update's: a full disk may have room for a note
// that it was given up, and not for what it asks for. A tap waits longer for the
// question that it answers to be known as sent.
func (in *intake) setAside(ctx context.Context, u fetched, err error) bool {
	if errors.Is(err, ErrNotStored) || in.note(ctx, fetched{}) != nil {
		return false
	}
	most := triesMost
	if errors.Is(err, errOvertaken) {
		most = overtakenTries
	}
	if in.failedAgain(u.id) < most || in.note(ctx, u) != nil {
		return false
	}
	in.log.Error("update set aside", "update", u.id, "err", err)
	return true
}

// failedAgain counts how often an update could not be handled.
func (in *intake) failedAgain(id int64) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.tries[id]++
	return in.tries[id]
}

// took counts updates that are in hand from now on; a negative number gives
// them back.
func (in *intake) took(n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.inHand += n
	close(in.changed)
	in.changed = make(chan struct{})
}

// Idle waits until every update that was fetched has been handled, or ctx ends.
func (in *intake) Idle(ctx context.Context) error {
	for {
		in.mu.Lock()
		busy, changed := in.inHand > 0, in.changed
		in.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
