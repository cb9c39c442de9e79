package account_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/avatar"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

var everyPage = []string{
	"/account", "/account/password", "/account/factors", "/account/factors/app", "/account/factors/passkey", "/account/factors/codes",
	"/account/devices", "/account/sessions", "/account/history", "/account/apps", "/account/data", "/account/delete", "/account/connections",
}

func TestEveryPageNeedsASessionAndComesBack(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	for _, path := range everyPage {
		h.Browser().Get(path).At("/login").Submit("username", ann, "password", webtest.Password).At(path).Is(http.StatusOK)
	}
}

func TestEveryPageIsInTheMenuOnce(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	for _, path := range []string{
		"/account", "/account/password", "/account/factors", "/account/devices", "/account/sessions", "/account/history", "/account/apps", "/account/data", "/account/delete",
	} {
		page := b.Get(path).Is(http.StatusOK)
		here := page.Doc.Find(`nav.pages a[aria-current="page"]`)
		if here.Length() != 1 || here.AttrOr("href", "") != path {
			t.Errorf("%s: the menu is at %q", path, here.AttrOr("href", ""))
		}
	}
}

func TestAPictureIsUploadedShownAndRemoved(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := signedIn(h, ann)
	if got := b.Get("/account").Doc.Find(".portrait.large").Text(); got != "A" {
		t.Errorf("without a picture: %q, want the initial", got)
	}
	page := upload(h, b, photo(t)).At("/account").Says("Your picture is saved.")
	src := page.Doc.Find("img.portrait.large").AttrOr("src", "")
	if !strings.HasPrefix(src, "/avatars/") {
		t.Fatalf("the picture is %q", src)
	}
	u, err := h.Admin().User(t.Context(), webtest.PoolID, ann)
	if err != nil || u.Attributes["picture"] != webtest.PublicURL+src {
		t.Errorf("the attribute is %q, %v", u.Attributes["picture"], err)
	}
	got := h.Browser().Get(src).Is(http.StatusOK).Has("Content-Type", "image/jpeg").Has("X-Content-Type-Options", "nosniff")
	got.Has("Content-Security-Policy", "default-src 'none'; sandbox").Has("Cross-Origin-Resource-Policy", "cross-origin")
	b.Get("/account").Press("/account/avatar/remove").Says("Your picture was removed.")
	h.Browser().Get(src).Is(http.StatusNotFound)
}

func TestAPictureThatCannotBeUsedSaysWhy(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := signedIn(h, ann)
	for words, file := range map[string][]byte{
		"Choose a picture first.":               nil,
		"WebP pictures cannot be used yet.":     append([]byte("RIFF\x24\x00\x00\x00WEBPVP8 "), make([]byte, 40)...),
		"This file is not a PNG, JPEG or GIF.":  []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`),
		"This picture cannot be read.":          photo(t)[:70],
		"This picture is too large. Choose one": make([]byte, avatar.MaxBytes+1),
	} {
		upload(h, b, file).Is(web.Unprocessable).Says(words)
	}
	if u, _ := h.Admin().User(t.Context(), webtest.PoolID, ann); u.Attributes["picture"] != "" {
		t.Errorf("the attribute is %q", u.Attributes["picture"])
	}
}

func TestAttackPictureOfAnotherSiteIsNotLoaded(t *testing.T) {
	h := webtest.Start(t)
	h.Import(identity.ImportUser{Pool: webtest.PoolID, Username: ann, Password: webtest.Password, Attributes: map[string]string{
		"email": ann, "email_verified": "true", "given_name": "Ann", "family_name": "Example", "picture": "https://evil.test/ann.png",
	}})
	page := signedIn(h, ann).Get("/account")
	if strings.Contains(page.Body, "evil.test") || page.Doc.Find(".portrait.large").Text() != "AE" {
		t.Errorf("the page loads it: %s", page.Doc.Find(".portrait.large").Text())
	}
}

func TestAttackUploadWithoutTheFormToken(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := signedIn(h, ann)
	b.Send.Set("Sec-Fetch-Site", "cross-site")
	upload(h, b, photo(t))
	if u, _ := h.Admin().User(t.Context(), webtest.PoolID, ann); u.Attributes["picture"] != "" {
		t.Error("another site set the picture")
	}
}

// patient is a connection that is asked for more time.
type patient struct {
	*httptest.ResponseRecorder
	asked bool
}

func (p *patient) SetReadDeadline(time.Time) error { p.asked = true; return nil }

// Nobody has the server wait and hold megabytes who is not signed in.
func TestAttackUploadsFromNobody(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := signedIn(h, ann)
	for name, cookies := range map[string]map[string]string{"somebody": b.Cookies(), "nobody": nil} {
		req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/account/avatar", strings.NewReader("--b--"))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		for cookie, value := range cookies {
			req.AddCookie(&http.Cookie{Name: cookie, Value: value})
		}
		p := &patient{ResponseRecorder: httptest.NewRecorder()}
		h.Server.ServeHTTP(p, req)
		if p.asked != (name == "somebody") {
			t.Errorf("%s: given time: %t", name, p.asked)
		}
	}
}

func TestAttackPathsBelowAvatars(t *testing.T) {
	h := webtest.Start(t)
	for _, path := range []string{"/avatars/", "/avatars/..%2f..%2fetc%2fpasswd", "/avatars/" + strings.Repeat("a", 3000), "/avatars/%00", "/avatars/x.png"} {
		if got := h.Browser().Once(path); got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusBadRequest {
			t.Errorf("%.40s answers %d", path, got.StatusCode)
		}
	}
}

func TestSomebodyWithoutAPasswordSetsOne(t *testing.T) {
	h := webtest.Start(t, byMailOr(identity.FactorPassword))
	newcomer(h)
	page := byMail(h, h.Browser(), "/account/password").At("/account/password").Says("Set a password")
	if page.Doc.Find("#password").Length() != 0 {
		t.Error("the page asks for a password that there is not")
	}
	page = page.Submit("new_password", "short").Is(web.Unprocessable)
	page.Submit("new_password", "another long one").At("/account/password").Says("Your password is set.").Says("Change your password")
}

func TestAFirstPasswordTakesAFreshSignIn(t *testing.T) {
	h := webtest.Start(t, byMailOr(identity.FactorPassword))
	newcomer(h)
	b := h.Browser()
	page := byMail(h, b, "/account/password").At("/account/password")
	h.After(16 * time.Minute)
	page.Submit("new_password", "another long one").At("/login")
	b.Get("/account/password").At("/login")
}

func TestWithoutPasswordsThereIsNoPageForThem(t *testing.T) {
	h := webtest.Start(t, byMailOr())
	newcomer(h)
	b := h.Browser()
	page := byMail(h, b, "/account").At("/account")
	if page.Doc.Find(`nav.pages a[href="/account/password"]`).Length() != 0 {
		t.Error("the menu offers a password")
	}
	b.Get("/account/password").Is(http.StatusForbidden)
	post(b, "/account/password", "password", "", "new_password", "another long one").Is(http.StatusForbidden)
}
