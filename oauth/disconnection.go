package oauth

import (
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// disconnection remembers that an app was disconnected from a person, for as long as
// a code or a request that was allowed before can still be redeemed.
type disconnection struct {
	PoolID    identity.PoolID   `json:"user_pool_id"`
	UserID    identity.UserID   `json:"sub"`
	ClientID  identity.ClientID `json:"client_id"`
	At        time.Time         `json:"disconnected_at"`
	ExpiresAt time.Time         `json:"expires_at"`
}

var disconnections = storage.Collection[disconnection]{
	Name: "disconnection", Format: 1,
	ID:      func(d *disconnection) []any { return []any{string(d.PoolID), string(d.UserID), string(d.ClientID)} },
	Indexes: []storage.Index[disconnection]{{Name: "expires", Of: func(d *disconnection) []any { return []any{d.ExpiresAt} }}},
}

// keepDisconnection is longer than codes and errands live.
const keepDisconnection = 2 * time.Hour

func (p *Provider) cut(w storage.Writer, pool identity.PoolID, user identity.UserID, client identity.ClientID) error {
	return disconnections.Put(w, disconnection{PoolID: pool, UserID: user, ClientID: client, At: p.Now(), ExpiresAt: p.Now().Add(keepDisconnection)})
}

// wasCut says that the app was disconnected since the lineage was agreed to.
func wasCut(r storage.Reader, g *Grant) (bool, error) {
	d, err := disconnections.Get(r, string(g.PoolID), string(g.UserID), string(g.ClientID))
	return err == nil && !g.CreatedAt.After(d.At), noneIsFine(err)
}
