package store

import (
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

// pauseRow says until when a chat is left alone by everybody: after a message, and
// while Telegram has closed it. allChats stands for the whole bot; of a process that is
// alone it says when the last message went out, and nothing else is kept.
type pauseRow struct {
	ChatID      int64 `gorm:"primaryKey;autoIncrement:false"`
	QuietUntil  instant
	ClosedUntil instant
	ClosedAt    instant
}

func (pauseRow) TableName() string { return "pauses" }

const allChats = 0

// storm is the time in which a second closed chat stands for all of them.
const storm = 2 * time.Second

// pause lets the other processes know which chats were written to or closed. A
// process that is alone remembers it by itself, and tells the one that comes after it
// when the last message went out.
func (t *Tx) pause(held []settling) error {
	if !t.store.shared() {
		if !slices.ContainsFunc(held, func(x settling) bool { return !x.Quiet.IsZero() }) {
			return nil
		}
		return t.sentUntilNow()
	}
	rows := make(map[int64]pauseRow)
	closed := pauseRow{}
	for _, x := range held {
		if x.Quiet.IsZero() {
			continue
		}
		row := pauseRow{ChatID: x.flight.ChatID, QuietUntil: at(x.Quiet)}
		if x.Outcome.Kind == rehab.OutcomeThrottled {
			row.ClosedUntil, row.ClosedAt = at(x.RetryAt), at(t.now)
			closed = row
		}
		if known := rows[row.ChatID]; known.ClosedUntil <= row.ClosedUntil {
			rows[row.ChatID] = row
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if closed.ChatID != 0 {
		var others int64
		for _, r := range rows {
			if r.ClosedUntil != 0 && r.ChatID != closed.ChatID {
				others++
			}
		}
		var before int64
		err := t.db.Model(&pauseRow{}).Where("chat_id NOT IN ? AND closed_at > ?", []int64{allChats, closed.ChatID}, at(t.now.Add(-storm))).
			Count(&before).Error
		if err != nil {
			return err
		}
		if others+before > 0 {
			rows[allChats] = pauseRow{ClosedUntil: closed.ClosedUntil, ClosedAt: closed.ClosedAt}
		}
	}
	list := make([]pauseRow, 0, len(rows))
	for _, r := range rows {
		list = append(list, r)
	}
	later := func(column string) clause.Assignment {
		return clause.Assignment{
			Column: clause.Column{Name: column}, Value: clause.Expr{SQL: "GREATEST(pauses." + column + ", excluded." + column + ")"},
		}
	}
	return t.db.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "chat_id"}},
		DoUpdates: clause.Set{later("quiet_until"), later("closed_until"), later("closed_at")},
	}).CreateInBatches(&list, rowBatch).Error
}

// sentUntilNow notes of a process that is alone that something may have gone out by now.
func (t *Tx) sentUntilNow() error {
	return t.db.Exec(`INSERT INTO pauses (chat_id, quiet_until, closed_until, closed_at) VALUES (?, ?, 0, 0)
		ON CONFLICT (chat_id) DO UPDATE SET quiet_until = excluded.quiet_until`, allChats, at(t.now)).Error
}

// pauses are the chats that are left alone now. Those whose time is over are
// forgotten.
func (t *Tx) pauses() (quiet, closed map[int64]bool, err error) {
	quiet, closed = make(map[int64]bool), make(map[int64]bool)
	if !t.store.shared() {
		return quiet, closed, nil
	}
	now := at(t.now)
	if err := t.db.Where("quiet_until <= ? AND closed_until <= ? AND closed_at <= ?", now, now, at(t.now.Add(-storm))).Delete(&pauseRow{}).Error; err != nil {
		return nil, nil, err
	}
	var rows []pauseRow
	err = t.db.Find(&rows).Error
	for _, r := range rows {
		quiet[r.ChatID] = r.QuietUntil > now
		closed[r.ChatID] = r.ClosedUntil > now
	}
	return quiet, closed, err
}
