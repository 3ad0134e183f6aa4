package store

import (
	"errors"
	"time"

	"afterneedle/rehab"
)

// courseRow and its children are a course in columns. They hold nothing that
// cannot be compared with ==, so that a row that did not change is recognised.
type courseRow struct {
	ID             int64
	PatientID      int64
	Protocol       string
	Track          rehab.Track
	ConsentedAt    instant
	StoppedAt      instant
	DischargedAt   instant
	EndedAt        instant
	HeardAt        instant
	Sequence       int
	Silent         int
	FearSkips      int
	NotBefore      instant
	OpenKind       rehab.QuestionKind
	OpenN          int
	PromptDay      string
	PromptCount    int
	Milestone      int
	ReminderAt     instant
	SilenceAlertAt instant
	UsualAsked     bool
	Mode           rehab.Mode
	Cause          string
	WakeAt         instant
	SetAsideAt     instant // since when the plan fails; any change ends it
	SavedAt        instant
	// Line is worked out from all of the course, and only for lists.
	Line lineRow `gorm:"embedded"`
}

func (courseRow) TableName() string { return "courses" }

func courseRowOf(c *rehab.Course) courseRow {
	return courseRow{
		ID: c.ID, PatientID: c.PatientID, Protocol: c.Protocol.Version, Track: c.Track,
		ConsentedAt: at(c.ConsentedAt), StoppedAt: at(c.StoppedAt), DischargedAt: at(c.DischargedAt),
		EndedAt: at(c.EndedAt), HeardAt: at(c.HeardAt),
		Sequence: c.Sequence, Silent: c.Silent, FearSkips: c.FearSkips, NotBefore: at(c.NotBefore),
		OpenKind: c.Open.Kind, OpenN: c.Open.N, PromptDay: dayText(c.PromptDay), PromptCount: c.PromptCount,
		Milestone: c.Milestone, ReminderAt: at(c.ReminderAt), SilenceAlertAt: at(c.SilenceAlertAt),
		UsualAsked: c.UsualAsked, Mode: c.Mode, Cause: c.Cause, Line: lineRowOf(c.Line()),
	}
}

func (r courseRow) course() (*rehab.Course, error) {
	day, err := parseDay(r.PromptDay)
	return &rehab.Course{
		ID: r.ID, PatientID: r.PatientID, Track: r.Track,
		ConsentedAt: r.ConsentedAt.time(), StoppedAt: r.StoppedAt.time(), DischargedAt: r.DischargedAt.time(),
		EndedAt: r.EndedAt.time(), HeardAt: r.HeardAt.time(),
		Sequence: r.Sequence, Silent: r.Silent, FearSkips: r.FearSkips, NotBefore: r.NotBefore.time(),
		Open: rehab.Question{Kind: r.OpenKind, N: r.OpenN}, PromptDay: day, PromptCount: r.PromptCount,
		Milestone: r.Milestone, ReminderAt: r.ReminderAt.time(), SilenceAlertAt: r.SilenceAlertAt.time(),
		UsualAsked: r.UsualAsked, Mode: r.Mode, Cause: r.Cause,
	}, err
}

func dayText(d rehab.Day) string {
	if d == (rehab.Day{}) {
		return ""
	}
	return d.String()
}

