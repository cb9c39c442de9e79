package oauth

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// asking is a kit whose client asks for consent, with Ann signed in.
func asking(t *testing.T) (*kit, identity.Authentication) {
	t.Helper()
	k := start(t)
	k.change(web, func(c *identity.Client) {
		c.Consent, c.ClaimsPolicy, c.RefreshIssuance = identity.ConsentAsk, "oidc", scopeOffline
		c.AllowedOAuthScopes = append(c.AllowedOAuthScopes, scopeOffline, scopeAddress)
		c.AuthorizationDetailsTypes, c.ReusableDetailsTypes = []string{"payment", "booking"}, []string{"booking"}
		c.Resources = []string{"https://api.example.test", "https://other.example.test"}
	})
	return k, k.signIn("ann@example.test")
}

// shown is what the page stands for that asks about a request.
func (k *kit) shown(auth identity.Authentication, q url.Values) string {
	k.Helper()
	checked, err := k.CheckRequest(context.Background(), testPool, q, time.Time{})
	k.must(err)
	return AskConsent(&checked, auth).Shown
}

// allow presses Allow on that page.
func (k *kit) allows(auth identity.Authentication, q url.Values, left ...string) Decision {
	k.Helper()
	return k.ask(q, AuthorizeState{Auth: auth, Consent: &ConsentAnswer{Shown: k.shown(auth, q), Left: left}})
}

func (k *kit) given(auth identity.Authentication) *identity.Consent {
	k.Helper()
	var found *identity.Consent
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) (err error) {
		found, err = k.Identity.ConsentOf(r, testPool, auth.User(), web)
		return err
	}))
	return found
}

