package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"poolhouse.dev/storage"
)

// NewRegistration is a client that registers itself (RFC 7591 §3.1).
type NewRegistration struct {
	Client  Client // as ValidateRegistered takes it; its id is generated
	Secret  string // "" for a client that has none
	Token   string // its registration access token
	Initial string // the initial access token that came, or ""
	Logo    *ClientLogo
}

// RegisterClient makes a client for somebody who is not of the house. NotAllowed
// says that the pool takes none, or none without a good initial access token;
// TooManyAttempts that the pool has as many as it may.
func (s *Settings) RegisterClient(ctx context.Context, in NewRegistration, o Origin) (Client, error) {
	const op = "Settings.RegisterClient"
	c := in.Client
	c.ID = ClientID(randomText("abcdefghijklmnopqrstuvwxyz0123456789", 26))
	c, err := s.WithSecret(c, in.Secret)
	if err != nil {
		return Client{}, err
	}
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		p, _, err := s.reopen(w, op, c.PoolID, "")
		if err != nil {
			return nil, err
		}
		initial, failed, err := s.mayRegister(w, op, &p, in.Initial)
		if err != nil || failed != nil {
			return failed, err
		}
		now := s.Now()
		g := Registered{PoolID: c.PoolID, ClientID: c.ID, By: ByRegistration, Token: hashOf(in.Token), Initial: initial, MadeAt: now, UsedAt: now}
		c.CreatedAt, c.RegisteredBy = now, ByRegistration
		if err := s.putRegistered(w, &p, &c, &g, in.Logo); err != nil {
			return nil, err
		}
		return nil, s.recordRegistered(w, &g, "client_registered", o)
	})
	return c, err
}

// mayRegister holds the pool's policy, spends the initial access token and counts.
func (s *Settings) mayRegister(w storage.Writer, op string, p *Pool, token string) (initial string, failed *Error, err error) {
	switch p.ClientRegistration.Policy {
	case RegistrationOpen:
	case RegistrationToken:
		if initial, err = s.spendInitial(w, p.ID, token); err != nil || initial == "" {
			return "", refuse(op, NotAllowed), err
		}
	default:
		return "", refuse(op, NotAllowed), nil
	}
	failed, err = s.roomFor(w, op, p, false)
	return initial, failed, err
}

// roomFor says whether the pool takes one more registered client. A document
// takes the place of the oldest document that nobody has used: ids that somebody
// made up keep nobody out.
func (s *Settings) roomFor(w storage.Writer, op string, p *Pool, document bool) (*Error, error) {
	most := p.ClientRegistration.most()
	all, err := registrations.List(w, storage.Page{Index: "used", Prefix: []any{string(p.ID)}, Limit: most + 1})
	if err != nil || len(all) < most {
		return nil, err
	}
	for _, g := range all {
		if document && g.By == ByDocument && g.UsedAt.Equal(g.MadeAt) {
			return nil, s.forgetRegistered(w, &g)
		}
	}
	return &Error{Code: TooManyAttempts, Op: op, Limit: "max_clients", RetryAfter: time.Hour}, nil
}

func (s *Settings) putRegistered(w storage.Writer, p *Pool, c *Client, g *Registered, logo *ClientLogo) error {
	if err := ValidateRegistered(p, c); err != nil {
		return err
	}
	c.ModifiedAt = s.Now()
	if err := s.offerAll(w, c); err != nil {
		return err
	}
	return errors.Join(putLogo(w, c, logo), clients.Put(w, *c), registrations.Put(w, *g))
}

// offerAll lets people sign in to the client by every provider of the pool.
func (s *Settings) offerAll(r storage.Reader, c *Client) error {
	c.IdentityProviders = []string{"COGNITO"}
	all, err := providers.List(r, storage.Page{Prefix: []any{string(c.PoolID)}})
	for _, p := range all {
		c.IdentityProviders = append(c.IdentityProviders, p.Name)
	}
	return err
}

// ManageClient answers the client that a registration access token is for (RFC
// 7592 §2). SessionEnded says that it is for none, or for another one.
func (s *Settings) ManageClient(ctx context.Context, pool PoolID, id ClientID, token string) (c Client, err error) {
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		found, g, err := s.managed(w, pool, id, token)
		if c = found; err != nil || g.Before == "" || !sameHash(g.Token, token) {
			return nil, err
		}
		g.Before = "" // whoever has the new one needs the old one no more
		return nil, registrations.Put(w, g)
	})
	return c, err
}

func (s *Settings) managed(r storage.Reader, pool PoolID, id ClientID, token string) (Client, Registered, error) {
	const op = "Settings.ManageClient"
	g, known, err := s.Registered(r, pool, id)
	switch {
	case err != nil:
		return Client{}, g, err
	case !known || g.By != ByRegistration || !sameHash(g.Token, token) && !sameHash(g.Before, token):
		return Client{}, g, refuse(op, SessionEnded)
	}
	c, err := s.GetClient(r, pool, id)
	return c, g, err
}

func sameHash(hash, token string) bool {
	return hash != "" && subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(token))) == 1
}

