// Package scheduler sends what is due, when it is due.
//
// It keeps nothing about any patient. What is to be said, and when, stands in
// the store; a cron job that fires once a second is only the metronome. Each
// tick asks for the next due moment, lets courses whose time has come move on,
// claims as many deliveries as the pace allows, asks for each once more whether
// it may still go out, hands it to the sender and settles the outcome. A worker
// waits until its outcome is on disk before it takes the next delivery, so that
// a crash can repeat at most one message for each worker and lose none.
//
// [Engine.Run] drives this on the wall clock, [Engine.RunUntil] on a virtual
// one. Both go through the same cycle.
package scheduler
