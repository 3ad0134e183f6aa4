package stage_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"afterneedle/cmd/afterneedle/internal/stage"
)

// posts hands an update to the webhook, as Telegram does, and returns the status.
func (w *theater) posts(update any) int {
	w.t.Helper()
	raw, err := json.Marshal(update)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/", strings.NewReader(string(raw)))
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", "stage")
	answer := httptest.NewRecorder()
	w.Intake.(http.Handler).ServeHTTP(answer, r)
	return answer.Code
}

// poisons posts an update of a patient that cannot be handled, until it is set
// aside, and once more.
func (w *theater) poisons(id, chat int64) {
	w.t.Helper()
	update := map[string]any{"update_id": id, "message": map[string]any{
		"message_id": 1, "date": w.Time.Now().Unix(), "text": "/pain 9 and my secret",
		"from": map[string]any{"id": chat, "is_bot": false, "first_name": "Ana"},
		"chat": map[string]any{"id": chat, "type": "private"},
	}}
	for i, want := range []int{500, 500, 200, 200} {
		if got := w.posts(update); got != want {
			w.t.Fatalf("update %d, time %d: status %d, want %d\n%s", id, i+1, got, want, w.log)
		}
	}
}

// TestOwnersHearOfWhatIsSetAside damages a record, so that every update of its
// patient fails.
func TestOwnersHearOfWhatIsSetAside(t *testing.T) {
	w := playOn(t, monday, stage.Options{Webhook: true})
	w.forgiving = true
	ana := w.needled("Ana", "upper trapezius left, 8 kg")
	ben := w.clinician("Ben")
	owner := w.owner().Skips()
	db, err := sql.Open("sqlite3", filepath.Join(w.dir, "stage.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE targets SET shown = '{'`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	const id = 7_000_000
	ana.Skips()
	w.poisons(id, ana.id)
	ana.Sees("I could not deal with what you sent", "Praxis Weber", "112").SeesNothing()
	owner.Sees("A fault in this program", "1 message from people").Without("Ana", "secret", "9").SeesNothing()
	w.Wait(10*time.Minute).poisons(id+1, ana.id)
	w.Wait(10*time.Minute).poisons(id+2, ana.id)
	w.Wait(39 * time.Minute)
	if _, told := owner.answers("A fault in this program"); told != 0 {
		t.Error("told again before the hour is over")
	}
	w.Wait(time.Minute + chatGap)
	owner.Sees("A fault in this program", "2 messages from people").SeesNothing()
	w.Wait(3*time.Hour).poisons(id+3, ana.id)
	owner.Sees("A fault in this program", "1 message from people").SeesNothing()
	if all, told := ben.answers("A fault in this program"); told != 0 {
		t.Errorf("a clinician who is no owner is told, %d of %d", told, all)
	}
	if log := w.log.String(); strings.Count(log, "update set aside") != 4 || strings.Contains(log, "secret") || strings.Contains(log, "panic") {
		t.Errorf("the log says:\n%s", log)
	}
}
