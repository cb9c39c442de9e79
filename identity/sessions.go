package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// A session's default life, and how exactly LastSeen is kept: writing it on
// every request would cost a commit each.
const (
	defaultIdle     = time.Hour
	defaultAbsolute = 24 * time.Hour
	touchEvery      = time.Minute
)

// openSession stores a new session; the answer is it and its cookie's secret.
func (c *Core) openSession(w storage.Writer, st *standing, a attempt, o Origin) (Session, string, error) {
	cookie, now, u, p := otp.NewToken(), c.Now(), &st.user, &st.pool
	at := now
	if !a.Since.IsZero() {
		at = a.Since // a second factor alone makes the first no newer
	}
	s := Session{
		Key: hashOf(cookie), ID: uuid.NewString(), PoolID: u.PoolID, ClientID: a.ClientID, UserID: u.ID, Epoch: u.Epoch,
		UserAgent: o.UserAgent, AuthTime: at, LastSeen: now, ExpiresAt: now.Add(p.absoluteLife()),
		Twice: st.facts.provenTwice() || st.facts.standsIn(), Address: o.addressText(), Provider: a.Provider, API: a.API, Factors: a.Proven, Level: st.facts.level(),
	}
	s.Methods = amr(a.Proven, st.facts.provenTwice())
	var err error
	if s.Elsewhere, err = c.elsewhereOf(&a); err != nil {
		return s, "", err
	}
	if err := c.makeRoom(w, p, u); err != nil {
		return s, "", err
	}
	return s, cookie, sessions.Insert(w, s)
}

// amr names the methods (RFC 8176 §2), each once; mfa stands for two factors.
func amr(proven []Factor, twice bool) []string {
	var names []string
	for _, f := range proven {
		if !slices.Contains(names, methods[f]) {
			names = append(names, methods[f])
		}
	}
	if twice {
		names = append(names, "mfa")
	}
	return names
}

func (p *Pool) absoluteLife() time.Duration {
	return minutesOr(p.SessionLifetime.AbsoluteMinutes, defaultAbsolute)
}

func (p *Pool) idleLife() time.Duration {
	return minutesOr(p.SessionLifetime.IdleMinutes, defaultIdle)
}

func minutesOr(n int, fallback time.Duration) time.Duration {
	if n > 0 {
		return time.Duration(n) * time.Minute
	}
	return fallback
}

func (s *Session) authentication() Authentication {
	return Authentication{
		pool: s.PoolID, client: s.ClientID, user: s.UserID, session: s.ID, epoch: s.Epoch, at: s.AuthTime,
		methods: s.Methods, factors: s.Factors, level: s.Level, twice: s.Twice, provider: s.Provider,
	}
}

// Resume answers who is signed in with this cookie. SessionEnded says that
// nobody is: the session is unknown, past its idle or absolute life, or its
// person was disabled, deleted or signed out everywhere.
func (s *Sessions) Resume(ctx context.Context, pool PoolID, cookie string) (Authentication, error) {
	const op = "Sessions.Resume"
	var found Session
	var live bool
	err := s.Store.View(ctx, func(r storage.Reader) (err error) {
		found, live, err = s.read(r, pool, hashOf(cookie))
		return err
	})
	if err != nil {
		return Authentication{}, err
	}
	if !live {
		return Authentication{}, refuse(op, SessionEnded)
	}
	if s.Now().Sub(found.LastSeen) >= touchEvery {
		if err := s.touch(ctx, found); err != nil {
			return Authentication{}, err
		}
	}
	return found.authentication(), nil
}

// read answers a session and whether it still lives.
func (s *Sessions) read(r storage.Reader, pool PoolID, key string) (Session, bool, error) {
	found, err := sessions.Get(r, key)
	if errors.Is(err, storage.ErrNotFound) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, fmt.Errorf("session: %w", err)
	}
	if found.PoolID != pool {
		return Session{}, false, nil
	}
	live, err := s.lives(r, found)
	return found, live, err
}

