package oidc

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// TestOpenIDClientSignsIn goes from discovery to a revoked refresh token, for each
// way in which a client proves itself.
func TestOpenIDClientSignsIn(t *testing.T) {
	private, public := keyOf(t)
	ways := map[string]struct{ client, settings kit.Map }{
		"none":                {kit.Map{"token_endpoint_auth_method": "none"}, kit.Map{}},
		"client_secret_basic": {kit.Map{"client_secret": secret}, kit.Map{}},
		"client_secret_post":  {kit.Map{"client_secret": secret}, kit.Map{}},
		"private_key_jwt":     {kit.Map{"token_endpoint_auth_method": "private_key_jwt", "jwks": public}, kit.Map{"jwk": private}},
	}
	var clients []kit.Map
	for name, way := range ways {
		way.client["client_id"], way.client["client_name"] = name, name
		clients = append(clients, way.client)
	}
	s := start(t, clients...)
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			way.settings["method"] = name
			p := meet(t, s, name, way.settings)
			tokens := p.signIn(t, nil)
			p.asked(t, "POST /oauth2/token 200", "GET /.well-known/jwks.json 200")
			if claims := tokens["claims"].(kit.Map); claims["aud"] != name || tokens["token_type"] != "bearer" {
				t.Errorf("%v", tokens)
			}
			p.lives(t, tokens, name != "none")
		})
	}
}

// TestOpenIDClientPushesAndSigns sends the request in each protected form, and
// takes the answer signed (JARM).
func TestOpenIDClientPushesAndSigns(t *testing.T) {
	private, public := keyOf(t)
	s := start(t, kit.Map{"client_id": "rp", "client_name": "RP", "token_endpoint_auth_method": "private_key_jwt", "jwks": public})
	settings := kit.Map{"method": "private_key_jwt", "jwk": private}
	for name, how := range map[string]kit.Map{"par": {"par": true}, "jar": {"jar": true}, "jar in par": {"jar": true, "par": true}} {
		t.Run(name, func(t *testing.T) {
			p := meet(t, s, "rp", settings)
			p.lives(t, p.signIn(t, how), true)
		})
	}
	t.Run("jarm", func(t *testing.T) {
		p := meet(t, s, "rp", kit.Map{"method": "private_key_jwt", "jwk": private, "execute": kit.List{"useJwtResponseMode"}})
		p.lives(t, p.signIn(t, kit.Map{"par": true}), true)
	})
}

// TestOpenIDClientProvesItsKey binds tokens to a key by DPoP. Nobody tells the
// client the first nonce: it is refused once, and tries again with the one it got.
func TestOpenIDClientProvesItsKey(t *testing.T) {
	s := start(t, kit.Map{"client_id": "spa", "client_name": "SPA", "token_endpoint_auth_method": "none", "dpop_bound_access_tokens": true})
	p := meet(t, s, "spa", kit.Map{"method": "none", "dpop": true})
	tokens := p.signIn(t, nil)
	if got := p.sent; !slices.Equal(got[:2], []string{"POST /oauth2/token 400", "POST /oauth2/token 200"}) || tokens["token_type"] != "dpop" {
		t.Errorf("sent %q, given %v", got, tokens["token_type"])
	}
	p.lives(t, tokens, false)

	thief := meet(t, s, "spa", kit.Map{"method": "none", "dpop": true})
	tokens = p.signIn(t, nil)
	if _, err := thief.order(t, "userinfo", kit.Map{"token": tokens["access_token"], "sub": tokens["claims"].(kit.Map)["sub"]}); err == nil {
		t.Error("a token was taken with the proof of another key")
	}
	if _, err := thief.order(t, "refresh", kit.Map{"token": tokens["refresh_token"]}); err == nil {
		t.Error("a refresh token was taken with the proof of another key")
	}
}

