package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// forms are the posts of a person signed in, with what they need to work.
var forms = map[string]url.Values{
	"/account":                 {"name": {"Mallory"}},
	"/account/address":         {"attribute": {"email"}, "email": {"mallory@example.test"}},
	"/account/password":        {"password": {webtest.Password}, "new_password": {"mallory was here"}},
	"/account/delete":          {"password": {webtest.Password}},
	"/account/sessions/endall": {},
	"/account/signout":         {},
	"/logout/confirm":          {},
}

func TestCrossSiteForms(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	token, _ := b.SignIn(ann, webtest.Password).Form("csrf")
	other, _ := h.Browser().Get("/login").Form("csrf")
	stranger := h.Browser()
	h.User("mal@example.test")
	theirs, _ := stranger.SignIn("mal@example.test", webtest.Password).Form("csrf")
	for name, attack := range map[string]struct{ header, value, token string }{
		"without a token":         {"", "", ""},
		"token of another flow":   {"", "", other.Get("csrf")},
		"token of another person": {"", "", theirs.Get("csrf")},
		"from another site":       {"Sec-Fetch-Site", "cross-site", token.Get("csrf")},
		"from a sibling host":     {"Sec-Fetch-Site", "same-site", token.Get("csrf")},
		"foreign Origin":          {"Origin", "https://evil.test", token.Get("csrf")},
		"null Origin":             {"Origin", "null", token.Get("csrf")},
		"Origin with our prefix":  {"Origin", webtest.PublicURL + ".evil.test", token.Get("csrf")},
		"Origin on plain http":    {"Origin", "http://login.example.test", token.Get("csrf")},
	} {
		for path, fields := range forms {
			fields = clone(fields)
			fields.Set("csrf", attack.token)
			b.Send.Del("Sec-Fetch-Site")
			b.Send.Del("Origin")
			if attack.header != "" {
				b.Send.Set(attack.header, attack.value)
			}
			b.Post(path, fields)
			b.Send.Del("Sec-Fetch-Site")
			b.Send.Del("Origin")
			page := b.Get("/account").At("/account").Says(ann).SaysNot("Mallory").SaysNot("mallory")
			if page.Status != http.StatusOK {
				t.Fatalf("%s: %s ended the session", name, path)
			}
		}
	}
	b.Post("/account", url.Values{"name": {"Ann"}, "csrf": {token.Get("csrf")}}).Says("Your changes are saved.")
}

func clone(v url.Values) url.Values {
	made := url.Values{}
	for name, all := range v {
		made[name] = all
	}
	return made
}

func TestLoginCSRF(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	mallory, _ := h.Browser().Get("/login").Form("csrf")
	victim := h.Browser()
	for _, token := range []string{"", mallory.Get("csrf"), "again." + mallory.Get("csrf")} {
		victim.Post("/login", url.Values{"username": {ann}, "password": {webtest.Password}, "csrf": {token}})
		victim.Get("/account").At("/login")
	}
	victim.Get("/login?username=" + ann + "&password=" + url.QueryEscape(webtest.Password))
	victim.Get("/account").At("/login")
}

func TestSessionFixation(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SetCookie("__Host-ph_session", "fixed-by-somebody-else")
	b.SignIn(ann, webtest.Password).At("/account")
	first := b.Cookies()["__Host-ph_session"]
	if first == "" || first == "fixed-by-somebody-else" {
		t.Fatalf("session cookie %q", first)
	}
	b.Get(webtest.AuthorizeURL("prompt", "login")).Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
	if second := b.Cookies()["__Host-ph_session"]; second == first {
		t.Fatal("the session outlived another sign-in")
	}
	old := h.Browser()
	old.SetCookie("__Host-ph_session", first)
	old.Get("/account").At("/login")
}

func TestAmbiguousCookies(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/account", nil)
	mine := "__Host-ph_session=" + b.Cookies()["__Host-ph_session"]
	req.Header.Set("Cookie", mine+"; __Host-ph_session=planted")
	if got := h.Do(req); got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/login") {
		t.Fatalf("answers %d", got.StatusCode)
	}
}

func TestAttemptOfAnotherBrowser(t *testing.T) {
	h := webtest.Start(t)
	_, temporary, err := h.Admin().CreateUser(t.Context(), identity.NewUser{
		Pool: webtest.PoolID, Username: ann, Attributes: map[string]string{"email": ann, "email_verified": "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	page := h.Browser().SignIn(ann, temporary).At("/newPassword")
	mallory := h.Browser()
	mallory.Get(page.URL.String()).At("/login").SaysNot("was temporary")
	fields, action := page.Form("new_password")
	mine, _ := mallory.Get("/login").Form("csrf")
	fields.Set("csrf", mine.Get("csrf"))
	fields.Set("new_password", "mallory was here")
	mallory.Post(action, fields)
	mallory.Get("/account").At("/login")
}
