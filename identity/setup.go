package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/identity/passkey"
	"poolhouse.dev/storage"
)

// chooseSetUp begins the set-up of the chosen factor in the middle of a sign-in.
func (s *SignIn) chooseSetUp(w storage.Writer, op string, now *standing, a attempt, ch Choice) (Step, *Error, error) {
	a.Ceremony, a.SettingUp, a.Delivery = nil, "", Delivery{}
	if failed, err := s.poseSetUp(w, op, now, &a, ch.Address, ch.Origin); err != nil || failed != nil {
		return Step{}, failed, err
	}
	a, err := s.openAttempt(w, a)
	return Step{Attempt: a.ID, Turn: a.Turn, Challenge: s.challenge(now, a, decide(now.facts))}, nil, err
}

// poseSetUp makes what a new factor is set up with: a secret, a ceremony, or a
// code to the address.
func (c *Core) poseSetUp(w storage.Writer, op string, s *standing, a *attempt, typed string, o Origin) (*Error, error) {
	a.SettingUp = a.Chosen
	switch a.SettingUp {
	case FactorTOTP:
		return nil, c.sealCeremony(a, ceremony{Secret: otp.NewSecret()})
	case FactorPasskey:
		made, err := c.beginKey(w, &s.pool, &s.user, s.has.keys, false)
		if err != nil {
			return nil, err
		}
		return nil, c.sealCeremony(a, made)
	}
	return c.poseAddress(w, op, s, a, typed, o)
}

// poseAddress sends a code to the address that the factor will use: the
// person's own, or where there is none the one they typed.
func (c *Core) poseAddress(w storage.Writer, op string, s *standing, a *attempt, typed string, o Origin) (*Error, error) {
	attribute := attributeOf(a.SettingUp)
	to, ok := addressOf(&s.user, attribute)
	if !ok {
		if typed == "" {
			return nil, c.sealCeremony(a, ceremony{})
		}
		checked, failed := checkAttributes(op, &s.pool, &s.client, bySelf, map[string]string{attribute: typed}, s.user.Attributes)
		if failed != nil {
			return failed, nil
		}
		if failed := c.addressRefusal(op, &s.pool, s.user.Attributes, checked); failed != nil {
			return failed, nil
		}
		to = address{Attribute: attribute, Value: checked[attribute]}
	}
	delivery, failed, err := c.sendCode(w, op, sending{
		Kind: message.MFACode, Cause: message.CauseAuthentication, Purpose: PurposeSetUp, User: s.user, To: to, Flow: a.ID, Client: a.ClientID, Origin: o, Action: "send_set_up_code",
	})
	if err != nil || failed != nil {
		return failed, err
	}
	a.Delivery = delivery
	return nil, c.sealCeremony(a, ceremony{Address: to.Value})
}

// setUpOf prints the set-up that an attempt is in; nil while there is none.
func (c *Core) setUpOf(s *standing, a *attempt) *SetUp {
	if a.SettingUp == "" {
		return nil
	}
	made := c.ceremonyOf(a)
	up := &SetUp{Factor: a.SettingUp, Passkey: made.Options, Delivery: a.Delivery}
	if a.SettingUp == FactorTOTP {
		up.Secret, up.URI = c.shownSecret(&s.pool, &s.user, made.Secret)
	}
	up.NeedsAddress = attributeOf(a.SettingUp) != "" && made.Address == ""
	return up
}

// shownSecret is a new secret as text and as what its QR code says.
func (c *Core) shownSecret(p *Pool, u *User, secret []byte) (text, uri string) {
	return otp.SecretText(secret), otp.URI(p.Name, passkeyUser(u).Name, secret)
}