// lives holds a session against the clock, its pool and its person.
func (c *Core) lives(r storage.Reader, s Session) (bool, error) {
	p, err := pools.Get(r, string(s.PoolID))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("pool: %w", err)
	}
	now := c.Now()
	if !now.Before(s.ExpiresAt) || now.Sub(s.LastSeen) >= p.idleLife() {
		return false, nil
	}
	_, _, err = c.Active(r, s.PoolID, s.UserID, s.Epoch)
	if code, ok := CodeOf(err); ok && code == SessionEnded {
		return false, nil
	}
	return err == nil, err
}

func (s *Sessions) touch(ctx context.Context, seen Session) error {
	return s.Store.Update(ctx, func(w storage.Writer) error {
		now, err := sessions.Get(w, seen.Key)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("session: %w", err)
		}
		now.LastSeen = s.Now()
		return sessions.Put(w, now)
	})
}

// Live says whether the session with this public id still lives.
func (s *Sessions) Live(r storage.Reader, pool PoolID, id string) (bool, error) {
	found, err := sessions.By(r, "id", string(pool), id)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("session: %w", err)
	}
	return s.lives(r, found)
}

// List answers a person's living sessions, newest first.
func (s *Sessions) List(ctx context.Context, pool PoolID, user UserID) ([]Session, error) {
	var living []Session
	err := s.Store.View(ctx, func(r storage.Reader) error {
		living = nil
		all, err := sessions.List(r, userSessions(pool, user))
		if err != nil {
			return err
		}
		for _, each := range all {
			live, err := s.lives(r, each)
			if err != nil {
				return err
			}
			if live {
				living = append(living, each)
			}
		}
		return nil
	})
	return living, err
}

func userSessions(pool PoolID, user UserID) storage.Page {
	return storage.Page{Index: "user", Prefix: []any{string(pool), string(user)}, Reverse: true}
}

// Revoke ends one of a person's sessions by its public id. SessionEnded says
// that it is none of theirs.
func (s *Sessions) Revoke(ctx context.Context, pool PoolID, user UserID, id string) error {
	const op = "Sessions.Revoke"
	return s.endWhere(ctx, op, func(r storage.Reader) (Session, error) {
		found, err := sessions.By(r, "id", string(pool), id)
		if err == nil && found.UserID != user {
			return Session{}, storage.ErrNotFound
		}
		return found, err
	})
}

// End ends the session of this cookie.
func (s *Sessions) End(ctx context.Context, pool PoolID, cookie string) error {
	const op = "Sessions.End"
	return s.endWhere(ctx, op, func(r storage.Reader) (Session, error) {
		found, err := sessions.Get(r, hashOf(cookie))
		if err == nil && found.PoolID != pool {
			return Session{}, storage.ErrNotFound
		}
		return found, err
	})
}

func (s *Sessions) endWhere(ctx context.Context, op string, find func(storage.Reader) (Session, error)) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		found, err := find(w)
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, SessionEnded), nil
		}
		if err != nil {
			return nil, fmt.Errorf("session: %w", err)
		}
		return nil, s.endSession(w, found, "sign_out")
	})
}

// endSession removes a session and, in the same transaction, what was issued under it.
func (c *Core) endSession(w storage.Writer, s Session, action string) error {
	if err := c.dropSession(w, s, action); err != nil || c.SessionEnded == nil {
		return err
	}
	return c.SessionEnded(w, s.PoolID, s.ID)
}

func (c *Core) dropSession(w storage.Writer, s Session, action string) error {
	if err := sessions.Delete(w, s.Key); err != nil {
		return err
	}
	return audit.Write(w, audit.Event{
		At: c.Now(), Pool: string(s.PoolID), Client: string(s.ClientID), User: string(s.UserID), Session: s.ID,
		Action: action, Outcome: audit.OK,
	})
}
