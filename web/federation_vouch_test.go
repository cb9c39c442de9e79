package web_test

import (
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
)

func TestASAMLProviderVouchesForTheDomainsThatAreItsOwn(t *testing.T) {
	for name, row := range map[string]struct {
		kind    string
		details map[string]string
		domains []string
		claims  map[string]any
		own     bool // what the provider's own package makes of it
		want    bool
	}{
		"nothing is said":                 {federation.SAML, nil, nil, nil, false, false},
		"its own domain":                  {federation.SAML, nil, []string{"example.test"}, nil, false, true},
		"its own domain, in other case":   {federation.SAML, nil, []string{"Example.TEST"}, nil, false, true},
		"another domain":                  {federation.SAML, nil, []string{"elsewhere.test", "ample.test"}, nil, false, false},
		"every domain":                    {federation.SAML, nil, []string{"*"}, nil, false, false},
		"the provider says it is not":     {federation.SAML, nil, []string{"example.test"}, map[string]any{"email_verified": []string{"false"}}, false, false},
		"the operator says none is":       {federation.SAML, map[string]string{"trust_email": "false"}, []string{"example.test"}, nil, false, false},
		"the operator says all are":       {federation.SAML, map[string]string{"trust_email": "true"}, nil, nil, true, true},
		"OpenID Connect has its own word": {federation.OIDC, nil, []string{"example.test"}, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := identity.IdentityProvider{Name: "Corp", Type: row.kind, Details: row.details, TrustedDomains: row.domains, Mapping: map[string]string{"email": "email"}}
			claims := map[string]any{"email": []string{"ann@example.test"}}
			for claim, value := range row.claims {
				claims[claim] = value
			}
			x, _ := web.ExternalOf(&p, federation.Answer{Subject: "s", Claims: claims, EmailVerified: row.own})
			if x.Attributes["email"] != "ann@example.test" || x.EmailVerified != row.want {
				t.Errorf("vouched for: %t, want %t", x.EmailVerified, row.want)
			}
		})
	}
}

func TestAttackManyAddressesOfWhichOneIsOfATrustedDomain(t *testing.T) {
	p := identity.IdentityProvider{Type: federation.SAML, TrustedDomains: []string{"example.test"}, Mapping: map[string]string{"email": "mail"}}
	for _, mail := range [][]string{{"eve@evil.test", "eve@example.test"}, {"eve@example.test.evil.test"}, {"example.test"}, {""}} {
		x, _ := web.ExternalOf(&p, federation.Answer{Subject: "s", Claims: map[string]any{"mail": mail}})
		if x.EmailVerified {
			t.Errorf("%q is vouched for as %q", mail, x.Attributes["email"])
		}
	}
}
