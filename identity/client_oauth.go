package identity

import "slices"

// Grant types by their names at the token endpoint (RFC 7591 §2).
const (
	GrantCode              = "authorization_code"
	GrantImplicit          = "implicit" // no use of the token endpoint: what gives tokens in the front channel
	GrantRefresh           = "refresh_token"
	GrantClientCredentials = "client_credentials"
	GrantDevice            = "urn:ietf:params:oauth:grant-type:device_code"    // RFC 8628
	GrantExchange          = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693
	GrantJWTBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer"     // RFC 7523
	GrantCIBA              = "urn:openid:params:grant-type:ciba"
)

// The ways in which a client proves itself (RFC 7591 §2, OpenID Connect Core §9, RFC 8705 §2).
const (
	AuthNone           = "none"
	AuthBasic          = "client_secret_basic"
	AuthPost           = "client_secret_post"
	AuthSecretJWT      = "client_secret_jwt"
	AuthPrivateKeyJWT  = "private_key_jwt"
	AuthTLS            = "tls_client_auth"
	AuthSelfSignedTLS  = "self_signed_tls_client_auth"
	FAPISecurity       = "security"        // FAPI 2.0 Security Profile
	FAPIMessageSigning = "message_signing" // and Message Signing: signed requests and answers
)

// Whether people are asked before a client gets what it asks for. One that nobody of
// the house made always asks, and so does every request with prompt=consent.
const (
	ConsentSkip = "skip"
	ConsentAsk  = "ask"
)

