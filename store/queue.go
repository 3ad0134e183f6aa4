package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// lanes in the order in which they are claimed.
var lanes = [...]rehab.Lane{rehab.LaneReply, rehab.LaneTimed, rehab.LaneBulk}

// expireBatch bounds how many deliveries one claim finds expired.
const expireBatch = 500

// NextDue returns the next moment at which a delivery is due, a course changes by
// the passing of time or a broadcast goes on; ok is false when there is none. It only reads, and is
// as fast with a million deliveries as with one.
func (s *Store) NextDue(ctx context.Context) (next time.Time, ok bool, err error) {
	var found *instant
	err = s.ro.WithContext(ctx).Raw(`SELECT MIN(at) FROM (
		SELECT MIN(due_at) AS at FROM due WHERE lane = ?
		UNION ALL SELECT MIN(due_at) FROM due WHERE lane = ?
		UNION ALL SELECT MIN(due_at) FROM due WHERE lane = ?
		UNION ALL SELECT MIN(wake_at) FROM courses WHERE wake_at > 0
		UNION ALL SELECT MIN(wake_at) FROM broadcasts WHERE wake_at > 0
	) AS heads`, lanes[0], lanes[1], lanes[2]).Scan(&found).Error
	if err != nil || found == nil {
		return time.Time{}, false, err
	}
	return found.time(), true, nil
}

// Overdue counts the deliveries that are due by now and that nobody has claimed.
func (s *Store) Overdue(ctx context.Context, now time.Time) (int, error) {
	var n int64
	err := s.ro.WithContext(ctx).Model(&dueRow{}).Where("lane IN ? AND due_at <= ?", lanes, at(now)).Count(&n).Error
	return int(n), err
}

// WakeCourses lets time pass for courses that are due, limit at the most, and
// returns how many there were.
func (s *Store) WakeCourses(ctx context.Context, now time.Time, limit int) (int, error) {
	var waiting int64
	err := s.ro.WithContext(ctx).Model(&courseRow{}).Where("wake_at > 0 AND wake_at <= ?", at(now)).Limit(1).Count(&waiting).Error
	if err != nil || waiting == 0 {
		return 0, err
	}
	woken := 0
	err = s.isolated(ctx, now, func(t *Tx) error {
		var ids []int64
		err := t.db.Model(&courseRow{}).Where("wake_at > 0 AND wake_at <= ?", at(t.now)).
			Order("wake_at, id").Limit(limit).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := t.load(ids); err != nil {
			return err
		}
		for _, c := range t.courses {
			t.advance(c)
		}
		woken = len(ids)
		return t.finish()
	})
	return woken, err
}

// Claim takes deliveries that are due for owner, who holds them as long as it lives:
// lane by lane, the longest waiting first, one for each chat and none for a chat
// that somebody is writing to. Answers to a person wait only for each other. passed
// counts those that were not taken after all: ended because they are expired or
// no longer wanted, or put off because their patient is asleep or their author
// pauses. A prompt that is wanted at another time is only moved. Several of what
// is claimed may have one course, which is for reading only.
func (s *Store) Claim(ctx context.Context, now time.Time, limit int, owner string) (claimed []rehab.Sending, passed rehab.Passed, err error) {
	err = s.isolated(ctx, now, func(t *Tx) error {
		if may, err := t.mayClaim(owner); err != nil || !may {
			return err
		}
		heads, err := t.heads(limit)
		if err != nil || len(heads) == 0 {
			return err
		}
		claimed, err = t.claim(heads, owner)
		passed = rehab.Passed{Ended: t.ended, PutOff: t.putOff}
		return err
	})
	return claimed, passed, err
}

