package identity

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Purpose is what a code is for. A code does nothing else.
type Purpose string

// The purposes.
const (
	PurposeSignUp      Purpose = "sign_up"
	PurposeReset       Purpose = "reset_password"
	PurposeVerifyEmail Purpose = "verify_email"
	PurposeVerifyPhone Purpose = "verify_phone_number"
	PurposeSignIn      Purpose = "sign_in" // the way in; its mail carries a link too
	PurposeMFA         Purpose = "mfa"
	PurposeSetUp       Purpose = "mfa_set_up"
	PurposeNotMe       Purpose = "not_me" // only its link is sent
)

// forVerify answers the purpose of a code that verifies an address, and refuses
// an attribute that takes none.
func forVerify(op, attribute string) (Purpose, *Error) {
	switch attribute {
	case attrEmail:
		return PurposeVerifyEmail, nil
	case attrPhone:
		return PurposeVerifyPhone, nil
	}
	return "", &Error{Code: InvalidParameter, Op: op, Field: attribute}
}

// life is how long a code lives (Cognito: an hour to reset a password, a day to
// verify; NIST SP 800-63B-4 §3.1.3.2: ten minutes to sign in).
func (p Purpose) life() time.Duration {
	switch p {
	case PurposeReset:
		return time.Hour
	case PurposeSignIn, PurposeMFA, PurposeSetUp:
		return 10 * time.Minute
	case PurposeNotMe:
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// Each code takes five tries. Over all codes of a user never more than 20 are
// typed in an hour and fewer than 100 in a day: guessing one of a million stays
// below 1 in 10,000 a day. A browser that the user has signed in with has a
// count of its own, and a mailed link none, as it cannot be guessed: whoever
// keeps typing wrong codes elsewhere locks nobody out.
const triesPerCode = 5

var (
	codesPerHour   = Limit{Name: "code", Burst: 15, Every: 12 * time.Minute, By: ByUser}
	codesPerDay    = Limit{Name: "code_day", Burst: 40, Every: 30 * time.Minute, By: ByUser}
	codesByAddress = Limit{Name: "code_address", Burst: 60, Every: 2 * time.Second, By: ByAddress}
)

// codeKey names the one code a user has for a purpose: a newer one replaces it.
// Codes to sign in with belong to one attempt besides, so that a stranger who
// asks for one replaces nobody's.
type codeKey struct {
	Pool    PoolID
	User    UserID
	Purpose Purpose
	Flow    AttemptID
}

// code is a mailed or texted code. It is marked used, not deleted, so that its
// link can say so until it expires.
type code struct {
	PoolID      PoolID    `json:"user_pool_id"`
	UserID      UserID    `json:"sub"`
	Purpose     Purpose   `json:"purpose"`
	Flow        AttemptID `json:"attempt,omitempty"`
	Attribute   string    `json:"attribute"`   // email or phone_number
	Destination string    `json:"destination"` // where it went; it proves this address and no other
	MAC         []byte    `json:"mac"`
	Link        string    `json:"link"` // SHA-256 of the link's token, hex
	Tries       int       `json:"tries,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	UsedAt      time.Time `json:"used_at,omitzero"`
}

var codes = storage.Collection[code]{
	Name: "code", Format: 1,
	ID: func(k *code) []any { return k.key().id() },
	Indexes: []storage.Index[code]{
		{Name: "expires", Of: func(k *code) []any { return []any{k.ExpiresAt} }},
	},
}

// codeLink finds the code of a mailed link by the hash of its token.
type codeLink struct {
	Hash      string    `json:"hash"`
	PoolID    PoolID    `json:"user_pool_id"`
	UserID    UserID    `json:"sub"`
	Purpose   Purpose   `json:"purpose"`
	Flow      AttemptID `json:"attempt,omitempty"`
	Masked    string    `json:"masked"`
	ExpiresAt time.Time `json:"expires_at"`
}

var codeLinks = storage.Collection[codeLink]{
	Name: "code_link", Format: 1,
	ID: func(l *codeLink) []any { return []any{l.Hash} },
	Indexes: []storage.Index[codeLink]{
		{Name: "expires", Of: func(l *codeLink) []any { return []any{l.ExpiresAt} }},
	},
}

func (k codeKey) id() []any {
	id := []any{string(k.Pool), string(k.User), string(k.Purpose)}
	if k.Flow != "" {
		id = append(id, string(k.Flow))
	}
	return id
}

func (k *code) key() codeKey {
	return codeKey{Pool: k.PoolID, User: k.UserID, Purpose: k.Purpose, Flow: k.Flow}
}

// userMeter is what a user's codes are counted under; those from a browser that
// knows the user are counted apart.
func (c *Core) userMeter(r storage.Reader, pool PoolID, user UserID, o Origin) (string, error) {
	key := personKey(pool, user)
	_, known, err := c.browserOf(r, pool, user, o)
	if known {
		key = knownKey(key, o)
	}
	return key, err
}

// good says that the code has neither been used nor expired.
func (k *code) good(now time.Time) bool { return k.UsedAt.IsZero() && now.Before(k.ExpiresAt) }

// issueCode makes the user's only code for the purpose, and answers the
// secrets that go out with it.
func (c *Core) issueCode(w storage.Writer, key codeKey, to address) (digits, link string, err error) {
	digits, link = otp.NewCode(), otp.NewToken()
	now := c.Now()
	k := code{
		PoolID: key.Pool, UserID: key.User, Purpose: key.Purpose, Flow: key.Flow, Attribute: to.Attribute, Destination: to.Value,
		Link: hashOf(link), CreatedAt: now, ExpiresAt: now.Add(key.Purpose.life()),
	}
	k.MAC = c.codeMAC(&k, digits)
	if err := codes.Put(w, k); err != nil {
		return "", "", fmt.Errorf("code: %w", err)
	}
	err = codeLinks.Insert(w, codeLink{
		Hash: k.Link, PoolID: k.PoolID, UserID: k.UserID, Purpose: k.Purpose, Flow: k.Flow, Masked: to.masked(), ExpiresAt: k.ExpiresAt,
	})
	return digits, link, err
}

// codeMAC binds the digits to purpose, user, destination and attempt.
func (c *Core) codeMAC(k *code, digits string) []byte {
	parts := []string{string(k.Purpose), string(k.PoolID), string(k.UserID), k.Destination, digits}
	if k.Flow != "" {
		parts = append(parts, string(k.Flow))
	}
	return c.Sealer.MAC("code", parts...)
}

// checkCode counts the try and compares. The refusal is a value that must be
// kept: the caller commits the count. A right code is not yet used; see useCode.
func (c *Core) checkCode(w storage.Writer, op string, key codeKey, typed string, o Origin) (code, *Error, error) {
	by := caller{pool: key.Pool, user: key.User, origin: o}
	if failed, err := c.under(w, op, by, o.charges(codesByAddress)...); err != nil || failed != nil {
		return code{}, failed, err
	}
	k, err := codes.Get(w, key.id()...)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return code{}, nil, fmt.Errorf("code: %w", err)
	}
	spent := err != nil || !k.good(c.Now()) || k.Tries >= triesPerCode
	switch {
	case spent && key.Purpose == PurposeSignUp:
		return code{}, c.spentCode(op, &k, otp.Normalise(typed)), nil
	case spent:
		return code{}, refuse(op, CodeExpired), nil
	}
	return c.compareCode(w, op, k, otp.Normalise(typed), o)
}

// isCode compares. A code without a destination went to nobody: no guess of it is right.
func (c *Core) isCode(k *code, digits string) bool {
	return hmac.Equal(k.MAC, c.codeMAC(k, digits)) && k.Destination != ""
}

// spentCode answers for a sign-up code that is good no more, or that there never
// was. Only whoever types that very code hears that it is over: to anybody else it
// looks like a wrong one, or it would tell which account waits to be confirmed.
func (c *Core) spentCode(op string, k *code, digits string) *Error {
	if c.isCode(k, digits) {
		return refuse(op, CodeExpired)
	}
	return refuse(op, CodeMismatch)
}

func (c *Core) compareCode(w storage.Writer, op string, k code, digits string, o Origin) (code, *Error, error) {
	right := false
	failed, err := c.guess(w, op, guessing{k.PoolID, k.UserID, o, []Limit{codesPerHour, codesPerDay}}, func() (bool, error) {
		if right = c.isCode(&k, digits); right {
			return true, nil
		}
		k.Tries++
		return false, codes.Put(w, k)
	})
	if !right {
		k = code{}
	}
	return k, failed, err
}

// guessing is one try at something that could be guessed.
type guessing struct {
	pool   PoolID
	user   UserID
	origin Origin
	limits []Limit
}

// guess takes the try from the user's count before it compares: parallel
// guesses must not slip past. A right one is given back.
func (c *Core) guess(w storage.Writer, op string, g guessing, compare func() (bool, error)) (*Error, error) {
	key, err := c.userMeter(w, g.pool, g.user, g.origin)
	if err != nil {
		return nil, err
	}
	var tries []charge
	for _, l := range g.limits {
		tries = append(tries, charge{l, key})
	}
	if failed, err := c.under(w, op, caller{pool: g.pool, user: g.user, origin: g.origin}, tries...); err != nil || failed != nil {
		return failed, err
	}
	right, err := compare()
	if err != nil || !right {
		return refuse(op, CodeMismatch), err
	}
	for _, l := range g.limits {
		if err := c.giveBack(w, l, key); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// useCode marks the code used. CodeExpired says that it was used, replaced or
// ran out since it was checked.
func (c *Core) useCode(w storage.Writer, op string, seen code) (*Error, error) {
	now, err := codes.Get(w, seen.key().id()...)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("code: %w", err)
	}
	if err != nil || now.Link != seen.Link || !now.good(c.Now()) {
		return refuse(op, CodeExpired), nil
	}
	now.UsedAt = c.Now()
	return nil, codes.Put(w, now)
}

// followLink answers the good code behind a mailed link.
func (c *Core) followLink(r storage.Reader, op string, pool PoolID, token string) (code, *Error, error) {
	l, k, err := readLink(r, pool, token)
	if errors.Is(err, storage.ErrNotFound) {
		return code{}, refuse(op, CodeExpired), nil
	}
	if err != nil {
		return code{}, nil, err
	}
	if k.Link != l.Hash || !k.good(c.Now()) {
		return code{}, refuse(op, CodeExpired), nil
	}
	return k, nil, nil
}

func readLink(r storage.Reader, pool PoolID, token string) (codeLink, code, error) {
	l, err := codeLinks.Get(r, hashOf(token))
	if err != nil {
		return codeLink{}, code{}, err
	}
	if l.PoolID != pool {
		return codeLink{}, code{}, storage.ErrNotFound
	}
	k, err := codes.Get(r, codeKey{l.PoolID, l.UserID, l.Purpose, l.Flow}.id()...)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return codeLink{}, code{}, fmt.Errorf("code: %w", err)
	}
	return l, k, nil
}
