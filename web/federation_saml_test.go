package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// withIDP is a house with a SAML identity provider, Corp, that its app takes.
func withIDP(t *testing.T, details map[string]string) (house, *webtest.IDP) {
	t.Helper()
	h := house{House: webtest.Start(t, webtest.Elsewhere())}
	idp := h.IDP()
	all := map[string]string{"MetadataFile": idp.Metadata()}
	maps.Copy(all, details)
	h.Provider(nil, identity.IdentityProvider{Name: "Corp", Type: "SAML", Details: all, Mapping: map[string]string{"email": "mail"}})
	h.takes("COGNITO", "Corp")
	return h, idp
}

// begins sets out for the identity provider, and answers the request's id and state.
func begins(h house, idp *webtest.IDP, b *webtest.Browser, authorize string) (id, relay string) {
	h.Helper()
	q := b.Get(authorize).Follow("Continue with Corp").Lands(webtest.IDPURL + "/SingleSignOnService")
	id, _ = idp.Asked(q, "SAMLRequest")
	return id, q.Get("RelayState")
}

const consumer = "/saml2/idpresponse"

func TestSAMLSignsIn(t *testing.T) {
	h, idp := withIDP(t, nil)
	b := h.Browser()
	id, relay := begins(h, idp, b, webtest.AuthorizeURL())
	form := idp.Says(id, "ann-1", ann, relay)
	if answer := h.posted(consumer, form); answer.StatusCode != http.StatusOK || !strings.Contains(read(t, answer), consumer+"?hop=1") {
		t.Fatal("no hop over our own page")
	}
	b.Post(consumer+"?hop=1", form).Lands(webtest.Callback)
	if u := h.user("Corp_ann-1"); u.Status != identity.ExternalProvider {
		t.Errorf("%+v", u)
	}
	b.Post(consumer, form).Is(web.Unprocessable).Says("This sign-in has ended")
}

func TestAttackSAMLResponseOfAnotherTrip(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPInit": "true"})
	eve, b := h.Browser(), h.Browser()
	id, relay := begins(h, idp, eve, webtest.AuthorizeURL())
	b.Get("/login").Follow("Continue with Corp")
	b.Post(consumer, idp.Says(id, "eve", "eve@example.test", relay)).Is(web.Unprocessable).Says("This sign-in has ended")
	h.nobody(b)
	other, own := begins(h, idp, b, webtest.AuthorizeURL())
	b.Post(consumer, idp.Says(id, "eve", "eve@example.test", own)).Is(web.Unprocessable)
	b.Post(consumer, idp.Says("", "eve", "eve@example.test", own)).Is(web.Unprocessable)
	if other == id {
		t.Error("two requests have one id")
	}
	h.nobody(b)
}

func TestAttackOpenRedirectByRelayState(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPInit": "true"})
	good := "identity_provider=Corp&client_id=app&response_type=code&scope=openid&redirect_uri=" + url.QueryEscape(webtest.Callback)
	for _, relay := range []string{
		"https://evil.example", "//evil.example", "", "javascript:alert(1)", strings.ReplaceAll(good, "app.example.test", "evil.example"),
		strings.ReplaceAll(good, "client_id=app", "client_id=nope"), strings.ReplaceAll(good, "Corp", "Other"), good + "&client_id=app",
	} {
		b := h.Browser()
		page := b.Post(consumer+"?hop=1", idp.Says("", "ann-1", ann, relay)).Is(web.Unprocessable)
		if page.Header.Get("Location") != "" || strings.Contains(page.Body, "evil.example") {
			t.Errorf("%s: leads to %s, %s", relay, page.Header.Get("Location"), page.Text())
		}
		h.nobody(b)
	}
	b := h.Browser()
	form := idp.Says("", "ann-1", ann, good)
	b.Post(consumer+"?hop=1", form).Lands(webtest.Callback)
	h.Browser().Post(consumer+"?hop=1", form).Is(web.Unprocessable) // the assertion is spent
}

func TestAttackResponseThatNobodyAskedFor(t *testing.T) {
	h, idp := withIDP(t, nil)
	b := h.Browser()
	good := "identity_provider=Corp&client_id=app&response_type=code&scope=openid&redirect_uri=" + url.QueryEscape(webtest.Callback)
	b.Post(consumer+"?hop=1", idp.Says("", "ann-1", ann, good)).Is(web.Unprocessable)
	h.nobody(b)
}

