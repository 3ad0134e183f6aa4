package store

import (
	"gorm.io/gorm"

	"afterneedle/rehab"
)

// settingMode is the key of the clinic's default mode.
const settingMode = "mode"

// settingRow is one value that the clinic has set; older ones stay.
type settingRow struct {
	ID    int64
	Key   string
	Value string
	ByID  int64
	At    instant
}

func (settingRow) TableName() string { return "settings" }

// setting returns the latest value of a setting; the zero row when there is none.
func setting(db *gorm.DB, key string) (settingRow, error) {
	var rows []settingRow
	err := db.Where("key = ?", key).Order("id DESC").Limit(1).Find(&rows).Error
	if len(rows) == 0 {
		return settingRow{}, err
	}
	return rows[0], err
}

// clinicMode is what the clinic has set, ModeAuto when nothing.
func clinicMode(db *gorm.DB) (rehab.Mode, error) {
	row, err := setting(db, settingMode)
	if row.Value == "" {
		return rehab.ModeAuto, err
	}
	return rehab.Mode(row.Value), err
}

// ClinicMode returns the clinic's default mode.
func (t *Tx) ClinicMode() (rehab.Mode, error) { return clinicMode(t.db) }

// SetClinicMode sets the clinic's default mode in the name of a clinician. It
// holds for every course that has no mode of its own.
func (t *Tx) SetClinicMode(mode rehab.Mode, by int64) error {
	for _, c := range t.courses {
		c.ClinicMode = mode
	}
	return t.db.Create(&settingRow{Key: settingMode, Value: string(mode), ByID: by, At: at(t.now)}).Error
}
