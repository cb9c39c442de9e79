package identity

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/storage"
)

// Consent is what a person has allowed an app client. It goes with either of them.
type Consent struct {
	PoolID   PoolID      `json:"user_pool_id"`
	UserID   UserID      `json:"sub"`
	ClientID ClientID    `json:"client_id"`
	Allowed  []Allowance `json:"allowed"` // one for each host and API, the newest last
	// Name is what a client was called that named itself: it was shown, and belongs to
	// the word given.
	Name      string    `json:"client_name,omitempty"`
	CreatedAt time.Time `json:"creation_date"`
	AllowedAt time.Time `json:"last_allowed_date"`
}

// Allowance is what a person has allowed together: what is read by one API is not
// thereby written by another.
type Allowance struct {
	Host     string            `json:"host"`               // where the answers go to
	Resource string            `json:"resource,omitempty"` // the API (RFC 8707); "" is none in particular, which is any
	Scopes   []string          `json:"scopes,omitempty"`
	Claims   []string          `json:"claims,omitempty"`                // asked for by name (OpenID Connect Core §5.5)
	Details  []json.RawMessage `json:"authorization_details,omitempty"` // RFC 9396, each as it was shown
}

// Scopes answers all scopes that were allowed for something.
func (c *Consent) Scopes() (all []string) {
	for _, a := range c.Allowed {
		for _, scope := range a.Scopes {
			if !slices.Contains(all, scope) {
				all = append(all, scope)
			}
		}
	}
	return all
}

// consents keeps what people have allowed.
var consents = storage.Collection[Consent]{
	Name: "consent", Format: 1,
	ID: func(c *Consent) []any { return []any{string(c.PoolID), string(c.UserID), string(c.ClientID)} },
	Indexes: []storage.Index[Consent]{
		{Name: "client", Of: func(c *Consent) []any { return []any{string(c.PoolID), string(c.ClientID), c.CreatedAt} }},
	},
}

// ConsentOf answers what a person has allowed a client; nil for nothing.
func (c *Core) ConsentOf(r storage.Reader, pool PoolID, user UserID, client ClientID) (*Consent, error) {
	found, err := consents.Get(r, string(pool), string(user), string(client))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return &found, err
}

// ConsentsOf answers all that a person has allowed, by client.
func (c *Core) ConsentsOf(r storage.Reader, pool PoolID, user UserID) ([]Consent, error) {
	return consents.List(r, storage.Page{Prefix: []any{string(pool), string(user)}})
}

// PutConsent keeps what a person has allowed a client, in place of what was kept.
func (c *Core) PutConsent(w storage.Writer, given Consent) error { return consents.Put(w, given) }

// DropConsent forgets what a person has allowed a client.
func (c *Core) DropConsent(w storage.Writer, given *Consent) error {
	return consents.Delete(w, string(given.PoolID), string(given.UserID), string(given.ClientID))
}

func removeConsents(w storage.Writer, u *User) error {
	all, err := consents.List(w, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	for _, each := range all {
		err = errors.Join(err, consents.Delete(w, string(each.PoolID), string(each.UserID), string(each.ClientID)))
	}
	return err
}

// ForgetConsents forgets what people had allowed a client by a time, the oldest first
// and at most so many, and answers how many went: another of its id is somebody else.
func (c *Core) ForgetConsents(w storage.Writer, pool PoolID, client ClientID, until time.Time, most int) (int, error) {
	oldest, err := consents.List(w, storage.Page{Index: "client", Prefix: []any{string(pool), string(client)}, Limit: most})
	for i, each := range oldest {
		if each.CreatedAt.After(until) {
			return i, nil
		}
		if err := c.DropConsent(w, &each); err != nil {
			return i, err
		}
	}
	return len(oldest), err
}
