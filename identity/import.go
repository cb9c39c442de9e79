package identity

import (
	"context"
	"errors"
	"maps"
	"slices"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// ImportUser is a user as the file describes one.
type ImportUser struct {
	Pool         PoolID
	Username     string
	Password     string // in plain; "" without a hash invites the user with a temporary one
	PasswordHash string // a hash of any kind that package password verifies, instead
	Attributes   map[string]string
	Groups       []string
	Disabled     bool
}

// ValidateUser holds a user as the file describes one against the pool, without
// a store; providers are the names of the pool's identity providers. It answers
// the user that would be made, with every name it would be found by, or the
// refusal with the field, named as in the file.
func ValidateUser(p *Pool, in ImportUser, providers []string) (User, error) {
	u, err := importable("ValidateUser", p, in)
	if err == nil {
		err = setNames(p, &u)
	}
	if err == nil {
		err = either(leavesReserved(p, &u, u.Names, providers), nil)
	}
	var failed *Error
	if errors.As(err, &failed) && !slices.Contains([]string{"username", "password", "password_hash"}, failed.Field) {
		failed.Field = "user_attributes." + failed.Field
	}
	return u, err
}

// importable answers the user that the file's words make.
func importable(op string, p *Pool, in ImportUser) (User, error) {
	u, err := checkUser(op, p, &Client{}, byAdministrator, in.Username, vouched(p, in))
	if err != nil {
		return User{}, err
	}
	u.Status, u.Disabled = Confirmed, in.Disabled
	if in.PasswordHash != "" {
		return u, checkHash(op, in)
	}
	if in.Password != "" {
		return u, either(policyRefusal(op, p, &Client{}, &u, in.Password), nil)
	}
	u.Status = ForceChangePassword
	if _, ok := invitationAddress(&u, ""); !ok {
		const why = "it must stand here, as there is no e-mail address or phone number that an invitation can go to"
		return User{}, firstBroken(op, []setting{{"password", false, why}})
	}
	return u, nil
}

// checkHash refuses a hash that cannot be verified, and one beside a password.
func checkHash(op string, in ImportUser) error {
	_, err := password.CostOf(in.PasswordHash)
	why := ""
	if err != nil {
		why = whyNoHash(err)
	}
	return firstBroken(op, []setting{
		{"password_hash", in.Password == "", "stands beside password; say one of them"},
		{"password_hash", err == nil, why},
	})
}

// putRefusable stores a hash from elsewhere, unless the pool cannot bear it.
func (a *Admin) putRefusable(w storage.Writer, op string, u *User, hash string) error {
	why, err := refusedHash(w, u.PoolID, hash)
	if err == nil && why != "" {
		err = &Error{Code: InvalidParameter, Op: op, Field: "password_hash", Err: errors.New(why)}
	}
	if err != nil {
		return err
	}
	return a.putImported(w, u, hash)
}

// vouched: the operator vouches for the address that is the user's name, unless
// the file says otherwise; else nobody could ever reset the password.
func vouched(p *Pool, in ImportUser) map[string]string {
	name, failed := addressName("", p, in.Username, in.Attributes)
	if failed != nil || in.Attributes[name.Attribute+verifiedSuffix] != "" {
		return in.Attributes
	}
	with := map[string]string{name.Attribute + verifiedSuffix: "true"}
	maps.Copy(with, in.Attributes)
	return with
}

// arrival is a user of the file with what is needed to let the person in.
type arrival struct {
	ImportUser
	id        UserID // "" when the user is there already
	made      kept   // no hash then either
	temporary string // the password to be mailed, or ""
}

// ImportUser makes the user if there is none of that name, else brings
// attributes and groups to what is given. The password is set, and a user
// without one invited, only when the user is made: people change theirs.
func (a *Admin) ImportUser(ctx context.Context, in ImportUser) (u User, created bool, err error) {
	const op = "Admin.ImportUser"
	arriving, err := a.arrive(ctx, op, in)
	if err != nil {
		return User{}, false, err
	}
	err = a.update(ctx, func(w storage.Writer) (*Error, error) {
		var changed bool
		if u, created, changed, err = a.importOne(w, op, arriving); err != nil {
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

// arrive checks and hashes only for a user who is not there yet: a start with
// many users in the file must not cost a hash for each.
func (a *Admin) arrive(ctx context.Context, op string, in ImportUser) (arrival, error) {
	one := arrival{ImportUser: in, made: kept{hash: in.PasswordHash}}
	p, _, err := a.open(ctx, op, in.Pool, "")
	if err != nil {
		return one, err
	}
	if _, err := a.User(ctx, in.Pool, in.Username); err == nil || !is(err, UserNotFound) {
		return one, err
	}
	u, err := importable(op, &p, in)
	if one.id = u.ID; err != nil || one.made.hash != "" {
		return one, err
	}
	text := in.Password
	if text == "" {
		one.temporary = p.Policies.PasswordPolicy.Temporary()
		text = one.temporary
	}
	one.made, err = a.keep(ctx, op, &p, &u, text)
	return one, err
}

func is(err error, code Code) bool {
	is, ok := CodeOf(err)
	return ok && is == code
}

func (a *Admin) importOne(w storage.Writer, op string, in arrival) (u User, created, changed bool, err error) {
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
		changed, err = a.importAgain(w, op, &p, &u, in.ImportUser)
	}
	return u, false, changed, err
}

func (a *Admin) importNew(w storage.Writer, op string, p *Pool, in arrival) (User, error) {
	u, err := importable(op, p, in.ImportUser)
	if err == nil && in.made.hash == "" {
		err = refuse(op, InvalidState) // deleted since it was looked for
	}
	if err != nil {
		return User{}, err
	}
	u.become(in.id)
	u.CreatedAt = a.Now()
	u.ModifiedAt = u.CreatedAt
	if err := a.insertOrTake(w, op, p, &u, false); err != nil {
		return u, err
	}
	switch {
	case in.PasswordHash != "":
		return u, a.putRefusable(w, op, &u, in.PasswordHash)
	case in.temporary == "":
		return u, a.putPassword(w, p, &u, in.made)
	}
	if err := a.putTemporary(w, p, &u, in.made); err != nil {
		return u, err
	}
	return u, a.invite(w, p, &u, in.temporary, NewUser{})
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
