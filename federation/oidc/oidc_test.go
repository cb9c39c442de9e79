package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

// open answers the generic provider at u, with further details.
func open(t testing.TB, u *federationtest.Upstream, more map[string]string) federation.Provider {
	t.Helper()
	details := map[string]string{"oidc_issuer": u.At("")}
	for key, value := range more {
		details[key] = value
	}
	return openAt(t, u, u.Settings(federation.OIDC, details), u.Deps())
}

func openAt(t testing.TB, u *federationtest.Upstream, s federation.Settings, d federation.Deps) federation.Provider {
	t.Helper()
	p, err := (federation.Types{federation.OIDC: Type(Profile)}).Open(s, d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPersonSignsInByDiscovery(t *testing.T) {
	u := federationtest.Start(t)
	u.UserInfo = map[string]any{"sub": "person-1", "email": "ann@example.test", "email_verified": true, "nickname": "Ann", "_claim_names": map[string]any{}}
	answer, err := u.SignIn(open(t, u, nil), map[string]any{"name": "Ann Lee", "sid": "session-9"})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Subject != "person-1" || answer.Issuer != u.Issuer || answer.Session != "session-9" || !answer.EmailVerified {
		t.Errorf("%+v", answer)
	}
	if answer.Claims["name"] != "Ann Lee" || answer.Claims["nickname"] != "Ann" || answer.Claims["_claim_names"] != nil {
		t.Errorf("%v", answer.Claims)
	}
	want := federation.Tokens{Access: "access-4711", Refresh: "refresh-4711", ID: answer.Tokens.ID, Expires: u.Now.Add(time.Hour)}
	if answer.Tokens != want || answer.Tokens.ID == "" {
		t.Error("the tokens are not handed on")
	}
}

func TestTheRequestCarriesWhatBindsTheAnswer(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, map[string]string{"authorize_scopes": "openid  email"})
	trip, err := p.Begin(t.Context(), federation.Start{State: "s&t", LoginHint: "ann@example.test", Locale: "de", SelectAccount: true})
	if err != nil {
		t.Fatal(err)
	}
	q := federationtest.Query(t, trip.URL)
	for name, want := range map[string]string{
		"state": "s&t", "scope": "openid email", "login_hint": "ann@example.test", "ui_locales": "de", "prompt": "select_account",
		"code_challenge_method": "S256", "response_type": "code",
	} {
		if q.Get(name) != want {
			t.Errorf("%s=%q", name, q.Get(name))
		}
	}
	if !strings.HasPrefix(trip.URL, u.At("/authorize?")) || len(q.Get("nonce")) < 32 || q.Has("response_mode") || q.Has("client_secret") {
		t.Error(trip.URL)
	}
	again := federationtest.Begin(t, p)
	other := federationtest.Query(t, again.URL)
	if other.Get("nonce") == q.Get("nonce") || other.Get("code_challenge") == q.Get("code_challenge") || other.Has("prompt") || other.Has("login_hint") || other.Has("ui_locales") {
		t.Error("two trips have something in common, or carry what nobody asked for:", again.URL)
	}
	if long, _ := p.Begin(t.Context(), federation.Start{State: "s", LoginHint: strings.Repeat("x", 321)}); federationtest.Query(t, long.URL).Has("login_hint") {
		t.Error("a hint of any length is sent on")
	}
	if _, err := p.Begin(t.Context(), federation.Start{}); err == nil {
		t.Error("a trip begins without state")
	}
}

func TestTheCodeIsRedeemedAsTheClientIsRegistered(t *testing.T) {
	for method, check := range map[string]func(federationtest.Request) bool{
		federation.SecretPost: func(r federationtest.Request) bool {
			return r.Form.Get("client_id") == federationtest.Client && r.Form.Get("client_secret") == federationtest.Secret && r.Header.Get("Authorization") == ""
		},
		federation.SecretBasic: func(r federationtest.Request) bool {
			id, secret, ok := (&http.Request{Header: r.Header}).BasicAuth()
			return ok && id == federationtest.Client && secret == federationtest.Secret && !r.Form.Has("client_secret")
		},
		federation.NoSecret: func(r federationtest.Request) bool {
			return r.Form.Get("client_id") == federationtest.Client && !r.Form.Has("client_secret") && r.Header.Get("Authorization") == ""
		},
	} {
		t.Run(method, func(t *testing.T) {
			u := federationtest.Start(t)
			if _, err := u.SignIn(open(t, u, map[string]string{"token_endpoint_auth_method": method}), nil); err != nil {
				t.Fatal(err)
			}
			sent := u.Requests("/token")
			if len(sent) != 1 || !check(sent[0]) || sent[0].Form.Get("redirect_uri") != federationtest.Callback || len(sent[0].Form.Get("code_verifier")) < 43 {
				t.Errorf("%+v", sent)
			}
		})
	}
}

func TestTheSecretGoesWhereTheProviderWantsIt(t *testing.T) {
	for _, row := range []struct {
		offered []string
		basic   bool
	}{{nil, false}, {[]string{"client_secret_basic"}, true}, {[]string{"client_secret_basic", "client_secret_post"}, false}, {[]string{"private_key_jwt"}, false}} {
		u := federationtest.Start(t)
		if row.offered != nil {
			u.Document["token_endpoint_auth_methods_supported"] = row.offered
		}
		if _, err := u.SignIn(open(t, u, nil), nil); err != nil {
			t.Fatal(err)
		}
		if sent := u.Requests("/token")[0]; (sent.Header.Get("Authorization") != "") != row.basic || sent.Form.Has("client_secret") == row.basic {
			t.Errorf("%v: %+v", row.offered, sent)
		}
	}
}

func TestGivenEndpointsTakeThePlaceOfDiscovery(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, map[string]string{"authorize_url": u.At("/authorize?tenant=x"), "token_url": u.At("/token"), "jwks_uri": u.At("/keys")})
	if _, err := u.SignIn(p, nil); err != nil {
		t.Fatal(err)
	}
	if len(u.Requests("/.well-known/openid-configuration"))+len(u.Requests("/userinfo")) != 0 {
		t.Error("somebody was asked who is not in the settings")
	}
	u.Handle("/other", func(w http.ResponseWriter, _ *http.Request) {
		federationtest.JSON(w, 200, map[string]any{"sub": "person-1", "name": "Other"})
	})
	answer, err := u.SignIn(open(t, u, map[string]string{"attributes_url": u.At("/other"), "attributes_request_method": "POST"}), nil)
	if err != nil || answer.Claims["name"] != "Other" || len(u.Requests("/userinfo")) != 0 {
		t.Error(answer.Claims, err)
	}
	if sent := u.Requests("/other"); sent[0].Method != "POST" || sent[0].Header.Get("Authorization") != "Bearer access-4711" {
		t.Errorf("%+v", sent)
	}
}

