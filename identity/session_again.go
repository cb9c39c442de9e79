package identity

import (
	"context"
	"errors"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Continue gives a person's new session the public id of the one that the browser
// had, when both are theirs: proving oneself once more ends nothing that was issued
// before, and no app is told that somebody left. The cookie before is worth
// nothing from then on. It answers false, and changes nothing, for sessions of two
// people, and when one of them is over.
func (s *Sessions) Continue(ctx context.Context, pool PoolID, before, now string) (auth Authentication, same bool, err error) {
	err = s.Store.Update(ctx, func(w storage.Writer) error {
		old, err := ofCookie(w, pool, before)
		if err != nil {
			return err
		}
		fresh, err := ofCookie(w, pool, now)
		if err != nil {
			return err
		}
		same = old.Key != fresh.Key && old.Key != "" && old.UserID == fresh.UserID && old.Epoch == fresh.Epoch && s.Now().Before(old.ExpiresAt)
		if !same {
			return nil
		}
		auth, err = s.succeed(w, old, fresh)
		return err
	})
	return auth, same, err
}

// ofCookie answers the session of a cookie, or the zero one.
func ofCookie(r storage.Reader, pool PoolID, cookie string) (Session, error) {
	found, err := sessions.Get(r, hashOf(cookie))
	if errors.Is(err, storage.ErrNotFound) || err == nil && found.PoolID != pool {
		return Session{}, nil
	}
	return found, err
}

// succeed puts a session into the place of another.
func (c *Core) succeed(w storage.Writer, old, fresh Session) (Authentication, error) {
	if err := sessions.Delete(w, old.Key); err != nil {
		return Authentication{}, err
	}
	made := fresh.ID
	fresh.ID = old.ID
	if fresh.Elsewhere.Provider == "" {
		fresh.Elsewhere = old.Elsewhere
	}
	if err := sessions.Put(w, fresh); err != nil {
		return Authentication{}, err
	}
	return fresh.authentication(), audit.Write(w, audit.Event{
		At: c.Now(), Pool: string(fresh.PoolID), Client: string(fresh.ClientID), User: string(fresh.UserID), Session: fresh.ID,
		Action: "session_continued", Outcome: audit.OK, Detail: map[string]string{"signed_in_as": made},
	})
}