func parseDay(text string) (rehab.Day, error) {
	if text == "" {
		return rehab.Day{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	return rehab.DayOf(t, time.UTC), err
}

type needlingRow struct {
	CourseID   int64 `gorm:"primaryKey;autoIncrement:false"`
	N          int   `gorm:"primaryKey;autoIncrement:false"`
	At         instant
	RecordedAt instant
	ByID       int64
	Targets    string
	Extensive  bool
	ClearedAt  instant
	WelcomeAt  instant
}

func (needlingRow) TableName() string { return "needlings" }

func needlingRowOf(course int64, n rehab.Needling) needlingRow {
	return needlingRow{
		CourseID: course, N: n.N, At: at(n.At), RecordedAt: at(n.RecordedAt), ByID: n.By, Targets: toJSON(n.Targets),
		Extensive: n.Extensive, ClearedAt: at(n.ClearedAt), WelcomeAt: at(n.WelcomeAt),
	}
}

func (r needlingRow) needling() (rehab.Needling, error) {
	targets, err := fromJSON[[]int](r.Targets)
	return rehab.Needling{
		N: r.N, At: r.At.time(), RecordedAt: r.RecordedAt.time(), By: r.ByID, Targets: targets,
		Extensive: r.Extensive, ClearedAt: r.ClearedAt.time(), WelcomeAt: r.WelcomeAt.time(),
	}, err
}

type targetRow struct {
	CourseID    int64 `gorm:"primaryKey;autoIncrement:false"`
	N           int   `gorm:"primaryKey;autoIncrement:false"`
	Muscle      string
	Side        rehab.Side
	FirstNeedle instant
	LastNeedle  instant
	Extensive   bool
	Phase       rehab.Phase
	RM          int
	Unit        rehab.Unit
	UsualG      int
	Weighed     bool
	LoadG       int
	EntryG      int
	LoadSetAt   instant
	Shown       string
	Greens      int
	Reds        int
	Reds20      int
	AdvancedAt  instant
	StretchedAt instant
	Reentry     int
	ReentryG    int
	NextConsent bool
	Keep8       bool
	NoStretch   bool
	Proposal    string
}

func (targetRow) TableName() string { return "targets" }

func targetRowOf(course int64, t rehab.Target) targetRow {
	return targetRow{
		CourseID: course, N: t.N, Muscle: t.Muscle, Side: t.Side,
		FirstNeedle: at(t.FirstNeedle), LastNeedle: at(t.LastNeedle), Extensive: t.Extensive,
		Phase: t.Phase, RM: t.RM, Unit: t.Unit, UsualG: t.UsualG, Weighed: t.Weighed,
		LoadG: t.LoadG, EntryG: t.EntryG, LoadSetAt: at(t.LoadSetAt), Shown: toJSON(t.Shown),
		Greens: t.Greens, Reds: t.Reds, Reds20: t.Reds20, AdvancedAt: at(t.AdvancedAt), StretchedAt: at(t.StretchedAt),
		Reentry: t.Reentry, ReentryG: t.ReentryG, NextConsent: t.NextConsent, Keep8: t.Keep8, NoStretch: t.NoStretch,
		Proposal: toJSON(t.Proposal),
	}
}

func (r targetRow) target() (rehab.Target, error) {
	shown, err1 := fromJSON[rehab.Prescription](r.Shown)
	proposal, err2 := fromJSON[*rehab.Proposal](r.Proposal)
	return rehab.Target{
		N: r.N, Muscle: r.Muscle, Side: r.Side,
		FirstNeedle: r.FirstNeedle.time(), LastNeedle: r.LastNeedle.time(), Extensive: r.Extensive,
		Phase: r.Phase, RM: r.RM, Unit: r.Unit, UsualG: r.UsualG, Weighed: r.Weighed,
		LoadG: r.LoadG, EntryG: r.EntryG, LoadSetAt: r.LoadSetAt.time(), Shown: shown,
		Greens: r.Greens, Reds: r.Reds, Reds20: r.Reds20,
		AdvancedAt: r.AdvancedAt.time(), StretchedAt: r.StretchedAt.time(),
		Reentry: r.Reentry, ReentryG: r.ReentryG, NextConsent: r.NextConsent, Keep8: r.Keep8, NoStretch: r.NoStretch,
		Proposal: proposal,
	}, errors.Join(err1, err2)
}

type practiceRow struct {
	CourseID   int64 `gorm:"primaryKey;autoIncrement:false"`
	N          int   `gorm:"primaryKey;autoIncrement:false"`
	Key        string
	Kind       rehab.PracticeKind
	Targets    string
	AskedAt    instant
	Answer     string
	AnsweredAt instant
	Feel       rehab.PainScore
	FeelAt     instant
}

func (practiceRow) TableName() string { return "practices" }

func practiceRowOf(course int64, p rehab.Practice) practiceRow {
	return practiceRow{
		CourseID: course, N: p.N, Key: p.Key, Kind: p.Kind, Targets: toJSON(p.Targets), AskedAt: at(p.AskedAt),
		Answer: p.Answer, AnsweredAt: at(p.AnsweredAt), Feel: p.Feel, FeelAt: at(p.FeelAt),
	}
}

func (r practiceRow) practice() (rehab.Practice, error) {
	targets, err := fromJSON[[]int](r.Targets)
	return rehab.Practice{
		N: r.N, Key: r.Key, Kind: r.Kind, Targets: targets, AskedAt: r.AskedAt.time(),
		Answer: r.Answer, AnsweredAt: r.AnsweredAt.time(), Feel: r.Feel, FeelAt: r.FeelAt.time(),
	}, err
}

type holdRow struct {
	CourseID   int64 `gorm:"primaryKey;autoIncrement:false"`
	N          int   `gorm:"primaryKey;autoIncrement:false"`
	Kind       rehab.HoldKind
	Intent     rehab.Intent
	Reason     string
	ByID       int64
	Workout    int
	FromAt     instant
	UntilAt    instant
	Clearance  bool
	Choice     rehab.SafetyChoice
	ChosenAt   instant
	Reported   bool
	Told       bool
	Asked      int
	AskedAt    instant
	Corrected  bool
	ReleasedAt instant
	ReleasedBy int64
}

func (holdRow) TableName() string { return "holds" }

func holdRowOf(course int64, h rehab.Hold) holdRow {
	return holdRow{
		CourseID: course, N: h.N, Kind: h.Kind, Intent: h.Intent, Reason: h.Reason, ByID: h.By, Workout: h.Workout,
		FromAt: at(h.From), UntilAt: at(h.Until), Clearance: h.Clearance, Choice: h.Choice, ChosenAt: at(h.ChosenAt),
		Reported: h.Reported, Told: h.Told, Asked: h.Asked, AskedAt: at(h.AskedAt), Corrected: h.Corrected,
		ReleasedAt: at(h.ReleasedAt), ReleasedBy: h.ReleasedBy,
	}
}

func (r holdRow) hold() (rehab.Hold, error) {
	return rehab.Hold{
		N: r.N, Kind: r.Kind, Intent: r.Intent, Reason: r.Reason, By: r.ByID, Workout: r.Workout,
		From: r.FromAt.time(), Until: r.UntilAt.time(), Clearance: r.Clearance,
		Choice: r.Choice, ChosenAt: r.ChosenAt.time(), Reported: r.Reported, Told: r.Told,
		Asked: r.Asked, AskedAt: r.AskedAt.time(), Corrected: r.Corrected,
		ReleasedAt: r.ReleasedAt.time(), ReleasedBy: r.ReleasedBy,
	}, nil
}

type observationRow struct {
	CourseID int64 `gorm:"primaryKey;autoIncrement:false"`
	N        int   `gorm:"primaryKey;autoIncrement:false"` // its place in the list, from 1
	At       instant
	Score    rehab.PainScore
}

func (observationRow) TableName() string { return "observations" }

func (r observationRow) observation() (rehab.Observation, error) {
	return rehab.Observation{At: r.At.time(), Score: r.Score}, nil
}

type alertRow struct {
	CourseID   int64 `gorm:"primaryKey;autoIncrement:false"`
	N          int   `gorm:"primaryKey;autoIncrement:false"`
	Key        string
	Level      rehab.AlertLevel
	Intent     rehab.Intent
	Rules      string
	Workout    int
	Target     int
	RaisedAt   instant
	AckedAt    instant
	AckedBy    int64
	RemindedAt instant
	Corrected  bool
}

func (alertRow) TableName() string { return "alerts" }

func alertRowOf(course int64, a rehab.Alert) alertRow {
	return alertRow{
		CourseID: course, N: a.N, Key: a.Key, Level: a.Level, Intent: a.Intent, Rules: toJSON(a.Rules),
		Workout: a.Workout, Target: a.Target, RaisedAt: at(a.RaisedAt),
		AckedAt: at(a.AckedAt), AckedBy: a.AckedBy, RemindedAt: at(a.RemindedAt), Corrected: a.Corrected,
	}
}

func (r alertRow) alert() (rehab.Alert, error) {
	rules, err := fromJSON[[]string](r.Rules)
	return rehab.Alert{
		N: r.N, Key: r.Key, Level: r.Level, Intent: r.Intent, Rules: rules,
		Workout: r.Workout, Target: r.Target, RaisedAt: r.RaisedAt.time(),
		AckedAt: r.AckedAt.time(), AckedBy: r.AckedBy, RemindedAt: r.RemindedAt.time(), Corrected: r.Corrected,
	}, err
}
