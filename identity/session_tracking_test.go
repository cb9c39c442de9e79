package identity

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

// TestTheSessionUsedLongestAgoMakesRoom: a pool that bounds sign-ins ends one for
// each further one (Cognito MaxPerUser).
func TestTheSessionUsedLongestAgoMakesRoom(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.SessionTracking.MaxPerUser = 2 })
	u := k.user("ann@example.test", Confirmed)
	var began []string
	for range 3 {
		k.wait(2 * time.Minute)
		began = append(began, k.in("ann@example.test", k.origin(1)).Auth.Session())
		if len(began) == 2 { // the first is used again, so that the second goes
			k.update(func(w storage.Writer) error {
				s, err := sessions.By(w, "id", string(u.PoolID), began[0])
				if err != nil {
					return err
				}
				s.LastSeen = k.clock().Add(time.Second)
				return sessions.Put(w, s)
			})
		}
	}
	left, err := (&Sessions{k.core}).List(context.Background(), u.PoolID, u.ID)
	if err != nil || len(left) != 2 {
		t.Fatalf("%d left, %v", len(left), err)
	}
	for _, s := range left {
		if s.ID == began[1] {
			t.Error("the session that was used longest ago is left")
		}
	}
}
