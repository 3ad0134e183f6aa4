package stage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"afterneedle/rehab"
	"afterneedle/store"
)

// commandForms is each command of a clinician as somebody would write it to
// reach Tom's patient Ana. A new command has to be listed here.
var commandForms = map[string]string{
	"newpatient": "/newpatient Xena",
	"session":    "/session Ana, ql left, 2h ago",
	"patients":   "/patients",
	"patient":    "/patient Ana",
	"hold":       "/hold Ana, cold, 48h",
	"release":    "/release Ana",
	"load":       "/load Ana, 9 kg",
	"track":      "/track Ana, graded",
	"zone":       "/zone Ana, Asia/Tokyo",
	"discharge":  "/discharge Ana",
	"timeline":   "/timeline Ana",
	"broadcast":  "/broadcast Hello",
	"share":      "/share Ana, Uma",
	"handover":   "/handover Ana, Uma",
	"clinicians": "/clinicians",
	"help":       "/help",
	"invite":     "/invite",
	"cancel":     "/cancel",
	"alerts":     "/alerts Ana",
	"broadcasts": "/broadcasts",
	"brief":      "/brief Ana",
	"digest":     "/digest 08:00",
	"history":    "/history Ana",
	"import":     "/import",
	"message":    "/message Ana, hello",
	"mode":       "/mode Ana, suggest",
}

// facts are the numbers that a forger could have learnt.
type facts struct{ ana, tom, uma, alert, needling, broadcast int }

// buttonForms is, for each kind of button of a clinician, what a forger would put
// behind it to reach Ana, or Tom's broadcast. A new kind has to be listed here.
var buttonForms = map[string]func(f facts) []string{
	"ack":      func(f facts) []string { return []string{on(f.alert, f.ana)} },
	"release":  func(f facts) []string { return []string{on(0, f.ana)} },
	"patients": func(facts) []string { return []string{"0."} },
	"pick":     func(f facts) []string { return []string{on(f.ana, ""), on(f.ana, "page"), on(f.ana, f.ana)} },
	"form":     func(f facts) []string { return []string{"0.yes", "0.back", "0.record", on(f.ana, f.ana), "0.Ana"} },
	"broadcast": func(f facts) []string {
		return []string{on(f.broadcast, "send"), on(f.broadcast, "now"), on(f.broadcast, "cancel"), on(f.broadcast, "undo")}
	},
	"allow":      func(f facts) []string { return []string{on(f.alert, f.ana)} },
	"jump":       func(f facts) []string { return []string{on(f.alert, f.ana)} },
	"glossary":   func(facts) []string { return []string{"0."} },
	"link":       func(f facts) []string { return []string{on(0, f.ana)} },
	"undo":       func(f facts) []string { return []string{on(f.needling, f.ana)} },
	"unshare":    func(f facts) []string { return []string{on(f.tom, f.ana), on(f.uma, f.ana)} },
	"clinicians": func(facts) []string { return []string{"0.page"} },
	"patient":    func(f facts) []string { return []string{on(0, f.ana)} },
	"brief":      func(f facts) []string { return []string{on(0, f.ana)} },
	"propose": func(f facts) []string {
		return []string{on(0, fmt.Sprintf("%d:needling", f.ana)), on(0, fmt.Sprintf("%d:continue", f.ana))}
	},
	"begin":   func(f facts) []string { return []string{on(f.ana, "hold"), on(f.ana, "patient"), on(f.ana, "message")} },
	"alerts":  func(f facts) []string { return []string{"0.1.0.1.1"} },
	"digest":  func(facts) []string { return []string{"0."} },
	"accept":  func(f facts) []string { return []string{on(f.alert, f.ana)} },
	"keep":    func(f facts) []string { return []string{on(f.alert, f.ana)} },
	"history": func(f facts) []string { return []string{on(0, f.ana)} },
	"import":  func(facts) []string { return []string{"0.yes"} },
	"reply":   func(f facts) []string { return []string{on(0, f.ana)} },
	"remove":  func(f facts) []string { return []string{on(f.tom, "ask"), on(f.tom, "yes")} },
}

