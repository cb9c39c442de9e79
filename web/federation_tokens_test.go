package web_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// withTokens is a house whose provider fills two attributes with its tokens,
// and whose app reads these.
func withTokens(t *testing.T, reads ...string) house {
	h := withUp(t, func(p *identity.IdentityProvider) {
		p.Mapping = map[string]string{"email": "email", "name": "name", "custom:up_token": "access_token", "custom:up_refresh": "refresh_token"}
	}, func(_ *web.Deps, p *identity.Pool) {
		p.Schema = []identity.Attribute{{Name: "custom:up_token"}, {Name: "custom:up_refresh"}}
	})
	h.Client(identity.Client{ID: "app", Name: "Notes", IdentityProviders: []string{"COGNITO", "Up"}, ReadAttributes: reads}, webtest.Secret)
	return h
}

// payload answers the claims of a JWT.
func payload(t *testing.T, token any) (claims map[string]any) {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", text)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// tokens redeems the code that a sign-in ended with.
func (h house) tokens(landed url.Values) map[string]any {
	h.Helper()
	got := h.post("/oauth2/token", url.Values{"grant_type": {"authorization_code"}, "code": {landed.Get("code")}, "redirect_uri": {webtest.Callback}})
	if got.StatusCode != http.StatusOK {
		h.Fatalf("token answers %d: %s", got.StatusCode, read(h.T, got))
	}
	return decode(h.House, got)
}

func (h house) post(path string, body url.Values) *http.Response {
	req := httptest.NewRequest(http.MethodPost, h.Core.PublicURL+path, strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	req.SetBasicAuth("app", webtest.Secret)
	return h.Do(req)
}

func (h house) userInfo(access any) map[string]any {
	h.Helper()
	req := httptest.NewRequest(http.MethodGet, h.Core.PublicURL+"/oauth2/userInfo", nil)
	req.Header.Set("Authorization", "Bearer "+access.(string))
	return decode(h.House, h.Do(req))
}

func (h house) has(what string, claims map[string]any, access, refresh any) {
	h.Helper()
	if claims["custom:up_token"] != access || claims["custom:up_refresh"] != refresh {
		h.Errorf("%s has %v", what, claims)
	}
}

func TestAnAppReadsTheProvidersTokensAsClaims(t *testing.T) {
	h := withTokens(t, "email", "name", "custom:up_token", "custom:up_refresh")
	landed := h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	got := h.tokens(landed)
	h.has("the ID token", payload(t, got["id_token"]), "access-4711", "refresh-4711")
	h.has("userinfo", h.userInfo(got["access_token"]), "access-4711", "refresh-4711")
	h.After(59 * time.Minute) // of the 3,600 seconds that the provider says
	h.has("userinfo", h.userInfo(got["access_token"]), "access-4711", "refresh-4711")
	h.After(time.Minute)
	again := decode(h.House, h.post("/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got["refresh_token"].(string)}}))
	h.has("the ID token an hour later", payload(t, again["id_token"]), nil, "refresh-4711")
}

func TestAttackTokensElsewhere(t *testing.T) {
	h := withTokens(t)
	b := h.Browser()
	claims := vouched("s-1", ann)
	claims["access_token"] = "claimed-4711" // a claim of that name is no token
	got := h.tokens(h.signIn(b, claims).Lands(webtest.Callback))
	h.has("the ID token of an app that names no attribute", payload(t, got["id_token"]), nil, nil)
	h.has("userinfo", h.userInfo(got["access_token"]), nil, nil)
	u := h.user(ann)
	if u.Attributes["custom:up_token"] != "" || u.Attributes["name"] != "Ann" {
		t.Errorf("the user has %v", u.Attributes)
	}
	for place, text := range map[string]string{
		"the log": h.Log.String(), "the profile": b.Get("/account").Text() + b.Get("/account/profile").Text() + b.Get("/account/connections").Text(),
		"the export": b.Get("/account/data").Press("/account/data").Is(http.StatusOK).Has("Content-Type", "application/json").Text(),
	} {
		if strings.Contains(text, "-4711") {
			t.Errorf("%s has a token", place)
		}
	}
	for _, action := range []string{"", "keep_provider_tokens", "sign_in"} {
		for _, e := range h.events(action) {
			for name, value := range e.Detail {
				if strings.Contains(value, "-4711") {
					t.Errorf("the audit log has a token: %s, %s", e.Action, name)
				}
			}
		}
	}
	if kept := h.events("keep_provider_tokens"); len(kept) != 1 || kept[0].Detail["kept"] != "access_token refresh_token" {
		t.Errorf("%+v", kept)
	}
}

func TestATokenThatIsTooLongIsLeftOutAndNoted(t *testing.T) {
	h := withTokens(t, "email", "custom:up_token", "custom:up_refresh")
	h.up.Answer = func(answer map[string]any) { answer["refresh_token"] = strings.Repeat("x", 2049) }
	got := h.tokens(h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback))
	h.has("the ID token", payload(t, got["id_token"]), "access-4711", nil)
	if kept := h.events("keep_provider_tokens"); len(kept) != 1 || kept[0].Detail["left_out"] != "custom:up_refresh" {
		t.Errorf("%+v", kept)
	}
	if text := h.Log.String(); !strings.Contains(text, "custom:up_refresh would hold a token of more than 2,048 bytes") || strings.Contains(text, "xxxx") {
		t.Error(text)
	}
}
