package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

const (
	// replicaLease is how long a process that says nothing keeps what it has
	// claimed, while its connection stands.
	replicaLease = 10 * time.Second
	// missed is how long a process may say nothing before it counts whether its
	// connection stands: one that was only cut comes back at its next write.
	missed = 3 * time.Second
	// reconnecting is how long the others have to come back after the server was away.
	reconnecting = 5 * time.Second
)

// replicaRow is a process that shares the database. Its times are the database's own.
type replicaRow struct {
	Owner      string `gorm:"primaryKey"`
	JoinedAt   instant
	LeaseUntil instant
	Share      int
}

func (replicaRow) TableName() string { return "replicas" }

// silent reports whether a process has missed a few beats.
func (r replicaRow) silent(now instant) bool {
	return now > r.LeaseUntil-instant((replicaLease-missed).Milliseconds())
}

// shared reports whether other processes may work with the database too.
func (s *Store) shared() bool {
	p, ok := s.engine.(*postgresServer)
	return ok && p.replica != ""
}

// Beat says that owner is alive, and tells what falls to it among those that share
// the database. rate is what all of them together may send in a second: the shares
// never add up to more. Those that are gone are struck off.
func (s *Store) Beat(ctx context.Context, owner string, rate int) (part rehab.Part, err error) {
	p, ok := s.engine.(*postgresServer)
	if !ok || p.replica == "" {
		return rehab.Part{Share: rate, First: true, Replicas: 1}, nil
	}
	err = s.write(ctx, func(db *gorm.DB) error {
		var now instant
		if err := db.Raw("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)").Scan(&now).Error; err != nil {
			return err
		}
		live, err := p.live(db, owner, now)
		if err != nil {
			return err
		}
		me, others := standIn(live, owner, now, rate)
		part = rehab.Part{Share: me.Share, First: len(live) == 0 || live[0].Owner == owner, Replicas: others + 1}
		if err := db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&me).Error; err != nil {
			return err
		}
		var orphans int64
		err = orphaned(db.Model(&inflightRow{}), owner).Count(&orphans).Error
		part.Orphans = int(orphans)
		return err
	})
	return part, err
}

// live are the processes that share the database, the longest there first. Those
// that are gone are struck off.
func (p *postgresServer) live(db *gorm.DB, owner string, now instant) ([]replicaRow, error) {
	var all, live []replicaRow
	if err := db.Order("joined_at, owner").Find(&all).Error; err != nil {
		return nil, err
	}
	connected, err := connectedFor(db)
	if err != nil {
		return nil, err
	}
	judges := connected > p.grace
	// Who could not write for a while itself does not know who else could not.
	mine := slices.IndexFunc(all, func(r replicaRow) bool { return r.Owner == owner })
	heard := mine >= 0 && !all[mine].silent(now)
	for _, r := range all {
		gone := judges && heard && r.Owner != owner && r.LeaseUntil.over(now)
		if judges && r.Owner != owner && !gone && r.silent(now) {
			if gone, err = unconnected(db, r.Owner); err != nil {
				return nil, err
			}
		}
		if gone {
			if err := db.Delete(&r).Error; err != nil {
				return nil, err
			}
			continue
		}
		live = append(live, r)
	}
	return live, nil
}

// standIn is the row of owner among those that live, and how many others there are.
// Its share is an equal part of the rate, as far as the others leave it.
func standIn(live []replicaRow, owner string, now instant, rate int) (me replicaRow, others int) {
	me = replicaRow{Owner: owner, JoinedAt: now}
	place, left := len(live), rate
	for i, r := range live {
		if r.Owner == owner {
			me, place = r, i
			continue
		}
		others++
		left -= r.Share
	}
	share := rate / (others + 1)
	if place < rate%(others+1) {
		share++
	}
	me.Share = max(0, min(share, left))
	me.LeaseUntil = now + instant(replicaLease.Milliseconds())
	return me, others
}

// orphaned selects what was claimed by processes that are gone.
func orphaned(db *gorm.DB, owner string) *gorm.DB {
	return db.Where("owner <> ? AND owner NOT IN (SELECT owner FROM replicas)", owner)
}

// mayClaim reports whether owner still counts among those that share the database:
// one that was suspended for too long does not know that it was struck off.
func (t *Tx) mayClaim(owner string) (bool, error) {
	if !t.store.shared() {
		return true, nil
	}
	var n int64
	err := t.db.Model(&replicaRow{}).Where("owner = ?", owner).Count(&n).Error
	return n > 0, err
}
