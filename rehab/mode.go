package rehab

import (
	"cmp"
	"time"
)

// Mode says whether a decision changes load, phase and dose by itself.
type Mode string

const (
	// ModeClinic leaves it to the clinic's default.
	ModeClinic Mode = ""
	// ModeAuto lets each decision take effect at once.
	ModeAuto Mode = "auto"
	// ModeSuggest lets each change wait for the clinician. Holds, stops and
	// alerts wait for nobody.
	ModeSuggest Mode = "suggest"
)

// EffectiveMode is the course's own mode or, where it has none, the clinic's; a
// clinic that has set nothing is in ModeAuto.
func (c *Course) EffectiveMode() Mode { return cmp.Or(c.Mode, c.ClinicMode, ModeAuto) }

// SetMode gives the course a mode of its own, or with ModeClinic takes it away.
// A suggestion that is open stays open.
func (c *Course) SetMode(mode Mode, now time.Time) {
	if c.Mode == mode {
		return
	}
	c.note(Change{What: ChangeMode, By: c.Acting, From: Standing{Mode: c.Mode}, To: Standing{Mode: mode}}, now)
	c.Mode = mode
	c.Cause = "mode changed"
}
