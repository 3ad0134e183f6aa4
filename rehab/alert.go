package rehab

import (
	"slices"
	"time"
)

// Alert is something a clinician must see.
type Alert struct {
	N        int
	Key      string // once per course
	Level    AlertLevel
	Intent   Intent
	Rules    []string
	Workout  int // 0 when it is about none
	Target   int
	RaisedAt time.Time
	AckedAt  time.Time
	AckedBy  int64 // the clinician; 0 when something else has settled it
	// RemindedAt is when a suggestion was last due to be said again.
	RemindedAt time.Time
	// Corrected is set when the answer behind it was changed afterwards.
	Corrected bool
}

// Alert returns the alert with number n, or nil.
func (c *Course) Alert(n int) *Alert {
	return find(c.Alerts, func(a *Alert) bool { return a.N == n })
}

// raise adds an alert unless one with the same key stands already. In the digest
// one alert stands for all of its sort.
func (c *Course) raise(now time.Time, key string, a Alert) {
	if a.Level == AlertNone || slices.ContainsFunc(c.Alerts, func(b Alert) bool { return b.Key == key }) {
		return
	}
	if a.Level == AlertDigest {
		c.settleAlerts(a.Intent, a.Target, now)
	}
	a.N, a.Key, a.RaisedAt = c.number(), key, now
	c.Alerts = append(c.Alerts, a)
}

// alerted reports whether an alert about no workout stands open with an intent:
// the same again is no news.
func (c *Course) alerted(intent Intent) bool {
	return slices.ContainsFunc(c.Alerts, func(a Alert) bool {
		return a.AckedAt.IsZero() && a.Workout == 0 && a.Intent == intent
	})
}

// settleAlerts closes the open alerts of level 1 with an intent and target.
func (c *Course) settleAlerts(intent Intent, target int, now time.Time) {
	for i := range c.Alerts {
		if a := &c.Alerts[i]; a.AckedAt.IsZero() && a.Level == AlertDigest && a.Intent == intent && a.Target == target {
			a.AckedAt = now
		}
	}
}

// settleDigest closes every alert of level 1: the course is over, and nothing can
// be done about them any more.
func (c *Course) settleDigest(now time.Time) {
	for i := range c.Alerts {
		if a := &c.Alerts[i]; a.AckedAt.IsZero() && a.Level == AlertDigest {
			a.AckedAt = now
		}
	}
}

// Acknowledge notes that a clinician has seen an alert. A suggestion has answers
// of its own.
func (c *Course) Acknowledge(alert int, by int64, now time.Time) error {
	a := c.Alert(alert)
	if a == nil || !a.AckedAt.IsZero() || a.Intent == IntentSuggestion {
		return ErrStale
	}
	a.AckedAt, a.AckedBy = now, by
	c.Cause = "acknowledged"
	return nil
}
