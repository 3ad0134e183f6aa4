package stage

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/rehab"
	"afterneedle/store"
)

// fuzzed is a program to throw things at: an owner with the chat 100, the patient
// Ana with 200, and Eve with 300, whom it does not know.
type fuzzed struct {
	*Stage
	owner, eve *sandbox.Person
	log        strings.Builder
	id         int64 // of the last update
	refused    int   // calls that Telegram has refused so far
}

func openFuzzed(f *testing.F, o Options) *fuzzed {
	f.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	s := &fuzzed{id: 5_000_000}
	o.Dir, o.Zone, o.Clinic, o.Owners, o.Log = f.TempDir(), zone, "Praxis Weber", []int64{100}, &s.log
	o.Start = time.Date(2026, 3, 2, 14, 0, 0, 0, zone)
	if s.Stage, err = Open(f.Context(), o); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	trainedPatient(f, s.Stage, o.Start)
	s.owner, s.eve = s.Telegram.Person(100, "Weber"), s.Telegram.Person(300, "Eve")
	if err := errors.Join(s.eve.Start(""), s.Settle()); err != nil {
		f.Fatal(err)
	}
	s.refused = len(s.Telegram.Refusals())
	return s
}

// says lets somebody write a text, without Telegram in between.
func (s *fuzzed) says(t *testing.T, chat int64, text string) {
	t.Helper()
	s.id++
	raw, err := json.Marshal(message(chat, text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Bot.Handle(t.Context(), s.id, raw); err != nil {
		t.Fatalf("%q: %v\n%s", text, err, s.log.String())
	}
	for _, r := range s.Telegram.Refusals()[s.refused:] {
		t.Errorf("%s is refused: %s", r.Method, r.Description)
	}
}

// invite lets the owner make a link for a patient and returns its payload.
func (s *fuzzed) invite(t *testing.T, name string) string {
	t.Helper()
	s.says(t, 100, "/newpatient "+name)
	payload := ""
	for _, m := range s.owner.Messages() {
		if _, after, found := strings.Cut(m.Text, "?start="); found {
			payload = strings.Fields(after)[0]
		}
	}
	return payload
}

// bound is the chat that an invitation was used by, 0 for none, and who the chat
// of a person belongs to.
func (s *fuzzed) bound(t *testing.T, payload string, chat int64) (usedBy, patient int64) {
	t.Helper()
	_, err := s.Store.Do(t.Context(), s.Time.Now(), 0, func(tx *store.Tx) error {
		invite, err := tx.Invite(payload)
		if err != nil {
			return err
		}
		p, err := tx.PatientByChat(chat)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		usedBy, patient = invite.UsedBy, p.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return usedBy, patient
}

// FuzzStart opens the bot with payloads of all kinds, in which LINK stands for the
// payload of a link that is good: that one works, once, for somebody who is not
// known; nothing else makes anybody known, or says more than that the link is no
// good.
func FuzzStart(f *testing.F) {
	s := openFuzzed(f, Options{})
	for _, payload := range []string{
		"", " ", "LINK", " LINK ", "LINK\n", "\tLINK", "LINKx", "xLINK", "LINK LINK", "?start=LINK", "LINK\x00", "\u00a0LINK", "\u200bLINK",
		"%4cLINK", "LINK\r", "' OR 1=1 --", `" OR ""="`, "%", "_", strings.Repeat("x", 4000), "null", "0", "-1", "ＬＩＮＫ", "\ufeffLINK", "LINK@bot",
	} {
		for who := range byte(3) {
			f.Add(who, payload)
		}
	}
	live, made := "", 0
	f.Fuzz(func(t *testing.T, who byte, payload string) {
		if live == "" {
			made++
			live = s.invite(t, "P"+strconv.Itoa(made))
		}
		payload = strings.ToValidUTF8(strings.ReplaceAll(payload, "LINK", live), "\ufffd")
		good := strings.TrimSpace(payload) == live
		chat := []int64{300, 200, 100}[who%3]
		if good && chat == 300 {
			chat = 1_000_000 + int64(made) // Eve stays a stranger
			if err := s.Telegram.Person(chat, "New").Start(""); err != nil {
				t.Fatal(err)
			}
			if err := s.Settle(); err != nil {
				t.Fatal(err)
			}
		}
		_, before := s.bound(t, live, chat)
		s.says(t, chat, "/start "+payload)
		usedBy, after := s.bound(t, live, chat)
		if joins := good && chat >= 1_000_000; joins {
			if usedBy != chat || after == 0 {
				t.Errorf("a good link does not work: used by %d, patient %d", usedBy, after)
			}
			s.says(t, 300, "/start "+payload)
			if _, eve := s.bound(t, live, 300); eve != 0 {
				t.Error("a link works twice")
			}
			live = ""
			return
		}
		if usedBy != 0 || after != before {
			t.Errorf("%q from %d: the link is used by %d, patient %d became %d", payload, chat, usedBy, before, after)
		}
		if last := s.eve.Last().Text; chat == 300 && !strings.HasPrefix(last, "This link no longer works") && !strings.HasPrefix(last, "Hello. This bot works with a personal link") {
			t.Errorf("%q: a stranger reads %q", payload, last)
		}
	})
}

// hookShapes are bodies that the webhook may get; ID stands for a new id.
var hookShapes = []string{
	`{"update_id":ID,"message":{"message_id":1,"date":1,"from":{"id":200,"first_name":"Ana"},"chat":{"id":200,"type":"private"},"text":"/pain 4"}}`,
	`{"update_id":ID,"message":{"message_id":1,"date":1,"from":{"id":200,"first_name":"Ana"},"chat":{"id":200,"type":"private"},"text":"my chest hurts"}}`,
	`{"update_id":ID,"edited_message":{"message_id":1,"edit_date":-1,"from":{"id":200},"chat":{"id":200,"type":"private"},"text":"my chest hurts"}}`,
	`{"update_id":ID,"message":{"message_id":1,"date":9223372036854775807,"from":{"id":100},"chat":{"id":100,"type":"private"},"text":"/newpatient Bo"}}`,
	`{"update_id":ID,"callback_query":{"id":"1","from":{"id":200},"message":{"message_id":1,"chat":{"id":200,"type":"private"}},"data":"1.wrong.0."}}`,
	`{"update_id":ID,"callback_query":{"id":"1","from":{"id":200},"data":""}}`,
	`{"update_id":ID,"my_chat_member":{"chat":{"id":200,"type":"private"},"new_chat_member":{"status":"kicked"}}}`,
	`{"update_id":ID,"message":{"message_id":1,"chat":{"id":-5,"type":"group"},"from":{"id":1},"text":"/start"}}`,
	`{"update_id":ID,"message":null,"callback_query":null}`, `{"update_id":ID}`, `{"update_id":-ID}`, `{"update_id":ID.0}`, `{"update_id":"ID"}`,
	`{"update_id":ID}{"update_id":ID}`, `[{"update_id":ID}]`, `{"update_id":ID,"update_id":1}`, `{"UPDATE_ID":ID}`, "", "null", "0", `"`, "\x00", "{",
	`{"update_id":ID,"message":{"text":"` + strings.Repeat("x", 5000) + `"}}`, strings.Repeat("[", 20_000), `{"update_id":1e400}`,
}

// FuzzWebhook posts bodies of all kinds, each twice, with a secret and with none or
// a wrong one: nothing panics, nothing gets in without the secret, nothing has to
// come again, and the second time changes nothing.
func FuzzWebhook(f *testing.F) {
	s := openFuzzed(f, Options{Webhook: true})
	for _, body := range hookShapes {
		f.Add("stage", body, false)
		f.Add("", body, false)
		f.Add("stag", body, true)
	}
	for _, secret := range []string{"stage ", " stage", "Stage", "stage\x00", "stagestage", "st\nage", strings.Repeat("s", 70_000)} {
		f.Add(secret, hookShapes[0], false)
	}
	f.Fuzz(func(t *testing.T, secret, body string, breaks bool) {
		s.id++
		body = strings.ReplaceAll(body, "ID", strconv.FormatInt(s.id, 10))
		before := s.footprint(t)
		status := s.post(secret, body, breaks)
		once := s.footprint(t)
		switch {
		case secret != "stage" && status != http.StatusUnauthorized:
			t.Errorf("status %d for the secret %q", status, secret)
		case secret == "stage" && breaks && status != http.StatusBadRequest:
			t.Errorf("status %d for a body that breaks off", status)
		case status >= http.StatusInternalServerError:
			t.Errorf("status %d: it would come again\n%s", status, s.log.String())
		}
		if status != http.StatusOK && once != before {
			t.Errorf("status %d, and yet it had an effect", status)
		}
		if again := s.post(secret, body, breaks); again != status {
			t.Errorf("status %d, and %d the second time", status, again)
		}
		if twice := s.footprint(t); twice != once {
			t.Errorf("the second time had an effect: %+v, then %+v", once, twice)
		}
	})
}

// post posts a body, which may break off, to the webhook and returns the status.
func (s *fuzzed) post(secret, body string, breaks bool) int {
	var from io.Reader = strings.NewReader(body)
	if breaks {
		from = io.MultiReader(from, iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	r := httptest.NewRequestWithContext(s.ctx, http.MethodPost, "/", from)
	if secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	answer := httptest.NewRecorder()
	s.Intake.(http.Handler).ServeHTTP(answer, r)
	return answer.Code
}

// footprint is what an effect would change.
type footprint struct {
	messages, patients int
	newest             int64 // delivery about Ana
	course             string
}

func (s *fuzzed) footprint(t *testing.T) (p footprint) {
	t.Helper()
	p.messages = s.Telegram.Stats().Messages
	_, err := s.Store.Do(t.Context(), s.Time.Now(), 0, func(tx *store.Tx) error {
		ana, err := tx.PatientByChat(200)
		if errors.Is(err, store.ErrNotFound) {
			return nil // has had everything deleted
		}
		if err != nil {
			return err
		}
		course, err := tx.Course(ana.ID)
		if err != nil {
			return err
		}
		p.course = string(tx.Snapshot(course)) + ana.UnreachableAt.String()
		said, err := tx.Timeline(ana.ID, 1)
		if err != nil {
			return err
		}
		p.newest = said[0].ID
		owner, err := tx.ClinicianByChat(100)
		if err != nil {
			return err
		}
		all, err := tx.PatientsOf(rehab.Clinician{ID: owner.ID, Role: owner.Role}, "")
		p.patients = len(all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
