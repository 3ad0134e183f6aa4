package bot

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"afterneedle/rehab"
)

const (
	broadcastLimit = 3500 // characters, so that the preview still fits around them
	captionLimit   = 900  // under a file, where Telegram takes 1024
	undoTime       = 30 * time.Second
	draftLife      = 24 * time.Hour // what a preview says is out of date then
	samplesShown   = 3
)

// broadcast shows a preview with the people to whom it would go. A photo, video
// or document goes along when the command stands under it or answers it.
func (t *turn) broadcast(text string) {
	text = strings.TrimSpace(text)
	file := t.attached()
	limit := broadcastLimit
	if file != 0 {
		limit = captionLimit
	}
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && file == 0:
		t.begin("broadcast", nil)
		return
	case n > limit:
		t.line("broadcast.long", "most", limit, "n", n)
		return
	}
	b := rehab.Broadcast{
		By: t.clinician.ID, Chat: t.chat, Text: text, Message: file, State: rehab.BroadcastDraft, CreatedAt: t.now,
		// What speaks of exercise, and what cannot be read, is not for people
		// who must not exercise, unless the clinician says so.
		To: rehab.BroadcastAudience{Held: file == 0 && !t.bot.content.SpeaksOfExercise(text)},
	}
	count, err := t.tx.CountAudience(t.clinician, b.To)
	t.fail(err)
	if count.Reached+count.Left[rehab.LeftHeld] == 0 {
		t.line("broadcast.empty")
		return
	}
	t.fail(t.tx.UndoDrafts(t.clinician.ID)) // one preview at a time can be sent
	b.Body, err = json.Marshal(t.broadcastBody(b))
	t.fail(err)
	b.ID, err = t.tx.AddBroadcast(b)
	t.fail(err)
	t.previewBroadcast(b)
}

var askBroadcast = step{
	name: "text",
	ask:  func(t *turn, _ form) body { return body{Text: t.text("broadcast.ask")} },
	take: func(t *turn, f form, value string) (string, bool) {
		if strings.TrimSpace(value) == "" && t.attached() == 0 {
			t.line("broadcast.ask")
			return "", false
		}
		return keep("text")(t, f, value)
	},
}

// attached is the clinician's own message whose file is meant, 0 for none.
func (t *turn) attached() int {
	m := t.update.Message
	switch {
	case m == nil:
	case m.file():
		return m.ID
	case m.ReplyTo != nil && m.ReplyTo.file() && m.ReplyTo.From != nil && m.ReplyTo.From.ID == t.chat:
		return m.ReplyTo.ID
	}
	return 0
}

// broadcastBody is what every patient gets.
func (t *turn) broadcastBody(b rehab.Broadcast) body {
	words := body{Text: t.text("message.from_clinic", "text", b.Text), Rows: row(t.label("no_news", "news", 0, "off"))}
	if b.Message != 0 {
		words.CopyFrom, words.Copy = b.Chat, b.Message
	}
	return words
}

// previewBroadcast shows a draft: to whom, what, who is left out and why, and the choices.
func (t *turn) previewBroadcast(b rehab.Broadcast) {
	count, err := t.tx.CountAudience(t.clinician, b.To)
	t.fail(err)
	b.Count = count.Reached
	t.fail(t.tx.SetBroadcast(b))
	lines := []string{t.text("broadcast.preview", "n", b.Count, "audience", t.audienceName(b.To),
		"what", t.text("message.from_clinic", "text", b.Text))}
	if b.Message != 0 {
		lines = append(lines, t.text("broadcast.file"))
	}
	lines = append(lines, "", t.samples(b), t.leftOut(count.Left, true))
	switch {
	case count.Held > 0:
		lines = append(lines, t.text("broadcast.held.in", "n", count.Held))
	case count.Left[rehab.LeftHeld] > 0 && b.Message != 0:
		lines = append(lines, t.text("broadcast.held.file"))
	case count.Left[rehab.LeftHeld] > 0:
		lines = append(lines, t.text("broadcast.held.out"))
	}
	if minutes := b.Count / max(60*t.bot.set.Rate, 1); minutes > 0 {
		lines = append(lines, t.text("broadcast.takes", "n", minutes+1))
	}
	t.say(body{Edit: t.tapped(), Text: strings.Join(compact(lines), "\n"), Rows: t.previewRows(b, count)})
}

