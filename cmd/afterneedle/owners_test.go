package main

import (
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