func TestSettingsAreCheckedFieldByField(t *testing.T) {
	good := map[string]string{"client_id": "a", "client_secret": "b", "oidc_issuer": "https://example.test"}
	for _, row := range []struct{ field, value, problem string }{
		{"client_id", "", "client_id is missing"}, {"client_secret", "", "client_secret is missing"}, {"oidc_issuer", "", "oidc_issuer is missing"},
		{"oidc_issuer", "http://example.test", "oidc_issuer must be an https address"}, {"oidc_issuer", "https://a:b@example.test", "oidc_issuer"},
		{"token_url", "https://example.test/#", "token_url"}, {"jwks_uri", "javascript:alert(1)", "jwks_uri"}, {"authorize_url", "//example.test", "authorize_url"},
		{"attributes_url", "http://10.0.0.1/", "attributes_url"}, {"attributes_request_method", "PUT", "attributes_request_method must be one of GET, POST"},
		{"authorize_scopes", "email", "authorize_scopes must hold openid"}, {"authorize_scopes", "openid \"", "authorize_scopes"},
		{"token_endpoint_auth_method", "tls_client_auth", "token_endpoint_auth_method"}, {"token_endpoint_auth_method", "private_key_jwt", "private_key must be"},
		{"trust_email", "yes", "trust_email"}, {"other", strings.Repeat("x", 8193), "other is longer"},
	} {
		details := map[string]string{row.field: row.value}
		for key, value := range good {
			if key != row.field {
				details[key] = value
			}
		}
		if err := Type(Profile).Check(federation.Settings{Details: details}); err == nil || !strings.Contains(err.Error(), row.problem) {
			t.Errorf("%s=%.30q: %v", row.field, row.value, err)
		}
	}
	for _, issuer := range []string{"https://example.test/a/", "http://localhost:8080", "http://127.0.0.1:9", "http://keycloak:8080/realms/x", "http://a.localhost"} {
		good["oidc_issuer"] = issuer
		if err := Type(Profile).Check(federation.Settings{Details: good}); err != nil {
			t.Error(issuer, err)
		}
	}
	if _, err := Type(Profile).Open(federation.Settings{Name: "Up"}, federation.Deps{}); federationtest.Refused(t, err, federation.Misconfigured).Err == nil {
		t.Error("the problems are lost")
	}
}

