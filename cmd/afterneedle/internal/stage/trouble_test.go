package stage_test

import (
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/rehab"
	"afterneedle/store"
)

// arrived is how many messages with some words have reached a chat.
func (w *theater) arrived(chat int64, words string) (n int, last time.Time) {
	for _, e := range w.Telegram.Transcript() {
		if e.Kind == sandbox.BotSent && !e.Edited && e.ChatID == chat && strings.Contains(e.Text, words) {
			n, last = n+1, e.At
		}
	}
	return n, last
}

// TestAnswersThatGoWrong lets Telegram's answers to a timed message and to a
// broadcast go wrong once, or each time: what may have arrived is repeated once, a
// broadcast never, and nobody gets three.
func TestAnswersThatGoWrong(t *testing.T) {
	const always = -1
	for name, c := range map[string]struct {
		fault            sandbox.Fault
		prompts, bulk    int // how often they arrive
		promptEnds, ends rehab.DeliveryState
	}{
		"an error, once":              {sandbox.Fault{Status: 500}, 1, 1, rehab.DeliverySent, rehab.DeliverySent},
		"an error, always":            {sandbox.Fault{Status: 500, Times: always}, 0, 0, rehab.DeliveryWaiting, rehab.DeliveryWaiting},
		"a page of a gateway, once":   {sandbox.Fault{Kind: sandbox.FaultHTML}, 1, 0, rehab.DeliverySent, rehab.DeliveryUnknown},
		"a page of a gateway, always": {sandbox.Fault{Kind: sandbox.FaultHTML, Times: always}, 0, 0, rehab.DeliveryUnknown, rehab.DeliveryUnknown},
		"half an answer, once":        {sandbox.Fault{Kind: sandbox.FaultTruncated, Delivered: true}, 2, 1, rehab.DeliverySent, rehab.DeliveryUnknown},
		"half an answer, always":      {sandbox.Fault{Kind: sandbox.FaultTruncated, Delivered: true, Times: always}, 2, 1, rehab.DeliveryUnknown, rehab.DeliveryUnknown},
		"cut before, once":            {sandbox.Fault{Kind: sandbox.FaultDrop}, 1, 0, rehab.DeliverySent, rehab.DeliveryUnknown},
		"cut after, once":             {sandbox.Fault{Kind: sandbox.FaultDrop, Delivered: true}, 2, 1, rehab.DeliverySent, rehab.DeliveryUnknown},
		"cut after, always":           {sandbox.Fault{Kind: sandbox.FaultDrop, Delivered: true, Times: always}, 2, 1, rehab.DeliveryUnknown, rehab.DeliveryUnknown},
		"a minute of silence, once":   {sandbox.Fault{Kind: sandbox.FaultSilence, Delivered: true, Wait: time.Minute}, 2, 1, rehab.DeliverySent, rehab.DeliveryUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			w := play(t)
			w.forgiving = true
			w.needled("Ana", "upper trapezius left, 8 kg")
			c.fault.Method, c.fault.ChatID = "sendMessage", patientID
			fault := w.Telegram.Fail(c.fault)
			w.To("2026-03-02 20:29")
			fault.Disarm()
			w.ends("movement", rehab.PromptMovement, c.promptEnds)
			if n, _ := w.arrived(patientID, "Time to move a little"); n != c.prompts {
				t.Errorf("the message arrived %d times, expected %d", n, c.prompts)
			}
			w.To("2026-03-03 09:00")
			fault = w.Telegram.Fail(c.fault)
			w.owner().Skips().Says("/broadcast Closed on Friday").Taps("Send to")
			w.Wait(time.Hour)
			fault.Disarm()
			w.ends("broadcast", rehab.KindBroadcast, c.ends)
			if n, _ := w.arrived(patientID, "Closed on Friday"); n != c.bulk {
				t.Errorf("the broadcast arrived %d times, expected %d", n, c.bulk)
			}
		})
	}
}

