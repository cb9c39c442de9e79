package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/web/internal/webtest"
)

// framed is a client whose page is loaded at a sign-out.
func framed(id identity.ClientID, address string) identity.Client {
	c := identity.Client{ID: id, Name: string(id), CallbackURLs: []string{"https://" + string(id) + ".test/cb"}, LogoutURLs: []string{"https://" + string(id) + ".test/bye"}}
	c.FrontchannelLogoutURI = address
	return c
}

// visit brings a browser that is signed in to a client, and answers the ID token.
func visit(h *webtest.House, b *webtest.Browser, client string) string {
	h.Helper()
	back := "https://" + client + ".test/cb"
	code := b.Get(webtest.AuthorizeURL("client_id", client, "redirect_uri", back)).Lands(back).Get("code")
	body := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "client_id": {client}, "client_secret": {webtest.Secret}}
	got := postTo(h, "/oauth2/token", formType, body.Encode())
	return decode(h, got)["id_token"].(string)
}

// inFrontOf signs Ann in to two apps with pages of their own.
func inFrontOf(t *testing.T) (*webtest.House, *webtest.Browser, string) {
	h := webtest.Start(t)
	h.User(ann)
	h.Client(framed("one", "https://one.test/out?x=1"), webtest.Secret)
	h.Client(framed("two", "https://two.test:8443/out"), webtest.Secret)
	h.Client(framed("six", "http://[::1]:9/out"), webtest.Secret) // an origin that no policy can name
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	token := visit(h, b, "one")
	visit(h, b, "two")
	visit(h, b, "six")
	return h, b, token
}

func TestThePageThatTellsApps(t *testing.T) {
	h, b, token := inFrontOf(t)
	query := url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {"https://one.test/bye"}, "state": {"s&1"}}
	page := b.Get("/logout?" + query.Encode()).Is(http.StatusOK).At("/logout/apps").Says("You are signed out")
	csp := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "; frame-src https://one.test https://two.test:8443; ") || !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("policy %s", csp)
	}
	frames := page.Doc.Find("[data-frame]")
	if frames.Length() != 2 {
		t.Fatalf("%d frames", frames.Length())
	}
	for i, host := range []string{"one.test", "two.test:8443"} {
		at, err := url.Parse(frames.Eq(i).AttrOr("data-frame", ""))
		if err != nil || at.Host != host || at.Query().Get("iss") != webtest.PublicURL || at.Query().Get("sid") != claimOf(h, token, "sid") {
			t.Errorf("frame %s", at)
		}
	}
	if inside := page.Doc.Find("noscript").Text(); strings.Count(inside, "<iframe hidden") != 2 || strings.Count(inside, `sandbox="`) != 2 {
		t.Errorf("without script: %s", inside)
	}
	to := "https://one.test/bye?state=s%261"
	if next := page.Doc.Find("a[data-next]").AttrOr("href", ""); next != to || page.Header.Get("Refresh") != "3; url="+to {
		t.Errorf("goes on to %q, %q", next, page.Header.Get("Refresh"))
	}
	b.Get("/account").At("/login")
	t.Run("and no other page frames anything", func(t *testing.T) {
		if csp := b.Get("/signedout").Header.Get("Content-Security-Policy"); strings.Contains(csp, "frame-src") {
			t.Error(csp)
		}
	})
	t.Run("not for long", func(t *testing.T) {
		again := page.URL.RequestURI()
		h.After(11 * time.Minute)
		b.Get(again).At("/signedout")
		b.Get("/logout/apps?state=made.up").At("/signedout")
	})
}

func TestSigningOutOfTheAccountTellsApps(t *testing.T) {
	_, b, _ := inFrontOf(t)
	page := b.Get("/account").Press("/account/signout").At("/logout/apps")
	if page.Doc.Find("[data-frame]").Length() != 2 || page.Header.Get("Refresh") != "" || page.Doc.Find("a[data-next]").Length() != 0 {
		t.Errorf("page %s", page.Body)
	}
	page.Says("You can close this page").Follow("Sign in again").At("/login")
}

func TestWithoutSuchAppsNoPageStandsBetween(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	token := redeem(h, codeFor(h, b))["id_token"].(string)
	b.Get("/logout?" + url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {webtest.AfterOut}}.Encode()).Lands(webtest.AfterOut)
}

