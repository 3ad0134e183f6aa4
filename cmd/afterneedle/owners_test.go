package main

import (
	"strings"
	"testing"
)

// TestTheSettingsDecideWhoOwns names a clinician in AFTERNEEDLE_OWNERS, and the
// owner no more.
func TestTheSettingsDecideWhoOwns(t *testing.T) {
	t.Parallel()
	w, _ := clinic(t)
	w.says(w.owner, "/invite")
	ben := w.telegram.Person(101, "Ben")
	w.starts(ben, w.link(w.owner))
	w.says(ben, "/clinicians")
	w.expect(ben, "for the clinic's owner")
	w.stop(terminate)
	w.env = w.env.with("AFTERNEEDLE_OWNERS", "101")
	w.start()
	w.says(ben, "/clinicians")
	w.expect(ben, "Ben (owner)")
	w.says(w.owner, "/clinicians")
	w.expect(w.owner, "This command is for the clinic's owner.")
}

// TestTwoProcessesPrintAClaimLinkEach starts two processes on one database before
// anybody owns the clinic: both links work until somebody has used one of them.
func TestTwoProcessesPrintAClaimLinkEach(t *testing.T) {
	t.Parallel()
	w := before(t, "DATABASE_URL", postgresURL(t), "AFTERNEEDLE_OWNERS", "")
	var links []string
	for range 2 {
		w.start()
		links = append(links, w.proc.out.wait(t, `\?start=(\S+)`)[1])
	}
	w.starts(w.owner, links[0])
	w.says(w.owner, "/clinicians")
	w.expect(w.owner, "Maria (owner)")
	late := w.telegram.Person(101, "Late")
	w.starts(late, links[1])
	w.says(late, "/clinicians")
	if text := late.Last().Text; strings.Contains(text, "owner") {
		t.Errorf("the other claim link makes a second owner:\n%s", text)
	}
	w.start()
	if w.proc.out.String() != "" {
		t.Errorf("a clinic with an owner gets a claim link: %s", w.proc.out)
	}
}
