package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestPruneKeepsTheNewest(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"afterneedle-20260301T033000Z.db", "afterneedle-20260302T033000Z.db.age", "afterneedle-20260303T033000Z.db",
		"afterneedle-20260304T033000Z.db", "afterneedle-2026.db", "letters.txt",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "afterneedle-20250101T033000Z.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to remove
		if err := prune(dir, 2); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := "afterneedle-20250101T033000Z.db afterneedle-2026.db afterneedle-20260303T033000Z.db afterneedle-20260304T033000Z.db letters.txt"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("left: %s", got)
	}
}

func TestSealFor(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key := identity.Recipient().String()
	for recipient, want := range map[string]struct{ seals, ok bool }{
		"": {false, true}, key: {true, true}, key + "," + key: {true, true}, "age1": {false, false}, "AGE-SECRET-KEY-1": {false, false},
	} {
		seal, err := sealFor(recipient)
		if (err == nil) != want.ok || (seal != nil) != want.seals {
			t.Errorf("%q: seals %v, %v", recipient, seal != nil, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("the key is repeated: %v", err)
		}
	}
}
