package oauth

import (
	"encoding/base64"
	"net/url"

	"poolhouse.dev/identity"
)

// subjectOf is the only maker of sub: what a client calls a person. A pairwise one
// (OpenID Connect Core §8.1) is the same for all clients of a sector, and tells two
// sectors nothing of one another.
func (p *Provider) subjectOf(c *identity.Client, user identity.UserID) string {
	if c.SubjectType != "pairwise" {
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
