package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// The laws of the house: who may know whom, how long things may be, where the
// clock may be read. docs/architecture.md says why.

const (
	moduleName   = "afterneedle"
	mostLines    = 500 // of a file
	mostFuncLine = 80  // of a function
)

// room says what the packages of one folder may import besides the standard
// library.
type room struct {
	folder  string
	ours    []string // packages of this module
	foreign bool     // other modules
}

// rooms are all folders with code, the longest name first where one lies inside
// another. cmd ties everything together and is free.
var rooms = []room{
	{folder: "bot/sandbox"},
	{folder: "bot", ours: []string{"rehab", "content"}, foreign: true},
	{folder: "content", ours: []string{"rehab"}, foreign: true},
	{folder: "rehab"},
	{folder: "scheduler", ours: []string{"rehab"}, foreign: true},
	{folder: "store", ours: []string{"rehab"}, foreign: true},
}

// clockReaders are the files outside cmd that may read the wall clock: what they
// time is the connection itself, which no virtual clock moves.
var clockReaders = []string{"bot/poll.go", "bot/webhook.go", "bot/sandbox/webhook.go", "store/postgres_locks.go"}

// codeFile is one Go file that is not a test.
type codeFile struct {
	path   string // from the top of the repository, with slashes
	folder string
	bytes  []byte
	syntax *ast.File
	set    *token.FileSet
}

// at is the place of a node, as "folder/file.go:12".
func (f codeFile) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.set.Position(n.Pos()).Line)
}

// repository reads every file of the repository. Hidden folders other than .ci
// belong to git or to somebody's editor.
func repository(t *testing.T) map[string][]byte {
	t.Helper()
	top := os.DirFS("../..")
	files := map[string][]byte{}
	err := fs.WalkDir(top, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(name, ".") && name != "." && name != ".ci":
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		files[name], err = fs.ReadFile(top, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func codeFiles(t *testing.T) []codeFile {
	t.Helper()
	var list []codeFile
	for name, content := range repository(t) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f := codeFile{path: name, folder: path.Dir(name), bytes: content, set: token.NewFileSet()}
		var err error
		if f.syntax, err = parser.ParseFile(f.set, name, content, parser.ParseComments); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b codeFile) int { return strings.Compare(a.path, b.path) })
	if len(list) < 50 {
		t.Fatalf("found %d files of code: this is not the whole repository", len(list))
	}
	return list
}

func inside(folder, parent string) bool {
	return folder == parent || strings.HasPrefix(folder, parent+"/")
}

func TestWhoMayKnowWhom(t *testing.T) {
	for _, f := range codeFiles(t) {
		if inside(f.folder, "cmd") {
			continue
		}
		i := slices.IndexFunc(rooms, func(r room) bool { return inside(f.folder, r.folder) })
		if i < 0 {
			t.Errorf("%s: folder %s has no rule here: name what it may import", f.path, f.folder)
			continue
		}
		for _, spec := range f.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !rooms[i].mayImport(imported) {
				t.Errorf("%s: %s must not import %s", f.at(spec), f.folder, imported)
			}
		}
	}
}

func (r room) mayImport(imported string) bool {
	ours, isOurs := strings.CutPrefix(imported, moduleName+"/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case isOurs:
		return slices.Contains(r.ours, ours)
	case strings.Contains(first, "."): // a host: another module
		return r.foreign
	}
	return true
}

func TestEveryPackageHasAComment(t *testing.T) {
	comments := map[string]int{}
	for _, f := range codeFiles(t) {
		comments[f.folder] += 0
		if f.syntax.Doc != nil {
			comments[f.folder]++
		}
	}
	for folder, n := range comments {
		if n != 1 {
			t.Errorf("package %s has %d package comments, want 1", folder, n)
		}
	}
}

func TestEveryExportedNameHasAComment(t *testing.T) {
	for _, f := range codeFiles(t) {
		for _, decl := range f.syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
					t.Errorf("%s: %s has no comment", f.at(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, name := range bareNames(d) {
					t.Errorf("%s: %s has no comment", f.at(name), name.Name)
				}
			}
		}
	}
}

// exportedReceiver reports whether a function is one, or is the method of a type
// that others can name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := false
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		name, ok := n.(*ast.Ident)
		exported = exported || ok && name.IsExported()
		return !ok
	})
	return exported
}

// bareNames lists exported types, constants and variables without a comment. One
// above a group speaks for the group. The values of an enumeration say what they
// are by their type, which has a comment itself.
func bareNames(d *ast.GenDecl) []*ast.Ident {
	var bare []*ast.Ident
	enumerates := false
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				bare = append(bare, s.Name)
			}
		case *ast.ValueSpec:
			// With iota only the first value of an enumeration names its type.
			enumerates = d.Tok == token.CONST && (s.Type != nil || enumerates && s.Values == nil)
			if d.Doc != nil || s.Doc != nil || s.Comment != nil || enumerates {
				continue
			}
			for _, name := range s.Names {
				if name.IsExported() {
					bare = append(bare, name)
				}
			}
		}
	}
	return bare
}

func TestNothingIsTooLong(t *testing.T) {
	for _, f := range codeFiles(t) {
		if n := bytes.Count(f.bytes, []byte("\n")); n > mostLines {
			t.Errorf("%s has %d lines, want %d at the most", f.path, n, mostLines)
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				lines := f.set.Position(n.End()).Line - f.set.Position(n.Pos()).Line + 1
				if lines > mostFuncLine {
					t.Errorf("%s: a function of %d lines, want %d at the most", f.at(n), lines, mostFuncLine)
				}
			}
			return true
		})
	}
}

func TestOnlyTheWiringReadsTheWallClock(t *testing.T) {
	for _, f := range codeFiles(t) {
		if inside(f.folder, "cmd") || slices.Contains(clockReaders, f.path) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			used, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := used.X.(*ast.Ident); ok && pkg.Name == "time" &&
				slices.Contains([]string{"Now", "Since", "Until"}, used.Sel.Name) {
				t.Errorf("%s: time.%s reads the wall clock; take now as an argument", f.at(n), used.Sel.Name)
			}
			return true
		})
	}
}

// strangers are words that belong to one machine or one network and not into
// the repository. They are put together here, so that this file is clean itself.
var strangers = []string{
	"/" + "root/", "/" + "home/", "/" + "Users/", "/" + "work/", "/" + "tmp/bash",
	"proxy." + "golang.org", "sum." + "golang.org", "registry." + "npmjs", "pypi." + "org", "deb." + "debian.org",
}

func TestNothingOfOneMachine(t *testing.T) {
	for name, content := range repository(t) {
		if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
			continue // a picture or a database
		}
		for number, line := range strings.Split(string(content), "\n") {
			for _, word := range strangers {
				if strings.Contains(line, word) {
					t.Errorf("%s:%d: mentions %s", name, number+1, word)
				}
			}
		}
	}
}
