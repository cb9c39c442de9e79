package identity

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// account is a signed-in person's own account, as loaded.
type account struct {
	pool   Pool
	client Client
	user   User
	groups []Group
	cred   Credential
}

// mine loads the account behind an authentication that still holds. The client
// may be gone by now; what holds then is what holds on the account pages.
func (c *Core) mine(r storage.Reader, op string, auth Authentication) (m account, err error) {
	if m.pool, _, err = c.reopen(r, op, auth.pool, ""); err != nil {
		return account{}, err
	}
	if m.user, m.groups, err = c.Active(r, auth.pool, auth.user, auth.epoch); err != nil {
		return account{}, err
	}
	if m.client, err = clientOrOwnPages(r, auth.pool, auth.client); err != nil {
		return account{}, err
	}
	m.cred, err = c.passwordOf(r, m.user)
	return m, err
}

func (a *Accounts) view(ctx context.Context, op string, auth Authentication) (m account, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) (err error) {
		m, err = a.mine(r, op, auth)
		return err
	})
	return m, err
}

// Writes answers which attributes the person may change with this sign-in.
func (a *Accounts) Writes(ctx context.Context, auth Authentication) (func(attribute string) bool, error) {
	m, err := a.view(ctx, "Accounts.Writes", auth)
	return func(attribute string) bool { return writable(&m.client, attribute) }, err
}

// Me answers the person and their groups, strongest first.
func (a *Accounts) Me(ctx context.Context, auth Authentication) (User, []string, error) {
	m, err := a.view(ctx, "Accounts.Me", auth)
	names := make([]string, len(m.groups))
	for i, g := range m.groups {
		names[i] = g.Name
	}
	return m.user, names, err
}

// ChangePassword sets a new password for somebody who knows the old one. This
// session stays, the others end.
func (a *Accounts) ChangePassword(ctx context.Context, auth Authentication, old, text string, o Origin) error {
	const op = "Accounts.ChangePassword"
	m, err := a.view(ctx, op, auth)
	if err != nil {
		return err
	}
	d := deed{Action: "change_password", Client: auth.client, Session: auth.session, Origin: o}
	if failed := policyRefusal(op, &m.pool, &m.client, &m.user, text); failed != nil {
		return failed
	}
	if err := a.proveAgain(ctx, op, m, old, d); err != nil {
		return err
	}
	if err := a.usable(ctx, op, &m.pool, &m.cred, text); err != nil {
		return err
	}
	made, err := a.keep(ctx, op, &m.pool, &m.user, text)
	if err != nil {
		return err
	}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		return a.recordChange(w, op, auth, m, made, d)
	})
}

func (a *Accounts) recordChange(w storage.Writer, op string, auth Authentication, seen account, made kept, d deed) (*Error, error) {
	now, err := a.mine(w, op, auth)
	if err != nil {
		return nil, err
	}
	if now.cred.Hash != seen.cred.Hash {
		return refuse(op, IncorrectPassword), nil
	}
	if err := a.putPassword(w, &now.pool, &now.user, made); err != nil {
		return nil, err
	}
	if err := a.endSessions(w, &now.user, auth.session); err != nil {
		return nil, err
	}
	if err := a.notify(w, &now.user, message.PasswordChanged, d.Origin); err != nil {
		return nil, err
	}
	return nil, a.record(w, &now.user, d)
}

// proveAgain asks a signed-in person for the password. Tries count together
// with those of sign-in: a stolen session is no place to guess it.
func (a *Accounts) proveAgain(ctx context.Context, op string, m account, typed string, d deed) error {
	if m.cred.Hash == "" {
		return refuse(op, InvalidState) // there is nothing to know
	}
	key, err := a.countAgain(ctx, op, m, d)
	if err != nil {
		return err
	}
	right, err := a.Passwords.Verify(ctx, m.cred.Hash, typed)
	if errors.Is(err, password.ErrTooLong) {
		right, err = false, nil
	}
	if failed, err := hashRefusal(op, err); err != nil || failed != nil {
		return either(failed, err)
	}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		if right {
			return nil, a.forgive(w, m.pool.ID, key)
		}
		return refuse(op, IncorrectPassword), a.recordFailure(w, &m.user, d, IncorrectPassword)
	})
}

