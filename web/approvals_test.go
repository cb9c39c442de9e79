package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// bank is a house whose app asks people by its server.
func bank(t *testing.T) *webtest.House {
	t.Helper()
	h := webtest.Start(t)
	h.User(ann)
	h.Client(identity.Client{
		ID: "app", Name: "Acme Bank", ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantCIBA, identity.GrantRefresh}},
	}, webtest.Secret)
	return h
}

func askAnn(h *webtest.House) string {
	h.Helper()
	got := postAs(h, "/oauth2/bc-authorize", url.Values{"scope": {"openid email"}, "login_hint": {ann}, "binding_message": {"W4SCT"}})
	if got.StatusCode != http.StatusOK {
		h.Fatalf("answered %d: %s", got.StatusCode, read(h.T, got))
	}
	return decode(h, got)["auth_req_id"].(string)
}

func pollAnn(h *webtest.House, id string) map[string]any {
	h.Helper()
	return decode(h, postAs(h, "/oauth2/token", url.Values{"grant_type": {identity.GrantCIBA}, "auth_req_id": {id}}))
}

func TestRequestOfAnAppIsApprovedInTheAccount(t *testing.T) {
	h := bank(t)
	id := askAnn(h)
	b := h.Browser()
	b.Get("/account/approvals").At("/login")
	b.SignIn(ann, webtest.Password).At("/account").Says("Requests")
	page := b.Get("/account/approvals").Says("Acme Bank").Says("W4SCT").Says("Read your email address").Says("192.0.2.")
	page.Submit("approval", approvalOf(page), "answer", "allow").At("/account/approvals").Says("The app has what it asked for").Says("No app is asking")
	if got := pollAnn(h, id); got["access_token"] == nil {
		t.Errorf("given %v", got)
	}
	page.Submit("approval", approvalOf(page), "answer", "deny").Says("The request is over")

	id = askAnn(h)
	page = b.Get("/account/approvals")
	page.Submit("approval", approvalOf(page), "answer", "deny").Says("The app gets nothing")
	if got := pollAnn(h, id); got["error"] != "access_denied" {
		t.Errorf("denied: %v", got)
	}
}

func TestApprovingTakesARecentSignIn(t *testing.T) {
	h := bank(t)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	h.After(20 * time.Minute)
	id := askAnn(h)
	page := b.Get("/account/approvals").Is(http.StatusOK)
	back := page.Submit("approval", approvalOf(page), "answer", "allow").At("/login").Submit("username", ann, "password", webtest.Password).At("/account/approvals")
	if got := pollAnn(h, id); got["error"] != "authorization_pending" {
		t.Errorf("before: %v", got)
	}
	back.Submit("approval", approvalOf(back), "answer", "allow").Says("The app has what it asked for")
}

func TestTooManyRequestsForOnePersonAreForbidden(t *testing.T) {
	h := bank(t)
	for range 3 {
		askAnn(h)
	}
	got := postAs(h, "/oauth2/bc-authorize", url.Values{"scope": {"openid"}, "login_hint": {ann}})
	if answer := decode(h, got); got.StatusCode != http.StatusForbidden || answer["error"] != "access_denied" {
		t.Errorf("%d %v", got.StatusCode, answer)
	}
}

func approvalOf(page *webtest.Answer) string {
	fields, _ := page.Form("approval")
	return fields.Get("approval")
}