// TestOpenIDClientKeepsToFAPI is the FAPI 2.0 Security Profile, and with signed
// requests and answers Message Signing.
func TestOpenIDClientKeepsToFAPI(t *testing.T) {
	private, public := keyOf(t)
	client := func(profile string) kit.Map {
		return kit.Map{"client_id": profile, "client_name": profile, "token_endpoint_auth_method": "private_key_jwt", "jwks": public, "fapi_profile": profile}
	}
	s := start(t, client("security"), client("message_signing"))
	for profile, more := range map[string]struct {
		execute kit.List
		how     kit.Map
	}{
		"security":        {nil, kit.Map{"par": true}},
		"message_signing": {kit.List{"useJwtResponseMode"}, kit.Map{"par": true, "jar": true}},
	} {
		t.Run(profile, func(t *testing.T) {
			p := meet(t, s, profile, kit.Map{"method": "private_key_jwt", "jwk": private, "dpop": true, "execute": more.execute})
			p.lives(t, p.signIn(t, more.how), true)
		})
	}
}

// TestOpenIDClientIsADevice polls while Ann allows it at /device.
func TestOpenIDClientIsADevice(t *testing.T) {
	s := start(t, kit.Map{"client_id": "tv", "client_name": "Films", "grant_types": kit.List{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"}})
	p := meet(t, s, "tv", kit.Map{"method": "none"})
	begun := p.must(t, "device", kit.Map{"params": kit.Map{"scope": "openid email"}})
	page := p.browser.Open(t, begun["verification_uri_complete"].(string)).Submit(t, kit.Fields{"user_code": begun["user_code"].(string)})
	page = page.Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword}).Want(t, http.StatusOK, "Films")
	page.Submit(t, kit.Fields{"answer": "allow"}).Want(t, http.StatusOK, "go back to your device")
	p.lives(t, p.must(t, "poll", kit.Map{"begun": begun}), false)
}

// TestOpenIDClientSignsOut ends the session from the client, which hears of it by
// back channel in a token that jose takes.
func TestOpenIDClientSignsOut(t *testing.T) {
	heard := make(chan string, 8)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.PostFormValue("logout_token") }))
	t.Cleanup(app.Close)
	s := start(t, kit.Map{"client_id": "rp", "client_name": "RP", "client_secret": secret,
		"backchannel_logout_uri": strings.Replace(app.URL, "127.0.0.1", "localhost", 1) + "/back", "backchannel_logout_session_required": true})
	p := meet(t, s, "rp", kit.Map{"method": "client_secret_basic"})
	tokens := p.signIn(t, nil)
	end := p.must(t, "end", kit.Map{"params": kit.Map{"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": farewell, "state": "s1"}})
	to, err := url.Parse(landed(t, p.browser.Open(t, end["to"].(string))))
	if err != nil || to.Path != "/bye" || to.Query().Get("state") != "s1" {
		t.Errorf("led to %s", to)
	}
	claims := tokens["claims"].(kit.Map)
	said := p.must(t, "farewell", kit.Map{"token": within(t, heard)})
	events, _ := said["events"].(kit.Map)
	if said["sid"] != claims["sid"] || said["sub"] != claims["sub"] || said["nonce"] != nil || events["http://schemas.openid.net/event/backchannel-logout"] == nil {
		t.Errorf("logout token %v of the session %v", said, claims)
	}
	if _, err := p.order(t, "refresh", kit.Map{"token": tokens["refresh_token"]}); err == nil || err.Code != "invalid_grant" {
		t.Errorf("a refresh token of an ended session: %+v", err)
	}
}

// within waits for what somebody hears.
func within(t *testing.T, heard chan string) string {
	t.Helper()
	select {
	case said := <-heard:
		return said
	case <-time.After(kit.Patience):
		t.Fatal("nothing was heard by back channel")
		return ""
	}
}

// TestOpenIDClientAsksSomebodyElsewhere polls by CIBA while Ann allows it in her account.
func TestOpenIDClientAsksSomebodyElsewhere(t *testing.T) {
	s := start(t, kit.Map{"client_id": "till", "client_name": "Till", "client_secret": secret,
		"grant_types": kit.List{"urn:openid:params:grant-type:ciba", "refresh_token"}})
	p := meet(t, s, "till", kit.Map{"method": "client_secret_basic"})
	begun := p.must(t, "backchannel", kit.Map{"params": kit.Map{"scope": "openid email", "login_hint": ann, "binding_message": "W4SCT"}})
	page, err := p.browser.SignIn(s.URL+"/account/approvals", ann, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, http.StatusOK, "Till", "W4SCT").Submit(t, kit.Fields{"approval": page.Value("approval"), "answer": "allow"}).Want(t, http.StatusOK)
	p.lives(t, p.must(t, "wait", kit.Map{"begun": begun}), true)
}
