package identity

import (
	"context"
	"errors"

	"poolhouse.dev/storage"
)

// JoinedIdentity is one identity of an account, with what holds for it now.
type JoinedIdentity struct {
	Identity
	Type  string // the provider's; "" where the pool has it no more
	Off   bool   // nobody comes in by it now: the provider is switched off, gone, or another than it was
	Fixed bool   // the last way in: Unlink refuses it
}

// Joined is what an account is joined to.
type Joined struct {
	List  []JoinedIdentity // by provider
	Full  bool             // Link refuses a further one
	Alone bool             // there is no way in but these
}

// Joined answers what the person's account is joined to.
func (i *Identities) Joined(ctx context.Context, auth Authentication) (joined Joined, err error) {
	const op = "Identities.Joined"
	err = i.Store.View(ctx, func(r storage.Reader) error {
		m, err := i.mine(r, op, auth)
		if err != nil {
			return err
		}
		joined, err = i.joinedOf(r, m)
		return err
	})
	return joined, err
}

func (i *Identities) joinedOf(r storage.Reader, m account) (joined Joined, err error) {
	list, open, err := standingsOf(r, &m.user)
	if err != nil {
		return joined, err
	}
	has, err := i.possessionsOf(r, &m.user)
	if err != nil {
		return joined, err
	}
	own := len(has.firsts(&m.user, i.waysIn(&m.pool, &Client{})))
	joined = Joined{List: list, Full: len(list) >= maxIdentities, Alone: own == 0}
	joined.fix(own, open)
	return joined, nil
}

// fix marks what must stay, for there would be no way in without it. One that
// is switched off is none.
func (j *Joined) fix(own, open int) {
	for n := range j.List {
		j.List[n].Fixed = own == 0 && (open == 0 || open == 1 && !j.List[n].Off)
	}
}

// standingsOf answers what the user is joined to, and how many of them let them
// in now: what counts when something else is to go.
func standingsOf(r storage.Reader, u *User) (list []JoinedIdentity, open int, err error) {
	have, err := identitiesOf(r, u)
	if err != nil {
		return nil, 0, err
	}
	list = make([]JoinedIdentity, len(have))
	for n, one := range have {
		if list[n], err = standingOf(r, one); err != nil {
			return nil, 0, err
		}
		if !list[n].Off {
			open++
		}
	}
	return list, open, nil
}

func standingOf(r storage.Reader, one Identity) (JoinedIdentity, error) {
	p, err := providers.Get(r, string(one.PoolID), one.Provider)
	if errors.Is(err, storage.ErrNotFound) {
		return JoinedIdentity{Identity: one, Off: true}, nil
	}
	return JoinedIdentity{Identity: one, Type: p.Type, Off: p.Disabled || p.estranged(&one)}, err
}
