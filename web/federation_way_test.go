package web_test

import (
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// providerButtons answers the words of the page's buttons to providers.
func providerButtons(page *webtest.Answer) string {
	var all []string
	page.Doc.Find(`a[data-way^="idp:"] span:not(.badge)`).Each(func(_ int, s *selection) { all = append(all, s.Text()) })
	return strings.Join(all, ", ")
}

func TestButtonsAreWhatTheClientListsInItsOrder(t *testing.T) {
	h := withUp(t, nil)
	details := map[string]string{"client_id": federationtest.Client, "client_secret": federationtest.Secret}
	h.Provider(h.up, identity.IdentityProvider{Name: "Google", Type: "Google", Details: details})
	h.Provider(h.up, identity.IdentityProvider{Name: "Off", Disabled: true})
	h.Provider(h.up, identity.IdentityProvider{Name: "Unlisted"})
	h.takes("Up", "COGNITO", "Google", "Off", "Gone")
	page := h.Browser().Get(webtest.AuthorizeURL())
	if got := providerButtons(page); got != "Continue with Up, Continue with Google" {
		t.Errorf("sign-in: %s", got)
	}
	if got := providerButtons(page.Follow("Sign up")); got != "Continue with Up, Continue with Google" {
		t.Errorf("sign-up: %s", got)
	}
	if got := providerButtons(h.Browser().Get("/login")); got != "Continue with Google, Continue with Unlisted, Continue with Up" {
		t.Errorf("the account pages: %s", got)
	}
	h.takes()
	if got := providerButtons(h.Browser().Get(webtest.AuthorizeURL())); got != "" {
		t.Errorf("a client that lists none: %s", got)
	}
}

func TestWithoutThePoolAmongThemThereAreButtonsAlone(t *testing.T) {
	h := withUp(t, nil)
	h.Provider(h.up, identity.IdentityProvider{Name: "Two"})
	h.takes("Up", "Two")
	h.User(ann)
	b := h.Browser()
	page := b.Get(webtest.AuthorizeURL()).At("/login")
	if page.Doc.Find("input:not([type=hidden])").Length() != 0 || providerButtons(page) != "Continue with Up, Continue with Two" {
		t.Fatalf("%s", page.Body)
	}
	page.SaysNot("Sign up").SaysNot("Forgot")
	request := page.URL.Query().Get("request")
	b.Get("/signup?request=" + request).At("/login")
	own := b.Get("/login").Doc.Find("input[name=csrf]").AttrOr("value", "")
	b.Post("/login", map[string][]string{"csrf": {own}, "request": {request}, "username": {ann}, "password": {webtest.Password}}).At("/login")
	h.nobody(b)
}

func TestTheOnlyWayInIsGoneStraight(t *testing.T) {
	h := withUp(t, nil)
	h.takes("Up")
	q := h.Browser().Get(webtest.AuthorizeURL("login_hint", ann, "ui_locales", "de")).Lands(h.up.At("/authorize"))
	if q.Get("login_hint") != ann || q.Get("ui_locales") != "de" || q.Get("prompt") != "" {
		t.Errorf("%v", q)
	}
	h.Browser().Get(webtest.AuthorizeURL("prompt", "select_account")).Lands(h.up.At("/authorize"))
}

func TestARequestNamesItsProvider(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) { p.Identifiers = []string{"upstairs", "corp.example.test"} })
	for _, pair := range [][2]string{
		{"identity_provider", "Up"}, {"idp_identifier", "upstairs"}, {"idp_identifier", "corp.example.test"}, {"idp_identifier", "ann@corp.example.test"},
	} {
		b := h.Browser()
		out := b.Get(webtest.AuthorizeURL(pair[0], pair[1]))
		b.ComesBack(out.Approve(h.up, vouched("s-1", ann))).Lands(webtest.Callback)
	}
	h.Browser().Get(webtest.AuthorizeURL("identity_provider", "COGNITO")).At("/login")
	h.Browser().Get(webtest.AuthorizeURL("identity_provider", "Nope")).At("/login")
	if got := h.Browser().Get(webtest.AuthorizeURL("identity_provider", "Up", "prompt", "select_account")).Lands(h.up.At("/authorize")).Get("prompt"); got != "select_account" {
		t.Errorf("prompt=%s", got)
	}
	if got := h.Browser().Get(webtest.AuthorizeURL("identity_provider", "Up", "prompt", "none")).Lands(webtest.Callback).Get("error"); got != "login_required" {
		t.Errorf("error=%s", got)
	}
}

