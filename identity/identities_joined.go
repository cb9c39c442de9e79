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
	Off   bool   // nobody comes in by it now: the provider is switched off or gone
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
	have, err := identitiesOf(r, &m.user)
	if err != nil {
		return joined, err
	}
	has, err := i.possessionsOf(r, &m.user)
	if err != nil {
		return joined, err
	}
	own := len(has.firsts(&m.user, i.waysIn(&m.pool, &Client{})))
	joined = Joined{List: make([]JoinedIdentity, len(have)), Full: len(have) >= maxIdentities, Alone: own == 0}
	for n, one := range have {
		if joined.List[n], err = standingOf(r, one); err != nil {
			return joined, err
		}
	}
	joined.fix(own)
	return joined, nil
}

// fix marks what must stay, for there would be no way in without it. One that
// is switched off is none.
func (j *Joined) fix(own int) {
	open := own
	for _, one := range j.List {
		if !one.Off {
			open++
		}
	}
	for n := range j.List {
		j.List[n].Fixed = open == 0 || open == 1 && !j.List[n].Off && own == 0
	}
}

func standingOf(r storage.Reader, one Identity) (JoinedIdentity, error) {
	p, err := providers.Get(r, string(one.PoolID), one.Provider)
	if errors.Is(err, storage.ErrNotFound) {
		return JoinedIdentity{Identity: one, Off: true}, nil
	}
	return JoinedIdentity{Identity: one, Type: p.Type, Off: p.Disabled}, err
}
