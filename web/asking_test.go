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

// pushFor pushes a request of the app "app", and answers what the browser brings.
func pushFor(h *webtest.House, pairs ...string) string {
	h.Helper()
	body, err := url.ParseQuery(mustQuery(h.T, webtest.AuthorizeURL(pairs...)))
	if err != nil {
		h.Fatal(err)
	}
	got := postAs(h, "/oauth2/par", body)
	answer := decode(h, got)
	if got.StatusCode != http.StatusCreated {
		h.Fatalf("pushing answers %d %v", got.StatusCode, answer)
	}
	return "/oauth2/authorize?" + url.Values{"client_id": {"app"}, "request_uri": {answer["request_uri"].(string)}}.Encode()
}

func TestAPushedRequestGoesThroughThePages(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	t.Run("with the app's name, hint and language", func(t *testing.T) {
		page := h.Browser().Get(pushFor(h, "login_hint", "axx@example.test", "ui_locales", "de")).At("/login").Says("Notes").Says("Anmelden")
		if fields, _ := page.Form("username"); fields.Get("username") != "axx@example.test" {
			t.Errorf("the form has %v", fields)
		}
	})
	t.Run("with the name to the sign-up page", func(t *testing.T) {
		page := h.Browser().Get(webtest.AuthorizeURL("prompt", "create", "login_hint", "zoe@example.test")).At("/signup")
		if fields, _ := page.Form("username"); fields.Get("username") != "zoe@example.test" {
			t.Errorf("the form has %v", fields)
		}
		page = page.Submit("username", "").Is(http.StatusUnprocessableEntity)
		if fields, _ := page.Form("username"); fields.Get("username") != "" {
			t.Errorf("what was taken away is back: %v", fields)
		}
	})
	t.Run("in its language to the consent", func(t *testing.T) {
		b := h.Browser()
		b.SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Lands(webtest.Callback)
		b.Get(pushFor(h, "prompt", "consent", "ui_locales", "de")).At("/consent").Says("bittet um Zugriff")
	})
	t.Run("however long its person takes", func(t *testing.T) {
		page := h.Browser().Get(pushFor(h)).At("/login")
		h.After(time.Hour)
		if landed := page.Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback); !landed.Has("code") {
			t.Errorf("landed with %v", landed)
		}
	})
	t.Run("once, and says so to the other of two browsers", func(t *testing.T) {
		link := pushFor(h)
		slow, fast := h.Browser().Get(link).At("/login"), h.Browser().Get(link).At("/login")
		fast.Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
		slow.Submit("username", ann, "password", webtest.Password).At("/oauth2/authorize").Is(http.StatusBadRequest)
	})
	t.Run("to a sign-up", func(t *testing.T) {
		page := h.Browser().Get(pushFor(h)).Follow("Sign up").At("/signup").Says("to use Notes")
		h.After(5 * time.Minute)
		page = page.Submit("username", "new@example.test", "password", webtest.Password).At("/confirm")
		if landed := page.Submit("code", h.Mail("new@example.test").Secrets["code"]).Lands(webtest.Callback); !landed.Has("code") {
			t.Errorf("landed with %v", landed)
		}
	})
	t.Run("from Cognito's link to the sign-up page", func(t *testing.T) {
		link := strings.Replace(pushFor(h), "/oauth2/authorize", "/signup", 1)
		h.Browser().Get(link).At("/signup").Says("to use Notes")
		h.After(91 * time.Second)
		h.Browser().Get(link).Is(http.StatusBadRequest) // what it says of when it was brought is its own word
	})
	t.Run("to a form that posts the answer", func(t *testing.T) {
		page := h.Browser().SignInTo(pushFor(h, "response_mode", "form_post"), ann, webtest.Password).Is(http.StatusOK)
		if fields, action := page.Form("code"); action != webtest.Callback || fields.Get("state") != "s1" {
			t.Errorf("%s %v", action, fields)
		}
		b := h.Browser()
		b.SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Lands(webtest.Callback)
		b.Get(pushFor(h, "response_mode", "form_post", "ui_locales", "de")).Says("Weiter")
	})
}

func TestPushingIsForClientsAlone(t *testing.T) {
	h := webtest.Start(t)
	body, err := url.ParseQuery(mustQuery(t, webtest.AuthorizeURL()))
	if err != nil {
		t.Fatal(err)
	}
	got := postTo(h, "/oauth2/par", formType, body.Encode())
	if answer := decode(h, got); got.StatusCode != http.StatusUnauthorized || answer["error"] != "invalid_client" {
		t.Errorf("answered %d %v", got.StatusCode, answer)
	}
	body["resource"] = []string{"https://one.example.test/", "https://two.example.test/"}
	got = postAs(h, "/oauth2/par", body)
	if answer := decode(h, got); got.StatusCode != http.StatusBadRequest || answer["error"] != "invalid_target" {
		t.Errorf("two resources: answered %d %v", got.StatusCode, answer)
	}
	body["resource"] = nil
	body.Add("scope", "openid")
	got = postAs(h, "/oauth2/par", body)
	if answer := decode(h, got); got.StatusCode != http.StatusBadRequest || answer["error"] != "invalid_request" {
		t.Errorf("a scope twice: answered %d %v", got.StatusCode, answer)
	}
}

