package identity

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Device is a browser that a person has finished a sign-in in. Wrong tries from
// elsewhere do not slow it down, and where the pool remembers devices it can
// stand in for the second factor.
type Device struct {
	PoolID    PoolID    `json:"user_pool_id"`
	UserID    UserID    `json:"sub"`
	Hash      string    `json:"hash"` // of its cookie's secret, or keyedHash
	ID        string    `json:"device_key,omitempty"`
	Name      string    `json:"device_name,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
	Address   string    `json:"address,omitempty"` // of the last sign-in
	FirstSeen time.Time `json:"first_seen,omitzero"`
	LastSeen  time.Time `json:"last_seen"`
	// RememberedAt is when it last began to stand in for the second factor;
	// zero is never. It holds while Epoch is the user's.
	RememberedAt time.Time `json:"remembered_at,omitzero"`
	Epoch        int       `json:"epoch,omitempty"`
	// Verifier and Wanted are of a device with a key: what its password is held
	// against, and that its person wants it remembered.
	Verifier storage.Sealed `json:"verifier,omitempty"`
	Wanted   bool           `json:"device_remembered,omitempty"`
}

// knownBrowsers keeps each person's browsers by the hash of their cookie.
var knownBrowsers = storage.Collection[Device]{
	Name: "known_browser", Format: 1,
	ID: func(b *Device) []any { return []any{string(b.PoolID), string(b.UserID), b.Hash} },
	Indexes: []storage.Index[Device]{
		{Name: "hash", Of: func(b *Device) []any { return []any{string(b.PoolID), b.Hash} }},
		{Name: "last", Of: func(b *Device) []any { return []any{b.LastSeen} }},
	},
}

// rememberedFor is how long after its last second factor a remembered browser
// goes without.
const rememberedFor = 30 * 24 * time.Hour

// browserOf answers the browser of a request, when it has signed the person in before.
func (c *Core) browserOf(r storage.Reader, pool PoolID, user UserID, o Origin) (Device, bool, error) {
	if o.Browser == "" || user == "" {
		return Device{}, false, nil
	}
	d, err := knownBrowsers.Get(r, string(pool), string(user), hashOf(o.Browser))
	if errors.Is(err, storage.ErrNotFound) {
		return Device{}, false, nil
	}
	if err != nil {
		return Device{}, false, fmt.Errorf("known browser: %w", err)
	}
	return d, true, nil
}

// fromHome says that the request comes from a network which one of the person's
// browsers was last in.
func (c *Core) fromHome(r storage.Reader, pool PoolID, user UserID, o Origin) (bool, error) {
	if !o.Address.IsValid() {
		return false, nil
	}
	all, err := knownBrowsers.List(r, storage.Page{Prefix: []any{string(pool), string(user)}})
	return slices.ContainsFunc(all, func(d Device) bool {
		last, err := netip.ParseAddr(d.Address)
		return err == nil && network(last) == network(o.Address)
	}), err
}

// madeHere says that a browser's secret is one of ours. Any other may have been
// planted by somebody who knows it.
func madeHere(r storage.Reader, pool PoolID, secret string) (bool, error) {
	if secret == "" {
		return false, nil
	}
	found, err := knownBrowsers.List(r, storage.Page{Index: "hash", Prefix: []any{string(pool), hashOf(secret)}, Limit: 1})
	return len(found) > 0, err
}

// skipsSecond says that the pool lets this browser stand in for the second factor.
func (c *Core) skipsSecond(p *Pool, u *User, d *Device) bool {
	if p.Devices == nil || !p.Devices.ChallengeRequiredOnNewDevice || d.RememberedAt.IsZero() {
		return false
	}
	if d.Keyed() { // its secret never travels: it needs no end
		return d.Epoch == u.Epoch
	}
	return d.Epoch == u.Epoch && c.Now().Sub(d.RememberedAt) < rememberedFor
}

// standsIn says that the attempt's browser stands in for the second factor now:
// it may have been forgotten since the attempt began.
func (c *Core) standsIn(r storage.Reader, s *standing, a attempt) (bool, error) {
	if a.Browser == "" {
		return false, nil
	}
	d, err := knownBrowsers.Get(r, string(a.PoolID), string(a.UserID), a.Browser)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.skipsSecond(&s.pool, &s.user, &d), err
}

// mayRemember says that the person is asked whether to remember this browser.
func (p *Pool) mayRemember() bool {
	return p.Devices != nil && p.Devices.ChallengeRequiredOnNewDevice && p.Devices.DeviceOnlyRememberedOnUserPrompt
}

// rememberBrowser makes the browser a known one; the answer is a new secret
// for its cookie, or "" when it has one.
func (c *Core) rememberBrowser(w storage.Writer, s *standing, a attempt, o Origin) (string, error) {
	p, u := &s.pool, &s.user
	secret, fresh := o.Browser, ""
	ours, err := madeHere(w, u.PoolID, secret)
	if err != nil {
		return "", err
	}
	if !ours {
		secret = otp.NewToken()
		fresh = secret
	}
	d, err := knownBrowsers.Get(w, string(u.PoolID), string(u.ID), hashOf(secret))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", fmt.Errorf("known browser: %w", err)
	}
	now := c.Now()
	if d.ID == "" {
		d.ID, d.FirstSeen = uuid.NewString(), now
	}
	d.PoolID, d.UserID, d.Hash, d.LastSeen, d.UserAgent = u.PoolID, u.ID, hashOf(secret), now, o.UserAgent
	d.Address = cmp.Or(o.addressText(), d.Address)
	if p.Devices != nil && (a.Remember || !p.Devices.DeviceOnlyRememberedOnUserPrompt) && s.facts.provenTwice() {
		d.RememberedAt, d.Epoch = now, u.Epoch
	}
	return fresh, knownBrowsers.Put(w, d)
}
