package web_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/web/internal/webtest"
)

// dynamicModules are those of the Dynamic plan.
var dynamicModules = map[string]func(*relying){
	"oidcc-server": func(rp *relying) {
		rp.registers()
		tokens := rp.flows()
		rp.certified().entropy(text(tokens["access_token"]))
		if info := rp.certified().userInfo(text(tokens["access_token"])); info["sub"] != claimOf(rp.House, text(tokens["id_token"]), "sub") || info["email"] != ann {
			rp.T.Errorf("userinfo is %v", info)
		}
	},
	"oidcc-idtoken-rs256": func(rp *relying) {
		rp.registers("id_token_signed_response_alg", "RS256")
		if head := headOf(rp.T, rp.flows()["id_token"].(string)); head["alg"] != "RS256" || head["kid"] == nil {
			rp.T.Errorf("%v", head)
		}
	},
	"oidcc-idtoken-unsigned": func(rp *relying) { rp.refuses("invalid_client_metadata", "id_token_signed_response_alg", "none") },
	"oidcc-userinfo-rs256": func(rp *relying) {
		rp.registers("userinfo_signed_response_alg", "RS256")
		tokens := rp.flows()
		got := rp.Do(infoRequest("Bearer", text(tokens["access_token"])))
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/jwt" {
			rp.T.Fatalf("%d %v", got.StatusCode, got.Header)
		}
		signed, err := jose.ParseSignedCompact(read(rp.T, got), []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			rp.T.Fatal(err)
		}
		set := rp.certified().keySet()
		raw, err := signed.Verify(set.Key(signed.Signatures[0].Header.KeyID)[0])
		var claims map[string]any
		if err != nil || json.Unmarshal(raw, &claims) != nil {
			rp.T.Fatalf("%v: %s", err, raw)
		}
		if claims["iss"] != webtest.PublicURL || claims["aud"] != rp.id || claims["sub"] != claimOf(rp.House, text(tokens["id_token"]), "sub") {
			rp.T.Errorf("userinfo says %v", claims)
		}
	},
	"oidcc-ensure-redirect-uri-in-authorization-request": func(rp *relying) {
		rp.registers("redirect_uris", []string{webtest.Callback, webtest.Callback + "/two"})
		rp.stays(rp.query("redirect_uri", ""))
	},
	"oidcc-redirect-uri-query-OK": func(rp *relying) {
		rp.registers("redirect_uris", []string{webtest.Callback + "?foo=bar"})
		if got := rp.agrees(rp.query("redirect_uri", webtest.Callback+"?foo=bar"), webtest.Callback+"?foo=bar&"); got.Get("code") == "" {
			rp.T.Errorf("%v", got)
		}
	},
	"oidcc-redirect-uri-query-mismatch": func(rp *relying) {
		rp.registers("redirect_uris", []string{webtest.Callback + "?foo=bar"})
		rp.stays(rp.query("redirect_uri", webtest.Callback+"?baz=bar"))
	},
	"oidcc-redirect-uri-query-added": func(rp *relying) {
		rp.registers()
		rp.stays(rp.query("redirect_uri", webtest.Callback+"?foo=bar"))
	},
	"oidcc-redirect-uri-regfrag": func(rp *relying) {
		rp.refuses("invalid_redirect_uri", "redirect_uris", []string{webtest.Callback + "#foobar"})
	},
	"oidcc-discovery-endpoint-verification": func(rp *relying) {
		document := verifyDiscovery(rp.T, rp.House, "")
		for _, types := range []string{"code", "id_token", "id_token token"} {
			if !slices.Contains(texts(document["response_types_supported"]), types) {
				rp.T.Errorf("%v", document["response_types_supported"])
			}
		}
		if document["registration_endpoint"] == nil {
			rp.T.Error("no registration_endpoint")
		}
	},
	"oidcc-registration-logo-uri": func(rp *relying) {
		rp.serve["/logo.png"] = picture(rp.T)
		rp.registers("logo_uri", rp.at("/logo.png"))
		src := rp.Browser().Get("/oauth2/authorize?"+rp.query().Encode()).Is(http.StatusOK).Doc.Find(`img[src^="/client-logos/"]`).AttrOr("src", "none")
		if got := rp.Browser().Once(src); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "image/") {
			rp.T.Errorf("%s: %d", src, got.StatusCode)
		}
	},
	"oidcc-registration-policy-uri": func(rp *relying) { rp.shows("policy_uri", "Privacy policy of Suite (23)") },
	"oidcc-registration-tos-uri":    func(rp *relying) { rp.shows("tos_uri", "Terms of Suite (23)") },
	"oidcc-registration-jwks-uri":   func(rp *relying) { rp.registers(); rp.flows() },
	"oidcc-registration-sector-uri": func(rp *relying) {
		rp.serve["/sector"] = `["` + webtest.Callback + `"]`
		rp.registers("subject_type", "pairwise", "sector_identifier_uri", rp.at("/sector"))
		rp.flows()
	},
	"oidcc-registration-sector-bad": func(rp *relying) {
		rp.serve["/sector"] = `["` + webtest.Callback + `/other"]`
		rp.refuses("invalid_client_metadata", "subject_type", "pairwise", "sector_identifier_uri", rp.at("/sector"))
	},
	"oidcc-server-rotate-keys": func(rp *relying) {
		rp.registers()
		before := headOf(rp.T, rp.flows()["id_token"].(string))["kid"]
		if _, err := rp.OAuth.Keys.Rotate(rp.T.Context(), webtest.PoolID, keys.RS256); err != nil {
			rp.T.Fatal(err)
		}
		after := headOf(rp.T, rp.flows()["id_token"].(string))["kid"]
		set := read(rp.T, rp.Browser().Once("/.well-known/jwks.json"))
		if before == after || !strings.Contains(set, before.(string)) || !strings.Contains(set, after.(string)) {
			rp.T.Errorf("%v, %v in %s", before, after, set)
		}
	},
	"oidcc-refresh-token-rp-key-rotation": func(rp *relying) {
		rp.registers()
		refresh := rp.flows("scope", "openid offline_access")["refresh_token"].(string)
		next, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			rp.T.Fatal(err)
		}
		rp.newKey("two", next)
		rp.After(2 * time.Minute)
		if status, got := rp.redeems(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}); status != http.StatusOK {
			rp.T.Errorf("%d %v", status, got)
		}
	},
	"oidcc-refresh-token": func(rp *relying) {
		rp.registers()
		refresh := rp.flows("scope", "openid offline_access")["refresh_token"].(string)
		first := rp.id
		status, got := rp.redeems(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
		if status != http.StatusOK || got["access_token"] == nil {
			rp.T.Fatalf("%d %v", status, got)
		}
		rp.certified().idToken(text(got["id_token"]), url.Values{})
		refresh, _ = got["refresh_token"].(string)
		if rp.registers(); rp.id == first {
			rp.T.Fatal("two clients have one id")
		}
		if status, got = rp.redeems(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}); status != http.StatusBadRequest || got["error"] != "invalid_grant" {
			rp.T.Errorf("another client gets %d %v", status, got)
		}
	},
	"oidcc-request-uri-unsigned": func(rp *relying) {
		rp.registers("request_uris", []string{rp.at("/request.jwt")}, "request_object_signing_alg", "none")
		rp.serve["/request.jwt"] = unsignedObject(rp.T, rp.object())
		rp.inside("request_uri", rp.at("/request.jwt"), "state", "", "nonce", "")
	},
	"oidcc-request-uri-signed-rs256": func(rp *relying) {
		rp.registers("request_uris", []string{rp.at("/request.jwt")}, "request_object_signing_alg", "RS256")
		rp.serve["/request.jwt"] = rp.sign(rp.object(), "RS256")
		rp.inside("request_uri", rp.at("/request.jwt"), "state", "", "nonce", "")
	},
	"oidcc-ensure-request-object-with-redirect-uri": func(rp *relying) {
		rp.registers("request_object_signing_alg", "RS256")
		rp.inside("request", rp.sign(rp.object(), "RS256"), "redirect_uri", "https://evil.example.test/cb")
	},
	"oidcc-ensure-client-assertion-with-iss-aud-succeeds": func(rp *relying) {
		rp.aud = webtest.PublicURL
		rp.registers()
		rp.flows()
	},
}

