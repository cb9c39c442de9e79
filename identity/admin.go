package identity

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// actorKey carries who acts for the audit.
type actorKey struct{}

// WithActor notes who acts as administrator, for the audit: "cli:root", an
// access key, a console user.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorOf answers who an administrator's deed is done by, as WithActor names them; "" for
// nobody of the administrators.
func ActorOf(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return actor
}

func adminDeed(ctx context.Context, action string) deed {
	d := deed{Action: "admin_" + action}
	if actor, ok := ctx.Value(actorKey{}).(string); ok {
		d.Detail = map[string]string{"actor": actor}
	}
	return d
}

// change loads a user, lets fn change it, and stores and audits it. A refusal rolls back.
func (a *Admin) change(ctx context.Context, op string, pool PoolID, username, action string, fn func(storage.Writer, *Pool, *User) (*Error, error)) (User, error) {
	var changed User
	err := a.update(ctx, func(w storage.Writer) (*Error, error) {
		p, u, err := a.load(w, op, pool, username)
		if err != nil {
			return nil, err
		}
		if failed, err := fn(w, &p, &u); err != nil || failed != nil {
			return nil, either(failed, err)
		}
		if failed, err := a.saveOrTake(w, op, &p, &u, false); err != nil || failed != nil {
			return nil, either(failed, err)
		}
		changed = u
		return nil, a.record(w, &u, adminDeed(ctx, action))
	})
	return changed, err
}

// load answers the pool and the user under any of its names, or the refusal as error.
func (c *Core) load(r storage.Reader, op string, pool PoolID, username string) (Pool, User, error) {
	p, _, err := c.reopen(r, op, pool, "")
	if err != nil {
		return Pool{}, User{}, err
	}
	u, err := c.findUser(r, &p, username)
	if errors.Is(err, storage.ErrNotFound) {
		return Pool{}, User{}, refuse(op, UserNotFound)
	}
	return p, u, err
}

// User answers a user by username, address or sub.
func (a *Admin) User(ctx context.Context, pool PoolID, username string) (User, error) {
	var u User
	err := a.Store.View(ctx, func(r storage.Reader) (err error) {
		_, u, err = a.load(r, "Admin.User", pool, username)
		return err
	})
	return u, err
}

// Page asks for a part of a list. Cursor is where the last part ended; nil is the start.
type Page struct {
	Limit  int // 0 is 60 (Cognito)
	Cursor []byte
}

func (p Page) of(index string, prefix ...any) storage.Page {
	limit := p.Limit
	if limit <= 0 {
		limit = 60
	}
	return storage.Page{Index: index, Prefix: prefix, Cursor: p.Cursor, Limit: limit}
}

// Users lists the users of a pool in the order they were made. next is nil at the end.
func (a *Admin) Users(ctx context.Context, pool PoolID, page Page) (list []User, next []byte, err error) {
	const op = "Admin.Users"
	err = a.Store.View(ctx, func(r storage.Reader) error {
		if _, _, err := a.reopen(r, op, pool, ""); err != nil {
			return err
		}
		list, next, err = users.ListPage(r, page.of("created", string(pool)))
		return badCursor(op, err)
	})
	return list, next, err
}

func badCursor(op string, err error) error {
	if errors.Is(err, storage.ErrCursor) {
		return &Error{Code: InvalidParameter, Op: op, Field: "pagination_token", Err: err}
	}
	return err
}

// NewUser is a user made by an administrator (Cognito AdminCreateUser).
type NewUser struct {
	Pool              PoolID
	Username          string
	Attributes        map[string]string
	TemporaryPassword string // "" makes one
	Suppress          bool   // send no message
	Resend            bool   // the user exists: a new temporary password and message
	ForceAlias        bool   // take verified addresses from users who hold them
	Medium            string // EMAIL or SMS; "" is e-mail where there is an address
	Locale            string
	Told              Told
}

// CreateUser makes a user who must choose a password at the first sign-in, and
// answers the temporary one. With Resend it gives an existing user, who never
// came or came too late, a new one.
func (a *Admin) CreateUser(ctx context.Context, in NewUser) (User, string, error) {
	const op = "Admin.CreateUser"
	p, _, err := a.open(ctx, op, in.Pool, "")
	if err != nil {
		return User{}, "", err
	}
	text, err := temporary(op, &p, in.TemporaryPassword)
	if err != nil {
		return User{}, "", err
	}
	whose, err := a.invited(ctx, in)
	if err != nil {
		return User{}, "", err
	}
	password, err := a.keep(ctx, op, &p, &whose, text)
	if err != nil {
		return User{}, "", err
	}
	var made User
	err = a.update(ctx, func(w storage.Writer) (*Error, error) {
		if made, err = a.invitee(w, op, &p, in, whose.ID); err != nil {
			return nil, err
		}
		if err := a.putTemporary(w, &p, &made, password); err != nil {
			return nil, err
		}
		if err := a.invite(w, &p, &made, text, in); err != nil {
			return nil, err
		}
		return nil, a.record(w, &made, adminDeed(ctx, "create_user"))
	})
	return made, text, err
}

