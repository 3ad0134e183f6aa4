package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"afterneedle/rehab"
)

// asideEvery is the least time between two messages to an owner about updates that
// were set aside.
const asideEvery = time.Hour

// asides is what the owners hear about updates that were set aside. It is in
// memory: a new start may tell them a little sooner.
type asides struct {
	mu   sync.Mutex
	last asideNews
}

// asideNews is one message to the owners; until it is due it can still count more.
type asideNews struct {
	due   time.Time
	count int
	ids   []int64 // of its deliveries
}

// setAside remembers an update as handled, although it never was, and says so, in
// one transaction: to whoever sent it, who may be in danger and waits for an answer,
// and to the owners at once, and about what comes within the hour after that
// together at its end.
func (b *Bot) setAside(ctx context.Context, u fetched) error {
	due, err := b.asideWithNews(ctx, u)
	if err != nil {
		// The others must not wait for ever because nobody can be told.
		b.log.Error("nobody told of an update set aside", "update", u.id, "err", err)
		if err := b.noted(ctx, u.id); err != nil {
			return err
		}
	}
	b.set.Watch(UpdateSetAside)
	if err := b.deliver.SendNow(ctx, due); err != nil {
		b.log.Error("replies not sent at once", "err", err)
	}
	return nil
}

func (b *Bot) asideWithNews(ctx context.Context, u fetched) (due []int64, err error) {
	b.asides.mu.Lock()
	defer b.asides.mu.Unlock()
	news := b.asides.last
	due, err = b.store.Do(ctx, b.clock.Now(), u.id, func(tx Tx) error {
		var err error
		if news, err = b.tellOwners(tx, b.asides.last); err != nil || u.chat <= 0 {
			return err // or it came from a group, or from nowhere
		}
		t := &turn{bot: b, tx: tx, now: tx.Now(), chat: u.chat}
		t.line("stumbled")
		return t.err
	})
	if err == nil {
		b.asides.last = news
	}
	return due, err
}

// noted remembers an update as handled; with id 0 it only tells whether the store
// can be written to.
func (b *Bot) noted(ctx context.Context, id int64) error {
	_, err := b.store.Do(ctx, b.clock.Now(), id, func(Tx) error { return nil })
	return err
}

// tellOwners counts one more update in the message that waits, or plans the next.
func (b *Bot) tellOwners(tx Tx, last asideNews) (asideNews, error) {
	now := tx.Now()
	if last.due.After(now) {
		last.count++
		words, err := b.asideWords(last.count)
		for _, id := range last.ids {
			if lost := tx.SetBody(id, words.Body); !errors.Is(lost, errNotFound) {
				err = errors.Join(err, lost)
			}
		}
		return last, err
	}
	next := asideNews{due: now, count: 1}
	if !last.due.IsZero() {
		next.due = later(now, last.due.Add(asideEvery))
	}
	words, err := b.asideWords(next.count)
	if err != nil {
		return last, err
	}
	all, err := tx.Clinicians()
	for _, c := range all {
		if c.Role != rehab.RoleOwner || !c.RemovedAt.IsZero() {
			continue
		}
		words.ChatID, words.DueAt = c.ChatID, next.due
		id, failed := tx.Say(words)
		next.ids, err = append(next.ids, id), errors.Join(err, failed)
	}
	return next, err
}

// asideWords is the message about so many updates. It says nothing of what was in
// them.
func (b *Bot) asideWords(count int) (rehab.Delivery, error) {
	text, err := b.content.Text("alert.updates", map[string]any{"n": count})
	if err != nil {
		return rehab.Delivery{}, err
	}
	return body{Text: text}.delivery(0, rehab.KindReply)
}
