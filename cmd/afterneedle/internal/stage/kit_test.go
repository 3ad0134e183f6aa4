package stage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/stage"
)

// theater is a running program with the people of one test around it.
type theater struct {
	*stage.Stage
	t    *testing.T
	zone *time.Location
	log  *safeLog
	dir  string // of the database
	// forgiving theaters may log errors and be refused by the server.
	forgiving bool
	cast      []*someone
	nextID    int64
}

// monday is when every play begins unless it says otherwise. The first patient
// has joined a minute later, at 14:30.
const monday = "2026-03-02 14:29"

const chatGap = 2 * time.Second

const (
	ownerID   = 100
	patientID = 200 // of the first patient
)

// play starts a program with the clinic "Praxis Weber" on an empty database.
func play(t *testing.T) *theater { return playFrom(t, monday) }

func playFrom(t *testing.T, start string) *theater {
	t.Helper()
	return playWith(t, start, "")
}

// playWith is for a clinic with texts of its own, from a folder.
func playWith(t *testing.T, start, texts string) *theater {
	t.Helper()
	return playOn(t, start, stage.Options{Content: texts})
}

// playOn is for a stage that is set up in another way.
func playOn(t *testing.T, start string, o stage.Options) *theater {
	t.Helper()
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := &theater{t: t, zone: zone, log: &safeLog{}, dir: t.TempDir(), nextID: patientID}
	o.Dir, o.Start, o.Zone, o.Clinic, o.Owners, o.Log = w.dir, w.moment(start), zone, "Praxis Weber", []int64{ownerID}, w.log
	w.Stage, err = stage.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.end)
	return w
}

// end looks at what must hold after every play: nothing was refused by the
// server, and nothing went wrong inside.
func (w *theater) end() {
	if !w.forgiving {
		for _, r := range w.Telegram.Refusals() {
			w.t.Errorf("the server refused %s: %d %s", r.Method, r.Code, r.Description)
		}
		if log := w.log.String(); strings.Contains(log, "level=ERROR") {
			w.t.Errorf("the program logged errors:\n%s", log)
		}
	}
	if w.t.Failed() {
		script := w.script()
		w.t.Log("…" + script[max(len(script)-1200, 0):])
	}
	w.keepScript()
	if err := w.Close(); err != nil {
		w.t.Error(err)
	}
}

// script is everything that was said, to be read.
func (w *theater) script() string {
	var b strings.Builder
	for _, e := range w.Telegram.Transcript() {
		who := fmt.Sprint(e.ChatID)
		for _, p := range w.cast {
			if p.id == e.ChatID {
				who = p.name
			}
		}
		at := e.At.In(w.zone).Format("Mon 2 Jan 15:04")
		switch e.Kind {
		case sandbox.BotSent:
			mark := "to"
			if e.Edited {
				mark = "edit for"
			}
			fmt.Fprintf(&b, "%s  %s %s\n", at, mark, who)
			for line := range strings.SplitSeq(e.Text+e.Caption, "\n") {
				fmt.Fprintf(&b, "    %s\n", line)
			}
			for _, row := range e.Buttons {
				fmt.Fprintf(&b, "    %s\n", strings.Join(labels(row), " "))
			}
		case sandbox.Said:
			fmt.Fprintf(&b, "%s  %s: %s%s\n", at, who, e.Text, e.Caption)
		case sandbox.Tapped:
			fmt.Fprintf(&b, "%s  %s taps [%s]\n", at, who, e.Label)
		}
	}
	return b.String()
}

// heldAlert are the buttons of an alert about a patient on hold.
var heldAlert = []string{"[Acknowledge]", "[Hold] [Set load] [Write]", "[Release]"}

func labels(row []sandbox.Button) []string {
	var list []string
	for _, b := range row {
		list = append(list, "["+b.Text+"]")
	}
	return list
}

// keepScript writes the play into the folder that AFTERNEEDLE_PLAYS names.
func (w *theater) keepScript() {
	dir := os.Getenv("AFTERNEEDLE_PLAYS")
	if dir == "" {
		return
	}
	name := strings.ReplaceAll(w.t.Name(), "/", "-") + ".txt"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(w.script()), 0o600); err != nil {
		w.t.Error(err)
	}
}

