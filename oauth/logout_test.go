package oauth

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

const home = "https://app.example.test/"

func (k *kit) leave(pairs ...string) LogoutDecision {
	k.Helper()
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	d, err := k.Logout(context.Background(), testPool, q)
	k.must(err)
	return d
}

func outcome(d LogoutDecision) string {
	switch {
	case d.Page != nil:
		return "page"
	case d.SignIn != nil:
		return "sign in"
	case d.Confirm:
		return "confirm " + d.Redirect
	}
	return "go " + d.Redirect
}

func TestLogoutAsCognito(t *testing.T) {
	k := start(t)
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"to a registered address":  {[]string{"client_id", "web", "logout_uri", home}, "go " + home},
		"to another address":       {[]string{"client_id", "web", "logout_uri", home + "x"}, "page"},
		"to a callback":            {[]string{"client_id", "web", "logout_uri", callback}, "page"},
		"of an unknown client":     {[]string{"client_id", "nobody", "logout_uri", home}, "page"},
		"without a client":         {[]string{"logout_uri", home}, "page"},
		"a parameter twice":        {[]string{"client_id", "web", "logout_uri", home, "logout_uri", home}, "page"},
		"nothing given":            {nil, "confirm "},
		"a state alone":            {[]string{"state", "x"}, "confirm "},
		"to the sign-in page":      {[]string{"client_id", "web", "redirect_uri", callback, "response_type", "code", "scope", "openid"}, "sign in"},
		"to a foreign sign-in":     {[]string{"client_id", "web", "redirect_uri", "https://evil.test/", "response_type", "code"}, "page"},
		"to nobody's sign-in page": {[]string{"redirect_uri", callback, "response_type", "code"}, "page"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outcome(k.leave(c.pairs...)); got != c.want {
				t.Errorf("answered %q, want %q", got, c.want)
			}
		})
	}
}

func TestLogoutRedirectSpellings(t *testing.T) {
	k := start(t)
	hint := k.tokens(web).IDToken
	for _, uri := range []string{
		home + "?foo=bar", home + "#", home + "x", "https://app.example.test", "http://app.example.test/", "https://APP.example.test/",
		"//app.example.test/", "https://app.example.test:443/", "https://app.example.test/.", "https://app.example.test\\", "https://evil.test/",
		"https://app.example.test@evil.test/", "https://evil.test#https://app.example.test/", "javascript:alert(1)", " " + home, home + "\n",
	} {
		if d := k.leave("id_token_hint", hint, "post_logout_redirect_uri", uri); d.Page == nil || d.Redirect != "" {
			t.Errorf("%q: answered %q", uri, outcome(d))
		}
		if d := k.leave("client_id", "web", "logout_uri", uri); d.Page == nil || d.Redirect != "" {
			t.Errorf("logout_uri %q: answered %q", uri, outcome(d))
		}
	}
}

