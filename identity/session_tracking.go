package identity

import (
	"fmt"

	"poolhouse.dev/storage"
)

// makeRoom ends the sign-ins of a person that were used longest ago, so that with
// the one that begins there are no more than the pool takes.
func (c *Core) makeRoom(w storage.Writer, p *Pool, u *User) error {
	most := p.SessionTracking.MaxPerUser
	if most == 0 {
		return nil
	}
	all, err := sessions.List(w, userSessions(p.ID, u.ID))
	if err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	for len(all) >= most {
		oldest := 0
		for i := range all {
			if all[i].LastSeen.Before(all[oldest].LastSeen) {
				oldest = i
			}
		}
		if err := c.endSession(w, all[oldest], "session_ended"); err != nil {
			return err
		}
		all = append(all[:oldest], all[oldest+1:]...)
	}
	return nil
}
