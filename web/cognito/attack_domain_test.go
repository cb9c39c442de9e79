package cognito

import (
	"testing"

	"poolhouse.dev/identity"
)

// A key of one pool gives its pool names, and takes none: not the server's own, nor
// another pool's in either spelling, nor by a change or a deletion.
func TestAttackAKeyOfOnePoolTakesNoOthersHost(t *testing.T) {
	s := start(t)
	s.handler.Settings.PublicURL, s.handler.Settings.Hosts = "https://login.example.test", []string{"mtls.example.test"}
	other := s.made(CreateUserPoolRequest{PoolName: "Other"})
	s.calls(Target+"CreateUserPoolDomain", DomainRequest{UserPoolID: other, Domain: "shop"}, nil)
	s.calls(Target+"CreateUserPoolDomain", DomainRequest{UserPoolID: other, Domain: "auth.shop.test", CustomDomainConfig: []byte(`{"CertificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/x"}`)}, nil)
	key := Caller{Kind: AccessKey, Pool: pool}
	for _, name := range []string{"login.example.test", "mtls.example.test", "shop", "shop.login.example.test", "auth.shop.test"} {
		if kind, answer := s.as(key, Target+"CreateUserPoolDomain", encode(t, DomainRequest{UserPoolID: pool, Domain: name})); kind != "InvalidParameterException" {
			t.Errorf("%s: %s", name, answer)
		}
	}
	for _, operation := range []string{"UpdateUserPoolDomain", "DeleteUserPoolDomain"} {
		for _, of := range []identity.PoolID{pool, other} {
			if kind, answer := s.as(key, Target+operation, encode(t, DomainRequest{UserPoolID: of, Domain: "auth.shop.test"})); kind == "" {
				t.Errorf("%s of %s: %s", operation, of, answer)
			}
		}
	}
	if d, err := s.handler.Settings.Domain(t.Context(), "auth.shop.test"); err != nil || d.PoolID != other {
		t.Errorf("the domain is of %q, %v", d.PoolID, err)
	}
}

func TestAFileGivesAPoolItsDomains(t *testing.T) {
	s := start(t)
	s.handler.Settings.PublicURL = "https://login.example.test"
	apply := func(domain, custom string) []Change {
		t.Helper()
		p, err := s.handler.Settings.Pool(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		a := &applying{Handler: s.handler}
		if err := a.domains(t.Context(), PoolSettings{Pool: p, Domain: domain, CustomDomain: custom}); err != nil {
			t.Fatal(err)
		}
		return a.out.Changes
	}
	names := func() (all []string) {
		found, err := s.handler.Settings.Domains(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			all = append(all, d.Name)
		}
		return all
	}
	if n := len(apply("acme", "auth.acme.test")); n != 2 || len(names()) != 2 {
		t.Errorf("%d changes make %v", n, names())
	}
	if n := len(apply("acme", "auth.acme.test")); n != 0 {
		t.Errorf("%d changes the second time", n)
	}
	if c := apply("login.acme.test", ""); len(c) != 1 || c[0].From != "auth.acme.test" || c[0].To != "login.acme.test" {
		t.Errorf("another host name: %+v", c)
	}
	if all := names(); len(all) != 2 || all[0] != "acme" || all[1] != "login.acme.test" {
		t.Errorf("the pool has %v", all)
	}
}
