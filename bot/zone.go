package bot

import (
	"errors"
	"strings"

	"afterneedle/rehab"
)

// errZone is what the store says of a name that is no time zone.
const errZone rehab.Problem = "unknown_zone"

// zonePatient moves the patient at hand to another time zone, or asks for it.
func (t *turn) zonePatient(name string) {
	name = strings.TrimSpace(name)
	if name == "" {
		t.begin("zone", nil)
		return
	}
	if !t.movesTo(name) {
		return
	}
	t.say(t.zoneBody("zone.set"))
	if t.patient.ChatID != 0 && t.course.Running() {
		t.sayTo(t.patient.ChatID, t.zoneBody("zone.patient"))
	}
}

// movesTo sets the zone of the patient at hand; false, with a line about it, when
// there is none of this name.
func (t *turn) movesTo(name string) bool {
	err := t.tx.SetZone(t.patient.ID, name)
	if errors.Is(err, errZone) {
		t.line("zone.fault", "zone", name)
		return false
	}
	t.fail(err)
	t.course.Cause = "another time zone"
	return err == nil
}

func (t *turn) zoneBody(key string) body {
	zone := t.course.Zone
	return body{Text: t.text(key, "name", t.patient.Name, "zone", zone.String(), "time", t.now.In(zone).Format("15:04"))}
}

var askZone = step{
	name: "zone",
	ask:  func(t *turn, _ form) body { return t.zoneBody("zone.ask") },
	take: keep("zone"),
}