// shows says that the sign-in page leads to an address that was registered.
func (rp *relying) shows(member, words string) {
	rp.T.Helper()
	rp.registers(member, rp.at("/words"))
	page := rp.Browser().Get("/oauth2/authorize?" + rp.query().Encode()).Is(http.StatusOK).Says(words)
	if page.Doc.Find(`a[href="`+rp.at("/words")+`"]`).Length() != 1 {
		rp.T.Errorf("no link to %s", rp.at("/words"))
	}
}

func TestConformanceDynamic(t *testing.T) {
	if len(dynamicModules) != 23 {
		t.Errorf("%d modules", len(dynamicModules))
	}
	for name, run := range dynamicModules {
		t.Run(name, func(t *testing.T) { run(startRelying(t)) })
	}
}

func TestConformanceThirdPartyInitiatedLogin(t *testing.T) {
	t.Run("oidcc-3rd_party-init-login", func(t *testing.T) {
		rp := startRelying(t)
		const there = "https://app.example.test/login"
		if got := rp.registers("initiate_login_uri", there); got["initiate_login_uri"] != there {
			t.Errorf("%v", got)
		}
		if status, got := rp.send(http.MethodGet, rp.uri, rp.token, nil); status != http.StatusOK || got["initiate_login_uri"] != there {
			t.Errorf("%d %v", status, got)
		}
		rp.flows()
	})
	t.Run("oidcc-3rd_party-init-login-nohttps", func(t *testing.T) {
		startRelying(t).refuses("invalid_client_metadata", "initiate_login_uri", "http://app.example.test/login")
	})
}
