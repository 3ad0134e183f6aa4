package bot

import (
	"context"
	"errors"
	"time"

	"afterneedle/rehab"
)

// ErrNotStored marks an error of Store.Do that is the fault of the database and not
// of the use case: the same will go well once the database can be used again.
var ErrNotStored = errors.New("not stored")

// Store runs one use case in one transaction.
type Store interface {
	// Do calls fn with everything that the update with this id needs, and
	// writes the id in the same transaction: an update that was seen before
	// calls nothing. Id 0 is not remembered. It returns the deliveries that are
	// due at once.
	Do(ctx context.Context, now time.Time, update int64, fn func(Tx) error) (due []int64, err error)
}

// Tx is one transaction. A course that was loaded is saved, and the outbox
// brought in line with it, when the transaction ends well.
type Tx interface {
	// Now is the moment of the transaction, in whole milliseconds as it is stored. What
	// is compared with stored times, or stored, must be this one.
	Now() time.Time

	Course(patient int64) (*rehab.Course, error)
	NewCourse(patient int64, c *rehab.Course) error

	// Snapshot is what KeepUndo wants of a course before it changes.
	Snapshot(c *rehab.Course) []byte
	KeepUndo(c *rehab.Course, before []byte, until time.Time) error
	Undo(patient int64, needling int) error

	Patient(id int64) (rehab.Patient, error)
	PatientByChat(chat int64) (rehab.Patient, error)
	// PatientFor returns a patient only to a clinician who may see them.
	PatientFor(by rehab.Clinician, id int64) (rehab.Patient, error)
	PatientsOf(by rehab.Clinician, prefix string) ([]rehab.Patient, error)
	// OpenAlerts are a page of what nobody has acknowledged among the patients
	// whom a clinician may see, and how many there are in all.
	OpenAlerts(by rehab.Clinician, after rehab.OpenAlert, limit int) (page []rehab.OpenAlert, total int, err error)
	// Caseload is one page of the patients whom a clinician may see.
	Caseload(by rehab.Clinician, filter rehab.CaseFilter, page, size int) (rehab.Caseload, error)
	NameTaken(clinician int64, name string) (bool, error)
	FreeName(clinician int64, name string) (string, error)
	// CliniciansOf are all who look after a patient.
	CliniciansOf(patient int64) ([]rehab.Clinician, error)
	Share(by rehab.Clinician, patient, with int64) error
	EndShare(by rehab.Clinician, patient, with int64) error
	HandOver(by rehab.Clinician, patient, to int64) (rehab.Patient, error)
	AddPatient(p rehab.Patient, c *rehab.Course) (int64, error)
	AddPatients(people []rehab.Patient, courses []*rehab.Course) ([]int64, error)
	TakenNames(clinician int64) (taken func(name string) bool, err error)
	SetPatientChat(patient, chat int64) error
	SetUnreachable(patient int64, at time.Time) error
	SetMuted(patient int64, since time.Time) error
	SetZone(patient int64, zone string) error
	Forget(patient int64) error

	ClinicianByChat(chat int64) (rehab.Clinician, error)
	Clinician(id int64) (rehab.Clinician, error)
	AddClinician(c rehab.Clinician) (int64, error)
	// AddNote keeps a text between a patient and the clinic; added is false when
	// its offer was taken before.
	AddNote(n rehab.Note) (added bool, err error)
	NotesSince(patient int64, since time.Time) (int, error)
	Digest(of rehab.Clinician, page int) (rehab.Digest, error)
	SetDigest(clinician int64, hour rehab.TimeOfDay) error

	ClinicMode() (rehab.Mode, error)
	SetClinicMode(mode rehab.Mode, by int64) error
	Clinicians() ([]rehab.Clinician, error)
	PatientCounts() (map[int64]int, error)
	RemoveClinician(id int64, to rehab.Clinician) ([]rehab.Renamed, error)

	AddInvite(payload string, i rehab.Invite) error
	AddInvites(payloads []string, invites []rehab.Invite) error
	Invite(payload string) (rehab.Invite, error)
	DropOwnerInvites() error
	UseInvite(payload string, chat int64, now time.Time) error

	Form(chat int64) ([]byte, error)
	SetForm(chat int64, form []byte) error

	Say(d rehab.Delivery) (int64, error)
	Delivery(id int64) (rehab.Delivery, error)
	// Arrived notes that a delivery which waits to be repeated has come all the same.
	Arrived(id int64, messageID int) error
	// DeliveryAt returns the delivery behind a message in a chat.
	DeliveryAt(chat int64, message int) (rehab.Delivery, error)
	// Waiting returns what waits for a chat and can still be changed by SetBody.
	Waiting(patient, chat int64, kind rehab.PromptKind) ([]rehab.Delivery, error)
	SetBody(delivery int64, body []byte) error
	Timeline(patient int64, limit int) ([]rehab.Delivery, error)

	AddBroadcast(b rehab.Broadcast) (int64, error)
	Broadcast(id int64) (rehab.Broadcast, error)
	SetBroadcast(b rehab.Broadcast) error
	BroadcastsOf(clinician int64) ([]rehab.Broadcast, error)
	UndoDrafts(clinician int64) error
	// RepeatUnknown lets the deliveries that may have arrived wait once more.
	RepeatUnknown(broadcast int64) (int, error)
	CountAudience(by rehab.Clinician, to rehab.BroadcastAudience) (rehab.AudienceCount, error)
	SampleAudience(by rehab.Clinician, to rehab.BroadcastAudience, from time.Time, limit int) ([]rehab.BroadcastSample, error)
	AudienceParts(by rehab.Clinician) (muscles []string, phases []rehab.Phase, err error)
}

// Deliverer sends deliveries at once.
type Deliverer interface {
	SendNow(ctx context.Context, ids []int64) error
}

// Clock tells the program's time.
type Clock interface{ Now() time.Time }
