package a11y

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// elsewhere is somebody else's sign-in, by the name Corp in the pool; every type
// that has a brand stands beside it.
func elsewhere(t *testing.T) (*kit.OIDCProvider, func(kit.Map)) {
	t.Helper()
	up := kit.NewOIDCProvider(t)
	up.Accounts = kit.Map{"ann": kit.Map{"email": ann, "email_verified": true}, "eve": kit.Map{"email": eve, "email_verified": true}}
	brand := func(kind string) kit.Map {
		return kit.Map{"provider_name": kind, "provider_type": kind, "provider_details": kit.Map{"client_id": "c", "client_secret": "s", "authorize_url": up.URL + "/auth", "token_url": up.URL + "/token"}}
	}
	return up, func(m kit.Map) {
		kit.AtLocalhost(m)
		m["outgoing"] = kit.Map{"allow_networks": kit.List{"127.0.0.0/8"}}
		up.Clients = kit.List{kit.Map{"client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "client_secret_post",
			"redirect_uris": kit.List{m["public_url"].(string) + "/oauth2/idpresponse"}}}
		pool := kit.PoolOf(m)
		pool["identity_providers"] = kit.List{
			kit.Map{"provider_name": "Corp", "provider_type": "OIDC", "provider_details": kit.Map{"client_id": "c", "client_secret": "s", "oidc_issuer": up.URL}},
			brand("Google"), brand("Facebook"), brand("GitHub"), brand("LoginWithAmazon"),
		}
		pool["clients"].(kit.List)[0].(kit.Map)["supported_identity_providers"] = kit.List{"COGNITO", "Corp", "Google", "Facebook", "GitHub", "LoginWithAmazon"}
	}
}

func TestPagesOfOtherProviders(t *testing.T) {
	up, change := elsewhere(t)
	s, a := start(t, change)
	a.Allow(up.URL)
	a.Open(t, s.App.URL+"/start")
	a.both("sign-in with providers")
	a.Press(t, "Continue with Corp") // which is down
	a.See(t, "does not answer at the moment")
	a.both("provider is down")
	up.Run(t)
	up.Meets(t, a.Browser, func() { a.Press(t, "Try again") })
	up.Press(t, a.Browser, "cancel")
	a.See(t, "You came back from Corp")
	a.both("came back")
	a.Press(t, "Continue with Corp")
	up.Press(t, a.Browser, "fail")
	a.See(t, "Signing in with Corp did not work")
	a.check("provider broke") // it cannot be loaded again
	a.opened("answer of nobody's trip", s.URL+"/oauth2/idpresponse?state=nonsense&code=nonsense")
	a.Open(t, s.App.URL+"/start")
	a.Press(t, "Continue with Corp")
	up.SignIn(t, a.Browser, "ann")
	a.See(t, "You already have an account with "+ann)
	a.both("linking")
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Hello, "+ann)
	a.Open(t, s.URL+"/account/connections")
	a.both("connected")
}

func TestPagesOfAnAccountThatIsOnlyElsewhere(t *testing.T) {
	up, change := elsewhere(t)
	s, a := start(t, change)
	a.Allow(up.URL)
	up.Run(t)
	a.Open(t, s.App.URL+"/start")
	a.Press(t, "Continue with Corp")
	up.SignIn(t, a.Browser, "eve")
	a.See(t, "Hello, "+eve)
	for _, page := range []string{"", "/connections", "/factors", "/password", "/history", "/delete"} {
		a.Open(t, s.URL+"/account"+page)
		a.both("account" + page)
	}
}

// tries answers the link of a test of Corp.
func tries(t *testing.T, s *kit.Server) string {
	t.Helper()
	out, code := s.Command(t, "idp", "test", "Corp")
	link := regexp.MustCompile(`http\S+/login/provider/test\?link=\S+`).FindString(out)
	if code != 0 || link == "" {
		t.Fatalf("idp test ended with %d:\n%s", code, out)
	}
	return link
}

func TestPagesOfAProvidersTest(t *testing.T) {
	up, change := elsewhere(t)
	s, a := start(t, change)
	a.Allow(up.URL)
	up.Run(t)
	link := tries(t, s)
	a.Open(t, link)
	a.both("test")
	a.Press(t, "Continue with Corp")
	up.Press(t, a.Browser, "fail")
	a.See(t, "What failed")
	a.check("failure of a test")
	a.Press(t, "Test again")
	up.SignIn(t, a.Browser, "ann")
	a.See(t, "Everything that Corp said", "On a real sign-in they are asked to sign in to "+ann)
	a.check("result of a test")
	a.Open(t, link)
	a.See(t, "This test link is over")
	a.both("test that is over")
}

// A page that cannot be loaded again is had in its language from the start.
func TestResultOfATestFromRightToLeft(t *testing.T) {
	up, change := elsewhere(t)
	s, a := start(t, change)
	a.Allow(up.URL)
	up.Run(t)
	a.Look(t, 320, 640, "dark")
	a.Open(t, tries(t, s))
	a.Open(t, s.URL+"/login/provider/test?mailed=1&lang=ar")
	a.Do(t, chromedp.Click(chromedp.CSS(`main form button[type="submit"]`)))
	up.SignIn(t, a.Browser, "ann")
	a.Wait(t, `html[dir="rtl"] .badge`)
	a.ask("result of a test, Arabic")
}

// A provider that posts its answer does so from another site, without our
// cookies: the page that posts it once more goes on by itself.
func TestPageThatPostsAgain(t *testing.T) {
	up, change := elsewhere(t)
	s, a := start(t, change)
	a.Allow(up.URL)
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>Upstream</title><link rel=icon href=data:,><form method=post action="%s/oauth2/idpresponse"><input type=hidden name=state value=s><button>Go</button></form>`, s.URL)
	}))
	t.Cleanup(there.Close)
	a.Allow(there.URL)
	a.Before(t, `HTMLFormElement.prototype.requestSubmit = HTMLFormElement.prototype.submit = () => {}`)
	a.Open(t, there.URL)
	a.Do(t, chromedp.Click(chromedp.CSS("button")))
	a.See(t, "One moment")
	a.Wait(t, "form[data-autopost]")
	a.check("post again")
}

func TestPageWithinAnApp(t *testing.T) {
	_, change := elsewhere(t)
	s, a := start(t, change)
	a.As(t, "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36")
	a.Open(t, s.App.URL+"/start")
	a.Press(t, "Continue with Google")
	a.See(t, "Open this page in your browser")
	a.both("open in your browser")
}
