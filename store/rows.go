package store

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"afterneedle/rehab"
)

// instant is a moment in Unix milliseconds; 0 is the zero time.
type instant int64

func at(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instant(t.UnixMilli())
}

func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// ref is the id of another row; 0 is written as NULL.
type ref int64

// Value is what the database keeps.
func (r ref) Value() (driver.Value, error) {
	if r == 0 {
		return nil, nil
	}
	return int64(r), nil
}

// Scan reads what the database keeps.
func (r *ref) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*r = 0
	case int64:
		*r = ref(v)
	default:
		return fmt.Errorf("an id is a %T", value)
	}
	return nil
}

// toJSON is for values made of plain fields, which always have a JSON form.
func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func fromJSON[T any](text string) (T, error) {
	var v T
	err := json.Unmarshal([]byte(text), &v)
	return v, err
}

// one reads the first row that db selects into row; ErrNotFound when there is
// none.
func one[R any](db *gorm.DB, row *R) error {
	err := db.Take(row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return err
}

// hash is what is stored of an invitation's payload.
func hash(payload string) string {
	sum := sha256.Sum256([]byte(payload))
	return hex.EncodeToString(sum[:])
}

type metaRow struct {
	Key   string `gorm:"primaryKey"`
	Value string
}

func (metaRow) TableName() string { return "meta" }

type clinicianRow struct {
	ID        int64
	ChatID    int64
	Name      string
	Role      rehab.Role
	RemovedAt instant
	DigestAt  rehab.TimeOfDay
}

func (clinicianRow) TableName() string { return "clinicians" }

func clinicianRowOf(c rehab.Clinician) clinicianRow {
	return clinicianRow{
		ID: c.ID, ChatID: c.ChatID, Name: c.Name, Role: c.Role, RemovedAt: at(c.RemovedAt), DigestAt: c.DigestAt,
	}
}

func (r clinicianRow) clinician() rehab.Clinician {
	return rehab.Clinician{
		ID: r.ID, ChatID: r.ChatID, Name: r.Name, Role: r.Role, RemovedAt: r.RemovedAt.time(), DigestAt: r.DigestAt,
	}
}

type patientRow struct {
	ID            int64
	ClinicianID   int64
	Name          string
	Folded        string // the name as it is compared
	ChatID        ref
	Zone          string
	CreatedAt     instant `gorm:"autoCreateTime:false"`
	UnreachableAt instant
	MutedAt       instant
}

func (patientRow) TableName() string { return "patients" }

func (r patientRow) patient() rehab.Patient {
	return rehab.Patient{
		ID: r.ID, Name: r.Name, ChatID: int64(r.ChatID), ClinicianID: r.ClinicianID, Zone: r.Zone,
		CreatedAt: r.CreatedAt.time(), UnreachableAt: r.UnreachableAt.time(), MutedAt: r.MutedAt.time(),
	}
}

type inviteRow struct {
	Hash      string `gorm:"primaryKey"`
	Role      rehab.Role
	PatientID ref
	ByID      ref
	CreatedAt instant `gorm:"autoCreateTime:false"`
	ExpiresAt instant
	UsedAt    instant
	UsedBy    int64
}

func (inviteRow) TableName() string { return "invites" }

func (r inviteRow) invite() rehab.Invite {
	return rehab.Invite{
		Role: r.Role, PatientID: int64(r.PatientID), By: int64(r.ByID),
		ExpiresAt: r.ExpiresAt.time(), UsedAt: r.UsedAt.time(), UsedBy: r.UsedBy,
	}
}

type protocolRow struct {
	Version string `gorm:"primaryKey"`
	JSON    string
}

func (protocolRow) TableName() string { return "protocols" }

type formRow struct {
	ChatID int64 `gorm:"primaryKey;autoIncrement:false"`
	JSON   []byte
}

func (formRow) TableName() string { return "forms" }

type inboxRow struct {
	UpdateID int64 `gorm:"primaryKey;autoIncrement:false"`
	At       instant
}

func (inboxRow) TableName() string { return "inbox" }
