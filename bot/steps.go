package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"afterneedle/rehab"
)

// option is a button of a guided conversation.
func (t *turn) option(key, value string) button { return t.label(key, "form", 0, value) }

// keep is what most steps do with an answer that needs no reading.
func keep(name string) func(*turn, form, string) (string, bool) {
	return func(_ *turn, f form, value string) (string, bool) {
		f.Values[name] = value
		return "", true
	}
}

var askName = step{
	name: "name",
	ask:  func(t *turn, _ form) body { return body{Text: t.text("newpatient.ask")} },
	take: func(t *turn, f form, value string) (string, bool) {
		if name := oneLine(value); t.nameFits(name) {
			f.Values["name"] = name
			return "", true
		}
		return "", false
	},
}

// holdReasons are offered for a hold; the patient reads them.
var holdReasons = []string{"fever", "pain", "bruise", "away"}

var askReason = step{
	name: "reason",
	ask: func(t *turn, _ form) body {
		var buttons []button
		for _, key := range holdReasons {
			buttons = append(buttons, t.option("reason."+key, "reason."+key))
		}
		return body{Text: t.text("hold.reason", "name", t.patient.Name), Rows: column(buttons...)}
	},
	take: func(t *turn, f form, value string) (string, bool) {
		for _, key := range holdReasons {
			if value == "reason."+key {
				value = plainLabel(t.text("hold.because." + key))
			}
		}
		h, ok := t.readHold(value)
		if ok && h.reason == "" {
			t.line("hold.reason", "name", t.patient.Name)
			return "", false
		}
		f.Values["reason"] = h.reason
		if h.length > 0 {
			f.Values["length"] = h.lengthText()
		}
		return "", ok
	},
}

// untilRelease is the length of a hold that has none.
const untilRelease = "release"

var askLength = step{
	name: "length",
	ask: func(t *turn, _ form) body {
		var buttons []button
		for _, hours := range []int{24, 48, 72} {
			buttons = append(buttons, button{
				Label: plainLabel(t.text("button.hours", "n", hours)), Verb: "form", Value: strconv.Itoa(hours) + "h",
			})
		}
		return body{
			Text: t.text("hold.length", "name", t.patient.Name),
			Rows: [][]button{buttons, {t.option("until_release", untilRelease)}},
		}
	},
	take: func(t *turn, f form, value string) (string, bool) {
		if value != untilRelease {
			length, ok := readHours(value)
			if !ok {
				t.line("hold.duration", "field", short(value))
				return "", false
			}
			value = holding{length: length}.lengthText()
		}
		f.Values["length"] = value
		return "", true
	},
	skip: func(_ *turn, f form) bool { return f.Values["length"] != "" },
}

// holding is what one /hold asks for; no length lasts until the release.
type holding struct {
	reason string
	length time.Duration
}

func (h holding) lengthText() string { return strconv.Itoa(int(h.length.Hours())) + "h" }

var (
	// holdHours is a duration at the end of /hold, such as "48h".
	holdHours = regexp.MustCompile(`^(\d{1,4}) ?h(?:ours?)?$`)
	// durationLike is what somebody may have meant as one, read or not.
	durationLike = regexp.MustCompile(`^(?:for )?(?:[\d.,½]+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen)` +
		`[ -]?(?:h|hrs?|hours?|m|mins?|minutes?|d|days?|w|wks?|weeks?|months?)\.?$`)
)

// longestHold is the longest hold with an end; default of ours.
const longestHold = 90 * 24 * time.Hour

func readHours(text string) (time.Duration, bool) {
	m := holdHours.FindStringSubmatch(plain(text))
	if m == nil {
		return 0, false
	}
	h, err := strconv.Atoi(m[1])
	length := time.Duration(h) * time.Hour
	return length, err == nil && length > 0 && length <= longestHold
}

// readHold reads "reason" or "reason, 48h"; the reason may be missing. It says
// what is wrong when ok is false.
func (t *turn) readHold(text string) (h holding, ok bool) {
	parts := fields(text)
	if n := len(parts); n > 0 && durationLike.MatchString(plain(parts[n-1])) {
		if h.length, ok = readHours(parts[n-1]); !ok {
			t.line("hold.duration", "field", short(parts[n-1]))
			return h, false
		}
		parts = parts[:n-1]
	}
	h.reason = strings.Join(parts, ", ")
	if len([]rune(h.reason)) > 200 {
		t.line("hold.fault")
		return h, false
	}
	return h, true
}

