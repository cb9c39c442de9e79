package oauth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Device authorization (RFC 8628).
const (
	devicePrefix = "dc_"
	deviceLife   = 10 * time.Minute
	// userLetters are the letters of user codes (RFC 8628 §6.1): no vowels, so that
	// they spell no words, and no digits to mistake for letters.
	userLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userLength  = 8
	userTries   = 5 // until a user code is found that nobody has
)

// DeviceAuthorization answers a device (RFC 8628 §3.2).
type DeviceAuthorization struct {
	DeviceCode  string `json:"device_code"`
	UserCode    string `json:"user_code"` // XXXX-XXXX
	Page        string `json:"verification_uri"`
	PageAndCode string `json:"verification_uri_complete"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	Interval    int    `json:"interval"`   // seconds
}

// errandFormChecks hold what is sent, before anybody is asked who they are.
var errandFormChecks = []check[form]{
	{"RFC 8628 §3.1, CIBA §7.1: no parameter twice, but resource (RFC 8707 §2)", InvalidRequest, "A parameter is given twice or is not UTF-8 text.", func(f form) bool {
		return !f.twice("resource")
	}},
	{"RFC 6749 Appendix B: UTF-8", InvalidRequest, "A parameter is given twice or is not UTF-8 text.", form.readable},
}

// deviceChecks hold a client that has proven itself. What it asks for is held by wishes.
var deviceChecks = []check[*identity.Client]{
	{"RFC 8628 §5.2, RFC 6749 §5.2: the grant type is allowed to it", UnauthorizedClient, "The client may not use this grant_type.", func(c *identity.Client) bool {
		return c.MayGrant(identity.GrantDevice)
	}},
}

// wishes are what a client asks for by an errand, held as at the authorization
// endpoint.
var wishes = []struct {
	clause string
	read   func(*errand, *identity.Pool, *identity.Client, form) *Error
}{
	{"RFC 6749 §3.3: scope", func(e *errand, pool *identity.Pool, c *identity.Client, f form) (refused *Error) {
		e.Scopes, refused = userScopes(pool, c, f.get("scope"))
		return refused
	}},
	{"RFC 8707 §2: resource", func(e *errand, pool *identity.Pool, c *identity.Client, f form) (refused *Error) {
		e.Resources, refused = readResources(pool, c, f["resource"])
		return refused
	}},
	{"RFC 9396 §2: authorization_details", func(e *errand, _ *identity.Pool, c *identity.Client, f form) (refused *Error) {
		e.Details, refused = readDetails(c, f.get("authorization_details"))
		return refused
	}},
}

// AuthorizeDevice begins an authorization that is given at another device: page is
// the address where a person types the code. Its error is an *Error for a request
// that was refused, and a *TooOften.
func (p *Provider) AuthorizeDevice(ctx context.Context, pool identity.PoolID, in TokenRequest, page string, from netip.Addr) (DeviceAuthorization, error) {
	f := form(in.Form)
	if refused := refusal(errandFormChecks, f); refused != nil {
		return DeviceAuthorization{}, refused
	}
	found, client, err := p.authenticate(ctx, pool, in.Auth)
	if err != nil {
		return DeviceAuthorization{}, err
	}
	if refused := refusal(deviceChecks, &client); refused != nil {
		return DeviceAuthorization{}, refused
	}
	e, handle, refused := p.newErrand(&found, &client, f, identity.GrantDevice, deviceLife)
	if refused != nil {
		return DeviceAuthorization{}, refused
	}
	e.Address = identity.AddressText(from)
	code, err := p.keepDevice(ctx, e, from)
	if err != nil {
		return DeviceAuthorization{}, err
	}
	return DeviceAuthorization{
		DeviceCode: handle, UserCode: code, Page: page, PageAndCode: page + "?user_code=" + code,
		ExpiresIn: int(deviceLife / time.Second), Interval: e.Interval,
	}, nil
}

// prefixes mark the handles of errands, by grant type.
var prefixes = map[string]string{identity.GrantDevice: devicePrefix, identity.GrantCIBA: cibaPrefix}

// newErrand reads what a client asks for, as the authorization endpoint would. Its
// handle is for the client alone.
func (p *Provider) newErrand(pool *identity.Pool, c *identity.Client, f form, grantType string, life time.Duration) (e errand, handle string, refused *Error) {
	now := p.Now()
	handle = otp.NewToken(prefixes[grantType])
	e = errand{
		Hash: hashOf(handle), GrantType: grantType, PoolID: pool.ID, ClientID: c.ID,
		CreatedAt: now, ExpiresAt: now.Add(life), Interval: int(pollEvery / time.Second),
	}
	for _, wish := range wishes {
		if refused = wish.read(&e, pool, c, f); refused != nil {
			return e, "", refused
		}
	}
	return e, handle, nil
}

// keepDevice stores an errand under a user code that no other has.
func (p *Provider) keepDevice(ctx context.Context, e errand, from netip.Addr) (code string, err error) {
	for range userTries {
		code = newUserCode()
		e.UserCode = p.userCodeMAC(e.PoolID, code)
		var wait time.Duration
		err = p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
			if wait, err = p.take(w, identity.DeviceRequests, identity.Network(from)); err != nil || wait > 0 {
				return err
			}
			return p.recordErrand(w, &e, "", "", "device_code_issued", audit.OK, "", errands.Insert(w, e))
		})
		if wait > 0 {
			return "", &TooOften{Wait: wait}
		}
		if !errors.Is(err, storage.ErrExists) {
			break
		}
	}
	if err != nil {
		return "", fault("device authorization", err)
	}
	return code, nil
}

// DeviceErrand answers what a device waits for, by the code that it shows: in any
// case, with dashes or without. ExpiredToken stands for every code that is not
// good; its error is a *TooOften after many of those.
func (p *Provider) DeviceErrand(ctx context.Context, pool identity.PoolID, typed string, from netip.Addr) (Errand, error) {
	var found Errand
	var wait time.Duration
	var refused *Error
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
		found, refused = Errand{}, nil
		if wait, err = p.guessesLeft(w, pool, from); err != nil || wait > 0 {
			return err
		}
		e, err := errands.By(w, "user_code", p.userCodeMAC(pool, plainUserCode(typed)))
		if errors.Is(err, storage.ErrNotFound) || err == nil && !e.waits(p.Now()) {
			refused = errUserCode
			return p.countUserCode(w, pool, from)
		}
		if err == nil {
			found, err = p.show(w, &e)
			found.UserCode = SpacedUserCode(typed)
		}
		return err
	})
	switch _, known := CodeOf(err); {
	case known:
		return found, err // its client is gone
	case err != nil:
		return found, fault("user code", err)
	case wait > 0:
		return found, &TooOften{Wait: wait}
	}
	return found, failed(refused)
}

var errUserCode = refuse(ExpiredToken, "The user code is unknown, used or expired.")

func (p *Provider) guessesLeft(r storage.Reader, pool identity.PoolID, from netip.Addr) (time.Duration, error) {
	one, err := p.Identity.Wait(r, identity.WrongUserCodes, identity.Network(from))
	if err != nil || one > 0 {
		return one, err
	}
	return p.Identity.Wait(r, identity.WrongUserCodesOfPool, identity.PoolKey(pool))
}

// countUserCode counts a wrong code, and writes it down: somebody may be guessing.
func (p *Provider) countUserCode(w storage.Writer, pool identity.PoolID, from netip.Addr) error {
	err := audit.Write(w, audit.Event{
		At: p.Now(), Pool: string(pool), Action: "user_code_refused", Outcome: audit.Refused, Address: identity.AddressText(from),
	})
	if err != nil {
		return err
	}
	if err := p.Identity.Take(w, identity.WrongUserCodes, identity.Network(from)); err != nil {
		return err
	}
	return p.Identity.Take(w, identity.WrongUserCodesOfPool, identity.PoolKey(pool))
}

// userCodeMAC is how user codes are kept: they are short enough to be found from a
// plain hash.
func (p *Provider) userCodeMAC(pool identity.PoolID, code string) string {
	return base64.RawURLEncoding.EncodeToString(p.Identity.Sealer.MAC("user_code", string(pool), plainUserCode(code)))
}

// newUserCode answers XXXX-XXXX, every letter as likely as any other.
func newUserCode() string {
	letters := make([]byte, 0, userLength)
	for len(letters) < userLength {
		var b [1]byte
		rand.Read(b[:])                           // never fails (crypto/rand)
		if int(b[0]) < 256-256%len(userLetters) { // else the first letters came more often
			letters = append(letters, userLetters[int(b[0])%len(userLetters)])
		}
	}
	return SpacedUserCode(string(letters))
}

// SpacedUserCode writes a user code as devices show it: XXXX-XXXX.
func SpacedUserCode(code string) string {
	code = plainUserCode(code)
	half := min(len(code), userLength/2)
	return code[:half] + "-" + code[half:]
}

// plainUserCode leaves out what people type between the letters (RFC 8628 §6.1).
func plainUserCode(typed string) string {
	if len(typed) > maxHint {
		return ""
	}
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(userLetters, c) {
			return c
		}
		return -1
	}, strings.ToUpper(typed))
}
