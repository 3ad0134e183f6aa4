package store

import (
	"errors"

	"afterneedle/rehab"
)

type workoutRow struct {
	CourseID     int64 `gorm:"primaryKey;autoIncrement:false"`
	N            int   `gorm:"primaryKey;autoIncrement:false"`
	AskedAt      instant
	Safety       bool
	Before       rehab.PainScore
	BeforeAt     instant
	Reminded     bool
	AskUsual     bool
	CardAt       instant
	Cards        int
	CardNudged   bool
	Reasked      bool
	Offer        rehab.Offer
	Status       rehab.Status
	WhyAsked     bool
	DoneAt       instant
	AskFinish    bool
	AskWeight    bool
	After        rehab.PainScore
	AfterAt      instant
	Quality      rehab.Quality
	Reserve      string
	Feared       string
	TwoHour      rehab.PainScore
	TwoHourAt    instant
	Next         rehab.PainScore
	NextAt       instant
	NextPrevents bool
	Flag         rehab.Flag
	Corrected    bool
	ClosedAt     instant
	Postponed    bool
}

func (workoutRow) TableName() string { return "workouts" }

func workoutRowOf(course int64, w rehab.Workout) workoutRow {
	return workoutRow{
		CourseID: course, N: w.N, AskedAt: at(w.AskedAt), Safety: w.Safety,
		Before: w.Before, BeforeAt: at(w.BeforeAt), Reminded: w.Reminded, AskUsual: w.AskUsual,
		CardAt: at(w.CardAt), Cards: w.Cards, CardNudged: w.CardNudged, Reasked: w.Reasked, Offer: w.Offer,
		Status: w.Status, WhyAsked: w.WhyAsked, DoneAt: at(w.DoneAt), AskFinish: w.AskFinish, AskWeight: w.AskWeight,
		After: w.After, AfterAt: at(w.AfterAt), Quality: w.Quality, Reserve: w.Reserve, Feared: w.Feared,
		TwoHour: w.TwoHour, TwoHourAt: at(w.TwoHourAt), Next: w.Next, NextAt: at(w.NextAt), NextPrevents: w.NextPrevents,
		Flag: w.Flag, Corrected: w.Corrected, ClosedAt: at(w.ClosedAt), Postponed: w.Postponed,
	}
}

func (r workoutRow) workout() (rehab.Workout, error) {
	return rehab.Workout{
		N: r.N, AskedAt: r.AskedAt.time(), Safety: r.Safety,
		Before: r.Before, BeforeAt: r.BeforeAt.time(), Reminded: r.Reminded, AskUsual: r.AskUsual,
		CardAt: r.CardAt.time(), Cards: r.Cards, CardNudged: r.CardNudged, Reasked: r.Reasked, Offer: r.Offer,
		Status: r.Status, WhyAsked: r.WhyAsked, DoneAt: r.DoneAt.time(), AskFinish: r.AskFinish, AskWeight: r.AskWeight,
		After: r.After, AfterAt: r.AfterAt.time(), Quality: r.Quality, Reserve: r.Reserve, Feared: r.Feared,
		TwoHour: r.TwoHour, TwoHourAt: r.TwoHourAt.time(), Next: r.Next, NextAt: r.NextAt.time(),
		NextPrevents: r.NextPrevents, Flag: r.Flag, Corrected: r.Corrected,
		ClosedAt: r.ClosedAt.time(), Postponed: r.Postponed,
	}, nil
}

type exerciseRow struct {
	CourseID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Workout   int   `gorm:"primaryKey;autoIncrement:false"`
	N         int   `gorm:"primaryKey;autoIncrement:false"` // its place in the workout, from 1
	Target    int
	Phase     rehab.Phase
	RM        int
	LoadG     int
	Shown     string
	Input     string
	Decision  string
	NextG     int
	NextShown string
	Suggested rehab.SuggestionState
	Outdated  bool
}

func (exerciseRow) TableName() string { return "exercises" }

func exerciseRowOf(course int64, workout, n int, e rehab.Exercise) exerciseRow {
	return exerciseRow{
		CourseID: course, Workout: workout, N: n, Target: e.Target, Phase: e.Phase, RM: e.RM, LoadG: e.LoadG,
		Shown: toJSON(e.Shown), Input: toJSON(e.Input), Decision: toJSON(e.Decision),
		NextG: e.NextG, NextShown: toJSON(e.NextShown), Suggested: e.Suggested, Outdated: e.Outdated,
	}
}

func (r exerciseRow) exercise() (rehab.Exercise, error) {
	shown, err1 := fromJSON[rehab.Prescription](r.Shown)
	input, err2 := fromJSON[*rehab.WorkoutInput](r.Input)
	decision, err3 := fromJSON[*rehab.Decision](r.Decision)
	next, err4 := fromJSON[rehab.Prescription](r.NextShown)
	return rehab.Exercise{
		Target: r.Target, Phase: r.Phase, RM: r.RM, LoadG: r.LoadG, Shown: shown,
		Input: input, Decision: decision, NextG: r.NextG, NextShown: next, Suggested: r.Suggested, Outdated: r.Outdated,
	}, errors.Join(err1, err2, err3, err4)
}
