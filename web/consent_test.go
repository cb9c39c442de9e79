package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// stranger is a house with an app that asks for consent, beside its own.
func stranger(t *testing.T) house {
	t.Helper()
	h := webtest.Start(t)
	pool, err := (&identity.Settings{Core: h.Core}).Pool(h.Context(), webtest.PoolID)
	if err != nil {
		t.Fatal(err)
	}
	pool.ResourceServers = []identity.ResourceServer{{Identifier: "calendar", Name: "Calendar", Scopes: []identity.Scope{{Name: "read", Description: "See your appointments"}, {Name: "raw"}}}}
	h.Pool(pool)
	h.Client(identity.Client{
		ID: "app2", Name: "Planner", AllowedOAuthScopes: []string{"openid", "email", "phone", "profile", "address", "offline_access", "calendar/read", "calendar/raw"},
		ClientOAuth: identity.ClientOAuth{
			Consent: identity.ConsentAsk, ClaimsPolicy: "oidc", RefreshIssuance: "offline_access", PolicyURI: "https://planner.example.test/privacy", TermsURI: "https://planner.example.test/terms",
			AuthorizationDetailsTypes: []string{"payment_initiation"},
		},
	}, webtest.Secret)
	h.User(ann)
	return house{House: h}
}

func plannerURL(pairs ...string) string {
	return webtest.AuthorizeURL(append([]string{"client_id", "app2"}, pairs...)...)
}

func TestTheConsentPageSaysWhatTheAppGets(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	page := b.SignInTo(plannerURL(
		"scope", "openid email phone profile address offline_access calendar/read calendar/raw", "claims", `{"userinfo":{"birthdate":null,"custom:team":null}}`,
		"authorization_details", `[{"type":"payment_initiation","actions":["initiate","status"],"locations":["https://bank.example.test/pay"],"identifier":"4711",`+
			`"datatypes":["amounts"],"privileges":["owner"],"instructedAmount":{"currency":"EUR","amount":123.50},"creditor_name":"<b>Merchant"}]`,
	), ann, webtest.Password).At("/consent").Is(http.StatusOK)
	for _, text := range []string{
		"Planner asks for access", "app.example.test", ann, "Know that it is you", "Read your email address", "Read your phone number", "Read your profile",
		"Read your postal address", "Keep access while you are not using it", "Calendar", "See your appointments", "calendar/raw", "Read: Date of birth, team",
		"payment_initiation", "initiate", "status", "https://bank.example.test/pay", "4711", "amounts", "owner", "instructedAmount › amount", "123.50", "creditor name", "<b>Merchant",
		"Privacy policy of Planner", "Terms of Planner", "Use another account",
	} {
		page.Says(text)
	}
	page.SaysNot("Nobody here has checked")
	if boxes := page.Doc.Find("input[type=checkbox][checked]"); boxes.Length() != 5 {
		t.Errorf("%d scopes may be left out", boxes.Length())
	}
	if page.Doc.Find(`a[href="https://planner.example.test/privacy"][rel=noreferrer]`).Length() != 1 {
		t.Error("no link to the policy")
	}
}

func TestAllowingLeadsOnAndIsAskedOnce(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	answer := b.SignInTo(plannerURL("scope", "openid email"), ann, webtest.Password).At("/consent").Press("/consent", "answer", "allow").Lands(webtest.Callback)
	if answer.Get("code") == "" || answer.Get("state") != "s1" {
		t.Errorf("answered %v", answer)
	}
	if b.Get(plannerURL("scope", "openid email")).Lands(webtest.Callback).Get("code") == "" {
		t.Error("asked again")
	}
	if b.Get(plannerURL("scope", "openid", "prompt", "none")).Lands(webtest.Callback).Get("code") == "" {
		t.Error("asked again without a page")
	}
	b.Get(plannerURL("scope", "openid phone")).At("/consent")
	b.Get(plannerURL("scope", "openid", "prompt", "consent")).At("/consent")
	if given := h.events("consent_given"); len(given) != 1 || given[0].Address == "" || given[0].Detail["scopes"] != "openid email" {
		t.Errorf("written down: %+v", given)
	}
}