func temporary(op string, p *Pool, given string) (string, error) {
	policy := p.Policies.PasswordPolicy
	if given == "" {
		return policy.Temporary(), nil
	}
	if failed := policyRefusal(op, p, &Client{}, &User{}, given); failed != nil {
		return "", failed
	}
	return given, nil
}

// invited says whose password is about to be made.
func (a *Admin) invited(ctx context.Context, in NewUser) (User, error) {
	if in.Resend {
		return a.User(ctx, in.Pool, in.Username)
	}
	return User{PoolID: in.Pool, ID: UserID(uuid.NewString()), Username: in.Username}, nil
}

// invitee answers the new user, or with Resend the one who still waits.
func (a *Admin) invitee(w storage.Writer, op string, p *Pool, in NewUser, id UserID) (User, error) {
	if in.Resend {
		_, u, err := a.load(w, op, p.ID, in.Username)
		if err == nil && u.Status != ForceChangePassword {
			err = refuse(op, InvalidState)
		}
		return u, err
	}
	u, err := a.newUser(op, p, &Client{}, byAdministrator, in.Username, in.Attributes)
	if err != nil {
		return User{}, err
	}
	u.become(id)
	u.Status, u.Locale = ForceChangePassword, in.Locale
	if _, err := a.askPreSignUp(w, isCreated, in.Username, p, &u, "", Origin{Told: in.Told}); err != nil {
		return User{}, err
	}
	return u, a.insertOrTake(w, op, p, &u, in.ForceAlias)
}

// invite sends name and temporary password. Without an address the
// administrator hands them over.
func (a *Admin) invite(w storage.Writer, p *Pool, u *User, text string, in NewUser) error {
	to, ok := invitationAddress(u, in.Medium)
	if in.Suppress || !ok {
		return nil
	}
	return a.tell(w, u, letter{
		Kind: message.AdminCreateUser, Cause: message.CauseInvitation, To: to, Origin: Origin{Told: in.Told},
		Data:    map[string]string{"username": shownName(p, u, to), "days": days(p.Policies.PasswordPolicy.TemporaryValidity())},
		Secrets: map[string]string{"password": text},
	})
}

func invitationAddress(u *User, medium string) (address, bool) {
	if medium == mediumSMS {
		return addressOf(u, attrPhone)
	}
	if a, ok := addressOf(u, attrEmail); ok || medium == mediumEmail {
		return a, ok
	}
	return addressOf(u, attrPhone)
}

// shownName is the name that a message calls somebody by: the one they sign in with.
func shownName(p *Pool, u *User, to address) string {
	if len(p.UsernameAttributes) > 0 {
		return to.Value
	}
	return u.Username
}

func days(d time.Duration) string { return strconv.Itoa(int(d / (24 * time.Hour))) }

// SetPassword sets a user's password and ends all sessions. A permanent one
// confirms the user; any other must be changed at the next sign-in.
func (a *Admin) SetPassword(ctx context.Context, pool PoolID, username, text string, permanent bool) error {
	const op = "Admin.SetPassword"
	p, _, err := a.open(ctx, op, pool, "")
	if err != nil {
		return err
	}
	u, err := a.User(ctx, pool, username)
	if err != nil {
		return err
	}
	if failed := policyRefusal(op, &p, &Client{}, &u, text); failed != nil {
		return failed
	}
	made, err := a.keep(ctx, op, &p, &u, text)
	if err != nil {
		return err
	}
	_, err = a.change(ctx, op, pool, string(u.ID), "set_password", func(w storage.Writer, p *Pool, u *User) (*Error, error) {
		if u.Status == ExternalProvider {
			return refuse(op, InvalidState), nil
		}
		own := u.Status != ForceChangePassword // a temporary one that ends is no news to anybody
		u.Status = ForceChangePassword
		put := a.putTemporary
		if permanent {
			u.Status, put = Confirmed, a.putPassword
		}
		if err := put(w, p, u, made); err != nil {
			return nil, err
		}
		if err := a.signOutEverywhere(w, u); err != nil || !own {
			return nil, err
		}
		return nil, a.notify(w, u, message.PasswordChanged, Origin{})
	})
	return err
}

