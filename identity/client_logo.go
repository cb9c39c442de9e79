package identity

import (
	"context"
	"encoding/hex"
	"errors"

	"poolhouse.dev/storage"
)

// ClientLogo is the picture of a registered client: drawn anew by us from what
// stood at its logo_uri, so that no page asks anybody else.
type ClientLogo struct {
	PoolID      PoolID   `json:"user_pool_id"`
	ClientID    ClientID `json:"client_id"`
	Name        string   `json:"name"` // as in its URL, with the ending
	ContentType string   `json:"content_type"`
	Body        []byte   `json:"body"`
}

// clientLogos keeps one picture a client.
var clientLogos = storage.Collection[ClientLogo]{
	Name: "client_logo", Format: 1,
	ID:     func(l *ClientLogo) []any { return []any{string(l.PoolID), string(l.ClientID)} },
	Unique: []storage.Unique[ClientLogo]{{Name: "name", Of: func(l *ClientLogo) []any { return []any{string(l.PoolID), l.Name} }}},
}

// putLogo stores the picture of a client, or removes the one it had.
func putLogo(w storage.Writer, c *Client, logo *ClientLogo) error {
	c.Logo = ""
	if logo == nil {
		return clientLogos.Delete(w, string(c.PoolID), string(c.ID))
	}
	kept := *logo
	kept.PoolID, kept.ClientID, c.Logo = c.PoolID, c.ID, kept.Name
	return clientLogos.Put(w, kept)
}

// NewClientLogo names a picture that was drawn for a client.
func (s *Settings) NewClientLogo(pool PoolID, contentType string, body []byte) *ClientLogo {
	ending := ".png"
	if contentType == "image/jpeg" {
		ending = ".jpg"
	}
	name := hex.EncodeToString(s.Sealer.MAC("client_logo", string(pool), randomText("abcdefghijklmnopqrstuvwxyz", 20), string(body))[:16])
	return &ClientLogo{Name: name + ending, ContentType: contentType, Body: body}
}

// ClientLogo answers the picture with this name; ResourceNotFound when no client has it.
func (s *Settings) ClientLogo(ctx context.Context, pool PoolID, name string) (found ClientLogo, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		found, err = clientLogos.By(r, "name", string(pool), name)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return ClientLogo{}, refuse("Settings.ClientLogo", ResourceNotFound)
	}
	return found, err
}
