package rehab

import (
	"slices"
	"time"
)

// NeedledTarget is one muscle and side of a needling that is recorded.
type NeedledTarget struct {
	Muscle string
	Side   Side
}

// NewNeedling is what a clinician records.
type NewNeedling struct {
	At      time.Time
	By      int64
	Targets []NeedledTarget
	UsualG  int // what the patient usually lifts; 0: unknown, ask
	Unit    Unit
	// Usual is what holds for single targets instead of UsualG and Unit.
	Usual     map[NeedledTarget]Weight
	Graded    bool
	Extensive bool
	// NoStretch names the muscles for which no stretch is given (I-15).
	NoStretch []string
}

// Weight is grams as somebody wrote them, with the unit to show them in.
type Weight struct {
	G    int // 0: unknown
	Unit Unit
}

// Consent notes that the patient agreed to be written to.
func (c *Course) Consent(now time.Time) {
	if c.ConsentedAt.IsZero() {
		c.ConsentedAt = now
	}
	c.heard(now)
	c.Cause = "agreed"
}

// Needle records a needling at n.At, which must not lie after now. New targets
// start both clocks; known ones restart the acute clock only (I-25) and come
// back to their load in three steps.
func (c *Course) Needle(n NewNeedling, now time.Time) *Needling {
	c.closeForNeedling(n, now)
	needling := Needling{N: c.number(), At: n.At, RecordedAt: now, By: n.By, Extensive: n.Extensive}
	if n.Graded {
		c.Track = Graded
	}
	c.audited(Change{By: n.By, Why: "a needling"}, now, func() {
		for _, nt := range n.Targets {
			t := c.targetFor(nt)
			if t == nil {
				c.Targets = append(c.Targets, c.newTarget(nt, n))
				t = &c.Targets[len(c.Targets)-1]
				c.UsualAsked = false
			} else {
				t.needledAgain(c, n, now)
			}
			needling.Targets = append(needling.Targets, t.N)
		}
		c.Needlings = append(c.Needlings, needling)
		if n.Graded {
			c.toGraded(now)
		}
	})
	c.Cause = "needled again"
	return &c.Needlings[len(c.Needlings)-1]
}

// closeForNeedling drops a workout that has not been done: any needling rests
// the whole body for a day. One that was done closes when one of its targets is
// needled again: what is known by then is all that will be.
func (c *Course) closeForNeedling(n NewNeedling, now time.Time) {
	w := c.Current()
	if w == nil {
		return
	}
	if w.Status == "" {
		w.drop(now)
		return
	}
	for _, nt := range n.Targets {
		if t := c.targetFor(nt); t != nil && w.uses(t.N) {
			c.closeWorkout(w, now)
			return
		}
	}
}

func (w *Workout) uses(target int) bool {
	return slices.ContainsFunc(w.Exercises, func(e Exercise) bool { return e.Target == target })
}

func (c *Course) targetFor(nt NeedledTarget) *Target {
	return find(c.Targets, func(t *Target) bool { return t.Muscle == nt.Muscle && t.Side == nt.Side })
}

func (c *Course) newTarget(nt NeedledTarget, n NewNeedling) Target {
	t := Target{
		N: c.number(), Muscle: nt.Muscle, Side: nt.Side, Extensive: n.Extensive,
		FirstNeedle: n.At, LastNeedle: n.At, UsualG: n.UsualG, Unit: n.Unit,
		NoStretch: slices.Contains(n.NoStretch, nt.Muscle),
	}
	if own, ok := n.Usual[nt]; ok {
		t.UsualG, t.Unit = own.G, own.Unit
	}
	if t.Unit == "" {
		t.Unit = Kilogram
	}
	c.enter(&t, firstPhase(c.Track))
	return t
}

func firstPhase(track Track) Phase {
	if track == Graded {
		return K1
	}
	return P3
}

