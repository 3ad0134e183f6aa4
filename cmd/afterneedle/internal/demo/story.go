package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"afterneedle/bot/sandbox"
)

const (
	clinicZone = "Europe/Berlin"
	clinicName = "Praxis Weber"
	doctorID   = 100
)

// person is somebody with a phone.
type person struct {
	*sandbox.Person
	name  string
	react func(sandbox.Event)
}

func (p *play) newPerson(id int64, name string) *person {
	who := &person{Person: p.stage.Telegram.Person(id, name), name: name}
	p.people[id] = who
	return who
}

// says returns a move in which who writes text.
func says(who *person, text string) func() error {
	return func() error {
		_, err := who.Says(text)
		return err
	}
}

// patient is a person who answers as the story says.
type patient struct {
	*person
	play *play
	// pains are before, after, two hours and next morning of a workout.
	pains func(workout int) [4]int
	// silentUntil: nothing is answered before.
	silentUntil time.Time
	afraid      map[int]bool // workouts that are skipped for fear
	feel        int
	typed       bool // answers with typed numbers
	workout     int
	fear        string // the button after "did the thing happen"
	usual       string // answer to the question for the usual load
}

// The time that people take.
const (
	answerAfter   = 4 * time.Minute
	exerciseAfter = 30 * time.Minute
)

// story sets the stage: who does what, and when.
func story(p *play, start time.Time, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	day := func(n, hour, minute int) time.Time {
		d := start.AddDate(0, 0, n)
		return time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, p.zone)
	}
	doctor := p.newPerson(doctorID, "Dr Weber")
	p.at(start, func() error { return doctor.Start("") })
	steady := func(int) [4]int { return [4]int{2, 2 + random.IntN(2), 2, 2} }

	ana := p.invite(doctor, 201, "Ana", day(0, 9, 10))
	ana.pains, ana.feel, ana.typed = steady, 4, true
	p.needle(doctor, day(0, 14, 35), "Ana", "upper trapezius left, 14:30, 8 kg", day(0, 14, 30))

	ben := p.invite(doctor, 202, "Ben", day(0, 9, 20))
	ben.feel = 4
	ben.pains = func(n int) [4]int {
		switch n {
		case 2:
			return [4]int{2, 5, 4, 2} // 2 above after two hours: 15 % less
		case 3:
			return [4]int{2, 4, 3, 2} // 1 above: 10 % less
		}
		return steady(n)
	}
	p.needle(doctor, day(0, 15, 0), "Ben", "QL right, now, 40 kg", day(0, 15, 0))

	carla := p.invite(doctor, 203, "Carla", day(0, 9, 30))
	carla.feel, carla.afraid, carla.fear = 3, map[int]bool{2: true}, "It did not happen"
	carla.pains = func(int) [4]int { return [4]int{4, 4, 4, 4} }
	p.needle(doctor, day(0, 16, 0), "Carla", "levator both, now, graded", day(0, 16, 0))

	dora := p.invite(doctor, 204, "Dora", day(0, 9, 40))
	dora.pains, dora.feel, dora.silentUntil = steady, 4, day(12, 12, 0)
	p.needle(doctor, day(0, 11, 0), "Dora", "piriformis left", day(0, 11, 0))
	p.at(day(11, 10, 30), says(dora.person, "I can't breathe well and my chest hurts"))
	p.at(day(11, 10, 50), func() error { return doctor.Taps("Acknowledge") })
	p.at(day(12, 11, 0), says(doctor, "/release Dora"))

	emil := p.invite(doctor, 205, "Emil", day(0, 9, 50))
	emil.pains, emil.feel = steady, 4
	p.needle(doctor, day(0, 20, 0), "Emil", "upper trapezius right, now, 7,5 kg", day(0, 20, 0))

	fay := p.invite(doctor, 206, "Fay", day(25, 10, 0))
	fay.pains, fay.feel, fay.usual = steady, 4, "12 kg"
	p.needle(doctor, day(26, 14, 30), "Fay", "QL left, now", day(26, 14, 30)) // Saturday; the clocks change on Sunday

	p.at(day(30, 12, 0), says(doctor, "/broadcast We are closed on Friday 3 April."))
	p.at(day(30, 12, 1), func() error { return doctor.Taps("Send to") })
	p.at(day(45, 12, 0), says(doctor, "/patient Carla"))
	p.at(day(45, 12, 1), func() error { return doctor.Taps("Allow the next step") })
	p.at(day(60, 12, 0), says(ana.person, "/plan"))
	p.at(day(60, 12, 5), says(doctor, "/patients"))
	p.at(day(60, 12, 6), says(doctor, "/patient Ben"))
}

