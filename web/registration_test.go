package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

func TestRegistrationOverHTTP(t *testing.T) {
	rp := startRelying(t)
	rp.registers()
	status, changed := rp.send(http.MethodPut, rp.uri, rp.token, rp.metadata("client_id", rp.id, "client_name", "Renamed"))
	if status != http.StatusOK || changed["client_name"] != "Renamed" || changed["registration_access_token"] == rp.token {
		t.Errorf("%d %v", status, changed)
	}
	if status, got := rp.send(http.MethodGet, rp.uri, "rat_guess", nil); status != http.StatusUnauthorized || got["error"] != "invalid_token" {
		t.Errorf("%d %v", status, got)
	}
	if status, _ := rp.send(http.MethodDelete, rp.uri, changed["registration_access_token"].(string), nil); status != http.StatusNoContent {
		t.Errorf("%d", status)
	}
	if status, _ := rp.send(http.MethodGet, rp.uri, rp.token, nil); status != http.StatusUnauthorized {
		t.Errorf("%d", status)
	}
	closed := webtest.Start(t)
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/register", strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	if got := closed.Do(req); got.StatusCode != http.StatusForbidden {
		t.Errorf("a closed pool answers %d", got.StatusCode)
	}
	form := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/register", strings.NewReader("a=b"))
	form.Header.Set("Content-Type", formType)
	if got := rp.Do(form); got.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form answers %d", got.StatusCode)
	}
}

func TestAnAppIsKnownByItsAddressFromPageToToken(t *testing.T) {
	rp := startRelying(t)
	rp.id = rp.at("/client.json")
	raw, err := json.Marshal(map[string]any{"client_id": rp.id, "client_name": "By address", "redirect_uris": []string{rp.at("/cb")}, "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": rp.at("/jwks"), "grant_types": []string{identity.GrantCode}})
	if err != nil {
		t.Fatal(err)
	}
	rp.serve["/client.json"], rp.kinds["/client.json"] = string(raw), "application/json"
	landed := rp.agrees(rp.query("redirect_uri", rp.at("/cb")), rp.at("/cb"))
	status, tokens := rp.redeems(url.Values{"grant_type": {"authorization_code"}, "code": {landed.Get("code")}, "redirect_uri": {rp.at("/cb")}})
	if status != http.StatusOK || tokens["access_token"] == nil {
		t.Errorf("%d %v", status, tokens)
	}
}

func TestAttackMetadataThatChangesAfterConsent(t *testing.T) {
	rp := startRelying(t)
	rp.registers()
	rp.flows()
	arrives := func(redirect string) string {
		page := rp.Browser().Get("/oauth2/authorize?"+rp.query("redirect_uri", redirect).Encode()).Submit("username", ann, "password", webtest.Password)
		if page.Header.Get("Location") != "" {
			return "app"
		}
		return page.URL.Path
	}
	if at := arrives(webtest.Callback); at != "app" {
		t.Fatalf("consent is forgotten: %s", at)
	}
	for name, change := range map[string][]any{
		"another name": {"client_name", "Your bank"},
		"another host": {"redirect_uris", []string{"https://evil.example.test/cb"}},
	} {
		members := rp.metadata(append(change, "client_id", rp.id)...)
		status, got := rp.send(http.MethodPut, rp.uri, rp.token, members)
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, got)
		}
		rp.token = got["registration_access_token"].(string)
		if at := arrives(members["redirect_uris"].([]string)[0]); at != "/consent" {
			t.Errorf("%s: at %s", name, at)
		}
	}
}
