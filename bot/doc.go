// Package bot talks with people over Telegram: it reads what they write and tap,
// asks the course what follows from it, and puts what is to be said into words.
//
// An update travels like this. [Poller] fetches it and hands it to [Bot.Handle],
// which opens one transaction (a turn): who wrote is looked up, the text or tap
// is read, the patient's course changes, and whatever is to be said goes into
// the outbox. After the commit the answers are sent, and only when that is done
// is the update confirmed to Telegram. If the program dies in between, the
// update comes again and finds that it was handled; the answers wait in the
// outbox.
//
// The other way, [Bot.Send] is given a delivery whose moment has come. Planned
// messages carry no words: a voice makes them from the course as it is now.
// Answers and broadcasts carry theirs.
//
// A button says in its data which delivery it stands on, what to do, and to
// what. It works only in the chat that the delivery was made for.
package bot
