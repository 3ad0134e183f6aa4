package demo

// expectedLoads are the loads of the cards, each time that they change, as they
// follow from the story by the rules. P3 begins at half the usual load. The
// exact load grows by 5 % or to the next phase's entry load; what a plate cannot
// show is one repetition more. In P7 it stays.
var expectedLoads = map[string][]string{
	"Ana": { // 8 kg usual
		"3×12, 4 kg", "3×15, 4 kg", "3×16, 4 kg", "3×13, 4 kg", "3×12, 4.5 kg",
		"4×8, 5 kg", "4×6, 5 kg", "4×7, 5 kg", "4×6, 5.5 kg",
	},
	"Ben": { // 40 kg usual: 20, then 15 % less, then 10 % less, and back up
		"3×12, 20 kg", "3×12, 17 kg", "3×12, 15 kg", "3×15, 15 kg", "3×15, 16 kg", "3×12, 16.5 kg", "3×12, 17.5 kg",
		"4×8, 18.5 kg", "4×6, 19 kg", "4×6, 20 kg", "4×6, 21 kg",
	},
	"Carla": { // graded, nothing weighed: holds, then light work, then slow work, then her own activity
		"5 holds × 10 seconds", "3×15", "3×12, your own hand", "3×15, your own hand", "3×12, your own hand",
		"4×8, your own hand", "3×8",
	},
	"Dora": { // a band: repetitions change
		"3×12, your band", "3×15, your band", "3 sets: 16, 15 and 15, your band", "3×12, your band",
		"3 sets: 13, 12 and 12, your band", "4×8, your band", "4 sets: 9, 8, 8 and 8, your band", "4×6, your band",
		"4 sets: 7, 6, 6 and 6, your band", "4 sets: 7, 7, 6 and 6, your band", "4 sets: 7, 7, 7 and 6, your band",
		"4×7, your band",
	},
	"Emil": { // 7.5 kg usual: 3.75, shown as 3.5
		"3×12, 3.5 kg", "3×15, 3.5 kg", "3×16, 3.5 kg", "3×12, 4 kg", "3×13, 4 kg",
		"4×8, 4.5 kg", "4×6, 4.5 kg", "4×6, 5 kg", "4×7, 5 kg",
	},
	"Fay": { // 12 kg usual, as she answers; the kept 6 kg makes her later, so that 6.6 kg bounds the start of 4×8
		"3×12, 6 kg", "3×15, 6 kg", "3×16, 6 kg", "3×12, 6.5 kg", "3×13, 6.5 kg",
		"4×8, 7 kg", "4×8, 7.5 kg", "4×6, 7.5 kg", "4×6, 8 kg", "4×7, 8 kg",
	},
}

// expectedAlerts are the alerts of levels 2 and 3 that reach the clinician:
// Dora's words, and once more after a quarter of an hour, until acknowledged.
var expectedAlerts = []string{
	"Fri 13 Mar 10:30  NOW · Dora / Named an emergency sign and was told to call 112 now. / piriformis left: P3, no weight, 263 h since needling",
	"Fri 13 Mar 10:45  Again, not acknowledged yet (2 of 4): / NOW · Dora / Named an emergency sign and was told to call 112 now.",
}

// expectedCards are what the clinician's taps on suggestions and proposals make of
// the patient's next card.
var expectedCards = []string{
	"Fay: Confirm P4, 6 kg → 3×15, 6 kg",
	"Fay: Keep 6 kg → 3×15, 6 kg",
	"Carla: Allow the next step → 3×8",
}

// expectedDigests name all patients of each digest: what a morning leaves open
// comes again, as Carla does until her visit, and nothing else.
var expectedDigests = []string{
	"Fri 6 Mar: Dora", "Tue 10 Mar: Ben", "Wed 11 Mar: Emil", "Thu 12 Mar: Ana", "Sun 15 Mar: Ben",
	"Thu 19 Mar: Ana, Emil", "Mon 23 Mar: Ben",
	"Thu 2 Apr: Ana, Ben, Carla", "Fri 3 Apr: Carla, Emil", "Sat 4 Apr: Carla", "Sun 5 Apr: Carla", "Mon 6 Apr: Carla",
	"Tue 7 Apr: Carla", "Wed 8 Apr: Carla, Fay", "Thu 9 Apr: Carla", "Fri 10 Apr: Carla", "Sat 11 Apr: Carla",
	"Sun 12 Apr: Carla", "Mon 13 Apr: Carla", "Tue 14 Apr: Carla", "Wed 15 Apr: Carla", "Thu 16 Apr: Carla, Fay",
	"Tue 28 Apr: Fay", "Tue 26 May: Ana, Ben, Carla, Dora, Emil",
}

// heard says how often somebody must read some words.
type heard struct {
	who, words string
	times      int
}

// expectedWords are the messages between people, and what is said about what the
// clinician does.
var expectedWords = []heard{
	{doctorName, "Already over: easy movement.", 1}, // Dora, recorded after 22 hours
	{"Dora", "Time to move a little", 0},
	{"Dora", "Time for a gentle stretch", 1},

	{"Dora", "Praxis Weber\nWe have not heard from you. Is everything all right?", 1},
	{doctorName, "Dora writes:\n08:21 · Yes, I was away. I go on next week.", 1},
	{doctorName, "Ana writes:\n17:00 · May I swim on Saturday?", 1},
	{"Ana", "Praxis Weber\nYes. Go slowly with the left arm.", 1},

	{doctorName, "To 6 patients: Everyone", 1},
	{doctorName, "Left out: 1 not agreed yet.", 1},
	{doctorName, "Audience: 6 patients.\nSent: 6\n", 1},
	{"Ana", broadcastWords, 1},
	{"Ben", broadcastWords, 1},
	{"Carla", broadcastWords, 1},
	{"Dora", broadcastWords, 1},
	{"Emil", broadcastWords, 1},
	{"Fay", broadcastWords, 1},
	{"Gus", broadcastWords, 0}, // has not agreed
}

// The needling that was recorded for Emil by mistake and undone: what it would
// have brought him.
var (
	expectedUndo   = "Mon 2 Mar 14:33: The needling of Emil is undone."
	mistakenWords  = []string{"upper trapezius, left", "Let your left shoulder sink", "weight in your left hand"}
	mistakenlyTold = "Praxis Weber has taken back what it noted about a needling. Your plan is as it was before."
)
