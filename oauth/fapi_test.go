package oauth

import (
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func TestDemandedByFAPI(t *testing.T) {
	base := identity.Client{
		CallbackURLs: []string{"https://app.example.test/cb", "http://127.0.0.1/cb"}, AllowedOAuthFlows: []string{"code", "implicit"},
	}
	t.Run("nothing without a profile", func(t *testing.T) {
		c := demanded(base)
		if c.RequirePAR || c.DPoPBound || len(c.CallbackURLs) != 2 || !c.MayGrant(identity.GrantImplicit) || codeLifeOf(&c) != codeLife {
			t.Errorf("demanded %+v", c)
		}
	})
	base.FAPIProfile = identity.FAPISecurity
	for name, holds := range map[string]func(*identity.Client) bool{
		"requests are pushed": func(c *identity.Client) bool { return c.RequirePAR },
		"with PKCE":           func(c *identity.Client) bool { return c.RequirePKCE },
		"tokens are bound":    func(c *identity.Client) bool { return c.DPoPBound && !c.CertificateBound },
		"refresh tokens stay": func(c *identity.Client) bool { return !rotates(c, &Grant{}) },
		"codes live a minute": func(c *identity.Client) bool { return codeLifeOf(c) == time.Minute },
		"no implicit grant": func(c *identity.Client) bool {
			return !c.MayGrant(identity.GrantImplicit) && c.MayGrant(identity.GrantRefresh)
		},
		"code is the only response": func(c *identity.Client) bool { return slices.Equal(c.Responses(), []string{"code"}) },
		"no http redirect": func(c *identity.Client) bool {
			return slices.Equal(c.CallbackURLs, []string{"https://app.example.test/cb"})
		},
		"tokens are not signed with RS256": func(c *identity.Client) bool { return signingAlg(c) == "ES256" },
		"assertions are not either":        func(c *identity.Client) bool { return !slices.Contains(takenAlgs(c, ""), "RS256") },
		"whatever the client registered":   func(c *identity.Client) bool { return !slices.Contains(takenAlgs(c, "RS256"), "RS256") },
		"one that it registered holds":     func(c *identity.Client) bool { return slices.Equal(takenAlgs(c, "PS256"), []string{"PS256"}) },
		"requests need no signature":       func(c *identity.Client) bool { return !c.RequireSignedRequest },
	} {
		t.Run(name, func(t *testing.T) {
			if c := demanded(base); !holds(&c) {
				t.Errorf("demanded %+v", c)
			}
		})
	}
	t.Run("bound to a certificate instead", func(t *testing.T) {
		c := base
		c.CertificateBound = true
		if c = demanded(c); !c.CertificateBound || c.DPoPBound {
			t.Errorf("demanded %+v", c)
		}
	})
	t.Run("message signing signs requests", func(t *testing.T) {
		c := base
		c.FAPIProfile = identity.FAPIMessageSigning
		if c = demanded(c); !c.RequireSignedRequest || !c.RequirePAR {
			t.Errorf("demanded %+v", c)
		}
	})
	t.Run("the client itself stays as it is", func(t *testing.T) {
		if c := base; len(demanded(c).CallbackURLs) != 1 || len(base.CallbackURLs) != 2 || base.CallbackURLs[1] != "http://127.0.0.1/cb" {
			t.Errorf("changed to %v", base.CallbackURLs)
		}
	})
}
