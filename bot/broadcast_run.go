package bot

import (
	"strings"
	"time"

	"afterneedle/rehab"
)

// runningTap pauses, resumes or cancels a broadcast that is under way, and sends
// again what is in doubt afterwards. The message with the progress follows by
// itself, at its own pace.
func (t *turn) runningTap(b rehab.Broadcast, choice string) {
	over := b.State == rehab.BroadcastFinished || b.State == rehab.BroadcastCancelled
	var key string
	switch {
	case choice == "again" && over:
		t.sendAgain(b)
		return
	case b.State == rehab.BroadcastUndone:
		t.stale()
		return
	case over:
		t.line("broadcast.over")
		return
	case choice == "undo":
		t.line("broadcast.late")
		return
	case choice == "pause" && b.State == rehab.BroadcastRunning:
		b.State, key = rehab.BroadcastPaused, "broadcast.paused"
	case choice == "resume" && b.State == rehab.BroadcastPaused:
		b.State, b.ExpiresAt, key = rehab.BroadcastRunning, t.now.Add(rehab.BroadcastLife), "broadcast.resumed"
	case choice == "stop":
		b.State, key = rehab.BroadcastCancelled, "broadcast.cancelled"
	default:
		t.stale()
		return
	}
	t.fail(t.tx.SetBroadcast(b))
	t.line(key)
}

// sendAgain sends once more to those of whom nobody knows whether it arrived.
func (t *turn) sendAgain(b rehab.Broadcast) {
	n, err := t.tx.RepeatUnknown(b.ID)
	t.fail(err)
	if n == 0 {
		t.line("broadcast.certain")
		return
	}
	b.State, b.Board, b.ExpiresAt = rehab.BroadcastRunning, t.tapped(), t.now.Add(rehab.BroadcastLife)
	t.fail(t.tx.SetBroadcast(b))
	t.line("broadcast.again", "n", n)
}

// askBroadcastTime asks for the time at which a draft is to go out.
func (t *turn) askBroadcastTime(b rehab.Broadcast) {
	b.Board = t.tapped()
	t.fail(t.tx.SetBroadcast(b))
	t.openForm(form{Command: "broadcast", Step: stepWhen, Broadcast: b.ID})
	t.line("broadcast.when")
}

// stepWhen is the step of a broadcast at which its time is typed.
const stepWhen = "when"

// planBroadcast lets a draft go out at a typed time.
func (t *turn) planBroadcast(id int64, text string) {
	b, err := t.tx.Broadcast(id)
	if err != nil || b.State != rehab.BroadcastDraft || b.By != t.clinician.ID {
		t.ignoreMissing(err)
		t.stale()
		return
	}
	at, ok := readAhead(text, t.now, t.bot.set.ClinicZone)
	if !ok {
		t.openForm(form{Command: "broadcast", Step: stepWhen, Broadcast: id})
		t.line("broadcast.when.fault", "days", aheadDays)
		return
	}
	count, err := t.tx.CountAudience(t.clinician, b.To)
	t.fail(err)
	preview := b.Board
	b.State, b.SendAt, b.Board, b.Count = rehab.BroadcastPlanned, at, 0, count.Reached
	t.fail(t.tx.SetBroadcast(b))
	planned := t.text("broadcast.planned", "when", clockTime(at, t.now, t.bot.set.ClinicZone), "n", b.Count)
	t.say(body{Edit: preview, Text: joined(planned, t.text("message.from_clinic", "text", b.Text))})
	t.say(body{Text: planned, Rows: row(t.label("cancel", "broadcast", int(b.ID), "stop"))})
}

// broadcasts lists what is planned or under way, each with a button to stop it.
func (t *turn) broadcasts() {
	list, err := t.tx.BroadcastsOf(t.clinician.ID)
	t.fail(err)
	if len(list) == 0 {
		t.line("broadcasts.none")
		return
	}
	lines := []string{t.text("broadcasts.head")}
	var rows [][]button
	for _, b := range list[:min(len(list), broadcastsShown)] {
		begins := excerpt(b.Text)
		lines = append(lines, t.text("broadcasts.line", "when", clockTime(b.SendAt, t.now, t.bot.set.ClinicZone),
			"status", t.text("status."+string(b.State)), "n", b.Count, "text", begins))
		label := plainLabel(t.text("button.cancel_one", "text", begins))
		rows = append(rows, []button{{Label: label, Verb: "broadcast", N: int(b.ID), Value: "stop"}})
	}
	t.say(body{Text: strings.Join(lines, "\n"), Rows: rows})
}

// broadcastsShown is how many broadcasts one list shows.
const broadcastsShown = 20

// excerpt is how a text begins, for a list or a button.
func excerpt(text string) string {
	const most = 24
	line, _, more := strings.Cut(text, "\n")
	letters := []rune(line)
	if len(letters) > most {
		letters, more = letters[:most], true
	}
	if more {
		return strings.TrimSpace(string(letters)) + "…"
	}
	return line
}

// news lets a patient leave broadcasts out, or have them again; reminders go on.
func (t *turn) news(choice string) {
	switch choice {
	case "off":
		if t.patient.MutedAt.IsZero() {
			t.fail(t.tx.SetMuted(t.patient.ID, t.now))
		}
		t.say(body{Text: t.text("news.off"), Rows: row(t.label("news_again", "news", 0, "on"))})
	case "on":
		if !t.patient.MutedAt.IsZero() {
			t.fail(t.tx.SetMuted(t.patient.ID, time.Time{}))
		}
		t.say(body{Edit: t.tapped(), Text: t.text("news.on")})
	default:
		t.stale()
	}
}
