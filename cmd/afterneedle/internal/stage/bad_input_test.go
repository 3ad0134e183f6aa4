package stage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

const (
	notUnderstood = "I am a program and did not get that."
	wantsNumber   = "Please send one whole number from 0 to 10."
)

func TestAnyText(t *testing.T) {
	texts := []string{
		"hello", "Wann kommt das nächste?", "שלום, מה שלומך?", "مرحبا", "👍", "👩‍⚕️🏳️‍🌈", "a\tb\nc", "\u202eevil\u202c", "\u200b",
		"<b>bold</b> & <script>", "{{.num}}", "%s %d", "a.practice.11.done", "7-8", "4.5", "eleven", "10 days, now 3",
		strings.Repeat("x", 4096), strings.Repeat("é", 4096), strings.Repeat("word ", 800), "'; DROP TABLE patients; --",
	}
	t.Run("nothing open", func(t *testing.T) {
		w := play(t)
		ana := w.needled("Ana", "upper trapezius left")
		for _, text := range texts {
			ana.Says(text).Sees(notUnderstood).SeesNothing()
		}
	})
	t.Run("a pain question open", func(t *testing.T) {
		w := play(t)
		ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
		for _, text := range texts {
			ana.Says(text).SeesExactly(wantsNumber).Buttons("[0] [1] [2] [3] [4] [5]", "[6] [7] [8] [9] [10]", "[Something feels wrong]").SeesNothing()
		}
		ana.Taps("2").Sees("Pain before: 2").Sees("4 kg").SeesNothing() // the repeated question answers as well
	})
	t.Run("from a clinician", func(t *testing.T) {
		w := play(t)
		doctor := w.owner()
		for _, text := range texts {
			doctor.Says(text).SeesExactly("I did not get that. /help lists the commands.").SeesNothing()
		}
	})
	t.Run("from a stranger", func(t *testing.T) {
		w := play(t)
		eve := w.stranger("Eve").Starts("").Skips()
		for _, text := range append(texts, "/patients", "/session Ana, QL left", "/help", "I can't breathe") {
			eve.Says(text).SeesExactly("Hello. This bot works with a personal link from a clinic. Please ask yours for one.").SeesNothing()
		}
	})
	t.Run("as fields of a command", func(t *testing.T) {
		w := play(t)
		w.patient("Ana")
		doctor := w.owner().Skips()
		for _, text := range texts {
			if strings.TrimSpace(text) == "" {
				continue
			}
			if len([]rune(text)) > 4000 {
				text = text[:4000]
			}
			for _, command := range []string{"/session Ana, ", "/hold Ana, ", "/load Ana, ", "/track Ana, ", "/patient ", "/timeline ", "/newpatient "} {
				doctor.Says(command + text)
				if len(doctor.unread()) == 0 {
					t.Errorf("no answer to %q", command+text[:min(len(text), 40)])
				}
				doctor.Skips()
			}
		}
	})
}

func TestNoText(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	const noFiles = "Please do not send photos, files or voice notes here. Send text."
	for name, send := range map[string]func() (int, error){
		"sticker":  ana.SendsSticker,
		"location": ana.SendsLocation,
		"photo":    func() (int, error) { return ana.SendsPhoto("") },
		"caption":  func() (int, error) { return ana.SendsPhoto("look at this") },
		"document": func() (int, error) { return ana.SendsDocument("mri.pdf", []byte("pdf"), "") },
	} {
		_, err := send()
		ana.do(err).SeesExactly(noFiles)
		if len(ana.unread()) > 0 {
			t.Errorf("%s: more than one answer", name)
		}
	}
	_, err := ana.Forwards("4")
	ana.do(err).SeesExactly("I only read what you write yourself. Please type it.").SeesNothing()
	_, err = ana.Forwards("/stop")
	ana.do(err).Sees("I only read what you write yourself.").SeesNothing()
	_, err = ana.Forwards("I can't breathe")
	ana.do(err).Sees("I only read what you write yourself.").SeesNothing()
	_, err = ana.SendsPhoto("my chest hurts")
	ana.do(err).Sees("Call 112 now")

	doctor := w.owner().Skips()
	_, err = doctor.SendsSticker()
	doctor.do(err).Sees("I did not get that.")
	_, err = doctor.Forwards("/discharge Ana")
	doctor.do(err).Sees("I only read what you write yourself.").SeesNothing()
	eve := w.stranger("Eve").Starts("").Skips()
	_, err = eve.SendsPhoto("hi")
	eve.do(err).Sees("This bot works with a personal link").SeesNothing()
}

func TestEditsChangeNothing(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	id, err := ana.Person.Says("2")
	ana.do(err).SkipsTo("4 kg")
	ana.edits(id, "7").Sees(firstVersion).SeesNothing()
	w.owner().Skips().Says("/patient Ana").Sees("Before 2,")
}