func TestAPersonWhoGoesBackIsToldFromAProviderThatRefuses(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	for reason, code := range map[string]federation.Code{
		"access_denied": federation.Denied, "user_cancelled_authorize": federation.Denied, "server_error": federation.Refused, "invalid_scope": federation.Refused,
	} {
		_, err := federationtest.Finish(t, p, federationtest.Begin(t, p), url.Values{
			"error": {reason}, "error_description": {"because\r\nof\x1b[31m " + strings.Repeat("x", 500)}, "state": {federationtest.State},
		})
		e := federationtest.Refused(t, err, code)
		if e.Reason != reason || !strings.HasPrefix(e.Detail, "because  of [31m x") || len(e.Detail) > 210 {
			t.Errorf("%q %q", e.Reason, e.Detail)
		}
	}
	if len(u.Requests("/token")) != 0 {
		t.Error("a refusal is redeemed")
	}
}

func TestARefusalOfTheTokenEndpointTellsNoSecret(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		code   federation.Code
		reason string
	}{
		{401, `{"error":"invalid_client","error_description":"wrong ` + federationtest.Secret + `"}`, federation.Misconfigured, "invalid_client"},
		{400, `{"error":"invalid_grant"}`, federation.Refused, "invalid_grant"},
		{200, `{"error":"redirect_uri_mismatch"}`, federation.Misconfigured, "redirect_uri_mismatch"},
		{503, `down ` + federationtest.Secret, federation.Unreachable, "503"},
		{302, ``, federation.Refused, "302"},
		{400, `{"error":{"message":"Invalid ` + federationtest.Secret + `","code":100}}`, federation.Refused, "400"},
		{200, `{}`, federation.Invalid, ""},
		{200, `[` + federationtest.Secret, federation.Invalid, ""},
		{200, `{"access_token":"a","token_type":"DPoP"}`, federation.Invalid, ""},
		{200, `{"access_token":"a"}`, federation.Invalid, ""},
	} {
		u := federationtest.Start(t)
		u.Refuse = func(url.Values) (int, string) { return row.status, row.body }
		_, err := u.SignIn(open(t, u, nil), nil)
		if e := federationtest.Refused(t, err, row.code); e.Reason != row.reason || strings.Contains(e.Error(), federationtest.Secret) {
			t.Errorf("%s: %v", row.body, e)
		}
		if len(u.Requests("/token")) != 1 {
			t.Error("the code is redeemed twice")
		}
	}
}

