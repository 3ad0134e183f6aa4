// Package sandbox is a strict local Bot API server: it stands for Telegram in
// the demo, in the rehearsal and in the tests. It knows only HTTP and JSON and
// nothing of the program that talks to it.
//
// A [Server] listens on loopback. The bot's side is the ordinary HTTP API; the
// other side are a [Person] for everybody with a phone and a [Group] for every
// group chat, whose methods say what these people do. What the bot sent, after
// all its edits, can be read back as messages, and the order in which things
// happened as a transcript of [Event] values.
//
// Strict means that a request which Telegram would quietly bend is refused
// with status 400: an unknown parameter or nested field, a JSON type that does
// not fit, a keyboard of which Telegram would drop a part. Faults, conflicts
// and rate limits come on request, so that a test can meet them on purpose.
//
// Everything dated (lifetimes of updates, rate limits, message dates) goes by
// the clock in [Options]. Only what is a property of the connection goes by
// real time: the length of a long poll, the pauses between webhook attempts,
// and the waits of a [Fault].
//
// Two delays of the real service are left out because they would only make
// tests slow: the three seconds before a repeated 409, and the minimum length
// of an empty poll repeated at once.
package sandbox
