package identity

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// Limit bounds how often something may happen: Burst at once, then one each
// Every. It is kept in the store, so a restart forgets nothing.
type Limit struct {
	Name  string
	Burst int
	Every time.Duration
	By    Counted
}

// Counted is what a limit is counted by.
type Counted string

// What limits are counted by. A user's browsers that know the user are counted
// apart from all others.
const (
	ByAddress     Counted = "address" // IPv4 address, or IPv6 /64
	ByUser        Counted = "user"
	ByDestination Counted = "destination" // an e-mail address or phone number, over all users
	ByClient      Counted = "client"
	ByPool        Counted = "pool"
	// ByClientAddress counts a client at an address.
	ByClientAddress Counted = "client and address"
)

// The limits of the doors: for a network address (security baseline: 20
// sign-ins a minute with a burst of twice that), and for an app client, which
// only something out of hand gets to.
var (
	signInsByAddress = Limit{Name: "sign_in_address", Burst: 40, Every: 3 * time.Second, By: ByAddress}
	signUpsByAddress = Limit{Name: "sign_up_address", Burst: 20, Every: 6 * time.Minute, By: ByAddress}
	resetsByAddress  = Limit{Name: "reset_address", Burst: 20, Every: 6 * time.Minute, By: ByAddress}
	signInsByClient  = Limit{Name: "sign_in_client", Burst: 1200, Every: 50 * time.Millisecond, By: ByClient}
	signUpsByClient  = Limit{Name: "sign_up_client", Burst: 600, Every: 100 * time.Millisecond, By: ByClient}
)

// ofServer is the limit by address for an app that says the addresses of its people:
// ten times as wide, for all of them together. What it says is its own word, and
// without this it would be limited by no address.
func (l Limit) ofServer() Limit {
	l.Name, l.Burst, l.Every = strings.TrimSuffix(l.Name, "_address")+"_server", 10*l.Burst, l.Every/10
	return l
}

// serverLimits are those of the doors that apps come to for their people.
func serverLimits() []Limit {
	return []Limit{signInsByAddress.ofServer(), signUpsByAddress.ofServer(), resetsByAddress.ofServer(), codesByAddress.ofServer()}
}

// charges are what a limit by address counts: where the person is, and the app's
// server that says so.
func (o Origin) charges(l Limit) []charge {
	return []charge{{l, network(o.Address)}, {l.ofServer(), network(o.Server)}}
}

// limits is every limit that the store keeps; docs/operate.md explains each.
func limits() []Limit {
	all := []Limit{
		signInsByAddress, signUpsByAddress, resetsByAddress, codesByAddress, waitsByAddress, signInsByClient, signUpsByClient,
		codesPerHour, codesPerDay, appTriesPerDay, avatarsByUser, accountExistsMails, messagesPerHour, messagesPerDay,
		registrationsByAddress, documentsByAddress, documentsByHost,
	}
	for _, p := range sentPurposes {
		all = append(all, sendsPerHour(p))
	}
	return slices.Concat(all, serverLimits(), appLimits())
}

// meter is the state of one limit for one key: the theoretical arrival time of
// the generic cell rate algorithm (ITU-T I.371, annex A).
type meter struct {
	Limit   string    `json:"limit"`
	Key     string    `json:"key"`
	Arrival time.Time `json:"arrival"`
}

var meters = storage.Collection[meter]{
	Name: "meter", Format: 1,
	ID: func(m *meter) []any { return []any{m.Limit, m.Key} },
	Indexes: []storage.Index[meter]{
		{Name: "arrival", Of: func(m *meter) []any { return []any{m.Arrival} }},
	},
}

// allow takes one from the limit. A wait above zero says that there is none
// now, and how long until there is; nothing is taken then.
func (c *Core) allow(w storage.Writer, l Limit, key string) (wait time.Duration, err error) {
	if !c.RateLimits || key == "" {
		return 0, nil
	}
	next, wait, err := c.next(w, l, key)
	if err != nil || wait > 0 {
		return wait, err
	}
	return 0, meters.Put(w, meter{Limit: l.Name, Key: key, Arrival: next})
}

// next answers the arrival after one more, and how long until it is allowed.
func (c *Core) next(r storage.Reader, l Limit, key string) (next time.Time, wait time.Duration, err error) {
	now := c.Now()
	m, err := meters.Get(r, l.Name, key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return next, 0, fmt.Errorf("limit %s: %w", l.Name, err)
	}
	if m.Arrival.Before(now) {
		m.Arrival = now
	}
	next = m.Arrival.Add(l.Every)
	return next, max(0, next.Add(-time.Duration(l.Burst)*l.Every).Sub(now)), nil
}

// Wait answers how long until the limit has one, and takes nothing.
func (c *Core) Wait(r storage.Reader, l Limit, key string) (time.Duration, error) {
	if !c.RateLimits || key == "" {
		return 0, nil
	}
	_, wait, err := c.next(r, l, key)
	return wait, err
}

// Take takes one from the limit, if there is one, for what another package counts.
func (c *Core) Take(w storage.Writer, l Limit, key string) error {
	_, err := c.allow(w, l, key)
	return err
}

// Network is what an address is counted as; "" for no address.
func Network(a netip.Addr) string { return network(a) }

// giveBack returns one to the limit, for a try that turned out to be right.
func (c *Core) giveBack(w storage.Writer, l Limit, key string) error {
	if !c.RateLimits || key == "" {
		return nil
	}
	m, err := meters.Get(w, l.Name, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("limit %s: %w", l.Name, err)
	}
	m.Arrival = m.Arrival.Add(-l.Every)
	return meters.Put(w, m)
}

// giveBackSignIn returns what a right try took from the limits by address.
func (c *Core) giveBackSignIn(w storage.Writer, o Origin) (err error) {
	for _, each := range o.charges(signInsByAddress) {
		err = errors.Join(err, c.giveBack(w, each.Limit, each.key))
	}
	return err
}

// network is what an address is counted as: itself for IPv4, its /64 for IPv6,
// where one household commonly holds the whole /64 (RFC 6177).
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return ""
	}
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
