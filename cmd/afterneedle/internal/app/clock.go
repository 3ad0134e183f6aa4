package app

import (
	"sync"
	"time"
)

// wallClock is the real time.
type wallClock struct{}

// Now returns the present.
func (wallClock) Now() time.Time { return time.Now() }

// VirtualClock stands still until it is set.
type VirtualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewVirtualClock returns a clock that stands at now.
func NewVirtualClock(now time.Time) *VirtualClock { return &VirtualClock{now: now} }

// Now returns the time at which the clock stands.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock.
func (c *VirtualClock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}