// countAgain counts the try before its outcome is known.
func (a *Accounts) countAgain(ctx context.Context, op string, m account, d deed) (key string, err error) {
	err = a.update(ctx, func(w storage.Writer) (*Error, error) {
		var err error
		key, err = a.tallyKey(w, attempt{PoolID: m.pool.ID, UserID: m.user.ID}, d.Origin, "")
		if err != nil {
			return nil, err
		}
		wait, err := a.reserve(w, m.pool.ID, key)
		failed, err := a.reached(w, op, reached{backOff, key, wait, wait}, callerOf(&m.user, d), err)
		if err != nil || failed == nil {
			return nil, err
		}
		return failed, a.recordFailure(w, &m.user, d, TooManyAttempts)
	})
	return key, err
}

// Update changes the person's own attributes, as far as the client may write
// them. A new address waits until its code comes back; the answer says where
// codes went.
func (a *Accounts) Update(ctx context.Context, auth Authentication, given map[string]string, o Origin) ([]Delivery, error) {
	const op = "Accounts.Update"
	var sent []Delivery
	d := deed{Action: "update_attributes", Client: auth.client, Session: auth.session, Origin: o}
	err := a.update(ctx, func(w storage.Writer) (*Error, error) {
		sent = nil
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		checked, failed := checkAttributes(op, &m.pool, &m.client, bySelf, given, m.user.Attributes)
		if failed != nil {
			return failed, nil
		}
		if failed := a.addressRefusal(op, &m.pool, m.user.Attributes, checked); failed != nil {
			return failed, nil
		}
		if changesAddress(&m.user, checked) {
			if failed := a.stale(op, auth, ChangeAddress); failed != nil {
				return failed, nil
			}
		}
		sent, err = a.recordUpdate(w, op, m, checked, d)
		return nil, err
	})
	return sent, err
}

func changesAddress(u *User, checked map[string]string) bool {
	for _, attribute := range []string{attrEmail, attrPhone} {
		if value, given := checked[attribute]; given && value != u.Attributes[attribute] {
			return true
		}
	}
	return false
}

// recordUpdate rolls back as a whole on every refusal.
func (a *Accounts) recordUpdate(w storage.Writer, op string, m account, checked map[string]string, d deed) ([]Delivery, error) {
	was := m.user
	verify := stageAddresses(&m.pool, &m.user, checked)
	applyAttributes(&m.user, checked)
	if failed, err := a.saveOrTake(w, op, &m.pool, &m.user, false); err != nil || failed != nil {
		return nil, either(failed, err)
	}
	if err := a.tellReplaced(w, &was, &m.user, d.Origin); err != nil {
		return nil, err
	}
	var sent []Delivery
	for _, to := range verify {
		delivery, failed, err := a.sendVerifyCode(w, op, m.user, to, message.CauseUpdate, d)
		if err != nil || failed != nil {
			return nil, either(failed, err)
		}
		sent = append(sent, delivery)
	}
	d.Detail = map[string]string{"attributes": joinNames(checked, verify)}
	return sent, a.record(w, &m.user, d)
}

