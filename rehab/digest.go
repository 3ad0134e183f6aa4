package rehab

import "time"

const (
	// DigestHour is when a clinician's digest comes unless they say otherwise,
	// in the clinic's time. Default of ours.
	DigestHour TimeOfDay = 8 * 60
	// DigestLife is how long a digest that could not go out is still worth
	// sending; after that the next day's says the same. Default of ours.
	DigestLife = 12 * time.Hour
	// DigestSize is how many patients one page of a digest lists. Default of
	// ours.
	DigestSize = 10
)

// Digest is one page of the patients with open alerts of level 1 whom a
// clinician may see, by name.
type Digest struct {
	Patients int // on all pages
	Page     int // from 0
	Entries  []DigestEntry
}

// DigestEntry is one patient in a digest, with the alerts in the order in which
// they were raised. Of names the clinician when it is somebody else's patient.
type DigestEntry struct {
	Patient Patient
	Of      string
	Alerts  []Alert
}

// OpenAlert is an alert that nobody has acknowledged, and where it belongs.
type OpenAlert struct {
	PatientID int64
	CourseID  int64
	Alert     Alert
}
