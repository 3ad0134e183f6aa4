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
	err := t.tx.SetZone(t.patient.ID, name)
	if errors.Is(err, errZone) {
		t.line("zone.fault", "zone", name)
		return
	}
	t.fail(err)
	t.course.Cause = "another time zone"
	t.say(t.zoneBody("zone.set"))
	if t.patient.ChatID != 0 && t.course.Running() {
		t.sayTo(t.patient.ChatID, t.zoneBody("zone.patient"))
	}
}

func (t *turn) zoneBody(key string) body {
	zone := t.course.Zone
	return body{Text: t.text(key, "name", t.patient.Name, "zone", zone.String(), "time", clockTime(t.now, t.now, zone))}
}

var askZone = step{
	name: "zone",
	ask:  func(t *turn, _ form) body { return t.zoneBody("zone.ask") },
	take: keep("zone"),
}
