package stage_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"afterneedle/bot/sandbox"
)

const (
	importHead = "name,muscle,side,needled at,load\n"
	twoPeople  = importHead +
		"Ana,upper trapezius,left,2026-03-02 14:00,8 kg\n" +
		"Bea,QL,both,2026-02-20 10:00,\n" +
		"ana,QL,right,2026-03-02 14:00,20 kg\n"
	importAsk = "Send a CSV file as a document"
)

// Sends sends a document.
func (p *someone) Sends(text, caption string) *someone {
	p.w.t.Helper()
	_, err := p.SendsDocument("patients.csv", []byte(text), caption)
	return p.do(err)
}

// links are the payloads in the table read last, by name.
func (p *someone) links() map[string]string {
	p.w.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(p.last.Document), "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != "name,link" {
		p.w.t.Fatalf("%v in %q", err, p.last.Document)
	}
	links := map[string]string{}
	for _, r := range rows[1:] {
		payload, ok := strings.CutPrefix(r[1], "https://t.me/afterneedle_bot?start=")
		if !ok {
			p.w.t.Fatalf("no link: %q", r)
		}
		links[r[0]] = payload
	}
	return links
}

func TestImport(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	preview := doctor.Sends(twoPeople, "/import").SeesExactly("2 patients to import.").Buttons("[Import 2]", "[Cancel]").SeesNothing().last
	doctor.Taps("Import 2").SeesExactly("2 patients imported.").
		Sees("One link for each patient, good for 7 days.", "whoever opens a link first is taken for the patient")
	if doctor.last.FileName != "links.csv" {
		t.Errorf("the file is called %q", doctor.last.FileName)
	}
	links := doctor.SeesNothing().links()
	if len(links) != 2 {
		t.Fatalf("%d links", len(links))
	}
	for name, payload := range links {
		if found := w.stored(payload); len(found) > 0 {
			t.Errorf("the link of %s is still in %q", name, found)
		}
	}
	doctor.Says("/patients").SeesExactly("Patients\nAna · invited · P3 · day 0\nBea · invited · P3 · day 10")
	doctor.Says("/patient ana").Sees("upper trapezius left: P3, 4 kg, 0 h", "quadratus lumborum right: P3, 10 kg")

	ana := w.stranger("Ana").Starts(links["Ana"]).Sees("Praxis Weber invites you").Taps("I agree").Sees("You agreed")
	doctor.Sees("Ana has joined.")
	ana.Sees("Needling was step 1").SeesNothing()
	w.stranger("Eve").Starts(links["Ana"]).Sees("This link no longer works.")
	doctor.Says("Import 2").Sees("I did not get that.")
	doctor.do(doctor.TapData(preview.MessageID, preview.Buttons[0][0].Data)).Sees("That button is from an older question.").SeesNothing()
}

func TestGuidedImport(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Sends(twoPeople, "").Sees("I did not get that.").SeesNothing()
	doctor.Says("/import").Sees(importAsk, "name, muscle, side, needled at, load", "at most 1 MB and 2000 lines").
		Says("hello").Sees(importAsk)
	w.restart()
	doctor.Sends("Ana;ql;left", "").SeesExactly("The first line of the file must name these columns, each once: name, muscle, side, needled at, load.")
	doctor.Sends(twoPeople, "").Sees("2 patients to import.")
	w.restart()
	doctor.Says("import").Sees("2 patients imported.").Sees("One link for each patient").SeesNothing()

	doctor.Says("/import").Sees(importAsk).Says("cancel").Sees("Cancelled. Nothing was saved.").Sends(twoPeople, "").Sees("I did not get that.")
	doctor.Sends(strings.Replace(twoPeople, "Bea", "Cem", 1), "/import").
		SeesExactly("1 patient to import.\n2 faulty lines, left out:\nLine 2: you have a patient called Ana already.\nLine 4: the same patient has a fault in line 2.").
		Buttons("[Import 1]", "[Cancel]").Taps("Cancel").Sees("Cancelled. Nothing was saved.")
	doctor.Says("/patients").Sees("Ana", "Bea").Without("Cem")
}

func TestImportFaults(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	doctor.Sends(importHead+"Ana,<b>elbow</b> & more,left,now,8 kg\nBea,ql,up,now,\nCem,ql,left,soon,\nDan,ql,left,2026-03-02 15:00,\n"+
		"Eva,ql,left,2025-11-01 10:00,\nFay,ql,left,now,900 kg\n,ql,left,now,\nGil,ql,left\n", "/import").
		SeesExactly("0 patients to import.\n8 faulty lines, left out:\n" +
			"Line 2: “<b>elbow</b> & more” is no muscle with a plan.\n" +
			"Line 3: “up” is no side of this muscle. Use left, right or both.\n" +
			"Line 4: “soon” cannot be read as a time. Use 2026-03-02 14:30.\n" +
			"Line 5: 2026-03-02 15:00 is in the future.\n" +
			"Line 6: 2025-11-01 10:00 is more than 12 weeks ago.\n" +
			"Line 7: “900 kg” is no load. Use 8 kg or 18 lb, above 0 and at most 500 kg, or nothing.\n" +
			"Line 8: “” is no name. A name has up to 40 characters, in one line, without commas or brackets.\n" +
			"Line 9: 3 fields instead of 5.").Buttons().SeesNothing()
	doctor.Sends(importHead+strings.Repeat(strings.Repeat("&", 3000)+",ql,left,now,\n", 50), "").
		Sees("50 faulty lines", "Line 21: “"+strings.Repeat("&", 40)+"…” is no name.", "And 30 more, in the file.").Without("Line 22:").
		SeesExactly("All faulty lines.").SeesNothing()
	if list := string(doctor.last.Document); strings.Count(list, "\n") != 50 || !strings.Contains(list, "Line 51: “&&&") {
		t.Errorf("all faults:\n%s", list)
	}
	doctor.Sends(importHead+strings.Repeat("Ana,ql,left,now,\n", 2001), "").SeesExactly("The file has more than 2000 lines.")
	doctor.Sends(strings.Repeat("x", 1<<20+1), "").SeesExactly("The file is bigger than 1 MB.")
	doctor.Sends("\xff\xfe", "").SeesExactly("The file is no text in UTF-8. Save it as CSV UTF-8.").SeesNothing()
	doctor.Says("/patients").Sees("No patients yet.")
}

