package oauth

import (
	"net/url"
	"testing"

	"poolhouse.dev/identity"
)

func TestAnAPIIntrospectsTheTokensThatAreForIt(t *testing.T) {
	const mine, other = "https://api.example.test", "https://other.example.test"
	for _, format := range []string{"cognito", formatJWT, formatOpaque} {
		t.Run(format, func(t *testing.T) {
			k := start(t)
			k.change(web, func(c *identity.Client) { c.AccessTokenFormat, c.Resources = format, []string{mine, other} })
			k.change(web2, func(c *identity.Client) { c.IntrospectionAudiences = []string{mine, "api"} })
			active := func(api identity.ClientID, token string) bool {
				got, err := k.Introspect(t.Context(), testPool, url.Values{"token": {token}}, as(api))
				k.must(err)
				if got.Active && (got.ClientID != string(web) || got.Subject == "" || got.Expires == 0) || !got.Active && got.Subject != "" {
					t.Errorf("told %+v", got)
				}
				return got.Active
			}
			for name, c := range map[string]struct {
				request []string
				want    bool
			}{
				"for it":                     {[]string{"scope", "openid api/read", "resource", mine}, true},
				"for another":                {[]string{"scope", "openid api/read", "resource", other}, false},
				"for none, with its scope":   {[]string{"scope", "openid api/read"}, true},
				"for none, without a scope":  {[]string{"scope", "openid email"}, false},
				"for the person's own calls": {[]string{"scope", "openid " + scopeSelf}, false},
			} {
				tokens := k.tokens(web, c.request...)
				if got := active(web2, tokens.AccessToken); got != c.want {
					t.Errorf("%s: %t", name, got)
				}
				if active(web2, tokens.RefreshToken) {
					t.Errorf("%s: its refresh token", name)
				}
				if active(machine, tokens.AccessToken) {
					t.Errorf("%s: to a client that is no API", name)
				}
				k.must(k.Revoke(t.Context(), testPool, url.Values{"token": {tokens.RefreshToken}}, as(web)))
				if active(web2, tokens.AccessToken) {
					t.Errorf("%s: after its end", name)
				}
			}
		})
	}
}
