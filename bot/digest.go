package bot

import (
	"slices"
	"strings"

	"afterneedle/rehab"
)

// digest lists one page of the patients whom a clinician should look at: a line
// and a button for each.
func (v *voice) digest(d rehab.Digest) body {
	if d.Patients == 0 {
		return body{Text: v.text("digest.none")}
	}
	lines := []string{v.text("digest.head", "n", d.Patients)}
	var rows [][]button
	for _, e := range d.Entries {
		name := nameOf(e.Patient, e.Of)
		since := e.Alerts[0].RaisedAt.In(v.b.set.ClinicZone).Format("Mon 2 Jan")
		lines = append(lines, v.text("digest.line", "name", name, "what", v.digestWhat(e), "day", since))
		rows = append(rows, []button{{Label: name, Verb: "begin", N: int(e.Patient.ID), Value: "patient"}})
	}
	var pages []button
	if d.Page > 0 {
		pages = append(pages, v.label("back", "digest", d.Page-1, ""))
	}
	if (d.Page+1)*rehab.DigestSize < d.Patients {
		pages = append(pages, v.label("next", "digest", d.Page+1, ""))
	}
	return body{Text: strings.Join(lines, "\n"), Rows: append(rows, pages)}
}

// digestEvents is how many things a line of the digest names, so that a page
// always fits into one message.
const digestEvents = 3

// digestWhat is what happened to a patient, the latest first and each thing once:
// the muscles stand on the patient's own screen.
func (v *voice) digestWhat(e rehab.DigestEntry) string {
	about := &voice{b: v.b, patient: e.Patient, now: v.now}
	var what []string
	for _, a := range slices.Backward(e.Alerts) {
		if event := about.alertEvent(&a); !slices.Contains(what, event) {
			what = append(what, event)
		}
	}
	if n := len(what) - digestEvents; n > 0 {
		what = append(what[:digestEvents], about.text("digest.more", "n", n))
	}
	if v.err == nil {
		v.err = about.err
	}
	return strings.Join(what, " ")
}

// digestPage turns to another page of the digest, as it is now. It names several
// patients, and is therefore not kept.
func (t *turn) digestPage(page int) {
	d, err := t.tx.Digest(t.clinician, page)
	t.fail(err)
	v := t.bot.voiceFor(t)
	words := v.digest(d)
	t.fail(v.err)
	words.Edit, t.secret = t.tapped(), true
	t.say(words)
}

// digestHours are offered for the digest; any other can be typed.
var digestHours = []rehab.TimeOfDay{7 * 60, 7*60 + 30, rehab.DigestHour, 9 * 60, 12 * 60, 17 * 60}

var askHour = step{
	name: "hour",
	ask: func(t *turn, _ form) body {
		words := body{Text: t.text("digest.ask", "hour", t.clinician.DigestAt.String())}
		for some := range slices.Chunk(digestHours, 3) {
			var r []button
			for _, hour := range some {
				r = append(r, button{Label: hour.String(), Verb: "form", Value: hour.String()})
			}
			words.Rows = append(words.Rows, r)
		}
		return words
	},
	take: func(t *turn, f form, value string) (string, bool) {
		if _, ok := readHour(value); !ok {
			t.line("digest.fault")
			return "", false
		}
		return keep("hour")(t, f, value)
	},
}

func readHour(text string) (rehab.TimeOfDay, bool) {
	m := clockForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	return clockOf(m[1], m[2])
}

// digest sets when the clinician's digest comes, or asks for it.
func (t *turn) digest(text string) {
	if text == "" {
		t.begin("digest", nil)
		return
	}
	hour, ok := readHour(text)
	if !ok {
		t.line("digest.fault")
		return
	}
	t.fail(t.tx.SetDigest(t.clinician.ID, hour))
	t.say(body{Edit: t.tapped(), Text: t.text("digest.set", "hour", hour.String())})
}