func essentialACR(value string) string {
	return webtest.AuthorizeURL("claims", `{"id_token":{"acr":{"essential":true,"values":["`+value+`"]}}}`)
}

func TestAnAppAsksForASecondFactor(t *testing.T) {
	h := webtest.Start(t, optionalMFA)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	lands(b) // one factor does for most requests
	key, after := enrolApp(h, b.Get(essentialACR("2")).At("/login").Submit("username", ann, "password", webtest.Password))
	landed := after.At("/backup").Follow("Not now").Lands(webtest.Callback)
	if claims := idToken(h, landed); claims["acr"] != "2" {
		t.Errorf("acr %v", claims["acr"])
	}
	if claims := idToken(h, b.Get(essentialACR("2")).Lands(webtest.Callback)); claims["acr"] != "2" {
		t.Errorf("with that session acr %v", claims["acr"])
	}
	h.After(time.Minute)
	b = h.Browser()
	b.Get(essentialACR("2")).Submit("username", ann, "password", webtest.Password).At("/login/code").Submit("code", appCode(h, key)).Lands(webtest.Callback)
}

func TestAnAppAsksForALevelOfCognitos(t *testing.T) {
	h := webtest.Start(t, optionalMFA)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	if claims := idToken(h, b.Get(essentialACR("urn:cognito:loa:1")).Lands(webtest.Callback)); claims["acr"] != "urn:cognito:loa:1" {
		t.Errorf("with a password acr %v", claims["acr"])
	}
	h.Browser().SignInTo(essentialACR("urn:cognito:loa:4"), ann, webtest.Password).Says("needs a stronger step")
	key, after := enrolApp(h, h.Browser().Get(essentialACR("2")).At("/login").Submit("username", ann, "password", webtest.Password))
	after.At("/backup").Follow("Not now").Lands(webtest.Callback)
	h.After(time.Minute)
	page := b.Get(essentialACR("urn:cognito:loa:4")).At("/login").Submit("username", ann, "password", webtest.Password).At("/login/code")
	if claims := idToken(h, page.Submit("code", appCode(h, key)).Lands(webtest.Callback)); claims["acr"] != "urn:cognito:loa:4" {
		t.Errorf("with the app acr %v", claims["acr"])
	}
}

func TestAnAppAsksForWhatNobodyHas(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	told(t, h.Browser().SignInTo(essentialACR("2"), ann, webtest.Password).Lands(webtest.Callback), "unmet_authentication_requirements")
	page := h.Browser().Get(essentialACR("phr")).At("/login")
	if page.Doc.Find("[name=password]").Length() > 0 {
		t.Error("the page asks for a password where only a passkey will do")
	}
}

func TestAnAppAsksForANewAccount(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	page := b.Get(webtest.AuthorizeURL("prompt", "create")).At("/signup").Says("to use Notes")
	page = page.Submit("username", "new@example.test", "password", webtest.Password).At("/confirm")
	landed := page.Submit("code", h.Mail("new@example.test").Secrets["code"]).Lands(webtest.Callback)
	if claims := idToken(h, landed); claims["email"] != "new@example.test" {
		t.Errorf("signed in as %v", claims["email"])
	}
	closed := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.AdminCreateUserConfig.AllowAdminCreateUserOnly = true })
	told(t, lands(closed.Browser(), "prompt", "create"), "invalid_request")
}

func optionalMFA(_ *web.Deps, p *identity.Pool) { p.MFAConfiguration = "OPTIONAL" }

// The word of another provider says nothing of how somebody proved themselves there.
func TestAnAppAsksForASecondFactorOfSomebodyFromElsewhere(t *testing.T) {
	h := withUp(t, nil, optionalMFA)
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
	out := b.Get(essentialACR("2")).At("/login").Follow("Continue with Up")
	_, after := enrolApp(h.House, b.ComesBack(out.Approve(h.up, vouched("s-1", ann))))
	if landed := after.At("/backup").Follow("Not now").Lands(webtest.Callback); !landed.Has("code") {
		t.Errorf("landed with %v", landed)
	}
}

func TestAnAppAsksForANewAccountWithTwoFactors(t *testing.T) {
	h := webtest.Start(t, optionalMFA)
	b := h.Browser()
	page := b.Get(essentialACR("2")+"&prompt=create").At("/signup").Submit("username", ann, "password", webtest.Password).At("/confirm")
	_, after := enrolApp(h, page.Submit("code", h.Mail(ann).Secrets["code"]))
	if claims := idToken(h, after.At("/backup").Follow("Not now").Lands(webtest.Callback)); claims["acr"] != "2" {
		t.Errorf("acr %v", claims["acr"])
	}
}
