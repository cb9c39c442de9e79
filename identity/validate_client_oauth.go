package identity

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// What the registration settings take. The algorithms leave out none, SHA-1 and
// RSA1_5, which no client needs (RFC 8725 §3.1).
var (
	grantTypes = []string{
		GrantCode, GrantImplicit, GrantRefresh, GrantClientCredentials, GrantDevice, GrantExchange, GrantJWTBearer, GrantCIBA,
	}
	responseTypes = []string{
		"code", "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
	}
	signingAlgs       = []string{"RS256", "ES256", "EdDSA"}
	clientSigningAlgs = []string{"RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "HS256"}
	cibaAlgs          = clientSigningAlgs[:len(clientSigningAlgs)-1]   // CIBA §4: with a key pair
	fapiAlgs          = []string{"PS256", "ES256", "EdDSA", "Ed25519"} // FAPI 2.0 Security Profile §5.4.1; RFC 9864 names EdDSA anew
	fapiSigningAlgs   = []string{"ES256", "EdDSA"}                     // of them those that we sign with
	encryptionAlgs    = []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"}
	encryptions       = []string{"A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"}
	keyAuthMethods    = []string{AuthPrivateKeyJWT, AuthTLS, AuthSelfSignedTLS}
	authMethods       = append([]string{AuthNone, AuthBasic, AuthPost, AuthSecretJWT}, keyAuthMethods...)
)

const (
	maxKeys      = 20
	maxListed    = 50
	maxShortText = 256
)

// validateClientOAuth holds the settings under registration names against their
// documents and one another.
func validateClientOAuth(op string, c *Client) error {
	return errors.Join(
		allBroken(op, slices.Concat(flowRules(c), authRules(c), algorithmRules(c), addressRules(c), localizedRules(c), policyRules(c), fapiRules(c), exchangeRules(c))),
		validateURLs(op, "request_uris", c.RequestURIs), validateKeys(op, "jwks", c.JWKS),
	)
}

func oneOfAll(field, value string, all []string) setting {
	return setting{field, value == "" || slices.Contains(all, value), "takes " + strings.Join(all, ", ")}
}

func flowRules(c *Client) []setting {
	fromFront := slices.ContainsFunc(c.ResponseTypes, func(t string) bool { return t != "code" })
	return []setting{
		among("grant_types", c.GrantTypes, "takes "+strings.Join(grantTypes, ", "), grantTypes...),
		among("response_types", c.ResponseTypes, "takes "+strings.Join(responseTypes, ", "), responseTypes...),
		{"response_types", !fromFront || c.MayGrant(GrantImplicit), "all but code need implicit among the grant types (OpenID Connect Registration §2)"},
		{"response_types", !slices.ContainsFunc(c.ResponseTypes, hasCode) || c.MayGrant(GrantCode), "code needs authorization_code among the grant types"},
		{"response_types", !c.DPoPBound && !c.CertificateBound || !slices.ContainsFunc(c.ResponseTypes, hasToken), "token gives access tokens that are bound to no key; the client wants them bound (RFC 9449 §5.2, RFC 8705 §3)"},
		{"grant_types", !c.Public() || !slices.Contains(c.GrantTypes, GrantClientCredentials), "client_credentials needs a client that proves itself"},
		{"grant_types", !c.Public() || !c.MayGrant(GrantCIBA), "CIBA needs a client that proves itself"},
		{"grant_types", !c.MayGrant(GrantExchange) || c.TokenExchange != nil, "token exchange needs the setting token_exchange"},
		{"grant_types", !c.MayGrant(GrantJWTBearer) || len(c.JWTBearer) > 0, "the JWT bearer grant needs the setting jwt_bearer_issuers"},
	}
}

func hasCode(responseType string) bool { return slices.Contains(strings.Fields(responseType), "code") }

func hasToken(responseType string) bool {
	return slices.Contains(strings.Fields(responseType), "token")
}

func authRules(c *Client) []setting {
	names := []string{c.TLSSubjectDN, c.TLSSANDNS, c.TLSSANURI, c.TLSSANIP, c.TLSSANEmail}
	named := len(slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "" }))
	keys := c.JWKS != nil || c.JWKSURI != ""
	byKey := slices.Contains(keyAuthMethods, c.AuthMethod)
	return []setting{
		oneOfAll("token_endpoint_auth_method", c.AuthMethod, authMethods),
		{"token_endpoint_auth_method", c.AuthMethod == "" || byKey || (c.AuthMethod == AuthNone) == (len(c.Secret) == 0), "none goes without a client secret, the methods with a secret need one"},
		{"token_endpoint_auth_method", !slices.Contains([]string{AuthPrivateKeyJWT, AuthSelfSignedTLS}, c.AuthMethod) || keys, "private_key_jwt and self_signed_tls_client_auth need jwks or jwks_uri"},
		{"tls_client_auth_subject_dn", c.AuthMethod != AuthTLS || named == 1, "tls_client_auth needs one of the five tls_client_auth_… names (RFC 8705 §2.1.2)"},
		{"jwks", c.JWKS == nil || c.JWKSURI == "", "and jwks_uri exclude each other (RFC 7591 §2)"},
		{"dpop_bound_access_tokens", !c.DPoPBound || !c.CertificateBound, "and tls_client_certificate_bound_access_tokens exclude each other"},
		oneOfAll("token_endpoint_auth_signing_alg", c.AuthSigningAlg, clientSigningAlgs),
		{"token_endpoint_auth_signing_alg", c.AuthSigningAlg == "" || (c.AuthSigningAlg == "HS256") == (c.AuthMethod == AuthSecretJWT), "HS256 goes with client_secret_jwt, the others with private_key_jwt"},
	}
}

