package bot

import (
	"fmt"
	"html"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf8"

	"afterneedle/content"
	"afterneedle/rehab"
)

// Bounds on what a person reads: Telegram's own, and what fits a telephone.
const (
	longestMessage = 4096
	longestCare    = 1000
)

type frozen struct{ now time.Time }

func (c *frozen) Now() time.Time { return c.now }

// walker lives through a course at random and puts everything that is said
// into words.
type walker struct {
	t      *testing.T
	b      *Bot
	clock  *frozen
	c      *rehab.Course
	random *rand.Rand
	sent   map[string]bool
	kinds  map[rehab.PromptKind]bool
	script strings.Builder
	// tapping: the clinician answers suggestions.
	tapping bool
}

func newWalker(t *testing.T, seed uint64, texts *content.Content) *walker {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{
		t: t, clock: &frozen{time.Date(2026, 3, 2, 14, 30, 0, 0, zone)}, random: rand.New(rand.NewPCG(seed, 1)),
		sent: map[string]bool{}, kinds: map[rehab.PromptKind]bool{},
	}
	w.b = New(Settings{APIURL: "http://127.0.0.1:1", Token: "1:x", Clinic: "Weber & <Sons>", Emergency: "112", ClinicZone: zone},
		nil, texts, w.clock, slog.New(slog.DiscardHandler))
	protocol := texts.Protocol()
	w.c = rehab.NewCourse(1, &protocol, zone, zone)
	w.c.ID = 1
	w.c.Consent(w.clock.now)
	return w
}

func (w *walker) one(of int) bool { return w.random.IntN(of) == 0 }

func (w *walker) voice() *voice {
	return &voice{b: w.b, c: w.c, patient: rehab.Patient{ID: 1, Name: "Ana & Co", ChatID: 5}, now: w.clock.now}
}

func (w *walker) needle(both bool) {
	targets := []rehab.NeedledTarget{{Muscle: "upper_trapezius", Side: rehab.Left}}
	if both {
		targets = append(targets, rehab.NeedledTarget{Muscle: "quadratus_lumborum", Side: rehab.Right})
	}
	n := rehab.NewNeedling{At: w.clock.now.Add(-time.Duration(w.random.IntN(30)) * time.Hour), By: 1, Targets: targets, Graded: w.one(3)}
	if w.one(2) {
		n.UsualG, n.Unit = 80_000, rehab.Kilogram
	}
	w.c.Needle(n, w.clock.now)
}

// walk goes on until the course has nothing more to say.
func (w *walker) walk() {
	w.needle(w.one(2))
	for range 3000 {
		w.c.Advance(w.clock.now)
		w.happen()
		if w.tapping {
			w.tap()
		}
		next, prompt, ok := w.next()
		if !ok {
			return
		}
		w.clock.now = next
		w.c.Advance(next)
		if prompt == nil {
			continue
		}
		p, reason := w.c.Sendable(prompt.Key, next)
		if reason != "" {
			w.sent[prompt.Key] = reason != "later"
			continue
		}
		w.say(p)
		w.sent[p.Key] = true
		if p.To == rehab.ToPatient {
			w.c.Sent(p, next)
			w.answer(p)
		}
	}
}

// next is the next prompt that is due, or the next moment at which time alone
// changes something.
func (w *walker) next() (at time.Time, due *rehab.Prompt, ok bool) {
	at, ok = w.c.NextWake(w.clock.now)
	for _, p := range w.c.Prompts(w.clock.now) {
		if w.sent[p.Key] {
			continue
		}
		when := p.Due
		if when.Before(w.clock.now) {
			when = w.clock.now
		}
		if !ok || when.Before(at) || when.Equal(at) && due == nil {
			at, due, ok = when, &p, true
		}
	}
	return at, due, ok
}

// happen is what people do unasked.
func (w *walker) happen() {
	day := int(w.clock.now.Sub(w.c.Needlings[0].At).Hours() / 24)
	switch held := w.c.Held(); {
	case held != nil && w.one(4):
		_ = w.c.Release(1, w.clock.now)
	case w.one(300):
		w.c.OpenSafety(w.clock.now)
	case w.one(299):
		w.c.HoldExercise(1, "a cold & fever", time.Duration(w.random.IntN(3))*24*time.Hour, w.clock.now)
	case day > 14 && len(w.c.Needlings) == 1 && w.one(50):
		w.needle(w.one(2))
	case w.one(500):
		w.c.Observe(rehab.PainScore(w.random.IntN(11)), w.clock.now)
	}
}