func TestATokenOfAnotherTypeIsNotUsed(t *testing.T) {
	for kind, right := range map[string]bool{"DPoP": false, "mac": false, "bearer": true, "": true} {
		u := federationtest.Start(t)
		u.Answer = func(answer map[string]any) { answer["token_type"] = kind }
		if _, err := u.SignIn(open(t, u, nil), nil); (err == nil) != right {
			t.Errorf("%q: %v", kind, err)
		}
	}
}

func TestUserInfoThatFailsIsNotLeftOut(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		code   federation.Code
	}{{500, "", federation.Unreachable}, {403, "", federation.Refused}, {200, "[]", federation.Invalid}, {200, `{"sub":"person-1"} {}`, federation.Invalid}} {
		u := federationtest.Start(t)
		u.Handle("/broken", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(row.status)
			w.Write([]byte(row.body))
		})
		_, err := u.SignIn(open(t, u, map[string]string{"attributes_url": u.At("/broken")}), nil)
		federationtest.Refused(t, err, row.code)
	}
}

func TestUserInfoMayBeSigned(t *testing.T) {
	for name, row := range map[string]struct {
		claims map[string]any
		right  bool
	}{
		"right": {map[string]any{"name": "Signed"}, true}, "another client's": {map[string]any{"aud": "x"}, false},
		"another issuer's": {map[string]any{"iss": "https://evil.example"}, false}, "another person's": {map[string]any{"sub": "x"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.Handle("/signed", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/jwt; charset=utf-8")
				w.Write([]byte(u.IDToken("", row.claims)))
			})
			answer, err := u.SignIn(open(t, u, map[string]string{"attributes_url": u.At("/signed")}), nil)
			if row.right != (err == nil) || row.right && answer.Claims["name"] != "Signed" {
				t.Error(answer.Claims, err)
			}
		})
	}
}

func TestAnAppsOwnIDTokenIsTaken(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil).(*Provider)
	answer, err := p.IDToken(t.Context(), u.IDToken("n", map[string]any{"email": "ann@example.test", "email_verified": "true"}), "n")
	if err != nil || answer.Subject != "person-1" || !answer.EmailVerified || answer.Tokens.ID == "" {
		t.Error(answer, err)
	}
	for nonce, token := range map[string]string{"n": u.IDToken("other", nil), "": u.IDToken("", nil)} {
		_, err := p.IDToken(t.Context(), token, nonce)
		federationtest.Refused(t, err, federation.Invalid)
	}
	other := open(t, u, nil).(*Provider)
	other.profile.AppKeys = u.At("/nothing") // where such a token's keys are elsewhere, the usual ones verify none
	_, err = other.IDToken(t.Context(), u.IDToken("n", nil), "n")
	federationtest.Refused(t, err, federation.Unreachable)
}

func TestPrivateKeyJWTIsMadeForEachRequest(t *testing.T) {
	u := federationtest.Start(t)
	key := newKey(t)
	p := open(t, u, map[string]string{"token_endpoint_auth_method": "private_key_jwt", "private_key": pemOf(t, key), "key_id": "k1", "client_secret": ""})
	var seen []string
	for range 2 {
		if _, err := u.SignIn(p, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, sent := range u.Requests("/token") {
		if sent.Form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || sent.Form.Has("client_secret") || sent.Form.Get("client_id") != federationtest.Client {
			t.Errorf("%+v", sent.Form)
		}
		claims := verified(t, sent.Form.Get("client_assertion"), "ES256", "k1", key.Public())
		id, _ := claims["jti"].(string)
		if claims["iss"] != federationtest.Client || claims["sub"] != federationtest.Client || claims["aud"] != u.At("/token") || id == "" || slices.Contains(seen, id) {
			t.Errorf("%v", claims)
		}
		if claims["iat"] != float64(u.Now.Unix()) || claims["exp"] != float64(u.Now.Add(2*time.Minute).Unix()) {
			t.Errorf("%v", claims)
		}
		seen = append(seen, id)
	}
}
