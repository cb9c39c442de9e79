package oauth

import (
	"encoding/base64"
	"net/url"

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

// sectorOf: §8.1: the host of the sector_identifier_uri, else that of the redirect
// URIs, which have one; a client that has neither is a sector of its own.
func sectorOf(c *identity.Client) string {
	for _, each := range append([]string{c.SectorIdentifier}, c.CallbackURLs...) {
		if at, err := url.Parse(each); err == nil && at.Host != "" {
			return at.Host
		}
	}
	return string(c.ID)
}

// usernameOf is what a client is told as the name that the person signs in with. A
// pairwise subject would be worth nothing beside a name that all clients see.
func (p *Provider) usernameOf(c *identity.Client, u *identity.User) string {
	if c.SubjectType == pairwise {
		return p.subjectOf(c, u.ID)
	}
	return u.Username
}
