package oauth

import (
	"testing"

	"poolhouse.dev/identity"
)

// The request that is allowed is another than the page showed.
func TestAttackConsentForAnotherRequestThanShown(t *testing.T) {
	k, ann := asking(t)
	harmless := request(web, "scope", "openid")
	shown := k.shown(ann, harmless)
	for name, q := range map[string][]string{
		"more scopes":    {"scope", "openid email"},
		"another host":   {"scope", "openid", "redirect_uri", "http://127.0.0.1/cb"},
		"another path":   {"scope", "openid", "redirect_uri", "com.example.app:/done"},
		"claims":         {"scope", "openid", "claims", `{"userinfo":{"email":null}}`},
		"rich request":   {"scope", "openid", "authorization_details", `[{"type":"payment","amount":"5"}]`},
		"an API":         {"scope", "openid", "resource", "https://api.example.test"},
		"another client": {"scope", "openid", "client_id", string(web2), "prompt", "consent"},
	} {
		d := k.ask(request(web, q...), AuthorizeState{Auth: ann, Consent: &ConsentAnswer{Shown: shown}})
		if got := decision(d); got != "consent" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if d := k.ask(harmless, AuthorizeState{Auth: ann, Consent: &ConsentAnswer{}}); decision(d) != "consent" {
		t.Error("a page that shows nothing counts")
	}
	if k.given(ann) != nil {
		t.Error("something was remembered")
	}
}

// The page was shown to somebody else, or before the client took another name.
func TestAttackConsentOfAnotherPerson(t *testing.T) {
	k, ann := asking(t)
	q, mal := request(web), k.signInNew("mal@example.test")
	shown := k.shown(mal, q)
	if d := k.ask(q, AuthorizeState{Auth: ann, Consent: &ConsentAnswer{Shown: shown}}); decision(d) != "consent" {
		t.Errorf("answered %s", decision(d))
	}
	own := k.shown(ann, q)
	k.change(web, func(c *identity.Client) { c.Name = "Your Bank" })
	if d := k.ask(q, AuthorizeState{Auth: ann, Consent: &ConsentAnswer{Shown: own}}); decision(d) != "consent" {
		t.Errorf("under another name: %s", decision(d))
	}
}

// By Cognito's rule openid alone gives more than openid beside email.
func TestAttackScopeUpgradeThroughRememberedConsent(t *testing.T) {
	k, ann := asking(t)
	k.change(web, func(c *identity.Client) { c.ClaimsPolicy = "" })
	k.allows(ann, request(web, "scope", "openid email"))
	for _, scope := range []string{"openid", "openid profile"} {
		if got := decision(k.ask(request(web, "scope", scope), AuthorizeState{Auth: ann})); got != "consent" {
			t.Errorf("%s: %s", scope, got)
		}
	}
	k.change(web, func(c *identity.Client) { c.ClaimsPolicy = "oidc" })
	for name, more := range map[string][]string{
		"scope": {"scope", "openid email api/write"}, "claims": {"claims", `{"id_token":{"phone_number":{"essential":true}}}`},
		"details": {"authorization_details", `[{"type":"payment","amount":"5"}]`}, "offline": {"scope", "openid offline_access"},
	} {
		if got := decision(k.ask(request(web, more...), AuthorizeState{Auth: ann})); got != "consent" {
			t.Errorf("%s: %s", name, got)
		}
		if got := decision(k.ask(request(web, append(more, "prompt", "none")...), AuthorizeState{Auth: ann})); got != "error consent_required" {
			t.Errorf("%s, without a page: %s", name, got)
		}
	}
}

// A rich request of more money than the one that was allowed.
func TestAttackRichRequestGrowsAfterConsent(t *testing.T) {
	k, ann := asking(t)
	five := request(web, "authorization_details", `[{"type":"booking","amount":"5","to":{"iban":"DE1","name":"Bob"}}]`)
	k.allows(ann, five)
	if got := decision(k.ask(request(web, "authorization_details", `[{"to":{"name":"Bob","iban":"DE1"},"amount":"5","type":"booking"}]`), AuthorizeState{Auth: ann})); got != "code" {
		t.Errorf("the same in another order: %s", got)
	}
	for _, more := range []string{
		`[{"type":"booking","amount":"50","to":{"iban":"DE1","name":"Bob"}}]`, `[{"type":"booking","to":{"iban":"DE1","name":"Bob"}}]`,
		`[{"type":"booking"}]`, `[{"type":"booking","amount":5,"to":{"iban":"DE1","name":"Bob"}}]`,
		`[{"type":"booking","amount":"5","to":{"iban":"DE1","name":"Bob"}},{"type":"booking","amount":"5","to":{"iban":"DE2","name":"Bob"}}]`,
	} {
		if got := decision(k.ask(request(web, "authorization_details", more), AuthorizeState{Auth: ann})); got != "consent" {
			t.Errorf("%s: %s", more, got)
		}
	}
}

// A payment that was allowed is made a second time.
func TestAttackPaymentRepeatedThroughRememberedConsent(t *testing.T) {
	k, ann := asking(t)
	q := request(web, "authorization_details", `[{"type":"payment","amount":"5"}]`)
	if got := decision(k.allows(ann, q)); got != "code" {
		t.Fatalf("allowed: %s", got)
	}
	if got := decision(k.ask(q, AuthorizeState{Auth: ann})); got != "consent" {
		t.Errorf("once more: %s", got)
	}
	k.change(web, func(c *identity.Client) { c.ReusableDetailsTypes = []string{"payment"} })
	if got := decision(k.ask(q, AuthorizeState{Auth: ann})); got != "consent" {
		t.Errorf("what was allowed once, and serves again from now on: %s", got)
	}
}

// What was allowed for one API or one address is put together with another.
func TestAttackConsentsCrossed(t *testing.T) {
	k, ann := asking(t)
	const reads, writes, app = "https://api.example.test", "https://other.example.test", "http://127.0.0.1/cb"
	k.allows(ann, request(web, "scope", "openid api/read", "resource", reads))
	k.allows(ann, request(web, "scope", "openid api/write", "resource", writes))
	k.allows(ann, request(web, "scope", "openid phone", "resource", reads, "redirect_uri", app))
	for name, c := range map[string]struct {
		q    []string
		want string
	}{
		"as allowed":                {[]string{"scope", "openid api/write", "resource", writes}, "code"},
		"less":                      {[]string{"scope", "openid", "resource", reads, "redirect_uri", app}, "code"},
		"the other API":             {[]string{"scope", "openid api/write", "resource", reads}, "consent"},
		"no API in particular":      {[]string{"scope", "openid api/read"}, "consent"},
		"the scope of another host": {[]string{"scope", "openid phone", "resource", reads}, "consent"},
		"the API of another host":   {[]string{"scope", "openid", "resource", writes, "redirect_uri", app}, "consent"},
	} {
		if got := decision(k.ask(request(web, c.q...), AuthorizeState{Auth: ann})); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	both := request(web, "scope", "openid api/read")
	both["resource"] = []string{reads, writes}
	if got := decision(k.ask(both, AuthorizeState{Auth: ann})); got != "consent" {
		t.Errorf("both APIs: %s", got)
	}
	k.allows(ann, request(web, "scope", "openid api/write"))
	if got := decision(k.ask(request(web, "scope", "openid api/write api/read", "resource", reads), AuthorizeState{Auth: ann})); got != "code" {
		t.Errorf("a scope that was allowed for any API: %s", got)
	}
}

// A pushed request is spent by a refusal.
func TestAttackPushedRequestAfterARefusal(t *testing.T) {
	k, ann := asking(t)
	pushed, err := k.Push(t.Context(), testPool, TokenRequest{Form: request(web), Auth: as(web)})
	k.must(err)
	q := request(web, "request_uri", pushed.RequestURI)
	if got := decision(k.ask(q, AuthorizeState{Auth: ann})); got != "consent" {
		t.Fatalf("at first: %s", got)
	}
	_, err = k.DenyConsent(t.Context(), ann, testPool, q, k.clock(), identity.Origin{})
	k.must(err)
	if d := k.ask(q, AuthorizeState{Auth: ann}); decision(d) != "error invalid_request_uri" {
		t.Errorf("answered %s", decision(d))
	}
}