// beginKey makes the ceremony of a new passkey.
func (c *Core) beginKey(w storage.Writer, p *Pool, u *User, have []Passkey, conditional bool) (ceremony, error) {
	site, ok := c.site(p)
	if !ok || len(have) >= maxPasskeys {
		return ceremony{}, refuse("passkey", NotAllowed)
	}
	if len(u.PasskeyHandle) == 0 {
		u.PasskeyHandle = []byte(otp.NewToken())
		if err := users.Put(w, *u); err != nil {
			return ceremony{}, err
		}
	}
	var exclude []passkey.Record
	for _, k := range have {
		exclude = append(exclude, k.Record)
	}
	options, state, err := site.BeginCreate(passkeyUser(u), exclude, conditional)
	if err != nil {
		return ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return ceremony{Options: options, State: state}, nil
}

// respondSetUp checks the first use of a new factor, records it and goes on.
func (s *SignIn) respondSetUp(ctx context.Context, op string, a attempt, reply SetUpAnswer, o Origin) (Step, error) {
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.setUpIn(w, op, a, reply, o)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		return s.proved(w, op, now, false, o)
	})
}

// setUpIn checks the first use of a new factor and records it. The attempt that it
// answers is for the caller to store.
func (s *SignIn) setUpIn(w storage.Writer, op string, seen attempt, reply SetUpAnswer, o Origin) (attempt, *Error, error) {
	if seen.SettingUp == "" || reply.Factor != seen.SettingUp {
		return seen, refuse(op, WrongAnswer), nil
	}
	now, failed, err := s.reloadAttempt(w, op, seen)
	if err == nil && failed == nil && string(now.Ceremony) != string(seen.Ceremony) {
		failed = refuse(op, AttemptExpired)
	}
	if err == nil && failed == nil {
		failed, err = s.stillToSetUp(w, op, now, reply.Factor)
	}
	if err != nil || failed != nil {
		return now, failed, err
	}
	factors, failed, err := s.recordSetUp(w, op, &now, reply, o)
	if err != nil || failed != nil {
		return now, failed, err
	}
	now.Enrolled, now.SettingUp, now.Ceremony = reply.Factor, "", nil
	now.Proven = append(now.Proven, factors...)
	return now, nil, nil
}

// stillToSetUp refuses a set-up that is not due any more: its owner has set up
// a factor meanwhile, and that must be proven instead.
func (s *SignIn) stillToSetUp(r storage.Reader, op string, a attempt, f Factor) (*Error, error) {
	p, err := pools.Get(r, string(a.PoolID))
	if err != nil {
		return nil, err
	}
	now, err := s.gather(r, p, a)
	if err != nil {
		return nil, err
	}
	if v := decide(now.facts); v.Ask != AskSetUp || !slices.Contains(v.Options, f) {
		return refuse(op, AttemptExpired), nil
	}
	return nil, nil
}

// recordSetUp stores what was set up, and answers what that has proven.
func (s *SignIn) recordSetUp(w storage.Writer, op string, a *attempt, reply SetUpAnswer, o Origin) ([]Factor, *Error, error) {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return nil, nil, err
	}
	u, err := getUser(w, a.PoolID, a.UserID)
	if err != nil {
		return nil, nil, err
	}
	made, d := s.ceremonyOf(a), deed{Action: "add_factor", Client: a.ClientID, Origin: o}
	switch reply.Factor {
	case FactorTOTP:
		failed, err := s.addApp(w, op, &u, made.Secret, reply, d)
		return []Factor{FactorTOTP}, failed, err
	case FactorPasskey:
		verified, failed, err := s.addKey(w, op, &p, &u, made.State, reply, d)
		if verified {
			return []Factor{FactorPasskey, factorVerifiedPasskey}, failed, err
		}
		return []Factor{FactorPasskey}, failed, err
	}
	k, failed, err := s.checkCode(w, op, codeKey{Pool: p.ID, User: u.ID, Purpose: PurposeSetUp, Flow: a.ID}, reply.Code, o)
	if err != nil || failed != nil {
		return nil, failed, err
	}
	failed, err = s.addAddress(w, op, &p, &u, reply.Factor, k, d)
	return []Factor{reply.Factor}, failed, err
}

