package identity

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Factors is what people do with their own second factors and passkeys. Every
// change takes a fresh sign-in (FreshSignInNeeded) and is told to its owner.
type Factors struct{ *Core }

// FactorList is what a person has.
type FactorList struct {
	Password  bool
	App       *App // nil without one
	Passkeys  []Passkey
	SMS       Option // Factor "" while off; Delivery where codes go or would go
	Email     Option
	Preferred Factor
	Recovery  RecoveryState
	Kinds     []Factor // second factors that the pool takes
	Ways      []Factor // ways in that the pool takes
	Required  bool     // the pool or a group demands a second factor
	Handle    []byte   // the WebAuthn user handle; nil without a passkey
	Site      string   // the relying party's id; "" where there are no passkeys
}

// App is an authenticator app that was set up.
type App struct {
	Name  string
	Since time.Time
}

// RecoveryState says how many recovery codes are left; Of is 0 without a set.
type RecoveryState struct {
	Left, Of int
	Since    time.Time
}

// List answers the person's factors.
func (f *Factors) List(ctx context.Context, auth Authentication) (list FactorList, err error) {
	const op = "Factors.List"
	err = f.Store.View(ctx, func(r storage.Reader) error {
		m, err := f.mine(r, op, auth)
		if err != nil {
			return err
		}
		list, err = f.listOf(r, &m.pool, &m.user)
		return err
	})
	return list, err
}

func (c *Core) listOf(r storage.Reader, p *Pool, u *User) (FactorList, error) {
	has, err := c.possessionsOf(r, u)
	if err != nil {
		return FactorList{}, err
	}
	required, err := requiredOf(r, p, &Client{}, u)
	list := FactorList{
		Password: has.password.Hash != "", Passkeys: has.keys, Preferred: u.MFA.Preferred, Kinds: c.secondFactors(p),
		Ways: c.firstFactors(p, &Client{}), Required: required, Handle: u.PasskeyHandle,
		Recovery: RecoveryState{Left: has.recovery.left(), Of: len(has.recovery.Codes), Since: has.recovery.CreatedAt},
		SMS:      ownOption(u, FactorSMS), Email: ownOption(u, FactorEmail),
	}
	if site, ok := c.site(p); ok {
		list.Site = site.ID
	}
	if len(has.app.Secret) > 0 {
		list.App = &App{Name: has.app.Name, Since: has.app.ChangedAt}
	}
	return list, err
}

func ownOption(u *User, f Factor) Option {
	var o Option
	if verified(u, attributeOf(f)) {
		to, _ := addressOf(u, attributeOf(f))
		o.Delivery = to.delivery()
	}
	if slices.Contains(u.MFA.Enabled, f) {
		o.Factor = f
	}
	return o
}

// mineFresh is mine for what takes a recent sign-in.
func (c *Core) mineFresh(r storage.Reader, op string, auth Authentication, what Sensitive) (account, error) {
	m, err := c.mine(r, op, auth)
	if err != nil {
		return m, err
	}
	return m, either(c.stale(op, auth, what), nil)
}

// changeFactors is update for what a person does to their own factors: it takes a
// recent sign-in.
func (f *Factors) changeFactors(ctx context.Context, op string, auth Authentication, work func(w storage.Writer, m account, has *possessions) (*Error, error)) error {
	return f.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := f.mineFresh(w, op, auth, ChangeFactors)
		if err != nil {
			return nil, err
		}
		has, err := f.possessionsOf(w, &m.user)
		if err != nil {
			return nil, err
		}
		return work(w, m, &has)
	})
}

func (f *Factors) deed(auth Authentication, action string, o Origin) deed {
	return deed{Action: action, Client: auth.client, Session: auth.session, Origin: o}
}

// RenamePasskey gives a passkey another name, 1 to 120 bytes on one line.
func (f *Factors) RenamePasskey(ctx context.Context, auth Authentication, id, name string) error {
	const op = "Factors.RenamePasskey"
	return f.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := f.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		k, failed, err := ownPasskey(w, op, &m.user, id)
		if err != nil || failed != nil {
			return failed, err
		}
		if k.Name = cleanLabel(name); k.Name == "" {
			return &Error{Code: InvalidParameter, Op: op, Field: "name"}, nil
		}
		return nil, passkeys.Put(w, k)
	})
}

// ownPasskey answers one of the person's own; another's is not found.
func ownPasskey(r storage.Reader, op string, u *User, id string) (Passkey, *Error, error) {
	k, err := passkeys.Get(r, string(u.PoolID), string(u.ID), id)
	if errors.Is(err, storage.ErrNotFound) {
		return k, refuse(op, FactorNotFound), nil
	}
	return k, nil, err
}

// Remove removes a factor: FactorTOTP, FactorSMS, FactorEmail, or the passkey
// with this credential id. LastWayIn says that its owner would be shut out, or
// be without the second factor that is demanded.
func (f *Factors) Remove(ctx context.Context, auth Authentication, kind Factor, id string, o Origin) error {
	const op = "Factors.Remove"
	return f.changeFactors(ctx, op, auth, func(w storage.Writer, m account, has *possessions) (*Error, error) {
		if failed, err := f.removable(w, op, m, has, kind, id); err != nil || failed != nil {
			return failed, err
		}
		return nil, f.remove(w, &m.user, kind, id, f.deed(auth, "remove_factor", o))
	})
}

