package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Pool answers a pool, or PoolNotFound.
func (s *Settings) Pool(ctx context.Context, id PoolID) (p Pool, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		p, err = s.GetPool(r, id)
		return err
	})
	return p, err
}

// Pools answers all pools by id.
func (s *Settings) Pools(ctx context.Context) (list []Pool, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		list, err = pools.List(r, storage.Page{})
		return err
	})
	return list, err
}

// PutPool stores a pool, new or not. What users' names and attributes rest on
// is fixed once the pool has users; what stands beside the settings stays.
func (s *Settings) PutPool(ctx context.Context, p Pool) (Pool, error) {
	const op = "Settings.PutPool"
	if err := errors.Join(ValidatePool(&p), validateDemand(&p, s.PublicURL)); err != nil {
		return Pool{}, err
	}
	if err := s.checkTriggers(ctx, &p); err != nil {
		return Pool{}, err
	}
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		action := "update_pool"
		before, err := pools.Get(w, string(p.ID))
		p.ModifiedAt, p.CreatedAt, p.Domains = s.Now(), before.CreatedAt, before.Domains
		if errors.Is(err, storage.ErrNotFound) {
			action, p.CreatedAt, err = "create_pool", p.ModifiedAt, stillGoing(w, op, p.ID)
		} else if err == nil {
			if p.Beside == nil {
				p.Beside = before.Beside
			}
			err = errors.Join(fixed(w, op, &before, &p), stillDemanded(w, op, &p))
		}
		if err != nil {
			return nil, err
		}
		if err := pools.Put(w, p); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, p.ID, "", action)
	})
	return p, err
}

// fixed refuses changes that would leave users under names they do not know,
// or with attributes that break the schema.
func fixed(r storage.Reader, op string, before, after *Pool) error {
	some, err := users.List(r, storage.Page{Index: "created", Prefix: []any{string(before.ID)}, Limit: 1})
	if err != nil || len(some) == 0 {
		return err
	}
	const why = "cannot change once the pool has users"
	return firstBroken(op, []setting{
		{"username_attributes", sameSet(before.UsernameAttributes, after.UsernameAttributes), why},
		{"alias_attributes", sameSet(before.AliasAttributes, after.AliasAttributes), why},
		{"username_configuration", before.UsernameConfiguration == after.UsernameConfiguration, why},
		{"schema", schemaHolds(before, after), "attributes can be added, not removed, retyped or made required, once the pool has users"},
	})
}

// stillDemanded refuses to switch second factors off while a client or a group
// demands them: its people could not sign in.
func stillDemanded(r storage.Reader, op string, after *Pool) error {
	if after.mfa() != mfaOff {
		return nil
	}
	ofClients, err := clients.List(r, storage.Page{Prefix: []any{string(after.ID)}})
	if err != nil {
		return err
	}
	ofGroups, err := groups.List(r, storage.Page{Prefix: []any{string(after.ID)}})
	if err != nil {
		return err
	}
	var rules []setting
	for _, c := range ofClients {
		rules = append(rules, setting{"mfa_configuration", c.MFAConfiguration != mfaOn, "cannot be OFF while the client " + string(c.ID) + " demands a second factor"})
	}
	for _, g := range ofGroups {
		rules = append(rules, setting{"mfa_configuration", g.MFAConfiguration != mfaOn, "cannot be OFF while the group " + g.Name + " demands a second factor"})
	}
	return firstBroken(op, rules)
}

func sameSet(a, b []string) bool {
	return reflect.DeepEqual(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func schemaHolds(before, after *Pool) bool {
	for _, old := range before.Schema {
		next, known := after.attributeOf(old.Name)
		if !known || kindOf(old) != kindOf(next) || next.Required && !old.Required {
			return false
		}
	}
	for _, next := range after.Schema {
		if old, _ := before.attributeOf(next.Name); next.Required && !old.Required {
			return false
		}
	}
	return true
}

func kindOf(a Attribute) string {
	if a.DataType == "" {
		return "String"
	}
	return a.DataType
}

// Client answers an app client, or ClientNotFound.
func (s *Settings) Client(ctx context.Context, pool PoolID, id ClientID) (c Client, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		c, err = s.GetClient(r, pool, id)
		return err
	})
	return c, err
}

// Clients answers the app clients of a pool by id.
func (s *Settings) Clients(ctx context.Context, pool PoolID) (list []Client, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, err := s.GetPool(r, pool); err != nil {
			return err
		}
		list, err = clients.List(r, storage.Page{Prefix: []any{string(pool)}})
		return err
	})
	return list, err
}

// NewClient is an app client to be made.
type NewClient struct {
	Client         Client
	GenerateSecret bool
	Secret         string // given in the file, instead of generated
}

