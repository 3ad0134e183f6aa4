package demo

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"afterneedle/bot/sandbox"
)

// audited is what the auditor read out of the sandbox. Its windows and loads are
// written down here as they must be; it asks no part of the program.
type audited struct {
	sent, inside map[string]int
	names        []string
	loads        map[string][]string
	cards        map[string][]time.Time // of the cards with these loads
	alerts       []string
	digests      []string // day and names
	messages     int
	refused      int
	problems     []string

	zone *time.Location
}

// What tells a workout card, and how it is called.
const (
	cardWords   = "Warm up and cool down"
	workoutCard = "workout card"
)

// kindOf names the messages of a patient by their words.
var kindOf = []struct{ words, kind string }{
	{"invites you here", "invitation"},
	{"Needling was step 1", "welcome"},
	{"Time to move a little", "movement"},
	{"Time for a gentle stretch", "gentle stretch"},
	{"From now until tomorrow", "main stretch"},
	{"Today's stretch", "daily stretch"},
	{"Before the first workout comes one stretch", "daily stretch"},
	{"A quick safety check", "safety check"},
	{"Before you start", "pain before"},
	{"Your workout is still open", "reminder"},
	{"Your workout card is still here", "reminder"},
	{cardWords, workoutCard},
	{"Right after the workout, how much", "pain right after"},
	{"It has been about 2 hours", "pain after 2 hours"},
	{"Good morning", "pain next morning"},
	{"How strong did the stretch feel", "strength of the stretch"},
	{"What kind of pain", "optional questions"},
	{"Could you have done 2 more", "optional questions"},
	{"you were worried about happen", "optional questions"},
	{"Twelve weeks are done", "closing"},
	{"has looked at your next load", "confirmed load"},
	{"has taken back what it noted", "needling taken back"},
	{"I pass this on to", "words passed on"},
	{"Praxis Weber\n", "message from the clinic"},
	{"We are closed on Friday", "broadcast"},
	{"Call 112 now", "emergency text"},
}

// timed kinds come by the clock, and so never at night; all others answer
// something that the patient has just done.
var timed = map[string]bool{
	"movement": true, "gentle stretch": true, "main stretch": true, "daily stretch": true, "reminder": true,
	"pain after 2 hours": true, "pain next morning": true, "closing": true, "broadcast": true,
	"confirmed load": true, "message from the clinic": true,
}

// audit reads everything that the sandbox received.
func audit(server *sandbox.Server, people map[int64]*person, needled map[string]time.Time, zone *time.Location) *audited {
	a := &audited{
		sent: map[string]int{}, inside: map[string]int{}, loads: map[string][]string{}, cards: map[string][]time.Time{}, zone: zone,
		refused: len(server.Refusals()),
	}
	for _, r := range server.Refusals() {
		a.problem("%s was refused: %s", r.Method, r.Description)
	}
	events := server.Transcript()
	for _, e := range events {
		if e.Kind == sandbox.BotSent {
			a.messages++
		}
	}
	chats := chats{}
	for _, id := range slices.Sorted(maps.Keys(people)) {
		name := people[id].name
		chats[name] = slices.DeleteFunc(slices.Clone(events), func(e sandbox.Event) bool { return e.ChatID != id })
		if name == doctorName {
			continue
		}
		a.names = append(a.names, name)
		a.patient(&witness{audited: a, name: name, needled: needled[name], graded: name == "Carla", mine: chats[name]})
	}
	a.loadsAsExpected()
	a.clinic(chats, needled["Emil"])
	return a
}

func (a *audited) problem(format string, args ...any) {
	a.problems = append(a.problems, fmt.Sprintf(format, args...))
}

func (a *audited) kinds() []string { return slices.Sorted(maps.Keys(a.sent)) }

func (a *audited) total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// witness looks at one patient's chat.
type witness struct {
	*audited
	name    string
	needled time.Time
	graded  bool
	mine    []sandbox.Event

	acted    time.Time // the last time that the patient did something
	done     time.Time // the last Done on a workout card
	emergent bool      // from an emergency text on, until the doctor's release
	open     map[string]int
	lastCard string
}

// patient checks every message of one chat in order.
func (a *audited) patient(w *witness) {
	w.open = map[string]int{}
	card := 0
	for _, e := range w.mine {
		switch {
		case e.Kind == sandbox.Said:
			w.acted = e.At
		case e.Kind == sandbox.Tapped:
			w.acted = e.At
			if e.Label == "Done" && e.MessageID == card {
				w.done = e.At
				w.open["workouts done"]++
			}
		case e.Kind == sandbox.BotSent && !e.Edited:
			kind := w.message(e)
			if kind == workoutCard {
				card = e.MessageID
				w.card(e)
			}
		}
	}
	for _, kind := range []string{"pain right after", "pain after 2 hours"} {
		if w.open[kind] != w.open["workouts done"] {
			w.problem("%s: %d workouts done, but %d times asked for %s", w.name, w.open["workouts done"], w.open[kind], kind)
		}
	}
	if missing := w.open["workouts done"] - w.open["pain next morning"]; missing < 0 || missing > 1 {
		w.problem("%s: %d workouts done, but %d next mornings asked", w.name, w.open["workouts done"], w.open["pain next morning"])
	}
}