func algorithmRules(c *Client) []setting {
	keys := c.JWKS != nil || c.JWKSURI != ""
	rules := []setting{
		oneOfAll("userinfo_signed_response_alg", c.UserInfoSigningAlg, signingAlgs),
		oneOfAll("authorization_signed_response_alg", c.ResponseSigningAlg, signingAlgs),
		oneOfAll("request_object_signing_alg", c.RequestSigningAlg, append([]string{"none"}, clientSigningAlgs...)),
		oneOfAll("backchannel_authentication_request_signing_alg", c.CIBASigningAlg, cibaAlgs),
		{"backchannel_authentication_request_signing_alg", c.CIBASigningAlg == "" || keys, "needs jwks or jwks_uri"},
		{"require_signed_request_object", !c.RequireSignedRequest || c.RequestSigningAlg != "none", "goes with no request_object_signing_alg none"},
	}
	for _, e := range []struct{ name, alg, enc string }{
		{"id_token", c.IDTokenEncryptionAlg, c.IDTokenEncryption},
		{"userinfo", c.UserInfoEncryptionAlg, c.UserInfoEncryption},
		{"authorization", c.ResponseEncryptionAlg, c.ResponseEncryption},
	} {
		alg, enc := e.name+"_encrypted_response_alg", e.name+"_encrypted_response_enc"
		rules = append(rules, oneOfAll(alg, e.alg, encryptionAlgs), oneOfAll(enc, e.enc, encryptions),
			setting{enc, e.enc == "" || e.alg != "", "needs " + alg},
			setting{alg, e.alg == "" || keys, "needs jwks or jwks_uri"},
			setting{alg, e.alg == "" || c.JWKS == nil || slices.ContainsFunc(c.JWKS.Keys, func(k JWK) bool { return k.encrypts(e.alg) }), "needs a key in jwks that fits: RSA for RSA-OAEP, EC for ECDH-ES, of no other alg and not for signatures alone"})
	}
	return rules
}

func addressRules(c *Client) []setting {
	rules := []setting{
		oneOfAll("subject_type", c.SubjectType, []string{"public", "pairwise"}),
		{"sector_identifier_uri", c.SectorIdentifier == "" || isHTTPS(c.SectorIdentifier), "must be an https URL (OpenID Connect Core §8.1)"},
		{"sector_identifier_uri", c.SubjectType != "pairwise" || c.SectorIdentifier != "" || oneSector(c.CallbackURLs), "is needed where callback_urls have several hosts (OpenID Connect Core §8.1)"},
		{"initiate_login_uri", c.InitiateLoginURI == "" || isHTTPS(c.InitiateLoginURI), "must be an https URL (OpenID Connect Registration §2)"},
		oneOfAll("application_type", c.ApplicationType, []string{"web", "native"}),
		{"logo_uri", c.LogoURI == "" || c.RegisteredBy != "", "is for apps that register themselves, whose picture is fetched; give this one its picture by theme (logo)"},
	}
	for field, address := range map[string]string{
		"jwks_uri": c.JWKSURI, "client_uri": c.ClientURI, "logo_uri": c.LogoURI, "policy_uri": c.PolicyURI, "tos_uri": c.TermsURI,
		"backchannel_logout_uri": c.BackchannelLogoutURI, "frontchannel_logout_uri": c.FrontchannelLogoutURI,
		"backchannel_client_notification_endpoint": c.CIBANotification,
	} {
		rules = append(rules, setting{field, address == "" || isFetchable(address), "must be an https URL without fragment, or http on this machine"})
	}
	slices.SortFunc(rules, func(a, b setting) int { return strings.Compare(a.field, b.field) })
	return rules
}

