package bot

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"afterneedle/content"
)

// How fast one chat may write, beyond what it may send at once. Nobody lives
// through a plan at this pace, and Telegram takes about one answer a second for a
// chat. Defaults of ours.
const (
	perSecond = 1
	// staffTimes is how much more a clinician may send, who can enter the patients
	// of a whole morning one after the other.
	staffTimes = 10
	// sweepEvery is how often chats that have been quiet for long are forgotten.
	sweepEvery = time.Minute
)

// flood counts what each chat has sent, so that nobody can use up Telegram's pace
// to the cost of the others. It counts on the program's clock, as everything does,
// and in memory: with a new start everybody begins anew. A clock that stands still
// would never give anything back, so that a rehearsal has no limit.
type flood struct {
	burst int // updates at once; 0 for no limit

	mu    sync.Mutex
	chats map[int64]*quota
	swept time.Time
}

// quota is what one chat may still send.
type quota struct {
	*rate.Limiter
	staff bool
	last  time.Time // what was counted last; it does not go back
	told  bool      // to wait a moment
}

func newFlood(burst int) *flood { return &flood{burst: burst, chats: map[int64]*quota{}} }

func newQuota(burst int, staff bool) *quota {
	times := 1
	if staff {
		times = staffTimes
	}
	return &quota{Limiter: rate.NewLimiter(rate.Limit(perSecond*times), burst*times), staff: staff}
}

// full reports whether a chat has been quiet for so long that nothing counts any more.
func (q *quota) full(at time.Time) bool { return q.TokensAt(at) >= float64(q.Burst()) }

// over reports whether a chat has sent too much for one more update at a moment.
func (f *flood) over(chat int64, at time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := f.chats[chat]
	return q != nil && q.TokensAt(at) < 1
}

// handled counts an update that had its effect. What fails and comes again, or is
// recognised, costs nothing.
func (f *flood) handled(chat int64, staff bool, at time.Time) {
	if f.burst == 0 || chat == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sweep(at)
	q := f.chats[chat]
	if q == nil || q.staff != staff || q.full(at) {
		q = newQuota(f.burst, staff)
		f.chats[chat] = q
	}
	q.last = later(q.last, at)
	q.AllowN(q.last, 1)
}

// mayTell reports whether a chat that sends too much has not been told yet.
func (f *flood) mayTell(chat int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := f.chats[chat]
	return q != nil && !q.told
}

// told notes that a chat was told to wait: once until it has been quiet again.
func (f *flood) told(chat int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if q := f.chats[chat]; q != nil {
		q.told = true
	}
}

func (f *flood) sweep(now time.Time) {
	if now.Sub(f.swept) < sweepEvery {
		return
	}
	f.swept = now
	for chat, q := range f.chats {
		if q.full(now) {
			delete(f.chats, chat)
		}
	}
}

// keptFor is how long Telegram keeps an update for a bot that is away.
const keptFor = 24 * time.Hour

// sentAt is when an update was sent, as far as it says so: what somebody wrote
// over hours while the program was away comes all at once, and is no flood.
func (u *update) sentAt(now time.Time) time.Time {
	var seconds int64
	switch {
	case u.Message != nil:
		seconds = u.Message.Date
	case u.Edited != nil:
		seconds = u.Edited.EditDate
	}
	at := time.Unix(seconds, 0)
	if at.After(now) || now.Sub(at) > keptFor {
		return now
	}
	return at
}

// lateFrom is how old an update is that had to wait: the program was away, or
// Telegram could not be reached. Before that the moment of handling is as good.
const lateFrom = time.Minute

// saidAt is when the line was written that is carried out now.
func (t *turn) saidAt() time.Time {
	switch at := t.update.sentAt(t.now); {
	case !t.said.IsZero():
		return t.said
	case t.bot.set.Dated && t.now.Sub(at) >= lateFrom:
		return at
	}
	return t.now
}

// safetyVerbs are the taps that lead to the list of symptoms and on from it.
var safetyVerbs = []string{"wrong", "symptom", "confirm"}

// cannotWait reports whether an update must be handled however much its chat has
// sent: it may speak of danger, it asks us to be quiet, or it is the only one that
// says that the chat is closed or open again.
func (b *Bot) cannotWait(u *update) bool {
	if u.Callback != nil {
		x, ok := parseTap(u.Callback.Data)
		return ok && slices.Contains(safetyVerbs, x.verb)
	}
	if u.Member != nil {
		return true
	}
	m := u.Message
	if m == nil {
		m = u.Edited
	}
	if m == nil || m.Forward != nil {
		return false
	}
	if command, _ := splitCommand(m.Text); command == "help" || command == "stop" {
		return true
	}
	return b.saysWrong(m.words()) || b.content.MatchSafety(m.words()).Verdict != content.SafetyNone
}

// saysWrong reports whether typed words are those of the button for a warning sign.
func (b *Bot) saysWrong(text string) bool {
	label, err := b.content.Text("button.wrong", nil)
	return err == nil && saysLabel(plain(text), plain(plainLabel(label)))
}

// tooMany reports whether this update is left alone, because its chat has sent too
// much. What cannot wait is handled for a patient; to a stranger it would bring
// nothing but a line that lets them go on.
func (t *turn) tooMany() bool {
	if !t.over {
		return false
	}
	if t.bot.cannotWait(t.update) {
		_, err := t.tx.PatientByChat(t.update.from())
		t.ignoreMissing(err)
		if err == nil {
			return false
		}
	}
	return true
}

// slowDown answers the first update that is too many with one line. In a group
// nobody is told.
func (t *turn) slowDown() {
	t.ignored = true
	if t.chat = t.update.from(); t.chat > 0 && t.bot.flood.mayTell(t.chat) {
		t.line("slow_down")
	}
}

// count notes what a turn that was committed means for its chat.
func (b *Bot) count(t *turn, id int64) {
	chat := t.update.from()
	if !t.ignored {
		b.flood.handled(chat, t.clinician.ID != 0, t.update.sentAt(t.now))
		b.set.Watch(UpdateHandled)
		return
	}
	b.flood.told(chat)
	b.set.Watch(UpdateIgnored)
	b.log.Warn("update ignored: too many from one chat", "update", id)
}
