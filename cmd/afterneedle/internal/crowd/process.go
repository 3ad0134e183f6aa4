package crowd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// Output is what a process writes. It can be waited for.
type Output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func newOutput() *Output { return &Output{changed: make(chan struct{})} }

// Write takes what the process writes.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.buf.Write(p)
}

// String is everything so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Await returns the first match of pattern and its groups, once it is there; an
// error when that takes longer than limit.
func (o *Output) Await(pattern string, limit time.Duration) ([]string, error) {
	form := regexp.MustCompile(pattern)
	late := time.After(limit)
	for {
		o.mu.Lock()
		found, changed := form.FindStringSubmatch(o.buf.String()), o.changed
		o.mu.Unlock()
		if found != nil {
			return found, nil
		}
		select {
		case <-changed:
		case <-late:
			return nil, fmt.Errorf("waits in vain for %q in:\n%s", pattern, o)
		}
	}
}

// Process is the program at work.
type Process struct {
	Out, Log *Output

	cmd    *exec.Cmd
	exited chan struct{}
	status int
}

// Launch starts a program in a folder, with nothing in its environment but the
// settings, the path and the place for temporary files.
func Launch(program, dir string, settings map[string]string, args ...string) (*Process, error) {
	p := &Process{Out: newOutput(), Log: newOutput(), exited: make(chan struct{})}
	p.cmd = exec.Command(program, args...) //nolint:gosec // the caller chooses what to run
	// With the race detector a program sleeps for a second before it ends.
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "GORACE=atexit_sleep_ms=0"}
	for name, value := range settings {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = p.Out, p.Log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.exited)
		var failed *exec.ExitError
		if err := p.cmd.Wait(); errors.As(err, &failed) {
			p.status = failed.ExitCode()
		}
	}()
	return p, nil
}

// End waits for the exit status, -1 for a process that was killed; an error when
// that takes longer than limit.
func (p *Process) End(limit time.Duration) (int, error) {
	select {
	case <-p.exited:
		return p.status, nil
	case <-time.After(limit):
		return 0, fmt.Errorf("it does not end; its log:\n%s", p.Log)
	}
}

// Signal sends a signal and waits for the exit status like End.
func (p *Process) Signal(s syscall.Signal, limit time.Duration) (int, error) {
	if err := p.Send(s); err != nil {
		return 0, err
	}
	return p.End(limit)
}

// Send sends a signal that does not end the process.
func (p *Process) Send(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Kill ends the process, if it has not ended yet.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// Ready waits until it serves, and returns the addresses of its own pages and, in
// a rehearsal, of its clock.
func (p *Process) Ready(limit time.Duration) (listen, clock string, err error) {
	line, err := p.Log.Await(`msg=ready .*listen=(\S+)(?: clock=(\S+))?`, limit)
	if err != nil {
		return "", "", err
	}
	return "http://" + line[1], "http://" + line[2], nil
}
