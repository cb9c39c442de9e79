package identity

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func (k *kit) provides(p IdentityProvider) error {
	p.PoolID = testPool
	_, err := k.settings().PutProvider(k.Context(), p)
	return err
}

func (k *kit) provider(name string) IdentityProvider {
	k.Helper()
	p, err := k.settings().Provider(k.Context(), testPool, name)
	k.ok(err)
	return p
}

func TestAProvidersSecretsAreSealedAndComeBack(t *testing.T) {
	k := newKit(t)
	want := map[string]string{"client_secret": "one", "private_key": "two"}
	k.ok(k.provides(IdentityProvider{Name: "Up", Type: "OIDC", Details: want}))
	if got := k.provider("Up").Details; !maps.Equal(got, want) {
		t.Errorf("secrets alone come back as %v", got)
	}
	list, err := k.settings().Providers(t.Context(), testPool)
	k.ok(err)
	if len(list) != 1 || len(list[0].Details) != 0 || strings.Contains(string(list[0].Secrets), "one") {
		t.Errorf("%+v", list)
	}
	k.ok(k.provides(IdentityProvider{Name: "Up", Type: "OIDC", Details: map[string]string{"client_id": "c", "client_secret": "three"}}))
	want = map[string]string{"client_id": "c", "client_secret": "three", "private_key": "two"}
	if got := k.provider("Up"); !maps.Equal(got.Details, want) || got.CreatedAt.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestAProviderKeepsItsTypeAndItsIdentifiers(t *testing.T) {
	k := newKit(t)
	k.ok(k.provides(IdentityProvider{Name: "Up", Type: "OIDC", Identifiers: []string{"Corp.example.test"}}))
	if e := k.refused(k.provides(IdentityProvider{Name: "Up", Type: "SAML"}), InvalidParameter); e.Field != "provider_type" {
		t.Error(e)
	}
	if e := k.refused(k.provides(IdentityProvider{Name: "Two", Type: "OIDC", Identifiers: []string{"corp.example.test"}}), InvalidParameter); e.Field != "idp_identifiers" {
		t.Error(e)
	}
	leads := func(typed string) string {
		p, _, err := k.settings().ProviderFor(t.Context(), testPool, typed)
		k.ok(err)
		return p.Name
	}
	for typed, want := range map[string]string{"Up": "Up", "corp.EXAMPLE.test": "Up", "ann@corp.example.test": "Up", "ann@example.test": "", "up": "", "": ""} {
		if got := leads(typed); got != want {
			t.Errorf("%q leads to %q", typed, got)
		}
	}
	k.ok(k.provides(IdentityProvider{Name: "Up", Type: "OIDC", Identifiers: []string{"corp.example.test"}, Disabled: true}))
	if got := leads("corp.example.test"); got != "" {
		t.Errorf("a provider that is switched off is led to: %s", got)
	}
	k.ok(k.settings().DeleteProvider(t.Context(), testPool, "Up"))
	k.refused(k.settings().DeleteProvider(t.Context(), testPool, "Up"), ResourceNotFound)
	_, err := k.settings().Provider(t.Context(), testPool, "Up")
	k.refused(err, ResourceNotFound)
}

func TestProvidersAreHeldAgainstBounds(t *testing.T) {
	pool := &Pool{Schema: []Attribute{{Name: "custom:team"}}}
	good := func() *IdentityProvider {
		return &IdentityProvider{
			Name: "Up", Type: "OIDC", Identifiers: []string{"corp.example.test", "My Corp"}, TrustedDomains: []string{"example.test", "*"}, Refresh: "first",
			Mapping: map[string]string{"username": "sub", "email": "email", "email_verified": "email_verified", "custom:team": "team", "phone_number_verified": "x"},
		}
	}
	if err := ValidateProvider(pool, good()); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*IdentityProvider){
		"provider_name":                func(p *IdentityProvider) { p.Name = "COGNITO" },
		"provider_type":                func(p *IdentityProvider) { p.Type = "" },
		"idp_identifiers":              func(p *IdentityProvider) { p.Identifiers = slices.Repeat([]string{"a"}, 51) },
		"attribute_refresh":            func(p *IdentityProvider) { p.Refresh = "often" },
		"trusted_email_domains":        func(p *IdentityProvider) { p.TrustedDomains = []string{""} },
		"attribute_mapping.sub":        func(p *IdentityProvider) { p.Mapping["sub"] = "sub" },
		"attribute_mapping.identities": func(p *IdentityProvider) { p.Mapping["identities"] = "x" },
		"attribute_mapping.team":       func(p *IdentityProvider) { p.Mapping["team"] = "x" },
	} {
		p := good()
		change(p)
		var fields []string
		for _, one := range flat(ValidateProvider(pool, p)) {
			fields = append(fields, one.Field)
		}
		if !slices.Equal(fields, []string{want}) {
			t.Errorf("%s: %v", want, fields)
		}
	}
	for _, name := range []string{"", "a_b", "a b", "a@b", "a/b", strings.Repeat("a", 33)} {
		p := good()
		p.Name = name
		if ValidateProvider(pool, p) == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	for _, id := range []string{"", "a/b", strings.Repeat("a", 41), "CORP.example.test"} {
		p := good()
		p.Identifiers = append(p.Identifiers, id)
		if ValidateProvider(pool, p) == nil {
			t.Errorf("%q is taken for an identifier", id)
		}
	}
}

// flat answers the refusals that are joined in err.
func flat(err error) (all []*Error) {
	switch e := err.(type) {
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			all = append(all, flat(one)...)
		}
	}
	return all
}
