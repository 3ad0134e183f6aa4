package crowd

import (
	"context"
	"fmt"
	"time"

	"afterneedle/rehab"
	"afterneedle/store"
)

// Announce plans n broadcasts of the owner to all patients and makes their
// deliveries. They are due from at on, whatever the hour, one broadcast a
// millisecond after the other.
func Announce(ctx context.Context, s *store.Store, owner int64, n int, at time.Time) error {
	for i := range n {
		at := at.Add(time.Duration(i) * time.Millisecond)
		_, err := s.Do(ctx, at, 0, func(tx *store.Tx) error {
			by, err := tx.ClinicianByChat(owner)
			if err != nil {
				return err
			}
			_, err = tx.AddBroadcast(rehab.Broadcast{
				By: by.ID, Chat: owner, Text: "Closed on Monday", Body: fmt.Appendf(nil, `{"text":"Closed on Monday (%d)"}`, i),
				State: rehab.BroadcastPlanned, AtOnce: true, SendAt: at,
			})
			return err
		})
		for woken := 1; err == nil && woken > 0; {
			woken, err = s.WakeBroadcasts(ctx, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
