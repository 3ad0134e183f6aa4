package store

import (
	"errors"

	"afterneedle/rehab"
)

type changeRow struct {
	CourseID int64 `gorm:"primaryKey;autoIncrement:false"`
	N        int   `gorm:"primaryKey;autoIncrement:false"`
	At       instant
	ByID     int64
	What     rehab.ChangeKind
	Target   int
	Workout  int
	Was      string
	Became   string
	Why      string
	Rules    string
}

func (changeRow) TableName() string { return "changes" }

func changeRowOf(course int64, x rehab.Change) changeRow {
	return changeRow{
		CourseID: course, N: x.N, At: at(x.At), ByID: x.By, What: x.What, Target: x.Target, Workout: x.Workout,
		Was: toJSON(x.From), Became: toJSON(x.To), Why: x.Why, Rules: toJSON(x.Rules),
	}
}

func (r changeRow) change() (rehab.Change, error) {
	from, err1 := fromJSON[rehab.Standing](r.Was)
	to, err2 := fromJSON[rehab.Standing](r.Became)
	rules, err3 := fromJSON[[]string](r.Rules)
	return rehab.Change{
		N: r.N, At: r.At.time(), By: r.ByID, What: r.What, Target: r.Target, Workout: r.Workout,
		From: from, To: to, Why: r.Why, Rules: rules,
	}, errors.Join(err1, err2, err3)
}
