package oauth

import (
	"encoding/json"
	"errors"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// An errand is a client's request for tokens that a person answers elsewhere than
// where it was made: at another device (RFC 8628), or asked by the client's server
// (CIBA). The client asks for the outcome until there is one, and gets it once.
type errand struct {
	Hash      string            `json:"hash"` // SHA-256 of the device_code or auth_req_id
	GrantType string            `json:"grant_type"`
	PoolID    identity.PoolID   `json:"user_pool_id"`
	ClientID  identity.ClientID `json:"client_id"`
	Scopes    []string          `json:"scopes"`
	Resources []string          `json:"resources,omitempty"`
	Details   []json.RawMessage `json:"details,omitempty"`
	ACRValues []string          `json:"acr_values,omitempty"`
	Address   string            `json:"address,omitempty"` // whence it was made
	CreatedAt time.Time         `json:"created_at"`
	ExpiresAt time.Time         `json:"expires_at"`
	Interval  int               `json:"interval"` // seconds that the client waits between two polls
	PolledAt  time.Time         `json:"polled_at,omitzero"`

	UserCode string          `json:"user_code,omitempty"` // MAC of what the person types; of a device
	UserID   identity.UserID `json:"sub,omitempty"`       // who is asked; "" for whoever types the code
	Message  string          `json:"binding_message,omitempty"`
	Ping     storage.Sealed  `json:"ping,omitempty"` // what the client is told the answer with, if it wants to be

	Answer  string    `json:"answer,omitempty"` // one of the answers below; "" while there is none
	Grant   *Grant    `json:"grant,omitempty"`  // what it gives once it is allowed
	SpentAt time.Time `json:"spent_at,omitzero"`
}

// The answers of a person.
const (
	answerAllowed = "allowed"
	answerDenied  = "denied"
)

const (
	// pollEvery is how long a client waits between two polls (RFC 8628 §3.2).
	pollEvery = 5 * time.Second
	// keepErrand is how long an errand that is over says how it ended.
	keepErrand = time.Hour
)

var errands = storage.Collection[errand]{
	Name: "errand", Format: 1,
	ID: func(e *errand) []any { return []any{e.Hash} },
	Unique: []storage.Unique[errand]{{Name: "user_code", Of: func(e *errand) []any {
		if e.UserCode == "" {
			return nil
		}
		return []any{e.UserCode}
	}}},
	Indexes: []storage.Index[errand]{
		{Name: "client", Of: func(e *errand) []any { return []any{string(e.PoolID), string(e.ClientID), e.CreatedAt} }},
		{Name: "expires", Of: func(e *errand) []any { return []any{e.ExpiresAt} }},
		{Name: "waiting", Of: func(e *errand) []any {
			if e.UserID == "" || e.Answer != "" {
				return nil
			}
			return []any{string(e.PoolID), string(e.UserID), e.CreatedAt}
		}},
	},
}

// waits says that the errand can still be answered.
func (e *errand) waits(now time.Time) bool { return e.Answer == "" && now.Before(e.ExpiresAt) }

// handles names the parameter that carries the handle of an errand, by grant type.
var handles = map[string]string{identity.GrantDevice: "device_code", identity.GrantCIBA: "auth_req_id"}

var errErrand = refuse(InvalidGrant, "What the client polls with is unknown, used, or was issued to another client.")

func checkPoll(x *exchange) *Error {
	if name := handles[x.form.get("grant_type")]; x.form.get(name) == "" { // RFC 8628 §3.4, CIBA §10.1
		return refuse(InvalidRequest, "The "+name+" is missing.")
	}
	return nil
}

// polled answers the errand that a client polls; storage.ErrNotFound for any but its
// own, which must not be told from one that is not there.
func (x *exchange) polled(r storage.Reader) (errand, error) {
	grantType := x.form.get("grant_type")
	e, err := errands.Get(r, hashOf(x.form.get(handles[grantType])))
	if err == nil && (e.PoolID != x.pool.ID || e.ClientID != x.client.ID || e.GrantType != grantType) {
		err = storage.ErrNotFound
	}
	return e, err
}

func (p *Provider) loadPolled(r storage.Reader, x *exchange) (*Error, error) {
	_, err := x.polled(r)
	if errors.Is(err, storage.ErrNotFound) {
		return errErrand, nil
	}
	x.write = err == nil
	return nil, err
}

// redeemPolled answers a poll: RFC 8628 §3.5, CIBA §11. What was allowed is given
// once.
func (p *Provider) redeemPolled(w storage.Writer, x *exchange) (*Error, error) {
	e, err := x.polled(w)
	if errors.Is(err, storage.ErrNotFound) {
		return errErrand, nil
	}
	if err != nil {
		return nil, err
	}
	switch {
	case !e.SpentAt.IsZero():
		return errErrand, nil
	case e.Answer == answerDenied:
		return refuse(AccessDenied, "The person refused."), nil
	case !x.now.Before(e.ExpiresAt):
		return refuse(ExpiredToken, "Nobody answered in time."), nil
	case e.Answer == "":
		return p.stillWaiting(w, x, e)
	}
	if refused := x.fit(e.Grant); refused != nil {
		return refused, nil
	}
	e.SpentAt = x.now
	if err := errands.Put(w, e); err != nil {
		return nil, err
	}
	return p.open(w, x, *e.Grant, errErrand, e.GrantType)
}

// stillWaiting notes when the client polled. RFC 8628 §3.5: one that comes too early
// waits five seconds longer from then on.
func (p *Provider) stillWaiting(w storage.Writer, x *exchange, e errand) (*Error, error) {
	answer := refuse(AuthorizationPending, "The person has not answered yet.")
	if !e.PolledAt.IsZero() && x.now.Sub(e.PolledAt) < time.Duration(e.Interval)*time.Second {
		e.Interval += int(pollEvery / time.Second)
		answer = refuse(SlowDown, "The client polls too often.")
	}
	e.PolledAt = x.now
	return answer, errands.Put(w, e)
}

// recordErrand writes to the audit log what became of an errand, unless doing it failed.
func (p *Provider) recordErrand(w storage.Writer, e *errand, user identity.UserID, session, action, outcome, reason string, done error) error {
	if done != nil {
		return done
	}
	return audit.Write(w, audit.Event{
		At: p.Now(), Pool: string(e.PoolID), Client: string(e.ClientID), User: string(user), Session: session,
		Action: action, Outcome: outcome, Reason: reason, Address: e.Address, Detail: map[string]string{"grant_type": e.GrantType},
	})
}
