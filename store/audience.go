package store

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// candidate is a patient as a broadcast sees one.
type candidate struct {
	ID       int64
	Name     string
	ChatID   ref
	Zone     string
	Protocol string
	// Standing is why nothing goes to the patient, whoever writes; empty when
	// nothing speaks against it.
	Standing string
	Held     bool
}

// candidateColumns are the columns of a candidate. What weighs more stands first.
var candidateColumns = fmt.Sprintf(`patients.id, patients.name, patients.chat_id, patients.zone, courses.protocol,
	CASE
		WHEN patients.chat_id IS NULL OR courses.consented_at = 0 THEN '%s'
		WHEN courses.stopped_at > 0 THEN '%s'
		WHEN courses.discharged_at > 0 OR courses.ended_at > 0 THEN '%s'
		WHEN patients.unreachable_at > 0 THEN '%s'
		WHEN patients.muted_at > 0 THEN '%s'
		ELSE ''
	END AS standing,
	EXISTS (SELECT 1 FROM holds WHERE holds.course_id = courses.id AND holds.released_at = 0) AS held`,
	rehab.LeftNoConsent, rehab.LeftStopped, rehab.LeftEnded, rehab.LeftUnreachable, rehab.LeftMuted)

// candidates selects a candidate for each of the people, a query of patients.
func candidates(db, people *gorm.DB) *gorm.DB {
	return db.Table("(?) AS patients", people).Select(candidateColumns).
		Joins("JOIN courses ON " + latestCourse)
}

// latestCourse joins patients to the latest course of each. PostgreSQL can turn it
// into a hash join; a subquery with the largest id it may run for each pair of rows.
const latestCourse = `courses.patient_id = patients.id AND NOT EXISTS
	(SELECT 1 FROM courses AS later WHERE later.patient_id = courses.patient_id AND later.id > courses.id)`

// meant narrows candidates down to an audience, apart from those on hold.
func meant(candidates *gorm.DB, to rehab.BroadcastAudience) *gorm.DB {
	const treated = "SELECT 1 FROM targets WHERE targets.course_id = courses.id"
	switch {
	case to.Muscle != "" && to.Phase != "":
		candidates = candidates.Where("EXISTS ("+treated+" AND muscle = ? AND phase = ?)", to.Muscle, to.Phase)
	case to.Muscle != "":
		candidates = candidates.Where("EXISTS ("+treated+" AND muscle = ?)", to.Muscle)
	case to.Phase != "":
		candidates = candidates.Where("EXISTS ("+treated+" AND phase = ?)", to.Phase)
	}
	if to.Silent {
		candidates = candidates.Where("courses.is_silent")
	}
	return candidates
}

// left says why a candidate is left out of an audience; empty when not.
func (c candidate) left(to rehab.BroadcastAudience) string {
	if c.Standing == "" && c.Held && !to.Held {
		return rehab.LeftHeld
	}
	return c.Standing
}

// unwritable says why not even the patient's own clinician can write; empty when
// nothing speaks against it.
func (c candidate) unwritable() string {
	switch c.Standing {
	case rehab.LeftNoConsent, rehab.LeftStopped, rehab.LeftUnreachable:
		return c.Standing
	}
	return ""
}

// neverReached is how somebody stands who is outside of every audience, and not
// only left out of one.
var neverReached = []string{rehab.LeftNoConsent, rehab.LeftStopped, rehab.LeftEnded}

// goodMoment is the first moment from t on in the candidate's waking hours.
func (s *Store) goodMoment(db *gorm.DB, c candidate, t time.Time) (time.Time, error) {
	protocol, err := s.protocol(db, c.Protocol)
	if err != nil {
		return t, err
	}
	loc, err := s.zone(c.Zone)
	if err != nil {
		return t, err
	}
	course := rehab.Course{Protocol: protocol, Zone: loc}
	return course.NextAwake(t), nil
}

// audience selects the candidates whom a clinician may write to and means.
func (t *Tx) audience(by rehab.Clinician, to rehab.BroadcastAudience) *gorm.DB {
	people := visible(t.db.Table("patients").Select("*"), by)
	return meant(candidates(t.db, people), to)
}

// CountAudience counts an audience of the clinician's patients.
func (t *Tx) CountAudience(by rehab.Clinician, to rehab.BroadcastAudience) (rehab.AudienceCount, error) {
	var groups []struct {
		Standing string
		Held     bool
		N        int
	}
	err := t.db.Table("(?) AS audience", t.audience(by, to)).
		Select("standing, held, COUNT(*) AS n").Group("standing, held").Find(&groups).Error
	count := rehab.AudienceCount{Left: make(map[string]int)}
	for _, g := range groups {
		c := candidate{Standing: g.Standing, Held: g.Held}
		switch reason := c.left(to); {
		case reason != "":
			count.Left[reason] += g.N
		case g.Held:
			count.Held += g.N
			count.Reached += g.N
		default:
			count.Reached += g.N
		}
	}
	return count, err
}

// SampleAudience returns some patients of an audience, limit at the most, and
// when a broadcast that goes out at from reaches them in their waking hours.
func (t *Tx) SampleAudience(by rehab.Clinician, to rehab.BroadcastAudience, from time.Time, limit int) ([]rehab.BroadcastSample, error) {
	query := t.db.Table("(?) AS audience", t.audience(by, to)).Where("standing = ''")
	if !to.Held {
		query = query.Where("NOT held")
	}
	var rows []candidate
	if err := query.Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	var samples []rehab.BroadcastSample
	for _, c := range rows {
		moment, err := t.store.goodMoment(t.db, c, from)
		if err != nil {
			return nil, err
		}
		loc, err := t.store.zone(c.Zone)
		if err != nil {
			return nil, err
		}
		samples = append(samples, rehab.BroadcastSample{Name: c.Name, At: moment.In(loc)})
	}
	return samples, nil
}

// AudienceParts returns the muscles and phases by which an audience of the
// clinician's patients can be narrowed, sorted.
func (t *Tx) AudienceParts(by rehab.Clinician) (muscles []string, phases []rehab.Phase, err error) {
	people := visible(t.db.Table("patients").Select("*"), by)
	treated := func(column string) *gorm.DB {
		return t.db.Table("(?) AS patients", people).
			Joins("JOIN courses ON " + latestCourse).
			Joins("JOIN targets ON targets.course_id = courses.id").
			Distinct("targets." + column).Order("targets." + column)
	}
	err = firstError(treated("muscle").Pluck("muscle", &muscles).Error, treated("phase").Pluck("phase", &phases).Error)
	return muscles, phases, err
}
