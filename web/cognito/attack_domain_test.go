package cognito

import (
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
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

// A key of one pool thinks of a name before the file gives it to another pool: the file
// has it, and the server starts.
func TestAttackAKeyOfOnePoolSquatsANameOfTheFile(t *testing.T) {
	for name, squatted := range map[string]string{"the name": "auth.victim.test", "its prefix": "victim", "its host": "victim.login.example.test"} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.handler.Settings.PublicURL = "https://login.example.test"
			other := s.made(CreateUserPoolRequest{PoolName: "Other"})
			key := Caller{Kind: AccessKey, Pool: other, Actor: "key"}
			if identity.IsCustom(squatted) {
				key.Pool = "" // a key for one pool gives no host names
			}
			if kind, answer := s.as(key, Target+"CreateUserPoolDomain", encode(t, DomainRequest{UserPoolID: other, Domain: squatted})); kind != "" {
				t.Fatal(answer)
			}
			main, err := s.handler.Settings.Pool(t.Context(), pool)
			if err != nil {
				t.Fatal(err)
			}
			file := PoolSettings{Pool: main, Domain: "auth.victim.test"}
			if squatted != "auth.victim.test" {
				file.Domain = map[string]string{"its prefix": "victim.login.example.test", "its host": "victim"}[name]
			}
			for _, dry := range []bool{true, false} {
				var out ApplySettingsResponse
				s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{file}, DryRun: dry}, &out)
				says := slices.ContainsFunc(out.Changes, func(c Change) bool {
					return c.What == "domain "+squatted && c.From == string(other) && c.To == string(pool)
				})
				if d, err := s.handler.Settings.Domain(t.Context(), squatted); !says || dry && (err != nil || d.PoolID != other) {
					t.Errorf("dry %v: %+v, of %q, %v", dry, out.Changes, d.PoolID, err)
				}
			}
			host := s.handler.Settings.DomainHost(file.Domain)
			if at, found, err := s.handler.Settings.PoolAt(t.Context(), host); err != nil || !found || at != pool {
				t.Errorf("the host is of %q, %v", at, err)
			}
			if p, err := s.handler.Settings.Pool(t.Context(), other); err != nil || len(p.Domains) != 0 {
				t.Errorf("the other pool has %v, %v", p.Domains, err)
			}
			lost := s.audited(audit.Filter{Pool: string(other), Action: "admin_delete_domain"})
			won := s.audited(audit.Filter{Pool: string(pool), Action: "admin_create_domain"})
			if len(lost) != 1 || len(won) != 1 || lost[0].Detail["domain"] != squatted || lost[0].Detail["for_pool"] != string(pool) {
				t.Errorf("the audits say %+v and %+v", lost, won)
			}
			if kind, _ := s.as(key, Target+"CreateUserPoolDomain", encode(t, DomainRequest{UserPoolID: other, Domain: squatted})); kind != "InvalidParameterException" {
				t.Error("it is taken back")
			}
		})
	}
}

// The name of somebody else's host, which may lead here already, and which browsers are
// told that it may use the passkeys of the server.
func TestAttackAKeyOfOnePoolNamesAHostOfItsChoice(t *testing.T) {
	s := start(t)
	s.handler.Settings.PublicURL = "https://login.example.test"
	key := Caller{Kind: AccessKey, Pool: pool}
	for _, name := range []string{"corp.example", "auth.b.test", "b.login.example.test"} {
		if kind, answer := s.as(key, Target+"CreateUserPoolDomain", encode(t, DomainRequest{UserPoolID: pool, Domain: name})); kind != "InvalidParameterException" || !strings.Contains(answer, "key of scope all") {
			t.Errorf("%s: %s", name, answer)
		}
	}
	if kind, answer := s.as(key, Target+"CreateUserPoolDomain", encode(t, DomainRequest{UserPoolID: pool, Domain: "acme"})); kind != "" {
		t.Errorf("a prefix: %s", answer)
	}
	if kind, answer := s.as(Caller{Kind: AccessKey}, Target+"CreateUserPoolDomain", encode(t, DomainRequest{UserPoolID: pool, Domain: "auth.acme.test"})); kind != "" {
		t.Errorf("a key for all: %s", answer)
	}
}

func (s *rig) audited(f audit.Filter) (found []audit.Event) {
	s.Helper()
	err := s.handler.Settings.Store.View(s.Context(), func(r storage.Reader) (err error) {
		found, err = audit.List(r, f)
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return found
}

func TestAFileThatGivesOneHostToTwoPoolsIsRefused(t *testing.T) {
	s := start(t)
	s.handler.Settings.PublicURL = "https://login.example.test"
	for _, second := range []PoolSettings{{Domain: "shop"}, {CustomDomain: "shop.login.example.test"}} {
		second.Pool = identity.Pool{ID: "local_other", Name: "Other"}
		in := ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}}, Domain: "shop"}, second}}
		if status, _, answer := s.says(AdminTarget+"ApplySettings", encode(t, in)); status != 400 || !strings.Contains(answer, "it is the domain of local_main as well") {
			t.Errorf("%d %s", status, answer)
		}
	}
	if _, err := s.handler.Settings.Domain(t.Context(), "shop"); !absent(err) {
		t.Errorf("one of them has it: %v", err)
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
