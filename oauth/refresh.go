package oauth

import (
	"errors"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// maxPast bounds how many rotated refresh tokens of the last minute a lineage remembers.
const maxPast = 8

var errRefresh = refuse(InvalidGrant, "The refresh token is unknown, expired, revoked, or was issued to another client.")

// ErrReused is the cause of an InvalidGrant for a refresh token that was rotated
// before, and after whose use the lineage has ended.
var ErrReused = errors.New("it was used before")

func checkRefreshForm(x *exchange) *Error {
	if x.form.get("refresh_token") == "" { // RFC 6749 §6
		return refuse(InvalidRequest, "The refresh_token is missing.")
	}
	return nil
}

// standing is what a refresh token of a known family is to its lineage.
type standing int

const (
	reused  standing = iota // rotated long ago, or made up: somebody else has one of the family
	raced                   // rotated a moment ago by a request that raced with this one
	current                 // the one that may rotate
)

// standing: RFC 9700 §4.14.2: a token that was rotated is used once more only by
// a thief or by the client the thief came before. Within the grace period it is
// neither, but a client with two requests under way.
func (g *Grant) standing(hash string, grace time.Duration, now time.Time) standing {
	if hash == g.Current {
		return current
	}
	for _, past := range g.Past {
		if past.Hash == hash && now.Sub(past.RotatedAt) < grace {
			return raced
		}
	}
	return reused
}

// lineageChecks hold the lineage of a refresh token against the client that presents it.
var lineageChecks = []struct {
	clause string
	passes func(*Grant, *identity.Client, time.Time) bool
	cause  func(*Grant) error
}{
	{"RFC 6749 §6: bound to the client it was issued to", func(g *Grant, c *identity.Client, _ time.Time) bool {
		return g.PoolID == c.PoolID && g.ClientID == c.ID
	}, foreign},
	{"RFC 7592 §2.3: not of a client of before, that had this id", func(g *Grant, c *identity.Client, _ time.Time) bool { return !g.ofBefore(c) }, foreign},
	{"RFC 6749 §5.2: neither expired nor revoked", func(g *Grant, _ *identity.Client, now time.Time) bool { return g.live(now) }, (*Grant).over},
}

var errForeign = errors.New("it was issued to another client")

func foreign(*Grant) error { return errForeign }

// unfit answers why the lineage gives the client nothing; nil when it does.
func (g *Grant) unfit(c *identity.Client, now time.Time) error {
	for _, check := range lineageChecks {
		if !check.passes(g, c, now) {
			return check.cause(g)
		}
	}
	return nil
}

func (p *Provider) loadRefresh(r storage.Reader, x *exchange) (*Error, error) {
	is, refused, err := p.judgeRefresh(r, x)
	if err != nil || refused != nil {
		return refused, err
	}
	switch {
	case is == reused:
		x.write = true
	case is == raced:
		x.refresh = p.latest(x)
	default:
		x.write = rotates(&x.client, &x.person.grant) || x.person.grant.unnoted(x.now)
	}
	return nil, nil
}

// judgeRefresh finds the lineage and the person of a refresh token, and says
// what the token is to them.
func (p *Provider) judgeRefresh(r storage.Reader, x *exchange) (standing, *Error, error) {
	token := x.form.get("refresh_token")
	grant, err := lineageOf(r, token)
	if errors.Is(err, storage.ErrNotFound) {
		return reused, errRefresh, nil
	}
	if err != nil {
		return reused, nil, err
	}
	if cause := grant.unfit(&x.client, x.now); cause != nil {
		return reused, becauseOf(errRefresh, cause), nil
	}
	user, groups, live, err := p.person(r, grant.PoolID, grant.UserID, grant.Epoch)
	if err != nil || !live {
		return reused, becauseOf(errRefresh, ErrRevoked), err
	}
	if !grant.Confirmation.heldBy(x.confirm) { // RFC 9449 §5, RFC 8705 §4
		return reused, errRefresh, nil
	}
	x.person = &person{user: user, groups: groups, grant: grant}
	is := grant.standing(hashOf(token), grace(&x.client), x.now)
	if is == reused {
		return reused, nil, nil
	}
	if grant.API {
		x.scopes = grant.Scopes
		return is, nil, nil
	}
	// RFC 6749 §6: no scope that was not granted.
	var refused *Error
	x.scopes, refused = narrow(grant.Scopes, clientScopes(&x.client), x.form.get("scope"))
	if refused == nil {
		refused = x.aim(&grant)
	}
	return is, refused, nil
}

// lineageOf answers the lineage that a refresh token names, whether the token
// is good or not; storage.ErrNotFound when there is none.
func lineageOf(r storage.Reader, token string) (Grant, error) {
	family, ok := familyOf(token)
	if !ok {
		return Grant{}, storage.ErrNotFound
	}
	return grants.By(r, "family", family)
}

// rotate replaces the refresh token, or ends the lineage of a reused one.
func (p *Provider) rotate(w storage.Writer, x *exchange) (*Error, error) {
	is, refused, err := p.judgeRefresh(w, x)
	if err != nil || refused != nil {
		return refused, err
	}
	switch is {
	case reused:
		grant := &x.person.grant
		return becauseOf(errRefresh, ErrReused), p.record(w, grant, "refresh_token_reused", audit.Refused, "", p.revoke(w, *grant, "refresh_token_reused"))
	case raced:
		x.refresh = p.latest(x)
		return nil, nil
	}
	grant := x.person.grant
	grant.UsedAt = x.now
	if !rotates(&x.client, &grant) {
		return nil, grants.Put(w, grant)
	}
	x.refresh = p.successor(x.form.get("refresh_token"))
	grant.rotate(hashOf(x.refresh), grace(&x.client), x.now)
	return nil, grants.Put(w, grant)
}

// rotate makes another token the current one. The life of the lineage stays
// what it was: a successor has the remaining life of the first.
func (g *Grant) rotate(next string, grace time.Duration, now time.Time) {
	past := slices.DeleteFunc(g.Past, func(old parent) bool { return now.Sub(old.RotatedAt) >= grace })
	past = append(past, parent{Hash: g.Current, RotatedAt: now})
	g.Past = past[max(0, len(past)-maxPast):]
	g.Current = next
}

// latest answers the current refresh token to the holder of a predecessor.
func (p *Provider) latest(x *exchange) string {
	token := x.form.get("refresh_token")
	for range x.person.grant.Past {
		token = p.successor(token)
		if hashOf(token) == x.person.grant.Current {
			return token
		}
	}
	return token
}
