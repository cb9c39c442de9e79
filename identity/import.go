package identity

import (
	"context"
	"errors"
	"maps"
	"slices"

	"poolhouse.dev/storage"
)

// ImportUser is a user as the file describes one.
type ImportUser struct {
	Pool         PoolID
	Username     string
	Password     string // in plain; the pool's policy is not asked, as it is the operator's word
	PasswordHash string // a PHC string instead
	Attributes   map[string]string
	Groups       []string
	Disabled     bool
}

// ImportUser makes the user if there is none of that name, else brings
// attributes and groups to what is given. The password is set only when the
// user is made: people change theirs. Without one the user waits for a reset.
func (a *Admin) ImportUser(ctx context.Context, in ImportUser) (u User, created bool, err error) {
	const op = "Admin.ImportUser"
	if in.PasswordHash == "" && in.Password != "" {
		if in.PasswordHash, err = a.importHash(ctx, op, in); err != nil {
			return User{}, false, err
		}
	}
	err = a.update(ctx, func(w storage.Writer) (*Error, error) {
		var changed bool
		if u, created, changed, err = a.importOne(w, op, in); err != nil {
			return nil, err
		}
		joined, err := a.importGroups(w, op, &u, in.Groups)
		if err != nil || !changed && !joined {
			return nil, err
		}
		return nil, a.record(w, &u, adminDeed(ctx, "import_user"))
	})
	return u, created, err
}

func (a *Admin) importOne(w storage.Writer, op string, in ImportUser) (u User, created, changed bool, err error) {
	p, _, err := a.reopen(w, op, in.Pool, "")
	if err != nil {
		return User{}, false, false, err
	}
	u, err = a.findUser(w, &p, in.Username)
	if errors.Is(err, storage.ErrNotFound) {
		u, err = a.importNew(w, op, &p, in)
		return u, true, true, err
	}
	if err == nil {
		changed, err = a.importAgain(w, op, &p, &u, in)
	}
	return u, false, changed, err
}

// importHash hashes only for a user who is not there yet: a start with many
// users in the file must not cost a hash for each.
func (a *Admin) importHash(ctx context.Context, op string, in ImportUser) (string, error) {
	_, err := a.User(ctx, in.Pool, in.Username)
	if code, ok := CodeOf(err); !ok || code != UserNotFound {
		return "", err
	}
	return a.hash(ctx, op, in.Password)
}

func (a *Admin) importNew(w storage.Writer, op string, p *Pool, in ImportUser) (User, error) {
	u, err := a.newUser(op, p, &Client{}, byAdministrator, in.Username, in.Attributes)
	if err != nil {
		return User{}, err
	}
	u.Status, u.Disabled = ResetRequired, in.Disabled
	if in.PasswordHash != "" {
		u.Status = Confirmed
	}
	if err := a.insertOrTake(w, op, p, &u, false); err != nil || in.PasswordHash == "" {
		return u, err
	}
	return u, a.putPassword(w, p, &u, in.PasswordHash)
}

// importAgain writes only what differs: every start brings the file's users.
func (a *Admin) importAgain(w storage.Writer, op string, p *Pool, u *User, in ImportUser) (changed bool, err error) {
	checked, failed := checkAttributes(op, p, nil, byAdministrator, in.Attributes, u.Attributes)
	if failed != nil {
		return false, failed
	}
	was := *u
	applyAttributes(u, checked)
	if in.Disabled && !u.Disabled {
		u.Disabled = true
		if err := a.signOutEverywhere(w, u); err != nil {
			return false, err
		}
	}
	if maps.Equal(was.Attributes, u.Attributes) && was.Disabled == u.Disabled {
		return false, nil
	}
	failed, err = a.saveOrTake(w, op, p, u, false)
	return true, either(failed, err)
}

// importGroups adds the groups given; it takes nobody out of others.
func (a *Admin) importGroups(w storage.Writer, op string, u *User, names []string) (joined bool, err error) {
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if _, err := a.getGroup(w, op, u.PoolID, name); err != nil {
			return false, err
		}
		err := memberships.Insert(w, membership{PoolID: u.PoolID, UserID: u.ID, Group: name})
		if err != nil && !errors.Is(err, storage.ErrExists) {
			return false, err
		}
		joined = joined || err == nil
	}
	return joined, nil
}
