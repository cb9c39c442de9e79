package oauth

import (
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

// The lives of tokens when the client sets none (Cognito's).
const (
	defaultTokenLife   = time.Hour
	defaultRefreshLife = 30 * 24 * time.Hour
	defaultGrace       = 30 * time.Second
)

var units = map[string]time.Duration{
	"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour,
}

func life(n int, unit, defaultUnit string, fallback time.Duration) time.Duration {
	if n <= 0 {
		return fallback
	}
	if unit == "" {
		unit = defaultUnit
	}
	return time.Duration(n) * units[unit]
}

func accessLife(c *identity.Client) time.Duration {
	return life(c.AccessTokenValidity, c.Units.AccessToken, "hours", defaultTokenLife)
}

func idLife(c *identity.Client) time.Duration {
	return life(c.IDTokenValidity, c.Units.IDToken, "hours", defaultTokenLife)
}

func refreshLife(c *identity.Client) time.Duration {
	return life(c.RefreshValidity, c.Units.RefreshToken, "days", defaultRefreshLife)
}

// givesRefresh says whether a client is given a refresh token with these scopes:
// always as in Cognito, or where offline_access was granted (OpenID Connect Core §11).
func givesRefresh(c *identity.Client, scopes []string) bool {
	return c.MayGrant(identity.GrantRefresh) && (c.RefreshIssuance != scopeOffline || slices.Contains(scopes, scopeOffline))
}

// rotates says whether each refresh of a lineage answers a new refresh token:
// unless that is off, and for one of the API only where it is on, which is
// Cognito's default. Older clients of the API keep the token they have.
func rotates(c *identity.Client, g *Grant) bool {
	if g.API {
		return c.Rotation.Feature == "ENABLED"
	}
	return c.Rotation.Feature != "DISABLED"
}

// grace is how long a rotated refresh token still answers its successor.
func grace(c *identity.Client) time.Duration {
	if c.Rotation.GracePeriodSeconds == nil {
		return defaultGrace
	}
	return time.Duration(*c.Rotation.GracePeriodSeconds) * time.Second
}

func signingAlg(c *identity.Client) string {
	if c.SigningAlg == "" {
		return keys.RS256
	}
	return c.SigningAlg
}

// revocable says whether the client's tokens may be revoked (Cognito EnableTokenRevocation).
func revocable(c *identity.Client) bool { return c.TokenRevocation == nil || *c.TokenRevocation }
