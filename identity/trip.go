package identity

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Trip is one way to a provider and back. The browser that began it must bring
// the answer, once, and the answer is held against what was remembered.
type Trip struct {
	Pool     PoolID
	Client   ClientID
	Channel  Channel
	Provider string
	Asked    string    // the request to come back to, as the front end wrote it
	Session  string    // the session that wants to link an identity; "" signs in
	Attempt  AttemptID // the one that waits for proof; see Federated
	Test     *Trial    // the test that it is, which signs nobody in; nil for none
	Pending  []byte    // what the provider's answer is held against
}

// trip is a Trip as stored, by the hash of its state.
type trip struct {
	Hash      string         `json:"hash"`
	PoolID    PoolID         `json:"user_pool_id"`
	ClientID  ClientID       `json:"client_id,omitempty"`
	Channel   Channel        `json:"channel"`
	Provider  string         `json:"provider_name"`
	Asked     string         `json:"asked,omitempty"`
	Session   string         `json:"session,omitempty"`
	Attempt   AttemptID      `json:"attempt,omitempty"`
	Test      *Trial         `json:"test,omitempty"`
	Pending   storage.Sealed `json:"pending"`
	ExpiresAt time.Time      `json:"expires_at"`
}

var trips = storage.Collection[trip]{
	Name: "trip", Format: 1,
	ID: func(t *trip) []any { return []any{t.Hash} },
	Indexes: []storage.Index[trip]{
		{Name: "expires", Of: func(t *trip) []any { return []any{t.ExpiresAt} }},
	},
}

// tripLife is how long somebody may stay at a provider.
const tripLife = 15 * time.Minute

// NewState answers the value that goes to the provider and comes back.
func (s *SignIn) NewState() string { return otp.NewToken() }

// Depart remembers a trip under its state.
func (s *SignIn) Depart(ctx context.Context, state string, t Trip) error {
	hash := hashOf(state)
	record := trip{
		Hash: hash, PoolID: t.Pool, ClientID: t.Client, Channel: t.Channel, Provider: t.Provider, Asked: t.Asked, Session: t.Session, Attempt: t.Attempt, Test: t.Test,
		Pending: s.Sealer.Seal(t.Pending, "trip", hash), ExpiresAt: s.Now().Add(tripLife),
	}
	return s.Store.Update(ctx, func(w storage.Writer) error { return trips.Insert(w, record) })
}

// Return takes the trip that a state belongs to, once. AttemptExpired says that
// there is none any more, or that another browser began it (login CSRF).
func (s *SignIn) Return(ctx context.Context, pool PoolID, state string, channel Channel) (Trip, error) {
	const op = "SignIn.Return"
	var back trip
	err := s.update(ctx, func(w storage.Writer) (_ *Error, err error) {
		back, err = trips.Get(w, hashOf(state))
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, AttemptExpired), nil
		}
		if err != nil {
			return nil, err
		}
		if back.PoolID != pool || back.Channel != channel || !s.Now().Before(back.ExpiresAt) {
			return refuse(op, AttemptExpired), nil
		}
		return nil, trips.Delete(w, back.Hash)
	})
	if err != nil {
		return Trip{}, err
	}
	pending, err := s.Sealer.Open(back.Pending, "trip", back.Hash)
	return Trip{
		Pool: back.PoolID, Client: back.ClientID, Channel: back.Channel, Provider: back.Provider, Asked: back.Asked, Session: back.Session, Attempt: back.Attempt, Test: back.Test,
		Pending: pending,
	}, err
}

// assertionMemory is added to what an assertion says about its end: another
// node's clock may be behind.
const assertionMemory = 5 * time.Minute

// SpendAssertion remembers that an assertion was used. AttemptExpired says that
// it was before, on whatever node (SAML Profiles §4.1.4.5).
func (s *SignIn) SpendAssertion(ctx context.Context, pool PoolID, issuer, id string, until time.Time) error {
	const op = "SignIn.SpendAssertion"
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		fresh, err := s.spend(w, messageHash(pool, issuer, id), until.Add(assertionMemory))
		if err != nil || fresh {
			return nil, err
		}
		return refuse(op, AttemptExpired), nil
	})
}

// messageHash names a provider's message in the memory of those taken.
func messageHash(pool PoolID, kind, id string) string {
	return hashOf("assertion\x00" + string(pool) + "\x00" + kind + "\x00" + id)
}
