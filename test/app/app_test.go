// Package app runs a real relying party against the program: go-oidc and
// x/oauth2, from discovery to sign-out.
package app

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"poolhouse.dev/test/kit"
)

const ann = "ann@example.test"

// signIn brings Ann through the app's sign-in and answers what the app got.
func signIn(t *testing.T, s *kit.Server, c *kit.Client) kit.Arrival {
	t.Helper()
	page, err := c.SignIn(s.App.URL+"/start", ann, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, http.StatusOK, "Hello, "+ann)
	return s.App.Last(t)
}

// secret answers the secret that goes with the app's client.
func secret(s *kit.Server) string {
	if s.App.Client == kit.WebClient {
		return kit.WebSecret
	}
	return ""
}

func TestSignInEndToEnd(t *testing.T) {
	s := kit.Start(t)
	for _, client := range []string{kit.WebClient, kit.PublicClient} {
		t.Run(client, func(t *testing.T) {
			s.App.Client = client
			c := kit.NewClient()
			got := signIn(t, s, c)
			wantAnn(t, s, got)
			next := refreshes(t, s, got.Token.RefreshToken)
			revokes(t, s, next)
			signsOut(t, s, c, got)
		})
	}
}

func wantAnn(t *testing.T, s *kit.Server, got kit.Arrival) {
	t.Helper()
	if got.Query.Get("iss") != s.URL { // RFC 9207
		t.Errorf("iss of the answer is %q, want %q", got.Query.Get("iss"), s.URL)
	}
	for claim, want := range map[string]any{"email": ann, "email_verified": true, "token_use": "id"} {
		if got.Claims[claim] != want {
			t.Errorf("claim %s is %v, want %v", claim, got.Claims[claim], want)
		}
	}
	for _, claim := range []string{"sub", "cognito:username", "auth_time", "event_id", "origin_jti", "jti", "at_hash"} {
		if got.Claims[claim] == nil {
			t.Errorf("the ID token has no %s: %v", claim, got.Claims)
		}
	}
	p, err := s.App.Provider()
	if err != nil {
		t.Fatal(err)
	}
	info, err := p.UserInfo(context.Background(), oauth2.StaticTokenSource(got.Token))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != got.ID.Subject || info.Email != ann {
		t.Errorf("userInfo says %+v", info)
	}
	if err := got.ID.VerifyAccessToken(got.Token.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
}

// refreshes lets x/oauth2 refresh, and answers the newest refresh token.
func refreshes(t *testing.T, s *kit.Server, token string) string {
	t.Helper()
	c, err := s.App.OAuth()
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := c.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token, Expiry: time.Now().Add(-time.Hour)}).Token()
	if err != nil {
		t.Fatal(err)
	}
	if fresh.RefreshToken == token || fresh.AccessToken == "" {
		t.Errorf("the refresh token was not rotated")
	}
	return fresh.RefreshToken
}

func revokes(t *testing.T, s *kit.Server, token string) {
	t.Helper()
	if err := kit.Revoke(http.DefaultClient, s.URL, s.App.Client, secret(s), token); err != nil {
		t.Fatal(err)
	}
	_, err := kit.Refresh(http.DefaultClient, s.URL, s.App.Client, secret(s), token)
	if kit.Refused(err) != "invalid_grant" {
		t.Errorf("a revoked refresh token: %v, want invalid_grant", err)
	}
}

// signsOut ends the session with the ID token as proof (RP-Initiated Logout 1.0).
func signsOut(t *testing.T, s *kit.Server, c *kit.Client, got kit.Arrival) {
	t.Helper()
	raw, _ := got.Token.Extra("id_token").(string)
	out := c.Open(t, s.URL+"/logout?"+url.Values{
		"id_token_hint": {raw}, "post_logout_redirect_uri": {s.App.URL + "/"}, "state": {"s1"}}.Encode())
	out.Want(t, http.StatusOK, "You are signed out.")
	if out.URL.Query().Get("state") != "s1" {
		t.Errorf("signing out lost the state: %s", out.URL)
	}
	if again := c.Open(t, s.App.URL+"/start"); !again.Has("password") {
		t.Errorf("after signing out the app is let in at once: %s", again.URL)
	}
}

func TestSecondSignInAsksNothing(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient()
	first := signIn(t, s, c)
	c.Open(t, s.App.URL+"/start").Want(t, http.StatusOK, "Hello, "+ann)
	if second := s.App.Last(t); second.ID.Subject != first.ID.Subject {
		t.Error("another person came back")
	}
}

