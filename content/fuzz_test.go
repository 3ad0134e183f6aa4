package content

import "testing"

// FuzzContentFile lets a clinic write anything at all into each file: there are
// faults to read, or content to use, and no panic.
func FuzzContentFile(f *testing.F) {
	names := []string{
		"protocol.yaml", "muscles.yaml", "graded.yaml", "redflags.yaml", "en/messages.yaml", "en/muscles.yaml",
		"en/faq.yaml", "en/cards.yaml", "en/plan.yaml", "en/redflags.yaml",
	}
	for i, name := range names {
		source, err := defaults.ReadFile("default/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), source)
	}
	for _, text := range []string{"", "a", "- 1", "a: &a [*a]", "version: [", "? {a: b}", "!!binary x", "\xff", "a: {{.b}}"} {
		f.Add(byte(0), []byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, file byte, source []byte) {
		name := names[int(file)%len(names)]
		write(t, dir, name, string(source))
		defer write(t, dir, name, mustDefault(t, name))
		c, faults := Load(dir)
		if (c == nil) != (len(faults) > 0) {
			t.Errorf("content %v and %d faults", c != nil, len(faults))
		}
		for _, fault := range faults {
			if fault.String() == "" {
				t.Error("a fault without words")
			}
		}
	})
}

func mustDefault(t *testing.T, name string) string {
	t.Helper()
	source, err := defaults.ReadFile("default/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}
