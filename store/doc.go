// Package store keeps everything that must survive a restart: people, courses,
// the outbox and the inbox, as rows of an SQLite or PostgreSQL database.
//
// One use case is one call of [Store.Do]. It loads courses, lets the caller
// change them, and at its end writes what changed, brings the outbox in line
// with [rehab.Course.Prompts], and remembers the update that caused it: all of
// it in one transaction, or nothing of it.
//
// The outbox is three tables. "messages" is what was, is and will be said, one
// row for each key for ever. "due" is the narrow queue of what waits; a claim
// moves a row from there to "inflight", and settling its outcome ends it or puts
// it back. The message itself is written only when it is planned and when it has
// ended, which keeps a claim as fast with a million pending rows as with a
// thousand.
//
// There is one writer at a time, on a connection of its own, and a small pool of
// connections that only read. Instants are kept as Unix milliseconds in UTC.
package store