// compact leaves out empty lines that follow each other, and at the end.
func compact(lines []string) []string {
	lines = slices.CompactFunc(lines, func(a, b string) bool { return a == "" && b == "" })
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	return lines
}

func (t *turn) previewRows(b rehab.Broadcast, count rehab.AudienceCount) [][]button {
	id := int(b.ID)
	var rows [][]button
	if b.Count > 0 {
		rows = column(
			button{Label: plainLabel(t.text("button.send_to", "count", b.Count)), Verb: "broadcast", N: id, Value: "send"},
			t.label("send_now", "broadcast", id, "now"))
	}
	rows = append(rows,
		[]button{t.label("everyone", "broadcast", id, "all"), t.label("silent_ones", "broadcast", id, "silent")},
		[]button{t.label("by_muscle", "broadcast", id, "muscles"), t.label("by_phase", "broadcast", id, "phases")})
	switch {
	case count.Held > 0:
		rows = append(rows, row(t.label("held_out", "broadcast", id, "held"))...)
	case count.Left[rehab.LeftHeld] > 0:
		rows = append(rows, row(t.label("held_in", "broadcast", id, "held"))...)
	}
	last := []button{t.label("cancel", "broadcast", id, "cancel")}
	if b.Count > 0 {
		last = append([]button{t.label("later", "broadcast", id, "later")}, last...)
	}
	return append(rows, last)
}

// audienceName says how an audience is narrowed.
func (t *turn) audienceName(to rehab.BroadcastAudience) string {
	var parts []string
	if m, ok := t.bot.content.Muscle(to.Muscle); ok {
		parts = append(parts, m.Name)
	}
	if to.Phase != "" {
		parts = append(parts, string(to.Phase))
	}
	if to.Silent {
		parts = append(parts, t.text("button.silent_ones"))
	}
	if len(parts) == 0 {
		return t.text("button.everyone")
	}
	return strings.Join(parts, " · ")
}

// samples are some of the patients and when it would reach them.
func (t *turn) samples(b rehab.Broadcast) string {
	list, err := t.tx.SampleAudience(t.clinician, b.To, t.now.Add(undoTime), samplesShown)
	t.fail(err)
	var parts []string
	for _, s := range list {
		parts = append(parts, t.text("broadcast.sample", "name", s.Name, "when", clockTime(s.At, t.now, s.At.Location())))
	}
	if len(parts) == 0 {
		return ""
	}
	return t.text("broadcast.samples", "row", strings.Join(parts, " · "))
}

// leftTexts say why patients are left out, in the order in which they are shown.
var leftTexts = []struct{ reason, key string }{
	{rehab.LeftHeld, "broadcast.left.held"},
	{rehab.LeftStopped, "broadcast.left.stopped"},
	{rehab.LeftEnded, "broadcast.left.ended"},
	{rehab.LeftNoConsent, "broadcast.left.no_consent"},
	{rehab.LeftUnreachable, "broadcast.left.unreachable"},
	{rehab.LeftMuted, "broadcast.left.muted"},
	{rehab.LeftGone, "broadcast.left.gone"},
}

// leftOut counts who is left out and why; reachable tells whether those who
// cannot be reached belong there.
func (t *turn) leftOut(left map[string]int, reachable bool) string {
	return leftOut(t.text, left, reachable)
}

func leftOut(text func(string, ...any) string, left map[string]int, reachable bool) string {
	var parts []string
	for _, x := range leftTexts {
		if n := left[x.reason]; n > 0 && (reachable || x.reason != rehab.LeftUnreachable) {
			parts = append(parts, text(x.key, "n", n))
		}
	}
	if len(parts) == 0 {
		return text("broadcast.left.nobody")
	}
	return text("broadcast.left", "row", strings.Join(parts, " · "))
}

