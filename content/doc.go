// Package content is what a clinic may edit: hours and doses, muscles, red
// flags, and every sentence that a person reads. It loads the files, checks
// them, and renders texts; it decides nothing.
//
// The embedded files under default/ are complete. A folder given to [Load]
// replaces them file by file: a file in it takes the place of the embedded
// file of the same name, whole. Numbers live in the top-level files, each with
// its source beside it; words live in one folder per language:
//
//	protocol.yaml      hours, windows after a needling, doses of P1 to P7
//	graded.yaml        the five graded steps K1 to K5
//	muscles.yaml       doses, load and sides of each muscle
//	redflags.yaml      red flags, symptom groups, reasons for a hold
//	en/messages.yaml   what the bot says, and its fixed labels
//	en/muscles.yaml    names and exercise texts of the muscles
//	en/plan.yaml       the rows of the timeline, the texts of the graded steps
//	en/redflags.yaml   wording of the flags, and the safety words
//	en/faq.yaml        ten questions and answers
//	en/cards.yaml      education cards and milestones
//
// A muscle is one more record in muscles.yaml and one more in each language's
// muscles.yaml. A language is one more folder with the same six files;
// load.go names the one that is read.
//
// [Check] reports every fault with its file and line. It refuses plans that
// are less cautious than the rules in package rehab, numbers without a source,
// and texts that break the rules of wording in lint.go. Thresholds of the
// decision tables are not content and cannot be changed here.
package content