// TestTapOnAMessageInDoubt loses Telegram's answer to a question that has arrived: a
// tap on it counts, and it does not come again.
func TestTapOnAMessageInDoubt(t *testing.T) {
	w := play(t)
	w.forgiving = true
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	w.Telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: patientID, Kind: sandbox.FaultDrop, Delivered: true})
	at := w.now()
	for n := 0; n == 0; n, _ = w.arrived(patientID, "Time to move a little") {
		at = at.Add(time.Minute)
		w.moveTo(at)
	}
	ana.SkipsTo("Time to move").Taps("Done").Sees("Some soreness is common")
	w.moveTo(at.Add(time.Hour))
	if n, _ := w.arrived(patientID, "Time to move a little"); n != 1 {
		t.Errorf("it came %d times", n)
	}
	w.ends("movement", rehab.PromptMovement, rehab.DeliverySent)
}

// ends fails unless the one delivery of a kind to the first patient is in a state.
func (w *theater) ends(name string, kind rehab.PromptKind, want rehab.DeliveryState) {
	w.t.Helper()
	j := journey{theater: w}
	j.within(func(tx *store.Tx, patient int64) error {
		all, err := tx.Timeline(patient, 100)
		for _, d := range all {
			if d.Kind == kind && d.State != want {
				w.t.Errorf("the %s is %s (%s), expected %s", name, d.State, d.Reason, want)
			}
		}
		return err
	})
}

// TestTwoChatsAreThrottled lets Telegram close two chats for 35 seconds: the bulk
// stops for as long, nobody is called meanwhile, and answers go on.
func TestTwoChatsAreThrottled(t *testing.T) {
	w := play(t)
	w.forgiving = true
	w.needled("Ana", "upper trapezius left, 8 kg")
	due := w.Time.Now().Add(5 * time.Hour)
	w.needled("Ben", "upper trapezius left, 8 kg")
	cleo := w.needled("Cleo", "upper trapezius left, 8 kg")
	// Those who joined later are due later: all are claimed at one moment.
	w.Time.Set(due.Add(10 * time.Minute))
	begin := w.Time.Now()
	for chat := range int64(2) {
		w.Telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: patientID + chat, Status: 429, RetryAfter: 35})
	}
	w.settle()
	refused := len(w.Telegram.Refusals())
	w.owner().Skips().Says("/broadcast Closed on Friday").Taps("Send to")
	w.moveTo(begin.Add(34 * time.Second))
	cleo.Skips().Says("/plan").Sees("Your plan")
	if _, at := w.arrived(cleo.id, "Your plan"); !at.Equal(begin.Add(34 * time.Second)) {
		t.Errorf("the answer came %s later, expected at once", at.Sub(begin))
	}
	if n := len(w.Telegram.Refusals()); n != refused || n != 2 {
		t.Errorf("%d calls were refused, %d of them in the pause", n, n-refused)
	}
	w.Wait(2 * time.Minute)
	for chat := range int64(3) {
		n, at := w.arrived(patientID+chat, "Time to move a little")
		if n != 1 || chat < 2 && at.Before(begin.Add(35*time.Second)) {
			t.Errorf("chat %d got it %d times, %s after the refusal", patientID+chat, n, at.Sub(begin))
		}
		if n, at := w.arrived(patientID+chat, "Closed on Friday"); n != 1 || at.Before(begin.Add(35*time.Second)) {
			t.Errorf("chat %d got the broadcast %d times, after %s", patientID+chat, n, at.Sub(begin))
		}
	}
}

// TestGroupIsUpgraded adds the bot to a group that becomes another chat later: one
// line for each time that it is spoken to, and nothing about anybody.
func TestGroupIsUpgraded(t *testing.T) {
	w := play(t)
	w.needled("Ana", "upper trapezius left")
	doctor := w.owner().Skips()
	group := w.Telegram.Group(-5, "Team", doctor.Person)
	doctor.do(group.AddsBot(doctor.Person))
	doctor.do(group.Upgrade(-1000000000005))
	_, err := group.Says(doctor.Person, "/patient Ana")
	doctor.do(err).SeesNothing()
	for chat, want := range map[int64]int{-5: 1, -1000000000005: 1} {
		n, _ := w.arrived(chat, "I work in a private chat only. Please write to me there.")
		if all, _ := w.arrived(chat, ""); n != want || all != want {
			t.Errorf("chat %d reads %d messages, %d of them the line, expected %d", chat, all, n, want)
		}
	}
}
