package bot

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// sideBySide is how many chats are dealt with at the same time.
const sideBySide = 16

// fetched is one update of a batch.
type fetched struct {
	id   int64
	chat int64
	raw  json.RawMessage
}

// readBatch reads the ids of updates and the chats that they are from, and leaves
// out what has no id.
func (p *Poller) readBatch(raw []json.RawMessage) []fetched {
	var batch []fetched
	for _, one := range raw {
		var head struct {
			ID int64 `json:"update_id"`
		}
		if err := json.Unmarshal(one, &head); err != nil || head.ID == 0 {
			p.log.Error("update without an id")
			continue
		}
		var u update
		_ = json.Unmarshal(one, &u) // one that cannot be read belongs to no chat
		batch = append(batch, fetched{head.ID, u.from(), one})
	}
	return batch
}

// chains parts a batch by chats; each keeps the order of the batch.
func chains(batch []fetched) [][]fetched {
	var list [][]fetched
	place := make(map[int64]int)
	for _, u := range batch {
		i, known := place[u.chat]
		if !known {
			i = len(list)
			place[u.chat] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], u)
	}
	return list
}

// handleBatch handles updates: one at a time for each chat, and several chats side
// by side, so that nobody waits for the answers to somebody else. An update that
// could not be handled stops its chat and is returned as an error.
func (p *Poller) handleBatch(ctx context.Context, batch []fetched) error {
	var group errgroup.Group
	group.SetLimit(sideBySide)
	for _, chain := range chains(batch) {
		group.Go(func() error {
			for _, u := range chain {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := p.handleOne(ctx, u); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (p *Poller) handleOne(ctx context.Context, u fetched) error {
	err := p.handle(context.WithoutCancel(ctx), u.id, u.raw)
	if err != nil && !p.setAside(ctx, u.id, err) {
		return fmt.Errorf("%w: %w", errUnhandled, err)
	}
	p.forgetTries(u.id)
	return nil
}

// triesMost is how often an update is handled before it is set aside.
const triesMost = 3

// setAside gives up an update that has failed so often that the others must not
// wait for it any longer, and reports whether it did. While the store cannot be
// written to, the fault is not the update's.
func (p *Poller) setAside(ctx context.Context, id int64, err error) bool {
	if p.note(ctx, 0) != nil {
		return false
	}
	if p.failedAgain(id) < triesMost || p.note(ctx, id) != nil {
		return false
	}
	p.log.Error("update set aside", "update", id, "err", err)
	return true
}

// failedAgain counts how often an update could not be handled.
func (p *Poller) failedAgain(id int64) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries[id]++
	return p.tries[id]
}

func (p *Poller) forgetTries(id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tries, id)
}
