package demo

import (
	"fmt"
	"strings"
	"time"

	"afterneedle/bot/sandbox"
)

// clinician is a person who works through the digest every morning.
type clinician struct {
	*person
	play  *play
	waits map[string]bool // patients who wait for their visit
}

func (p *play) newClinician(id int64, name string) *clinician {
	who := &clinician{person: p.newPerson(id, name), play: p, waits: map[string]bool{}}
	who.react = who.morning
	return who
}

// digestHead begins every digest.
const digestHead = "Digest: "

// The time that a clinician takes for a patient of the digest.
const (
	readAfter  = 5 * time.Minute
	perPatient = 4 * time.Minute
)

// morning opens each patient of a digest and answers what is open there.
func (who *clinician) morning(e sandbox.Event) {
	if !strings.HasPrefix(e.Text, digestHead) {
		return
	}
	at := e.At.Add(readAfter)
	for _, name := range strings.Split(strings.Trim(labelsOf(e.Buttons), "|"), "|") {
		if who.waits[name] {
			continue
		}
		opened := at
		who.routine(opened, func() error {
			who.answersLater(name, opened)
			return who.TapsOn(e.MessageID, name)
		})
		at = at.Add(perPatient)
	}
}

func (who *clinician) routine(at time.Time, do func() error) {
	who.play.add(move{at: at, do: do, routine: true})
}

func (who *clinician) answersLater(name string, now time.Time) {
	at := now.Add(time.Minute)
	who.routine(at, func() error { return who.answers(name, at) })
}

// answers presses what closes an alert on the record that was opened last, one
// after the other. What needs the patient there waits for the visit.
func (who *clinician) answers(name string, now time.Time) error {
	messages := who.Messages()
	i := len(messages) - 1
	for i >= 0 && !strings.HasPrefix(messages[i].Text+messages[i].Caption, name+" · ") {
		i--
	}
	if i < 0 {
		return fmt.Errorf("the record of %s was not opened", name)
	}
	labels := labelsOf(messages[i].Buttons)
	if strings.Contains(labels, "|Allow the next step|") {
		who.waits[name] = true
		return nil
	}
	for _, label := range []string{"Keep", "Acknowledge"} {
		if strings.Contains(labels, "|"+label) {
			who.answersLater(name, now)
			return who.TapsOn(messages[i].ID, label)
		}
	}
	return nil
}

// broadcastWords go to all patients who have agreed.
const broadcastWords = "We are closed on Friday 3 April."

// clinic is what the doctor does besides the needlings and the digests.
func (s *scene) clinic() {
	writes := func(day, hour, minute int, text string) { s.at(s.on(day, hour, minute), says(s.doctor.person, text)) }
	presses := func(day, hour, minute int, label string) { s.at(s.on(day, hour, minute), taps(s.doctor.person, label)) }

	writes(4, 8, 15, "/message Dora, We have not heard from you. Is everything all right?")
	presses(11, 10, 50, "Acknowledge") // Dora's emergency
	writes(12, 10, 55, "/patients")
	presses(12, 10, 56, "Needs me")
	writes(12, 11, 0, "/release Dora")

	presses(23, 17, 20, "Reply") // to Ana
	writes(23, 17, 21, "Yes. Go slowly with the left arm.")

	writes(26, 14, 35, "/mode Fay, suggest")
	writes(30, 12, 0, "/broadcast "+broadcastWords)
	presses(30, 12, 1, "Send to")
	presses(36, 8, 30, "Confirm") // Fay's next phase
	presses(40, 8, 30, "Keep")    // and not her next load
	writes(40, 8, 35, "/history Fay")
	writes(40, 8, 40, "/mode Fay, auto")

	writes(45, 12, 0, "/brief Carla")
	presses(45, 12, 1, "Allow the next step")
	writes(60, 12, 5, "/patients")
	writes(60, 12, 6, "/patient Ben")
}
