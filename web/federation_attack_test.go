package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// nobody fails if the browser is signed in.
func (h house) nobody(b *webtest.Browser) {
	h.Helper()
	if b.Cookies()["__Host-ph_session"] != "" {
		h.Fatal("somebody is signed in")
	}
}

func TestAttackLoginCSRFByACallbackInAnotherBrowser(t *testing.T) {
	h := withUp(t, nil)
	eve, b := h.Browser(), h.Browser()
	values := eve.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Approve(h.up, vouched("eve", "eve@example.test"))
	b.Get(webtest.AuthorizeURL("state", "mine")).Follow("Continue with Up").Lands(h.up.At("/authorize"))
	page := b.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended")
	h.nobody(b)
	fresh := page.Follow("Sign in again").At("/login").Follow("Continue with Up")
	if got := b.ComesBack(fresh.Approve(h.up, vouched("s-1", ann))).Lands(webtest.Callback).Get("state"); got != "mine" {
		t.Errorf("led on to the request with the state %q", got)
	}
	empty := h.Browser()
	empty.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended")
	h.nobody(empty)
}

func TestAttackCallbackReplay(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	values := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Approve(h.up, vouched("s-1", ann))
	b.ComesBack(values).Lands(webtest.Callback)
	b.Forget("__Host-ph_session")
	b.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended")
	h.nobody(b)
}

func TestAttackProviderMixUp(t *testing.T) {
	h := withUp(t, nil)
	other := h.Upstream()
	h.Provider(other, identity.IdentityProvider{Name: "Other", TrustedDomains: []string{"*"}})
	h.takes("COGNITO", "Up", "Other")
	b := h.Browser()
	login := b.Get(webtest.AuthorizeURL())
	mine := login.Follow("Continue with Other").Lands(other.At("/authorize"))
	evil := login.Follow("Continue with Up").Approve(h.up, vouched("eve", ann))
	evil.Set("state", mine.Get("state")) // the answer of Up, for the trip to Other
	b.ComesBack(evil).Is(web.Unprocessable).Says("Signing in with Other did not work")
	evil = login.Follow("Continue with Other").Approve(other, vouched("s-1", ann))
	evil.Set("iss", h.up.Issuer) // RFC 9207
	b.ComesBack(evil).Is(web.Unprocessable).Says("Signing in with Other did not work")
	h.nobody(b)
}

func TestAttackProviderSwitchedOffOnTheWay(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	values := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Approve(h.up, vouched("s-1", ann))
	h.Provider(h.up, identity.IdentityProvider{Name: "Up", Disabled: true})
	b.ComesBack(values).Is(web.Unprocessable).Says("Notes does not take sign-ins from Up now").Follow("Sign in another way").SaysNot("Continue with Up")
	h.nobody(b)
}

func TestAttackClientThatNoLongerListsTheProvider(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	values := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Approve(h.up, vouched("s-1", ann))
	h.takes("COGNITO")
	b.ComesBack(values).Is(web.Unprocessable).Says("does not take sign-ins from Up")
	page := b.Get(webtest.AuthorizeURL("identity_provider", "Up")).At("/login").SaysNot("Continue with Up")
	request := page.URL.Query().Get("request")
	b.Get("/login/provider?name=Up&request=" + url.QueryEscape(request)).At("/login")
	h.nobody(b)
}

func TestAttackSignUpClosedByAProvider(t *testing.T) {
	h := withUp(t, nil, func(_ *web.Deps, p *identity.Pool) { p.AdminCreateUserConfig.AllowAdminCreateUserOnly = true })
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Is(web.Unprocessable).Says("There is no account here for you yet")
	h.nobody(b)
	h.User(ann)
	h.signIn(b, vouched("s-1", ann)).At("/login/password").Submit("password", webtest.Password).Lands(webtest.Callback)
}

func TestAttackDisabledUserByAProvider(t *testing.T) {
	h := withUp(t, nil)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	if err := h.Admin().Disable(h.Context(), webtest.PoolID, ann); err != nil {
		t.Fatal(err)
	}
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Is(web.Unprocessable).Says("cannot be used here")
	h.nobody(b)
}

func TestAttackNativeNameWithAProvidersPrefix(t *testing.T) {
	h := withUp(t, nil, func(_ *web.Deps, p *identity.Pool) { p.UsernameAttributes, p.AutoVerifiedAttributes = nil, nil })
	h.Client(identity.Client{ID: "other", Name: "Other"}, webtest.Secret) // which does not list Up
	for _, app := range []string{"app", "other"} {
		page := h.Browser().Get(webtest.AuthorizeURL("client_id", app)).Follow("Sign up")
		page.Submit("username", "up_s-1", "password", webtest.Password).Is(web.Unprocessable)
	}
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
}

// posted is an answer that a provider posts: from its own site, so that the
// browser sends no cookie that is SameSite=Lax.
func (h house) posted(path string, fields url.Values) *http.Response {
	h.Helper()
	req, err := http.NewRequest(http.MethodPost, h.Server.PublicURL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		h.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	req.RemoteAddr, req.RequestURI = "192.0.2.7:40000", path
	return h.Do(req)
}

func TestAPostedAnswerHopsOverOurOwnPage(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) { p.Type, p.Details = "SignInWithApple", nil })
	b := h.Browser()
	out := b.Get(webtest.AuthorizeURL()).Follow("Continue with Apple")
	if mode := out.Lands(h.up.At("/authorize")).Get("response_mode"); mode != "form_post" {
		t.Fatalf("response_mode=%s", mode)
	}
	values := out.Approve(h.up, vouched("s-1", ann))
	answer := h.posted("/oauth2/idpresponse", values)
	page := read(t, answer)
	if answer.StatusCode != http.StatusOK || !strings.Contains(page, "data-autopost") || !strings.Contains(page, "/oauth2/idpresponse?hop=1") || !strings.Contains(page, values.Get("code")) {
		t.Fatalf("%d %s", answer.StatusCode, page)
	}
	if set := answer.Header.Values("Set-Cookie"); len(set) != 0 {
		t.Errorf("the hop sets cookies over those it did not see: %v", set)
	}
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self';") {
		t.Errorf("policy %s", policy)
	}
	h.Browser().Without().Post("/oauth2/idpresponse?hop=1", values).Is(web.Unprocessable).Says("This sign-in has ended")
	b.Post("/oauth2/idpresponse?hop=1", values).Lands(webtest.Callback)
}

func TestTwoTabsComeBackEachToItsOwn(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	one := b.Get(webtest.AuthorizeURL("state", "one")).Follow("Continue with Up")
	two := b.Get(webtest.AuthorizeURL("state", "two")).Follow("Continue with Up")
	for state, page := range map[string]*webtest.Answer{"two": two, "one": one} {
		if got := b.ComesBack(page.Approve(h.up, vouched("s-1", ann))).Lands(webtest.Callback).Get("state"); got != state {
			t.Errorf("the tab of %s came to %s", state, got)
		}
	}
}

func TestAnAnswerThatTookTooLong(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	values := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Approve(h.up, vouched("s-1", ann))
	h.After(16 * time.Minute)
	b.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended")
	for _, odd := range []string{"?state=a&state=b", "?state=%00", "", "?state=" + strings.Repeat("a", 4000)} {
		b.Get("/oauth2/idpresponse" + odd).Is(web.Unprocessable).Says("This sign-in has ended")
	}
	h.nobody(b)
}