// needledAgain restarts the acute clock. The way back leads over 60, 80 and
// 100 % of the last load that was not cut (I-25).
func (t *Target) needledAgain(c *Course, n NewNeedling, now time.Time) {
	t.FirstNeedle = earlier(t.FirstNeedle, n.At)
	if n.At.Before(t.LastNeedle) {
		return // recorded late: a later needling has restarted the clock already
	}
	c.settleProposal(t, "needled again", now)
	t.NextConsent = false // the way back comes first
	// Its extra day is kept as long as it lasts.
	t.Extensive = n.Extensive || t.Extensive && n.At.Before(t.LastNeedle.Add(extensiveRest))
	t.LastNeedle = n.At
	t.NoStretch = slices.Contains(n.NoStretch, t.Muscle)
	if n.UsualG > 0 {
		t.UsualG, t.Unit = n.UsualG, n.Unit
	}
	full := c.lastTolerated(t, "")
	if t.Reentry > 0 {
		// Still on the way back from the needling before: to the same load.
		full = t.ReentryG
	}
	if full > 0 && t.Weighed && t.LoadSetAt.After(c.lastDone(t)) {
		full = min(full, t.LoadG) // set by a clinician since: the way back leads no further
	}
	if full > 0 {
		t.Reentry, t.ReentryG = 1, full
		t.Greens = 0
		t.LoadG = c.reentryLoad(t)
	} else if !t.Weighed && t.UsualG > 0 {
		c.enter(t, t.Phase)
	}
}

// reentryPercent is the share of the full load in the three workouts after
// another needling (I-25).
var reentryPercent = [...]int{0, 60, 80, 100}

func (c *Course) reentryLoad(t *Target) int {
	return cut(t, t.ReentryG, reentryPercent[t.Reentry], c.Dose(t).Reps)
}

// lastTolerated is the last load of t that was trained and not cut, in the
// given phase or, when phase is empty, in the present one's unit; 0 if none.
func (c *Course) lastTolerated(t *Target, phase Phase) int {
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		w := &c.Workouts[i]
		for j := range w.Exercises {
			e := &w.Exercises[j]
			if phase != "" && e.Phase != phase || phase == "" && e.Phase != t.Phase && !t.Weighed {
				continue
			}
			if e.Target == t.N && e.weighed() == t.Weighed && e.tolerated(w) {
				return e.LoadG
			}
		}
	}
	return 0
}

// enter puts t into a phase at the beginning of it.
func (c *Course) enter(t *Target, phase Phase) {
	weighed := t.Weighed
	t.Phase, t.RM = phase, phase.RepetitionMax()
	t.Greens, t.Reds, t.Reds20 = 0, 0, 0
	t.Reentry, t.ReentryG, t.NextConsent = 0, 0, false
	switch {
	case phase == P3 || phase == K3:
		if c.weighable(t, phase) && t.UsualG > 0 {
			t.Weighed = true
			t.LoadG = t.UsualG * c.Protocol.FirstLoadPercent / 100
		}
	case phase == K1 || phase == K2 || phase == K5:
		t.Weighed = false
	}
	if !t.Weighed {
		t.LoadG = c.fullReps(t)
	}
	if !weighed || !t.Weighed {
		t.Shown = Prescription{}
	}
	t.EntryG = t.LoadG
}

// enterWith puts t into a phase with a share of its present load. A weight is
// kept where the phase has one, and found again on the way back from K5;
// repetitions are at most the phase's own.
func (c *Course) enterWith(t *Target, phase Phase, load int) {
	weighed, rm := t.Weighed, 0
	if last := c.lastWeight(t); t.Phase == K5 && last != nil {
		weighed, rm, load = true, last.RM, last.LoadG*load/t.LoadG
	}
	c.enter(t, phase)
	switch {
	case weighed && c.weighable(t, phase):
		t.Weighed, t.LoadG = true, load
	case !weighed:
		t.LoadG = min(t.LoadG, load)
	}
	if phase == K4 && rm > 0 {
		t.RM = rm
	}
	t.EntryG = t.LoadG
}

// lastWeight is the last exercise of t with a weight that was not cut, or nil.
func (c *Course) lastWeight(t *Target) *Exercise {
	for i := len(c.Workouts) - 1; i >= 0; i-- {
		w := &c.Workouts[i]
		for j := range w.Exercises {
			if e := &w.Exercises[j]; e.Target == t.N && e.weighed() && e.tolerated(w) {
				return e
			}
		}
	}
	return nil
}

