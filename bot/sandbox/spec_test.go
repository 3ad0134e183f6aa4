package sandbox

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryMethodHasAHandler(t *testing.T) {
	for name := range methodTable {
		if handlers[name] == nil && name != "getUpdates" {
			t.Errorf("%s is known but not carried out", name)
		}
	}
	if len(handlers) != len(methodTable)-1 {
		t.Errorf("%d handlers for %d methods", len(handlers), len(methodTable))
	}
}

type specField struct {
	Name     string   `json:"name"`
	Types    []string `json:"types"`
	Required bool     `json:"required"`
}

type specEntry struct {
	Fields   []specField `json:"fields"`
	Subtypes []string    `json:"subtypes"`
}

// TestTablesAgainstSpecification compares the tables with a full specification
// of the Bot API in the shape {"methods":{name:{"fields":[...]}},"types":{...}}.
func TestTablesAgainstSpecification(t *testing.T) {
	path := os.Getenv("BOTAPI_SPEC")
	if path == "" {
		t.Skip("BOTAPI_SPEC is not set: expected the path of a machine-readable Bot API")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Methods map[string]specEntry `json:"methods"`
		Types   map[string]specEntry `json:"types"`
	}
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	for name, table := range methodTable {
		compare(t, name, table, spec.Methods[name].Fields)
	}
	for name, table := range typeTable {
		entry := spec.Types[name]
		if name == "BotCommandScope" {
			entry.Fields = joined(entry.Subtypes, spec.Types)
		}
		compare(t, name, table, entry.Fields)
	}
	for name, legacy := range legacyTable {
		for field := range legacy {
			if i := slices.IndexFunc(spec.Methods[name].Fields, named(field)); i >= 0 {
				t.Errorf("%s.%s is called legacy but is documented", name, field)
			}
		}
	}
}

func named(name string) func(specField) bool {
	return func(f specField) bool { return f.Name == name }
}

// joined is the fields of several types as of one: required only where all
// types have and require it.
func joined(names []string, types map[string]specEntry) []specField {
	var all []specField
	count := map[string]int{}
	for _, name := range names {
		for _, f := range types[name].Fields {
			count[f.Name]++
			if !slices.ContainsFunc(all, named(f.Name)) {
				all = append(all, f)
			}
		}
	}
	for i := range all {
		all[i].Required = all[i].Required && count[all[i].Name] == len(names)
	}
	return all
}

func compare(t *testing.T, owner string, table fields, spec []specField) {
	t.Helper()
	for name, f := range table {
		i := slices.IndexFunc(spec, named(name))
		if i < 0 {
			t.Errorf("%s.%s is not in the specification", owner, name)
			continue
		}
		want := field{types: spec[i].Types, required: spec[i].Required}
		if diff := cmp.Diff(want, f, cmp.AllowUnexported(field{})); diff != "" {
			t.Errorf("%s.%s: %s", owner, name, diff)
		}
	}
	for _, f := range spec {
		if _, ok := table[f.Name]; f.Required && !ok {
			t.Errorf("%s.%s is required but unknown here", owner, f.Name)
		}
	}
}
