package docs

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"poolhouse.dev/test/kit"
)

// appAuth does what AppAuth for Android does with a res/raw/auth_config.json:
// discovery, the request with PKCE, state and nonce in the system's browser, the
// exchange without a proof of the client, and the checks of the ID token.
type appAuth struct {
	Client   string `json:"client_id"`
	Redirect string `json:"redirect_uri"`
	Bye      string `json:"end_session_redirect_uri"`
	Scope    string `json:"authorization_scope"`
	From     string `json:"discovery_uri"`
	Secure   bool   `json:"https_required"`

	found struct {
		Issuer    string `json:"issuer"`
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
		End       string `json:"end_session_endpoint"`
		Keys      string `json:"jwks_uri"`
	}
	browser *kit.Client
}

func newAppAuth(t *testing.T, config string) *appAuth {
	t.Helper()
	a := &appAuth{browser: kit.NewClient()}
	known := json.NewDecoder(strings.NewReader(config))
	known.DisallowUnknownFields()
	if err := known.Decode(a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(a.browser.Open(t, a.From).Body), &a.found); err != nil {
		t.Fatal(err)
	}
	// What leads to the app leaves the browser.
	a.browser.HTTP.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), a.Redirect) || strings.HasPrefix(r.URL.String(), a.Bye) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return a
}

// handed is what the system hands to the app.
func (a *appAuth) handed(t *testing.T, page *kit.Page, to string) url.Values {
	t.Helper()
	location := page.Header.Get("Location")
	query, ok := strings.CutPrefix(location, to+"?")
	if !ok {
		t.Fatalf("%s (%d) leads to %q, not to %s:\n%s", page.URL, page.Status, location, to, page.Text())
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// authorize signs Ann in.
func (a *appAuth) authorize(t *testing.T) kit.Tokens {
	t.Helper()
	state, nonce, verifier := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	page, err := a.browser.SignIn(a.found.Authorize+"?"+url.Values{
		"redirect_uri": {a.Redirect}, "client_id": {a.Client}, "response_type": {"code"}, "state": {state}, "nonce": {nonce},
		"scope": {a.Scope}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}.Encode(), ann, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	if page.Has("answer") {
		page = page.Submit(t, kit.Fields{"answer": "allow"})
	}
	got := a.handed(t, page, a.Redirect)
	if got.Get("state") != state {
		t.Fatalf("handed over: %v", got)
	}
	tokens := a.post(t, url.Values{"grant_type": {"authorization_code"}, "code": {got.Get("code")}, "redirect_uri": {a.Redirect}, "code_verifier": {verifier}})
	a.check(t, tokens.IDToken, nonce)
	return tokens
}

// post asks the token endpoint; the client's id goes in the form.
func (a *appAuth) post(t *testing.T, form url.Values) kit.Tokens {
	t.Helper()
	issuer := strings.TrimSuffix(a.found.Token, "/oauth2/token")
	tokens, err := kit.Token(http.DefaultClient, issuer, a.Client, "", form)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// check is OpenID Connect Core §3.1.3.7, as the library does it.
func (a *appAuth) check(t *testing.T, raw, nonce string) {
	t.Helper()
	keys := oidc.NewRemoteKeySet(context.Background(), a.found.Keys)
	id, err := oidc.NewVerifier(a.found.Issuer, keys, &oidc.Config{ClientID: a.Client}).Verify(context.Background(), raw)
	if err != nil || id.Nonce != nonce {
		t.Fatalf("ID token %+v: %v", id, err)
	}
	if a.Secure != strings.HasPrefix(a.found.Issuer, "https://") {
		t.Errorf("https_required is %v for %s", a.Secure, a.found.Issuer)
	}
}

// end signs out in the browser.
func (a *appAuth) end(t *testing.T, idToken string) {
	t.Helper()
	state := oauth2.GenerateVerifier()
	page := a.browser.Open(t, a.found.End+"?"+url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {a.Bye}, "state": {state}}.Encode())
	if got := a.handed(t, page, a.Bye); got.Get("state") != state {
		t.Errorf("handed over: %v", got)
	}
}