// tolerated reports whether e was trained in w and its load not cut.
func (e *Exercise) tolerated(w *Workout) bool {
	return w.Status.trained() && e.Decision != nil && e.Decision.LoadPct >= 100
}

func (c *Course) muscle(t *Target) Muscle { return c.Protocol.Muscles[t.Muscle] }

// Dose returns the work of t in its phase: in P3 the muscle's own (I-10), in
// P6, P7 and K4 that of the repetition maximum reached.
func (c *Course) Dose(t *Target) Dose {
	d := c.Protocol.Doses[t.Phase]
	switch t.Phase {
	case P3:
		own := c.muscle(t).Dose
		own.Every, own.RestSeconds = d.Every, d.RestSeconds
		return own
	case P6, P7, K4:
		work := c.Protocol.Doses[phaseOfRM(t.RM)]
		work.Every = d.Every
		if t.RM > 0 {
			work.Reps = t.RM
		}
		return work
	}
	return d
}

// phaseOfRM is the phase whose dose belongs to a repetition maximum.
func phaseOfRM(rm int) Phase {
	switch rm {
	case 15:
		return P4
	case 12:
		return P5
	}
	return P6
}

// toGraded puts every target on the graded track, at its first step.
func (c *Course) toGraded(now time.Time) {
	for i := range c.Targets {
		if t := &c.Targets[i]; t.Phase.Track() != Graded {
			c.settleProposal(t, "another track", now)
			c.enter(t, K1)
		}
	}
}

// SetTrack changes the track of a course: to graded from any phase at K1; back
// to standard from K1 to K3 at P3, from K4 at P4 with its load, from K5 at P6.
func (c *Course) SetTrack(track Track, now time.Time) {
	if c.Track == track {
		return
	}
	c.abandonPlanned(now)
	c.note(Change{What: ChangeTrack, By: c.Acting, From: Standing{Track: c.Track}, To: Standing{Track: track}}, now)
	c.Track = track
	c.Cause = "track changed"
	c.audited(Change{By: c.Acting, Why: "another track"}, now, func() {
		if track == Graded {
			c.toGraded(now)
			return
		}
		c.toStandard(now)
	})
}

func (c *Course) toStandard(now time.Time) {
	c.settleProposals("another track", now)
	for i := range c.Targets {
		t := &c.Targets[i]
		switch t.Phase {
		case K1, K2, K3:
			c.enter(t, P3)
			c.capToWeek(t, now)
			if last := c.lastWeight(t); t.Weighed && last != nil && !c.weightSince(t, t.LastNeedle) {
				c.goBack(t, 1, t.LoadG)
			}
		case K4:
			step, full := t.Reentry, t.ReentryG
			c.enterWith(t, P4, t.LoadG)
			c.goBack(t, step, full)
		case K5:
			step := t.Reentry
			c.enterWith(t, P6, t.LoadG)
			c.goBack(t, step, t.LoadG)
		}
	}
}

// goBack puts t on a step of the way back after a needling, towards a full load; 0 is
// none.
func (c *Course) goBack(t *Target, step, full int) {
	if step > 0 && full > 0 {
		t.Reentry, t.ReentryG = step, full
		t.LoadG = c.reentryLoad(t)
		t.EntryG = t.LoadG
	}
}

// weightSince reports whether t was trained with a weight after a moment.
func (c *Course) weightSince(t *Target, at time.Time) bool {
	return slices.ContainsFunc(c.Workouts, func(w Workout) bool {
		return w.DoneAt.After(at) && slices.ContainsFunc(w.Exercises, func(e Exercise) bool { return e.Target == t.N && e.weighed() })
	})
}

