package store

import (
	_ "embed"
	"errors"
	"slices"
	"strconv"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

// Schemas are written as SQL and stay as they are once released: GORM's own
// migrator rebuilds SQLite tables, and with foreign keys on that deletes their
// children.
//
//go:embed migrations/1_first.sql
var firstSchema string

//go:embed migrations/2_replicas.sql
var replicasSchema string

//go:embed migrations/3_wake.sql
var wakesAndCards string

func migrations(e engine) []*gormigrate.Migration {
	run := func(script string) gormigrate.MigrateFunc {
		return func(db *gorm.DB) error { return db.Exec(e.schema(script)).Error }
	}
	return []*gormigrate.Migration{
		{ID: "1_first", Migrate: run(firstSchema)},
		{ID: "2_replicas", Migrate: run(replicasSchema)},
		{ID: "3_wake", Migrate: run(wakesAndCards)},
	}
}

// incomplete reports whether a schema that has been through some migrations lacks one.
func incomplete(have []string) bool {
	for _, m := range migrations(nil) {
		if !slices.Contains(have, m.ID) {
			return true
		}
	}
	return false
}

// migrate brings the schema up to date, or fails with nothing changed.
func migrate(db *gorm.DB, e engine) error {
	if err := checkOurs(db, e); err != nil {
		return err
	}
	err := gormigrate.New(db, &gormigrate.Options{
		TableName:                 "migrations",
		IDColumnName:              "id",
		IDColumnSize:              255,
		UseTransaction:            true,
		ValidateUnknownMigrations: true,
	}, migrations(e)).Migrate()
	if errors.Is(err, gormigrate.ErrUnknownPastMigration) {
		return ErrNewer
	}
	return err
}

// checkOurs refuses a database that belongs to some other program.
func checkOurs(db *gorm.DB, e engine) error {
	tables, err := e.tables(db)
	if err != nil {
		return err
	}
	if slices.Contains(tables, "migrations") {
		return nil
	}
	if len(tables) > 0 {
		return errForeign
	}
	return nil
}

// errForeign is a database without our tables.
var errForeign = errors.New("belongs to another program")

// settleMeta writes down what kind of database a new one is, and refuses one of
// the other kind.
func settleMeta(db *gorm.DB, o Options) error {
	var rows []metaRow
	if err := db.Where("key = ?", "rehearsal").Find(&rows).Error; err != nil {
		return err
	}
	if len(rows) == 0 {
		return db.Create(&[]metaRow{
			{Key: "rehearsal", Value: strconv.FormatBool(o.Rehearsal)},
			{Key: "created", Value: strconv.FormatInt(int64(at(o.Now)), 10)},
		}).Error
	}
	if rows[0].Value != strconv.FormatBool(o.Rehearsal) {
		return ErrRehearsal
	}
	return nil
}