func policyRules(c *Client) []setting {
	return []setting{
		oneOfAll("consent", c.Consent, []string{ConsentSkip, ConsentAsk}),
		oneOfAll("claims_policy", c.ClaimsPolicy, []string{"cognito", "oidc"}),
		oneOfAll("default_scopes", c.DefaultScopes, []string{"all", "none"}),
		oneOfAll("refresh_token_issuance", c.RefreshIssuance, []string{"always", "offline_access"}),
		oneOfAll("access_token_format", c.AccessTokenFormat, []string{"cognito", "rfc9068", "opaque"}),
		oneOfAll("backchannel_token_delivery_mode", c.CIBADelivery, []string{"poll", "ping"}),
		{"backchannel_client_notification_endpoint", (c.CIBADelivery == "ping") == (c.CIBANotification != ""), "goes with the delivery mode ping"},
		{"default_max_age", c.DefaultMaxAge == nil || within(*c.DefaultMaxAge, 0, 365*24*3600), "must be 0 seconds to a year"},
		{"default_acr_values", shortTexts(c.DefaultACRValues), "at most 50 of 1-256 characters"},
		{"authorization_details_types", shortTexts(c.AuthorizationDetailsTypes), "at most 50 of 1-256 characters"},
		among("reusable_authorization_details_types", c.ReusableDetailsTypes, "takes types of authorization_details_types", c.AuthorizationDetailsTypes...),
		{"resources", len(c.Resources) <= maxListed && !slices.ContainsFunc(c.Resources, func(r string) bool { return !isResource(r) }), "takes at most 50 absolute URIs without fragment (RFC 8707 §2)"},
		{"introspection_audiences", shortTexts(c.IntrospectionAudiences), "at most 50 of 1-256 characters"},
		{"introspection_audiences", len(c.IntrospectionAudiences) == 0 || !c.Public(), "needs a client that proves itself"},
		{"native_identity_providers", !slices.ContainsFunc(c.NativeProviders, func(name string) bool { return !slices.Contains(c.IdentityProviders, name) || name == "COGNITO" }), "takes identity providers of supported_identity_providers"},
		{"native_identity_providers", len(c.NativeProviders) == 0 || c.Consent != "ask" && !c.FAPI(), "goes with neither consent nor a fapi_profile: both need the authorization endpoint"},
		{"contacts", shortTexts(c.Contacts), "at most 50 of 1-256 characters"},
		{"software_id", len(c.SoftwareID) <= maxShortText && len(c.SoftwareVersion) <= maxShortText, "at most 256 characters"},
	}
}

// fapiRules refuse what FAPI 2.0 forbids. What it demands is turned on when the
// client is used.
func fapiRules(c *Client) []setting {
	rules := []setting{oneOfAll("fapi_profile", c.FAPIProfile, []string{FAPISecurity, FAPIMessageSigning})}
	if !c.FAPI() {
		return rules
	}
	alg := func(field, value string, takes []string) setting {
		return setting{field, value == "" || slices.Contains(takes, value), "takes " + strings.Join(takes, ", ") + " under a fapi_profile (FAPI 2.0 Security Profile §5.4.1)"}
	}
	return append(rules,
		setting{"token_endpoint_auth_method", slices.Contains(keyAuthMethods, c.AuthMethod), "takes " + strings.Join(keyAuthMethods, ", ") + " under a fapi_profile (FAPI 2.0 Security Profile §5.3.2.1)"},
		setting{"response_types", slices.Equal(c.Responses(), []string{"code"}) || !c.MayGrant(GrantCode), "takes code alone under a fapi_profile (FAPI 2.0 Security Profile §5.3.2.2)"},
		setting{"callback_urls", !slices.ContainsFunc(c.CallbackURLs, func(u string) bool { return strings.HasPrefix(u, "http:") }), "take no plain http under a fapi_profile (FAPI 2.0 Security Profile §5.3.2.2)"},
		alg("token_endpoint_auth_signing_alg", c.AuthSigningAlg, fapiAlgs), alg("request_object_signing_alg", c.RequestSigningAlg, fapiAlgs),
		alg("id_token_signed_response_alg", c.SigningAlg, fapiSigningAlgs), alg("authorization_signed_response_alg", c.ResponseSigningAlg, fapiSigningAlgs),
		alg("userinfo_signed_response_alg", c.UserInfoSigningAlg, fapiSigningAlgs),
	)
}

