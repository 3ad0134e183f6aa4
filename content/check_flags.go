package content

import (
	"slices"

	"afterneedle/rehab"
)

var flagActions = map[string]rehab.Action{"stop": rehab.Stop, "hold": rehab.HoldExercise}

// leastLevel is the mildest level that a clinic may give each red flag and
// each button of the safety list.
var (
	leastFlag = map[string]Level{
		"RF1": LevelEmergency, "RF2": LevelEmergency, "RF3": LevelEmergency, "RF4": LevelEmergency,
		"RF5": LevelUrgent, "RF6": LevelEmergency, "RF7": LevelUrgent, "RF8": LevelUrgent,
		"RF9": LevelEmergency, "RF10": LevelUrgent, "RF11": LevelEmergency,
	}
	leastSymptom = map[string]Level{
		"breathing": LevelEmergency, "nerves": LevelEmergency, "skin": LevelUrgent, "bleeding": LevelEmergency,
		"belly": LevelEmergency, "other": LevelOther, "none": LevelNone,
	}
	symptomIDs = []string{"breathing", "nerves", "skin", "bleeding", "belly", "other", "none"}
	flagIDs    = []string{"RF1", "RF2", "RF3", "RF4", "RF5", "RF6", "RF7", "RF8", "RF9", "RF10", "RF11"}
	holdIDs    = []string{"H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", "H11", "H12"}
)

// Hours of a hold that ends without a clinician: S-70.
const shortestPause, longestPause = 24, 72

func (s *source) checkRedFlags(r *report) {
	d := s.docs["redflags.yaml"]
	sameKeys(r, d, []any{"flags"}, s.redFlags.Flags, flagIDs)
	sameKeys(r, d, []any{"symptoms"}, s.redFlags.Symptoms, symptomIDs)
	sameKeys(r, d, []any{"holds"}, s.redFlags.Holds, holdIDs)
	for id, f := range s.redFlags.Flags {
		checkLevel(r, d, []any{"flags", id, "level"}, Level(f.Level), leastFlag[id])
		if _, ok := flagActions[f.Action]; !ok {
			r.atUnread(d, []any{"flags", id, "action"}, "action must be stop or hold, not %q", f.Action)
		}
		if Level(f.Level) == LevelEmergency && f.Action == "hold" {
			r.at(d, []any{"flags", id, "action"}, "the action of an emergency must be stop")
		}
		if f.Source == "" {
			r.atUnread(d, []any{"flags", id}, "%s has no source", id)
		}
	}
	for id, f := range s.redFlags.Symptoms {
		checkLevel(r, d, []any{"symptoms", id, "level"}, Level(f.Level), leastSymptom[id])
	}
	for id, f := range s.redFlags.Holds {
		s.checkHold(id, f, r)
	}
}

func checkLevel(r *report, d *document, path []any, level, least Level) {
	levels := []Level{LevelNone, LevelOther, LevelUrgent, LevelEmergency}
	switch {
	case !slices.Contains(levels, level):
		r.atUnread(d, path, "level must be emergency, urgent, other or none, not %q", level)
	case level.rank() < least.rank():
		r.at(d, path, "level of %s must be at least %s, not %s", path[1], least, level)
	}
}

// releases are those who can end a pause, the most cautious last.
var releases = []string{"automatic", "patient", "clinician"}

func (s *source) checkHold(id string, f holdFile, r *report) {
	d := s.docs["redflags.yaml"]
	path := func(key string) []any { return []any{"holds", id, key} }
	if !slices.Contains(releases, f.Release) {
		r.atUnread(d, path("release"), "release must be patient, clinician or automatic, not %q", f.Release)
	}
	if f.Hours == 0 && f.MaxHours == 0 {
		return
	}
	between(r, d, path("hours"), f.Hours, shortestPause, longestPause)
	between(r, d, path("max_hours"), f.MaxHours, f.Hours, longestPause)
}