func TestLogoutByHint(t *testing.T) {
	k := start(t)
	tokens := k.tokens(web)
	hint := tokens.IDToken
	parts := strings.Split(hint, ".")
	state := strings.Repeat("s", 128)
	none := "eyJhbGciOiJub25lIn0." + parts[1] + "."
	k.must(k.Keys.Ready(context.Background(), otherPool, keys.ES256))
	foreign, err := k.Keys.Sign(context.Background(), otherPool, keys.ES256, tokenType, claimsOf(t, hint))
	k.must(err)
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"to a registered address":        {[]string{"id_token_hint", hint, "post_logout_redirect_uri", home, "state", state}, "go " + home + "?state=" + state},
		"without state":                  {[]string{"id_token_hint", hint, "post_logout_redirect_uri", home}, "go " + home},
		"without an address":             {[]string{"id_token_hint", hint}, "go "},
		"with the client's id":           {[]string{"id_token_hint", hint, "client_id", "web", "post_logout_redirect_uri", home}, "go " + home},
		"with another client's id":       {[]string{"id_token_hint", hint, "client_id", "web2", "post_logout_redirect_uri", home}, "page"},
		"to another address":             {[]string{"id_token_hint", hint, "post_logout_redirect_uri", home + "x"}, "page"},
		"no hint, but the client's id":   {[]string{"client_id", "web", "post_logout_redirect_uri", home}, "confirm " + home},
		"no hint, to another address":    {[]string{"client_id", "web", "post_logout_redirect_uri", home + "x"}, "page"},
		"no hint, unknown client":        {[]string{"client_id", "nobody", "post_logout_redirect_uri", home}, "page"},
		"no hint and no client":          {[]string{"post_logout_redirect_uri", home}, "confirm "},
		"hint with alg none":             {[]string{"id_token_hint", none, "post_logout_redirect_uri", home}, "confirm "},
		"hint signed by another":         {[]string{"id_token_hint", foreign, "post_logout_redirect_uri", home}, "confirm "},
		"an access token as hint":        {[]string{"id_token_hint", tokens.AccessToken, "post_logout_redirect_uri", home}, "confirm "},
		"a bad hint, with a client's id": {[]string{"id_token_hint", none, "client_id", "web", "post_logout_redirect_uri", home}, "confirm " + home},
	} {
		t.Run(name, func(t *testing.T) {
			d := k.leave(c.pairs...)
			if got := outcome(d); got != c.want {
				t.Errorf("answered %q, want %q", got, c.want)
			}
		})
	}
	t.Run("the hint names the session, also when it has expired", func(t *testing.T) {
		k.wait(48 * time.Hour)
		d := k.leave("id_token_hint", hint)
		if d.Confirm || d.Session == "" || d.Session != claimsOf(t, hint)["sid"] || d.Client.ID != web {
			t.Errorf("answered %+v", d)
		}
	})
}

func TestDiscoverySaysWhatIsOn(t *testing.T) {
	k := start(t)
	got, err := k.Discovery(context.Background(), testPool)
	k.must(err)
	for name, want := range map[string]any{
		"issuer": k.Issuer(testPool), "response_types_supported": "[code]", "code_challenge_methods_supported": "[S256]",
		"response_modes_supported": "[query fragment form_post query.jwt fragment.jwt form_post.jwt jwt]", "grant_types_supported": "[authorization_code client_credentials refresh_token]",
		"id_token_signing_alg_values_supported": "[RS256 ES256 EdDSA]", "request_uri_parameter_supported": true,
		"request_parameter_supported": true, "authorization_response_iss_parameter_supported": true, "subject_types_supported": "[public]",
		"end_session_endpoint": k.Issuer(testPool) + "/logout", "jwks_uri": k.Issuer(testPool) + "/.well-known/jwks.json",
		"scopes_supported": "[openid email phone profile aws.cognito.signin.user.admin api/read api/write]",
	} {
		if fmt.Sprint(got[name]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	t.Run("and nothing that is not", func(t *testing.T) {
		for _, name := range []string{
			"registration_endpoint", "device_authorization_endpoint", "check_session_iframe", "mtls_endpoint_aliases",
		} {
			if _, there := got[name]; there {
				t.Errorf("%s is there", name)
			}
		}
	})
	t.Run("the RFC 8414 document has no OpenID member", func(t *testing.T) {
		plain, err := k.Metadata(context.Background(), testPool)
		k.must(err)
		if plain["userinfo_endpoint"] != nil || plain["token_endpoint"] != k.Issuer(testPool)+"/oauth2/token" {
			t.Errorf("metadata %v", plain)
		}
	})
	t.Run("every claim of an ID token is named", func(t *testing.T) {
		for name := range claimsOf(t, k.tokens(web, "scope", "openid profile").IDToken) {
			if !slices.Contains(got["claims_supported"].([]string), name) && !strings.HasPrefix(name, "custom:") {
				t.Errorf("%s is not", name)
			}
		}
	})
	t.Run("the key set is of pools that are there", func(t *testing.T) {
		set, err := k.JWKS(context.Background(), testPool)
		k.must(err)
		if len(set.Keys) == 0 {
			t.Error("no key")
		}
		_, err = k.JWKS(context.Background(), "no_pool")
		if code, _ := identity.CodeOf(err); code != identity.PoolNotFound {
			t.Errorf("answered %v", err)
		}
		if _, err = k.Discovery(context.Background(), "no_pool"); err == nil {
			t.Error("discovery of no pool")
		}
	})
}
