package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// options answers the WebAuthn options on the page.
func options(h *webtest.House, page *webtest.Answer) string {
	h.Helper()
	found, ok := page.Doc.Find("form[data-passkey]").Attr("data-options")
	if !ok {
		h.Fatalf("no passkey form on %s (%d): %s", page.URL, page.Status, page.Text())
	}
	return found
}

func use(h *webtest.House, page *webtest.Answer, key *webtest.Key) *webtest.Answer {
	h.Helper()
	return page.Submit("credential", key.Get(options(h, page)))
}

// withKey makes a user who has set a passkey up.
func withKey(h *webtest.House) *webtest.Key {
	h.Helper()
	h.User(ann)
	key, b := h.Key(), h.Browser()
	fields, action := b.Get("/login").Form("password")
	fields.Set("username", ann)
	fields.Set("password", webtest.Password)
	fields.Set("upgrade", "1")
	page := b.Post(action, fields).At("/upgrade")
	page.Submit("credential", key.Create(options(h, page))).At("/account")
	return key
}

func TestSignInWithAPasskeyAndNoName(t *testing.T) {
	h := webtest.Start(t)
	key := withKey(h)
	page := h.Browser().Get(webtest.AuthorizeURL()).At("/login")
	if got := page.Doc.Find("#username").AttrOr("autocomplete", ""); got != "username webauthn" {
		t.Errorf("autocomplete is %q", got)
	}
	if got := use(h, page, key).Lands(webtest.Callback); got.Get("code") == "" || got.Get("state") != "s1" {
		t.Fatalf("landed with %v", got)
	}
}

// A passkey that was removed here is told to the browser, which then forgets it.
func TestAPasskeyThatIsNotKnownIsToldToTheBrowser(t *testing.T) {
	h := webtest.Start(t)
	page := use(h, h.Browser().Get(webtest.AuthorizeURL()), h.Key()).Is(web.Unprocessable).Says("This passkey is not known here")
	var signal map[string]string
	if err := json.Unmarshal([]byte(page.Doc.Find("[data-signal=signalUnknownCredential]").AttrOr("data-with", "")), &signal); err != nil {
		t.Fatal(err)
	}
	if signal["rpId"] != "login.example.test" || signal["credentialId"] == "" {
		t.Errorf("it says %v", signal)
	}
	h.Browser().Get("/login").Submit("credential", "broken").Is(web.Unprocessable).Says("could not be checked")
}

func TestAPasskeyIsOneOfTheWaysIn(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User(ann)
	key, b := h.Key(), h.Browser()
	page := b.Get("/login").Submit("username", ann).Press("/login/choose", "factor", "PASSWORD")
	page = page.Submit("password", webtest.Password, "upgrade", "1").At("/upgrade")
	page.Submit("credential", key.Create(options(h, page))).At("/account")
	page = h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann).Press("/login/choose", "factor", "WEB_AUTHN").At("/login/passkey")
	page.Follow("Try another way").At("/login/choose")
	page = page.Submit("credential", h.Key().Get(options(h, page))).Is(web.Unprocessable)
	use(h, page, key).Lands(webtest.Callback)
}

// The upgrade is for browsers that said they can, once the password was right,
// and it never stops anybody.
func TestTheUpgradeNeverStandsInTheWay(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Lands(webtest.Callback)
	page := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann, "password", webtest.Password, "upgrade", "1").At("/upgrade")
	page.Submit("credential", "").Lands(webtest.Callback)
	page.Submit("credential", "broken").Lands(webtest.Callback)
	h.Browser().Get("/upgrade").At("/login")
	withKeyOf(h, ann)
	h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann, "password", webtest.Password, "upgrade", "1").Lands(webtest.Callback)
}

func withKeyOf(h *webtest.House, name string) {
	h.Helper()
	page := h.Browser().Get("/login").Submit("username", name, "password", webtest.Password, "upgrade", "1").At("/upgrade")
	page.Submit("credential", h.Key().Create(options(h, page))).At("/account")
}

// Whose account hangs on one passkey is offered a spare way in again after a while.
func TestTheOfferOfASpareComesBackLater(t *testing.T) {
	h := webtest.Start(t, ways(identity.FactorPasskey), func(_ *web.Deps, p *identity.Pool) { p.MFAConfiguration = "OPTIONAL" })
	h.Import(identity.ImportUser{Pool: webtest.PoolID, Username: ann, Attributes: map[string]string{"email": ann, "email_verified": "true"}})
	key, b := h.Key(), h.Browser()
	page := b.Get(webtest.AuthorizeURL()).Submit("username", ann)
	page = page.Press("/login/choose", "factor", "EMAIL_OTP").Submit("code", h.Mail(ann).Secrets["code"]).At("/login/setup").Says("Create a passkey")
	page.Submit("credential", key.Create(options(h, page))).At("/backup").Follow("Not now").Lands(webtest.Callback)
	b.Forget("__Host-ph_session")
	use(h, b.Get(webtest.AuthorizeURL()), key).Lands(webtest.Callback) // it was shown here a moment ago
	b.Forget("__Host-ph_session")
	b.Forget("__Host-ph_spare")
	use(h, b.Get(webtest.AuthorizeURL()), key).At("/backup")
}

func TestAHostWithoutPasskeysOffersNone(t *testing.T) {
	h := webtest.Start(t, func(d *web.Deps, _ *identity.Pool) { d.PublicURL = "http://192.0.2.1" })
	page := h.Browser().Get("/login")
	if page.Doc.Find("form[data-passkey], [name=upgrade]").Length() != 0 || strings.Contains(page.Body, "webauthn") {
		t.Error("a bare address has no passkeys")
	}
}

func TestPasskeyManagersFindThePages(t *testing.T) {
	h := webtest.Start(t)
	page := h.Browser().Get("/.well-known/passkey-endpoints").Is(http.StatusOK).Has("Content-Type", "application/json")
	var told map[string]string
	if err := json.Unmarshal([]byte(page.Body), &told); err != nil {
		t.Fatal(err)
	}
	if page := webtest.PublicURL + "/account/factors"; told["enroll"] != page+"/passkey" || told["manage"] != page {
		t.Errorf("it says %v", told)
	}
	h.Browser().Get("/.well-known/webauthn").Is(http.StatusNotFound)
}

func TestRelatedOriginsAreTold(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.WebAuthn.RelatedOrigins = []string{"https://example.org"} })
	page := h.Browser().Get("/.well-known/webauthn").Is(http.StatusOK).Has("Content-Type", "application/json")
	if want := `{"origins":["https://login.example.test","https://example.org"]}`; page.Body != want {
		t.Errorf("it says %s, want %s", page.Body, want)
	}
}