// UpdateRegistered stores what a client says of itself now (RFC 7592 §2.2), with
// next as its registration access token from now on. Errors are ManageClient's.
func (s *Settings) UpdateRegistered(ctx context.Context, in NewRegistration, next string, o Origin) (Client, error) {
	c := in.Client
	sealed, err := s.WithSecret(c, in.Secret)
	if err != nil {
		return Client{}, err
	}
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		before, g, err := s.managed(w, c.PoolID, c.ID, in.Token)
		if err != nil {
			return nil, err
		}
		p, _, err := s.reopen(w, "Settings.UpdateRegistered", c.PoolID, "")
		if err != nil {
			return nil, err
		}
		c = sealed
		if in.Secret == "" { // it has none any more, not even one that an administrator added
			err = forgetSecrets(w, &before)
		}
		c.CreatedAt, c.RegisteredBy = before.CreatedAt, ByRegistration
		g.Token, g.Before = hashOf(next), hashOf(in.Token)
		if err := errors.Join(err, s.putRegistered(w, &p, &c, &g, in.Logo)); err != nil {
			return nil, err
		}
		return nil, s.recordRegistered(w, &g, "client_registration_changed", o)
	})
	return c, err
}

// DeleteRegistered removes a client at its own wish (RFC 7592 §2.3). Errors are ManageClient's.
func (s *Settings) DeleteRegistered(ctx context.Context, pool PoolID, id ClientID, token string, o Origin) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		_, g, err := s.managed(w, pool, id, token)
		if err != nil {
			return nil, err
		}
		return nil, errors.Join(s.forgetRegistered(w, &g), s.recordRegistered(w, &g, "client_unregistered", o))
	})
}

// forgetRegistered removes a registered client with all that is its own.
func (s *Settings) forgetRegistered(w storage.Writer, g *Registered) error {
	return s.forgetClient(w, &Client{PoolID: g.PoolID, ID: g.ClientID})
}

// forgetClient removes a client with all that is its own.
func (c *Core) forgetClient(w storage.Writer, cl *Client) error {
	pool, id := string(cl.PoolID), string(cl.ID)
	err := errors.Join(forgetSecrets(w, cl), forgetLooks(w, cl), clientLogos.Delete(w, pool, id), registrations.Delete(w, pool, id), clients.Delete(w, pool, id))
	if err != nil || c.ClientDeleted == nil {
		return err
	}
	return c.ClientDeleted(w, cl.PoolID, cl.ID)
}

// usedEvery is how exactly the last use of a registered client is kept.
const usedEvery = 24 * time.Hour

// NoteUse keeps that a registered client was used; most calls write nothing.
func (s *Settings) NoteUse(ctx context.Context, c *Client) error {
	if c.RegisteredBy == "" {
		return nil
	}
	due := false
	err := s.Store.View(ctx, func(r storage.Reader) error {
		g, known, err := s.Registered(r, c.PoolID, c.ID)
		due = known && (g.UsedAt.Equal(g.MadeAt) || s.Now().Sub(g.UsedAt) >= usedEvery)
		return err
	})
	if err != nil || !due {
		return err
	}
	return s.Store.Update(ctx, func(w storage.Writer) error {
		g, known, err := s.Registered(w, c.PoolID, c.ID)
		if err != nil || !known {
			return err
		}
		g.UsedAt = s.Now()
		return registrations.Put(w, g)
	})
}

// KeepDocument stores what a client's metadata document says, new or changed.
// fresh is until when it serves without being asked for again.
func (s *Settings) KeepDocument(ctx context.Context, c Client, face string, fresh time.Time, logo *ClientLogo, o Origin) error {
	const op = "Settings.KeepDocument"
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		p, _, err := s.reopen(w, op, c.PoolID, "")
		if err != nil {
			return nil, err
		}
		now := s.Now()
		g, known, err := s.Registered(w, c.PoolID, c.ID)
		if err != nil {
			return nil, err
		}
		if known && g.Face == face {
			g.FetchedAt, g.FreshUntil = now, fresh
			return nil, registrations.Put(w, g)
		}
		made, action := now, "client_document_taken"
		if known {
			made, action = g.MadeAt, "client_document_changed"
		} else if failed, err := s.roomFor(w, op, &p, true); err != nil || failed != nil {
			return failed, err
		} else {
			g = Registered{PoolID: c.PoolID, ClientID: c.ID, By: ByDocument, MadeAt: now, UsedAt: now}
		}
		g.FetchedAt, g.FreshUntil, g.Face = now, fresh, face
		c.CreatedAt, c.RegisteredBy = made, ByDocument
		if err := s.putRegistered(w, &p, &c, &g, logo); err != nil {
			return nil, err
		}
		return nil, s.recordRegistered(w, &g, action, o)
	})
}

// DropDocument forgets a client whose document says no more that there is one.
func (s *Settings) DropDocument(ctx context.Context, pool PoolID, id ClientID, o Origin) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		g, known, err := s.Registered(w, pool, id)
		if err != nil || !known || g.By != ByDocument {
			return nil, err
		}
		return nil, errors.Join(s.forgetRegistered(w, &g), s.recordRegistered(w, &g, "client_document_gone", o))
	})
}

// unusedPage is how many of them one transaction removes, each with what was its own.
const unusedPage = 20

// sweepRegistered removes registered clients that nobody has used for as long as
// their pool says.
func (c *Core) sweepRegistered(ctx context.Context) (int, error) {
	s, total := &Settings{Core: c}, 0
	all, err := s.Pools(ctx)
	for i := range all {
		if err != nil {
			break
		}
		oldest := c.Now().Add(-all[i].ClientRegistration.unusedFor())
		err = s.update(ctx, func(w storage.Writer) (*Error, error) {
			unused, err := registrations.List(w, storage.Page{Index: "used", Prefix: []any{string(all[i].ID)}, Limit: unusedPage})
			for _, g := range unused {
				if err != nil || !g.UsedAt.Before(oldest) {
					break
				}
				err, total = errors.Join(s.forgetRegistered(w, &g), s.recordRegistered(w, &g, "client_expired", Origin{})), total+1
			}
			return nil, err
		})
	}
	return total, err
}
