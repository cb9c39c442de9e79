package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

const ann = "ann@example.test"

const wrongWords = "The name or the password does not match."

func TestSignInLeadsToTheApp(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	landed := h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Lands(webtest.Callback)
	if landed.Get("code") == "" || landed.Get("state") != "s1" || landed.Get("iss") != webtest.PublicURL {
		t.Fatalf("landed with %v", landed)
	}
}

func TestSignInPageNamesTheAppAndItsHost(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get(webtest.AuthorizeURL()).At("/login").Says("Sign in to Notes").Says("app.example.test")
}

func TestSignInWithoutAnAppLeadsToTheAccount(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Browser().SignIn(ann, webtest.Password).Is(http.StatusOK).At("/account").Says(ann)
}

func TestCognitoStyleLoginLinkIsAnAuthorizationRequest(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	link := "/login?" + mustQuery(t, webtest.AuthorizeURL())
	h.Browser().Get(link).Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
	h.Browser().Get("/signup?" + mustQuery(t, webtest.AuthorizeURL())).At("/signup").Says("Notes")
}

func mustQuery(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.RawQuery
}

func TestUnknownWrongAndDisabledLookTheSame(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.User("off@example.test")
	if err := h.Admin().Disable(t.Context(), webtest.PoolID, "off@example.test"); err != nil {
		t.Fatal(err)
	}
	for _, try := range [][2]string{{ann, "wrong"}, {"nobody@example.test", webtest.Password}, {"off@example.test", webtest.Password}} {
		page := h.Browser().SignIn(try[0], try[1]).Is(web.Unprocessable).Says(wrongWords)
		if fields, _ := page.Form("username"); fields.Get("username") != try[0] || fields.Get("password") != "" {
			t.Fatalf("the form came back with %v", fields)
		}
		if title := page.Doc.Find("title").Text(); title[:7] != "Error: " {
			t.Fatalf("title %q", title)
		}
	}
}

func TestForgotPasswordAnswersTheSameForEverybody(t *testing.T) {
	h := webtest.Start(t)
	h.User("abc@example.test")
	known := h.Browser().Get("/forgotPassword").Submit("username", "abc@example.test").Is(http.StatusOK).At("/resetPassword")
	unknown := h.Browser().Get("/forgotPassword").Submit("username", "axx@example.test").Is(http.StatusOK).At("/resetPassword")
	if known.Text() != unknown.Text() {
		t.Fatalf("they differ:\n%s\n%s", known.Text(), unknown.Text())
	}
}

func TestTwoTabsOnTheSignInPage(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	first := b.Get(webtest.AuthorizeURL("state", "one"))
	second := b.Get(webtest.AuthorizeURL("state", "two"))
	if got := first.Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback); got.Get("state") != "one" {
		t.Fatalf("first tab: %v", got)
	}
	// The second tab's form is from before; whatever is in it, its person is signed in.
	if got := second.Submit("username", "", "password", "").Lands(webtest.Callback); got.Get("state") != "two" || got.Get("code") == "" {
		t.Fatalf("second tab: %v", got)
	}
}

func TestPageLeftOpenTooLong(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	page := b.Get(webtest.AuthorizeURL())
	b.Forget("__Host-ph_flow") // its 15 minutes are over
	h.After(time.Hour)
	again := page.Submit("username", ann, "password", webtest.Password).Is(web.Unprocessable).Says("so we started over")
	if fields, _ := again.Form("username"); fields.Get("username") != ann {
		t.Fatalf("the name is lost: %v", fields)
	}
	again.Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
}

func TestCookiesBlockedSaysSoAndEndsThere(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser().Without()
	again := b.Get("/login").Submit("username", ann, "password", webtest.Password).Is(web.Unprocessable).Says("so we started over")
	again.Submit("username", ann, "password", webtest.Password).Is(web.Unprocessable).Says("Cookies are blocked").Says("login.example.test")
}

func TestSignedInGoesStraightOn(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	b.Get(webtest.AuthorizeURL()).Lands(webtest.Callback)
	b.Get("/login").At("/account")
}

func TestPromptLoginAsksAgainOnce(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	h.After(time.Minute)
	b.Get(webtest.AuthorizeURL("prompt", "login")).At("/login").
		Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
}

func TestMaxAgeAsksAgainOnce(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	h.After(10 * time.Minute)
	b.Get(webtest.AuthorizeURL("max_age", "60")).At("/login").
		Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
}

func TestSelectAccountOffersTheOneSignedIn(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.User("bob@example.test")
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	h.After(time.Minute)
	choice := b.Get(webtest.AuthorizeURL("prompt", "select_account")).Says("Choose an account").Says(ann)
	if got := choice.Press("/login/continue").Lands(webtest.Callback); got.Get("code") == "" {
		t.Fatalf("landed with %v", got)
	}
	choice.Follow("Use another account").Submit("username", "bob@example.test", "password", webtest.Password).Lands(webtest.Callback)
	b.Get("/account").Says("bob@example.test")
}

func TestPromptNoneWithoutSession(t *testing.T) {
	h := webtest.Start(t)
	if got := h.Browser().Get(webtest.AuthorizeURL("prompt", "none")).Lands(webtest.Callback); got.Get("error") != "login_required" {
		t.Fatalf("landed with %v", got)
	}
}

func TestLoginHintIsFilledIn(t *testing.T) {
	h := webtest.Start(t)
	fields, _ := h.Browser().Get(webtest.AuthorizeURL("login_hint", ann)).Form("username")
	if fields.Get("username") != ann {
		t.Fatalf("form %v", fields)
	}
}

func TestCancelGoesBackWithAccessDenied(t *testing.T) {
	h := webtest.Start(t)
	got := h.Browser().Get(webtest.AuthorizeURL()).Follow("Cancel").Lands(webtest.Callback)
	if got.Get("error") != "access_denied" || got.Get("state") != "s1" {
		t.Fatalf("landed with %v", got)
	}
}

func TestTemporaryPasswordIsReplaced(t *testing.T) {
	h := webtest.Start(t)
	admin := h.Admin()
	_, temporary, err := admin.CreateUser(t.Context(), identity.NewUser{
		Pool: webtest.PoolID, Username: ann, Attributes: map[string]string{"email": ann, "email_verified": "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	page := h.Browser().SignInTo(webtest.AuthorizeURL(), ann, temporary).At("/newPassword").Says("was temporary")
	page = page.Submit("new_password", "short").Is(web.Unprocessable).Says("Use at least 8 characters")
	page.Submit("new_password", "a much longer one").Lands(webtest.Callback)
}

func TestSlowedDownPageSaysHowLong(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	for range 30 {
		page := h.Browser().SignIn(ann, "wrong")
		if page.Status != web.Unprocessable {
			page.Is(http.StatusTooManyRequests).Says("Too many tries").Says("Try again in")
			if page.Header.Get("Retry-After") == "" {
				t.Fatal("no Retry-After")
			}
			return
		}
	}
	t.Fatal("never slowed down")
}

func TestBrokenSealedRequestLeadsHome(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Browser().Get("/login?request=broken").Is(http.StatusOK).Submit("username", ann, "password", webtest.Password).At("/account")
}
