package identity

import (
	"context"
	"slices"
	"testing"

	"poolhouse.dev/storage"
)

const otherPool PoolID = "local_other"

// withDomains is a kit at an address of its own, with a second pool.
func withDomains(t *testing.T) (*kit, *Settings) {
	k := newKit(t)
	k.core.PublicURL, k.core.Hosts = "https://login.example.test:8443", []string{"mtls.example.test:8443", "www.login.example.test"}
	k.update(func(w storage.Writer) error { return pools.Put(w, Pool{ID: otherPool, Name: "Other"}) })
	return k, &Settings{Core: k.core}
}

func (k *kit) domain(s *Settings, pool PoolID, name string) Code {
	k.Helper()
	_, err := s.CreateDomain(context.Background(), Domain{PoolID: pool, Name: name})
	code, refused := CodeOf(err)
	if err != nil && !refused {
		k.Fatal(err)
	}
	return code
}

func TestDomainsThatAreRefused(t *testing.T) {
	k, s := withDomains(t)
	for _, name := range []string{
		"", "Acme", "-acme", "acme-", "a_b", "auth..test", "auth.example.test.", "auth.example.test:443", "192.0.2.1", "*.example.test", "auth.exämple.test", "[::1]",
		"login.example.test", "mtls.example.test", "www.login.example.test", "www", // the server's own, in either spelling
	} {
		if code := k.domain(s, testPool, name); code != InvalidParameter {
			t.Errorf("%q: %q", name, code)
		}
	}
	_, err := s.CreateDomain(t.Context(), Domain{PoolID: testPool, Name: "acme", Custom: []byte(`{"CertificateArn":"arn"}`)})
	if code, _ := CodeOf(err); code != InvalidParameter {
		t.Errorf("a prefix with a certificate: %v", err)
	}
}

func TestAHostIsOfOnePoolInEverySpelling(t *testing.T) {
	k, s := withDomains(t)
	for _, made := range []string{"acme", "auth.acme.test"} {
		if code := k.domain(s, testPool, made); code != "" {
			t.Fatalf("%s: %s", made, code)
		}
	}
	for name, want := range map[string]Code{
		"acme": AlreadyExists, "auth.acme.test": AlreadyExists,
		"acme.login.example.test": AlreadyExists, // the host that the prefix stands for
	} {
		if code := k.domain(s, otherPool, name); code != want {
			t.Errorf("%s for another pool: %q", name, code)
		}
	}
	for _, second := range []string{"acme2", "auth2.acme.test"} {
		if code := k.domain(s, testPool, second); code != NotAllowed {
			t.Errorf("a second of a kind, %s: %q", second, code)
		}
	}
	if code := k.domain(s, otherPool, "shop.login.example.test"); code != "" {
		t.Fatal(code)
	}
	if _, err := s.CreatePool(t.Context(), "local", Pool{Name: "Third"}); err != nil {
		t.Fatal(err)
	}
	k.update(func(w storage.Writer) error { return pools.Put(w, Pool{ID: "local_third"}) })
	if code := k.domain(s, "local_third", "shop"); code != AlreadyExists {
		t.Errorf("the prefix of a host that is taken: %q", code)
	}
}

func TestPoolAtAHost(t *testing.T) {
	k, s := withDomains(t)
	k.domain(s, testPool, "acme")
	k.domain(s, otherPool, "auth.other.test")
	at := func(host string) PoolID {
		pool, _, err := s.PoolAt(t.Context(), host)
		if err != nil {
			t.Fatal(err)
		}
		return pool
	}
	for host, want := range map[string]PoolID{
		"acme.login.example.test": testPool, "auth.other.test": otherPool,
		"acme": "", "x.acme.login.example.test": "", "other.test": "", "x.auth.other.test": "", "login.example.test": "", "acme.login.example.test.": "", "": "",
	} {
		if got := at(host); got != want {
			t.Errorf("%q is of %q", host, got)
		}
	}
	p, err := s.Pool(t.Context(), testPool)
	if origins := s.Origins(&p); err != nil || !slices.Equal(origins, []string{"https://login.example.test:8443", "https://acme.login.example.test:8443"}) {
		t.Errorf("origins %v, %v", origins, err)
	}
	if _, err := s.ChangePool(t.Context(), testPool, func(p *Pool) error { p.Domains = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	if p, err = s.Pool(t.Context(), testPool); err != nil || len(p.Domains) != 1 {
		t.Errorf("a change of the pool leaves the domains %v, %v", p.Domains, err)
	}
	if err := s.DeleteDomain(t.Context(), testPool, "acme"); err != nil || at("acme.login.example.test") != "" {
		t.Errorf("the deleted one is of %q, %v", at("acme.login.example.test"), err)
	}
	if p, err = s.Pool(t.Context(), testPool); err != nil || len(p.Domains) != 0 {
		t.Errorf("the pool has %v, %v", p.Domains, err)
	}
}

// A prefix may have no DNS, or lead to another machine, and whoever asks for the
// letter of somebody else chooses the Host header.
func TestAttackALetterIsAskedForAtAPrefixThatLeadsElsewhere(t *testing.T) {
	_, s := withDomains(t)
	p := Pool{ID: testPool, Domains: []string{"acme", "auth.acme.test"}}
	if got := s.LetterOrigin(&p, "https://acme.login.example.test:8443"); got != "" {
		t.Errorf("the letter leads to %q", got)
	}
}

func TestLettersLeadToTheHostThatAsked(t *testing.T) {
	_, s := withDomains(t)
	p := Pool{ID: testPool, Domains: []string{"acme", "auth.acme.test"}}
	for asked, want := range map[string]string{
		"https://auth.acme.test:8443":     "https://auth.acme.test:8443",
		"":                                "https://auth.acme.test:8443", // no page: the name of the pool's own
		"https://login.example.test:8443": "", "https://gone.acme.test": "",
	} {
		if got := s.LetterOrigin(&p, asked); got != want {
			t.Errorf("asked at %q leads to %q", asked, got)
		}
	}
}

func TestPasskeysBelongToAHostOfThePool(t *testing.T) {
	k, s := withDomains(t)
	k.domain(s, testPool, "auth.acme.test")
	for id, want := range map[string]bool{"": true, "example.test": true, "acme.test": true, "auth.acme.test": true, "other.test": false, "evil.auth.acme.test": false} {
		p, err := s.ChangePool(t.Context(), testPool, func(p *Pool) error { p.WebAuthn.RelyingPartyID = id; return nil })
		if err != nil {
			t.Fatal(err) // Terraform names it before the domain is there
		}
		site, ok := s.site(&p)
		if ok != want {
			t.Errorf("%q: %v", id, ok)
		}
		if ok && !slices.Contains(site.Origins, "https://auth.acme.test:8443") {
			t.Errorf("%q is taken at %v", id, site.Origins)
		}
		if refused := ValidateSite(&p, s.PublicURL) != nil; refused == want {
			t.Errorf("%q: the file is refused: %v", id, refused)
		}
	}
}
