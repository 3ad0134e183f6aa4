package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPoisonIsSetAside(t *testing.T) {
	poison := int64(0)
	p := startPolling(t, func(p *polling) {
		p.fail = func(id int64, _ int) error {
			if poison == 0 {
				poison = id
			}
			if id == poison {
				return errors.New("panic: no such thing")
			}
			return nil
		}
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.says(t, "one")
	p.settle(t)
	if diff := cmp.Diff([]int64{poison, poison, poison, poison + 1}, p.ids()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{poison}, p.noted); diff != "" {
		t.Errorf("not remembered as handled: %s", diff)
	}
	if !strings.Contains(p.log.String(), "update set aside") {
		t.Error("the operator is not told")
	}
}

func TestNothingIsSetAsideWhileTheStoreFails(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		p.broken = errors.New("disk full")
		p.fail = func(id int64, tries int) error {
			if tries == 10 {
				p.broken = nil
			}
			return p.broken
		}
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	if n := len(p.ids()); n != 10 {
		t.Errorf("handled %d times, expected until it worked", n)
	}
	if len(p.noted) > 0 {
		t.Error("an update was set aside though only the store failed")
	}
}

// TestWhatCannotBeStoredIsNotSetAside has a full disk with room for a note that an
// update was given up.
func TestWhatCannotBeStoredIsNotSetAside(t *testing.T) {
	p := startPolling(t, func(p *polling) {
		p.fail = func(_ int64, tries int) error {
			if tries < 10 {
				return fmt.Errorf("update: %w: disk full", ErrNotStored)
			}
			return nil
		}
	})
	if err := p.ana.Start(""); err != nil {
		t.Fatal(err)
	}
	p.settle(t)
	if n := len(p.ids()); n != 10 || len(p.noted) > 0 {
		t.Errorf("handled %d times and given up %d times, expected until it worked", n, len(p.noted))
	}
}