// ResetPassword makes the user set a new password by a code, which is sent at
// once; the old one lets nobody in any more. NoVerifiedAddress says that there
// is nowhere to send it: set a password instead.
func (a *Admin) ResetPassword(ctx context.Context, pool PoolID, username string, told Told) (Delivery, error) {
	const op = "Admin.ResetPassword"
	var to Delivery
	_, err := a.change(ctx, op, pool, username, "reset_password", func(w storage.Writer, p *Pool, u *User) (failed *Error, err error) {
		if u.Status != Confirmed && u.Status != ResetRequired {
			return refuse(op, InvalidState), nil
		}
		has, err := a.possessionsOf(w, u)
		if err != nil {
			return nil, err
		}
		at, ok := recoveryAddress(p, u, a.recoverableBy(p, u, &has))
		if !ok {
			return refuse(op, NoVerifiedAddress), nil
		}
		u.Status = ResetRequired
		if err := a.signOutEverywhere(w, u); err != nil {
			return nil, err
		}
		to, failed, err = a.sendCode(w, op, sending{
			Kind: message.ForgotPassword, Cause: message.CauseForgotPassword, Purpose: PurposeReset, User: *u, To: at, Action: "send_reset_code", Origin: Origin{Told: told},
		})
		return failed, err
	})
	return to, err
}

// Disable keeps the user from signing in and ends all sessions.
func (a *Admin) Disable(ctx context.Context, pool PoolID, username string) error {
	_, err := a.change(ctx, "Admin.Disable", pool, username, "disable_user", func(w storage.Writer, _ *Pool, u *User) (*Error, error) {
		u.Disabled = true
		return nil, a.signOutEverywhere(w, u)
	})
	return err
}

// Enable lets a disabled user sign in again.
func (a *Admin) Enable(ctx context.Context, pool PoolID, username string) error {
	_, err := a.change(ctx, "Admin.Enable", pool, username, "enable_user", func(_ storage.Writer, _ *Pool, u *User) (*Error, error) {
		u.Disabled = false
		return nil, nil
	})
	return err
}

// SignOut ends all sessions of the user, and all that was issued.
func (a *Admin) SignOut(ctx context.Context, pool PoolID, username string) error {
	_, err := a.change(ctx, "Admin.SignOut", pool, username, "sign_out_user", func(w storage.Writer, _ *Pool, u *User) (*Error, error) {
		return nil, a.signOutEverywhere(w, u)
	})
	return err
}

// Confirm confirms a sign-up without a code. It verifies no address.
func (a *Admin) Confirm(ctx context.Context, pool PoolID, username string, told Told) error {
	const op = "Admin.Confirm"
	_, err := a.change(ctx, op, pool, username, "confirm_sign_up", func(w storage.Writer, p *Pool, u *User) (*Error, error) {
		if u.Status != Unconfirmed {
			return refuse(op, InvalidState), nil
		}
		u.Status = Confirmed
		return nil, a.tellConfirmed(w, confirmedSignUp, p, u, "", Origin{Told: told})
	})
	return err
}

// Delete removes the user for good. The name may be used again.
func (a *Admin) Delete(ctx context.Context, pool PoolID, username string) error {
	const op = "Admin.Delete"
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		_, u, err := a.load(w, op, pool, username)
		if err != nil {
			return nil, err
		}
		return nil, a.deleteUser(w, &u, adminDeed(ctx, "delete_user"))
	})
}

// UpdateAttributes writes attributes at once, the verified flags too. The empty
// value clears one. An address that is replaced is told.
func (a *Admin) UpdateAttributes(ctx context.Context, pool PoolID, username string, given map[string]string) (User, error) {
	const op = "Admin.UpdateAttributes"
	return a.change(ctx, op, pool, username, "update_attributes", func(w storage.Writer, p *Pool, u *User) (*Error, error) {
		checked, failed := checkAttributes(op, p, nil, byAdministrator, given, u.Attributes)
		if failed != nil {
			return failed, nil
		}
		was := *u
		for _, attribute := range []string{attrEmail, attrPhone} {
			if _, ok := checked[attribute]; ok && u.Pending[attribute] != "" {
				u.Pending = without(u.Pending, attribute)
			}
		}
		applyAttributes(u, checked)
		return nil, a.tellReplaced(w, &was, u, Origin{})
	})
}

func without(m map[string]string, name string) map[string]string {
	rest := map[string]string{}
	for k, v := range m {
		if k != name {
			rest[k] = v
		}
	}
	return rest
}

// DeleteAttributes clears attributes.
func (a *Admin) DeleteAttributes(ctx context.Context, pool PoolID, username string, names []string) (User, error) {
	cleared := map[string]string{}
	for _, name := range slices.Compact(names) {
		cleared[name] = ""
	}
	return a.UpdateAttributes(ctx, pool, username, cleared)
}
