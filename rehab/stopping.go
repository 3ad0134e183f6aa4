package rehab

import "time"

// StopMessages ends all messages on the patient's word, until ResumeMessages.
func (c *Course) StopMessages(now time.Time) {
	c.abandonPlanned(now)
	c.StoppedAt = now
	c.Cause = "stopped"
}

// ResumeMessages goes on after a stop, planned anew from now.
func (c *Course) ResumeMessages(now time.Time) {
	c.StoppedAt = time.Time{}
	for i := range c.Holds {
		if h := &c.Holds[i]; h.Active() && !h.Clearance {
			h.Asked = 0 // the end of a pause is asked about anew
		}
	}
	c.NotBefore = later(c.NotBefore, now)
	c.heard(now)
	c.Cause = "resumed"
}

// Discharge ends the course on a clinician's word.
func (c *Course) Discharge(now time.Time) {
	c.abandonPlanned(now)
	c.settleProposals("discharged", now)
	c.note(Change{What: ChangeDischarge, By: c.Acting}, now)
	c.DischargedAt = now
	c.settleDigest(now)
	c.Cause = "discharged"
}

// Successor is the course that a needling begins when c is over, on the rules of
// today. What the patient has agreed to or stopped stands, and so does what only a
// clinician may lift; the rest after the last workout goes on.
func (c *Course) Successor(protocol *Protocol) *Course {
	next := NewCourse(c.PatientID, protocol, c.Zone, c.ClinicZone)
	next.ConsentedAt, next.StoppedAt = c.ConsentedAt, c.StoppedAt
	next.Mode, next.ClinicMode, next.Acting = c.Mode, c.ClinicMode, c.Acting
	next.NotBefore = c.restedAt()
	for _, h := range c.Holds {
		if h.Active() && (h.Clearance || h.Kind == HoldByClinician && h.Until.IsZero()) {
			h.N, h.Workout, h.ChosenAt = next.number(), 0, time.Time{} // what to do has been said
			next.Holds = append(next.Holds, h)
		}
	}
	return next
}