// addApp stores an authenticator app once it showed a right code. One that is
// there already is replaced.
func (c *Core) addApp(w storage.Writer, op string, u *User, secret []byte, reply SetUpAnswer, d deed) (*Error, error) {
	cred := Credential{PoolID: u.PoolID, UserID: u.ID, Kind: FactorTOTP, Name: cleanLabel(reply.Name), ChangedAt: c.Now()}
	failed, err := c.guess(w, op, guessing{u.PoolID, u.ID, d.Origin, appsTried}, func() (bool, error) {
		step, right := otp.VerifyTOTP(secret, reply.Code, c.Now(), 0)
		cred.LastStep = step
		return right && len(secret) > 0, nil
	})
	if err != nil || failed != nil {
		return failed, err
	}
	cred.Secret = c.Sealer.Seal(secret, "totp", string(u.PoolID), string(u.ID))
	if err := credentials.Put(w, cred); err != nil {
		return nil, err
	}
	return nil, c.factorAdded(w, u, FactorTOTP, d)
}

// addKey stores a new passkey. A credential id that somebody has already is
// refused (WebAuthn Level 3 §7.1 step 26).
func (c *Core) addKey(w storage.Writer, op string, p *Pool, u *User, state []byte, reply SetUpAnswer, d deed) (verified bool, failed *Error, err error) {
	site, ok := c.site(p)
	if !ok {
		return false, refuse(op, FactorNotFound), nil
	}
	record, err := site.FinishCreate(passkeyUser(u), state, reply.Credential)
	if err != nil {
		if errors.Is(err, passkey.ErrRefused) {
			return false, &Error{Code: PasskeyRefused, Op: op, Err: err}, nil
		}
		return false, nil, err
	}
	k := Passkey{PoolID: u.PoolID, UserID: u.ID, ID: record.IDText(), Name: cleanLabel(reply.Name), Record: record, CreatedAt: c.Now()}
	if k.Name == "" {
		k.Name = passkey.Name(record.AAGUID)
	}
	if err := passkeys.Insert(w, k); err != nil {
		if errors.Is(err, storage.ErrExists) {
			return false, refuse(op, PasskeyRefused), nil
		}
		return false, nil, err
	}
	return record.UserVerified, nil, c.factorAdded(w, u, FactorPasskey, d)
}

// addAddress switches codes to an address on, once one came back. A new
// address becomes the person's own.
func (c *Core) addAddress(w storage.Writer, op string, p *Pool, u *User, f Factor, k code, d deed) (*Error, error) {
	if own := u.Attributes[k.Attribute]; own != "" && own != k.Destination {
		return refuse(op, CodeExpired), nil
	}
	applyAttributes(u, map[string]string{k.Attribute: k.Destination, k.Attribute + verifiedSuffix: "true"})
	if failed, err := c.saveOrTake(w, op, p, u, false); err != nil || failed != nil {
		return failed, err
	}
	if failed, err := c.useCode(w, op, k); err != nil || failed != nil {
		return nil, either(failed, err)
	}
	return nil, c.factorAdded(w, u, f, d)
}

// factorAdded switches a new second factor on and tells its owner. What the
// password was reset by counts no longer: a second factor stands beside it.
func (c *Core) factorAdded(w storage.Writer, u *User, f Factor, d deed) error {
	if f != FactorPasskey && !slices.Contains(u.MFA.Enabled, f) {
		u.MFA.Enabled = append(slices.Clone(u.MFA.Enabled), f)
		u.ModifiedAt = c.Now()
		if err := users.Put(w, *u); err != nil {
			return err
		}
	}
	if err := c.tellFactor(w, u, message.FactorAdded, f, d); err != nil {
		return err
	}
	d.Detail = map[string]string{"factor": string(f)}
	return c.record(w, u, d)
}

// tellFactor writes to every address of the person that is proven.
func (c *Core) tellFactor(w storage.Writer, u *User, kind string, f Factor, d deed) error {
	to, ok := noticeAddress(u)
	if !ok {
		return nil
	}
	return c.notifyAt(w, u, kind, to, d.Origin, map[string]string{"factor": string(f)})
}

// longestLabel bounds what people call their factors, in bytes.
const longestLabel = 120

// cleanLabel keeps what can be shown of a name somebody gave.
func cleanLabel(name string) string {
	if len(name) > longestLabel || !printable(name) {
		return ""
	}
	return name
}
