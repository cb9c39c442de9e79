package identity

import (
	"strings"
	"testing"

	"poolhouse.dev/storage"
)

// rsaKey is a public key in form, of no use.
func rsaKey() *JWKSet {
	return &JWKSet{Keys: []JWK{{KeyType: "RSA", ID: "1", N: strings.Repeat("AQ", 171), E: "AQAB"}}}
}

func fapiClient() Client {
	c := Client{PoolID: "local_main", ID: "bank", Name: "Bank", CallbackURLs: []string{"https://app.test/cb"}, AuthMethod: AuthPrivateKeyJWT}
	c.JWKS, c.FAPIProfile, c.SigningAlg = rsaKey(), FAPIMessageSigning, "ES256"
	return c
}

func plainClient() Client {
	return Client{PoolID: "local_main", ID: "web", Name: "Web", Secret: storage.Sealed("x"), CallbackURLs: []string{"https://app.test/cb"}}
}

func TestRegistrationSettingsAreTaken(t *testing.T) {
	p := &Pool{ID: "local_main"}
	wide := plainClient()
	wide.GrantTypes = []string{GrantCode, GrantImplicit, GrantRefresh, GrantDevice, GrantCIBA, GrantExchange, GrantJWTBearer}
	wide.ResponseTypes = []string{"code", "code id_token token"}
	wide.TokenExchange = &ExchangePolicy{Delegation: true}
	wide.JWTBearer = []AssertionIssuer{{Issuer: "https://ci.test", JWKSURI: "https://ci.test/keys"}}
	wide.JWKSURI, wide.IDTokenEncryptionAlg, wide.IDTokenEncryption = "https://app.test/jwks", "ECDH-ES", "A256GCM"
	wide.CIBADelivery, wide.CIBANotification = "ping", "https://app.test/ping"
	wide.SubjectType, wide.SectorIdentifier = "pairwise", "https://app.test/sector"
	wide.BackchannelLogoutURI = "http://localhost:9000/logout"
	ports, native := plainClient(), plainClient()
	ports.SubjectType, ports.CallbackURLs = "pairwise", []string{"https://app.test/cb", "https://app.test:8443/cb"}
	native.SubjectType, native.CallbackURLs = "pairwise", []string{"http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"}
	inline := plainClient()
	inline.IDTokenEncryptionAlg, inline.JWKS = "RSA-OAEP", rsaKey()
	inline.JWKS.Keys = append(inline.JWKS.Keys, inline.JWKS.Keys[0])
	inline.JWKS.Keys[0].Use, inline.JWKS.Keys[1].Use = "sig", "enc"
	for name, c := range map[string]Client{"wide": wide, "inline": inline, "FAPI": fapiClient(), "two ports": ports, "native": native} {
		if err := ValidateClient(p, &c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRegistrationSettingsAreHeldAgainstTheirDocuments(t *testing.T) {
	p := &Pool{ID: "local_main"}
	for field, sets := range map[string][]func(*Client){
		"grant_types": {func(c *Client) { c.GrantTypes = []string{"password"} }, func(c *Client) { c.GrantTypes = []string{GrantExchange} }, func(c *Client) { c.GrantTypes = []string{GrantJWTBearer} }},
		"response_types": {func(c *Client) { c.ResponseTypes = []string{"none"} }, func(c *Client) { c.ResponseTypes = []string{"code token"} }, func(c *Client) { c.GrantTypes, c.ResponseTypes = []string{GrantImplicit}, []string{"code"} }, func(c *Client) {
			c.DPoPBound, c.GrantTypes, c.ResponseTypes = true, []string{GrantCode, GrantImplicit}, []string{"code", "code token"}
		}, func(c *Client) {
			c.CertificateBound, c.GrantTypes, c.ResponseTypes = true, []string{GrantImplicit}, []string{"id_token token"}
		}},
		"jwks":                            {func(c *Client) { c.JWKS, c.JWKSURI = rsaKey(), "https://app.test/jwks" }, func(c *Client) { c.JWKS = &JWKSet{} }},
		"jwks.keys[0]":                    {func(c *Client) { c.JWKS = rsaKey(); c.JWKS.Keys[0].E = "" }, func(c *Client) { c.JWKS = &JWKSet{Keys: []JWK{{KeyType: "oct"}}} }},
		"jwks_uri":                        {func(c *Client) { c.JWKSURI = "http://app.test/jwks" }, func(c *Client) { c.JWKSURI = "https://a:b@app.test/jwks" }},
		"tls_client_auth_subject_dn":      {func(c *Client) { c.AuthMethod = AuthTLS }, func(c *Client) { c.AuthMethod, c.TLSSubjectDN, c.TLSSANDNS = AuthTLS, "CN=a", "a.test" }},
		"dpop_bound_access_tokens":        {func(c *Client) { c.DPoPBound, c.CertificateBound = true, true }},
		"token_endpoint_auth_signing_alg": {func(c *Client) { c.AuthSigningAlg = "HS256" }, func(c *Client) { c.AuthMethod, c.AuthSigningAlg = AuthSecretJWT, "RS256" }},
		"id_token_encrypted_response_alg": {
			func(c *Client) { c.IDTokenEncryptionAlg = "ECDH-ES" },
			func(c *Client) { c.IDTokenEncryptionAlg, c.JWKS = "ECDH-ES", rsaKey() },
			func(c *Client) { c.IDTokenEncryptionAlg, c.JWKS = "RSA-OAEP", rsaKey(); c.JWKS.Keys[0].Use = "sig" },
			func(c *Client) {
				c.IDTokenEncryptionAlg, c.JWKS = "RSA-OAEP", rsaKey()
				c.JWKS.Keys[0].Algorithm = "RS256"
			},
		},
		"userinfo_encrypted_response_enc": {func(c *Client) { c.UserInfoEncryption = "A128GCM" }},
		"require_signed_request_object":   {func(c *Client) { c.RequireSignedRequest, c.RequestSigningAlg = true, "none" }},
		"sector_identifier_uri": {func(c *Client) { c.SectorIdentifier = "http://localhost/s" }, func(c *Client) {
			c.SubjectType, c.CallbackURLs = "pairwise", []string{"https://a.test", "https://b.test"}
		}, func(c *Client) {
			c.SubjectType, c.CallbackURLs = "pairwise", []string{"https://a.test", "http://127.0.0.1/cb"}
		}, func(c *Client) {
			c.SubjectType, c.CallbackURLs = "pairwise", []string{"https://a.test", "com.example.app://a.test/cb"}
		}},
		"backchannel_logout_uri":                   {func(c *Client) { c.BackchannelLogoutURI = "ftp://app.test" }},
		"backchannel_client_notification_endpoint": {func(c *Client) { c.CIBADelivery = "ping" }, func(c *Client) { c.CIBANotification = "https://app.test" }},
		"default_max_age":                          {func(c *Client) { c.DefaultMaxAge = count(-1) }},
		"resources":                                {func(c *Client) { c.Resources = []string{"api"} }, func(c *Client) { c.Resources = []string{"https://api.test/#x"} }},
		"claims_policy":                            {func(c *Client) { c.ClaimsPolicy = "all" }},
		"token_exchange":                           {func(c *Client) { c.TokenExchange = &ExchangePolicy{} }},
		"jwt_bearer_issuers[0].jwks_uri":           {func(c *Client) { c.JWTBearer = []AssertionIssuer{{Issuer: "a"}} }},
		"request_uris[0]":                          {func(c *Client) { c.RequestURIs = []string{"http://app.test/r"} }},
	} {
		for i, set := range sets {
			c := plainClient()
			set(&c)
			t.Run(field, func(t *testing.T) {
				if err := ValidateClient(p, &c); err == nil {
					t.Errorf("%d is taken", i)
				}
				breaks(t, ValidateClient(p, &c), field)
			})
		}
	}
}

func TestAFAPIProfileRefusesWhatItForbids(t *testing.T) {
	p := &Pool{ID: "local_main"}
	for field, set := range map[string]func(*Client){
		"token_endpoint_auth_method": func(c *Client) { c.AuthMethod, c.Secret = AuthBasic, storage.Sealed("x") },
		"response_types": func(c *Client) {
			c.GrantTypes, c.ResponseTypes = []string{GrantCode, GrantImplicit}, []string{"code id_token"}
		},
		"callback_urls":                func(c *Client) { c.CallbackURLs = []string{"http://localhost/cb"} },
		"id_token_signed_response_alg": func(c *Client) { c.SigningAlg = "RS256" },
		"request_object_signing_alg":   func(c *Client) { c.RequestSigningAlg = "RS256" },
		"fapi_profile":                 func(c *Client) { c.FAPIProfile = "advanced" },
	} {
		c := fapiClient()
		set(&c)
		breaks(t, ValidateClient(p, &c), field)
	}
}

// TestAFAPIProfileNamesWhatItTakes: what a refusal names is taken.
func TestAFAPIProfileNamesWhatItTakes(t *testing.T) {
	p := &Pool{ID: "local_main"}
	for field, set := range map[string]func(*Client, string){
		"id_token_signed_response_alg":      func(c *Client, alg string) { c.SigningAlg = alg },
		"authorization_signed_response_alg": func(c *Client, alg string) { c.ResponseSigningAlg = alg },
		"userinfo_signed_response_alg":      func(c *Client, alg string) { c.UserInfoSigningAlg = alg },
		"request_object_signing_alg":        func(c *Client, alg string) { c.RequestSigningAlg = alg },
		"token_endpoint_auth_signing_alg":   func(c *Client, alg string) { c.AuthSigningAlg = alg },
	} {
		c := fapiClient()
		set(&c, "RS256")
		_, named, _ := strings.Cut(ValidateClient(p, &c).Error(), "takes ")
		named, _, _ = strings.Cut(named, " under")
		for _, alg := range strings.Split(named, ", ") {
			if set(&c, alg); ValidateClient(p, &c) != nil {
				t.Errorf("%s: %q is named and refused: %v", field, alg, ValidateClient(p, &c))
			}
		}
	}
	c := fapiClient()
	c.CallbackURLs = []string{"http://localhost/cb", "com.example.app:/cb"}
	if err := ValidateClient(p, &c); err == nil || strings.Contains(err.Error(), "must be https") {
		t.Errorf("plain http: %v", err)
	}
}

// TestOnlyAStrangersPictureIsFetched: a client of the house has its picture in its theme.
func TestOnlyAStrangersPictureIsFetched(t *testing.T) {
	p := &Pool{ID: "local_main"}
	c := Client{PoolID: p.ID, ID: "web", Name: "Web", CallbackURLs: []string{"https://app.test/cb"}}
	c.LogoURI = "https://app.test/logo.png"
	if err := ValidateClient(p, &c); err == nil || !strings.Contains(err.Error(), "theme (logo)") {
		t.Errorf("of the file: %v", err)
	}
	if err := ValidateRegistered(p, &c); err != nil {
		t.Errorf("registered: %v", err)
	}
}