func TestWhoIsAskedForConsent(t *testing.T) {
	const details = `[{"type":"payment","amount":"5"}]`
	all := identity.Allowance{Host: "app.example.test", Scopes: []string{"openid", "email"}, Claims: []string{"name"}}
	all.Details, _ = readDetails(&identity.Client{ClientOAuth: identity.ClientOAuth{AuthorizationDetailsTypes: []string{"payment"}}}, details)
	ask := func(alter func(*AuthorizationRequest)) *AuthorizationRequest {
		q := &AuthorizationRequest{RedirectURI: callback, Scopes: []string{"openid", "email"}}
		q.Client.Consent, q.Client.ClaimsPolicy, q.Client.AuthMethod = identity.ConsentAsk, "oidc", identity.AuthBasic
		alter(q)
		return q
	}
	with := func(alter func(*identity.Allowance)) *identity.Consent {
		a := all
		alter(&a)
		return &identity.Consent{Allowed: []identity.Allowance{a}}
	}
	nothing, same := func(*AuthorizationRequest) {}, func(*identity.Allowance) {}
	for name, c := range map[string]struct {
		q     *AuthorizationRequest
		given *identity.Consent
		want  bool
	}{
		"the house's own":                  {ask(func(q *AuthorizationRequest) { q.Client.Consent = "" }), nil, false},
		"the house's own, set to skip":     {ask(func(q *AuthorizationRequest) { q.Client.Consent = identity.ConsentSkip }), nil, false},
		"the house's own, prompt=consent":  {ask(func(q *AuthorizationRequest) { q.Client.Consent, q.Prompt = "", []string{promptConsent} }), with(same), true},
		"one that registered itself":       {ask(func(q *AuthorizationRequest) { q.Client.Consent, q.Client.RegisteredBy = "", identity.ByRegistration }), nil, true},
		"for the first time":               {ask(nothing), nil, true},
		"what was allowed":                 {ask(nothing), with(same), false},
		"less than was allowed":            {ask(func(q *AuthorizationRequest) { q.Scopes = []string{"openid"} }), with(same), false},
		"what was allowed, prompt=consent": {ask(func(q *AuthorizationRequest) { q.Prompt = []string{promptConsent} }), with(same), true},
		"another scope":                    {ask(func(q *AuthorizationRequest) { q.Scopes = []string{"openid", "api/read"} }), with(same), true},
		"offline access":                   {ask(func(q *AuthorizationRequest) { q.Scopes = []string{"openid", scopeOffline} }), with(same), true},
		"offline access that was allowed":  {ask(func(q *AuthorizationRequest) { q.Scopes = []string{scopeOffline} }), with(func(c *identity.Allowance) { c.Scopes = []string{scopeOffline} }), false},
		"a claim by name": {ask(func(q *AuthorizationRequest) {
			q.Claims = &ClaimsRequest{IDToken: map[string]ClaimWish{"birthdate": {}}}
		}), with(same), true},
		"a claim that was allowed":       {ask(func(q *AuthorizationRequest) { q.Claims = &ClaimsRequest{UserInfo: map[string]ClaimWish{"name": {}}} }), with(same), false},
		"an API, where any was allowed":  {ask(func(q *AuthorizationRequest) { q.Resources = []string{"https://a.test"} }), with(same), false},
		"another API":                    {ask(func(q *AuthorizationRequest) { q.Resources = []string{"https://a.test"} }), with(func(c *identity.Allowance) { c.Resource = "https://b.test" }), true},
		"any API, where one was allowed": {ask(nothing), with(func(c *identity.Allowance) { c.Resource = "https://b.test" }), true},
		"the same rich request, of a type that serves again": {ask(func(q *AuthorizationRequest) {
			q.Details, q.Client.ReusableDetailsTypes = all.Details, []string{"payment"}
		}), with(same), false},
		"the same rich request": {ask(func(q *AuthorizationRequest) { q.Details = all.Details }), with(same), true},
		"a rich request of more": {ask(func(q *AuthorizationRequest) {
			q.Client.ReusableDetailsTypes = []string{"payment"}
			q.Details, _ = readDetails(&identity.Client{ClientOAuth: identity.ClientOAuth{AuthorizationDetailsTypes: []string{"payment"}}}, `[{"type":"payment","amount":"50"}]`)
		}), with(same), true},
		"another host":                        {ask(func(q *AuthorizationRequest) { q.RedirectURI = "https://other.example.test/" }), with(same), true},
		"another path of the host":            {ask(func(q *AuthorizationRequest) { q.RedirectURI = "https://app.example.test/other" }), with(same), false},
		"another name of a registered client": {ask(func(q *AuthorizationRequest) { q.Client.RegisteredBy, q.Client.Name = identity.ByDocument, "Mallory" }), &identity.Consent{Name: "Ann's Notes", Allowed: []identity.Allowance{all}}, true},
		"a public client behind https":        {ask(func(q *AuthorizationRequest) { q.Client.AuthMethod = identity.AuthNone }), with(same), false},
		"a public client at a loopback address": {ask(func(q *AuthorizationRequest) {
			q.Client.AuthMethod, q.RedirectURI = identity.AuthNone, "http://127.0.0.1:9/cb"
		}), with(func(c *identity.Allowance) { c.Host = "127.0.0.1" }), true},
		"a client with a secret at one": {ask(func(q *AuthorizationRequest) { q.RedirectURI = "http://127.0.0.1:9/cb" }), with(func(c *identity.Allowance) { c.Host = "127.0.0.1" }), false},
	} {
		if got := mustAsk(c.q, c.given); got != c.want {
			t.Errorf("%s: asked is %t", name, got)
		}
	}
}

