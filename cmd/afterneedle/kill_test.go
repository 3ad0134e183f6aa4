package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/rehab"
)

// The most that one kill can repeat: what the workers had in flight, those that
// send what was planned and those that answer.
const (
	sendersMost  = 8
	inFlightMost = sendersMost + 8
)

// kills is how often a program is killed in one test: fewer times in a short run, and
// as often as AFTERNEEDLE_TEST_KILLS says.
func kills(t *testing.T) int {
	t.Helper()
	return asked(t, "AFTERNEEDLE_TEST_KILLS", shorter(10, 4))
}

// asked is the number in the environment, or the usual one.
func asked(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: expected a number, not %q", name, text)
	}
	return n
}

// shorter is a number for a full run or for a short one.
func shorter(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}

func kill(p *process) int { return p.signal(syscall.SIGKILL) }

// killWhile kills the program again and again while it works, each time after
// some more messages have been written, fewer than apart, and starts it anew. work
// begins what there is to do, and done tells when it is finished.
func (w *world) killWhile(n, apart int, chance *rand.Rand, work func(), done func() bool) (killed int) {
	w.t.Helper()
	for killed < n && !done() {
		target := w.telegram.Stats().Messages + chance.IntN(apart)
		work()
		limit := time.After(patience)
		for w.telegram.Stats().Messages < target && !done() {
			select {
			case <-limit:
				w.t.Fatalf("nothing is sent any more:\n%s", w.proc.log)
			case <-time.After(time.Millisecond):
			}
		}
		if done() {
			return killed
		}
		w.stop(kill)
		killed++
		w.buried()
		w.start()
	}
	return killed
}

// buried notes how far the transcript goes when the only program has been killed.
func (w *world) buried() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.telegram.HungUp(ctx); err != nil {
		w.t.Fatal(err)
	}
	w.died()
}

// died notes how far the transcript goes when a program has been killed.
func (w *world) died() {
	w.t.Helper()
	w.wait(func(events []sandbox.Event) bool {
		w.deaths = append(w.deaths, len(events))
		return true
	})
}

// TestKilledWhileManyAreDue: 200 patients or more are due at the same instants,
// four times and with a broadcast, and the program is killed at random moments. With
// AFTERNEEDLE_TEST_DUE, so many messages are due at the same time, once.
func TestKilledWhileManyAreDue(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		killedWhileManyAreDue(t)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		killedWhileManyAreDue(t, "DATABASE_URL", postgresURL(t))
	})
}

