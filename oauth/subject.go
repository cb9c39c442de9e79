package oauth

import (
	"encoding/base64"
	"net/url"
	"strings"

	"poolhouse.dev/identity"
)

const pairwise = "pairwise"

// subjectOf is the only maker of sub: what a client calls a person. A pairwise one
// (OpenID Connect Core §8.1) is the same for all clients of a sector, and tells two
// sectors nothing of one another.
func (p *Provider) subjectOf(c *identity.Client, user identity.UserID) string {
	if c.SubjectType != pairwise {
		return string(user)
	}
	return base64.RawURLEncoding.EncodeToString(p.Identity.Sealer.MAC("pairwise", string(c.PoolID), sectorOf(c), string(user)))
}

// sessionOf is the only maker of sid and event_id: what a client calls a session. That
// of a browser would tell two sectors that their subjects are one person.
func (p *Provider) sessionOf(c *identity.Client, session string) string {
	if c.SubjectType != pairwise || session == "" {
		return session
	}
	return base64.RawURLEncoding.EncodeToString(p.Identity.Sealer.MAC("pairwise_session", string(c.PoolID), sectorOf(c), session))
}

// KnownAs answers what a client calls whoever is signed in and their session; the zero
// client calls them what we do.
func (p *Provider) KnownAs(c *identity.Client, auth identity.Authentication) (subject, session string) {
	return p.subjectOf(c, auth.User()), p.sessionOf(c, auth.Session())
}

// sectorOf: §8.1: the host of the sector_identifier_uri, else that of the redirect
// URIs, which have one; a client that has neither is a sector of its own. So is one
// that is answered on this machine, whose name everybody has.
func sectorOf(c *identity.Client) string {
	if at, err := url.Parse(c.SectorIdentifier); err == nil && at.Hostname() != "" {
		return strings.ToLower(at.Hostname())
	}
	for _, each := range c.CallbackURLs {
		if sector := identity.SectorOf(each); sector != "" {
			return sector
		}
	}
	return string(c.ID)
}

// sameSubjects says that a client still calls people what it called them. One that
// might change that would learn what another sector calls the people that it knows.
func sameSubjects(before, after *identity.Client) bool {
	is := func(c *identity.Client) bool { return c.SubjectType == pairwise }
	return is(before) == is(after) && (!is(after) || sectorOf(before) == sectorOf(after))
}

// usernameOf is what a client is told as the name that the person signs in with. A
// pairwise subject would be worth nothing beside a name that all clients see.
func (p *Provider) usernameOf(c *identity.Client, u *identity.User) string {
	if c.SubjectType == pairwise {
		return p.subjectOf(c, u.ID)
	}
	return u.Username
}