func TestConsentIsAskedOnceAndRemembered(t *testing.T) {
	k, ann := asking(t)
	q := request(web, "scope", "openid email")
	if got := decision(k.ask(q, AuthorizeState{Auth: ann})); got != "consent" {
		t.Fatalf("at first: %s", got)
	}
	if k.given(ann) != nil {
		t.Error("remembered before it was allowed")
	}
	if got := decision(k.allows(ann, q)); got != "code" {
		t.Fatalf("allowed: %s", got)
	}
	for name, c := range map[string]struct {
		scope, prompt, want string
	}{
		"again": {"openid email", "", "code"}, "without a page": {"openid", "none", "code"}, "more": {"openid phone", "", "consent"},
		"more, without a page": {"openid phone", "none", "error consent_required"}, "prompt": {"openid", "consent", "consent"},
	} {
		if got := decision(k.ask(request(web, "scope", c.scope, "prompt", c.prompt), AuthorizeState{Auth: ann})); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	k.allows(ann, request(web, "scope", "openid phone"))
	if got := decision(k.ask(request(web, "scope", "openid email phone"), AuthorizeState{Auth: ann})); got != "code" {
		t.Errorf("both, one after the other: %s", got)
	}
	if got := decision(k.ask(q, AuthorizeState{Auth: k.signInNew("bob@example.test")})); got != "consent" {
		t.Errorf("somebody else: %s", got)
	}
}

func (k *kit) signInNew(email string) identity.Authentication {
	k.Helper()
	k.user(email)
	return k.signIn(email)
}

func TestALeftOutScopeIsNotGranted(t *testing.T) {
	k, ann := asking(t)
	q := request(web, "scope", "openid email phone api/read offline_access")
	d := k.allows(ann, q, scopePhone, scopeOffline, "openid", "api/read")
	got, err := k.redeemAs(web, d.Answer.Params.Get("code"))
	k.must(err)
	if got.Scope != "openid email api/read" || got.RefreshToken != "" { // RFC 6749 §5.1
		t.Errorf("granted %q, refresh token %t", got.Scope, got.RefreshToken != "")
	}
	if decision(k.ask(q, AuthorizeState{Auth: ann})) != "consent" {
		t.Error("what was left out counts as allowed")
	}
	k.allows(ann, q)
	k.allows(ann, q, scopeEmail)
	if slices.Contains(k.given(ann).Scopes(), scopeEmail) {
		t.Error("what is left out later is still remembered")
	}
	k.change(web, func(c *identity.Client) { c.ClaimsPolicy = "" })
	checked, err := k.CheckRequest(context.Background(), testPool, q, time.Time{})
	k.must(err)
	if a := AskConsent(&checked, ann); a.Optional != nil {
		t.Errorf("by Cognito's rule, where less may be more: %v", a.Optional)
	}
}

func TestARefusalIsToldAndWrittenDown(t *testing.T) {
	k, ann := asking(t)
	a, err := k.DenyConsent(context.Background(), ann, testPool, request(web), time.Time{}, identity.Origin{})
	k.must(err)
	if a.Params.Get("error") != AccessDenied || a.Params.Get("state") != "a state" || a.Params.Get("iss") != k.Issuer(testPool) {
		t.Errorf("answered %v", a.Params)
	}
	k.allows(ann, request(web))
	k.must(k.Disconnect(context.Background(), testPool, ann.User(), web, identity.Origin{}))
	for action, outcome := range map[string]string{"consent_denied": audit.Refused, "consent_given": audit.OK, "consent_revoked": audit.OK} {
		if e := k.event(action); e.Outcome != outcome || e.User != string(ann.User()) || e.Client != string(web) || e.Detail["scopes"] != "openid email" {
			t.Errorf("%s: %+v", action, e)
		}
	}
}

func (k *kit) event(action string) (found audit.Event) {
	k.Helper()
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		all, err := audit.List(r, audit.Filter{Pool: string(testPool)})
		for _, e := range all {
			if e.Action == action {
				found = e
			}
		}
		return err
	}))
	return found
}

func TestRevokingAsksAgainAndEndsTokens(t *testing.T) {
	k, ann := asking(t)
	q := request(web, "scope", "openid offline_access")
	got, err := k.redeemAs(web, k.allows(ann, q).Answer.Params.Get("code"))
	k.must(err)
	k.must(k.Disconnect(context.Background(), testPool, ann.User(), web, identity.Origin{}))
	if k.given(ann) != nil || k.good(got.AccessToken) || len(k.connections("ann@example.test")) != 0 {
		t.Error("something of it is left")
	}
	_, err = k.refreshAs(web, got.RefreshToken)
	refused(t, err, InvalidGrant)
	if decision(k.ask(q, AuthorizeState{Auth: ann})) != "consent" {
		t.Error("not asked again")
	}
}

func TestConsentGoesWithItsPersonAndItsClient(t *testing.T) {
	k, ann := asking(t)
	ctx, bob := context.Background(), k.signInNew("bob@example.test")
	k.allows(ann, request(web))
	k.allows(bob, request(web))
	k.must(k.admin().Delete(ctx, testPool, "bob@example.test"))
	if k.given(bob) != nil || k.given(ann) == nil {
		t.Error("it did not go with the person, or went with another")
	}
	k.must(k.settings().DeleteClient(ctx, testPool, web))
	if k.given(ann) != nil {
		t.Error("it did not go with the client: the next of its id would have it")
	}
}
