// Package crowd fills a clinic with patients and runs the program as a process
// of its own, for tests and measurements.
package crowd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"afterneedle/bot/sandbox"
	"afterneedle/cmd/afterneedle/internal/app"
	"afterneedle/rehab"
	"afterneedle/store"
)

// FirstChat is the chat of the first patient; the others follow.
const FirstChat = 1000

// Options say how a clinic is filled.
type Options struct {
	Database  string
	Rehearsal bool
	Now       time.Time
	Owner     int64 // chat of the owner, whose patients they are
	Zone      *time.Location
	Patients  int
	// Live is what has happened to patient i, from 0 on, who has agreed a minute
	// ago.
	Live func(i int, course *rehab.Course, owner int64)
}

// Awake is the zone in which it is about noon at a moment.
func Awake(now time.Time) (*time.Location, error) {
	hours := 12 - now.UTC().Hour()
	return time.LoadLocation(fmt.Sprintf("Etc/GMT%+d", -hours)) // their signs are reversed
}

// Needled records a needling by the owner.
func Needled(course *rehab.Course, owner int64, at, now time.Time) {
	course.Needle(rehab.NewNeedling{
		At: at, By: owner, UsualG: 8000, Unit: rehab.Kilogram,
		Targets: []rehab.NeedledTarget{{Muscle: "upper_trapezius", Side: rehab.Left}},
	}, now)
}

// Populate makes a database with patients and returns their ids. Their chats
// count up from FirstChat.
func Populate(ctx context.Context, o Options) (patients []int64, err error) {
	texts, err := app.LoadContent("")
	if err != nil {
		return nil, err
	}
	protocol := texts.Protocol()
	s, err := store.Open(ctx, o.Database, store.Options{Rehearsal: o.Rehearsal, Now: o.Now})
	if err != nil {
		return nil, err
	}
	var owner int64
	var added []int64
	_, err = s.Do(ctx, o.Now, 0, func(tx *store.Tx) (err error) {
		owner, err = tx.AddClinician(rehab.Clinician{ChatID: o.Owner, Name: "Maria", Role: rehab.RoleOwner})
		return err
	})
	for len(patients) < o.Patients && err == nil {
		_, err = s.Do(ctx, o.Now, 0, func(tx *store.Tx) error {
			for i := len(patients); i < min(len(patients)+batch, o.Patients); i++ {
				course := rehab.NewCourse(0, &protocol, o.Zone, o.Zone)
				course.Consent(o.Now.Add(-time.Minute))
				o.Live(i, course, owner)
				id, err := tx.AddPatient(rehab.Patient{
					Name: fmt.Sprintf("P%03d", i), ChatID: FirstChat + int64(i), ClinicianID: owner,
					Zone: o.Zone.String(), CreatedAt: o.Now,
				}, course)
				if err != nil {
					return err
				}
				added = append(added, id)
			}
			return nil
		})
		patients, added = append(patients, added...), added[:0]
	}
	return patients, errors.Join(err, s.Close())
}

// batch is how many patients join in one transaction.
const batch = 500

// Meet lets the owner and n patients press start, and confirms what Telegram has
// for the bot until then: a program has dealt with it before.
func Meet(telegram *sandbox.Server, owner int64, n int) error {
	chats := []int64{owner}
	for i := range n {
		chats = append(chats, FirstChat+int64(i))
	}
	for _, chat := range chats {
		if err := telegram.Person(chat, "P").Start(""); err != nil {
			return err
		}
	}
	return Forget(telegram)
}

// Forget confirms every update that waits for the bot.
func Forget(telegram *sandbox.Server) error {
	last, err := updates(telegram, -1)
	if err != nil || len(last) == 0 {
		return err
	}
	_, err = updates(telegram, last[len(last)-1].ID+1)
	return err
}

type updateHead struct {
	ID int64 `json:"update_id"`
}

// updates does what a bot does that polls once.
func updates(telegram *sandbox.Server, offset int64) ([]updateHead, error) {
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/bot%s/getUpdates?offset=%d", telegram.URL(), telegram.Token(), offset), nil)
	if err != nil {
		return nil, err
	}
	req.Close = true // only the program stays connected
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Result []updateHead `json:"result"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return answer.Result, err
}
