package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
)

func digestVoice(t *testing.T) *voice {
	t.Helper()
	w := newWalker(t, 1, loaded(t))
	return &voice{b: w.b, now: w.clock.now}
}

// The longest page there can be fits into one message, and its buttons into
// theirs.
func TestLongestDigest(t *testing.T) {
	v := digestVoice(t)
	var alerts []rehab.Alert
	for _, intent := range []rehab.Intent{
		rehab.IntentTooEarly, rehab.IntentBaseline, rehab.IntentStretchStrong, rehab.IntentFear, rehab.IntentTwoHour,
		rehab.IntentTwoHour, rehab.IntentNotToday, rehab.IntentTrend,
	} {
		alerts = append(alerts, rehab.Alert{Key: "k", Level: rehab.AlertDigest, Intent: intent, RaisedAt: v.now})
	}
	alerts = append(alerts, rehab.Alert{Key: "course/1/target/3/next", Level: rehab.AlertDigest, Intent: rehab.IntentNextStep, RaisedAt: v.now})
	d := rehab.Digest{Patients: 1000, Page: 50}
	for i := range rehab.DigestSize {
		d.Entries = append(d.Entries, rehab.DigestEntry{
			Patient: rehab.Patient{ID: int64(1<<50 + i), Name: strings.Repeat("<", nameLimit)}, Of: strings.Repeat("&", 64), Alerts: alerts,
		})
	}
	words := v.digest(d)
	if problem := unsound(words.Text); problem != "" || v.err != nil {
		t.Errorf("%s %v in:\n%s", problem, v.err, words.Text)
	}
	if !strings.Contains(words.Text, "And 5 more. (since Mon 2 Mar)") {
		t.Errorf("does not say how much is left out:\n%s", words.Text)
	}
	if len(words.Rows) != rehab.DigestSize+1 {
		t.Errorf("%d rows of buttons", len(words.Rows))
	}
	for _, r := range words.Rows {
		for _, b := range r {
			if n := len(b.data(1 << 50)); n > 64 {
				t.Errorf("button %q has %d bytes of data", b.Label, n)
			}
		}
	}
}

func TestDigestPagesHaveTheirButtons(t *testing.T) {
	v := digestVoice(t)
	entry := []rehab.DigestEntry{{Patient: rehab.Patient{ID: 1, Name: "Ana"}, Alerts: []rehab.Alert{
		{Key: "course/1/workout/2/missed", Intent: rehab.IntentNudge, RaisedAt: v.now.Add(-48 * time.Hour)},
	}}}
	for _, x := range []struct {
		d    rehab.Digest
		want string
	}{
		{rehab.Digest{Patients: 10, Entries: entry}, ""},
		{rehab.Digest{Patients: 11, Entries: entry}, "Next 1"},
		{rehab.Digest{Patients: 21, Page: 1, Entries: entry}, "Back 0 Next 2"},
		{rehab.Digest{Patients: 21, Page: 2, Entries: entry}, "Back 1"},
	} {
		words := v.digest(x.d)
		var got []string
		for _, b := range words.Rows[1] {
			got = append(got, fmt.Sprint(b.Label, " ", b.N))
		}
		if diff := cmp.Diff(x.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("page %d of %d patients (-want +got):\n%s", x.d.Page, x.d.Patients, diff)
		}
		if !strings.Contains(words.Text, "Ana · Two workouts in a row without an answer. (since Sat 28 Feb)") {
			t.Error(words.Text)
		}
	}
}