func TestStaleForgedAndDoubleTaps(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	question := ana.last
	data := question.Buttons[0][2].Data
	for _, forged := range []string{
		"", "x", "....", "1.before.1.2.extra", "zzzz.before.1.2", "-1.before.1.2", "0.consent.0.yes", data + "0", strings.Replace(data, "before", "nothing", 1),
		strings.Replace(data, ".before.1.2", ".quality.1.awful", 1), strings.Replace(data, ".before.1.2", ".why.1.x", 1),
		strings.Replace(data, ".before.1.2", ".finished.1.x", 1), strings.Replace(data, ".before.1.2", ".finish.1.", 1),
		strings.Replace(data, ".before.1.2", ".next.1.2", 1), strings.Replace(data, ".before.1.2", ".sore.1.", 1),
		strings.Replace(data, ".before.1.2", ".practice.99999.done", 1),
		strings.Replace(data, ".before.1.2", ".resume.0.yes", 1), strings.Replace(data, ".before.1.2", ".consent.0.no", 1),
		strings.Replace(data, ".before.1.2", ".hold.77.2", 1), strings.Replace(data, ".before.1.2", ".usual.1.unknown", 1),
		strings.Replace(data, ".before.1.2", ".menu.0.faq:nothing", 1), strings.Replace(data, ".before.1.2", ".menu.0.nothing", 1),
		strings.Replace(data, ".before.1.2", ".ack.1."+fmt.Sprint(1), 1), strings.Replace(data, ".before.1.2", ".release.0.1", 1),
		strings.Replace(data, ".before.1.2", ".discharge.0.1", 1), strings.Repeat("a", 64),
	} {
		ana.do(ana.TapData(question.MessageID, forged)).Sees("That button is from an older question.").SeesNothing()
	}
	w.forgiving = true // a message that is gone can not be edited, which is found out by trying
	ana.do(ana.TapData(question.MessageID+1000, data)).SkipsTo("4 kg")
	w.Wait(3 * time.Second)
	ana.do(ana.TapData(question.MessageID, data)).Sees("Pain before: 2 out of 10.").SeesNothing() // twice: once

	card := ana.last
	for range 2 {
		ana.do(ana.TapData(card.MessageID, strings.Replace(data, ".before.1.2", ".finish.1.", 1)))
	}
	ana.Sees("Done, 14:30").Sees("Right after").Sees("That button is from an older question.").SeesNothing()
	w.owner().Skips().Says("/patient Ana").Sees("1 of 1 workouts", "Before 2, after –")
	for _, r := range w.Telegram.Refusals() {
		if r.Description != "Bad Request: message to edit not found" {
			t.Errorf("refused: %s", r.Description)
		}
	}
}

func TestUnknownUpdateKinds(t *testing.T) {
	w := play(t)
	ana := w.needled("Ana", "upper trapezius left")
	group := w.Telegram.Group(-5, "Family", ana.Person)
	ana.do(group.AddsBot(ana.Person))
	w.settle()
	ana.SeesNothing()
	ana.do(group.RemovesBot(ana.Person)).SeesNothing()
}

func TestGroupChat(t *testing.T) {
	w := play(t)
	w.needled("Ana", "upper trapezius left")
	doctor := w.owner().Skips()
	group := w.Telegram.Group(-5, "Team", doctor.Person)
	doctor.do(group.AddsBot(doctor.Person))
	for _, text := range []string{"/patients", "/patient Ana", "/start", "hello"} {
		_, err := group.Says(doctor.Person, text)
		doctor.do(err)
	}
	var said []string
	for _, m := range group.Messages() {
		if m.FromBot {
			said = append(said, m.Text)
		}
	}
	want := strings.Repeat("I work in a private chat only. Please write to me there.\n", 4) // on joining, and to each command
	if got := strings.Join(said, "\n") + "\n"; got != want {
		t.Errorf("the group reads\n%s", got)
	}
	doctor.SeesNothing()
}

func TestBlockedAndBack(t *testing.T) {
	w := play(t)
	w.forgiving = true // the server refuses a message to a chat that is closed
	ana := w.needled("Ana", "upper trapezius left")
	doctor := w.owner().Skips()
	ana.do(ana.Blocks())
	doctor.Sees("Messages no longer arrive; the chat is closed to the bot.").Says("/patients").Sees("Ana · cannot be reached")
	w.To("2026-03-03 14:30")
	ana.SeesNothing()
	ana.do(ana.Unblocks())
	doctor.Says("/patients").Sees("Ana · active")
	ana.WaitsUntil("From now until tomorrow")
	for _, r := range w.Telegram.Refusals() {
		if !strings.Contains(r.Description, "blocked") {
			t.Errorf("refused: %s", r.Description)
		}
	}
}

func TestLostTap(t *testing.T) {
	w := play(t)
	ana := w.readyToTrain("Ana", "upper trapezius left, 8 kg")
	// The bot hears nothing for so long that Telegram gives the tap up; a
	// typed number still comes through.
	doctor := w.owner().Skips()
	down := w.Telegram.Fail(sandbox.Fault{Method: "getUpdates", Times: -1, Status: 502})
	// The poll that was waiting already brings one more update.
	if _, err := doctor.Person.Says("/patients"); err != nil {
		t.Fatal(err)
	}
	answered := func(events []sandbox.Event) bool {
		last := events[len(events)-1]
		return last.Kind == sandbox.BotSent && last.ChatID == doctor.id
	}
	if err := w.Telegram.WaitFor(t.Context(), answered); err != nil {
		t.Fatal(err)
	}
	if err := ana.Person.Taps("2"); err != nil {
		t.Fatal(err)
	}
	w.Wait(151 * time.Second)
	down.Disarm()
	w.settle()
	ana.SeesNothing()
	w.forgiving = true
	ana.Says("2").SkipsTo("4 kg").SeesNothing()
}