// message judges one message: what it is, and whether it came in its window.
func (w *witness) message(e sandbox.Event) string {
	kind := "other answers"
	for _, k := range kindOf {
		if strings.Contains(e.Text, k.words) {
			kind = k.kind
		}
	}
	w.sent[kind]++
	w.open[kind]++
	if why := w.outside(kind, e.At); why != "" {
		w.problem("%s to %s, %s: %s", kind, w.name, e.At.In(w.zone).Format("Mon 2 Jan 15:04"), why)
	} else {
		w.inside[kind]++
	}
	if kind == "emergency text" {
		w.emergent = true
	}
	if strings.Contains(e.Text, "The pause is over") {
		w.emergent = false
	}
	if w.emergent && strings.Contains(labelsOf(e.Buttons), "|Done|") {
		w.problem("%s to %s after an emergency sign and before the release", kind, w.name)
	}
	return kind
}

// outside says why a moment is outside of the window of a kind; "" when it is
// inside.
func (w *witness) outside(kind string, at time.Time) string {
	local, since, answered := at.In(w.zone), at.Sub(w.needled), at.Sub(w.acted) < time.Minute
	night := local.Hour() < 8 || local.Hour() >= 21
	switch {
	case night && timed[kind]:
		return "it is night"
	case night && !answered:
		return "it is night, and nobody asked"
	}
	floor := 48 * time.Hour
	if w.graded {
		floor = 24 * time.Hour
	}
	afterDone := at.Sub(w.done)
	switch kind {
	case "movement":
		lastMinute := local.Hour() == 20 && local.Minute() == 59 && w.needled.In(w.zone).Hour() >= 15
		return unless(since >= 4*time.Hour && since < 6*time.Hour || lastMinute && since < 6*time.Hour, "not 4 to 6 hours after the needling")
	case "gentle stretch":
		return unless(since >= 6*time.Hour && since < 24*time.Hour, "not 6 to 24 hours after the needling")
	case "main stretch":
		return unless(since >= 24*time.Hour && since < 48*time.Hour, "not 24 to 48 hours after the needling")
	case "safety check", "pain before", workoutCard:
		return unless(since >= floor, "earlier than "+floor.String()+" after the needling")
	case "pain after 2 hours":
		return unless(afterDone >= 90*time.Minute && afterDone <= 4*time.Hour, "not 1:30 to 4:00 hours after the workout")
	case "pain next morning":
		nextDay := local.YearDay() != w.done.In(w.zone).YearDay()
		return unless(nextDay && afterDone >= 12*time.Hour && afterDone < 36*time.Hour, "not on the morning after the workout")
	}
	return ""
}

func unless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}

// work finds the prescriptions of a card: "3 sets of 12, 4 kg."
var work = regexp.MustCompile(`(?m)^(\d+ (?:sets? of|sets:|holds of) [^\n]*)\.$`)

// card notes the load of a workout card when it differs from the one before.
func (w *witness) card(e sandbox.Event) {
	if load := loadOf(e); load != w.lastCard {
		w.lastCard = load
		w.loads[w.name] = append(w.loads[w.name], load)
		w.cards[w.name] = append(w.cards[w.name], e.At)
	}
}

// loadOf is what a workout card asks for, in short.
func loadOf(card sandbox.Event) string {
	var loads []string
	for _, m := range work.FindAllStringSubmatch(card.Text, -1) {
		loads = append(loads, strings.NewReplacer(" sets of ", "×", " holds of ", " holds × ").Replace(m[1]))
	}
	return strings.Join(slices.Compact(loads), " + ")
}

// loadsAsExpected compares what the cards said with what they must say, and names
// the first one that is wrong.
func (a *audited) loadsAsExpected() {
	for _, name := range a.names {
		want, got := expectedLoads[name], a.loads[name]
		if slices.Equal(want, got) {
			continue
		}
		i := 0
		for i < min(len(want), len(got)) && want[i] == got[i] {
			i++
		}
		must := "no further change"
		if i < len(want) {
			must = want[i]
		}
		if i == len(got) {
			a.problem("loads of %s: no card says %s", name, must)
			continue
		}
		a.problem("loads of %s: the card of %s says %s and must say %s; after it %s", name,
			a.cards[name][i].In(a.zone).Format("Mon 2 Jan 15:04"), got[i], must, strings.Join(got[i+1:], " · "))
	}
}