func TestADomainLeadsToItsProviderWithoutAnAccount(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) { p.Identifiers = []string{"corp.example.test"} })
	h.User(ann)
	b := h.Browser()
	page := b.Get(webtest.AuthorizeURL())
	if page.Doc.Find("input[name=password]").Length() != 0 {
		t.Fatal("the page asks for a password before it knows the domain")
	}
	hop := page.Submit("username", "new@Corp.example.test").Is(http.StatusOK).Says("On to Up")
	target := strings.TrimPrefix(hop.Header.Get("Refresh"), "0; url=")
	if href, _ := hop.Doc.Find("main a.button").Attr("href"); !strings.HasPrefix(target, h.up.At("/authorize")) || href != target {
		t.Fatalf("Refresh %q, link %q", target, href)
	}
	if q := federationtest.Query(t, target); q.Get("login_hint") != "new@Corp.example.test" {
		t.Errorf("%v", q)
	}
	b.ComesBack(h.up.Approve(target, nil)).Lands(webtest.Callback)
	h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann).At("/login/password").Submit("password", webtest.Password).Lands(webtest.Callback)
}

func TestAfterSigningOutTheNextTripAsksForTheAccountPicker(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
	b.Get("/logout").Press("/logout/confirm").At("/signedout")
	for range 2 { // whoever turned back at the picker is asked again
		out := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up")
		if got := out.Lands(h.up.At("/authorize")).Get("prompt"); got != "select_account" {
			t.Fatalf("prompt=%s", got)
		}
	}
	h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
	b.Forget("__Host-ph_session")
	if got := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Lands(h.up.At("/authorize")).Get("prompt"); got != "" {
		t.Errorf("prompt=%s long after", got)
	}
}

func TestGoogleIsNotAskedFromWithinAnApp(t *testing.T) {
	h := withUp(t, nil)
	details := map[string]string{"client_id": federationtest.Client, "client_secret": federationtest.Secret}
	h.Provider(h.up, identity.IdentityProvider{Name: "Google", Type: "Google", Details: details})
	h.takes("COGNITO", "Google", "Up")
	for _, agent := range []string{
		"Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/400.0]",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 300.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
	} {
		b := h.Browser()
		b.Send.Set("User-Agent", agent)
		page := b.Get(webtest.AuthorizeURL())
		page.Follow("Continue with Google").Says("Open this page in your browser").Follow("Sign in another way").At("/login")
		page.Follow("Continue with Up").Lands(h.up.At("/authorize"))
	}
	h.Browser().Get(webtest.AuthorizeURL()).Follow("Continue with Google").Lands("https://accounts.google.com/")
}

func TestAProviderThatIsDown(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) {
		p.Details = map[string]string{"client_id": "c", "client_secret": "the-client-secret", "oidc_issuer": "http://127.0.0.1:9"}
	})
	page := h.Browser().Get(webtest.AuthorizeURL()).Follow("Continue with Up").Is(web.Unprocessable)
	page.Says("Up does not answer at the moment").SaysNot("127.0.0.1").SaysNot("secret")
	if e := h.events("sign_in_elsewhere"); len(e) != 1 || e[0].Reason != "unreachable" || e[0].Client != "app" {
		t.Errorf("%+v", e)
	}
	if strings.Contains(h.Log.String(), "the-client-secret") {
		t.Error("the log holds the secret")
	}
}