// ClaimIDs takes the named deliveries for owner, those that are due and free, in
// the order of their ids. None overtakes an earlier answer to its chat that is due. The
// caller sends them one after the other, so that several answers to one chat may be
// among them.
func (s *Store) ClaimIDs(ctx context.Context, now time.Time, ids []int64, owner string) ([]rehab.Sending, error) {
	var claimed []rehab.Sending
	err := s.isolated(ctx, now, func(t *Tx) error {
		if may, err := t.mayClaim(owner); err != nil || !may {
			return err
		}
		var rows []dueRow
		err := t.db.Where("msg_id IN ? AND due_at <= ?", ids, at(t.now)).Order("msg_id").Find(&rows).Error
		if err != nil {
			return err
		}
		chats, err := t.busyChats()
		if err != nil {
			return err
		}
		clear(chats.quiet) // what follows from an answer does not wait for the gap
		earlier, err := t.answersBefore(ids)
		if err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(d dueRow) bool {
			if d.Lane == rehab.LaneReply {
				return chats.answering[d.ChatID] || chats.closed[d.ChatID] || earlier[d.ChatID]
			}
			return !chats.admit(d)
		})
		if len(rows) > 0 {
			claimed, err = t.claim(rows, owner)
		}
		return err
	})
	return claimed, err
}

// answersBefore are the chats for which answers wait that came before those with
// the given ids.
func (t *Tx) answersBefore(ids []int64) (map[int64]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var waiting []int64
	err := t.db.Model(&dueRow{}).Where("lane = ? AND due_at <= ? AND msg_id < ?", rehab.LaneReply, at(t.now), slices.Min(ids)).
		Pluck("chat_id", &waiting).Error
	chats := make(map[int64]bool, len(waiting))
	for _, chat := range waiting {
		chats[chat] = true
	}
	return chats, err
}

// chats says which chats may get something now.
type chats struct {
	busy      map[int64]bool // something is in flight
	answering map[int64]bool // an answer is in flight
	taken     map[int64]bool // something is being claimed
	quiet     map[int64]bool // another process has just written to it
	closed    map[int64]bool // Telegram has closed it
}

func (t *Tx) busyChats() (c chats, err error) {
	c = chats{busy: make(map[int64]bool), answering: make(map[int64]bool), taken: make(map[int64]bool)}
	if c.quiet, c.closed, err = t.pauses(); err != nil {
		return c, err
	}
	var rows []inflightRow
	err = t.db.Select("chat_id", "lane").Find(&rows).Error
	for _, r := range rows {
		c.busy[r.ChatID] = true
		c.answering[r.ChatID] = c.answering[r.ChatID] || r.Lane == rehab.LaneReply
	}
	return c, err
}

// admit takes a chat for a delivery if it is free.
func (c chats) admit(d dueRow) bool {
	blocked := c.busy[d.ChatID] || c.quiet[d.ChatID] || c.closed[allChats]
	if d.Lane == rehab.LaneReply {
		blocked = c.answering[d.ChatID]
	}
	if blocked || c.closed[d.ChatID] || c.taken[d.ChatID] {
		return false
	}
	c.taken[d.ChatID] = true
	return true
}

// heads reads the most urgent rows of the queue: limit that can be claimed, and
// the expired ones in front of them.
func (t *Tx) heads(limit int) ([]dueRow, error) {
	chats, err := t.busyChats()
	if err != nil {
		return nil, err
	}
	var heads []dueRow
	free, expired := 0, 0
	for _, lane := range lanes {
		if free == limit || expired == expireBatch || lane != rehab.LaneReply && chats.closed[allChats] {
			break
		}
		err := t.scanLane(lane, min(2*limit, pageMost), func(d dueRow) bool {
			switch {
			case d.ExpiresAt.over(at(t.now)):
				expired++
				heads = append(heads, d)
			case chats.admit(d):
				free++
				heads = append(heads, d)
			}
			return free < limit && expired < expireBatch
		})
		if err != nil {
			return nil, err
		}
	}
	return heads, nil
}

// pageMost is how many rows of a lane are read at once, at the most: whoever has enough
// must not have to read all the others.
const pageMost = 500

// scanLane goes through what is due in a lane as long as visit wants more, a page after
// the other, each larger than the last.
func (t *Tx) scanLane(lane rehab.Lane, page int, visit func(dueRow) bool) error {
	last := dueRow{}
	for {
		var rows []dueRow
		err := t.db.Where("lane = ? AND due_at <= ? AND (due_at, msg_id) > (?, ?)", lane, at(t.now), last.DueAt, last.MsgID).
			Order("due_at, msg_id").Limit(page).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, d := range rows {
			if !visit(d) {
				return nil
			}
		}
		if len(rows) < page {
			return nil
		}
		last, page = rows[len(rows)-1], min(2*page, pageMost)
	}
}

