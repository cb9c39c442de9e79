package identity

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"poolhouse.dev/storage"
)

// Readable answers the attributes that the client may read, as they are in what
// is made for a session: an attribute that a provider's tokens fill holds the
// token and nothing else. It is there only where the client's read_attributes
// name it and the token is good. The provider that the session came by goes
// first, and then the one that was used last.
func (i *Identities) Readable(ctx context.Context, u *User, c *Client, provider string) (map[string]string, error) {
	readable := u.ReadableBy(c)
	own := func(name string) bool { return strings.HasPrefix(name, customPrefix) }
	if !slices.ContainsFunc(c.ReadAttributes, own) && !slices.ContainsFunc(slices.Collect(maps.Keys(readable)), own) {
		return readable, nil
	}
	err := i.Store.View(ctx, func(r storage.Reader) error {
		all, err := providers.List(r, storage.Page{Prefix: []any{string(u.PoolID)}})
		if err != nil {
			return err
		}
		if !withoutTokens(readable, all) {
			return nil
		}
		filled, err := i.fromTokens(r, u, all, provider)
		maps.DeleteFunc(filled, func(name, value string) bool { return value == "" || !slices.Contains(c.ReadAttributes, name) })
		maps.Copy(readable, filled)
		return err
	})
	return readable, err
}

// withoutTokens takes out what a person or an administrator wrote where a token
// belongs: it would pass for one. It says whether any attribute holds tokens.
func withoutTokens(values map[string]string, all []IdentityProvider) (any bool) {
	for _, p := range all {
		for name := range p.FromTokens() {
			any = true
			delete(values, name)
		}
	}
	return any
}

// fromTokens answers each attribute that tokens of the user's fill; empty for a
// token that is not good.
func (c *Core) fromTokens(r storage.Reader, u *User, all []IdentityProvider, first string) (map[string]string, error) {
	pool, err := pools.Get(r, string(u.PoolID))
	if err != nil {
		return nil, err
	}
	have, err := identitiesOf(r, u)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(have, func(a, b Identity) int {
		return cmp.Or(turn(a, first)-turn(b, first), b.LastUsedAt.Compare(a.LastUsedAt))
	})
	filled := map[string]string{}
	for _, one := range have {
		at := slices.IndexFunc(all, func(p IdentityProvider) bool { return p.Name == one.Provider && !p.Disabled })
		if at < 0 || one.LastUsedAt.Before(all[at].CreatedAt) {
			continue // what came from another provider of the same name is none of this one's
		}
		if err := c.fill(filled, &pool, &all[at], &one); err != nil {
			return nil, err
		}
	}
	return filled, nil
}

func turn(i Identity, first string) int {
	if i.Provider == first {
		return 0
	}
	return 1
}

// fill adds what the identity's tokens fill and no identity before it has.
func (c *Core) fill(filled map[string]string, pool *Pool, p *IdentityProvider, i *Identity) error {
	tokens, err := c.tokensOf(i)
	for name, source := range p.FromTokens() {
		if _, decided := filled[name]; decided || *tokens.at(source) == "" {
			continue
		}
		if filled[name] = tokens.good(source, c.Now()); !holds(pool, name, filled[name]) {
			filled[name] = ""
		}
	}
	return err
}

// forgottenAtOnce bounds how many identities one transaction takes the tokens off.
const forgottenAtOnce = 500

// forgetTokens takes the tokens off all identities of a provider that is gone.
func (c *Core) forgetTokens(ctx context.Context, pool PoolID, provider string) error {
	page := storage.Page{Prefix: []any{string(pool), provider}, Limit: forgottenAtOnce}
	for {
		var next []byte
		err := c.Store.Update(ctx, func(w storage.Writer) (err error) {
			next, err = forgetSome(w, pool, provider, page)
			return err
		})
		if err != nil || next == nil {
			return err
		}
		page.Cursor = next
	}
}

// forgetSome does it for a page, and answers where the next begins; nil when
// there is none, or when the provider is there again.
func forgetSome(w storage.Writer, pool PoolID, provider string, page storage.Page) ([]byte, error) {
	if _, err := providers.Get(w, string(pool), provider); !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	some, next, err := identities.ListPage(w, page)
	for _, one := range some {
		if len(one.Tokens) == 0 {
			continue
		}
		one.Tokens = nil
		if err := identities.Put(w, one); err != nil {
			return nil, err
		}
	}
	return next, err
}