func on(n int, value any) string { return fmt.Sprintf("%d.%v", n, value) }

// TestEveryCommandAndButtonIsListed reads the program: what it knows is what the
// tables above know.
func TestEveryCommandAndButtonIsListed(t *testing.T) {
	commands, verbs := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("../../../../bot/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source: %v", err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if to, ok := n.Lhs[0].(*ast.Ident); ok && to.Name == "clinicianCommand" {
					for _, entry := range n.Rhs[0].(*ast.CompositeLit).Elts {
						commands[word(entry.(*ast.KeyValueExpr).Key)] = true
					}
				}
			case *ast.FuncDecl:
				if n.Name.Name == "clinicianTap" {
					for _, label := range cases(n) {
						verbs[label] = true
					}
				}
			}
			return true
		})
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(commandForms)), slices.Sorted(maps.Keys(commands))); diff != "" {
		t.Errorf("commands listed here and in the program:\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(buttonForms)), slices.Sorted(maps.Keys(verbs))); diff != "" {
		t.Errorf("buttons listed here and in the program:\n%s", diff)
	}
}

// cases are the labels of the switch statements in a function.
func cases(f *ast.FuncDecl) []string {
	var labels []string
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if clause, ok := n.(*ast.CaseClause); ok {
			for _, label := range clause.List {
				labels = append(labels, word(label))
			}
		}
		return true
	})
	return labels
}

// word is a string as it stands in the source, or the name of a constant.
func word(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strings.Trim(e.Value, `"`)
	case *ast.Ident:
		return e.Name
	}
	return fmt.Sprintf("%T", e)
}

// clinic is all that nobody but Tom and the owner may change.
type clinic struct {
	Course     rehab.Course
	Patient    rehab.Patient
	Looking    []rehab.Clinician
	Clinicians []rehab.Clinician
	Broadcast  rehab.Broadcast
}