// ClientOAuth are an app client's settings beyond Cognito's, under their names
// in client registration (RFC 7591 §2 and the documents cited). A zero value is
// what Cognito does.
type ClientOAuth struct {
	GrantTypes    []string `json:"grant_types,omitempty"`    // empty: what allowed_oauth_flows gives
	ResponseTypes []string `json:"response_types,omitempty"` // empty: code for the code flow, token and "id_token token" for the implicit one

	JWKS                 *JWKSet `json:"jwks,omitempty"`
	JWKSURI              string  `json:"jwks_uri,omitempty"`
	AuthSigningAlg       string  `json:"token_endpoint_auth_signing_alg,omitempty"` // empty: any that we take
	TLSSubjectDN         string  `json:"tls_client_auth_subject_dn,omitempty"`      // RFC 8705 §2.1.2; one of the five
	TLSSANDNS            string  `json:"tls_client_auth_san_dns,omitempty"`
	TLSSANURI            string  `json:"tls_client_auth_san_uri,omitempty"`
	TLSSANIP             string  `json:"tls_client_auth_san_ip,omitempty"`
	TLSSANEmail          string  `json:"tls_client_auth_san_email,omitempty"`
	CertificateBound     bool    `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	DPoPBound            bool    `json:"dpop_bound_access_tokens,omitempty"` // RFC 9449 §5.2
	RequirePAR           bool    `json:"require_pushed_authorization_requests,omitempty"`
	RequireSignedRequest bool    `json:"require_signed_request_object,omitempty"` // RFC 9101 §10.5
	RequirePKCE          bool    `json:"require_pkce,omitempty"`                  // ours: of a confidential client, too
	RequestSigningAlg    string  `json:"request_object_signing_alg,omitempty"`
	// RequestURIs are the addresses that signed requests may be fetched from.
	RequestURIs []string `json:"request_uris,omitempty"`

	IDTokenEncryptionAlg  string `json:"id_token_encrypted_response_alg,omitempty"`
	IDTokenEncryption     string `json:"id_token_encrypted_response_enc,omitempty"`
	UserInfoSigningAlg    string `json:"userinfo_signed_response_alg,omitempty"` // empty: plain JSON
	UserInfoEncryptionAlg string `json:"userinfo_encrypted_response_alg,omitempty"`
	UserInfoEncryption    string `json:"userinfo_encrypted_response_enc,omitempty"`
	ResponseSigningAlg    string `json:"authorization_signed_response_alg,omitempty"` // JARM §3; empty: the ID token's
	ResponseEncryptionAlg string `json:"authorization_encrypted_response_alg,omitempty"`
	ResponseEncryption    string `json:"authorization_encrypted_response_enc,omitempty"`

	SubjectType      string   `json:"subject_type,omitempty"` // public (default), pairwise
	SectorIdentifier string   `json:"sector_identifier_uri,omitempty"`
	DefaultMaxAge    *int     `json:"default_max_age,omitempty"` // seconds
	RequireAuthTime  bool     `json:"require_auth_time,omitempty"`
	DefaultACRValues []string `json:"default_acr_values,omitempty"`
	// AuthorizationDetailsTypes are the types of rich requests that the client may send (RFC 9396 §10).
	AuthorizationDetailsTypes []string `json:"authorization_details_types,omitempty"`
	// ReusableDetailsTypes are those of them that a person allows once; the others, such
	// as payments, are asked for each time. Ours.
	ReusableDetailsTypes []string `json:"reusable_authorization_details_types,omitempty"`
	// Resources are the APIs that the client may name in resource beside the
	// pool's resource servers (RFC 8707); ours.
	Resources []string `json:"resources,omitempty"`
	// IntrospectionAudiences are the APIs that the client is: it may introspect the access
	// tokens that are for them, whoever has them. Resource URIs (RFC 8707), and resource
	// servers by their identifier. Ours.
	IntrospectionAudiences []string `json:"introspection_audiences,omitempty"`

	BackchannelLogoutURI  string `json:"backchannel_logout_uri,omitempty"`
	BackchannelLogoutSID  bool   `json:"backchannel_logout_session_required,omitempty"`
	FrontchannelLogoutURI string `json:"frontchannel_logout_uri,omitempty"`
	FrontchannelLogoutSID bool   `json:"frontchannel_logout_session_required,omitempty"`

	CIBADelivery     string `json:"backchannel_token_delivery_mode,omitempty"` // poll (default), ping
	CIBANotification string `json:"backchannel_client_notification_endpoint,omitempty"`
	CIBASigningAlg   string `json:"backchannel_authentication_request_signing_alg,omitempty"`

	ClientURI string   `json:"client_uri,omitempty"`
	LogoURI   string   `json:"logo_uri,omitempty"`
	PolicyURI string   `json:"policy_uri,omitempty"`
	TermsURI  string   `json:"tos_uri,omitempty"`
	Contacts  []string `json:"contacts,omitempty"`
	// Localized are members in other languages, as client_name#de (RFC 7591 §2.2).
	Localized        map[string]string `json:"localized,omitempty"`
	InitiateLoginURI string            `json:"initiate_login_uri,omitempty"`
	ApplicationType  string            `json:"application_type,omitempty"` // web (default), native
	SoftwareID       string            `json:"software_id,omitempty"`
	SoftwareVersion  string            `json:"software_version,omitempty"`

	FAPIProfile string `json:"fapi_profile,omitempty"` // ours: security, message_signing; "" is none
	// Consent is whether people are asked before the client gets what it asks
	// for: ConsentSkip (default; the client is the house's own) or ConsentAsk. Ours.
	Consent string `json:"consent,omitempty"`
	// ClaimsPolicy is whose rule the claims follow: cognito (default) puts every
	// claim of the scopes into the ID token, and openid alone gives all of them;
	// oidc follows OpenID Connect Core §5.4: with an access token they are had at
	// the userinfo endpoint, and openid alone gives sub. Ours.
	ClaimsPolicy string `json:"claims_policy,omitempty"`
	// DefaultScopes is what a request without scope gets: all of the client's
	// (default, Cognito) or none, which refuses it. Ours.
	DefaultScopes string `json:"default_scopes,omitempty"`
	// RefreshIssuance is when refresh tokens are given: always (default, Cognito)
	// or offline_access (OpenID Connect Core §11). Ours.
	RefreshIssuance string `json:"refresh_token_issuance,omitempty"`
	// AccessTokenFormat is cognito (default), rfc9068 (typ at+jwt, aud) or opaque. Ours.
	AccessTokenFormat string `json:"access_token_format,omitempty"`

	// NativeProviders are identity providers whose ID tokens the app may bring by
	// itself, from their own kits on a telephone; ours.
	NativeProviders []string `json:"native_identity_providers,omitempty"`

	TokenExchange *ExchangePolicy   `json:"token_exchange,omitempty"`
	JWTBearer     []AssertionIssuer `json:"jwt_bearer_issuers,omitempty"`
}

// ExchangePolicy is what a client may do with other people's tokens (RFC 8693). Ours.
type ExchangePolicy struct {
	SubjectClients []ClientID `json:"subject_clients,omitempty"` // whose access tokens it may bring; its own always
	Impersonation  bool       `json:"impersonation,omitempty"`   // tokens that do not tell of the client (§1.1)
	Delegation     bool       `json:"delegation,omitempty"`      // tokens with act (§4.1)
	Audiences      []string   `json:"audiences,omitempty"`       // what audience and resource may name
}

// AssertionIssuer is somebody whose JWTs are taken as a grant (RFC 7523 §2.1). Ours.
type AssertionIssuer struct {
	Issuer  string  `json:"issuer"`
	JWKSURI string  `json:"jwks_uri,omitempty"`
	JWKS    *JWKSet `json:"jwks,omitempty"`
	Subject string  `json:"subject,omitempty"` // what sub names: username (default), sub, email
}

// JWKSet is a set of public keys (RFC 7517 §5). Private members have no place in it.
type JWKSet struct {
	Keys []JWK `json:"keys"`
}

// JWK is a public key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
type JWK struct {
	KeyType     string   `json:"kty"`
	ID          string   `json:"kid,omitempty"`
	Use         string   `json:"use,omitempty"`
	Operations  []string `json:"key_ops,omitempty"`
	Algorithm   string   `json:"alg,omitempty"`
	Curve       string   `json:"crv,omitempty"`
	X           string   `json:"x,omitempty"`
	Y           string   `json:"y,omitempty"`
	N           string   `json:"n,omitempty"`
	E           string   `json:"e,omitempty"`
	Certificate []string `json:"x5c,omitempty"`
	SHA256      string   `json:"x5t#S256,omitempty"`
	SHA1        string   `json:"x5t,omitempty"`
	URL         string   `json:"x5u,omitempty"`
}

// flowGrants are the grant types that Cognito's flows stand for. Refresh tokens
// come with the code flow.
var flowGrants = map[string][]string{
	"code":               {GrantCode, GrantRefresh},
	"implicit":           {GrantImplicit},
	"client_credentials": {GrantClientCredentials},
}

// Grants answers the grant types that the client may use.
func (c *Client) Grants() []string {
	if len(c.GrantTypes) > 0 {
		return c.GrantTypes
	}
	if c.OAuthFlows != nil && !*c.OAuthFlows {
		return []string{GrantRefresh} // of sign-ins by the API
	}
	flows := c.AllowedOAuthFlows
	if len(flows) == 0 {
		flows = []string{"code"}
	}
	var all []string
	for _, flow := range flows {
		all = append(all, flowGrants[flow]...)
	}
	return all
}

// MayGrant says that the client may use the grant type.
func (c *Client) MayGrant(grantType string) bool { return slices.Contains(c.Grants(), grantType) }

// Responses answers the response types that the client may ask for.
func (c *Client) Responses() []string {
	if len(c.ResponseTypes) > 0 {
		return c.ResponseTypes
	}
	var all []string
	if c.MayGrant(GrantCode) {
		all = append(all, "code")
	}
	if c.MayGrant(GrantImplicit) { // Cognito's response_type=token gives an ID token, too
		all = append(all, "token", "id_token", "id_token token")
	}
	return all
}

// AuthMethods answers how the client may prove itself at the token endpoint.
func (c *Client) AuthMethods() []string {
	switch {
	case c.AuthMethod != "":
		return []string{c.AuthMethod}
	case c.Public():
		return []string{AuthNone}
	}
	return []string{AuthBasic, AuthPost}
}

// FAPI says that the client keeps to a FAPI 2.0 profile.
func (c *Client) FAPI() bool { return c.FAPIProfile != "" }
