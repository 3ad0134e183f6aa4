package store

import (
	"slices"
	"strconv"
	"time"

	"afterneedle/rehab"
)

// Reasons that the timeline shows for deliveries that were not sent.
const (
	reasonExpired     = "window passed"
	reasonRecipient   = "no longer for this person"
	reasonUnreachable = rehab.LeftUnreachable
	reasonTakenBack   = "undone" // with the needling
)

// plan brings the outbox in line with what the loaded courses want said: new
// keys are inserted, keys that vanished are dropped with the reason, and a key
// whose window moved is re-timed, unless it is claimed. What has been sent, or
// could have been, is never planned again.
func (t *Tx) plan() error {
	for batch := range slices.Chunk(t.courses, rowBatch) {
		if err := t.planBatch(batch); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) planBatch(courses []*rehab.Course) error {
	ids := patientIDs(courses)
	people, err := patientsByID(t.db, ids)
	if err != nil {
		return err
	}
	s, err := t.staff(ids)
	if err != nil {
		return err
	}
	live, err := t.liveByCourse(courses)
	if err != nil {
		return err
	}
	var fresh []messageRow
	for _, c := range courses {
		t.working = c.ID
		c.PlanAgain = time.Time{}
		patient := people[c.PatientID]
		wanted := t.wanted(c, patient, s)
		if t.missed(c, live[c.ID], wanted) {
			wanted = t.wanted(c, patient, s)
		}
		if err := t.align(c, patient, live[c.ID], wanted); err != nil {
			return err
		}
		for _, key := range wanted.keys {
			if m, ok := wanted.rows[key]; ok && !m.ExpiresAt.over(at(t.now)) {
				fresh = append(fresh, m)
			}
		}
	}
	t.working = 0
	return t.insertNew(fresh)
}

// liveByCourse reads what waits or is in flight for courses.
func (t *Tx) liveByCourse(courses []*rehab.Course) (map[int64][]queuedRow, error) {
	ids := make([]int64, len(courses))
	for i, c := range courses {
		ids[i] = c.ID
	}
	var rows []queuedRow
	err := queued(t.db).Where("messages.course_id IN ? AND messages.state = ?", ids, rehab.DeliveryWaiting).
		Order("messages.id").Find(&rows).Error
	live := make(map[int64][]queuedRow)
	for _, r := range rows {
		if id := int64(r.Message.CourseID); planned(r.Message.Kind) {
			live[id] = append(live[id], r)
		}
	}
	return live, err
}

// wishes are the messages that a course wants, in its own order.
type wishes struct {
	keys []string
	rows map[string]messageRow
}

func (t *Tx) wanted(c *rehab.Course, p patientRow, s staff) wishes {
	w := wishes{rows: make(map[string]messageRow)}
	add := func(prompt rehab.Prompt, key string, chat int64) {
		if _, twice := w.rows[key]; twice {
			return
		}
		w.keys = append(w.keys, key)
		w.rows[key] = messageRow{
			Key: key, Kind: prompt.Kind, N: prompt.N, Lane: prompt.Lane, Audience: prompt.To,
			PatientID: ref(c.PatientID), CourseID: ref(c.ID), ChatID: chat,
			EarliestAt: at(prompt.Earliest), DueAt: at(prompt.Due), ExpiresAt: at(prompt.Latest),
			State: rehab.DeliveryWaiting, PlannedAt: at(t.now),
		}
	}
	for _, prompt := range c.Prompts(t.now) {
		switch prompt.To {
		case rehab.ToPatient:
			if p.ChatID != 0 && p.UnreachableAt == 0 {
				add(prompt, prompt.Key, int64(p.ChatID))
			}
		case rehab.ToClinicians:
			for _, clinician := range s.of(p.ID, p.ClinicianID) {
				add(prompt, prompt.Key+recipient+strconv.FormatInt(clinician.ID, 10), clinician.ChatID)
			}
		case rehab.ToOwners:
			for _, owner := range s.owners {
				add(prompt, prompt.Key+recipient+strconv.FormatInt(owner.ID, 10), owner.ChatID)
			}
		}
	}
	return w
}

// missed tells the course of waiting messages whose window has closed. It
// reports whether there were any.
func (t *Tx) missed(c *rehab.Course, live []queuedRow, w wishes) bool {
	found := false
	for _, m := range live {
		if m.lapsed(w, at(t.now)) && m.Message.Audience == rehab.ToPatient {
			c.Missed(m.Message.prompt(), t.now)
			found = true
		}
	}
	return found
}

// lapsed reports whether the message can no longer be sent in time, and did not
// get a later window.
func (r queuedRow) lapsed(w wishes, now instant) bool {
	again, wanted := w.rows[r.Message.Key]
	return !r.Claimed && r.Message.ExpiresAt.over(now) && (!wanted || again.ExpiresAt.over(now))
}

// align compares what waits with what is wanted, and takes from the wishes what
// is there.
func (t *Tx) align(c *rehab.Course, p patientRow, live []queuedRow, w wishes) error {
	now := at(t.now)
	for _, r := range live {
		m := r.Message
		want, ok := w.rows[m.Key]
		var err error
		switch {
		case r.Claimed:
		case r.lapsed(w, now):
			err = t.end(m, rehab.DeliveryExpired, reasonExpired, r.Tries)
		case !ok:
			err = t.end(m, rehab.DeliveryDropped, t.dropReason(c, p, m), r.Tries)
		case want.EarliestAt != m.EarliestAt || want.DueAt != m.DueAt || want.ExpiresAt != m.ExpiresAt || want.ChatID != m.ChatID:
			err = t.retime(r, want, c.Cause)
		}
		if err != nil {
			return err
		}
		delete(w.rows, m.Key)
	}
	return nil
}

func (t *Tx) dropReason(c *rehab.Course, p patientRow, m messageRow) string {
	if m.Audience == rehab.ToPatient && p.UnreachableAt != 0 {
		return reasonUnreachable
	}
	prompt, reason := c.Sendable(m.promptKey(), t.now)
	switch {
	case c.Cause == reasonTakenBack:
		return reasonTakenBack
	case prompt.Key != "":
		return reasonRecipient // somebody else gets it
	case m.Audience != rehab.ToPatient && c.Cause != "":
		return c.Cause // no hold or stop of the patient's keeps an alert back
	}
	return reason
}

// retime gives a waiting message another window.
func (t *Tx) retime(r queuedRow, want messageRow, reason string) error {
	err := t.db.Model(&messageRow{}).Where("id = ?", r.Message.ID).Updates(map[string]any{
		"earliest_at": want.EarliestAt, "due_at": want.DueAt, "expires_at": want.ExpiresAt,
		"chat_id": want.ChatID, "reason": reason,
	}).Error
	if err != nil {
		return err
	}
	next := want.due()
	next.MsgID, next.Attempts = r.Message.ID, r.Tries
	return firstError(t.unqueue(r.Message.ID), t.db.Create(&next).Error)
}

func (t *Tx) unqueue(id int64) error {
	return t.db.Where("msg_id = ?", id).Delete(&dueRow{}).Error
}

// end closes a waiting message without sending it.
func (t *Tx) end(m messageRow, state rehab.DeliveryState, reason string, attempts int) error {
	t.ended++
	columns := map[string]any{"state": state, "reason": reason, "attempts": attempts, "ended_at": at(t.now)}
	if m.Secret {
		columns["body"] = nil
	}
	return firstError(
		t.db.Model(&messageRow{}).Where("id = ?", m.ID).Updates(columns).Error,
		t.unqueue(m.ID),
	)
}

// insertNew adds messages whose key is new. One that was dropped before anybody
// tried to send it, and is wanted after all, waits again; any other key that is
// known stays as it is.
func (t *Tx) insertNew(rows []messageRow) error {
	for batch := range slices.Chunk(rows, rowBatch) {
		keys := make([]string, len(batch))
		for i, m := range batch {
			keys[i] = m.Key
		}
		var known []messageRow
		if err := t.db.Where("key IN ?", keys).Find(&known).Error; err != nil {
			return err
		}
		t.planAgain(known, batch)
		ids, err := t.revive(known, batch)
		if err != nil {
			return err
		}
		fresh := slices.DeleteFunc(batch, func(m messageRow) bool {
			return slices.ContainsFunc(known, func(k messageRow) bool { return k.Key == m.Key })
		})
		inserted, err := t.insert(fresh)
		if err != nil {
			return err
		}
		t.due = append(t.due, append(ids, inserted...)...)
	}
	return nil
}

// planAgain lets courses plan anew when the windows close of messages that they
// want and that were given up before, because no further try or none at all would
// have gone well. Nothing waits for such a message, and what follows it in the
// plan may be wanted only then.
func (t *Tx) planAgain(known, wanted []messageRow) {
	for _, k := range known {
		c := t.byID[int64(k.CourseID)]
		if c == nil || k.Audience != rehab.ToPatient || k.State == rehab.DeliverySent || k.revivable() {
			continue
		}
		i := slices.IndexFunc(wanted, func(m messageRow) bool { return m.Key == k.Key })
		if closes := wanted[i].ExpiresAt.time(); c.PlanAgain.IsZero() || closes.Before(c.PlanAgain) {
			c.PlanAgain = closes
		}
	}
}

// revivable is a message that was dropped before anybody tried to send it.
func (m messageRow) revivable() bool {
	return m.State == rehab.DeliveryDropped && m.Attempts == 0 && planned(m.Kind)
}

// revive lets dropped messages that nobody tried to send wait again, and returns
// the ids of those that are due.
func (t *Tx) revive(known, wanted []messageRow) (due []int64, err error) {
	for _, k := range known {
		if !k.revivable() {
			continue
		}
		i := slices.IndexFunc(wanted, func(m messageRow) bool { return m.Key == k.Key })
		again := wanted[i]
		again.ID = k.ID
		next := again.due()
		if err := firstError(t.db.Save(&again).Error, t.db.Create(&next).Error); err != nil {
			return nil, err
		}
		if again.DueAt <= at(t.now) {
			due = append(due, k.ID)
		}
	}
	return due, nil
}

// insert adds messages to the outbox and to the queue, and returns the ids of
// those that are due.
func (t *Tx) insert(rows []messageRow) (due []int64, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if err := t.db.Create(&rows).Error; err != nil {
		return nil, err
	}
	queue := make([]dueRow, len(rows))
	for i, m := range rows {
		queue[i] = m.due()
		if m.DueAt <= at(t.now) {
			due = append(due, m.ID)
		}
	}
	return due, t.db.Create(&queue).Error
}
