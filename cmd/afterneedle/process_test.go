package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	people "afterneedle/cmd/afterneedle/internal/crowd"
)

// asProgram makes the test binary behave as the program.
const asProgram = "TEST_AS_AFTERNEEDLE"

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

// output is what a process writes.
type output struct{ *people.Output }

// wait returns the first match of pattern, once it is there.
func (o output) wait(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := o.Await(pattern, patience)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// process is the program at work.
type process struct {
	t        *testing.T
	running  *people.Process
	out, log output
}

// launch starts the program in an environment that holds nothing else.
func launch(t *testing.T, e env, args ...string) *process {
	t.Helper()
	return launchIn(t, t.TempDir(), e, args...)
}

// launchIn does so in a folder.
func launchIn(t *testing.T, dir string, e env, args ...string) *process {
	t.Helper()
	running, err := people.Launch(os.Args[0], dir, e.with(asProgram, "1"), args...)
	if err != nil {
		t.Fatal(err)
	}
	return attend(t, running)
}

// attend ends a process with the test.
func attend(t *testing.T, running *people.Process) *process {
	t.Helper()
	p := &process{t: t, running: running, out: output{running.Out}, log: output{running.Log}}
	t.Cleanup(func() {
		p.running.Kill()
		if t.Failed() {
			t.Logf("log of the process:\n%s", p.log)
		}
	})
	return p
}

// end waits for the exit status.
func (p *process) end() int {
	p.t.Helper()
	status, err := p.running.End(patience)
	if err != nil {
		p.t.Fatal(err)
	}
	return status
}

// signal sends a signal and waits for the exit status.
func (p *process) signal(s syscall.Signal) int {
	p.t.Helper()
	status, err := p.running.Signal(s, patience)
	if err != nil {
		p.t.Fatal(err)
	}
	return status
}

// send sends a signal that does not end it.
func (p *process) send(s syscall.Signal) {
	p.t.Helper()
	if err := p.running.Send(s); err != nil {
		p.t.Fatal(err)
	}
}

// ready waits until it serves, and returns the addresses of its own pages and,
// in a rehearsal, of its clock.
func (p *process) ready() (listen, clock string) {
	p.t.Helper()
	listen, clock, err := p.running.Ready(patience)
	if err != nil {
		p.t.Fatal(err)
	}
	return listen, clock
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