func (w *walker) say(p rehab.Prompt) {
	v := w.voice()
	words := v.prompt(rehab.Delivery{ID: 1, Key: p.Key, Kind: p.Kind, N: p.N, CourseID: 1, ChatID: 5})
	if v.err != nil {
		w.t.Fatalf("%s: %v", p.Kind, v.err)
	}
	w.kinds[p.Kind] = true
	w.check(string(p.Kind), words)
}

// check looks at a message as its reader would.
func (w *walker) check(what string, words body) {
	w.t.Helper()
	fmt.Fprintf(&w.script, "%s  %s\n%s\n", w.clock.now.Format("Mon 2 Jan 15:04"), what, indented(words))
	if problem := unsound(words.Text); problem != "" {
		w.t.Fatalf("%s: %s in:\n%s", what, problem, words.Text)
	}
	if n := utf8.RuneCountInString(words.Text); n > longestCare {
		w.t.Errorf("%s has %d characters:\n%s", what, n, words.Text)
	}
	for _, row := range words.Rows {
		for _, b := range row {
			if n := len(b.data(1 << 40)); n > 64 || b.Label == "" || strings.Contains(b.Label, "&amp;") {
				w.t.Errorf("%s: button %q with %d bytes of data", what, b.Label, n)
			}
		}
	}
}

var blanks = regexp.MustCompile(`\{\{|\}\}|<no value>|<nil>|%!|  | [.,;:)]|\( |\(\)|&amp;(amp|lt|gt|#39|quot);|(?m: $)|\n\n\n|^\s|\s$`)

// unsound is what shows that a value was missing, or a text was put together
// badly.
func unsound(text string) string {
	if strings.TrimSpace(text) == "" {
		return "nothing"
	}
	if utf8.RuneCountInString(html.UnescapeString(text)) > longestMessage {
		return "too much"
	}
	return blanks.FindString(text)
}

func indented(words body) string {
	lines := strings.Split(html.UnescapeString(tags.ReplaceAllString(words.Text, "")), "\n")
	for _, row := range words.Rows {
		var list []string
		for _, b := range row {
			list = append(list, "["+b.Label+"]")
		}
		lines = append(lines, strings.Join(list, " "))
	}
	return "    " + strings.Join(lines, "\n    ")
}

// pain is a score near what is common.
func (w *walker) pain() rehab.PainScore {
	if w.one(8) {
		return rehab.PainScore(w.random.IntN(11))
	}
	return rehab.PainScore(1 + w.random.IntN(3))
}

func (w *walker) effect(what string, e rehab.Effect, err error) {
	if err != nil {
		return
	}
	v := w.voice()
	text := v.effect(e)
	if v.err != nil {
		w.t.Fatalf("%s: %v", what, v.err)
	}
	if text != "" {
		w.check("answer to "+what, body{Text: text})
	}
}

func (w *walker) score(kind rehab.QuestionKind, n int, score rehab.PainScore) {
	e, err := w.c.AnswerPain(rehab.Question{Kind: kind, N: n}, score, w.clock.now)
	w.effect(string(kind), e, err)
}

// answer is what the patient does about a prompt; every sixth is left alone.
func (w *walker) answer(p rehab.Prompt) {
	if w.one(6) {
		return
	}
	now, n := w.clock.now, p.N
	switch p.Kind {
	case rehab.PromptMovement, rehab.PromptGentle, rehab.PromptStructured, rehab.PromptDaily:
		if w.one(5) {
			_ = w.c.PracticeNotToday(n, now)
			return
		}
		_ = w.c.PracticeDone(n, now)
	case rehab.PromptFeel:
		w.score(rehab.AskFeel, n, 2+w.pain())
	case rehab.PromptSafetyCheck:
		_ = w.c.ClearSafety(now)
	case rehab.PromptSafetyList:
		choice := []rehab.SafetyChoice{rehab.ChoiceNone, rehab.ChoiceOther, rehab.ChoiceUrgent, rehab.ChoiceEmergency}[w.random.IntN(4)]
		_, _ = w.c.ChooseSafety(n, choice, now)
	case rehab.PromptHoldAsk:
		w.score(rehab.AskHold, n, 2+w.pain())
	default:
		w.answerWorkout(p)
	}
}