func (t *turn) endHold(f form) {
	length, _ := readHours(f.Values["length"])
	t.setHold(holding{f.Values["reason"], length})
}

// everyTarget stands for all muscles that take a weight.
const everyTarget = "all"

var askTarget = step{
	name: "target",
	ask: func(t *turn, _ form) body {
		var buttons []button
		for _, target := range t.weighed("") {
			buttons = append(buttons, button{Label: t.targetName(target), Verb: "form", Value: t.targetName(target)})
		}
		return body{
			Text: t.text("load.which", "name", t.patient.Name),
			Rows: column(append(buttons, t.option("all_targets", everyTarget))...),
		}
	},
	take: func(t *turn, f form, value string) (string, bool) {
		if value != everyTarget && len(t.weighed(value)) == 0 {
			t.line("load.unweighed", "name", t.patient.Name)
			return "", false
		}
		f.Values["target"] = value
		return "", true
	},
	skip: func(t *turn, f form) bool { return f.Values["target"] != "" || len(t.weighed("")) < 2 },
}

var askWeight = step{
	name: "weight",
	ask:  func(t *turn, _ form) body { return body{Text: t.text("load.ask", "name", t.patient.Name)} },
	take: func(t *turn, f form, value string) (string, bool) {
		if _, _, err := rehab.ParseLoad(value); err != nil {
			t.line("load.fault")
			return "", false
		}
		f.Values["weight"] = value
		return "", true
	},
}

// weighed are the targets that take a weight and whose name begins with what was
// typed.
func (t *turn) weighed(typed string) []*rehab.Target {
	var list []*rehab.Target
	for i := range t.course.Targets {
		target := &t.course.Targets[i]
		begins, _ := sameName(t.targetName(target), typed)
		if begins && t.course.TakesWeight(target.N) {
			list = append(list, target)
		}
	}
	return list
}

func (t *turn) targetName(target *rehab.Target) string {
	m, _ := t.bot.content.Muscle(target.Muscle)
	return m.Name + " " + plainLabel(t.text("side."+string(target.Side)))
}

func (t *turn) readyForLoad() bool {
	if len(t.weighed("")) == 0 {
		t.line("load.unweighed", "name", t.patient.Name)
		return false
	}
	return true
}

func (t *turn) endLoad(f form) {
	grams, unit, err := rehab.ParseLoad(f.Values["weight"])
	t.fail(err)
	typed := f.Values["target"]
	if typed == everyTarget {
		typed = ""
	}
	t.setLoad(typed, grams, unit)
}

var askTrack = step{
	name: "track",
	ask: func(t *turn, _ form) body {
		return body{Text: t.text("track.ask", "name", t.patient.Name), Rows: t.trackRow()}
	},
	take: func(t *turn, f form, value string) (string, bool) {
		if _, ok := readTrack(value); !ok {
			t.say(body{Text: t.text("track.ask", "name", t.patient.Name)})
			return "", false
		}
		return keep("track")(t, f, value)
	},
}

func (t *turn) trackRow() [][]button {
	return row(t.option("standard", string(rehab.Standard)), t.option("graded", string(rehab.Graded)))
}

func readTrack(text string) (rehab.Track, bool) {
	track := rehab.Track(plain(text))
	return track, track == rehab.Standard || track == rehab.Graded
}

var askEnd = step{
	name: "confirm",
	ask: func(t *turn, _ form) body {
		return body{Text: t.text("discharge.ask", "name", t.patient.Name), Rows: row(t.option("discharge", "yes"))}
	},
	take: func(t *turn, _ form, value string) (string, bool) {
		if value != "yes" {
			t.line("discharge.ask", "name", t.patient.Name)
		}
		return "", value == "yes"
	},
}

func (t *turn) readyToEnd() bool {
	if !t.course.DischargedAt.IsZero() {
		t.line("discharge.done", "name", t.patient.Name)
		return false
	}
	return true
}
