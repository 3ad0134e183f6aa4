package bot

import (
	"strings"

	"afterneedle/rehab"
)

// progressWidth is how many signs the bar of a broadcast has.
const progressWidth = 20

// aboutBroadcast tells an author how far a broadcast has got, or what became of
// it. All of its numbers are counted from the deliveries.
func (b *Bot) aboutBroadcast(s rehab.Sending) (body, error) {
	v := b.voice(s)
	if s.Delivery.Kind == rehab.KindEdit {
		words := v.progress(s.Broadcast, s.Tally)
		words.Edit = s.Broadcast.Board
		return words, v.err
	}
	words := v.report(s.Broadcast, s.Tally)
	return words, v.err
}

// progress is the bar, with the buttons that fit the state.
func (v *voice) progress(b *rehab.Broadcast, tally rehab.BroadcastTally) body {
	ended, all, percent := tally.Ended()-tally.Left[rehab.LeftCancelled], tally.Recipients(), 100
	if all > 0 {
		percent = 100 * ended / all
	}
	full := progressWidth * percent / 100
	text := v.text("broadcast.progress", "status", v.text("status."+string(b.State)), "text", excerpt(b.Text),
		"bar", strings.Repeat("▓", full)+strings.Repeat("░", progressWidth-full), "percent", percent, "n", ended, "most", all)
	id := int(b.ID)
	stop := v.label("cancel", "broadcast", id, "stop")
	switch b.State {
	case rehab.BroadcastRunning:
		return body{Text: text, Rows: row(v.label("pause", "broadcast", id, "pause"), stop)}
	case rehab.BroadcastPaused:
		return body{Text: text, Rows: row(v.label("go_on", "broadcast", id, "resume"), stop)}
	}
	return body{Text: text}
}

// report is what became of every delivery. Its lines add up to the first.
func (v *voice) report(b *rehab.Broadcast, tally rehab.BroadcastTally) body {
	all := tally.Recipients()
	for reason, n := range tally.Left {
		if reason != rehab.LeftCancelled {
			all += n
		}
	}
	lines := []string{
		v.text("broadcast.report", "status", v.text("status."+string(b.State)), "text", excerpt(b.Text), "n", all),
		v.text("broadcast.sent", "n", tally.Sent),
	}
	for _, x := range []struct {
		key string
		n   int
	}{
		{"broadcast.unreachable", tally.Unreachable + tally.Left[rehab.LeftUnreachable]},
		{"broadcast.called_back", tally.Left[rehab.LeftCancelled]},
		{"broadcast.expired", tally.Expired},
		{"broadcast.rejected", tally.Rejected},
		{"broadcast.unknown", tally.Unknown},
	} {
		if x.n > 0 {
			lines = append(lines, v.text(x.key, "n", x.n))
		}
	}
	lines = append(lines, leftOut(v.text, tally.Left, false))
	var rows [][]button
	if tally.Unknown > 0 {
		label := plainLabel(v.text("button.again", "count", tally.Unknown))
		rows = row(button{Label: label, Verb: "broadcast", N: int(b.ID), Value: "again"})
	}
	return body{Text: strings.Join(lines, "\n"), Rows: rows}
}
