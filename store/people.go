package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"afterneedle/rehab"
)

// fold is a name as it is compared: case, and the way accents are written, do
// not matter.
func fold(name string) string {
	return norm.NFKC.String(cases.Fold().String(strings.TrimSpace(name)))
}

// likePrefix is a LIKE pattern, with \ as its escape, for all that begins with
// prefix.
func likePrefix(prefix string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(prefix) + "%"
}

// Patient returns a patient by id.
func (t *Tx) Patient(id int64) (rehab.Patient, error) {
	return t.patientWhere("id = ?", id)
}

// PatientByChat returns the patient who has the chat.
func (t *Tx) PatientByChat(chat int64) (rehab.Patient, error) {
	return t.patientWhere("chat_id = ?", chat)
}

// PatientFor returns a patient whom the clinician may see: one of their own, one
// that is shared with them, or any for an owner. Everybody else's patient is not
// found.
func (t *Tx) PatientFor(clinician rehab.Clinician, id int64) (rehab.Patient, error) {
	var row patientRow
	err := one(visible(t.db, clinician).Where("id = ?", id), &row)
	return row.patient(), err
}

func (t *Tx) patientWhere(where string, args ...any) (rehab.Patient, error) {
	var row patientRow
	err := one(t.db.Where(where, args...), &row)
	return row.patient(), err
}

// visible narrows a query of patients to those whom the clinician may see.
func visible(db *gorm.DB, clinician rehab.Clinician) *gorm.DB {
	switch {
	case !clinician.RemovedAt.IsZero():
		return db.Where("1 = 0")
	case clinician.Role == rehab.RoleOwner:
		return db
	}
	return db.Where("(patients.clinician_id = ? OR patients.id IN (SELECT patient_id FROM shares WHERE clinician_id = ?))", clinician.ID, clinician.ID)
}

// PatientsOf returns the patients whom the clinician may see and whose name
// begins with prefix, sorted by name. Case does not matter. When a name is the
// prefix itself, only those with exactly that name are returned.
func (t *Tx) PatientsOf(clinician rehab.Clinician, prefix string) ([]rehab.Patient, error) {
	wanted := fold(prefix)
	var rows []patientRow
	err := visible(t.db, clinician).Where(`folded LIKE ? ESCAPE '\'`, likePrefix(wanted)).
		Order("folded, id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var exact, all []rehab.Patient
	for _, r := range rows {
		all = append(all, r.patient())
		if r.Folded == wanted {
			exact = append(exact, r.patient())
		}
	}
	if len(exact) > 0 {
		return exact, nil
	}
	return all, nil
}

// NameTaken reports whether the clinician has a patient with exactly this name.
func (t *Tx) NameTaken(clinician int64, name string) (bool, error) {
	var n int64
	err := t.db.Model(&patientRow{}).Where("clinician_id = ? AND folded = ?", clinician, fold(name)).Count(&n).Error
	return n > 0, err
}

// TakenNames reads the names that a clinician's patients have: taken reports whether a
// name is one of them.
func (t *Tx) TakenNames(clinician int64) (taken func(name string) bool, err error) {
	var names []string
	err = t.db.Model(&patientRow{}).Where("clinician_id = ?", clinician).Pluck("folded", &names).Error
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	return func(name string) bool { return known[fold(name)] }, err
}

// AddPatient adds a patient with a first course and returns the id, which the
// course gets too.
func (t *Tx) AddPatient(p rehab.Patient, c *rehab.Course) (int64, error) {
	ids, err := t.AddPatients([]rehab.Patient{p}, []*rehab.Course{c})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// AddPatients adds patients with a first course each, all or none, and returns their
// ids in the same order. However many there are, it takes few statements.
func (t *Tx) AddPatients(people []rehab.Patient, courses []*rehab.Course) ([]int64, error) {
	rows := make([]patientRow, len(people))
	for i, p := range people {
		if _, err := zoneNamed(p.Zone); err != nil {
			return nil, err
		}
		if p.CreatedAt.IsZero() {
			p.CreatedAt = t.now
		}
		rows[i] = patientRow{
			ClinicianID: p.ClinicianID, Name: strings.TrimSpace(p.Name), Folded: fold(p.Name), ChatID: ref(p.ChatID),
			Zone: p.Zone, CreatedAt: at(p.CreatedAt), UnreachableAt: at(p.UnreachableAt), MutedAt: at(p.MutedAt),
		}
	}
	for batch := range slices.Chunk(rows, rowBatch) {
		if err := t.free(batch); err != nil {
			return nil, err
		}
		if err := t.db.Create(&batch).Error; err != nil {
			return nil, err
		}
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, t.newCourses(ids, courses)
}

// free asks before patients are added whether their names and chats are: to run into a
// unique column would end the transaction with PostgreSQL.
func (t *Tx) free(rows []patientRow) error {
	type name struct {
		clinician int64
		folded    string
	}
	wanted := make(map[name]bool, len(rows))
	clinicians := make(map[int64]bool)
	var names []string
	var chats []ref
	for _, r := range rows {
		n := name{r.ClinicianID, r.Folded}
		if wanted[n] {
			return ErrNameTaken
		}
		wanted[n], clinicians[r.ClinicianID], names = true, true, append(names, r.Folded)
		if r.ChatID != 0 {
			chats = append(chats, r.ChatID)
		}
	}
	var there []patientRow
	err := t.db.Select("clinician_id", "folded").
		Where("clinician_id IN ? AND folded IN ?", slices.Collect(maps.Keys(clinicians)), names).Find(&there).Error
	if err != nil {
		return err
	}
	if slices.ContainsFunc(there, func(r patientRow) bool { return wanted[name{r.ClinicianID, r.Folded}] }) {
		return ErrNameTaken
	}
	var bound int64
	if err := t.db.Model(&patientRow{}).Where("chat_id IN ?", chats).Count(&bound).Error; err != nil {
		return err
	}
	if bound > 0 {
		return ErrChatTaken
	}
	return nil
}

// chatFree asks before a chat is bound, 0 being none: to run into the unique column
// would end the transaction with PostgreSQL.
func (t *Tx) chatFree(chat, patient int64) error {
	var n int64
	err := t.db.Model(&patientRow{}).Where("chat_id = ? AND id <> ?", chat, patient).Count(&n).Error
	if err == nil && n > 0 {
		err = ErrChatTaken
	}
	return err
}

// SetPatientChat binds a patient to a chat, which counts as reachable.
func (t *Tx) SetPatientChat(patient, chat int64) error {
	if err := t.chatFree(chat, patient); err != nil {
		return err
	}
	return t.updatePatient(patient, map[string]any{"chat_id": ref(chat), "unreachable_at": 0})
}

// SetUnreachable notes since when the patient's chat is closed; the zero time
// opens it again.
func (t *Tx) SetUnreachable(patient int64, since time.Time) error {
	return t.updatePatient(patient, map[string]any{"unreachable_at": at(since)})
}

// SetMuted notes since when the patient wants no broadcasts; the zero time ends
// that.
func (t *Tx) SetMuted(patient int64, since time.Time) error {
	return t.updatePatient(patient, map[string]any{"muted_at": at(since)})
}

// SetZone moves a patient to another time zone, an IANA name; ErrZone for any other.
func (t *Tx) SetZone(patient int64, zone string) error {
	loc, err := zoneNamed(zone)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrZone, err)
	}
	if err := t.updatePatient(patient, map[string]any{"zone": zone}); err != nil {
		return err
	}
	for _, c := range t.courses {
		if c.PatientID == patient {
			c.Zone = loc
		}
	}
	return nil
}

// zoneNamed reads the name of a time zone; the names that Go takes for UTC and
// for this machine's zone are no zones.
func zoneNamed(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone such as Europe/Berlin", name)
	}
	return loc, nil
}

