package web_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// cameBy signs a person in at Corp, in a browser of their own.
func (h house) cameBy(idp *webtest.IDP, subject string) *webtest.Browser {
	h.Helper()
	b := h.Browser()
	h.After(time.Second) // so that no two assertions have one name
	id, relay := begins(h, idp, b, webtest.AuthorizeURL())
	b.Post(consumer, idp.Says(id, subject, subject+"@example.test", relay)).Lands(webtest.Callback)
	return b
}

// in says whether the browser's session lives.
func in(b *webtest.Browser) bool { return b.Get("/account").URL.Path == "/account" }

func TestTheIdentityProviderSignsItsPersonOutInEveryBrowser(t *testing.T) {
	for name, sends := range map[string]func(h house, idp *webtest.IDP) int{
		"by redirect, in a browser that was never here": func(h house, idp *webtest.IDP) int {
			h.Browser().Get("/saml2/logout?" + idp.LogsOut("ann-1")).Lands(webtest.IDPURL + "/SingleLogoutService")
			return http.StatusOK
		},
		"by post, without a cookie": func(h house, idp *webtest.IDP) int {
			return h.posted("/saml2/logout", idp.LogsOutByPost("ann-1")).StatusCode
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
			hers, telephone, his := h.cameBy(idp, "ann-1"), h.cameBy(idp, "ann-1"), h.cameBy(idp, "bob-1")
			if !in(hers) || !in(telephone) || !in(his) {
				t.Fatal("nobody is in to begin with")
			}
			if status := sends(h, idp); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
			if in(hers) || in(telephone) {
				t.Error("she is still signed in somewhere")
			}
			if !in(his) {
				t.Error("he is signed out, too")
			}
			if e := h.events("sign_out_elsewhere"); len(e) != 2 || e[0].Session == "" || e[0].User == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// unsigned takes the signature out of a posted message.
func unsigned(t *testing.T, message string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(message)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(raw), "<ds:Signature ")
	_, after, found := strings.Cut(rest, "</ds:Signature>")
	if !found {
		t.Fatal("it is not signed")
	}
	return base64.StdEncoding.EncodeToString([]byte(before + after))
}

func TestAttackLogoutRequestThatDoesNotHold(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
	hers := h.cameBy(idp, "ann-1")
	mallory := h.IDP()
	good, byPost := idp.LogsOut("ann-1"), idp.LogsOutByPost("ann-1")
	bare, _, _ := strings.Cut(good, "&SigAlg=")
	for name, query := range map[string]string{
		"unsigned": bare, "of another key": mallory.LogsOut("ann-1"), "with the signature of another": good + "&RelayState=other",
	} {
		h.Browser().Get("/saml2/logout?" + query).At("/signedout")
		if !in(hers) {
			t.Fatalf("a request %s has ended the session", name)
		}
	}
	for name, form := range map[string]url.Values{
		"of another key": mallory.LogsOutByPost("ann-1"), "unsigned": {"SAMLRequest": {unsigned(t, byPost.Get("SAMLRequest"))}},
	} {
		h.posted("/saml2/logout", form)
		if !in(hers) {
			t.Fatalf("a posted request %s has ended the session", name)
		}
	}
	h.After(7 * time.Minute)
	h.Browser().Get("/saml2/logout?" + good).At("/signedout")
	if !in(hers) {
		t.Fatal("a request past its time has ended the session")
	}
	fresh := idp.LogsOut("ann-1")
	h.Browser().Get("/saml2/logout?" + fresh).Lands(webtest.IDPURL + "/SingleLogoutService")
	again := h.cameBy(idp, "ann-1")
	h.Browser().Get("/saml2/logout?" + fresh).At("/signedout")
	if in(hers) || !in(again) {
		t.Error("a request that was taken before has ended the next session")
	}
}

func TestALogoutRequestIsNotTakenWhereThatIsOff(t *testing.T) {
	h, idp := withIDP(t, nil)
	hers := h.cameBy(idp, "ann-1")
	h.Browser().Get("/saml2/logout?" + idp.LogsOut("ann-1")).At("/signedout")
	if !in(hers) {
		t.Error("the session has ended")
	}
}

func TestSigningOutOnTheAccountSignsOutAtTheIdentityProvider(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
	b := h.cameBy(idp, "ann-1")
	page := b.Get("/account").Press("/account/signout").Is(http.StatusOK)
	there, err := url.Parse(strings.TrimPrefix(page.Header.Get("Refresh"), "0; url="))
	if err != nil || !strings.HasPrefix(there.String(), webtest.IDPURL+"/SingleLogoutService") {
		t.Fatalf("led to %s, %v", there, err)
	}
	logout, _ := idp.Asked(there.Query(), "SAMLRequest")
	b.Get("/saml2/logout?" + idp.LoggedOut(logout, there.Query().Get("RelayState"))).At("/signedout")
}

func TestSigningOutSignsOutAtTheOpenIDProvider(t *testing.T) {
	h := withUp(t, nil)
	details := map[string]string{
		"client_id": federationtest.Client, "client_secret": federationtest.Secret, "oidc_issuer": h.up.Issuer, "authorize_url": h.up.At("/authorize"),
		"token_url": h.up.At("/token"), "jwks_uri": h.up.At("/keys"), "end_session_url": h.up.At("/bye?tenant=x"), "IDPSignout": "true",
	}
	h.Provider(h.up, identity.IdentityProvider{Name: "Up", Details: details})
	leave := "/logout?client_id=app&logout_uri=" + url.QueryEscape(webtest.AfterOut)
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
	q := b.Get(leave).Lands(h.up.At("/bye"))
	h.nobody(b)
	if strings.Count(q.Get("id_token_hint"), ".") != 2 || q.Get("client_id") != federationtest.Client || q.Get("tenant") != "x" ||
		q.Get("post_logout_redirect_uri") != h.Server.PublicURL+"/oauth2/idplogout" || len(q.Get("state")) < 20 {
		t.Errorf("%v", q)
	}
	back := "/oauth2/idplogout?state=" + url.QueryEscape(q.Get("state"))
	h.Browser().Get(back).At("/signedout") // another browser is not led to the app
	b.Get(back).Lands(webtest.AfterOut)
	b.Get(back).At("/signedout")

	h.Provider(h.up, identity.IdentityProvider{Name: "Up"}) // switched off
	h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
	b.Get(leave).Lands(webtest.AfterOut)
}

// A restart while the metadata cannot be had: another Federation on the same store.
func TestMetadataOutlastsARestart(t *testing.T) {
	h, idp := withIDP(t, nil)
	text := idp.Metadata()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	t.Cleanup(server.Close)
	h.Provider(nil, identity.IdentityProvider{Name: "Corp", Type: "SAML", Details: map[string]string{"MetadataURL": server.URL}})
	signsIn := func() {
		t.Helper()
		h.cameBy(idp, "ann-1")
	}
	signsIn()
	if e := h.events("saml_metadata_changed"); len(e) != 1 || e[0].Detail["provider"] != "Corp" || len(e[0].Detail["added"]) != 64 || e[0].Detail["first"] != "true" {
		t.Errorf("%+v", e)
	}
	restart := func() {
		types := federation.Types{federation.SAML: saml.Type(web.SAMLOptions(h.Core))}
		client := fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		h.Server.Federation = web.NewFederation(types, federation.Deps{Client: client, Now: h.Now})
	}
	server.Close()
	restart()
	signsIn()
	if n := len(h.events("saml_metadata_changed")); n != 1 {
		t.Errorf("%d events, though nothing changed", n)
	}
}

func TestAttackMetadataOfAnotherEntity(t *testing.T) {
	h, idp := withIDP(t, nil)
	mallory := h.IDP()
	text := idp.Metadata()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	t.Cleanup(server.Close)
	h.Provider(nil, identity.IdentityProvider{Name: "Corp", Type: "SAML", Details: map[string]string{"MetadataURL": server.URL}})
	h.cameBy(idp, "ann-1")
	text = strings.Replace(mallory.Metadata(), `entityID="`+webtest.IDPURL, `entityID="https://evil.example.test`, 1)
	h.After(2 * time.Hour)
	b := h.Browser()
	id, relay := begins(h, idp, b, webtest.AuthorizeURL())
	b.Post(consumer, mallory.Says(id, "ann-1", ann, relay)).Is(web.Unprocessable).Says("could not be confirmed")
	h.nobody(b)
	h.cameBy(idp, "ann-1") // by the metadata from before
	if n := len(h.events("saml_metadata_changed")); n != 1 {
		t.Errorf("%d changes were taken", n)
	}
}
