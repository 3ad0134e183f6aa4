package rehab

import "time"

// Patient is a person in a clinician's care. Name is the clinician's own name
// for the patient.
type Patient struct {
	ID          int64
	Name        string
	ChatID      int64 // 0 until the invitation was used
	ClinicianID int64
	Zone        string // IANA name
	CreatedAt   time.Time
	// UnreachableAt is set while Telegram refuses messages to the chat.
	UnreachableAt time.Time
	// MutedAt is set while the patient wants no broadcasts; reminders go on.
	MutedAt time.Time
}

// Role is what a clinic's person may do.
type Role string

const (
	RoleOwner     Role = "owner"
	RoleClinician Role = "clinician"
)

// Clinician is a person of the clinic. The owner is a clinician with more
// rights.
type Clinician struct {
	ID        int64
	ChatID    int64 // also the Telegram user id
	Name      string
	Role      Role
	RemovedAt time.Time
	// DigestAt is when the digest comes, in the clinic's time.
	DigestAt TimeOfDay
}

// Renamed is a patient who was given another name, because their new clinician
// has a patient by the old one.
type Renamed struct {
	PatientID int64
	Was, Is   string
}

// Invite is a single-use link: for a clinician, or for the patient with
// PatientID. Only a hash of its payload is stored.
type Invite struct {
	Role      Role // RoleClinician or RoleOwner; empty for a patient
	PatientID int64
	By        int64 // the clinician who made it, 0 for the program itself
	ExpiresAt time.Time
	UsedAt    time.Time
	UsedBy    int64 // the chat
}

// Note is a text between one patient and the clinic.
type Note struct {
	PatientID int64
	By        int64 // the clinician who wrote it, 0 for the patient
	Text      string
	At        time.Time
	// Offer is the delivery that offered to send this text, 0 for none. One offer
	// makes one note.
	Offer int64
}
