// Package rehab decides what a patient should do next after dry needling, when,
// and how heavy. It is pure: the standard library, no clock, no database, no
// words. The moment is always an argument.
//
// A [Course] is everything about one patient. Its methods are what can happen to
// it: a needling, an answer, a hold, the mere passing of time ([Course.Advance]).
// After each of them [Course.Prompts] says everything that is to be said as
// things stand, with keys that are unique for ever; whoever keeps the outbox
// brings it in line with that list. [Course.Sendable] is the one check whether
// something may still go out.
//
// Where to look:
//
//   - rules.go: what a pain score does ([Decide]); gate.go, stretch.go,
//     layoff.go and load.go are the smaller tables, phase.go the steps.
//   - prompts.go and first_days.go: what a patient is told, and when;
//     outgoing.go: alerts, and whether something may still go out; plan.go: when
//     the next workout is.
//   - answers.go, workout.go, hold.go, practice.go, needling.go, stopping.go: what
//     people do.
//   - closing.go and progression.go: how a decision changes a target.
//   - advance.go: what time alone changes.
//   - proposal.go, changes.go: changes that wait for the clinician, and who made
//     which; line.go, summary.go, next_step.go: a course in one line, and before a
//     visit.
//
// Two clocks run for each target (a muscle and a side): the acute one from its
// last needling, the programme clock from its first. Loads are whole grams, or
// thousandths of a repetition where nothing is weighed. Every threshold stands
// beside its source; "default of ours" marks what has none.
package rehab