func TestPromptAndMaxAge(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient()
	begin := func(name, value string) string {
		t.Helper()
		to, err := s.App.Begin(oauth2.SetAuthURLParam(name, value))
		if err != nil {
			t.Fatal(err)
		}
		return to
	}
	c.Open(t, begin("prompt", "none")).Want(t, http.StatusBadRequest, "login_required")
	if hinted := c.Open(t, begin("login_hint", ann)); hinted.Value("username") != ann {
		t.Errorf("login_hint fills in %q", hinted.Value("username"))
	}
	signIn(t, s, c)
	c.Open(t, begin("prompt", "none")).Want(t, http.StatusOK, "Hello, "+ann)
	page := c.Open(t, begin("prompt", "login"))
	if !page.Has("password") {
		t.Fatalf("prompt=login does not ask: %s", page.URL)
	}
	page.Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword}).Want(t, http.StatusOK, "Hello, "+ann)
}

func TestCognitoLogout(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient()
	got := signIn(t, s, c)
	c.Open(t, s.URL+"/logout?"+url.Values{"client_id": {kit.WebClient}, "logout_uri": {s.App.URL + "/"}}.Encode()).
		Want(t, http.StatusOK, "You are signed out.")
	if page := c.Open(t, s.App.URL+"/start"); !page.Has("password") {
		t.Errorf("after signing out the app is let in at once: %s", page.URL)
	}
	// What was issued under the session ends with it.
	_, err := kit.Refresh(http.DefaultClient, s.URL, kit.WebClient, kit.WebSecret, got.Token.RefreshToken)
	if kit.Refused(err) != "invalid_grant" {
		t.Errorf("a refresh token outlives its session: %v", err)
	}
}

func TestRefreshReuseEndsTheFamily(t *testing.T) {
	s := kit.Start(t, func(c kit.Map) {
		web := kit.PoolOf(c)["clients"].(kit.List)[0].(kit.Map)
		web["refresh_token_rotation"] = kit.Map{"feature": "ENABLED", "retry_grace_period_seconds": 0}
	})
	first := signIn(t, s, kit.NewClient()).Token.RefreshToken
	refresh := func(token string) (kit.Tokens, error) {
		return kit.Refresh(http.DefaultClient, s.URL, kit.WebClient, kit.WebSecret, token)
	}
	second, err := refresh(first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := refresh(first); kit.Refused(err) != "invalid_grant" {
		t.Errorf("a used refresh token: %v, want invalid_grant", err)
	}
	if _, err := refresh(second.RefreshToken); kit.Refused(err) != "invalid_grant" {
		t.Errorf("after reuse the successor still works: %v", err)
	}
}

func TestCodeIsRedeemedOnce(t *testing.T) {
	s := kit.Start(t)
	got := signIn(t, s, kit.NewClient())
	c, err := s.App.OAuth()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exchange(context.Background(), got.Query.Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
		t.Error("a code was redeemed twice")
	}
}

func TestClientCredentials(t *testing.T) {
	s := kit.Start(t)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"api/read"}}
	got, err := kit.Token(http.DefaultClient, s.URL, kit.WebClient, kit.WebSecret, form)
	if err != nil {
		t.Fatal(err)
	}
	if got.TokenType != "Bearer" || got.RefreshToken != "" || got.IDToken != "" {
		t.Errorf("answered %+v", got)
	}
	_, err = kit.Token(http.DefaultClient, s.URL, kit.WebClient, "wrong", form)
	if kit.Refused(err) != "invalid_client" {
		t.Errorf("a wrong secret: %v, want invalid_client", err)
	}
	about, err := kit.Introspect(http.DefaultClient, s.URL, kit.WebClient, kit.WebSecret, got.AccessToken)
	if err != nil || about["active"] != true || about["scope"] != "api/read" {
		t.Errorf("introspection says %v, %v", about, err)
	}
}

func TestCancelGoesBackToTheApp(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient()
	page := c.Open(t, s.App.URL+"/start")
	page.Click(t, "Cancel").Want(t, http.StatusBadRequest, "access_denied")
}

// Scopes choose the claims. (openid alone gives every attribute the client may
// read, as with Cognito.)
func TestScopesChooseClaims(t *testing.T) {
	s := kit.Start(t)
	s.App.Scopes = []string{oidc.ScopeOpenID, "email"}
	got := signIn(t, s, kit.NewClient())
	if got.Claims["name"] != nil {
		t.Errorf("the claim name came without the scope profile")
	}
}