// TestImportAllOrNobody taps on previews that no longer hold.
func TestImportAllOrNobody(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	older := doctor.Sends(twoPeople, "/import").Sees("2 patients to import.").last
	doctor.Sends(importHead+"Dan,ql,left,now,\n", "").Sees("1 patient to import.")
	doctor.do(doctor.TapData(older.MessageID, older.Buttons[0][0].Data)).Sees("That button is from an older question.")
	doctor.Says("/newpatient Dan").Sees("One link").Sees("can scan").Taps("Import 1").Sees("That button is from an older question.")

	doctor.Sends(twoPeople, "/import").Sees("2 patients to import.")
	w.Wait(12 * 7 * 24 * time.Hour)
	doctor.Taps("Import 2").SeesExactly("Ana cannot be imported as shown any more. Nothing was imported: send the file again.").SeesNothing()
	doctor.Says("/patients").SeesExactly("Patients\nDan · invited")
}

func TestImportWithoutTheFile(t *testing.T) {
	w := play(t)
	w.forgiving = true
	doctor := w.owner()
	for _, fault := range []sandbox.Fault{
		{Method: "getFile", Status: 400, Description: "Bad Request: wrong file_id or the file is temporarily unavailable"},
		{Method: "getFile", Status: 429, RetryAfter: 5},
		{Method: "getFile", Kind: sandbox.FaultDrop},
	} {
		w.Telegram.Fail(fault)
		doctor.Sends(twoPeople, "/import").SeesExactly("I could not fetch the file from Telegram. Please send it again.").SeesNothing()
	}
	doctor.Sends(twoPeople, "").Sees("2 patients to import.")
	if strings.Contains(w.log.String(), w.Telegram.Token()) {
		t.Error("the token is in the log")
	}
}

func TestImportIsForClinicians(t *testing.T) {
	w, tom, uma, ana, _ := twoClinicians(t)
	ana.Sends(twoPeople, "/import").Sees("Please do not send photos, files").Says("/import").Sees("I do not know that command.")
	w.stranger("Eve").Starts("").Skips().Sends(twoPeople, "/import").Sees("This bot works with a personal link").SeesNothing()
	before := len(w.Telegram.Refusals())
	shown := tom.Sends(importHead+"Ana,ql,left,now,\nBob,ql,left,now,\n", "/import").
		Sees("1 patient to import.", "you have a patient called Ana already").last // Bob is Uma's
	own := uma.Sends(importHead+"Cem,ql,left,now,\n", "/import").Sees("1 patient to import.").last
	uma.do(uma.TapData(shown.MessageID, shown.Buttons[0][0].Data)).Sees("That button is from an older question.").SeesNothing()
	prefix, _, _ := strings.Cut(own.Buttons[0][0].Data, ".")
	for _, data := range []string{".import.1.", ".import.1.x", ".form.0.x", ".form.0.import"} {
		uma.do(uma.TapData(own.MessageID, prefix+data)).Sees("That button is from an older question.").SeesNothing()
	}
	tom.Taps("Import 1").Sees("1 patient imported.").Sees("One link")
	tom.Says("/patients").SeesExactly("Patients\nAna · active\nBob · invited · P3 · day 0")
	uma.Says("/patients").SeesExactly("Patients\nBob · active")
	if n := len(w.Telegram.Refusals()); n != before {
		t.Errorf("%d requests were refused", n-before)
	}
}

func TestImportOfTwoThousand(t *testing.T) {
	w := play(t)
	doctor := w.owner()
	var file strings.Builder
	file.WriteString(importHead)
	for n := range 2000 {
		fmt.Fprintf(&file, "=P%04d,QL,both,2026-03-0%d 10:00,8 kg\n", n, 1+n%2)
	}
	doctor.Sends(file.String(), "/import").Sees("2000 patients to import.").Taps("Import 2000").
		Sees("2000 patients imported.").Sees("One link for each patient")
	links := doctor.links()
	if len(links) != 2000 || links["'=P1999"] == "" {
		t.Errorf("%d links", len(links))
	}
	w.stranger("P0007").Starts(links["'=P0007"]).Sees("Praxis Weber invites you")
}