// updatePatient changes columns of a patient. The course is loaded, so that its
// messages follow.
func (t *Tx) updatePatient(id int64, columns map[string]any) error {
	updated := t.db.Model(&patientRow{}).Where("id = ?", id).Updates(columns)
	if updated.Error != nil {
		return updated.Error
	}
	if updated.RowsAffected == 0 {
		return ErrNotFound
	}
	_, err := t.Course(id)
	if t.isolating && errors.Is(err, ErrNotFound) { // it was set aside
		return nil
	}
	return err
}

// Forget erases a patient: the record, every message of the chat, and what the
// chat had been asked. Half-finished forms of the patient's clinicians go with
// it, for they may hold the name, and so do lists and previews of many patients.
func (t *Tx) Forget(patient int64) error {
	p, err := t.Patient(patient)
	if err != nil {
		return err
	}
	staff, err := t.staff([]int64{patient})
	if err != nil {
		return err
	}
	var chats []int64
	if p.ChatID != 0 {
		chats = append(chats, p.ChatID)
		if err := t.db.Where("chat_id = ?", p.ChatID).Delete(&messageRow{}).Error; err != nil {
			return err
		}
	}
	for _, c := range append(staff.of(patient, p.ClinicianID), staff.owners...) {
		chats = append(chats, c.ChatID)
	}
	if err := t.db.Where("chat_id IN ?", chats).Delete(&formRow{}).Error; err != nil {
		return err
	}
	if err := t.forgetLists(p.Name); err != nil {
		return err
	}
	t.forgetCourses(patient)
	t.forgot = true
	return t.db.Delete(&patientRow{}, patient).Error
}

// forgetLists erases what clinicians, former ones too, were told of no patient in
// particular: nothing needs it after it was sent. What is yet to be sent goes only
// where it has the name.
func (t *Tx) forgetLists(name string) error {
	lists := func() *gorm.DB {
		return t.db.Model(&messageRow{}).
			Where("chat_id IN (SELECT chat_id FROM clinicians) AND patient_id IS NULL AND body IS NOT NULL")
	}
	var waiting []messageRow
	err := firstError(
		lists().Where("state <> ?", rehab.DeliveryWaiting).Update("body", nil).Error,
		lists().Select("id", "body").Where("state = ?", rehab.DeliveryWaiting).Find(&waiting).Error,
	)
	if err != nil {
		return err
	}
	waiting = slices.DeleteFunc(waiting, func(m messageRow) bool { return !mentions(m.Body, name) })
	if len(waiting) == 0 {
		return nil
	}
	return t.db.Delete(&waiting).Error
}

