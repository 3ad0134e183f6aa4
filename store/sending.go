package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// unbidden reports whether a delivery is a clinician's own text to a patient,
// which the patient's will can stop until the moment it goes out.
func unbidden(kind rehab.PromptKind) bool {
	return kind == rehab.KindBroadcast || kind == rehab.KindMessage
}

// verdict says what keeps a clinician's text from going out at a moment; the zero
// value is nothing.
type verdict struct {
	drop  string    // it must never go out, and why
	later time.Time // it may at this later moment, when the patient is awake
	park  bool      // it waits for its author
}

// reason is a verdict in a few words.
func (v verdict) reason() string {
	switch {
	case v.park:
		return "broadcast paused"
	case !v.later.IsZero():
		return "asleep"
	}
	return v.drop
}

// judge says of the texts of clinicians among rows what keeps them from going out now.
func (s *Store) judge(db *gorm.DB, rows map[int64]queuedRow, now time.Time) (map[int64]verdict, error) {
	var patients, ids []int64
	for _, r := range rows {
		if unbidden(r.Message.Kind) {
			patients = append(patients, int64(r.Message.PatientID))
			ids = append(ids, int64(r.Message.BroadcastID))
		}
	}
	if len(patients) == 0 {
		return nil, nil
	}
	broadcasts, err := broadcastsByID(db, ids)
	if err != nil {
		return nil, err
	}
	var found []candidate
	if err := candidates(db, db.Table("patients").Select("*").Where("id IN ?", patients)).Find(&found).Error; err != nil {
		return nil, err
	}
	people := make(map[int64]candidate, len(found))
	for _, c := range found {
		people[c.ID] = c
	}
	mine, err := theirs(db, broadcasts, patients)
	if err != nil {
		return nil, err
	}
	verdicts := make(map[int64]verdict)
	for id, r := range rows {
		c := people[int64(r.Message.PatientID)]
		switch r.Message.Kind {
		case rehab.KindBroadcast:
			b := broadcasts[int64(r.Message.BroadcastID)]
			verdicts[id] = s.judgeOne(db, b, c, now)
			if verdicts[id].drop == "" && !mine[byAuthor{b.ByID, c.ID}] {
				verdicts[id] = verdict{drop: rehab.LeftGone}
			}
		case rehab.KindMessage:
			verdicts[id] = verdict{drop: c.unwritable()}
		}
	}
	return verdicts, nil
}

// byAuthor is a patient in a broadcast of a clinician.
type byAuthor struct{ clinician, patient int64 }

// theirs are the patients whom the authors of broadcasts may see.
func theirs(db *gorm.DB, broadcasts map[int64]broadcastRow, patients []int64) (map[byAuthor]bool, error) {
	seen := make(map[byAuthor]bool)
	asked := make(map[int64]bool)
	for _, b := range broadcasts {
		if asked[b.ByID] {
			continue
		}
		asked[b.ByID] = true
		var author clinicianRow
		if err := one(db.Where("id = ?", b.ByID), &author); err != nil {
			return nil, err
		}
		var ids []int64
		err := visible(db.Table("patients"), author.clinician()).Where("patients.id IN ?", patients).Pluck("patients.id", &ids).Error
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			seen[byAuthor{b.ByID, id}] = true
		}
	}
	return seen, nil
}

func (s *Store) judgeOne(db *gorm.DB, b broadcastRow, c candidate, now time.Time) verdict {
	switch {
	case b.State == rehab.BroadcastCancelled:
		return verdict{drop: rehab.LeftCancelled}
	case b.State == rehab.BroadcastPaused:
		return verdict{park: true}
	case b.ExpiresAt.over(at(now)):
		return verdict{drop: reasonExpired}
	case c.left(b.audience()) != "":
		return verdict{drop: c.left(b.audience())}
	case b.AtOnce:
		return verdict{}
	}
	moment, err := s.goodMoment(db, c, now)
	switch {
	case err != nil:
		return verdict{drop: reasonAside}
	case moment.After(now):
		return verdict{later: moment}
	}
	return verdict{}
}