// removable says why a factor must stay.
func (f *Factors) removable(r storage.Reader, op string, m account, has *possessions, kind Factor, id string) (*Error, error) {
	before := *has
	after, u := *has, m.user
	switch kind {
	case FactorTOTP:
		after.app = Credential{}
	case FactorPasskey:
		after.keys = slices.DeleteFunc(slices.Clone(has.keys), func(k Passkey) bool { return k.ID == id })
		if len(after.keys) == len(has.keys) {
			return refuse(op, FactorNotFound), nil
		}
	}
	u.MFA.Enabled = slices.DeleteFunc(slices.Clone(u.MFA.Enabled), func(e Factor) bool { return e == kind })
	required, err := requiredOf(r, &m.pool, &m.client, &m.user)
	if err != nil {
		return nil, err
	}
	_, open, err := standingsOf(r, &m.user)
	if err != nil {
		return nil, err
	}
	ways, kinds := f.firstFactors(&m.pool, &Client{}), f.secondFactors(&m.pool)
	stays := len(after.firsts(&u, ways)) > 0 || open > 0
	if required {
		stays = stays && (len(after.seconds(&u, kinds, true)) > 0 || len(before.seconds(&m.user, kinds, true)) == 0)
	}
	if !stays {
		return refuse(op, LastWayIn), nil
	}
	return nil, nil
}

func (c *Core) remove(w storage.Writer, u *User, kind Factor, id string, d deed) error {
	switch kind {
	case FactorTOTP:
		if err := credentials.Delete(w, string(u.PoolID), string(u.ID), string(FactorTOTP)); err != nil {
			return err
		}
	case FactorPasskey:
		if err := passkeys.Delete(w, string(u.PoolID), string(u.ID), id); err != nil {
			return err
		}
	}
	if kind != FactorPasskey {
		u.MFA.Enabled = slices.DeleteFunc(slices.Clone(u.MFA.Enabled), func(e Factor) bool { return e == kind })
	}
	if u.MFA.Preferred == kind && kind != FactorPasskey {
		u.MFA.Preferred = ""
	}
	u.ModifiedAt = c.Now()
	if err := users.Put(w, *u); err != nil {
		return err
	}
	if err := c.tellFactor(w, u, message.FactorRemoved, kind, d); err != nil {
		return err
	}
	detail := map[string]string{"factor": string(kind)}
	maps.Copy(detail, d.Detail)
	d.Detail = detail
	return c.record(w, u, d)
}

// Prefer sets which second factor is asked first; "" asks every time. FactorPasskey
// also switches passkeys on as a second factor beside the password.
func (f *Factors) Prefer(ctx context.Context, auth Authentication, kind Factor, o Origin) error {
	const op = "Factors.Prefer"
	return f.changeFactors(ctx, op, auth, func(w storage.Writer, m account, has *possessions) (*Error, error) {
		if kind != "" && !slices.Contains(has.seconds(&m.user, f.secondFactors(&m.pool), true), kind) {
			return refuse(op, FactorNotFound), nil
		}
		m.user.MFA.Preferred, m.user.ModifiedAt = kind, f.Now()
		if kind == FactorPasskey && !slices.Contains(m.user.MFA.Enabled, kind) {
			m.user.MFA.Enabled = append(slices.Clone(m.user.MFA.Enabled), kind)
		}
		d := f.deed(auth, "prefer_factor", o)
		d.Detail = map[string]string{"factor": string(kind)}
		if err := users.Put(w, m.user); err != nil {
			return nil, err
		}
		return nil, f.record(w, &m.user, d)
	})
}

// NewRecoveryCodes makes a new set of ten; the one before is void. They are
// answered once and stored as MACs only.
func (f *Factors) NewRecoveryCodes(ctx context.Context, auth Authentication, o Origin) (shown []string, err error) {
	const op = "Factors.NewRecoveryCodes"
	err = f.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := f.mineFresh(w, op, auth, RevealCodes)
		if err != nil {
			return nil, err
		}
		if f.secondFactors(&m.pool) == nil {
			return refuse(op, NotAllowed), nil
		}
		shown = otp.NewRecoveryCodes()
		set := recoveryCodes{PoolID: m.pool.ID, UserID: m.user.ID, CreatedAt: f.Now()}
		for _, code := range shown {
			set.Codes = append(set.Codes, recoveryCode{MAC: f.recoveryMAC(&m.user, otp.NormaliseRecovery(code))})
		}
		if err := recoverySets.Put(w, set); err != nil {
			return nil, err
		}
		if err := f.notify(w, &m.user, message.RecoveryMade, o); err != nil {
			return nil, err
		}
		return nil, f.record(w, &m.user, f.deed(auth, "make_recovery_codes", o))
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// removeFactors removes everything but the password.
func removeFactors(w storage.Writer, u *User) error {
	if err := credentials.Delete(w, string(u.PoolID), string(u.ID), string(FactorTOTP)); err != nil {
		return err
	}
	keys, err := passkeys.List(w, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := passkeys.Delete(w, string(k.PoolID), string(k.UserID), k.ID); err != nil {
			return err
		}
	}
	return recoverySets.Delete(w, string(u.PoolID), string(u.ID))
}