// mentions reports whether a body has a name in it, whatever escapes it there.
func mentions(body []byte, name string) bool {
	var words any
	if json.Unmarshal(body, &words) != nil {
		words = string(body)
	}
	return strings.Contains(html.UnescapeString(fmt.Sprint(words)), name)
}

// forgetCourses keeps the end of the transaction from saving what was erased.
// Courses of others are then written whole, for what they were is forgotten too.
func (t *Tx) forgetCourses(patient int64) {
	kept := t.courses
	t.courses, t.before = nil, rowSet{}
	for _, c := range kept {
		if c.PatientID == patient {
			delete(t.byID, c.ID)
			continue
		}
		t.courses = append(t.courses, c)
	}
	delete(t.latest, patient)
}

// Clinician returns a clinician by id, removed ones included.
func (t *Tx) Clinician(id int64) (rehab.Clinician, error) {
	var row clinicianRow
	err := one(t.db.Where("id = ?", id), &row)
	return row.clinician(), err
}

// ClinicianByChat returns the clinician who has the chat and was not removed.
func (t *Tx) ClinicianByChat(chat int64) (rehab.Clinician, error) {
	var row clinicianRow
	err := one(t.db.Where("chat_id = ? AND removed_at = 0", chat), &row)
	return row.clinician(), err
}

// Clinicians returns everybody of the clinic who was not removed, in the order in
// which they joined.
func (t *Tx) Clinicians() ([]rehab.Clinician, error) {
	var rows []clinicianRow
	if err := t.db.Where("removed_at = 0").Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	staff := make([]rehab.Clinician, len(rows))
	for i, r := range rows {
		staff[i] = r.clinician()
	}
	return staff, nil
}

// AddClinician adds a clinician, whose digest comes at the usual hour, and returns
// the id. Somebody whose chat is known keeps the id and the hour, and gets the
// new name, role and removal.
func (t *Tx) AddClinician(c rehab.Clinician) (int64, error) {
	row := clinicianRowOf(c)
	row.ID, row.DigestAt = 0, rehab.DigestHour
	err := t.db.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "chat_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"name", "role", "removed_at"}),
	}).Create(&row).Error
	if err != nil {
		return 0, err
	}
	var kept clinicianRow
	err = one(t.db.Where("chat_id = ?", c.ChatID), &kept)
	return kept.ID, err
}

// AddInvite keeps an invitation under the hash of its payload.
func (t *Tx) AddInvite(payload string, i rehab.Invite) error {
	return t.AddInvites([]string{payload}, []rehab.Invite{i})
}

// AddInvites keeps many, each under the payload in its place.
func (t *Tx) AddInvites(payloads []string, invites []rehab.Invite) error {
	rows := make([]inviteRow, len(invites))
	for n, i := range invites {
		rows[n] = inviteRow{
			Hash: hash(payloads[n]), Role: i.Role, PatientID: ref(i.PatientID), ByID: ref(i.By),
			CreatedAt: at(t.now), ExpiresAt: at(i.ExpiresAt), UsedAt: at(i.UsedAt), UsedBy: i.UsedBy,
		}
	}
	return t.db.CreateInBatches(&rows, rowBatch).Error
}

// Invite returns the invitation with this payload, used and expired ones too.
func (t *Tx) Invite(payload string) (rehab.Invite, error) {
	var row inviteRow
	err := one(t.db.Where("hash = ?", hash(payload)), &row)
	return row.invite(), err
}

// DropOwnerInvites takes back every link that makes an owner.
func (t *Tx) DropOwnerInvites() error {
	return t.db.Where("role = ? AND used_at = 0", rehab.RoleOwner).Delete(&inviteRow{}).Error
}

// UseInvite lets a chat use an invitation, which nobody can do again.
func (t *Tx) UseInvite(payload string, chat int64, now time.Time) error {
	i, err := t.Invite(payload)
	switch {
	case err != nil:
		return err
	case !i.UsedAt.IsZero():
		return ErrInviteUsed
	case !now.Before(i.ExpiresAt):
		return ErrInviteExpired
	}
	return t.db.Model(&inviteRow{}).Where("hash = ?", hash(payload)).
		Updates(map[string]any{"used_at": at(now), "used_by": chat}).Error
}

// Form returns the half-finished form of a chat, nil when there is none.
func (t *Tx) Form(chat int64) ([]byte, error) {
	var row formRow
	err := one(t.db.Where("chat_id = ?", chat), &row)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return row.JSON, err
}

// SetForm keeps the half-finished form of a chat; nil takes it away.
func (t *Tx) SetForm(chat int64, json []byte) error {
	if json == nil {
		return t.db.Where("chat_id = ?", chat).Delete(&formRow{}).Error
	}
	return t.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&formRow{ChatID: chat, JSON: json}).Error
}