func (w *walker) answerWorkout(p rehab.Prompt) {
	n := p.N
	switch p.Kind {
	case rehab.PromptBefore:
		w.score(rehab.AskBefore, n, w.pain())
	case rehab.PromptBeforeAgain:
		_ = w.c.ClearSafety(w.clock.now)
		w.score(rehab.AskBefore, n, w.pain())
	case rehab.PromptUsual:
		_ = w.c.AnswerUsual(n, 40_000*w.random.IntN(2), rehab.Kilogram, w.clock.now)
	case rehab.PromptCard, rehab.PromptCardAgain:
		w.answerCard(n)
	case rehab.PromptFinish:
		_ = w.c.FinishedAt(n, rehab.FinishedEvening, w.clock.now)
	case rehab.PromptWeight:
		_ = w.c.AnswerWeight(n, 2_000, rehab.Kilogram, w.clock.now)
	case rehab.PromptWhy:
		why := []rehab.Why{rehab.WhyPain, rehab.WhyFear, rehab.WhyOther}[w.random.IntN(3)]
		e, err := w.c.AnswerWhy(n, why, w.clock.now)
		w.effect("why", e, err)
	case rehab.PromptAfter:
		w.score(rehab.AskAfter, n, w.pain())
	case rehab.PromptExtras:
		w.answerExtras(n)
	case rehab.PromptTwoHour:
		w.score(rehab.AskTwoHour, n, w.pain())
	case rehab.PromptNext:
		if w.one(6) {
			_ = w.c.TooSore(n, w.clock.now)
		}
		w.score(rehab.AskNext, n, w.pain())
	}
}

func (w *walker) answerCard(n int) {
	w.clock.now = w.clock.now.Add([]time.Duration{10 * time.Minute, 3 * time.Hour, 11 * time.Hour}[w.random.IntN(12)/5])
	w.c.Advance(w.clock.now)
	switch w.random.IntN(8) {
	case 0:
		_ = w.c.StopEarly(n, w.clock.now)
	case 1:
		_ = w.c.NotToday(n, w.clock.now)
	default:
		if w.c.Finish(n, 0, "", w.clock.now) == nil && !w.c.Workout(n).AskFinish {
			w.check("done", body{Text: w.voice().finished(w.c.Workout(n))})
		}
	}
}

func (w *walker) answerExtras(n int) {
	ask := w.c.Extras(w.c.Workout(n))
	if ask.Quality {
		kind := []rehab.Quality{rehab.Dull, rehab.Dull, rehab.Dull, rehab.Sharp, rehab.Radiating}[w.random.IntN(5)]
		e, err := w.c.AnswerQuality(n, kind, w.clock.now)
		w.effect("kind of pain", e, err)
	}
	if ask.Reserve {
		_ = w.c.AnswerReserve(n, w.one(2), w.clock.now)
	}
	if ask.Feared {
		_ = w.c.AnswerFeared(n, w.one(5), w.clock.now)
	}
	w.check("extras", w.voice().extras(w.c.Workout(n), false))
	w.check("extras again", w.voice().extras(w.c.Workout(n), true))
}

// promptKinds are all that a course can want said.
var promptKinds = []rehab.PromptKind{
	rehab.PromptWelcome, rehab.PromptMovement, rehab.PromptGentle, rehab.PromptStructured, rehab.PromptDaily, rehab.PromptFeel,
	rehab.PromptSafetyCheck, rehab.PromptBefore, rehab.PromptBeforeAgain, rehab.PromptUsual, rehab.PromptCard, rehab.PromptCardAgain,
	rehab.PromptFinish, rehab.PromptWeight, rehab.PromptWhy, rehab.PromptAfter, rehab.PromptExtras, rehab.PromptTwoHour, rehab.PromptNext,
	rehab.PromptHoldStarted, rehab.PromptHoldAsk, rehab.PromptHoldReleased, rehab.PromptSafetyList, rehab.PromptSafetyText,
	rehab.PromptClosing, rehab.PromptAlert,
}

