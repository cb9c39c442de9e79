package app

import (
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// enter signs Ann in at her account pages.
func enter(t *testing.T, s *kit.Server, c *kit.Client, password string) *kit.Page {
	t.Helper()
	page, err := c.SignIn(s.URL+"/account", ann, password)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(page.URL.Path, "/account") {
		t.Fatalf("signing in for the account led to %s:\n%s", page.URL, page.Text())
	}
	return page
}

func TestAccountNeedsASignIn(t *testing.T) {
	s := kit.Start(t)
	for _, path := range []string{"/account", "/account/password", "/account/sessions", "/account/delete"} {
		if page := kit.NewClient().Open(t, s.URL+path); !page.Has("password") || !strings.HasSuffix(page.URL.Path, "/login") {
			t.Errorf("%s shows itself to anybody: %s", path, page.URL)
		}
	}
}

func TestAccountAttributes(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient()
	page := enter(t, s, c, kit.AnnPassword)
	if page.Value("name") != "Ann" {
		t.Fatalf("the name is %q", page.Value("name"))
	}
	page.Submit(t, kit.Fields{"name": "Ann Ångström"}).Want(t, http.StatusOK, "Your changes are saved.")
	if got := c.Open(t, s.URL+"/account").Value("name"); got != "Ann Ångström" {
		t.Errorf("the name is now %q", got)
	}
	c.Open(t, s.App.URL+"/start")
	if got := s.App.Last(t); got.Claims["name"] != "Ann Ångström" {
		t.Errorf("the app is told %v", got.Claims["name"])
	}
}

// A new address counts when its code came back, not before, and the old one is told.
func TestAccountNewAddress(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient()
	page := enter(t, s, c, kit.AnnPassword)
	page = page.Submit(t, kit.Fields{"attribute": "email", "email": "new@example.test"})
	code := s.Mail(t, "new@example.test", 1).Code(t)
	c.Open(t, s.App.URL+"/start")
	if got := s.App.Last(t); got.Claims["email"] != ann {
		t.Errorf("before the code the address is %v", got.Claims["email"])
	}
	page = c.Open(t, page.URL.String())
	page.Submit(t, kit.Fields{"attribute": "email", "code": code}).Want(t, http.StatusOK)
	c.Open(t, s.App.URL+"/start")
	if got := s.App.Last(t); got.Claims["email"] != "new@example.test" || got.Claims["email_verified"] != true {
		t.Errorf("after the code the address is %v (verified: %v)", got.Claims["email"], got.Claims["email_verified"])
	}
	s.Mail(t, ann, 1) // the old address learns of it
}

// Changing the password keeps this browser and ends the others.
func TestAccountPassword(t *testing.T) {
	s := kit.Start(t)
	here, elsewhere := kit.NewClient(), kit.NewClient()
	enter(t, s, here, kit.AnnPassword)
	enter(t, s, elsewhere, kit.AnnPassword)
	page := here.Open(t, s.URL+"/account/password")
	page.Submit(t, kit.Fields{"password": "wrong", "new_password": "another long and calm password"}).Want(t, http.StatusUnprocessableEntity)
	page = here.Open(t, s.URL+"/account/password")
	page.Submit(t, kit.Fields{"password": kit.AnnPassword, "new_password": "another long and calm password"}).Want(t, http.StatusOK)
	if again := here.Open(t, s.URL+"/account"); again.Has("password") {
		t.Error("this browser was signed out")
	}
	if again := elsewhere.Open(t, s.URL+"/account"); !again.Has("password") {
		t.Error("the other browser was not signed out")
	}
	s.Mail(t, ann, 1)
}

func TestAccountSessions(t *testing.T) {
	s := kit.Start(t)
	here, elsewhere := kit.NewClient(), kit.NewClient()
	enter(t, s, here, kit.AnnPassword)
	enter(t, s, elsewhere, kit.AnnPassword)
	page := here.Open(t, s.URL+"/account/sessions")
	other := page.Doc.Find(`li:not(:contains("This browser")) input[name="session"]`)
	if other.Length() != 1 {
		t.Fatalf("%d other sessions, want 1:\n%s", other.Length(), page.Text())
	}
	page.Submit(t, kit.Fields{"session": other.AttrOr("value", "")})
	for _, c := range []*kit.Client{here, elsewhere} {
		if again := c.Open(t, s.URL+"/account"); again.Has("password") == (c == here) {
			t.Errorf("ended the wrong session: %s", again.URL)
		}
	}
}

func TestAccountDeletion(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient()
	enter(t, s, c, kit.AnnPassword)
	page := c.Open(t, s.URL+"/account/delete")
	page.Submit(t, kit.Fields{"password": kit.AnnPassword}).Want(t, http.StatusOK)
	again, err := kit.NewClient().SignIn(s.App.URL+"/start", ann, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	again.Want(t, http.StatusUnprocessableEntity, "does not match")
	s.Register(t, kit.NewClient(), s.App.URL+"/start", "hal@example.test", kit.AnnPassword).Want(t, http.StatusOK, "Hello, hal@example.test")
}

// Another pool has its own people at its own address.
func TestTwoPools(t *testing.T) {
	s := kit.Start(t, func(m kit.Map) {
		m["pools"] = append(m["pools"].(kit.List), kit.Map{"id": "local_second", "pool_name": "Second"})
	})
	page := kit.NewClient().Open(t, s.URL+"/local_second/login")
	page.Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword}).Want(t, http.StatusUnprocessableEntity, "does not match")
	page = kit.NewClient().Open(t, s.URL+"/local_second/.well-known/openid-configuration")
	if !strings.Contains(page.Body, `"issuer":"`+s.URL+`/local_second"`) {
		t.Errorf("the second pool's issuer is another one:\n%s", page.Body)
	}
	kit.NewClient().Open(t, s.URL+"/local_third/login").Want(t, http.StatusNotFound)
}