// broadcastTap does what a button of a broadcast says. Only its author may.
func (t *turn) broadcastTap(x tap) {
	b, err := t.tx.Broadcast(int64(x.n))
	if err != nil || b.By != t.clinician.ID {
		t.ignoreMissing(err)
		t.stale()
		return
	}
	switch b.State {
	case rehab.BroadcastDraft:
		t.draftTap(b, x.value)
	case rehab.BroadcastPlanned:
		t.plannedTap(b, x.value)
	default:
		t.runningTap(b, x.value)
	}
}

// draftTap narrows the audience of a draft, sends it or gives it up.
func (t *turn) draftTap(b rehab.Broadcast, choice string) {
	if t.now.After(b.CreatedAt.Add(draftLife)) {
		t.stale()
		return
	}
	kind, part, _ := strings.Cut(choice, ":")
	switch kind {
	case "send", "now":
		t.confirm(b, choice == "now")
		return
	case "cancel":
		t.undoBroadcast(b)
		return
	case "later":
		t.askBroadcastTime(b)
		return
	case "muscles", "phases":
		t.showParts(b, choice)
		return
	case "all":
		b.To = rehab.BroadcastAudience{Held: b.To.Held}
	case "silent":
		b.To.Silent = true
	case "held":
		b.To.Held = !b.To.Held
	case "muscle":
		b.To.Muscle = part
	case "phase":
		b.To.Phase = rehab.Phase(part)
	case "back":
	default:
		t.stale()
		return
	}
	t.previewBroadcast(b)
}

// showParts offers the muscles or phases by which the audience can be narrowed.
func (t *turn) showParts(b rehab.Broadcast, which string) {
	muscles, phases, err := t.tx.AudienceParts(t.clinician)
	t.fail(err)
	var buttons []button
	add := func(label, value string) {
		buttons = append(buttons, button{Label: label, Verb: "broadcast", N: int(b.ID), Value: value})
	}
	for _, id := range muscles {
		if m, ok := t.bot.content.Muscle(id); ok && which == "muscles" {
			add(m.Name, "muscle:"+id)
		}
	}
	for _, phase := range phases {
		if which == "phases" {
			add(string(phase), "phase:"+string(phase))
		}
	}
	if len(buttons) == 0 {
		t.line("broadcast.untreated")
		return
	}
	t.say(body{
		Edit: t.tapped(), Text: t.text("broadcast.narrow"),
		Rows: append(column(buttons...), row(t.label("back", "broadcast", int(b.ID), "back"))...),
	})
}

// confirm lets a draft go out when the time to undo is over. Where the audience
// is another than the button said, it is shown anew instead.
func (t *turn) confirm(b rehab.Broadcast, atOnce bool) {
	count, err := t.tx.CountAudience(t.clinician, b.To)
	t.fail(err)
	if count.Reached != b.Count {
		t.previewBroadcast(b)
		return
	}
	b.State, b.AtOnce, b.SendAt, b.Board = rehab.BroadcastPlanned, atOnce, t.now.Add(undoTime), t.tapped()
	t.fail(t.tx.SetBroadcast(b))
	t.say(body{
		Edit: t.tapped(), Text: t.text("broadcast.sending", "n", b.Count, "seconds", int(undoTime.Seconds())),
		Rows: row(t.label("undo", "broadcast", int(b.ID), "undo")),
	})
}

// plannedTap calls back what has not begun to go out.
func (t *turn) plannedTap(b rehab.Broadcast, choice string) {
	switch {
	case choice != "undo" && choice != "stop":
		t.stale()
	case !t.now.Before(b.SendAt):
		t.line("broadcast.late")
	default:
		t.undoBroadcast(b)
	}
}

func (t *turn) undoBroadcast(b rehab.Broadcast) {
	b.State = rehab.BroadcastUndone
	t.fail(t.tx.SetBroadcast(b))
	t.say(body{Edit: t.tapped(), Text: t.text("broadcast.undone")})
}
