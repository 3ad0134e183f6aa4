package content

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed default
var defaults embed.FS

// defaultLanguage is the language of the texts that are loaded.
const defaultLanguage = "en"

// numberFiles and textFiles are the files of a content folder; text files lie
// in the folder of their language.
var (
	numberFiles = []string{"protocol.yaml", "graded.yaml", "muscles.yaml", "redflags.yaml"}
	textFiles   = []string{"messages.yaml", "muscles.yaml", "plan.yaml", "redflags.yaml", "faq.yaml", "cards.yaml"}
)

// Load reads the embedded content, with the files of dir in place of those of
// the same name; an empty dir means the embedded content alone. Any fault
// means no content.
func Load(dir string) (*Content, []Fault) {
	r := &report{}
	c := load(dir, defaultLanguage, r)
	if faults := r.sorted(); len(faults) > 0 {
		return nil, faults
	}
	return c, nil
}

// Check lists every fault of the content in dir, with the embedded files in
// place of those that it does not have.
func Check(dir string) []Fault {
	_, faults := Load(dir)
	return faults
}

// source is the files of one load as read, before anything is made of them.
type source struct {
	lang string

	protocol protocolFile
	graded   gradedFile
	muscles  musclesFile
	redFlags redFlagsFile

	messages    messagesFile
	muscleTexts muscleTextsFile
	plan        planFile
	flagTexts   flagTextsFile
	faq         faqFile
	cards       cardsFile

	docs map[string]*document
}

// text is the document of a text file in the language of the source.
func (s *source) text(name string) *document { return s.docs[s.lang+"/"+name] }

func load(dir, lang string, r *report) *Content {
	base := &source{lang: lang}
	base.read("", r)
	c := base.build(r)
	if dir == "" {
		lintAll(c, r)
		return c
	}
	if info, err := os.Stat(dir); err != nil {
		r.add(dir, 0, "expected a folder with content files: %v", unwrapPath(err))
		return nil
	} else if !info.IsDir() {
		r.add(dir, 0, "expected a folder with content files")
		return nil
	}
	knownFiles(dir, lang, r)
	own := &source{lang: lang}
	own.read(dir, r)
	clinic := own.build(r)
	checkAgainst(clinic, c, own, r)
	lintAll(clinic, r)
	return clinic
}

// build makes the content of what was read and checks it on the way.
func (s *source) build(r *report) *Content {
	c := &Content{texts: newTexts(s.lang), globals: globals(DefaultClinic, DefaultEmergency)}
	s.buildMessages(c, r)
	s.buildProtocol(c, r)
	s.buildGraded(c, r)
	s.buildMuscles(c, r)
	s.buildPlan(c, r)
	s.buildRedFlags(c, r)
	s.buildFAQ(c, r)
	s.buildCards(c, r)
	return c
}

// read parses and decodes all files; those of dir come before the embedded ones.
func (s *source) read(dir string, r *report) {
	s.docs = map[string]*document{}
	targets := map[string]any{
		"protocol.yaml": &s.protocol, "graded.yaml": &s.graded,
		"muscles.yaml": &s.muscles, "redflags.yaml": &s.redFlags,
		s.lang + "/messages.yaml": &s.messages, s.lang + "/muscles.yaml": &s.muscleTexts,
		s.lang + "/plan.yaml": &s.plan, s.lang + "/redflags.yaml": &s.flagTexts,
		s.lang + "/faq.yaml": &s.faq, s.lang + "/cards.yaml": &s.cards,
	}
	for _, name := range fileNames(s.lang) {
		file, bytes := readFile(dir, name, r)
		d := parseFile(name, file, bytes, r)
		d.decode(targets[name], r)
		d.checkSources(r)
		s.docs[name] = d
	}
}

func fileNames(lang string) []string {
	names := slices.Clone(numberFiles)
	for _, name := range textFiles {
		names = append(names, lang+"/"+name)
	}
	return names
}

// readFile returns the file of dir, or the embedded one when dir has none, and
// the name to show for it.
func readFile(dir, name string, r *report) (file string, bytes []byte) {
	if dir != "" {
		file = filepath.Join(dir, filepath.FromSlash(name))
		bytes, err := os.ReadFile(file)
		if err == nil {
			return file, bytes
		}
		if !errors.Is(err, fs.ErrNotExist) {
			r.add(file, 0, "cannot be read: %v", unwrapPath(err))
		}
	}
	file = embeddedName(name)
	bytes, err := defaults.ReadFile(file)
	if err != nil {
		r.add(file, 0, "cannot be read: %v", unwrapPath(err))
	}
	return file, bytes
}

// embeddedName is the name of an embedded file, in the binary and in faults.
func embeddedName(name string) string { return "default/" + name }

// unwrapPath drops the path that an error repeats.
func unwrapPath(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}

// knownFiles reports files in dir that nothing would read. Names with a
// leading dot and README files are left alone.
func knownFiles(dir, lang string, r *report) {
	known := fileNames(lang)
	walk := func(path string, entry fs.DirEntry, err error) error {
		relative, _ := filepath.Rel(dir, path)
		relative = filepath.ToSlash(relative)
		switch name := filepath.Base(path); {
		case err != nil:
			r.add(path, 0, "cannot be read: %v", unwrapPath(err))
		case path == dir, strings.HasPrefix(name, "README"), slices.Contains(known, relative):
		case strings.HasPrefix(name, ".") && entry.IsDir():
			return fs.SkipDir
		case strings.HasPrefix(name, "."), entry.IsDir():
		default:
			r.add(path, 0, "not a content file; expected one of %s", strings.Join(known, ", "))
		}
		return nil
	}
	// Every problem of the walk is reported as a fault where it occurs.
	_ = filepath.WalkDir(dir, walk)
}