func killedWhileManyAreDue(t *testing.T, pairs ...string) {
	t.Helper()
	start := at(t, "Europe/Berlin", monday)
	w := stand(t, start)
	w.env = w.env.with(pairs...).with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0", "AFTERNEEDLE_REHEARSAL_START", start.Format(time.RFC3339))
	many := max(200, 5*kills(t))
	const news = "Open on Friday too"
	prompts := []string{welcome, "Time to move a little", "Time for a gentle stretch", "From now until tomorrow"}
	end := start.Add(24*time.Hour + time.Minute) // the structured stretch is a day after the needling
	apart, step := 40, end.Sub(start)
	if due := asked(t, "AFTERNEEDLE_TEST_DUE", 0); due > 0 {
		many, prompts, end = due/2, prompts[:1], start.Add(4*time.Hour)
		apart, step = 3*due/(2*kills(t)), 20*time.Second // a call has its patience
	}
	crowd := populate(t, w, start.Location(), many, true)
	w.start()
	w.says(w.owner, "/broadcast "+news)
	w.taps(w.owner, "Send to")

	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	all := func() bool {
		// Some of a broadcast may be in doubt, and is not sent again.
		return w.received(prompts[len(prompts)-1]) == many && w.received(news) >= many-kills(t)*inFlightMost
	}
	killed := w.killWhile(kills(t), apart, rand.New(rand.NewPCG(seed, 1)), func() {
		clock := w.clock
		go func() {
			_, _, _ = call(http.MethodPost, clock+"/clock", fmt.Sprintf(`{"to":%q}`, end.Format(time.RFC3339)))
		}()
	}, all)
	if killed == 0 {
		t.Fatal("it was never killed in the middle")
	}
	for now := w.now(); !all() && now.Before(end); {
		if now = now.Add(step); now.After(end) {
			now = end
		}
		w.to(now)
	}
	w.to(end.Add(time.Minute))
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d", status)
	}

	repeated, worst := crowd.tally(t, w), crowd.worst(t, w)
	t.Logf("%d kills, %d messages came twice, at most %d of %d senders for one kill", killed, repeated, worst, sendersMost)
	if repeated > killed*inFlightMost || worst > sendersMost {
		t.Errorf("%d messages came twice after %d kills, %d after one", repeated, killed, worst)
	}
	for _, words := range prompts {
		crowd.each(t, w, words, 1, 1+killed)
	}
	crowd.broadcastOnce(t, w, news, killed)
	for _, list := range crowd.timeline(t) {
		for _, d := range list {
			switch {
			case d.Kind == rehab.KindBroadcast && d.State == rehab.DeliveryUnknown:
			case d.State != rehab.DeliverySent && !d.DueAt.After(end) && d.Kind != rehab.KindReply && d.Kind != rehab.KindEdit:
				t.Errorf("%s is %s (%s)", d.Key, d.State, d.Reason)
			}
		}
	}
}

// broadcastOnce fails unless every chat has got a broadcast once, but for those of
// whom the program says that it does not know.
func (c *crowd) broadcastOnce(t *testing.T, w *world, words string, killed int) {
	t.Helper()
	c.each(t, w, words, 0, 1)
	unknown := 0
	for _, list := range c.timeline(t) {
		for _, d := range list {
			if d.Kind == rehab.KindBroadcast && d.State == rehab.DeliveryUnknown {
				unknown++
			}
		}
	}
	if missing := len(c.chats) - w.received(words); missing > unknown || unknown > killed*inFlightMost {
		t.Errorf("%d broadcast messages are missing, %d are reported as unknown", missing, unknown)
	}
}

// received is how many chats have got a message with these words.
func (w *world) received(words string) int {
	w.t.Helper()
	r := w.readers[words]
	if r == nil {
		r = &reader{chats: map[int64]bool{}}
		if w.readers == nil {
			w.readers = map[string]*reader{}
		}
		w.readers[words] = r
	}
	w.wait(func(events []sandbox.Event) bool {
		for _, e := range events[r.next:] {
			if e.Kind == sandbox.BotSent && !e.Edited && strings.Contains(e.Text, words) {
				r.chats[e.ChatID] = true
			}
		}
		r.next = len(events)
		return true
	})
	return len(r.chats)
}

// TestKilledOnTheWallClock does the same in real time, where the metronome and
// the pace are those of every day, and Telegram refuses what comes too fast.
func TestKilledOnTheWallClock(t *testing.T) {
	t.Parallel()
	const n = 90
	w := standPaced(t, time.Now(), strict)
	w.wall = true
	crowd := populate(t, w, awake(t), n, false)
	w.start()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	all := func() bool { return w.received("Needling was step 1") == n }
	killed := w.killWhile(4, 40, rand.New(rand.NewPCG(seed, 2)), func() {}, all)
	limit := time.After(patience)
	for ended := false; !ended; {
		select {
		case <-limit:
			t.Fatalf("nothing is sent any more:\n%s", w.proc.log)
		case <-time.After(20 * time.Millisecond):
			ended = all()
		}
	}
	if status := w.stop(terminate); status != exitDone {
		t.Errorf("status %d", status)
	}
	if repeated, worst := crowd.tally(t, w), crowd.worst(t, w); repeated > killed*inFlightMost || worst > sendersMost {
		t.Errorf("%d messages came twice after %d kills, %d after one", repeated, killed, worst)
	}
	crowd.each(t, w, "Needling was step 1", 1, 1+killed)
	if refused := w.telegram.Stats().TooMany; refused > 0 {
		t.Errorf("Telegram refused %d messages for their pace", refused)
	}
}

