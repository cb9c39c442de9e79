package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// InitialToken is an initial access token without its value (RFC 7591 §1.2): who
// has it may register clients in a pool whose policy is token.
type InitialToken struct {
	ID        string    `json:"id"`
	Name      string    `json:"name,omitempty"` // for people: who it was made for
	Uses      int       `json:"uses"`           // how many clients may still be registered with it
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// initialToken is one by the hash of its value.
type initialToken struct {
	Hash   string `json:"hash"`
	PoolID PoolID `json:"user_pool_id"`
	InitialToken
}

var initialTokens = storage.Collection[initialToken]{
	Name: "initial_access", Format: 1,
	ID: func(t *initialToken) []any { return []any{t.Hash} },
	Indexes: []storage.Index[initialToken]{
		{Name: "pool", Of: func(t *initialToken) []any { return []any{string(t.PoolID), t.CreatedAt} }},
		{Name: "expires", Of: func(t *initialToken) []any { return []any{t.ExpiresAt} }},
	},
}

// Bounds of an initial access token.
const (
	MaxInitialUses = 10000
	MaxInitialLife = 365 * 24 * time.Hour
)

// NewInitialToken makes an initial access token and answers its value for the only
// time. uses is 1-MaxInitialUses, life up to MaxInitialLife.
func (s *Settings) NewInitialToken(ctx context.Context, pool PoolID, name string, uses int, life time.Duration) (InitialToken, string, error) {
	const op = "Settings.NewInitialToken"
	err := firstBroken(op, []setting{
		{"name", name == "" || isPlainText(name, 128), "must have at most 128 visible characters"},
		{"uses", within(uses, 1, MaxInitialUses), "must be 1-10000"},
		{"expires", life > 0 && life <= MaxInitialLife, "must be at most a year"},
	})
	if err != nil {
		return InitialToken{}, "", err
	}
	value := otp.NewToken("iat_")
	made := InitialToken{ID: strings.ToLower(randomText("abcdefghijklmnopqrstuvwxyz0123456789", 8)), Name: name, Uses: uses}
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, _, err := s.reopen(w, op, pool, ""); err != nil {
			return nil, err
		}
		made.CreatedAt = s.Now()
		made.ExpiresAt = made.CreatedAt.Add(life)
		if err := initialTokens.Insert(w, initialToken{Hash: hashOf(value), PoolID: pool, InitialToken: made}); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, pool, "", "create_initial_access")
	})
	return made, value, err
}

// InitialTokens answers the initial access tokens of a pool that still serve, the oldest first.
func (s *Settings) InitialTokens(ctx context.Context, pool PoolID) (all []InitialToken, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, err := s.GetPool(r, pool); err != nil {
			return err
		}
		found, err := initialTokens.List(r, storage.Page{Index: "pool", Prefix: []any{string(pool)}})
		all = nil
		for _, t := range found {
			if t.ExpiresAt.After(s.Now()) {
				all = append(all, t.InitialToken)
			}
		}
		return err
	})
	return all, err
}

// DeleteInitialToken ends an initial access token; the clients that came with it
// stay. ResourceNotFound says that there is no such one.
func (s *Settings) DeleteInitialToken(ctx context.Context, pool PoolID, id string) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		found, err := initialTokens.List(w, storage.Page{Index: "pool", Prefix: []any{string(pool)}})
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(found, func(t initialToken) bool { return t.ID == id })
		if at < 0 {
			return refuse("Settings.DeleteInitialToken", ResourceNotFound), nil
		}
		return nil, errors.Join(initialTokens.Delete(w, found[at].Hash), s.recordSetting(ctx, w, pool, "", "delete_initial_access"))
	})
}

// InitialServes says that an initial access token is good for a registration,
// without spending it.
func (s *Settings) InitialServes(ctx context.Context, pool PoolID, value string) (good bool, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		t, err := initialTokens.Get(r, hashOf(value))
		good = err == nil && t.PoolID == pool && t.ExpiresAt.After(s.Now())
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return err
	})
	return good, err
}

// spendInitial uses up one use of an initial access token, and answers its id; ""
// when it does not serve.
func (s *Settings) spendInitial(w storage.Writer, pool PoolID, value string) (string, error) {
	t, err := initialTokens.Get(w, hashOf(value))
	if errors.Is(err, storage.ErrNotFound) || err == nil && (t.PoolID != pool || !t.ExpiresAt.After(s.Now())) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if t.Uses--; t.Uses <= 0 {
		return t.ID, initialTokens.Delete(w, t.Hash)
	}
	return t.ID, initialTokens.Put(w, t)
}
