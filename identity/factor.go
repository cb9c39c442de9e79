package identity

import (
	"slices"
	"time"

	"poolhouse.dev/identity/passkey"
	"poolhouse.dev/storage"
)

// Factor is a way to prove oneself. Names are Cognito's where it has one.
type Factor string

// The ways in (Cognito AuthFactorType).
const (
	FactorPassword  Factor = "PASSWORD"
	FactorEmailCode Factor = "EMAIL_OTP"
	FactorSMSCode   Factor = "SMS_OTP"
	FactorPasskey   Factor = "WEB_AUTHN"        // also a second factor
	FactorCustom    Factor = "CUSTOM_CHALLENGE" // what the pool's triggers make of it; only for Start.Custom
)

// The second factors.
const (
	FactorTOTP     Factor = "SOFTWARE_TOKEN_MFA"
	FactorSMS      Factor = "SMS_MFA"
	FactorEmail    Factor = "EMAIL_MFA"
	FactorRecovery Factor = "RECOVERY_CODE"
)

// factorVerifiedPasskey is proven beside FactorPasskey when the authenticator
// verified its user. It is never asked.
const factorVerifiedPasskey Factor = "WEB_AUTHN_VERIFIED"

// medium is what somebody must hold to prove a factor. Two factors of one
// medium are one.
type medium string

const (
	mediumWord    medium = "password"
	mediumMailbox medium = "mailbox"
	mediumPhone   medium = "phone"
	mediumKey     medium = "passkey"
	mediumApp     medium = "app"
	mediumPaper   medium = "recovery"
	mediumCustom  medium = "custom"
)

var mediumOf = map[Factor]medium{
	FactorPassword: mediumWord, FactorEmailCode: mediumMailbox, FactorEmail: mediumMailbox, FactorSMSCode: mediumPhone,
	FactorSMS: mediumPhone, FactorPasskey: mediumKey, FactorTOTP: mediumApp, FactorRecovery: mediumPaper, FactorExternal: mediumElsewhere,
	FactorCustom: mediumCustom,
}

// methods gives each factor's name in amr (RFC 8176 §2).
var methods = map[Factor]string{
	FactorPassword: "pwd", FactorEmailCode: "otp", FactorEmail: "otp", FactorSMSCode: "sms", FactorSMS: "sms",
	FactorPasskey: "pop", factorVerifiedPasskey: "user", FactorTOTP: "otp", FactorRecovery: "otp", factorDevice: "swk", FactorCustom: "cust",
	FactorExternal: "fed",
}

// attributeOf answers the attribute whose address a factor sends its code to; "" for none.
func attributeOf(f Factor) string {
	switch mediumOf[f] {
	case mediumMailbox:
		return attrEmail
	case mediumPhone:
		return attrPhone
	}
	return ""
}

// Passkey is a stored WebAuthn credential.
type Passkey struct {
	PoolID     PoolID         `json:"user_pool_id"`
	UserID     UserID         `json:"sub"`
	ID         string         `json:"credential_id"` // base64url
	Name       string         `json:"friendly_credential_name"`
	Record     passkey.Record `json:"record"`
	CreatedAt  time.Time      `json:"created_at"`
	LastUsedAt time.Time      `json:"last_used_at,omitzero"`
}

// passkeys keeps the passkeys of each user; a credential id belongs to one user
// of a pool (WebAuthn Level 3 §7.1 step 25).
var passkeys = storage.Collection[Passkey]{
	Name: "passkey", Format: 1,
	ID: func(k *Passkey) []any { return []any{string(k.PoolID), string(k.UserID), k.ID} },
	Unique: []storage.Unique[Passkey]{
		{Name: "credential", Of: func(k *Passkey) []any { return []any{string(k.PoolID), k.ID} }},
	},
}

// maxPasskeys bounds a person's passkeys (Cognito: 20).
const maxPasskeys = 20

// recoveryCodes are a person's present set. A code is marked used, not removed,
// so that the person can be told how many are left.
type recoveryCodes struct {
	PoolID    PoolID         `json:"user_pool_id"`
	UserID    UserID         `json:"sub"`
	Codes     []recoveryCode `json:"codes"`
	CreatedAt time.Time      `json:"created_at"`
}

type recoveryCode struct {
	MAC    []byte    `json:"mac"`
	UsedAt time.Time `json:"used_at,omitzero"`
}

func (s *recoveryCodes) left() int {
	n := 0
	for _, c := range s.Codes {
		if c.UsedAt.IsZero() {
			n++
		}
	}
	return n
}

var recoverySets = storage.Collection[recoveryCodes]{
	Name: "recovery_codes", Format: 1,
	ID: func(s *recoveryCodes) []any { return []any{string(s.PoolID), string(s.UserID)} },
}

// possessions is what a person could prove themselves with, as stored.
type possessions struct {
	password Credential
	app      Credential
	keys     []Passkey
	recovery recoveryCodes
}

// possessionsOf reads them all; a missing one is its zero value.
func (c *Core) possessionsOf(r storage.Reader, u *User) (has possessions, err error) {
	if has.password, err = c.credentialOf(r, u, FactorPassword); err != nil {
		return has, err
	}
	if has.app, err = c.credentialOf(r, u, FactorTOTP); err != nil {
		return has, err
	}
	if has.keys, err = passkeys.List(r, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}}); err != nil {
		return has, err
	}
	has.recovery, err = recoverySetOf(r, u)
	return has, err
}

// firsts answers which of the ways in the person could take.
func (has *possessions) firsts(u *User, allowed []Factor) []Factor {
	return filter(allowed, func(f Factor) bool {
		switch f {
		case FactorPassword:
			return has.password.Hash != ""
		case FactorPasskey:
			return len(has.keys) > 0
		}
		return verified(u, attributeOf(f))
	})
}

// seconds answers which second factors of the allowed kinds the person has, the
// preferred one first. all counts what was set up but not switched on.
func (has *possessions) seconds(u *User, allowed []Factor, all bool) []Factor {
	have := filter(allowed, func(f Factor) bool {
		on := all || slices.Contains(u.MFA.Enabled, f)
		switch f {
		case FactorTOTP:
			return len(has.app.Secret) > 0
		case FactorPasskey:
			return on && len(has.keys) > 0
		}
		return slices.Contains(u.MFA.Enabled, f) && verified(u, attributeOf(f))
	})
	slices.SortStableFunc(have, func(a, b Factor) int { return boolOrder(a == u.MFA.Preferred, b == u.MFA.Preferred) })
	return have
}

// boolOrder sorts true before false.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func filter[T any](list []T, keep func(T) bool) []T {
	var kept []T
	for _, each := range list {
		if keep(each) {
			kept = append(kept, each)
		}
	}
	return kept
}
