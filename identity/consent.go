package identity

import (
	"encoding/json"
	"errors"
	"time"

	"poolhouse.dev/storage"
)

// Consent is what a person has allowed an app client, all of it together. It goes
// with either of them.
type Consent struct {
	PoolID    PoolID            `json:"user_pool_id"`
	UserID    UserID            `json:"sub"`
	ClientID  ClientID          `json:"client_id"`
	Scopes    []string          `json:"scopes"`
	Claims    []string          `json:"claims,omitempty"`                // asked for by name (OpenID Connect Core §5.5)
	Resources []string          `json:"resources,omitempty"`             // RFC 8707; "" stands for no API in particular
	Details   []json.RawMessage `json:"authorization_details,omitempty"` // RFC 9396, each as it was shown
	// Hosts are where the answers went to that the person allowed, and Name is what a
	// client was called that named itself: they were shown, and belong to the word given.
	Hosts     []string  `json:"hosts"`
	Name      string    `json:"client_name,omitempty"`
	CreatedAt time.Time `json:"creation_date"`
	AllowedAt time.Time `json:"last_allowed_date"`
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
