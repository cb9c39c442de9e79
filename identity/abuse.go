package identity

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// caller is who falls under a limit, for the audit.
type caller struct {
	pool   PoolID
	client ClientID
	user   UserID // may be a ghost's
	origin Origin
}

func callerOf(u *User, d deed) caller {
	return caller{pool: u.PoolID, client: d.Client, user: u.ID, origin: d.Origin}
}

func (a *attempt) caller(o Origin) caller {
	return caller{pool: a.PoolID, client: a.ClientID, user: a.UserID, origin: o}
}

// charge is one count that a deed falls under.
type charge struct {
	Limit
	key string
}

// under takes one from every limit, or from none: the first that has none left
// refuses under its name.
func (c *Core) under(w storage.Writer, op string, by caller, charges ...charge) (*Error, error) {
	for _, each := range charges {
		if wait, err := c.Wait(w, each.Limit, each.key); err != nil || wait > 0 {
			return c.reached(w, op, reached{each.Name, each.key, wait, toldEvery}, by, err)
		}
	}
	for _, each := range charges {
		if _, err := c.allow(w, each.Limit, each.key); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// toldEvery is how often the audit says that a limit refuses: a flood of
// refusals must not become a flood of records.
const toldEvery = time.Minute

// reached is a limit that refuses, and how often the audit says so.
type reached struct {
	limit, key  string
	wait, quiet time.Duration
}

// reached refuses for as long as the limit does, and says so in the audit.
func (c *Core) reached(w storage.Writer, op string, r reached, by caller, err error) (*Error, error) {
	if err != nil || r.wait <= 0 {
		return nil, err
	}
	failed := &Error{Code: TooManyAttempts, Op: op, RetryAfter: r.wait, Limit: r.limit}
	told, err := c.allow(w, Limit{Name: "told_" + r.limit, Burst: 1, Every: r.quiet}, r.key)
	if err != nil || told > 0 {
		return failed, err
	}
	if _, err := getUser(w, by.pool, by.user); errors.Is(err, storage.ErrNotFound) {
		by.user = ""
	} else if err != nil {
		return failed, err
	}
	of := attempt{PoolID: by.pool, ClientID: by.client, UserID: by.user}
	return failed, audit.Write(w, c.event("limit", audit.Refused, of, by.origin, func(e *audit.Event) {
		e.Reason = string(TooManyAttempts)
		e.Detail = map[string]string{"limit": r.limit, "until": c.Now().Add(r.wait).UTC().Format(time.RFC3339), "operation": op}
	}))
}

// personKey is what a user's meters are counted under.
func personKey(pool PoolID, user UserID) string { return string(pool) + " " + string(user) }

// knownKey is personKey for a browser that knows the person.
func knownKey(key string, o Origin) string { return key + " " + hashOf(o.Browser) }

func clientKey(pool PoolID, client ClientID) string { return string(pool) + " " + string(client) }

// mayEnter takes one from the limits of a door, for the client and the address.
func (c *Core) mayEnter(w storage.Writer, op string, by caller, limits ...Limit) (*Error, error) {
	var charges []charge
	for _, l := range limits {
		if l.By == ByAddress {
			charges = append(charges, by.origin.charges(l)...)
			continue
		}
		charges = append(charges, charge{l, clientKey(by.pool, by.client)})
	}
	return c.under(w, op, by, charges...)
}

// maySignUp takes a sign-up from the limits of the door. Where a code must go
// out there has to be budget for it, whether or not the address is taken.
func (a *Accounts) maySignUp(w storage.Writer, op string, n *newcomer, in SignUp) (*Error, error) {
	if err := a.press(w, in.Pool, in.Origin); err != nil {
		return nil, err
	}
	by := caller{pool: in.Pool, client: in.Client, origin: in.Origin}
	if failed, err := a.mayEnter(w, op, by, signUpsByClient, signUpsByAddress); err != nil || failed != nil {
		return failed, err
	}
	to, ok := signUpAddress(&n.pool, &n.user)
	if !ok || n.user.Status != Unconfirmed {
		return nil, nil
	}
	return a.withinBudget(w, op, &n.pool, to.medium(), by)
}

// keepOut refuses networks that the pool shuts out, and says so in the audit.
func (c *Core) keepOut(ctx context.Context, op string, p *Pool, d deed) error {
	if closedTo(op, p, d.Origin) == nil {
		return nil
	}
	return c.update(ctx, func(w storage.Writer) (*Error, error) { return c.shutOut(w, op, p, d) })
}

// shutOut is keepOut in the caller's transaction.
func (c *Core) shutOut(w storage.Writer, op string, p *Pool, d deed) (*Error, error) {
	failed := closedTo(op, p, d.Origin)
	if failed == nil {
		return nil, nil
	}
	return failed, c.recordFailure(w, &User{PoolID: p.ID}, d, failed.Code)
}

// takesAnswer refuses a first password, or an address given with it, that is
// known for abuse.
func (s *SignIn) takesAnswer(ctx context.Context, op string, p *Pool, change newPassword, reply NewPasswordAnswer) *Error {
	if failed := s.addressRefusal(op, p, nil, change.attributes); failed != nil {
		return failed
	}
	return s.breachRefusal(ctx, op, p, lookAtChange, reply.Password)
}