func exchangeRules(c *Client) []setting {
	rules := []setting{{"jwt_bearer_issuers", len(c.JWTBearer) <= maxListed, "at most 50"}}
	if x := c.TokenExchange; x != nil {
		rules = append(rules, setting{"token_exchange", x.Impersonation || x.Delegation, "turns on impersonation, delegation or both"},
			setting{"token_exchange.audiences", len(x.Audiences) <= maxListed && len(x.SubjectClients) <= maxListed, "at most 50"})
	}
	for i, issuer := range c.JWTBearer {
		at := fmt.Sprintf("jwt_bearer_issuers[%d]", i)
		rules = append(rules,
			setting{at + ".issuer", issuer.Issuer != "" && len(issuer.Issuer) <= maxShortText, "must have 1-256 characters"},
			setting{at + ".jwks_uri", (issuer.JWKSURI == "") != (issuer.JWKS == nil), "exactly one of jwks_uri and jwks"},
			setting{at + ".jwks_uri", issuer.JWKSURI == "" || isFetchable(issuer.JWKSURI), "must be an https URL without fragment, or http on this machine"},
			oneOfAll(at+".subject", issuer.Subject, []string{"username", "sub", "email"}))
	}
	return rules
}

// validateKeys holds a key set's form; whether a key works is seen when it is used.
func validateKeys(op, field string, set *JWKSet) error {
	if set == nil {
		return nil
	}
	rules := []setting{{field, within(len(set.Keys), 1, maxKeys), "holds 1-20 keys"}}
	for i, key := range set.Keys {
		rules = append(rules, setting{fmt.Sprintf("%s.keys[%d]", field, i), key.whole(), "is no RSA, EC or OKP public key (RFC 7518 §6, RFC 8037 §2)"})
	}
	return allBroken(op, rules)
}

func (k *JWK) whole() bool {
	has := func(members ...string) bool {
		return !slices.ContainsFunc(members, func(m string) bool {
			_, err := base64.RawURLEncoding.DecodeString(m)
			return m == "" || err != nil || len(m) > 4096
		})
	}
	switch k.KeyType {
	case "RSA":
		return has(k.N, k.E)
	case "EC":
		return slices.Contains([]string{"P-256", "P-384", "P-521"}, k.Curve) && has(k.X, k.Y)
	case "OKP":
		return k.Curve == "Ed25519" && has(k.X) // go-jose does not encrypt to X25519
	}
	return false
}

// encrypts says that answers can be encrypted to the key by this algorithm (RFC 7517
// §4.2, §4.4; RFC 7518 §4.1).
func (k *JWK) encrypts(alg string) bool {
	kind := "EC"
	if strings.HasPrefix(alg, "RSA") {
		kind = "RSA"
	}
	return k.KeyType == kind && k.Use != "sig" && (k.Algorithm == "" || k.Algorithm == alg)
}

func shortTexts(list []string) bool {
	return len(list) <= maxListed && !slices.ContainsFunc(list, func(s string) bool { return s == "" || len(s) > maxShortText })
}

func isHTTPS(address string) bool {
	at, err := url.Parse(address)
	return err == nil && at.Scheme == "https" && at.Hostname() != "" && at.Fragment == "" && at.User == nil && len(address) <= 1024
}

// isFetchable: an address that this server or a browser asks for somebody's document.
func isFetchable(address string) bool {
	at, err := url.Parse(address)
	return isHTTPS(address) || err == nil && at.Scheme == "http" && isLoopback(at.Hostname()) && at.Fragment == "" && at.User == nil && len(address) <= 1024
}

// isResource: RFC 8707 §2: an absolute URI without a fragment.
func isResource(text string) bool {
	at, err := url.Parse(text)
	return err == nil && at.IsAbs() && !strings.Contains(text, "#") && len(text) <= 1024
}

// SectorOf answers the sector of a redirect URI: its host, whatever the port (OpenID
// Connect Core §8.1). "" is none, where anybody can be answered: this machine, and
// the schemes of apps.
func SectorOf(redirect string) string {
	at, err := url.Parse(redirect)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(at.Hostname())
	if isLoopback(host) {
		return ""
	}
	return host
}

func oneSector(redirects []string) bool {
	sectors := map[string]bool{}
	for _, each := range redirects {
		sectors[SectorOf(each)] = true
	}
	return len(sectors) <= 1
}