// TestEveryMessage lives through many courses and looks at every message. With
// AFTERNEEDLE_TRANSCRIPT set, everything that can be said is written to that file.
func TestEveryMessage(t *testing.T) {
	texts := loaded(t)
	kinds := map[rehab.PromptKind]bool{}
	var script strings.Builder
	for seed := range uint64(60) {
		w := newWalker(t, seed, texts)
		w.walk()
		for kind := range w.kinds {
			kinds[kind] = true
		}
		if seed < 6 {
			fmt.Fprintf(&script, "==== course %d\n%s", seed, w.script.String())
		}
	}
	for _, kind := range promptKinds {
		if !kinds[kind] {
			t.Errorf("no course said %q", kind)
		}
	}
	script.WriteString("==== every text\n")
	for _, key := range texts.Keys() {
		data := map[string]any{}
		for _, name := range texts.Placeholders(key) {
			data[name] = sample(texts, key, name)
		}
		text, err := texts.Text(key, data)
		if err != nil {
			t.Error(err)
			continue
		}
		if problem := unsound(text); problem != "" {
			t.Errorf("%s: %q in %q", key, problem, text)
		}
		fmt.Fprintf(&script, "%s (%s)\n%s\n", key, texts.Kind(key), indented(body{Text: text}))
	}
	if file := os.Getenv("AFTERNEEDLE_TRANSCRIPT"); file != "" {
		if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
			t.Error(err)
		}
	}
}

func loaded(t *testing.T) *content.Content {
	t.Helper()
	texts, faults := content.Load("")
	if len(faults) > 0 {
		t.Fatal(faults[0])
	}
	return texts.WithClinic("Weber & <Sons>", "112")
}

// sample is a value for a placeholder: a number where the text counts, and a
// name otherwise.
func sample(texts *content.Content, key, name string) any {
	try := map[string]any{}
	for _, other := range texts.Placeholders(key) {
		try[other] = 3
	}
	try[name] = "<Ana & Co>"
	if _, err := texts.Text(key, try); err != nil {
		return 3
	}
	return "<Ana & Co>"
}

// TestTextsAndCodeMatch finds texts that nothing says, and texts that the code
// says and that do not exist.
func TestTextsAndCodeMatch(t *testing.T) {
	texts := loaded(t)
	source := sources(t, "*.go", "../rehab/*.go", "../content/*.go")
	says := regexp.MustCompile(`"([a-zA-Z0-9_. ]+)"`)
	said := map[string]bool{}
	for _, m := range says.FindAllStringSubmatch(source, -1) {
		said[m[1]] = true
	}
	families := []string{"button.", "button.reason.", "button.tick.", "button.cases.", "hold.because.", "command.", "intent.", "alert.what.",
		"recorded.", "side.", "status.", "session.ask_", "cases.", "proposal."}
	for _, key := range texts.Keys() {
		used := said[key]
		for _, family := range families {
			if rest, ok := strings.CutPrefix(key, family); ok {
				used = used || said[rest] || said[strings.ReplaceAll(rest, "_", " ")]
			}
		}
		for _, own := range []string{"muscle.", "faq.", "learn.", "milestone.", "redflag.", "symptom.", "holdreason.", "timeline.", "graded.", "plan.", "step."} {
			used = used || strings.HasPrefix(key, own)
		}
		if !used {
			t.Errorf("nothing says %q", key)
		}
	}
	for pattern, prefix := range map[string]string{
		`\.(?:text|line|tellClinician)\("([a-zA-Z0-9_.]+)"[,)]`: "",
		`\.(?:label|option)\("([a-zA-Z0-9_.]+)"[,)]`:            "button.",
	} {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(sources(t, "*.go"), -1) {
			if key := prefix + m[1]; texts.Kind(key) == "" {
				t.Errorf("the text %q does not exist", key)
			}
		}
	}
	for _, names := range [][]string{patientCommands, ownerCommands} {
		for _, name := range names {
			if texts.Kind("command."+name) == "" {
				t.Errorf("the command /%s has no text", name)
			}
		}
	}
	for _, name := range patientCommands {
		if patientCommand[name] == nil {
			t.Errorf("/%s is listed and unknown", name)
		}
	}
	for _, name := range ownerCommands {
		if clinicianCommand[name] == nil {
			t.Errorf("/%s is listed and unknown", name)
		}
	}
}

func sources(t *testing.T, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(raw)
		}
	}
	return all.String()
}