// CreateClient makes an app client and answers its secret, if it has one, for
// the only time. The id is generated unless it is given.
func (s *Settings) CreateClient(ctx context.Context, in NewClient) (Client, string, error) {
	const op = "Settings.CreateClient"
	c, secret := in.Client, in.Secret
	if c.ID == "" {
		c.ID = ClientID(randomText("abcdefghijklmnopqrstuvwxyz0123456789", 26))
	}
	if in.GenerateSecret && secret == "" {
		secret = newClientSecret()
	}
	c, err := s.WithSecret(c, secret)
	if err != nil {
		return Client{}, "", err
	}
	err = s.putClient(ctx, op, &c, "create_client", func(w storage.Writer) error {
		c.CreatedAt = s.Now()
		c.ModifiedAt = c.CreatedAt
		err := clients.Insert(w, c)
		if errors.Is(err, storage.ErrExists) {
			return refuse(op, AlreadyExists)
		}
		return err
	})
	return c, secret, err
}

func newClientSecret() string {
	return randomText("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 52)
}

// PutClient stores an app client, new or not, with the secret it carries. What
// stands beside the settings stays.
func (s *Settings) PutClient(ctx context.Context, c Client) (Client, error) {
	const op = "Settings.PutClient"
	err := s.putClient(ctx, op, &c, "update_client", func(w storage.Writer) error {
		c.ModifiedAt = s.Now()
		c.CreatedAt = c.ModifiedAt
		before, err := clients.Get(w, string(c.PoolID), string(c.ID))
		if err == nil {
			c.CreatedAt = before.CreatedAt
			if c.Beside == nil {
				c.Beside = before.Beside
			}
		} else if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		return clients.Put(w, c)
	})
	return c, err
}

func (s *Settings) putClient(ctx context.Context, op string, c *Client, action string, put func(storage.Writer) error) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		p, _, err := s.reopen(w, op, c.PoolID, "")
		if err != nil {
			return nil, err
		}
		if err := errors.Join(ValidateClient(&p, c), ValidateClientSite(&p, c, s.PublicURL)); err != nil {
			return nil, err
		}
		if err := put(w); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, c.PoolID, c.ID, action)
	})
}

// DeleteClient removes an app client, and by ClientDeleted what was issued to it.
func (s *Settings) DeleteClient(ctx context.Context, pool PoolID, id ClientID) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		c, err := s.GetClient(w, pool, id)
		if err != nil {
			return nil, err
		}
		if err := s.forgetClient(w, &c); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, pool, id, "delete_client")
	})
}

// Bounds of a secret given in the file; generated ones are Cognito's 24-64 of [\w+].
const minSecret, maxSecret = 16, 128

// ValidateSecret holds a client secret of the file against its bounds; "" is a
// public client's.
func ValidateSecret(secret string) error {
	unfit := strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r >= 0x7F })
	fits := secret == "" || within(len(secret), minSecret, maxSecret) && !unfit
	return firstBroken("ValidateSecret", []setting{{"client_secret", fits, "must have 16-128 printable ASCII characters without space"}})
}

// WithSecret seals a secret into the client; "" makes it public.
func (s *Settings) WithSecret(c Client, secret string) (Client, error) {
	if secret == "" {
		c.Secret = nil
		return c, nil
	}
	if err := ValidateSecret(secret); err != nil {
		return Client{}, err
	}
	c.Secret = s.Sealer.Seal([]byte(secret), "client", string(c.PoolID), string(c.ID))
	return c, nil
}

// ClientSecret opens the client's own secret, which is the older where there are
// two; "" for a client without one.
func (s *Settings) ClientSecret(c Client) (string, error) {
	if len(c.Secret) == 0 {
		return "", nil
	}
	return s.openSecret(&c, c.Secret)
}

func (s *Settings) recordSetting(ctx context.Context, w storage.Writer, pool PoolID, client ClientID, action string) error {
	if err := bumpRevision(w, pool); err != nil {
		return err
	}
	d := adminDeed(ctx, action)
	return audit.Write(w, s.event(d.Action, audit.OK, attempt{PoolID: pool, ClientID: client}, Origin{}, func(e *audit.Event) {
		e.Detail = d.Detail
	}))
}

// randomText answers n letters, each equally likely.
func randomText(letters string, n int) string {
	text := make([]byte, n)
	for i := range text {
		// rand.Reader never fails: the runtime ends the program instead.
		at, _ := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		text[i] = letters[at.Int64()]
	}
	return string(text)
}

// GetPool answers a pool inside the caller's transaction, or PoolNotFound.
func (s *Settings) GetPool(r storage.Reader, id PoolID) (Pool, error) {
	p, err := pools.Get(r, string(id))
	if errors.Is(err, storage.ErrNotFound) {
		return Pool{}, refuse("Settings.GetPool", PoolNotFound)
	}
	return p, err
}

// GetClient answers an app client inside the caller's transaction, or ClientNotFound.
func (s *Settings) GetClient(r storage.Reader, pool PoolID, id ClientID) (Client, error) {
	cl, err := clients.Get(r, string(pool), string(id))
	if errors.Is(err, storage.ErrNotFound) {
		return Client{}, refuse("Settings.GetClient", ClientNotFound)
	}
	return cl, err
}
