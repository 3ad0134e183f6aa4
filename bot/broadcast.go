package bot

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"afterneedle/rehab"
)

const (
	broadcastLimit = 3500 // characters, so that the clinic's name still fits
	undoTime       = 30 * time.Second
	broadcastLife  = 24 * time.Hour
)

const (
	draft   = "draft"
	sending = "sending"
	undone  = "undone"
)

// broadcast shows a preview with the number of people it would go to.
func (t *turn) broadcast(text string) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		t.openForm(form{Command: "broadcast"})
		t.line("broadcast.ask")
		return
	case n > broadcastLimit:
		t.line("broadcast.long", "most", broadcastLimit, "n", n)
		return
	}
	to := t.audience()
	if len(to) == 0 {
		t.line("broadcast.empty")
		return
	}
	id, err := t.tx.AddBroadcast(rehab.Broadcast{
		By: t.clinician.ID, Text: text, State: draft, CreatedAt: t.now, Count: len(to),
	})
	t.fail(err)
	t.say(body{
		Text: t.text("broadcast.preview", "n", len(to), "audience", t.text("button.everyone"), "text", text),
		Rows: column(
			button{Label: plainLabel(t.text("button.send_to", "count", len(to))), Verb: "broadcast", N: int(id), Value: "send"},
			t.label("send_now", "broadcast", int(id), "now"),
			t.label("cancel", "broadcast", int(id), "cancel")),
	})
}

// audience is every patient of the clinician who can be written to: agreed,
// not stopped, not discharged, reachable.
func (t *turn) audience() []rehab.Patient {
	all, err := t.tx.PatientsOf(t.clinician, "")
	t.fail(err)
	var to []rehab.Patient
	for _, p := range all {
		if p.ChatID == 0 || !p.UnreachableAt.IsZero() {
			continue
		}
		c, err := t.tx.Course(p.ID)
		t.fail(err)
		if err == nil && !c.ConsentedAt.IsZero() && c.StoppedAt.IsZero() && c.DischargedAt.IsZero() {
			to = append(to, p)
		}
	}
	return to
}

func (t *turn) broadcastTap(x tap) {
	b, err := t.tx.Broadcast(int64(x.n))
	if err != nil || b.By != t.clinician.ID {
		t.ignoreMissing(err)
		t.stale()
		return
	}
	switch {
	case b.State == draft && x.value == "cancel", b.State == sending && x.value == "undo" && t.now.Before(b.SendAt):
		b.State = undone
		t.fail(t.tx.SetBroadcast(b))
		t.fail(t.tx.DropBroadcast(b.ID, "undone"))
		t.say(body{Edit: t.tapped(), Text: t.text("broadcast.undone")})
	case b.State == draft && (x.value == "send" || x.value == "now"):
		t.sendBroadcast(b, x.value == "now")
	case b.State == sending && x.value == "undo":
		t.line("broadcast.late")
	default:
		t.stale()
	}
}

// sendBroadcast makes one delivery for each patient, due when the time to undo
// is over; unless it is to go out at once, in each patient's waking hours.
func (t *turn) sendBroadcast(b rehab.Broadcast, atOnce bool) {
	to := t.audience()
	b.State, b.SendAt, b.Count = sending, t.now.Add(undoTime), len(to)
	words, err := json.Marshal(body{Text: t.text("message.from_clinic", "text", b.Text)})
	t.fail(err)
	var deliveries []rehab.Delivery
	for _, p := range to {
		c, err := t.tx.Course(p.ID)
		if err != nil {
			t.fail(err)
			return
		}
		due := b.SendAt
		if !atOnce {
			due = c.NextAwake(due)
		}
		deliveries = append(deliveries, rehab.Delivery{
			Kind: rehab.KindBroadcast, Lane: rehab.LaneBulk, PatientID: p.ID, ChatID: p.ChatID, Broadcast: b.ID,
			DueAt: due, ExpiresAt: due.Add(broadcastLife), Body: words,
		})
	}
	t.fail(t.tx.SetBroadcast(b))
	t.fail(t.tx.AddBroadcastDeliveries(b, deliveries))
	t.say(body{
		Edit: t.tapped(), Text: t.text("broadcast.sending", "n", len(to), "seconds", int(undoTime.Seconds())),
		Rows: row(t.label("undo", "broadcast", int(b.ID), "undo")),
	})
}