func (w *theater) clinic() clinic {
	w.t.Helper()
	var c clinic
	_, err := w.Store.Do(context.Background(), w.Time.Now(), 0, func(tx *store.Tx) (err error) {
		course, err := tx.Course(1)
		if err != nil {
			return err
		}
		c.Course = *course
		c.Course.Zone, c.Course.ClinicZone, c.Course.Protocol = nil, nil, nil
		if c.Patient, err = tx.Patient(1); err != nil {
			return err
		}
		if c.Looking, err = tx.CliniciansOf(1); err != nil {
			return err
		}
		if c.Clinicians, err = tx.Clinicians(); err != nil {
			return err
		}
		c.Broadcast, err = tx.Broadcast(1)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// outsiders is a clinic in which Tom's patient Ana has everything that can be
// touched, and those who must not touch it.
func outsiders(t *testing.T) (w *theater, people map[string]*someone, f facts) {
	t.Helper()
	w = play(t)
	tom, uma, zed := w.clinician("Tom"), w.clinician("Uma"), w.clinician("Zed")
	ana, bob := w.patientOf(tom, "Ana"), w.patientOf(uma, "Bob")
	tom.Says("/share Ana, zed").Sees("shared with Zed")
	zed.Sees("Tom shares Ana").Says("/patient ana").Sees("Ana (Tom)")
	w.owner().Skips().Says("/clinicians").Sees("Zed").Taps("Remove Zed").Sees("Remove Zed?").Taps("Remove Zed").Sees("Zed is removed.")
	eve := w.stranger("Eve").Starts("").Skips()
	tom.Says("/session ana, upper trapezius left, 8 kg").Sees("needling of").Says("/broadcast See you").Sees("To 1 patient")
	w.Wait(time.Minute)
	ana.Skips().Says("my chest hurts").Sees("Call 112")
	tom.Sees("NOW · Ana")
	c := w.clinic().Course
	f = facts{ana: 1, tom: 2, uma: 3, alert: c.Alerts[0].N, needling: c.Needlings[0].N, broadcast: 1}
	people = map[string]*someone{"another clinician": uma, "another patient": bob, "a removed clinician": zed, "a stranger": eve}
	for _, p := range append(slices.Collect(maps.Values(people)), ana, tom, w.owner()) {
		p.Skips()
	}
	return w, people, f
}

// learnsNothing fails when somebody has read Ana's name, or Ana and her clinic are not
// as they were.
func (p *someone) learnsNothing(did string, was clinic) {
	p.w.t.Helper()
	for _, e := range p.unread() {
		text := words(e)
		for _, row := range e.Buttons {
			text += strings.Join(labels(row), " ")
		}
		if strings.Contains(text, "Ana") {
			p.w.t.Errorf("%s by %s reads:\n%s", did, p.name, text)
		}
	}
	if len(p.unread()) == 0 {
		p.w.t.Errorf("%s by %s: no answer", did, p.name)
	}
	p.Skips()
	if diff := cmp.Diff(was, p.w.clinic()); diff != "" {
		p.w.t.Fatalf("%s by %s changed:\n%s", did, p.name, diff)
	}
}

func TestNobodyElseByName(t *testing.T) {
	w, people, _ := outsiders(t)
	was := w.clinic()
	for _, p := range people {
		for _, name := range slices.Sorted(maps.Keys(commandForms)) {
			text := commandForms[name]
			p.Says(text).learnsNothing(text, was)
			if p.name == "Uma" && strings.Contains(text, "Ana") && words(p.last) != "No patient of yours has that name." {
				t.Errorf("%s: %s", text, words(p.last))
			}
			p.Says("/"+name).learnsNothing("/"+name, was)
			if name != "newpatient" && name != "broadcast" { // there it would be a text of one's own
				p.Says("Ana").learnsNothing("a name typed into /"+name, was)
			}
		}
	}
	for _, p := range w.cast {
		if p.name == "Ana" || p.name == "Tom" {
			p.SeesNothing()
		}
	}
}

func TestNobodyElseByButton(t *testing.T) {
	w, people, f := outsiders(t)
	was := w.clinic()
	// Buttons that Tom was shown, tapped by others.
	shown := map[string]int{}
	for _, p := range w.cast {
		if p.name != "Tom" {
			continue
		}
		for _, m := range p.Messages() {
			for _, row := range m.Buttons {
				for _, b := range row {
					shown[b.Data] = m.ID
				}
			}
		}
	}
	if len(shown) < 5 {
		t.Fatalf("Tom was shown %d buttons", len(shown))
	}
	for _, p := range people {
		for _, data := range slices.Sorted(maps.Keys(shown)) {
			p.do(p.TapData(shown[data], data)).learnsNothing("the button "+data, was)
		}
		own := p.ownDelivery()
		for _, verb := range slices.Sorted(maps.Keys(buttonForms)) {
			for _, value := range buttonForms[verb](f) {
				if verb == "form" || verb == "pick" {
					p.Says("/hold").learnsNothing("/hold", was) // in the middle of something
					own = p.ownDelivery()
				}
				p.do(p.TapData(p.last.MessageID, own+"."+verb+"."+value)).learnsNothing(verb+"."+value, was)
			}
		}
	}
}

// ownDelivery is the delivery that the newest button of somebody belongs to; of
// one who has never had a button, any.
func (p *someone) ownDelivery() string {
	for _, m := range slices.Backward(p.Messages()) {
		if len(m.Buttons) > 0 {
			delivery, _, _ := strings.Cut(m.Buttons[0][0].Data, ".")
			return delivery
		}
	}
	return "1"
}

func TestNobodyElseByReply(t *testing.T) {
	w, people, _ := outsiders(t)
	was := w.clinic()
	for _, p := range people {
		for message := range 40 {
			raw, err := json.Marshal(map[string]any{
				"message_id": 9000 + message, "date": w.Time.Now().Unix(), "text": "hello",
				"from": map[string]any{"id": p.id, "is_bot": false, "first_name": p.name},
				"chat": map[string]any{"id": p.id, "type": "private", "first_name": p.name},
				"reply_to_message": map[string]any{
					"message_id": message, "date": 0, "text": "Ana",
					"chat": map[string]any{"id": p.id, "type": "private", "first_name": p.name},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Telegram.EnqueueRaw("message", raw)
			p.do(err).learnsNothing("a reply", was)
		}
	}
}