// joinNames lists the attributes of a change for the audit, without values.
func joinNames(checked map[string]string, waiting []address) string {
	names := slices.Collect(maps.Keys(checked))
	for _, a := range waiting {
		names = append(names, a.Attribute)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// stageAddresses takes changed addresses out of the change and lets them wait,
// unless the pool takes them at once. It answers where codes must go.
func stageAddresses(p *Pool, u *User, checked map[string]string) []address {
	var verify []address
	u.Pending = maps.Clone(u.Pending)
	for _, attribute := range []string{attrEmail, attrPhone} {
		value, given := checked[attribute]
		if !given {
			continue
		}
		delete(u.Pending, attribute) // whatever waited is overtaken
		to := address{Attribute: attribute, Value: value}
		switch {
		case value == "" || value == u.Attributes[attribute]:
		case p.UserAttributeUpdate.atOnce(attribute):
			if slices.Contains(p.AutoVerifiedAttributes, attribute) {
				verify = append(verify, to)
			}
		default:
			delete(checked, attribute)
			if u.Pending == nil {
				u.Pending = map[string]string{}
			}
			u.Pending[attribute] = value
			verify = append(verify, to)
		}
	}
	return verify
}

// tellReplaced writes to every address that is no longer the user's.
func (c *Core) tellReplaced(w storage.Writer, was, now *User, o Origin) error {
	for _, attribute := range []string{attrEmail, attrPhone} {
		old, ok := addressOf(was, attribute)
		if !ok && now.Attributes[attribute] != "" {
			// A new address opens the account by a reset: the one it had is told.
			old, ok = noticeAddress(was)
		}
		if !ok || now.Attributes[attribute] == was.Attributes[attribute] {
			continue
		}
		more := map[string]string{}
		if next, ok := addressOf(now, attribute); ok {
			more["address"] = next.masked()
		}
		if err := c.notifyAt(w, now, message.AddressChanged, old, o, more); err != nil {
			return err
		}
	}
	return nil
}

func (c *Core) sendVerifyCode(w storage.Writer, op string, u User, to address, cause string, d deed) (Delivery, *Error, error) {
	why, _ := forVerify(op, to.Attribute)
	return c.sendCode(w, op, sending{
		Kind: message.AttributeChange, Cause: cause, Purpose: why, User: u, To: to, Client: d.Client, Action: "send_verify_code", Origin: d.Origin,
	})
}

// saveAttributes fills what a user lacks. An address the user has already is
// not changed this way: that takes a code.
func (c *Core) saveAttributes(w storage.Writer, op string, u *User, checked map[string]string) (*Error, error) {
	for _, attribute := range []string{attrEmail, attrPhone} {
		if next, given := checked[attribute]; given && u.Attributes[attribute] != "" && next != u.Attributes[attribute] {
			return &Error{Code: AttributeRefused, Op: op, Field: attribute}, nil
		}
	}
	p, err := pools.Get(w, string(u.PoolID))
	if err != nil {
		return nil, err
	}
	applyAttributes(u, checked)
	return c.saveOrTake(w, op, &p, u, false)
}

// SendCode sends a code to the address that waits in an attribute, or else to
// the one that is there, also when it is verified (Cognito).
func (a *Accounts) SendCode(ctx context.Context, auth Authentication, attribute string, o Origin) (Delivery, error) {
	const op = "Accounts.SendCode"
	var to Delivery
	err := a.update(ctx, func(w storage.Writer) (failed *Error, err error) {
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		if _, failed := forVerify(op, attribute); failed != nil {
			return failed, nil
		}
		at, ok := waitingAddress(&m.user, attribute)
		if !ok {
			return refuse(op, InvalidState), nil
		}
		d := deed{Client: auth.client, Session: auth.session, Origin: o}
		to, failed, err = a.sendVerifyCode(w, op, m.user, at, message.CauseVerify, d)
		return failed, err
	})
	return to, err
}

func waitingAddress(u *User, attribute string) (address, bool) {
	if pending := u.Pending[attribute]; pending != "" {
		return address{Attribute: attribute, Value: pending}, true
	}
	return addressOf(u, attribute)
}

// Verify proves the address that waits in an attribute.
func (a *Accounts) Verify(ctx context.Context, auth Authentication, attribute, typed string, o Origin) error {
	const op = "Accounts.Verify"
	d := deed{Action: "verify_attribute", Client: auth.client, Session: auth.session, Origin: o}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		why, failed := forVerify(op, attribute)
		if failed != nil {
			return failed, nil
		}
		k, failed, err := a.checkCode(w, op, codeKey{Pool: m.pool.ID, User: m.user.ID, Purpose: why}, typed, d.Origin)
		if err != nil {
			return nil, err
		}
		if failed != nil {
			return failed, a.recordFailure(w, &m.user, d, failed.Code)
		}
		return a.verifyAddress(w, op, &m.pool, &m.user, k, d)
	})
}

// verifyAddress makes the address that a code went to the user's own, if it
// still waits or is unverified. The old one is told.
func (c *Core) verifyAddress(w storage.Writer, op string, p *Pool, u *User, k code, d deed) (*Error, error) {
	if u.Disabled || u.Pending[k.Attribute] != k.Destination && u.Attributes[k.Attribute] != k.Destination {
		return refuse(op, CodeExpired), nil
	}
	was := *u
	checked := map[string]string{k.Attribute: k.Destination, k.Attribute + verifiedSuffix: "true"}
	applyAttributes(u, checked)
	u.Pending = maps.Clone(u.Pending)
	delete(u.Pending, k.Attribute)
	if failed, err := c.saveOrTake(w, op, p, u, false); err != nil || failed != nil {
		return failed, err
	}
	if err := c.tellReplaced(w, &was, u, d.Origin); err != nil {
		return nil, err
	}
	if failed, err := c.useCode(w, op, k); err != nil || failed != nil {
		return nil, either(failed, err)
	}
	return nil, c.record(w, u, d)
}
