package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// metadataTypes are the members of our metadata that their documents register (RFC
// 8414 §2, OpenID Connect Discovery §3 and those that add to them), with their types.
var metadataTypes = map[string]string{
	"issuer": "url", "authorization_endpoint": "url", "token_endpoint": "url", "jwks_uri": "url", "userinfo_endpoint": "url", "revocation_endpoint": "url",
	"introspection_endpoint": "url", "end_session_endpoint": "url", "registration_endpoint": "url", "pushed_authorization_request_endpoint": "url",
	"device_authorization_endpoint": "url", "backchannel_authentication_endpoint": "url", "check_session_iframe": "url",
	"scopes_supported": "list", "response_types_supported": "list", "response_modes_supported": "list", "grant_types_supported": "list",
	"acr_values_supported": "list", "subject_types_supported": "list", "id_token_signing_alg_values_supported": "list", "claims_supported": "list",
	"claim_types_supported": "list", "display_values_supported": "list", "ui_locales_supported": "list", "code_challenge_methods_supported": "list",
	"id_token_encryption_alg_values_supported": "list", "id_token_encryption_enc_values_supported": "list",
	"userinfo_signing_alg_values_supported": "list", "userinfo_encryption_alg_values_supported": "list", "userinfo_encryption_enc_values_supported": "list",
	"request_object_signing_alg_values_supported": "list", "request_object_encryption_alg_values_supported": "list", "request_object_encryption_enc_values_supported": "list",
	"token_endpoint_auth_methods_supported": "list", "token_endpoint_auth_signing_alg_values_supported": "list",
	"revocation_endpoint_auth_methods_supported": "list", "revocation_endpoint_auth_signing_alg_values_supported": "list",
	"introspection_endpoint_auth_methods_supported": "list", "introspection_endpoint_auth_signing_alg_values_supported": "list",
	"authorization_signing_alg_values_supported": "list", "authorization_encryption_alg_values_supported": "list", "authorization_encryption_enc_values_supported": "list",
	"dpop_signing_alg_values_supported": "list", "prompt_values_supported": "list", "authorization_details_types_supported": "list", "protected_resources": "list",
	"backchannel_token_delivery_modes_supported": "list", "backchannel_authentication_request_signing_alg_values_supported": "list",
	"claims_parameter_supported": "bool", "request_parameter_supported": "bool", "request_uri_parameter_supported": "bool", "require_request_uri_registration": "bool",
	"require_pushed_authorization_requests": "bool", "require_signed_request_object": "bool", "authorization_response_iss_parameter_supported": "bool",
	"tls_client_certificate_bound_access_tokens": "bool", "backchannel_logout_supported": "bool", "backchannel_logout_session_supported": "bool",
	"frontchannel_logout_supported": "bool", "frontchannel_logout_session_supported": "bool", "backchannel_user_code_parameter_supported": "bool",
	"client_id_metadata_document_supported": "bool", "mtls_endpoint_aliases": "object", "service_documentation": "url", "op_policy_uri": "url", "op_tos_uri": "url",
}

// registering lets apps register themselves.
func registering(_ *web.Deps, p *identity.Pool) {
	p.ClientRegistration = identity.ClientRegistration{
		Policy: identity.RegistrationOpen, AllowedGrants: []string{identity.GrantCode, identity.GrantRefresh, identity.GrantImplicit},
		Documents: identity.MetadataDocuments{Enabled: true},
	}
}

func texts(list any) (all []string) {
	values, _ := list.([]any)
	for _, v := range values {
		text, _ := v.(string)
		all = append(all, text)
	}
	return all
}