// sendings adds to claimed rows what is needed to put them into words. Courses
// that loaded does not know are read.
func (s *Store) sendings(db *gorm.DB, rows []queuedRow, loaded map[int64]*rehab.Course) ([]rehab.Sending, error) {
	var courseIDs, patientIDs, broadcastIDs []int64
	for _, r := range rows {
		if r.Message.CourseID != 0 && loaded[int64(r.Message.CourseID)] == nil {
			courseIDs = append(courseIDs, int64(r.Message.CourseID))
		}
		if r.Message.PatientID != 0 {
			patientIDs = append(patientIDs, int64(r.Message.PatientID))
		}
		if r.Message.BroadcastID != 0 {
			broadcastIDs = append(broadcastIDs, int64(r.Message.BroadcastID))
		}
	}
	courses := make(map[int64]*rehab.Course)
	if len(courseIDs) > 0 {
		list, _, err := s.loadCourses(db, courseIDs)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			courses[c.ID] = c
		}
	}
	people, err := patientsByID(db, patientIDs)
	if err != nil {
		return nil, err
	}
	broadcasts, err := broadcastsByID(db, broadcastIDs)
	if err != nil {
		return nil, err
	}
	says, err := digests(db, rows)
	if err != nil {
		return nil, err
	}
	list := make([]rehab.Sending, len(rows))
	for i, r := range rows {
		list[i] = rehab.Sending{
			Delivery: r.delivery(), Course: courses[int64(r.Message.CourseID)], Version: r.Version, Digest: says[r.Message.ID],
		}
		if c := loaded[int64(r.Message.CourseID)]; c != nil {
			list[i].Course = c
		}
		if p, ok := people[int64(r.Message.PatientID)]; ok {
			list[i].Patient = p.patient()
		}
		if b, ok := broadcasts[int64(r.Message.BroadcastID)]; ok {
			if err := attachBroadcast(db, &list[i], b); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// attachBroadcast adds what a delivery of a broadcast says: to a patient the text
// that many share, to its author how far it has got.
func attachBroadcast(db *gorm.DB, s *rehab.Sending, b broadcastRow) (err error) {
	if s.Delivery.Kind == rehab.KindBroadcast {
		s.Delivery.Body = b.Body
		return nil
	}
	told := b.broadcast()
	if told.Board == 0 {
		// The first look at the progress was a message of its own.
		var sent []int
		err = db.Model(&messageRow{}).Where("broadcast_id = ? AND kind = ? AND state = ?", b.ID, rehab.KindEdit, rehab.DeliverySent).
			Order("id").Limit(1).Pluck("message_id", &sent).Error
		if len(sent) > 0 {
			told.Board = sent[0]
		}
	}
	s.Broadcast = &told
	if err == nil {
		s.Tally, err = tally(db, b)
	}
	return err
}

// broadcastsByID reads broadcasts by their ids.
func broadcastsByID(db *gorm.DB, ids []int64) (map[int64]broadcastRow, error) {
	byID := make(map[int64]broadcastRow)
	if len(ids) == 0 {
		return byID, nil
	}
	slices.Sort(ids)
	var rows []broadcastRow
	err := db.Where("id IN ?", slices.Compact(ids)).Find(&rows).Error
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, err
}

// Sendable looks at claimed deliveries again right before they are sent, and returns
// each as it is now, in the same order. What nobody has changed since it was claimed
// is not read anew.
func (s *Store) Sendable(ctx context.Context, claimed []rehab.Sending, now time.Time) ([]rehab.Checked, error) {
	same, err := s.unchanged(ctx, claimed, now)
	if err != nil {
		return nil, fmt.Errorf("%d deliveries: %w", len(claimed), err)
	}
	var ids []int64
	for _, x := range claimed {
		if !same[x.Delivery.ID] {
			ids = append(ids, x.Delivery.ID)
		}
	}
	anew, err := s.sendableNow(ctx, ids, now)
	if err != nil {
		return nil, err
	}
	checked := make([]rehab.Checked, len(claimed))
	for i, x := range claimed {
		switch {
		case !same[x.Delivery.ID]:
			checked[i] = anew[x.Delivery.ID]
		case planned(x.Delivery.Kind):
			_, reason := x.Course.Sendable(promptKey(x.Delivery.Key), now)
			checked[i] = rehab.Checked{Sending: x, Reason: reason}
		default:
			checked[i] = rehab.Checked{Sending: x}
		}
	}
	return checked, nil
}

// unchanged finds the deliveries that are what they were when they were claimed, with
// their courses and patients, where these decide over them.
func (s *Store) unchanged(ctx context.Context, claimed []rehab.Sending, now time.Time) (map[int64]bool, error) {
	var ids, patients []int64
	for _, x := range claimed {
		if mayBeSame(x, now) {
			ids = append(ids, x.Delivery.ID)
			if x.Delivery.PatientID != 0 {
				patients = append(patients, x.Delivery.PatientID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	ctx, end := s.looking(ctx)
	defer end()
	db := s.ro.WithContext(ctx)
	rows, err := queuedByID(db, ids)
	if err != nil {
		return nil, err
	}
	people, err := patientsByID(db, patients)
	if err != nil {
		return nil, err
	}
	same := make(map[int64]bool, len(ids))
	for _, x := range claimed {
		d := x.Delivery
		row, known := rows[d.ID]
		same[d.ID] = known && row.Claimed && row.Message.State == rehab.DeliveryWaiting &&
			row.Tries == d.Attempts && row.Version == x.Version &&
			(d.PatientID == 0 || people[d.PatientID].patient() == x.Patient)
	}
	return same, nil
}

// mayBeSame reports whether the row of a claimed delivery tells that nothing else has
// changed about it.
func mayBeSame(x rehab.Sending, now time.Time) bool {
	d := x.Delivery
	switch {
	case d.State != rehab.DeliveryInFlight, x.Broadcast != nil, unbidden(d.Kind), d.Kind == rehab.KindDigest:
		return false
	case planned(d.Kind) && (x.Course == nil || !x.Patient.UnreachableAt.IsZero()):
		return false
	}
	return d.ExpiresAt.IsZero() || now.Before(d.ExpiresAt)
}

// sendableNow reads deliveries with all that they need.
func (s *Store) sendableNow(ctx context.Context, ids []int64, now time.Time) (map[int64]rehab.Checked, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	checked := make(map[int64]rehab.Checked, len(ids))
	err := s.read(ctx, func(db *gorm.DB) error {
		byID, err := queuedByID(db, ids)
		if err != nil {
			return err
		}
		rows := slices.Collect(maps.Values(byID))
		list, err := s.sendings(db, rows, nil)
		if err != nil {
			return err
		}
		verdicts, err := s.judge(db, byID, now)
		if err != nil {
			return err
		}
		for i, row := range rows {
			checked[row.Message.ID] = rehab.Checked{Sending: list[i], Reason: cmp.Or(objection(row, list[i], now), verdicts[row.Message.ID].reason())}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("deliveries %v: %w", ids, err)
	}
	for _, id := range ids {
		if _, known := checked[id]; !known {
			checked[id] = rehab.Checked{Reason: "erased"}
		}
	}
	return checked, nil
}

// objection says what speaks against sending a claimed delivery now, other than the
// verdict on a clinician's text.
func objection(row queuedRow, x rehab.Sending, now time.Time) string {
	switch {
	case x.Delivery.State != rehab.DeliveryInFlight:
		return string(x.Delivery.State)
	case planned(row.Message.Kind) && row.Message.Audience == rehab.ToPatient && !x.Patient.UnreachableAt.IsZero():
		return reasonUnreachable
	case planned(row.Message.Kind):
		_, reason := x.Course.Sendable(row.Message.promptKey(), now)
		return reason
	case row.Message.ExpiresAt.over(at(now)):
		return reasonExpired
	case row.Message.Kind == rehab.KindDigest && x.Digest.Patients == 0:
		return reasonNothing
	}
	return ""
}