// With what is unticked left out, as a browser sends it.
func TestLeavingAScopeOut(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	page := b.SignInTo(plannerURL("scope", "openid email phone"), ann, webtest.Password)
	fields, action := page.Form("shown")
	fields.Set("answer", "allow")
	fields.Del("scope.phone")
	b.Post(action, fields).Lands(webtest.Callback)
	if given := h.events("consent_given"); len(given) != 1 || given[0].Detail["scopes"] != "openid email" {
		t.Errorf("written down: %+v", given)
	}
}

func TestTheHousesOwnAppAsksNothing(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	b.SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Lands(webtest.Callback)
	b.Get(webtest.AuthorizeURL("prompt", "consent")).At("/consent").Says("Notes asks for access").Press("/consent", "answer", "allow").Lands(webtest.Callback)
	b.Get(webtest.AuthorizeURL()).Lands(webtest.Callback)
}

func TestAFreshSignInIsNotAskedForTwiceAroundConsent(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	page := b.SignInTo(plannerURL("prompt", "login consent"), ann, webtest.Password).At("/consent")
	h.After(20 * 60e9)
	if page.Press("/consent", "answer", "allow").Lands(webtest.Callback).Get("code") == "" {
		t.Error("no code")
	}
	page = b.Get(plannerURL("prompt", "select_account consent")).At("/login").Press("/login/continue").At("/consent")
	page.Press("/consent", "answer", "allow").Lands(webtest.Callback)
}

func TestAnAppThatRegisteredItselfIsIntroducedByItsHost(t *testing.T) {
	h := stranger(t)
	h.Client(identity.Client{
		ID: "guest", Name: "Your Bank", RegisteredBy: identity.ByRegistration, CallbackURLs: []string{"https://guest.example.test/cb"},
		AllowedOAuthScopes: []string{"openid"}, ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantCode}},
	}, webtest.Secret)
	h.Browser().SignInTo(plannerURL("client_id", "guest", "redirect_uri", "https://guest.example.test/cb"), ann, webtest.Password).At("/consent").
		Says("Nobody here has checked this app").Says("only if you trust guest.example.test")
}

// OpenID Basic and FAPI 2.0: fapi2-security-profile-id2-user-rejects-authentication.
func TestUserRejectsAuthentication(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	landed := b.SignInTo(plannerURL(), ann, webtest.Password).At("/consent").Press("/consent", "answer", "deny").Lands(webtest.Callback)
	if landed.Get("error") != "access_denied" || landed.Get("state") != "s1" || landed.Get("iss") == "" || landed.Has("code") {
		t.Errorf("answered %v", landed)
	}
	b.Get(plannerURL()).At("/consent")
	if len(h.events("consent_denied")) != 1 {
		t.Error("not written down")
	}
}

// oidcc-prompt-none-not-logged-in has its twin where consent is what lacks (OpenID Connect Core §3.1.2.6).
func TestPromptNoneConsentRequired(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	landed := b.Get(plannerURL("prompt", "none")).Lands(webtest.Callback)
	if landed.Get("error") != "consent_required" || landed.Get("state") != "s1" {
		t.Errorf("answered %v", landed)
	}
}

func TestTheAnswerByFormPost(t *testing.T) {
	h := stranger(t)
	page := h.Browser().SignInTo(plannerURL("response_mode", "form_post"), ann, webtest.Password).At("/consent").Press("/consent", "answer", "allow")
	if fields, action := page.Is(http.StatusOK).Form("code"); action != webtest.Callback || fields.Get("state") != "s1" {
		t.Errorf("posts %v to %s", fields, action)
	}
}

func TestTheConsentPageMayLeadToTheAppAlone(t *testing.T) {
	h := stranger(t)
	page := h.Browser().SignInTo(plannerURL(), ann, webtest.Password).At("/consent")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://app.example.test;") {
		t.Errorf("policy %s", csp)
	}
}

// mustFields are the fields of the consent form, to be sent by another way.
func mustFields(page *webtest.Answer) url.Values {
	fields, _ := page.Form("shown")
	fields.Set("answer", "allow")
	return fields
}
