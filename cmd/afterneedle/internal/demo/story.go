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
	doctorName = "Dr Weber"
)

// person is somebody with a phone.
type person struct {
	*sandbox.Person
	name  string
	terse bool // what this person has heard before is left out of what is printed
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

// taps returns a move in which who presses the newest button with a label.
func taps(who *person, label string) func() error {
	return func() error { return who.Taps(label) }
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

// scene is what the parts of the story share.
type scene struct {
	*play
	doctor *clinician
	start  time.Time
	random *rand.Rand
}

// on is a moment of the clinic's clock, so many days after the start.
func (s *scene) on(day, hour, minute int) time.Time {
	d := s.start.AddDate(0, 0, day)
	return time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, s.zone)
}

// steady pains are within the limits of every rule.
func (s *scene) steady(int) [4]int { return [4]int{2, 2 + s.random.IntN(2), 2, 2} }

// story sets the stage: who does what, and when.
func story(p *play, start time.Time, seed uint64) {
	s := &scene{play: p, doctor: p.newClinician(doctorID, doctorName), start: start, random: rand.New(rand.NewPCG(seed, 1))}
	p.at(start, func() error { return s.doctor.Start("") })
	s.anaAndBen()
	s.carlaAndDora()
	s.emil()
	s.fayAndGus()
	s.clinic()
}

func (s *scene) anaAndBen() {
	ana := s.invite(201, "Ana", s.on(0, 9, 10))
	ana.pains, ana.feel, ana.typed = s.steady, 4, true
	s.needle(s.on(0, 14, 35), "Ana", "upper trapezius left, 14:30, 8 kg", s.on(0, 14, 30))
	s.at(s.on(23, 17, 0), says(ana.person, "/contact May I swim on Saturday?"))
	s.at(s.on(60, 12, 0), says(ana.person, "/plan"))

	ben := s.invite(202, "Ben", s.on(0, 9, 20))
	ben.feel = 4
	ben.pains = func(n int) [4]int {
		switch n {
		case 2:
			return [4]int{2, 5, 4, 2} // 2 above after two hours: 15 % less
		case 3:
			return [4]int{2, 4, 3, 2} // 1 above: 10 % less
		}
		return s.steady(n)
	}
	s.needle(s.on(0, 15, 0), "Ben", "QL right, now, 40 kg", s.on(0, 15, 0))
}

func (s *scene) carlaAndDora() {
	carla := s.invite(203, "Carla", s.on(0, 9, 30))
	carla.feel, carla.afraid, carla.fear = 3, map[int]bool{2: true}, "It did not happen"
	carla.pains = func(int) [4]int { return [4]int{4, 4, 4, 4} }
	s.needle(s.on(0, 16, 0), "Carla", "levator both, now, graded", s.on(0, 16, 0))

	dora := s.invite(204, "Dora", s.on(0, 9, 40))
	dora.pains, dora.feel, dora.silentUntil = s.steady, 4, s.on(12, 12, 0)
	s.needle(s.on(1, 9, 0), "Dora", "piriformis left, yesterday 11:00", s.on(0, 11, 0)) // recorded late
	s.at(s.on(4, 8, 20), taps(dora.person, "Answer"))
	s.at(s.on(4, 8, 21), says(dora.person, "Yes, I was away. I go on next week."))
	s.at(s.on(11, 10, 30), says(dora.person, "I can't breathe well and my chest hurts"))
}

// emil is recorded by mistake first, for a needling that was Ana's, and has his
// own in the evening.
func (s *scene) emil() {
	emil := s.invite(205, "Emil", s.on(0, 9, 50))
	emil.pains, emil.feel = s.steady, 4
	s.at(s.on(0, 14, 31), says(s.doctor.person, "/session Emil, upper trapezius left, 14:30, 8 kg"))
	s.at(s.on(0, 14, 33), taps(s.doctor.person, "Undo"))
	s.needle(s.on(0, 20, 0), "Emil", "upper trapezius right, now, 7,5 kg", s.on(0, 20, 0))
}

// fayAndGus come later: Fay on the day before the clocks change, and Gus, who
// opens his link and never agrees.
func (s *scene) fayAndGus() {
	fay := s.invite(206, "Fay", s.on(25, 10, 0))
	fay.pains, fay.feel, fay.usual = s.steady, 4, "12 kg"
	s.needle(s.on(26, 14, 30), "Fay", "QL left, now", s.on(26, 14, 30))

	gus := s.newPerson(207, "Gus")
	gus.terse = true
	s.link(gus, s.on(29, 10, 0))
}

// link lets the doctor make a link, and its reader open it.
func (s *scene) link(who *person, at time.Time) {
	s.at(at, says(s.doctor.person, "/newpatient "+who.name))
	s.at(at.Add(2*time.Minute), func() error {
		payload := ""
		for _, m := range s.doctor.Messages() {
			if _, after, found := strings.Cut(m.Text, "?start="); found && strings.Contains(m.Text, "for "+who.name) {
				payload = strings.Fields(after)[0]
			}
		}
		return who.Start(payload)
	})
}

// invite gives a link to a patient who agrees.
func (s *scene) invite(id int64, name string, at time.Time) *patient {
	who := &patient{person: s.newPerson(id, name), play: s.play}
	s.link(who.person, at)
	s.at(at.Add(3*time.Minute), taps(who.person, "I agree"))
	who.terse, who.react = true, who.answer
	return who
}

func (s *scene) needle(recorded time.Time, name, rest string, needled time.Time) {
	s.birth[name] = needled
	s.at(recorded, says(s.doctor.person, fmt.Sprintf("/session %s, %s", name, rest)))
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