// TestPaceOverARestart stops the program in the middle of many messages and starts it
// again at once.
func TestPaceOverARestart(t *testing.T) {
	t.Parallel()
	w := standPaced(t, time.Now(), strict)
	w.wall = true
	crowd := populate(t, w, awake(t), 75, false)
	w.start()
	for _, n := range []int{20, 45} {
		w.wait(func(events []sandbox.Event) bool { return told(events, welcome) >= n })
		if status := w.stop(terminate); status != exitDone {
			t.Fatalf("status %d", status)
		}
		w.start()
	}
	w.welcomed(len(crowd.chats))
	w.stop(terminate)
	if repeated := crowd.tally(t, w); repeated != 0 {
		t.Errorf("%d messages came twice", repeated)
	}
	if refused := w.telegram.Stats().TooMany; refused > 0 {
		t.Errorf("Telegram refused %d messages for their pace", refused)
	}
}

// told is how many messages with these words there are, to some chats or to any.
func told(events []sandbox.Event, words string, chats ...int64) (n int) {
	for _, e := range events {
		to := len(chats) == 0 || slices.Contains(chats, e.ChatID)
		if e.Kind == sandbox.BotSent && !e.Edited && to && strings.Contains(e.Text, words) {
			n++
		}
	}
	return n
}

// TestKilledBeforeTheFirstByte kills the program when each worker waits for an answer
// to what never arrived, and the others that it has claimed wait for a worker:
// everybody gets their message once.
func TestKilledBeforeTheFirstByte(t *testing.T) {
	t.Parallel()
	w := before(t)
	crowd := populate(t, w, awake(t), 25, false)
	silent := w.telegram.Fail(sandbox.Fault{Method: "sendMessage", Kind: sandbox.FaultSilence, Times: -1})
	w.start()
	w.awaitHits(silent, 8)
	w.stop(kill)
	silent.Disarm()
	if n := crowd.inFlight(t); n != len(crowd.chats) {
		t.Errorf("%d of %d were claimed", n, len(crowd.chats))
	}
	w.start()
	w.welcomed(len(crowd.chats))
	w.stop(terminate)
	if repeated := crowd.tally(t, w); repeated != 0 {
		t.Errorf("%d messages came twice", repeated)
	}
}

// TestKilledBeforeTheNote kills the program when Telegram has taken one message and
// its answer is still on the way: that one comes twice, and no other.
func TestKilledBeforeTheNote(t *testing.T) {
	t.Parallel()
	w := before(t)
	crowd := populate(t, w, awake(t), 25, false)
	silent := w.telegram.Fail(sandbox.Fault{Method: "sendMessage", ChatID: crowd.chats[0], Kind: sandbox.FaultSilence, Delivered: true})
	w.start()
	w.awaitHits(silent, 1)
	w.welcomed(len(crowd.chats))
	for noted := false; !noted; { // but for the one
		_, page := w.fetch("/metrics")
		noted = strings.Contains(page, "\nafterneedle_deliveries_in_flight 1\n")
	}
	w.stop(kill)
	w.start()
	w.wait(func(events []sandbox.Event) bool { return count(events, crowd.chats[0]) == 2 })
	w.stop(terminate)
	if repeated := crowd.tally(t, w); repeated != 1 {
		t.Errorf("%d messages came twice", repeated)
	}
	if d := crowd.delivery(t, crowd.patients[0], rehab.PromptWelcome); d.State != rehab.DeliverySent || d.Attempts != 2 {
		t.Errorf("it is %s after %d attempts", d.State, d.Attempts)
	}
}

