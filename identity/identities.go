package identity

import (
	"context"
	"errors"
	"slices"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Identities is what people do with the providers their account is joined to.
type Identities struct{ *Core }

// List answers what the person's account is joined to.
func (i *Identities) List(ctx context.Context, auth Authentication) (list []Identity, err error) {
	const op = "Identities.List"
	err = i.Store.View(ctx, func(r storage.Reader) error {
		m, err := i.mine(r, op, auth)
		if err != nil {
			return err
		}
		list, err = identitiesOf(r, &m.user)
		return err
	})
	return list, err
}

// Link joins the identity that somebody came back with to the account of the
// session that sent them. AlreadyExists says that it is joined to an account.
func (i *Identities) Link(ctx context.Context, auth Authentication, x External, o Origin) error {
	const op = "Identities.Link"
	return i.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := i.mineFresh(w, op, auth, ChangeFactors)
		if err != nil {
			return nil, err
		}
		p, cl, provider, failed, err := i.openProvider(w, op, auth.pool, "", x.Provider)
		if err == nil && failed == nil {
			failed, err = i.mayJoin(w, op, &m.user)
		}
		if err != nil || failed != nil {
			return failed, err
		}
		by := visitor{p, cl, provider, Federated{External: x, Origin: o}}
		err = (&SignIn{i.Core}).join(w, by, &m.user, false)
		if errors.Is(err, storage.ErrExists) {
			return refuse(op, AlreadyExists), nil
		}
		if err != nil {
			return nil, err
		}
		return nil, i.noteJoin(w, &m.user, message.FactorAdded, "link_identity", x.Provider, auth, o)
	})
}

func (i *Identities) noteJoin(w storage.Writer, u *User, kind, action, provider string, auth Authentication, o Origin) error {
	if err := i.tellJoined(w, u, kind, provider, o); err != nil {
		return err
	}
	d := deed{Action: action, Client: auth.client, Session: auth.session, Origin: o, Detail: map[string]string{"provider": provider}}
	return i.record(w, u, d)
}

// Unlink takes an identity off the person's account. LastWayIn says that
// nothing else would let them in.
func (i *Identities) Unlink(ctx context.Context, auth Authentication, provider, subject string, o Origin) error {
	const op = "Identities.Unlink"
	return i.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := i.mineFresh(w, op, auth, ChangeFactors)
		if err != nil {
			return nil, err
		}
		have, err := i.joinedOf(w, m)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(have.List, func(h JoinedIdentity) bool { return h.Provider == provider && h.Subject == subject })
		if at < 0 {
			return refuse(op, ResourceNotFound), nil
		}
		if have.List[at].Fixed {
			return refuse(op, LastWayIn), nil
		}
		if err := identities.Delete(w, string(m.pool.ID), provider, subject); err != nil {
			return nil, err
		}
		return nil, i.noteJoin(w, &m.user, message.FactorRemoved, "unlink_identity", provider, auth, o)
	})
}

// LinkProvider joins an identity to a user before it ever signed in (Cognito
// AdminLinkProviderForUser). InvalidParameter says that it has: Cognito refuses
// that too.
func (a *Admin) LinkProvider(ctx context.Context, pool PoolID, username, provider, subject string) error {
	const op = "Admin.LinkProvider"
	_, err := a.change(ctx, op, pool, username, "link_identity", func(w storage.Writer, p *Pool, u *User) (*Error, error) {
		if _, err := providers.Get(w, string(pool), provider); err != nil {
			if errors.Is(err, storage.ErrNotFound) {
				return refuse(op, ResourceNotFound), nil
			}
			return nil, err
		}
		if failed, err := a.mayJoin(w, op, u); err != nil || failed != nil {
			return failed, err
		}
		err := identities.Insert(w, Identity{PoolID: pool, Provider: provider, Subject: subject, UserID: u.ID, CreatedAt: a.Now()})
		if errors.Is(err, storage.ErrExists) {
			return &Error{Code: InvalidParameter, Op: op, Field: "source_user"}, nil
		}
		return nil, err
	})
	return err
}

// HolderOf answers the user that an identity is joined to, whatever their name is
// (DestinationUser of AdminLinkProviderForUser). UserNotFound says that it is
// joined to none.
func (a *Admin) HolderOf(ctx context.Context, pool PoolID, provider, subject string) (user UserID, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) error {
		i, err := identities.Get(r, string(pool), provider, subject)
		if errors.Is(err, storage.ErrNotFound) {
			return refuse("Admin.HolderOf", UserNotFound)
		}
		user = i.UserID
		return err
	})
	return user, err
}

// UnlinkProvider undoes it (Cognito AdminDisableProviderForUser).
func (a *Admin) UnlinkProvider(ctx context.Context, pool PoolID, provider, subject string) error {
	const op = "Admin.UnlinkProvider"
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		i, err := identities.Get(w, string(pool), provider, subject)
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, UserNotFound), nil
		}
		if err != nil {
			return nil, err
		}
		u, err := getUser(w, pool, i.UserID)
		if err != nil {
			return nil, err
		}
		if err := identities.Delete(w, string(pool), provider, subject); err != nil {
			return nil, err
		}
		if err := a.signOutEverywhere(w, &u); err != nil {
			return nil, err
		}
		if err := users.Put(w, u); err != nil {
			return nil, err
		}
		return nil, a.record(w, &u, adminDeed(ctx, "unlink_identity"))
	})
}

// Identities answers what a user is joined to.
func (a *Admin) Identities(ctx context.Context, pool PoolID, username string) (list []Identity, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) error {
		_, u, err := a.load(r, "Admin.Identities", pool, username)
		if err != nil {
			return err
		}
		list, err = identitiesOf(r, &u)
		return err
	})
	return list, err
}