func TestAPoolDescribesItselfBeforeAnyProviderIsThere(t *testing.T) {
	h := house{House: webtest.Start(t, webtest.Elsewhere())}
	page := h.Browser().Get("/saml2/metadata").Is(http.StatusOK).Has("Content-Type", "application/samlmetadata+xml")
	for _, part := range []string{`entityID="urn:amazon:cognito:sp:local_main"`, "https://auth.example.test/saml2/idpresponse", "https://auth.example.test/saml2/logout", `AuthnRequestsSigned="false"`} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("%s is not in %s", part, page.Body)
		}
	}
	if again := h.Browser().Get("/saml2/metadata"); again.Body != page.Body {
		t.Error("the second time it says something else")
	}
	idp := h.IDP()
	h.Provider(nil, identity.IdentityProvider{Name: "Corp", Type: "SAML", Details: map[string]string{"MetadataFile": idp.Metadata(), "RequestSigningAlgorithm": "rsa-sha256", "EncryptedResponses": "true"}})
	for _, path := range []string{"/saml2/metadata", "/saml2/metadata?provider=Corp"} {
		if body := h.Browser().Get(path).Body; !strings.Contains(body, `AuthnRequestsSigned="true"`) || !strings.Contains(body, `use="encryption"`) {
			t.Errorf("%s: %s", path, body)
		}
	}
	h.Browser().Get("/saml2/metadata?provider=Nope").Is(http.StatusNotFound)
}

func TestSigningOutSignsOutAtTheIdentityProvider(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
	b := h.Browser()
	id, relay := begins(h, idp, b, webtest.AuthorizeURL())
	b.Post(consumer, idp.Says(id, "ann-1", ann, relay)).Lands(webtest.Callback)
	out := b.Get("/logout?client_id=app&logout_uri=" + url.QueryEscape(webtest.AfterOut))
	if out.URL.Path == "/logout" && out.Status == http.StatusOK {
		out = out.Press("/logout/confirm")
	}
	target := out.Header.Get("Location")
	if target == "" {
		target = strings.TrimPrefix(out.Header.Get("Refresh"), "0; url=")
	}
	h.nobody(b)
	there, err := url.Parse(target)
	if err != nil || !strings.HasPrefix(target, webtest.IDPURL+"/SingleLogoutService") {
		t.Fatalf("%v, led to %q (%d %s)", err, target, out.Status, out.Text())
	}
	logout, text := idp.Asked(there.Query(), "SAMLRequest")
	if !strings.Contains(text, "ann-1") || !strings.Contains(text, "session-1") {
		t.Errorf("asked %s", text)
	}
	b.Get("/saml2/logout?" + idp.LoggedOut(logout, there.Query().Get("RelayState"))).Lands(webtest.AfterOut)
	b.Get("/saml2/logout?" + idp.LoggedOut(logout, there.Query().Get("RelayState"))).At("/signedout")
}

func TestTheIdentityProviderSignsItsPersonOut(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
	b := h.Browser()
	id, relay := begins(h, idp, b, webtest.AuthorizeURL())
	b.Post(consumer, idp.Says(id, "ann-1", ann, relay)).Lands(webtest.Callback)
	b.Get("/saml2/logout?" + idp.LogsOut("eve-1")).Lands(webtest.IDPURL + "/SingleLogoutService")
	if b.Cookies()["__Host-ph_session"] == "" {
		t.Fatal("another's logout has ended the session")
	}
	query := idp.LogsOut("ann-1")
	b.Get("/saml2/logout?" + strings.Replace(query, "Signature=", "Signature=AAAA", 1)).At("/signedout")
	if b.Cookies()["__Host-ph_session"] == "" {
		t.Fatal("a logout that nobody signed has ended the session")
	}
	q := b.Get("/saml2/logout?" + query).Lands(webtest.IDPURL + "/SingleLogoutService")
	if _, text := idp.Asked(q, "SAMLResponse"); !strings.Contains(text, "status:Success") || q.Get("RelayState") != "their-state" {
		t.Errorf("answered %s", text)
	}
	h.nobody(b)
	b.Get("/saml2/logout?nonsense=1").At("/signedout")
}

func TestALaterSignInByPasswordSignsOutHereAlone(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
	h.User("bob@example.test")
	b := h.Browser()
	id, relay := begins(h, idp, b, webtest.AuthorizeURL())
	b.Post(consumer, idp.Says(id, "ann-1", ann, relay)).Lands(webtest.Callback)
	b.SignInTo(webtest.AuthorizeURL("prompt", "login"), "bob@example.test", webtest.Password).Lands(webtest.Callback)
	b.Get("/logout?client_id=app&logout_uri=" + url.QueryEscape(webtest.AfterOut)).Lands(webtest.AfterOut)
}

// Chromium holds the form-action of the page with the button against every
// redirect that follows it.
func TestSigningOutToSignInElsewhereGoesByWayOfAPage(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
	query := "client_id=app&response_type=code&scope=openid&identity_provider=Up&redirect_uri=" + url.QueryEscape(webtest.Callback)
	b.Send.Set("Sec-Fetch-Site", "cross-site")
	b.Send.Set("Referer", "https://elsewhere.example/")
	asks := b.Get("/logout?" + query)
	b.Send.Set("Sec-Fetch-Site", "same-origin")
	page := asks.Press("/logout/confirm").Is(http.StatusOK).Says("One moment")
	target := strings.TrimPrefix(page.Header.Get("Refresh"), "0; url=")
	if got := b.Get(target).Lands(h.up.At("/authorize")).Get("prompt"); got != "select_account" {
		t.Errorf("prompt=%q", got)
	}
}