// claim moves rows of the queue to those in flight, after everything that must
// not be sent has been taken out.
func (t *Tx) claim(heads []dueRow, owner string) ([]rehab.Sending, error) {
	ids := make([]int64, len(heads))
	for i, d := range heads {
		ids[i] = d.MsgID
	}
	rows, err := queuedByID(t.db, ids)
	if err != nil {
		return nil, err
	}
	replanned, off, err := t.review(rows)
	if err != nil {
		return nil, err
	}
	t.putOff += len(off)
	if replanned || t.ended > 0 {
		if rows, err = queuedByID(t.db, ids); err != nil {
			return nil, err
		}
	}
	ready := make([]queuedRow, 0, len(heads))
	for _, d := range heads {
		if r, ok := rows[d.MsgID]; ok && r.Message.State == rehab.DeliveryWaiting && r.NextAt <= at(t.now) && !off[d.MsgID] {
			r.Claimed = true
			r.Tries++
			ready = append(ready, r)
		}
	}
	if err := t.takeOff(ready, owner); err != nil {
		return nil, err
	}
	return t.store.sendings(t.db, ready, t.byID)
}

func queuedByID(db *gorm.DB, ids []int64) (map[int64]queuedRow, error) {
	var rows []queuedRow
	err := queued(db).Where("messages.id IN ?", ids).Find(&rows).Error
	byID := make(map[int64]queuedRow, len(rows))
	for _, r := range rows {
		byID[r.Message.ID] = r
	}
	return byID, err
}

// review ends what has expired or is no longer wanted among due rows, puts off
// broadcasts that must wait, and lets the courses and digests behind the others
// plan anew; replanned tells whether there were any.
func (t *Tx) review(rows map[int64]queuedRow) (replanned bool, off map[int64]bool, err error) {
	verdicts, err := t.store.judge(t.db, rows, t.now)
	if err != nil {
		return false, nil, err
	}
	var courses []int64
	off = make(map[int64]bool)
	for id, r := range rows {
		v := verdicts[id]
		if again := at(r.Message.PlannedAt.time().Add(boardEvery)); r.isBoard() && r.Tries > 0 && again > at(t.now) {
			v.later = again.time() // the process that died may have shown it
		}
		switch {
		case planned(r.Message.Kind):
			courses = append(courses, int64(r.Message.CourseID))
		case r.Message.Kind == rehab.KindDigest:
			var moved bool
			moved, err = t.reviewDigest(r)
			replanned = replanned || moved
		case r.Message.ExpiresAt.over(at(t.now)), v.drop == reasonExpired:
			err = t.end(r.Message, rehab.DeliveryExpired, reasonExpired, r.Tries)
		case v.drop != "":
			err = t.end(r.Message, rehab.DeliveryDropped, v.drop, r.Tries)
		case v != (verdict{}):
			off[id] = true
			err = t.postpone(r, v)
		}
		if err != nil {
			return false, off, err
		}
	}
	if len(courses) == 0 {
		return replanned, off, nil
	}
	slices.Sort(courses)
	if err := t.load(slices.Compact(courses)); err != nil {
		return true, off, err
	}
	return true, off, t.finish()
}

// postpone moves a broadcast to the moment at which its patient is awake, or
// takes it out of the queue while its author pauses.
func (t *Tx) postpone(r queuedRow, v verdict) error {
	if err := t.unqueue(r.Message.ID); err != nil || v.park {
		return err
	}
	next := r.Message.due()
	next.DueAt, next.Attempts = at(v.later), r.Tries
	return t.db.Create(&next).Error
}

// takeOff moves rows from the queue to those in flight.
func (t *Tx) takeOff(rows []queuedRow, owner string) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]int64, len(rows))
	flights := make([]inflightRow, len(rows))
	for i, r := range rows {
		ids[i] = r.Message.ID
		flights[i] = inflightRow{
			MsgID: r.Message.ID, Owner: owner, Attempt: r.Tries, Lane: r.Message.Lane, ChatID: r.Message.ChatID,
			DueAt: r.NextAt, ExpiresAt: r.Message.ExpiresAt,
		}
	}
	return firstError(
		t.db.Where("msg_id IN ?", ids).Delete(&dueRow{}).Error,
		t.db.CreateInBatches(&flights, rowBatch).Error,
	)
}
