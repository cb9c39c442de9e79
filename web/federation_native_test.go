package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

const exchangeType = "urn:ietf:params:oauth:grant-type:token-exchange"

// telephone is an app that brings Up's tokens by itself.
type telephone struct{ house }

func withTelephone(t *testing.T, options ...webtest.Option) telephone {
	t.Helper()
	h := withUp(t, nil, options...)
	c := identity.Client{ID: "telephone", Name: "Notes for telephones", IdentityProviders: []string{"Up"}}
	c.NativeProviders = []string{"Up"}
	h.Client(c, "")
	return telephone{h}
}

// brings answers what the token endpoint says to a token of Up.
func (p telephone) brings(token string, changes ...string) (status int, answer map[string]any) {
	p.Helper()
	form := url.Values{
		"grant_type": {exchangeType}, "client_id": {"telephone"}, "subject_token": {token}, "nonce": {"n-1"},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:id_token"}, "subject_issuer": {"Up"}, "scope": {"openid email"},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, p.Server.PublicURL+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		p.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.RemoteAddr, req.RequestURI = "192.0.2.7:40000", "/oauth2/token"
	got := p.Do(req)
	defer got.Body.Close()
	if err := json.NewDecoder(got.Body).Decode(&answer); err != nil {
		p.Fatal(err)
	}
	return got.StatusCode, answer
}

func (p telephone) refused(code, token string, changes ...string) {
	p.Helper()
	if status, answer := p.brings(token, changes...); status < 400 || answer["error"] != code || answer["access_token"] != nil {
		p.Errorf("%v: %d %v", changes, status, answer)
	}
}

func TestAnAppOnATelephoneBringsAProvidersToken(t *testing.T) {
	p := withTelephone(t)
	status, answer := p.brings(p.up.IDToken("n-1", vouched("s-1", ann)))
	if status != http.StatusOK || answer["access_token"] == nil || answer["id_token"] == nil || answer["refresh_token"] == nil {
		t.Fatalf("%d %v", status, answer)
	}
	first := p.user(ann)
	if first.Username != "Up_s-1" || first.Attributes["email_verified"] != "true" {
		t.Errorf("made %+v", first)
	}
	p.After(time.Minute)
	p.up.Now = p.Now()
	if status, answer = p.brings(p.up.IDToken("n-1", vouched("s-1", ann))); status != http.StatusOK {
		t.Errorf("the second time: %d %v", status, answer)
	}
	p.signIn(p.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	if p.user(ann).ID != first.ID {
		t.Error("the browser finds another account")
	}
}

func TestAttackNativeTokenReplay(t *testing.T) {
	p := withTelephone(t)
	token := p.up.IDToken("n-1", vouched("s-1", ann))
	if status, answer := p.brings(token); status != http.StatusOK {
		t.Fatal(answer)
	}
	p.refused("invalid_grant", token)
}

func TestAttackNativeTokenOfAnotherSignIn(t *testing.T) {
	p := withTelephone(t)
	good := func() string { return p.up.IDToken("n-1", vouched("s-1", ann)) }
	p.refused("invalid_grant", good(), "nonce", "n-2")
	p.refused("invalid_grant", good(), "nonce", "")
	p.refused("invalid_grant", p.up.IDToken("n-1", map[string]any{"aud": "somebody-elses-app"}))
	p.refused("invalid_grant", p.up.IDToken("n-1", map[string]any{"iss": "https://evil.example.test"}))
	p.refused("invalid_grant", p.up.IDToken("n-1", map[string]any{"exp": p.Now().Add(-time.Hour).Unix()}))
	stranger := p.Upstream()
	p.refused("invalid_grant", stranger.IDToken("n-1", map[string]any{"iss": p.up.Issuer}))
	p.refused("invalid_grant", "a.b.c")
	p.refused("invalid_request", good(), "subject_token_type", "urn:ietf:params:oauth:token-type:access_token")
	p.refused("unauthorized_client", good(), "subject_issuer", "Other")
	p.refused("unauthorized_client", good(), "subject_issuer", "COGNITO")
}

func TestAttackNativeTokenByAnAppThatMayNot(t *testing.T) {
	p := withTelephone(t)
	p.Client(identity.Client{ID: "telephone", Name: "Notes for telephones", IdentityProviders: []string{"Up"}}, "")
	p.refused("unauthorized_client", p.up.IDToken("n-1", vouched("s-1", ann)))
}

func TestAttackNativeTokenAroundLinkingAndASecondFactor(t *testing.T) {
	p := withTelephone(t)
	p.User(ann) // who has a password, and never came by Up
	p.refused("interaction_required", p.up.IDToken("n-1", vouched("s-1", ann)))
	strict := withTelephone(t, func(_ *web.Deps, p *identity.Pool) {
		p.AdminCreateUserConfig.AllowAdminCreateUserOnly = true
	})
	strict.refused("access_denied", strict.up.IDToken("n-1", vouched("s-2", "ben@example.test")))
}

func TestAttackNativeTokenOfAProviderThatIsSwitchedOff(t *testing.T) {
	p := withTelephone(t)
	p.Provider(p.up, identity.IdentityProvider{Name: "Up", Disabled: true})
	p.refused("invalid_grant", p.up.IDToken("n-1", vouched("s-1", ann)))
}