// TestStoppedWhileManyAreDue: SIGTERM leaves nothing in doubt.
func TestStoppedWhileManyAreDue(t *testing.T) {
	t.Parallel()
	start := at(t, "Europe/Berlin", monday)
	w := stand(t, start)
	w.env = w.env.with("AFTERNEEDLE_REHEARSAL_CLOCK", "127.0.0.1:0", "AFTERNEEDLE_REHEARSAL_START", start.Format(time.RFC3339))
	crowd := populate(t, w, start.Location(), 100, true)
	w.start()
	stopped := 0
	for w.received("Needling was step 1") < 100 {
		target := w.telegram.Stats().Messages + 20
		clock, moved := w.clock, make(chan int)
		go func() {
			status, _, _ := call(http.MethodPost, clock+"/clock", `{"advance":"1m"}`)
			moved <- status
		}()
		for w.telegram.Stats().Messages < target && w.received("Needling was step 1") < 100 {
			w.wait(func([]sandbox.Event) bool { return true })
		}
		if status := w.stop(terminate); status != exitDone {
			t.Fatalf("status %d", status)
		}
		stopped++
		if status := <-moved; status != http.StatusOK && status != http.StatusServiceUnavailable {
			t.Errorf("the clock answered %d to a stop on its way", status)
		}
		w.start()
	}
	w.stop(terminate)
	if repeated := crowd.tally(t, w); repeated != 0 {
		t.Errorf("%d messages came twice though nothing was killed", repeated)
	}
	if stopped < 2 {
		t.Errorf("stopped only %d times in the middle", stopped)
	}
}

// TestKilledBetweenTheAnswersOfAWorkout kills the program after each answer, and
// after each message that brings a question.
func TestKilledBetweenTheAnswersOfAWorkout(t *testing.T) {
	t.Parallel()
	w, start := clinic(t)
	ana := w.patient(200, "Ana")
	w.says(w.owner, "/session Ana, upper trapezius left, 8 kg")
	kills := 0
	again := func() {
		w.stop(kill)
		kills++
		w.start()
		w.done(nil)
		w.move(`{"advance":"3s"}`)
	}
	w.to(start.Add(24*time.Hour + 2*time.Second))
	w.taps(ana, "Done")
	again()
	w.taps(ana, "4")
	again()
	first := len(w.got(ana.ID()))
	w.to(start.Add(48*time.Hour + 2*time.Second))
	again()
	for _, label := range []string{"None of these", "2", "Done", "3"} {
		w.taps(ana, label)
		again()
	}
	w.to(start.Add(50*time.Hour + time.Minute))
	again()
	w.taps(ana, "3")
	again()
	w.to(start.Add(66 * time.Hour)) // 08:30 on the next morning
	again()
	w.taps(ana, "2")
	w.expect(ana, "Pain this morning: 2")
	w.expect(ana, "Next workout")
	again()
	w.says(ana, "/why")
	w.expect(ana, "Next workout")

	asked := map[string]int{}
	for _, e := range w.got(ana.ID())[first:] {
		asked[e.Text]++
	}
	extra := 0
	for text, n := range asked {
		if n > 2 {
			t.Errorf("%d times: %q", n, text)
		}
		extra += n - 1
	}
	if extra > kills {
		t.Errorf("%d messages came twice after %d kills", extra, kills)
	}
	w.stop(terminate)
	c := &crowd{path: w.env["DATABASE_URL"], rehearsal: true, at: start.Add(70 * time.Hour)}
	workout := c.course(t, 1).Workouts[0]
	got := fmt.Sprintf("%d %d %d %d %s", workout.Before, workout.After, workout.TwoHour, workout.Next, workout.Status)
	if want := "2 3 3 2 done"; got != want || workout.ClosedAt.IsZero() || workout.Exercises[0].Decision == nil {
		t.Errorf("the workout is kept as %s, expected %s, decided", got, want)
	}
}
