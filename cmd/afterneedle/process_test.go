package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary behave as the program.
const asProgram = "AFTERNEEDLE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// patience is how long anything may take in real time before a test gives up.
const patience = 30 * time.Second

// env are the settings of one process.
type env map[string]string

// with is a copy with some settings changed; an empty value unsets nothing, it
// is passed on.
func (e env) with(pairs ...string) env {
	changed := env{}
	maps.Copy(changed, e)
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = pairs[i+1]
	}
	return changed
}

// without is a copy that lacks a setting.
func (e env) without(name string) env {
	changed := e.with()
	delete(changed, name)
	return changed
}

// output is what a process writes. It can be waited for.
type output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// wait returns the first match of pattern, once it is there.
func (o *output) wait(t *testing.T, pattern string) []string {
	t.Helper()
	form := regexp.MustCompile(pattern)
	limit := time.After(patience)
	for {
		o.mu.Lock()
		found, changed := form.FindStringSubmatch(o.buf.String()), o.changed
		o.mu.Unlock()
		if found != nil {
			return found
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("waits in vain for %q in:\n%s", pattern, o)
		}
	}
}

// process is the program at work.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, log *output
	exited   chan struct{}
	status   int // once it has exited; -1 when it was killed
}

// launch starts the program in an environment that holds nothing else.
func launch(t *testing.T, e env, args ...string) *process {
	t.Helper()
	p := &process{t: t, out: newOutput(), log: newOutput(), exited: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], args...)
	p.cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	for name, value := range e {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Dir = t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		var failed *exec.ExitError
		if err := p.cmd.Wait(); errors.As(err, &failed) {
			p.status = failed.ExitCode()
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("log of the process:\n%s", p.log)
		}
	})
	return p
}

// end waits for the exit status.
func (p *process) end() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.status
	case <-time.After(patience):
		p.t.Fatalf("it does not end; its log:\n%s", p.log)
		return 0
	}
}

// signal sends a signal and waits for the exit status.
func (p *process) signal(s syscall.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	return p.end()
}

// ready waits until it serves, and returns the addresses of its own pages and,
// in a rehearsal, of its clock.
func (p *process) ready() (listen, clock string) {
	p.t.Helper()
	line := p.log.wait(p.t, `msg=ready .*listen=(\S+)(?: clock=(\S+))?`)
	return "http://" + line[1], "http://" + line[2]
}

// ask runs the program with an input to its end.
func ask(t *testing.T, input string, e env, args ...string) (status int, out, errs string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = []string{asProgram + "=1"}
	for name, value := range e {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	var failed *exec.ExitError
	if err := cmd.Run(); errors.As(err, &failed) {
		status = failed.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return status, stdout.String(), stderr.String()
}

// file writes a file into a folder of the test's own and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
