package identity

import (
	"context"

	"poolhouse.dev/storage"
)

// keepReserved refuses a username that begins as those of a provider's people do
// (ProviderName_subject): whoever had it would be in the way of its owner. It
// counts every provider of the pool, whatever the client lists.
func (c *Core) keepReserved(ctx context.Context, op string, p *Pool, username string) error {
	if len(p.UsernameAttributes) > 0 {
		return nil // the username is made here
	}
	var names []string
	err := c.Store.View(ctx, func(r storage.Reader) error {
		list, err := providers.List(r, storage.Page{Prefix: []any{string(p.ID)}})
		for _, one := range list {
			names = append(names, one.Name)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := checkUsername(p, username, names); err != nil {
		return &Error{Code: InvalidUsername, Op: op, Field: "username", Err: err}
	}
	return nil
}