func TestALogoutHintForSomebodyElseAsksFirst(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	token := redeem(h, codeFor(h, b))["id_token"].(string)
	link := func(hint string) string {
		return "/logout?" + url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {webtest.AfterOut}, "logout_hint": {hint}}.Encode()
	}
	b.Get(link("bob@example.test")).Says("Sign out?").Says(ann)
	b.Get("/account").At("/account")
	b.Get(link("ANN@example.test")).Lands(webtest.AfterOut)
}

func TestAPostedHintStaysOutOfTheURL(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	token := redeem(h, codeFor(h, b))["id_token"].(string)
	b.Send.Set("Sec-Fetch-Site", "cross-site")
	b.Send.Set("Origin", "https://app.example.test")
	body := url.Values{"id_token_hint": {token}, "post_logout_redirect_uri": {webtest.AfterOut}, "state": {strings.Repeat("s", 4096)}}
	req, err := http.NewRequest(http.MethodPost, webtest.PublicURL+"/logout", strings.NewReader(body.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", formType)
	if at := h.Do(req).Header.Get("Location"); !strings.HasPrefix(at, "/logout?id_token_hint=lh.") || strings.Contains(at, strings.Split(token, ".")[1][:40]) {
		t.Errorf("leads to %.200s", at)
	}
	if got := b.Post("/logout", body).Lands(webtest.AfterOut); got.Get("state") != body.Get("state") {
		t.Error("the state is another")
	}
	b.Get("/account").At("/login")
}

func TestTheLanguageOfALogoutIsKept(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	h.User(ann)
	b.SignIn(ann, webtest.Password)
	b.Get("/logout?ui_locales=de").Says("Abmelden?").Press("/logout/confirm").At("/signedout").Says("Sie sind abgemeldet")
}

// redeems has the app redeem a code.
func (h house) redeems(code string) {
	h.Helper()
	body := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {webtest.Callback}}
	req := httptest.NewRequest(http.MethodPost, h.Server.PublicURL+"/oauth2/token", strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	req.SetBasicAuth("app", webtest.Secret)
	if got := h.Do(req); got.StatusCode != http.StatusOK {
		h.Fatal(read(h.T, got))
	}
}

func TestAppsAreToldAfterTheProviderThatThePersonCameBy(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
	c := identity.Client{ID: "app", Name: "Notes", IdentityProviders: []string{"COGNITO", "Corp"}}
	c.FrontchannelLogoutURI = "https://app.example.test/front"
	h.Client(c, webtest.Secret)
	b := h.cameBy(idp, "ann-1")
	code := b.Get(webtest.AuthorizeURL()).Lands(webtest.Callback).Get("code")
	h.redeems(code)
	page := b.Get("/account").Press("/account/signout").Is(http.StatusOK)
	there, err := url.Parse(strings.TrimPrefix(page.Header.Get("Refresh"), "0; url="))
	if err != nil || !strings.HasPrefix(there.String(), webtest.IDPURL) {
		t.Fatalf("led to %s, %v", there, err)
	}
	logout, _ := idp.Asked(there.Query(), "SAMLRequest")
	page = b.Get("/saml2/logout?" + idp.LoggedOut(logout, there.Query().Get("RelayState"))).At("/logout/apps")
	if page.Doc.Find("[data-frame]").Length() != 1 {
		t.Errorf("page %s", page.Body)
	}
}

func TestALogoutAtTheProviderTellsAppsByBackChannel(t *testing.T) {
	h, idp := withIDP(t, map[string]string{"IDPSignout": "true"})
	c := identity.Client{ID: "app", Name: "Notes", IdentityProviders: []string{"COGNITO", "Corp"}}
	c.BackchannelLogoutURI = "https://app.example.test/back"
	h.Client(c, webtest.Secret)
	b := h.cameBy(idp, "ann-1")
	h.redeems(b.Get(webtest.AuthorizeURL()).Lands(webtest.Callback).Get("code"))
	h.Browser().Get("/saml2/logout?" + idp.LogsOut("ann-1"))
	sender := &message.Sender{Store: h.Core.Store, Now: h.Now}
	waiting, err := sender.List(t.Context(), message.Waiting)
	if err != nil || !slices.ContainsFunc(waiting, func(m message.Message) bool { return m.Kind == message.BackchannelLogout && m.Client == "app" }) {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
}
