package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	people "afterneedle/cmd/afterneedle/internal/crowd"
	"afterneedle/rehab"
	"afterneedle/store"
)

// image is what lay on the disk at one moment, and what Telegram knew then.
type image struct {
	path      string
	events    []sandbox.Event
	confirmed int // updates that Telegram will never bring again
}

// snap stops a process between two of its instructions, as a power cut does, copies
// its database and lets it go on.
func snap(t *testing.T, w *world, pid int, said func() int, path string) image {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}()
	i := image{path: path}
	// Before the copy: what is confirmed must lie in it. What was sent is asked for
	// after it.
	n := said()
	i.confirmed = n - w.telegram.PendingUpdates()
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(w.env["DATABASE_URL"] + end)
		if err == nil {
			err = os.WriteFile(path+end, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	i.events = w.telegram.Transcript()
	return i
}

// torn is the same disk with the end of the log lost: cut off, or full of something
// else. ok is false when SQLite may have begun to put the log into the file: it does
// that only with what it knows to lie on the disk, and loses no part of it.
func (i image) torn(t *testing.T, chance *rand.Rand) (torn image, ok bool) {
	t.Helper()
	torn = image{path: i.path + ".torn", events: i.events}
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(i.path + end)
		if err != nil {
			t.Fatal(err)
		}
		if end == "-wal" && len(content) > 0 {
			if pagesIn(content) >= checkpointFrom {
				return torn, false
			}
			from := chance.IntN(len(content))
			for j := from; j < len(content); j++ {
				content[j] = byte(chance.Uint32())
			}
			content = content[:from+chance.IntN(len(content)-from+1)]
		}
		if err := os.WriteFile(torn.path+end, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return torn, true
}

// checkpointFrom is how many pages a log has when SQLite puts them into the file.
const checkpointFrom = 1000

// pagesIn counts the pages of a log that belong to its present round: those whose salt
// is the log's own (sqlite.org/fileformat2.html, 4).
func pagesIn(log []byte) (n int) {
	const header, frameHeader = 32, 24
	size := int(binary.BigEndian.Uint32(log[8:12]))
	salt := log[16:24]
	for at := header; at+frameHeader+size <= len(log) && bytes.Equal(log[at+8:at+16], salt); at += frameHeader + size {
		n++
	}
	return n
}

// whole opens the image and looks for damage, for answers of which only a part was
// kept, and for messages that are known as sent and were not. It returns how many
// updates were kept.
func (i image) whole(t *testing.T, c crowd) (kept int) {
	t.Helper()
	c.path = i.path
	s := c.open(t)
	if err := s.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	arrived := map[string]bool{}
	for _, e := range i.events {
		if e.Kind == sandbox.BotSent {
			arrived[fmt.Sprint(e.ChatID, " ", e.MessageID)] = true
		}
	}
	latest := c.latestWorkouts(t)
	answers := 0
	for patient, list := range c.timeline(t) {
		said := map[rehab.PromptKind]int{}
		for _, d := range list {
			said[d.Kind]++
			if d.State == rehab.DeliverySent && !arrived[fmt.Sprint(d.ChatID, " ", d.MessageID)] {
				t.Errorf("patient %d: %s is known as sent and did not arrive", patient, d.Key)
			}
		}
		var before, finished, after int
		if last := latest[patient]; !last.AskedAt.Before(c.at) {
			before, finished, after = count1(last.Before.Known()), count1(!last.DoneAt.IsZero()), count1(last.After.Known())
		}
		if said[rehab.PromptCard] != before || said[rehab.PromptAfter] != finished || said[rehab.KindEdit] != before+finished+after {
			t.Errorf("patient %d: answers %d %d %d, and %v", patient, before, finished, after, said)
		}
		answers += before + finished + after
	}
	db, err := sql.Open("sqlite3", i.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT COUNT(*) FROM inbox").Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if kept != answers {
		t.Errorf("%d updates are noted, and %d answers are kept", kept, answers)
	}
	return kept
}

// latestWorkouts are the last workout of each patient.
func (c *crowd) latestWorkouts(t *testing.T) map[int64]rehab.Workout {
	t.Helper()
	latest := map[int64]rehab.Workout{}
	c.within(t, func(tx *store.Tx) error {
		for _, patient := range c.patients {
			course, err := tx.Course(patient)
			if err != nil {
				return err
			}
			if n := len(course.Workouts); n > 0 {
				latest[patient] = course.Workouts[n-1]
			}
		}
		return nil
	})
	return latest
}

func count1(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestPowerLoss takes what lies on the disk at random moments, while patients are
// asked about their workouts and answer, and opens each copy: as it is, and with the
// end of its log lost.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	const n = 80
	cuts := shorter(20, 6)
	start := at(t, "Europe/Berlin", "2026-03-07 08:59")
	w := stand(t, start)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0", "AFTERNEEDLE_REHEARSAL_START", start.Format(time.RFC3339))
	c := populateWith(t, w, start.Location(), n, true, func(_ int, course *rehab.Course, owner int64) {
		needled := start.Add(-96 * time.Hour)
		course.ConsentedAt = needled.Add(-time.Hour)
		people.Needled(course, owner, needled, needled)
		live(t, course, needled, start, answersAll)
	})
	p, text := launchWithPID(t, w.env)
	w.adopt(p)
	w.mu.Lock()
	w.live = false // Telegram's clock must not ask a program that is stopped
	w.mu.Unlock()
	pid, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		_, _, _ = call(http.MethodPost, w.clock+"/clock", `{"advance":"2m"}`)
	}()
	taps := w.tapEverything(c.chats, "2", "Done", "3")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 3))
	dir := t.TempDir()
	var images []image
	for len(images) < cuts && taps.left() > 0 {
		target := w.telegram.Stats().Messages + chance.IntN(15)
		w.wait(func([]sandbox.Event) bool { return true })
		for w.telegram.Stats().Messages < target && taps.left() > 0 {
			taps.next(t)
		}
		images = append(images, snap(t, w, pid, taps.done, filepath.Join(dir, fmt.Sprintf("%d.db", len(images)))))
	}
	<-asked
	if len(images) < cuts {
		t.Fatalf("everything was answered after %d copies", len(images))
	}
	w.stop(kill)
	logs := 0
	for _, i := range images {
		torn, ok := i.torn(t, chance) // opening puts the log into the file
		if kept := i.whole(t, *c); kept < i.confirmed {
			t.Errorf("%d updates are confirmed to Telegram, and %d are kept", i.confirmed, kept)
		}
		if ok {
			torn.whole(t, *c)
			logs++
		}
	}
	t.Logf("%d of %d copies had a log that could be torn", logs, len(images))
	if logs == 0 {
		t.Error("no log was torn")
	}
}

// taps are people who press the same buttons, one after the other.
type taps struct {
	w      *world
	people []*sandbox.Person
	labels []string
	at     []int // how many of them each has pressed
	turn   int
	made   int
}

func (w *world) tapEverything(chats []int64, labels ...string) *taps {
	x := &taps{w: w, labels: labels, at: make([]int, len(chats))}
	for _, chat := range chats {
		x.people = append(x.people, w.telegram.Person(chat, ""))
	}
	return x
}

func (x *taps) done() int { return x.made }

func (x *taps) left() int { return len(x.people)*len(x.labels) - x.made }

// next lets the next one press a button, when somebody has one.
func (x *taps) next(t *testing.T) {
	t.Helper()
	for {
		seen := len(x.w.telegram.Transcript())
		for range x.people {
			i := x.turn
			x.turn = (x.turn + 1) % len(x.people)
			if x.at[i] < len(x.labels) && x.people[i].Taps(x.labels[x.at[i]]) == nil {
				x.at[i]++
				x.made++
				return
			}
		}
		x.w.wait(func(events []sandbox.Event) bool { return len(events) > seen })
	}
}
