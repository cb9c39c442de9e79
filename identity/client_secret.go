package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/storage"
)

// maxSecrets is how many secrets of a client live at once: the one in use and the
// one it is exchanged for (Cognito's bound).
const maxSecrets = 2

// ClientSecret is one live secret of a client. Its value is told when it is added,
// and never again.
type ClientSecret struct {
	ID        string
	CreatedAt time.Time
}

// addedSecret is a secret that was added beside the client's own. When that one is
// deleted, this takes its place, and what stays here is when it was made.
type addedSecret struct {
	PoolID    PoolID         `json:"user_pool_id"`
	ClientID  ClientID       `json:"client_id"`
	ID        string         `json:"client_secret_id"`
	Value     storage.Sealed `json:"client_secret_value,omitempty"` // sealed as the client's own
	CreatedAt time.Time      `json:"client_secret_create_date"`
}

var addedSecrets = storage.Collection[addedSecret]{
	Name: "client_secret", Format: 1,
	ID: func(s *addedSecret) []any { return []any{string(s.PoolID), string(s.ClientID), s.ID} },
}

// secretID names a secret without telling it. It stays the same when the secret
// takes the place of the first.
func (s *Settings) secretID(c *Client, secret string) string {
	return hex.EncodeToString(s.Sealer.MAC("client_secret_id", string(c.PoolID), string(c.ID), secret)[:16])
}

func secretsOf(r storage.Reader, c *Client) ([]addedSecret, error) {
	return addedSecrets.List(r, storage.Page{Prefix: []any{string(c.PoolID), string(c.ID)}})
}

// LiveSecrets answers every secret that proves the client, its own first; none for
// a client without one.
func (s *Settings) LiveSecrets(r storage.Reader, c Client) ([]string, error) {
	if len(c.Secret) == 0 {
		return nil, nil
	}
	own, err := s.openSecret(&c, c.Secret)
	if err != nil {
		return nil, err
	}
	added, err := secretsOf(r, &c)
	all := []string{own}
	for _, each := range added {
		if err != nil || len(each.Value) == 0 {
			continue
		}
		var plain string
		if plain, err = s.openSecret(&c, each.Value); plain != own {
			all = append(all, plain)
		}
	}
	return all, err
}

func (s *Settings) openSecret(c *Client, sealed storage.Sealed) (string, error) {
	plain, err := s.Sealer.Open(sealed, "client", string(c.PoolID), string(c.ID))
	return string(plain), err
}

// Secrets answers the live secrets of a client, the oldest first, without their
// values (Cognito ListUserPoolClientSecrets).
func (s *Settings) Secrets(ctx context.Context, pool PoolID, id ClientID) (all []ClientSecret, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		c, err := s.GetClient(r, pool, id)
		if err != nil {
			return err
		}
		all, err = s.listSecrets(r, &c)
		return err
	})
	return all, err
}

func (s *Settings) listSecrets(r storage.Reader, c *Client) ([]ClientSecret, error) {
	live, err := s.LiveSecrets(r, *c)
	if err != nil {
		return nil, err
	}
	added, err := secretsOf(r, c)
	if err != nil {
		return nil, err
	}
	var all []ClientSecret
	for _, secret := range live {
		one := ClientSecret{ID: s.secretID(c, secret), CreatedAt: c.CreatedAt}
		if at := slices.IndexFunc(added, func(a addedSecret) bool { return a.ID == one.ID }); at >= 0 {
			one.CreatedAt = added[at].CreatedAt
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b ClientSecret) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, nil
}

// AddSecret gives a client a second secret and answers it for the only time; ""
// makes one (Cognito AddUserPoolClientSecret). AlreadyExists says that there are two,
// NotAllowed that the client has none to exchange.
func (s *Settings) AddSecret(ctx context.Context, pool PoolID, id ClientID, secret string) (made ClientSecret, value string, err error) {
	const op = "Settings.AddSecret"
	if value = secret; value == "" {
		value = newClientSecret()
	}
	if err := ValidateSecret(value); err != nil {
		return ClientSecret{}, "", err
	}
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		c, err := s.GetClient(w, pool, id)
		if err != nil {
			return nil, err
		}
		live, err := s.LiveSecrets(w, c)
		switch {
		case err != nil:
			return nil, err
		case len(live) == 0:
			return refuse(op, NotAllowed), nil
		case len(live) >= maxSecrets || slices.Contains(live, value):
			return refuse(op, AlreadyExists), nil
		}
		made = ClientSecret{ID: s.secretID(&c, value), CreatedAt: s.Now()}
		return nil, s.keepSecret(ctx, w, &c, made, value)
	})
	return made, value, err
}

func (s *Settings) keepSecret(ctx context.Context, w storage.Writer, c *Client, made ClientSecret, value string) error {
	sealed := s.Sealer.Seal([]byte(value), "client", string(c.PoolID), string(c.ID))
	err := addedSecrets.Put(w, addedSecret{PoolID: c.PoolID, ClientID: c.ID, ID: made.ID, Value: sealed, CreatedAt: made.CreatedAt})
	if err != nil {
		return err
	}
	return s.recordSetting(ctx, w, c.PoolID, c.ID, "add_client_secret")
}

// DeleteSecret ends a secret of a client (Cognito DeleteUserPoolClientSecret).
// ResourceNotFound says that there is no such one, NotAllowed that it is the last.
func (s *Settings) DeleteSecret(ctx context.Context, pool PoolID, id ClientID, secretID string) error {
	const op = "Settings.DeleteSecret"
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		c, err := s.GetClient(w, pool, id)
		if err != nil {
			return nil, err
		}
		live, err := s.LiveSecrets(w, c)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(live, func(secret string) bool { return s.secretID(&c, secret) == secretID })
		switch {
		case at < 0:
			return refuse(op, ResourceNotFound), nil
		case len(live) == 1:
			return refuse(op, NotAllowed), nil
		}
		return nil, errors.Join(s.dropSecret(w, &c, secretID, at == 0), s.recordSetting(ctx, w, pool, id, "delete_client_secret"))
	})
}

// dropSecret removes a secret. Where it was the client's own the other one moves up.
func (s *Settings) dropSecret(w storage.Writer, c *Client, id string, own bool) error {
	added, err := secretsOf(w, c)
	if err != nil {
		return err
	}
	for _, each := range added {
		switch {
		case each.ID == id:
			err = addedSecrets.Delete(w, string(c.PoolID), string(c.ID), each.ID)
		case own && len(each.Value) > 0:
			c.Secret, c.ModifiedAt, each.Value = each.Value, s.Now(), nil
			err = errors.Join(clients.Put(w, *c), addedSecrets.Put(w, each))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetSecrets removes what was added, with the client.
func forgetSecrets(w storage.Writer, c *Client) error {
	added, err := secretsOf(w, c)
	for _, each := range added {
		if err == nil {
			err = addedSecrets.Delete(w, string(c.PoolID), string(c.ID), each.ID)
		}
	}
	return err
}