// invite lets the doctor make a link, and the patient open it and agree.
func (p *play) invite(doctor *person, id int64, name string, at time.Time) *patient {
	who := &patient{person: p.newPerson(id, name), play: p}
	p.at(at, says(doctor, "/newpatient "+name))
	p.at(at.Add(2*time.Minute), func() error {
		payload := ""
		for _, m := range doctor.Messages() {
			if _, after, found := strings.Cut(m.Text, "?start="); found && strings.Contains(m.Text, "for "+name) {
				payload = strings.Fields(after)[0]
			}
		}
		return who.Start(payload)
	})
	p.at(at.Add(3*time.Minute), func() error { return who.Taps("I agree") })
	who.react = who.answer
	return who
}

func (p *play) needle(doctor *person, recorded time.Time, name, rest string, needled time.Time) {
	p.birth[name] = needled
	p.at(recorded, says(doctor, fmt.Sprintf("/session %s, %s", name, rest)))
}

// answer does what this patient does with a message of the bot.
func (who *patient) answer(e sandbox.Event) {
	if e.At.Before(who.silentUntil) {
		return
	}
	tap := func(label string) {
		who.play.at(e.At.Add(answerAfter), func() error { return who.TapsOn(e.MessageID, label) })
	}
	labels := labelsOf(e.Buttons)
	switch {
	case strings.Contains(labels, "|None of these|") && !strings.Contains(labels, "|Skin or fever|"):
		tap("None of these")
	case strings.Contains(labels, "|Stopped|"):
		who.train(e)
	case strings.Contains(labels, "|Not today|"):
		tap("Done")
	case strings.Contains(labels, "|Afraid|"):
		tap("Afraid")
	case strings.Contains(labels, "|10|"):
		who.score(e)
	case strings.Contains(labels, "|It happened|"):
		tap(who.fear)
	case strings.Contains(labels, "|Yes, 2 or more|"):
		tap("Yes, 2 or more")
	case strings.Contains(e.Text, "What weight do you usually lift"):
		who.play.at(e.At.Add(answerAfter), says(who.person, who.usual))
	}
}

// train does the exercise of a card, or leaves it for fear.
func (who *patient) train(e sandbox.Event) {
	if strings.Contains(e.Text, "card is still here") {
		return
	}
	if who.afraid[who.workout] {
		who.play.at(e.At.Add(answerAfter), func() error { return who.TapsOn(e.MessageID, "Not today") })
		return
	}
	who.play.at(e.At.Add(exerciseAfter), func() error { return who.TapsOn(e.MessageID, "Done") })
}

// score answers one of the pain questions.
func (who *patient) score(e sandbox.Event) {
	n := who.feel
	switch questionOf(e.Text) {
	case "before":
		who.workout++
		n = who.pains(who.workout)[0]
	case "after":
		n = who.pains(who.workout)[1]
	case "two hours":
		n = who.pains(who.workout)[2]
	case "next morning":
		n = who.pains(who.workout)[3]
	}
	text := strconv.Itoa(n)
	if who.typed && questionOf(e.Text) == "two hours" {
		who.play.at(e.At.Add(answerAfter), says(who.person, text))
		return
	}
	who.play.at(e.At.Add(answerAfter), func() error { return who.TapsOn(e.MessageID, text) })
}

// questionOf names a pain question by its words.
func questionOf(text string) string {
	for words, name := range map[string]string{
		"Before you start": "before", "Right after": "after", "It has been about 2 hours": "two hours",
		"Good morning": "next morning", "How strong did the stretch feel": "stretch",
	} {
		if strings.Contains(text, words) {
			return name
		}
	}
	return ""
}

// labelsOf joins the labels of a keyboard as "|Done|Not today|".
func labelsOf(buttons [][]sandbox.Button) string {
	all := "|"
	for _, row := range buttons {
		for _, b := range row {
			all += b.Text + "|"
		}
	}
	return all
}