// verifyDiscovery holds a discovery document as the suite does (1.4 of the plan).
func verifyDiscovery(t *testing.T, h *webtest.House, base string) map[string]any {
	t.Helper()
	got := h.Browser().Once(base + "/.well-known/openid-configuration")
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v", got.StatusCode, got.Header)
	}
	document := decode(h, got)
	for name, value := range document {
		ok := false
		switch metadataTypes[name] {
		case "url":
			text, _ := value.(string)
			at, err := url.Parse(text)
			ok = err == nil && at.Scheme == "https" && at.RawQuery == "" && at.Fragment == ""
		case "list":
			list := texts(value)
			ok = len(list) > 0 && !slices.Contains(list, "") && len(slices.Compact(slices.Sorted(slices.Values(list)))) == len(list)
		case "bool":
			_, ok = value.(bool)
		case "object":
			_, ok = value.(map[string]any)
		}
		if !ok {
			t.Errorf("%s is %v, registered as %q", name, value, metadataTypes[name])
		}
	}
	if document["issuer"] != webtest.PublicURL+base {
		t.Errorf("issuer %v", document["issuer"])
	}
	for _, name := range []string{
		"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "claims_supported", "scopes_supported", "response_types_supported",
		"subject_types_supported", "id_token_signing_alg_values_supported", "token_endpoint_auth_methods_supported", "request_uri_parameter_supported",
	} {
		if document[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	holds := func(name, value string) {
		if !slices.Contains(texts(document[name]), value) {
			t.Errorf("%s lacks %s: %v", name, value, document[name])
		}
	}
	holds("id_token_signing_alg_values_supported", "RS256")
	holds("request_object_signing_alg_values_supported", "RS256")
	holds("scopes_supported", "openid")
	holds("response_types_supported", "code")
	for _, scope := range texts(document["scopes_supported"]) {
		if !regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`).MatchString(scope) {
			t.Errorf("scope %q", scope)
		}
	}
	for _, tag := range texts(document["ui_locales_supported"]) {
		if parsed, err := language.Parse(tag); err != nil || parsed.String() != tag {
			t.Errorf("locale %q", tag)
		}
	}
	return document
}

func TestConformanceConfig(t *testing.T) {
	h := webtest.Start(t)
	h.Pool(identity.Pool{ID: "local_two", Name: "Two"})
	t.Run("oidcc-discovery-endpoint-verification", func(t *testing.T) {
		for _, base := range []string{"", "/local_two"} {
			document := verifyDiscovery(t, h, base)
			keys := texts(nil)
			for _, each := range decode(h, h.Browser().Once(strings.TrimPrefix(document["jwks_uri"].(string), webtest.PublicURL)))["keys"].([]any) {
				key := each.(map[string]any)
				id, _ := key["kid"].(string)
				if id == "" || slices.Contains(keys, id) || key["d"] != nil || key["k"] != nil || key["p"] != nil {
					t.Errorf("key %v", key)
				}
				keys = append(keys, id)
			}
		}
	})
}

func TestDiscoveryFollowsThePoolsSettings(t *testing.T) {
	h := webtest.Start(t)
	before := verifyDiscovery(t, h, "")
	for _, name := range []string{"registration_endpoint", "client_id_metadata_document_supported", "authorization_details_types_supported", "userinfo_signing_alg_values_supported"} {
		if before[name] != nil {
			t.Errorf("%s is there", name)
		}
	}
	settings := &identity.Settings{Core: h.Core}
	pool, err := settings.Pool(t.Context(), webtest.PoolID)
	if err != nil {
		t.Fatal(err)
	}
	registering(nil, &pool)
	h.Pool(pool)
	after := verifyDiscovery(t, h, "")
	if after["registration_endpoint"] != webtest.PublicURL+"/oauth2/register" || after["client_id_metadata_document_supported"] != true ||
		!slices.Contains(texts(after["response_types_supported"]), "code id_token") || !slices.Contains(texts(after["subject_types_supported"]), "pairwise") {
		t.Errorf("%v", after)
	}
	h.Client(identity.Client{ID: "rich", Name: "Rich", ClientOAuth: identity.ClientOAuth{AuthorizationDetailsTypes: []string{"payment"}}}, webtest.Secret)
	if got := verifyDiscovery(t, h, ""); !slices.Equal(texts(got["authorization_details_types_supported"]), []string{"payment"}) {
		t.Errorf("%v", got["authorization_details_types_supported"])
	}
}

func TestAProtectedResourceSaysWhoGivesTokens(t *testing.T) {
	h := webtest.Start(t)
	h.Pool(identity.Pool{ID: "local_two", Name: "Two"})
	for path, base := range map[string]string{
		"/.well-known/oauth-protected-resource/oauth2/userInfo": "", "/.well-known/oauth-protected-resource/local_two/oauth2/userInfo": "/local_two",
	} {
		document := decode(h, h.Browser().Once(path))
		if document["resource"] != webtest.PublicURL+base+"/oauth2/userInfo" || !slices.Equal(texts(document["authorization_servers"]), []string{webtest.PublicURL + base}) {
			t.Errorf("%s: %v", path, document)
		}
		refused := h.Browser().Once(base + "/oauth2/userInfo")
		if want := `resource_metadata="` + webtest.PublicURL + path + `"`; refused.StatusCode != http.StatusUnauthorized || !strings.Contains(refused.Header.Get("WWW-Authenticate"), want) {
			t.Errorf("%d %q, want %s", refused.StatusCode, refused.Header.Get("WWW-Authenticate"), want)
		}
	}
	if document := decode(h, h.Browser().Once("/.well-known/oauth-protected-resource")); document["resource"] != webtest.PublicURL {
		t.Errorf("%v", document)
	}
	if got := h.Browser().Once("/.well-known/oauth-protected-resource/oauth2"); got.StatusCode != http.StatusNotFound {
		t.Errorf("answers %d", got.StatusCode)
	}
}

func TestWebFingerNamesTheIssuerForAnyNameOfTheHost(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Pool(identity.Pool{ID: "local_second", Name: "Second"})
	const rel = "http://openid.net/specs/connect/1.0/issuer"
	links := func(resource string, rels ...string) []any {
		got := h.Browser().Once("/.well-known/webfinger?" + url.Values{"resource": {resource}, "rel": rels}.Encode())
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/jrd+json" || got.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", resource, got.StatusCode, got.Header)
		}
		document := decode(h, got)
		if document["subject"] != resource {
			t.Errorf("%v", document)
		}
		return document["links"].([]any)
	}
	for _, resource := range []string{"acct:ann@login.example.test", "acct:nobody@login.example.test", "https://login.example.test/ann", "https://login.example.test", "acct:a@b@login.example.test"} {
		found := links(resource, rel)
		if len(found) != 1 || found[0].(map[string]any)["href"] != webtest.PublicURL || found[0].(map[string]any)["rel"] != rel {
			t.Errorf("%s: %v", resource, found)
		}
	}
	if found := links("https://login.example.test/local_second"); found[0].(map[string]any)["href"] != webtest.PublicURL+"/local_second" {
		t.Errorf("another pool: %v", found)
	}
	if len(links("acct:ann@login.example.test", "http://webfinger.net/rel/avatar")) != 0 || len(links("acct:ann@login.example.test")) != 1 {
		t.Error("the relation does not filter")
	}
	for query, want := range map[string]int{
		"": 400, "resource=": 404, "resource=acct:ann@example.test": 404, "resource=https://evil.test/ann": 404, "resource=mailto:ann@login.example.test": 404,
		"resource=acct:a@login.example.test&resource=acct:b@login.example.test": 400, "resource=acct:ann": 404,
	} {
		if got := h.Browser().Once("/.well-known/webfinger?" + query); got.StatusCode != want {
			t.Errorf("%q: %d, want %d", query, got.StatusCode, want)
		}
	}
}
