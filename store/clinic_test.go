package store

import (
	"context"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"afterneedle/rehab"
)

// start is a Monday, 08:00 in Kathmandu.
var start = time.Date(2026, 3, 2, 2, 15, 0, 0, time.UTC)

const owner = "engine-1"

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func protocol() *rehab.Protocol {
	h := time.Hour
	at := func(hours int) rehab.TimeOfDay { return rehab.TimeOfDay(hours * 60) }
	slow := rehab.Dose{Sets: 3, Reps: 15, Tempo: [2]int{3, 3}, RestSeconds: [2]int{120, 180}, Every: 48 * h}
	return &rehab.Protocol{
		Version: "1", PlateGrams: 500, PlatePounds: 1, FirstLoadPercent: 50,
		Hours: rehab.Hours{
			QuietFrom: at(21), QuietUntil: at(8), Workout: at(9), LastWorkout: at(17), LastAnswer: at(19), Stretch: at(10),
			Movement:          rehab.HourWindow{From: 4 * h, Prefer: 5 * h, Until: 6 * h},
			GentleStretch:     rehab.HourWindow{From: 6 * h, Prefer: 6 * h, Until: 24 * h},
			StructuredStretch: rehab.HourWindow{From: 24 * h, Prefer: 24 * h, Until: 48 * h},
		},
		Doses: map[rehab.Phase]rehab.Dose{rehab.P3: {Every: 48 * h}, rehab.P4: slow, rehab.P5: slow, rehab.P6: slow, rehab.P7: slow},
		Muscles: map[string]rehab.Muscle{"piriformis": {
			Load: rehab.LoadWeight, Dose: rehab.Dose{Sets: 3, Reps: 12, Tempo: [2]int{0, 4}}, Sides: []rehab.Side{rehab.Left, rehab.Right},
		}},
	}
}

func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), sourceAt(t, path), Options{Now: start, ClinicZone: zone(t, "Europe/Berlin")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func open(t testing.TB) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "test.db"))
}

func do(t testing.TB, s *Store, now time.Time, fn func(*Tx) error) Result {
	t.Helper()
	result, err := s.Do(context.Background(), now, 0, fn)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clinic is two clinicians and an owner with one patient.
type clinic struct {
	*Store
	owner, ada, ben int64 // clinicians; the patient is Ada's
	patient         int64
}

const (
	ownerChat   = 10
	adaChat     = 11
	benChat     = 12
	patientChat = 100
	patientZone = "Asia/Kathmandu"
	patientName = "Zoë Quux"
)

func newClinic(t testing.TB) clinic {
	t.Helper()
	return staffed(t, open(t))
}

// staffed fills an empty database.
func staffed(t testing.TB, s *Store) clinic {
	t.Helper()
	c := clinic{Store: s}
	do(t, s, start, func(tx *Tx) (err error) {
		for _, p := range []struct {
			id  *int64
			who rehab.Clinician
		}{
			{&c.owner, rehab.Clinician{ChatID: ownerChat, Name: "Olga", Role: rehab.RoleOwner}},
			{&c.ada, rehab.Clinician{ChatID: adaChat, Name: "Ada", Role: rehab.RoleClinician}},
			{&c.ben, rehab.Clinician{ChatID: benChat, Name: "Ben", Role: rehab.RoleClinician}},
		} {
			if *p.id, err = tx.AddClinician(p.who); err != nil {
				return err
			}
		}
		c.patient, err = addPatient(t, tx, c.ada, patientName, patientChat)
		return err
	})
	return c
}

func addPatient(t testing.TB, tx *Tx, clinician int64, name string, chat int64) (int64, error) {
	loc := zone(t, patientZone)
	return tx.AddPatient(
		rehab.Patient{Name: name, ChatID: chat, ClinicianID: clinician, Zone: patientZone},
		rehab.NewCourse(0, protocol(), loc, zone(t, "Europe/Berlin")))
}

// change works on the patient's course.
func (c clinic) change(t testing.TB, now time.Time, fn func(*rehab.Course)) Result {
	t.Helper()
	return do(t, c.Store, now, func(tx *Tx) error {
		course, err := tx.Course(c.patient)
		if err == nil {
			fn(course)
		}
		return err
	})
}

// needle lets the patient agree and records a needling.
func (c clinic) needle(t testing.TB, now time.Time) Result {
	t.Helper()
	return c.change(t, now, func(course *rehab.Course) {
		course.Consent(now)
		course.Needle(rehab.NewNeedling{
			At: now, By: c.ada, UsualG: 8000, Unit: rehab.Kilogram,
			Targets: []rehab.NeedledTarget{{Muscle: "piriformis", Side: rehab.Left}},
		}, now)
	})
}

// timeline is what is said about the patient, by key.
func (c clinic) timeline(t testing.TB) map[string]rehab.Delivery {
	t.Helper()
	byKey := make(map[string]rehab.Delivery)
	do(t, c.Store, start, func(tx *Tx) error {
		list, err := tx.Timeline(c.patient, 1000)
		for _, d := range list {
			byKey[d.Key] = d
		}
		return err
	})
	return byKey
}

// delivery reads one delivery.
func (c clinic) delivery(t testing.TB, id int64) rehab.Delivery {
	t.Helper()
	var d rehab.Delivery
	do(t, c.Store, start, func(tx *Tx) (err error) {
		d, err = tx.Delivery(id)
		return err
	})
	return d
}

func (c clinic) claim(t testing.TB, now time.Time, limit int) []rehab.Sending {
	t.Helper()
	claimed, _, err := c.Claim(context.Background(), now, limit, owner)
	must(t, err)
	return claimed
}

// sendable looks at one claimed delivery again.
func (c clinic) sendable(t testing.TB, claimed rehab.Sending, now time.Time) (rehab.Sending, string, error) {
	t.Helper()
	checked, err := c.Sendable(context.Background(), []rehab.Sending{claimed}, now)
	if err != nil {
		return rehab.Sending{}, "", err
	}
	return checked[0].Sending, checked[0].Reason, nil
}

// settle gives one outcome to everything that was claimed.
func (c clinic) settle(t testing.TB, now time.Time, o rehab.Outcome, retry time.Time, claimed ...rehab.Sending) int {
	t.Helper()
	var list []rehab.Settled
	for _, s := range claimed {
		list = append(list, rehab.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempts, Outcome: o, RetryAt: retry})
	}
	fenced, err := c.Settle(context.Background(), now, owner, list)
	must(t, err)
	return len(fenced)
}

func keysOf(list []rehab.Sending) []string {
	keys := make([]string, len(list))
	for i, s := range list {
		keys[i] = s.Delivery.Key
	}
	return keys
}

// filler gives every field that it can reach a value of its own.
type filler struct{ n int }

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = start.Add(time.Duration(f.n)*time.Hour + 7*time.Millisecond)
		return
	case *rehab.Day:
		*x = rehab.DayOf(start.AddDate(0, 0, f.n), time.UTC)
		return
	case *rehab.Action:
		*x = rehab.HoldExercise
		return
	case **time.Location, **rehab.Protocol:
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			f.fill(field)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.String:
		v.SetString("text " + strconv.Itoa(f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int8:
		v.SetInt(int64(f.n%10 + 1))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	default:
		panic("no value for " + v.Type().String())
	}
}