// moment reads "2006-01-02 15:04" in the clinic's zone.
func (w *theater) moment(text string) time.Time {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// To moves the clock to a moment such as "2026-03-03 08:00".
func (w *theater) To(text string) *theater {
	w.t.Helper()
	return w.moveTo(w.moment(text))
}

// Wait moves the clock by d.
func (w *theater) Wait(d time.Duration) *theater {
	w.t.Helper()
	return w.moveTo(w.Time.Now().Add(d))
}

func (w *theater) moveTo(at time.Time) *theater {
	w.t.Helper()
	if err := w.MoveTo(at); err != nil {
		w.t.Fatal(err)
	}
	return w
}

// settle lets the program handle what people did, and send what is due by it.
func (w *theater) settle() {
	w.t.Helper()
	if err := w.Settle(); err != nil {
		w.t.Fatalf("%v\n%s", err, w.log)
	}
	w.moveTo(w.Time.Now())
}

func (w *theater) now() time.Time { return w.Time.Now().In(w.zone) }

// someone is a person with a phone, and what they have read so far.
type someone struct {
	*sandbox.Person
	w    *theater
	id   int64
	name string
	read int           // events of the transcript
	last sandbox.Event // the message read last
}

// stranger is a person who has not met the bot.
func (w *theater) stranger(name string) *someone {
	p := &someone{w: w, id: w.nextID, name: name}
	w.nextID++
	p.Person = w.Telegram.Person(p.id, name)
	w.cast = append(w.cast, p)
	return p
}

// owner is the owner of the clinic, who has started the bot.
func (w *theater) owner() *someone {
	w.t.Helper()
	for _, p := range w.cast {
		if p.id == ownerID {
			return p
		}
	}
	p := &someone{w: w, id: ownerID, name: "Maria", Person: w.Telegram.Person(ownerID, "Maria")}
	w.cast = append(w.cast, p)
	return p.Starts("").Sees("Commands")
}

// clinician is somebody who has joined by an owner's link.
func (w *theater) clinician(name string) *someone {
	w.t.Helper()
	link := w.owner().Skips().Says("/invite").Sees("good for 24 hours").link()
	return w.stranger(name).Starts(link).Sees("You have joined Praxis Weber")
}

// patient is somebody who was invited and has agreed.
func (w *theater) patient(name string) *someone {
	w.t.Helper()
	return w.patientOf(w.owner(), name)
}

func (w *theater) patientOf(doctor *someone, name string) *someone {
	w.t.Helper()
	p := w.invited(doctor, name)
	p.Taps("I agree").Sees("You agreed").Sees("You are all set")
	doctor.Sees(name + " has joined.")
	w.Wait(time.Minute)
	return p
}

// invited is somebody who has opened the link and not agreed yet.
func (w *theater) invited(doctor *someone, name string) *someone {
	w.t.Helper()
	link := doctor.Skips().Says("/newpatient " + name).Sees("One link for " + name).link()
	doctor.Sees("can scan this")
	return w.stranger(name).Starts(link).Sees("Praxis Weber invites you", "18 or older")
}

// needled is a patient who was needled right now; fields are those of /session
// after the name.
func (w *theater) needled(name, fields string) *someone {
	w.t.Helper()
	p := w.patient(name)
	w.owner().Skips().Says("/session " + name + ", " + fields).Sees(name + ", needling of")
	return p.Sees("Needling was step 1")
}

// readyToTrain is a patient in front of the first workout: needled two days ago
// and stretched, the safety check answered. The next thing is the pain before.
func (w *theater) readyToTrain(name, fields string) *someone {
	w.t.Helper()
	p := w.needled(name, fields)
	w.Wait(24 * time.Hour)
	p.SkipsTo("From now until tomorrow").Taps("Done").Sees("Good, noted").Sees("How strong did the stretch feel").
		Taps("4").Sees("The stretch felt like 4")
	w.Wait(24 * time.Hour)
	return p.SkipsTo("quick safety check").Taps("None of these").Sees("none of these").Sees("much pain")
}

func (p *someone) do(err error) *someone {
	p.w.t.Helper()
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.w.settle()
	return p
}

// Starts opens the bot by a deep link, or without one.
func (p *someone) Starts(payload string) *someone {
	p.w.t.Helper()
	return p.do(p.Start(payload))
}

// Says types a text.
func (p *someone) Says(text string) *someone {
	p.w.t.Helper()
	_, err := p.Person.Says(text)
	return p.do(err)
}

// Taps presses the button with a label, or the beginning of one, on the newest
// message that has it.
func (p *someone) Taps(label string) *someone {
	p.w.t.Helper()
	return p.do(p.Person.Taps(label))
}

// unread are the messages, and edits of messages, that came since.
func (p *someone) unread() []sandbox.Event {
	var list []sandbox.Event
	for _, e := range p.w.Telegram.Transcript() {
		if e.Seq > p.read && e.Kind == sandbox.BotSent && e.ChatID == p.id {
			list = append(list, e)
		}
	}
	return list
}

// Sees reads the next message: it must hold all of the parts.
func (p *someone) Sees(parts ...string) *someone {
	p.w.t.Helper()
	unread := p.unread()
	if len(unread) == 0 {
		// A planned message keeps a second's distance from the one before.
		p.w.Wait(chatGap)
		unread = p.unread()
	}
	if len(unread) == 0 {
		p.w.t.Fatalf("%s %s: sees nothing, expected %q", p.w.now().Format("Mon 15:04"), p.name, parts)
	}
	p.open(unread[0])
	return p.With(parts...)
}

// With fails unless the message read last holds all of the parts.
func (p *someone) With(parts ...string) *someone {
	p.w.t.Helper()
	for _, part := range parts {
		if !strings.Contains(words(p.last), part) {
			p.w.t.Fatalf("%s %s: expected %q, sees:\n%s", p.w.now().Format("Mon 15:04"), p.name, part, words(p.last))
		}
	}
	return p
}

// SeesExactly reads the next message, which must be the text, word by word.
func (p *someone) SeesExactly(text string) *someone {
	p.w.t.Helper()
	p.Sees()
	if got := words(p.last); got != text {
		p.w.t.Fatalf("%s sees:\n%s\nexpected:\n%s", p.name, got, text)
	}
	return p
}

// Without fails when the message read last holds one of the parts.
func (p *someone) Without(parts ...string) *someone {
	p.w.t.Helper()
	for _, part := range parts {
		if strings.Contains(words(p.last), part) {
			p.w.t.Fatalf("%s sees %q in:\n%s", p.name, part, words(p.last))
		}
	}
	return p
}

// SkipsTo reads on until a message holds the part.
func (p *someone) SkipsTo(part string) *someone {
	p.w.t.Helper()
	for _, e := range p.unread() {
		p.open(e)
		if strings.Contains(words(e), part) {
			return p
		}
	}
	p.w.t.Fatalf("%s %s: no message with %q", p.w.now().Format("Mon 15:04"), p.name, part)
	return p
}

// Skips passes over everything so far.
func (p *someone) Skips() *someone {
	if unread := p.unread(); len(unread) > 0 {
		p.open(unread[len(unread)-1])
	}
	return p
}

// SeesNothing fails when there is a message that was not read.
func (p *someone) SeesNothing() *someone {
	p.w.t.Helper()
	if unread := p.unread(); len(unread) > 0 {
		p.w.t.Fatalf("%s %s: did not expect:\n%s", p.w.now().Format("Mon 15:04"), p.name, words(unread[0]))
	}
	return p
}

// WaitsFor moves the clock to the next message for this person, and reads it.
func (p *someone) WaitsFor(parts ...string) *someone {
	p.w.t.Helper()
	p.SeesNothing()
	for range 200 {
		at, ok, err := p.w.NextDue()
		if err != nil || !ok {
			p.w.t.Fatalf("%s: nothing is due, expected %q (%v)", p.name, parts, err)
		}
		p.w.moveTo(at)
		if len(p.unread()) > 0 {
			return p.Sees(parts...)
		}
	}
	p.w.t.Fatalf("%s: waits in vain for %q", p.name, parts)
	return p
}

// WaitsUntil moves the clock to the next message that holds the part, and reads
// on to it; what comes before goes unread.
func (p *someone) WaitsUntil(part string) *someone {
	p.w.t.Helper()
	for range 200 {
		for _, e := range p.unread() {
			p.open(e)
			if strings.Contains(words(e), part) {
				return p
			}
		}
		at, ok, err := p.w.NextDue()
		if err != nil || !ok {
			p.w.t.Fatalf("%s: nothing is due, expected %q (%v)", p.name, part, err)
		}
		p.w.moveTo(at)
	}
	p.w.t.Fatalf("%s: waits in vain for %q", p.name, part)
	return p
}

// Buttons compares the labels under the message read last, row by row.
func (p *someone) Buttons(rows ...string) *someone {
	p.w.t.Helper()
	var got []string
	for _, row := range p.last.Buttons {
		got = append(got, strings.Join(labels(row), " "))
	}
	if strings.Join(got, "\n") != strings.Join(rows, "\n") {
		p.w.t.Fatalf("%s: buttons\n%s\nexpected\n%s", p.name, strings.Join(got, "\n"), strings.Join(rows, "\n"))
	}
	return p
}

func (p *someone) open(e sandbox.Event) { p.read, p.last = e.Seq, e }

func words(e sandbox.Event) string { return e.Text + e.Caption }

// link is the payload of the link in the message read last.
func (p *someone) link() string {
	p.w.t.Helper()
	_, rest, ok := strings.Cut(words(p.last), "https://t.me/afterneedle_bot?start=")
	if !ok {
		p.w.t.Fatalf("%s sees no link in:\n%s", p.name, words(p.last))
	}
	return strings.Fields(rest)[0]
}

// safeLog collects the program's log.
type safeLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// seesList reads everything that is unread: each line is the time of a message
// and the words that it begins with.
func (p *someone) seesList(want []string) {
	p.w.t.Helper()
	var got []string
	for i, e := range p.unread() {
		line := e.At.In(p.w.zone).Format("Mon 2 Jan 15:04 ") + words(e)
		if i < len(want) && strings.HasPrefix(line, want[i]) {
			line = want[i]
		}
		got = append(got, line)
		p.open(e)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		p.w.t.Fatalf("%s got:\n%s\nexpected:\n%s", p.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