// SetLoad sets the load of a target's next workout exactly; it becomes the
// entry load and starts the seven-day minimum anew.
func (c *Course) SetLoad(target int, grams int, unit Unit, now time.Time) error {
	if !c.TakesWeight(target) {
		return ErrNotWeighed
	}
	t := c.Target(target)
	c.settleProposal(t, "load set", now)
	c.audited(Change{By: c.Acting, Why: "set"}, now, func() {
		t.LoadG, t.EntryG, t.Unit, t.Weighed = grams, grams, unit, true
	})
	t.Reentry, t.Shown, t.LoadSetAt = 0, Prescription{}, now
	c.Cause = "load set"
	c.settleAlerts(IntentLowEntry, target, now)
	if w := c.Current(); w != nil && w.DoneAt.IsZero() {
		for i := range w.Exercises {
			if e := &w.Exercises[i]; e.Target == target && c.takesWeight(e) {
				c.reload(e, grams)
				c.showAgain(w, now)
			}
		}
	}
	return nil
}

// showAgain shows a card that is open anew, for its load has changed; not at night.
func (c *Course) showAgain(w *Workout, now time.Time) {
	if !w.CardAt.IsZero() && w.Status == "" && !w.Reasked && c.Protocol.Hours.awake(now, c.Zone) {
		w.show(now)
	}
}

// ErrNotWeighed answers a weight for an exercise that has none.
const ErrNotWeighed Problem = "not_weighed"

// AllowNext gives the clinician's consent to K5.
func (c *Course) AllowNext(target int, now time.Time) error {
	t := c.Target(target)
	if t == nil || !t.NextConsent {
		return ErrStale
	}
	c.settleProposal(t, "next step allowed", now)
	t.AdvancedAt = now
	c.audited(Change{What: ChangeConsent, By: c.Acting}, now, func() { c.enter(t, K5) })
	c.Cause = "next step allowed"
	return nil
}

// prescribe turns a load into what the patient is asked to do.
func (c *Course) prescribe(t *Target, previous Prescription, load int) Prescription {
	dose := c.Dose(t)
	if !t.Weighed {
		return Prescription{Grams: load, Reps: SpreadReps(load/RepsLoad(1), dose.Sets)}
	}
	step := c.Protocol.PlateGrams
	if t.Unit == Pound {
		step = c.Protocol.PlatePounds
	}
	return Prescribe(previous, load, step, t.Unit, dose.Sets, dose.Reps)
}

// TakeBack makes the course what it was before its latest needling. What has been
// sent since stays counted, numbers are not used again, for they are part of
// keys, and the audit trail goes on.
func (c *Course) TakeBack(was Course, now time.Time) {
	c.audited(Change{By: c.Acting, Why: "a needling taken back"}, now, func() {
		was.Zone, was.ClinicZone, was.Protocol = c.Zone, c.ClinicZone, c.Protocol
		was.ClinicMode, was.Acting, was.Changes = c.ClinicMode, c.Acting, c.Changes
		was.Sequence, was.PromptDay, was.PromptCount = c.Sequence, c.PromptDay, c.PromptCount
		was.Milestone, was.ReminderAt, was.SilenceAlertAt = c.Milestone, c.ReminderAt, c.SilenceAlertAt
		was.Mode = c.Mode
		was.keepSent(c)
		*c = was
	})
}

// keepSent notes what has been sent to the patient since c was kept, so that it is
// not sent again and its questions can be answered. is the course as it stands.
func (c *Course) keepSent(is *Course) {
	for i := range c.Holds {
		if h := is.Hold(c.Holds[i].N); h != nil {
			c.Holds[i].Told, c.Holds[i].Asked, c.Holds[i].AskedAt = h.Told, h.Asked, h.AskedAt
		}
	}
	for i := range c.Workouts {
		if w := is.Workout(c.Workouts[i].N); w != nil {
			c.Workouts[i].Reminded, c.Workouts[i].CardNudged = w.Reminded, w.CardNudged
		}
	}
	for _, x := range is.Practices {
		if x.Kind != DailyStretch && c.Needling(x.needling()) == nil {
			continue
		}
		x.Targets = slices.DeleteFunc(slices.Clone(x.Targets), func(n int) bool { return c.Target(n) == nil })
		if c.Practice(x.N) == nil && (x.Kind == Movement || len(x.Targets) > 0) {
			c.Practices = append(c.Practices, x)
		}
	}
	if c.answerable(is.Open) {
		c.Open = is.Open
	}
}
