package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"poolhouse.dev/storage"
)

// Login is a person's session at the provider that they came by.
type Login struct {
	Name    string `json:"name,omitempty"`    // what the provider calls the person when it ends the session (SAML's NameID); "": it never does
	Session string `json:"session,omitempty"` // what it calls the session (SAML's SessionIndex), or ""
	Ticket  []byte `json:"ticket,omitempty"`  // what the provider must be given to end it, as the front end wrote it
}

// maxTicket bounds what a session keeps of the provider's: an ID token with many
// groups is some kilobytes.
const maxTicket = 16 << 10

// elsewhere is a Login as a session keeps it: sealed, and by hashes where it is
// only looked for.
type elsewhere struct {
	Provider string         `json:"provider_name,omitempty"`
	Name     string         `json:"name_hash,omitempty"`
	Session  string         `json:"session_hash,omitempty"`
	Sealed   storage.Sealed `json:"sealed,omitempty"`
}

// signInElsewhere is what is sealed.
type signInElsewhere struct {
	Provider string `json:"provider_name"`
	Login
}

func loginAAD(pool PoolID, user UserID) []string {
	return []string{"login", string(pool), string(user)}
}

// sealLogin seals the Login that somebody came with, for the way from the
// provider to the session; nil when there is none to keep.
func (c *Core) sealLogin(x *External, pool PoolID, user UserID) (storage.Sealed, error) {
	kept := x.Login
	if len(kept.Ticket) > maxTicket {
		kept.Ticket = nil
	}
	if kept.Name == "" && len(kept.Ticket) == 0 {
		return nil, nil
	}
	return c.sealJSON(signInElsewhere{x.Provider, kept}, loginAAD(pool, user)...)
}

// carry gives an attempt what the session that comes of it is to know: the
// person's own session at the provider, and whether the browser is known.
func (s *SignIn) carry(w storage.Writer, by *visitor, a *attempt) (err error) {
	if a.Login, err = s.sealLogin(&by.in.External, a.PoolID, a.UserID); err != nil {
		return err
	}
	a.LoginName, a.LoginSession = by.in.External.loginHashes(a.PoolID)
	return s.recognise(w, &by.pool, a, by.in.Origin)
}

// elsewhereOf answers what the session of a finished attempt keeps.
func (c *Core) elsewhereOf(a *attempt) (elsewhere, error) {
	if len(a.Login) == 0 {
		return elsewhere{}, nil
	}
	var x signInElsewhere
	if err := c.openJSON(a.Login, &x, loginAAD(a.PoolID, a.UserID)...); err != nil {
		return elsewhere{}, err
	}
	kept := elsewhere{Provider: x.Provider, Sealed: a.Login}
	kept.Name, kept.Session = (&External{Provider: x.Provider, Login: x.Login}).loginHashes(a.PoolID)
	return kept, nil
}

// loginHashes answers what the provider's own logout is looked for by; "" where it
// never says the name.
func (x *External) loginHashes(pool PoolID) (name, session string) {
	if x.Login.Name != "" {
		name = loginHash(pool, x.Provider, "name", x.Login.Name)
	}
	if x.Login.Session != "" {
		session = loginHash(pool, x.Provider, "session", x.Login.Session)
	}
	return name, session
}

func loginHash(pool PoolID, provider, what, value string) string {
	return hashOf("login\x00" + string(pool) + "\x00" + provider + "\x00" + what + "\x00" + value)
}

// Elsewhere answers the provider that the session of this cookie came by, and
// the ticket that ends the person's session there. It answers "" for a session
// that keeps none; one that is past its idle life still does.
func (s *Sessions) Elsewhere(ctx context.Context, pool PoolID, cookie string) (provider string, ticket []byte, err error) {
	var found Session
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		found, err = sessions.Get(r, hashOf(cookie))
		return err
	})
	if errors.Is(err, storage.ErrNotFound) || err == nil && (found.PoolID != pool || len(found.Elsewhere.Sealed) == 0) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("session: %w", err)
	}
	var x signInElsewhere
	if err := s.openJSON(found.Elsewhere.Sealed, &x, loginAAD(pool, found.UserID)...); err != nil {
		return "", nil, err
	}
	return x.Provider, x.Ticket, nil
}

// LoginEnded is a provider's word that it ended a person's sessions.
type LoginEnded struct {
	Pool     PoolID
	Provider string
	Name     string   // as in Login
	Sessions []string // as in Login; none: all of that person's
	Message  string   // names the provider's message, which is taken once
	Until    time.Time
	Origin   Origin
}

// EndLogin ends every session that came of the provider's own (SAML Core
// §3.7.3.2), in whatever browser, and what was issued under it. It answers how
// many there were. AttemptExpired says that the message was taken before.
func (s *Sessions) EndLogin(ctx context.Context, in LoginEnded) (ended int, err error) {
	const op = "Sessions.EndLogin"
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		ended = 0
		fresh, err := s.spend(w, messageHash(in.Pool, "logout", in.Message), in.Until.Add(assertionMemory))
		if err != nil || !fresh {
			return refuse(op, AttemptExpired), err
		}
		of := storage.Page{Index: "login", Prefix: []any{string(in.Pool), loginHash(in.Pool, in.Provider, "name", in.Name)}}
		if err := s.endAttempts(w, &in, of); err != nil {
			return nil, err
		}
		all, err := sessions.List(w, of)
		if err != nil {
			return nil, fmt.Errorf("sessions: %w", err)
		}
		for _, one := range all {
			if !in.means(one.Elsewhere.Session) {
				continue
			}
			if err := s.endSession(w, one, "sign_out_elsewhere"); err != nil {
				return nil, err
			}
			ended++
		}
		return nil, nil
	})
	return ended, err
}

// endAttempts ends what is on its way from the provider's login to a session: who
// is asked for a second factor would else get one that nothing ends.
func (s *Sessions) endAttempts(w storage.Writer, in *LoginEnded, of storage.Page) error {
	waiting, err := attempts.List(w, of)
	if err != nil {
		return fmt.Errorf("attempts: %w", err)
	}
	for _, a := range waiting {
		if !in.means(a.LoginSession) {
			continue
		}
		a.Finished, a.External, a.Ceremony = true, nil, nil
		if err := attempts.Put(w, a); err != nil {
			return err
		}
		if err := s.recordRefusal(w, a, in.Origin, SessionEnded); err != nil {
			return err
		}
	}
	return nil
}

// means says that the provider's word is about a session of this hash there. One
// that came without a name for itself is the person's, whichever are named.
func (in *LoginEnded) means(session string) bool {
	return len(in.Sessions) == 0 || session == "" || slices.ContainsFunc(in.Sessions, func(name string) bool {
		return loginHash(in.Pool, in.Provider, "session", name) == session
	})
}
